#include "tba/grid/offgrid.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/full.h"
#include "tba/grid/convolution.h"

/* exp(SHARPNESS (sqrt(1 - x^2) - 1)) over WIDTH nodes: at twice as many nodes as modes need, what
 * folds back is below 1e-15 of what stays [barnett2019]. */
enum { WIDTH = 16, OVERSAMPLING = 4 };
static const double SHARPNESS = 2.3 * WIDTH;

static double window_at(double x) { return exp(SHARPNESS * (sqrt(fmax(0, 1 - x * x)) - 1)); }

void kz_offgrid_free(kz_offgrid *o)
{
    kz_free(o->inverse);
    kz_free(o->circle);
    kz_free(o->first);
    kz_free(o->weight);
    kz_transform_free(o->transform);
    *o = (kz_offgrid){.modes = 0};
}

/* (WIDTH/2) int_{-1}^1 window(x) cos(m x pi WIDTH/G) dx, by a rule that is exact to rounding. */
static kz_status fill_inverse(kz_offgrid *o)
{
    enum { ORDER = 32 };
    const double edge[2] = {0, 1};
    double step = M_PI * WIDTH / (double)o->nodes, *cosines;
    size_t count = o->modes + 1;
    kz_rule rule;
    KZ_TRY(kz_rule_create(&rule, edge, 2, 1, ORDER));
    kz_status status = kz_alloc_doubles(&cosines, 2 * count);
    for (size_t q = 0; status == KZ_OK && q < rule.n; q++) {
        double x = rule.node[q], weight = WIDTH * rule.weight[q] * window_at(x);
        kz_phases_fill(cosines, cosines + count, count, step * x);
        for (size_t m = 0; m < count; m++)
            o->inverse[m] += weight * cosines[m];
    }
    for (size_t m = 0; status == KZ_OK && m < count; m++)
        o->inverse[m] = 1 / o->inverse[m];
    kz_free(cosines);
    kz_rule_free(&rule);
    return status;
}

kz_status kz_offgrid_create(kz_offgrid *o, size_t modes)
{
    o->modes = modes;
    o->nodes = kz_grid_fast_size(OVERSAMPLING * modes + WIDTH);
    KZ_TRY(kz_alloc_doubles(&o->inverse, modes + 1));
    KZ_TRY(kz_alloc_doubles(&o->circle, o->nodes + WIDTH));
    KZ_TRY(kz_transform_create(&o->transform, o->nodes, KZ_FULL));
    return fill_inverse(o);
}

static kz_status reserve(kz_offgrid *o, size_t count)
{
    void *first;
    o->count = 0;
    if (count <= o->room) return KZ_OK;
    kz_free(o->first);
    kz_free(o->weight);
    o->first = NULL;
    o->weight = NULL;
    o->room = 0;
    KZ_TRY(kz_alloc(&first, count, sizeof *o->first));
    o->first = first;
    KZ_TRY(kz_alloc_doubles(&o->weight, count * WIDTH));
    o->room = count;
    return KZ_OK;
}

kz_status kz_offgrid_place(kz_offgrid *o, const double *lambda, size_t count, double factor)
{
    KZ_TRY(reserve(o, count));
    double nodes = (double)o->nodes, scale = factor / (2 * M_PI) * nodes;
    for (size_t q = 0; q < count; q++) {
        double at = scale * lambda[q], first = ceil(at - 0.5 * WIDTH);
        double *restrict weight = o->weight + q * WIDTH;
        for (int i = 0; i < WIDTH; i++)
            weight[i] = window_at((first + i - at) / (0.5 * WIDTH));
        double turned = first - nodes * floor(first / nodes);
        o->first[q] = (size_t)turned % o->nodes;
    }
    o->count = count;
    return KZ_OK;
}

void kz_offgrid_evaluate(double *out, kz_offgrid *o, const double *cosines, const double *sines,
                         size_t n)
{
    double *restrict circle = o->circle;
    memset(circle, 0, o->nodes * sizeof *circle);
    if (cosines) circle[0] = cosines[0] * o->inverse[0];
    for (size_t m = 1; m < n; m++) {
        double half = 0.5 * o->inverse[m];
        if (cosines) circle[m] = half * cosines[m];
        if (sines) circle[o->nodes - m] = -half * sines[m];
    }
    kz_transform_backward(o->transform, circle, 1);
    memcpy(circle + o->nodes, circle, WIDTH * sizeof *circle);
    for (size_t q = 0; q < o->count; q++) {
        const double *restrict near = circle + o->first[q], *restrict weight =
                                                                o->weight + q * WIDTH;
        double sum = 0;
        for (int i = 0; i < WIDTH; i++)
            sum += weight[i] * near[i];
        out[q] = sum;
    }
}

void kz_offgrid_collect(double *cosines, double *sines, size_t n, kz_offgrid *o, const double *f)
{
    double *restrict circle = o->circle;
    memset(circle, 0, (o->nodes + WIDTH) * sizeof *circle);
    for (size_t q = 0; q < o->count; q++) {
        double *restrict near = circle + o->first[q];
        const double *restrict weight = o->weight + q * WIDTH;
        for (int i = 0; i < WIDTH; i++)
            near[i] += weight[i] * f[q];
    }
    for (int i = 0; i < WIDTH; i++)
        circle[i] += circle[o->nodes + (size_t)i];
    kz_transform_forward(o->transform, circle, 1);
    for (size_t m = 0; m < n; m++) {
        if (cosines) cosines[m] = o->inverse[m] * circle[m];
        if (sines) sines[m] = m > 0 ? -o->inverse[m] * circle[o->nodes - m] : 0;
    }
}
