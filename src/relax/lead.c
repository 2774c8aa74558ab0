/* The geometric solution (src/propagate/geometry.c) where the edge of the junction feeds the half:
 *     X* = s x - s_v t + K H(X*),
 * H the heights of what the reservoir held and the edge has sent (relax/emission.h).
 *
 * At X* = 0 D jumps from the reservoir's to the edge's first temperature, which moves on like the
 * root of the time: no uniform grid in rapidity resolves that.  X* itself is K H and smooth.  So X*
 * has Fourier coefficients on the grid of the rays, and K, a product there, is fed by Gauss
 * quadrature of H on each row's own panels, split where its X* reaches 0, graded towards it on the
 * side of the edge, and quadratic in the last one. */
#include "relax/lead.h"

#include <cblas.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/gmres.h"
#include "core/memory.h"
#include "ghd/region.h"
#include "relax/panel_row.h"
#include "relax/panels.h"
#include "tba/local.h"

enum { NOISE_STEPS = 8, LEVELS = 2, ITERATIONS_MAX = 40, RESTART = 40, APPLICATIONS_MAX = 400 };

/* Nodes of the panels and of the interpolation in rapidity, by level. */
static const int ORDER[LEVELS] = {14, 20}, POINTS[LEVELS] = {14, 16};

typedef struct {
    const kz_emission *emission;
    kz_convolution *full;
    kz_local *local; /* its preconditioner */
    kz_gmres *gmres;
    const gsl_integration_glfixed_table *rule;
    int points;
    size_t rows, modes, size;
    double x, t;
    double *z, *residual, *step;   /* [size] coefficients of X* - source, and of its changes */
    double *forward, *nodal, *top; /* [size] */
    double *rho, *flux;            /* [size] coefficients of rho^t and v rho^t without sources */
    kz_panel_row *row;             /* [rows] */
} level;

struct kz_lead {
    const kz_emission *emission;
    gsl_integration_glfixed_table *rule[LEVELS];
    level level[LEVELS];
    double tol;
};

/* -- memory -- */

static void level_free(level *w)
{
    double *all[] = {w->z, w->residual, w->step, w->forward, w->nodal, w->top, w->rho, w->flux};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        kz_free(all[i]);
    for (size_t f = 0; w->row && f < w->rows; f++)
        kz_panel_row_free(&w->row[f]);
    kz_free(w->row);
    kz_gmres_free(w->gmres);
    kz_local_free(w->local);
    kz_convolution_free(w->full);
}

static kz_status level_create(level *w, const kz_emission *e, int which,
                              const gsl_integration_glfixed_table *rule)
{
    void *memory;
    kz_grid grid = e->edges->grid;
    if (which > 0) grid.half *= 2;
    w->emission = e;
    w->rule = rule;
    w->points = POINTS[which];
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
    return KZ_OK;
}

void kz_lead_free(kz_lead *lead)
{
    if (!lead) return;
    for (int i = 0; i < LEVELS; i++) {
        level_free(&lead->level[i]);
        if (lead->rule[i]) gsl_integration_glfixed_table_free(lead->rule[i]);
    }
    kz_free(lead);
}

kz_status kz_lead_create(kz_lead **out, const kz_emission *emission, double tol)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_lead)));
    kz_lead *lead = memory;
    kz_status status = KZ_OK;
    lead->emission = emission;
    lead->tol = tol;
    for (int i = 0; status == KZ_OK && i < LEVELS; i++) {
        lead->rule[i] = gsl_integration_glfixed_table_alloc((size_t)ORDER[i]);
        if (!lead->rule[i]) status = KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %d", ORDER[i]);
        if (status == KZ_OK) status = level_create(&lead->level[i], emission, i, lead->rule[i]);
    }
    if (status != KZ_OK) {
        kz_lead_free(lead);
        return status;
    }
    *out = lead;
    return KZ_OK;
}

/* -- the linear system -- */

/* y = M (1 - K D) x on coefficients. */
static void apply(double *restrict y, const double *restrict x, void *context)
{
    level *w = context;
    for (size_t f = 0; f < w->rows; f++) {
        kz_panel_row *r = &w->row[f];
        kz_panel_row_scatter(r->value, r, w->full, x + f * w->modes);
        for (size_t i = 0; i < r->n; i++)
            r->value[i] *= r->hole[i];
        kz_panel_row_gather(w->forward + f * w->modes, r, w->full);
    }
    kz_convolution_couple(y, w->full, w->forward);
    for (size_t i = 0; i < w->size; i++)
        y[i] = x[i] - y[i];
    kz_local_precondition(y, w->local);
}

/* (1 - K D) t = r; r is destroyed. */
static kz_status solve(double *t, level *w, double *r, double tol)
{
    kz_local_precondition(r, w->local);
    return kz_gmres_solve(t, r, apply, w, tol, APPLICATIONS_MAX, w->gmres, NULL);
}

/* Coefficients of K D source, the source in the first row at its nodes. */
static void drive(double *out, level *w, const double *source)
{
    memset(w->forward, 0, w->size * sizeof *w->forward);
    kz_panel_row *r = &w->row[0];
    for (size_t i = 0; i < r->n; i++)
        r->value[i] = r->hole[i] * source[i];
    kz_panel_row_gather(w->forward, r, w->full);
    kz_convolution_couple(out, w->full, w->forward);
}

/* -- where X* reaches what the reservoir ends at -- */

static double source_at(const level *w, double lambda)
{
    const kz_form *form = &w->full->form;
    return kz_form_source(form, lambda) * w->x - kz_form_current_source(form, lambda) * w->t;
}

/* -inf where the half holds nothing that was sent: X* may be on either side of what is taken up. */
static double top_at(const level *w, int f, double lambda)
{
    kz_emission_column column;
    kz_emission_column_at(&column, w->emission, f, lambda, w->t, w->points);
    return column.count > 0 ? column.top : -INFINITY;
}

/* X* - its end of the reservoir, of row f. */
static double excess(const level *w, int f, double lambda)
{
    double value, slope;
    kz_fourier_evaluate(&value, &slope, w->z + (size_t)f * w->modes, w->modes, w->full->grid.window,
                        w->full->lambda[0], lambda);
    return value + (f == 0 ? source_at(w, lambda) : 0) - top_at(w, f, lambda);
}

static double crossing(const level *w, int f, double a, double b, bool rises)
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

/* The tops do not depend on X*. */
static void find_tops(level *w)
{
    for (size_t f = 0; f < w->rows; f++)
        for (size_t k = 0; k < w->modes; k++)
            w->top[f * w->modes + k] = top_at(w, (int)f, w->full->lambda[k]);
}

/* What is left of X* at the end of its spectrum, and rounding. */
static double sign_noise(const level *w, const double *X, const double *z)
{
    double largest = 0;
    for (size_t k = 0; k < w->modes; k++)
        largest = fmax(largest, fabs(X[k]));
    return kz_fourier_ringing(z, w->modes) + 1e-14 * largest + 1e-16 * (w->x + w->t);
}

static void split_row(kz_lead_panels *panels, level *w, size_t f, double noise)
{
    const double *lambda = w->full->lambda;
    const double *X = w->nodal + f * w->modes, *top = w->top + f * w->modes;
    size_t last = w->modes;
    double window = w->full->grid.window;
    *panels = kz_lead_panels_start(-window);
    for (size_t k = 0; k < w->modes; k++) {
        double value = X[k] - top[k];
        if (!(fabs(value) > noise)) continue;
        bool inside = value < 0;
        if (last == w->modes) panels->starts_inside = inside;
        if (last < w->modes && inside != (X[last] < top[last]))
            kz_lead_panels_cut(panels, crossing(w, (int)f, lambda[last], lambda[k], !inside));
        last = k;
    }
    kz_lead_panels_end(panels, window);
}

/* New panels for the present X*. */
static kz_status place_panels(level *w)
{
    memcpy(w->nodal, w->z, w->size * sizeof *w->nodal);
    kz_convolution_backward(w->full, w->nodal);
    for (size_t k = 0; k < w->modes; k++)
        w->nodal[k] += source_at(w, w->full->lambda[k]);
    double width = 0.8 * w->full->form.width[w->full->form.blocks - 1];
    for (size_t f = 0; f < w->rows; f++) {
        kz_lead_panels panels;
        double noise = sign_noise(w, w->nodal + f * w->modes, w->z + f * w->modes);
        split_row(&panels, w, f, noise);
        /* far out X* may be worse than that */
        for (int i = 0; i < NOISE_STEPS && panels.full; i++)
            split_row(&panels, w, f, noise *= 10);
        KZ_TRY(kz_lead_panels_check(&panels));
        size_t n = kz_lead_panels_nodes(NULL, NULL, &panels, width, w->rule);
        kz_panel_row *r = &w->row[f];
        KZ_TRY(kz_panel_row_reserve(r, n, w->modes));
        kz_lead_panels_nodes(r->lambda, r->weight, &panels, width, w->rule);
        for (size_t i = 0; i < n; i++) {
            kz_panel_row_basis(r->basis + i * w->modes, w->full, r->lambda[i]);
            r->source[i] = f == 0 ? source_at(w, r->lambda[i]) : 0;
        }
    }
    return KZ_OK;
}

/* -- Newton's iteration -- */

/* Whether a node of row f is certainly filled by the reservoir: what was sent there lies below X =
 * 0, or nothing was, at both nodes around.  Between different ones modes have turned. */
static bool is_reservoir(const level *w, size_t f, double lambda, double X)
{
    double at = (lambda - w->full->lambda[0]) / kz_grid_spacing(&w->full->grid);
    size_t k = (size_t)fmin(fmax(at, 0), (double)(w->modes - 2));
    const double *top = w->top + f * w->modes + k;
    return X >= 0 && top[0] <= 0 && top[0] == top[1];
}

/* X*, H and D at the nodes. */
static void look_up(level *w)
{
    for (size_t f = 0; f < w->rows; f++) {
        kz_panel_row *r = &w->row[f];
        kz_panel_row_scatter(r->X, r, w->full, w->z + f * w->modes);
        for (size_t i = 0; i < r->n; i++) {
            kz_emission_column column;
            r->X[i] += r->source[i];
            if (is_reservoir(w, f, r->lambda[i], r->X[i])) {
                r->hole[i] = kz_emission_reservoir(w->emission, (int)f, r->lambda[i], w->points);
                r->H[i] = r->hole[i] * r->X[i];
                continue;
            }
            kz_emission_column_at(&column, w->emission, (int)f, r->lambda[i], w->t, w->points);
            kz_emission_height(&r->H[i], &r->hole[i], &column, r->X[i]);
        }
    }
}

/* The start: every row holds the edge's present state where the bare velocity exceeds x/t. */
static kz_status guess(level *w)
{
    memset(w->z, 0, w->size * sizeof *w->z);
    memset(w->step, 0, w->size * sizeof *w->step);
    KZ_TRY(place_panels(w));
    for (size_t f = 0; f < w->rows; f++) {
        kz_panel_row *r = &w->row[f];
        for (size_t i = 0; i < r->n; i++) {
            kz_emission_column column;
            kz_emission_column_at(&column, w->emission, (int)f, r->lambda[i], w->t, w->points);
            bool sent = source_at(w, r->lambda[i]) < 0 && column.count > 0;
            double X = column.top + (sent ? -1e-3 * w->t : 1), H;
            kz_emission_height(&H, &r->hole[i], &column, X);
        }
    }
    drive(w->residual, w, w->row[0].source);
    return solve(w->z, w, w->residual, 1e-6);
}

static double residual(level *w)
{
    look_up(w);
    for (size_t f = 0; f < w->rows; f++) {
        kz_panel_row *r = &w->row[f];
        memcpy(r->value, r->H, r->n * sizeof *r->H);
        kz_panel_row_gather(w->forward + f * w->modes, r, w->full);
    }
    kz_convolution_couple(w->residual, w->full, w->forward);
    for (size_t i = 0; i < w->size; i++)
        w->residual[i] -= w->z[i];
    return cblas_dnrm2((int)w->size, w->residual, 1);
}

static kz_status newton(level *w, double tol)
{
    double scale = w->x + w->t, least = 1e-15 * scale, previous = INFINITY;
    find_tops(w);
    KZ_TRY(guess(w));
    for (int i = 0;; i++) {
        KZ_TRY(place_panels(w));
        double size = residual(w);
        if (size <= fmax(tol * scale, least)) return KZ_OK;
        if (size <= 1e3 * least && size > 0.3 * previous) return KZ_OK;
        if (!isfinite(size) || i == ITERATIONS_MAX)
            return KZ_FAIL(KZ_ENOCONV, "x = %.15g, t = %.15g: residual %.3g after %d steps", w->x,
                           w->t, size, i);
        previous = size;
        memset(w->step, 0, w->size * sizeof *w->step);
        KZ_TRY(solve(w->step, w, w->residual, fmax(0.1 * tol * scale, 1e-3 * size)));
        for (size_t k = 0; k < w->size; k++)
            w->z[k] += w->step[k];
    }
}

/* -- the state -- */

typedef struct {
    double energy, current;
} values;

/* rho^t and v rho^t in the first row, and the energy. */
static kz_status observe(values *out, level *w, double tol)
{
    const kz_form *form = &w->full->form;
    kz_panel_row *r = &w->row[0];
    double sum[2] = {0};
    for (int which = 0; which < 2; which++) {
        double *t = which ? w->flux : w->rho;
        for (size_t i = 0; i < r->n; i++)
            r->source[i] = which ? kz_form_current_source(form, r->lambda[i])
                                 : kz_form_source(form, r->lambda[i]);
        memset(t, 0, w->size * sizeof *t);
        drive(w->residual, w, r->source);
        KZ_TRY(solve(t, w, w->residual, tol));
        kz_panel_row_scatter(r->value, r, w->full, t);
        for (size_t i = 0; i < r->n; i++)
            sum[which] += r->weight[i] * kz_form_source(form, r->lambda[i]) * r->hole[i] *
                          (r->value[i] + r->source[i]);
    }
    double factor = form->near_sign * M_PI * form->sine;
    *out = (values){form->near + factor * sum[0], factor * sum[1]};
    return KZ_OK;
}

/* Of the two levels' difference. */
static const double SAFETY = 3;

kz_status kz_lead_at(kz_ray *out, kz_lead *lead, double x, double t)
{
    values value[LEVELS];
    const kz_emission *e = lead->emission;
    for (int i = 0; i < LEVELS; i++) {
        level *w = &lead->level[i];
        w->x = x;
        w->t = t;
        KZ_TRY(newton(w, 0.01 * lead->tol));
        KZ_TRY(observe(&value[i], w, fmax(1e-3 * lead->tol, 1e-15)));
    }
    double change =
        fmax(fabs(value[0].energy - value[1].energy), fabs(value[0].current - value[1].current));
    *out = (kz_ray){.zeta = x / t,
                    .energy = value[1].energy,
                    .energy_current = value[1].current,
                    .err = SAFETY * (change + e->err) + kz_emission_turned(e, t) + 1e-14};
    return KZ_OK;
}
