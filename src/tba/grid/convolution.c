#include "tba/grid/convolution.h"

#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"

double kz_grid_spacing(const kz_grid *grid) { return grid->window / (double)grid->half; }

kz_status kz_grid_form(kz_form *out, const kz_grid *grid)
{
    if (grid->chain.kind == KZ_CHAIN_AXIAL)
        return kz_form_fill_gapped(out, grid->chain, grid->order);
    return kz_form_fill(out, grid->chain);
}

size_t kz_grid_finer(size_t half, double measured, double wanted)
{
    double factor = measured < 0.1 ? log(wanted) / log(measured) : 2;
    factor = fmin(2, fmax(1.2, factor));
    return kz_grid_fast_size((size_t)ceil(factor * (double)half));
}

kz_grid kz_grid_widen(kz_grid grid, double extra)
{
    if (kz_chain_is_isotropic(grid.chain)) return grid; /* nodes are on the whole line */
    if (grid.chain.kind == KZ_CHAIN_AXIAL) {            /* the period is fixed, the strings go on */
        grid.order += (int)ceil(0.8 * extra / acosh(fabs(grid.chain.delta)));
        return grid;
    }
    double half = (double)grid.half * (grid.window + extra) / grid.window;
    grid.half = kz_grid_fast_size((size_t)ceil(half));
    grid.window += extra;
    return grid;
}

size_t kz_grid_fast_size(size_t n)
{
    if (n < 16) n = 16;
    for (;; n++) {
        size_t rest = n;
        while (rest % 2 == 0)
            rest /= 2;
        while (rest % 3 == 0)
            rest /= 3;
        while (rest % 5 == 0)
            rest /= 5;
        if (rest == 1 && n % 2 == 0) return n;
    }
}

void kz_convolution_free(kz_convolution *c)
{
    if (!c) return;
    kz_transform_free(c->transform);
    kz_zoom_free(c->zoom);
    kz_free(c->share);
    kz_free(c->width);
    kz_free(c->lambda);
    kz_free(c->source);
    kz_free(c->frequency);
    kz_free(c->symbol);
    kz_free(c->link);
    kz_free(c);
}

static size_t mode_number(kz_parity parity, size_t n, size_t index)
{
    if (parity == KZ_EVEN) return index;
    if (parity == KZ_ODD) return index + 1;
    return 2 * index <= n ? index : n - index;
}

/* On the whole line each mode but the first and the middle one has two coefficients. */
static void mirror(double *symbol, size_t n)
{
    for (size_t k = 1; 2 * k < n; k++)
        symbol[n - k] = symbol[k];
}

static void fill_symbols(kz_convolution *c, kz_part part)
{
    const double *width = c->form.width, *frequency = c->frequency + part.start;
    bool full = c->parity == KZ_FULL;
    size_t end = full ? part.n / 2 + 1 : part.n;
    for (int b = 0; b < c->form.blocks; b++) {
        double *symbol = c->symbol + (size_t)b * c->n + part.start;
        double *link = c->link + (size_t)b * c->n + part.start;
        for (size_t k = 0; k < end; k++)
            symbol[k] = kz_local_kernel_symbol(width[b], frequency[k]) / c->norm;
        for (size_t k = 0; b + 1 < c->form.blocks && k < end; k++)
            link[k] = kz_local_link_symbol(width[b], width[b + 1], frequency[k]) / c->norm;
        if (!full) continue;
        mirror(symbol, part.n);
        mirror(link, part.n);
    }
}

int kz_convolution_parts(const kz_convolution *c) { return c->zoom ? c->zoom->count : 1; }

kz_part kz_convolution_part(const kz_convolution *c, int part)
{
    double h = kz_grid_spacing(&c->grid);
    if (!c->zoom) return (kz_part){0, c->n, c->lambda[0], h};
    const kz_patch *q = &c->zoom->patch[part];
    return (kz_part){q->start, q->n, q->first, q->spacing};
}

size_t kz_convolution_node_below(const kz_convolution *c, double lambda)
{
    int patch = c->zoom ? kz_zoom_patch_at(c->zoom, lambda) : 0;
    kz_part part = kz_convolution_part(c, patch);
    double position = (lambda - part.first) / part.spacing;
    return part.start + (size_t)fmin(fmax(position, 0), (double)(part.n - 1));
}

static kz_status allocate(kz_convolution *c)
{
    size_t blocks = (size_t)c->form.blocks;
    KZ_TRY(kz_alloc_doubles(&c->lambda, c->n));
    KZ_TRY(kz_alloc_doubles(&c->source, c->n));
    KZ_TRY(kz_alloc_doubles(&c->frequency, c->n));
    KZ_TRY(kz_alloc_doubles(&c->share, c->n));
    KZ_TRY(kz_alloc_doubles(&c->width, c->n));
    KZ_TRY(kz_alloc_doubles(&c->symbol, blocks * c->n));
    return kz_alloc_doubles(&c->link, blocks * c->n);
}

static void fill_uniform(kz_convolution *c)
{
    double h = kz_grid_spacing(&c->grid);
    double shift = c->parity == KZ_FULL ? (double)c->grid.half : 0;
    for (size_t k = 0; k < c->n; k++) {
        c->lambda[k] = ((double)k + 0.5 - shift) * h;
        c->share[k] = c->width[k] = 1;
        c->frequency[k] = M_PI / c->grid.window * (double)mode_number(c->parity, c->n, k);
    }
}

static void fill_zoomed(kz_convolution *c)
{
    double h = kz_grid_spacing(&c->grid);
    for (int p = 0; p < c->zoom->count; p++) {
        const kz_patch *q = &c->zoom->patch[p];
        double step = 2 * M_PI / ((double)q->n * q->spacing);
        for (size_t k = 0; k < q->n; k++) {
            c->lambda[q->start + k] = q->first + (double)k * q->spacing;
            c->share[q->start + k] = q->share[k] * q->spacing / h;
            c->width[q->start + k] = q->spacing / h;
            c->frequency[q->start + k] = step * (double)mode_number(KZ_FULL, q->n, k);
        }
    }
}

static kz_status fill(kz_convolution *c)
{
    KZ_TRY(allocate(c));
    if (c->zoom)
        fill_zoomed(c);
    else
        fill_uniform(c);
    for (size_t k = 0; k < c->n; k++)
        c->source[k] = kz_form_source(&c->form, c->lambda[k]);
    for (int p = 0; p < kz_convolution_parts(c); p++)
        fill_symbols(c, kz_convolution_part(c, p));
    return KZ_OK;
}

/* Owns `zoom`, which may be NULL. */
static kz_status create(kz_convolution **out, kz_grid grid, kz_parity parity, kz_zoom *zoom)
{
    kz_form form;
    void *memory = NULL;
    kz_status status = kz_grid_form(&form, &grid);
    if (status == KZ_OK) status = kz_alloc(&memory, 1, sizeof(kz_convolution));
    if (status != KZ_OK) {
        kz_zoom_free(zoom);
        return status;
    }
    kz_convolution *c = memory;
    *c = (kz_convolution){.grid = grid, .parity = parity, .form = form, .rows = form.rows};
    c->zoom = zoom;
    c->n = parity == KZ_FULL ? 2 * grid.half : grid.half;
    c->norm = parity == KZ_FULL ? (double)c->n : 2.0 * (double)c->n;
    if (zoom) {
        c->n = zoom->n;
        c->norm = 1;
    }
    status = fill(c);
    if (status == KZ_OK && !zoom) status = kz_transform_create(&c->transform, c->n, parity);
    if (status != KZ_OK) {
        kz_convolution_free(c);
        return status;
    }
    *out = c;
    return KZ_OK;
}

kz_status kz_convolution_create(kz_convolution **out, kz_grid grid, kz_parity parity)
{
    *out = NULL;
    if (grid.half < 2 || !(grid.window > 0) || grid.half > (size_t)1 << 26)
        return KZ_FAIL(KZ_EINVAL, "grid of %zu nodes on a window of %.15g", grid.half, grid.window);
    return create(out, grid, parity, NULL);
}

kz_status kz_convolution_create_zoomed(kz_convolution **out, kz_grid grid, kz_zoom *zoom)
{
    *out = NULL;
    return create(out, grid, KZ_FULL, zoom);
}

/* Blocks of products with one table: no recurrence adds up rounding or keeps lanes waiting. */
void kz_phases_fill(double *restrict cosines, double *restrict sines, size_t n, double angle)
{
    enum { BLOCK = 64 };
    double co[BLOCK] = {1}, si[BLOCK] = {0};
    for (size_t half = 1; half < BLOCK; half *= 2) {
        double c = cos((double)half * angle), s = sin((double)half * angle);
        for (size_t i = 0; i < half; i++) {
            co[half + i] = c * co[i] - s * si[i];
            si[half + i] = c * si[i] + s * co[i];
        }
    }
    for (size_t m = 0; m < n; m += BLOCK) {
        double c = cos((double)m * angle), s = sin((double)m * angle);
        size_t count = n - m < BLOCK ? n - m : BLOCK;
        for (size_t i = 0; i < count; i++) {
            cosines[m + i] = c * co[i] - s * si[i];
            sines[m + i] = c * si[i] + s * co[i];
        }
    }
}

void kz_convolution_forward_row(const kz_convolution *c, double *row)
{
    if (c->zoom)
        kz_zoom_forward(c->zoom, row);
    else
        kz_transform_forward(c->transform, row, 1);
}

void kz_convolution_backward_row(const kz_convolution *c, double *row)
{
    if (c->zoom)
        kz_zoom_backward(c->zoom, row);
    else
        kz_transform_backward(c->transform, row, 1);
}

void kz_convolution_forward(const kz_convolution *c, double *data)
{
    for (size_t f = 0; f < (size_t)c->rows; f++)
        kz_convolution_forward_row(c, data + f * c->n);
}

void kz_convolution_backward(const kz_convolution *c, double *data)
{
    for (size_t f = 0; f < (size_t)c->rows; f++)
        kz_convolution_backward_row(c, data + f * c->n);
}

/* row = s (below + above) */
static void couple_inside(double *restrict row, const double *restrict symbol, const double *below,
                          const double *above, size_t n)
{
    if (below && above) {
        for (size_t k = 0; k < n; k++)
            row[k] = symbol[k] * (below[k] + above[k]);
    } else if (below || above) {
        const double *only = below ? below : above;
        for (size_t k = 0; k < n; k++)
            row[k] = symbol[k] * only[k];
    } else {
        memset(row, 0, n * sizeof *row);
    }
}

/* The last row of a block that is not the last: row += d here - s' above */
static void couple_across(double *restrict row, const double *restrict link,
                          const double *restrict symbol, const double *restrict here,
                          const double *restrict above, size_t n)
{
    for (size_t k = 0; k < n; k++)
        row[k] += link[k] * here[k] - symbol[k] * above[k];
}

void kz_convolution_couple(double *restrict out, const kz_convolution *c, const double *restrict in)
{
    size_t n = c->n;
    for (int f = 0, b = 0; f < c->rows; f++) {
        double *restrict row = out + (size_t)f * n;
        const double *here = in + (size_t)f * n, *symbol = c->symbol + (size_t)b * n;
        const double *below = f > 0 ? here - n : NULL;
        bool closes = f + 1 == c->form.end[b], last = f + 1 == c->rows;
        couple_inside(row, symbol, below, closes ? NULL : here + n, n);
        if (closes && !last)
            couple_across(row, c->link + (size_t)b * n, symbol + n, here, here + n, n);
        b += closes;
    }
}

/* Coefficient arrays keep the scale of an unnormalised backward transform, which is the same on
 * every grid, so that refinement copies numbers.  In half-complex order the real parts come
 * first and the imaginary parts sit at the end; nodes of the two grids are offset by half a
 * spacing each, hence the phase. */
typedef struct {
    size_t n, stride; /* nodes of a row, from row to row */
} layout;

static void refine_full(double *restrict out, layout fine, const double *restrict in, layout coarse,
                        size_t rows, double phase_step)
{
    enum { BLOCK = 512 };
    double c[BLOCK], s[BLOCK];
    size_t nf = fine.n, nc = coarse.n;
    for (size_t f = 0; f < rows; f++) {
        memset(out + f * fine.stride, 0, nf * sizeof *out);
        out[f * fine.stride] = in[f * coarse.stride];
    }
    size_t end = ((nc < nf ? nc : nf) + 1) / 2;
    for (size_t first = 1; first < end; first += BLOCK) {
        size_t count = end - first < BLOCK ? end - first : BLOCK;
        for (size_t i = 0; i < count; i++) {
            c[i] = cos(phase_step * (double)(first + i));
            s[i] = sin(phase_step * (double)(first + i));
        }
        for (size_t f = 0; f < rows; f++) {
            const double *re = in + f * coarse.stride + first;
            const double *im = in + f * coarse.stride + nc - first;
            double *to = out + f * fine.stride + first;
            double *to_im = out + f * fine.stride + nf - first;
            for (size_t i = 0; i < count; i++) {
                to[i] = re[i] * c[i] - *(im - i) * s[i];
                *(to_im - i) = re[i] * s[i] + *(im - i) * c[i];
            }
        }
    }
}

void kz_convolution_refine(double *restrict out, const kz_convolution *to,
                           const double *restrict in, const kz_convolution *from)
{
    size_t nf = to->n, nc = from->n, rows = (size_t)from->rows;
    if (kz_convolution_parts(from) < kz_convolution_parts(to))
        memset(out, 0, rows * nf * sizeof *out);
    for (int p = 0; from->parity == KZ_FULL && p < kz_convolution_parts(from); p++) {
        kz_part fine = kz_convolution_part(to, p), coarse = kz_convolution_part(from, p);
        double step = 2 * M_PI / ((double)coarse.n * coarse.spacing);
        refine_full(out + fine.start, (layout){fine.n, nf}, in + coarse.start,
                    (layout){coarse.n, nc}, rows, (fine.first - coarse.first) * step);
    }
    if (from->parity == KZ_FULL) return;
    for (size_t f = 0; f < rows; f++) {
        memset(out + f * nf, 0, nf * sizeof *out);
        memcpy(out + f * nf, in + f * nc, (nc < nf ? nc : nf) * sizeof *out);
    }
}
