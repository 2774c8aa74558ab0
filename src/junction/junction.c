/* Setting up a junction.  J_L rises and J_R falls with the inverse temperature of the edge, since
 * the response A of the energy (ghd/edge/response.h) is a sum of terms >= 0: both dressed energies
 * are -pi sin(gamma) sigma_j rho^t_j, of one sign.  So one common beta_0 carries equal currents:
 * the root of R = 0, from which the branches of solve.c start. */
#include <math.h>
#include <string.h>

#include "core/chain.h"
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

kz_status kz_edges_open(kz_edges *out, const kz_junction *junction)
{
    *out = (kz_edges){{NULL, NULL}};
    for (int side = 0; side < 2; side++) {
        kz_status status = kz_half_open(&out->side[side], &junction->half[side], junction->charges);
        if (status != KZ_OK) {
            kz_edges_close(out);
            return status;
        }
    }
    return KZ_OK;
}

void kz_edges_close(kz_edges *edges)
{
    for (int side = 0; side < 2; side++) {
        kz_edge_work_free(edges->side[side]);
        edges->side[side] = NULL;
    }
}

const double kz_start_step = 1e-5, kz_last_step = 1e-9;
const double kz_first_tol = 1e-4;

double kz_half_width(double x) { return fmax(1 - fabs(x), 1e-150); }

typedef struct {
    const kz_junction *junction;
    const kz_edges *edges;
} balance_context;

/* J_L - J_R where both edges have the scale x; rises with x. */
static kz_status balance(kz_root_value *out, double x, double tol, void *context)
{
    const balance_context *c = context;
    kz_edge edge[2];
    for (int side = 0; side < 2; side++) {
        const kz_half *half = &c->junction->half[side];
        const double at[2] = {kz_half_beta_at(half, x), 0};
        KZ_TRY(kz_half_solve(&edge[side], half, c->edges->side[side], at, 1, tol));
    }
    double width = kz_half_width(x); /* d beta = dx/width^2 */
    *out = (kz_root_value){
        .value = edge[0].ray.energy_current - edge[1].ray.energy_current,
        .slope = (edge[0].response[0][0] + edge[1].response[0][0]) / (width * width),
        .err = edge[0].current_err[0] + edge[1].current_err[0],
        .scale = width,
    };
    return KZ_OK;
}

kz_status kz_junction_match_common(double *beta, const kz_junction *junction, const kz_edges *edges,
                                   double tol, double step)
{
    const double *own = junction->reservoir;
    *beta = own[0];
    if (junction->direction == 0) return KZ_OK; /* both currents vanish, exactly */
    if (kz_halves_are_inverse(&junction->half[0], &junction->half[1])) {
        *beta = 0; /* exactly, where the balance would leave its rounding */
        return KZ_OK;
    }
    double low = kz_half_scale(fmin(own[0], own[1])), high = kz_half_scale(fmax(own[0], own[1]));
    balance_context c = {junction, edges};
    const kz_root_problem problem = {low, high, 1, 0.5 * (low + high), kz_first_tol, tol, step};
    double x;
    kz_root_value last;
    KZ_TRY(kz_root_newton(&x, &last, balance, &c, &problem));
    *beta = kz_half_beta(x);
    return KZ_OK;
}

/* Accuracy of the ranges in a message. */
static const double RANGE_TOL = 1e-6;

kz_status kz_junction_no_root(const kz_junction *junction, const char *what)
{
    double end[2][2];
    for (int i = 0; i < 4; i++) { /* at beta = -inf and inf, between which both are monotone */
        kz_ray ray;
        KZ_TRY(kz_half_edge(&ray, &junction->half[i / 2], i % 2 ? INFINITY : -INFINITY, RANGE_TOL));
        end[i / 2][i % 2] = ray.energy_current;
    }
    return KZ_FAIL(KZ_ENOROOT, "%s; over all beta J_L is in [%.10g, %.10g], J_R in [%.10g, %.10g]",
                   what, end[0][0], end[0][1], end[1][1], end[1][0]);
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

/* The ceiling of Delta >= 1, the ground state of Delta <= -1. */
static bool is_undirected(const kz_half *half)
{
    const kz_state *s = &half->reservoir;
    if (half->chain.kind != KZ_CHAIN_AXIAL) return false;
    return half->chain.delta > 0 ? s->kind == KZ_STATE_CEILING
                                 : s->kind == KZ_STATE_GROUND && s->h == 0;
}

static kz_status check_half(const kz_half *half, const char *name, kz_carry carry)
{
    KZ_TRY(kz_chain_check(half->chain));
    KZ_TRY(kz_state_check(&half->reservoir));
    if (carry == KZ_CARRY_BOTH && is_undirected(half))
        return KZ_FAIL(
            KZ_EINVAL,
            "%s reservoir is a ferromagnet of either direction, each with a spin current "
            "of its own: take up or down",
            name);
    if (carry == KZ_CARRY_ENERGY && kz_state_has_magnetization(&half->reservoir))
        return KZ_FAIL(KZ_EINVAL,
                       "%s reservoir is magnetized: it also drives a spin current, which a "
                       "junction for energy alone does not carry (KZ_CARRY_BOTH does)",
                       name);
    return KZ_OK;
}

/* Where the reservoirs fill the longest strings, currents know neither sign nor, without
 * magnetization, size of the edges' mu: two stable roots, or a continuum of them. */
static kz_status check_pair(const kz_half *left, const kz_half *right)
{
    if (left->chain.kind != KZ_CHAIN_AXIAL || right->chain.kind != KZ_CHAIN_AXIAL) return KZ_OK;
    return KZ_FAIL(KZ_EINVAL,
                   "two halves of |Delta| >= 1: a junction of energy and spin takes one, "
                   "as for two its equations do not fix the spin of the edges");
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

/* Perfect contact. */
static kz_status begin(kz_junction *junction)
{
    kz_edges edges;
    KZ_TRY(kz_edges_open(&edges, junction));
    kz_status status =
        junction->charges == 2
            ? kz_junction_contact(junction, &edges)
            : kz_junction_match_common(&junction->common_beta, junction, &edges,
                                       kz_junction_edge_tol(junction), kz_start_step);
    kz_edges_close(&edges);
    return status;
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
    if (params->carry == KZ_CARRY_BOTH) KZ_TRY(check_pair(&left, &right));
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
