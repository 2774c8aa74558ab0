/* Rays of bipartitions of the XX chain. */
#include "support/check.h"

#include <string.h>

#include <gsl/gsl_integration.h>

#include <kapitza/fermion.h>

static const double pi = 3.14159265358979323846;

static kz_ray ray(kz_state left, kz_state right, double zeta)
{
    kz_ray out = {0};
    KZ_CHECK_OK(kz_fermion_ray(&out, &left, &right, zeta));
    assert_true(out.err > 0.0 && out.err <= 1e-12);
    assert_true(out.zeta == zeta);
    assert_int_equal(out.status, KZ_OK);
    return out;
}

static kz_state random_state(uint64_t *seed, double beta_max)
{
    double which = kz_check_uniform(seed, 0, 10);
    if (which < 1) return kz_state_ground(kz_check_uniform(seed, -1.2, 1.2));
    if (which < 1.5) return kz_state_ceiling();
    if (which < 2) return kz_state_up();
    if (which < 2.5) return kz_state_down();
    double beta = kz_check_uniform(seed, -beta_max, beta_max);
    return kz_state_thermal(beta, kz_check_uniform(seed, -beta_max, beta_max));
}

/* All sixteen digits of the closed forms are asked for, less a few. */
static const double rounding = 4e-16;

/* Ceiling | ground, both steps at |k| = pi/2: elementary integrals; J_E(0) = 1/(2 pi). */
static void exact_energy_quench(void **unused)
{
    (void)unused;
    for (int i = -20; i <= 20; i++) {
        double zeta = i / 20.0;
        kz_ray r = ray(kz_state_ceiling(), kz_state_ground(0.0), zeta);
        KZ_CHECK_CLOSE(r.energy, -zeta / pi, rounding);
        KZ_CHECK_CLOSE(r.energy_current, (1.0 - zeta * zeta) / (2.0 * pi), rounding);
        KZ_CHECK_CLOSE(r.magnetization, 0.0, rounding);
        KZ_CHECK_CLOSE(r.spin_current, 0.0, rounding);
    }
}

/* Up | down: S = -arcsin(zeta)/pi; J^M(0) = 1/pi. */
static void exact_domain_wall(void **unused)
{
    (void)unused;
    for (int i = -20; i <= 20; i++) {
        double zeta = i / 20.0;
        kz_ray r = ray(kz_state_up(), kz_state_down(), zeta);
        KZ_CHECK_CLOSE(r.magnetization, -asin(zeta) / pi, rounding);
        KZ_CHECK_CLOSE(r.spin_current, sqrt(1.0 - zeta * zeta) / pi, rounding);
        KZ_CHECK_CLOSE(r.energy, 0.0, rounding);
        KZ_CHECK_CLOSE(r.energy_current, 0.0, rounding);
    }
}

/* int dk/2pi v n over v > zeta = int_{-a}^{a} de/2pi f(e), a = sqrt(1 - zeta^2): a logarithm. */
static double fermi_current(double beta, double mu, double zeta)
{
    double a = sqrt((1.0 - zeta) * (1.0 + zeta));
    if (beta == 0.0) return a / pi / (1.0 + exp(-mu));
    double high = mu + beta * a, low = mu - beta * a; /* ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|) */
    double bulk = fmax(high, 0.0) - fmax(low, 0.0);
    return (bulk + log1p(exp(-fabs(high))) - log1p(exp(-fabs(low)))) / (2.0 * pi * beta);
}

static void exact_spin_current(void **unused)
{
    (void)unused;
    const double beta[] = {0, 1e-3, -0.4, 1, 3, -12, 150, -1e3, 1e5, -1e5, 1e9, 1e15};
    const double field[] = {0, 0.3, -0.7, 0.99, -1, 1, 1.2};
    const double zeta[] = {0, 1e-9, 0.2, -0.2, 0.6, 0.953, -0.9999, 0.99999999};
    for (size_t i = 0; i < 12; i++)
        for (size_t j = 0; j < 7; j++)
            for (size_t k = 0; k < 8; k++) {
                double mu = beta[i] == 0.0 ? field[j] : beta[i] * field[j];
                kz_ray r = ray(kz_state_thermal(beta[i], mu), kz_state_down(), zeta[k]);
                /* in the closed form the logarithms round, before the division by beta */
                double tol = beta[i] == 0.0 ? rounding : 1e-15 + 2e-16 / fabs(beta[i]);
                KZ_CHECK_CLOSE(r.spin_current, fermi_current(beta[i], mu, zeta[k]), tol);
            }
}

/* Two cold reservoirs, zeta = 0: (pi/12)(T_L^2 - T_R^2) up to exp(-1/T). */
static void exact_low_temperature_heat_current(void **unused)
{
    (void)unused;
    const double beta[][2] = {{60, 200}, {1000, 50}, {1e5, 80}, {1e5, 1e7}};
    for (size_t i = 0; i < 4; i++) {
        double hot = 1.0 / beta[i][0], cold = 1.0 / beta[i][1];
        kz_ray r = ray(kz_state_thermal(beta[i][0], 0), kz_state_thermal(beta[i][1], 0), 0.0);
        KZ_CHECK_CLOSE(r.energy_current, pi / 12.0 * (hot * hot - cold * cold), rounding);
    }
}

/* Definition, by brute force: n_left where sin k > zeta, n_right elsewhere, with 64 nodes on each
 * of 40 panels between the points where sin k = zeta.  Moderate temperatures only. */
static kz_ray ray_by_definition(const kz_state *left, const kz_state *right, double zeta,
                                const gsl_integration_glfixed_table *table)
{
    double turn = asin(zeta), from[3] = {turn, pi - turn, turn + 2.0 * pi};
    kz_ray sum = {.zeta = zeta, .magnetization = -0.5};
    for (int piece = 0; piece < 2; piece++) {
        const kz_state *state = piece == 0 ? left : right;
        double step = (from[piece + 1] - from[piece]) / 40.0;
        for (int panel = 0; panel < 40; panel++)
            for (size_t i = 0; i < 64; i++) {
                double k, weight, a = from[piece] + panel * step;
                gsl_integration_glfixed_point(a, a + step, i, &k, &weight, table);
                double n = weight / (2.0 * pi) * kz_fermion_occupation(state, k);
                sum.magnetization += n;
                sum.energy -= n * cos(k);
                sum.spin_current += n * sin(k);
                sum.energy_current -= n * sin(k) * cos(k);
            }
    }
    return sum;
}

static void property_definition(void **unused)
{
    (void)unused;
    uint64_t seed = 4711;
    print_message("# seed %llu\n", (unsigned long long)seed);
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(64);
    for (int i = 0; i < 200; i++) {
        kz_state left =
            kz_state_thermal(kz_check_uniform(&seed, -20, 20), kz_check_uniform(&seed, -20, 20));
        kz_state right =
            kz_state_thermal(kz_check_uniform(&seed, -20, 20), kz_check_uniform(&seed, -20, 20));
        double zeta = kz_check_uniform(&seed, -1, 1);
        kz_ray r = ray(left, right, zeta), d = ray_by_definition(&left, &right, zeta, table);
        /* 5120 terms of size up to 1 */
        KZ_CHECK_CLOSE(r.energy, d.energy, 1e-14);
        KZ_CHECK_CLOSE(r.energy_current, d.energy_current, 1e-14);
        KZ_CHECK_CLOSE(r.magnetization, d.magnetization, 1e-14);
        KZ_CHECK_CLOSE(r.spin_current, d.spin_current, 1e-14);
    }
    gsl_integration_glfixed_table_free(table);
}

/* One state on both sides: nothing moves, and thermodynamics agrees. */
static void property_equilibrium(void **unused)
{
    (void)unused;
    uint64_t seed = 99;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 300; i++) {
        kz_state state = random_state(&seed, pow(10.0, kz_check_uniform(&seed, -1, 6)));
        kz_ray r = ray(state, state, kz_check_uniform(&seed, -1.1, 1.1));
        kz_thermo t;
        KZ_CHECK_OK(kz_fermion_thermo(&t, &state));
        KZ_CHECK_CLOSE(r.energy, t.energy, 1e-15);
        KZ_CHECK_CLOSE(r.magnetization, t.magnetization, 1e-15);
        KZ_CHECK_CLOSE(r.energy_current, 0.0, 0.0);
        KZ_CHECK_CLOSE(r.spin_current, 0.0, 0.0);
    }
}

/* Mirror: left <-> right, zeta -> -zeta reverses the currents.  Spin flip mu -> -mu reverses
 * magnetization and spin current. */
static void property_symmetries(void **unused)
{
    (void)unused;
    uint64_t seed = 31337;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 300; i++) {
        double scale = pow(10.0, kz_check_uniform(&seed, -1, 6));
        double b1 = kz_check_uniform(&seed, -scale, scale), b2 = kz_check_uniform(&seed, -1, 1);
        double m1 = kz_check_uniform(&seed, -scale, scale), m2 = kz_check_uniform(&seed, -1, 1);
        double zeta = kz_check_uniform(&seed, -1, 1);
        kz_state left = kz_state_thermal(b1, m1), right = kz_state_thermal(b2, m2);
        kz_ray r = ray(left, right, zeta), m = ray(right, left, -zeta);
        kz_ray f = ray(kz_state_thermal(b1, -m1), kz_state_thermal(b2, -m2), zeta);
        KZ_CHECK_CLOSE(m.energy, r.energy, 1e-15);
        KZ_CHECK_CLOSE(m.magnetization, r.magnetization, 1e-15);
        KZ_CHECK_CLOSE(m.energy_current, -r.energy_current, 1e-15);
        KZ_CHECK_CLOSE(m.spin_current, -r.spin_current, 1e-15);
        KZ_CHECK_CLOSE(f.energy, r.energy, 1e-15);
        KZ_CHECK_CLOSE(f.magnetization, -r.magnetization, 1e-15);
        KZ_CHECK_CLOSE(f.energy_current, r.energy_current, 1e-15);
        KZ_CHECK_CLOSE(f.spin_current, -r.spin_current, 1e-15);
    }
}

/* zeta de/dzeta = dj/dzeta, integrated: [zeta e] - int e dzeta = [j].  zeta = sin q makes the
 * integrand smooth at the edges of the light cone. */
static void property_continuity(void **unused)
{
    (void)unused;
    uint64_t seed = 7;
    print_message("# seed %llu\n", (unsigned long long)seed);
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(128);
    for (int i = 0; i < 20; i++) {
        kz_state left =
            kz_state_thermal(kz_check_uniform(&seed, -8, 8), kz_check_uniform(&seed, -8, 8));
        kz_state right =
            kz_state_thermal(kz_check_uniform(&seed, -8, 8), kz_check_uniform(&seed, -8, 8));
        double a = kz_check_uniform(&seed, -1.5, 0.5), b = kz_check_uniform(&seed, a, 1.5);
        double energy = 0.0, magnetization = 0.0;
        for (size_t k = 0; k < 128; k++) {
            double q, weight;
            gsl_integration_glfixed_point(a, b, k, &q, &weight, table);
            kz_ray r = ray(left, right, sin(q));
            energy += weight * cos(q) * r.energy;
            magnetization += weight * cos(q) * r.magnetization;
        }
        kz_ray from = ray(left, right, sin(a)), to = ray(left, right, sin(b));
        /* smooth over the distance pi/8 of the poles: 128 nodes leave only rounding */
        KZ_CHECK_CLOSE(to.zeta * to.energy - from.zeta * from.energy - energy,
                       to.energy_current - from.energy_current, 2e-14);
        KZ_CHECK_CLOSE(to.zeta * to.magnetization - from.zeta * from.magnetization - magnetization,
                       to.spin_current - from.spin_current, 2e-14);
    }
    gsl_integration_glfixed_table_free(table);
}

static void edge_outside_the_cone(void **unused)
{
    (void)unused;
    const double zeta[] = {1.0, 1.0000001, 3.0, 1e300, (double)INFINITY};
    kz_state left = kz_state_thermal(2.0, 0.4), right = kz_state_thermal(-1e5, 3e4);
    kz_thermo l, r;
    KZ_CHECK_OK(kz_fermion_thermo(&l, &left));
    KZ_CHECK_OK(kz_fermion_thermo(&r, &right));
    for (size_t i = 0; i < 5; i++) {
        kz_ray far_left = ray(left, right, -zeta[i]), far_right = ray(left, right, zeta[i]);
        KZ_CHECK_CLOSE(far_left.energy, l.energy, 1e-16);
        KZ_CHECK_CLOSE(far_left.magnetization, l.magnetization, 1e-16);
        KZ_CHECK_CLOSE(far_right.energy, r.energy, 1e-16);
        KZ_CHECK_CLOSE(far_right.magnetization, r.magnetization, 1e-16);
        KZ_CHECK_CLOSE(far_left.energy_current, 0.0, 0.0);
        KZ_CHECK_CLOSE(far_right.spin_current, 0.0, 0.0);
    }
}

/* beta -> infinity at fixed h is the ground state; its step is exact. */
static void edge_zero_temperature(void **unused)
{
    (void)unused;
    const double h[] = {0.0, 0.4, -0.4, 0.999, -0.999, 1.3, -1.3};
    for (size_t i = 0; i < 7; i++)
        for (double zeta = -0.95; zeta < 1.0; zeta += 0.1) {
            kz_ray cold = ray(kz_state_thermal(1e17, 1e17 * h[i]), kz_state_ceiling(), zeta);
            kz_ray zero = ray(kz_state_ground(h[i]), kz_state_thermal(-1e17, 0), zeta);
            KZ_CHECK_CLOSE(cold.energy, zero.energy, 1e-15);
            KZ_CHECK_CLOSE(cold.magnetization, zero.magnetization, 1e-15);
            KZ_CHECK_CLOSE(cold.energy_current, zero.energy_current, 1e-15);
            KZ_CHECK_CLOSE(cold.spin_current, zero.spin_current, 1e-15);
        }
}

/* Both sides of zeta = 0 take the same limit, and huge parameters stay finite. */
static void edge_middle_and_huge(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(3.0, 1.0), right = kz_state_thermal(-1.0, -0.2);
    kz_ray below = ray(left, right, -1e-17), at = ray(left, right, 0.0);
    KZ_CHECK_CLOSE(below.energy, at.energy, 1e-15);
    KZ_CHECK_CLOSE(below.energy_current, at.energy_current, 1e-15);
    KZ_CHECK_CLOSE(below.magnetization, at.magnetization, 1e-15);
    const double huge[] = {-1.7e308, -1e-308, 0.0, 1e-308, 1.7e308};
    for (size_t i = 0; i < 25; i++) {
        kz_ray r = ray(kz_state_thermal(huge[i / 5], huge[i % 5]), kz_state_up(), 0.3);
        assert_true(fabs(r.energy) < 1.0 && fabs(r.energy_current) < 1.0);
        assert_true(fabs(r.magnetization) <= 0.5 && fabs(r.spin_current) < 1.0);
    }
}

static void check_untouched(const kz_state *left, const kz_state *right, double zeta,
                            kz_status expected)
{
    kz_ray out, before;
    memset(&out, 0x5a, sizeof out);
    before = out;
    KZ_CHECK_STATUS(kz_fermion_ray(&out, left, right, zeta), expected);
    assert_memory_equal(&out, &before, sizeof out);
    assert_true(strlen(kz_error_message()) > 0);
}

static void errors(void **unused)
{
    (void)unused;
    kz_state good = kz_state_up(), unknown = {.kind = (kz_state_kind)77};
    kz_state not_finite = kz_state_thermal((double)NAN, 0.0);
    kz_state infinite = kz_state_ground((double)INFINITY);
    check_untouched(&good, &good, (double)NAN, KZ_EDOMAIN);
    check_untouched(&not_finite, &good, 0.0, KZ_EINVAL);
    check_untouched(&good, &infinite, 0.0, KZ_EINVAL);
    check_untouched(&unknown, &good, 0.0, KZ_EINVAL);
    check_untouched(NULL, &good, 0.0, KZ_EINVAL);
    check_untouched(&good, NULL, 0.0, KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fermion_ray(NULL, &good, &good, 0.0), KZ_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_energy_quench),
        cmocka_unit_test(exact_domain_wall),
        cmocka_unit_test(exact_spin_current),
        cmocka_unit_test(exact_low_temperature_heat_current),
        cmocka_unit_test(property_definition),
        cmocka_unit_test(property_equilibrium),
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(property_continuity),
        cmocka_unit_test(edge_outside_the_cone),
        cmocka_unit_test(edge_zero_temperature),
        cmocka_unit_test(edge_middle_and_huge),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
