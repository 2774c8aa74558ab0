/* The main job: the junction versus R and the whole data set of Figure 6. */
#include "harness.h"

#include <stdlib.h>

static const double RESISTANCE[] = {0, 1, 2, 5, 10, 20, 50, 100};
enum { VALUES = sizeof RESISTANCE / sizeof *RESISTANCE, RAYS = 201 };

typedef struct {
    int threads;
    double tol;
    int values;
    bool rays;
} figure_case;

static kz_status half_profile(double *checksum, kz_junction *junction,
                              const kz_junction_point *point, kz_side side)
{
    double zeta[RAYS];
    kz_ray rays[RAYS];
    for (int i = 0; i < RAYS; i++)
        zeta[i] = (side == KZ_SIDE_LEFT ? -1.2 : 1.2) * i / (RAYS - 1.0);
    kz_status status = kz_junction_rays(rays, junction, point, side, zeta, RAYS);
    for (int i = 0; status == KZ_OK && i < RAYS; i++)
        *checksum += rays[i].energy_current;
    return status;
}

static kz_status run_figure(double *checksum, void *context)
{
    const figure_case *c = context;
    kz_junction_params params = kz_junction_params_default();
    kz_options options = kz_options_default();
    options.tol = c->tol;
    options.threads = c->threads;
    kz_junction *junction;
    kz_status status = kz_junction_create(&junction, &params, &options);
    if (status != KZ_OK) return status;
    *checksum = 0;
    for (int i = 0; status == KZ_OK && i < c->values; i++) {
        kz_junction_point point;
        status = kz_junction_solve(&point, junction, RESISTANCE[i]);
        if (status != KZ_OK) break;
        *checksum += point.energy_current;
        if (c->rays) status = half_profile(checksum, junction, &point, KZ_SIDE_LEFT);
        if (c->rays && status == KZ_OK)
            status = half_profile(checksum, junction, &point, KZ_SIDE_RIGHT);
    }
    kz_junction_free(junction);
    return status;
}

/* One value of R on XX | XXZ(P), with all that comes before it. */
static kz_status run_strings(double *checksum, void *context)
{
    kz_junction_params params = kz_junction_params_default();
    kz_options options = kz_options_default();
    params.right = kz_chain_xxz(*(const int *)context);
    kz_junction *junction;
    kz_junction_point point;
    kz_status status = kz_junction_create(&junction, &params, &options);
    if (status != KZ_OK) return status;
    status = kz_junction_solve(&point, junction, 10);
    if (status == KZ_OK) *checksum = point.energy_current;
    kz_junction_free(junction);
    return status;
}

typedef struct {
    double tol;
    int per_charge; /* values of R_E, and of R_M */
} pair_case;

/* XX | P = 4, up | down: every pair of resistances of one junction. */
static kz_status run_pairs(double *checksum, void *context)
{
    const pair_case *c = context;
    kz_junction_params params = kz_junction_params_default();
    kz_options options = kz_options_default();
    options.tol = c->tol;
    params.carry = KZ_CARRY_BOTH;
    params.left_state = kz_state_up();
    params.right_state = kz_state_down();
    params.law = kz_law_beta();
    kz_junction *junction;
    kz_status status = kz_junction_create(&junction, &params, &options);
    if (status != KZ_OK) return status;
    *checksum = 0;
    for (int i = 0; status == KZ_OK && i < c->per_charge * c->per_charge; i++) {
        kz_junction_point point;
        double R = 10.0 * (1 + i / c->per_charge), spin_R = 10.0 * (1 + i % c->per_charge);
        status = kz_junction_solve_pair(&point, junction, R, spin_R);
        if (status == KZ_OK) *checksum += point.spin_current;
    }
    kz_junction_free(junction);
    return status;
}

int main(int argc, char **argv)
{
    kz_bench bench = kz_bench_start(argc, argv, "junction XX | XXZ gamma = pi/4, ceiling | ground");
    figure_case toy = {1, 1e-6, 1, false};
    pair_case toy_pair = {1e-6, 1};
    kz_bench_run(&bench, "R=0 tol=1e-6, 1 thread", 1, 0, run_figure, &toy);
    kz_bench_run(&bench, "two charges, one pair, tol=1e-6", 1, 0, run_pairs, &toy_pair);
    if (bench.toy) return kz_bench_end(&bench);
    figure_case table = {1, 1e-9, VALUES, false};
    kz_bench_run(&bench, "8 values of R, no rays, tol=1e-9, 1 thread", VALUES, 120, run_figure,
                 &table);
    int strings[] = {4, 8, 16, 32, 64};
    const double goal[] = {0, 1000, 1500, 8000, 60000};
    for (int i = 0; i < 5; i++)
        kz_bench_run(&bench, "one value of R against P, tol=1e-10, 1 thread", strings[i], goal[i],
                     run_strings, &strings[i]);
    pair_case pair = {1e-9, 1}, pairs = {1e-9, 10};
    kz_bench_run(&bench, "two charges, up | down, one pair (R_E, R_M), tol=1e-9", 1, 150, run_pairs,
                 &pair);
    kz_bench_run(&bench, "the same, 100 pairs", 100, 5000, run_pairs, &pairs);
    for (int threads = 1; threads <= 2; threads++) {
        figure_case c = {threads, 1e-9, VALUES, true};
        kz_bench_run(&bench,
                     threads == 1 ? "Figure 6, 8 x 2 x 201 rays, tol=1e-9, 1 thread"
                                  : "Figure 6, 8 x 2 x 201 rays, tol=1e-9, 2 threads",
                     VALUES, threads == 2 ? 5000 : 0, run_figure, &c);
    }
    return kz_bench_end(&bench);
}
