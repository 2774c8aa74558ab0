/* What the zeros of a velocity have passed over in the flow of biased states; library-internal.
 *
 * With kappa(lambda) = int_0^lambda q^dr and s the sign of v, a rapidity has gathered
 *     int_0^lambda s q^dr = s kappa + memory,
 * memory = 0 where no zero has been.  A zero that passes at lambda* turns s and leaves the integral
 * as it is: memory grows by (s before - s after) kappa(lambda*).  Each panel is a path of a zero,
 * on which its place, the memory behind it and lambda* are smooth. */
#ifndef KZ_GHD_COUNTING_SWEPT_H
#define KZ_GHD_COUNTING_SWEPT_H

#include <kapitza/status.h>

#include "ghd/ray/region.h"

enum { KZ_SWEPT_TERMS = 20 };

/* The path of a zero as series in x in [-1, 1]: its place, kappa there then, lambda. */
typedef struct {
    int terms;
    double place[KZ_SWEPT_TERMS], kappa[KZ_SWEPT_TERMS], lambda[KZ_SWEPT_TERMS];
} kz_zero_path;

/* kappa and lambda: what memory has of them; the place is monotone in x in [from, to]. */
typedef struct {
    kz_zero_path memory;
    double from, to;
    double sign; /* of v now */
} kz_swept_panel;

/* Of one row, in no order, without overlap. */
typedef struct {
    int count, capacity;
    kz_swept_panel *panel;
} kz_swept;

/* Room for that many panels, none there. */
KZ_CHECK_RESULT kz_status kz_swept_create(kz_swept *out, int capacity);
void kz_swept_free(kz_swept *swept);

/* to gets the panels of from, of no greater capacity. */
void kz_swept_copy(kz_swept *to, const kz_swept *from);

/* A zero goes along its path from x = -1 to `end`; below: the sign of v at smaller rapidities.
 *  start  the region at lambda = 0, at whose edges the state jumps
 * Returns KZ_ENOCONV where there is no room for more panels. */
KZ_CHECK_RESULT kz_status kz_swept_pass(kz_swept *swept, const kz_zero_path *path, double end,
                                        double below, const kz_region *start);

/* Makes one panel of two neighbours wherever that changes memory by less than `loss`. */
void kz_swept_tidy(kz_swept *swept, const kz_region *start, double loss);

/* Place, memory of kappa and of lambda at x of a panel, and d(place)/dx. */
typedef struct {
    double place, slope, kappa, lambda;
} kz_swept_point;

kz_swept_point kz_swept_at(const kz_swept_panel *panel, double x);

#endif
