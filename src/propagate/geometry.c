/* The geometric solution in local form.
 *
 * rho^t = s + K D rho^t and v rho^t = s_v + K D v rho^t hold everywhere (tba/local.h), with D
 * constant along characteristics.  Integrated from the origin to (x, t) they read X* = s (x -
 * origin) - s_v t + K H,       X* = X(u), H = H(u), X(u) and H(u) the heights of the initial state
 * at the start u of the characteristic that arrives here: an equation for X* alone, since X grows
 * with u.  dH/dX = D makes its Newton step (1 - K D) dX = s (x - origin) - s_v t + K H - X*, one
 * dressing.
 *
 * Jumps.  Beyond a jump x_c the height functions of the next piece hold; which one, the sign of
 * X* - X(x_c) decides.  H(X*) has a kink there and D a jump.  Every piece's heights go on smoothly
 * beyond its jumps, so that H = H_0 + sum_c 1_{u > x_c} (H_{c+1} - H_c) with the indicators
 * band-limited (region.h) is resolved like the jumps of a ray. */
#include "propagate/geometry.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/crossing.h"
#include "tba/newton.h"
#include "tba/strings.h"

enum { ITERATIONS_MAX = 60, ENTRIES = 3 };

/* Weights of a row at the end: D, and in the last row M = (1 - theta_{P-1}) - theta_P; entropy of
 * the fillings. */
enum { HOLE, POLARISATION, ENTROPY };

typedef struct {
    const kz_heights *heights;
    const kz_convolution *full;
    size_t rows, n, size;
    double x, t;
    double noise;   /* of X*: below it no side of a jump is told */
    double *source; /* [n] s (x - origin) - s_v t */
    double *X, *z;  /* [size] X*, and coefficients of X* - source in the first row */
    double *H, *hole, *residual, *step;          /* [size] */
    double *weight[ENTRIES];                     /* [size] */
    double *branch[2][ENTRIES];                  /* [n] of one row: the two pieces at a jump */
    double *indicator, *mismatch, *coefficients; /* [n] */
    double *misplaced; /* [size] jump of D times the error of its position, at the nodes beside */
    double *rho, *t_rho, *d, *t_d; /* [size] rho^t and v rho^t with their coefficients */
    kz_local *local;
} work;

typedef struct {
    double **array;
    bool rows;
} slot;

enum { SLOTS = 25 };

static void list_slots(slot list[SLOTS], work *w)
{
    const slot all[SLOTS] = {
        {&w->source, false},
        {&w->X, true},
        {&w->z, true},
        {&w->H, true},
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
        {&w->rho, true},
        {&w->t_rho, true},
        {&w->d, true},
        {&w->t_d, true},
        {NULL, false},
    };
    memcpy(list, all, sizeof all);
}

static void work_free(work *w)
{
    slot list[SLOTS];
    list_slots(list, w);
    for (int i = 0; list[i].array; i++)
        kz_free(*list[i].array);
    kz_local_free(w->local);
}

/* Shorter ones overflow in x/t. */
static const double NO_TIME = 1e-200;

static kz_status work_create(work *w, const kz_heights *heights, double x, double t)
{
    slot list[SLOTS];
    const kz_convolution *full = heights->full;
    if (fabs(t) < NO_TIME) t = 0;
    *w = (work){.heights = heights, .full = full, .n = full->n, .x = x, .t = t};
    w->rows = (size_t)heights->states->rows;
    w->size = w->rows * w->n;
    list_slots(list, w);
    kz_status status = KZ_OK;
    for (int i = 0; status == KZ_OK && list[i].array; i++)
        status = kz_alloc_doubles(list[i].array, list[i].rows ? w->size : w->n);
    if (status == KZ_OK) status = kz_local_create(&w->local, full);
    if (status != KZ_OK) {
        work_free(w);
        return status;
    }
    kz_local_set_background(w->local, heights->states->background);
    double limit = full->form.speed, rate = M_PI / full->form.width[0];
    for (size_t k = 0; k < w->n; k++)
        w->source[k] =
            full->source[k] * (x - heights->origin - t * limit * tanh(rate * full->lambda[k]));
    return KZ_OK;
}

/* Node of the half line. */
static size_t folded(const work *w, size_t k)
{
    size_t half = w->heights->half;
    return k >= half ? k - half : half - 1 - k;
}

/* -- what a row is made of: H and D while iterating, fillings at the end -- */

typedef void (*branch_fn)(double *const entry[ENTRIES], const work *w, size_t piece, int f);

static void heights_branch(double *const entry[ENTRIES], const work *w, size_t piece, int f)
{
    const double *X = w->X + (size_t)f * w->n;
    for (size_t k = 0; k < w->n; k++) {
        double u;
        kz_height h = kz_heights_invert(&u, w->heights, piece, f, folded(w, k), X[k]);
        entry[0][k] = h.H;
        entry[1][k] = h.hole;
    }
}

double kz_mixing_entropy(double x)
{
    double a = fabs(x), e = exp(-a);
    return log1p(e) + a * e / (1 + e);
}

static void fillings_branch(double *const entry[ENTRIES], const work *w, size_t piece, int f)
{
    const double *X = w->X + (size_t)f * w->n;
    bool last = f + 1 == (int)w->rows;
    for (size_t k = 0; k < w->n; k++) {
        double u, log_eta, mu;
        kz_heights_invert(&u, w->heights, piece, f, folded(w, k), X[k]);
        kz_heights_filling(&log_eta, &mu, w->heights, piece, f, folded(w, k), u);
        double a = last ? 0.5 * w->full->form.spin * mu : 0;
        double D = 1 / (1 + exp(-log_eta - a)), other = 1 / (1 + exp(a - log_eta));
        entry[HOLE][k] = last ? D + other : D;
        entry[POLARISATION][k] = last ? D - other : 0;
        entry[ENTROPY][k] =
            kz_mixing_entropy(log_eta + a) + (last ? kz_mixing_entropy(log_eta - a) : 0);
    }
}

typedef struct {
    kz_convolution const *full;
    double *coefficients;
} collector;

static void collect(void *context, double from, double to, bool inside)
{
    collector *c = context;
    if (inside)
        kz_indicator_add(c->coefficients, c->full->n, c->full->grid.window, c->full->lambda[0],
                         from, to, 1);
}

/* Largest share of X* that may count as noise. */
static const double NOISE_MAX = 1e-2;

/* Modes next to the highest one, on both sides in half-complex order. */
enum { TOP_MODES = 4 };

/* What a jump leaves at the end of the spectrum rings through all of X*, where its tails are small
 * with a sign of its own from node to node. */
static double ringing(const double *coefficients, size_t n)
{
    return cblas_dasum(2 * TOP_MODES + 1, coefficients + n / 2 - TOP_MODES, 1);
}

/* {u > x_c} of row f for the jump after `piece`: the sign of (X* - X_c)/|t|, whose source has the
 * form of kz_mismatch with zeta = (x - x_c)/t, up to the sign of t. */
static kz_status find_region(kz_region *out, kz_mismatch *mismatch, work *w, size_t piece, int f)
{
    const kz_heights *h = w->heights;
    size_t row = (size_t)f * w->n, at = piece * w->size + row;
    double t = w->t, largest = 0;
    for (size_t k = 0; k < w->n; k++) {
        w->mismatch[k] = -(w->X[row + k] - h->edge[at + k]) / t;
        w->coefficients[k] = -(w->z[row + k] - h->edge_coefficients[at + k]) / t;
        largest = fmax(largest, fabs(w->mismatch[k]));
    }
    double jump = h->states->profile.piece[piece].to;
    double leak = 2 * fmax(fabs(w->mismatch[0]), fabs(w->mismatch[w->n - 1]));
    kz_mismatch d = {w->full, w->mismatch,       w->coefficients,
                     f == 0,  (w->x - jump) / t, fmax(1e-14 * largest, w->noise / fabs(t)),
                     leak};
    d.noise = fmax(d.noise, ringing(w->coefficients, w->n));
    kz_status status = kz_mismatch_region(out, &d);
    /* the tails of an early X* may be worse than its residual says */
    while (status == KZ_ENOCONV && (d.noise *= 10) < NOISE_MAX * largest)
        status = kz_mismatch_region(out, &d);
    KZ_TRY(status);
    *mismatch = d;
    if (t > 0) out->starts_inside = !out->starts_inside; /* d > 0 where u < x_c */
    return KZ_OK;
}

/* Adds a jump with its band-limited indicator to the entries of a row. */
static void add_jump(double *const entry[ENTRIES], int entries, work *w, const kz_region *region)
{
    memset(w->indicator, 0, w->n * sizeof *w->indicator);
    collector c = {w->full, w->indicator};
    kz_region_visit(region, w->full->grid.window, collect, &c);
    fftw_execute_r2r(w->heights->row, w->indicator, w->indicator);
    for (int e = 0; e < entries; e++)
        for (size_t k = 0; k < w->n; k++)
            entry[e][k] += w->indicator[k] * (w->branch[1][e][k] - w->branch[0][e][k]);
}

/* An edge where (X* - X_c)/t is wrong by the states' error, relative to rho^t there, moves by that
 * over the slope; of a pair about to merge, whose slope vanishes with its gap, by no more than
 * sqrt(shift gap). */
static void blame_edges(work *w, const kz_region *region, const kz_mismatch *d, size_t piece, int f)
{
    double first = w->full->lambda[0], h = kz_grid_spacing(&w->full->grid);
    double jump = w->heights->states->profile.piece[piece].to;
    for (int e = 0; e < region->count; e++) {
        double value, slope, gap = 2 * w->full->grid.window, edge = region->edge[e];
        kz_mismatch_evaluate(&value, &slope, d, edge);
        if (e > 0) gap = fmin(gap, edge - region->edge[e - 1]);
        if (e + 1 < region->count) gap = fmin(gap, region->edge[e + 1] - edge);
        size_t k = (size_t)fmin(fmax((edge - first) / h, 0), (double)(w->n - 1));
        double rho = kz_heights_at(w->heights, piece, f, folded(w, k), jump).rho;
        double wrong = w->heights->states->err * (1 + fabs(d->zeta)) * rho;
        double linear = wrong / fabs(slope);
        double change = fabs(w->branch[1][HOLE][k] - w->branch[0][HOLE][k]);
        w->misplaced[(size_t)f * w->n + k] += change * fmin(linear, sqrt(linear * gap));
    }
}

/* At t = 0, or without a crossing, a row is of one piece. */
static kz_status fill_row(double *const entry[ENTRIES], int entries, work *w, int f,
                          branch_fn branch)
{
    const kz_profile *p = &w->heights->states->profile;
    size_t piece = w->t == 0 ? kz_profile_find(p, w->x) : 0;
    bool known = false;
    for (size_t c = 0; w->t != 0 && c + 1 < p->pieces; c++) {
        kz_region region;
        kz_mismatch mismatch;
        KZ_TRY(find_region(&region, &mismatch, w, c, f));
        if (region.count == 0 && !region.starts_inside) break;
        if (region.count == 0) {
            piece = c + 1;
            continue;
        }
        if (!known) branch(entry, w, piece = c, f);
        known = true;
        branch(w->branch[0], w, c, f);
        branch(w->branch[1], w, c + 1, f);
        add_jump(entry, entries, w, &region);
        if (entries == ENTRIES) blame_edges(w, &region, &mismatch, c, f);
    }
    if (!known) branch(entry, w, piece, f);
    return KZ_OK;
}

static kz_status fill_rows(double *const array[ENTRIES], int entries, work *w, branch_fn branch)
{
    for (size_t f = 0; f < w->rows; f++) {
        double *row[ENTRIES] = {NULL};
        for (int e = 0; e < entries; e++)
            row[e] = array[e] + f * w->n;
        KZ_TRY(fill_row(row, entries, w, (int)f, branch));
    }
    return KZ_OK;
}

/* -- Newton's iteration -- */

/* X* from its coefficients. */
static void expand(work *w)
{
    memcpy(w->X, w->z, w->size * sizeof *w->X);
    kz_convolution_backward(w->full, w->X);
    for (size_t k = 0; k < w->n; k++)
        w->X[k] += w->source[k];
}

/* Of the first guess, in the tails. */
static const double GUESS_NOISE = 1e-6;

/* First guess: heights of characteristics with the velocities of bare sources. */
static void guess(work *w)
{
    const kz_heights *h = w->heights;
    double limit = w->full->form.speed, rate = M_PI / w->full->form.width[0];
    for (size_t f = 0; f < w->rows; f++) {
        for (size_t k = 0; k < w->n; k++) {
            double u = w->x - w->t * limit * tanh(rate * w->full->lambda[k]);
            size_t piece = kz_profile_find(&h->states->profile, u);
            w->H[f * w->n + k] = kz_heights_at(h, piece, (int)f, folded(w, k), u).H;
        }
    }
    kz_local_convolve(w->z, w->local, w->H);
    expand(w);
}

static double residual(work *w, kz_status *status)
{
    double *const target[ENTRIES] = {w->H, w->hole, NULL};
    *status = fill_rows(target, 2, w, heights_branch);
    if (*status != KZ_OK) return NAN;
    kz_local_convolve(w->residual, w->local, w->H);
    for (size_t i = 0; i < w->size; i++)
        w->residual[i] -= w->z[i];
    return cblas_dnrm2((int)w->size, w->residual, 1);
}

static kz_status newton(work *w, double tol, kz_geometry_report *report)
{
    double previous = INFINITY, scale = 1 + fabs(w->x - w->heights->origin) + fabs(w->t);
    double rounding = 1e-15 * scale;
    w->noise = GUESS_NOISE * scale;
    guess(w);
    for (;; report->iterations++) {
        kz_status status;
        double size = residual(w, &status);
        if (status != KZ_OK) return status;
        if (size <= fmax(tol, rounding)) return KZ_OK;
        if (size <= 100 * rounding && size > 0.3 * previous) return KZ_OK;
        if (!isfinite(size) || report->iterations == ITERATIONS_MAX)
            return KZ_FAIL(KZ_ENOCONV, "x = %.15g, t = %.15g: residual %.3g after %d steps", w->x,
                           w->t, size, report->iterations);
        previous = size;
        memset(w->step, 0, w->size * sizeof *w->step);
        double solve_tol = fmax(0.3 * fmax(tol, rounding), fmin(0.03, 0.3 * size) * size);
        KZ_TRY(kz_local_solve(w->step, w->local, w->hole, w->residual, solve_tol,
                              &report->applications));
        w->noise = 3 * solve_tol;
        for (size_t i = 0; i < w->size; i++)
            w->z[i] += w->step[i];
        expand(w);
    }
}

/* -- the state -- */

static void observe(kz_geometry_values *out, const work *w)
{
    const kz_convolution *c = w->full;
    size_t last = (w->rows - 1) * w->n;
    kz_geometry_values sum = {0};
    for (size_t k = 0; k < w->n; k++) {
        double weight = c->source[k] * w->weight[HOLE][k];
        sum.energy += weight * w->rho[k];
        sum.energy_current += weight * w->d[k];
        sum.magnetization += w->weight[POLARISATION][last + k] * w->rho[last + k];
        sum.spin_current += w->weight[POLARISATION][last + k] * w->d[last + k];
    }
    for (size_t i = 0; i < w->size; i++)
        sum.entropy += w->weight[ENTROPY][i] * w->rho[i];
    double h = kz_grid_spacing(&c->grid);
    double energy = c->form.near_sign * M_PI * c->form.sine * h, spin = 0.5 * c->form.spin * h;
    *out = (kz_geometry_values){energy * sum.energy, energy * sum.energy_current,
                                spin * sum.magnetization, spin * sum.spin_current, h * sum.entropy};
}

/* Densities at both ends of the window stand for what lies beyond it, and reach the other end
 * through the periodic boundary, by the spins that a string carries. */
static double window_effect(const work *w)
{
    double sum = 0;
    for (size_t f = 0; f < w->rows; f++) {
        double ends = fabs(w->rho[f * w->n]) + fabs(w->rho[(f + 1) * w->n - 1]);
        sum += (f + 1 == w->rows ? w->full->form.spin : 1) * 5 * ends;
    }
    return sum;
}

static double edges_effect(const work *w)
{
    double sum = 0;
    for (size_t f = 0; f < w->rows; f++) {
        double charge = f + 1 == w->rows ? w->full->form.spin : w->full->form.strings.length[f];
        for (size_t k = f * w->n; k < (f + 1) * w->n; k++)
            sum += charge * w->misplaced[k] * fabs(w->rho[k]);
    }
    return sum;
}

static kz_status dress(work *w, double tol, kz_geometry_report *report)
{
    double limit = w->full->form.speed, rate = M_PI / w->full->form.width[0];
    KZ_TRY(kz_local_dress(w->rho, w->t_rho, w->local, w->weight[HOLE], w->full->source, tol,
                          &report->applications));
    for (size_t k = 0; k < w->n; k++)
        w->source[k] = w->full->source[k] * limit * tanh(rate * w->full->lambda[k]);
    return kz_local_dress(w->d, w->t_d, w->local, w->weight[HOLE], w->source, tol,
                          &report->applications);
}

kz_status kz_geometry_solve(kz_geometry_values *out, const kz_heights *heights, double x, double t,
                            double tol, kz_geometry_report *report)
{
    work w;
    *report = (kz_geometry_report){0};
    KZ_TRY(work_create(&w, heights, x, t));
    kz_status status = newton(&w, tol, report);
    if (status == KZ_OK) status = fill_rows(w.weight, ENTRIES, &w, fillings_branch);
    if (status == KZ_OK) status = dress(&w, tol, report);
    if (status == KZ_OK) {
        observe(out, &w);
        report->window = window_effect(&w);
        report->edges = edges_effect(&w);
    }
    work_free(&w);
    return status;
}
