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

/* One row on the refined grid. */
typedef struct {
    size_t n;
    double spacing;
    fftw_plan even, odd;
    double *weight;                   /* [n] of the quadrature */
    double *x, *rho, *spin, *current; /* [n] as in moments.h, spin is x_mu; v rho^t */
} refined;

static void refined_free(refined *r)
{
    kz_convolution_destroy_plan(r->even);
    kz_convolution_destroy_plan(r->odd);
    kz_free(r->weight);
    kz_free(r->x);
    kz_free(r->rho);
    kz_free(r->spin);
    kz_free(r->current);
}

/* Weights w_k with sum_k w_k f(lambda_k) = int_0^window f for every f = sum_m b_m sin(pi m lambda/
 * window) that the nodes resolve: as the integral of sine m is 2 window/(pi m) for odd m and 0
 * otherwise, w is itself the sine series with coefficients 2 spacing/(pi m). */
static void set_weights(refined *r)
{
    for (size_t k = 0; k < r->n; k++) {
        size_t m = k + 1;
        r->weight[k] = m % 2 == 1 && m < r->n ? 2 * r->spacing / (M_PI * (double)m) : 0;
    }
    fftw_execute_r2r(r->odd, r->weight, r->weight);
}

static kz_status refined_create(refined *r, const kz_grid *grid)
{
    size_t n = 2 * grid->half;
    *r = (refined){.n = n, .spacing = 0.5 * kz_grid_spacing(grid)};
    double **arrays[] = {&r->weight, &r->x, &r->rho, &r->spin, &r->current};
    KZ_TRY(kz_convolution_row_plan(&r->even, n, KZ_EVEN));
    KZ_TRY(kz_convolution_row_plan(&r->odd, n, KZ_ODD));
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        KZ_TRY(kz_alloc_doubles(arrays[i], n));
    set_weights(r);
    return KZ_OK;
}

/* Coefficients [n/2] to nodal values, times sign. */
static void evaluate(double *out, const double *in, size_t n, fftw_plan plan, int sign)
{
    for (size_t k = 0; k < n / 2; k++)
        out[k] = sign * in[k];
    memset(out + n / 2, 0, n / 2 * sizeof *out);
    fftw_execute_r2r(plan, out, out);
}

/* spin_t: coefficients of a charge of all rows, t_mu for the magnetization. */
static void interpolate(refined *r, const kz_moments *m, const double *spin_t,
                        const double *current_t, int row)
{
    const kz_form *form = &m->even->form;
    size_t at = (size_t)row * r->n / 2;
    evaluate(r->x, m->z + at, r->n, r->even, form->sign[row]);
    evaluate(r->rho, m->t_rho + at, r->n, r->even, 1);
    evaluate(r->spin, spin_t + at, r->n, r->even, form->sign[row]);
    evaluate(r->current, current_t + at, r->n, r->odd, 1);
    double drive = -M_PI * form->sine * m->beta * form->sign[row];
    for (size_t k = 0; k < r->n && row == 0; k++) {
        double lambda = ((double)k + 0.5) * r->spacing, source = kz_form_source(form, lambda);
        r->x[k] += drive * source;
        r->rho[k] += source;
        r->current[k] += kz_form_current_source(form, lambda);
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
static void add_row(kz_noise_pair *sum, const refined *r, const kz_moments *m, int row, bool pair)
{
    const kz_form *form = &m->even->form;
    double bare = 0.5 * form->spin, a = bare * m->mu, factor = M_PI * form->sine;
    bool sharp = m->edge && m->edge->row == row, first = m->edge && kz_moments_edge_shift(m) > 0;
    for (size_t k = 0; k < r->n; k++) {
        double flux = r->weight[k] * fabs(r->current[k]), energy = factor * r->rho[k];
        if (pair) {
            if (!sharp || !first) add(sum, flux, r->x[k] + a, energy, r->spin[k] + bare);
            if (!sharp || first) add(sum, flux, r->x[k] - a, energy, r->spin[k] - bare);
        } else if (!sharp) {
            add(sum, flux, r->x[k], energy, r->spin[k]);
        }
    }
}

/* Half of what stands on the panels of the Fermi point. */
static void add_panels(kz_noise_pair *sum, const kz_moments *m, const double *edge_current)
{
    const kz_fermi_edge *e = m->edge;
    double factor = M_PI * m->even->form.sine, shift = e ? kz_moments_edge_shift(m) : 0;
    for (size_t i = 0; e && i < e->count; i++)
        add(sum, 0.5 * e->weight[i] * fabs(edge_current[i]), e->x[i], factor * m->edge_rho[i],
            m->edge_mu[i] + shift);
}

/* Magnetization of the constant solutions, z = (1 - theta) n^dr at t. */
static double constant_spin(double t, double kappa)
{
    return t / tanh(kappa * t) - 1 / tanh(kappa);
}

/* Strings beyond the last row N of a gapped chain, on lambda > 0.  With z = (1 - theta) q the
 * currents are there sin(2 lambda), the slowest mode, times z -> R z from string to string;
 * densities and spins are constant, with z proportional to coth(kappa t) but for the part of the
 * constant solution (docs/delta.md).  Without them the sum over strings converges like e^{-phi N},
 * slower than all else. */
static void add_beyond(kz_noise_pair *sum, const refined *r, const kz_moments *m)
{
    enum { DIGITS = 40 }; /* e^-40 */
    kz_closure c = m->closure;
    double phi = m->even->form.width[0], ratio = exp(-phi), sign = m->mu < 0 ? -1 : 1;
    double current = 0, rho = 0, spin = 0, scale = 1 / (double)r->n;
    for (size_t k = 0; k < r->n; k++) {
        double hole = 1 / (1 + exp(-r->x[k]));
        current += 2 * scale * hole * r->current[k] * sin(2 * ((double)k + 0.5) * r->spacing);
        rho += scale * hole * r->rho[k];
        spin += scale * hole * sign * r->spin[k];
    }
    bool magnetized = c.kappa > 0;
    double last = magnetized ? tanh(c.kappa * c.t) : c.t;
    double excess = magnetized ? spin - constant_spin(c.t, c.kappa) : 0;
    for (int n = 0; n < DIGITS / phi; n++) {
        current *= kz_closure_ratio(&c, ratio);
        c.t++;
        double decay = last / (magnetized ? tanh(c.kappa * c.t) : c.t);
        double filling = exp(-kz_closure_log(c.t, c.kappa)), hole = 1 - filling;
        double energy = M_PI * m->even->form.sine * rho * decay / hole;
        double carried = magnetized ? (constant_spin(c.t, c.kappa) + excess * decay) / hole : 0;
        /* theta (1 - theta) times |v| rho^t = |z|/(1 - theta); int sin(2 lambda) = 1 */
        double weight = filling * fabs(current);
        sum->energy += weight * energy * energy;
        sum->spin += weight * carried * carried;
    }
}

kz_status kz_thermal_noise(kz_noise_pair *out, const kz_moments *moments, const double *current_t,
                           const double *edge_current)
{
    refined r;
    const kz_form *form = &moments->even->form;
    kz_noise_pair half = {0};
    kz_status status = refined_create(&r, &moments->even->grid);
    for (int row = 0; status == KZ_OK && row < form->rows; row++) {
        bool last = row + 1 == form->rows;
        interpolate(&r, moments, moments->t_mu, current_t, row);
        add_row(&half, &r, moments, row, last && !form->closed);
        if (last && form->closed) add_beyond(&half, &r, moments);
    }
    refined_free(&r);
    add_panels(&half, moments, edge_current);
    if (status == KZ_OK) *out = (kz_noise_pair){2 * half.energy, 2 * half.spin};
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
static double bent_beyond(const refined *r, const kz_moments *m)
{
    enum { DIGITS = 45 }; /* e^-45 */
    kz_closure c = m->closure;
    double phi = m->even->form.width[0], ratio = exp(-phi), scale = 1 / (double)r->n;
    double current = 0, charge = 0, sum = 0, last = c.t;
    for (size_t k = 0; k < r->n; k++) {
        double hole = 1 / (1 + exp(-r->x[k]));
        current += 2 * scale * hole * r->current[k] * sin(2 * ((double)k + 0.5) * r->spacing);
        charge += scale * hole * r->spin[k];
    }
    double excess = charge - (last * last - 1) / 6;
    for (int n = 0; n < DIGITS / phi; n++) {
        current *= kz_closure_ratio(&c, ratio);
        c.t++;
        double filling = exp(-kz_closure_log(c.t, 0));
        double q = ((c.t * c.t - 1) / 6 + excess * last / c.t) / (1 - filling);
        sum += filling * fabs(current) * q * q;
    }
    return sum;
}

kz_status kz_thermal_bend_noise(double *out, kz_moments *moments, const double *current_t,
                                double tol)
{
    refined r = {0};
    double *t;
    const kz_form *form = &moments->even->form;
    size_t size = (size_t)form->rows * moments->even->n;
    KZ_TRY(kz_alloc_doubles(&t, size));
    kz_noise_pair half = {0};
    kz_status status = bend(t, moments, tol);
    if (status == KZ_OK) status = refined_create(&r, &moments->even->grid);
    for (int row = 0; status == KZ_OK && row < form->rows; row++) {
        interpolate(&r, moments, t, current_t, row);
        add_row(&half, &r, moments, row, false);
    }
    if (status == KZ_OK) *out = 2 * (half.spin + bent_beyond(&r, moments));
    refined_free(&r);
    kz_free(t);
    return status;
}
