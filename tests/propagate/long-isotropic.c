/* Profiles at Delta = 1: analytic in Delta, conserved sums, local balance, random tables. */
#include "propagate/support.h"
#include "support/interpolate.h"

#ifndef RANDOM_CASES
#define RANDOM_CASES 8
#endif
#ifndef RANDOM_TIGHT
#define RANDOM_TIGHT 1e-4
#endif
#ifndef RANDOM_SEED
#define RANDOM_SEED 20261126
#endif

enum { CHAINS = 10 };

/* Value at 1 of the polynomial through (delta, value). */
static double at_one(const double *delta, const double *value)
{
    double sum = 0;
    for (int i = 0; i < CHAINS; i++)
        sum += kz_test_weight(delta, CHAINS, i, 1) * value[i];
    return sum;
}

/* Five fractions and five gapped chains lead to it: energies at mu = 0; where mu is not 0 the
 * magnetization too, as long as no length of string is special. */
static void check_analytic(kz_profile_fn profile, bool magnetized, double tol)
{
    double delta[CHAINS], value[4][CHAINS];
    const double x = 0.3, t = 1;
    for (int i = 0; i < CHAINS; i++) {
        static const double gapped[] = {1.05, 1.1, 1.16, 1.23, 1.3};
        static const int P[] = {6, 7, 8, 10, 13};
        kz_chain chain = i < 5 ? kz_chain_xxz(P[i]) : kz_chain_axial(gapped[i - 5]);
        kz_propagation *p = from_function(chain, profile, 1e-10);
        kz_propagation_point q = solve(p, x, t, 1e-9);
        delta[i] = kz_chain_delta(chain);
        value[0][i] = q.energy;
        value[1][i] = q.energy_current;
        value[2][i] = q.magnetization;
        value[3][i] = q.spin_current;
        kz_propagation_free(p);
    }
    kz_propagation *p = from_function(kz_chain_axial(1), profile, 1e-7);
    kz_propagation_point q = solve(p, x, t, 1e-7);
    KZ_CHECK_CLOSE(q.energy, at_one(delta, value[0]), q.err + tol);
    KZ_CHECK_CLOSE(q.energy_current, at_one(delta, value[1]), q.err + tol);
    if (magnetized) {
        KZ_CHECK_CLOSE(q.magnetization, at_one(delta, value[2]), q.err + tol);
        KZ_CHECK_CLOSE(q.spin_current, at_one(delta, value[3]), q.err + tol);
    }
    kz_propagation_free(p);
}

static void unmagnetized(double *beta, double *mu, double x, void *context)
{
    bump(beta, mu, x, context);
    *mu = 0;
}

static void magnetized(double *beta, double *mu, double x, void *context)
{
    bump(beta, mu, x, context);
    *mu = 2.5 + 0.3 * exp(-x * x);
}

static void test_analytic_in_delta(void **state)
{
    (void)state;
    check_analytic(unmagnetized, false, 3e-8);
    check_analytic(magnetized, true, 3e-8);
}

static void test_conserved_sums(void **state)
{
    (void)state;
    check_conserved_sums(kz_chain_axial(1), bump, 1, 0.25, 28, 1e-6, 1e-6);
}

/* d/dt of a density and d/dx of its current, differences of order 4. */
static void test_continuity(void **state)
{
    (void)state;
    const double h = 0.02, x = 0.4, t = 0.7;
    static const double weight[] = {1 / 12.0, -8 / 12.0, 8 / 12.0, -1 / 12.0},
                        at[] = {-2, -1, 1, 2};
    kz_propagation *p = from_function(kz_chain_axial(-1), slope, 1e-7);
    double energy = 0, spin = 0, size = 0;
    for (int i = 0; i < 4; i++) {
        kz_propagation_point later = solve(p, x, t + at[i] * h, 1e-6);
        kz_propagation_point right = solve(p, x + at[i] * h, t, 1e-6);
        energy += weight[i] / h * (later.energy + right.energy_current);
        spin += weight[i] / h * (later.magnetization + right.spin_current);
        size += weight[i] / h * right.energy_current;
    }
    assert_true(fabs(size) > 1e-3);
    KZ_CHECK_CLOSE(energy, 0, 2e-5);
    KZ_CHECK_CLOSE(spin, 0, 2e-5);
    kz_propagation_free(p);
}

/* Loose answers lie within their bounds of tight ones, on random tables with jumps and slopes. */
static void test_error_bounds(void **state)
{
    (void)state;
    uint64_t seed = RANDOM_SEED;
    double worst = 0;
    int missed = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int n = 0; n < RANDOM_CASES; n++) {
        double row[4][3], sign = n % 4 == 3 ? -1 : 1;
        for (int i = 0; i < 4; i++) {
            row[i][0] = -1.5 + i + kz_check_uniform(&seed, -0.2, 0.2);
            row[i][1] = kz_check_uniform(&seed, -0.5, 2) * sign;
            row[i][2] = n % 3 == 2 ? 0 : kz_check_uniform(&seed, -1.5, 1.5);
        }
        if (n % 2) row[1][0] = row[2][0];
        kz_propagation_point q[2];
        for (int k = 0; k < 2; k++) {
            double tol = k ? RANDOM_TIGHT : 1e-3, x = -2 + n % 5, t = 0.4 + 0.2 * (n % 4);
            kz_options options = options_of(tol);
            kz_propagation *p = from_table(kz_chain_axial(sign), row[0], 4, tol);
            kz_status status = kz_propagation_points(&q[k], p, &x, &t, 1, &options);
            assert_true(status == KZ_OK || status == KZ_ETOL);
            missed += status == KZ_ETOL;
            kz_propagation_free(p);
        }
        double apart =
            fmax(fabs(q[0].energy - q[1].energy), fabs(q[0].energy_current - q[1].energy_current));
        apart = fmax(apart, fmax(fabs(q[0].magnetization - q[1].magnetization),
                                 fabs(q[0].spin_current - q[1].spin_current)));
        apart = fmax(apart, fabs(q[0].entropy - q[1].entropy));
        worst = fmax(worst, apart / (q[0].err + q[1].err));
#ifdef RANDOM_VERBOSE
        print_message("%d: %.2g %.2g, apart %.2g\n", n, q[0].err, q[1].err, apart);
#endif
        check_same(&q[0], &q[1], q[0].err + q[1].err);
    }
    print_message("largest difference/(both err) %.2g; tolerance missed %d times of %d\n", worst,
                  missed, 2 * RANDOM_CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_analytic_in_delta),
        cmocka_unit_test(test_conserved_sums),
        cmocka_unit_test(test_continuity),
        cmocka_unit_test(test_error_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
