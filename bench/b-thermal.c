/* Thermal states and thermodynamics: cost versus P and tolerance. */
#include "harness.h"

#include <kapitza/tba.h>

typedef struct {
    kz_thermal *thermal;
    int P;
    double beta, mu, tol;
    int Q;
} thermal_case;

/* The workspace is kept, as in any sweep. */
static kz_status run_thermal(double *checksum, void *context)
{
    thermal_case *c = context;
    kz_status status = kz_thermal_solve(c->thermal, c->beta, c->mu, c->tol);
    *checksum = kz_thermal_ln_z(c->thermal);
    return status;
}

static kz_status run_thermo(double *checksum, void *context)
{
    const thermal_case *c = context;
    kz_thermo out;
    kz_state state = kz_state_thermal(c->beta, c->mu);
    kz_status status = kz_thermo_compute(&out, kz_chain_rational(c->P, c->Q), &state, c->tol);
    *checksum = out.energy + out.magnetization + out.drude_energy;
    return status;
}

static void time_thermal(const kz_bench *bench, const char *name, thermal_case c, double target_ms)
{
    if (kz_thermal_create(&c.thermal, kz_chain_rational(c.P, c.Q), c.beta, c.mu, c.tol) != KZ_OK)
        return;
    kz_bench_run(bench, name, c.P, target_ms, run_thermal, &c);
    kz_thermal_free(c.thermal);
}

static kz_status run_gapped(double *checksum, void *context)
{
    const double *delta = context;
    kz_thermo out;
    kz_state state = kz_state_thermal(1, 0.7);
    kz_status status = kz_thermo_compute(&out, kz_chain_axial(*delta), &state, 1e-10);
    *checksum = out.energy + out.magnetization + out.drude_energy;
    return status;
}

/* Other anisotropies: n is the number of strings (gapped: 0). */
static void time_deltas(const kz_bench *bench)
{
    static const int fraction[][3] = {{5, 2, 4}, {12, 5, 6}, {100, 41, 11}};
    static double delta[] = {1.5, 1.05};
    for (size_t i = 0; i < 3; i++) {
        thermal_case c = {NULL, fraction[i][0], 1, 0.7, 1e-10, fraction[i][1]};
        kz_bench_run(bench, "thermo gamma=pi*Q/P 2/5, 5/12, 41/100", fraction[i][2], 0, run_thermo,
                     &c);
    }
    for (size_t i = 0; i < 2; i++)
        kz_bench_run(bench, "thermo Delta=1.5, 1.05", 0, 0, run_gapped, &delta[i]);
}

int main(int argc, char **argv)
{
    kz_bench bench = kz_bench_start(argc, argv, "thermal states, one thread");
    time_thermal(&bench, "thermal beta=1 mu=0 tol=1e-10", (thermal_case){NULL, 4, 1, 0, 1e-10, 1},
                 0.3);
    time_thermal(&bench, "thermal beta=1 mu=0.7 tol=1e-10",
                 (thermal_case){NULL, 4, 1, 0.7, 1e-10, 1}, 0.3);
    time_thermal(&bench, "thermal beta=-3 mu=1 tol=1e-10", (thermal_case){NULL, 4, -3, 1, 1e-10, 1},
                 0.3);
    if (bench.toy) return kz_bench_end(&bench);
    static const int P[] = {2, 3, 4, 6, 8, 16, 32, 64};
    for (size_t i = 0; i < sizeof P / sizeof *P; i++)
        time_thermal(&bench, "thermal beta=1 mu=0.7 tol=1e-10",
                     (thermal_case){NULL, P[i], 1, 0.7, 1e-10, 1},
                     P[i] == 4    ? 0.3
                     : P[i] == 32 ? 150
                                  : 0);
    for (double tol = 1e-4; tol > 0.9e-12; tol *= 1e-2)
        time_thermal(&bench, "thermal beta=1 mu=0.7 tol=1e-4..1e-12",
                     (thermal_case){NULL, 4, 1, 0.7, tol, 1}, 0);
    for (double beta = 1; beta < 2e4; beta *= 10)
        time_thermal(&bench, "thermal beta=1..1e4 mu=0 tol=1e-10",
                     (thermal_case){NULL, 4, beta, 0, 1e-10, 1}, 0);
    time_thermal(&bench, "thermal beta=100 mu=50 tol=1e-10",
                 (thermal_case){NULL, 4, 100, 50, 1e-10, 1}, 0);
    for (size_t i = 0; i < sizeof P / sizeof *P; i++) {
        thermal_case c = {NULL, P[i], 1, 0.7, 1e-10, 1};
        kz_bench_run(&bench, "thermo beta=1 mu=0.7 tol=1e-10", P[i], 0, run_thermo, &c);
    }
    time_deltas(&bench);
    return kz_bench_end(&bench);
}
