/* Dressing in the local form: energy charges are -pi sin(gamma) sigma_j rho^t_j, and with n_f = y_f
 * below the last row, P/2 +- y in it, the magnetization solves
 *     y = K (D y + (P/2) M in the last row),
 * M = (1 - theta_{N-1}) - theta_N.  Both charges carry the sign of their row (form.h), and string N
 * has them turned, which their products do not see. */
#include "ghd/edge/response.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray/work.h"
#include "ghd/tail/sums.h"
#include "ghd/tail/tail.h"

/* A dressed charge: nodal values on both meshes, and the coefficients of its smooth part. */
typedef struct {
    double *nodal, *t; /* [rows*n] */
    double *fine;      /* [rows*n] of the fine mesh */
} dressed;

enum { RHO, SPIN, RAY_SPIN, CHARGES };

struct kz_response_work {
    const kz_level *level;
    int charges;
    dressed of[CHARGES]; /* rho^t and y of the thermal state, y of the ray state; y for two
                          * charges only */
    double *inside;      /* [n], fine mesh: weights of the nodes that the thermal state fills, */
    double *sharp;       /* and of what fluctuates there in its sea */
    double *hole, *polarisation; /* [rows*n], [n] of the thermal state */
    double *scratch;             /* [n] */
    bool warm;
};

void kz_response_work_free(kz_response_work *work)
{
    if (!work) return;
    for (int i = 0; i < CHARGES; i++) {
        kz_free(work->of[i].nodal);
        kz_free(work->of[i].t);
        kz_free(work->of[i].fine);
    }
    kz_free(work->inside);
    kz_free(work->sharp);
    kz_free(work->hole);
    kz_free(work->polarisation);
    kz_free(work->scratch);
    kz_free(work);
}

static int count_of(int charges) { return charges == 2 ? CHARGES : 1; }

static kz_status allocate(kz_response_work *w)
{
    size_t n = w->level->coarse.full->n, size = (size_t)w->level->rows * n;
    for (int i = 0; i < count_of(w->charges); i++) {
        KZ_TRY(kz_alloc_doubles(&w->of[i].nodal, size));
        KZ_TRY(kz_alloc_doubles(&w->of[i].t, size));
        KZ_TRY(kz_alloc_doubles(&w->of[i].fine, 2 * size));
    }
    KZ_TRY(kz_alloc_doubles(&w->inside, 2 * n));
    KZ_TRY(kz_alloc_doubles(&w->sharp, 2 * n));
    KZ_TRY(kz_alloc_doubles(&w->hole, size));
    KZ_TRY(kz_alloc_doubles(&w->polarisation, n));
    return kz_alloc_doubles(&w->scratch, n);
}

kz_status kz_response_work_create(kz_response_work **out, const kz_level *level, int charges)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_response_work)));
    kz_response_work *work = memory;
    work->level = level;
    work->charges = charges;
    kz_status status = allocate(work);
    if (status != KZ_OK) {
        kz_response_work_free(work);
        return status;
    }
    *out = work;
    return KZ_OK;
}

void kz_response_work_inherit(kz_response_work *work, const kz_response_work *from)
{
    work->warm = from->warm;
    if (!from->warm) return;
    for (int i = 0; i < count_of(work->charges); i++)
        kz_convolution_refine(work->of[i].t, work->level->coarse.full, from->of[i].t,
                              from->level->coarse.full);
}

static kz_status dress_spin(dressed *out, const kz_response_work *w, const kz_ray_work *ray,
                            const double *hole, const double *polarisation, double tol)
{
    if (w->level->coarse.full->form.closed)
        return kz_ray_tail_dress_spin(out->nodal, out->t, ray, hole, w->warm, tol);
    return kz_local_dress_spin(out->nodal, out->t, ray->local, hole, polarisation, w->warm, tol);
}

static kz_status dress_all(kz_response_work *w, kz_ray_work *ray, int thermal, double tol)
{
    const kz_convolution *c = w->level->coarse.full;
    size_t size = (size_t)w->level->rows * c->n;
    dressed *rho = &w->of[RHO];
    kz_level_fill(w->hole, w->polarisation, w->level, &w->level->coarse, thermal, w->scratch);
    /* at first the ray state's own rho^t is a good guess */
    if (!w->warm) memcpy(rho->t, ray->t_u, size * sizeof *rho->t);
    int tail = ray->tail;
    kz_ray_tail_enter(ray, thermal);
    kz_status status =
        kz_local_dress(rho->nodal, rho->t, ray->local, w->hole, c->source, tol, NULL);
    if (status == KZ_OK && w->charges == 2)
        status = dress_spin(&w->of[SPIN], w, ray, w->hole, w->polarisation, tol);
    kz_ray_tail_enter(ray, tail);
    KZ_TRY(status);
    if (w->charges < 2) return KZ_OK;
    return dress_spin(&w->of[RAY_SPIN], w, ray, ray->hole, ray->polarisation, tol);
}

/* Adds one string at one node: weight rho_j |v_j| (1 - theta_j), charges by the ray and by the
 * thermal state. */
static void add(double response[2][2], double weight, const double ray[2], const double state[2])
{
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++)
            response[a][b] += weight * ray[a] * state[b];
}

/* What errors of d, 1, and of the charges, 1 and `spin`, make of it. */
static void add_spread(double spread[2][2], double weight, double d, const double ray[2],
                       const double state[2], double spin)
{
    const double of_charge[2] = {1, spin};
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++)
            spread[a][b] +=
                fabs(weight) * (fabs(ray[a] * state[b]) + fabs(d) * (of_charge[a] * fabs(state[b]) +
                                                                     of_charge[b] * fabs(ray[a])));
}

typedef struct {
    double response[2][2], spread[2][2];
} sums;

/* What the sums run over, on one mesh. */
typedef struct {
    const kz_level *level;
    const kz_mesh *mesh;
    int thermal;
    const double *d, *u, *hole;          /* of the ray state */
    const double *rho, *spin, *ray_spin; /* dressed; the energy alone has no spins */
    double *inside, *sharp;              /* scratch [n] */
    int tail;                            /* as in ray/work.h */
} sample;

static sample sample_of(const kz_response_work *w, const kz_ray_work *ray, int thermal, bool fine)
{
    const double *dressed_on[CHARGES];
    for (int i = 0; i < CHARGES; i++)
        dressed_on[i] = fine ? w->of[i].fine : w->of[i].nodal;
    return (sample){
        .level = w->level,
        .mesh = fine ? &w->level->fine : &w->level->coarse,
        .thermal = thermal,
        .d = fine ? ray->fine_d : ray->d,
        .u = fine ? ray->fine_u : ray->u,
        .hole = fine ? ray->fine_hole : ray->hole,
        .tail = ray->tail,
        .rho = dressed_on[RHO],
        .spin = dressed_on[SPIN],
        .ray_spin = dressed_on[RAY_SPIN],
        .inside = w->inside,
        .sharp = w->sharp,
    };
}

/* theta (1 - theta) of the string of row f, in the last one of string N-1 or N. */
static double variance(const kz_weights *side, bool last, bool second, size_t i, size_t k, size_t n)
{
    double theta = 1 - side->hole[i];
    if (side->filling)
        theta = side->filling[second ? i + n : i];
    else if (last)
        theta = 0.5 * (side->hole[i] + (second ? -1 : 1) * side->polarisation[k]);
    return theta * (1 - theta);
}

/* Dressed charges of a string at a node, of both states; shift: of its spin in the last row. */
static void charges_at(double ray[2], double state[2], const sample *s, size_t i, double shift)
{
    double factor = -M_PI * s->mesh->full->form.sine;
    ray[0] = factor * s->u[i];
    ray[1] = s->ray_spin ? -s->ray_spin[i] - shift : 0;
    state[0] = factor * s->rho[i];
    state[1] = s->spin ? -s->spin[i] - shift : 0;
}

/* All strings of row f. */
static void add_row(sums *sum, const sample *s, int f)
{
    const kz_weights *side = &s->mesh->side[s->thermal];
    const kz_convolution *c = s->mesh->full;
    bool last = f + 1 == s->level->rows && !c->form.closed;
    double direction = s->thermal == KZ_LEFT ? 1 : -1, h = kz_grid_spacing(&c->grid);
    double half = last ? 0.5 * c->form.spin * c->form.sign[f] : 0, ray[2], state[2];
    for (size_t k = 0; k < c->n; k++) {
        size_t i = (size_t)f * c->n + k;
        for (int second = 0; second <= (last ? 1 : 0); second++) {
            double weight = h * s->inside[k] * variance(side, last, second, i, k, c->n);
            charges_at(ray, state, s, i, second ? -half : half);
            add(sum->response, weight * direction * s->d[i], ray, state);
            add_spread(sum->spread, weight, s->d[i], ray, state, 0.5 * c->form.spin);
        }
    }
}

/* Strings beyond the rows. */
static void add_tail(double response[2][2], const sample *s)
{
    const kz_convolution *c = s->mesh->full;
    const kz_weights *side = &s->mesh->side[s->thermal];
    if (!c->form.closed || s->tail != s->thermal) return;
    double d = 0, spin = side->tail.sign < 0 ? 1 : -1; /* of -n */
    double part = 1 / (double)c->n, energy = -M_PI * c->form.sine * part;
    kz_tail_charge ray[2] = {{0, 0}, {0, spin}}, state[2] = {{0, 0}, {0, spin}};
    for (size_t i = (size_t)(c->rows - 1) * c->n; i < (size_t)c->rows * c->n; i++) {
        d += part * s->hole[i] * s->d[i];
        ray[0].mean += energy * s->hole[i] * s->u[i];
        state[0].mean += energy * side->hole[i] * s->rho[i];
        if (!s->spin) continue;
        ray[1].mean -= part * s->hole[i] * s->ray_spin[i];
        state[1].mean -= part * side->hole[i] * s->spin[i];
    }
    double direction = s->thermal == KZ_LEFT ? 1 : -1;
    for (int a = 0; a < (s->spin ? 2 : 1); a++)
        for (int b = 0; b < (s->spin ? 2 : 1); b++)
            response[a][b] += direction * kz_tail_sum(&side->tail.closure, d, ray[a], state[b]);
}

/* The string of row f with a Fermi point; weights in s->sharp.  Projected, they are no measure of
 * sizes: what the spread is taken over are the nodes next to those of the panels. */
static void add_sea(sums *sum, const sample *s, int f, const kz_sea *sea)
{
    const kz_convolution *c = s->mesh->full;
    double h = kz_grid_spacing(&c->grid), direction = s->thermal == KZ_LEFT ? 1 : -1;
    double shift = 0.5 * c->form.spin * c->form.sign[f] * sea->polarisation, ray[2], state[2];
    for (size_t k = 0; k < c->n; k++) {
        size_t i = (size_t)f * c->n + k;
        charges_at(ray, state, s, i, shift);
        add(sum->response, h * s->sharp[k] * direction * s->d[i], ray, state);
    }
    for (size_t q = 0; q < 2 * sea->count; q++) {
        double lambda = (q % 2 ? -1 : 1) * sea->lambda[q / 2], small = exp(-fabs(sea->x[q / 2]));
        size_t k = (size_t)fmin(fmax((lambda - c->lambda[0]) / h, 0), (double)(c->n - 1));
        size_t i = (size_t)f * c->n + k;
        double inside = fmin(fmax(s->inside[k], 0), 1);
        charges_at(ray, state, s, i, shift);
        add_spread(sum->spread, inside * sea->weight[q / 2] * small / ((1 + small) * (1 + small)),
                   s->d[i], ray, state, 0.5 * c->form.spin);
    }
}

static void sum_up(sums *sum, const sample *s, const kz_region *region)
{
    size_t n = s->mesh->full->n;
    memset(sum, 0, sizeof *sum);
    for (int f = 0; f < s->level->rows; f++) {
        kz_level_indicator(s->inside, s->mesh, &region[f]);
        for (size_t k = 0; s->thermal == KZ_RIGHT && k < n; k++)
            s->inside[k] = 1 - s->inside[k];
        add_row(sum, s, f);
        const kz_sea *sea =
            kz_level_sea_fluctuations(s->sharp, s->level, s->mesh, &region[f], s->thermal, f);
        if (sea) add_sea(sum, s, f, sea);
    }
    add_tail(sum->response, s);
}

/* Dressed charges at the nodes of the fine mesh. */
static void refine(kz_response_work *w)
{
    const kz_convolution *fine = w->level->fine.full;
    for (int i = 0; i < count_of(w->charges); i++) {
        dressed *q = &w->of[i];
        kz_convolution_refine(q->fine, fine, q->t, w->level->coarse.full);
        kz_convolution_backward(fine, q->fine);
        for (size_t k = 0; i == RHO && k < fine->n; k++)
            q->fine[k] += fine->source[k];
    }
}

kz_status kz_ray_response(double response[2][2], double *err, double spread[2][2],
                          kz_response_work *work, kz_ray_work *ray, int thermal, double tol)
{
    sums coarse, fine;
    double change = 0, size = 0;
    kz_status status = dress_all(work, ray, thermal, tol);
    work->warm = status == KZ_OK;
    KZ_TRY(status);
    refine(work);
    const sample on_coarse = sample_of(work, ray, thermal, false);
    const sample on_fine = sample_of(work, ray, thermal, true);
    sum_up(&coarse, &on_coarse, ray->region);
    sum_up(&fine, &on_fine, ray->region);
    memset(response, 0, 4 * sizeof(double));
    memcpy(spread, fine.spread, sizeof fine.spread);
    for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 2; b++) {
            bool carried = work->charges == 2 || a + b == 0;
            if (!carried) continue;
            change = fmax(change, fabs(fine.response[a][b] - coarse.response[a][b]));
            size = fmax(size, fabs(fine.response[a][b]));
            response[a][b] = fine.response[a][b];
        }
    }
    size = fmin(size, 1); /* beside a polarised reservoir far below 1 */
    *err = size > 0 ? kz_ray_sum_error(ray, change / size) * size : 0;
    return KZ_OK;
}
