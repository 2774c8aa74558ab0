/* Two nested problems: kappa for given regions {v > 0}, by Newton's method, whose derivative is the
 * dressing 1 - K D of the weighted state; and the regions for given kappa, by the ray solver on the
 * weighted weights.  One step of the first follows each solve of the second.  An edge that moves
 * acts on kappa by the jump of V there, which for weights far from equilibrium makes the iteration
 * slow in a few directions, as many as there are edges: Anderson's acceleration takes those. */
#include "ghd/bias.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/anderson.h"
#include "core/bernoulli.h"
#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray_work.h"

enum {
    STEPS_MAX = 60, /* six do */
    HALVINGS = 5    /* of the way to the next lambda */
};

static const double FALL_MOST =
                        0.1, /* of a step from the one before, twice, where that tells the rest, */
    FALL_LEAST = 1e-2,       /* and no better than linear solves and rays let it be */
    LINEAR = 1e-3,           /* residual of a linear solve, of the right-hand side's */
    ROUGH_RAY = 1e-4,        /* tolerance of a ray, of the step before; */
    RAY_TOL = 1e-13,         /* of the last one: it costs little, and its currents count */
    ACCEPT = 1e-8,           /* what may be left after the last step: it enters the error */
    ROUNDING = 1e-15,        /* of kappa's coefficients, of the largest kappa + 1 */
    STALLED = 30,            /* times that: a step that no longer falls is rounding */
    EPSILON = 1.2e-16;       /* error of a hole weight near 1 */

/* One mesh as it is without weighting, and nodal work on it. */
typedef struct {
    kz_weights side[2];
    double *kappa;   /* [rows*n], last row: y */
    double *part[2]; /* [rows*n] V were all strings those of one side */
    double *value;   /* [rows*n] V */
    double *inside;  /* [n] */
} plain;

struct kz_bias {
    kz_charge charge;
    kz_level *level; /* carries the weighted weights */
    kz_ray_work *ray;
    plain mesh[2]; /* of the coarse mesh, of the fine one */
    double lambda, lambda_before;
    double *t,
        *t_before; /* [rows*n] coefficients of the smooth part of kappa, signs as in form.h */
    double *start; /* [rows*n] t where a step begins */
    double *residual, *step;
    kz_anderson *anderson;
    bool cold;
};

static void plain_free(plain *p)
{
    for (int side = 0; side < 2; side++) {
        kz_free(p->side[side].hole);
        kz_free(p->side[side].polarisation);
        kz_free(p->part[side]);
    }
    kz_free(p->kappa);
    kz_free(p->value);
    kz_free(p->inside);
}

static kz_status plain_create(plain *p, const kz_mesh *mesh)
{
    size_t n = mesh->full->n, size = (size_t)mesh->full->rows * n;
    for (int side = 0; side < 2; side++) {
        KZ_TRY(kz_alloc_doubles(&p->side[side].hole, size));
        KZ_TRY(kz_alloc_doubles(&p->side[side].polarisation, n));
        KZ_TRY(kz_alloc_doubles(&p->part[side], size));
        memcpy(p->side[side].hole, mesh->side[side].hole, size * sizeof(double));
        memcpy(p->side[side].polarisation, mesh->side[side].polarisation, n * sizeof(double));
    }
    KZ_TRY(kz_alloc_doubles(&p->kappa, size));
    KZ_TRY(kz_alloc_doubles(&p->value, size));
    return kz_alloc_doubles(&p->inside, n);
}

void kz_bias_free(kz_bias *bias)
{
    if (!bias) return;
    plain_free(&bias->mesh[0]);
    plain_free(&bias->mesh[1]);
    double *arrays[] = {bias->t, bias->t_before, bias->start, bias->residual, bias->step};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_anderson_free(bias->anderson);
    kz_ray_work_free(bias->ray);
    kz_level_free(bias->level);
    kz_free(bias);
}

static kz_status fill(kz_bias *b, kz_grid grid, const kz_state *left, const kz_state *right,
                      double tol)
{
    kz_level_solver *solver;
    KZ_TRY(kz_level_solver_create(&solver, grid));
    kz_level_solver_keep_whole(solver);
    kz_status status = kz_level_create(&b->level, grid, left, right, solver, tol);
    kz_level_solver_free(solver);
    if (status != KZ_OK) return status;
    KZ_TRY(kz_ray_work_create(&b->ray, b->level));
    KZ_TRY(plain_create(&b->mesh[0], &b->level->coarse));
    KZ_TRY(plain_create(&b->mesh[1], &b->level->fine));
    size_t size = (size_t)b->level->rows * b->level->coarse.full->n;
    double **arrays[] = {&b->t, &b->t_before, &b->start, &b->residual, &b->step};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        KZ_TRY(kz_alloc_doubles(arrays[i], size));
    return kz_anderson_create(&b->anderson, size);
}

kz_status kz_bias_create(kz_bias **out, kz_grid grid, const kz_state *left, const kz_state *right,
                         kz_charge charge, double tol)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_bias)));
    kz_bias *bias = memory;
    bias->charge = charge;
    kz_status status = fill(bias, grid, left, right, tol);
    if (status != KZ_OK) {
        kz_bias_free(bias);
        return status;
    }
    kz_bias_restart(bias);
    *out = bias;
    return KZ_OK;
}

static size_t size_of(const kz_bias *b)
{
    return (size_t)b->level->rows * b->level->coarse.full->n;
}

void kz_bias_restart(kz_bias *bias)
{
    bias->lambda = bias->lambda_before = 0;
    memset(bias->t, 0, size_of(bias) * sizeof(double));
    memset(bias->t_before, 0, size_of(bias) * sizeof(double));
    bias->cold = true;
}

static kz_mesh *mesh_of(const kz_bias *b, int which)
{
    return which ? &b->level->fine : &b->level->coarse;
}

/* a in kappa = a + y, a - y of strings N-1 and N: the spin they carry is -P together. */
static double half_charge(const kz_bias *b, double lambda)
{
    return b->charge == KZ_CHARGE_SPIN ? -0.5 * b->level->coarse.full->form.spin * lambda : 0;
}

/* kappa at the nodes of a mesh, without the signs of its rows. */
static void evaluate_kappa(kz_bias *b, int which, double lambda)
{
    const kz_convolution *coarse = b->level->coarse.full, *c = mesh_of(b, which)->full;
    double *kappa = b->mesh[which].kappa;
    if (which)
        kz_convolution_refine(kappa, c, b->t, coarse);
    else
        memcpy(kappa, b->t, size_of(b) * sizeof *kappa);
    kz_convolution_backward(c, kappa);
    double drive = b->charge == KZ_CHARGE_ENERGY ? -M_PI * c->form.sine * lambda : 0;
    for (size_t k = 0; k < c->n; k++)
        kappa[k] += drive * c->source[k];
    kz_form_turn(kappa, &c->form, c->n);
}

/* A string with hole weight `hole` and the exponent z = -s kappa: the weight in the new ensemble;
 * V = -s times the value. */
static double weigh(double *value, double hole, double z)
{
    *value = kz_bernoulli_log(hole, 1 - hole, z);
    return kz_bernoulli_tilt(hole, 1 - hole, z);
}

/* The two strings of the last row; string N is seen from its filling. */
static void weigh_last(kz_weights *to, double *part, const kz_weights *from, const double *y,
                       size_t at, size_t n, double s, double a)
{
    for (size_t k = 0; k < n; k++) {
        double empty = 0.5 * (from->hole[at + k] + from->polarisation[k]), value, other;
        double full = 0.5 * (from->hole[at + k] - from->polarisation[k]);
        empty = weigh(&value, empty, -s * (y[k] + a));
        full = weigh(&other, full, -s * (y[k] - a));
        to->hole[at + k] = empty + full;
        to->polarisation[k] = empty - full;
        part[k] = -s * (value + other);
    }
}

/* Weights of one side and V, were every string to come from there. */
static void weigh_side(kz_bias *b, int which, int side, double lambda)
{
    plain *p = &b->mesh[which];
    kz_mesh *mesh = mesh_of(b, which);
    kz_weights *to = &mesh->side[side], *from = &p->side[side];
    size_t n = mesh->full->n, last = (size_t)(b->level->rows - 1) * n;
    double s = side == KZ_LEFT ? 1 : -1, value;
    for (size_t i = 0; i < last; i++) {
        to->hole[i] = weigh(&value, from->hole[i], -s * p->kappa[i]);
        p->part[side][i] = -s * value;
    }
    weigh_last(to, p->part[side] + last, from, p->kappa + last, last, n, s, half_charge(b, lambda));
}

/* What stands in for the weights at infinity, where the solves begin. */
static void set_asymptotes(kz_bias *b)
{
    const kz_mesh *mesh = &b->level->coarse;
    size_t n = mesh->full->n;
    for (int side = 0; side < 2; side++) {
        const double *hole = mesh->side[side].hole;
        for (int f = 0; f < b->level->rows; f++)
            b->level->asymptote[side][f] =
                0.5 * (hole[(size_t)f * n] + hole[(size_t)(f + 1) * n - 1]);
    }
}

static void weigh_all(kz_bias *b, double lambda)
{
    int shared = kz_level_shared_side(b->level);
    for (int which = 0; which < 2; which++) {
        evaluate_kappa(b, which, lambda);
        weigh_side(b, which, KZ_LEFT, lambda);
        weigh_side(b, which, KZ_RIGHT, lambda);
        size_t n = mesh_of(b, which)->full->n, rest = (size_t)(b->level->rows - 1) * n;
        double **part = b->mesh[which].part;
        if (shared >= 0) memcpy(part[shared] + n, part[1 - shared] + n, rest * sizeof(double));
    }
    set_asymptotes(b);
    kz_level_renew(b->level);
    kz_ray_work_renew(b->ray);
}

/* In a sea V = D kappa + a M, as everywhere in pure states. */
static void add_sea(kz_bias *b, int which, int f, double lambda)
{
    const kz_mesh *mesh = mesh_of(b, which);
    plain *p = &b->mesh[which];
    size_t n = mesh->full->n, row = (size_t)f * n;
    double a = half_charge(b, lambda);
    for (int side = 0; side < 2; side++) {
        const kz_sea *sea =
            kz_level_sea_holes(p->inside, b->level, mesh, kz_ray_region(b->ray, f), side, f);
        for (size_t k = 0; sea && k < n; k++)
            p->value[row + k] += p->inside[k] * (p->kappa[row + k] + a * sea->polarisation);
    }
}

/* V in the regions of the ray. */
static void blend(kz_bias *b, int which, double lambda)
{
    const kz_mesh *mesh = mesh_of(b, which);
    plain *p = &b->mesh[which];
    size_t n = mesh->full->n;
    for (int f = 0; f < b->level->rows; f++) {
        kz_level_indicator(p->inside, mesh, kz_ray_region(b->ray, f));
        for (size_t k = 0; k < n; k++) {
            size_t i = (size_t)f * n + k;
            double left = p->part[KZ_LEFT][i], right = p->part[KZ_RIGHT][i];
            p->value[i] = right + p->inside[k] * (left - right);
        }
        add_sea(b, which, f, lambda);
    }
}

/* One step of Newton's method; *change is its size. */
static kz_status improve(double *change, kz_bias *b, double lambda)
{
    const kz_convolution *c = b->level->coarse.full;
    size_t size = size_of(b);
    blend(b, 0, lambda);
    kz_form_turn(b->mesh[0].value, &c->form, c->n);
    kz_local_convolve(b->residual, b->ray->local, b->mesh[0].value);
    for (size_t i = 0; i < size; i++)
        b->residual[i] -= b->t[i];
    double norm = cblas_dnrm2((int)size, b->residual, 1);
    if (!isfinite(norm)) return KZ_FAIL(KZ_ENOCONV, "no finite step at lambda = %.15g", lambda);
    memset(b->step, 0, size * sizeof *b->step);
    if (norm > 0)
        KZ_TRY(kz_local_solve(b->step, b->ray->local, b->ray->hole, b->residual,
                              fmax(LINEAR * norm, 1e-17), NULL));
    *change = kz_anderson_next(b->t, b->anderson, b->step);
    return KZ_OK;
}

static kz_status solve_regions(kz_ray *ray, kz_bias *b, double tol)
{
    kz_ray_report report;
    kz_status status = kz_ray_solve(ray, b->ray, 0, tol, b->cold, &report);
    if (status == KZ_ENOCONV && !b->cold) status = kz_ray_solve(ray, b->ray, 0, tol, true, &report);
    b->cold = status != KZ_OK;
    return status;
}

/* Newton's method from the present t, with rays as accurate as a step deserves; the last ray is
 * that of the solution.  *left: what is left to do. */
static kz_status iterate(kz_ray *ray, double *left, kz_bias *b, double lambda, double tol)
{
    double change = fabs(lambda - b->lambda), previous, fall = 1, fall_before;
    kz_anderson_reset(b->anderson);
    for (int i = 0; i < STEPS_MAX; i++) {
        weigh_all(b, lambda);
        KZ_TRY(solve_regions(ray, b, fmax(RAY_TOL, fmin(ROUGH_RAY, ROUGH_RAY * change))));
        previous = change;
        KZ_TRY(improve(&change, b, lambda));
        double largest = kz_ray_largest(b->mesh[0].kappa, size_of(b));
        double noise = ROUNDING * (1 + largest + fabs(half_charge(b, lambda)));
        fall_before = fall;
        fall = previous > 0 ? fmax(change / previous, FALL_LEAST) : 1;
        bool stalls = change <= STALLED * noise && fall > 0.1;
        bool steady = fmax(fall, fall_before) < FALL_MOST;
        *left = steady ? fmax(fall, fall_before) * change : change;
        if (*left > fmax(tol, noise) && !stalls) continue;
        weigh_all(b, lambda);
        return solve_regions(ray, b, RAY_TOL);
    }
    if (*left <= ACCEPT) {
        weigh_all(b, lambda);
        return solve_regions(ray, b, RAY_TOL);
    }
    return KZ_FAIL(KZ_ENOCONV, "lambda = %.15g: still moves by %.3g after %d steps", lambda, change,
                   STEPS_MAX);
}

/* dV by the rounding of a hole weight near 1, where the new ensemble fills the string. */
static double lost(double hole, double z)
{
    return z < 0 ? EPSILON / (1 - hole + hole * exp(z)) : 0;
}

static double lost_in_last(const kz_weights *side, size_t i, size_t k, double z, double a)
{
    double empty = 0.5 * (side->hole[i] + side->polarisation[k]);
    double full = 0.5 * (side->hole[i] - side->polarisation[k]);
    double first = empty < 1 ? lost(empty, z - a) : 0, second = full < 1 ? lost(full, z + a) : 0;
    return first + second;
}

/* F changes by v rho^t times the change of V. */
static double rounding_effect(const kz_bias *b, double lambda)
{
    const kz_convolution *c = b->level->coarse.full;
    const plain *p = &b->mesh[0];
    size_t last = size_of(b) - c->n;
    double sum = 0;
    for (size_t i = 0; i < size_of(b); i++) {
        const kz_weights *side = &p->side[b->ray->d[i] > 0 ? KZ_LEFT : KZ_RIGHT];
        double s = b->ray->d[i] > 0 ? 1 : -1, z = -s * p->kappa[i], effect;
        if (i < last)
            effect = side->hole[i] < 1 ? lost(side->hole[i], z) : 0;
        else
            effect = lost_in_last(side, i, i - last, z, s * half_charge(b, lambda));
        sum += fabs(b->ray->d[i]) * effect;
    }
    return kz_grid_spacing(&c->grid) * sum;
}

static void observe(kz_fluctuation *out, kz_bias *b, double lambda, const kz_ray *ray, double left)
{
    const kz_convolution *c = b->level->fine.full;
    blend(b, 1, lambda);
    double sum = 0;
    for (size_t k = 0; k < c->n; k++)
        sum -= b->ray->fine_source[k] * b->mesh[1].value[k];
    bool energy = b->charge == KZ_CHARGE_ENERGY;
    *out = (kz_fluctuation){
        .lambda = lambda,
        .generating = kz_grid_spacing(&c->grid) * sum,
        .current = energy ? ray->energy_current : ray->spin_current,
        .err = left + rounding_effect(b, lambda),
    };
}

/* t at lambda on the straight line through the last two solutions. */
static void extrapolate(kz_bias *b, double lambda)
{
    double gap = b->lambda - b->lambda_before;
    double factor = gap != 0 ? (lambda - b->lambda) / gap : 0;
    for (size_t i = 0; i < size_of(b); i++)
        b->t[i] = b->start[i] + factor * (b->start[i] - b->t_before[i]);
}

static kz_status advance(kz_fluctuation *out, kz_bias *b, double lambda, double tol)
{
    size_t bytes = size_of(b) * sizeof(double);
    double left;
    kz_ray ray;
    memcpy(b->start, b->t, bytes);
    extrapolate(b, lambda);
    kz_status status = iterate(&ray, &left, b, lambda, tol);
    if (status != KZ_OK) {
        memcpy(b->t, b->start, bytes);
        return status;
    }
    if (lambda != b->lambda) {
        memcpy(b->t_before, b->start, bytes);
        b->lambda_before = b->lambda;
        b->lambda = lambda;
    }
    observe(out, b, lambda, &ray, left);
    return KZ_OK;
}

kz_status kz_bias_solve(kz_fluctuation *out, kz_bias *bias, double lambda, double tol)
{
    double stride = lambda - bias->lambda;
    int failures = 0;
    for (;;) {
        double left = lambda - bias->lambda;
        bool arrives = fabs(left) <= fabs(stride) * (1 + 1e-9);
        kz_fluctuation here;
        kz_status status = advance(&here, bias, arrives ? lambda : bias->lambda + stride, tol);
        if (status == KZ_OK && arrives) {
            *out = here;
            return KZ_OK;
        }
        if (status == KZ_OK) continue;
        if (status != KZ_ENOCONV || failures++ == HALVINGS || left == 0) return status;
        stride *= 0.5;
    }
}
