#include "propagate/heights.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"
#include "tba/newton.h"

enum { M = KZ_PANEL_NODES, LANES = 3, INVERSIONS_MAX = 60 };

void kz_heights_free(kz_heights *h)
{
    if (!h) return;
    kz_convolution_free(h->full);
    kz_free(h->series);
    kz_free(h->start);
    kz_free(h->edge);
    kz_free(h->edge_coefficients);
    kz_free(h);
}

static double *series_of(const kz_heights *h, size_t panel, int f, size_t k)
{
    return h->series + ((panel * h->rows + (size_t)f) * h->half + k) * LANES * M;
}

/* Left end of the panel, or with panel = count the right end of the piece. */
static double *start_of(const kz_heights *h, size_t piece, size_t panel, int f, size_t k)
{
    size_t at = h->states->profile.piece[piece].first + panel + piece;
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

static kz_height panel_at(const kz_heights *h, size_t piece, size_t panel, int f, size_t k,
                          double y)
{
    size_t at = h->states->profile.piece[piece].first + panel;
    const kz_profile_panel *p = &h->states->profile.panel[at];
    const double *start = start_of(h, piece, panel, f, k);
    double value[2], integral[2], half = 0.5 * (p->to - p->from);
    sum_series(value, integral, series_of(h, at, f, k), h->degree, y);
    /* where a cold state has densities below rounding, noise must not become a weight */
    double rho = fmax(value[0], DBL_MIN), hole = fmin(2, fmax(0, value[1] / rho));
    return (kz_height){start[0] + half * integral[0], start[1] + half * integral[1], rho, hole};
}

/* Beyond the panels of a piece the state is that of its end. */
static kz_height beyond(const kz_heights *h, size_t piece, bool right, int f, size_t k)
{
    size_t count = h->states->profile.piece[piece].count;
    kz_height end = panel_at(h, piece, right ? count - 1 : 0, f, k, right ? 1 : -1);
    const double *start = start_of(h, piece, right ? count : 0, f, k);
    end.X = start[0];
    end.H = start[1];
    return end;
}

kz_height kz_heights_at(const kz_heights *h, size_t piece, int f, size_t k, double x)
{
    const kz_profile_piece *p = &h->states->profile.piece[piece];
    const kz_profile_panel *panel = h->states->profile.panel + p->first;
    double from = panel[0].from, to = panel[p->count - 1].to;
    if (x < from || x > to) {
        kz_height end = beyond(h, piece, x > to, f, k);
        double distance = x - (x > to ? to : from);
        end.X += end.rho * distance;
        end.H += end.rho * end.hole * distance;
        return end;
    }
    size_t i = kz_profile_find_panel(&h->states->profile, piece, x);
    return panel_at(h, piece, i, f, k, kz_panel_unit(&panel[i], x));
}

/* Newton's steps in a panel that holds the root, kept in a bracket: X grows with x. */
static kz_height invert_panel(double *x, const kz_heights *h, size_t piece, size_t i, int f,
                              size_t k, double X)
{
    const kz_profile_panel *p =
        &h->states->profile.panel[h->states->profile.piece[piece].first + i];
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

kz_height kz_heights_invert(double *x, const kz_heights *h, size_t piece, int f, size_t k, double X)
{
    const kz_profile_piece *p = &h->states->profile.piece[piece];
    const kz_profile_panel *panel = h->states->profile.panel + p->first;
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

void kz_heights_filling(double *log_eta, double *mu, const kz_heights *h, size_t piece, int f,
                        size_t k, double x)
{
    const kz_profile_piece *p = &h->states->profile.piece[piece];
    const kz_profile_panel *panel = h->states->profile.panel + p->first;
    double inside = fmax(panel[0].from, fmin(panel[p->count - 1].to, x));
    size_t i = kz_profile_find_panel(&h->states->profile, piece, inside);
    double y = kz_panel_unit(&panel[i], inside);
    int n = (int)h->degree + 1;
    *log_eta = kz_chebyshev_value(series_of(h, p->first + i, f, k) + 2 * M, n, y);
    *mu = kz_chebyshev_value(panel[i].mu, n, y);
}

/* -- making them -- */

typedef struct {
    kz_heights *heights;
    kz_convolution *even;
    double *x, *rho, *hole; /* [size] of the grid's half */
} loader;

/* The row that ends the others, from the last one's x and D rho^t at the nodes; overwrites both. */
static void load_end(loader *w, size_t panel, size_t i, double mu)
{
    const kz_convolution *even = w->even;
    size_t n = even->n, last = (size_t)(even->rows - 1) * n;
    double mean = 0;
    kz_thermal_weights(w->x, NULL, NULL, w->x, &even->form, n, mu);
    for (size_t k = 0; k < n; k++)
        mean += w->x[last + k] / (double)n;
    kz_closure closure = kz_closure_at(mean, mu);
    kz_convolution_forward(even, w->rho);
    for (size_t k = 0; k < n; k++) {
        double *series = series_of(w->heights, panel, even->rows, k);
        double ratio = exp(-0.5 * even->form.width[0] * even->frequency[k]);
        series[i] = w->rho[last + k] / even->norm;
        series[M + i] = kz_closure_ratio(&closure, ratio) * series[i];
        series[2 * M + i] = k == 0 ? mean : 0;
    }
}

/* ln eta, rho^t and D rho^t of one node of a panel, as values, into its series. */
static void load_node(loader *w, size_t panel, size_t i)
{
    kz_heights *h = w->heights;
    const kz_initial_states *s = h->states;
    const kz_convolution *even = w->even;
    const kz_profile_panel *p = &s->profile.panel[panel];
    double node = kz_panel_node(p, i), mu = kz_panel_series(p->mu, p, node);
    double factor = -M_PI * even->form.sine * kz_panel_series(p->beta, p, node);
    const double *z = s->smooth[panel] + 2 * s->size * i;
    kz_convolution_refine(w->x, even, z, s->even);
    kz_convolution_refine(w->rho, even, z + s->size, s->even);
    kz_convolution_backward(even, w->x);
    kz_convolution_backward(even, w->rho);
    for (size_t k = 0; k < even->n; k++) {
        w->x[k] += factor * even->source[k];
        w->rho[k] += even->source[k];
    }
    kz_form_turn(w->x, &even->form, even->n);
    kz_thermal_weights(NULL, w->hole, NULL, w->x, &even->form, even->n, mu);
    for (int f = 0; f < s->rows; f++) {
        for (size_t k = 0; k < even->n; k++) {
            size_t at = (size_t)f * even->n + k;
            double *series = series_of(h, panel, f, k);
            series[i] = w->rho[at];
            series[M + i] = w->rho[at] *= w->hole[at];
            series[2 * M + i] = w->x[at];
        }
    }
    if (even->form.closed) load_end(w, panel, i, mu);
}

static void transform_panel(kz_heights *h, size_t panel, const double *cosines)
{
    for (int f = 0; f < (int)h->rows; f++) {
        for (size_t k = 0; k < h->half; k++) {
            double *series = series_of(h, panel, f, k);
            for (size_t lane = 0; lane < LANES; lane++, series += M) {
                double values[M];
                memcpy(values, series, sizeof values);
                for (size_t m = 0; m < M; m++) {
                    double sum = 0;
                    for (size_t i = 0; i < M; i++)
                        sum += cosines[m * M + i] * values[i];
                    series[m] = sum;
                }
            }
        }
    }
}

static kz_status load(kz_heights *h, kz_convolution *even)
{
    loader w = {.heights = h, .even = even};
    size_t size = (size_t)h->states->rows * even->n;
    double cosines[M * M];
    for (size_t m = 0; m < M; m++)
        for (size_t i = 0; i < M; i++)
            cosines[m * M + i] =
                (m ? 2.0 : 1.0) / M * cos(M_PI * (double)m * ((double)i + 0.5) / M);
    kz_status status = kz_alloc_doubles(&w.x, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w.rho, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w.hole, size);
    for (size_t panel = 0; status == KZ_OK && panel < h->states->profile.panels; panel++) {
        for (size_t i = 0; i < M; i++)
            load_node(&w, panel, i);
        transform_panel(h, panel, cosines);
    }
    kz_free(w.x);
    kz_free(w.rho);
    kz_free(w.hole);
    return status;
}

/* X and H at the ends of all panels of a piece, from 0 at its first. */
static void accumulate(kz_heights *h, size_t piece)
{
    for (size_t i = 0; i < h->states->profile.piece[piece].count; i++) {
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

/* Shifts piece + 1 so that the heights are continuous at the jump before it; X there. */
static void join(kz_heights *h, size_t piece)
{
    const kz_profile *p = &h->states->profile;
    double jump = p->piece[piece].to;
    size_t n = h->full->n;
    double *edge = h->edge + piece * (size_t)h->states->rows * n;
    for (int f = 0; f < (int)h->rows; f++) {
        for (size_t k = 0; k < h->half; k++) {
            kz_height left = kz_heights_at(h, piece, f, k, jump);
            kz_height right = kz_heights_at(h, piece + 1, f, k, jump);
            for (size_t i = 0; i <= p->piece[piece + 1].count; i++) {
                double *start = start_of(h, piece + 1, i, f, k);
                start[0] += left.X - right.X;
                start[1] += left.H - right.H;
            }
            if (f == h->states->rows) continue;
            edge[(size_t)f * n + h->half + k] = left.X;
            edge[(size_t)f * n + h->half - 1 - k] = left.X;
        }
    }
    size_t size = (size_t)h->states->rows * n;
    double *smooth = h->edge_coefficients + piece * size;
    memcpy(smooth, edge, size * sizeof *smooth);
    for (size_t k = 0; k < n; k++)
        smooth[k] -= (jump - h->origin) * h->full->source[k];
    kz_convolution_forward(h->full, smooth);
    for (size_t i = 0; i < size; i++)
        smooth[i] /= h->full->norm;
}

static size_t count_rows(const kz_initial_states *states)
{
    return (size_t)states->rows + states->even->form.closed;
}

double kz_heights_bytes(const kz_initial_states *states, size_t half)
{
    double nodes = (double)count_rows(states) * (double)half;
    return (double)states->profile.panels * nodes * (LANES * M + 2) * (double)sizeof(double);
}

static kz_status allocate(kz_heights *h)
{
    const kz_profile *p = &h->states->profile;
    size_t nodes = h->rows * h->half;
    KZ_TRY(kz_alloc_doubles(&h->series, p->panels * nodes * LANES * M));
    KZ_TRY(kz_alloc_doubles(&h->start, (p->panels + p->pieces) * nodes * 2));
    KZ_TRY(kz_alloc_doubles(&h->edge, (p->pieces - 1) * 2 * nodes));
    return kz_alloc_doubles(&h->edge_coefficients, (p->pieces - 1) * 2 * nodes);
}

kz_status kz_heights_create(kz_heights **out, const kz_initial_states *states, size_t half,
                            size_t degree)
{
    void *memory;
    kz_convolution *even = NULL;
    kz_grid grid = states->even->grid;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_heights)));
    kz_heights *h = memory;
    h->states = states;
    h->rows = count_rows(states);
    h->half = grid.half = half;
    h->degree = degree;
    h->origin = states->profile.panel[0].from;
    kz_status status = allocate(h);
    if (status == KZ_OK) status = kz_convolution_create(&even, grid, KZ_EVEN);
    if (status == KZ_OK) status = kz_convolution_create(&h->full, grid, KZ_FULL);
    if (status == KZ_OK) status = load(h, even);
    kz_convolution_free(even);
    if (status != KZ_OK) {
        kz_heights_free(h);
        return status;
    }
    for (size_t piece = 0; piece < states->profile.pieces; piece++)
        accumulate(h, piece);
    for (size_t piece = 0; piece + 1 < states->profile.pieces; piece++)
        join(h, piece);
    *out = h;
    return KZ_OK;
}
