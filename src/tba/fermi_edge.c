#include "tba/fermi_edge.h"

#include <cblas.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* Values of |X| at which panels end.  The poles of the logistic are at distance pi from the first
 * panel; on the others e^-X falls by less than e^15, well within what ORDER nodes resolve to
 * rounding.  Beyond the last one the string is full or empty to e^-38. */
static const double LEVELS[] = {0, 5, 12, 24, 38};
enum { ORDER = 20, LEVEL_COUNT = sizeof LEVELS / sizeof *LEVELS, EDGES_MAX = 2 * LEVEL_COUNT };
/* Widest panel in units of gamma: kernels have their poles at gamma/2. */
static const double WIDTH = 1;
/* What the string may have outside the panels. */
static const double OUTSIDE = 5e-17;
/* X of either sign right at its zero. */
static const double ROUNDING = 1e-6;

/* Warmer states need no panels; X tends to |mu| far out, where it should have passed the last of
 * the levels. */
static const double COLD = 40, MAGNETIZED = 20;

bool kz_fermi_edge_pays(kz_chain chain, double beta, double mu)
{
    return chain.kind == KZ_CHAIN_XXZ && kz_chain_numerator(chain) == 1 && fabs(beta) >= COLD &&
           fabs(mu) >= MAGNETIZED;
}

static void free_panels(kz_fermi_edge *e)
{
    double **arrays[] = {&e->lambda,    &e->weight,    &e->x,        &e->hole,    &e->log_part,
                         &e->source[0], &e->source[1], &e->basis[0], &e->basis[1]};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        kz_free(*arrays[i]);
        *arrays[i] = NULL;
    }
    e->count = e->room = 0;
    e->odd = NULL;
}

void kz_fermi_edge_free(kz_fermi_edge *e)
{
    if (!e) return;
    free_panels(e);
    kz_convolution_destroy_plan(e->row_plan);
    kz_free(e->inside);
    kz_free(e->scratch);
    kz_free(e);
}

kz_status kz_fermi_edge_create(kz_fermi_edge **out, const kz_convolution *even, double beta,
                               double mu)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_fermi_edge)));
    kz_fermi_edge *e = memory;
    const kz_form *form = &even->form;
    double a = 0.5 * form->spin * fabs(mu);
    e->even = even;
    e->row = beta > 0 ? 0 : form->rows - 1;
    if (e->row + 1 == form->rows) {
        e->shift = beta > 0 ? a : -a;
        e->polarisation = (beta > 0 ? 1 : -1) * (mu < 0 ? -1 : 1);
    }
    kz_status status = kz_convolution_row_plan(&e->row_plan, even->n, KZ_EVEN);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->inside, even->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->scratch, even->n);
    if (status != KZ_OK) {
        kz_fermi_edge_free(e);
        return status;
    }
    *out = e;
    return KZ_OK;
}

/* cos or sin of all modes at lambda, by rotation, begun anew before rounding adds up. */
static void fill_modes(double *restrict row, const kz_convolution *c, double lambda)
{
    enum { FRESH = 16 };
    double step = M_PI / c->grid.window * lambda, co = cos(step), si = sin(step);
    for (size_t m = 0; m < c->n; m += FRESH) {
        double u = cos(c->frequency[m] * lambda), v = sin(c->frequency[m] * lambda);
        for (size_t k = m; k < m + FRESH && k < c->n; k++) {
            row[k] = c->parity == KZ_ODD ? v : u;
            double next = u * co - v * si;
            v = u * si + v * co;
            u = next;
        }
    }
}

/* Coefficients times what an unnormalised backward transform counts them. */
static void weigh(double *restrict out, const double *restrict t, const kz_convolution *c)
{
    for (size_t k = 0; k < c->n; k++)
        out[k] = 2 * t[k];
    if (c->parity == KZ_EVEN)
        out[0] = t[0];
    else
        out[c->n - 1] = t[c->n - 1];
}

/* What X is made of, while panels are placed. */
typedef struct {
    const kz_fermi_edge *edge;
    const double *z, *x;
    double drive, rising; /* rising X increases with lambda */
} profile;

static double rising_at(const profile *p, double lambda)
{
    const kz_convolution *c = p->edge->even;
    double *modes = p->edge->scratch;
    fill_modes(modes, c, lambda);
    double sum = 2 * cblas_ddot((int)c->n, modes, 1, p->z, 1) - p->z[0];
    return p->rising * (sum + p->drive * kz_form_source(&c->form, lambda) + p->edge->shift);
}

static double rising_node(const profile *p, size_t k)
{
    return p->rising * (p->x[k] + p->edge->shift);
}

/* First node beyond the place where rising X passes level: the outermost such place above zero and
 * the innermost one below, so that panels cover all that lies between. */
static size_t first_beyond(const profile *p, double level)
{
    size_t n = p->edge->even->n, k = 0;
    if (level > 0) {
        for (k = n; k > 0 && rising_node(p, k - 1) > level;)
            k--;
    } else {
        while (k < n && rising_node(p, k) <= level)
            k++;
    }
    return k;
}

/* Where rising X passes level, to `accuracy` of its distance from `origin`; 0 or the window if it
 * lies above or below everywhere. */
static double find_level(const profile *p, double level, double accuracy, double origin)
{
    const kz_convolution *c = p->edge->even;
    size_t k = first_beyond(p, level);
    if (k == c->n) return c->grid.window;
    double low = k > 0 ? c->lambda[k - 1] : 0, high = c->lambda[k];
    if (k == 0 && rising_at(p, 0) >= level) return 0;
    for (;;) {
        double middle = 0.5 * (low + high);
        bool close = high - low <= accuracy * fabs(middle - origin);
        if (close || middle <= low || middle >= high) return middle;
        if (rising_at(p, middle) <= level)
            low = middle;
        else
            high = middle;
    }
}

/* Ends of panels, increasing; returns their number, at least 1 (no panel).  *zero: where X = 0. */
static int find_edges(double *edges, double *zero, const profile *p)
{
    int count = 0;
    *zero = find_level(p, 0, 0, 0);
    for (int i = 1 - LEVEL_COUNT; i < LEVEL_COUNT; i++) {
        double level = i < 0 ? -LEVELS[-i] : LEVELS[i];
        double at = i == 0 ? *zero : find_level(p, level, 0.02, *zero);
        if (count == 0 || at > edges[count - 1]) edges[count++] = at;
    }
    return count;
}

kz_status kz_fermi_edge_check(const kz_fermi_edge *e, const double *x)
{
    const kz_convolution *c = e->even;
    for (size_t k = 0; k < c->n; k++) {
        double value = (e->rising ? 1 : -1) * (x[k] + e->shift), lambda = c->lambda[k];
        bool outside = lambda < e->low || lambda > e->high;
        bool turned = (lambda < e->point ? value : -value) > ROUNDING;
        if (turned || (outside && exp(-fabs(value)) > OUTSIDE))
            return KZ_FAIL(KZ_ENOCONV, "more than one Fermi point: X = %.3g at lambda = %.6g",
                           value, lambda);
    }
    return KZ_OK;
}

/* Room for `count` nodes; what there is stays if it suffices: pages cost more than modes. */
static kz_status reserve_panels(kz_fermi_edge *e, size_t count)
{
    double **arrays[] = {&e->lambda,   &e->weight,    &e->x,        &e->hole,
                         &e->log_part, &e->source[0], &e->source[1]};
    e->count = 0;
    e->odd = NULL;
    if (count <= e->room) return KZ_OK;
    free_panels(e);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        KZ_TRY(kz_alloc_doubles(arrays[i], count));
    KZ_TRY(kz_alloc_doubles(&e->basis[0], count * e->even->n));
    e->room = count;
    return KZ_OK;
}

kz_status kz_fermi_edge_attach(kz_fermi_edge *e, const kz_convolution *odd)
{
    kz_free(e->basis[1]);
    KZ_TRY(kz_alloc_doubles(&e->basis[1], e->count * odd->n));
    for (size_t q = 0; q < e->count; q++)
        fill_modes(e->basis[1] + q * odd->n, odd, e->lambda[q]);
    e->odd = odd;
    return KZ_OK;
}

static double parts_of(double low, double high, const kz_form *form)
{
    return ceil((high - low) / (WIDTH * form->width[0]));
}

static kz_status fill_nodes(kz_fermi_edge *e, const double *edges, int count)
{
    size_t panels = 0;
    for (int i = 0; i + 1 < count; i++)
        panels += (size_t)parts_of(edges[i], edges[i + 1], &e->even->form);
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(ORDER);
    if (!table) return KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %d", (int)ORDER);
    kz_status status = reserve_panels(e, panels * ORDER);
    for (int i = 0; status == KZ_OK && i + 1 < count; i++) {
        double parts = parts_of(edges[i], edges[i + 1], &e->even->form);
        double width = (edges[i + 1] - edges[i]) / parts;
        for (double part = 0; part < parts; part++) {
            double low = edges[i] + part * width;
            for (size_t q = 0; q < ORDER; q++, e->count++) {
                gsl_integration_glfixed_point(low, low + width, q, &e->lambda[e->count],
                                              &e->weight[e->count], table);
                e->weight[e->count] *= 2;
            }
        }
    }
    gsl_integration_glfixed_table_free(table);
    return status;
}

/* X and what follows from it at the nodes; `above` tells the sets by the node's side of zero, so
 * that the split is exact wherever the step is put. */
static void fill_values(kz_fermi_edge *e, const profile *p, double zero)
{
    for (size_t q = 0; q < e->count; q++) {
        fill_modes(e->basis[0] + q * e->even->n, e->even, e->lambda[q]);
        if (e->row > 0) continue;
        e->source[0][q] = kz_form_source(&e->even->form, e->lambda[q]);
        e->source[1][q] = kz_form_current_source(&e->even->form, e->lambda[q]);
    }
    kz_fermi_edge_values(e->x, e, KZ_EVEN, p->z);
    for (size_t q = 0; q < e->count; q++) {
        bool above = (e->lambda[q] > zero) == (p->rising > 0);
        double X = e->x[q] += p->drive * e->source[0][q] + e->shift;
        double away = above ? -X : X, small = exp(-fabs(X)), rest = log1p(small);
        e->hole[q] = (above ? -1 : 1) * (away <= 0 ? small / (1 + small) : 1 / (1 + small));
        e->log_part[q] = rest + fmax(away, 0);
    }
}

static void fill_inside(kz_fermi_edge *e, double zero, bool rising)
{
    const kz_convolution *c = e->even;
    double window = c->grid.window, sign = rising ? -1 : 1;
    e->inside[0] = (rising ? window - zero : zero) / window;
    for (size_t k = 1; k < c->n; k++)
        e->inside[k] = sign * sin(c->frequency[k] * zero) / (c->frequency[k] * window);
    fftw_execute_r2r(e->row_plan, e->inside, e->inside);
}

kz_status kz_fermi_edge_place(kz_fermi_edge *e, const double *z, const double *x, double drive)
{
    e->rising = e->row == 0 && drive < 0;
    profile p = {e, z, x, e->row == 0 ? drive : 0, e->rising ? 1 : -1};
    double edges[EDGES_MAX];
    int count = find_edges(edges, &e->point, &p);
    e->low = edges[0];
    e->high = edges[count - 1];
    KZ_TRY(fill_nodes(e, edges, count));
    fill_values(e, &p, e->point);
    fill_inside(e, e->point, e->rising);
    return KZ_OK;
}

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double logistic(double x)
{
    double e = exp(-fabs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

void kz_fermi_edge_split(double *L, double *D, double *M, const kz_fermi_edge *e, const double *x)
{
    bool shared = e->polarisation != 0; /* the other string of the last row is smooth */
    for (size_t k = 0; k < e->even->n; k++) {
        double in = e->inside[k], other = x[k] - e->shift, filled = shared ? logistic(other) : 0;
        if (L) L[k] = in * (x[k] + e->shift) + (shared ? softplus(other) : 0);
        if (D) D[k] = in + filled;
        if (M && shared) M[k] = e->polarisation * (in - filled);
    }
}

void kz_fermi_edge_values(double *out, const kz_fermi_edge *e, kz_parity parity, const double *t)
{
    const kz_convolution *c = parity == KZ_ODD ? e->odd : e->even;
    if (e->count == 0) return;
    weigh(e->scratch, t, c);
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)e->count, (int)c->n, 1, e->basis[parity],
                (int)c->n, e->scratch, 1, 0, out, 1);
}

/* The forward transform is twice the sum over nodes, 2/spacing times the integral over half the
 * line. */
void kz_fermi_edge_add(double *coefficients, const kz_fermi_edge *e, kz_parity parity,
                       const double *f)
{
    const kz_convolution *c = parity == KZ_ODD ? e->odd : e->even;
    double spacing = kz_grid_spacing(&c->grid);
    for (size_t q = 0; q < e->count; q++)
        cblas_daxpy((int)c->n, e->weight[q] * f[q] / spacing, e->basis[parity] + q * c->n, 1,
                    coefficients, 1);
}
