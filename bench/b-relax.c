/* The junction in time. */
#include "harness.h"

enum { TIMES = 50 };

typedef struct {
    kz_law_kind law;
    double length, tol, last;
    bool leads;
} relax_case;

/* Everything: stationary state, currents against temperature, the heat equation on two meshes. */
static kz_status run_times(double *checksum, void *context)
{
    const relax_case *c = context;
    kz_relax_params params = kz_relax_params_default();
    kz_options options = kz_options_default();
    kz_relax *relax;
    kz_relax_point point[TIMES];
    double t[TIMES];
    params.law = c->law;
    params.length = c->length;
    options.tol = c->tol;
    for (int i = 0; i < TIMES; i++)
        t[i] = c->last * (i + 1) / TIMES;
    kz_status status = kz_relax_create(&relax, &params, &options);
    if (status != KZ_OK) return status;
    status = kz_relax_run(point, relax, t, TIMES, c->leads ? KZ_RELAX_LEADS : 0);
    *checksum = 0;
    for (int i = 0; i < TIMES && status == KZ_OK; i++) {
        const double zeta = -0.5;
        kz_ray ray = {.energy = 0};
        if (c->leads) status = kz_relax_rays(&ray, relax, (size_t)i, KZ_SIDE_LEFT, &zeta, 1);
        *checksum += point[i].current_left + point[i].t_plus + ray.energy;
    }
    kz_relax_free(relax);
    return status;
}

static void time_run(const kz_bench *bench, const char *name, relax_case c, double target_ms)
{
    kz_bench_run(bench, name, TIMES, target_ms, run_times, &c);
}

int main(int argc, char **argv)
{
    kz_bench bench = kz_bench_start(argc, argv, "the junction in time, XX | P=4, one thread");
    time_run(&bench, "fourier l=10 t=1000 tol=1e-4",
             (relax_case){KZ_LAW_FOURIER, 10, 1e-4, 1000, false}, 0);
    if (bench.toy) return kz_bench_end(&bench);
    time_run(&bench, "fourier l=10 t=1000 tol=1e-10",
             (relax_case){KZ_LAW_FOURIER, 10, 1e-10, 1000, false}, 1000);
    time_run(&bench, "beta l=40 t=1000 tol=1e-10",
             (relax_case){KZ_LAW_BETA, 40, 1e-10, 1000, false}, 1000);
    time_run(&bench, "the same, one ray beside each",
             (relax_case){KZ_LAW_BETA, 40, 1e-10, 1000, true}, 0);
    return kz_bench_end(&bench);
}
