/* The states that TEBD starts from. */
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "run/driver.h"

/* kz_progress_fn of the ground state. */
static int after_pair(void *context, size_t done, size_t total)
{
    kz_run_driver *d = context;
    size_t sweep = 2 * (d->run->setup.length - 1);
    (void)total;
    d->progress.sweep = done / sweep + 1;
    return kz_run_driver_stops(d);
}

/* The truncation of the evolution must be the larger error.  A variance beyond what is asked by
 * default is tried for only: rounding may stand before it. */
static kz_dmrg_params ground_params(kz_run_driver *d)
{
    const kz_run_setup *setup = &d->run->setup;
    kz_dmrg_params params = kz_dmrg_params_default();
    if (!setup->cutoff_per_gate) params.cutoff = fmin(params.cutoff, 0.1 * setup->cutoff);
    params.cutoff = fmax(params.cutoff, 1e-18);
    params.variance_tolerance = fmin(params.variance_tolerance, 1e3 * params.cutoff);
    params.variance_tolerance = fmax(params.variance_tolerance, 1e-12);
    params.energy_tolerance = fmin(params.energy_tolerance, 10.0 * params.cutoff);
    params.energy_tolerance = fmax(params.energy_tolerance, 1e-12);
    params.progress = after_pair;
    params.progress_context = d;
    return params;
}

static double sign_of(const kz_state *state)
{
    return state->kind == KZ_STATE_CEILING ? -1.0 : 1.0;
}

void kz_run_ground_weights(double *lambda, const kz_run_setup *s)
{
    bool energy = s->initial == KZ_QUENCH_ENERGY;
    double left = energy ? -1.0 : sign_of(&s->left_state);
    double right = energy ? 1.0 : sign_of(&s->right_state);
    for (size_t i = 0; i + 1 < s->length; i++)
        lambda[i] = i < s->length / 2 ? left : right;
}

static kz_status ground_state(kz_mps **out, kz_run_driver *d)
{
    const kz_run *run = d->run;
    size_t L = run->setup.length;
    kz_dmrg_params params = ground_params(d);
    kz_dmrg_report report;
    double *lambda;
    KZ_TRY(kz_alloc_doubles(&lambda, L));
    kz_run_ground_weights(lambda, &run->setup);
    for (size_t i = 0; run->J && i + 1 < L; i++)
        lambda[i] *= run->J[i];
    d->progress.stage = KZ_RUN_IN_GROUND_STATE;
    d->progress.sweep = 1;
    kz_status status =
        kz_dmrg_ground_state(out, &report, lambda, run->delta, L, (int)(L / 2), &params);
    kz_free(lambda);
    if (status == KZ_ETOL && report.variance <= kz_dmrg_params_default().variance_tolerance &&
        report.flip_error <= params.flip_tolerance)
        status = KZ_OK;
    if (status != KZ_OK) {
        kz_mps_free(*out);
        *out = NULL;
        return status;
    }
    d->run->ground_energy = report.energy;
    d->run->ground_variance = report.variance;
    d->run->ground_flip_error = report.flip_error;
    return KZ_OK;
}

/* -- product states ------------------------------------------------------------------------ */

static bool is_up(const kz_run_setup *s, size_t i)
{
    bool left = i < s->length / 2;
    switch (s->initial) {
    case KZ_QUENCH_DOMAIN_WALL:
        return left;
    case KZ_QUENCH_NEEL: /* n = i - L/2 + 1 is even */
        return (i + s->length / 2) % 2 == 1;
    case KZ_QUENCH_PRODUCT:
        return s->spin_up[i];
    case KZ_QUENCH_THERMAL:
        return (left ? &s->left_state : &s->right_state)->kind == KZ_STATE_UP;
    case KZ_QUENCH_ENERGY:
        break;
    }
    return false;
}

kz_status kz_run_product_spins(bool **out, const kz_run_setup *s)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, s->length, sizeof **out));
    *out = memory;
    for (size_t i = 0; i < s->length; i++)
        (*out)[i] = is_up(s, i);
    return KZ_OK;
}

static kz_status product_state(kz_mps **out, const kz_run_setup *s)
{
    bool *up;
    KZ_TRY(kz_run_product_spins(&up, s));
    kz_status status = kz_mps_create_product(out, s->length, up);
    kz_free(up);
    return status;
}

/* -- thermal states ------------------------------------------------------------------------ */

void kz_run_thermal_values(double *beta, double *mu, const kz_run_setup *s)
{
    for (size_t i = 0; i < s->length; i++) {
        const kz_state *state = i < s->length / 2 ? &s->left_state : &s->right_state;
        beta[i] = state->beta;
        mu[i] = state->mu;
    }
}

/* Enough for an energy right to 1e-9 up to |beta| = 7, XX | XX of 40 sites against free fermions
 * (beyond, the default is right to 1e-6 at 20): a hot state has few Schmidt values worth keeping,
 * and cooling keeps as many as it may. */
static size_t chi_at(const double *beta, size_t bonds, size_t most)
{
    double coldest = 0.0;
    for (size_t i = 0; i < bonds; i++)
        coldest = fmax(coldest, fabs(beta[i]));
    return (size_t)fmin(30.0 + 10.0 * coldest, (double)most);
}

/* What the state, exp(-sum beta h + sum mu Sz), has of J and of the fields. */
static void add_chain(double *beta, double *mu, const kz_run *run)
{
    size_t L = run->setup.length;
    for (size_t i = 0; i + 1 < L; i++) {
        kz_bond bond = kz_couplings_bond(&run->couplings, L, i);
        mu[i] += beta[i] * bond.left;
        mu[i + 1] += beta[i] * bond.right;
        beta[i] *= bond.J;
    }
}

/* Errors of one size with those of the evolution. */
double kz_run_cooling_step(const kz_run_setup *s)
{
    return fmax(1e-4, fmin(kz_mps_thermal_params_default().step, s->dt));
}

/* kz_progress_fn of the cooling. */
static int after_layer(void *context, size_t done, size_t total)
{
    kz_run_driver *d = context;
    d->progress.cooled = (double)done / (double)total;
    return kz_run_driver_stops(d);
}

static kz_status thermal_state(kz_mps **out, kz_run_driver *d)
{
    const kz_run *run = d->run;
    size_t L = run->setup.length;
    kz_mps_thermal_params params = kz_mps_thermal_params_default();
    double *beta, *mu = NULL;
    params.step = kz_run_cooling_step(&run->setup);
    params.progress = after_layer;
    params.progress_context = d;
    d->progress.stage = KZ_RUN_IN_COOLING;
    KZ_TRY(kz_alloc_doubles(&beta, L));
    kz_status status = kz_alloc_doubles(&mu, L);
    if (status == KZ_OK) {
        kz_run_thermal_values(beta, mu, &run->setup);
        add_chain(beta, mu, run);
        params.chi = chi_at(beta, L - 1, params.chi);
        status = kz_mps_create_thermal(out, L, beta, mu, run->delta, &params);
    }
    kz_free(beta);
    kz_free(mu);
    return status;
}

kz_status kz_run_initial_state(kz_mps **out, kz_run_driver *d)
{
    const kz_run_setup *setup = &d->run->setup;
    if (kz_run_needs_ground_state(setup)) return ground_state(out, d);
    return kz_run_is_purified(setup) ? thermal_state(out, d) : product_state(out, setup);
}
