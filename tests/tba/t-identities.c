/* Thermodynamics of XXZ chains: derivatives and identities between the numbers. */
#include "support/thermo.h"

static const double ln2 = 0.693147180559945309417;

typedef struct {
    int P;
    double tol;
} context;

typedef double (*quantity)(context c, double beta, double mu);

static double ln_z(context c, double b, double m) { return xxz_thermal(c.P, b, m, c.tol).ln_z; }
static double energy(context c, double b, double m) { return xxz_thermal(c.P, b, m, c.tol).energy; }
static double moment(context c, double b, double m)
{
    return xxz_thermal(c.P, b, m, c.tol).magnetization;
}
/* T for beta, h for mu */
static double energy_in_field(context c, double T, double h) { return energy(c, 1 / T, h / T); }
static double moment_in_field(context c, double T, double h) { return moment(c, 1 / T, h / T); }

/* Central differences of eighth order: step^8/630 of a ninth derivative, noise 2 tol/step. */
static double derivative(quantity f, context c, double x, double y, double dx, double dy)
{
    const double weight[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
    double sum = 0;
    for (int i = 1; i <= 4; i++)
        sum += weight[i - 1] * (f(c, x + i * dx, y + i * dy) - f(c, x - i * dx, y - i * dy));
    return sum / (dx + dy);
}

static void property_derivatives(void **unused)
{
    (void)unused;
    uint64_t seed = 2718;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 10; i++) {
        context c = {3 + i % 4, 1e-13};
        double b = kz_check_uniform(&seed, -3, 3), m = kz_check_uniform(&seed, -4, 4);
        kz_thermo t = xxz_thermal(c.P, b, m, 1e-12);
        /* 0.03^8/630 = 1e-15 of derivatives below 1e4 (poles at distance > 1); 2e-13/0.03 */
        const double d = 0.03, tol = 2e-11;
        KZ_CHECK_CLOSE(t.energy, -derivative(ln_z, c, b, m, d, 0), tol);
        KZ_CHECK_CLOSE(t.magnetization, derivative(ln_z, c, b, m, 0, d), tol);
        KZ_CHECK_CLOSE(t.energy_beta, derivative(energy, c, b, m, d, 0), tol);
        KZ_CHECK_CLOSE(t.susceptibility, derivative(moment, c, b, m, 0, d), tol);
        KZ_CHECK_CLOSE(t.magnetization_beta, derivative(moment, c, b, m, d, 0), tol);
        /* Maxwell */
        KZ_CHECK_CLOSE(t.magnetization_beta, -derivative(energy, c, b, m, 0, d), tol);
    }
}

static void property_heat_capacity(void **unused)
{
    (void)unused;
    uint64_t seed = 1414;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 8; i++) {
        context c = {3 + i % 4, 1e-13};
        double T = kz_check_uniform(&seed, 0.7, 2) * (i % 2 ? 1 : -1);
        double h = kz_check_uniform(&seed, -1.5, 1.5);
        double slope = derivative(energy_in_field, c, T, h, 0.01, 0) -
                       h * derivative(moment_in_field, c, T, h, 0.01, 0);
        /* 0.01^8/630 of a ninth derivative ~ 9!/0.7^9 is 1e-12; 2e-13/0.01 */
        KZ_CHECK_CLOSE(xxz_thermal(c.P, 1 / T, h / T, 1e-12).heat_capacity, slope, 1e-10);
    }
}

static void property_identities(void **unused)
{
    (void)unused;
    uint64_t seed = 77;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 60; i++) {
        int P = 3 + i % 5;
        double beta = kz_check_uniform(&seed, -5, 5), mu = kz_check_uniform(&seed, -5, 5);
        kz_thermo t = xxz_thermal(P, beta, mu, 1e-11), flip = xxz_thermal(P, beta, -mu, 1e-11);
        double T = 1 / beta, h = mu / beta, scale = 1 + fabs(beta) + fabs(mu);
        /* f = e - T entropy - h m; the entropy is a sum over strings, ln Z is another */
        KZ_CHECK_CLOSE(t.entropy, t.ln_z + beta * t.energy - mu * t.magnetization, 2e-11 * scale);
        KZ_CHECK_CLOSE(t.free_energy, t.energy - T * t.entropy - h * t.magnetization,
                       2e-11 * scale * fabs(T));
        KZ_CHECK_CLOSE(t.heat_capacity,
                       -beta * beta * t.energy_beta + 2 * beta * mu * t.magnetization_beta +
                           mu * mu * t.susceptibility,
                       1e-10 * scale * scale);
        assert_true(t.heat_capacity > 0 && t.susceptibility > 0 && t.energy_beta < 0);
        assert_true(t.entropy > 0 && t.entropy < ln2 + 1e-11);
        /* Cauchy-Schwarz for both matrices of second moments */
        assert_true(-t.energy_beta * t.susceptibility >
                    t.magnetization_beta * t.magnetization_beta);
        assert_true(t.drude_energy * t.drude_spin > t.drude_cross * t.drude_cross - 1e-12);
        flip.magnetization *= -1;
        flip.magnetization_beta *= -1;
        flip.drude_cross *= -1;
        /* the same equations: rounding only */
        KZ_CHECK_THERMO(&flip, &t, KZ_THERMO_NUMBERS, 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_derivatives),
        cmocka_unit_test(property_heat_capacity),
        cmocka_unit_test(property_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
