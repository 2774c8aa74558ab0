/* Full counting statistics on grids that are refined until two of them agree, the cumulants from
 * dF/dlambda at the nodes of Chebyshev's polynomials around 0. */
#include <kapitza/fluctuations.h>

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/progress.h"
#include "fermion/counting.h"
#include "ghd/bias.h"
#include "ghd/level.h"

enum {
    NODES = 16, /* on |kappa| < 1/2 where F is analytic for |kappa| < pi: the series falls like
                 * 12^-k, or as far as the weak singularities let it where two zeros of v merge */
    RADII = 6,  /* with a gap: of each a quarter of the one before */
    CUMULANTS = 4,
    GRIDS_MAX = 6,
    HALF_MAX = 1 << 20
};

/* The better one of two grids: its nodes per unit of rapidity and its window. */
static const double FINER = 1.5, WIDER = 1.5;

/* Residual of the states, whatever the tolerance: what two grids share, their difference does not
 * show, and Newton's last step is cheap.  Accuracy of the solutions, of the tolerance, and its
 * least. */
static const double STATES = 1e-15, SOLVE_SHARE = 1e-4, SOLVE_MIN = 1e-14;

/* Coefficients that the polynomial leaves out, and the noise of those it has, of the last two.
 * Where strings begin to cross among the nodes, F' ~ |lambda - lambda_n|^(3/2) with coefficients
 * m^(-5/2), those left out move F'' by sum_{m > 16} m^(-3/2), four times as much; and F''' without
 * bound. */
static const double TAIL = 4, TAIL_KINKS = 16;

/* What is asked for, and how far it is. */
typedef struct {
    kz_chain chain; /* that asked for, or turned (core/chain.h), */
    double sign;    /* then -1: of energies, hence of lambda and odd cumulants */
    kz_state state[2];
    kz_charge charge;
    double tol;
    size_t n, total; /* points of the caller; those and the nodes */
    double *lambda;  /* [total] */
    size_t *order;   /* [total] by lambda */
    double radius;   /* of the nodes, or of the outermost ones */
    int radii;
    unsigned long *shape;         /* [total] of the last grid (bias.h) */
    kz_fluctuation *now, *before; /* [total] on the last grid and on the one before */
    kz_progress progress;
    double noise;     /* of what the last grid has, whatever the grid does */
    char reason[256]; /* why the first of the points that failed on the last grid did */
} job;

static void job_free(job *j)
{
    kz_free(j->lambda);
    kz_free(j->order);
    kz_free(j->shape);
    kz_free(j->now);
    kz_free(j->before);
    kz_progress_end(&j->progress);
}

/* Half of what the largest dressed charge makes |kappa| = 1: it is of the order of speed (energy),
 * P/2 (spin). */
static double node_radius(const job *j)
{
    kz_form form;
    kz_grid grid = {.chain = j->chain, .order = 2};
    if (kz_grid_form(&form, &grid) != KZ_OK) return 1;
    return j->charge == KZ_CHARGE_SPIN ? 1 / form.spin : 0.5 / form.speed;
}

static double radius_of(const job *j, int which) { return ldexp(j->radius, -2 * which); }

static kz_status allocate(job *j, const double *lambda)
{
    void *order, *shape, *now, *before;
    KZ_TRY(kz_alloc_doubles(&j->lambda, j->total));
    KZ_TRY(kz_alloc(&order, j->total, sizeof(size_t)));
    j->order = order;
    KZ_TRY(kz_alloc(&shape, j->total, sizeof(unsigned long)));
    j->shape = shape;
    KZ_TRY(kz_alloc(&now, j->total, sizeof(kz_fluctuation)));
    j->now = now;
    KZ_TRY(kz_alloc(&before, j->total, sizeof(kz_fluctuation)));
    j->before = before;
    for (size_t i = 0; i < j->n; i++)
        j->lambda[i] = j->sign * lambda[i];
    for (size_t i = j->n; i < j->total; i++) {
        int node = (int)(i - j->n);
        j->lambda[i] = radius_of(j, node / NODES) * kz_chebyshev_node(node % NODES, NODES);
    }
    gsl_sort_index(j->order, j->lambda, 1, j->total);
    return KZ_OK;
}

static kz_fluctuation failed_point(double lambda, kz_status status)
{
    return (kz_fluctuation){lambda, NAN, NAN, INFINITY, status};
}

static kz_status solve_point(job *j, kz_bias *bias, size_t index)
{
    kz_fluctuation *point = &j->now[index];
    double lambda = j->lambda[index];
    kz_status status = kz_bias_solve(point, bias, lambda, fmax(SOLVE_SHARE * j->tol, SOLVE_MIN));
    if (status == KZ_ENOMEM) return status;
    if (status != KZ_OK) *point = failed_point(lambda, status);
    if (status != KZ_OK && !*j->reason) strncpy(j->reason, kz_error_reason(), sizeof j->reason - 1);
    point->status = status;
    if (status == KZ_OK) j->shape[index] = kz_bias_shape(bias);
    kz_progress_add(&j->progress, 1, 2 * j->total);
    if (kz_progress_is_cancelled(&j->progress)) return KZ_FAIL(KZ_ECANCELLED, "cancelled");
    return KZ_OK;
}

/* All points on one grid, outwards from 0 on either side. */
static kz_status solve_on(job *j, kz_grid grid)
{
    kz_bias *bias;
    size_t first = 0;
    j->reason[0] = '\0';
    KZ_TRY(kz_bias_create(&bias, grid, &j->state[KZ_LEFT], &j->state[KZ_RIGHT], j->charge, STATES));
    while (first < j->total && j->lambda[j->order[first]] < 0)
        first++;
    kz_status status = KZ_OK;
    for (size_t i = first; status == KZ_OK && i < j->total; i++)
        status = solve_point(j, bias, j->order[i]);
    kz_bias_restart(bias);
    for (size_t i = first; status == KZ_OK && i-- > 0;)
        status = solve_point(j, bias, j->order[i]);
    kz_bias_free(bias);
    return status;
}

static double distance(double a, double b) { return fabs(a - b) / fmax(1, fmax(fabs(a), fabs(b))); }

/* What the last grid changed bounds the error of the one before. */
static void compare(job *j)
{
    j->noise = 0;
    for (size_t i = 0; i < j->total; i++) {
        kz_fluctuation *now = &j->now[i], *before = &j->before[i];
        if (i >= j->n) j->noise = fmax(j->noise, now->err + 1e-15);
        if (now->status != KZ_OK || before->status != KZ_OK) {
            now->err = INFINITY;
            continue;
        }
        double change = fmax(distance(now->generating, before->generating),
                             distance(now->current, before->current));
        now->err = change + now->err + 1e-15;
    }
}

/* Points that failed on both grids would on others. */
static bool reached(const job *j)
{
    for (size_t i = 0; i < j->n; i++) {
        bool lost = j->now[i].status != KZ_OK && j->before[i].status != KZ_OK;
        if (!lost && !(j->now[i].err <= j->tol)) return false;
    }
    return true;
}

/* The states at the ends of the counting parameters: colder, or more magnetized. */
static kz_state extreme(const job *j, int side)
{
    kz_state state = j->state[side];
    if (state.kind != KZ_STATE_THERMAL || j->charge != KZ_CHARGE_ENERGY) return state;
    double most = 0;
    for (size_t i = 0; i < j->total; i++)
        most = fmax(most, fabs(j->lambda[i]));
    state.beta = copysign(fabs(state.beta) + most, state.beta);
    return state;
}

static kz_grid better(kz_grid grid)
{
    double spacing = kz_grid_spacing(&grid) / FINER;
    if (grid.chain.kind == KZ_CHAIN_AXIAL)
        grid = kz_grid_widen(grid, WIDER); /* more strings */
    else
        grid.window += WIDER;
    grid.half = kz_grid_fast_size((size_t)ceil(grid.window / spacing));
    return grid;
}

static void swap(job *j)
{
    kz_fluctuation *last = j->before;
    j->before = j->now;
    j->now = last;
}

/* Grid after grid; what the best of them leave stands. */
static kz_status solve_xxz(job *j)
{
    kz_state left = extreme(j, KZ_LEFT), right = extreme(j, KZ_RIGHT);
    bool spin = j->charge == KZ_CHARGE_SPIN;
    kz_grid grid = kz_level_grid(j->chain, &left, &right, j->tol, spin);
    KZ_TRY(solve_on(j, grid));
    for (int i = 1; i < GRIDS_MAX && grid.half <= HALF_MAX; i++) {
        grid = better(grid);
        if (grid.chain.kind == KZ_CHAIN_AXIAL && grid.order > KZ_P_MAX) {
            if (i > 1) return KZ_OK;
            return KZ_FAIL(KZ_ETOL, "Delta = %.10g takes more than %d strings", grid.chain.delta,
                           KZ_P_MAX);
        }
        swap(j);
        KZ_TRY(solve_on(j, grid));
        compare(j);
        if (reached(j)) break;
    }
    return KZ_OK;
}

static void solve_xx(job *j)
{
    for (size_t i = 0; i < j->total; i++)
        kz_fermion_counting(&j->now[i], &j->state[KZ_LEFT], &j->state[KZ_RIGHT], j->charge,
                            j->lambda[i]);
}

/* d^k/dx^k at 0 of T_m, m < NODES, k < CUMULANTS, by T_{m+1} = 2 x T_m - T_{m-1}. */
static void chebyshev_derivatives(double d[NODES][CUMULANTS])
{
    memset(d, 0, sizeof(double[NODES][CUMULANTS]));
    d[0][0] = d[1][1] = 1;
    for (int m = 1; m + 1 < NODES; m++)
        for (int k = 0; k < CUMULANTS; k++)
            d[m + 1][k] = (k > 0 ? 2 * k * d[m][k - 1] : 0) - d[m - 1][k];
}

/* The interpolant of dF/dlambda at the nodes of one radius and its derivatives at 0; *rest: of its
 * coefficients, the last of which are noise or what stands for those that are missing. */
static void interpolate(double c[CUMULANTS], double *rest, const job *j, int which,
                        const kz_fluctuation *points)
{
    double derivative[NODES][CUMULANTS], scale = 1, current[NODES], coefficient[NODES];
    chebyshev_derivatives(derivative);
    for (size_t i = 0; i < NODES; i++)
        current[i] = points[j->n + (size_t)which * NODES + i].current;
    kz_chebyshev_transform(coefficient, current, NODES);
    for (int k = 0; k < CUMULANTS; k++, scale /= radius_of(j, which)) {
        c[k] = 0;
        for (int m = 0; m < NODES; m++)
            c[k] += scale * coefficient[m] * derivative[m][k];
    }
    *rest = fabs(coefficient[NODES - 1]) + fabs(coefficient[NODES - 2]);
}

/* With a gap: whether strings begin to cross among the nodes of a radius. */
static bool has_kinks(const job *j, int which)
{
    const unsigned long *shape = j->shape + j->n + (size_t)which * NODES;
    bool kinks = false;
    for (int i = 1; i < NODES && j->chain.kind == KZ_CHAIN_AXIAL; i++)
        kinks = kinks || shape[i] != shape[0];
    return kinks;
}

/* What the nodes of one radius say, where that is better than what is known. */
static void improve_cumulants(kz_cumulants *out, const job *j, int which)
{
    double now[CUMULANTS], coarse[CUMULANTS], rest, power = 1;
    bool kinks = has_kinks(j, which);
    interpolate(coarse, &rest, j, which, j->before);
    interpolate(now, &rest, j, which, j->now);
    for (int k = 0; k < (kinks ? 2 : CUMULANTS); k++, power *= NODES / radius_of(j, which)) {
        double tail = (kinks ? TAIL_KINKS : TAIL) * rest;
        double err = fabs(now[k] - coarse[k]) + power * (tail + j->noise);
        if (!(err < out->err[k])) continue;
        out->value[k] = (k % 2 == 0 ? j->sign : 1) * now[k];
        out->err[k] = err;
    }
}

static void find_cumulants(kz_cumulants *out, const job *j)
{
    for (int k = 0; k < CUMULANTS; k++) {
        out->value[k] = NAN;
        out->err[k] = INFINITY;
    }
    for (int which = 0; which < j->radii; which++)
        improve_cumulants(out, j, which);
}

static kz_status check(kz_chain chain, const kz_state *left, const kz_state *right,
                       kz_charge charge, const double *lambda, size_t n, const kz_options *options)
{
    KZ_TRY(kz_chain_check_anisotropic(chain, "fluctuations"));
    if (charge == KZ_CHARGE_SPIN)
        KZ_TRY(kz_chain_check_rational(chain, "fluctuations of the spin"));
    KZ_TRY(kz_state_check(left));
    KZ_TRY(kz_state_check(right));
    KZ_TRY(kz_options_check(options));
    if (charge != KZ_CHARGE_ENERGY && charge != KZ_CHARGE_SPIN)
        return KZ_FAIL(KZ_EINVAL, "unknown charge %d", (int)charge);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(lambda[i])) return KZ_FAIL(KZ_EINVAL, "lambda %zu is not finite", i);
    return KZ_OK;
}

static kz_status verdict(const kz_fluctuation *points, const job *j)
{
    for (size_t i = 0; i < j->n; i++) {
        if (points[i].status == KZ_OK) continue;
        if (points[i].status == KZ_ETOL)
            return KZ_FAIL(KZ_ETOL, "lambda = %.15g: error %.3g, wanted %.3g", points[i].lambda,
                           points[i].err, j->tol);
        return KZ_FAIL(points[i].status, "lambda = %.15g: %s", points[i].lambda, j->reason);
    }
    return KZ_OK;
}

static void deliver(kz_fluctuation *points, const job *j)
{
    for (size_t i = 0; i < j->n; i++) {
        points[i] = j->now[i];
        points[i].lambda *= j->sign;
        points[i].current *= j->sign;
        if (points[i].status == KZ_OK && !(points[i].err <= j->tol)) points[i].status = KZ_ETOL;
    }
}

kz_status kz_fluctuations(kz_fluctuation *points, kz_cumulants *cumulants, kz_chain chain,
                          const kz_state *left, const kz_state *right, kz_charge charge,
                          const double *lambda, size_t n, const kz_options *options)
{
    KZ_TRY(check(chain, left, right, charge, lambda, n, options));
    bool free = chain.kind == KZ_CHAIN_XX;
    bool turned = kz_chain_is_turned(chain);
    job j = {
        .chain = turned ? kz_chain_turn(chain) : chain,
        .sign = turned && charge == KZ_CHARGE_ENERGY ? -1 : 1,
        .state = {turned ? kz_state_turn(left) : *left, turned ? kz_state_turn(right) : *right},
        .charge = charge,
        .tol = options->tol,
        .n = n,
        .radii = chain.kind == KZ_CHAIN_AXIAL ? RADII : 1};
    j.total = n + (cumulants && !free ? (size_t)j.radii * NODES : 0);
    j.radius = node_radius(&j);
    kz_progress_start(&j.progress, options->progress, options->progress_context);
    kz_status status = allocate(&j, lambda);
    if (status == KZ_OK && free) solve_xx(&j);
    if (status == KZ_OK && !free) status = solve_xxz(&j);
    if (status == KZ_OK) {
        deliver(points, &j);
        if (cumulants && free) kz_fermion_cumulants(cumulants, left, right, charge);
        if (cumulants && !free) find_cumulants(cumulants, &j);
        status = verdict(points, &j);
    }
    job_free(&j);
    return status;
}
