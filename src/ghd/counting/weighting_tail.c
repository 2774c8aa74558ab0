/* Strings beyond the rows in the weighted ensemble.
 *
 * All of them come from one side, and with V = -s (L_c - L), L = ln(1 + eta) before and L_c after
 * weighting, kappa = s * (V + V) says that ln eta_c obeys the equations of a thermal state there.
 * So its strings end as those of any: with the mean of L_c in row N, and with the mu that e^{lambda
 * Q} makes of theirs: the same for the energy, which no long string carries, mu_left + lambda or
 * mu_right - lambda for the spin, which no other string does.  The closures of L_c and of L give
 * the mean of V of string N + 1, R its modes; where there are no particles V = kappa grows by
 * -+lambda from string to string.
 */
#include <math.h>
#include <string.h>

#include "ghd/counting/weighting.h"
#include "ghd/ray/work.h"

static double sign_of(int side) { return side == KZ_LEFT ? 1 : -1; }

static double mean_of(const kz_closure *closure)
{
    return kz_closure_log(closure->t, closure->kappa);
}

void kz_weighting_weigh_tail(kz_weighting *w, int which, int side)
{
    kz_mesh *mesh = which ? &w->level->fine : &w->level->coarse;
    const kz_plain_mesh *p = &w->mesh[which];
    const kz_closure *plain = &p->side[side].tail.closure;
    kz_weights *to = &mesh->side[side];
    size_t n = mesh->full->n, last = (size_t)(w->level->rows - 1) * n;
    double mean = 0;
    to->tail = p->side[side].tail;
    if (isinf(plain->kappa)) return; /* no particles there, whatever the weight */
    for (size_t k = 0; k < n; k++)
        mean += p->part[side][last + k] / (double)n;
    double mu = 2 * plain->kappa * p->side[side].tail.sign + sign_of(side) * w->spin;
    to->tail.sign = w->spin == 0 ? to->tail.sign : copysign(mu != 0, mu);
    to->tail.closure = kz_closure_at(mean_of(plain) - sign_of(side) * mean, fabs(mu));
}

/* Coefficients of V, were the last row all of `side`, in the first row of out. */
static void transform(double *out, const kz_weighting *w, int side)
{
    const kz_convolution *c = w->level->coarse.full;
    size_t last = (size_t)(c->rows - 1) * c->n;
    memset(out, 0, kz_weighting_size(w) * sizeof *out);
    memcpy(out, w->mesh[0].part[side] + last, c->n * sizeof *out);
    kz_convolution_forward(c, out);
}

/* That R differs for L_c and L matters for the modes k > 0 of L only, which are as small as what
 * closures leave out.  Left out, too: with it F at a given N is six times worse or better, by the
 * sign of lambda (Delta = 2, +-0.7). */
void kz_weighting_close(double *residual, const kz_weighting *w, const double *value,
                        double *scratch)
{
    const kz_convolution *c = w->level->coarse.full;
    if (!c->form.closed) return;
    int side = w->ray->tail;
    size_t last = (size_t)(c->rows - 1) * c->n;
    const kz_closure *now = &w->level->coarse.side[side].tail.closure;
    const kz_closure *plain = &w->mesh[0].side[side].tail.closure;
    transform(scratch, w, side);
    for (size_t k = 0; k < c->n; k++) {
        double ratio = exp(-0.5 * c->form.width[0] * c->frequency[k]);
        double R = kz_closure_ratio(now, ratio), beyond = R * scratch[k];
        if (k == 0 && !isinf(plain->kappa))
            beyond = -sign_of(side) * c->norm * (kz_closure_next(now) - kz_closure_next(plain));
        if (k == 0 && isinf(plain->kappa))
            beyond -= c->norm * w->spin * w->mesh[0].side[side].tail.sign;
        residual[last + k] += c->symbol[k] * (beyond - R * value[last + k]);
    }
}
