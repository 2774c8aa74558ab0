#include "ghd/ray/unresolved.h"

#include <math.h>

#include "core/error.h"

/* Of d at one node, times its largest smooth part: the source is exact. */
static const double ROUNDING = 4e-16;

/* What solves leave at least of residual, times the largest |d|. */
static const double SOLVED = 1e-15;

/* Of a sum over some nodes against the integral over what they stand for. */
static const double MARGIN = 1.25;

/* Of d at the ends, each of which sees the other's tail. */
static const double LEAK = 4;

/* What the other end's tail leaves at the ends of a row d [n]; it falls towards the middle. */
static double leak_of(const double *d, const kz_convolution *c)
{
    return c->form.closed ? 0 : LEAK * kz_ray_ends(d, c);
}

/* Of d at every node: what rounding alone puts there, and what the best of solves do. */
static void accuracy(double *rounding, double *solved, const kz_ray_work *w)
{
    size_t n = w->level->fine.full->n, size = (size_t)w->level->rows * n;
    double rest = kz_ray_largest(w->fine_d + n, size - n), smooth = rest;
    double whole = fmax(rest, kz_ray_largest(w->fine_d, n));
    for (size_t k = 0; k < n; k++)
        smooth = fmax(smooth, fabs(w->fine_d[k] - w->fine_source[k]));
    *rounding = ROUNDING * smooth;
    *solved = fmax(*rounding, SOLVED * whole);
}

/* The other state's weights in place of these, at node k of row f.  To first order that moves the
 * energy by pi sin(gamma) (rho^t)^2 and the magnetization by n^dr rho^t, |n^dr| <= n_f max|M|, per
 * change of D, the latter also by P/2 rho^t per change of M. */
static kz_charge_pair exchange(const kz_ray_work *w, int f, size_t k)
{
    const kz_level *level = w->level;
    const kz_weights *left = &level->fine.side[KZ_LEFT], *right = &level->fine.side[KZ_RIGHT];
    size_t i = (size_t)f * level->fine.full->n + k;
    const kz_form *form = &level->fine.full->form;
    double rho = fabs(w->fine_u[i]);
    double hole = fabs(left->hole[i] - right->hole[i]), polarisation = 0;
    if (f + 1 == level->rows) polarisation = fabs(left->polarisation[k] - right->polarisation[k]);
    for (int side = 0; side < 2; side++) { /* seas are kept apart from the smooth weights */
        const kz_sea *sea = kz_level_sea(level, &level->fine, side, f);
        if (!sea) continue;
        hole += 1;
        polarisation += fabs(sea->polarisation);
    }
    double spin =
        form->strings.length[f] * level->polarisation_max * hole + 0.5 * form->spin * polarisation;
    return (kz_charge_pair){M_PI * form->sine * hole * rho * rho, spin * rho};
}

static void add(kz_charge_pair *sum, double h, kz_charge_pair change)
{
    sum->energy += h * change.energy;
    sum->magnetization += h * change.magnetization;
}

void kz_ray_unresolved(kz_charge_pair *solves, kz_charge_pair *window, kz_charge_pair *faint,
                       const kz_ray_work *w, double factor)
{
    const kz_convolution *c = w->level->fine.full;
    size_t n = c->n, nodes = kz_convolution_nodes(c);
    double h = MARGIN * kz_grid_spacing(&c->grid);
    double rounding, solved;
    accuracy(&rounding, &solved, w);
    if (w->is_relative) rounding = 0; /* in the error already */
    *solves = *window = *faint = (kz_charge_pair){0};
    if (kz_ray_is_free(w) || w->outside) return;
    for (int f = 0; f < w->level->rows; f++) {
        const kz_region *region = &w->region[f];
        const double *d = w->fine_d + (size_t)f * n, *error = w->fine_error + (size_t)f * n;
        double leak = leak_of(d, c);
        bool inside = region->starts_inside;
        int edge = 0;
        for (size_t i = 0; i < nodes; i++) {
            size_t k = kz_convolution_node(c, i);
            for (; edge < region->count && c->lambda[k] > region->edge[edge]; edge++)
                inside = !inside;
            double near = error[k] + error[k > 0 ? k - 1 : 0] + error[k + 1 < n ? k + 1 : k];
            bool wrong = (d[k] > 0) != inside || fabs(d[k]) <= factor * near + rounding;
            bool blurred = leak > 0 && fabs(d[k]) <= leak && /* most are not, at no exponential */
                           fabs(d[k]) <= leak * exp(fabs(c->lambda[k]) - c->grid.window);
            bool weak = fabs(d[k]) <= factor * solved;
            if (!wrong && !blurred && !weak) continue;
            kz_charge_pair change = exchange(w, f, k);
            double width = h * c->width[k];
            if (wrong && !blurred) add(solves, width, change);
            if (blurred) add(window, width, change);
            if (weak) add(faint, width, change);
        }
    }
}

kz_status kz_ray_check_signs(const kz_ray_work *w, double zeta, double noise)
{
    if (w->outside) return KZ_OK;
    const kz_convolution *c = w->level->fine.full;
    size_t nodes = kz_convolution_nodes(c);
    for (int f = 0; f < w->level->rows; f++) {
        const kz_region *region = &w->region[f];
        bool inside = region->starts_inside;
        int edge = 0;
        const double *d = w->fine_d + (size_t)f * c->n;
        double leak = leak_of(d, c);
        for (size_t i = 0; i < nodes; i++) {
            size_t k = kz_convolution_node(c, i);
            while (edge < region->count && c->lambda[k] > region->edge[edge]) {
                inside = !inside;
                edge++;
            }
            if ((d[k] > 0) == inside) continue;
            if (fabs(d[k]) > noise + leak * exp(fabs(c->lambda[k]) - c->grid.window))
                return KZ_FAIL(
                    KZ_ENOCONV,
                    "ray zeta = %.15g: row %d is filled against the sign of v - zeta = %.3g "
                    "at lambda = %.15g",
                    zeta, f + 1, d[k], c->lambda[k]);
        }
    }
    return KZ_OK;
}
