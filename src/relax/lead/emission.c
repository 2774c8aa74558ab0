#include "relax/lead/emission.h"

#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"

enum { TERMS = KZ_EMISSION_TERMS, LANES = KZ_EMISSION_LANES };

void kz_emission_free(kz_emission *e)
{
    if (!e) return;
    kz_edges_free(e->edges);
    kz_free(e->series);
    kz_free(e->start);
    kz_free(e->ending.series);
    kz_free(e);
}

/* -- making it -- */

/* Coefficients of the integral from -1, to the same number of terms, times `factor`. */
static void integrate_series(double *out, const double *c, double factor)
{
    out[0] = 0;
    for (int m = 1; m < TERMS; m++) {
        double above = m + 1 < TERMS ? c[m + 1] : 0;
        out[m] = factor * ((m == 1 ? 2 : 1) * c[m - 1] - above) / (2 * m);
        out[0] -= out[m] * (m % 2 ? -1 : 1);
    }
}

static double *start_of(const kz_emission *e, size_t k, int p)
{
    return e->start + (k * (size_t)(e->panels + 1) + (size_t)p) * 2;
}

/* Nodal D and v rho^t of a panel into their lanes. */
static void load_panel(kz_emission *e, int p, double *hole, double *flux)
{
    size_t size = (size_t)e->edges->rows * e->edges->n;
    for (int i = 0; i < TERMS; i++) {
        double beta = kz_chebyshev_value(e->beta[p], TERMS, kz_chebyshev_node(i, TERMS));
        kz_edges_at(hole, flux, e->edges, beta);
        for (size_t k = 0; k < size; k++) {
            kz_emission_series(e, k, p, KZ_EMISSION_HOLE)[i] = hole[k];
            kz_emission_series(e, k, p, KZ_EMISSION_FLUX)[i] = flux[k];
        }
    }
}

/* X and H of a panel: integrals of -v rho^t and -D v rho^t over t = s^2. */
static double integrate_panel(kz_emission *e, int p)
{
    size_t size = (size_t)e->edges->rows * e->edges->n;
    double from, to, tail = 0, time[TERMS];
    kz_history_range(&from, &to, e->end, e->panels, p);
    for (int i = 0; i < TERMS; i++)
        time[i] = kz_history_node(e->end, e->panels, p, i);
    for (size_t k = 0; k < size; k++) {
        double rate[2][TERMS], c[TERMS], hole[TERMS], largest = 0;
        double *X = kz_emission_series(e, k, p, KZ_EMISSION_X),
               *D = kz_emission_series(e, k, p, KZ_EMISSION_HOLE);
        const double *flux = kz_emission_series(e, k, p, KZ_EMISSION_FLUX);
        for (int i = 0; i < TERMS; i++) {
            rate[0][i] = -2 * time[i] * flux[i];
            rate[1][i] = D[i] * rate[0][i];
            largest = fmax(largest, fabs(flux[i]));
        }
        for (int lane = 0; lane < 2; lane++, X += TERMS) {
            kz_chebyshev_transform(c, rate[lane], TERMS);
            integrate_series(X, c, 0.5 * (to - from));
            X[0] += start_of(e, k, p)[lane];
            start_of(e, k, p + 1)[lane] = kz_chebyshev_value(X, TERMS, 1);
        }
        kz_chebyshev_transform(hole, D, TERMS);
        memcpy(D, hole, sizeof hole);
        tail = fmax(tail, (fabs(D[TERMS - 1]) + fabs(D[TERMS - 2])) * largest);
    }
    return tail;
}

/* -- what ends the rows -- */

typedef struct {
    kz_emission *emission;
    kz_convolution *full;
    double *rate, *start; /* [TERMS*n], [n] */
} ending_work;

static kz_status ending_create(ending_work *w, kz_emission *e)
{
    size_t n = e->edges->n;
    kz_grid grid = e->edges->grid;
    grid.half *= 2;
    *w = (ending_work){.emission = e};
    KZ_TRY(kz_alloc_doubles(&e->ending.series, n * (size_t)e->panels * TERMS));
    KZ_TRY(kz_convolution_create(&w->full, grid, KZ_FULL));
    KZ_TRY(kz_alloc_doubles(&w->rate, TERMS * n));
    return kz_alloc_doubles(&w->start, n);
}

static void ending_free(ending_work *w)
{
    kz_convolution_free(w->full);
    kz_free(w->rate);
    kz_free(w->start);
}

/* D v rho^t of row N + 1 at a node of a panel, by the closure of the edge's state from that of row
 * N: it counts where that is sent. */
static void end_rate(double *rate, const ending_work *w, int p, int i)
{
    const kz_emission *e = w->emission;
    const kz_convolution *c = w->full;
    size_t last = (size_t)(c->rows - 1) * c->n;
    double y = kz_chebyshev_node(i, TERMS);
    kz_closure closure = kz_edges_closure(e->edges, kz_chebyshev_value(e->beta[p], TERMS, y));
    for (size_t k = 0; k < c->n; k++)
        rate[k] =
            kz_chebyshev_value(kz_emission_series(e, last + k, p, KZ_EMISSION_HOLE), TERMS, y) *
            kz_emission_series(e, last + k, p, KZ_EMISSION_FLUX)[i];
    kz_convolution_forward_row(c, rate);
    for (size_t k = 0; k < c->n; k++) {
        double ratio = exp(-0.5 * c->form.width[0] * c->frequency[k]);
        rate[k] *= kz_closure_ratio(&closure, ratio) / c->norm;
    }
    kz_convolution_backward_row(c, rate);
}

/* As integrate_panel(), of row N + 1. */
static void end_panel(ending_work *w, int p)
{
    kz_emission *e = w->emission;
    size_t n = e->edges->n, last = (size_t)(e->edges->rows - 1) * n;
    double from, to, rate[TERMS], c[TERMS];
    kz_history_range(&from, &to, e->end, e->panels, p);
    for (int i = 0; i < TERMS; i++)
        end_rate(w->rate + (size_t)i * n, w, p, i);
    for (size_t k = 0; k < n; k++) {
        double *series = kz_emission_ending(e, k, p);
        for (int i = 0; i < TERMS; i++)
            rate[i] = -2 * kz_history_node(e->end, e->panels, p, i) * w->rate[(size_t)i * n + k];
        kz_chebyshev_transform(c, rate, TERMS);
        integrate_series(series, c, 0.5 * (to - from));
        series[0] += w->start[k];
        w->start[k] = kz_chebyshev_value(series, TERMS, 1);
        const double *lanes = kz_emission_series(e, last + k, p, 0);
        for (int q = 0; q < LANES * TERMS; q++)
            (&e->ending.mean[p][0][0])[q] += lanes[q] / (double)n;
    }
}

static kz_status fill_ending(kz_emission *e)
{
    ending_work w;
    if (!e->edges->closed) return KZ_OK;
    kz_status status = ending_create(&w, e);
    for (int p = 0; status == KZ_OK && p < e->panels; p++)
        end_panel(&w, p);
    ending_free(&w);
    return status;
}

/* -- what comes back -- */

/* Where v rho^t of a row crosses zero at one time: rising or falling with the rapidity. */
typedef struct {
    size_t k; /* of [rows*n]: between k and k + 1 */
    double lambda, slope;
    bool found;
} turning_point;

static turning_point find_turning_point(const kz_emission *e, int f, int p, int i, bool rising)
{
    const kz_edges *edges = e->edges;
    turning_point best = {.found = false};
    for (size_t j = 0; j + (edges->closed ? 0 : 1) < edges->n; j++) {
        size_t k = (size_t)f * edges->n + j, next = (size_t)f * edges->n + (j + 1) % edges->n;
        double a = kz_emission_series(e, k, p, KZ_EMISSION_FLUX)[i],
               b = kz_emission_series(e, next, p, KZ_EMISSION_FLUX)[i];
        if ((a > 0) == (b > 0) || (b > a) != rising) continue;
        if (best.found && edges->density[k] <= edges->density[best.k]) continue;
        best = (turning_point){k, edges->first + edges->step * ((double)j - a / (b - a)),
                               (b - a) / edges->step, true};
    }
    return best;
}

static double jump_at(const kz_emission *e, size_t k, int p, int i)
{
    double hole = kz_chebyshev_value(kz_emission_series(e, k, p, KZ_EMISSION_HOLE), TERMS,
                                     kz_chebyshev_node(i, TERMS));
    return fabs(hole - e->edges->reservoir[k]);
}

/* Particles sent between the outermost turning point so far and the present one come back.  By the
 * adjoint solution rho^t of the energy (src/ghd/ray/finish.c) the change of D over a width w counts
 * rho^t rho^t w in the energy beside the edge and, as v vanishes there, rho^t |d(v rho^t)/dlambda|
 * w^2/2 in the current. */
static void add_returned(double *energy, double *current, const kz_emission *e, int f, bool rising)
{
    double outermost = rising ? INFINITY : -INFINITY, jump = 0;
    double period = (double)e->edges->n * e->edges->step;
    turning_point last = {.found = false};
    for (int p = 0; p < e->panels; p++) {
        for (int i = TERMS - 1; i >= 0; i--) {
            turning_point turn = find_turning_point(e, f, p, i, rising);
            if (!turn.found) turn = last; /* with a gap they may meet another one and go */
            if (!turn.found) continue;
            if (e->edges->closed && last.found)
                turn.lambda -= period * round((turn.lambda - last.lambda) / period);
            last = turn;
            jump = fmax(jump, jump_at(e, turn.k, p, i));
            double width = rising ? turn.lambda - outermost : outermost - turn.lambda;
            if (!(width > 0)) {
                outermost = turn.lambda;
                continue;
            }
            double density = e->edges->density[turn.k];
            energy[p * TERMS + i] += jump * density * density * width;
            current[p * TERMS + i] += 0.5 * jump * density * fabs(turn.slope) * width * width;
        }
    }
}

static void find_returned(kz_emission *e, double factor)
{
    double energy[KZ_HISTORY_PANELS * TERMS] = {0}, current[KZ_HISTORY_PANELS * TERMS] = {0};
    for (int f = 0; f < e->edges->rows; f++)
        for (int rising = 0; rising < 2; rising++)
            add_returned(energy, current, e, f, rising);
    for (int p = 0; p < e->panels; p++) {
        if (p > 0) e->turned[p] = e->turned[p - 1];
        for (int i = 0; i < TERMS; i++) {
            e->turned[p] = fmax(e->turned[p], factor * current[p * TERMS + i]);
            e->stale[p] = fmax(e->stale[p], factor * energy[p * TERMS + i]);
        }
    }
}

double kz_emission_stale(const kz_emission *e, double t)
{
    return e->stale[kz_history_panel(e->end, e->panels, sqrt(t))];
}

double kz_emission_turned(const kz_emission *e, double t)
{
    return e->turned[kz_history_panel(e->end, e->panels, sqrt(t))];
}

/* Of the series. */
static const double BYTES_MAX = (double)(1 << 30);

static kz_status fill(kz_emission *e)
{
    size_t size = (size_t)e->edges->rows * e->edges->n;
    double bytes = (double)size * e->panels * LANES * TERMS * (double)sizeof(double);
    double *hole = NULL, *flux = NULL, tail = 0;
    kz_form form;
    KZ_TRY(kz_grid_form(&form, &e->edges->grid));
    if (bytes > BYTES_MAX)
        return KZ_FAIL(KZ_ENOMEM, "what an edge sends into %d rows takes %.3g GB, at most 1.07",
                       form.rows, 1e-9 * bytes);
    KZ_TRY(kz_alloc_doubles(&e->series, size * (size_t)e->panels * LANES * TERMS));
    KZ_TRY(kz_alloc_doubles(&e->start, size * (size_t)(e->panels + 1) * 2));
    kz_status status = kz_alloc_doubles(&hole, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&flux, size);
    for (int p = 0; status == KZ_OK && p < e->panels; p++) {
        load_panel(e, p, hole, flux);
        tail = fmax(tail, integrate_panel(e, p));
    }
    kz_free(hole);
    kz_free(flux);
    KZ_TRY(status);
    e->err = e->edges->err + tail;
    find_returned(e, M_PI * form.sine);
    return fill_ending(e);
}

kz_status kz_emission_create(kz_emission **out, kz_chain chain, const kz_state *reservoir,
                             kz_emission_fn beta, void *context, double last, int panels,
                             double tol)
{
    void *memory;
    double low = INFINITY, high = -INFINITY;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_emission)));
    kz_emission *e = memory;
    e->end = sqrt(last);
    e->panels = panels;
    for (int p = 0; p < panels; p++) {
        double value[TERMS];
        for (int i = 0; i < TERMS; i++) {
            double s = kz_history_node(e->end, panels, p, i);
            value[i] = beta(s * s, context);
            low = fmin(low, value[i]);
            high = fmax(high, value[i]);
        }
        kz_chebyshev_transform(e->beta[p], value, TERMS);
    }
    kz_status status = kz_edges_create(&e->edges, chain, reservoir, low, high, tol);
    if (status == KZ_OK) status = fill(e);
    if (status != KZ_OK) {
        kz_emission_free(e);
        return status;
    }
    *out = e;
    return KZ_OK;
}
