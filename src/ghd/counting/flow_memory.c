/* What memory (swept.h) does to the hole weights: sums over Gauss points on the panels, projected
 * on the modes of the grid as the edges of regions are (region.h). */
#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#include "core/bernoulli.h"
#include "core/error.h"
#include "core/memory.h"
#include "ghd/counting/flow_work.h"
#include "ghd/ray/work.h"

/* Gauss rules for part of a panel: that of SHORT spacings of the grid, whose highest mode has
 * half a turn there, and that of LONG ones, with two; both to rounding. */
enum { FEW = 12, MANY = 20 };
static const double SHORT = 2, LONG = 8;

/* Fillings closer than that to 0 and 1 are so. */
static const double ROUND = 1e-15;

enum { ARRAYS = 12 };

void kz_flow_points_free(kz_flow_points *p)
{
    kz_free(p->memory);
    kz_offgrid_free(&p->offgrid);
    for (int i = 0; i < 2; i++)
        if (p->rule[i]) gsl_integration_glfixed_table_free(p->rule[i]);
    *p = (kz_flow_points){0};
}

kz_status kz_flow_points_create(kz_flow_points *p, size_t modes)
{
    KZ_TRY(kz_offgrid_create(&p->offgrid, modes));
    p->rule[0] = gsl_integration_glfixed_table_alloc(FEW);
    p->rule[1] = gsl_integration_glfixed_table_alloc(MANY);
    if (!p->rule[0] || !p->rule[1]) return KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule");
    return KZ_OK;
}

/* Room for `count` points, none there. */
static kz_status reserve(kz_flow_points *p, size_t count)
{
    p->count = 0;
    if (count <= p->room) return KZ_OK;
    kz_free(p->memory);
    p->memory = NULL;
    p->room = 0;
    KZ_TRY(kz_alloc_doubles(&p->memory, ARRAYS * count));
    p->room = count;
    double **arrays[ARRAYS] = {&p->place,  &p->weight, &p->sign,      &p->kappa,
                               &p->lambda, &p->now,    &p->hole[0],   &p->hole[1],
                               &p->M[0],   &p->M[1],   &p->amount[0], &p->amount[1]};
    for (int i = 0; i < ARRAYS; i++)
        *arrays[i] = p->memory + (size_t)i * count;
    return KZ_OK;
}

/* Parts of a panel, and the rule on each. */
static int parts_of(int *which, const kz_swept_panel *panel, double h)
{
    double a = kz_swept_at(panel, panel->from).place, b = kz_swept_at(panel, panel->to).place;
    *which = fabs(b - a) <= SHORT * h ? 0 : 1;
    return (int)ceil(fabs(b - a) / (LONG * h));
}

static void add_points(kz_flow_points *p, const kz_swept_panel *panel, double h, double origin)
{
    int which, parts = parts_of(&which, panel, h);
    double step = (panel->to - panel->from) / parts, x;
    for (int part = 0; part < parts; part++) {
        double from = panel->from + part * step;
        for (size_t q = 0; q < p->rule[which]->n; q++) {
            size_t i = p->count++;
            gsl_integration_glfixed_point(from, from + step, q, &x, &p->weight[i], p->rule[which]);
            kz_swept_point at = kz_swept_at(panel, x);
            p->weight[i] *= fabs(at.slope);
            p->place[i] = at.place - origin;
            p->kappa[i] = at.kappa;
            p->lambda[i] = at.lambda;
            p->sign[i] = panel->sign;
        }
    }
}

static kz_status place_points(kz_flow_points *p, const kz_swept *swept, const kz_convolution *c)
{
    double h = kz_grid_spacing(&c->grid);
    size_t count = 0;
    int which;
    for (int i = 0; i < swept->count; i++)
        count += MANY * (size_t)parts_of(&which, &swept->panel[i], h);
    KZ_TRY(reserve(p, count));
    for (int i = 0; i < swept->count; i++)
        add_points(p, &swept->panel[i], h, c->lambda[0]);
    return kz_offgrid_place(&p->offgrid, p->place, p->count, M_PI / c->grid.window);
}

/* The function with half-complex coefficients [n] at the points. */
static void evaluate(double *out, kz_counting_flow *flow, const double *coefficients)
{
    size_t n = flow->states.level->coarse.full->n, modes = (n + 1) / 2;
    double *cosines = flow->collected[0], *sines = flow->collected[1];
    cosines[0] = coefficients[0];
    sines[0] = 0;
    for (size_t m = 1; m < modes; m++) {
        cosines[m] = 2 * coefficients[m];
        sines[m] = -2 * coefficients[n - m];
    }
    kz_offgrid_evaluate(out, &flow->points.offgrid, cosines, sines, modes);
}

/* The values at the nodes of what has been collected. */
static const double *project(kz_counting_flow *flow, const double *amount)
{
    const kz_convolution *c = flow->states.level->coarse.full;
    size_t n = c->n, modes = (n + 1) / 2;
    double *row = flow->states.ray->row, *cosines = flow->collected[0];
    double *sines = flow->collected[1], density = 1 / (2 * c->grid.window);
    kz_offgrid_collect(cosines, sines, modes, &flow->points.offgrid, amount);
    memset(row, 0, n * sizeof *row);
    row[0] = density * cosines[0];
    for (size_t m = 1; m < modes; m++) {
        row[m] = density * cosines[m];
        row[n - m] = -density * sines[m];
    }
    kz_convolution_backward_row(c, row);
    return row;
}

/* Of a probability that has been interpolated. */
static double clip(double p) { return p < ROUND ? 0 : p > 1 - ROUND ? 1 : p; }

/* Between two exponents. */
static double difference(double hole, double now, double unmoved)
{
    double p = clip(hole);
    return kz_bernoulli_tilt(p, 1 - p, now) - kz_bernoulli_tilt(p, 1 - p, unmoved);
}

/* D, and M, at point q of row f, less what they would be if no zero had been there. */
static void set_amount(kz_counting_flow *flow, size_t q, int f, double lambda)
{
    const kz_convolution *c = flow->states.level->coarse.full;
    kz_flow_points *p = &flow->points;
    double place = p->place[q] + c->lambda[0], kappa = p->now[q];
    bool inside = kz_region_contains(&flow->start[f], place), last = f + 1 == flow->rows;
    double s = inside ? 1 : -1, hole = p->hole[inside ? KZ_LEFT : KZ_RIGHT][q];
    if (f == 0)
        kappa += lambda * kz_weighting_drive(&flow->states) * kz_form_source(&c->form, place);
    kappa *= c->form.sign[f];
    double now = -(p->sign[q] * kappa + p->kappa[q]), unmoved = -s * kappa;
    if (!last) {
        p->amount[0][q] = p->weight[q] * difference(hole, now, unmoved);
        return;
    }
    /* strings N-1, and N, seen from its filling: kappa = y + a and a - y */
    double M = p->M[inside ? KZ_LEFT : KZ_RIGHT][q];
    double half = kz_weighting_half_charge(&flow->states);
    double a = -half * (p->sign[q] * lambda + p->lambda[q]), b = -half * s * lambda;
    double empty = difference(0.5 * (hole + M), now + a, unmoved + b);
    double full = difference(0.5 * (hole - M), now - a, unmoved - b);
    p->amount[0][q] = p->weight[q] * (empty + full);
    p->amount[1][q] = p->weight[q] * (empty - full);
}

static kz_status add_row(kz_counting_flow *flow, double lambda, int f)
{
    const kz_convolution *c = flow->states.level->coarse.full;
    kz_ray_work *ray = flow->states.ray;
    kz_flow_points *p = &flow->points;
    size_t row = (size_t)f * c->n;
    bool last = f + 1 == flow->rows;
    KZ_TRY(place_points(p, &flow->trial[f], c));
    evaluate(p->now, flow, flow->at + row);
    for (int side = 0; side < 2; side++) {
        evaluate(p->hole[side], flow, flow->plain[side] + row);
        if (last) evaluate(p->M[side], flow, flow->polarised[side]);
    }
    for (size_t q = 0; q < p->count; q++)
        set_amount(flow, q, f, lambda);
    for (int i = 0; i < (last ? 2 : 1); i++) {
        double *to = i == 0 ? ray->hole + row : ray->polarisation;
        const double *change = project(flow, p->amount[i]);
        for (size_t k = 0; k < c->n; k++)
            to[k] += change[k];
    }
    return KZ_OK;
}

kz_status kz_flow_add_memory(kz_counting_flow *flow, double lambda)
{
    for (int f = 0; f < flow->rows; f++)
        if (flow->trial[f].count > 0) KZ_TRY(add_row(flow, lambda, f));
    return KZ_OK;
}
