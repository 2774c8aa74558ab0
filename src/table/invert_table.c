/* Inversion by a table alone.
 *
 * (e, -m) is minus the gradient of the convex function ln Z, so that Newton's method with a line
 * search on the gradient along the step finds the one solution from anywhere.  Beyond the table the
 * interpolant is continued linearly from the nearest point: an iteration that ends there found a
 * point beyond the table. */
#include <math.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/error.h"
#include "core/memory.h"
#include "table/invert.h"

enum { STEPS_MAX = 60, BACKTRACKS_MAX = 12, CHUNK = 256 };

bool kz_jacobian_solve(double step[2], const kz_jacobian *j, double rest_e, double rest_m)
{
    double det = j->e_b * j->m_u - j->e_u * j->m_b;
    step[0] = (rest_e * j->m_u - rest_m * j->e_u) / det;
    step[1] = (rest_m * j->e_b - rest_e * j->m_b) / det;
    return isfinite(step[0]) && isfinite(step[1]);
}

void kz_jacobian_bound(double bound[2], const kz_jacobian *j, double err_e, double err_m)
{
    double det = fabs(j->e_b * j->m_u - j->e_u * j->m_b);
    bound[0] = (err_e * fabs(j->m_u) + err_m * fabs(j->e_u)) / det;
    bound[1] = (err_m * fabs(j->e_b) + err_e * fabs(j->m_b)) / det;
}

double kz_inverse_relative(const double d[2], double beta, double mu)
{
    double b = fabs(d[0]) / fmax(1, fabs(beta)), u = fabs(d[1]) / fmax(1, fabs(mu));
    return b >= u ? b : isnan(b) ? b : u;
}

void kz_inverse_set_place(kz_inverse *out, kz_place place, double beta, double mu, double err)
{
    out->place = place;
    out->beta = beta;
    out->mu = mu;
    out->err = err;
    out->status = KZ_OK;
}

const char *kz_place_text(kz_place place)
{
    switch (place) {
    case KZ_PLACE_OK:
        return "ok";
    case KZ_PLACE_EDGE:
        return "edge";
    case KZ_PLACE_OUTSIDE:
        return "outside";
    case KZ_PLACE_FAILED:
        break;
    }
    return "failed";
}

static double clamp(double x, double low, double high) { return fmin(fmax(x, low), high); }

/* The interpolant, continued linearly beyond the table.  inside: where it is the interpolant. */
typedef struct {
    kz_cell_value v;
    size_t i, j;
    bool inside;
} sample;

static sample sample_at(const kz_table *t, double beta, double mu)
{
    double b = clamp(beta, t->beta[0], t->beta[t->nb - 1]);
    double u = clamp(mu, t->mu[0], t->mu[t->nm - 1]);
    sample s = {.i = kz_table_find(t->beta, t->nb, b), .j = kz_table_find(t->mu, t->nm, u)};
    s.v = kz_table_interpolate(t, s.i, s.j, b, u);
    s.inside = b == beta && u == mu;
    s.v.e += s.v.e_b * (beta - b) + s.v.e_u * (mu - u);
    s.v.m += s.v.m_b * (beta - b) + s.v.m_u * (mu - u);
    return s;
}

static kz_jacobian jacobian_of(const kz_cell_value *v)
{
    return (kz_jacobian){v->e_b, v->e_u, v->m_b, v->m_u};
}

/* Slope of ln Z + beta e - mu m along step. */
static double slope_along(const kz_cell_value *v, const double step[2], double e, double m)
{
    return (e - v->e) * step[0] - (m - v->m) * step[1];
}

/* One damped step; false where none brings the slope down. */
static bool advance(double x[2], sample *s, const double step[2], const kz_table *t, double e,
                    double m)
{
    double before = slope_along(&s->v, step, e, m), part = 1;
    double longest = fmax(fabs(step[0]) / (2 + fabs(x[0])), fabs(step[1]) / (2 + fabs(x[1])));
    if (longest > 1) part = 1 / longest;
    for (int i = 0; i < BACKTRACKS_MAX; i++) {
        double beta = x[0] + part * step[0], mu = x[1] + part * step[1];
        sample next = sample_at(t, beta, mu);
        double after = slope_along(&next.v, step, e, m);
        if (after <= 0.5 * fabs(before)) {
            x[0] = beta;
            x[1] = mu;
            *s = next;
            return true;
        }
        part *= clamp(before / (before - after), 0.1, 0.5);
    }
    return false;
}

static bool has_numbers(const sample *s) { return isfinite(s->v.e) && isfinite(s->v.m_b); }

/* Newton's method from x; true where it converged (inside or outside the table). */
static bool iterate(double x[2], sample *s, const kz_table *t, double e, double m, bool fixed_mu)
{
    *s = sample_at(t, x[0], x[1]);
    for (int i = 0; i < STEPS_MAX && has_numbers(s); i++) {
        kz_jacobian j = jacobian_of(&s->v);
        double step[2];
        if (fixed_mu) {
            step[0] = (e - s->v.e) / j.e_b;
            step[1] = 0;
        } else if (!kz_jacobian_solve(step, &j, e - s->v.e, m - s->v.m)) {
            return false;
        }
        double size = kz_inverse_relative(step, x[0], x[1]);
        if (size < 1e-12) return true;
        if (!advance(x, s, step, t, e, m)) return size < 1e-7;
        if (!s->inside && (fabs(x[0]) > 1e6 || fabs(x[1]) > 1e6)) return true;
    }
    return false;
}

/* Node whose (e, m) is nearest: where Newton's method got lost from the usual start. */
static void nearest_node(double x[2], const kz_table *t, double e, double m)
{
    double best = INFINITY;
    for (size_t k = 0; k < t->nb * t->nm; k++) {
        double d = hypot(t->field[KZ_FIELD_E][k] - e, t->field[KZ_FIELD_M][k] - m);
        if (d < best) {
            best = d;
            x[0] = t->beta[k / t->nm];
            x[1] = t->mu[k % t->nm];
        }
    }
}

void kz_inverse_set_boundary(kz_inverse *out, kz_region_place place)
{
    double m = out->magnetization, sign = (double)(m > 0) - (double)(m < 0);
    double mu = sign == 0 ? 0 : sign * INFINITY;
    if (place == KZ_REGION_OUTSIDE)
        kz_inverse_set_place(out, KZ_PLACE_OUTSIDE, NAN, NAN, INFINITY);
    else if (fabs(m) > 0.5 - KZ_POLARISED)
        kz_inverse_set_place(out, KZ_PLACE_EDGE, NAN, mu, INFINITY);
    else
        kz_inverse_set_place(out, KZ_PLACE_EDGE, place == KZ_REGION_GROUND ? INFINITY : -INFINITY,
                             mu, INFINITY);
}

/* Beyond the table: on the boundary or outside the physical region, or just beyond. */
static void place_beyond(kz_inverse *out, const kz_table *t, const kz_boundary *boundary,
                         const double x[2])
{
    kz_region_place place = KZ_REGION_INSIDE;
    if (boundary) {
        kz_status status = kz_boundary_place(&place, NULL, NULL, boundary, out->energy,
                                             out->magnetization, fmax(t->tol, 1e-12));
        if (status != KZ_OK) {
            kz_inverse_set_place(out, KZ_PLACE_FAILED, NAN, NAN, INFINITY);
            out->status = status;
            return;
        }
    }
    if (place == KZ_REGION_INSIDE)
        kz_inverse_set_place(out, KZ_PLACE_EDGE, clamp(x[0], t->beta[0], t->beta[t->nb - 1]),
                             clamp(x[1], t->mu[0], t->mu[t->nm - 1]), INFINITY);
    else
        kz_inverse_set_boundary(out, place);
}

/* Takes x, which may lie beyond the table by as much as its error, for the solution. */
static bool accept(kz_inverse *out, const kz_table *t, const sample *s, const double x[2],
                   bool fixed_mu)
{
    double inside[2] = {clamp(x[0], t->beta[0], t->beta[t->nb - 1]),
                        clamp(x[1], t->mu[0], t->mu[t->nm - 1])};
    double err_m, err_e = kz_table_spread(t, s->i, s->j, &err_m), bound[2];
    kz_jacobian j = jacobian_of(&s->v);
    /* the measured interpolation error with a margin of 2, and rounding of e and m */
    kz_jacobian_bound(bound, &j, 2 * err_e + 2e-16, fixed_mu ? 0 : 2 * err_m + 2e-16);
    if (fixed_mu) bound[1] = 0;
    if (fabs(inside[0] - x[0]) > bound[0] || fabs(inside[1] - x[1]) > bound[1]) return false;
    kz_inverse_set_place(out, KZ_PLACE_OK, inside[0], inside[1],
                         kz_inverse_relative(bound, x[0], x[1]) + 1e-12);
    return true;
}

void kz_table_invert_point(kz_inverse *out, const kz_table *t)
{
    double e = out->energy, m = out->magnetization;
    bool fixed_mu = m == 0 && t->mu[0] <= 0 && t->mu[t->nm - 1] >= 0;
    double x[2] = {clamp(0, t->beta[0], t->beta[t->nb - 1]),
                   clamp(2 * atanh(clamp(2 * m, -0.999, 0.999)), t->mu[0], t->mu[t->nm - 1])};
    sample s;
    bool found = iterate(x, &s, t, e, m, fixed_mu);
    if (!found) {
        nearest_node(x, t, e, m);
        if (fixed_mu) x[1] = 0;
        found = iterate(x, &s, t, e, m, fixed_mu);
    }
    if (!found || !accept(out, t, &s, x, fixed_mu)) place_beyond(out, t, NULL, x);
}

/* -- many points -- */

typedef struct {
    kz_inverse *out;
    const kz_table *table;
    const kz_options *options;
    size_t n;
    kz_first_failure first;
} batch;

void kz_table_invert_energy(kz_inverse *out, const kz_table *t)
{
    /* of e and of the edges together, relative to the band's largest energy where that is above
     * 1/2; of the arithmetic */
    static const double ROUNDING = 2e-16, ARITHMETIC = 1e-15;
    double largest = fmax(fabs(t->energy_min), fabs(t->energy_max));
    double unit = ROUNDING * fmax(1, 2 * largest);
    double e = out->energy, slack = fmax(t->tol, 10 * unit);
    if (e < t->energy_min - slack || e > t->energy_max + slack) {
        kz_inverse_set_place(out, KZ_PLACE_OUTSIDE, NAN, NAN, INFINITY);
        return;
    }
    double distance = fmin(e - t->energy_min, t->energy_max - e);
    if (distance <= unit) {
        bool ground = e - t->energy_min <= unit;
        kz_inverse_set_place(out, KZ_PLACE_EDGE, ground ? INFINITY : -INFINITY, 0, INFINITY);
        return;
    }
    kz_energy_value v = kz_energy_interpolate(t, kz_energy_angle(t, e));
    /* the slope goes like distance^(-5/3) at most: its largest within the rounding */
    double steepest = fabs(v.slope) * pow(1 - unit / distance, -5.0 / 3);
    double rounding = unit * steepest / fmax(1, fabs(v.beta));
    kz_inverse_set_place(out, KZ_PLACE_OK, v.beta, 0, v.err + rounding + ARITHMETIC);
}

static void invert_row(batch *b, size_t i)
{
    kz_inverse *row = &b->out[i];
    const kz_table *t = b->table;
    if (!isfinite(row->energy) || !isfinite(row->magnetization))
        kz_inverse_set_place(row, KZ_PLACE_OUTSIDE, NAN, NAN, INFINITY);
    else if (t->kind == KZ_TABLE_ENERGY)
        kz_table_invert_energy(row, t);
    else
        kz_table_invert_point(row, t);
    if (row->status != KZ_OK) {
#pragma omp critical(kz_table_invert)
        kz_first_failure_note(&b->first, i, row->status);
    }
}

static void run_batch(batch *b)
{
    size_t chunks = (b->n + CHUNK - 1) / CHUNK;
#ifdef _OPENMP
    int threads = (size_t)b->options->threads < chunks ? b->options->threads : (int)chunks;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
#endif
    for (size_t c = 0; c < chunks; c++)
        for (size_t i = c * CHUNK; i < b->n && i < (c + 1) * CHUNK; i++)
            invert_row(b, i);
}

/* The rows beyond the table again, with the boundary of the physical region, which takes a moment
 * to make, is seldom needed, and is kept. */
static kz_status place_edges(batch *b, kz_table *table)
{
    for (size_t i = 0; i < b->n; i++) {
        if (table->kind != KZ_TABLE_GRID || b->out[i].place != KZ_PLACE_EDGE) continue;
        if (!table->boundary) KZ_TRY(kz_boundary_create(&table->boundary, table->chain));
        double x[2] = {b->out[i].beta, b->out[i].mu};
        place_beyond(&b->out[i], table, table->boundary, x);
        if (b->out[i].status != KZ_OK) kz_first_failure_note(&b->first, i, b->out[i].status);
    }
    return KZ_OK;
}

static kz_status check_batch(const kz_table *t, const double *magnetization, size_t n,
                             const kz_options *options)
{
    KZ_TRY(kz_options_check(options));
    enum { LEAST = 3 }; /* a node between two others measures the error of interpolation */
    if (t->kind == KZ_TABLE_GRID && (t->nb < LEAST || t->nm < LEAST))
        return KZ_FAIL(KZ_EINVAL,
                       "a grid of %zu x %zu is too small: it takes %d values of beta and of mu",
                       t->nb, t->nm, LEAST);
    for (size_t i = 0; t->kind == KZ_TABLE_ENERGY && magnetization && i < n; i++)
        if (magnetization[i] != 0)
            return KZ_FAIL(KZ_EINVAL,
                           "row %zu: a table of beta(e) at mu = 0 takes no magnetization", i);
    return KZ_OK;
}

kz_status kz_table_invert(kz_inverse *out, kz_table *table, const double *energy,
                          const double *magnetization, size_t n, const kz_options *options)
{
    KZ_TRY(check_batch(table, magnetization, n, options));
    for (size_t i = 0; i < n; i++)
        out[i] = (kz_inverse){.energy = energy[i],
                              .magnetization = magnetization ? magnetization[i] : 0};
    batch b = {.out = out, .table = table, .options = options, .n = n};
    run_batch(&b);
    KZ_TRY(place_edges(&b, table));
    return KZ_FAIL_FIRST(&b.first);
}
