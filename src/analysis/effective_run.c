/* Effective thermal states of a run. */
#include <math.h>

#include <kapitza/effective.h>

#include "core/error.h"

/* The energies that rows of the run have, by half. */
static void find_energies(kz_effective_params *params, const kz_run *run)
{
    size_t length = kz_run_get_setup(run)->length;
    for (size_t k = 0; k < kz_run_count(run); k++) {
        const double *energy = kz_run_row(run, KZ_RUN_ENERGY, k);
        for (size_t i = 0; i + 2 < length; i++) {
            int side = kz_run_site(run, i) > 0;
            double mean = 0.5 * (energy[i] + energy[i + 1]);
            params->energy_from[side] = fmin(params->energy_from[side], mean);
            params->energy_to[side] = fmax(params->energy_to[side], mean);
        }
    }
}

/* Energies at vanishing truncation may lie beyond those of all runs: by this much on either side.
 */
static const double BEYOND_RUNS = 0.02;

kz_status kz_effective_create_for_runs(kz_effective **out, const kz_run *const *runs, size_t count,
                                       bool distances, const kz_options *options)
{
    const kz_run_setup *setup = kz_run_get_setup(runs[0]);
    kz_chain left, right;
    *out = NULL;
    KZ_TRY(kz_chain_from_delta(&left, setup->delta_left));
    KZ_TRY(kz_chain_from_delta(&right, setup->delta_right));
    kz_effective_params params = kz_effective_params_default(left, right);
    params.magnetized = !kz_run_is_even(setup);
    params.distances = distances;
    for (int side = 0; side < 2; side++) {
        params.energy_from[side] = INFINITY;
        params.energy_to[side] = -INFINITY;
    }
    for (size_t i = 0; i < count; i++) {
        find_energies(&params, runs[i]);
        if (distances && !kz_run_get_setup(runs[i])->densities)
            return KZ_FAIL(KZ_EINVAL, "the run has no density matrices; quench --density-matrices");
    }
    for (int side = 0; side < 2 && count > 1; side++) {
        params.energy_from[side] -= BEYOND_RUNS;
        params.energy_to[side] += BEYOND_RUNS;
    }
    return kz_effective_create(out, &params, options);
}

kz_status kz_effective_create_for_run(kz_effective **out, const kz_run *run, bool distances,
                                      const kz_options *options)
{
    return kz_effective_create_for_runs(out, &run, 1, distances, options);
}

/* Whether bond i, or a field on it, is not of its half. */
static bool is_other(const kz_run *run, size_t i)
{
    const kz_run_setup *s = kz_run_get_setup(run);
    kz_bond bond = kz_couplings_bond(kz_run_get_couplings(run), s->length, i);
    double half = i < s->length / 2 ? s->delta_left : s->delta_right;
    return bond.J != 1.0 || !kz_run_same_number(bond.delta, half) || bond.left != 0.0 ||
           bond.right != 0.0;
}

/* No thermal state of a half has three sites on such bonds. */
static void mark_other_couplings(kz_effective_row *rows, const kz_run *run)
{
    const kz_run_setup *s = kz_run_get_setup(run);
    for (size_t i = 0; kz_run_has_couplings(s) && i + 2 < s->length; i++)
        if (is_other(run, i) || is_other(run, i + 1)) rows[i].mixed = true;
}

kz_status kz_effective_run_rows(kz_effective_row *out, kz_effective *effective, const kz_run *run,
                                size_t k)
{
    if (k >= kz_run_count(run)) return KZ_FAIL(KZ_EINVAL, "time %zu of %zu", k, kz_run_count(run));
    const kz_effective_profile profile = {
        .length = kz_run_get_setup(run)->length,
        .energy = kz_run_row(run, KZ_RUN_ENERGY, k),
        .magnetization = kz_run_row(run, KZ_RUN_MAGNETIZATION, k),
        .density = kz_run_densities(run, k),
    };
    KZ_TRY(kz_effective_rows(out, effective, &profile));
    mark_other_couplings(out, run);
    return KZ_OK;
}
