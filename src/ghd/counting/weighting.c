#include "ghd/counting/weighting.h"

#include <math.h>
#include <string.h>

#include "core/bernoulli.h"
#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray/work.h"

static void plain_free(kz_plain_mesh *p)
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

static kz_status plain_create(kz_plain_mesh *p, const kz_mesh *mesh)
{
    size_t n = mesh->full->n, size = (size_t)mesh->full->rows * n;
    for (int side = 0; side < 2; side++) {
        KZ_TRY(kz_alloc_doubles(&p->side[side].hole, size));
        KZ_TRY(kz_alloc_doubles(&p->side[side].polarisation, n));
        KZ_TRY(kz_alloc_doubles(&p->part[side], size));
        memcpy(p->side[side].hole, mesh->side[side].hole, size * sizeof(double));
        memcpy(p->side[side].polarisation, mesh->side[side].polarisation, n * sizeof(double));
        p->side[side].tail = mesh->side[side].tail;
    }
    KZ_TRY(kz_alloc_doubles(&p->kappa, size));
    KZ_TRY(kz_alloc_doubles(&p->value, size));
    return kz_alloc_doubles(&p->inside, n);
}

void kz_weighting_free(kz_weighting *w)
{
    plain_free(&w->mesh[0]);
    plain_free(&w->mesh[1]);
    kz_ray_work_free(w->ray);
    kz_level_free(w->level);
    *w = (kz_weighting){0};
}

kz_status kz_weighting_create(kz_weighting *out, kz_grid grid, const kz_state *left,
                              const kz_state *right, kz_charge charge, double tol)
{
    kz_level_solver *solver;
    *out = (kz_weighting){.charge = charge};
    KZ_TRY(kz_level_solver_create(&solver, grid));
    kz_level_solver_keep_whole(solver);
    kz_status status = kz_level_create(&out->level, grid, left, right, solver, tol);
    kz_level_solver_free(solver);
    if (status != KZ_OK) return status;
    KZ_TRY(kz_ray_work_create(&out->ray, out->level));
    KZ_TRY(plain_create(&out->mesh[0], &out->level->coarse));
    return plain_create(&out->mesh[1], &out->level->fine);
}

size_t kz_weighting_size(const kz_weighting *w)
{
    return (size_t)w->level->rows * w->level->coarse.full->n;
}

static kz_mesh *mesh_of(const kz_weighting *w, int which)
{
    return which ? &w->level->fine : &w->level->coarse;
}

double kz_weighting_drive(const kz_weighting *w)
{
    return w->charge == KZ_CHARGE_ENERGY ? -M_PI * w->level->coarse.full->form.sine : 0;
}

double kz_weighting_half_charge(const kz_weighting *w)
{
    const kz_form *form = &w->level->coarse.full->form;
    return w->charge == KZ_CHARGE_SPIN && !form->closed ? -0.5 * form->spin : 0;
}

/* kappa at the nodes of a mesh, without the signs of its rows. */
static void evaluate_kappa(kz_weighting *w, int which, const double *t, double lambda)
{
    const kz_convolution *coarse = w->level->coarse.full, *c = mesh_of(w, which)->full;
    double *kappa = w->mesh[which].kappa;
    if (which)
        kz_convolution_refine(kappa, c, t, coarse);
    else
        memcpy(kappa, t, kz_weighting_size(w) * sizeof *kappa);
    kz_convolution_backward(c, kappa);
    double drive = lambda * kz_weighting_drive(w);
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
static void weigh_side(kz_weighting *w, int which, int side)
{
    kz_plain_mesh *p = &w->mesh[which];
    kz_mesh *mesh = mesh_of(w, which);
    kz_weights *to = &mesh->side[side], *from = &p->side[side];
    bool closed = mesh->full->form.closed;
    size_t n = mesh->full->n, last = (size_t)(w->level->rows - 1) * n;
    double s = side == KZ_LEFT ? 1 : -1, value;
    for (size_t i = 0; i < last + (closed ? n : 0); i++) {
        to->hole[i] = weigh(&value, from->hole[i], -s * p->kappa[i]);
        p->part[side][i] = -s * value;
    }
    if (closed)
        kz_weighting_weigh_tail(w, which, side);
    else
        weigh_last(to, p->part[side] + last, from, p->kappa + last, last, n, s, w->half_charge);
}

/* What stands in for the weights at infinity, where the solves begin. */
static void set_asymptotes(kz_weighting *w)
{
    const kz_mesh *mesh = &w->level->coarse;
    size_t n = mesh->full->n;
    for (int side = 0; side < 2; side++) {
        const double *hole = mesh->side[side].hole;
        for (int f = 0; f < w->level->rows; f++)
            w->level->asymptote[side][f] =
                0.5 * (hole[(size_t)f * n] + hole[(size_t)(f + 1) * n - 1]);
    }
}

/* Strings N-1 and N carry the spin -P together. */
void kz_weighting_apply(kz_weighting *w, const double *t, double lambda)
{
    int shared = kz_level_shared_side(w->level);
    w->half_charge = lambda * kz_weighting_half_charge(w);
    w->spin = w->charge == KZ_CHARGE_SPIN && w->level->coarse.full->form.closed ? lambda : 0;
    for (int which = 0; which < 2; which++) {
        evaluate_kappa(w, which, t, lambda);
        weigh_side(w, which, KZ_LEFT);
        weigh_side(w, which, KZ_RIGHT);
        size_t n = mesh_of(w, which)->full->n, rest = (size_t)(w->level->rows - 1) * n;
        double **part = w->mesh[which].part;
        if (shared >= 0) memcpy(part[shared] + n, part[1 - shared] + n, rest * sizeof(double));
    }
    set_asymptotes(w);
    kz_level_renew(w->level);
    kz_ray_work_renew(w->ray);
}

/* In a sea V = D kappa + a M, as everywhere in pure states. */
static void add_sea(kz_weighting *w, int which, int f)
{
    const kz_mesh *mesh = mesh_of(w, which);
    kz_plain_mesh *p = &w->mesh[which];
    size_t n = mesh->full->n, row = (size_t)f * n;
    for (int side = 0; side < 2; side++) {
        const kz_sea *sea =
            kz_level_sea_holes(p->inside, w->level, mesh, kz_ray_region(w->ray, f), side, f);
        for (size_t k = 0; sea && k < n; k++)
            p->value[row + k] +=
                p->inside[k] * (p->kappa[row + k] + w->half_charge * sea->polarisation);
    }
}

double *kz_weighting_value(kz_weighting *w, bool fine)
{
    int which = fine ? 1 : 0;
    const kz_mesh *mesh = mesh_of(w, which);
    kz_plain_mesh *p = &w->mesh[which];
    size_t n = mesh->full->n;
    for (int f = 0; f < w->level->rows; f++) {
        kz_level_indicator(p->inside, mesh, kz_ray_region(w->ray, f));
        for (size_t k = 0; k < n; k++) {
            size_t i = (size_t)f * n + k;
            double left = p->part[KZ_LEFT][i], right = p->part[KZ_RIGHT][i];
            p->value[i] = right + p->inside[k] * (left - right);
        }
        add_sea(w, which, f);
    }
    return p->value;
}

double kz_weighting_largest(const kz_weighting *w)
{
    return kz_ray_largest(w->mesh[0].kappa, kz_weighting_size(w)) + fabs(w->half_charge);
}

/* Of both strings there. */
static double lost_in_last(const kz_weights *side, size_t i, size_t k, double z, double a)
{
    double empty = 0.5 * (side->hole[i] + side->polarisation[k]);
    double full = 0.5 * (side->hole[i] - side->polarisation[k]);
    return kz_bernoulli_lost(empty, z - a) + kz_bernoulli_lost(full, z + a);
}

/* F changes by v rho^t times the change of V. */
double kz_weighting_rounding(const kz_weighting *w)
{
    const kz_convolution *c = w->level->coarse.full;
    const kz_plain_mesh *p = &w->mesh[0];
    size_t last = kz_weighting_size(w) - c->n;
    double sum = 0;
    for (size_t i = 0; i < kz_weighting_size(w); i++) {
        const kz_weights *side = &p->side[w->ray->d[i] > 0 ? KZ_LEFT : KZ_RIGHT];
        double s = w->ray->d[i] > 0 ? 1 : -1, z = -s * p->kappa[i], effect;
        if (i < last || c->form.closed)
            effect = kz_bernoulli_lost(side->hole[i], z);
        else
            effect = lost_in_last(side, i, i - last, z, s * w->half_charge);
        sum += fabs(w->ray->d[i]) * effect;
    }
    return kz_grid_spacing(&c->grid) * sum;
}
