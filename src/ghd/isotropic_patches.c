#include "ghd/isotropic_patches.h"

#include <cblas.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/lagrange.h"
#include "core/memory.h"
#include "ghd/crossing.h"
#include "ghd/level.h"

/* Length of a panel at most: s and what it dresses have poles at i/2, 4.2^-20. */
static const double LONGEST = 0.5;

/* From here on the circle is dense for what varies there (poles are at i/2): a polynomial through
 * STENCIL nodes interpolates as well as all modes. */
static const double FAR = 10;
enum { STENCIL = 24, POINTS = KZ_PATCH_POINTS };

/* s is below rounding from here on. */
static const double NARROW = 11;

void kz_isotropic_patches_free(kz_isotropic_patches *p)
{
    kz_free(p->first);
    kz_free(p->panel);
    kz_free(p->numbers);
    *p = (kz_isotropic_patches){0};
}

void kz_isotropic_patches_clear(kz_isotropic_patches *p, const kz_isotropic_level *level)
{
    for (int f = 0; p->first && f <= level->rows; f++)
        p->first[f] = 0;
}

/* Values of d below, relative to the largest, have no sign. */
static const double NOISE = 2e-14;

/* d falls as 1/lambda^2, on the circle that is taken out. */
kz_status kz_isotropic_find_regions(kz_region *out, const kz_isotropic_level *level,
                                    const double *d, int tail, double *scratch,
                                    double *coefficients)
{
    int M = level->count, N = level->rows;
    double largest = 0;
    for (int i = 0; i < N * M; i++) {
        largest = fmax(largest, fabs(d[i]));
        scratch[i] = d[i] * level->circle.stretch[i % M];
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, M, M, 1, scratch, M,
                level->circle.forward, M, 0, coefficients, M);
    for (int i = 0; i < N * M; i++) /* no sign */
        if (fabs(d[i]) <= NOISE * largest) scratch[i] = 0;
    /* what crossing.h reads of a grid: theta for lambda, on its period */
    kz_convolution circle = {.grid = {.window = 0.5 * M_PI},
                             .form = {.closed = true},
                             .n = (size_t)M,
                             .lambda = level->circle.theta};
    for (int f = 0; f < N; f++) {
        kz_mismatch row = {
            .full = &circle, .nodal = scratch + f * M, .coefficients = coefficients + f * M};
        out[f] = (kz_region){.starts_inside = tail == KZ_LEFT};
        if (!kz_isotropic_level_is_common(level, f)) KZ_TRY(kz_mismatch_region(&out[f], &row));
    }
    return KZ_OK;
}

/* -- panels ---------------------------------------------------------------------------------- */

/* The panels of all rows one after the other; `patches` NULL: they are counted only. */
typedef struct {
    kz_isotropic_patches *patches;
    const kz_isotropic_level *level;
    const gsl_integration_glfixed_table *rule; /* of POINTS */
    double *hole;                              /* [N*M] */
    int row, tail;
    size_t panels, numbers;
} builder;

/* First node above lambda. */
static int find_node(const kz_isotropic_level *level, double lambda)
{
    int low = 0, high = level->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (level->nodes->lambda[middle] > lambda)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Which columns a panel needs. */
static kz_isotropic_panel panel_of(const kz_isotropic_level *level, int side, double from,
                                   double to)
{
    int M = level->count;
    kz_isotropic_panel p = {
        .side = side, .at_count = M, .kernel_from = find_node(level, from - NARROW)};
    p.kernel_count = find_node(level, to + NARROW) - p.kernel_from;
    double centre = 0.5 * (from + to);
    if (fabs(centre) < FAR || M <= STENCIL) return p;
    int first = find_node(level, centre) - STENCIL / 2;
    p.at_from = first < 0 ? 0 : first > M - STENCIL ? M - STENCIL : first;
    p.at_count = STENCIL;
    return p;
}

/* Trigonometric interpolation on the circle: sin(M x)/(M sin x), x = theta - theta_j. */
static void interpolate_all(double *at, const kz_isotropic_level *level, double theta)
{
    int M = level->count, K = level->nodes->half;
    double top = sin(M * theta) / M, s = sin(theta), c = cos(theta);
    for (int j = 0; j < M; j++) {
        double below = s * level->circle.cosine[j] - c * level->circle.sine[j];
        at[j] = fabs(below) < 1e-15 ? 1 : ((j - K) % 2 ? -top : top) / below;
    }
}

/* weight s(lambda_i - lambda). */
static void fill_kernel(double *kernel, const kz_isotropic_panel *p,
                        const kz_isotropic_level *level, double lambda, double weight)
{
    double here = exp(-M_PI * lambda);
    const double *growth = level->circle.growth + p->kernel_from;
    for (int i = 0; i < p->kernel_count; i++) {
        double ratio = growth[i] * here;
        kernel[i] = weight * ratio / (1 + ratio * ratio);
    }
}

/* D of a state, but for its sea, at a node of a panel. */
static double hole_at(const kz_isotropic_panel *p, const builder *b, int side, const double *at)
{
    int first = b->row * b->level->count + p->at_from;
    return cblas_ddot(p->at_count, at, 1, b->level->side[side].hole + first, 1);
}

static void fill_point(kz_isotropic_panel *p, const builder *b, int q, double lambda, double weight)
{
    const kz_isotropic_level *level = b->level;
    double *at = p->at + q * p->at_count, theta = atan(lambda / level->nodes->width);
    if (p->at_count == level->count)
        interpolate_all(at, level, theta);
    else
        kz_lagrange_weights(at, STENCIL,
                            (theta - level->circle.theta[p->at_from]) * level->count / M_PI);
    bool full = b->row == 0 && fabs(lambda) < level->state[p->side].sea;
    p->length[q] = weight;
    weight *= (full ? 0 : hole_at(p, b, p->side, at)) - hole_at(p, b, b->tail, at);
    p->weight[q] = weight;
    fill_kernel(p->kernel + q * p->kernel_count, p, level, lambda, weight);
}

static void add_panel(builder *b, int side, double from, double to)
{
    kz_isotropic_panel p = panel_of(b->level, side, from, to);
    size_t at = b->numbers, kernel = at + POINTS * (size_t)p.at_count;
    b->numbers = kernel + POINTS * (size_t)p.kernel_count;
    b->panels++;
    if (!b->patches) return;
    p.at = b->patches->numbers + at;
    p.kernel = b->patches->numbers + kernel;
    for (int q = 0; q < POINTS; q++) {
        double lambda, weight;
        gsl_integration_glfixed_point(from, to, (size_t)q, &lambda, &weight, b->rule);
        fill_point(&p, b, q, lambda, weight);
    }
    b->patches->panel[b->panels - 1] = p;
}

static void add_panels(builder *b, int side, double from, double to)
{
    int panels = to > from ? (int)ceil((to - from) / LONGEST) : 0;
    for (int k = 0; k < panels; k++)
        add_panel(b, side, from + (to - from) * k / panels, from + (to - from) * (k + 1) / panels);
}

/* Where the ray is in the state `side`: in its sea, and beyond where that is not the state far out.
 */
static void add_sides(builder *b, int side, double from, double to)
{
    double B = b->row == 0 ? b->level->state[side].sea : 0;
    bool cut = B > 0;
    if (cut) add_panels(b, side, fmax(from, -B), fmin(to, B));
    if (side == b->tail) return;
    from = fmax(from, -KZ_ISOTROPIC_REACH);
    to = fmin(to, KZ_ISOTROPIC_REACH);
    add_panels(b, side, from, cut ? fmin(to, -B) : to);
    if (cut) add_panels(b, side, fmax(from, B), to);
}

static double rapidity(const kz_isotropic_level *level, double theta)
{
    return fabs(theta) >= 0.5 * M_PI ? copysign(INFINITY, theta) : level->nodes->width * tan(theta);
}

static void add_interval(void *context, double from, double to, bool inside)
{
    builder *b = context;
    const kz_isotropic_level *level = b->level;
    int side = inside ? KZ_LEFT : KZ_RIGHT;
    double first = rapidity(level, from), last = rapidity(level, to);
    for (int i = 0; b->patches && i < level->count; i++) {
        double lambda = level->nodes->lambda[i];
        int at = b->row * level->count + i;
        if (fabs(lambda) > KZ_ISOTROPIC_REACH && lambda > first && lambda < last)
            b->hole[at] = level->side[side].hole[at];
    }
    add_sides(b, side, first, last);
}

static void add_rows(builder *b, const kz_region *region)
{
    b->panels = b->numbers = 0;
    for (b->row = 0; b->row < b->level->rows; b->row++) {
        if (b->patches) b->patches->first[b->row] = (int)b->panels;
        kz_region_visit(&region[b->row], 0.5 * M_PI, add_interval, b);
    }
    if (b->patches) b->patches->first[b->row] = (int)b->panels;
}

static kz_status reserve(kz_isotropic_patches *p, const builder *need)
{
    void *memory;
    if (!p->first) {
        KZ_TRY(kz_alloc(&memory, (size_t)need->level->rows + 1, sizeof(int)));
        p->first = memory;
    }
    if (p->panels_room < need->panels) {
        kz_free(p->panel);
        p->panel = NULL;
        p->panels_room = 0;
        KZ_TRY(kz_alloc(&memory, need->panels, sizeof(kz_isotropic_panel)));
        p->panel = memory;
        p->panels_room = need->panels;
    }
    if (p->numbers_room >= need->numbers) return KZ_OK;
    kz_free(p->numbers);
    p->numbers = NULL;
    p->numbers_room = 0;
    KZ_TRY(kz_alloc_doubles(&p->numbers, need->numbers));
    p->numbers_room = need->numbers;
    return KZ_OK;
}

kz_status kz_isotropic_patches_set(kz_isotropic_patches *patches, double *hole,
                                   const kz_isotropic_level *level, const kz_region *region,
                                   int tail)
{
    builder b = {.level = level, .hole = hole, .tail = tail};
    add_rows(&b, region);
    KZ_TRY(reserve(patches, &b));
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(POINTS);
    if (!rule) return KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %d", (int)POINTS);
    b.patches = patches;
    b.rule = rule;
    add_rows(&b, region);
    gsl_integration_glfixed_table_free(rule);
    return KZ_OK;
}

/* -- sums over them -------------------------------------------------------------------------- */

static const kz_isotropic_panel *panels_of(int *count, const kz_isotropic_patches *p, int f)
{
    *count = p->first ? p->first[f + 1] - p->first[f] : 0;
    return *count > 0 ? p->panel + p->first[f] : NULL;
}

/* q at the nodes of a panel. */
static void evaluate(double value[POINTS], const kz_isotropic_panel *p, const double *q)
{
    cblas_dgemv(CblasRowMajor, CblasNoTrans, POINTS, p->at_count, 1, p->at, p->at_count,
                q + p->at_from, 1, 0, value, 1);
}

bool kz_isotropic_patches_convolve(double *out, const kz_isotropic_patches *patches,
                                   const kz_isotropic_level *level, int f, const double *q)
{
    int count;
    const kz_isotropic_panel *p = panels_of(&count, patches, f);
    double value[POINTS];
    if (count == 0) return false;
    memset(out, 0, (size_t)level->count * sizeof *out);
    for (int k = 0; k < count; k++, p++) {
        evaluate(value, p, q);
        cblas_dgemv(CblasRowMajor, CblasTrans, POINTS, p->kernel_count, 1, p->kernel,
                    p->kernel_count, value, 1, 1, out + p->kernel_from, 1);
    }
    return true;
}

double kz_isotropic_patches_integrate(const kz_isotropic_patches *patches, int f, const double *q,
                                      const double *factor)
{
    int count;
    const kz_isotropic_panel *p = panels_of(&count, patches, f);
    double value[POINTS], other[POINTS], sum = 0;
    for (int k = 0; k < count; k++, p++) {
        evaluate(value, p, q);
        if (factor) evaluate(other, p, factor);
        for (int i = 0; i < POINTS; i++)
            sum += p->weight[i] * value[i] * (factor ? other[i] : 1);
    }
    return sum;
}

double kz_isotropic_patches_product(const kz_isotropic_patches *patches, int f, int side,
                                    const double *a, const double *b, const double *c)
{
    int count;
    const kz_isotropic_panel *p = panels_of(&count, patches, f);
    double of_a[POINTS], of_b[POINTS], of_c[POINTS], sum = 0;
    for (int k = 0; k < count; k++, p++) {
        if (p->side != side) continue;
        evaluate(of_a, p, a);
        evaluate(of_b, p, b);
        evaluate(of_c, p, c);
        for (int i = 0; i < POINTS; i++)
            sum += p->length[i] * of_a[i] * of_b[i] * of_c[i];
    }
    return sum;
}

void kz_isotropic_patches_fill_last(double *out, const kz_isotropic_patches *patches,
                                    const kz_isotropic_level *level, const double *hole,
                                    const double *x)
{
    int count, last = level->rows - 1;
    for (int i = 0; i < level->count; i++)
        out[i] = hole[last * level->count + i] * x[last * level->count + i];
    const kz_isotropic_panel *p = panels_of(&count, patches, last);
    double value[POINTS];
    for (int k = 0; k < count; k++, p++) {
        evaluate(value, p, x + last * level->count);
        for (int q = 0; q < POINTS; q++)
            for (int i = 0; i < p->at_count; i++)
                out[p->at_from + i] += p->weight[q] * value[q] * p->at[q * p->at_count + i] /
                                       level->nodes->weight[p->at_from + i];
    }
}
