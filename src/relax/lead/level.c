#include "relax/lead/level.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray/region.h"
#include "relax/lead/panels.h"

enum { NOISE_STEPS = 8, RESTART = 40 };

/* -- memory -- */

void kz_lead_level_free(kz_lead_level *w)
{
    double *all[] = {w->z, w->residual, w->step, w->forward, w->nodal, w->top, w->rho, w->flux};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        kz_free(all[i]);
    for (size_t f = 0; w->row && f < w->rows; f++)
        kz_panel_row_free(&w->row[f]);
    kz_free(w->row);
    kz_lead_end_free(&w->end);
    kz_gmres_free(w->gmres);
    kz_local_free(w->local);
    kz_convolution_free(w->full);
}

kz_status kz_lead_level_create(kz_lead_level *w, const kz_emission *e, bool finer, int points,
                               const gsl_integration_glfixed_table *rule)
{
    void *memory;
    kz_grid grid = e->edges->grid;
    if (finer) grid.half *= 2;
    w->emission = e;
    w->rule = rule;
    w->points = points;
    KZ_TRY(kz_convolution_create(&w->full, grid, KZ_FULL));
    w->rows = (size_t)e->edges->rows;
    w->modes = w->full->n;
    w->size = w->rows * w->modes;
    double **all[] = {&w->z,     &w->residual, &w->step, &w->forward,
                      &w->nodal, &w->top,      &w->rho,  &w->flux};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        KZ_TRY(kz_alloc_doubles(all[i], w->size));
    KZ_TRY(kz_alloc(&memory, w->rows, sizeof *w->row));
    w->row = memory;
    KZ_TRY(kz_gmres_create(&w->gmres, w->size, RESTART));
    KZ_TRY(kz_local_create(&w->local, w->full));
    kz_local_set_background(w->local, e->edges->background);
    return kz_lead_end_create(&w->end, e, w->full);
}

/* -- where X* reaches what the reservoir ends at -- */

double kz_lead_level_source(const kz_lead_level *w, double lambda)
{
    const kz_form *form = &w->full->form;
    return kz_form_source(form, lambda) * w->x - kz_form_current_source(form, lambda) * w->t;
}

/* -inf where the half holds nothing that was sent: X* may be on either side of what is taken up. */
static double top_at(const kz_lead_level *w, int f, double lambda)
{
    kz_emission_column column;
    kz_emission_column_at(&column, w->emission, f, lambda, w->t, w->points);
    return column.count > 0 ? column.top : -INFINITY;
}

/* X* - its end of the reservoir, of row f. */
static double excess(const kz_lead_level *w, int f, double lambda)
{
    double value, slope;
    kz_fourier_evaluate(&value, &slope, w->z + (size_t)f * w->modes, w->modes, w->full->grid.window,
                        w->full->lambda[0], lambda);
    return value + (f == 0 ? kz_lead_level_source(w, lambda) : 0) - top_at(w, f, lambda);
}

static double crossing(const kz_lead_level *w, int f, double a, double b, bool rises)
{
    for (int i = 0; i < 60 && b - a > 1e-15 * (1 + fabs(a)); i++) {
        double middle = 0.5 * (a + b);
        if ((excess(w, f, middle) > 0) == rises)
            b = middle;
        else
            a = middle;
    }
    return 0.5 * (a + b);
}

void kz_lead_level_start(kz_lead_level *w, double x, double t)
{
    w->x = x;
    w->t = t;
    kz_lead_end_start(&w->end, w->local, t);
    for (size_t f = 0; f < w->rows; f++)
        for (size_t k = 0; k < w->modes; k++)
            w->top[f * w->modes + k] = top_at(w, (int)f, w->full->lambda[k]);
}

/* What is left of X* at the end of its spectrum, and rounding. */
static double sign_noise(const kz_lead_level *w, const double *X, const double *z)
{
    double largest = 0;
    for (size_t k = 0; k < w->modes; k++)
        largest = fmax(largest, fabs(X[k]));
    return kz_fourier_ringing(z, w->modes) + 1e-14 * largest + 1e-16 * (w->x + w->t);
}

/* The last place where the side is known. */
typedef struct {
    bool known, inside;
    double lambda;
} place;

static void split_at(kz_lead_panels *panels, place *last, const kz_lead_level *w, size_t f,
                     double lambda, double value, double noise)
{
    if (!(fabs(value) > noise)) return;
    place here = {true, value < 0, lambda};
    if (!last->known)
        panels->starts_inside = here.inside;
    else if (here.inside != last->inside)
        kz_lead_panels_cut(panels, crossing(w, (int)f, last->lambda, lambda, !here.inside));
    *last = here;
}

/* A period begins and ends between two nodes. */
static void split_row(kz_lead_panels *panels, const kz_lead_level *w, size_t f, double noise)
{
    const double *X = w->nodal + f * w->modes, *top = w->top + f * w->modes;
    double window = w->full->grid.window, join = 0;
    bool closed = w->full->form.closed;
    place last = {.known = false};
    *panels = kz_lead_panels_start(-window);
    if (closed) join = excess(w, (int)f, window);
    if (closed) split_at(panels, &last, w, f, -window, join, noise);
    for (size_t k = 0; k < w->modes; k++)
        split_at(panels, &last, w, f, w->full->lambda[k], X[k] - top[k], noise);
    if (closed) split_at(panels, &last, w, f, window, join, noise);
    kz_lead_panels_end(panels, window);
}

/* New panels for the present X*. */
kz_status kz_lead_level_place(kz_lead_level *w)
{
    memcpy(w->nodal, w->z, w->size * sizeof *w->nodal);
    kz_convolution_backward(w->full, w->nodal);
    for (size_t k = 0; k < w->modes; k++)
        w->nodal[k] += kz_lead_level_source(w, w->full->lambda[k]);
    double width = 0.8 * w->full->form.width[w->full->form.blocks - 1];
    for (size_t f = 0; f < w->rows; f++) {
        kz_lead_panels panels;
        double noise = sign_noise(w, w->nodal + f * w->modes, w->z + f * w->modes);
        split_row(&panels, w, f, noise);
        /* far out X* may be worse than that */
        for (int i = 0; i < NOISE_STEPS && panels.full; i++)
            split_row(&panels, w, f, noise *= 10);
        KZ_TRY(kz_lead_panels_check(&panels));
        if (f + 1 == w->rows) w->divided = panels.count > 2;
        size_t n = kz_lead_panels_nodes(NULL, NULL, &panels, width, w->rule);
        kz_panel_row *r = &w->row[f];
        KZ_TRY(kz_panel_row_reserve(r, n, w->modes));
        kz_lead_panels_nodes(r->lambda, r->weight, &panels, width, w->rule);
        for (size_t i = 0; i < n; i++) {
            kz_panel_row_basis(r->basis + i * w->modes, w->full, r->lambda[i]);
            r->source[i] = f == 0 ? kz_lead_level_source(w, r->lambda[i]) : 0;
        }
    }
    return KZ_OK;
}
