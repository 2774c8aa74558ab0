/* Extrapolation of runs in their discarded weight. */
#include <kapitza/extrapolate.h>

#include <math.h>

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

kz_extrapolated kz_extrapolate(const double *weight, const double *value, size_t count)
{
    size_t a = next_point(weight, value, count, 0.0);
    if (a == count) return (kz_extrapolated){NAN, NAN};
    size_t b = next_point(weight, value, count, beyond(weight[a]));
    if (b == count) return (kz_extrapolated){value[a], spread(value, count, value[a]) + weight[a]};
    double at_zero = line_at_zero(weight[a], value[a], weight[b], value[b]);
    double step = fabs(at_zero - value[a]);
    /* nearer than twice the first it would not see the whole error of a parabola */
    double third = fmax(beyond(weight[b]), 2.0 * weight[a]);
    size_t c = next_point(weight, value, count, third);
    if (c == count) return (kz_extrapolated){at_zero, step};
    double other = line_at_zero(weight[b], value[b], weight[c], value[c]);
    return (kz_extrapolated){at_zero, fmax(fabs(other - at_zero), LEAST_PART * step)};
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
    if (a->initial != b->initial) return "initial states";
    if (a->length != b->length) return "lengths";
    if (!kz_run_same_number(a->dt, b->dt) || a->trotter != b->trotter) return "time steps";
    return NULL;
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
    }
    return KZ_OK;
}

/* Index of time t, or the number of times. */
static size_t find_time(const kz_run *run, double t)
{
    const double *time = kz_run_times(run);
    size_t k = 0;
    while (k < kz_run_count(run) && !kz_run_same_number(t, time[k]))
        k++;
    return k;
}

kz_status kz_extrapolate_row(double *value, double *err, const kz_run *const *runs, size_t count,
                             kz_run_quantity quantity, double t)
{
    const double *row[KZ_EXTRAPOLATE_MOST];
    double weight[KZ_EXTRAPOLATE_MOST], at_site[KZ_EXTRAPOLATE_MOST];
    size_t found = 0;
    KZ_TRY(kz_extrapolate_check(runs, count));
    for (size_t i = 0; i < count; i++) {
        size_t k = find_time(runs[i], t);
        if (k == kz_run_count(runs[i])) continue;
        row[found] = kz_run_row(runs[i], quantity, k);
        weight[found++] = kz_extrapolate_weight(runs[i], k);
    }
    if (found < 2)
        return KZ_FAIL(KZ_EDOMAIN, "t = %g is in %zu of %zu runs, 2 are needed", t, found, count);
    for (size_t s = 0; s < kz_run_get_setup(runs[0])->length; s++) {
        for (size_t i = 0; i < found; i++)
            at_site[i] = row[i][s];
        kz_extrapolated result = kz_extrapolate(weight, at_site, found);
        value[s] = result.value;
        err[s] = result.err;
    }
    return KZ_OK;
}
