/* Chains and initial states of runs: which are the same, which make sense. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "run/internal.h"

static bool is_band_edge(const kz_state *s)
{
    return s->kind == KZ_STATE_GROUND || s->kind == KZ_STATE_CEILING;
}

static bool is_thermal(const kz_state *s) { return s->kind == KZ_STATE_THERMAL; }

bool kz_run_needs_ground_state(const kz_run_setup *s)
{
    return s->initial == KZ_QUENCH_ENERGY ||
           (s->initial == KZ_QUENCH_THERMAL && is_band_edge(&s->left_state));
}

bool kz_run_is_purified(const kz_run_setup *s)
{
    return s->initial == KZ_QUENCH_THERMAL && is_thermal(&s->left_state);
}

bool kz_run_has_couplings(const kz_run_setup *s)
{
    return s->couplings.J || s->couplings.delta || s->couplings.field;
}

static bool has_field(const kz_run_setup *s)
{
    for (size_t i = 0; s->couplings.field && i < s->length; i++)
        if (s->couplings.field[i] != 0.0) return true;
    return false;
}

bool kz_run_is_even(const kz_run_setup *s)
{
    if (s->initial == KZ_QUENCH_ENERGY) return true;
    return s->initial == KZ_QUENCH_THERMAL && !kz_state_has_magnetization(&s->left_state) &&
           !kz_state_has_magnetization(&s->right_state) && !has_field(s);
}

bool kz_run_is_extended(const kz_run_setup *s)
{
    return s->initial > KZ_QUENCH_DOMAIN_WALL || kz_run_has_couplings(s);
}

const char *kz_run_dataset_name(kz_run_quantity quantity, const kz_run_setup *s)
{
    if (quantity == KZ_RUN_ENTROPY && kz_run_is_purified(s)) return "purification_entropy";
    return kz_run_quantity_name(quantity);
}

void kz_run_state_pack(double *beta, double *mu, const kz_state *s)
{
    *beta = is_thermal(s)                 ? s->beta
            : s->kind == KZ_STATE_GROUND  ? INFINITY
            : s->kind == KZ_STATE_CEILING ? -INFINITY
                                          : 0.0;
    *mu = is_thermal(s)              ? s->mu
          : s->kind == KZ_STATE_UP   ? INFINITY
          : s->kind == KZ_STATE_DOWN ? -INFINITY
                                     : 0.0;
}

kz_state kz_run_state_unpack(double beta, double mu)
{
    if (isinf(beta)) return beta > 0.0 ? kz_state_ground(0.0) : kz_state_ceiling();
    if (isinf(mu)) return mu > 0.0 ? kz_state_up() : kz_state_down();
    return kz_state_thermal(beta, mu);
}

/* -- the same ------------------------------------------------------------------------------ */

static double at(const double *array, size_t i, double missing)
{
    return array ? array[i] : missing;
}

/* Anisotropy of bond i. */
static double delta_of(const kz_run_setup *s, size_t i)
{
    return at(s->couplings.delta, i, i < s->length / 2 ? s->delta_left : s->delta_right);
}

bool kz_run_same_chain(const kz_run_setup *a, const kz_run_setup *b)
{
    const kz_couplings *x = &a->couplings, *y = &b->couplings;
    if (!kz_run_same_number(a->delta_left, b->delta_left) ||
        !kz_run_same_number(a->delta_right, b->delta_right) || a->length != b->length)
        return false;
    for (size_t i = 0; i < a->length; i++) {
        if (!kz_run_same_number(at(x->field, i, 0.0), at(y->field, i, 0.0))) return false;
        if (i + 1 < a->length && (!kz_run_same_number(at(x->J, i, 1.0), at(y->J, i, 1.0)) ||
                                  !kz_run_same_number(delta_of(a, i), delta_of(b, i))))
            return false;
    }
    return true;
}

static bool same_state(const kz_state *a, const kz_state *b)
{
    if (a->kind != b->kind) return false;
    return !is_thermal(a) ||
           (kz_run_same_number(a->beta, b->beta) && kz_run_same_number(a->mu, b->mu));
}

bool kz_run_same_initial(const kz_run_setup *a, const kz_run_setup *b)
{
    if (a->initial != b->initial) return false;
    if (a->initial == KZ_QUENCH_THERMAL)
        return same_state(&a->left_state, &b->left_state) &&
               same_state(&a->right_state, &b->right_state);
    return a->initial != KZ_QUENCH_PRODUCT ||
           (a->length == b->length &&
            memcmp(a->spin_up, b->spin_up, a->length * sizeof *a->spin_up) == 0);
}

/* -- what makes sense ---------------------------------------------------------------------- */

static kz_status check_state(const kz_state *s)
{
    KZ_TRY(kz_state_check(s));
    if (s->kind == KZ_STATE_GROUND && s->h != 0.0)
        return KZ_FAIL(KZ_EINVAL,
                       "a ground state in a field, h = %.15g, cannot be prepared: take a thermal "
                       "state of large beta",
                       s->h);
    if (!is_thermal(s)) return KZ_OK;
    if (!(fabs(s->beta) <= KZ_RUN_MOST_BETA))
        return KZ_FAIL(KZ_EINVAL, "beta = %.15g is not between -%g and %g: take %s on both sides",
                       s->beta, KZ_RUN_MOST_BETA, KZ_RUN_MOST_BETA, "ground or ceiling");
    if (!(fabs(s->mu) <= KZ_RUN_MOST_MU))
        return KZ_FAIL(KZ_EINVAL,
                       "mu = %.15g is not between -%g and %g: take up or down on both "
                       "sides",
                       s->mu, KZ_RUN_MOST_MU, KZ_RUN_MOST_MU);
    return KZ_OK;
}

static kz_status check_states(const kz_run_setup *s)
{
    const kz_state *left = &s->left_state, *right = &s->right_state;
    KZ_TRY(check_state(left));
    KZ_TRY(check_state(right));
    if (is_thermal(left) == is_thermal(right) && is_band_edge(left) == is_band_edge(right))
        return KZ_OK;
    return KZ_FAIL(KZ_EINVAL,
                   "both halves must be thermal, or ground or ceiling, or up or down: beside "
                   "another kind take beta up to %g for ground, mu up to %g for up",
                   KZ_RUN_MOST_BETA, KZ_RUN_MOST_MU);
}

static kz_status check_initial(const kz_run_setup *s)
{
    if ((int)s->initial < KZ_QUENCH_ENERGY || s->initial > KZ_QUENCH_PRODUCT)
        return KZ_FAIL(KZ_EINVAL, "unknown initial state, %d", (int)s->initial);
    if (s->initial == KZ_QUENCH_PRODUCT && !s->spin_up)
        return KZ_FAIL(KZ_EINVAL, "a product state without its spins");
    return s->initial == KZ_QUENCH_THERMAL ? check_states(s) : KZ_OK;
}

static kz_status check_size(const char *name, const double *array, size_t count)
{
    for (size_t i = 0; array && i < count; i++)
        if (!(fabs(array[i]) <= KZ_RUN_DELTA_MAX))
            return KZ_FAIL(KZ_EINVAL, "%s = %.15g is not between -%g and %g", name, array[i],
                           KZ_RUN_DELTA_MAX, KZ_RUN_DELTA_MAX);
    return KZ_OK;
}

static kz_status check_couplings(const kz_run_setup *s)
{
    size_t L = s->length;
    KZ_TRY(check_size("J", s->couplings.J, L - 1));
    KZ_TRY(check_size("Delta", s->couplings.delta, L - 1));
    KZ_TRY(check_size("h", s->couplings.field, L));
    if (!kz_run_needs_ground_state(s)) return KZ_OK;
    if (has_field(s))
        return KZ_FAIL(KZ_EINVAL, "ground and ceiling are prepared without fields: take thermal or "
                                  "product states on a chain that has some");
    for (size_t i = 0; s->couplings.J && i + 1 < L; i++)
        if (s->couplings.J[i] == 0.0)
            return KZ_FAIL(KZ_EINVAL, "a bond with J = 0 leaves ground and ceiling undetermined");
    return KZ_OK;
}

/* A strong bond is as cold as one of J = 1 at beta J.  Beyond, the states that cooling keeps are
 * too few, and nothing measured tells. */
static kz_status check_cold(const kz_run_setup *s)
{
    for (size_t i = 0; kz_run_is_purified(s) && i + 1 < s->length; i++) {
        const kz_state *state = i < s->length / 2 ? &s->left_state : &s->right_state;
        double J = at(s->couplings.J, i, 1.0), cold = fabs(state->beta * J);
        if (!(cold <= KZ_RUN_MOST_BETA * (1.0 + 1e-12)))
            return KZ_FAIL(KZ_EINVAL,
                           "beta J = %.15g at bond n = %ld, J = %.15g, is not between -%g and %g",
                           state->beta * J, (long)i - (long)(s->length / 2) + 1, J,
                           KZ_RUN_MOST_BETA, KZ_RUN_MOST_BETA);
    }
    return KZ_OK;
}

static kz_status check_free(const kz_run_setup *s)
{
    for (size_t i = 0; i + 1 < s->length; i++)
        if (delta_of(s, i) * at(s->couplings.J, i, 1.0) != 0.0)
            return KZ_FAIL(KZ_EINVAL, "free fermions need Delta = 0, not %.15g at bond n = %ld",
                           delta_of(s, i), (long)i - (long)(s->length / 2) + 1);
    return KZ_OK;
}

kz_status kz_run_chain_check(const kz_run_setup *s)
{
    KZ_TRY(check_initial(s));
    KZ_TRY(check_couplings(s));
    return s->method == KZ_METHOD_FERMION ? check_free(s) : check_cold(s);
}
