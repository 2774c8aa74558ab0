/* The inner light cone: smoothing, maxima, and what makes a maximum count.
 *
 * The largest value of the bare current jumps by two sites and finds maxima even where free
 * fermions have none; the criteria were settled on exact currents of xx | xx, which must give none
 * at any time of either quench. */
#include <kapitza/cone.h>

#include <math.h>
#include <stdbool.h>

#include "core/error.h"
#include "core/memory.h"

/* sites per sqrt(t) */
static const double WIDTH[KZ_CONE_WIDTHS] = {0.7, 0.35, 1.0};

enum { LEAST_HALF_WIDTH = 2 };

/* Nearer to the junction than this is the junction itself; less contrast than this is ripple. */
static const double LEAST_POSITION = 1.5, LEAST_CONTRAST = 1e-3;

/* sqrt(t) times a factor is a tie up to this, for t as typed */
static const double TIE = 1e-9;

size_t kz_cone_half_width(kz_cone_width width, double t)
{
    double w = floor(WIDTH[width] * sqrt(t) + 0.5 + TIE);
    size_t least = LEAST_HALF_WIDTH + (width == KZ_CONE_WIDE); /* so that there is a spread */
    return w > (double)least ? (size_t)w : least;
}

/* Least-squares parabola a + b k + c k^2 through J(k), k = -w ... w, by its normal equations, in
 * which odd sums vanish. */
typedef struct {
    double a, b, c;
} parabola;

static parabola fit_parabola(const double *centre, size_t half_width)
{
    double s0 = 2.0 * (double)half_width + 1.0, s2 = 0, s4 = 0;
    double sum = centre[0], odd = 0, even = 0;
    for (size_t i = 1; i <= half_width; i++) {
        double k = (double)i, up = centre[i], down = centre[-(ptrdiff_t)i];
        s2 += 2 * k * k;
        s4 += 2 * k * k * k * k;
        sum += up + down;
        odd += k * (up - down);
        even += k * k * (up + down);
    }
    double det = s0 * s4 - s2 * s2;
    return (parabola){(s4 * sum - s2 * even) / det, odd / s2, (s0 * even - s2 * sum) / det};
}

typedef struct {
    const double *current;
    size_t count;
    long first;
    size_t half_width;
    double *smooth; /* [count] P, nan where the window is not full */
} curve;

static void smooth(curve *c)
{
    size_t w = c->half_width;
    for (size_t i = 0; i < c->count; i++) {
        bool full = i >= w && i + w < c->count;
        for (size_t k = 0; full && k <= 2 * w; k++)
            full = isfinite(c->current[i - w + k]);
        c->smooth[i] = full ? fit_parabola(c->current + i, w).a : NAN;
    }
}

/* Index of the largest P with from <= n <= to; count: none. */
static size_t largest(const curve *c, long from, long to)
{
    size_t best = c->count;
    for (size_t i = 0; i < c->count; i++) {
        long n = c->first + (long)i;
        if (n < from || n > to || isnan(c->smooth[i])) continue;
        if (best == c->count || c->smooth[i] > c->smooth[best]) best = i;
    }
    return best;
}

/* n' of the maximum at index m, 0 where it does not count; height: of the parabola there. */
static double position(double *height, const curve *c, size_t m, double floor_value)
{
    *height = NAN;
    if (m == c->count || !(c->smooth[m] - floor_value > LEAST_CONTRAST)) return 0;
    parabola p = fit_parabola(c->current + m, c->half_width);
    if (!(p.c < 0)) return 0;
    double w = (double)c->half_width, shift = fmin(fmax(-p.b / (2 * p.c), -w), w);
    double n = (double)(c->first + (long)m) + shift;
    if (!(fabs(n) >= LEAST_POSITION)) return 0;
    *height = p.a + shift * (p.b + shift * p.c);
    return n;
}

static void find_maxima(kz_cone *cone, int width, const curve *c)
{
    long last = c->first + (long)c->count - 1;
    size_t l = largest(c, c->first, -1), r = largest(c, 1, last);
    double least = INFINITY;
    size_t from = l == c->count ? 0 : l, to = r == c->count ? c->count - 1 : r;
    for (size_t i = from; i <= to; i++)
        least = fmin(least, c->smooth[i]); /* fmin passes over nan */
    double height[2];
    cone->left[width] = position(&height[0], c, l, least);
    cone->right[width] = position(&height[1], c, r, least);
    if (width != KZ_CONE_USUAL) return;
    cone->height_left = height[0];
    cone->height_right = height[1];
}

static double spread(const double position[KZ_CONE_WIDTHS])
{
    return fmax(fabs(position[KZ_CONE_NARROW] - position[KZ_CONE_USUAL]),
                fabs(position[KZ_CONE_WIDE] - position[KZ_CONE_USUAL]));
}

kz_status kz_cone_find(kz_cone *out, const double *current, size_t count, long first, double t)
{
    if (!out || !current || count == 0) return KZ_FAIL(KZ_EINVAL, "a current of %zu sites", count);
    if (!(t >= 0) || isinf(t)) return KZ_FAIL(KZ_EINVAL, "time t = %g", t);
    kz_cone cone = {.t = t};
    double *values;
    KZ_TRY(kz_alloc_doubles(&values, count));
    for (int width = 0; width < KZ_CONE_WIDTHS; width++) {
        curve c = {current, count, first, kz_cone_half_width((kz_cone_width)width, t), values};
        smooth(&c);
        find_maxima(&cone, width, &c);
    }
    kz_free(values);
    cone.err_left = spread(cone.left);
    cone.err_right = spread(cone.right);
    *out = cone;
    return KZ_OK;
}

double kz_cone_reach(size_t length, double delta, double place)
{
    double room = (double)length - fabs(place) - 10;
    if (!(fabs(delta) < 1)) return INFINITY;
    double g = acos(delta);
    return room / (0.5 * M_PI * sin(g) / g);
}
