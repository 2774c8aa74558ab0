/* Whole runs at gamma = pi/4, length 140, fourth-order Suzuki, dt = 0.1: a domain wall to t = 10 at
 * 1e-10 per gate, to t = 30 at 1e-8 per gate and chi <= 400, and the ground state of H'. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kapitza/tebd.h>

typedef struct {
    double wall, cpu;
} instant;

static double read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static instant now(void)
{
    return (instant){read_clock(CLOCK_MONOTONIC), read_clock(CLOCK_PROCESS_CPUTIME_ID)};
}

static void print_line(const char *name, double t, int threads, instant begin, const kz_mps *mps,
                       double discarded)
{
    instant end = now();
    printf("%s\t%g\t%d\t%.2f\t%.2f\t%zu\t%.4e\t%.1f\n", name, t, threads, end.wall - begin.wall,
           end.cpu - begin.cpu, kz_mps_max_bond_dimension(mps), discarded,
           (double)kz_mps_memory(mps) / 1048576.0);
    fflush(stdout);
}

static void require(kz_status status)
{
    if (status == KZ_OK) return;
    fprintf(stderr, "b-tebd-run: %s\n", kz_error_message());
    exit(1);
}

enum { L = 140 };

static void wall(const char *name, const double *delta, double cutoff, size_t chi, size_t steps,
                 int threads, kz_split split)
{
    kz_mps *mps;
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.trotter = KZ_TROTTER_4_SUZUKI;
    params.split = split;
    params.cutoff = cutoff;
    params.cutoff_per_gate = true;
    params.chi = chi;
    params.threads = threads;
    instant begin = now();
    require(kz_mps_create_domain_wall(&mps, L));
    require(kz_tebd_create(&tebd, mps, delta, &params));
    require(kz_tebd_advance(tebd, 0.1, steps, NULL, NULL));
    print_line(name, 0.1 * (double)steps, threads, begin, mps, kz_tebd_truncation_total(tebd));
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

static void ground_state(const double *delta)
{
    double lambda[L - 1];
    kz_dmrg_params params = kz_dmrg_params_default();
    kz_dmrg_report report;
    kz_mps *mps;
    for (int i = 0; i + 1 < L; i++)
        lambda[i] = i < L / 2 ? -1.0 : 1.0;
    instant begin = now();
    require(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, L / 2, &params));
    print_line("dmrg", 0.0, 1, begin, mps, report.truncation);
    printf("# E = %.10f, variance %.2e, %d sweeps\n", report.energy, report.variance,
           report.sweeps);
    kz_mps_free(mps);
}

/* Arguments: --toy, or the number of threads. */
int main(int argc, char **argv)
{
    openblas_set_num_threads(1);
    bool toy = argc > 1 && strcmp(argv[1], "--toy") == 0;
    int threads = argc > 1 && !toy ? atoi(argv[1]) : 1;
    double delta[L - 1];
    if (threads < 1) threads = 1;
    for (int i = 0; i + 1 < L; i++)
        delta[i] = i < L / 2 ? 0.0 : sqrt(0.5);
    printf("# one thread of BLAS is assumed (OPENBLAS_NUM_THREADS=1)\n");
    printf("# name\tt\tthreads\tseconds\tcpu_seconds\tchi\tdiscarded\tMiB\n");
    wall("wall-1e-10", delta, 1e-10, 2000, toy ? 10 : 100, threads, KZ_SPLIT_AUTO);
    wall("wall-1e-10-svd", delta, 1e-10, 2000, toy ? 10 : 100, threads, KZ_SPLIT_SVD);
    if (toy) return 0;
    ground_state(delta);
    wall("wall-1e-8", delta, 1e-8, 400, 300, threads, KZ_SPLIT_AUTO);
    return 0;
}
