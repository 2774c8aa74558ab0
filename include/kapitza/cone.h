/* kapitza: the inner light cone of a quench, the two maxima of its current beside the junction. */
#ifndef KAPITZA_CONE_H
#define KAPITZA_CONE_H

#include <stddef.h>

#include <kapitza/run.h>
#include <kapitza/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Half widths w of the smoothing parabola, in sites: a factor times sqrt(t), rounded with ties up,
 *  at least 2, the wide one at least 3. */
typedef enum {
    KZ_CONE_USUAL,  /* 0.7 sqrt(t): the position proper */
    KZ_CONE_NARROW, /* 0.35 sqrt(t) */
    KZ_CONE_WIDE,   /* sqrt(t) */
    KZ_CONE_WIDTHS
} kz_cone_width;

/** Half width at time t >= 0. */
size_t kz_cone_half_width(kz_cone_width width, double t);

/** Where the maxima are at one time; a side without an inner maximum is 0. */
typedef struct {
    double t;
    double left[KZ_CONE_WIDTHS], right[KZ_CONE_WIDTHS]; /* n'_L <= 0 <= n'_R by smoothing width */
    double err_left, err_right; /* largest distance of the usual position from the two others: what
                                 * the smoothing decides, not what the data are worth */
    double height_left, height_right; /* of the usual parabola at n'; nan without a maximum */
} kz_cone;

/** Inner maxima of a current J(n).
 *  P(n) is the value at n of the least-squares parabola through J(n-w) ... J(n+w), for windows
 *  whose values are all finite.  m_R is the place of the largest P among n >= 1, m_L among n <= -1;
 *  n' is the vertex of the parabola at m, moved from m by at most w.  A side counts where
 *  |n'| >= 1.5, the parabola bends down, and P(m) exceeds the least P between m_L and m_R by more
 *  than 1e-3; else its n' is 0.
 *  current  [count], index i belongs to n = first + i
 *  t        >= 0, sets the widths
 *  Returns KZ_EINVAL, KZ_ENOMEM; *out untouched. */
KZ_CHECK_RESULT kz_status kz_cone_find(kz_cone *out, const double *current, size_t count,
                                       long first, double t);

/** What is known of a side at vanishing truncation. */
typedef enum {
    KZ_CONE_LIMIT_OK,          /* position and height stand, with their errors */
    KZ_CONE_LIMIT_NONE,        /* the runs of least truncation have no maximum there */
    KZ_CONE_LIMIT_UNCONVERGED, /* some have one and some not, or the law is not linear yet */
    KZ_CONE_LIMITS
} kz_cone_limit_kind;
/** "ok", "none", "unconverged". */
const char *kz_cone_limit_text(kz_cone_limit_kind kind);

/** Maxima at vanishing truncation, kapitza/extrapolate.h. */
typedef struct {
    kz_cone cone; /* a side that is NONE is 0, one that is UNCONVERGED nan; err_left and err_right
                   * are here the errors of the usual positions by truncation; inf: UNCONVERGED */
    double err_height_left, err_height_right; /* nan, inf alike */
    kz_cone_limit_kind left, right;
} kz_cone_limit;

/** Maxima of a current at time t from runs of growing bond dimension.  Positions and heights of the
 *  runs are extrapolated; so is, for comparison, the current itself, whose maxima must lie there:
 *  what they differ in counts as error.
 *  Returns as kz_extrapolate_runs(), of which three are needed, and KZ_ENOMEM; *out untouched. */
KZ_CHECK_RESULT kz_status kz_cone_extrapolate(kz_cone_limit *out, const kz_run *const *runs,
                                              size_t count, kz_run_quantity quantity, double t);

/** A straight line y = slope x + offset through points of equal weight, with standard errors from
 *  the scatter around it: nan for two points or fewer, as are slope and offset for fewer than two
 *  different x. */
typedef struct {
    double slope, slope_err, offset, offset_err;
    size_t points;
} kz_line;

/** Least squares; points where x or y is not finite are left out.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_line_fit(kz_line *out, const double *x, const double *y, size_t count);

/** Velocities of the maxima, n' = v' t + offset, by smoothing width. */
typedef struct {
    kz_line left[KZ_CONE_WIDTHS], right[KZ_CONE_WIDTHS];
    size_t times; /* rows with first <= t <= last; a fit uses those whose side counts */
} kz_cone_velocity;

/** Fits over all rows[count] with first <= t <= last (1e-9 of it allowed for).  The result depends
 *  on which times there are: state them with it.  KZ_EINVAL, KZ_ENOMEM; *out untouched. */
KZ_CHECK_RESULT kz_status kz_cone_fit(kz_cone_velocity *out, const kz_cone *rows, size_t count,
                                      double first, double last);

/** Time at which the front that was reflected at an end of a chain of `length` sites, of couplings
 *  delta on both sides of that end, comes within ten sites of a maximum n': (length - |n'| - 10)/v
 *  with the spin-wave velocity v = (pi/2) sin(g)/g, delta = cos g; inf unless |delta| < 1. */
double kz_cone_reach(size_t length, double delta, double position);

#ifdef __cplusplus
}
#endif
#endif
