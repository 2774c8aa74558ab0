/* Bicubic Hermite interpolation.
 *
 * In each cell e and m are the bicubic polynomials that share value, both first derivatives and the
 * mixed second one with the true functions at the four corners; the error is
 * (h^4/384)(d^4/dbeta^4 + d^4/dmu^4) to leading order.  It is measured: from the nodes two apart
 * the node between is interpolated too, with 16 times the error of neighbours. */
#include <math.h>

#include "core/error.h"
#include "table/internal.h"

size_t kz_table_find(const double *x, size_t n, double value)
{
    size_t low = 0, high = n - 1;
    if (n < 3 || !(value > x[0])) return 0;
    /* most axes are uniform: look there first */
    double place = (value - x[0]) / (x[n - 1] - x[0]) * (double)(n - 1);
    size_t guess = place >= (double)(n - 2) ? n - 2 : (size_t)place;
    if (x[guess] <= value && (value < x[guess + 1] || guess == n - 2)) return guess;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (x[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Weights of (value, slope) at both ends, for the interpolant and for its derivative. */
typedef struct {
    double f[4], d[4]; /* value 0, slope 0, value 1, slope 1 */
} hermite;

static hermite hermite_at(double h, double t)
{
    double t2 = t * t, t3 = t2 * t;
    return (hermite){
        .f = {2 * t3 - 3 * t2 + 1, h * (t3 - 2 * t2 + t), -2 * t3 + 3 * t2, h * (t3 - t2)},
        .d = {6 * (t2 - t) / h, 3 * t2 - 4 * t + 1, -6 * (t2 - t) / h, 3 * t2 - 2 * t},
    };
}

typedef struct {
    double f, b, u;
} surface;

static surface interpolate_one(const double *const field[4], size_t at, size_t stride,
                               const hermite *x, const hermite *y)
{
    surface sum = {0, 0, 0};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            size_t k = at + i * stride + j;
            double f = field[0][k], fb = field[1][k], fu = field[2][k], fbu = field[3][k];
            const double *yf = &y->f[2 * j], *yd = &y->d[2 * j];
            double value = yf[0] * f + yf[1] * fu, slope = yf[0] * fb + yf[1] * fbu;
            double across = yd[0] * f + yd[1] * fu, twist = yd[0] * fb + yd[1] * fbu;
            sum.f += x->f[2 * i] * value + x->f[2 * i + 1] * slope;
            sum.b += x->d[2 * i] * value + x->d[2 * i + 1] * slope;
            sum.u += x->f[2 * i] * across + x->f[2 * i + 1] * twist;
        }
    }
    return sum;
}

kz_cell_value kz_table_interpolate(const kz_table *t, size_t i, size_t j, double beta, double mu)
{
    const double *const e[4] = {t->field[KZ_FIELD_E], t->field[KZ_FIELD_E_B],
                                t->field[KZ_FIELD_E_U], t->field[KZ_FIELD_E_BU]};
    const double *const m[4] = {t->field[KZ_FIELD_M], t->field[KZ_FIELD_M_B],
                                t->field[KZ_FIELD_M_U], t->field[KZ_FIELD_M_BU]};
    double hb = t->beta[i + 1] - t->beta[i], hu = t->mu[j + 1] - t->mu[j];
    hermite x = hermite_at(hb, (beta - t->beta[i]) / hb);
    hermite y = hermite_at(hu, (mu - t->mu[j]) / hu);
    size_t at = i * t->nm + j;
    surface es = interpolate_one(e, at, t->nm, &x, &y), ms = interpolate_one(m, at, t->nm, &x, &y);
    return (kz_cell_value){es.f, ms.f, es.b, es.u, ms.b, ms.u};
}

/* Error at the node between two of its neighbours along one axis, scaled to neighbours of one
 * spacing: interpolated from k - step and k + step at k. */
static double error_between(const double *f, const double *slope, const double *x, size_t k,
                            size_t step, const size_t i)
{
    double h = x[i + 1] - x[i - 1], t = (x[i] - x[i - 1]) / h;
    hermite w = hermite_at(h, t);
    double value = w.f[0] * f[k - step] + w.f[1] * slope[k - step] + w.f[2] * f[k + step] +
                   w.f[3] * slope[k + step];
    double part = fmax(t, 1 - t); /* of the longer of the two cells */
    double bound = t * (1 - t);   /* the error is f'''' (t (1-t))^2 h^4 / 24 */
    double ratio = part * part / bound;
    return fabs(value - f[k]) * ratio * ratio / 16;
}

static double node_error(const kz_table *t, int value, int by_beta, int by_mu, size_t i, size_t j)
{
    size_t nm = t->nm;
    size_t ib = i == 0 ? 1 : i + 1 == t->nb ? i - 1 : i;
    size_t jb = j == 0 ? 1 : j + 1 == nm ? j - 1 : j;
    double sum = 0;
    if (t->nb > 2)
        sum += error_between(t->field[value], t->field[by_beta], t->beta, ib * nm + j, nm, ib);
    if (nm > 2) sum += error_between(t->field[value], t->field[by_mu], t->mu, i * nm + jb, 1, jb);
    return t->nb > 2 && nm > 2 ? sum : INFINITY;
}

kz_status kz_table_finish_grid(kz_table *t)
{
    t->err = 0;
    for (size_t i = 0; i < t->nb; i++) {
        t->err = fmax(t->err, t->row_err[i]);
        for (size_t j = 0; j < t->nm; j++) {
            double *spread = t->spread + 2 * (i * t->nm + j);
            spread[0] = node_error(t, KZ_FIELD_E, KZ_FIELD_E_B, KZ_FIELD_E_U, i, j);
            spread[1] = node_error(t, KZ_FIELD_M, KZ_FIELD_M_B, KZ_FIELD_M_U, i, j);
        }
    }
    return KZ_OK;
}

kz_status kz_table_evaluate(kz_table_point *out, const kz_table *t, double beta, double mu)
{
    if (t->kind != KZ_TABLE_GRID || t->nb < 2 || t->nm < 2)
        return KZ_FAIL(KZ_EINVAL, "interpolation in (beta, mu) needs a grid of at least 2 x 2");
    bool inside = beta >= t->beta[0] && beta <= t->beta[t->nb - 1] && mu >= t->mu[0] &&
                  mu <= t->mu[t->nm - 1];
    if (!inside)
        return KZ_FAIL(
            KZ_EDOMAIN,
            "beta = %.15g, mu = %.15g is outside the table, %.15g ... %.15g x %.15g ... %.15g",
            beta, mu, t->beta[0], t->beta[t->nb - 1], t->mu[0], t->mu[t->nm - 1]);
    size_t i = kz_table_find(t->beta, t->nb, beta), j = kz_table_find(t->mu, t->nm, mu);
    kz_cell_value v = kz_table_interpolate(t, i, j, beta, mu);
    if (!isfinite(v.e))
        return KZ_FAIL(KZ_EDOMAIN, "the table has no numbers around beta = %.15g", beta);
    *out = (kz_table_point){
        beta, mu, v.e, v.m, v.e_b, v.e_u, v.m_b, v.m_u, NAN, NAN, kz_table_spread(t, i, j, NULL)};
    return KZ_OK;
}

double kz_table_spread(const kz_table *t, size_t i, size_t j, double *magnetization)
{
    double e = 0, m = 0;
    for (size_t a = 0; a < 2; a++) {
        for (size_t b = 0; b < 2; b++) {
            const double *spread = t->spread + 2 * ((i + a) * t->nm + j + b);
            e = fmax(e, spread[0]);
            m = fmax(m, spread[1]);
        }
        e += t->row_err[i + a];
        m += t->row_err[i + a];
    }
    if (magnetization) *magnetization = m;
    return magnetization ? e : fmax(e, m);
}
