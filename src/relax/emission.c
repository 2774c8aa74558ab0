#include "relax/emission.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "relax/chebyshev.h"

enum { TERMS = KZ_EMISSION_TERMS, LANES = KZ_EMISSION_LANES, POINTS_MAX = 16 };
enum { LANE_X, LANE_H, LANE_HOLE, LANE_FLUX };

void kz_emission_free(kz_emission *e)
{
    if (!e) return;
    kz_edges_free(e->edges);
    kz_free(e->series);
    kz_free(e->start);
    kz_free(e);
}

/* Ends of panel p in sqrt(t). */
static void panel_range(double *from, double *to, double end, int panels, int p)
{
    *to = ldexp(end, p + 1 - panels);
    *from = p == 0 ? 0 : 0.5 * *to;
}

static int panel_of(double end, int panels, double s)
{
    double from, to;
    int p = 0;
    panel_range(&from, &to, end, panels, p);
    while (p + 1 < panels && s > to)
        panel_range(&from, &to, end, panels, ++p);
    return p;
}

static double node_time(double end, int panels, int p, int i)
{
    double from, to;
    panel_range(&from, &to, end, panels, p);
    return 0.5 * (from + to) + 0.5 * (to - from) * kz_chebyshev_node(i, TERMS);
}

/* -- making it -- */

/* Coefficients of the integral from -1, to the same number of terms, times `factor`. */
static void integrate_series(double *out, const double *c, double factor)
{
    out[0] = 0;
    for (int m = 1; m < TERMS; m++) {
        double above = m + 1 < TERMS ? c[m + 1] : 0;
        out[m] = factor * ((m == 1 ? 2 : 1) * c[m - 1] - above) / (2 * m);
        out[0] -= out[m] * (m % 2 ? -1 : 1);
    }
}

static double *series_of(const kz_emission *e, size_t k, int p, int lane)
{
    return e->series + ((k * (size_t)e->panels + (size_t)p) * LANES + (size_t)lane) * TERMS;
}

static double *start_of(const kz_emission *e, size_t k, int p)
{
    return e->start + (k * (size_t)(e->panels + 1) + (size_t)p) * 2;
}

/* Nodal D and v rho^t of a panel into their lanes. */
static void load_panel(kz_emission *e, int p, double *hole, double *flux)
{
    size_t size = (size_t)e->edges->rows * e->edges->n;
    double value, slope;
    for (int i = 0; i < TERMS; i++) {
        kz_chebyshev_series(&value, &slope, e->beta[p], TERMS, kz_chebyshev_node(i, TERMS));
        kz_edges_at(hole, flux, e->edges, value);
        for (size_t k = 0; k < size; k++) {
            series_of(e, k, p, LANE_HOLE)[i] = hole[k];
            series_of(e, k, p, LANE_FLUX)[i] = flux[k];
        }
    }
}

/* X and H of a panel: integrals of -v rho^t and -D v rho^t over t = s^2. */
static double integrate_panel(kz_emission *e, int p)
{
    size_t size = (size_t)e->edges->rows * e->edges->n;
    double from, to, tail = 0, time[TERMS];
    panel_range(&from, &to, e->end, e->panels, p);
    for (int i = 0; i < TERMS; i++)
        time[i] = node_time(e->end, e->panels, p, i);
    for (size_t k = 0; k < size; k++) {
        double rate[2][TERMS], c[TERMS], hole[TERMS], value, slope, largest = 0;
        double *X = series_of(e, k, p, LANE_X), *D = series_of(e, k, p, LANE_HOLE);
        const double *flux = series_of(e, k, p, LANE_FLUX);
        for (int i = 0; i < TERMS; i++) {
            rate[0][i] = -2 * time[i] * flux[i];
            rate[1][i] = D[i] * rate[0][i];
            largest = fmax(largest, fabs(flux[i]));
        }
        for (int lane = 0; lane < 2; lane++, X += TERMS) {
            kz_chebyshev_transform(c, rate[lane], TERMS);
            integrate_series(X, c, 0.5 * (to - from));
            X[0] += start_of(e, k, p)[lane];
            kz_chebyshev_series(&value, &slope, X, TERMS, 1);
            start_of(e, k, p + 1)[lane] = value;
        }
        kz_chebyshev_transform(hole, D, TERMS);
        memcpy(D, hole, sizeof hole);
        tail = fmax(tail, (fabs(D[TERMS - 1]) + fabs(D[TERMS - 2])) * largest);
    }
    return tail;
}

/* -- what comes back -- */

/* Where v rho^t of a row crosses zero at one time: rising or falling with the rapidity. */
typedef struct {
    size_t k; /* of [rows*n]: between k and k + 1 */
    double lambda, slope;
    bool found;
} turning_point;

static turning_point find_turning_point(const kz_emission *e, int f, int p, int i, bool rising)
{
    const kz_edges *edges = e->edges;
    turning_point best = {.found = false};
    for (size_t j = 0; j + 1 < edges->n; j++) {
        size_t k = (size_t)f * edges->n + j;
        double a = series_of(e, k, p, LANE_FLUX)[i], b = series_of(e, k + 1, p, LANE_FLUX)[i];
        if ((a > 0) == (b > 0) || (b > a) != rising) continue;
        if (best.found && edges->density[k] <= edges->density[best.k]) continue;
        best = (turning_point){k, edges->first + edges->step * ((double)j - a / (b - a)),
                               (b - a) / edges->step, true};
    }
    return best;
}

static double jump_at(const kz_emission *e, size_t k, int p, int i)
{
    double hole, slope;
    kz_chebyshev_series(&hole, &slope, series_of(e, k, p, LANE_HOLE), TERMS,
                        kz_chebyshev_node(i, TERMS));
    return fabs(hole - e->edges->reservoir[k]);
}

/* Particles sent between the outermost turning point so far and the present one come back.  By the
 * adjoint solution rho^t of the energy (src/ghd/ray_finish.c) the change of D over a width w counts
 * rho^t rho^t w in the energy beside the edge and, as v vanishes there, rho^t |d(v rho^t)/dlambda|
 * w^2/2 in the current. */
static void add_returned(double *energy, double *current, const kz_emission *e, int f, bool rising)
{
    double outermost = rising ? INFINITY : -INFINITY, jump = 0;
    for (int p = 0; p < e->panels; p++) {
        for (int i = TERMS - 1; i >= 0; i--) {
            turning_point turn = find_turning_point(e, f, p, i, rising);
            if (!turn.found) continue;
            jump = fmax(jump, jump_at(e, turn.k, p, i));
            double width = rising ? turn.lambda - outermost : outermost - turn.lambda;
            if (!(width > 0)) {
                outermost = turn.lambda;
                continue;
            }
            double density = e->edges->density[turn.k];
            energy[p * TERMS + i] += jump * density * density * width;
            current[p * TERMS + i] += 0.5 * jump * density * fabs(turn.slope) * width * width;
        }
    }
}

static void find_returned(kz_emission *e, double factor)
{
    double energy[KZ_EMISSION_PANELS * TERMS] = {0}, current[KZ_EMISSION_PANELS * TERMS] = {0};
    for (int f = 0; f < e->edges->rows; f++)
        for (int rising = 0; rising < 2; rising++)
            add_returned(energy, current, e, f, rising);
    for (int p = 0; p < e->panels; p++) {
        if (p > 0) e->turned[p] = e->turned[p - 1];
        for (int i = 0; i < TERMS; i++) {
            e->turned[p] = fmax(e->turned[p], factor * current[p * TERMS + i]);
            e->stale[p] = fmax(e->stale[p], factor * energy[p * TERMS + i]);
        }
    }
}

double kz_emission_stale(const kz_emission *e, double t)
{
    return e->stale[panel_of(e->end, e->panels, sqrt(t))];
}

double kz_emission_turned(const kz_emission *e, double t)
{
    return e->turned[panel_of(e->end, e->panels, sqrt(t))];
}

/* Of the series. */
static const double BYTES_MAX = (double)(1 << 30);

static kz_status fill(kz_emission *e, kz_chain chain)
{
    size_t size = (size_t)e->edges->rows * e->edges->n;
    double bytes = (double)size * e->panels * LANES * TERMS * (double)sizeof(double);
    double *hole = NULL, *flux = NULL, tail = 0;
    kz_form form;
    KZ_TRY(kz_form_fill(&form, chain));
    if (bytes > BYTES_MAX)
        return KZ_FAIL(KZ_ENOMEM, "what an edge sends into P = %d takes %.3g GB, at most 1.07",
                       chain.P, 1e-9 * bytes);
    KZ_TRY(kz_alloc_doubles(&e->series, size * (size_t)e->panels * LANES * TERMS));
    KZ_TRY(kz_alloc_doubles(&e->start, size * (size_t)(e->panels + 1) * 2));
    kz_status status = kz_alloc_doubles(&hole, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&flux, size);
    for (int p = 0; status == KZ_OK && p < e->panels; p++) {
        load_panel(e, p, hole, flux);
        tail = fmax(tail, integrate_panel(e, p));
    }
    kz_free(hole);
    kz_free(flux);
    KZ_TRY(status);
    e->err = e->edges->err + tail;
    find_returned(e, M_PI * form.sine);
    return KZ_OK;
}

kz_status kz_emission_create(kz_emission **out, kz_chain chain, const kz_state *reservoir,
                             kz_emission_fn beta, void *context, double last, int panels,
                             double tol)
{
    void *memory;
    double low = INFINITY, high = -INFINITY;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_emission)));
    kz_emission *e = memory;
    e->end = sqrt(last);
    e->panels = panels;
    for (int p = 0; p < panels; p++) {
        double value[TERMS];
        for (int i = 0; i < TERMS; i++) {
            double s = node_time(e->end, panels, p, i);
            value[i] = beta(s * s, context);
            low = fmin(low, value[i]);
            high = fmax(high, value[i]);
        }
        kz_chebyshev_transform(e->beta[p], value, TERMS);
    }
    kz_status status = kz_edges_create(&e->edges, chain, reservoir, low, high, tol);
    if (status == KZ_OK) status = fill(e, chain);
    if (status != KZ_OK) {
        kz_emission_free(e);
        return status;
    }
    *out = e;
    return KZ_OK;
}

/* -- one rapidity -- */

/* Weights of Lagrange's interpolation on `points` equal steps, at `at` steps from the first. */
static void lagrange(double *weight, int points, double at)
{
    for (int i = 0; i < points; i++) {
        double w = 1;
        for (int j = 0; j < points; j++)
            if (j != i) w *= (at - j) / (i - j);
        weight[i] = w;
    }
}

/* First of the nodes [rows*n], and their weights. */
static size_t stencil(double *weight, const kz_edges *edges, int f, double lambda, int points)
{
    double at = (lambda - edges->first) / edges->step;
    double first = fmin(fmax(floor(at) - points / 2 + 1, 0), (double)(edges->n - (size_t)points));
    lagrange(weight, points, at - first);
    return (size_t)f * edges->n + (size_t)first;
}

double kz_emission_reservoir(const kz_emission *e, int f, double lambda, int points)
{
    double weight[POINTS_MAX], hole = 0;
    size_t k = stencil(weight, e->edges, f, lambda, points);
    for (int i = 0; i < points; i++)
        hole += weight[i] * e->edges->reservoir[k + (size_t)i];
    return hole;
}

/* The panels of the history up to out->s. */
static void interpolate(kz_emission_column *out, const kz_emission *e, int f, double lambda,
                        int points)
{
    const kz_edges *edges = e->edges;
    double weight[POINTS_MAX];
    size_t k = stencil(weight, edges, f, lambda, points);
    out->panels = panel_of(e->end, e->panels, out->s) + 1;
    out->ends = e->panels;
    out->end = e->end;
    out->reservoir = 0;
    memset(out->series, 0, (size_t)out->panels * sizeof out->series[0]);
    for (int i = 0; i < points; i++, k++) {
        const double *series = series_of(e, k, 0, 0);
        out->reservoir += weight[i] * edges->reservoir[k];
        for (int q = 0; q < out->panels * LANES * TERMS; q++)
            (&out->series[0][0][0])[q] += weight[i] * series[q];
    }
}

/* A lane and its slope in s. */
static double lane_at(double *slope, const kz_emission_column *c, int lane, double s)
{
    double from, to, value;
    int p = panel_of(c->end, c->ends, s);
    panel_range(&from, &to, c->end, c->ends, p);
    kz_chebyshev_series(&value, slope, c->series[p][lane], TERMS,
                        (2 * s - from - to) / (to - from));
    *slope *= 2 / (to - from);
    return value;
}

static double lane_value(const kz_emission_column *c, int lane, double s)
{
    double slope;
    return lane_at(&slope, c, lane, s);
}

/* The s in [from, to] with this X, which falls there (falls) or rises. */
static double find_time(const kz_emission_column *c, double from, double to, double X, bool falls)
{
    double low = from, high = to, s = 0.5 * (from + to), slope;
    for (int i = 0; i < 80 && high - low > 1e-15 * to; i++) {
        double value = lane_at(&slope, c, LANE_X, s) - X;
        if (value == 0) return s;
        if ((value > 0) == falls)
            low = s;
        else
            high = s;
        double next = slope != 0 ? s - value / slope : NAN;
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        if (fabs(next - s) <= 1e-15 * to) return next;
        s = next;
    }
    return s;
}

/* Where the slope of X changes its sign between two times. */
static double find_turn(const kz_emission_column *c, double from, double to)
{
    double slope, first;
    lane_at(&first, c, LANE_X, from);
    for (int i = 0; i < 60; i++) {
        double s = 0.5 * (from + to);
        lane_at(&slope, c, LANE_X, s);
        if ((slope > 0) == (first > 0))
            from = s;
        else
            to = s;
    }
    return 0.5 * (from + to);
}

/* The edge sends from `from` to `to`. */
static void push(kz_emission_column *c, double from, double to)
{
    if (c->count == KZ_EMISSION_PANELS) {
        c->to[c->count - 1] = to; /* more turns than there are in any history that is resolved */
        return;
    }
    double before = c->reservoir * c->top;
    if (c->count > 0) {
        int last = c->count - 1;
        before =
            c->H[last] + lane_value(c, LANE_H, c->to[last]) - lane_value(c, LANE_H, c->from[last]);
    }
    c->from[c->count] = from;
    c->to[c->count] = to;
    c->H[c->count++] = before;
}

/* Takes off what lies below X. */
static void pop(kz_emission_column *c, double X)
{
    while (c->count > 0) {
        int last = c->count - 1;
        if (lane_value(c, LANE_X, c->from[last]) > X) {
            c->to[last] = find_time(c, c->from[last], c->to[last], X, true);
            return;
        }
        c->count--;
    }
    c->top = fmax(c->top, X);
}

/* The history up to c->s, cut where the flux changes its sign. */
static void sort_out(kz_emission_column *c)
{
    double from, to, begun = 0, before = 0;
    bool sends = false, known = false;
    c->count = 0;
    c->top = 0;
    for (int p = 0; p < c->panels; p++) {
        panel_range(&from, &to, c->end, c->ends, p);
        if (p > 0 && from >= c->s) break;
        for (int i = TERMS - 1; i >= 0; i--) {
            double s = 0.5 * (from + to) + 0.5 * (to - from) * kz_chebyshev_node(i, TERMS);
            if (s >= c->s) break;
            double flux = c->series[p][LANE_FLUX][i];
            if (known && (flux > 0) != sends) {
                double turn = find_turn(c, before, s);
                if (sends)
                    push(c, begun, turn);
                else
                    pop(c, lane_value(c, LANE_X, turn));
                begun = turn;
            }
            sends = flux > 0;
            known = true;
            before = s;
        }
    }
    if (sends)
        push(c, begun, c->s);
    else
        pop(c, lane_value(c, LANE_X, c->s));
}

void kz_emission_column_at(kz_emission_column *out, const kz_emission *e, int f, double lambda,
                           double t, int points)
{
    out->s = fmin(sqrt(t), e->end);
    interpolate(out, e, f, lambda, points);
    sort_out(out);
}

void kz_emission_height(double *H, double *hole, const kz_emission_column *c, double X)
{
    if (X >= c->top || c->count == 0) {
        *H = c->reservoir * X;
        *hole = c->reservoir;
        return;
    }
    int i = 0;
    while (i + 1 < c->count && lane_value(c, LANE_X, c->to[i]) > X)
        i++;
    double end = lane_value(c, LANE_X, c->to[i]);
    double s = X > end ? find_time(c, c->from[i], c->to[i], X, true) : c->to[i];
    *hole = lane_value(c, LANE_HOLE, s);
    *H = c->H[i] + lane_value(c, LANE_H, s) - lane_value(c, LANE_H, c->from[i]);
    *H += *hole * (X - lane_value(c, LANE_X, s));
}
