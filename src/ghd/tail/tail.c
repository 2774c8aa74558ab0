#include "ghd/tail/tail.h"

#include <math.h>
#include <string.h>

#include "core/error.h"

/* Jumps of fillings leave e^{-phi half} of the spacing, closures e^{-2 phi order} and less. */
kz_grid kz_tail_grid(kz_chain chain, double tol)
{
    double phi = acosh(chain.delta), digits = log(100 / tol);
    double order = 2 + ceil(digits / (2 * phi)), half = ceil(digits / phi);
    return (kz_grid){.chain = chain,
                     .half = kz_grid_fast_size((size_t)half),
                     .window = 0.5 * M_PI,
                     .order = (int)fmin(order, 2 * KZ_P_MAX)};
}

static bool is_closed(const kz_ray_work *w) { return w->level->coarse.full->form.closed; }

static size_t last_row(const kz_ray_work *w)
{
    return (size_t)(w->level->rows - 1) * w->level->coarse.full->n;
}

void kz_ray_tail_enter(kz_ray_work *w, int side)
{
    w->tail = side;
    if (!is_closed(w)) return;
    kz_local_set_closure(w->local, &w->level->coarse.side[side].tail.closure);
    kz_local_set_background(w->local, w->level->background);
}

/* int D_N q over the period. */
static double integrate_last(const kz_ray_work *w, const double *q)
{
    const kz_convolution *c = w->level->coarse.full;
    double sum = 0;
    for (size_t k = last_row(w); k < last_row(w) + c->n; k++)
        sum += w->hole[k] * q[k];
    return kz_grid_spacing(&c->grid) * sum;
}

bool kz_ray_tail_agrees(const kz_ray_work *w)
{
    return !is_closed(w) || (integrate_last(w, w->d) > 0) == (w->tail == KZ_LEFT);
}

bool kz_ray_tail_turn(kz_ray_work *w)
{
    if (!is_closed(w) || w->tail_held) return false;
    double flow = integrate_last(w, w->d);
    int side = flow > 0 ? KZ_LEFT : flow < 0 ? KZ_RIGHT : w->tail;
    if (side == w->tail) return false;
    kz_ray_tail_enter(w, side);
    return true;
}

/* e^{-phi |k|} of a coefficient. */
static double ratio_of(const kz_convolution *c, size_t index)
{
    return exp(-0.5 * c->form.width[0] * c->frequency[index]);
}

void kz_ray_tail_couple(double *out, const double *v, const kz_ray_work *w, const kz_mesh *mesh)
{
    if (!is_closed(w)) return;
    const kz_convolution *c = mesh->full;
    const kz_closure *closure = &mesh->side[w->tail].tail.closure;
    size_t last = (size_t)(c->rows - 1) * c->n;
    for (size_t i = 0; i < c->n; i++)
        out[last + i] += c->symbol[i] * kz_closure_ratio(closure, ratio_of(c, i)) * v[last + i];
}

kz_status kz_ray_tail_dress_spin(double *y, double *t, const kz_ray_work *w, const double *hole,
                                 bool warm, double tol)
{
    const kz_convolution *c = w->level->coarse.full;
    const kz_tail *tail = &w->level->coarse.side[w->tail].tail;
    size_t size = (size_t)c->rows * c->n;
    memset(y, 0, size * sizeof *y);
    y[last_row(w)] = 0.5 * tail->sign * kz_closure_differentiate(&tail->closure).mu;
    if (!warm) memcpy(t, y, size * sizeof *y);
    KZ_TRY(kz_local_solve(t, w->local, hole, y, tol, NULL));
    memcpy(y, t, size * sizeof *y);
    kz_convolution_backward(c, y);
    return KZ_OK;
}

/* -- what the closure leaves out ------------------------------------------------------------- */

/* Fourier coefficients of D q, rows N-1 and N. */
static const double *transform(double *out, const kz_ray_work *w, const double *q)
{
    const kz_convolution *c = w->level->coarse.full;
    size_t size = (size_t)c->rows * c->n;
    for (size_t i = 0; i < size; i++)
        out[i] = q ? w->hole[i] * q[i] : w->hole[i];
    kz_convolution_forward(c, out);
    for (size_t i = 0; i < size; i++)
        out[i] /= c->norm;
    return out + last_row(w);
}

double kz_tail_error(const kz_convolution *c, const kz_closure *here, const kz_closure *other,
                     const double *z, size_t index)
{
    kz_closure earlier = kz_closure_before(here);
    const double *before = z - c->n;
    double ratio = ratio_of(c, index);
    double error = fabs(z[index] - kz_closure_ratio(&earlier, ratio) * before[index]);
    if (other)
        error += fabs((kz_closure_ratio(here, ratio) - kz_closure_ratio(other, ratio)) * z[index]);
    return error;
}

static double closure_error(const kz_ray_work *w, const double *z, size_t index, bool divided)
{
    const kz_mesh *mesh = &w->level->coarse;
    const kz_closure *other = &mesh->side[1 - w->tail].tail.closure;
    return kz_tail_error(mesh->full, &mesh->side[w->tail].tail.closure, divided ? other : NULL, z,
                         index);
}

/* By the error of z_{N+1}, which enters row N through s: the adjoint solution of the energy is
 * rho^t, that of the magnetization is n^dr, |n^dr_N| <= N. */
static kz_charge_pair effect_of(const kz_ray_work *w, const double *z, const double *density,
                                const double *hole, bool divided)
{
    const kz_convolution *c = w->level->coarse.full;
    double period = 2 * c->grid.window;
    kz_charge_pair sum = {0};
    for (size_t i = 0; i < c->n; i++) {
        double error = closure_error(w, z, i, divided);
        double enters = (i ? 2 : 1) * period * c->norm * c->symbol[i] * error;
        sum.energy += M_PI * c->form.sine * enters * fabs(density[i]);
        sum.magnetization += c->rows * enters * fabs(hole[i]);
        if (i == 0) sum.magnetization += 0.5 * period * error;
    }
    return sum;
}

/* By the error of ln eta in all fillings, that of L_{N+1} at most. */
static void add_defect(kz_tail_effect *sum, const kz_ray_work *w)
{
    const kz_convolution *c = w->level->coarse.full;
    const kz_weights *side = w->level->coarse.side;
    double defect = fmax(side[KZ_LEFT].tail.defect, side[KZ_RIGHT].tail.defect);
    double h = kz_grid_spacing(&c->grid) * defect;
    for (int f = 0; f < c->rows; f++) {
        for (size_t i = (size_t)f * c->n; i < (size_t)(f + 1) * c->n; i++) {
            double changed = h * fabs(w->hole[i] * (1 - w->hole[i]));
            double energy = M_PI * c->form.sine * fabs(w->u[i]), charge = c->form.strings.length[f];
            sum->rho.energy += changed * energy * fabs(w->u[i]);
            sum->d.energy += changed * energy * fabs(w->d[i]);
            sum->rho.magnetization += changed * charge * fabs(w->u[i]);
            sum->d.magnetization += changed * charge * fabs(w->d[i]);
        }
    }
}

static void polarise(double *polarisation, const double *hole, size_t n, double factor)
{
    for (size_t k = 0; k < n; k++)
        polarisation[k] = factor * hole[k];
}

kz_tail_effect kz_ray_tail_finish(kz_ray_work *w, double noise)
{
    kz_tail_effect effect = {.rho = {0}};
    if (!is_closed(w)) return effect;
    const kz_mesh *fine = &w->level->fine;
    size_t last = last_row(w), n = w->level->coarse.full->n;
    const double *rho = transform(w->fine_scratch, w, w->u), *hole, *d;
    d = transform(w->fine_residual, w, w->d);
    hole = transform(w->fine_error, w, NULL);
    double period = 2 * fine->full->grid.window, flow = integrate_last(w, w->d);
    double doubt = period * (noise + closure_error(w, d, 0, true));
    bool uncertain = fabs(flow) <= doubt || (flow > 0) != (w->tail == KZ_LEFT);
    bool divided = uncertain || w->region[w->level->rows - 1].count > 0;
    effect.rho = effect_of(w, rho, rho, hole, divided);
    effect.d = effect_of(w, d, rho, hole, divided);
    add_defect(&effect, w);
    double here = kz_tail_polarisation(&fine->side[w->tail].tail);
    w->jumps = uncertain && fine->side[KZ_LEFT].tail.sign != fine->side[KZ_RIGHT].tail.sign;
    if (uncertain) {
        double other = kz_tail_polarisation(&fine->side[1 - w->tail].tail),
               half = 0.5 * (here - other);
        here -= half;
        effect.rho.magnetization += 0.5 * fabs(half) * integrate_last(w, w->u);
        effect.d.magnetization += 0.5 * fabs(half * flow);
    }
    polarise(w->polarisation, w->hole + last, n, here);
    polarise(w->fine_polarisation, w->fine_hole + (size_t)(w->level->rows - 1) * fine->full->n,
             fine->full->n, here);
    return effect;
}
