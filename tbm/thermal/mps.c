/* Thermal states of finite chains: cooling of the purification at beta = 0. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/layers.h"
#include "tbm/mps/canonical.h"

kz_mps_thermal_params kz_mps_thermal_params_default(void)
{
    return (kz_mps_thermal_params){.chi = 100, .step = 0.2, .cutoff = 1e-18};
}

bool kz_mps_is_purified(const kz_mps *mps) { return mps->basis == &kz_basis_purified; }

static kz_status check_input(size_t L, const double *beta, const double *mu, const double *delta,
                             const kz_mps_thermal_params *p)
{
    if (L < KZ_MPS_MIN_LENGTH || L > KZ_MPS_MAX_LENGTH)
        return KZ_FAIL(KZ_EINVAL, "a chain of %zu sites is not between %d and %d", L,
                       KZ_MPS_MIN_LENGTH, KZ_MPS_MAX_LENGTH);
    for (size_t i = 0; i < L; i++) {
        if (!isfinite(mu[i])) return KZ_FAIL(KZ_EINVAL, "mu[%zu] = %.15g", i, mu[i]);
        if (i + 1 == L) break;
        if (!isfinite(beta[i]) || !isfinite(delta[i]))
            return KZ_FAIL(KZ_EINVAL, "bond %zu: beta = %.15g, delta = %.15g", i, beta[i],
                           delta[i]);
    }
    if (p->chi < 1 || p->chi > 1000000)
        return KZ_FAIL(KZ_EINVAL, "bond dimension %zu is not between 1 and 1000000", p->chi);
    if (!(p->step >= 1e-4 && p->step <= 1.0))
        return KZ_FAIL(KZ_EINVAL, "step %.15g is not between 0.0001 and 1", p->step);
    if (!(p->cutoff >= 0.0 && p->cutoff < 1.0))
        return KZ_FAIL(KZ_EINVAL, "cutoff %.15g is not between 0 and 1", p->cutoff);
    return KZ_OK;
}

kz_status kz_mps_fill_hot(kz_mps *mps, double mu)
{
    const int one = 1;
    double up = exp(0.25 * mu), down = exp(-0.25 * mu), norm = hypot(up, down);
    for (size_t b = 0; b <= mps->length; b++) {
        KZ_TRY(kz_mps_bond_reserve(&mps->bond[b], 1));
        kz_mps_bond_set(&mps->bond[b], 0, 0, &one);
        mps->bond[b].value[0] = 1.0;
        mps->bond[b].even = 1;
    }
    for (size_t i = 0; i < mps->length; i++) {
        KZ_TRY(kz_mps_site_reserve(&mps->site[i], 2));
        kz_mps_site_set(&mps->site[i], &mps->bond[i], &mps->bond[i + 1]);
        for (int p = 0, column = 0; p < mps->basis->states; p++)
            if (mps->basis->charge[p] == 0)
                mps->site[i].data[column++] =
                    (mps->basis->spin[p] == KZ_SPIN_UP ? up : down) / norm;
    }
    return KZ_OK;
}

typedef struct {
    kz_mps *mps;
    const double *beta, *mu, *delta;
    double common; /* part of mu that the product state has already */
    const kz_mps_thermal_params *params;
    kz_progress progress;
    size_t total; /* gates and moves of the centre */
    kz_work work;
} cooling;

/* The share of site i's field that bond b = i - 1 or i takes. */
static double field(const cooling *c, size_t i)
{
    bool end = i == 0 || i + 1 == c->mps->length;
    return (end ? 1.0 : 0.5) * (c->mu[i] - c->common);
}

static kz_status apply_layer(cooling *c, const kz_layer *layer, size_t index)
{
    for (size_t i = (size_t)layer->parity; i + 1 < c->mps->length; i += 2) {
        kz_gate gate =
            kz_gate_cool(layer->tau, c->beta[i], c->delta[i], field(c, i), field(c, i + 1));
        kz_update_limits limits = {.chi = c->params->chi, .stream = index * c->mps->length + i};
        double discarded;
        KZ_TRY(kz_update_bond(&discarded, c->mps, i, &gate, &limits, &c->work));
    }
    kz_progress_add(&c->progress, kz_layer_gates(c->mps->length, layer->parity), c->total);
    if (!kz_progress_is_cancelled(&c->progress)) return KZ_OK;
    return KZ_FAIL(KZ_ECANCELLED, "stopped after %zu layers of the cooling", index + 1);
}

/* Steps of exp(-K/2), K = sum beta h - sum (mu - common) Sz.  A step is so much of the coldest
 * bond, in units of one of |Delta| <= 1: errors go with a power of what neighbours fail to commute
 * by, of which Sz Sz is half and what flips the spins is the other. */
static size_t steps_of(const cooling *c)
{
    double most = 0.0;
    for (size_t i = 0; i < c->mps->length; i++) {
        most = fmax(most, fabs(c->mu[i] - c->common));
        if (i + 1 == c->mps->length) break;
        double size = fmax(1.0, 0.5 + 0.5 * fabs(c->delta[i]));
        most = fmax(most, fabs(c->beta[i]) * size);
    }
    return (size_t)ceil(most / c->params->step);
}

static kz_status cool(cooling *c)
{
    size_t L = c->mps->length, steps = steps_of(c), layers = kz_layer_count(KZ_TROTTER_4, steps);
    kz_update_limits limits = {.chi = c->params->chi, .allowed = c->params->cutoff};
    double discarded;
    if (steps == 0) return KZ_OK;
    c->total = kz_canonical_moves(L);
    for (size_t k = 0; k < layers; k++)
        c->total += kz_layer_gates(L, kz_layer_at(KZ_TROTTER_4, 1.0, steps, k).parity);
    for (size_t k = 0; k < layers; k++) {
        kz_layer layer = kz_layer_at(KZ_TROTTER_4, 0.5 / (double)steps, steps, k);
        KZ_TRY(apply_layer(c, &layer, k));
    }
    return kz_mps_canonicalise(&discarded, c->mps, &limits, &c->progress, c->total, &c->work);
}

kz_status kz_mps_create_thermal(kz_mps **out, size_t L, const double *beta, const double *mu,
                                const double *delta, const kz_mps_thermal_params *params)
{
    cooling c = {.beta = beta, .mu = mu, .delta = delta, .params = params};
    *out = NULL;
    KZ_TRY(check_input(L, beta, mu, delta, params));
    bool even = true;
    for (size_t i = 0; i < L; i++) {
        c.common += mu[i] / (double)L;
        even &= mu[i] == 0.0;
    }
    KZ_TRY(kz_mps_allocate(&c.mps, &kz_basis_purified, L, L, 0));
    c.mps->flips = even;
    kz_status status = kz_mps_fill_hot(c.mps, c.common);
    kz_progress_start(&c.progress, params->progress, params->progress_context);
    if (status == KZ_OK) status = cool(&c);
    kz_progress_end(&c.progress);
    kz_work_free(&c.work);
    if (status != KZ_OK) {
        kz_mps_free(c.mps);
        return status;
    }
    *out = c.mps;
    return KZ_OK;
}
