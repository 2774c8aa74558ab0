/* Spin diffusion at Delta = 1 in a field, at beta = 0: the double sum over strings, all of whose
 * functions are rational in lambda.
 *
 * With U_t = sinh(mu t/2)/sinh(mu/2) and Lorentzians a_n, whose transforms are r^n, the state has
 * theta_n = 1/U_{n+1}^2 and rho_n = (U_{n+1}/U_2)(a_n/U_n - a_{n+2}/U_{n+2}), and its velocities
 * are -rho'/(2 rho).  y_n = D_n g_n + delta_nm, g_n = s*(y_{n-1} + y_{n+1}) has for n /= m the
 * solutions r^n (U_{n+2} - r^2 U_n)/U_{n+1} and the same with 1/r for r, whose Wronskian is that of
 * n = 0: with x = r^2 the kernel is, for n <= m,
 *     G_nm = r^{m-n} (1 + x) Q_n(x) (U_{m+2} - x U_m)/(U_{n+1} U_{m+1} D_n D_m) - delta_nm/D_n,
 *     Q_n = (-U_n + U_{n+2} x - U_{n+2} x^{n+1} + U_n x^{n+2})/[(1 - x)(U_2^2 x - (1 + x)^2)],
 * a polynomial: Lorentzians again. */
#ifndef KZ_TESTS_DIFFUSION_HOT_H
#define KZ_TESTS_DIFFUSION_HOT_H

#include <kapitza/thermo.h>

#include <gsl/gsl_integration.h>
#include <math.h>

#include "support/check.h"

static const double pi = 3.14159265358979323846;

enum { STRINGS = 10, TERMS = STRINGS + 3, RULE = 8, PANELS = 12 };

typedef struct {
    double kappa;
    double U[STRINGS + 4];
    double number[STRINGS + 1]; /* N = d ln eta_n/dmu */
    gsl_integration_glfixed_table *rule;
} hot;

static void fill_hot(hot *h, double mu)
{
    h->kappa = 0.5 * mu;
    for (int t = 0; t < STRINGS + 4; t++)
        h->U[t] = sinh(h->kappa * t) / sinh(h->kappa);
    for (int n = 1; n <= STRINGS; n++)
        h->number[n] = 0.5 * (n / tanh(h->kappa * n) + (n + 2) / tanh(h->kappa * (n + 2))) -
                       1 / tanh(h->kappa);
    h->rule = gsl_integration_glfixed_table_alloc(RULE);
    assert_non_null(h->rule);
}

static double lorentzian(int n, double lambda)
{
    return n / (2 * pi * (lambda * lambda + 0.25 * n * n));
}

static double lorentzian_slope(int n, double lambda)
{
    double square = lambda * lambda + 0.25 * n * n;
    return -n * lambda / (pi * square * square);
}

static double density(const hot *h, int n, double lambda)
{
    return h->U[n + 1] / h->U[2] *
           (lorentzian(n, lambda) / h->U[n] - lorentzian(n + 2, lambda) / h->U[n + 2]);
}

static double velocity(const hot *h, int n, double lambda)
{
    double slope =
        h->U[n + 1] / h->U[2] *
        (lorentzian_slope(n, lambda) / h->U[n] - lorentzian_slope(n + 2, lambda) / h->U[n + 2]);
    return -0.5 * slope / density(h, n, lambda);
}

/* G_nm = sum_k c_k a_{m-n+2k}; the constant of n = m is the delta function that drops out. */
static void kernel_terms(double c[TERMS], const hot *h, int n, int m)
{
    const double *U = h->U, divisor[4] = {-1, U[2] * U[2] - 1, -(U[2] * U[2] - 1), 1};
    double p[TERMS + 2] = {0}, Q[TERMS] = {0};
    p[0] -= U[n];
    p[1] += U[n + 2];
    p[n + 1] -= U[n + 2];
    p[n + 2] += U[n];
    for (int k = 0; k < n; k++) {
        Q[k] = p[k] / divisor[0];
        for (int j = 0; j < 4 && k + j < TERMS + 2; j++)
            p[k + j] -= Q[k] * divisor[j];
    }
    double scale = U[n + 1] * U[m + 1] / (U[n] * U[n + 2] * U[m] * U[m + 2]);
    for (int k = 0; k < TERMS; k++) {
        double one = k > 0 ? Q[k - 1] : 0, two = k > 1 ? Q[k - 2] : 0;
        c[k] = scale * (U[m + 2] * (Q[k] + one) - U[m] * (one + two));
    }
}

typedef struct {
    const hot *h;
    int n, m;
    double c[TERMS], y, v;
} pair;

static double integrand(const pair *p, double x)
{
    const hot *h = p->h;
    double G = 0;
    for (int k = p->n == p->m; k < p->n + 2; k++)
        G += p->c[k] * lorentzian(p->m - p->n + 2 * k, x - p->y);
    double rho = density(h, p->n, p->y), other = density(h, p->m, x);
    double theta = 1 / (h->U[p->n + 1] * h->U[p->n + 1]),
           theta_m = 1 / (h->U[p->m + 1] * h->U[p->m + 1]);
    double difference = h->number[p->n] / rho - h->number[p->m] / other;
    return fabs(p->v - velocity(h, p->m, x)) * G * G * rho * theta * (1 - theta) * other * theta_m *
           (1 - theta_m) * difference * difference;
}

/* x = centre + tan(angle) */
static double step(const pair *p, double centre, double from, double to)
{
    double sum = 0;
    for (size_t i = 0; i < RULE; i++) {
        double angle, w;
        gsl_integration_glfixed_point(from, to, i, &angle, &w, p->h->rule);
        double t = tan(angle);
        sum += w * (1 + t * t) * integrand(p, centre + t);
    }
    return sum;
}

/* One panel, cut where v_m = v. */
static double panel(const pair *p, double centre, double a, double b)
{
    double low = a, high = b, before = p->v - velocity(p->h, p->m, centre + tan(a));
    if ((p->v - velocity(p->h, p->m, centre + tan(b))) * before >= 0) return step(p, centre, a, b);
    for (int i = 0; i < 40; i++) {
        double middle = 0.5 * (low + high);
        if ((p->v - velocity(p->h, p->m, centre + tan(middle))) * before > 0)
            low = middle;
        else
            high = middle;
    }
    return step(p, centre, a, low) + step(p, centre, low, b);
}

/* Densities are narrow around 0, the kernel around y. */
static double inner(const pair *p)
{
    double end = 0.5 * pi - 1e-7, middle = atan(0.5 * p->y), sum = 0;
    for (int k = 0; k < PANELS; k++) {
        double low = (middle + end) / PANELS;
        sum += panel(p, 0, -end + k * low, -end + (k + 1) * low);
        sum += panel(p, p->y, -middle + k * low, -middle + (k + 1) * low);
    }
    return sum;
}

/* The Onsager coefficient.  Over y > 0, which is half of all, as is the factor in front. */
static double onsager(double mu)
{
    hot h;
    double sum = 0;
    fill_hot(&h, mu);
    for (int n = 1; n <= STRINGS; n++) {
        for (int m = n; m <= STRINGS && n + m <= STRINGS; m++) {
            pair p = {.h = &h, .n = n, .m = m};
            kernel_terms(p.c, &h, n, m);
            for (int i = 0; i < PANELS * RULE; i++) {
                double angle, w, from = 0.5 * pi * (i / RULE) / PANELS;
                gsl_integration_glfixed_point(from, from + 0.5 * pi / PANELS, (size_t)(i % RULE),
                                              &angle, &w, h.rule);
                p.y = tan(angle);
                p.v = velocity(&h, n, p.y);
                sum += (n < m ? 2 : 1) * w * (1 + p.y * p.y) * inner(&p);
            }
        }
    }
    gsl_integration_glfixed_table_free(h.rule);
    return sum;
}

/* mu of either sign, to tol, and to a relative 1e-4 that sees odd powers of phi. */
static void check_hot(double mu, double tol)
{
    double exact = onsager(fabs(mu)), chi = 0.25 / (cosh(0.5 * mu) * cosh(0.5 * mu));
    kz_spin_diffusion d = {0};
    kz_state state = kz_state_thermal(0, mu);
    KZ_CHECK_OK(kz_spin_diffusion_compute(&d, kz_chain_axial(1), &state, tol));
    assert_true(d.err <= tol);
    KZ_CHECK_CLOSE(d.onsager, exact, d.err);
    KZ_CHECK_CLOSE_REL(d.onsager, exact, 1e-4);
    KZ_CHECK_CLOSE(d.diffusion, 0.5 * exact / chi, d.err);
}

/* err bounds the difference from a better calculation; Delta = -1 is Delta = 1 at -beta. */
static void check_err(int states, double least)
{
    uint64_t seed = 20261127;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < states; i++) {
        double beta = kz_check_uniform(&seed, -1, 1), mu = kz_check_uniform(&seed, least, 4);
        kz_state state = kz_state_thermal(beta, mu), mirror = kz_state_thermal(-beta, -mu);
        kz_spin_diffusion a = {0}, b = {0};
        KZ_CHECK_OK(kz_spin_diffusion_compute(&a, kz_chain_axial(1), &state, 1e-2));
        KZ_CHECK_OK(kz_spin_diffusion_compute(&b, kz_chain_axial(-1), &mirror, 1e-3));
        assert_true(b.err < a.err);
        KZ_CHECK_CLOSE_REL(a.onsager, b.onsager, a.err + b.err);
        KZ_CHECK_CLOSE_REL(a.diffusion, b.diffusion, a.err + b.err);
    }
}

#endif
