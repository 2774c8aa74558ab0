/* Time of one two-site update in the middle of an evolved chain, against zgesdd alone on the same
 * blocks and against the update by full singular value decomposition; and the weight that each
 * discards at the same bond dimension.
 *
 * Rows named *-purified are spins with ancillas (XX | XXZ at gamma = pi/4, T = 1 | 0.5).
 *
 * State: energy quench XX | XXZ at gamma = pi/4, length 40 (chi <= 16: domain wall), 1e-10
 * discarded per gate, evolved until the middle bond holds chi states.  Minimum and median over at
 * least 15 repetitions. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kapitza/tebd.h>

#include "tbm/update.h"

/* Processor time of this thread: others on the machine then only cost cache and memory bandwidth,
 * which hits all subjects. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void require(kz_status status)
{
    if (status == KZ_OK) return;
    fprintf(stderr, "b-tebd-update: %s\n", kz_error_message());
    exit(1);
}

enum { L = 40, MIDDLE = L / 2 - 1, MOST = 20000 };

typedef struct {
    double least, median;
    int reps;
} timing;

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static timing summarise(double *seconds, int reps)
{
    qsort(seconds, (size_t)reps, sizeof *seconds, ascending);
    return (timing){seconds[0], seconds[reps / 2], reps};
}

/* What is timed: the whole update with this split, or zgesdd alone. */
typedef enum { UPDATE_AUTO, UPDATE_SVD, ZGESDD } subject;

static double once(subject what, const kz_mps *mps, const kz_gate *gate, double *discarded,
                   kz_work *work, size_t chi)
{
    kz_update_limits limits = {
        .chi = chi, .allowed = 1e-10, .split = what == UPDATE_AUTO ? KZ_SPLIT_AUTO : KZ_SPLIT_SVD};
    kz_mps *copy;
    double begin, end;
    if (what == ZGESDD) {
        require(kz_theta_prepare(work, mps, MIDDLE));
        kz_theta_form(work, mps, MIDDLE);
        kz_theta_gate(work, mps, MIDDLE, gate);
        begin = now();
        for (size_t k = 0; k < work->sectors; k++)
            require(kz_split_svd(&work->sector[k], work));
        return now() - begin;
    }
    require(kz_mps_copy(&copy, mps));
    begin = now();
    require(kz_update_bond(discarded, copy, MIDDLE, gate, &limits, work));
    end = now();
    kz_mps_free(copy);
    return end - begin;
}

enum { SUBJECTS = 3 };

/* The subjects take turns, so that a load on the machine hits all alike. */
static void measure(timing result[SUBJECTS], double discarded[SUBJECTS], const kz_mps *mps,
                    size_t chi)
{
    static double seconds[SUBJECTS][MOST];
    kz_work work = {0};
    kz_gate gate = kz_gate_make(0.1, 0.0);
    int reps = 0;
    double total = 0.0;
    for (int k = 0; k < SUBJECTS; k++)
        (void)once((subject)k, mps, &gate, &discarded[k], &work, chi);
    while ((total < 0.6 || reps < 15) && reps < MOST) {
        for (int k = 0; k < SUBJECTS; k++)
            total += seconds[k][reps] = once((subject)k, mps, &gate, &discarded[k], &work, chi);
        reps++;
    }
    kz_work_free(&work);
    for (int k = 0; k < SUBJECTS; k++)
        result[k] = summarise(seconds[k], reps);
}

static void report(const kz_mps *mps, size_t chi)
{
    const char *kind = kz_mps_is_purified(mps) ? "-purified" : "";
    static const char *const names[SUBJECTS] = {"update", "update-svd", "zgesdd-alone"};
    double discarded[SUBJECTS] = {0};
    timing result[SUBJECTS];
    measure(result, discarded, mps, chi);
    for (int k = 0; k < SUBJECTS; k++)
        printf("%s%s\t%zu\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.6e\n", names[k], kind, chi, result[k].reps,
               1e6 * result[k].least, 1e6 * result[k].median,
               result[k].least / result[ZGESDD].least, result[k].median / result[ZGESDD].median,
               discarded[k]);
    printf("# chi %zu: weight of the update above the optimum %.2e, relative\n", chi,
           discarded[UPDATE_SVD] > 0.0 ? discarded[UPDATE_AUTO] / discarded[UPDATE_SVD] - 1.0
                                       : 0.0);
    fflush(stdout);
}

static kz_mps *ground_state(double *delta)
{
    double lambda[L - 1];
    kz_dmrg_params params = kz_dmrg_params_default();
    kz_mps *mps;
    for (int i = 0; i + 1 < L; i++) {
        delta[i] = i < L / 2 ? 0.0 : sqrt(0.5);
        lambda[i] = i < L / 2 ? -1.0 : 1.0;
    }
    params.cutoff = 1e-8;
    params.variance_tolerance = 1e-2;
    require(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params));
    return mps;
}

static kz_mps *thermal_state(const double *delta)
{
    double beta[L - 1], mu[L] = {0.0};
    kz_mps_thermal_params params = kz_mps_thermal_params_default();
    kz_mps *mps;
    for (int i = 0; i + 1 < L; i++)
        beta[i] = i < L / 2 ? 1.0 : 2.0;
    params.cutoff = 1e-12;
    params.chi = 60;
    require(kz_mps_create_thermal(&mps, L, beta, mu, delta, &params));
    return mps;
}

/* Evolves until the middle bond holds chi states, one step more, and reports. */
static void grow_and_report(kz_mps *mps, const double *delta, size_t chi)
{
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.cutoff = 1e-10;
    params.cutoff_per_gate = true;
    params.chi = chi;
    require(kz_tebd_create(&tebd, mps, delta, &params));
    while (kz_mps_bond_dimension(mps, MIDDLE) < chi)
        require(kz_tebd_advance(tebd, 0.1, 1, NULL, NULL));
    require(kz_tebd_advance(tebd, 0.1, 1, NULL, NULL));
    report(mps, chi);
    kz_tebd_free(tebd);
}

int main(int argc, char **argv)
{
    openblas_set_num_threads(1);
    static const size_t small[] = {2, 4, 8, 16}, targets[] = {30, 100, 200, 400};
    size_t count = argc > 1 && strcmp(argv[1], "--toy") == 0 ? 1 : 4;
    double delta[L - 1];
    kz_mps *mps = ground_state(delta), *wall;
    printf("# one two-site update; one thread of BLAS is assumed (OPENBLAS_NUM_THREADS=1)\n");
    printf("# name\tchi\treps\tmin_us\tmedian_us\tratio_of_min\tratio_of_median\tdiscarded\n");
    require(kz_mps_create_domain_wall(&wall, L));
    report(wall, 1);
    for (size_t k = 0; k < count; k++)
        grow_and_report(wall, delta, small[k]);
    kz_mps_free(wall);
    for (size_t k = 0; k < count; k++)
        grow_and_report(mps, delta, targets[k]);
    kz_mps_free(mps);
    mps = thermal_state(delta);
    for (size_t k = 1; k < count; k++)
        grow_and_report(mps, delta, targets[k]);
    kz_mps_free(mps);
    return 0;
}
