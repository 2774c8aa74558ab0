#include "ghd/crossing.h"

#include <math.h>

#include "core/error.h"

double kz_mismatch_speed(const kz_form *form, double lambda, double zeta)
{
    double end = copysign(form->speed, lambda), rate = M_PI / form->width[0];
    return (end - zeta) - 2 * end / (1 + exp(2 * rate * fabs(lambda)));
}

void kz_mismatch_evaluate(double *value, double *slope, const kz_mismatch *d, double lambda)
{
    const kz_convolution *c = d->full;
    kz_fourier_evaluate(value, slope, d->coefficients, c->n, c->grid.window, c->lambda[0], lambda);
    if (!d->has_source) return;
    double limit = c->form.speed, rate = M_PI / c->form.width[0], t = tanh(rate * lambda);
    double s = kz_form_source(&c->form, lambda),
           speed = kz_mismatch_speed(&c->form, lambda, d->zeta);
    *value += s * speed;
    *slope += rate * s * (limit * (1 - t * t) - t * speed);
}

/* Root of the value (order 0) or of the slope (order 1) in [a, b], where the ends differ in
 * sign: Newton steps for order 0, bisection whenever they leave the bracket. */
static double bracketed_root(const kz_mismatch *d, int order, double a, double b, double sign_a)
{
    double x = 0.5 * (a + b);
    for (int i = 0; i < 80 && b - a > 4e-16 * (1 + fabs(x)); i++) {
        double value, slope;
        kz_mismatch_evaluate(&value, &slope, d, x);
        double target = order == 0 ? value : slope;
        if (target == 0) return x;
        if (target * sign_a > 0)
            a = x;
        else
            b = x;
        double next = order == 0 && slope != 0 ? x - value / slope : NAN;
        if (!(next > a && next < b)) next = 0.5 * (a + b);
        if (fabs(next - x) < 2e-16 * (1 + fabs(x))) return next;
        x = next;
    }
    return x;
}

static kz_status append(kz_region *region, double edge)
{
    if (region->count == KZ_EDGES_MAX)
        return KZ_FAIL(KZ_ENOCONV, "more than %d crossings of one string", KZ_EDGES_MAX);
    region->edge[region->count++] = edge;
    return KZ_OK;
}

/* An extremum next to node k that may reach across zero although the nodes do not. */
static kz_status check_tangent(kz_region *region, const kz_mismatch *d, size_t k)
{
    const double *v = d->nodal, *lambda = d->full->lambda;
    double sign = v[k] > 0 ? 1 : -1;
    double before = sign * v[k - 1], here = sign * v[k], after = sign * v[k + 1];
    if (!(before > here && after >= here)) return KZ_OK;
    double curvature = before - 2 * here + after, tilt = after - before;
    if (here - 0.125 * tilt * tilt / curvature > 0.25 * curvature) return KZ_OK;
    double extremum = bracketed_root(d, 1, lambda[k - 1], lambda[k + 1], -sign);
    double value, slope;
    kz_mismatch_evaluate(&value, &slope, d, extremum);
    if (!(value * sign < 0)) return KZ_OK;
    KZ_TRY(append(region, bracketed_root(d, 0, lambda[k - 1], extremum, sign)));
    return append(region, bracketed_root(d, 0, extremum, lambda[k + 1], -sign));
}

kz_status kz_mismatch_region(kz_region *region, const kz_mismatch *d)
{
    const double *v = d->nodal, *lambda = d->full->lambda;
    size_t n = d->full->n, last = n;
    double window = d->full->grid.window;
    *region = (kz_region){0};
    for (size_t k = 0; k < n; k++) {
        if (!(fabs(v[k]) > d->noise + d->leak * exp(fabs(lambda[k]) - window))) continue;
        if (last == n) {
            region->starts_inside = v[k] > 0;
        } else if ((v[k] > 0) != (v[last] > 0)) {
            double sign = v[last] > 0 ? 1 : -1;
            KZ_TRY(append(region, bracketed_root(d, 0, lambda[last], lambda[k], sign)));
        }
        last = k;
        bool interior =
            k > 0 && k + 1 < n && (v[k - 1] > 0) == (v[k] > 0) && (v[k + 1] > 0) == (v[k] > 0);
        if (interior) KZ_TRY(check_tangent(region, d, k));
    }
    return KZ_OK;
}
