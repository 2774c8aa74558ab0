#include "propagate/height_table.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"

enum { M = KZ_PANEL_NODES, LANES = KZ_HEIGHT_LANES, INVERSIONS_MAX = 60 };

void kz_height_table_free(kz_height_table *h)
{
    kz_free(h->series);
    kz_free(h->start);
    *h = (kz_height_table){0};
}

double kz_height_table_bytes(const kz_profile *profile, size_t rows, size_t half)
{
    double nodes = (double)rows * (double)half;
    return (double)profile->panels * nodes * (LANES * M + 2) * (double)sizeof(double);
}

kz_status kz_height_table_create(kz_height_table *out, const kz_profile *profile, size_t rows,
                                 size_t half, size_t degree)
{
    size_t nodes = rows * half;
    *out = (kz_height_table){.profile = profile,
                             .rows = rows,
                             .half = half,
                             .degree = degree,
                             .origin = profile->panel[0].from};
    KZ_TRY(kz_alloc_doubles(&out->series, profile->panels * nodes * LANES * M));
    return kz_alloc_doubles(&out->start, (profile->panels + profile->pieces) * nodes * 2);
}

double *kz_height_table_series(const kz_height_table *h, size_t panel, int f, size_t k)
{
    return h->series + ((panel * h->rows + (size_t)f) * h->half + k) * LANES * M;
}

static double *series_of(const kz_height_table *h, size_t panel, int f, size_t k)
{
    return kz_height_table_series(h, panel, f, k);
}

/* Left end of the panel, or with panel = count the right end of the piece. */
static double *start_of(const kz_height_table *h, size_t piece, size_t panel, int f, size_t k)
{
    size_t at = h->profile->piece[piece].first + panel + piece;
    return h->start + ((at * h->rows + (size_t)f) * h->half + k) * 2;
}

/* -- Chebyshev series and their integrals -- */

/* 1/2m. */
static const double HALVED[M + 1] = {0,        1 / 2.0,  1 / 4.0,  1 / 6.0,  1 / 8.0,  1 / 10.0,
                                     1 / 12.0, 1 / 14.0, 1 / 16.0, 1 / 18.0, 1 / 20.0, 1 / 22.0,
                                     1 / 24.0, 1 / 26.0, 1 / 28.0, 1 / 30.0, 1 / 32.0};

/* Values and integrals from -1 of two series c, c + M up to `degree` at y in [-1, 1], by Clenshaw's
 * recurrence.  The integral has coefficients C_m = (c_{m-1} - c_{m+1})/2m, c_0 counted twice, and
 * T_m(-1) = (-1)^m. */
static void sum_series(double value[2], double integral[2], const double *c, size_t degree,
                       double y)
{
    for (int lane = 0; lane < 2; lane++, c += M) {
        double b = 0, before = 0, B = 0, B_before = 0, start = 0;
        double here = 0, above = 0, sign = degree % 2 ? 1 : -1;
        for (size_t m = degree + 1; m > 0; m--) {
            double below = c[m - 1], C = ((m == 1 ? 2 : 1) * below - above) * HALVED[m];
            double next = here + 2 * y * b - before, Next = C + 2 * y * B - B_before;
            before = b;
            b = next;
            B_before = B;
            B = Next;
            start += sign * C;
            sign = -sign;
            above = here;
            here = below;
        }
        value[lane] = c[0] + y * b - before;
        integral[lane] = y * B - B_before - start;
    }
}

static kz_height panel_at(const kz_height_table *h, size_t piece, size_t panel, int f, size_t k,
                          double y)
{
    size_t at = h->profile->piece[piece].first + panel;
    const kz_profile_panel *p = &h->profile->panel[at];
    const double *start = start_of(h, piece, panel, f, k);
    double value[2], integral[2], half = 0.5 * (p->to - p->from);
    sum_series(value, integral, series_of(h, at, f, k), h->degree, y);
    /* where a cold state has densities below rounding, noise must not become a weight */
    double rho = fmax(value[0], DBL_MIN), hole = fmin(2, fmax(0, value[1] / rho));
    return (kz_height){start[0] + half * integral[0], start[1] + half * integral[1], rho, hole};
}

/* Beyond the panels of a piece the state is that of its end. */
static kz_height beyond(const kz_height_table *h, size_t piece, bool right, int f, size_t k)
{
    size_t count = h->profile->piece[piece].count;
    kz_height end = panel_at(h, piece, right ? count - 1 : 0, f, k, right ? 1 : -1);
    const double *start = start_of(h, piece, right ? count : 0, f, k);
    end.X = start[0];
    end.H = start[1];
    return end;
}

kz_height kz_height_table_at(const kz_height_table *h, size_t piece, int f, size_t k, double x)
{
    const kz_profile_piece *p = &h->profile->piece[piece];
    const kz_profile_panel *panel = h->profile->panel + p->first;
    double from = panel[0].from, to = panel[p->count - 1].to;
    if (x < from || x > to) {
        kz_height end = beyond(h, piece, x > to, f, k);
        double distance = x - (x > to ? to : from);
        end.X += end.rho * distance;
        end.H += end.rho * end.hole * distance;
        return end;
    }
    size_t i = kz_profile_find_panel(h->profile, piece, x);
    return panel_at(h, piece, i, f, k, kz_panel_unit(&panel[i], x));
}

/* Newton's steps in a panel that holds the root, kept in a bracket: X grows with x. */
static kz_height invert_panel(double *x, const kz_height_table *h, size_t piece, size_t i, int f,
                              size_t k, double X)
{
    const kz_profile_panel *p = &h->profile->panel[h->profile->piece[piece].first + i];
    double half = 0.5 * (p->to - p->from), low = -1, high = 1;
    double left = start_of(h, piece, i, f, k)[0], right = start_of(h, piece, i + 1, f, k)[0];
    double y = right > left ? 2 * (X - left) / (right - left) - 1 : 0;
    kz_height here = {0};
    for (int n = 0; n < INVERSIONS_MAX; n++) {
        here = panel_at(h, piece, i, f, k, y);
        double step = (X - here.X) / (here.rho * half);
        if (fabs(step) <= 1e-9) { /* the rest is quadratic; D and H follow to first order */
            y += step;
            here.H += here.hole * (X - here.X);
            here.X = X;
            break;
        }
        if (step > 0)
            low = y;
        else
            high = y;
        y += step;
        if (!(y > low && y < high)) y = 0.5 * (low + high);
    }
    *x = 0.5 * (p->from + p->to) + half * y;
    return here;
}

kz_height kz_height_table_invert(double *x, const kz_height_table *h, size_t piece, int f, size_t k,
                                 double X)
{
    const kz_profile_piece *p = &h->profile->piece[piece];
    const kz_profile_panel *panel = h->profile->panel + p->first;
    size_t low = 0, high = p->count;
    double first = start_of(h, piece, 0, f, k)[0], last = start_of(h, piece, high, f, k)[0];
    if (!(X > first && X < last)) {
        bool right = X >= last;
        kz_height end = beyond(h, piece, right, f, k);
        double distance = (X - end.X) / end.rho;
        *x = (right ? panel[p->count - 1].to : panel[0].from) + distance;
        end.H += end.hole * (X - end.X);
        end.X = X;
        return end;
    }
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (start_of(h, piece, middle, f, k)[0] <= X)
            low = middle;
        else
            high = middle;
    }
    return invert_panel(x, h, piece, low, f, k, X);
}

void kz_height_table_filling(double *log_eta, double *mu, const kz_height_table *h, size_t piece,
                             int f, size_t k, double x)
{
    kz_profile_place at = kz_profile_locate(h->profile, piece, x);
    int n = (int)h->degree + 1;
    *log_eta = kz_chebyshev_value(series_of(h, at.panel, f, k) + 2 * M, n, at.unit);
    *mu = kz_chebyshev_value(h->profile->panel[at.panel].mu, n, at.unit);
}

void kz_height_table_change(double *log_eta, double *mu, const kz_height_table *h, size_t piece,
                            int f, size_t k, double x)
{
    kz_profile_place at = kz_profile_locate(h->profile, piece, x);
    double value;
    int n = (int)h->degree + 1;
    kz_chebyshev_series(&value, log_eta, series_of(h, at.panel, f, k) + 2 * M, n, at.unit);
    kz_chebyshev_series(&value, mu, h->profile->panel[at.panel].mu, n, at.unit);
    *log_eta *= at.rate;
    *mu *= at.rate;
}

/* -- making them -- */

void kz_height_table_transform(kz_height_table *h, size_t panel)
{
    double *series = kz_height_table_series(h, panel, 0, 0), values[M], cosines[M * M];
    for (size_t m = 0; m < M; m++)
        for (size_t i = 0; i < M; i++)
            cosines[m * M + i] =
                (m ? 2.0 : 1.0) / M * cos(M_PI * (double)m * ((double)i + 0.5) / M);
    for (size_t lane = 0; lane < h->rows * h->half * LANES; lane++, series += M) {
        memcpy(values, series, sizeof values);
        for (size_t m = 0; m < M; m++) {
            double sum = 0;
            for (size_t i = 0; i < M; i++)
                sum += cosines[m * M + i] * values[i];
            series[m] = sum;
        }
    }
}

/* X and H at the ends of all panels of a piece, from 0 at its first. */
static void accumulate(kz_height_table *h, size_t piece)
{
    for (size_t i = 0; i < h->profile->piece[piece].count; i++) {
        for (int f = 0; f < (int)h->rows; f++) {
            for (size_t k = 0; k < h->half; k++) {
                kz_height end = panel_at(h, piece, i, f, k, 1);
                double *next = start_of(h, piece, i + 1, f, k);
                next[0] = end.X;
                next[1] = end.H;
            }
        }
    }
}

/* Shifts piece + 1 so that the heights are continuous at the jump before it. */
static void join(kz_height_table *h, size_t piece)
{
    double jump = h->profile->piece[piece].to;
    for (int f = 0; f < (int)h->rows; f++) {
        for (size_t k = 0; k < h->half; k++) {
            kz_height left = kz_height_table_at(h, piece, f, k, jump);
            kz_height right = kz_height_table_at(h, piece + 1, f, k, jump);
            for (size_t i = 0; i <= h->profile->piece[piece + 1].count; i++) {
                double *start = start_of(h, piece + 1, i, f, k);
                start[0] += left.X - right.X;
                start[1] += left.H - right.H;
            }
        }
    }
}

void kz_height_table_integrate(kz_height_table *h)
{
    for (size_t piece = 0; piece < h->profile->pieces; piece++)
        accumulate(h, piece);
    for (size_t piece = 0; piece + 1 < h->profile->pieces; piece++)
        join(h, piece);
}
