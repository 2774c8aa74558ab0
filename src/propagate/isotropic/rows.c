#include "propagate/isotropic/rows.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "propagate/geometry/geometry.h"

void kz_isotropic_rows_free(kz_isotropic_rows *r)
{
    for (int e = 0; e < KZ_ROWS_ENTRIES; e++) {
        kz_free(r->entry[e]);
        kz_free(r->apart[e]);
    }
    kz_free(r->edge);
    kz_free(r->mismatch);
    kz_free(r->coefficients);
    kz_free(r->region);
    kz_isotropic_panels_free(&r->panels);
}

static kz_status allocate(kz_isotropic_rows *r)
{
    size_t size = (size_t)r->size, jumps = r->pieces - 1;
    void *memory;
    for (int e = 0; e < KZ_ROWS_ENTRIES; e++) {
        KZ_TRY(kz_alloc_doubles(&r->entry[e], size));
        if (jumps > 0) KZ_TRY(kz_alloc_doubles(&r->apart[e], r->pieces * size));
    }
    if (jumps == 0) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&r->edge, jumps * size));
    KZ_TRY(kz_alloc_doubles(&r->mismatch, size));
    KZ_TRY(kz_alloc_doubles(&r->coefficients, size));
    KZ_TRY(kz_alloc(&memory, jumps * (size_t)r->N, sizeof *r->region));
    r->region = memory;
    return KZ_OK;
}

kz_status kz_isotropic_rows_create(kz_isotropic_rows *r, const kz_isotropic_heights *h, double x,
                                   double t)
{
    const kz_profile *p = h->table.profile;
    *r = (kz_isotropic_rows){.heights = h,
                             .N = h->N,
                             .M = h->M,
                             .size = h->N * h->M,
                             .x = x,
                             .t = t,
                             .pieces = p->pieces,
                             .base = kz_profile_find(p, x)};
    KZ_TRY(allocate(r));
    for (size_t c = 0; c + 1 < p->pieces; c++)
        for (int at = 0; at < r->size; at++)
            r->edge[c * (size_t)r->size + (size_t)at] =
                kz_height_table_at(&h->table, c, at / r->M, kz_isotropic_folded(h, at % r->M),
                                   p->piece[c].to)
                    .X;
    return KZ_OK;
}

double kz_isotropic_rows_mean(const kz_isotropic_rows *r, size_t piece)
{
    const kz_height_table *table = &r->heights->table;
    return kz_height_table_at(table, piece, r->N + 1, 0, table->profile->piece[piece].to).X;
}

size_t kz_isotropic_rows_piece(const kz_isotropic_rows *r, double mean)
{
    size_t piece = 0;
    if (r->t == 0) return kz_profile_find(r->heights->table.profile, r->x);
    while (piece + 1 < r->pieces && mean > kz_isotropic_rows_mean(r, piece))
        piece++;
    return piece;
}

/* -- where ----------------------------------------------------------------------------------- */

/* Of X* - X(x_c), relative to the largest, has no sign: rounding; and as much as the tails of an
 * early X* may be wrong, in which there are more crossings than strings have. */
static const double NOISE = 2e-14, NOISE_MAX = 1e-2;

static kz_status find_region(kz_region *out, const kz_isotropic_rows *r, int f, const double *edge,
                             const double *X, double largest)
{
    const kz_isotropic_circle *circle = &r->heights->circle;
    double *nodal = r->mismatch + f * r->M, noise = NOISE;
    for (;; noise *= 10) {
        for (int i = 0; i < r->M; i++) {
            double apart = X[f * r->M + i] - edge[f * r->M + i];
            if (fabs(apart) <= noise * largest) nodal[i] = 0;
        }
        kz_status status =
            kz_isotropic_circle_region(out, circle, nodal, r->coefficients + f * r->M);
        if (status != KZ_ENOCONV || noise > NOISE_MAX) return status;
    }
}

/* {u > x_c} of all rows for the jump after a piece. */
static kz_status find_regions(kz_isotropic_rows *r, size_t c, const double *X)
{
    const kz_isotropic_circle *circle = &r->heights->circle;
    const double *edge = r->edge + c * (size_t)r->size;
    int M = r->M, N = r->N;
    double largest = 0;
    for (int at = 0; at < r->size; at++) {
        largest = fmax(largest, fabs(X[at] - edge[at]));
        r->mismatch[at] = (X[at] - edge[at]) * circle->stretch[at % M];
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, M, M, 1, r->mismatch, M,
                circle->forward, M, 0, r->coefficients, M);
    for (int f = 0; f < N; f++)
        KZ_TRY(find_region(&r->region[c * (size_t)N + (size_t)f], r, f, edge, X, largest));
    return KZ_OK;
}

kz_status kz_isotropic_rows_divide(kz_isotropic_rows *r, const double *X)
{
    for (size_t c = 0; r->t != 0 && c + 1 < r->pieces; c++)
        KZ_TRY(find_regions(r, c, X));
    return KZ_OK;
}

static size_t piece_at(const kz_isotropic_rows *r, int f, double theta)
{
    size_t piece = 0;
    for (size_t c = 0; c + 1 < r->pieces; c++)
        piece += kz_region_contains(&r->region[c * (size_t)r->N + (size_t)f], theta);
    return piece;
}

/* The next edge of any region to the right. */
static double next_edge(const kz_isotropic_rows *r, int f, double theta)
{
    double next = 0.5 * M_PI;
    for (size_t c = 0; c + 1 < r->pieces; c++) {
        const kz_region *region = &r->region[c * (size_t)r->N + (size_t)f];
        for (int e = 0; e < region->count; e++)
            if (region->edge[e] > theta) next = fmin(next, region->edge[e]);
    }
    return next;
}

static kz_status add_spans(kz_isotropic_spans *spans, const kz_isotropic_rows *r, int f)
{
    const kz_isotropic_circle *circle = &r->heights->circle;
    for (double from = -0.5 * M_PI, to; from < 0.5 * M_PI; from = to) {
        to = next_edge(r, f, from);
        size_t piece = piece_at(r, f, 0.5 * (from + to));
        if (piece != r->base)
            KZ_TRY(kz_isotropic_spans_add(spans, f, (int)piece, kz_isotropic_rapidity(circle, from),
                                          kz_isotropic_rapidity(circle, to)));
    }
    return KZ_OK;
}

/* -- what ------------------------------------------------------------------------------------ */

/* Of one piece at one node, for one X. */
static void evaluate(double out[KZ_ROWS_ENTRIES], const kz_isotropic_rows *r, size_t piece, int at,
                     double X, bool fillings)
{
    double u, x, mu;
    const kz_height_table *table = &r->heights->table;
    size_t k = kz_isotropic_folded(r->heights, at % r->M);
    kz_height h = kz_height_table_invert(&u, table, piece, at / r->M, k, X);
    out[KZ_ROWS_HEIGHT] = h.H;
    out[KZ_ROWS_HOLE] = h.hole;
    out[KZ_ROWS_ENTROPY] = 0;
    if (!fillings) return;
    kz_height_table_filling(&x, &mu, table, piece, at / r->M, k, u);
    out[KZ_ROWS_HOLE] = 1 / (1 + exp(-x));
    out[KZ_ROWS_ENTROPY] = kz_mixing_entropy(x);
}

/* A piece that some panels of row f are in, less the base. */
static void fill_apart(kz_isotropic_rows *r, size_t piece, int f, const double *X, bool fillings)
{
    double here[KZ_ROWS_ENTRIES], base[KZ_ROWS_ENTRIES];
    for (int at = f * r->M; at < (f + 1) * r->M; at++) {
        evaluate(base, r, r->base, at, X[at], fillings);
        evaluate(here, r, piece, at, X[at], fillings);
        for (int e = 0; e < KZ_ROWS_ENTRIES; e++)
            r->apart[e][piece * (size_t)r->size + (size_t)at] = here[e] - base[e];
    }
}

static void fill_row(kz_isotropic_rows *r, int f, const double *X, bool fillings)
{
    for (int i = 0; i < r->M; i++) {
        int at = f * r->M + i;
        double out[KZ_ROWS_ENTRIES];
        evaluate(out, r, r->base, at, X[at], fillings);
        for (int e = 0; e < KZ_ROWS_ENTRIES; e++)
            r->entry[e][at] = out[e];
    }
    int count;
    const kz_isotropic_panel *panel = kz_isotropic_panels_of(&count, &r->panels, f);
    for (size_t piece = 0; piece < r->pieces; piece++) {
        bool used = false;
        for (int k = 0; k < count && !used; k++)
            used = panel[k].tag == (int)piece;
        if (used) fill_apart(r, piece, f, X, fillings);
    }
}

/* Of the circle in a panel at most, which has ten points: what comes from x_0 varies by t/(x -
 * x_0), so that panels become shorter as nodes become more. */
static const double PANEL_STEPS = 6;

kz_status kz_isotropic_rows_fill(kz_isotropic_rows *r, const double *X, bool fillings)
{
    kz_isotropic_spans spans = {.steps = PANEL_STEPS};
    kz_status status = KZ_OK;
    for (int f = 0; r->t != 0 && status == KZ_OK && r->pieces > 1 && f < r->N; f++)
        status = add_spans(&spans, r, f);
    if (status == KZ_OK)
        status = kz_isotropic_panels_set(&r->panels, &r->heights->circle, r->N, &spans);
    kz_isotropic_spans_free(&spans);
    for (int f = 0; status == KZ_OK && f < r->N; f++)
        fill_row(r, f, X, fillings);
    return status;
}

/* -- sums ------------------------------------------------------------------------------------ */

void kz_isotropic_rows_multiply(double *z, double *zs, const kz_isotropic_rows *r, int entry,
                                const double *x)
{
    for (int at = 0; at < r->size; at++)
        z[at] = r->entry[entry][at] * x[at];
    for (int f = 0; f < r->N; f++) {
        int count;
        (void)kz_isotropic_panels_of(&count, &r->panels, f);
        for (size_t piece = 0; count > 0 && piece < r->pieces; piece++)
            for (int at = f * r->M; at < (f + 1) * r->M; at++) {
                size_t here = piece * (size_t)r->size + (size_t)at;
                zs[here] = r->apart[entry][here] * x[at];
            }
    }
}

void kz_isotropic_rows_project(double *out, const kz_isotropic_rows *r, int f, const double *z,
                               const double *zs)
{
    memcpy(out, z + f * r->M, (size_t)r->M * sizeof *out);
    if (zs)
        kz_isotropic_panels_project(out, &r->panels, &r->heights->circle, f, zs + f * r->M,
                                    (size_t)r->size);
}

double kz_isotropic_rows_integrate(const kz_isotropic_rows *r, int f, const double *z,
                                   const double *zs, const double *factor)
{
    const double *weight = r->heights->nodes->weight;
    double sum = 0;
    for (int i = 0; i < r->M; i++)
        sum += weight[i] * z[f * r->M + i] * (factor ? factor[i] : 1);
    if (zs)
        sum += kz_isotropic_panels_integrate(&r->panels, f, zs + f * r->M, (size_t)r->size, factor);
    return sum;
}
