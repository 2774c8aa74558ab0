/* The arrays of a run. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "run/internal.h"

const char *kz_run_quantity_name(kz_run_quantity quantity)
{
    static const char *const names[KZ_RUN_QUANTITIES] = {
        "energy",  "energy_current", "magnetization", "spin_current",
        "entropy", "bond_dimension", "truncation",    "energy_current_link"};
    return names[quantity];
}

size_t kz_run_density_row(const kz_run_setup *setup)
{
    return (setup->length - 2) * KZ_DENSITY_SIZE;
}

/* A copy of `count` numbers with room for all sites, or of nothing. */
static kz_status copy_array(double **out, const double *from, size_t count, size_t sites)
{
    *out = NULL;
    if (!from) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(out, sites));
    memcpy(*out, from, count * sizeof *from);
    return KZ_OK;
}

/* What the setup points to. */
static kz_status own_chain(kz_run *run)
{
    kz_run_setup *s = &run->setup;
    size_t L = s->length;
    void *memory = NULL;
    KZ_TRY(copy_array(&run->J, s->couplings.J, L - 1, L));
    KZ_TRY(copy_array(&run->field, s->couplings.field, L, L));
    KZ_TRY(kz_alloc_doubles(&run->delta, L));
    for (size_t i = 0; i + 1 < L; i++) {
        double half = i < L / 2 ? s->delta_left : s->delta_right;
        run->delta[i] = s->couplings.delta ? s->couplings.delta[i] : half;
    }
    run->couplings = (kz_couplings){run->J, run->delta, run->field};
    s->couplings = (kz_couplings){run->J, s->couplings.delta ? run->delta : NULL, run->field};
    if (s->initial != KZ_QUENCH_PRODUCT) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, L, sizeof *run->spin_up));
    run->spin_up = memory;
    memcpy(run->spin_up, s->spin_up, L * sizeof *run->spin_up);
    s->spin_up = run->spin_up;
    return KZ_OK;
}

kz_status kz_run_create(kz_run **out, const kz_run_setup *setup)
{
    void *memory = NULL;
    kz_status status = kz_alloc(&memory, 1, sizeof(kz_run));
    *out = memory;
    if (status != KZ_OK) return status;
    (*out)->setup = *setup;
    status = own_chain(*out);
    if (status != KZ_OK) {
        kz_run_free(*out);
        *out = NULL;
        return status;
    }
    (*out)->ground_energy = (*out)->ground_variance = (*out)->ground_flip_error = NAN;
    (*out)->truncation_bound = NAN;
    (*out)->initial_energy = (*out)->initial_magnetization = (*out)->step_error = NAN;
    return KZ_OK;
}

void kz_run_free(kz_run *run)
{
    if (!run) return;
    kz_free(run->J);
    kz_free(run->delta);
    kz_free(run->field);
    kz_free(run->spin_up);
    kz_free(run->time);
    kz_free(run->chi_limit);
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
        kz_free(run->value[q]);
    kz_free(run->density);
    for (int q = 0; q < KZ_RUN_CORRELATIONS; q++)
        kz_free(run->correlation[q]);
    kz_free(run->correlation_error);
    kz_free(run);
}

static kz_status grow(double **array, size_t old, size_t count)
{
    double *data;
    KZ_TRY(kz_alloc_doubles(&data, count));
    if (old > 0) memcpy(data, *array, old * sizeof *data);
    kz_free(*array);
    *array = data;
    return KZ_OK;
}

kz_status kz_run_reserve(kz_run *run, size_t times)
{
    size_t L = run->setup.length, row = kz_run_density_row(&run->setup);
    if (times <= run->capacity) return KZ_OK;
    KZ_TRY(grow(&run->time, run->count, times));
    KZ_TRY(grow(&run->chi_limit, run->count, times));
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
        KZ_TRY(grow(&run->value[q], run->count * L, times * L));
    if (run->setup.densities) KZ_TRY(grow(&run->density, run->count * row, times * row));
    for (int q = 0; q < KZ_RUN_CORRELATIONS; q++)
        if (kz_run_has_correlation(&run->setup, (kz_run_correlation)q))
            KZ_TRY(grow(&run->correlation[q], run->count * L * L, times * L * L));
    if (run->setup.correlations) KZ_TRY(grow(&run->correlation_error, run->count, times));
    run->capacity = times;
    return KZ_OK;
}

kz_lattice_profile kz_run_view(const kz_run *run, size_t k)
{
    size_t row = k * run->setup.length;
    return (kz_lattice_profile){run->value[KZ_RUN_ENERGY] + row,
                                run->value[KZ_RUN_ENERGY_CURRENT] + row,
                                run->value[KZ_RUN_ENERGY_CURRENT_LINK] + row,
                                run->value[KZ_RUN_MAGNETIZATION] + row,
                                run->value[KZ_RUN_SPIN_CURRENT] + row,
                                run->value[KZ_RUN_ENTROPY] + row};
}

const kz_run_setup *kz_run_get_setup(const kz_run *run) { return &run->setup; }

size_t kz_run_count(const kz_run *run) { return run->count; }

const double *kz_run_times(const kz_run *run) { return run->time; }

size_t kz_run_find_time(const kz_run *run, double t)
{
    size_t k = 0;
    while (k < run->count && !kz_run_same_number(t, run->time[k]))
        k++;
    return k;
}

size_t kz_run_times_left(const kz_run *run) { return run->times_left; }

const double *kz_run_row(const kz_run *run, kz_run_quantity quantity, size_t k)
{
    return run->value[quantity] + k * run->setup.length;
}

const double *kz_run_densities(const kz_run *run, size_t k)
{
    return run->density ? run->density + k * kz_run_density_row(&run->setup) : NULL;
}

const char *kz_run_correlation_name(kz_run_correlation which)
{
    static const char *const names[KZ_RUN_CORRELATIONS] = {"correlation_zz", "correlation_pm_real",
                                                           "correlation_pm_imag"};
    return names[which];
}

bool kz_run_has_correlation(const kz_run_setup *setup, kz_run_correlation which)
{
    return setup->correlations && (which != KZ_RUN_PM_IMAG || !kz_run_is_even(setup));
}

const double *kz_run_correlations(const kz_run *run, kz_run_correlation which, size_t k)
{
    size_t L = run->setup.length;
    return run->correlation[which] ? run->correlation[which] + k * L * L : NULL;
}

double kz_run_correlation_error(const kz_run *run, size_t k)
{
    return run->correlation_error ? run->correlation_error[k] : NAN;
}

kz_pair_correlations kz_run_pair_view(const kz_run *run, size_t k)
{
    size_t first = k * run->setup.length * run->setup.length;
    double *imag = run->correlation[KZ_RUN_PM_IMAG];
    return (kz_pair_correlations){run->correlation[KZ_RUN_ZZ] + first,
                                  run->correlation[KZ_RUN_PM_REAL] + first,
                                  imag ? imag + first : NULL};
}

long kz_run_site(const kz_run *run, size_t i)
{
    return (long)i - (long)(run->setup.length / 2) + 1;
}

double kz_run_chi(const kz_run *run, size_t k) { return run->chi_limit[k]; }

void kz_run_couplings(double *delta, const kz_run *run)
{
    memcpy(delta, run->delta, (run->setup.length - 1) * sizeof *delta);
}

const kz_couplings *kz_run_get_couplings(const kz_run *run) { return &run->couplings; }
