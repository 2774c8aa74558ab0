/* Dressing in the local form: energy charges are -pi sin(gamma) sigma_j rho^t_j, and with n_f = y_f
 * below the last row, P/2 +- y in it, the magnetization solves
 *     y = K (D y + (P/2) M in the last row),
 * M = (1 - theta_{P-1}) - theta_P.  String P has the signs of both charges turned (sigma_P = -1),
 * which their products do not see. */
#include "ghd/response.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray_work.h"

typedef struct {
    double *rho, *spin; /* [rows*n] rho^t and y of the thermal state */
    double *ray_spin;   /* [rows*n] y of the ray state */
    double *inside;     /* [n] weights of the nodes that the thermal state fills */
    double *scratch;    /* [rows*n] */
} dressed;

static void dressed_free(dressed *d)
{
    kz_free(d->rho);
    kz_free(d->spin);
    kz_free(d->ray_spin);
    kz_free(d->inside);
    kz_free(d->scratch);
}

static kz_status dressed_allocate(dressed *d, const kz_level *level)
{
    size_t n = level->coarse.full->n, size = (size_t)level->rows * n;
    *d = (dressed){0};
    KZ_TRY(kz_alloc_doubles(&d->rho, size));
    KZ_TRY(kz_alloc_doubles(&d->spin, size));
    KZ_TRY(kz_alloc_doubles(&d->ray_spin, size));
    KZ_TRY(kz_alloc_doubles(&d->inside, n));
    return kz_alloc_doubles(&d->scratch, size);
}

/* y for the hole weights and the polarisation of a state. */
static kz_status dress_spin(double *y, double *scratch, kz_ray_work *w, const double *hole,
                            const double *polarisation, double tol)
{
    const kz_convolution *c = w->level->coarse.full;
    size_t n = c->n, size = (size_t)w->level->rows * n;
    double half = 0.5 * (w->level->rows + 1);
    memset(scratch, 0, size * sizeof *scratch);
    for (size_t k = 0; k < n; k++)
        scratch[size - n + k] = half * polarisation[k];
    kz_local_convolve(y, w->local, scratch);
    memcpy(scratch, y, size * sizeof *y);
    KZ_TRY(kz_local_solve(y, w->local, hole, scratch, tol, NULL));
    kz_convolution_backward(c, y);
    return KZ_OK;
}

static kz_status dress_all(dressed *d, kz_ray_work *w, int thermal, int charges, double tol)
{
    const kz_weights *side = &w->level->coarse.side[thermal];
    const kz_convolution *c = w->level->coarse.full;
    /* the ray state's own rho^t is a good first guess */
    memcpy(d->scratch, w->t_u, (size_t)w->level->rows * c->n * sizeof *d->scratch);
    KZ_TRY(kz_local_dress(d->rho, d->scratch, w->local, side->hole, c->source, tol, NULL));
    if (charges < 2) return KZ_OK;
    KZ_TRY(dress_spin(d->spin, d->scratch, w, side->hole, side->polarisation, tol));
    return dress_spin(d->ray_spin, d->scratch, w, w->hole, w->polarisation, tol);
}

/* Adds one string at one node: weight rho_j |v_j| (1 - theta_j), charges by the ray and by the
 * thermal state. */
static void add(double response[2][2], double weight, const double ray[2], const double state[2])
{
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++)
            response[a][b] += weight * ray[a] * state[b];
}

/* All strings of row f. */
static void add_row(double response[2][2], const dressed *d, const kz_ray_work *w, int thermal,
                    int f)
{
    const kz_weights *side = &w->level->coarse.side[thermal];
    const kz_convolution *c = w->level->coarse.full;
    size_t n = c->n;
    bool last = f + 1 == w->level->rows;
    double direction = thermal == KZ_LEFT ? 1 : -1, half = 0.5 * (w->level->rows + 1);
    double factor = -M_PI * sin(M_PI / c->grid.P), h = kz_grid_spacing(&c->grid);
    for (size_t k = 0; k < n; k++) {
        size_t i = (size_t)f * n + k;
        double flux = h * d->inside[k] * direction * w->d[i], hole = side->hole[i];
        double ray[2] = {factor * w->u[i], -d->ray_spin[i]};
        double state[2] = {factor * d->rho[i], -d->spin[i]};
        if (!last) {
            add(response, flux * hole * (1 - hole), ray, state);
            continue;
        }
        double empty = 0.5 * (hole + side->polarisation[k]); /* 1 - theta_{P-1} */
        double full = 0.5 * (hole - side->polarisation[k]);  /* theta_P */
        ray[1] -= half;
        state[1] -= half;
        add(response, flux * empty * (1 - empty), ray, state);
        ray[1] += 2 * half;
        state[1] += 2 * half;
        add(response, flux * full * (1 - full), ray, state);
    }
}

kz_status kz_ray_response(double response[2][2], kz_ray_work *w, int thermal, int charges,
                          double tol)
{
    const kz_level *level = w->level;
    dressed d;
    double sum[2][2] = {{0}};
    kz_status status = dressed_allocate(&d, level);
    if (status == KZ_OK) status = dress_all(&d, w, thermal, charges, tol);
    for (int f = 0; status == KZ_OK && f < level->rows; f++) {
        kz_level_indicator(d.inside, level, &level->coarse, &w->region[f]);
        for (size_t k = 0; thermal == KZ_RIGHT && k < level->coarse.full->n; k++)
            d.inside[k] = 1 - d.inside[k];
        add_row(sum, &d, w, thermal, f);
    }
    for (int a = 0; status == KZ_OK && a < 2; a++)
        for (int b = 0; b < 2; b++)
            response[a][b] = charges == 2 || a + b == 0 ? sum[a][b] : 0;
    dressed_free(&d);
    return status;
}
