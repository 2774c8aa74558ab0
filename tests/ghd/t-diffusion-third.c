/* Spin diffusion of P = 3 at beta = 0, where all functions are elementary.
 *
 * Two rows with constant hole weights, D1 D2 = 1 for any mu: with a_1, a_2 of gamma = pi/3 and
 * s_1 = 1/(2 cosh(pi omega/6)), (1 - K D)^-1 K is
 *     G_11 = D2 a_2,   G_12 = a_1,   G_22 = D1 a_2,      rho_1 = a_1,   rho_2 = D1 a_2,
 * and v rho = -(sin gamma/2) d rho/dlambda.  What is left is a double integral, whose kinks are
 * roots of a quadratic equation in e^{2 lambda'}. */
#include <kapitza/thermo.h>

#include <gsl/gsl_integration.h>
#include <math.h>

#include "support/check.h"

static const double pi = 3.14159265358979323846;

enum { RULE = 16 };

typedef struct {
    double q, qN, qNN; /* sums over the strings of a row: theta (1 - theta) times 1, N, N^2 */
    double amplitude, cosine; /* rho = amplitude sine/[pi (cosh 2 lambda - cosine)] */
} row;

static const double sine = 0.866025403784438646763723170752936;

static double peak(double amplitude, double cosine, double lambda)
{
    return amplitude * sine / (pi * (cosh(2 * lambda) - cosine));
}

static double velocity(const row *r, double lambda)
{
    return sine * sinh(2 * lambda) / (cosh(2 * lambda) - r->cosine);
}

static void add_string(row *r, double eta, double number)
{
    double q = eta / ((1 + eta) * (1 + eta));
    r->q += q;
    r->qN += q * number;
    r->qNN += q * number * number;
}

static void fill_rows(row rows[2], double D[2], double mu)
{
    double c = cosh(0.5 * mu), eta[3] = {4 * c * c - 1, exp(1.5 * mu) * 2 * c, 0};
    double slope = 1.5 + 0.5 * tanh(0.5 * mu);
    eta[2] = exp(3 * mu) / eta[1];
    D[0] = eta[0] / (1 + eta[0]);
    D[1] = eta[1] / (1 + eta[1]) + 1 / (1 + eta[2]);
    rows[0] = (row){.amplitude = 1, .cosine = 0.5};
    rows[1] = (row){.amplitude = D[0], .cosine = -0.5};
    add_string(&rows[0], eta[0], 4 * c * sinh(0.5 * mu) / eta[0]);
    add_string(&rows[1], eta[1], slope);
    add_string(&rows[1], eta[2], slope - 3);
}

/* Where v_g = speed: (sin - v) z^2 + 2 v cosine z - (sin + v) = 0, z = e^{2 lambda} > 0. */
static int find_kinks(double out[2], const row *g, double speed)
{
    double a = sine - speed, b = speed * g->cosine, c = -(sine + speed);
    double root = b * b - a * c;
    int count = 0;
    if (root < 0) return 0;
    double w = -(b + copysign(sqrt(root), b)), z[2] = {w / a, c / w};
    for (int i = 0; i < 2; i++)
        if (z[i] > 0 && isfinite(z[i])) out[count++] = 0.5 * log(z[i]);
    if (count == 2 && out[0] > out[1]) {
        double first = out[0];
        out[0] = out[1];
        out[1] = first;
    }
    return count;
}

typedef struct {
    const row *f, *g;
    double amplitude, cosine; /* of G */
    double y;
} pair;

static double integrand(const pair *p, double x)
{
    double kernel = peak(p->amplitude, p->cosine, x - p->y);
    double rho = peak(p->f->amplitude, p->f->cosine, p->y);
    double other = peak(p->g->amplitude, p->g->cosine, x);
    double weight = p->f->qNN / rho * other * p->g->q - 2 * p->f->qN * p->g->qN +
                    rho * p->f->q * p->g->qNN / other;
    return fabs(velocity(p->f, p->y) - velocity(p->g, x)) * kernel * kernel * weight;
}

static const double end = 15, panel = 0.5;

static double inner(const pair *p, const gsl_integration_glfixed_table *rule)
{
    double edge[4] = {-end}, sum = 0;
    int kinks = find_kinks(edge + 1, p->g, velocity(p->f, p->y));
    edge[kinks + 1] = end;
    for (int e = 0; e <= kinks; e++) {
        double length = edge[e + 1] - edge[e], parts = ceil(length / panel);
        for (double k = 0; k < parts; k++) {
            for (size_t i = 0; i < RULE; i++) {
                double x, w;
                gsl_integration_glfixed_point(0, length / parts, i, &x, &w, rule);
                sum += w * integrand(p, edge[e] + k * length / parts + x);
            }
        }
    }
    return sum;
}

/* Outer panels end where v of the first row is that at infinity, and where it is largest: roots
 * appear and go there, (y - end)^{3/2}. */
static double onsager(double mu)
{
    row rows[2];
    double D[2], sum = 0, edge[4] = {0, 0.5 * log(2), 0.5 * acosh(2), 13};
    fill_rows(rows, D, mu);
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(RULE);
    assert_non_null(rule);
    for (int e = 0; e < 3; e++) {
        double length = edge[e + 1] - edge[e], parts = ceil(length / panel);
        for (size_t n = 0; n < (size_t)parts * RULE; n++) {
            double t, w, from = edge[e] + (double)(n / RULE) * length / parts;
            gsl_integration_glfixed_point(0, 1, n % RULE, &t, &w, rule);
            double y = from + length / parts * t * t * (3 - 2 * t);
            w *= length / parts * 6 * t * (1 - t);
            for (int i = 0; i < 4; i++) {
                int f = i / 2, g = i % 2;
                pair p = {&rows[f], &rows[g], f == g ? D[1 - f] : 1, f == g ? -0.5 : 0.5, y};
                sum += w * inner(&p, rule);
            }
        }
    }
    gsl_integration_glfixed_table_free(rule);
    return sum;
}

static void exact_hot(void **unused)
{
    (void)unused;
    const double mu[] = {0, 0.5, 2};
    for (int i = 0; i < 3; i++) {
        double exact = onsager(mu[i]), chi = 0.25 / pow(cosh(0.5 * mu[i]), 2);
        kz_spin_diffusion d = {0};
        kz_state state = kz_state_thermal(0, mu[i]);
        KZ_CHECK_OK(kz_spin_diffusion_compute(&d, kz_chain_rational(3, 1), &state, 1e-10));
        assert_true(d.err >= 0 && d.err <= 1e-10);
        KZ_CHECK_CLOSE_REL(d.onsager, exact, 2e-10);
        KZ_CHECK_CLOSE_REL(d.diffusion, 0.5 * exact / chi, 2e-10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exact_hot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
