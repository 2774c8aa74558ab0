#include "propagate/heights.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/newton.h"

enum { M = KZ_PANEL_NODES };

void kz_heights_free(kz_heights *h)
{
    if (!h) return;
    kz_convolution_free(h->full);
    kz_height_table_free(&h->table);
    kz_free(h->edge);
    kz_free(h);
}

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
        double *series = kz_height_table_series(&w->heights->table, panel, even->rows, k);
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
            double *series = kz_height_table_series(&h->table, panel, f, k);
            series[i] = w->rho[at];
            series[M + i] = w->rho[at] *= w->hole[at];
            series[2 * M + i] = w->x[at];
        }
    }
    if (even->form.closed) load_end(w, panel, i, mu);
}

static kz_status load(kz_heights *h, kz_convolution *even)
{
    loader w = {.heights = h, .even = even};
    size_t size = (size_t)h->states->rows * even->n;
    kz_status status = kz_alloc_doubles(&w.x, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w.rho, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w.hole, size);
    for (size_t panel = 0; status == KZ_OK && panel < h->states->profile.panels; panel++) {
        for (size_t i = 0; i < M; i++)
            load_node(&w, panel, i);
        kz_height_table_transform(&h->table, panel);
    }
    kz_free(w.x);
    kz_free(w.rho);
    kz_free(w.hole);
    return status;
}

/* X at the jump after a piece. */
static void mark_edge(kz_heights *h, size_t piece)
{
    double jump = h->states->profile.piece[piece].to;
    size_t n = h->full->n, half = h->table.half, size = (size_t)h->states->rows * n;
    double *edge = h->edge + piece * size;
    for (int f = 0; f < h->states->rows; f++) {
        for (size_t k = 0; k < half; k++) {
            double X = kz_height_table_at(&h->table, piece, f, k, jump).X;
            edge[(size_t)f * n + half + k] = X;
            edge[(size_t)f * n + half - 1 - k] = X;
        }
    }
}

static size_t count_rows(const kz_initial_states *states)
{
    return (size_t)states->rows + states->even->form.closed;
}

double kz_heights_bytes(const kz_initial_states *states, size_t half)
{
    return kz_height_table_bytes(&states->profile, count_rows(states), half);
}

static kz_status create(kz_heights *h, size_t half, size_t degree, kz_convolution **even)
{
    kz_grid grid = h->states->even->grid;
    size_t edges = (h->states->profile.pieces - 1) * 2 * count_rows(h->states) * half;
    grid.half = half;
    KZ_TRY(kz_height_table_create(&h->table, &h->states->profile, count_rows(h->states), half,
                                  degree));
    KZ_TRY(kz_alloc_doubles(&h->edge, edges));
    KZ_TRY(kz_convolution_create(even, grid, KZ_EVEN));
    KZ_TRY(kz_convolution_create(&h->full, grid, KZ_FULL));
    return load(h, *even);
}

kz_status kz_heights_create(kz_heights **out, const kz_initial_states *states, size_t half,
                            size_t degree)
{
    void *memory;
    kz_convolution *even = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_heights)));
    kz_heights *h = memory;
    h->states = states;
    kz_status status = create(h, half, degree, &even);
    kz_convolution_free(even);
    if (status != KZ_OK) {
        kz_heights_free(h);
        return status;
    }
    kz_height_table_integrate(&h->table);
    for (size_t piece = 0; piece + 1 < states->profile.pieces; piece++)
        mark_edge(h, piece);
    *out = h;
    return KZ_OK;
}
