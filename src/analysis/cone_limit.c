/* Inner maxima at vanishing truncation. */
#include <math.h>
#include <stdbool.h>

#include <kapitza/cone.h>

#include "analysis/limit.h"
#include "core/error.h"
#include "core/memory.h"

/* Errors below these are no reason to refuse a number: a tenth of a site, and about a hundredth of
 * the currents that have maxima. */
static const double FAINT_PLACE = 0.1, FAINT_HEIGHT = 0.002;

const char *kz_cone_limit_text(kz_cone_limit_kind kind)
{
    static const char *const text[KZ_CONE_LIMITS] = {"ok", "none", "unconverged"};
    return kind < KZ_CONE_LIMITS ? text[kind] : "?";
}

/* The cones of the runs, of ascending weight, and of the extrapolated current. */
typedef struct {
    kz_growing_runs runs;
    kz_cone cone[KZ_EXTRAPOLATE_MOST], direct;
} sequence;

static double place_of(const kz_cone *cone, bool right, int width)
{
    return right ? cone->right[width] : cone->left[width];
}

static double height_of(const kz_cone *cone, bool right)
{
    return right ? cone->height_right : cone->height_left;
}

static kz_status find_cones(sequence *s, const kz_run *const *runs, size_t count,
                            kz_run_quantity quantity, double t)
{
    size_t length = kz_run_get_setup(runs[0])->length;
    long first = kz_run_site(runs[0], 0);
    double *row;
    KZ_TRY(kz_extrapolate_runs(&s->runs, runs, count, t, KZ_LIMIT_RUNS));
    for (size_t i = 0; i < s->runs.count; i++)
        KZ_TRY(kz_cone_find(&s->cone[i], kz_run_row(s->runs.run[i], quantity, s->runs.row[i]),
                            length, first, t));
    KZ_TRY(kz_alloc_doubles(&row, 2 * length));
    kz_status status = kz_extrapolate_row(row, row + length, runs, count, quantity, t);
    if (status == KZ_OK) status = kz_cone_find(&s->direct, row, length, first, t);
    kz_free(row);
    return status;
}

/* Whether the best runs and the extrapolated current have this maximum. */
static kz_cone_limit_kind kind_of(const sequence *s, bool right, int width)
{
    int present = place_of(&s->direct, right, width) != 0;
    for (int i = 0; i < KZ_LIMIT_RUNS; i++)
        present += place_of(&s->cone[i], right, width) != 0;
    if (present == 0) return KZ_CONE_LIMIT_NONE;
    return present == KZ_LIMIT_RUNS + 1 ? KZ_CONE_LIMIT_OK : KZ_CONE_LIMIT_UNCONVERGED;
}

/* Position by one width.  Runs without the maximum take no part; they are not among the best. */
static kz_cone_limit_kind find_place(double *place, double *err, const sequence *s, bool right,
                                     int width)
{
    double value[KZ_EXTRAPOLATE_MOST];
    kz_cone_limit_kind kind = kind_of(s, right, width);
    *place = *err = kind == KZ_CONE_LIMIT_NONE ? 0.0 : NAN;
    if (kind == KZ_CONE_LIMIT_OK) {
        for (size_t i = 0; i < s->runs.count; i++) {
            double n = place_of(&s->cone[i], right, width);
            value[i] = n != 0 ? n : NAN;
        }
        kz_extrapolated limit =
            kz_limit_confirmed(&s->runs, value, place_of(&s->direct, right, width));
        *place = limit.value;
        *err = limit.err;
        if (!kz_extrapolated_holds(&limit, FAINT_PLACE)) kind = KZ_CONE_LIMIT_UNCONVERGED;
    }
    if (kind == KZ_CONE_LIMIT_UNCONVERGED) {
        *place = NAN;
        *err = INFINITY;
    }
    return kind;
}

static void find_height(double *height, double *err, const sequence *s, bool right)
{
    double value[KZ_EXTRAPOLATE_MOST];
    for (size_t i = 0; i < s->runs.count; i++)
        value[i] = height_of(&s->cone[i], right);
    kz_extrapolated limit = kz_limit_confirmed(&s->runs, value, height_of(&s->direct, right));
    bool holds = kz_extrapolated_holds(&limit, FAINT_HEIGHT);
    *height = holds ? limit.value : NAN;
    *err = holds ? limit.err : INFINITY;
}

/* One side: where its usual position is refused the others and the height are too. */
static kz_cone_limit_kind find_side(kz_cone_limit *out, const sequence *s, bool right)
{
    double *place = right ? out->cone.right : out->cone.left, unused;
    double *err = right ? &out->cone.err_right : &out->cone.err_left;
    double *height = right ? &out->cone.height_right : &out->cone.height_left;
    double *err_height = right ? &out->err_height_right : &out->err_height_left;
    kz_cone_limit_kind kind = find_place(&place[KZ_CONE_USUAL], err, s, right, KZ_CONE_USUAL);
    *height = NAN;
    *err_height = kind == KZ_CONE_LIMIT_NONE ? NAN : INFINITY;
    for (int width = KZ_CONE_USUAL + 1; width < KZ_CONE_WIDTHS; width++) {
        kz_cone_limit_kind other = find_place(&place[width], &unused, s, right, width);
        if (kind == KZ_CONE_LIMIT_UNCONVERGED || other == KZ_CONE_LIMIT_UNCONVERGED)
            place[width] = NAN;
    }
    if (kind == KZ_CONE_LIMIT_OK) find_height(height, err_height, s, right);
    return kind;
}

kz_status kz_cone_extrapolate(kz_cone_limit *out, const kz_run *const *runs, size_t count,
                              kz_run_quantity quantity, double t)
{
    void *memory;
    kz_cone_limit limit = {.cone = {.t = t}};
    KZ_TRY(kz_alloc(&memory, 1, sizeof(sequence)));
    sequence *s = memory;
    kz_status status = find_cones(s, runs, count, quantity, t);
    if (status == KZ_OK) {
        limit.left = find_side(&limit, s, false);
        limit.right = find_side(&limit, s, true);
        *out = limit;
    }
    kz_free(s);
    return status;
}
