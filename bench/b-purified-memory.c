/* Memory of a chain of purified sites whose bonds all hold chi Schmidt values: a thermal state in
 * which beta changes at every bond, so that nothing is in equilibrium anywhere, evolved until it is
 * full and one step more, measured, density matrices included, and written.
 *
 *     b-purified-memory [--toy | LENGTH CHI]        (default 64 200)
 *
 * Rows: time, smallest and largest bond dimension of the inner half of the chain, MB of the
 * tensors, peak MB of the process, seconds of processor time. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <kapitza/tebd.h>

static const double DELTA = 0.5;

static void require(kz_status status)
{
    if (status == KZ_OK) return;
    fprintf(stderr, "b-purified-memory: %s\n", kz_error_message());
    exit(1);
}

/* In the range of temperatures of a warm chain; neighbours differ as much as any. */
static double beta_of(size_t bond)
{
    unsigned x = (unsigned)bond * 2654435761U;
    return 0.3 + 0.7 * (double)(x >> 8) / (double)(1U << 24);
}

static kz_mps *create(size_t L)
{
    double *numbers = calloc(3 * L, sizeof *numbers);
    double *beta = numbers, *mu = numbers + L, *delta = numbers + 2 * L;
    kz_mps_thermal_params params = kz_mps_thermal_params_default();
    kz_mps *mps;
    if (!numbers) exit(1);
    for (size_t i = 0; i + 1 < L; i++) {
        beta[i] = beta_of(i);
        delta[i] = DELTA;
    }
    require(kz_mps_create_thermal(&mps, L, beta, mu, delta, &params));
    free(numbers);
    return mps;
}

/* The least over all bonds whose dimension the ends of the chain do not limit. */
static size_t least_dimension(const kz_mps *mps)
{
    size_t L = kz_mps_length(mps), least = SIZE_MAX;
    for (size_t i = L / 4; i < L - L / 4; i++)
        if (kz_mps_bond_dimension(mps, i) < least) least = kz_mps_bond_dimension(mps, i);
    return least;
}

static void report(const kz_mps *mps, double t)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%g\t%zu\t%zu\t%.0f\t%.0f\t%.1f\n", t, least_dimension(mps),
           kz_mps_max_bond_dimension(mps), 1e-6 * (double)kz_mps_memory(mps),
           1.024e-3 * (double)usage.ru_maxrss, (double)clock() / CLOCKS_PER_SEC);
    fflush(stdout);
}

static kz_status count_bytes(void *context, const void *data, size_t size)
{
    (void)data;
    *(size_t *)context += size;
    return KZ_OK;
}

static void measure(const kz_mps *mps, const double *delta)
{
    size_t L = kz_mps_length(mps), bytes = 0;
    double *row = calloc(6 * L, sizeof *row), *rho = calloc(L * KZ_DENSITY_SIZE, sizeof *rho);
    if (!row || !rho) exit(1);
    kz_lattice_profile view = {.energy = row,
                               .energy_current = row + L,
                               .energy_current_link = row + 2 * L,
                               .magnetization = row + 3 * L,
                               .spin_current = row + 4 * L,
                               .entropy = row + 5 * L};
    require(kz_mps_measure(&view, mps, delta, 1));
    require(kz_mps_density_matrices(rho, mps, 1));
    require(kz_mps_write(mps, count_bytes, &bytes));
    printf("# written: %.0f MB\n", 1e-6 * (double)bytes);
    free(row);
    free(rho);
}

int main(int argc, char **argv)
{
    bool toy = argc > 1 && strcmp(argv[1], "--toy") == 0;
    size_t L = toy ? 12 : 64, chi = toy ? 20 : 200;
    if (!toy && argc > 2) {
        L = (size_t)strtoul(argv[1], NULL, 10);
        chi = (size_t)strtoul(argv[2], NULL, 10);
    }
    openblas_set_num_threads(1);
    kz_mps *mps = create(L);
    double *delta = calloc(L, sizeof *delta), t = 0.0;
    if (!delta) exit(1);
    for (size_t i = 0; i < L; i++)
        delta[i] = DELTA;
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.chi = chi;
    params.cutoff = 1e-20;
    require(kz_tebd_create(&tebd, mps, delta, &params));
    printf("# %zu sites; t, least and largest bond dimension, MB of tensors, peak MB, seconds\n",
           L);
    report(mps, t);
    /* in pairs, the last of an odd number may stay free */
    for (bool full = false, done = false; !done; t += 0.2) {
        done = full;
        require(kz_tebd_advance(tebd, 0.2, 1, NULL, NULL));
        report(mps, t + 0.2);
        full = least_dimension(mps) + 1 >= chi;
    }
    measure(mps, delta);
    report(mps, t);
    free(delta);
    kz_tebd_free(tebd);
    kz_mps_free(mps);
    return 0;
}
