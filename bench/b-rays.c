/* Ray states and profiles. */
#include "harness.h"

#include <stdlib.h>

typedef struct {
    int P;
    kz_state left, right;
    double first, last;
    size_t rays;
    double tol;
    int threads;
} profile_case;

/* Everything: fillings, plans, rays. */
static kz_status run_profile(double *checksum, void *context)
{
    const profile_case *c = context;
    kz_options options = kz_options_default();
    options.tol = c->tol;
    options.threads = c->threads;
    kz_bipartition *bipartition;
    double *zeta = malloc(c->rays * sizeof *zeta);
    kz_ray *rays = malloc(c->rays * sizeof *rays);
    double step = c->rays > 1 ? (c->last - c->first) / (double)(c->rays - 1) : 0;
    for (size_t i = 0; i < c->rays; i++)
        zeta[i] = c->first + step * (double)i;
    kz_status status =
        kz_bipartition_create(&bipartition, kz_chain_xxz(c->P), &c->left, &c->right, &options);
    if (status == KZ_OK) {
        status = kz_bipartition_rays(rays, bipartition, zeta, c->rays, &options);
        kz_bipartition_free(bipartition);
    }
    *checksum = 0;
    for (size_t i = 0; status == KZ_OK && i < c->rays; i++)
        *checksum += rays[i].energy_current;
    free(zeta);
    free(rays);
    return status;
}

/* One warm bipartition, one cold ray after another. */
typedef struct {
    kz_bipartition *bipartition;
    kz_options options;
    double zeta;
} ray_case;

static kz_status run_ray(double *checksum, void *context)
{
    const ray_case *c = context;
    kz_ray ray;
    kz_status status = kz_bipartition_rays(&ray, c->bipartition, &c->zeta, 1, &c->options);
    *checksum = ray.energy_current;
    return status;
}

static void time_ray(const kz_bench *bench, const char *name, kz_chain chain, kz_state left,
                     kz_state right, double target_ms)
{
    ray_case c = {NULL, kz_options_default(), 0.3};
    c.options.tol = 1e-9;
    if (kz_bipartition_create(&c.bipartition, chain, &left, &right, &c.options) != KZ_OK) return;
    kz_bench_run(bench, name, chain.P, target_ms, run_ray, &c);
    kz_bipartition_free(c.bipartition);
}

int main(int argc, char **argv)
{
    kz_bench bench = kz_bench_start(argc, argv, "ray states and profiles");
    kz_state hot = kz_state_thermal(0.5, 0), cold = kz_state_thermal(2, 0);
    kz_state up = kz_state_thermal(1, 0.8), down = kz_state_thermal(2.5, -0.6);
    time_ray(&bench, "ray thermal|thermal tol=1e-9", kz_chain_xxz(4), hot, cold, 5);
    time_ray(&bench, "ray thermal|ground tol=1e-9", kz_chain_xxz(4), hot, kz_state_ground(0), 5);
    time_ray(&bench, "ray ceiling|thermal tol=1e-9", kz_chain_xxz(4), kz_state_ceiling(), cold, 5);
    if (bench.toy) return kz_bench_end(&bench);
    static const int P[] = {2, 3, 4, 6, 8, 11, 16, 32, 64};
    for (size_t i = 0; i < sizeof P / sizeof *P; i++)
        time_ray(&bench, "ray beta=1,mu=0.8|beta=2.5,mu=-0.6 tol=1e-9", kz_chain_xxz(P[i]), up,
                 down, 0);
    static const struct {
        const char *name;
        int P, Q;
    } fractions[] = {{"the same at 2/5, 4 strings", 5, 2},
                     {"the same at 5/12, 6 strings", 12, 5},
                     {"the same at 21/55, 9 strings", 55, 21},
                     {"the same at 9/50, 11 strings", 50, 9},
                     {"the same at 41/100, 11 strings", 100, 41}};
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++)
        time_ray(&bench, fractions[i].name, kz_chain_rational(fractions[i].P, fractions[i].Q), up,
                 down, 0);
    for (int threads = 1; threads <= 2; threads++) {
        profile_case c = {3, hot, cold, -1.3, 1.3, 101, 1e-8, threads};
        kz_bench_run(&bench,
                     threads == 1 ? "profile 101 rays P=3 tol=1e-8, 1 thread"
                                  : "profile 101 rays P=3 tol=1e-8, 2 threads",
                     101, 300, run_profile, &c);
    }
    for (double tol = 1e-4; tol > 0.9e-12; tol *= 1e-2) {
        profile_case c = {4, hot, cold, -1.3, 1.3, 101, tol, 1};
        kz_bench_run(&bench, "profile 101 rays P=4 tol=1e-4..1e-12", 101, 0, run_profile, &c);
    }
    return kz_bench_end(&bench);
}
