/* Full counting statistics of free fermions: Levitov and Lesovik, cold reservoirs, Fermi seas. */
#include <string.h>

#include "ghd/statistics.h"

static const double pi = 3.14159265358979323846;

typedef struct {
    double left[2], right[2]; /* beta, mu */
    kz_charge charge;
} reservoirs;

static double filled(const double state[2], double e)
{
    return 1 / (1 + exp(state[0] * e - state[1]));
}

/* Levitov and Lesovik at unit transmission, by Simpson's rule in the energy: F and dF/dlambda at
 * lambda, and the cumulants, all by their own formulas. */
static void levitov(double out[2], double c[4], const reservoirs *r, double lambda)
{
    enum { N = 6000 };
    memset(out, 0, 2 * sizeof *out);
    memset(c, 0, 4 * sizeof *c);
    for (int k = 0; k <= N; k++) {
        double e = -1 + 2.0 * k / N, weight = (k % N == 0 ? 1 : k % 2 ? 4 : 2) * 2.0 / (3 * N);
        double w = weight / (2 * pi), q = r->charge == KZ_CHARGE_ENERGY ? e : 1;
        double a = filled(r->left, e), b = filled(r->right, e), up = exp(lambda * q);
        out[0] += w * (log(1 + a * (up - 1)) + log(1 + b * (1 / up - 1)));
        out[1] += w * q * (a * up / (1 + a * (up - 1)) - b / up / (1 + b * (1 / up - 1)));
        c[0] += w * q * (a - b);
        c[1] += w * q * q * (a * (1 - a) + b * (1 - b));
        c[2] += w * q * q * q * (a * (1 - a) * (1 - 2 * a) - b * (1 - b) * (1 - 2 * b));
        c[3] += w * pow(q, 4) *
                (a * (1 - a) * (1 - 6 * a + 6 * a * a) + b * (1 - b) * (1 - 6 * b + 6 * b * b));
    }
}

static void exact_levitov_lesovik(void **unused)
{
    (void)unused;
    static const reservoirs cases[] = {{{2, 0.5}, {-0.5, -1}, KZ_CHARGE_SPIN},
                                       {{1, 0.3}, {4, -0.2}, KZ_CHARGE_ENERGY}};
    static const double lambda[] = {-2.5, -0.4, 0, 1.3};
    for (int i = 0; i < 2; i++) {
        const reservoirs *r = &cases[i];
        kz_state left = kz_state_thermal(r->left[0], r->left[1]);
        kz_state right = kz_state_thermal(r->right[0], r->right[1]);
        for (int P = 0; P <= 2; P += 2) {
            kz_chain chain = P ? kz_chain_xxz(P) : kz_chain_xx();
            statistics s = count(chain, left, right, r->charge, lambda, 4, 1e-11);
            double exact[2], c[4];
            for (int k = 0; k < 4; k++) {
                levitov(exact, c, r, lambda[k]);
                KZ_CHECK_CLOSE(s.at[k].generating, exact[0], s.at[k].err + 1e-13);
                KZ_CHECK_CLOSE(s.at[k].current, exact[1], s.at[k].err + 1e-13);
                KZ_CHECK_CLOSE(s.cumulants.value[k], c[k], s.cumulants.err[k] + 1e-13);
                assert_true(s.cumulants.err[k] <= 1e-8);
            }
        }
    }
}

/* Cold reservoirs, whose occupations underflow: modes below the Fermi energy carry lambda q each,
 * and the rest is of order 1/beta.  Ground states to rounding. */
static void exact_cold_fermions(void **unused)
{
    (void)unused;
    const double lambda[] = {3e4, -3e4, 0.5};
    kz_state cold = kz_state_thermal(1e5, 0), ground = kz_state_ground(0.3);
    statistics s = count(kz_chain_xx(), cold, kz_state_up(), KZ_CHARGE_ENERGY, lambda, 3, 1e-9);
    KZ_CHECK_CLOSE(s.at[2].generating, -0.5 / (4 * pi), 1e-9);
    KZ_CHECK_CLOSE(s.at[0].generating, -3e4 / (4 * pi), 1e-5);
    KZ_CHECK_CLOSE(s.at[1].generating, 3e4 / (4 * pi), 1e-5);
    s = count(kz_chain_xx(), ground, kz_state_down(), KZ_CHARGE_SPIN, lambda + 2, 1, 1e-12);
    KZ_CHECK_CLOSE(s.at[0].generating, 0.5 * 1.3 / (2 * pi), 1e-14);
    KZ_CHECK_CLOSE(s.cumulants.value[0], 1.3 / (2 * pi), 1e-14);
    KZ_CHECK_CLOSE(s.cumulants.value[1], 0, 1e-14);
}

/* A Fermi sea beside a thermal half, P = 2 against the XX chain's own sums: its string is of the
 * last row, which counts spin too. */
static void exact_sea_of_fermions(void **unused)
{
    (void)unused;
    const double lambda[] = {-1.5, 0.8};
    kz_state sea = kz_state_ground(0.3), hot = kz_state_thermal(1, 0.5);
    for (int charge = 0; charge < 2; charge++) {
        for (int turned = 0; turned < 2; turned++) {
            kz_state left = turned ? hot : sea, right = turned ? sea : hot;
            statistics a =
                generate(kz_chain_xxz(2), left, right, (kz_charge)charge, lambda, 2, 1e-10);
            statistics b =
                generate(kz_chain_xx(), left, right, (kz_charge)charge, lambda, 2, 1e-10);
            for (int i = 0; i < 2; i++) {
                double err = a.at[i].err + b.at[i].err;
                KZ_CHECK_CLOSE(a.at[i].generating, b.at[i].generating, err);
                KZ_CHECK_CLOSE(a.at[i].current, b.at[i].current, err);
                assert_true(fabs(b.at[i].generating) > 1e-2);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_levitov_lesovik),
        cmocka_unit_test(exact_cold_fermions),
        cmocka_unit_test(exact_sea_of_fermions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
