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
/* Widest panel in units of the row's width, by the lower of its levels: kernels have their poles at
 * half the width, and what is below e^-12 or e^-24 needs no more than the digits left. */
static const double WIDTH[] = {1, 1, 1.5, 3};
/* What the string may have outside the panels. */
static const double OUTSIDE = 5e-17;
/* X of either sign right at its zero. */
static const double ROUNDING = 1e-6;

/* From here on the split is cheaper than grids that resolve the poles; it is exact in every state.
 */
static const double COLD = 12, MAGNETIZED = 8;

bool kz_fermi_edge_applies(kz_chain chain) { return chain.kind != KZ_CHAIN_AXIAL; }

bool kz_fermi_edge_pays(kz_chain chain, double beta, double mu)
{
    return kz_fermi_edge_applies(chain) && fabs(beta) >= COLD && fabs(mu) >= MAGNETIZED;
}

kz_grid kz_fermi_edge_grid(kz_grid grid)
{
    kz_form form;
    double narrow = 1;
    if (kz_grid_form(&form, &grid) == KZ_OK)
        narrow = form.width[0] / kz_form_row_width(&form, kz_form_far_row(&form));
    grid.half = kz_grid_fast_size((size_t)ceil(2 * narrow * (double)grid.half));
    grid.split = true;
    return grid;
}

static void free_panels(kz_fermi_edge *e)
{
    double **arrays[] = {&e->lambda, &e->weight,    &e->x,         &e->delta,
                         &e->rest,   &e->source[0], &e->source[1], &e->end};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        kz_free(*arrays[i]);
        *arrays[i] = NULL;
    }
    e->count = e->room = e->panels = 0;
}

void kz_fermi_edge_free(kz_fermi_edge *e)
{
    if (!e) return;
    free_panels(e);
    kz_offgrid_free(&e->offgrid);
    kz_free(e->step);
    kz_free(e->hole);
    kz_free(e->log_part);
    kz_free(e->smooth);
    kz_free(e->scratch);
    kz_free(e);
}

void kz_fermi_edge_set_state(kz_fermi_edge *e, double beta, double mu)
{
    const kz_form *form = &e->even->form;
    double a = 0.5 * form->spin * fabs(mu);
    bool near = (beta > 0) == (form->near_sign > 0);
    e->row = near ? 0 : kz_form_far_row(form);
    e->width = kz_form_row_width(form, e->row);
    e->last = e->row + 1 == form->rows;
    e->rising = !e->last || near; /* but for string N all fill lambda < point */
    e->shift = e->polarisation = 0;
    if (!e->last) return;
    e->shift = near ? a : -a;
    e->polarisation = (near ? 1 : -1) * (mu < 0 ? -1 : 1);
}

kz_status kz_fermi_edge_create(kz_fermi_edge **out, const kz_convolution *even, double beta,
                               double mu)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_fermi_edge)));
    kz_fermi_edge *e = memory;
    e->even = even;
    kz_fermi_edge_set_state(e, beta, mu);
    kz_status status = kz_offgrid_create(&e->offgrid, even->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->step, even->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->hole, even->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->log_part, even->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->smooth, even->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->scratch, 2 * even->n);
    if (status != KZ_OK) {
        kz_fermi_edge_free(e);
        return status;
    }
    *out = e;
    return KZ_OK;
}

/* What X is made of, while panels are placed. */
typedef struct {
    const kz_fermi_edge *edge;
    const double *x;
    double rising; /* rising X increases with lambda */
} profile;

static double rising_at(const profile *p, double lambda)
{
    const kz_convolution *c = p->edge->even;
    double *modes = p->edge->scratch;
    const double *z = p->edge->smooth;
    kz_phases_fill(modes, modes + c->n, c->n, M_PI / c->grid.window * lambda);
    double sum = 2 * cblas_ddot((int)c->n, modes, 1, z, 1) - z[0];
    return p->rising * (sum + p->edge->drive * kz_form_source(&c->form, lambda) + p->edge->shift);
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

/* Where X passes the levels, increasing, and the widest panel after each place. */
typedef struct {
    int count; /* at least 1: no panel */
    double at[EDGES_MAX], width[EDGES_MAX];
    double zero; /* where X = 0 */
} breaks;

static breaks find_breaks(const profile *p)
{
    breaks b = {.zero = find_level(p, 0, 0, 0)};
    for (int i = 1 - LEVEL_COUNT; i < LEVEL_COUNT; i++) {
        double level = i < 0 ? -LEVELS[-i] : LEVELS[i];
        double at = i == 0 ? b.zero : find_level(p, level, 0.02, b.zero);
        int next = i < 0 ? -i - 1 : i; /* the lower level of those around what follows */
        if (b.count == 0 || at > b.at[b.count - 1]) b.at[b.count++] = at;
        b.width[b.count - 1] = next < LEVEL_COUNT - 1 ? WIDTH[next] * p->edge->width : 0;
    }
    return b;
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

/* Room for `count` nodes; what there is stays if it suffices. */
static kz_status reserve_panels(kz_fermi_edge *e, size_t count)
{
    double **arrays[] = {&e->lambda, &e->weight,    &e->x,        &e->delta,
                         &e->rest,   &e->source[0], &e->source[1]};
    e->count = e->panels = 0;
    if (count <= e->room) return KZ_OK;
    free_panels(e);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        KZ_TRY(kz_alloc_doubles(arrays[i], count));
    KZ_TRY(kz_alloc_doubles(&e->end, count / ORDER + 1));
    e->room = count;
    return KZ_OK;
}

/* Panels between two breaks. */
static double parts_of(const breaks *b, int i)
{
    return ceil((b->at[i + 1] - b->at[i]) / b->width[i]);
}

static void fill_panel(kz_fermi_edge *e, double low, double high,
                       const gsl_integration_glfixed_table *table)
{
    e->end[e->panels++] = low;
    e->end[e->panels] = high;
    for (size_t q = 0; q < ORDER; q++, e->count++) {
        gsl_integration_glfixed_point(low, high, q, &e->lambda[e->count], &e->weight[e->count],
                                      table);
        e->weight[e->count] *= 2;
    }
}

static kz_status fill_nodes(kz_fermi_edge *e, const breaks *b)
{
    size_t panels = 0;
    for (int i = 0; i + 1 < b->count; i++)
        panels += (size_t)parts_of(b, i);
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(ORDER);
    if (!table) return KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %d", (int)ORDER);
    kz_status status = reserve_panels(e, panels * ORDER);
    for (int i = 0; status == KZ_OK && i + 1 < b->count; i++) {
        double parts = parts_of(b, i), width = (b->at[i + 1] - b->at[i]) / parts;
        for (double part = 0; part < parts; part++)
            fill_panel(e, b->at[i] + part * width, b->at[i] + (part + 1) * width, table);
    }
    gsl_integration_glfixed_table_free(table);
    return status;
}

/* Sources and X at the nodes. */
static void fill_values(kz_fermi_edge *e)
{
    for (size_t q = 0; q < e->count; q++) {
        e->source[0][q] = e->source[1][q] = 0;
        if (e->row > 0) continue;
        e->source[0][q] = kz_form_source(&e->even->form, e->lambda[q]);
        e->source[1][q] = kz_form_current_source(&e->even->form, e->lambda[q]);
    }
    kz_fermi_edge_values(e->x, e, KZ_EVEN, e->smooth);
    for (size_t q = 0; q < e->count; q++)
        e->x[q] += e->drive * e->source[0][q] + e->shift;
}

/* [X > 0] on the modes of the grid, at the nodes. */
static void fill_step(kz_fermi_edge *e)
{
    const kz_convolution *c = e->even;
    double window = c->grid.window, zero = e->point, sign = e->rising ? -1 : 1;
    e->step[0] = (e->rising ? window - zero : zero) / window;
    for (size_t k = 1; k < c->n; k++)
        e->step[k] = sign * sin(c->frequency[k] * zero) / (c->frequency[k] * window);
    kz_convolution_backward_row(c, e->step);
}

void kz_fermi_edge_project(double *out, kz_fermi_edge *e, double *f)
{
    for (size_t q = 0; q < e->count; q++)
        f[q] *= 0.5 * e->weight[q] / e->even->grid.window;
    kz_offgrid_collect(out, NULL, e->even->n, &e->offgrid, f);
    kz_convolution_backward_row(e->even, out);
}

double kz_fermi_edge_delta(double X, bool above)
{
    double small = exp(-fabs(X)), away = above ? -X : X;
    return (above ? -1 : 1) * (away <= 0 ? small : 1) / (1 + small);
}

/* Tells the sets [X > 0] by the node's side of the step, so that the split is exact wherever that
 * is put. */
static void fill_projections(kz_fermi_edge *e)
{
    double *delta = e->delta, *rest = e->rest;
    for (size_t q = 0; q < e->count; q++) {
        bool above = (e->lambda[q] > e->point) == e->rising;
        double X = e->x[q];
        delta[q] = kz_fermi_edge_delta(X, above);
        rest[q] = log1p(exp(-fabs(X))) + fmax(above ? -X : X, 0);
    }
    kz_fermi_edge_project(e->hole, e, delta);
    kz_fermi_edge_project(e->log_part, e, rest);
    for (size_t k = 0; k < e->even->n; k++)
        e->hole[k] += e->step[k];
}

kz_status kz_fermi_edge_place(kz_fermi_edge *e, const double *z, const double *x, double drive)
{
    double sign = e->even->form.sign[e->row];
    e->drive = e->row == 0 ? sign * drive : 0;
    for (size_t k = 0; k < e->even->n; k++)
        e->smooth[k] = sign * z[k];
    profile p = {e, x, e->rising ? 1 : -1};
    breaks b = find_breaks(&p);
    e->point = b.zero;
    e->low = b.at[0];
    e->high = b.at[b.count - 1];
    KZ_TRY(fill_nodes(e, &b));
    KZ_TRY(kz_offgrid_place(&e->offgrid, e->lambda, e->count, M_PI / e->even->grid.window));
    fill_values(e);
    fill_step(e);
    fill_projections(e);
    return KZ_OK;
}

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double logistic(double x)
{
    double e = exp(-fabs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

double kz_fermi_edge_other(const kz_fermi_edge *e, double x)
{
    return e->polarisation != 0 ? logistic(x - e->shift) : 0;
}

void kz_fermi_edge_split(double *L, double *D, double *M, const kz_fermi_edge *e, const double *x)
{
    bool shared = e->polarisation != 0; /* the other string of the last row is smooth */
    for (size_t k = 0; k < e->even->n; k++) {
        double holes = e->hole[k], filled = kz_fermi_edge_other(e, x[k]);
        if (L) {
            double other = shared ? softplus(x[k] - e->shift) : 0;
            L[k] = e->step[k] * (x[k] + e->shift) + e->log_part[k] + other;
        }
        if (D) D[k] = holes + filled;
        if (M && shared) M[k] = e->polarisation * (holes - filled);
    }
}

/* Modes m > 0 count twice in an unnormalised backward transform, but for m = n; sines begin with
 * m = 1. */
void kz_fermi_edge_values(double *out, kz_fermi_edge *e, kz_parity parity, const double *t)
{
    size_t n = e->even->n, first = parity == KZ_ODD ? 1 : 0;
    double *series = e->scratch;
    series[0] = 0;
    for (size_t k = 0; k < n; k++)
        series[first + k] = 2 * t[k];
    if (parity == KZ_ODD)
        series[n] = t[n - 1];
    else
        series[0] = t[0];
    kz_offgrid_evaluate(out, &e->offgrid, parity == KZ_EVEN ? series : NULL,
                        parity == KZ_ODD ? series : NULL, n + first);
}
