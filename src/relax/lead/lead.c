/* The geometric solution (src/propagate/geometry/geometry.c) where the edge of the junction feeds
 * the half: X* = s x - s_v t + K H(X*), H the heights of what the reservoir held and the edge has
 * sent (relax/lead/emission.h).
 *
 * At X* = 0 D jumps from the reservoir's to the edge's first temperature, which moves on like the
 * root of the time: no uniform grid in rapidity resolves that.  X* itself is K H and smooth.  So X*
 * has Fourier coefficients on the grid of the rays, and K, a product there, is fed by Gauss
 * quadrature of H on each row's own panels, split where its X* reaches 0, graded towards it on the
 * side of the edge, and quadratic in the last one. */
#include "relax/lead/lead.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "relax/lead/level.h"

enum {
    LEVELS = 2,
    ITERATIONS_MAX = 40,
    TURNS_MAX = 20, /* from here on the longest strings stay on their side of what was sent */
    APPLICATIONS_MAX = 400
};

/* Nodes of the panels and of the interpolation in rapidity, by level. */
static const int ORDER[LEVELS] = {14, 20}, POINTS[LEVELS] = {14, 16};

typedef kz_lead_level level;

struct kz_lead {
    const kz_emission *emission;
    gsl_integration_glfixed_table *rule[LEVELS];
    level level[LEVELS];
    double tol;
};

void kz_lead_free(kz_lead *lead)
{
    if (!lead) return;
    for (int i = 0; i < LEVELS; i++) {
        kz_lead_level_free(&lead->level[i]);
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
        if (status == KZ_OK)
            status =
                kz_lead_level_create(&lead->level[i], emission, i > 0, POINTS[i], lead->rule[i]);
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
    kz_lead_end_add_change(y, &w->end, w->forward);
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

/* -- Newton's iteration -- */

/* Whether a node of row f is certainly filled by the reservoir: what was sent there lies below X =
 * 0, or nothing was, at both nodes around.  Between different ones modes have turned. */
static bool is_reservoir(const level *w, size_t f, double lambda, double X)
{
    size_t n = w->modes;
    double k = floor((lambda - w->full->lambda[0]) / kz_grid_spacing(&w->full->grid));
    if (!w->full->form.closed) k = fmin(fmax(k, 0), (double)(n - 2));
    const double *top = w->top + f * n;
    double left = top[(size_t)(k + (double)n) % n], right = top[(size_t)(k + (double)n + 1) % n];
    return X >= 0 && left <= 0 && left == right;
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
                r->depth[i] = -INFINITY;
                continue;
            }
            kz_emission_column_at(&column, w->emission, (int)f, r->lambda[i], w->t, w->points);
            kz_emission_height(&r->H[i], &r->hole[i], &column, r->X[i]);
            r->depth[i] = column.count > 0 ? column.top - r->X[i] : -INFINITY;
        }
    }
}

/* The start: every row holds the edge's present state where the bare velocity exceeds x/t. */
static kz_status guess(level *w)
{
    memset(w->z, 0, w->size * sizeof *w->z);
    memset(w->step, 0, w->size * sizeof *w->step);
    KZ_TRY(kz_lead_level_place(w));
    for (size_t f = 0; f < w->rows; f++) {
        kz_panel_row *r = &w->row[f];
        for (size_t i = 0; i < r->n; i++) {
            kz_emission_column column;
            kz_emission_column_at(&column, w->emission, (int)f, r->lambda[i], w->t, w->points);
            bool sent = kz_lead_level_source(w, r->lambda[i]) < 0 && column.count > 0;
            double X = column.top + (sent ? -1e-3 * w->t : 1), H;
            kz_emission_height(&H, &r->hole[i], &column, X);
        }
    }
    drive(w->residual, w, w->row[0].source);
    return solve(w->z, w, w->residual, 1e-6);
}

static double residual(level *w, bool may_turn)
{
    look_up(w);
    for (size_t f = 0; f < w->rows; f++) {
        kz_panel_row *r = &w->row[f];
        memcpy(r->value, r->H, r->n * sizeof *r->H);
        kz_panel_row_gather(w->forward + f * w->modes, r, w->full);
    }
    kz_convolution_couple(w->residual, w->full, w->forward);
    kz_lead_end_find(&w->end, w->local, w->forward, may_turn);
    kz_lead_end_add(w->residual, &w->end, w->forward);
    for (size_t i = 0; i < w->size; i++)
        w->residual[i] -= w->z[i];
    return cblas_dnrm2((int)w->size, w->residual, 1);
}

static kz_status newton(level *w, double tol)
{
    double scale = w->x + w->t, least = 1e-15 * scale, previous = INFINITY;
    KZ_TRY(guess(w));
    for (int i = 0;; i++) {
        KZ_TRY(kz_lead_level_place(w));
        double size = residual(w, i < TURNS_MAX);
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
    double energy, current, end_err; /* the last: of both, by the strings beyond the rows */
} values;

/* Coefficients of D q in both last rows, q = t and the source of the first one; the others stay. */
static void weigh_last(double *out, level *w, const double *t)
{
    for (size_t f = w->rows - 2; w->end.emission && f < w->rows; f++) {
        kz_panel_row *r = &w->row[f];
        kz_panel_row_scatter(r->value, r, w->full, t + f * w->modes);
        for (size_t i = 0; i < r->n; i++)
            r->value[i] = r->hole[i] * (r->value[i] + r->source[i]);
        kz_panel_row_gather(out + f * w->modes, r, w->full);
    }
}

/* rho^t and v rho^t, and the energy by the first row. */
static kz_status observe(values *out, level *w, double tol)
{
    const kz_form *form = &w->full->form;
    kz_panel_row *r = &w->row[0];
    double sum[2] = {0}, end_err = 0;
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
        double *z = which ? w->forward : w->nodal; /* D rho^t, by which both count */
        weigh_last(z, w, t);
        end_err = fmax(end_err, kz_lead_end_error(&w->end, w->nodal, z, w->divided));
    }
    double factor = form->near_sign * M_PI * form->sine;
    *out = (values){form->near + factor * sum[0], factor * sum[1], end_err};
    return KZ_OK;
}

/* Next to the edge X* hardly moves away from where the reservoir's content ends, and its error
 * decides what fills a width of rapidity: the energy counts that by the adjoint solution rho^t. */
static double undecided(level *w, double error)
{
    double sum = 0;
    for (size_t f = 0; f < w->rows; f++) {
        kz_panel_row *r = &w->row[f];
        kz_panel_row_scatter(r->value, r, w->full, w->rho + f * w->modes);
        for (size_t i = 0; i < r->n; i++) {
            if (!(r->depth[i] > 0 && r->depth[i] < error)) continue;
            double reservoir = kz_emission_reservoir(w->emission, (int)f, r->lambda[i], w->points);
            double rho = r->value[i] + (f == 0 ? kz_form_source(&w->full->form, r->lambda[i]) : 0);
            sum += r->weight[i] * fabs(r->hole[i] - reservoir) * rho * rho;
        }
    }
    return M_PI * w->full->form.sine * sum;
}

/* Of the two levels' difference. */
static const double SAFETY = 3;

kz_status kz_lead_at(kz_ray *out, kz_lead *lead, double x, double t)
{
    values value[LEVELS];
    const kz_emission *e = lead->emission;
    for (int i = 0; i < LEVELS; i++) {
        level *w = &lead->level[i];
        kz_lead_level_start(w, x, t);
        KZ_TRY(newton(w, 0.01 * lead->tol));
        KZ_TRY(observe(&value[i], w, fmax(1e-3 * lead->tol, 1e-15)));
    }
    double change =
        fmax(fabs(value[0].energy - value[1].energy), fabs(value[0].current - value[1].current));
    *out = (kz_ray){.zeta = x / t,
                    .energy = value[1].energy,
                    .energy_current = value[1].current,
                    .err = SAFETY * (change + e->err) + value[1].end_err +
                           undecided(&lead->level[1], (x + t) * (lead->tol * .01 + e->err)) +
                           kz_emission_turned(e, t) + 1e-14};
    return KZ_OK;
}
