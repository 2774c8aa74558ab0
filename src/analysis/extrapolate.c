/* Extrapolation of runs in their discarded weight. */
#include <kapitza/extrapolate.h>

#include <math.h>

#include "analysis/limit.h"
#include "core/error.h"

/* Weights closer than this do not carry a line: the noise of the values would be magnified by the
 * inverse of their relative distance. */
static const double DISTINCT = 1.1;

/* The least error that three points on one line are believed to leave, as a part of the step from
 * the best point to the value: they may fall on a line by chance.  Of 36 local values that
 * tests/cli/overlay.sh foretells from weights 9 times apart, the worst is off by half of the step.
 */
static const double LEAST_PART = 0.5;

/* The point of the smallest weight that is at least `from` and, where from = 0, may be 0; count:
 * none. */
static size_t next_point(const double *weight, const double *value, size_t count, double from)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++)
        if (isfinite(value[i]) && weight[i] >= from && (best == count || weight[i] < weight[best]))
            best = i;
    return best;
}

/* Distinct from a point of weight w. */
static double beyond(double w) { return w > 0.0 ? DISTINCT * w : 5e-324; }

static double line_at_zero(double w1, double y1, double w2, double y2)
{
    return y1 - w1 * (y2 - y1) / (w2 - w1);
}

static double spread(const double *value, size_t count, double about)
{
    double most = 0.0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(value[i])) most = fmax(most, fabs(value[i] - about));
    return most;
}

/* The points that take part, from the smallest weight on. */
enum { MOST_POINTS = 4 };

static int choose_points(size_t point[MOST_POINTS], const double *weight, const double *value,
                         size_t count)
{
    double from = 0.0;
    for (int n = 0; n < MOST_POINTS; n++) {
        /* a third nearer than twice the first would not see the whole error of a parabola */
        if (n == 2) from = fmax(from, 2.0 * weight[point[0]]);
        point[n] = next_point(weight, value, count, from);
        if (point[n] == count) return n;
        from = beyond(weight[point[n]]);
    }
    return MOST_POINTS;
}

/* Largest less smallest slope of the pieces between the points. */
static double range_of_slopes(const size_t *point, int points, const double *weight,
                              const double *value)
{
    double least = INFINITY, most = -INFINITY;
    for (int n = 0; n + 1 < points; n++) {
        size_t i = point[n], j = point[n + 1];
        double slope = (value[j] - value[i]) / (weight[j] - weight[i]);
        least = fmin(least, slope);
        most = fmax(most, slope);
    }
    return most - least;
}

kz_extrapolated kz_extrapolate(const double *weight, const double *value, size_t count)
{
    size_t point[MOST_POINTS];
    int points = choose_points(point, weight, value, count);
    if (points == 0) return (kz_extrapolated){NAN, NAN, NAN, NAN, NAN, 0};
    size_t a = point[0], b = point[1];
    kz_extrapolated out = {.value = value[a], .weight = weight[a], .miss = NAN, .points = points};
    if (points == 1) {
        out.err = spread(value, count, value[a]) + weight[a];
        return out;
    }
    out.value = line_at_zero(weight[a], value[a], weight[b], value[b]);
    out.step = out.err = fabs(out.value - value[a]);
    if (points == 2) return out;
    /* lines of different slopes through the second point are this far apart at 0; a fourth point
     * tells of an inflection, where three are on a line by chance */
    out.miss = weight[b] * range_of_slopes(point, 3, weight, value);
    out.err =
        fmax(weight[b] * range_of_slopes(point, points, weight, value), LEAST_PART * out.step);
    return out;
}

kz_extrapolated kz_limit_confirmed(const kz_growing_runs *runs, const double *value, double direct)
{
    kz_extrapolated limit = kz_extrapolate(runs->weight, value, runs->count);
    double apart = fabs(limit.value - direct);
    limit.err = fmax(limit.err, apart);
    limit.miss = fmax(limit.miss, apart);
    return limit;
}

bool kz_extrapolated_holds(const kz_extrapolated *limit, double negligible)
{
    bool linear = limit->points >= 3 && limit->miss <= limit->step;
    return limit->weight <= KZ_EXTRAPOLATE_LINEAR && isfinite(limit->err) &&
           (linear || limit->err <= negligible);
}

double kz_extrapolate_weight(const kz_run *run, size_t k)
{
    const double *weight = kz_run_row(run, KZ_RUN_TRUNCATION, k);
    double sum = 0.0;
    if (kz_run_get_setup(run)->method != KZ_METHOD_TEBD) return NAN;
    for (size_t i = 0; i + 1 < kz_run_get_setup(run)->length; i++)
        sum += weight[i];
    return sum;
}

/* What two setups differ in, NULL: nothing that matters. */
static const char *difference(const kz_run_setup *a, const kz_run_setup *b)
{
    if (!kz_run_same_number(a->delta_left, b->delta_left) ||
        !kz_run_same_number(a->delta_right, b->delta_right))
        return "chains";
    if (a->length != b->length) return "lengths";
    if (!kz_run_same_chain(a, b)) return "couplings";
    if (!kz_run_same_initial(a, b)) return "initial states";
    if (!kz_run_same_number(a->dt, b->dt) || a->trotter != b->trotter) return "time steps";
    return NULL;
}

/* Whether two runs truncate alike, so that together they tell no more than one of them. */
static bool truncate_alike(const kz_run *a, const kz_run *b)
{
    const kz_run_setup *p = kz_run_get_setup(a), *q = kz_run_get_setup(b);
    return p->chi == q->chi && p->cutoff == q->cutoff && p->cutoff_per_gate == q->cutoff_per_gate &&
           kz_run_count(a) > 0 && kz_run_count(b) > 0 && kz_run_chi(a, 0) == kz_run_chi(b, 0);
}

kz_status kz_extrapolate_check(const kz_run *const *runs, size_t count)
{
    if (count < 2 || count > KZ_EXTRAPOLATE_MOST)
        return KZ_FAIL(KZ_EINVAL, "%zu runs given, 2 to %d are needed", count, KZ_EXTRAPOLATE_MOST);
    for (size_t i = 0; i < count; i++) {
        const kz_run_setup *setup = kz_run_get_setup(runs[i]);
        if (setup->method != KZ_METHOD_TEBD)
            return KZ_FAIL(KZ_EINVAL, "run %zu is of free fermions, which nothing truncates",
                           i + 1);
        const char *what = difference(kz_run_get_setup(runs[0]), setup);
        if (what) return KZ_FAIL(KZ_EINVAL, "runs 1 and %zu have different %s", i + 1, what);
        for (size_t j = 0; j < i; j++)
            if (truncate_alike(runs[j], runs[i]))
                return KZ_FAIL(KZ_EINVAL, "runs %zu and %zu have the same chi = %zu and cutoff",
                               j + 1, i + 1, setup->chi);
    }
    return KZ_OK;
}

/* Where a weight belongs among ascending ones. */
static void insert(kz_growing_runs *g, const kz_run *run, size_t row, double weight)
{
    size_t at = g->count++;
    for (; at > 0 && g->weight[at - 1] > weight; at--) {
        g->run[at] = g->run[at - 1];
        g->row[at] = g->row[at - 1];
        g->weight[at] = g->weight[at - 1];
    }
    g->run[at] = run;
    g->row[at] = row;
    g->weight[at] = weight;
}

kz_status kz_extrapolate_runs(kz_growing_runs *out, const kz_run *const *runs, size_t count,
                              double t, size_t least)
{
    kz_growing_runs found = {.count = 0};
    KZ_TRY(kz_extrapolate_check(runs, count));
    for (size_t i = 0; i < count; i++) {
        size_t k = kz_run_find_time(runs[i], t);
        if (k < kz_run_count(runs[i]))
            insert(&found, runs[i], k, kz_extrapolate_weight(runs[i], k));
    }
    if (found.count < least)
        return KZ_FAIL(KZ_EDOMAIN, "t = %g is in %zu of %zu runs, %zu are needed", t, found.count,
                       count, least);
    *out = found;
    return KZ_OK;
}

/* The runs fall on one line by chance at some sites, and their error estimate with it: it is at
 * least half of the smaller one of both neighbours. */
static void fill_dips(double *err, size_t n)
{
    double before = NAN;
    for (size_t s = 0; s + 1 < n; s++) {
        double here = err[s], least = fmin(before, err[s + 1]);
        if (!isnan(before) && !isnan(err[s + 1])) err[s] = fmax(here, 0.5 * least);
        before = here;
    }
}

kz_status kz_extrapolate_row(double *value, double *err, const kz_run *const *runs, size_t count,
                             kz_run_quantity quantity, double t)
{
    double at_site[KZ_EXTRAPOLATE_MOST];
    kz_growing_runs g;
    KZ_TRY(kz_extrapolate_runs(&g, runs, count, t, 2));
    size_t length = kz_run_get_setup(runs[0])->length;
    for (size_t s = 0; s < length; s++) {
        for (size_t i = 0; i < g.count; i++)
            at_site[i] = kz_run_row(g.run[i], quantity, g.row[i])[s];
        kz_extrapolated result = kz_extrapolate(g.weight, at_site, g.count);
        value[s] = result.value;
        err[s] = result.err;
    }
    fill_dips(err, length);
    return KZ_OK;
}
