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
#include "ghd/ray/crossing.h"
#include "ghd/ray/relative.h"
#include "ghd/ray/unresolved.h"
#include "ghd/ray/work.h"
#include "ghd/tail/tail.h"

static const double SAFETY = 10, /* of the first-order estimates, for what is of second order */
    SQUARED = 10,                /* 1/A: kz_ray_sum_error() */
    BOUND = 0.3,                 /* less of it where the error of d is a bound, of all orders */
    LEAST_RESIDUAL = 4e-15,      /* of the largest |d|: hardly ever are edges brought below */
    TAIL_DENSITY = 1e-3,         /* rho^t there, of the largest of its row */
    SIGN_NOISE = 1e-13,          /* of the largest |d|, where a sign may be wrong; */
    SIGN_SOLVE = 10,             /* the same of the residual of the solves, */
    SIGN_RESIDUAL = 4,           /* and of the largest one measured, which (1 - K D)^-1 enlarges */
    TAIL_SQUARES = 2, /* energy beyond the window, per (rho^t)^2 at its ends: 1/2 and more */
    TAIL = 5,         /* magnetization there, per rho^t, with what leaks to the other end */
    SUMS = 2e-15,     /* rounding of the sums, per string: energies need the first one */
    SOLVES = 3e-4, SOLVES_MIN = 2e-16; /* of tol, their residual, and the least one */

double kz_ray_solve_tol(const kz_ray_work *w, double tol)
{
    const kz_form *form = &w->level->coarse.full->form;
    double part = form->closed ? 1 : form->strings.count / form->spin; /* 1 at Q = 1 */
    return fmax(SOLVES * tol * part, SOLVES_MIN);
}

/* Nodal u on the fine mesh for the coarse coefficients t, and the residual of u = source + K D u
 * there. */
static void fine_residual(double *u, double *residual, const kz_ray_work *w, const double *t,
                          const double *source)
{
    double *scratch = w->fine_scratch;
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
    kz_ray_tail_couple(residual, scratch, w, &w->level->fine);
    kz_convolution_refine(scratch, c, t, w->level->coarse.full);
    for (size_t i = 0; i < size; i++)
        residual[i] -= scratch[i];
    kz_convolution_backward(c, residual);
}

/* What the residual r leaves of error in u: |r| + |K D r|, the start of (1 - K D)^-1 r.  Rows
 * without a residual of their own, such as the first one, inherit that of their neighbours. */
static void propagate_residual(double *error, const double *residual, const kz_ray_work *w)
{
    const kz_convolution *c = w->level->fine.full;
    size_t size = (size_t)w->level->rows * c->n;
    for (size_t i = 0; i < size; i++)
        w->fine_scratch[i] = w->fine_hole[i] * residual[i];
    kz_convolution_forward(c, w->fine_scratch);
    kz_convolution_couple(error, c, w->fine_scratch);
    kz_ray_tail_couple(error, w->fine_scratch, w, &w->level->fine);
    kz_convolution_backward(c, error);
    for (size_t i = 0; i < size; i++)
        error[i] = fabs(residual[i]) + fabs(error[i]);
}

/* The numbers of a ray, or what is wrong with them.  The energies come first: their bounds are far
 * sharper than those of the magnetization. */
enum { ENERGY, ENERGY_CURRENT, MAGNETIZATION, SPIN_CURRENT, OBSERVABLES, ENERGIES = MAGNETIZATION };

typedef struct {
    double of[OBSERVABLES];
} observables;

/* Sums over the nodes of one mesh: u = rho^t, d = (v - zeta) rho^t with their weights. */
typedef struct {
    const kz_convolution *grid;
    const double *hole, *polarisation, *u, *d;
} mesh_state;

static observables observe(mesh_state s, double zeta)
{
    size_t n = s.grid->n, last = (size_t)(s.grid->rows - 1) * n;
    const kz_form *form = &s.grid->form;
    observables sum = {{0}};
    for (size_t k = 0; k < n; k++) {
        double rho = s.u[k], tail = s.u[last + k], share = s.grid->share[k];
        double weight = share * s.grid->source[k] * s.hole[k], spin = share * s.polarisation[k];
        sum.of[ENERGY] += weight * rho;
        sum.of[ENERGY_CURRENT] += weight * (s.d[k] + zeta * rho);
        sum.of[MAGNETIZATION] += spin * tail;
        sum.of[SPIN_CURRENT] += spin * (s.d[last + k] + zeta * tail);
    }
    double h = kz_grid_spacing(&s.grid->grid);
    double energy = form->near_sign * M_PI * form->sine * h, spin = 0.5 * form->spin * h;
    for (int i = 0; i < OBSERVABLES; i++)
        sum.of[i] *= i < ENERGIES ? energy : spin;
    return sum;
}

double kz_ray_sum_error(const kz_ray_work *w, double change)
{
    return kz_ray_is_free(w) ? SAFETY * fabs(change) : SQUARED * change * change;
}

static observables sum_effect(const kz_ray_work *w, observables coarse, observables fine)
{
    observables result;
    for (int i = 0; i < OBSERVABLES; i++)
        result.of[i] = kz_ray_sum_error(w, coarse.of[i] - fine.of[i]);
    return result;
}

/* A residual weighed with the adjoint solutions of the energy and of the
 * magnetization (see the head of this file), apart for the inside and for the last unit of
 * rapidity at both ends, where it speaks of the window and not of the spacing. */
typedef struct {
    kz_charge_pair inside, ends;
} residual_weights;

static residual_weights weigh_residual(const double *residual, const kz_ray_work *w)
{
    const kz_convolution *c = w->level->fine.full;
    size_t n = c->n;
    double h = kz_grid_spacing(&c->grid), factor = M_PI * c->form.sine * h;
    residual_weights sum = {0};
    for (int f = 0; f < w->level->rows; f++) {
        double charge = c->form.strings.length[f] * w->level->polarisation_max;
        for (size_t k = 0; k < n; k++) {
            size_t i = (size_t)f * n + k;
            double r = c->share[k] * fabs(w->fine_hole[i] * residual[i]);
            kz_charge_pair *part =
                c->form.closed || fabs(c->lambda[k]) < c->grid.window - 1 ? &sum.inside : &sum.ends;
            part->energy += factor * r * fabs(w->fine_u[i]);
            part->magnetization += h * r * charge;
        }
    }
    return sum;
}

/* From the weighed residuals of rho^t and of d = v rho^t - zeta rho^t. */
static observables residual_effect(kz_charge_pair rho, kz_charge_pair d, double zeta)
{
    return (observables){{rho.energy, d.energy + fabs(zeta) * rho.energy, rho.magnetization,
                          d.magnetization + fabs(zeta) * rho.magnetization}};
}

typedef struct {
    observables now, rounding; /* the residuals as they are, and as rounding would leave them; */
    observables tails;         /* the former, of edges in tails alone */
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
    double width = 2 * fine->form.width[0], result = 0;
    if (fine->form.closed) return kz_ray_largest(error, fine->n);
    for (int p = 0; p < kz_convolution_parts(fine); p++) {
        kz_part part = kz_convolution_part(fine, p);
        double first = floor((edge - width - part.first) / part.spacing);
        double last = ceil((edge + width - part.first) / part.spacing);
        size_t from = (size_t)fmax(first, 0), end = (size_t)fmin(last + 1, (double)part.n);
        for (size_t k = from; last >= 0 && k < end; k++)
            result = fmax(result, error[part.start + k]);
    }
    return result;
}

/* Effect of misplaced edges: each moves by the error of d (fine mesh) over |d'| and carries the
 * jump of D times rho^t. */
static edge_effects misplaced_edges(const double *error, const kz_ray_work *w, double zeta)
{
    const kz_convolution *c = w->level->coarse.full, *fine = w->level->fine.full;
    size_t n = c->n;
    double factor = M_PI * c->form.sine;
    double least = LEAST_RESIDUAL * kz_ray_largest(w->d, (size_t)w->level->rows * n);
    kz_charge_pair now = {0}, rounding = {0}, tails = {0};
    for (int f = 0; f < w->level->rows; f++) {
        size_t row = (size_t)f * n;
        double tail = TAIL_DENSITY * kz_ray_largest(w->u + row, n);
        kz_mismatch d = kz_ray_mismatch(w, f);
        for (int e = 0; e < w->region[f].count; e++) {
            double edge = w->region[f].edge[e], value, slope;
            kz_mismatch_evaluate(&value, &slope, &d, edge);
            size_t k = kz_convolution_node_below(c, edge);
            const double *row_error = error + (size_t)f * fine->n;
            double wrong = fabs(value) + (w->is_relative ? BOUND * row_error[2 * k]
                                                         : error_around(row_error, fine, edge));
            double rho = fabs(w->u[row + k]);
            double jump = kz_level_jump(w->level, f, edge);
            double spin = c->form.strings.length[f] * w->level->polarisation_max;
            if (f + 1 < w->level->rows) spin *= jump; /* the last row has a jump of M besides */
            kz_charge_pair charge = {factor * jump * rho * rho, spin * rho};
            double gap = gap_beside(&w->region[f], e, c->grid.window);
            add_edge_effect(&now, wrong, slope, gap, charge);
            add_edge_effect(&rounding, least, slope, gap, charge);
            if (rho < tail) add_edge_effect(&tails, wrong, slope, gap, charge);
        }
    }
    const kz_charge_pair none = {0};
    return (edge_effects){residual_effect(now, none, zeta), residual_effect(rounding, none, zeta),
                          residual_effect(tails, none, zeta)};
}

/* What the densities at both ends of the window stand for beyond it.  Their tails also reach the
 * other end through the periodic boundary; they act on the magnetization where the state is
 * polarised. */
static observables window_effect(const kz_ray_work *w, double zeta)
{
    const kz_convolution *c = w->level->coarse.full;
    size_t n = c->n, end = kz_convolution_part(c, 0).n - 1;
    const kz_form *form = &c->form;
    if (form->closed) return (observables){{0}}; /* a period */
    double speed = 1 + fabs(zeta), energy = 0, magnetization = 0;
    double polarisation = fmin(1, kz_ray_largest(w->polarisation, n));
    for (int f = 0; f < w->level->rows; f++) {
        double left = fabs(w->u[(size_t)f * n]), right = fabs(w->u[(size_t)f * n + end]);
        energy += M_PI * form->sine * TAIL_SQUARES * (left * left + right * right);
        magnetization +=
            (f + 1 == w->level->rows ? form->spin : 1) * TAIL * polarisation * (left + right);
    }
    return (observables){{energy, speed * energy, magnetization, speed * magnetization}};
}

/* Velocities there are close to zeta: currents move by zeta times the densities. */
static observables unresolved_effect(kz_charge_pair change, double zeta)
{
    return residual_effect(change, (kz_charge_pair){0}, zeta);
}

/* Of the first `count` observables, relative to max(1, |value|). */
static double worst(observables error, observables value, int count)
{
    double result = 0;
    for (int i = 0; i < count; i++)
        result = fmax(result, error.of[i] / fmax(1, fabs(value.of[i])));
    return result;
}

/* Everything that is wrong with a ray, each part by observable. */
typedef struct {
    observables inside, ends; /* residuals, where they speak of the spacing, and of the window */
    edge_effects edges;
    observables sums, window, tail;
    observables solves, blurred, faint; /* unresolved nodes (unresolved.h) */
} effects;

/* Both residuals of the ray in w; KZ_ENOCONV where a node is filled against the sign of v - zeta.
 */
static kz_status measure(effects *out, kz_ray_work *w, double zeta, double solve_tol,
                         kz_ray_report *report)
{
    const kz_mesh *fine = &w->level->fine;
    size_t size = (size_t)w->level->rows * fine->full->n;
    double *residual = w->fine_residual, *error = w->fine_error;
    fine_residual(w->fine_u, residual, w, w->t_u, fine->full->source);
    residual_weights rho = weigh_residual(residual, w);
    kz_ray_mismatch_source(w->fine_source, fine->full, zeta);
    if (w->is_relative) {
        KZ_TRY(kz_ray_relative_measure(w, report));
    } else {
        fine_residual(w->fine_d, residual, w, w->t_d, w->fine_source);
        propagate_residual(error, residual, w);
    }
    residual_weights d = weigh_residual(residual, w);
    double noise = SIGN_NOISE * kz_ray_largest(w->fine_d, size) + SIGN_SOLVE * solve_tol +
                   SIGN_RESIDUAL * kz_ray_largest(residual, size);
    KZ_TRY(kz_ray_check_signs(w, zeta, noise));
    kz_charge_pair solves, blurred, faint;
    kz_ray_unresolved(&solves, &blurred, &faint, w, SAFETY);
    *out = (effects){.inside = residual_effect(rho.inside, d.inside, zeta),
                     .ends = residual_effect(rho.ends, d.ends, zeta),
                     .edges = misplaced_edges(error, w, zeta),
                     .window = window_effect(w, zeta),
                     .solves = unresolved_effect(solves, zeta),
                     .blurred = unresolved_effect(blurred, zeta),
                     .faint = unresolved_effect(faint, zeta)};
    kz_tail_effect tail = kz_ray_tail_finish(w, noise);
    out->tail = residual_effect(tail.rho, tail.d, zeta);
    return KZ_OK;
}

static void write_report(kz_ray_report *report, const effects *e, observables value, int rows)
{
    const int all = OBSERVABLES;
    report->unresolved = worst(e->solves, value, all);
    report->discretisation =
        SAFETY * (worst(e->inside, value, all) + worst(e->edges.now, value, all)) +
        worst(e->sums, value, all) + report->unresolved;
    report->rounding_level =
        SAFETY * worst(e->edges.rounding, value, all) + worst(e->faint, value, all);
    report->tails = SAFETY * worst(e->edges.tails, value, all) + report->unresolved;
    report->window = SAFETY * worst(e->ends, value, all) + worst(e->window, value, all) +
                     worst(e->blurred, value, all) + worst(e->tail, value, all);
    report->rounding = SUMS * (rows + 1);
    const observables first_order[] = {e->inside, e->ends, e->edges.now};
    const observables whole[] = {e->sums, e->window, e->solves, e->blurred, e->tail};
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += worst(first_order[i], value, ENERGIES);
    sum *= SAFETY;
    for (int i = 0; i < 5; i++)
        sum += worst(whole[i], value, ENERGIES);
    report->energy_err = sum + 2 * SUMS;
}

/* Residuals know nothing of a Fermi point between two nodes, and no number is sure without it. */
static void mistrust_hidden(kz_ray_report *report, const kz_mesh *mesh)
{
    if (!mesh->side[KZ_LEFT].hidden && !mesh->side[KZ_RIGHT].hidden) return;
    report->hidden = 1;
    report->discretisation = fmax(1, report->discretisation);
    report->energy_err = fmax(1, report->energy_err);
}

kz_status kz_ray_finish(kz_ray *out, kz_ray_work *w, double zeta, double tol, kz_ray_report *report)
{
    const kz_mesh *coarse = &w->level->coarse, *fine = &w->level->fine;
    double solve_tol = kz_ray_solve_tol(w, tol);
    effects wrong;
    kz_level_mix(w->hole, w->polarisation, w->level, coarse, w->region, w->row);
    KZ_TRY(kz_local_dress(w->u, w->t_u, w->local, w->hole, coarse->full->source, solve_tol,
                          &report->applications));
    kz_level_mix(w->fine_hole, w->fine_polarisation, w->level, fine, w->region, w->fine_row);
    KZ_TRY(measure(&wrong, w, zeta, solve_tol, report));
    observables value = observe(
        (mesh_state){fine->full, w->fine_hole, w->fine_polarisation, w->fine_u, w->fine_d}, zeta);
    wrong.sums = sum_effect(
        w, observe((mesh_state){coarse->full, w->hole, w->polarisation, w->u, w->d}, zeta), value);
    write_report(report, &wrong, value, w->level->rows);
    mistrust_hidden(report, coarse);
    *out = (kz_ray){.zeta = zeta,
                    .energy = fine->full->form.near + value.of[ENERGY],
                    .energy_current = value.of[ENERGY_CURRENT],
                    .magnetization = value.of[MAGNETIZATION],
                    .spin_current = value.of[SPIN_CURRENT],
                    .err = report->discretisation + report->window + report->rounding};
    return KZ_OK;
}
