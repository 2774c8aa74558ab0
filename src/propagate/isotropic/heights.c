#include "propagate/isotropic/heights.h"

#include <cblas.h>
#include <math.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"

enum { P = KZ_PANEL_NODES };

void kz_isotropic_heights_free(kz_isotropic_heights *h)
{
    if (!h) return;
    kz_height_table_free(&h->table);
    kz_isotropic_circle_free(&h->circle);
    kz_tangent_free(h->nodes);
    kz_free(h->closure);
    kz_free(h->refine);
    kz_free(h->coarsen);
    kz_free(h);
}

/* out [to*from] = trigonometric interpolation between circles, sin(M x)/(M sin x), x = theta -
 * theta_j. */
static void interpolate(double *out, const kz_tangent *to, const kz_tangent *from)
{
    int M = from->count, K = from->half;
    for (int i = 0; i < to->count; i++) {
        double theta = atan(to->lambda[i] / from->width);
        for (int j = 0; j < M; j++) {
            double x = theta - M_PI * (j - K) / M, below = M * sin(x);
            out[i * M + j] = fabs(below) < 1e-13 ? 1 : sin(M * x) / below;
        }
    }
}

static kz_status fill_transfers(kz_isotropic_heights *h)
{
    kz_tangent *coarse;
    KZ_TRY(kz_tangent_create(&coarse, h->states->M / 2, h->states->grid.window));
    interpolate(h->refine, h->nodes, coarse);
    interpolate(h->coarsen, coarse, h->nodes);
    for (int j = 0; j < coarse->count; j++) {
        double root = coarse->lambda[j] / h->nodes->width;
        for (int i = 0; i < h->M; i++)
            h->coarsen[j * h->M + i] *= h->circle.stretch[i] / (1 + root * root);
    }
    kz_tangent_free(coarse);
    return KZ_OK;
}

/* -- loading --------------------------------------------------------------------------------- */

typedef struct {
    kz_isotropic_heights *heights;
    int n, fine;          /* even functions of the states and of the grid */
    double *even;         /* [fine*n] `refine` for them */
    double *stretch;      /* [n], [fine] 1/cos^2 of the states' theta at both nodes */
    double *in, *numbers; /* [(2N + 1)*n], [(2N + 1)*fine] */
} loader;

static void fill_even(loader *w)
{
    const kz_isotropic_heights *h = w->heights;
    int coarse = h->states->M, K = coarse / 2, first = h->nodes->half;
    for (int a = 0; a < w->fine; a++) {
        const double *row = h->refine + (first + a) * coarse + K;
        for (int b = 0; b < w->n; b++)
            w->even[a * w->n + b] = row[b] + (b > 0 ? row[-b] : 0);
    }
    for (int b = 0; b < w->n + w->fine; b++) {
        double root = b < w->n ? tan(M_PI * b / coarse)
                               : h->nodes->lambda[first + b - w->n] / h->states->grid.window;
        w->stretch[b] = 1 + root * root;
    }
}

/* One node of a panel, as values, into its series. */
static void load_node(loader *w, size_t panel, size_t i)
{
    kz_isotropic_heights *h = w->heights;
    const kz_isotropic_states *s = h->states;
    const double *node = s->node[panel] + i * s->size, *y = node + (2 * s->N + 1) * s->n;
    const double *stretch = w->stretch + w->n;
    int N = s->N, rows = 2 * N + 1;
    double mean = 0;
    for (int k = 0; k < rows * w->n; k++)
        w->in[k] = node[k] * (k < N * w->n ? 1 : w->stretch[k % w->n]);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, w->fine, w->n, 1, w->in, w->n,
                w->even, w->n, 0, w->numbers, w->fine);
    for (int k = 0; k < w->fine; k++) {
        for (int f = 0; f < N; f++) {
            double x = w->numbers[f * w->fine + k], z;
            double rho = w->numbers[(N + f) * w->fine + k] / stretch[k];
            double *series = kz_height_table_series(&h->table, panel, f, (size_t)k);
            series[i] = rho;
            series[P + i] = z = rho / (1 + exp(-x));
            series[2 * P + i] = x;
            if (f == N - 1) mean += (k > 0 ? 2 : 1) * h->nodes->weight[h->nodes->half + k] * z;
        }
        kz_height_table_series(&h->table, panel, N, (size_t)k)[i] =
            w->numbers[2 * N * w->fine + k] / stretch[k];
        kz_height_table_series(&h->table, panel, N + 1, (size_t)k)[i] = 1;
    }
    kz_height_table_series(&h->table, panel, N + 1, 0)[i] = mean;
    for (int k = 0; k < 2 * s->M; k++)
        h->closure[(panel * 2 * (size_t)s->M + (size_t)k) * P + i] = y[k];
}

static void load_panel(loader *w, size_t panel)
{
    kz_isotropic_heights *h = w->heights;
    double *closure = h->closure + panel * 2 * (size_t)h->states->M * P, values[P];
    for (size_t i = 0; i < P; i++)
        load_node(w, panel, i);
    kz_height_table_transform(&h->table, panel);
    for (int k = 0; k < 2 * h->states->M; k++, closure += P) {
        for (int i = 0; i < P; i++)
            values[i] = closure[i];
        kz_chebyshev_transform(closure, values, P);
    }
}

static kz_status load(kz_isotropic_heights *h)
{
    const kz_isotropic_states *s = h->states;
    loader w = {.heights = h, .n = s->n, .fine = h->nodes->half + 1};
    size_t rows = 2 * (size_t)s->N + 1, n = (size_t)w.n, fine = (size_t)w.fine;
    kz_status status = kz_alloc_doubles(&w.even, fine * n);
    if (status == KZ_OK) status = kz_alloc_doubles(&w.stretch, n + fine);
    if (status == KZ_OK) status = kz_alloc_doubles(&w.in, rows * n);
    if (status == KZ_OK) status = kz_alloc_doubles(&w.numbers, rows * fine);
    if (status == KZ_OK) fill_even(&w);
    for (size_t panel = 0; status == KZ_OK && panel < s->profile.panels; panel++)
        load_panel(&w, panel);
    kz_free(w.even);
    kz_free(w.stretch);
    kz_free(w.in);
    kz_free(w.numbers);
    if (status == KZ_OK) kz_height_table_integrate(&h->table);
    return status;
}

static kz_status create(kz_isotropic_heights *h, double width, int half, size_t degree)
{
    const kz_isotropic_states *s = h->states;
    size_t coarse = (size_t)s->M;
    KZ_TRY(kz_tangent_create(&h->nodes, half, width));
    h->M = h->nodes->count;
    KZ_TRY(kz_isotropic_circle_create(&h->circle, h->nodes));
    KZ_TRY(
        kz_height_table_create(&h->table, &s->profile, (size_t)s->N + 2, (size_t)half + 1, degree));
    KZ_TRY(kz_alloc_doubles(&h->closure, s->profile.panels * 2 * coarse * P));
    KZ_TRY(kz_alloc_doubles(&h->refine, (size_t)h->M * coarse));
    KZ_TRY(kz_alloc_doubles(&h->coarsen, (size_t)h->M * coarse));
    KZ_TRY(fill_transfers(h));
    return load(h);
}

kz_status kz_isotropic_heights_create(kz_isotropic_heights **out, const kz_isotropic_states *states,
                                      double width, int half, size_t degree)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_heights)));
    kz_isotropic_heights *h = memory;
    *h = (kz_isotropic_heights){.states = states, .N = states->N};
    kz_status status = create(h, width, half, degree);
    if (status != KZ_OK) {
        kz_isotropic_heights_free(h);
        return status;
    }
    *out = h;
    return KZ_OK;
}

void kz_isotropic_heights_closure(double *y, double *slope, const kz_isotropic_heights *h,
                                  size_t piece, double x)
{
    kz_profile_place at = kz_profile_locate(&h->states->profile, piece, x);
    const double *series = h->closure + at.panel * 2 * (size_t)h->states->M * P;
    for (int k = 0; k < 2 * h->states->M; k++, series += P) {
        kz_chebyshev_series(&y[k], &slope[k], series, (int)h->table.degree + 1, at.unit);
        slope[k] *= at.rate;
    }
}
