/* Setting up a junction.  J_L rises and J_R falls with the inverse temperature of the edge (the
 * scan checks it), so that one common beta_0 carries equal currents: the root of R = 0, from
 * which the branches of solve.c start. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/root.h"
#include "junction/internal.h"

kz_junction_params kz_junction_params_default(void)
{
    return (kz_junction_params){.left = kz_chain_xx(),
                                .right = kz_chain_xxz(4),
                                .left_state = kz_state_ceiling(),
                                .right_state = kz_state_ground(0),
                                .law = kz_law_fourier()};
}

void kz_junction_free(kz_junction *junction)
{
    if (!junction) return;
    kz_free(junction->table);
    kz_free(junction);
}

double kz_junction_edge_tol(const kz_junction *junction)
{
    return fmax(0.03 * junction->options.tol, 2e-13);
}

typedef struct {
    const kz_junction *junction;
    double tol;
    kz_ray left, right; /* of the last evaluation */
} balance_context;

/* J_L - J_R where both edges have the scale x; rises with x. */
static kz_status balance(double *value, double x, void *context)
{
    balance_context *c = context;
    const kz_half *left = &c->junction->half[KZ_SIDE_LEFT];
    const kz_half *right = &c->junction->half[KZ_SIDE_RIGHT];
    KZ_TRY(kz_half_edge(&c->left, left, kz_half_beta_at(left, x), c->tol));
    KZ_TRY(kz_half_edge(&c->right, right, kz_half_beta_at(right, x), c->tol));
    *value = c->left.energy_current - c->right.energy_current;
    return KZ_OK;
}

/* Root of the balance between the reservoirs, low < high.  Its bracket there fails only when both
 * are so close that the errors of the currents cover the signs: then an end is as good a root. */
static kz_status balance_between(double *x, balance_context *c, double low, double high)
{
    const kz_scan *scan = &c->junction->scan;
    int i = 0;
    while (i + 2 < KZ_SCAN_POINTS && scan->current[0][i + 1] < scan->current[1][i + 1])
        i++;
    double from = fmax(low, scan->x[i]), to = fmin(high, scan->x[i + 1]);
    kz_status status = from < to ? kz_root_find(x, balance, c, from, to) : KZ_ENOROOT;
    /* the scan is coarser in accuracy: the root may be beside its bracket */
    if (status == KZ_ENOROOT) status = kz_root_find(x, balance, c, low, high);
    if (status != KZ_ENOROOT) return status;
    const double ends[2] = {low, high};
    for (int end = 0; end < 2; end++) {
        double value;
        KZ_TRY(balance(&value, ends[end], c));
        *x = ends[end];
        if (fabs(value) <= c->left.err + c->right.err) return KZ_OK;
    }
    return kz_scan_no_root(scan, "the currents do not meet at R = 0");
}

kz_status kz_junction_match_common(kz_common *out, const kz_junction *junction, double tol)
{
    const double *own = junction->reservoir;
    *out = (kz_common){.beta = own[0]};
    if (junction->direction == 0) return KZ_OK; /* both currents vanish, exactly */
    if (kz_halves_are_inverse(&junction->half[0], &junction->half[1])) {
        out->beta = 0; /* exactly, where the balance would leave its rounding */
        return KZ_OK;
    }
    balance_context c = {.junction = junction, .tol = tol};
    double x, rest;
    KZ_TRY(balance_between(&x, &c, kz_half_scale(fmin(own[0], own[1])),
                           kz_half_scale(fmax(own[0], own[1]))));
    KZ_TRY(balance(&rest, x, &c));
    out->beta = kz_half_beta(x);
    out->err = c.left.err + c.right.err + fabs(rest);
    return KZ_OK;
}

static kz_status copy_law(kz_junction *junction, const kz_law *law)
{
    junction->law = *law;
    if (law->kind != KZ_LAW_TABLE) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&junction->table, 2 * law->count));
    memcpy(junction->table, law->temperature, law->count * sizeof(double));
    memcpy(junction->table + law->count, law->conductivity, law->count * sizeof(double));
    junction->law.temperature = junction->table;
    junction->law.conductivity = junction->table + law->count;
    return KZ_OK;
}

static kz_status check_half(const kz_half *half, const char *name, kz_carry carry)
{
    KZ_TRY(kz_chain_check(half->chain));
    KZ_TRY(kz_state_check(&half->reservoir));
    if (carry == KZ_CARRY_ENERGY && kz_state_has_magnetization(&half->reservoir))
        return KZ_FAIL(KZ_EINVAL,
                       "%s reservoir is magnetized: it also drives a spin current, which a "
                       "junction for energy alone does not carry (KZ_CARRY_BOTH does)",
                       name);
    return KZ_OK;
}

static kz_status check_params(const kz_junction_params *p)
{
    if (p->carry != KZ_CARRY_ENERGY && p->carry != KZ_CARRY_BOTH)
        return KZ_FAIL(KZ_EINVAL, "unknown charges %d", (int)p->carry);
    KZ_TRY(kz_law_check(&p->law));
    if (!(fabs(p->cross) <= 1)) return KZ_FAIL(KZ_EINVAL, "cross = %.15g: |c| <= 1", p->cross);
    bool linear = p->carry == KZ_CARRY_BOTH && p->law.kind == KZ_LAW_BETA;
    if (p->cross != 0 && !linear)
        return KZ_FAIL(KZ_EINVAL, "cross = %.15g belongs to the linear law of two charges",
                       p->cross);
    if (p->carry == KZ_CARRY_BOTH && p->law.kind == KZ_LAW_TABLE)
        return KZ_FAIL(KZ_EINVAL, "a conductivity table is a law for energy alone");
    return KZ_OK;
}

/* Perfect contact, and for one charge the scan before it. */
static kz_status begin(kz_junction *junction)
{
    if (junction->charges == 2) return kz_junction_contact(junction);
    KZ_TRY(kz_scan_run(&junction->scan, junction->half, &junction->options));
    return kz_junction_match_common(&junction->common, junction, kz_junction_edge_tol(junction));
}

kz_status kz_junction_create(kz_junction **out, const kz_junction_params *params,
                             const kz_options *options)
{
    *out = NULL;
    const kz_half left = {params->left, params->left_state, KZ_SIDE_LEFT};
    const kz_half right = {params->right, params->right_state, KZ_SIDE_RIGHT};
    void *memory;
    KZ_TRY(check_half(&left, "left", params->carry));
    KZ_TRY(check_half(&right, "right", params->carry));
    KZ_TRY(check_params(params));
    KZ_TRY(kz_options_check(options));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_junction)));
    kz_junction *junction = memory;
    junction->half[KZ_SIDE_LEFT] = left;
    junction->half[KZ_SIDE_RIGHT] = right;
    junction->options = *options;
    junction->charges = params->carry == KZ_CARRY_BOTH ? 2 : 1;
    junction->cross = params->cross;
    double *own = junction->reservoir;
    for (int side = 0; side < 2; side++)
        own[side] = kz_half_reservoir_beta(&junction->half[side]);
    junction->direction = (own[0] < own[1]) - (own[0] > own[1]);
    kz_status status = copy_law(junction, &params->law);
    if (status == KZ_OK) status = begin(junction);
    if (status != KZ_OK) {
        kz_junction_free(junction);
        return status;
    }
    *out = junction;
    return KZ_OK;
}
