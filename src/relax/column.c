/* What an edge has sent at one rapidity, in the order in which it lies in the half. */
#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/lagrange.h"
#include "relax/emission.h"

enum { TERMS = KZ_EMISSION_TERMS, LANES = KZ_EMISSION_LANES, POINTS_MAX = 16 };

/* First of the nodes [rows*n], and their weights. */
static size_t stencil(double *weight, const kz_edges *edges, int f, double lambda, int points)
{
    double at = (lambda - edges->first) / edges->step;
    double first = fmin(fmax(floor(at) - points / 2 + 1, 0), (double)(edges->n - (size_t)points));
    kz_lagrange_weights(weight, points, at - first);
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
    out->panels = kz_history_panel(e->end, e->panels, out->s) + 1;
    out->ends = e->panels;
    out->end = e->end;
    out->reservoir = 0;
    memset(out->series, 0, (size_t)out->panels * sizeof out->series[0]);
    for (int i = 0; i < points; i++, k++) {
        const double *series = kz_emission_series(e, k, 0, 0);
        out->reservoir += weight[i] * edges->reservoir[k];
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

/* The s in [from, to] with this X, which falls there (falls) or rises. */
static double find_time(const kz_emission_column *c, double from, double to, double X, bool falls)
{
    double low = from, high = to, s = 0.5 * (from + to), slope;
    for (int i = 0; i < 80 && high - low > 1e-15 * to; i++) {
        double value = lane_at(&slope, c, KZ_EMISSION_X, s) - X;
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
            c->to[last] = find_time(c, c->from[last], c->to[last], X, true);
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
    double s = X > end ? find_time(c, c->from[i], c->to[i], X, true) : c->to[i];
    *hole = lane_value(c, KZ_EMISSION_HOLE, s);
    *H = c->H[i] + lane_value(c, KZ_EMISSION_H, s) - lane_value(c, KZ_EMISSION_H, c->from[i]);
    *H += *hole * (X - lane_value(c, KZ_EMISSION_X, s));
}
