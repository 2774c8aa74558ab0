/* What an edge has sent at one rapidity, in the order in which it lies in the half. */
#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/lagrange.h"
#include "relax/lead/emission.h"

enum { TERMS = KZ_EMISSION_TERMS, LANES = KZ_EMISSION_LANES, POINTS_MAX = 16 };

/* The nodes [rows*n] around lambda, and their weights. */
static void stencil(size_t *node, double *weight, const kz_edges *edges, int f, double lambda,
                    int points)
{
    double at = (lambda - edges->first) / edges->step, n = (double)edges->n;
    double first = floor(at) - points / 2 + 1;
    if (!edges->closed) first = fmin(fmax(first, 0), n - points);
    kz_lagrange_weights(weight, points, at - first);
    for (int i = 0; i < points; i++) {
        double k = first + i;
        k -= n * floor(k / n);
        node[i] = (size_t)f * edges->n + (size_t)k;
    }
}

double kz_emission_reservoir(const kz_emission *e, int f, double lambda, int points)
{
    double weight[POINTS_MAX], hole = 0;
    size_t node[POINTS_MAX];
    stencil(node, weight, e->edges, f, lambda, points);
    for (int i = 0; i < points; i++)
        hole += weight[i] * e->edges->reservoir[node[i]];
    return hole;
}

/* The panels of the history up to out->s. */
static void interpolate(kz_emission_column *out, const kz_emission *e, int f, double lambda,
                        int points)
{
    const kz_edges *edges = e->edges;
    double weight[POINTS_MAX];
    size_t node[POINTS_MAX];
    stencil(node, weight, edges, f, lambda, points);
    out->panels = kz_history_panel(e->end, e->panels, out->s) + 1;
    out->ends = e->panels;
    out->end = e->end;
    out->reservoir = 0;
    memset(out->series, 0, (size_t)out->panels * sizeof out->series[0]);
    for (int i = 0; i < points; i++) {
        const double *series = kz_emission_series(e, node[i], 0, 0);
        out->reservoir += weight[i] * edges->reservoir[node[i]];
        for (int q = 0; q < out->panels * LANES * TERMS; q++)
            (&out->series[0][0][0])[q] += weight[i] * series[q];
    }
}

/* A lane and its slope in s. */
static double lane_at(double *slope, const kz_emission_column *c, int lane, double s)
{
    double from, to, value;
    int p = kz_history_panel(c->end, c->ends, s);
    kz_history_range(&from, &to, c->end, c->ends, p);
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

/* The s in [from, to] where a lane has this value, as it falls there. */
static double find_time(const kz_emission_column *c, int lane, double from, double to,
                        double target)
{
    double low = from, high = to, s = 0.5 * (from + to), slope;
    for (int i = 0; i < 80 && high - low > 1e-15 * to; i++) {
        double value = lane_at(&slope, c, lane, s) - target;
        if (value == 0) return s;
        if (value > 0)
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
    lane_at(&first, c, KZ_EMISSION_X, from);
    for (int i = 0; i < 60; i++) {
        double s = 0.5 * (from + to);
        lane_at(&slope, c, KZ_EMISSION_X, s);
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
    if (c->count == KZ_HISTORY_PANELS) {
        c->to[c->count - 1] = to; /* more turns than there are in any history that is resolved */
        return;
    }
    double before = c->reservoir * c->top;
    if (c->count > 0) {
        int last = c->count - 1;
        before = c->H[last] + lane_value(c, KZ_EMISSION_H, c->to[last]) -
                 lane_value(c, KZ_EMISSION_H, c->from[last]);
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
        if (lane_value(c, KZ_EMISSION_X, c->from[last]) > X) {
            c->to[last] = find_time(c, KZ_EMISSION_X, c->from[last], c->to[last], X);
            return;
        }
        c->count--;
    }
    c->top = fmax(c->top, X);
}

/* How far the history has been sorted out: since `begun` the edge sends, or takes up. */
typedef struct {
    double begun, before;
    bool sends, known;
} reading;

/* At s the edge sends, or not. */
static void read_on(reading *r, kz_emission_column *c, double s, bool sends)
{
    if (r->known && sends != r->sends) {
        double turn = find_turn(c, r->before, s);
        if (r->sends)
            push(c, r->begun, turn);
        else
            pop(c, lane_value(c, KZ_EMISSION_X, turn));
        r->begun = turn;
    }
    r->sends = sends;
    r->known = true;
    r->before = s;
}

/* The history up to c->s, cut where the flux changes its sign. */
static void sort_out(kz_emission_column *c)
{
    reading r = {.known = false};
    double from, to, slope;
    c->count = 0;
    c->top = 0;
    for (int p = 0; p < c->panels; p++) {
        kz_history_range(&from, &to, c->end, c->ends, p);
        if (p > 0 && from >= c->s) break;
        for (int i = TERMS - 1; i >= 0; i--) {
            double s = kz_history_node(c->end, c->ends, p, i);
            if (s >= c->s) break;
            read_on(&r, c, s, c->series[p][KZ_EMISSION_FLUX][i] > 0);
        }
    }
    double end = lane_at(&slope, c, KZ_EMISSION_X, c->s);
    read_on(&r, c, c->s, slope < 0); /* modes that turn last are those next to the edge */
    if (r.sends)
        push(c, r.begun, c->s);
    else
        pop(c, end);
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
    while (i + 1 < c->count && lane_value(c, KZ_EMISSION_X, c->to[i]) > X)
        i++;
    double end = lane_value(c, KZ_EMISSION_X, c->to[i]);
    double s = X > end ? find_time(c, KZ_EMISSION_X, c->from[i], c->to[i], X) : c->to[i];
    *hole = lane_value(c, KZ_EMISSION_HOLE, s);
    *H = c->H[i] + lane_value(c, KZ_EMISSION_H, s) - lane_value(c, KZ_EMISSION_H, c->from[i]);
    *H += *hole * (X - lane_value(c, KZ_EMISSION_X, s));
}

/* -- the strings beyond the rows of a closed form -- */

void kz_emission_end_at(kz_emission_column *out, const kz_emission *e, double t)
{
    double density = 0;
    size_t n = e->edges->n, last = (size_t)(e->edges->rows - 1) * n;
    out->s = fmin(sqrt(t), e->end);
    out->panels = kz_history_panel(e->end, e->panels, out->s) + 1;
    out->ends = e->panels;
    out->end = e->end;
    memcpy(out->series, e->ending.mean, (size_t)out->panels * sizeof out->series[0]);
    for (size_t k = 0; k < n; k++)
        density += e->edges->reservoir[last + k] / (double)n;
    out->reservoir = density;
    sort_out(out);
}

bool kz_emission_end_find(int *interval, double *s, const kz_emission_column *c, double H)
{
    if (c->count == 0 || H >= c->reservoir * c->top) return false;
    int i = 0;
    while (i + 1 < c->count && c->H[i + 1] > H)
        i++;
    double target = H - c->H[i] + lane_value(c, KZ_EMISSION_H, c->from[i]);
    bool within = lane_value(c, KZ_EMISSION_H, c->to[i]) < target;
    *interval = i;
    *s = within ? find_time(c, KZ_EMISSION_H, c->from[i], c->to[i], target) : c->to[i];
    return true;
}

/* What a node of the end holds between two times. */
static void add_sent(double out[2], const kz_emission *e, size_t k, double from, double to)
{
    size_t at = (size_t)(e->edges->rows - 1) * e->edges->n + k;
    for (int end = 0; end < 2; end++) {
        double s = end ? to : from, low, high, sign = end ? 1 : -1;
        int p = kz_history_panel(e->end, e->panels, s);
        kz_history_range(&low, &high, e->end, e->panels, p);
        double y = (2 * s - low - high) / (high - low);
        out[0] += sign * kz_chebyshev_value(kz_emission_series(e, at, p, KZ_EMISSION_H), TERMS, y);
        out[1] += sign * kz_chebyshev_value(kz_emission_ending(e, k, p), TERMS, y);
    }
}

void kz_emission_end_heights(double *H, double *next, const kz_emission *e,
                             const kz_emission_column *c, int interval, double s)
{
    double taken = c->reservoir * c->top;
    for (size_t k = 0; k < e->edges->n; k++) {
        double sum[2] = {taken, kz_closure_ratio(&e->edges->reservoir_closure, 1) * taken};
        for (int i = 0; i < interval; i++)
            add_sent(sum, e, k, c->from[i], c->to[i]);
        add_sent(sum, e, k, c->from[interval], s);
        H[k] = sum[0];
        next[k] = sum[1];
    }
}

kz_closure kz_emission_end_closure(const kz_emission *e, double s)
{
    double from, to;
    int p = kz_history_panel(e->end, e->panels, s);
    kz_history_range(&from, &to, e->end, e->panels, p);
    double beta = kz_chebyshev_value(e->beta[p], TERMS, (2 * s - from - to) / (to - from));
    return kz_edges_closure(e->edges, beta);
}
