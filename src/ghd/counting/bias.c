/* Two nested problems: kappa for given regions {v > 0}, by Newton's method, whose derivative is the
 * dressing 1 - K D of the weighted state; and the regions for given kappa, by the ray solver on the
 * weighted weights.  One step of the first follows each solve of the second.  An edge that moves
 * acts on kappa by the jump of V there, which for weights far from equilibrium makes the iteration
 * slow in a few directions, as many as there are edges: Anderson's acceleration takes those. */
#include "ghd/counting/bias.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/anderson.h"
#include "core/error.h"
#include "core/memory.h"
#include "ghd/counting/bias_edges.h"
#include "ghd/counting/bias_walk.h"
#include "ghd/counting/weighting.h"
#include "ghd/ray/work.h"
#include "ghd/tail/tail.h"

enum {
    STEPS_MAX = 60, /* six do */
    PATIENCE = 6,   /* steps before edges are taken along, which costs a solve for each, */
    HALVINGS = 5    /* of the way to the next lambda */
};

static const double LINEAR = 1e-3, /* residual of a linear solve, of the right-hand side's */
    ROUGH_RAY = 1e-4,              /* tolerance of a ray, of the step before; */
    RAY_TOL = 1e-13,               /* of the last one: it costs little, and its currents count */
    ACCEPT = 1e-8,                 /* what may be left after the last step: it enters the error */
    ROUNDING = 1e-15;              /* of kappa's coefficients, of the largest kappa + 1 */

struct kz_bias {
    kz_weighting states;
    size_t size;             /* rows*n */
    kz_bias_walk walk;       /* of the smooth part of kappa, coefficients with signs as in form.h */
    double *residual, *step; /* [size] */
    kz_anderson *anderson;
    bool cold;
};

void kz_bias_free(kz_bias *bias)
{
    if (!bias) return;
    kz_free(bias->residual);
    kz_free(bias->step);
    kz_bias_walk_free(&bias->walk);
    kz_anderson_free(bias->anderson);
    kz_weighting_free(&bias->states);
    kz_free(bias);
}

static kz_status fill(kz_bias *b, kz_grid grid, const kz_state *left, const kz_state *right,
                      kz_charge charge, double tol)
{
    KZ_TRY(kz_weighting_create(&b->states, grid, left, right, charge, tol));
    b->size = kz_weighting_size(&b->states);
    KZ_TRY(kz_bias_walk_create(&b->walk, b->size));
    KZ_TRY(kz_alloc_doubles(&b->residual, b->size));
    KZ_TRY(kz_alloc_doubles(&b->step, b->size));
    return kz_anderson_create(&b->anderson, b->size);
}

kz_status kz_bias_create(kz_bias **out, kz_grid grid, const kz_state *left, const kz_state *right,
                         kz_charge charge, double tol)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_bias)));
    kz_bias *bias = memory;
    kz_status status = fill(bias, grid, left, right, charge, tol);
    if (status != KZ_OK) {
        kz_bias_free(bias);
        return status;
    }
    kz_bias_restart(bias);
    *out = bias;
    return KZ_OK;
}

void kz_bias_restart(kz_bias *bias)
{
    kz_bias_walk_restart(&bias->walk);
    bias->cold = true;
}

void kz_bias_hold(kz_bias *bias, int side)
{
    kz_ray_tail_enter(bias->states.ray, side);
    bias->states.ray->tail_held = true;
}

bool kz_bias_agrees(const kz_bias *bias) { return kz_ray_tail_agrees(bias->states.ray); }

/* One step of Newton's method; *change is its size.  whole: the edges of the regions follow it. */
static kz_status improve(double *change, kz_bias *b, double lambda, bool whole)
{
    const kz_convolution *c = b->states.level->coarse.full;
    const kz_ray_work *ray = b->states.ray;
    double *value = kz_weighting_value(&b->states, false);
    kz_form_turn(value, &c->form, c->n);
    kz_local_convolve(b->residual, ray->local, value);
    kz_weighting_close(b->residual, &b->states, value, b->step);
    for (size_t i = 0; i < b->size; i++)
        b->residual[i] -= b->walk.now[i];
    double norm = cblas_dnrm2((int)b->size, b->residual, 1);
    if (!isfinite(norm)) return KZ_FAIL(KZ_ENOCONV, "no finite step at lambda = %.15g", lambda);
    memset(b->step, 0, b->size * sizeof *b->step);
    if (norm > 0)
        KZ_TRY(kz_local_solve(b->step, ray->local, ray->hole, b->residual,
                              fmax(LINEAR * norm, 1e-17), NULL));
    if (whole) KZ_TRY(kz_bias_take_edges(&whole, b->step, &b->states));
    if (!whole) {
        *change = kz_anderson_next(b->walk.now, b->anderson, b->step);
        return KZ_OK;
    }
    cblas_daxpy((int)b->size, 1, b->step, 1, b->walk.now, 1);
    *change = cblas_dnrm2((int)b->size, b->step, 1);
    return KZ_OK;
}

static kz_status solve_regions(kz_ray *ray, kz_bias *b, double tol)
{
    kz_ray_report report;
    kz_status status = kz_ray_solve(ray, b->states.ray, 0, tol, b->cold, &report);
    if (status == KZ_ENOCONV && !b->cold)
        status = kz_ray_solve(ray, b->states.ray, 0, tol, true, &report);
    b->cold = status != KZ_OK;
    return status;
}

/* Newton's method from the present kappa, with rays as accurate as a step deserves; the last ray is
 * that of the solution.  *left: what is left to do. */
static kz_status iterate(kz_ray *ray, double *left, kz_bias *b, double lambda, double tol)
{
    kz_bias_steps steps = kz_bias_steps_start(fabs(lambda - b->walk.lambda));
    kz_anderson_reset(b->anderson);
    for (int i = 0; i < STEPS_MAX && !steps.settled; i++) {
        double change = 0;
        kz_weighting_apply(&b->states, b->walk.now, lambda);
        KZ_TRY(solve_regions(ray, b, fmax(RAY_TOL, fmin(ROUGH_RAY, ROUGH_RAY * steps.change))));
        KZ_TRY(improve(&change, b, lambda, i >= PATIENCE));
        double noise = ROUNDING * (1 + kz_weighting_largest(&b->states));
        kz_bias_steps_add(&steps, change, tol, noise);
    }
    KZ_TRY(kz_bias_steps_check(&steps, lambda, ACCEPT));
    *left = steps.left;
    kz_weighting_apply(&b->states, b->walk.now, lambda);
    return solve_regions(ray, b, RAY_TOL);
}

static void observe(kz_fluctuation *out, kz_bias *b, double lambda, const kz_ray *ray, double left)
{
    const kz_convolution *c = b->states.level->fine.full;
    const double *value = kz_weighting_value(&b->states, true);
    double sum = 0;
    for (size_t k = 0; k < c->n; k++)
        sum -= b->states.ray->fine_source[k] * value[k];
    bool energy = b->states.charge == KZ_CHARGE_ENERGY;
    *out = (kz_fluctuation){
        .lambda = lambda,
        .generating = kz_grid_spacing(&c->grid) * sum,
        .current = energy ? ray->energy_current : ray->spin_current,
        .err = left + kz_weighting_rounding(&b->states),
    };
}

unsigned long kz_bias_shape(const kz_bias *bias)
{
    const kz_ray_work *ray = bias->states.ray;
    unsigned long shape = (unsigned long)ray->tail;
    for (int f = 0; f < bias->states.level->rows; f++)
        shape = shape * 31 + (unsigned long)kz_ray_region(ray, f)->count;
    return shape;
}

typedef struct {
    kz_bias *bias;
    double tol, left;
    kz_ray ray;
} stride;

static kz_status solve(void *context, double lambda)
{
    stride *s = context;
    return iterate(&s->ray, &s->left, s->bias, lambda, s->tol);
}

kz_status kz_bias_solve(kz_fluctuation *out, kz_bias *bias, double lambda, double tol)
{
    stride s = {.bias = bias, .tol = tol};
    KZ_TRY(kz_bias_walk_to(&bias->walk, lambda, HALVINGS, solve, &s));
    observe(out, bias, lambda, &s.ray, s.left);
    return KZ_OK;
}
