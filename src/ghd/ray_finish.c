/* Observables of a ray whose regions are known, and their errors.
 *
 * The solution is interpolated to half the spacing, where the residuals r of both equations (head
 * of ray.c) are measured.  The adjoint solution of the energy functional is rho^t itself:
 *     delta e = pi sin(gamma) sum_f int D_f rho^t_f r_f,
 * the same with r of the current for j; string f carries |n^dr| <= n_f for the magnetization; an
 * edge moves by the error of d over d', and a node where d does not resolve the sign of v - zeta
 * may be filled wrongly. */
#include <math.h>

#include "core/error.h"
#include "ghd/crossing.h"
#include "ghd/ray_work.h"
#include "ghd/unresolved.h"

/* Of the first-order estimates above, for what is of second order at loose tolerances. */
static const double SAFETY = 10;

/* Residual of u = source + K D u on the fine mesh, for the coarse coefficients t, in
 * w->fine_residual; also nodal u. */
static void fine_residual(double *u, kz_ray_work *w, const double *t, const double *source)
{
    double *scratch = w->fine_scratch, *residual = w->fine_residual;
    const kz_convolution *c = w->level->fine.full;
    size_t size = (size_t)w->level->rows * c->n;
    kz_convolution_refine(u, c, t, w->level->coarse.full);
    kz_convolution_backward(c, u);
    for (size_t k = 0; k < c->n; k++)
        u[k] += source[k];
    for (size_t i = 0; i < size; i++)
        scratch[i] = w->fine_hole[i] * u[i];
    kz_convolution_forward(c, scratch);
    kz_convolution_couple(residual, c, scratch);
    kz_convolution_refine(scratch, c, t, w->level->coarse.full);
    for (size_t i = 0; i < size; i++)
        residual[i] -= scratch[i];
    kz_convolution_backward(c, residual);
}

/* What the residual r in w->fine_residual leaves of error in u, into w->fine_error: |r| + |K D r|,
 * the start of (1 - K D)^-1 r.  Rows without a residual of their own, such as the first one,
 * inherit that of their neighbours. */
static void propagate_residual(kz_ray_work *w)
{
    const kz_convolution *c = w->level->fine.full;
    size_t size = (size_t)w->level->rows * c->n;
    for (size_t i = 0; i < size; i++)
        w->fine_scratch[i] = w->fine_hole[i] * w->fine_residual[i];
    kz_convolution_forward(c, w->fine_scratch);
    kz_convolution_couple(w->fine_error, c, w->fine_scratch);
    kz_convolution_backward(c, w->fine_error);
    for (size_t i = 0; i < size; i++)
        w->fine_error[i] = fabs(w->fine_residual[i]) + fabs(w->fine_error[i]);
}

typedef struct {
    double energy, energy_current, magnetization, spin_current;
} quadruple;

/* Sums over the nodes of one mesh: u = rho^t, d = (v - zeta) rho^t with their weights. */
typedef struct {
    const kz_convolution *grid;
    const double *hole, *polarisation, *u, *d;
} mesh_state;

static quadruple observe(mesh_state s, double zeta)
{
    size_t n = s.grid->n, last = (size_t)(s.grid->rows - 1) * n;
    quadruple sum = {0};
    for (size_t k = 0; k < n; k++) {
        double rho = s.u[k], weight = s.grid->source[k] * s.hole[k];
        sum.energy += weight * rho;
        sum.energy_current += weight * (s.d[k] + zeta * rho);
        double tail = s.u[last + k];
        sum.magnetization += s.polarisation[k] * tail;
        sum.spin_current += s.polarisation[k] * (s.d[last + k] + zeta * tail);
    }
    double h = kz_grid_spacing(&s.grid->grid);
    double energy_factor = s.grid->form.near_sign * M_PI * s.grid->form.sine * h;
    double spin_factor = 0.5 * s.grid->form.spin * h;
    return (quadruple){energy_factor * sum.energy, energy_factor * sum.energy_current,
                       spin_factor * sum.magnetization, spin_factor * sum.spin_current};
}

/* Error of the sums on the fine mesh: twice the nodes square an exponentially small error. */
static quadruple sum_effect(quadruple coarse, quadruple fine)
{
    double e = coarse.energy - fine.energy, j = coarse.energy_current - fine.energy_current;
    double m = coarse.magnetization - fine.magnetization;
    double s = coarse.spin_current - fine.spin_current;
    return (quadruple){10 * e * e, 10 * j * j, 10 * m * m, 10 * s * s};
}

/* The residual in w->fine_residual, weighed with the adjoint solutions of the energy and of the
 * magnetization (see the head of this file), apart for the inside and for the last unit of
 * rapidity at both ends, where it speaks of the window and not of the spacing. */
typedef struct {
    kz_charge_pair inside, ends;
} residual_weights;

static residual_weights weigh_residual(const kz_ray_work *w)
{
    const kz_convolution *c = w->level->fine.full;
    size_t n = c->n;
    double h = kz_grid_spacing(&c->grid), factor = M_PI * c->form.sine * h;
    residual_weights sum = {0};
    for (int f = 0; f < w->level->rows; f++) {
        double charge = c->form.strings.length[f] * w->level->polarisation_max;
        for (size_t k = 0; k < n; k++) {
            size_t i = (size_t)f * n + k;
            double r = fabs(w->fine_hole[i] * w->fine_residual[i]);
            kz_charge_pair *part =
                fabs(c->lambda[k]) < c->grid.window - 1 ? &sum.inside : &sum.ends;
            part->energy += factor * r * fabs(w->fine_u[i]);
            part->magnetization += h * r * charge;
        }
    }
    return sum;
}

/* From the weighed residuals of rho^t and of d = v rho^t - zeta rho^t. */
static quadruple residual_effect(kz_charge_pair rho, kz_charge_pair d, double zeta)
{
    return (quadruple){rho.energy, d.energy + fabs(zeta) * rho.energy, rho.magnetization,
                       d.magnetization + fabs(zeta) * rho.magnetization};
}

/* Residuals at the edges are hardly ever brought below this times the largest |d|. */
static const double ROUNDING = 4e-15;

typedef struct {
    quadruple now, rounding; /* the residuals as they are, and as rounding would leave them */
} edge_effects;

/* Distance from edge e to the nearest other one of the row. */
static double gap_beside(const kz_region *region, int e, double window)
{
    double gap = 2 * window;
    if (e > 0) gap = fmin(gap, region->edge[e] - region->edge[e - 1]);
    if (e + 1 < region->count) gap = fmin(gap, region->edge[e + 1] - region->edge[e]);
    return gap;
}

/* An edge where d is wrong by `wrong` moves by wrong/|d'|, or, with a pair about to merge, where
 * d' vanishes like d'' gap/2, by sqrt(2 wrong/|d''|). */
static void add_edge_effect(kz_charge_pair *sum, double wrong, double slope, double gap,
                            kz_charge_pair charge)
{
    double linear = wrong / fabs(slope), shift = fmin(linear, sqrt(linear * gap));
    sum->energy += charge.energy * shift;
    sum->magnetization += charge.magnetization * shift;
}

/* The error of d near an edge: it is smooth on the scale gamma of s and may vanish anywhere, so
 * the largest within two such widths stands for it. */
static double error_around(const double *error, const kz_convolution *fine, double edge)
{
    double h = kz_grid_spacing(&fine->grid), width = 2 * fine->form.width[0];
    double first = floor((edge - width - fine->lambda[0]) / h);
    double last = ceil((edge + width - fine->lambda[0]) / h);
    size_t from = (size_t)fmax(first, 0), end = (size_t)fmin(last + 1, (double)fine->n);
    double result = 0;
    for (size_t k = from; k < end; k++)
        result = fmax(result, error[k]);
    return result;
}

/* Effect of misplaced edges: each moves by the error of d (w->fine_error) over |d'| and carries
 * the jump of D times rho^t. */
static edge_effects misplaced_edges(const kz_ray_work *w, double zeta)
{
    const kz_convolution *c = w->level->coarse.full, *fine = w->level->fine.full;
    const kz_weights *side = w->level->coarse.side;
    size_t n = c->n;
    double factor = M_PI * c->form.sine;
    double least = ROUNDING * kz_ray_largest(w->d, (size_t)w->level->rows * n);
    kz_charge_pair now = {0}, rounding = {0};
    for (int f = 0; f < w->level->rows; f++) {
        size_t row = (size_t)f * n;
        kz_mismatch d = {c, w->d + row, w->t_d + row, f == 0, zeta, 0, 0};
        for (int e = 0; e < w->region[f].count; e++) {
            double edge = w->region[f].edge[e], value, slope;
            kz_mismatch_evaluate(&value, &slope, &d, edge);
            double position = (edge - c->lambda[0]) / kz_grid_spacing(&c->grid);
            size_t k = (size_t)fmin(fmax(position, 0), (double)(n - 1));
            double wrong =
                fabs(value) + error_around(w->fine_error + (size_t)f * fine->n, fine, edge);
            double rho = fabs(w->u[row + k]);
            double jump = fabs(side[KZ_LEFT].hole[row + k] - side[KZ_RIGHT].hole[row + k]);
            kz_charge_pair charge = {factor * jump * rho * rho,
                                     c->form.strings.length[f] * w->level->polarisation_max * rho};
            double gap = gap_beside(&w->region[f], e, c->grid.window);
            add_edge_effect(&now, wrong, slope, gap, charge);
            add_edge_effect(&rounding, least, slope, gap, charge);
        }
    }
    const kz_charge_pair none = {0};
    return (edge_effects){residual_effect(now, none, zeta), residual_effect(rounding, none, zeta)};
}

/* What the densities at both ends of the window stand for beyond it.  Their tails also reach the
 * other end through the periodic boundary; they act on the magnetization where the state is
 * polarised. */
static quadruple window_effect(const kz_ray_work *w, double zeta)
{
    size_t n = w->level->coarse.full->n;
    const kz_form *form = &w->level->coarse.full->form;
    double speed = 1 + fabs(zeta);
    double polarisation = fmin(1, kz_ray_largest(w->polarisation, n));
    quadruple sum = {0};
    for (int f = 0; f < w->level->rows; f++) {
        double left = fabs(w->u[(size_t)f * n]), right = fabs(w->u[(size_t)(f + 1) * n - 1]);
        sum.energy += M_PI * form->sine * 2 * (left * left + right * right);
        sum.magnetization +=
            (f + 1 == w->level->rows ? form->spin : 1) * 5 * polarisation * (left + right);
    }
    sum.energy_current = speed * sum.energy;
    sum.spin_current = speed * sum.magnetization;
    return sum;
}

/* Velocities there are close to zeta: currents move by zeta times the densities. */
static quadruple unresolved_effect(kz_charge_pair change, double zeta)
{
    return residual_effect(change, (kz_charge_pair){0}, zeta);
}

static double worst(quadruple error, quadruple value)
{
    double a = error.energy / fmax(1, fabs(value.energy));
    double b = error.energy_current / fmax(1, fabs(value.energy_current));
    double c = error.magnetization / fmax(1, fabs(value.magnetization));
    double d = error.spin_current / fmax(1, fabs(value.spin_current));
    return fmax(fmax(a, b), fmax(c, d));
}

/* Of energy and energy current alone: the bounds on the magnetization are far coarser. */
static double energy_part(quadruple error, quadruple value)
{
    const quadruple alone = {error.energy, error.energy_current, 0, 0};
    return worst(alone, value);
}

/* The filling must agree with the sign of v - zeta at every node that resolves it. */
static kz_status check_signs(const kz_ray_work *w, double zeta, double noise)
{
    const kz_convolution *c = w->level->fine.full;
    for (int f = 0; f < w->level->rows; f++) {
        const kz_region *region = &w->region[f];
        bool inside = region->starts_inside;
        int edge = 0;
        const double *row = w->fine_d + (size_t)f * c->n;
        double leak = 4 * fmax(fabs(row[0]), fabs(row[c->n - 1]));
        for (size_t k = 0; k < c->n; k++) {
            while (edge < region->count && c->lambda[k] > region->edge[edge]) {
                inside = !inside;
                edge++;
            }
            double d = w->fine_d[(size_t)f * c->n + k];
            if ((d > 0) == inside) continue;
            if (fabs(d) > noise + leak * exp(fabs(c->lambda[k]) - c->grid.window))
                return KZ_FAIL(
                    KZ_ENOCONV,
                    "ray zeta = %.15g: row %d is filled against the sign of v - zeta = %.3g "
                    "at lambda = %.15g",
                    zeta, f + 1, d, c->lambda[k]);
        }
    }
    return KZ_OK;
}

kz_status kz_ray_finish(kz_ray *out, kz_ray_work *w, double zeta, double tol, kz_ray_report *report)
{
    const kz_mesh *fine = &w->level->fine;
    size_t size = (size_t)w->level->rows * fine->full->n;
    double solve_tol = kz_ray_solve_tol(tol);
    kz_level_mix(w->hole, w->polarisation, w->level, &w->level->coarse, w->region, w->row);
    KZ_TRY(kz_local_dress(w->u, w->t_u, w->local, w->hole, w->level->coarse.full->source, solve_tol,
                          &report->applications));
    kz_level_mix(w->fine_hole, w->fine_polarisation, w->level, fine, w->region, w->fine_row);
    fine_residual(w->fine_u, w, w->t_u, fine->full->source);
    residual_weights rho = weigh_residual(w);
    kz_ray_mismatch_source(w->fine_source, fine->full, zeta);
    fine_residual(w->fine_d, w, w->t_d, w->fine_source);
    residual_weights d = weigh_residual(w);
    propagate_residual(w);
    double noise = 1e-13 * kz_ray_largest(w->fine_d, size) + 10 * solve_tol +
                   4 * kz_ray_largest(w->fine_residual, size);
    KZ_TRY(check_signs(w, zeta, noise));
    quadruple value = observe(
        (mesh_state){fine->full, w->fine_hole, w->fine_polarisation, w->fine_u, w->fine_d}, zeta);
    quadruple coarse =
        observe((mesh_state){w->level->coarse.full, w->hole, w->polarisation, w->u, w->d}, zeta);
    double inside = worst(residual_effect(rho.inside, d.inside, zeta), value);
    double ends = worst(residual_effect(rho.ends, d.ends, zeta), value);
    edge_effects edges = misplaced_edges(w, zeta);
    kz_charge_pair solves, blurred, faint;
    kz_ray_unresolved(&solves, &blurred, &faint, w, SAFETY);
    report->unresolved = worst(unresolved_effect(solves, zeta), value);
    report->discretisation = SAFETY * (inside + worst(edges.now, value)) +
                             worst(sum_effect(coarse, value), value) + report->unresolved;
    report->rounding_level =
        SAFETY * worst(edges.rounding, value) + worst(unresolved_effect(faint, zeta), value);
    report->window = SAFETY * ends + worst(window_effect(w, zeta), value) +
                     worst(unresolved_effect(blurred, zeta), value);
    report->rounding = 2e-15 * (w->level->rows + 1);
    quadruple inner = residual_effect(rho.inside, d.inside, zeta);
    quadruple outer = residual_effect(rho.ends, d.ends, zeta);
    report->energy_err = SAFETY * (energy_part(inner, value) + energy_part(outer, value) +
                                   energy_part(edges.now, value)) +
                         energy_part(sum_effect(coarse, value), value) +
                         energy_part(window_effect(w, zeta), value) +
                         energy_part(unresolved_effect(solves, zeta), value) +
                         energy_part(unresolved_effect(blurred, zeta), value) + report->rounding;
    *out = (kz_ray){.zeta = zeta,
                    .energy = fine->full->form.near + value.energy,
                    .energy_current = value.energy_current,
                    .magnetization = value.magnetization,
                    .spin_current = value.spin_current,
                    .err = report->discretisation + report->window + report->rounding};
    return KZ_OK;
}
