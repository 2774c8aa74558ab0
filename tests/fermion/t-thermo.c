/* Thermodynamics and Drude weights of the XX chain. */
#include <string.h>

#include <kapitza/fermion.h>

#include "support/thermo.h"

static const double pi = 3.14159265358979323846;
static const double ln2 = 0.693147180559945309417;

static kz_thermo thermo(kz_state state)
{
    kz_thermo out = {0};
    KZ_CHECK_OK(kz_fermion_thermo(&out, &state));
    assert_true(out.err > 0.0 && out.err <= 1e-12);
    return out;
}

static kz_thermo thermal(double beta, double mu) { return thermo(kz_state_thermal(beta, mu)); }

/* Everything that is a sum over modes, by the periodic trapezoid rule: converges like exp(-N b),
 * b = arsinh(pi/|beta|) or more for mu = 0; N = 4096 serves |beta| <= 100. */
static kz_thermo thermo_by_trapezoid(double beta, double mu)
{
    enum { N = 4096 };
    kz_thermo t = {.beta = beta, .mu = mu};
    for (int i = 0; i < N; i++) {
        double k = 2.0 * pi * (i + 0.5) / N, e = -cos(k), v = sin(k), x = beta * e - mu;
        double n = 1.0 / (1.0 + exp(x)), w = n / (1.0 + exp(-x)) / N;
        double size = fabs(x), e_x = exp(-size);
        t.ln_z += (0.5 * size + log1p(e_x)) / N;
        t.entropy += (log1p(e_x) + size * e_x / (1.0 + e_x)) / N;
        t.energy += e * (n - 0.5) / N;
        t.magnetization += (n - 0.5) / N;
        t.heat_capacity += x * x * w;
        t.susceptibility += w;
        t.energy_beta -= e * e * w;
        t.magnetization_beta -= e * w;
        t.drude_spin += v * v * w;
        t.drude_energy += v * v * e * e * w;
        t.drude_cross += v * v * e * w;
    }
    t.free_energy = -t.ln_z / beta;
    return t;
}

static void exact_trapezoid(void **unused)
{
    (void)unused;
    uint64_t seed = 1601;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200; i++) {
        double scale = i % 2 == 0 ? 5.0 : 100.0;
        double beta = kz_check_uniform(&seed, -scale, scale);
        double mu = kz_check_uniform(&seed, -scale, scale);
        kz_thermo a = thermal(beta, mu), b = thermo_by_trapezoid(beta, mu);
        KZ_CHECK_THERMO(&a, &b, KZ_THERMO_MOMENTS, 1e-14); /* 4096 roundings */
        KZ_CHECK_CLOSE(a.drude_spin, b.drude_spin, 1e-15);
        KZ_CHECK_CLOSE(a.drude_energy, b.drude_energy, 1e-15);
        KZ_CHECK_CLOSE(a.drude_cross, b.drude_cross, 1e-15);
    }
}

/* beta = 0: independent spins in a field. */
static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    const double mu[] = {0.0, 1e-9, 0.7, -2.0, 11.0, -800.0};
    for (size_t i = 0; i < 6; i++) {
        kz_thermo t = thermal(0.0, mu[i]);
        double half = 0.5 * mu[i], size = fabs(half), c = 1.0 / cosh(half);
        double ln_cosh = size + log1p(exp(-2.0 * size)) - ln2, w = 0.25 * c * c;
        KZ_CHECK_CLOSE_REL(t.ln_z, ln2 + ln_cosh, 1e-15);
        KZ_CHECK_CLOSE(t.energy, 0.0, 1e-16);
        KZ_CHECK_CLOSE(t.magnetization, 0.5 * tanh(half), 1e-15);
        KZ_CHECK_CLOSE(t.entropy, ln2 + ln_cosh - half * tanh(half), 1e-15 * (1.0 + size));
        KZ_CHECK_CLOSE(t.heat_capacity, mu[i] * mu[i] * w, 1e-15);
        KZ_CHECK_CLOSE(t.susceptibility, w, 1e-15);
        KZ_CHECK_CLOSE(t.energy_beta, -0.5 * w, 1e-15);
        KZ_CHECK_CLOSE(t.magnetization_beta, 0.0, 1e-16);
        KZ_CHECK_CLOSE(t.drude_spin, 0.5 * w, 1e-15);
        KZ_CHECK_CLOSE(t.drude_energy, 0.125 * w, 1e-15);
        KZ_CHECK_CLOSE(t.drude_cross, 0.0, 1e-16);
        KZ_CHECK_NAN(t.free_energy);
    }
}

/* ln 2cosh(x/2) = ln 2 + x^2/8 - x^4/192 + x^6/2880, averages of cos^2, cos^4, cos^6. */
static void exact_high_temperature(void **unused)
{
    (void)unused;
    const double beta[] = {0.01, -0.01, 1e-5, 1e-300};
    for (size_t i = 0; i < 4; i++) {
        double b2 = beta[i] * beta[i];
        kz_thermo t = thermal(beta[i], 0.0);
        KZ_CHECK_CLOSE(t.ln_z, ln2 + b2 / 16 - b2 * b2 / 512 + b2 * b2 * b2 / 9216, 1e-15);
        double e = -beta[i] * (1.0 / 8 - b2 / 128 + b2 * b2 / 1536);
        KZ_CHECK_CLOSE(t.energy, e, 1e-16 + 1e-14 * fabs(e));
        KZ_CHECK_CLOSE(t.energy_beta, -1.0 / 8 + 3 * b2 / 128 - 5 * b2 * b2 / 1536, 1e-15);
        KZ_CHECK_CLOSE(t.heat_capacity, -b2 * t.energy_beta, 1e-16);
    }
}

/* Sommerfeld's expansion with the density of states 1/(pi sqrt(1 - e^2)). */
static void exact_low_temperature(void **unused)
{
    (void)unused;
    const double beta[] = {1e3, 1e4, 1e5, 1e9};
    for (size_t i = 0; i < 4; i++) {
        double T = 1.0 / beta[i], T2 = T * T;
        kz_thermo t = thermal(beta[i], 0.0), hot = thermal(-beta[i], 0.0);
        double pi3 = pi * pi * pi, pi5 = pi3 * pi * pi, T3 = T * T2, T5 = T3 * T2;
        double energy = -1.0 / pi + pi * T2 / 6 + 7 * pi3 * T * T3 / 120 + 31 * pi5 * T * T5 / 336;
        KZ_CHECK_CLOSE(t.energy, energy, 2e-16);
        KZ_CHECK_CLOSE(hot.energy, -energy, 2e-16);
        KZ_CHECK_CLOSE(t.entropy, pi * T / 3 + 7 * pi3 * T3 / 90 + 31 * pi5 * T5 / 280, 1e-15);
        KZ_CHECK_CLOSE(t.heat_capacity, pi * T / 3 + 7 * pi3 * T3 / 30 + 31 * pi5 * T5 / 56, 1e-15);
        KZ_CHECK_CLOSE(t.drude_energy, pi * T3 / 3 - 7 * pi3 * T5 / 30, 1e-13 * T2);
    }
}

static void exact_low_temperature_in_a_field(void **unused)
{
    (void)unused;
    const double field[] = {0.6, -0.6, 0.1};
    for (size_t i = 0; i < 3; i++) {
        double T = 1e-6, h = field[i], a = sqrt((1 - h) * (1 + h)), a3 = a * a * a;
        kz_thermo t = thermal(1.0 / T, h / T);
        double square = pi * pi / 6 * T * T; /* two orders more: T^4 here, 50 T^3 below */
        KZ_CHECK_CLOSE(t.magnetization, asin(h) / pi + square * h / (pi * a3), 2e-16);
        KZ_CHECK_CLOSE(t.energy, -a / pi + square / (pi * a3), 2e-16);
        KZ_CHECK_CLOSE(t.entropy, pi / 3 * T / a, 1e-16);
        KZ_CHECK_CLOSE(t.susceptibility, T / (pi * a), 1e-16);
        KZ_CHECK_CLOSE(t.drude_spin, T * a / pi, 1e-16);
        KZ_CHECK_CLOSE(t.drude_cross, T * a * h / pi, 1e-16);
    }
}

/* Fermi point at the bottom of the band, x = beta k^2/2:
 * int_0^inf dk/(1 + e^x) = sqrt(2/beta) Gamma(1/2) eta(1/2)/2, corrections of relative 1/beta. */
static void exact_band_edge(void **unused)
{
    (void)unused;
    const double eta = 0.604898643421630370; /* Dirichlet eta(1/2) = (1 - sqrt 2) zeta(1/2) */
    const double beta[] = {1e10, 1e12, 1e14};
    for (size_t i = 0; i < 3; i++) {
        double filled = sqrt(2.0 / beta[i]) * sqrt(pi) * eta / (2.0 * pi);
        kz_thermo bottom = thermal(beta[i], -beta[i]), top = thermal(beta[i], beta[i]);
        KZ_CHECK_CLOSE(bottom.magnetization, filled - 0.5, 2e-16);
        KZ_CHECK_CLOSE(top.magnetization, 0.5 - filled, 2e-16);
        KZ_CHECK_CLOSE(bottom.energy, -filled, 1e-15);
        KZ_CHECK_CLOSE(top.energy, -filled, 1e-15);
        /* beta < 0: particles at k = pi, holes at k = 0 */
        KZ_CHECK_CLOSE(thermal(-beta[i], -beta[i]).energy, filled, 1e-15);
        KZ_CHECK_CLOSE(thermal(-beta[i], beta[i]).energy, filled, 1e-15);
    }
}

static void check_no_fluctuations(const kz_thermo *t)
{
    KZ_CHECK_NAN(t->ln_z);
    KZ_CHECK_CLOSE(t->entropy, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->heat_capacity, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->susceptibility, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->energy_beta, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->magnetization_beta, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->drude_spin, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->drude_energy, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->drude_cross, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->energy_noise, 0.0, 0.0);
    KZ_CHECK_CLOSE(t->spin_noise, 0.0, 0.0);
}

static void exact_ground(void **unused)
{
    (void)unused;
    const double h[] = {0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0};
    const double e[] = {-1 / pi, -sqrt(0.75) / pi, -sqrt(0.75) / pi, 0, 0, 0, 0};
    const double m[] = {0, 1.0 / 6, -1.0 / 6, 0.5, -0.5, 0.5, -0.5};
    for (size_t i = 0; i < 7; i++) {
        kz_thermo t = thermo(kz_state_ground(h[i]));
        check_no_fluctuations(&t);
        KZ_CHECK_CLOSE(t.energy, e[i], 1e-16);
        KZ_CHECK_CLOSE(t.magnetization, m[i], 1e-16);
        KZ_CHECK_CLOSE(t.free_energy, e[i] - h[i] * m[i], 3e-16);
        assert_true(t.beta > 0 && isinf(t.beta));
        assert_true(h[i] == 0.0 ? t.mu == 0.0 : isinf(t.mu) && (t.mu > 0) == (h[i] > 0));
    }
}

static void exact_other_pure_states(void **unused)
{
    (void)unused;
    kz_thermo ceiling = thermo(kz_state_ceiling());
    kz_thermo up = thermo(kz_state_up()), down = thermo(kz_state_down());
    check_no_fluctuations(&ceiling);
    check_no_fluctuations(&up);
    check_no_fluctuations(&down);
    KZ_CHECK_CLOSE(ceiling.energy, 1.0 / pi, 1e-16);
    KZ_CHECK_CLOSE(ceiling.magnetization, 0.0, 0.0);
    assert_true(ceiling.beta < 0 && isinf(ceiling.beta) && ceiling.mu == 0.0);
    KZ_CHECK_CLOSE(up.energy, 0.0, 0.0);
    KZ_CHECK_CLOSE(up.magnetization, 0.5, 0.0);
    KZ_CHECK_CLOSE(down.magnetization, -0.5, 0.0);
    KZ_CHECK_NAN(up.beta);
    KZ_CHECK_NAN(down.free_energy);
}

/* Central differences of eighth order. */
static double derivative(double (*f)(double beta, double mu), double beta, double mu, double db,
                         double dm)
{
    const double c[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
    double sum = 0.0;
    for (int i = 1; i <= 4; i++)
        sum += c[i - 1] * (f(beta + i * db, mu + i * dm) - f(beta - i * db, mu - i * dm));
    return sum / (db + dm);
}

static double ln_z(double beta, double mu) { return thermal(beta, mu).ln_z; }
static double energy(double beta, double mu) { return thermal(beta, mu).energy; }
static double magnetization(double beta, double mu) { return thermal(beta, mu).magnetization; }
/* with T for beta and h for mu */
static double energy_in_field(double T, double h) { return thermal(1 / T, h / T).energy; }
static double moment_in_field(double T, double h) { return thermal(1 / T, h / T).magnetization; }

static void property_derivatives(void **unused)
{
    (void)unused;
    uint64_t seed = 271828;
    print_message("# seed %llu\n", (unsigned long long)seed);
    const double d = 0.03, tol = 1e-12; /* d^8 = 7e-13 times small derivatives; 1e-16/d */
    for (int i = 0; i < 100; i++) {
        double b = kz_check_uniform(&seed, -5, 5), m = kz_check_uniform(&seed, -5, 5);
        kz_thermo t = thermal(b, m);
        KZ_CHECK_CLOSE(t.energy, -derivative(ln_z, b, m, d, 0), tol);
        KZ_CHECK_CLOSE(t.magnetization, derivative(ln_z, b, m, 0, d), tol);
        KZ_CHECK_CLOSE(t.energy_beta, derivative(energy, b, m, d, 0), tol);
        KZ_CHECK_CLOSE(t.magnetization_beta, -derivative(energy, b, m, 0, d), tol);
        KZ_CHECK_CLOSE(t.magnetization_beta, derivative(magnetization, b, m, d, 0), tol);
        KZ_CHECK_CLOSE(t.susceptibility, derivative(magnetization, b, m, 0, d), tol);
    }
}

/* de/dT - h dm/dT at fixed h, both signs of the temperature. */
static void property_heat_capacity(void **unused)
{
    (void)unused;
    uint64_t seed = 14142;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 100; i++) {
        double T = kz_check_uniform(&seed, 0.5, 3) * (i % 2 == 0 ? 1 : -1);
        double h = kz_check_uniform(&seed, -2, 2);
        double slope = derivative(energy_in_field, T, h, 0.01, 0) -
                       h * derivative(moment_in_field, T, h, 0.01, 0);
        /* 0.01^8/630 times a ninth derivative that may reach 9!/0.5^9 */
        KZ_CHECK_CLOSE(thermal(1 / T, h / T).heat_capacity, slope, 1e-11);
    }
}

static void property_symmetries(void **unused)
{
    (void)unused;
    uint64_t seed = 5;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200; i++) {
        double scale = pow(10.0, kz_check_uniform(&seed, -2, 7));
        double beta = kz_check_uniform(&seed, -scale, scale);
        double mu = kz_check_uniform(&seed, -scale, scale);
        kz_thermo t = thermal(beta, mu), flip = thermal(beta, -mu), turn = thermal(-beta, mu);
        KZ_CHECK_CLOSE(t.entropy, t.ln_z + beta * t.energy - mu * t.magnetization,
                       1e-15 * (1 + fabs(beta) + fabs(mu)));
        flip.magnetization *= -1;
        flip.magnetization_beta *= -1;
        KZ_CHECK_THERMO(&flip, &t, KZ_THERMO_MOMENTS, 1e-15);
        KZ_CHECK_CLOSE(flip.drude_cross, -t.drude_cross, 1e-16);
        turn.energy *= -1; /* k -> k + pi */
        turn.free_energy *= -1;
        turn.magnetization_beta *= -1;
        KZ_CHECK_THERMO(&turn, &t, KZ_THERMO_MOMENTS, 1e-15);
    }
}

static void edge_cold_is_ground(void **unused)
{
    (void)unused;
    const double h[] = {0.0, 0.4, -0.999, 1.2, -1.2};
    for (size_t i = 0; i < 5; i++) {
        kz_thermo cold = thermal(1e17, 1e17 * h[i]), zero = thermo(kz_state_ground(h[i]));
        KZ_CHECK_CLOSE(cold.energy, zero.energy, 2e-16);
        KZ_CHECK_CLOSE(cold.magnetization, zero.magnetization, 2e-16);
        KZ_CHECK_CLOSE(cold.free_energy, zero.free_energy, 4e-16);
        KZ_CHECK_CLOSE(cold.entropy, 0.0, 1e-15);
    }
}

static void edge_huge_parameters(void **unused)
{
    (void)unused;
    enum { N = 8 };
    const double huge[N] = {-1.7e308, -0.6e308, -1e160, -1e-308, 0.0, 1e-308, 1e160, 1.7e308};
    for (size_t i = 0; i < N * N; i++) {
        kz_thermo t = thermal(huge[i / N], huge[i % N]);
        assert_true(fabs(t.energy) < 0.32 && fabs(t.magnetization) <= 0.5 && t.ln_z >= 0.69);
        assert_true(t.entropy >= 0 && t.entropy <= 0.7 && t.heat_capacity >= 0);
        assert_true(t.susceptibility >= 0 && t.drude_energy >= 0 && fabs(t.drude_cross) < 1);
    }
}

/* -- errors ---------------------------------------------------------------------------------- */

static void check_untouched(const kz_state *state)
{
    kz_thermo out, before;
    memset(&out, 0x5a, sizeof out);
    before = out;
    KZ_CHECK_STATUS(kz_fermion_thermo(&out, state), KZ_EINVAL);
    assert_memory_equal(&out, &before, sizeof out);
    assert_true(strlen(kz_error_message()) > 0);
}

static void errors(void **unused)
{
    (void)unused;
    kz_state not_finite[] = {kz_state_thermal((double)NAN, 0), kz_state_thermal(0, (double)NAN),
                             kz_state_thermal((double)INFINITY, 0), kz_state_ground((double)NAN)};
    for (size_t i = 0; i < 4; i++)
        check_untouched(&not_finite[i]);
    kz_state unknown = {.kind = (kz_state_kind)77}, good = kz_state_up();
    check_untouched(&unknown);
    check_untouched(NULL);
    KZ_CHECK_STATUS(kz_fermion_thermo(NULL, &good), KZ_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_trapezoid),
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(exact_high_temperature),
        cmocka_unit_test(exact_low_temperature),
        cmocka_unit_test(exact_low_temperature_in_a_field),
        cmocka_unit_test(exact_band_edge),
        cmocka_unit_test(exact_ground),
        cmocka_unit_test(exact_other_pure_states),
        cmocka_unit_test(property_derivatives),
        cmocka_unit_test(property_heat_capacity),
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(edge_cold_is_ground),
        cmocka_unit_test(edge_huge_parameters),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
