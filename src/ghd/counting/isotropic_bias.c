/* kappa by Newton's method, whose derivative is the dressing of the weighted state, and the regions
 * {v > 0} by the ray solver, in turn, as in bias.c.  Edges act on kappa by the jump of V there,
 * which Anderson's acceleration takes. */
#include "ghd/counting/isotropic_bias.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/anderson.h"
#include "core/error.h"
#include "core/memory.h"
#include "ghd/counting/bias_walk.h"
#include "ghd/counting/isotropic_weighting.h"
#include "ghd/level/level.h"

enum { STEPS_MAX = 20, HALVINGS = 3, TURNS_MAX = 3 };

static const double SAME = 1e-13, /* of the end of the strings: no change, */
    LOOSE = 1,                    /* and on the way, of the step */
    LINEAR = 1e-3,                /* residual of a linear solve, of the right-hand side's */
    ACCEPT = 1e-8,                /* what may be left after the last step: it enters the error, */
    ACCEPT_SPIN = 1e-4,           /* far out, where nodes hardly resolve kappa's steps, it counts */
                                  /* little, but goes slowly: */
    SLOWLY = 10,                  /* what is left, of a step that no longer falls by as much */
    ROUNDING = 1e-14;             /* of kappa at all nodes, of the largest kappa + 1 */

struct kz_isotropic_bias {
    kz_isotropic_weighting states;
    kz_isotropic_work *work;
    kz_isotropic_ray ray;    /* the last one */
    size_t size;             /* N*M */
    kz_bias_walk walk;       /* of kappa */
    double *residual, *step; /* [size] */
    kz_isotropic_regional regional;
    double (*sum)[2]; /* [N] */
    kz_anderson *anderson;
    int held;  /* the side of all strings beyond the rows; -1: as their velocity says */
    bool warm; /* the workspace has a ray to start from */
};

void kz_isotropic_bias_free(kz_isotropic_bias *b)
{
    if (!b) return;
    kz_free(b->residual);
    kz_free(b->step);
    kz_bias_walk_free(&b->walk);
    kz_free(b->sum);
    kz_isotropic_regional_free(&b->regional);
    kz_anderson_free(b->anderson);
    kz_isotropic_work_free(b->work);
    kz_isotropic_weighting_free(&b->states);
    kz_free(b);
}

static kz_status fill(kz_isotropic_bias *b, kz_grid grid, const kz_state *left,
                      const kz_state *right, kz_charge charge)
{
    kz_isotropic_state state[2];
    KZ_TRY(kz_isotropic_state_create(&state[KZ_LEFT], left));
    KZ_TRY(kz_isotropic_state_create(&state[KZ_RIGHT], right));
    KZ_TRY(kz_isotropic_weighting_create(&b->states, grid, state, charge));
    KZ_TRY(kz_isotropic_work_create(&b->work, b->states.level));
    b->size = kz_isotropic_weighting_size(&b->states);
    KZ_TRY(kz_bias_walk_create(&b->walk, b->size));
    KZ_TRY(kz_alloc_doubles(&b->residual, b->size));
    KZ_TRY(kz_alloc_doubles(&b->step, b->size));
    int N = b->states.level->rows;
    void *sum;
    KZ_TRY(kz_alloc(&sum, (size_t)N, sizeof *b->sum));
    b->sum = sum;
    KZ_TRY(kz_isotropic_regional_create(&b->regional, N, b->states.level->count));
    return kz_anderson_create(&b->anderson, b->size);
}

kz_status kz_isotropic_bias_create(kz_isotropic_bias **out, kz_grid grid, const kz_state *left,
                                   const kz_state *right, kz_charge charge)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_bias)));
    kz_isotropic_bias *bias = memory;
    bias->held = -1;
    kz_status status = fill(bias, grid, left, right, charge);
    if (status != KZ_OK) {
        kz_isotropic_bias_free(bias);
        return status;
    }
    kz_isotropic_bias_restart(bias);
    *out = bias;
    return KZ_OK;
}

void kz_isotropic_bias_restart(kz_isotropic_bias *b)
{
    kz_bias_walk_restart(&b->walk);
    b->warm = false;
}

void kz_isotropic_bias_hold(kz_isotropic_bias *b, int side)
{
    b->held = side;
    kz_isotropic_work_hold(b->work, side);
}

bool kz_isotropic_bias_agrees(const kz_isotropic_bias *b)
{
    return kz_isotropic_ray_agrees(b->work);
}

/* ln eta of a hole weight, not beyond what rounding leaves. */
static double log_eta(double hole) { return log(fmax(hole, 1e-300)) - log(fmax(1 - hole, 1e-16)); }

kz_status kz_isotropic_bias_leap(kz_isotropic_bias *b, double lambda, const kz_state *weighted)
{
    const kz_isotropic_state state = {.state = *weighted};
    kz_isotropic_level *level;
    int side = b->held;
    KZ_TRY(kz_isotropic_level_create(&level, b->states.level->grid,
                                     (const kz_isotropic_state[2]){state, state}, -1, 0));
    for (size_t i = 0; i < b->size; i++)
        b->walk.now[i] = (side == KZ_LEFT ? 1 : -1) *
                         (log_eta(b->states.plain[side][i]) - log_eta(level->side[side].hole[i]));
    kz_isotropic_tilt_start(&b->states.tilt[side], b->states.level->side[side].log_b,
                            level->side[side].log_b);
    kz_isotropic_level_free(level);
    b->walk.lambda = b->walk.lambda_before = lambda;
    b->warm = false;
    return KZ_OK;
}

/* The ray of the states weighted with the present kappa.  Where the strings beyond the rows have
 * changed sides, that side's have not been weighted. */
static kz_status solve_ray(kz_isotropic_bias *b, double lambda, double same)
{
    for (int turns = 0; turns < TURNS_MAX; turns++) {
        const kz_isotropic_work *last = b->warm ? b->work : NULL;
        int tail = last ? kz_isotropic_ray_solution(last).tail : -1;
        KZ_TRY(kz_isotropic_weighting_apply(&b->states, b->walk.now, lambda, last, same));
        kz_status status = KZ_ENOCONV;
        if (last) status = kz_isotropic_ray_solve(&b->ray, b->work, 0, last);
        if (status == KZ_ENOCONV) status = kz_isotropic_ray_solve(&b->ray, b->work, 0, NULL);
        b->warm = status == KZ_OK;
        KZ_TRY(status);
        if (!last || tail == kz_isotropic_ray_solution(b->work).tail) break;
    }
    return KZ_OK;
}

/* One step of Newton's method; *change is its size. */
static kz_status improve(double *change, kz_isotropic_bias *b, double lambda)
{
    kz_isotropic_weighting_drive(b->residual, &b->states, lambda, b->work, b->step);
    for (size_t i = 0; i < b->size; i++)
        b->residual[i] -= b->walk.now[i];
    double norm = cblas_dnrm2((int)b->size, b->residual, 1);
    if (!isfinite(norm)) return KZ_FAIL(KZ_ENOCONV, "no finite step at lambda = %.15g", lambda);
    memset(b->step, 0, b->size * sizeof *b->step);
    if (norm > 0) KZ_TRY(kz_isotropic_ray_dress(b->step, b->work, b->residual, LINEAR));
    *change = kz_anderson_next(b->walk.now, b->anderson, b->step);
    return KZ_OK;
}

static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* The ray of the solution comes last.  *left: what is left to do. */
static kz_status iterate(double *left, kz_isotropic_bias *b, double lambda, double tol)
{
    kz_bias_steps steps = kz_bias_steps_start(fabs(lambda - b->walk.lambda));
    double accept = b->states.charge == KZ_CHARGE_SPIN ? ACCEPT_SPIN : ACCEPT;
    kz_anderson_reset(b->anderson);
    for (int i = 0; i < STEPS_MAX && !steps.settled; i++) {
        double change = 0;
        KZ_TRY(solve_ray(b, lambda, fmax(SAME, LOOSE * steps.change)));
        KZ_TRY(improve(&change, b, lambda));
        double noise = ROUNDING * (1 + largest(b->walk.now, b->size));
        kz_bias_steps_add(&steps, change, tol, noise);
    }
    KZ_TRY(kz_bias_steps_check(&steps, lambda, accept));
    *left = (steps.settled ? 1 : SLOWLY) * steps.left;
    return solve_ray(b, lambda, SAME);
}

static void observe(kz_fluctuation *out, kz_isotropic_bias *b, double lambda, double left)
{
    enum { ENERGY_CURRENT = 1, SPIN_CURRENT = 3 };
    int what = b->states.charge == KZ_CHARGE_ENERGY ? ENERGY_CURRENT : SPIN_CURRENT;
    double F, *part[2] = {b->residual, b->step}, current = b->ray.value[what];
    kz_isotropic_weighting_generate(&F, &b->states, b->walk.now, lambda, current, b->work,
                                    &b->regional, part, b->sum);
    *out = (kz_fluctuation){
        .lambda = lambda,
        .generating = F,
        .current = current,
        .err = left + b->ray.doubt[what] +
               kz_isotropic_weighting_rounding(&b->states, b->walk.now, b->work),
    };
}

bool kz_isotropic_bias_is_divided(const kz_isotropic_bias *b) { return b->ray.divided; }

unsigned long kz_isotropic_bias_shape(const kz_isotropic_bias *b)
{
    unsigned long shape = (unsigned long)kz_isotropic_ray_solution(b->work).tail;
    for (int f = 0; f < b->states.level->rows; f++)
        shape = shape * 31 + (unsigned long)kz_isotropic_ray_regions(b->work)[f].count;
    return shape;
}

typedef struct {
    kz_isotropic_bias *bias;
    double tol, left;
} stride;

static kz_status solve(void *context, double lambda)
{
    stride *s = context;
    return iterate(&s->left, s->bias, lambda, s->tol);
}

kz_status kz_isotropic_bias_solve(kz_fluctuation *out, kz_isotropic_bias *b, double lambda,
                                  double tol)
{
    stride s = {.bias = b, .tol = tol};
    KZ_TRY(kz_bias_walk_to(&b->walk, lambda, HALVINGS, solve, &s));
    observe(out, b, lambda, s.left);
    return KZ_OK;
}
