/* The integrand has a corner at lambda = 0, where all velocities vanish.  On lambda > 0 it is an
 * odd function, with a quadrature that is exact for every sine the nodes resolve: its error is that
 * of the Nyquist frequency pi/h, e^{-pi d/h} for an integrand analytic in a strip of half width d,
 * where sums over the whole line have e^{-2 pi d/h}.  The state's smooth parts are known to better
 * than that, so that they are interpolated to half the spacing, and nothing asks for a finer grid
 * because of the noise. */
#include "tba/noise.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* The nodes lambda_k - spacing/4 and lambda_k + spacing/4 of the state's grid together are those of
 * half the spacing, and the state's own transforms lead there: cos m(lambda +- d) = cos m lambda
 * cos m d -+ sin m lambda sin m d. */
enum { SIDES = 2 };
static const double shift_sign[SIDES] = {-1, 1};

typedef struct {
    const kz_flow *flow;
    size_t n;                             /* nodes of the state's grid */
    double spacing;                       /* of the refined nodes */
    double *cosine, *sine;                /* [n] of m d */
    double *even, *odd;                   /* [rows*n] scratch */
    double *weight[SIDES];                /* [n] of the quadrature */
    double *x[SIDES], *rho[SIDES];        /* [rows*n] as in moments.h */
    double *spin[SIDES], *current[SIDES]; /* sign x_mu or what takes its place; v rho^t */
} refined;

static void refined_free(refined *r)
{
    kz_free(r->cosine);
    kz_free(r->sine);
    kz_free(r->even);
    kz_free(r->odd);
    for (int s = 0; s < SIDES; s++) {
        kz_free(r->weight[s]);
        kz_free(r->x[s]);
        kz_free(r->rho[s]);
        kz_free(r->spin[s]);
        kz_free(r->current[s]);
    }
}

static double refined_lambda(const refined *r, int side, size_t k)
{
    return (2 * (double)k + 1 + 0.5 * shift_sign[side]) * r->spacing;
}

/* Scratch to nodal values, out = first + sign of the side * second; rows * n or n of them. */
static void combine(double *const out[SIDES], const refined *r, const double *first,
                    const double *second, double sign, size_t size)
{
    kz_convolution_backward(r->flow->moments->even, r->even);
    kz_convolution_backward(r->flow->odd, r->odd);
    for (int s = 0; s < SIDES; s++)
        for (size_t i = 0; i < size; i++)
            out[s][i] = first[i] + sign * shift_sign[s] * second[i];
}

static void evaluate_even(double *const out[SIDES], refined *r, const double *t)
{
    int rows = r->flow->moments->even->rows;
    for (int f = 0; f < rows; f++) {
        size_t at = (size_t)f * r->n;
        for (size_t m = 0; m < r->n; m++)
            r->even[at + m] = t[at + m] * r->cosine[m];
        for (size_t m = 1; m < r->n; m++)
            r->odd[at + m - 1] = t[at + m] * r->sine[m];
        r->odd[at + r->n - 1] = 0;
    }
    combine(out, r, r->even, r->odd, -1, (size_t)rows * r->n);
}

/* cos n lambda is 0 at the nodes. */
static void evaluate_odd(double *const out[SIDES], refined *r, const double *t)
{
    int rows = r->flow->moments->even->rows;
    for (int f = 0; f < rows; f++) {
        size_t at = (size_t)f * r->n;
        r->even[at] = 0;
        for (size_t m = 1; m < r->n; m++) {
            r->odd[at + m - 1] = t[at + m - 1] * r->cosine[m];
            r->even[at + m] = t[at + m - 1] * r->sine[m];
        }
        r->odd[at + r->n - 1] = M_SQRT2 * t[at + r->n - 1]; /* counted once; n d = pi/4 */
    }
    combine(out, r, r->odd, r->even, 1, (size_t)rows * r->n);
}

/* Weights w_k with sum_k w_k f(lambda_k) = int_0^window f for every f = sum_m b_m sin(pi m lambda/
 * window) that the refined nodes resolve, m < 2n: as the integral of sine m is 2 window/(pi m) for
 * odd m and 0 otherwise, w is itself the sine series with coefficients 2 spacing/(pi m).  Modes m
 * and 2n - m are one at the nodes, where (2n - m) d = pi/2 - m d; n stands alone. */
static void set_weights(refined *r)
{
    size_t size = (size_t)r->flow->moments->even->rows * r->n;
    memset(r->even, 0, size * sizeof *r->even);
    memset(r->odd, 0, size * sizeof *r->odd);
    for (size_t m = 1; m < r->n; m += 2) {
        double low = 2 * r->spacing / (M_PI * (double)m);
        double high = 2 * r->spacing / (M_PI * (double)(2 * r->n - m));
        r->odd[m - 1] = low * r->cosine[m] + high * r->sine[m];
        r->even[m] = low * r->sine[m] - high * r->cosine[m];
    }
    if (r->n % 2 == 1) /* counted once; n d = pi/4 */
        r->odd[r->n - 1] = M_SQRT2 * 2 * r->spacing / (M_PI * (double)r->n);
    combine(r->weight, r, r->odd, r->even, 1, r->n);
}

static kz_status refined_create(refined *r, const kz_flow *flow)
{
    const kz_convolution *c = flow->moments->even;
    size_t n = c->n, size = (size_t)c->rows * n;
    *r = (refined){.flow = flow, .n = n, .spacing = 0.5 * kz_grid_spacing(&c->grid)};
    KZ_TRY(kz_alloc_doubles(&r->cosine, n));
    KZ_TRY(kz_alloc_doubles(&r->sine, n));
    KZ_TRY(kz_alloc_doubles(&r->even, size));
    KZ_TRY(kz_alloc_doubles(&r->odd, size));
    for (int s = 0; s < SIDES; s++) {
        KZ_TRY(kz_alloc_doubles(&r->weight[s], n));
        KZ_TRY(kz_alloc_doubles(&r->x[s], size));
        KZ_TRY(kz_alloc_doubles(&r->rho[s], size));
        KZ_TRY(kz_alloc_doubles(&r->spin[s], size));
        KZ_TRY(kz_alloc_doubles(&r->current[s], size));
    }
    for (size_t m = 0; m < n; m++) {
        double angle = M_PI * (double)m / (4 * (double)n);
        r->cosine[m] = cos(angle);
        r->sine[m] = sin(angle);
    }
    set_weights(r);
    return KZ_OK;
}

/* spin_t: coefficients of a charge of all rows, t_mu for the magnetization. */
static void interpolate(refined *r, const double *spin_t)
{
    const kz_moments *m = r->flow->moments;
    const kz_form *form = &m->even->form;
    evaluate_even(r->x, r, m->z);
    evaluate_even(r->rho, r, m->t_rho);
    evaluate_even(r->spin, r, spin_t);
    evaluate_odd(r->current, r, r->flow->t);
    double drive = -M_PI * form->sine * m->beta;
    for (int s = 0; s < SIDES; s++) {
        for (size_t k = 0; k < r->n; k++) {
            double lambda = refined_lambda(r, s, k), source = kz_form_source(form, lambda);
            r->x[s][k] += drive * source;
            r->rho[s][k] += source;
            r->current[s][k] += kz_form_current_source(form, lambda);
        }
        kz_form_turn(r->x[s], form, r->n);
        kz_form_turn(r->spin[s], form, r->n);
    }
}

/* One string at one node; flux is the weight times |v| rho^t. */
static void add(kz_noise_pair *sum, double flux, double log_eta, double energy, double spin)
{
    double e = exp(-fabs(log_eta)), weight = flux * e / ((1 + e) * (1 + e));
    sum->energy += weight * energy * energy;
    sum->spin += weight * spin * spin;
}

/* pair: strings N - 1 and N at once.  A string with a Fermi point has no noise but on its panels.
 */
static void add_row(kz_noise_pair *sum, const refined *r, int row, bool pair)
{
    const kz_moments *m = r->flow->moments;
    const kz_form *form = &m->even->form;
    double bare = 0.5 * form->spin, a = bare * m->mu, factor = M_PI * form->sine;
    bool sharp = m->edge && m->edge->row == row, first = m->edge && kz_moments_edge_shift(m) > 0;
    for (int s = 0; s < SIDES; s++) {
        for (size_t k = 0; k < r->n; k++) {
            size_t i = (size_t)row * r->n + k;
            double flux = r->weight[s][k] * fabs(r->current[s][i]);
            double x = r->x[s][i], energy = factor * r->rho[s][i], spin = r->spin[s][i];
            if (pair) {
                if (!sharp || !first) add(sum, flux, x + a, energy, spin + bare);
                if (!sharp || first) add(sum, flux, x - a, energy, spin - bare);
            } else if (!sharp) {
                add(sum, flux, x, energy, spin);
            }
        }
    }
}

/* Half of what stands on the panels of the Fermi point. */
static void add_panels(kz_noise_pair *sum, const kz_flow *flow)
{
    const kz_moments *m = flow->moments;
    const kz_fermi_edge *e = m->edge;
    double factor = M_PI * m->even->form.sine, shift = e ? kz_moments_edge_shift(m) : 0;
    for (size_t i = 0; e && i < e->count; i++)
        add(sum, 0.5 * e->weight[i] * fabs(flow->edge[i]), e->x[i], factor * m->edge_rho[i],
            m->edge_mu[i] + shift);
}

/* Magnetization of the constant solutions, z = (1 - theta) n^dr at t. */
static double constant_spin(double t, double kappa)
{
    return t / tanh(kappa * t) - 1 / tanh(kappa);
}

/* What the last row hands on to the strings beyond, z = (1 - theta) q: the slowest mode, sin(2
 * lambda), of the current, and means. */
typedef struct {
    double current, rho, spin;
} handed;

static handed last_row(const refined *r)
{
    size_t last = (size_t)(r->flow->moments->even->rows - 1) * r->n;
    handed h = {0};
    for (int s = 0; s < SIDES; s++) {
        for (size_t k = 0; k < r->n; k++) {
            double hole = 0.5 / ((double)r->n * (1 + exp(-r->x[s][last + k])));
            h.current += 2 * hole * r->current[s][last + k] * sin(2 * refined_lambda(r, s, k));
            h.rho += hole * r->rho[s][last + k];
            h.spin += hole * r->spin[s][last + k];
        }
    }
    return h;
}

/* Strings beyond the last row N of a gapped chain, on lambda > 0.  With z = (1 - theta) q the
 * currents are there sin(2 lambda), the slowest mode, times z -> R z from string to string;
 * densities and spins are constant, with z proportional to coth(kappa t) but for the part of the
 * constant solution (docs/delta.md).  Without them the sum over strings converges like e^{-phi N},
 * slower than all else. */
static void add_beyond(kz_noise_pair *sum, const refined *r)
{
    enum { DIGITS = 40 }; /* e^-40 */
    const kz_moments *m = r->flow->moments;
    kz_closure c = m->closure;
    handed h = last_row(r);
    double phi = m->even->form.width[0], ratio = exp(-phi), current = h.current, rho = h.rho;
    double spin = m->mu < 0 ? -h.spin : h.spin;
    bool magnetized = c.kappa > 0;
    double last = magnetized ? tanh(c.kappa * c.t) : c.t;
    double excess = magnetized ? spin - constant_spin(c.t, c.kappa) : 0;
    for (int n = 0; n < DIGITS / phi; n++) {
        current *= kz_closure_ratio(&c, ratio);
        c.t++;
        double decay = last / (magnetized ? tanh(c.kappa * c.t) : c.t);
        double filling = kz_closure_filling(c.t, c.kappa), hole = 1 - filling;
        double energy = M_PI * m->even->form.sine * rho * decay / hole;
        double carried = magnetized ? (constant_spin(c.t, c.kappa) + excess * decay) / hole : 0;
        /* theta (1 - theta) times |v| rho^t = |z|/(1 - theta); int sin(2 lambda) = 1 */
        double weight = filling * fabs(current);
        sum->energy += weight * energy * energy;
        sum->spin += weight * carried * carried;
    }
}

kz_status kz_thermal_noise(kz_noise_pair *out, const kz_flow *flow)
{
    refined r;
    const kz_form *form = &flow->moments->even->form;
    kz_noise_pair half = {0};
    kz_status status = refined_create(&r, flow);
    if (status == KZ_OK) {
        interpolate(&r, flow->moments->t_mu);
        for (int row = 0; row < form->rows; row++)
            add_row(&half, &r, row, row + 1 == form->rows && !form->closed);
        if (form->closed) add_beyond(&half, &r);
        add_panels(&half, flow);
        *out = (kz_noise_pair){2 * half.energy, 2 * half.spin};
    }
    refined_free(&r);
    return status;
}

/* -- half filling with a gap ----------------------------------------------------------------- */

/* Coefficients of d^2 ln eta/dmu^2 at mu = 0, where first derivatives vanish: only the closure
 * feels mu. */
static kz_status bend(double *t, kz_moments *m, double tol)
{
    size_t n = m->even->n, size = (size_t)m->even->rows * n;
    memset(m->scratch, 0, size * sizeof *m->scratch);
    m->scratch[size - n] = 0.5 * kz_closure_differentiate(&m->closure).mumu;
    memset(t, 0, size * sizeof *t);
    return kz_local_solve(t, m->local, m->hole, m->scratch, tol, NULL);
}

/* As add_beyond() for this charge, whose z is (t^2 - 1)/6 in the constant solution. */
static double bent_beyond(const refined *r)
{
    enum { DIGITS = 45 }; /* e^-45 */
    kz_closure c = r->flow->moments->closure;
    handed h = last_row(r);
    double phi = r->flow->moments->even->form.width[0], ratio = exp(-phi), current = h.current;
    double sum = 0, last = c.t, excess = h.spin - (last * last - 1) / 6;
    for (int n = 0; n < DIGITS / phi; n++) {
        current *= kz_closure_ratio(&c, ratio);
        c.t++;
        double filling = kz_closure_filling(c.t, 0);
        double q = ((c.t * c.t - 1) / 6 + excess * last / c.t) / (1 - filling);
        sum += filling * fabs(current) * q * q;
    }
    return sum;
}

kz_status kz_thermal_bend_noise(double *out, const kz_flow *flow, double tol)
{
    refined r = {0};
    double *t;
    const kz_convolution *c = flow->moments->even;
    KZ_TRY(kz_alloc_doubles(&t, (size_t)c->rows * c->n));
    kz_noise_pair half = {0};
    kz_status status = bend(t, flow->moments, tol);
    if (status == KZ_OK) status = refined_create(&r, flow);
    if (status == KZ_OK) {
        interpolate(&r, t);
        for (int row = 0; row < c->rows; row++)
            add_row(&half, &r, row, false);
        *out = 2 * (half.spin + bent_beyond(&r));
    }
    refined_free(&r);
    kz_free(t);
    return status;
}
