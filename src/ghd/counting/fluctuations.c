/* Full counting statistics on grids that are refined until two of them agree. */
#include <kapitza/fluctuations.h>

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"
#include "fermion/counting.h"
#include "ghd/counting/branches.h"
#include "ghd/counting/engine.h"
#include "ghd/counting/walk.h"

enum { GRIDS_MAX = 6 };

static void job_free(kz_counting *j)
{
    kz_free(j->lambda);
    kz_free(j->order);
    kz_free(j->shape);
    kz_free(j->now);
    kz_free(j->before);
    kz_free(j->image);
    kz_free(j->branch[KZ_LEFT]);
    kz_free(j->branch[KZ_RIGHT]);
    kz_free(j->turned);
    kz_free(j->divided);
    kz_free(j->settled);
    kz_free(j->rest);
    kz_progress_end(&j->progress);
}

/* Half of what the largest dressed charge makes |kappa| = 1: it is of the order of speed (energy),
 * P/2 (spin). */
static double node_radius(const kz_counting *j)
{
    if (j->isotropic) return 1 / M_PI; /* speed pi/2 */
    kz_form form;
    kz_grid grid = {.chain = j->chain, .order = 2};
    if (kz_grid_form(&form, &grid) != KZ_OK) return 1;
    return j->charge == KZ_CHARGE_SPIN ? 1 / form.spin : 0.5 / form.speed;
}

static kz_status allocate(kz_counting *j, const double *lambda)
{
    void *memory;
    KZ_TRY(kz_alloc_doubles(&j->lambda, j->total));
    KZ_TRY(kz_alloc_doubles(&j->image, j->total));
    KZ_TRY(kz_alloc_doubles(&j->rest, j->total));
    KZ_TRY(kz_alloc(&memory, j->total, sizeof(size_t)));
    j->order = memory;
    KZ_TRY(kz_alloc(&memory, j->total, sizeof(unsigned long)));
    j->shape = memory;
    KZ_TRY(kz_alloc(&memory, j->total, sizeof(kz_fluctuation)));
    j->now = memory;
    KZ_TRY(kz_alloc(&memory, j->total, sizeof(kz_fluctuation)));
    j->before = memory;
    KZ_TRY(kz_alloc(&memory, j->total, sizeof(bool)));
    j->divided = memory;
    KZ_TRY(kz_alloc(&memory, j->total, sizeof(bool)));
    j->settled = memory;
    KZ_TRY(kz_alloc(&memory, j->total, sizeof(bool)));
    j->turned = memory;
    for (int side = 0; j->branches && side < 2; side++) {
        KZ_TRY(kz_alloc(&memory, j->total, sizeof(kz_counting_branch)));
        j->branch[side] = memory;
        for (size_t i = 0; i < j->total; i++)
            j->branch[side][i].bound = INFINITY;
    }
    for (size_t i = 0; i < j->n; i++)
        j->lambda[i] = j->sign * lambda[i];
    for (size_t i = j->n; i < j->total; i++) {
        int node = (int)(i - j->n);
        kz_node_range range = kz_counting_range(j, node / KZ_COUNTING_NODES);
        j->lambda[i] = range.centre +
                       range.half * kz_chebyshev_node(node % KZ_COUNTING_NODES, KZ_COUNTING_NODES);
    }
    return KZ_OK;
}

static kz_status solve_branches(kz_counting *j)
{
    for (int side = 0; side < 2; side++) {
        bool exists = kz_counting_has_branch(j, side);
        kz_counting_drop_branch(j, side);
        for (size_t i = 0; i < j->total; i++)
            if (!kz_counting_is_idle(j, side, i)) j->turned[i] = !exists;
        if (exists) KZ_TRY(kz_counting_walk(j, side));
        kz_counting_keep_branch(j, side);
    }
    kz_counting_choose_branch(j);
    return KZ_OK;
}

static kz_status solve_grid(kz_counting *j)
{
    j->reason[0] = '\0';
    KZ_TRY(j->branches ? solve_branches(j) : kz_counting_walk(j, -1));
    j->grids++;
    return KZ_OK;
}

static double distance(double a, double b) { return fabs(a - b) / fmax(1, fmax(fabs(a), fabs(b))); }

/* What is left to the strings beyond the rows, which may cross; longer: there are more rows than
 * before. */
static double rest_of(kz_counting *j, size_t i, double change, bool longer)
{
    if (longer) j->rest[i] = KZ_ISOTROPIC_CROSSED * change;
    return j->divided[i] ? j->rest[i] : 0;
}

/* What the last grid changed bounds the error of the one before. */
static void compare_point(kz_counting *j, size_t i, bool longer)
{
    kz_fluctuation *now = &j->now[i];
    const kz_fluctuation *before = &j->before[i];
    double *most = i < j->n ? NULL : &j->noise[(i - j->n) / KZ_COUNTING_NODES];
    if (j->isotropic && now->status != KZ_OK && before->status == KZ_OK && j->grids > 2) {
        *now = *before; /* with its error: a better grid has failed */
        if (most) *most = fmax(*most, now->err);
        return;
    }
    double change = fmax(distance(now->generating, before->generating),
                         distance(now->current, before->current));
    bool fails = now->status != KZ_OK || before->status != KZ_OK;
    double rest = fails ? 0 : rest_of(j, i, change, longer);
    double noise = now->err + 1e-15 + (longer ? 0 : rest);
    if (most) *most = fmax(*most, noise);
    bool lost = now->status != KZ_OK && before->status != KZ_OK;
    now->err = fails ? INFINITY : change + rest + now->err + 1e-15;
    if (j->isotropic) j->settled[i] = now->err <= j->tol || (j->branches && lost && j->grids > 2);
}

static void compare(kz_counting *j, bool longer)
{
    if (!j->isotropic) memset(j->noise, 0, sizeof j->noise);
    for (size_t i = 0; i < j->total; i++)
        if (!j->settled[i]) compare_point(j, i, longer);
}

/* Points that failed on both grids would on others. */
static bool reached(const kz_counting *j)
{
    size_t asked = j->isotropic ? j->total : j->n;
    for (size_t i = 0; i < asked; i++) {
        bool lost = j->now[i].status != KZ_OK && j->before[i].status != KZ_OK;
        if (!lost && !(j->now[i].err <= j->tol)) return false;
    }
    return true;
}

/* Grid after grid; what the best of them leave stands. */
static kz_status solve_xxz(kz_counting *j)
{
    kz_counting_first_grid(j);
    KZ_TRY(solve_grid(j));
    for (int i = 1; i < GRIDS_MAX; i++) {
        int rows = j->grid.order;
        if (!kz_counting_next_grid(j)) {
            if (i > 1) return KZ_OK;
            return KZ_FAIL(KZ_ETOL, "Delta = %.10g takes more than %d strings", j->chain.delta,
                           KZ_P_MAX);
        }
        for (size_t k = 0; k < j->total; k++)
            if (!j->settled[k]) j->before[k] = j->now[k];
        KZ_TRY(solve_grid(j));
        compare(j, j->grid.order > rows);
        if (reached(j)) break;
    }
    return KZ_OK;
}

static void solve_xx(kz_counting *j)
{
    for (size_t i = 0; i < j->total; i++)
        kz_fermion_counting(&j->now[i], &j->state[KZ_LEFT], &j->state[KZ_RIGHT], j->charge,
                            j->lambda[i]);
}

static kz_status check(kz_chain chain, const kz_state *left, const kz_state *right,
                       kz_charge charge, const double *lambda, size_t n, const kz_options *options)
{
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_state_check(left));
    KZ_TRY(kz_state_check(right));
    KZ_TRY(kz_options_check(options));
    if (charge != KZ_CHARGE_ENERGY && charge != KZ_CHARGE_SPIN)
        return KZ_FAIL(KZ_EINVAL, "unknown charge %d", (int)charge);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(lambda[i])) return KZ_FAIL(KZ_EINVAL, "lambda %zu is not finite", i);
    return KZ_OK;
}

static kz_status verdict(const kz_fluctuation *points, const kz_counting *j)
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

static void deliver(kz_fluctuation *points, const kz_counting *j)
{
    for (size_t i = 0; i < j->n; i++) {
        points[i] = j->now[i];
        points[i].lambda *= j->sign;
        points[i].current *= j->sign;
        if (points[i].status == KZ_OK && !(points[i].err <= j->tol)) points[i].status = KZ_ETOL;
    }
}

static kz_status count(kz_fluctuation *points, kz_cumulants *cumulants, kz_chain chain,
                       const kz_state *left, const kz_state *right, kz_charge charge, bool flows,
                       const double *lambda, size_t n, const kz_options *options)
{
    bool free = chain.kind == KZ_CHAIN_XX;
    bool turned = kz_chain_is_turned(chain);
    kz_counting j = {
        .chain = turned ? kz_chain_turn(chain) : chain,
        .sign = turned && charge == KZ_CHARGE_ENERGY ? -1 : 1,
        .state = {turned ? kz_state_turn(left) : *left, turned ? kz_state_turn(right) : *right},
        .charge = charge,
        .isotropic = kz_chain_is_isotropic(chain),
        .branches = charge == KZ_CHARGE_SPIN && chain.kind == KZ_CHAIN_AXIAL,
        .flows = flows,
        .tol = options->tol,
        .n = n,
        .sets = flows                          ? KZ_COUNTING_SIDES
                : kz_chain_is_isotropic(chain) ? KZ_COUNTING_ISOTROPIC
                : chain.kind == KZ_CHAIN_AXIAL ? KZ_COUNTING_RADII
                                               : 1};
    j.total = n + (cumulants && !free ? (size_t)(j.sets * KZ_COUNTING_NODES) : 0);
    j.radius = node_radius(&j);
    kz_progress_start(&j.progress, options->progress, options->progress_context);
    kz_status status = allocate(&j, lambda);
    if (status == KZ_OK && free) solve_xx(&j);
    if (status == KZ_OK && !free) status = solve_xxz(&j);
    if (status == KZ_OK) {
        deliver(points, &j);
        if (cumulants && free) kz_fermion_cumulants(cumulants, left, right, charge);
        if (cumulants && !free) kz_counting_cumulants(cumulants, &j);
        status = verdict(points, &j);
    }
    job_free(&j);
    return status;
}

kz_status kz_fluctuations(kz_fluctuation *points, kz_cumulants *cumulants, kz_chain chain,
                          const kz_state *left, const kz_state *right, kz_charge charge,
                          const double *lambda, size_t n, const kz_options *options)
{
    KZ_TRY(check(chain, left, right, charge, lambda, n, options));
    return count(points, cumulants, chain, left, right, charge, false, lambda, n, options);
}

kz_status kz_fluctuations_flow(kz_fluctuation *points, kz_cumulants *cumulants, kz_chain chain,
                               const kz_state *left, const kz_state *right, kz_charge charge,
                               const double *lambda, size_t n, const kz_options *options)
{
    KZ_TRY(kz_chain_check_rational(chain, "the flow of biased states"));
    KZ_TRY(check(chain, left, right, charge, lambda, n, options));
    return count(points, cumulants, chain, left, right, charge, true, lambda, n, options);
}
