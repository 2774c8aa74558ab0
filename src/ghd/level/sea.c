#include "ghd/level/sea.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray/region.h"

void kz_sea_free(kz_sea *s)
{
    kz_free(s->end);
    kz_free(s->lambda);
    kz_free(s->weight);
    kz_free(s->x);
    kz_free(s->series);
    for (int i = 0; i < 2 * KZ_SEA_PARTS; i++)
        kz_free(s->whole[i / 2][i % 2]);
    *s = (kz_sea){.row = -1};
}

static kz_status allocate(kz_sea *s, size_t n)
{
    KZ_TRY(kz_alloc_doubles(&s->end, s->panels + 1));
    KZ_TRY(kz_alloc_doubles(&s->lambda, s->count));
    KZ_TRY(kz_alloc_doubles(&s->weight, s->count));
    KZ_TRY(kz_alloc_doubles(&s->x, s->count));
    KZ_TRY(kz_alloc_doubles(&s->series, n));
    for (int i = 0; i < 2 * KZ_SEA_PARTS; i++)
        KZ_TRY(kz_alloc_doubles(&s->whole[i / 2][i % 2], n));
    return KZ_OK;
}

/* What is thermal of the string where its argument is X: D less the step, or theta (1 - theta). */
static double thermal_at(const kz_sea *s, kz_sea_part part, double lambda, double X)
{
    double small = exp(-fabs(X));
    if (part == KZ_SEA_FLUCTUATIONS) return small / (1 + small) / (1 + small);
    return kz_fermi_edge_delta(X, (lambda < s->point) == (s->jump > 0));
}

static double argument(const kz_sea *s, const kz_convolution *full, double lambda)
{
    double value, slope;
    kz_fourier_evaluate(&value, &slope, s->series, full->n, full->grid.window, 0, lambda);
    if (s->drive != 0) value += s->drive * kz_form_source(&full->form, lambda);
    return value + s->shift;
}

/* Adds what lies of one panel in [from, to], by its own nodes, moved where it is cut; mirrored for
 * sign < 0. */
static void add_panel(double *c, const kz_sea *s, kz_sea_part part, const kz_convolution *full,
                      size_t panel, double from, double to, double sign)
{
    size_t order = s->count / s->panels, first = panel * order;
    double low = s->end[panel], high = s->end[panel + 1];
    bool whole = from <= low && to >= high;
    double a = fmax(from, low), b = fmin(to, high), scale = (b - a) / (high - low);
    if (!(b > a)) return;
    for (size_t q = first; q < first + order; q++) {
        double lambda = whole ? s->lambda[q] : a + scale * (s->lambda[q] - low);
        double X = whole ? s->x[q] : argument(s, full, lambda);
        double amount = (whole ? 1 : scale) * s->weight[q] * thermal_at(s, part, lambda, X);
        kz_indicator_add_point(c, full->n, full->grid.window, sign * lambda - full->lambda[0],
                               amount);
    }
}

static void add_thermal(double *c, const kz_sea *s, kz_sea_part part, const kz_convolution *full,
                        double from, double to)
{
    if (s->count == 0) return;
    double low = s->end[0], high = s->end[s->panels];
    for (int side = 0; side < 2; side++) {
        double a = side ? from : -to, b = side ? to : -from, sign = side ? 1 : -1;
        if (a <= low && b >= high) {
            for (size_t k = 0; k < full->n; k++)
                c[k] += s->whole[part][side][k];
            continue;
        }
        for (size_t panel = 0; a < high && b > low && panel < s->panels; panel++)
            add_panel(c, s, part, full, panel, a, b, sign);
    }
}

void kz_sea_add(double *c, const kz_sea *s, kz_sea_part part, const kz_convolution *full,
                double from, double to)
{
    double a = fmax(from, -s->point), b = fmin(to, s->point);
    if (part == KZ_SEA_HOLES && b > a)
        kz_indicator_add(c, full->n, full->grid.window, full->lambda[0], a, b, s->jump);
    add_thermal(c, s, part, full, from, to);
}

double kz_sea_hole(const kz_sea *s, const kz_convolution *full, double lambda)
{
    double at = fabs(lambda), step = at < s->point ? s->jump : 0;
    if (s->count == 0 || at < s->end[0] || at > s->end[s->panels]) return step;
    return step + thermal_at(s, KZ_SEA_HOLES, at, argument(s, full, at));
}

/* All that is thermal, projected, for lambda > 0 and its mirror image: sums of cosines and sines
 * over the nodes of `edge`, turned from lambda = 0 to the first node of the grid. */
static void project_whole(kz_sea *s, kz_fermi_edge *edge, const kz_convolution *full, double *co,
                          double *si)
{
    size_t half = full->n / 2;
    double window = full->grid.window, *amount = edge->delta;
    for (int part = 0; part < KZ_SEA_PARTS; part++) {
        for (size_t q = 0; q < s->count; q++)
            amount[q] = s->weight[q] / (2 * window) *
                        thermal_at(s, (kz_sea_part)part, s->lambda[q], s->x[q]);
        kz_offgrid_collect(s->whole[part][0], s->whole[part][1], half, &edge->offgrid, amount);
    }
    kz_phases_fill(co, si, half, M_PI / window * full->lambda[0]);
    for (int part = 0; part < KZ_SEA_PARTS; part++) {
        double *below = s->whole[part][0], *above = s->whole[part][1];
        for (size_t m = half - 1; m > 0; m--) {
            double c = below[m], d = above[m];
            below[m] = co[m] * c - si[m] * d;
            below[full->n - m] = si[m] * c + co[m] * d;
            above[m] = co[m] * c + si[m] * d;
            above[full->n - m] = si[m] * c - co[m] * d;
        }
        above[0] = below[0];
    }
}

/* Panels and X of a cold state. */
static kz_status fill_thermal(kz_sea *s, kz_fermi_edge *edge, const kz_convolution *full)
{
    s->panels = edge->panels;
    s->count = edge->count;
    KZ_TRY(allocate(s, full->n));
    s->drive = edge->drive;
    s->shift = edge->shift;
    memcpy(s->end, edge->end, (s->panels + 1) * sizeof *s->end);
    memcpy(s->lambda, edge->lambda, s->count * sizeof *s->lambda);
    memcpy(s->x, edge->x, s->count * sizeof *s->x);
    memcpy(s->series, edge->smooth, full->n / 2 * sizeof *s->series);
    for (size_t q = 0; q < s->count; q++)
        s->weight[q] = 0.5 * edge->weight[q]; /* those of both sides together */
    double *scratch;
    KZ_TRY(kz_alloc_doubles(&scratch, full->n));
    project_whole(s, edge, full, scratch, scratch + full->n / 2);
    kz_free(scratch);
    return KZ_OK;
}

kz_status kz_sea_create(kz_sea *sea, const kz_fillings *f, const kz_convolution *full)
{
    *sea = (kz_sea){.row = f->sea_row,
                    .point = f->fermi_point,
                    .jump = f->sea_hole,
                    .polarisation = f->sea_polarisation};
    if (!f->panels || f->panels->count == 0) return KZ_OK;
    kz_status status = fill_thermal(sea, f->panels, full);
    if (status != KZ_OK) kz_sea_free(sea);
    return status;
}
