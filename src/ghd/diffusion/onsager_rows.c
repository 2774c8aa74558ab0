#include "ghd/diffusion/onsager_rows.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/lagrange.h"
#include "core/memory.h"

void kz_onsager_rows_free(kz_onsager_rows *r)
{
    kz_free(r->tail);
    kz_free(r->v);
    kz_free(r->A);
    kz_free(r->B);
    kz_free(r->C);
    kz_free(r->turns);
    kz_free(r->turn);
    kz_free(r->turn_speed);
    *r = (kz_onsager_rows){0};
}

/* -- from the transforms --------------------------------------------------------------------- */

/* X = ln eta of the row, rho^t, v rho^t and N. */
typedef struct {
    double x, rho, current, spin;
} sample;

/* Clenshaw's recurrence for three series c_0 + 2 sum c_m cos(m angle) and one, the current's, of
 * 2 sum c_{m-1} sin(m angle), all at once: one alone waits for its own last step. */
static sample sample_at(const kz_onsager_rows *r, int f, double lambda)
{
    const kz_moments *m = r->flow->moments;
    const kz_form *form = &m->even->form;
    size_t n = m->even->n, at = (size_t)f * n;
    const double *x = m->z + at, *rho = m->t_rho + at, *spin = m->t_mu + at;
    const double *current = r->flow->t + at;
    double angle = M_PI / m->even->grid.window * lambda, two = 2 * cos(angle), sign = form->sign[f];
    double b[4] = {0, 0, 0, current[n - 1]}, before[4] = {0};
    for (size_t k = n - 1; k >= 1; k--) {
        const double c[4] = {x[k], rho[k], spin[k], current[k - 1]};
        for (int i = 0; i < 4; i++) {
            double next = c[i] + two * b[i] - before[i];
            before[i] = b[i];
            b[i] = next;
        }
    }
    sample s = {sign * (x[0] + two * b[0] - 2 * before[0]), rho[0] + two * b[1] - 2 * before[1],
                2 * b[3] * sin(angle), spin[0] + two * b[2] - 2 * before[2]};
    if (f > 0) return s;
    double source = kz_form_source(form, lambda);
    s.x -= sign * M_PI * form->sine * m->beta * source;
    s.rho += source;
    s.current += kz_form_current_source(form, lambda);
    return s;
}

/* -- tails ----------------------------------------------------------------------------------- */

/* Coefficients of the four terms through the values at lambda[]. */
static kz_status fit(double out[KZ_TAIL_TERMS], const double *lambda, const double *value)
{
    double matrix[KZ_TAIL_TERMS * KZ_TAIL_TERMS], scale = exp(-2 * lambda[0]);
    lapack_int pivot[KZ_TAIL_TERMS];
    for (int i = 0; i < KZ_TAIL_TERMS; i++) {
        double u = exp(-2 * lambda[i]) / scale, *row = matrix + KZ_TAIL_TERMS * i;
        row[0] = 1;
        row[1] = u;
        row[2] = u * u;
        row[3] = u * u * u;
        out[i] = value[i];
    }
    if (LAPACKE_dgesv(LAPACK_ROW_MAJOR, KZ_TAIL_TERMS, 1, matrix, KZ_TAIL_TERMS, pivot, out, 1))
        return KZ_FAIL(KZ_ESING, "tails from lambda = %.6g on", lambda[0]);
    for (int i = 1; i < KZ_TAIL_TERMS; i++)
        out[i] /= pow(scale, i);
    return KZ_OK;
}

static kz_status fit_tails(kz_onsager_rows *r)
{
    static const double APART = 0.4;
    for (int f = 0; f < r->rows; f++) {
        double lambda[KZ_TAIL_TERMS], density[KZ_TAIL_TERMS], speed[KZ_TAIL_TERMS];
        for (int i = 0; i < KZ_TAIL_TERMS; i++) {
            lambda[i] = r->join - APART * (KZ_TAIL_TERMS - 1 - i);
            sample s = sample_at(r, f, lambda[i]);
            density[i] = s.rho * exp(2 * lambda[i]);
            speed[i] = s.current / s.rho;
        }
        KZ_TRY(fit(r->tail[f].density, lambda, density));
        KZ_TRY(fit(r->tail[f].speed, lambda, speed));
    }
    r->speed = r->tail[r->rows - 1].speed[0]; /* all rows have the same */
    for (int f = 0; f < r->rows; f++)
        r->tail[f].speed[0] = r->speed;
    return KZ_OK;
}

static void continue_tail(sample *s, const kz_onsager_rows *r, int f, double lambda)
{
    const kz_onsager_tail *t = &r->tail[f];
    double u = exp(-2 * fabs(lambda));
    double density = 0, v = 0;
    for (int i = KZ_TAIL_TERMS - 1; i >= 0; i--) {
        density = density * u + t->density[i];
        v = v * u + t->speed[i];
    }
    s->rho = u * density;
    s->current = copysign(v, lambda) * s->rho;
}

/* -- points ---------------------------------------------------------------------------------- */

static void add_string(kz_onsager_point *p, double x, double spin, double rho)
{
    double e = exp(-fabs(x)), q = e / ((1 + e) * (1 + e));
    p->A += q * rho;
    p->B += q * spin;
    p->C += q * spin * spin / rho;
}

static kz_onsager_point point_of(const kz_onsager_rows *r, int f, const sample *s)
{
    const kz_moments *m = r->flow->moments;
    kz_onsager_point p = {.v = s->current / s->rho};
    if (f + 1 < r->rows || !r->line) {
        add_string(&p, s->x, s->spin, s->rho);
        return p;
    }
    double half = 0.5 * m->even->form.spin, a = half * m->mu;
    double bare = half * m->even->form.sign[f]; /* N has the sign of the bare momentum */
    add_string(&p, s->x + a, s->spin + bare, s->rho);
    add_string(&p, s->x - a, s->spin - bare, s->rho);
    return p;
}

kz_onsager_point kz_onsager_rows_at(const kz_onsager_rows *r, int f, double lambda)
{
    sample s = sample_at(r, f, lambda);
    if (r->line && fabs(lambda) > r->join) continue_tail(&s, r, f, lambda);
    return point_of(r, f, &s);
}

double kz_onsager_rows_hole(const kz_onsager_rows *r, int f, double lambda)
{
    sample s = sample_at(r, f, lambda);
    if (f + 1 < r->rows || !r->line) return 1 / (1 + exp(-s.x));
    double a = 0.5 * r->flow->moments->even->form.spin * r->flow->moments->mu;
    return 1 / (1 + exp(-s.x - a)) + 1 / (1 + exp(-s.x + a));
}

static void fill_nodes(kz_onsager_rows *r)
{
    size_t half = r->size / 2;
    for (int f = 0; f < r->rows; f++) {
        for (size_t k = 0; k < half; k++) {
            double lambda = ((double)k + 0.5) * r->spacing;
            kz_onsager_point p = kz_onsager_rows_at(r, f, lambda);
            size_t up = (size_t)f * r->size + half + k, down = up - 2 * k - 1;
            r->v[up] = p.v;
            r->v[down] = -p.v;
            r->A[up] = r->A[down] = p.A;
            r->B[up] = r->B[down] = p.B;
            r->C[up] = r->C[down] = p.C;
        }
    }
}

/* -- velocities ------------------------------------------------------------------------------ */

/* Nodes that a velocity is interpolated through. */
enum { STENCIL = 8 };

double kz_onsager_rows_speed(const kz_onsager_rows *r, int f, double lambda)
{
    double place = (lambda + r->window) / r->spacing - 0.5, weight[STENCIL], sum = 0;
    long size = (long)r->size, first = (long)floor(place) - STENCIL / 2 + 1;
    if (r->line) first = first < 0 ? 0 : first > size - STENCIL ? size - STENCIL : first;
    kz_lagrange_weights(weight, STENCIL, place - (double)first);
    for (long i = 0; i < STENCIL; i++)
        sum += weight[i] * r->v[(size_t)f * r->size + (size_t)((first + i + size) % size)];
    return sum;
}

bool kz_onsager_rows_cross(double *lambda, const kz_onsager_rows *r, int f, double speed,
                           double from, double to)
{
    double a = from, b = to, at_a = kz_onsager_rows_speed(r, f, a) - speed,
           at_b = kz_onsager_rows_speed(r, f, b) - speed;
    if (!(at_a * at_b < 0)) return false;
    /* bisection on the nodes, whose values are at hand, then the Illinois rule */
    const double *v = r->v + (size_t)f * r->size;
    for (;;) {
        double low = ceil((a + r->window) / r->spacing - 0.5 + 1e-9);
        double high = floor((b + r->window) / r->spacing - 0.5 - 1e-9);
        if (!(high >= low)) break;
        size_t middle = (size_t)floor(0.5 * (low + high));
        double here = v[middle] - speed, x = -r->window + ((double)middle + 0.5) * r->spacing;
        if (here * at_a > 0) {
            a = x;
            at_a = here;
        } else {
            b = x;
            at_b = here;
        }
    }
    for (int i = 0; i < 60 && b - a > 1e-11 && at_a != at_b; i++) {
        double x = a - at_a * (b - a) / (at_b - at_a);
        if (!(x > a && x < b)) x = 0.5 * (a + b);
        double here = kz_onsager_rows_speed(r, f, x) - speed;
        if (here == 0) {
            a = b = x;
        } else if (here * at_a > 0) {
            a = x;
            at_a = here;
            at_b *= 0.5;
        } else {
            b = x;
            at_b = here;
            at_a *= 0.5;
        }
    }
    *lambda = 0.5 * (a + b);
    return true;
}

/* The extremum of v between two nodes, by bisection of its difference quotient. */
static double locate_turn(const kz_onsager_rows *r, int f, double a, double b, bool rising)
{
    double step = 0.25 * r->spacing;
    for (int i = 0; i < 40; i++) {
        double x = 0.5 * (a + b);
        bool here = kz_onsager_rows_speed(r, f, x + step) > kz_onsager_rows_speed(r, f, x - step);
        if (here == rising)
            a = x;
        else
            b = x;
    }
    return 0.5 * (a + b);
}

/* Velocities below FLAT of the fastest, of the heaviest strings of gapped chains, are taken to be
 * monotonic: next to all others they are nought. */
static kz_status find_turns(kz_onsager_rows *r)
{
    static const double FLAT = 1e-12;
    double fastest = 0;
    for (size_t i = 0; i < (size_t)r->rows * r->size; i++)
        fastest = fmax(fastest, fabs(r->v[i]));
    for (int f = 0; f < r->rows; f++) {
        const double *v = r->v + (size_t)f * r->size;
        for (size_t i = r->size / 2; i + 1 < r->size; i++) {
            double before = v[i] - v[i - 1], after = v[i + 1] - v[i];
            double x = -r->window + ((double)i + 0.5) * r->spacing;
            if (r->line && x > r->join) break; /* its last limit is approached by u's first term */
            if (!(before * after < 0) || fabs(v[i]) < FLAT * fastest) continue;
            if (r->turns[f] == KZ_TURNS_MAX)
                return KZ_FAIL(KZ_ENOCONV, "velocity of row %d has more than %d extrema", f + 1,
                               KZ_TURNS_MAX);
            size_t at = (size_t)f * KZ_TURNS_MAX + (size_t)r->turns[f]++;
            r->turn[at] = locate_turn(r, f, x - r->spacing, x + r->spacing, before > 0);
            r->turn_speed[at] = kz_onsager_rows_speed(r, f, r->turn[at]);
        }
    }
    return KZ_OK;
}

static kz_status fill(kz_onsager_rows *r, double later)
{
    size_t size = (size_t)r->rows * r->size, turns = (size_t)r->rows * KZ_TURNS_MAX;
    void *memory;
    KZ_TRY(kz_alloc(&memory, (size_t)r->rows, sizeof *r->tail));
    r->tail = memory;
    KZ_TRY(kz_alloc(&memory, (size_t)r->rows, sizeof *r->turns));
    r->turns = memory;
    double **arrays[] = {&r->v, &r->A, &r->B, &r->C};
    for (size_t i = 0; i < 4; i++)
        KZ_TRY(kz_alloc_doubles(arrays[i], size));
    KZ_TRY(kz_alloc_doubles(&r->turn, turns));
    KZ_TRY(kz_alloc_doubles(&r->turn_speed, turns));
    /* u = 1e-4 or so, from where deviations from the limits are of the order of u */
    const kz_moments *m = r->flow->moments;
    r->join = 5 + log1p(fabs(m->beta)) * m->even->form.width[0] / M_PI + later;
    if (r->line) KZ_TRY(fit_tails(r));
    fill_nodes(r);
    return find_turns(r);
}

kz_status kz_onsager_rows_create(kz_onsager_rows *out, const kz_flow *flow, kz_grid grid,
                                 double later)
{
    const kz_convolution *c = flow->moments->even;
    kz_onsager_rows r = {.flow = flow,
                         .rows = c->rows,
                         .line = !c->form.closed,
                         .window = grid.window,
                         .size = 4 * grid.half,
                         .spacing = 0.5 * kz_grid_spacing(&grid)};
    kz_status status = fill(&r, later);
    if (status != KZ_OK) kz_onsager_rows_free(&r);
    *out = r;
    return status;
}
