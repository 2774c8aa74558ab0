#include "ghd/isotropic/panels.h"

#include <cblas.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/lagrange.h"
#include "core/memory.h"
#include "ghd/ray/crossing.h"

/* Length of a panel at most: s and what it dresses have poles at i/2, 4.2^-20. */
static const double LONGEST = 0.5;

/* From here on the circle is dense for what varies there (poles are at i/2): a polynomial through
 * STENCIL nodes interpolates as well as all modes. */
static const double FAR = 10;
enum { STENCIL = 24, POINTS = KZ_PANEL_POINTS };

/* s is below rounding from here on. */
static const double NARROW = 11;

kz_status kz_isotropic_circle_region(kz_region *out, const kz_isotropic_circle *circle,
                                     const double *nodal, const double *coefficients)
{
    /* what crossing.h reads of a grid: theta for lambda, on its period */
    kz_convolution grid = {.grid = {.window = 0.5 * M_PI},
                           .form = {.closed = true},
                           .n = (size_t)circle->nodes->count,
                           .lambda = circle->theta};
    kz_mismatch row = {.full = &grid, .nodal = nodal, .coefficients = coefficients};
    return kz_mismatch_region(out, &row);
}

double kz_isotropic_rapidity(const kz_isotropic_circle *circle, double theta)
{
    return fabs(theta) >= 0.5 * M_PI ? copysign(INFINITY, theta)
                                     : circle->nodes->width * tan(theta);
}

/* -- spans ----------------------------------------------------------------------------------- */

void kz_isotropic_spans_free(kz_isotropic_spans *s)
{
    kz_free(s->span);
    *s = (kz_isotropic_spans){0};
}

kz_status kz_isotropic_spans_add(kz_isotropic_spans *s, int row, int tag, double from, double to)
{
    if (!(to > from)) return KZ_OK;
    if (s->count == s->room) {
        void *memory;
        size_t room = 2 * s->room + 16;
        KZ_TRY(kz_alloc(&memory, room, sizeof *s->span));
        if (s->count) memcpy(memory, s->span, s->count * sizeof *s->span);
        kz_free(s->span);
        s->span = memory;
        s->room = room;
    }
    s->span[s->count++] = (kz_isotropic_span){row, tag, from, to};
    return KZ_OK;
}

/* -- panels ---------------------------------------------------------------------------------- */

void kz_isotropic_panels_free(kz_isotropic_panels *p)
{
    kz_free(p->first);
    kz_free(p->panel);
    kz_free(p->numbers);
    *p = (kz_isotropic_panels){0};
}

void kz_isotropic_panels_clear(kz_isotropic_panels *p, int rows)
{
    for (int f = 0; p->first && f <= rows; f++)
        p->first[f] = 0;
}

/* Panels one after the other; `panels` NULL: they are counted only. */
typedef struct {
    kz_isotropic_panels *panels;
    const kz_isotropic_circle *circle;
    const gsl_integration_glfixed_table *rule; /* of POINTS */
    size_t count, numbers;
} builder;

/* First node above lambda. */
static int find_node(const kz_isotropic_circle *circle, double lambda)
{
    int low = 0, high = circle->nodes->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (circle->nodes->lambda[middle] > lambda)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Which columns a panel needs. */
static kz_isotropic_panel panel_of(const kz_isotropic_circle *circle, int tag, double from,
                                   double to, bool gap)
{
    int M = circle->nodes->count;
    kz_isotropic_panel p = {
        .tag = tag, .nodes = M, .at_count = M, .kernel_from = find_node(circle, from - NARROW)};
    p.kernel_count = gap ? 0 : find_node(circle, to + NARROW) - p.kernel_from;
    double centre = 0.5 * (from + to);
    if (fabs(centre) < FAR || M <= STENCIL) return p;
    p.at_from = (find_node(circle, centre) - STENCIL / 2 + M) % M;
    p.at_count = STENCIL;
    return p;
}

/* Trigonometric interpolation on the circle: sin(M x)/(M sin x), x = theta - theta_j. */
static void interpolate_all(double *at, const kz_isotropic_circle *circle, double theta)
{
    int M = circle->nodes->count, K = circle->nodes->half;
    double top = sin(M * theta) / M, s = sin(theta), c = cos(theta);
    for (int j = 0; j < M; j++) {
        double below = s * circle->cosine[j] - c * circle->sine[j];
        at[j] = fabs(below) < 1e-15 ? 1 : ((j - K) % 2 ? -top : top) / below;
    }
}

/* e^{pi lambda} and its inverse are numbers up to here. */
static const double GROWTH_MAX = 200;

/* length s(lambda_i - lambda). */
static void fill_kernel(double *kernel, const kz_isotropic_panel *p,
                        const kz_isotropic_circle *circle, double lambda, double length)
{
    double here = exp(-M_PI * lambda);
    const double *growth = circle->growth + p->kernel_from;
    const double *node = circle->nodes->lambda + p->kernel_from;
    bool far = fabs(lambda) > GROWTH_MAX;
    for (int i = 0; i < p->kernel_count; i++) {
        double ratio = far ? exp(-M_PI * fabs(node[i] - lambda)) : growth[i] * here;
        kernel[i] = length * ratio / (1 + ratio * ratio);
    }
}

static void fill_point(kz_isotropic_panel *p, const builder *b, int q, double lambda, double length)
{
    const kz_isotropic_circle *circle = b->circle;
    double *at = p->at + q * p->at_count, theta = atan(lambda / circle->nodes->width);
    int M = circle->nodes->count;
    if (p->at_count == M) {
        interpolate_all(at, circle, theta);
    } else {
        double steps = (theta - circle->theta[p->at_from]) * M / M_PI;
        kz_lagrange_weights(at, STENCIL, steps < 0 ? steps + M : steps);
    }
    p->lambda[q] = lambda;
    p->length[q] = length;
    p->factor[q] = 1;
    fill_kernel(p->kernel + q * p->kernel_count, p, circle, lambda, length);
}

/* A gap is uniform in theta, and may end at infinity. */
static void place_point(double *lambda, double *length, const builder *b, double from, double to,
                        bool gap, int q)
{
    double width = b->circle->nodes->width, theta;
    if (!gap) {
        gsl_integration_glfixed_point(from, to, (size_t)q, lambda, length, b->rule);
        return;
    }
    gsl_integration_glfixed_point(atan(from / width), atan(to / width), (size_t)q, &theta, length,
                                  b->rule);
    *lambda = width * tan(theta);
    *length *= width / (cos(theta) * cos(theta));
}

static void add_panel(builder *b, int tag, double from, double to, bool gap)
{
    kz_isotropic_panel p = panel_of(b->circle, tag, from, to, gap);
    size_t at = b->numbers, kernel = at + POINTS * (size_t)p.at_count;
    b->numbers = kernel + POINTS * (size_t)p.kernel_count;
    b->count++;
    if (!b->panels) return;
    p.at = b->panels->numbers + at;
    p.kernel = b->panels->numbers + kernel;
    for (int q = 0; q < POINTS; q++) {
        double lambda, length;
        place_point(&lambda, &length, b, from, to, gap, q);
        fill_point(&p, b, q, lambda, length);
    }
    b->panels->panel[b->count - 1] = p;
}

/* Panels no longer than LONGEST, nor than so many steps of the circle. */
static void add_short(builder *b, int tag, double from, double to, double steps)
{
    const kz_tangent *nodes = b->circle->nodes;
    int panels = (int)ceil((to - from) / LONGEST);
    for (int k = 0; steps == 0 && k < panels; k++)
        add_panel(b, tag, from + (to - from) * k / panels, from + (to - from) * (k + 1) / panels,
                  false);
    if (steps == 0) return;
    for (double end; from < to; from = end) {
        double near = fmax(fmax(from, -from - LONGEST), 0), root = near / nodes->width;
        double step = M_PI / nodes->count * nodes->width * (1 + root * root);
        end = fmin(to, from + fmin(LONGEST, steps * step));
        add_panel(b, tag, from, end, false);
    }
}

/* Short panels where s reaches nodes.  In the gaps between these, far out, nothing is convolved,
 * and one panel does, less than a step of the circle. */
static void add_span(builder *b, const kz_isotropic_span *s, double steps)
{
    const double *node = b->circle->nodes->lambda;
    int M = b->circle->nodes->count;
    for (double from = s->from, to; from < s->to; from = to) {
        int next = find_node(b->circle, from - NARROW);
        if (next < M && node[next] + NARROW <= from) next++; /* rounding */
        if (next == M || node[next] - NARROW > from) {
            to = next == M ? s->to : fmin(s->to, node[next] - NARROW);
            add_panel(b, s->tag, from, to, true);
            continue;
        }
        while (next + 1 < M && node[next + 1] - NARROW <= node[next] + NARROW)
            next++;
        to = fmin(s->to, node[next] + NARROW);
        add_short(b, s->tag, from, to, steps);
    }
}

static void add_spans(builder *b, int rows, const kz_isotropic_spans *spans)
{
    size_t i = 0;
    b->count = b->numbers = 0;
    for (int f = 0; f < rows; f++) {
        if (b->panels) b->panels->first[f] = (int)b->count;
        for (; i < spans->count && spans->span[i].row == f; i++)
            add_span(b, &spans->span[i], spans->steps);
    }
    if (b->panels) b->panels->first[rows] = (int)b->count;
}

static kz_status reserve(kz_isotropic_panels *p, const builder *need, int rows)
{
    void *memory;
    if (!p->first) {
        KZ_TRY(kz_alloc(&memory, (size_t)rows + 1, sizeof(int)));
        p->first = memory;
    }
    if (p->panels_room < need->count) {
        kz_free(p->panel);
        p->panel = NULL;
        p->panels_room = 0;
        KZ_TRY(kz_alloc(&memory, need->count, sizeof(kz_isotropic_panel)));
        p->panel = memory;
        p->panels_room = need->count;
    }
    if (p->numbers_room >= need->numbers) return KZ_OK;
    kz_free(p->numbers);
    p->numbers = NULL;
    p->numbers_room = 0;
    KZ_TRY(kz_alloc_doubles(&p->numbers, need->numbers));
    p->numbers_room = need->numbers;
    return KZ_OK;
}

kz_status kz_isotropic_panels_set(kz_isotropic_panels *panels, const kz_isotropic_circle *circle,
                                  int rows, const kz_isotropic_spans *spans)
{
    builder b = {.circle = circle};
    add_spans(&b, rows, spans);
    KZ_TRY(reserve(panels, &b, rows));
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(POINTS);
    if (!rule) return KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %d", (int)POINTS);
    b.panels = panels;
    b.rule = rule;
    add_spans(&b, rows, spans);
    gsl_integration_glfixed_table_free(rule);
    return KZ_OK;
}

/* -- sums over them -------------------------------------------------------------------------- */

const kz_isotropic_panel *kz_isotropic_panels_of(int *count, const kz_isotropic_panels *p, int f)
{
    *count = p->first ? p->first[f + 1] - p->first[f] : 0;
    return *count > 0 ? p->panel + p->first[f] : NULL;
}

void kz_isotropic_panel_evaluate(double value[POINTS], const kz_isotropic_panel *p, const double *q)
{
    int past = p->at_from + p->at_count - p->nodes,
        up = past > 0 ? p->at_count - past : p->at_count;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, POINTS, up, 1, p->at, p->at_count, q + p->at_from, 1,
                0, value, 1);
    if (past <= 0) return;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, POINTS, past, 1, p->at + up, p->at_count, q, 1, 1,
                value, 1);
}

void kz_isotropic_panel_convolve(double *out, const kz_isotropic_panel *p,
                                 const double value[POINTS])
{
    if (p->kernel_count == 0) return; /* far out, between two nodes */
    cblas_dgemv(CblasRowMajor, CblasTrans, POINTS, p->kernel_count, 1, p->kernel, p->kernel_count,
                value, 1, 1, out + p->kernel_from, 1);
}

void kz_isotropic_panel_project(double *out, const kz_isotropic_panel *p,
                                const kz_isotropic_circle *circle, const double value[POINTS])
{
    for (int i = 0; i < POINTS; i++)
        for (int j = 0; j < p->at_count; j++) {
            int node = (p->at_from + j) % p->nodes;
            out[node] +=
                p->length[i] * value[i] * p->at[i * p->at_count + j] / circle->nodes->weight[node];
        }
}

/* Times its factor. */
static void weigh(double value[POINTS], const kz_isotropic_panel *p, const double *q, size_t apart)
{
    kz_isotropic_panel_evaluate(value, p, q + (size_t)p->tag * apart);
    for (int i = 0; i < POINTS; i++)
        value[i] *= p->factor[i];
}

bool kz_isotropic_panels_convolve(double *out, const kz_isotropic_panels *panels, int M, int f,
                                  const double *q, size_t apart)
{
    int count;
    const kz_isotropic_panel *p = kz_isotropic_panels_of(&count, panels, f);
    double value[POINTS];
    if (count == 0) return false;
    memset(out, 0, (size_t)M * sizeof *out);
    for (int k = 0; k < count; k++, p++) {
        weigh(value, p, q, apart);
        kz_isotropic_panel_convolve(out, p, value);
    }
    return true;
}

double kz_isotropic_panels_integrate(const kz_isotropic_panels *panels, int f, const double *q,
                                     size_t apart, const double *factor)
{
    int count;
    const kz_isotropic_panel *p = kz_isotropic_panels_of(&count, panels, f);
    double value[POINTS], other[POINTS], sum = 0;
    for (int k = 0; k < count; k++, p++) {
        weigh(value, p, q, apart);
        if (factor) kz_isotropic_panel_evaluate(other, p, factor);
        for (int i = 0; i < POINTS; i++)
            sum += p->length[i] * value[i] * (factor ? other[i] : 1);
    }
    return sum;
}

void kz_isotropic_panels_project(double *out, const kz_isotropic_panels *panels,
                                 const kz_isotropic_circle *circle, int f, const double *q,
                                 size_t apart)
{
    int count;
    const kz_isotropic_panel *p = kz_isotropic_panels_of(&count, panels, f);
    double value[POINTS];
    for (int k = 0; k < count; k++, p++) {
        weigh(value, p, q, apart);
        kz_isotropic_panel_project(out, p, circle, value);
    }
}
