/* The geometric solution in local form.
 *
 * rho^t = s + K D rho^t and v rho^t = s_v + K D v rho^t hold everywhere (tba/local.h), with D
 * constant along characteristics.  Integrated from (base, 0) to (x, t) they read X* = s (x - base)
 * - s_v t + K H,       X* = X(u), H = H(u), X(u) and H(u) the heights of the initial state from the
 * base to the start u of the characteristic that arrives here: an equation for X* alone, since X
 * grows with u.  dH/dX = D makes its Newton step (1 - K D) dX = s (x - base) - s_v t + K H - X*,
 * one dressing.  The base is x, where panels hold it: so all of this is small with t, the sides of
 * a jump are told at any t, and what the states are off by on a long way to x is not in it.
 *
 * Jumps.  Beyond a jump x_c the height functions of the next piece hold; which one, the sign of
 * X* - X(x_c) decides.  H(X*) has a kink there and D a jump.  Every piece's heights go on smoothly
 * beyond its jumps, so that H = H_0 + sum_c 1_{u > x_c} (H_{c+1} - H_c) with the indicators
 * band-limited (region.h) is resolved like the jumps of a ray. */
#include "propagate/geometry/geometry.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "propagate/geometry/work.h"

enum {
    ITERATIONS_MAX = 60,
    TURNS_MAX = 30 /* from here on the long strings stay on their side of a jump */
};

typedef struct {
    double **array;
    bool rows;
} slot;

enum { SLOTS = 29 };

static void list_slots(slot list[SLOTS], kz_geometry_work *w)
{
    const slot all[SLOTS] = {
        {&w->source, false},
        {&w->X, true},
        {&w->z, true},
        {&w->H, true},
        {&w->X_base, true},
        {&w->H_base, true},
        {&w->hole, true},
        {&w->residual, true},
        {&w->step, true},
        {&w->weight[0], true},
        {&w->weight[1], true},
        {&w->weight[2], true},
        {&w->branch[0][0], false},
        {&w->branch[0][1], false},
        {&w->branch[0][2], false},
        {&w->branch[1][0], false},
        {&w->branch[1][1], false},
        {&w->branch[1][2], false},
        {&w->indicator, false},
        {&w->mismatch, false},
        {&w->coefficients, false},
        {&w->misplaced, true},
        {&w->unseen, true},
        {&w->start, false},
        {&w->rho, true},
        {&w->t_rho, true},
        {&w->d, true},
        {&w->t_d, true},
        {NULL, false},
    };
    memcpy(list, all, sizeof all);
}

void kz_geometry_work_free(kz_geometry_work *w)
{
    slot list[SLOTS];
    list_slots(list, w);
    for (int i = 0; list[i].array; i++)
        kz_free(*list[i].array);
    kz_local_free(w->local);
}

/* Shorter ones overflow in x/t, and are as good as this. */
static const double NO_TIME = 1e-200;

/* x, or the end of the panels that is nearest to it, and the heights there, from the origin of the
 * table.  At a jump those of its left side, as in kz_heights.edge: their difference is exactly 0.
 */
static void choose_base(kz_geometry_work *w)
{
    const kz_height_table *table = &w->heights->table;
    const kz_profile *p = &w->heights->states->profile;
    while (w->base_piece + 1 < p->pieces && w->x > p->piece[w->base_piece].to)
        w->base_piece++;
    w->base = kz_geometry_inside(w, w->base_piece, w->x);
    for (size_t f = 0; f < w->rows; f++) {
        for (size_t k = 0; k < table->half; k++) {
            kz_height h = kz_height_table_at(table, w->base_piece, (int)f, k, w->base);
            size_t right = f * w->n + table->half + k, left = f * w->n + table->half - 1 - k;
            w->X_base[right] = w->X_base[left] = h.X;
            w->H_base[right] = w->H_base[left] = h.H;
        }
    }
}

kz_status kz_geometry_work_create(kz_geometry_work *w, const kz_heights *heights, double x,
                                  double t)
{
    slot list[SLOTS];
    const kz_convolution *full = heights->full;
    if (t != 0 && fabs(t) < NO_TIME) t = copysign(NO_TIME, t);
    *w = (kz_geometry_work){.heights = heights, .full = full, .n = full->n, .x = x, .t = t};
    w->rows = (size_t)heights->states->rows;
    w->size = w->rows * w->n;
    list_slots(list, w);
    kz_status status = KZ_OK;
    for (int i = 0; status == KZ_OK && list[i].array; i++)
        status = kz_alloc_doubles(list[i].array, list[i].rows ? w->size : w->n);
    if (status == KZ_OK) status = kz_local_create(&w->local, full);
    if (status != KZ_OK) {
        kz_geometry_work_free(w);
        return status;
    }
    kz_local_set_background(w->local, heights->states->background);
    w->narrowest = kz_profile_width(&heights->states->profile);
    choose_base(w);
    for (size_t k = 0; k < w->n; k++)
        w->source[k] = full->source[k] * (x - w->base) -
                       t * kz_form_current_source(&full->form, full->lambda[k]);
    return KZ_OK;
}

/* -- what a row is made of: H and D while iterating, fillings at the end -- */

typedef void (*branch_fn)(double *const entry[KZ_GEOMETRY_ENTRIES], kz_geometry_work *w,
                          size_t piece, int f);

static void heights_branch(double *const entry[KZ_GEOMETRY_ENTRIES], kz_geometry_work *w,
                           size_t piece, int f)
{
    size_t row = (size_t)f * w->n;
    for (size_t k = 0; k < w->n; k++) {
        double u, X = w->X_base[row + k] + w->X[row + k];
        kz_height h =
            kz_height_table_invert(&u, &w->heights->table, piece, f, kz_geometry_folded(w, k), X);
        entry[0][k] = h.H - w->H_base[row + k];
        entry[1][k] = h.hole;
    }
}

double kz_mixing_entropy(double x)
{
    double a = fabs(x), e = exp(-a);
    return log1p(e) + a * e / (1 + e);
}

void kz_geometry_weights(double value[KZ_GEOMETRY_ENTRIES], const kz_geometry_work *w, size_t piece,
                         int f, size_t k, double x)
{
    bool last = f + 1 == (int)w->rows && !w->full->form.closed;
    double log_eta, mu;
    kz_height_table_filling(&log_eta, &mu, &w->heights->table, piece, f, k, x);
    double a = last ? 0.5 * w->full->form.spin * mu : 0;
    double D = 1 / (1 + exp(-log_eta - a)), other = 1 / (1 + exp(a - log_eta));
    value[KZ_GEOMETRY_HOLE] = last ? D + other : D;
    value[KZ_GEOMETRY_POLARISATION] = last ? D - other : 0;
    value[KZ_GEOMETRY_ENTROPY] =
        kz_mixing_entropy(log_eta + a) + (last ? kz_mixing_entropy(log_eta - a) : 0);
}

static void fillings_branch(double *const entry[KZ_GEOMETRY_ENTRIES], kz_geometry_work *w,
                            size_t piece, int f)
{
    size_t row = (size_t)f * w->n;
    for (size_t k = 0; k < w->n; k++) {
        double value[KZ_GEOMETRY_ENTRIES], X = w->X_base[row + k] + w->X[row + k];
        size_t node = kz_geometry_folded(w, k);
        kz_height_table_invert(&w->start[k], &w->heights->table, piece, f, node, X);
        kz_geometry_weights(value, w, piece, f, node, w->start[k]);
        for (int e = 0; e < KZ_GEOMETRY_ENTRIES; e++)
            entry[e][k] = value[e];
    }
    kz_geometry_blame_coarse(w, piece, f);
}

/* At t = 0, or without a crossing, a row is of one piece; so it is, for want of better, where no
 * side is told, but not without a word. */
static kz_status fill_row(double *const entry[KZ_GEOMETRY_ENTRIES], int entries,
                          kz_geometry_work *w, int f, branch_fn branch)
{
    const kz_profile *p = &w->heights->states->profile;
    size_t piece = w->t == 0 ? kz_profile_find(p, w->x) : 0;
    bool known = false;
    for (size_t c = 0; w->t != 0 && c + 1 < p->pieces; c++) {
        kz_region region;
        kz_mismatch mismatch;
        KZ_TRY(kz_geometry_region(&region, &mismatch, w, c, f));
        bool hidden = entries == KZ_GEOMETRY_ENTRIES && kz_geometry_hides(&mismatch);
        if (region.count == 0 && !hidden) {
            if (!region.starts_inside) break;
            piece = c + 1;
            continue;
        }
        if (!known) branch(entry, w, piece = c, f);
        known = true;
        branch(w->branch[0], w, c, f);
        branch(w->branch[1], w, c + 1, f);
        kz_geometry_add_jump(entry, entries, w, &region);
        if (hidden) kz_geometry_blame_all(w, f);
        if (entries == KZ_GEOMETRY_ENTRIES) kz_geometry_blame(w, &region, &mismatch, c, f);
    }
    if (!known) branch(entry, w, piece, f);
    return KZ_OK;
}

static kz_status fill_rows(double *const array[KZ_GEOMETRY_ENTRIES], int entries,
                           kz_geometry_work *w, branch_fn branch)
{
    for (size_t f = 0; f < w->rows; f++) {
        double *row[KZ_GEOMETRY_ENTRIES] = {NULL};
        for (int e = 0; e < entries; e++)
            row[e] = array[e] + f * w->n;
        KZ_TRY(fill_row(row, entries, w, (int)f, branch));
    }
    return KZ_OK;
}

/* -- Newton's iteration -- */

/* X* from its coefficients. */
static void expand(kz_geometry_work *w)
{
    memcpy(w->X, w->z, w->size * sizeof *w->X);
    kz_convolution_backward(w->full, w->X);
    for (size_t k = 0; k < w->n; k++)
        w->X[k] += w->source[k];
}

/* Of the first guess, in the tails. */
static const double GUESS_NOISE = 1e-6;

/* First guess: heights of characteristics with the velocities of bare sources. */
static void guess(kz_geometry_work *w)
{
    const kz_heights *h = w->heights;
    const kz_convolution *c = w->full;
    for (size_t k = 0; k < w->n; k++) {
        double flow = kz_form_current_source(&c->form, c->lambda[k]);
        double u = w->x - w->t * (c->source[k] > 0 ? flow / c->source[k] : 0);
        size_t piece = kz_profile_find(&h->states->profile, u);
        for (size_t f = 0; f < w->rows; f++) {
            size_t at = f * w->n + k;
            w->H[at] = kz_height_table_at(&h->table, piece, (int)f, kz_geometry_folded(w, k), u).H -
                       w->H_base[at];
        }
    }
    kz_geometry_close(w, true);
    kz_local_convolve(w->z, w->local, w->H);
    kz_geometry_close_residual(w->z, w);
    expand(w);
}

static double residual(kz_geometry_work *w, bool may_turn, kz_status *status)
{
    double *const target[KZ_GEOMETRY_ENTRIES] = {w->H, w->hole, NULL};
    *status = fill_rows(target, 2, w, heights_branch);
    if (*status != KZ_OK) return NAN;
    kz_geometry_close(w, may_turn);
    kz_local_convolve(w->residual, w->local, w->H);
    kz_geometry_close_residual(w->residual, w);
    for (size_t i = 0; i < w->size; i++)
        w->residual[i] -= w->z[i];
    return cblas_dnrm2((int)w->size, w->residual, 1);
}

/* Of heights, and what their inversion leaves, the square of its last step. */
static double rounding_of(const kz_geometry_work *w)
{
    const kz_profile *p = &w->heights->states->profile;
    double origin = w->heights->table.origin, extent = p->panel[p->panels - 1].to - origin;
    return 1e-15 * (fabs(w->base - origin) + fabs(w->x - w->base) + fabs(w->t)) + 1e-18 * extent;
}

static kz_status newton(kz_geometry_work *w, double tol, kz_geometry_report *report)
{
    double previous = INFINITY, short_time = w->t == 0 ? 1 : fmin(1, fabs(w->t));
    double rounding = rounding_of(w);
    tol *= short_time;
    w->noise = fmax(GUESS_NOISE * fabs(w->t), rounding);
    guess(w);
    for (;; report->iterations++) {
        kz_status status;
        double size = residual(w, report->iterations < TURNS_MAX, &status);
        if (status != KZ_OK) return status;
        w->left = size;
        if (size <= fmax(tol, rounding)) return KZ_OK;
        if (size <= 100 * rounding && size > 0.3 * previous) return KZ_OK;
        if (!isfinite(size) || report->iterations == ITERATIONS_MAX)
            return KZ_FAIL(KZ_ENOCONV, "x = %.15g, t = %.15g: residual %.3g after %d steps", w->x,
                           w->t, size, report->iterations);
        previous = size;
        memset(w->step, 0, w->size * sizeof *w->step);
        double solve_tol =
            fmax(0.3 * fmax(tol, rounding), fmin(0.03, 0.3 * size / short_time) * size);
        KZ_TRY(kz_local_solve(w->step, w->local, w->hole, w->residual, solve_tol,
                              &report->applications));
        w->noise = 3 * solve_tol;
        for (size_t i = 0; i < w->size; i++)
            w->z[i] += w->step[i];
        expand(w);
    }
}

/* -- the state -- */

static void observe(kz_geometry_values *out, kz_geometry_report *report, const kz_geometry_work *w)
{
    const kz_convolution *c = w->full;
    size_t last = (w->rows - 1) * w->n;
    kz_geometry_values sum = {0};
    double holes = 0, flow = 0; /* of the last row */
    for (size_t k = 0; k < w->n; k++) {
        double weight = c->source[k] * w->weight[KZ_GEOMETRY_HOLE][k];
        sum.energy += weight * w->rho[k];
        sum.energy_current += weight * w->d[k];
        sum.magnetization += w->weight[KZ_GEOMETRY_POLARISATION][last + k] * w->rho[last + k];
        sum.spin_current += w->weight[KZ_GEOMETRY_POLARISATION][last + k] * w->d[last + k];
        holes += w->weight[KZ_GEOMETRY_HOLE][last + k] * w->rho[last + k];
        flow += w->weight[KZ_GEOMETRY_HOLE][last + k] * w->d[last + k];
    }
    for (size_t i = 0; i < w->size; i++)
        sum.entropy += w->weight[KZ_GEOMETRY_ENTROPY][i] * w->rho[i];
    double h = kz_grid_spacing(&c->grid);
    double energy = c->form.near_sign * M_PI * c->form.sine * h, spin = 0.5 * c->form.spin * h;
    *out = (kz_geometry_values){energy * sum.energy, energy * sum.energy_current,
                                spin * sum.magnetization, spin * sum.spin_current, h * sum.entropy};
    out->entropy += kz_geometry_tail_entropy(w, h * holes);
    report->doubt = spin * w->tail.doubt * fmax(holes, fabs(flow));
}

/* Densities at both ends of the window stand for what lies beyond it, and reach the other end
 * through the periodic boundary; the last row carries spin. */
static double window_effect(const kz_geometry_work *w)
{
    double sum = 0;
    if (w->full->form.closed) return 0; /* a period */
    for (size_t f = 0; f < w->rows; f++) {
        double ends = fabs(w->rho[f * w->n]) + fabs(w->rho[(f + 1) * w->n - 1]);
        sum += (f + 1 == w->rows ? w->full->form.spin : 1) * 5 * ends;
    }
    return sum;
}

static kz_status dress(kz_geometry_work *w, double tol, kz_geometry_report *report)
{
    KZ_TRY(kz_local_dress(w->rho, w->t_rho, w->local, w->weight[KZ_GEOMETRY_HOLE], w->full->source,
                          tol, &report->applications));
    for (size_t k = 0; k < w->n; k++)
        w->source[k] = kz_form_current_source(&w->full->form, w->full->lambda[k]);
    return kz_local_dress(w->d, w->t_d, w->local, w->weight[KZ_GEOMETRY_HOLE], w->source, tol,
                          &report->applications);
}

kz_status kz_geometry_work_solve(kz_geometry_work *w, double tol, kz_geometry_report *report)
{
    *report = (kz_geometry_report){0};
    KZ_TRY(newton(w, tol, report));
    KZ_TRY(fill_rows(w->weight, KZ_GEOMETRY_ENTRIES, w, fillings_branch));
    KZ_TRY(dress(w, tol, report));
    kz_geometry_polarise(w);
    report->window = window_effect(w);
    report->edges = kz_geometry_effect(w, w->misplaced);
    report->unseen = kz_geometry_effect(w, w->unseen);
    return KZ_OK;
}

kz_status kz_geometry_solve(kz_geometry_values *out, const kz_heights *heights, double x, double t,
                            double tol, kz_geometry_report *report)
{
    kz_geometry_work w;
    KZ_TRY(kz_geometry_work_create(&w, heights, x, t));
    kz_status status = kz_geometry_work_solve(&w, tol, report);
    if (status == KZ_OK) observe(out, report, &w);
    kz_geometry_work_free(&w);
    return status;
}

static double relative(double a, double b) { return fabs(a - b) / fmax(1, fabs(b)); }

double kz_geometry_difference(const kz_geometry_values *a, const kz_geometry_values *b)
{
    double energy =
        fmax(relative(a->energy, b->energy), relative(a->energy_current, b->energy_current));
    double spin = fmax(relative(a->magnetization, b->magnetization),
                       relative(a->spin_current, b->spin_current));
    return fmax(fmax(energy, spin), relative(a->entropy, b->entropy));
}
