/* The strings beyond the rows of a gapped chain, in derivatives of ln Z. */
#include <math.h>

#include "tba/moments/internal.h"

/* Derivatives of the mean of L_N, and the sign of mu, which those of the closure by |mu| take. */
typedef struct {
    double by[2]; /* beta, mu */
    double sign;
    kz_closure_slopes F;
} closure_response;

static closure_response respond(const kz_moments *m)
{
    size_t n = m->even->n, last = (size_t)(m->even->rows - 1) * n;
    closure_response c = {.sign = m->mu < 0 ? -1 : 1, .F = kz_closure_differentiate(&m->closure)};
    for (size_t k = last; k < last + n; k++) {
        c.by[0] += m->hole[k] * m->x_beta[k] / (double)n;
        c.by[1] += m->hole[k] * m->x_mu[k] / (double)n;
    }
    return c;
}

/* The explicit part of the second derivative of F(mean of L_N, mu) by beta (0) and mu (1). */
static double bend(const closure_response *c, int a, int b)
{
    const kz_closure_slopes *F = &c->F;
    return F->LL * c->by[a] * c->by[b] + c->sign * F->Lmu * (a * c->by[b] + b * c->by[a]) +
           a * b * F->mumu;
}

double kz_moments_bend_closure(const kz_moments *m, int a, int b)
{
    closure_response c = respond(m);
    return bend(&c, a, b);
}

/* Second derivative of the mean of L_N. */
static double mean_second(const kz_moments *m, int pair)
{
    size_t n = m->even->n, last = (size_t)(m->even->rows - 1) * n;
    double sum = 0;
    for (size_t k = last; k < last + n; k++) {
        double first = pair > 1 ? m->x_mu[k] : m->x_beta[k];
        double other = pair > 0 ? m->x_mu[k] : m->x_beta[k];
        sum +=
            m->hole[k] * m->second[pair][k] + kz_fluctuation_at(m->x[k]).occupied * first * other;
    }
    return sum / (double)n;
}

/* (1/2) int D_N rho_N over the spacing. */
static double closure_weight(const kz_moments *m)
{
    size_t n = m->even->n, last = (size_t)(m->even->rows - 1) * n;
    double weight = 0;
    for (size_t k = last; k < last + n; k++)
        weight += 0.5 * m->hole[k] * m->rho[k];
    return weight;
}

/* Along beta d/dbeta + mu d/dmu responses are summed before they are squared: those of a cold
 * state cancel. */
kz_moments_beyond kz_moments_beyond_rows(const kz_moments *m)
{
    if (!m->even->form.closed) return (kz_moments_beyond){0};
    size_t n = m->even->n, last = (size_t)(m->even->rows - 1) * n;
    closure_response c = respond(m);
    double weight = closure_weight(m), mu = fabs(m->mu), along = 0;
    for (size_t k = last; k < last + n; k++)
        along += m->hole[k] * (m->beta * m->x_beta[k] + m->mu * m->x_mu[k]) / (double)n;
    double second = c.F.LL * along * along + 2 * c.F.Lmu * mu * along + c.F.mumu * mu * mu;
    return (kz_moments_beyond){weight * kz_closure_entropy(&m->closure), weight * second};
}

double kz_moments_add_closure(kz_moments_sums *sum, const kz_moments *m, int order)
{
    closure_response c = respond(m);
    double weight = closure_weight(m);
    double magnetization = 2 * kz_grid_spacing(&m->even->grid) * weight * c.sign * c.F.mu;
    sum->bb += weight * bend(&c, 0, 0);
    sum->bm += weight * bend(&c, 0, 1);
    sum->mm += weight * bend(&c, 1, 1);
    sum->rest += weight * kz_closure_loss(&m->closure) / M_PI;
    if (order < 2) return magnetization;
    double bb = mean_second(m, 0), bu = mean_second(m, 1), uu = mean_second(m, 2);
    double b = c.by[0], u = c.by[1], f = c.sign;
    const kz_closure_slopes *F = &c.F;
    sum->bbm += weight * (F->LLL * b * b * u + f * F->LLmu * b * b + F->LL * (bb * u + 2 * bu * b) +
                          f * F->Lmu * bb);
    sum->bmm += weight * (F->LLL * b * u * u + 2 * f * F->LLmu * b * u + F->Lmumu * b +
                          F->LL * (uu * b + 2 * bu * u) + 2 * f * F->Lmu * bu);
    return magnetization;
}
