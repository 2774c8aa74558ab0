/* States at (x, t) from an initial profile. */
#include "harness.h"

#include <math.h>

enum { POINTS = 100 };

typedef struct {
    kz_chain chain;
    double t, tol;
    size_t points;
    bool jump; /* two constants instead of a bump */
} profile_case;

static void bump(double *beta, double *mu, double x, void *context)
{
    (void)context;
    *beta = 1 + 0.8 * exp(-x * x);
    *mu = 0.3;
}

static kz_status create(kz_propagation **out, const profile_case *c, const kz_options *options)
{
    static const double edge[] = {-6.5, 0, 6.5}, x[] = {0, 0}, beta[] = {0.5, 2}, mu[] = {0.8, 0};
    if (c->jump) return kz_propagation_create(out, c->chain, x, beta, mu, 2, options);
    return kz_propagation_create_function(out, c->chain, bump, NULL, edge, 3, options);
}

/* Everything: initial states, grids, points. */
static kz_status run_points(double *checksum, void *context)
{
    const profile_case *c = context;
    kz_propagation *propagation;
    kz_propagation_point point[POINTS];
    double x[POINTS], t[POINTS];
    kz_options options = kz_options_default();
    options.tol = c->tol;
    for (size_t i = 0; i < c->points; i++) {
        x[i] = -5 + 10 * (double)i / POINTS;
        t[i] = c->t;
    }
    kz_status status = create(&propagation, c, &options);
    if (status != KZ_OK) return status;
    status = kz_propagation_points(point, propagation, x, t, c->points, &options);
    *checksum = 0;
    for (size_t i = 0; status == KZ_OK && i < c->points; i++)
        *checksum += point[i].energy_current + point[i].entropy;
    kz_propagation_free(propagation);
    return status;
}

static void time_points(const kz_bench *bench, const char *name, profile_case c, double target_ms)
{
    kz_bench_run(bench, name, (long)c.points, target_ms, run_points, &c);
}

int main(int argc, char **argv)
{
    kz_bench bench = kz_bench_start(argc, argv, "propagation of a profile, one thread");
    time_points(&bench, "bump P=3 t=0.5 tol=1e-4",
                (profile_case){kz_chain_xxz(3), 0.5, 1e-4, 3, false}, 0);
    if (bench.toy) return kz_bench_end(&bench);
    time_points(&bench, "bump P=3 t=3 tol=1e-8",
                (profile_case){kz_chain_xxz(3), 3, 1e-8, POINTS, false}, 3000);
    time_points(&bench, "bump P=6 t=3 tol=1e-8",
                (profile_case){kz_chain_xxz(6), 3, 1e-8, POINTS, false}, 0);
    time_points(&bench, "bump P=3 t=10 tol=1e-8",
                (profile_case){kz_chain_xxz(3), 10, 1e-8, POINTS, false}, 0);
    time_points(&bench, "jump P=3 t=3 tol=1e-8",
                (profile_case){kz_chain_xxz(3), 3, 1e-8, POINTS, true}, 0);
    time_points(&bench, "bump XX t=3 tol=1e-8",
                (profile_case){kz_chain_xx(), 3, 1e-8, POINTS, false}, 0);
    return kz_bench_end(&bench);
}
