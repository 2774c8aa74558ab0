#include "ghd/ray/crossing.h"

#include <math.h>

#include "core/error.h"

void kz_mismatch_prepare(kz_mismatch *d, double *scratch)
{
    if (!d->full->zoom) return;
    kz_zoom_interpolate(scratch, d->full->zoom, d->nodal);
    d->coefficients = scratch;
    d->has_source = false;
}

double kz_mismatch_speed(const kz_form *form, double lambda, double zeta)
{
    double end = copysign(form->speed, lambda), rate = M_PI / form->width[0];
    return (end - zeta) - 2 * end / (1 + exp(2 * rate * fabs(lambda)));
}

/* Both of the image at x. */
static double image_source(double *slope, const kz_form *form, double x, double zeta)
{
    double limit = form->speed, rate = M_PI / form->width[0], t = tanh(rate * x);
    double s = kz_local_kernel(form->width[0], x), speed = kz_mismatch_speed(form, x, zeta);
    *slope = rate * s * (limit * (1 - t * t) - t * speed);
    return s * speed;
}

double kz_mismatch_source(const kz_form *form, double lambda, double zeta)
{
    double sum = 0, x;
    int images = kz_form_images(form);
    for (int m = -images; m <= images; m++) {
        x = lambda + m * M_PI;
        sum += kz_local_kernel(form->width[0], x) * kz_mismatch_speed(form, x, zeta);
    }
    return sum;
}

/* h s * beside, which keeps its digits where it is small. */
static void sum_over_nodes(double *value, double *slope, const kz_mismatch *d, double lambda)
{
    const kz_convolution *c = d->full;
    double width = c->form.width[0], period = 2 * c->grid.window;
    double h = kz_grid_spacing(&c->grid), rate = M_PI / width;
    *value = *slope = 0;
    for (size_t k = 0; k < c->n; k++) {
        double x = lambda - c->lambda[k];
        if (fabs(x) > c->grid.window) x -= copysign(period, x);
        double term = h * kz_local_kernel(width, x) * d->beside[k];
        *value += term;
        *slope -= rate * tanh(rate * x) * term;
    }
}

static void evaluate_modes(double *value, double *slope, const kz_mismatch *d, double lambda)
{
    int patch = d->full->zoom ? kz_zoom_patch_at(d->full->zoom, lambda) : 0;
    kz_part part = kz_convolution_part(d->full, patch);
    double window = d->full->zoom ? 0.5 * (double)part.n * part.spacing : d->full->grid.window;
    kz_fourier_evaluate(value, slope, d->coefficients + part.start, part.n, window, part.first,
                        lambda);
}

void kz_mismatch_evaluate(double *value, double *slope, const kz_mismatch *d, double lambda)
{
    const kz_convolution *c = d->full;
    if (d->beside)
        sum_over_nodes(value, slope, d, lambda);
    else
        evaluate_modes(value, slope, d, lambda);
    if (!d->has_source) return;
    int images = kz_form_images(&c->form);
    for (int m = -images; m <= images; m++) {
        double tilt;
        *value += image_source(&tilt, &c->form, lambda + m * M_PI, d->zeta);
        *slope += tilt;
    }
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

/* A node and its neighbours. */
typedef struct {
    double before, here, after; /* values, */
    double from, at, to;        /* and where they are */
} triple;

/* On a period the neighbours of the first node are the second and the last one; on a patch those of
 * its own, which know true values beyond its core. */
static triple triple_at(const kz_mismatch *d, size_t k)
{
    const double *v = d->nodal, *lambda = d->full->lambda;
    size_t n = d->full->n, before = k > 0 ? k - 1 : n - 1, after = k + 1 < n ? k + 1 : 0;
    double h = d->full->zoom ? lambda[k] - lambda[k - 1] : 2 * d->full->grid.window / (double)n;
    return (triple){v[before], v[k], v[after], lambda[k] - h, lambda[k], lambda[k] + h};
}

/* An extremum next to a node that may reach across zero although the nodes do not. */
static kz_status check_tangent(kz_region *region, const kz_mismatch *d, triple at)
{
    double sign = at.here > 0 ? 1 : -1;
    double before = sign * at.before, here = sign * at.here, after = sign * at.after;
    if (!(before > 0 && after > 0 && before > here && after >= here)) return KZ_OK;
    double curvature = before - 2 * here + after, tilt = after - before;
    if (here - 0.125 * tilt * tilt / curvature > 0.25 * curvature) return KZ_OK;
    double extremum = bracketed_root(d, 1, at.from, at.to, -sign);
    const kz_zoom *zoom = d->full->zoom; /* beyond a core the nodes there find it */
    if (zoom && kz_zoom_patch_at(zoom, extremum) != kz_zoom_patch_at(zoom, at.at)) return KZ_OK;
    double value, slope;
    kz_mismatch_evaluate(&value, &slope, d, extremum);
    if (!(value * sign < 0)) return KZ_OK;
    KZ_TRY(append(region, bracketed_root(d, 0, at.from, extremum, sign)));
    return append(region, bracketed_root(d, 0, extremum, at.to, -sign));
}

/* Whether the sign of d at node k can be trusted. */
static bool is_resolved(const kz_mismatch *d, size_t k)
{
    double value = fabs(d->nodal[k]), lambda = fabs(d->full->lambda[k]);
    double noise = d->noise + (d->node_noise ? d->node_noise[k] : 0);
    if (value > noise + d->leak) return true; /* most nodes, without the exponential */
    return value > noise + d->leak * exp(lambda - d->full->grid.window);
}

/* Edges on a period from where they were found into [-window, window), in order. */
static void wrap(kz_region *region, double window, bool inside_at, double at)
{
    for (int i = 0; i < region->count; i++) {
        double edge = region->edge[i];
        if (edge >= window) edge -= 2 * window;
        if (edge < -window) edge += 2 * window;
        int j = i;
        for (; j > 0 && region->edge[j - 1] > edge; j--)
            region->edge[j] = region->edge[j - 1];
        region->edge[j] = edge;
    }
    region->starts_inside = inside_at; /* or not, by the number of edges up to there */
    region->starts_inside = kz_region_contains(region, at);
}

kz_status kz_mismatch_region(kz_region *region, const kz_mismatch *d)
{
    const double *v = d->nodal, *lambda = d->full->lambda;
    size_t n = d->full->n, last = n, first = n, nodes = kz_convolution_nodes(d->full);
    double window = d->full->grid.window;
    bool closed = d->full->form.closed;
    *region = (kz_region){0};
    for (size_t i = 0; i < nodes; i++) {
        size_t k = kz_convolution_node(d->full, i);
        if (!is_resolved(d, k)) continue;
        if (last == n) {
            region->starts_inside = v[k] > 0;
            first = k;
        } else if ((v[k] > 0) != (v[last] > 0)) {
            double sign = v[last] > 0 ? 1 : -1;
            KZ_TRY(append(region, bracketed_root(d, 0, lambda[last], lambda[k], sign)));
        }
        last = k;
        if (closed || (i > 0 && i + 1 < nodes)) KZ_TRY(check_tangent(region, d, triple_at(d, k)));
    }
    if (!closed || last == n) return KZ_OK;
    if ((v[first] > 0) != (v[last] > 0)) {
        double sign = v[last] > 0 ? 1 : -1, to = lambda[first] + 2 * window;
        KZ_TRY(append(region, bracketed_root(d, 0, lambda[last], to, sign)));
    }
    wrap(region, window, v[first] > 0, lambda[first]);
    return KZ_OK;
}
