/* The halves beside a junction in time.
 *
 * XX: a mode of velocity v = sin q that leaves the edge arrives at distance d after d/v, so that at
 * time t it is thermal at the temperature that the edge had at t - d/v, if that is after 0, else
 * that of the reservoir, as are all modes that run towards the edge.
 *
 * XXZ: relax/lead/lead.c. */
#include <math.h>
#include <string.h>

#include <kapitza/fermion.h>

#include "core/chain.h"
#include "core/error.h"
#include "fermion/internal.h"
#include "relax/internal.h"

enum { DEPTH_MAX = 40 };

typedef struct {
    const kz_relax *relax;
    kz_side side;
    double t, d, from; /* from: q of the slowest mode that has arrived */
    double tol, u_err; /* u_err: what errors of the currents have made of u */
} arrival;

/* Integrals over the modes from the edge of what they differ by from the reservoir's, times energy
 * and times velocity and energy; and what errors of the edge's temperature make of both at most. */
typedef struct {
    double energy, current, err;
} sums;

/* q = from + (pi/2 - from) p^2: the edge's sqrt(t) is smooth in p. */
static void add_node(sums *sum, const arrival *a, double p, double weight)
{
    double width = 0.5 * M_PI - a->from, q = a->from + width * p * p, v = sin(q);
    double u_err, u = kz_relax_history_at(&u_err, &a->relax->history, a->side, a->t - a->d / v);
    double beta_err = (u_err + a->u_err) * (a->relax->material.by_beta ? 1 : 1 / (u * u));
    const kz_state edge = kz_state_thermal(kz_relax_beta(&a->relax->material, u), 0);
    const kz_state *reservoir = &a->relax->half[a->side].reservoir;
    weight *= 2 * width * p / (2 * M_PI);
    for (int half = 0; half < 2; half++) {
        double k = half ? M_PI - q : q, energy = half ? cos(q) : -cos(q);
        double n = kz_fermion_occupation(&edge, k);
        double change = n - kz_fermion_occupation(reservoir, k);
        sum->energy += weight * energy * change;
        sum->current += weight * v * energy * change;
        sum->err += weight * energy * energy * n * (1 - n) * beta_err;
    }
}

static sums gauss(const arrival *a, double from, double to)
{
    sums sum = {0};
    double middle = 0.5 * (from + to), half = 0.5 * (to - from);
    for (int i = 0; i < KZ_GAUSS_PAIRS; i++) {
        add_node(&sum, a, middle - half * kz_gauss_node[i], half * kz_gauss_weight[i]);
        add_node(&sum, a, middle + half * kz_gauss_node[i], half * kz_gauss_weight[i]);
    }
    return sum;
}

/* Halves a panel until that changes nothing; its err gains what the last halving changed. */
static void integrate(sums *out, const arrival *a, double from, double to, const sums *whole,
                      int depth)
{
    double middle = 0.5 * (from + to);
    const sums left = gauss(a, from, middle), right = gauss(a, middle, to);
    double change = fmax(fabs(left.energy + right.energy - whole->energy),
                         fabs(left.current + right.current - whole->current));
    if (change > a->tol * (to - from) && change > 1e-16 && depth < DEPTH_MAX) {
        integrate(out, a, from, middle, &left, depth + 1);
        integrate(out, a, middle, to, &right, depth + 1);
        return;
    }
    out->energy += left.energy + right.energy;
    out->current += left.current + right.current;
    out->err += left.err + right.err + change;
}

static kz_status free_ray(kz_ray *ray, const kz_relax *relax, kz_side side, double t, double zeta)
{
    const kz_state *reservoir = &relax->half[side].reservoir;
    double speed = fabs(zeta), direction = side == KZ_SIDE_LEFT ? -1 : 1;
    KZ_TRY(kz_fermion_ray(ray, reservoir, reservoir, direction * INFINITY));
    ray->zeta = zeta;
    if (speed >= 1) return KZ_OK;
    arrival a = {relax,
                 side,
                 t,
                 speed * t,
                 asin(speed),
                 fmax(0.01 * relax->options.tol, 1e-14),
                 kz_relax_current_effect(relax, t)};
    sums sum = {0};
    const sums whole = gauss(&a, 0, 1);
    integrate(&sum, &a, 0, 1, &whole, 0);
    ray->energy += sum.energy;
    ray->energy_current += direction * sum.current;
    ray->err += sum.err;
    return KZ_OK;
}

void kz_relax_forget_leads(kz_relax *relax)
{
    for (int side = 0; side < 2; side++) {
        kz_lead_free(relax->lead[side]);
        kz_emission_free(relax->emission[side]);
        relax->lead[side] = NULL;
        relax->emission[side] = NULL;
    }
}

/* Chains of Delta < -1 are turned (core/chain.h): energies and beta have the other sign. */
typedef struct {
    const kz_relax *relax;
    kz_side side;
    double sign;
} edge;

static double edge_beta(double t, void *context)
{
    const edge *e = context;
    double err, u = kz_relax_history_at(&err, &e->relax->history, e->side, t);
    return e->sign * kz_relax_beta(&e->relax->material, u);
}

/* Of the tolerance: what the states beside the edges may take. */
static const double LEAD_SHARE = 0.1, LEAD_TOL_MIN = 1e-12;

static double lead_tol(const kz_relax *relax)
{
    return fmax(LEAD_SHARE * relax->options.tol, LEAD_TOL_MIN);
}

static kz_status make_emission(kz_relax *relax, kz_side side)
{
    const kz_half *half = &relax->half[side];
    const kz_relax_history *h = &relax->history;
    bool turned = kz_chain_is_turned(half->chain);
    kz_chain chain = turned ? kz_chain_turn(half->chain) : half->chain;
    kz_state reservoir = turned ? kz_state_turn(&half->reservoir) : half->reservoir;
    edge e = {relax, side, turned ? -1 : 1};
    if (relax->emission[side]) return KZ_OK;
    return kz_emission_create(&relax->emission[side], chain, &reservoir, edge_beta, &e,
                              h->end * h->end, h->panels, lead_tol(relax));
}

/* d<h>/dbeta, the variance of the energy per site, is (2 + Delta^2)/16 at beta = 0 and stays below
 * this. */
static double largest_variance(kz_chain chain)
{
    double delta = kz_chain_delta(chain);
    return 0.1 * (2 + delta * delta);
}

/* The mirror image of a left half is a right one. */
static kz_status fed_ray(kz_ray *ray, kz_relax *relax, kz_side side, double t, double zeta)
{
    const kz_relax_history *h = &relax->history;
    KZ_TRY(make_emission(relax, side));
    if (!relax->lead[side])
        KZ_TRY(kz_lead_create(&relax->lead[side], relax->emission[side], lead_tol(relax)));
    KZ_TRY(kz_lead_at(ray, relax->lead[side], fabs(zeta) * t, t));
    double err = kz_relax_current_effect(relax, t), by_u = 0;
    for (int p = 0; p < h->panels; p++) {
        double from, to, history_err;
        kz_history_range(&from, &to, h->end, h->panels, p);
        double u = kz_relax_history_at(&history_err, h, side, to * to);
        by_u = fmax(by_u, relax->material.by_beta ? 1 : 1 / (u * u));
    }
    kz_chain chain = relax->half[side].chain;
    bool turned = kz_chain_is_turned(chain);
    ray->zeta = zeta;
    if (turned) ray->energy = -ray->energy;
    if (turned != (side == KZ_SIDE_LEFT)) ray->energy_current = -ray->energy_current;
    ray->err += largest_variance(chain) * by_u * (err + kz_relax_history_error(h));
    return KZ_OK;
}

/* Beside the junction every mode that leaves it is at the present temperature.  In an XXZ half
 * those that have turned around are at an earlier one, by which the ray state zeta = 0 is wrong:
 * where that is too much, the half as it is fed is followed to x = 0. */
static kz_status edge_ray(kz_ray *ray, kz_relax *relax, kz_side side, size_t stop)
{
    double fine = kz_relax_edge_u(&relax->mesh[KZ_RELAX_FINE], stop, side);
    double coarse = kz_relax_edge_u(&relax->mesh[KZ_RELAX_COARSE], stop, side);
    double by_u = relax->material.by_beta ? 1 : 1 / (fine * fine), t = relax->t[stop];
    double err = fabs(fine - coarse) + kz_relax_current_effect(relax, t);
    KZ_TRY(kz_half_edge(ray, &relax->half[side], kz_relax_beta(&relax->material, fine),
                        fmax(0.1 * relax->options.tol, 1e-13)));
    ray->err += by_u * err;
    if (kz_half_is_free(&relax->half[side]) || t == 0) return KZ_OK;
    KZ_TRY(make_emission(relax, side));
    double stale = kz_emission_stale(relax->emission[side], t);
    ray->err += stale;
    if (stale == 0 || ray->err <= relax->options.tol) return KZ_OK;
    kz_ray fed;
    kz_status status = fed_ray(&fed, relax, side, t, 0);
    if (status == KZ_OK && fed.err < ray->err) *ray = fed;
    return status == KZ_ENOCONV ? KZ_OK : status;
}

/* Faster than any excitation of a chain. */
static const double SPEED_MAX = 2;

static kz_status one_ray(kz_ray *ray, kz_relax *relax, kz_side side, size_t stop, double zeta)
{
    const kz_half *half = &relax->half[side];
    double t = relax->t[stop];
    if (kz_relax_finished(relax) < relax->stops) {
        const kz_relax_solution *failed = kz_relax_failed_mesh(relax);
        return KZ_FAIL(failed->status, "%s", failed->reason);
    }
    if (zeta == 0) return edge_ray(ray, relax, side, stop);
    if (kz_half_is_free(half)) return free_ray(ray, relax, side, t, t > 0 ? zeta : INFINITY);
    if (t == 0 || fabs(zeta) > SPEED_MAX) {
        KZ_TRY(kz_half_edge(ray, half, kz_half_reservoir_beta(half), relax->options.tol));
        ray->zeta = zeta;
        return KZ_OK;
    }
    return fed_ray(ray, relax, side, t, zeta);
}

kz_status kz_relax_rays(kz_ray *rays, kz_relax *relax, size_t i, kz_side side, const double *zeta,
                        size_t n)
{
    kz_status first = KZ_OK;
    if (i >= relax->n) return KZ_FAIL(KZ_EINVAL, "time %zu of %zu", i, relax->n);
    if (!(relax->what & KZ_RELAX_LEADS))
        return KZ_FAIL(KZ_EINVAL, "the run was not asked for the leads");
    for (size_t k = 0; k < n; k++) {
        if (side == KZ_SIDE_LEFT ? !(zeta[k] <= 0) : !(zeta[k] >= 0))
            return KZ_FAIL(KZ_EINVAL, "ray %.15g is not on the %s half", zeta[k],
                           side == KZ_SIDE_LEFT ? "left" : "right");
    }
    for (size_t k = 0; k < n; k++) {
        kz_status status = one_ray(&rays[k], relax, side, relax->stop[i], zeta[k]);
        if (status != KZ_OK && status != KZ_ETOL)
            rays[k] = (kz_ray){zeta[k], NAN, NAN, NAN, NAN, INFINITY, status};
        else
            rays[k].status = rays[k].err <= relax->options.tol ? KZ_OK : KZ_ETOL;
        if (first == KZ_OK && rays[k].status != KZ_OK)
            first = rays[k].status == KZ_ETOL
                        ? KZ_FAIL(KZ_ETOL, "ray zeta = %.15g: error %.3g, wanted %.3g", zeta[k],
                                  rays[k].err, relax->options.tol)
                        : status;
    }
    return first;
}
