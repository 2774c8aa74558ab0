/* Where a row crosses the characteristic of a jump: the pieces on both sides, and errors of that.
 */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "propagate/geometry/work.h"

typedef struct {
    kz_convolution const *full;
    double *coefficients;
} collector;

static void collect(void *context, double from, double to, bool inside)
{
    collector *c = context;
    if (inside)
        kz_indicator_add(c->coefficients, c->full->n, c->full->grid.window, c->full->lambda[0],
                         from, to, 1);
}

/* Largest share of X* that may count as noise. */
static const double NOISE_MAX = 1e-2;

/* Of a height, which a difference of two does not have. */
static const double ROUNDING = 4e-16;

/* Height of the jump after a piece, from the origin of the table. */
static double X_at(const kz_geometry_work *w, size_t piece, int f, size_t k)
{
    return w->heights->edge[piece * w->size + (size_t)f * w->n + k];
}

/* {u > x_c} of row f for the jump after `piece`: the sign of (X* - X_c)/|t|, whose source has the
 * form of kz_mismatch with zeta = (x - x_c)/t, up to the sign of t. */
kz_status kz_geometry_region(kz_region *out, kz_mismatch *mismatch, kz_geometry_work *w,
                             size_t piece, int f)
{
    const kz_heights *h = w->heights;
    size_t row = (size_t)f * w->n, at = piece * w->size + row;
    double t = w->t, largest = 0;
    double jump = h->states->profile.piece[piece].to;
    for (size_t k = 0; k < w->n; k++) {
        double ahead = h->edge[at + k] - w->X_base[row + k];
        w->mismatch[k] = -(w->X[row + k] - ahead) / t;
        largest = fmax(largest, fabs(w->mismatch[k]));
        w->coefficients[k] = ahead - (f == 0 ? (jump - w->base) * w->full->source[k] : 0);
    }
    kz_convolution_forward_row(w->full, w->coefficients);
    for (size_t k = 0; k < w->n; k++)
        w->coefficients[k] = -(w->z[row + k] - w->coefficients[k] / w->full->norm) / t;
    double ends = fmax(fabs(w->mismatch[0]), fabs(w->mismatch[w->n - 1]));
    double leak = w->full->form.closed ? 0 : 2 * ends;
    double lost = jump == w->base ? 0 : ROUNDING * fabs(X_at(w, piece, f, w->n / 2));
    kz_mismatch d = {.full = w->full,
                     .nodal = w->mismatch,
                     .coefficients = w->coefficients,
                     .has_source = f == 0,
                     .zeta = (w->x - jump) / t,
                     .noise = fmax(1e-14 * largest, fmax(w->noise, lost) / fabs(t)),
                     .leak = leak};
    d.noise = fmax(d.noise, kz_fourier_ringing(w->coefficients, w->n));
    kz_status status = kz_mismatch_region(out, &d);
    /* the tails of an early X* may be worse than its residual says */
    while (status == KZ_ENOCONV && (d.noise *= 10) < NOISE_MAX * largest)
        status = kz_mismatch_region(out, &d);
    KZ_TRY(status);
    *mismatch = d;
    if (t > 0) out->starts_inside = !out->starts_inside; /* d > 0 where u < x_c */
    return KZ_OK;
}

bool kz_geometry_hides(const kz_mismatch *d)
{
    for (size_t k = 0; k < d->full->n; k++)
        if (fabs(d->nodal[k]) > d->noise) return false;
    return true;
}

/* Adds a jump with its band-limited indicator to the entries of a row. */
void kz_geometry_add_jump(double *const entry[KZ_GEOMETRY_ENTRIES], int entries,
                          kz_geometry_work *w, const kz_region *region)
{
    memset(w->indicator, 0, w->n * sizeof *w->indicator);
    collector c = {w->full, w->indicator};
    kz_region_visit(region, w->full->grid.window, collect, &c);
    kz_convolution_backward_row(w->full, w->indicator);
    for (int e = 0; e < entries; e++)
        for (size_t k = 0; k < w->n; k++)
            entry[e][k] += w->indicator[k] * (w->branch[1][e][k] - w->branch[0][e][k]);
}

static double jump_at(const kz_geometry_work *w, size_t k)
{
    return fabs(w->branch[1][KZ_GEOMETRY_HOLE][k] - w->branch[0][KZ_GEOMETRY_HOLE][k]);
}

void kz_geometry_blame_all(kz_geometry_work *w, int f)
{
    double h = kz_grid_spacing(&w->full->grid);
    for (size_t k = 0; k < w->n; k++)
        w->misplaced[(size_t)f * w->n + k] += h * jump_at(w, k);
}

/* An edge where (X* - X_c)/t is wrong by the states' error, relative to rho^t there, and by what
 * Newton's method has left, moves by that over the slope; of a pair about to merge, whose slope
 * vanishes with its gap, by no more than sqrt(shift gap). */
void kz_geometry_blame(kz_geometry_work *w, const kz_region *region, const kz_mismatch *d,
                       size_t piece, int f)
{
    double first = w->full->lambda[0], h = kz_grid_spacing(&w->full->grid);
    double jump = w->heights->states->profile.piece[piece].to;
    for (int e = 0; e < region->count; e++) {
        double value, slope, gap = 2 * w->full->grid.window, edge = region->edge[e];
        kz_mismatch_evaluate(&value, &slope, d, edge);
        if (e > 0) gap = fmin(gap, edge - region->edge[e - 1]);
        if (e + 1 < region->count) gap = fmin(gap, region->edge[e + 1] - edge);
        size_t k = (size_t)fmin(fmax((edge - first) / h, 0), (double)(w->n - 1));
        double rho =
            kz_height_table_at(&w->heights->table, piece, f, kz_geometry_folded(w, k), jump).rho;
        double lost = w->left + (jump == w->base ? 0 : ROUNDING * fabs(X_at(w, piece, f, k)));
        double wrong = w->heights->states->err * (1 + fabs(d->zeta)) * rho + lost / fabs(w->t);
        double linear = wrong / fabs(slope);
        w->misplaced[(size_t)f * w->n + k] += jump_at(w, k) * fmin(linear, sqrt(linear * gap));
    }
}

double kz_geometry_effect(const kz_geometry_work *w, const double *misplaced)
{
    double sum = 0;
    for (size_t f = 0; f < w->rows; f++) {
        const kz_form *form = &w->full->form;
        bool last = f + 1 == w->rows && !form->closed;
        double charge = last ? form->spin : form->strings.length[f];
        for (size_t k = f * w->n; k < (f + 1) * w->n; k++)
            sum += charge * misplaced[k] * fabs(w->rho[k]);
    }
    return sum;
}
