/* Where a row crosses the characteristic of a jump: the pieces on both sides, and errors of that.
 */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "propagate/geometry_work.h"

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

/* {u > x_c} of row f for the jump after `piece`: the sign of (X* - X_c)/|t|, whose source has the
 * form of kz_mismatch with zeta = (x - x_c)/t, up to the sign of t. */
kz_status kz_geometry_region(kz_region *out, kz_mismatch *mismatch, kz_geometry_work *w,
                             size_t piece, int f)
{
    const kz_heights *h = w->heights;
    size_t row = (size_t)f * w->n, at = piece * w->size + row;
    double t = w->t, largest = 0;
    for (size_t k = 0; k < w->n; k++) {
        w->mismatch[k] = -(w->X[row + k] - h->edge[at + k]) / t;
        w->coefficients[k] = -(w->z[row + k] - h->edge_coefficients[at + k]) / t;
        largest = fmax(largest, fabs(w->mismatch[k]));
    }
    double jump = h->states->profile.piece[piece].to;
    double ends = fmax(fabs(w->mismatch[0]), fabs(w->mismatch[w->n - 1]));
    double leak = w->full->form.closed ? 0 : 2 * ends;
    kz_mismatch d = {.full = w->full,
                     .nodal = w->mismatch,
                     .coefficients = w->coefficients,
                     .has_source = f == 0,
                     .zeta = (w->x - jump) / t,
                     .noise = fmax(1e-14 * largest, w->noise / fabs(t)),
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
        double wrong = w->heights->states->err * (1 + fabs(d->zeta)) * rho + w->left / fabs(w->t);
        double linear = wrong / fabs(slope);
        double change = fabs(w->branch[1][KZ_GEOMETRY_HOLE][k] - w->branch[0][KZ_GEOMETRY_HOLE][k]);
        w->misplaced[(size_t)f * w->n + k] += change * fmin(linear, sqrt(linear * gap));
    }
}

double kz_geometry_edges_effect(const kz_geometry_work *w)
{
    double sum = 0;
    for (size_t f = 0; f < w->rows; f++) {
        const kz_form *form = &w->full->form;
        bool last = f + 1 == w->rows && !form->closed;
        double charge = last ? form->spin : form->strings.length[f];
        for (size_t k = f * w->n; k < (f + 1) * w->n; k++)
            sum += charge * w->misplaced[k] * fabs(w->rho[k]);
    }
    return sum;
}
