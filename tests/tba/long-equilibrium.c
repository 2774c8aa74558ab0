/* Thermodynamics that takes minutes: very low temperatures in a field, many strings. */
#include "support/thermo.h"

static const double pi = 3.14159265358979323846;

/* mu = beta h: towards the ground state in the field h.  With v the velocity at the Fermi point,
 * f = f_0 - pi T^2/6v; entropy = pi T/3v; e and m follow with derivatives of 1/v of order one. */
static void check_cold_in_field(double beta, double h, double tol)
{
    double T = 1 / fabs(beta);
    kz_thermo t = xxz_thermo(4, kz_state_thermal(beta, beta * h), tol);
    kz_thermo zero = xxz_thermo(4, kz_state_ground(h), 1e-12);
    KZ_CHECK_CLOSE(t.energy, zero.energy, 5 * T * T + tol);
    KZ_CHECK_CLOSE(t.magnetization, zero.magnetization, 5 * T * T + tol);
    /* the entropy fixes v, the free energy then holds to order T^4 */
    double v = pi * T / (3 * t.entropy);
    KZ_CHECK_CLOSE(t.free_energy, zero.free_energy - pi * T * T / (6 * v),
                   50 * T * T * T * T + tol);
    /* C/S - 1 = O(T^2) on the scale set by the nearest point where v changes: h = 0, saturation */
    double scale = fmin(fabs(h), 1 + sqrt(0.5) - fabs(h));
    KZ_CHECK_CLOSE(t.heat_capacity / t.entropy, 1, 10 * T * T / (scale * scale) + tol / T);
}

static void edge_cold_in_field(void **unused)
{
    (void)unused;
    check_cold_in_field(300, 0.8, 1e-9);
    check_cold_in_field(1000, 0.8, 1e-9);
    check_cold_in_field(1000, 0.1, 1e-9);
    check_cold_in_field(1000, -1.4, 1e-9);
    check_cold_in_field(1e4, 0.8, 1e-7);
}

/* beta -> -inf with mu = beta h: the highest state of H - h Sz, gapless as well below its
 * saturation at h = 1 - Delta; entropy = pi T/3v with a velocity that falls towards it. */
static void edge_inverted_in_field(void **unused)
{
    (void)unused;
    const double beta[] = {-30, -300, -1000}, h = 0.2;
    double last = -INFINITY;
    for (size_t i = 0; i < 3; i++) {
        kz_thermo t = xxz_thermo(4, kz_state_thermal(beta[i], beta[i] * h), 1e-9);
        double T = -1 / beta[i], level = t.energy - h * t.magnetization;
        assert_true(t.magnetization < 0);
        assert_true(level > last); /* e - h m rises with beta -> -inf at fixed h */
        assert_true(t.entropy > 0 && t.entropy < 10 * T);
        KZ_CHECK_CLOSE(t.heat_capacity / t.entropy, 1, fmin(0.3, 30 * T));
        last = level;
    }
}

static void edge_many_strings(void **unused)
{
    (void)unused;
    const int P = 64;
    double D = cos(pi / P), mu = 0.9, s = 0.5 * tanh(0.45);
    kz_thermo t = xxz_thermo(P, kz_state_thermal(0, mu), 1e-10);
    KZ_CHECK_CLOSE(t.energy, D * s * s, 1e-10);
    KZ_CHECK_CLOSE(t.magnetization, s, 1e-10);
    t = xxz_thermo(P, kz_state_thermal(0, 0), 1e-10);
    KZ_CHECK_CLOSE(t.drude_spin, 0.125 * (1 - P / (2 * pi) * sin(2 * pi / P)), 1e-10);
    KZ_CHECK_CLOSE(t.drude_energy, (1 + 2 * D * D) / 32, 1e-10);
    for (double beta = -8; beta < 9; beta += 4) {
        t = xxz_thermo(P, kz_state_thermal(beta, 0.7), 1e-9);
        KZ_CHECK_CLOSE(t.entropy, t.ln_z + beta * t.energy - 0.7 * t.magnetization, 2e-8);
    }
}

static void property_tighter_is_better(void **unused)
{
    (void)unused;
    uint64_t seed = 20260304;
    for (int i = 0; i < 500; i++)
        check_tighter_is_better(&seed, i, 3);
}

/* 2026-11-26: e = -0.268 with err 0.02 at tolerance 1e-12. */
static void tighter_is_better_at_ten_thousand(void **unused)
{
    (void)unused;
    kz_state state = kz_state_thermal(1e4, 1e4);
    kz_thermo loose = {0}, tight = {0};
    KZ_CHECK_OK(kz_thermo_compute(&loose, kz_chain_xxz(3), &state, 1e-8));
    KZ_CHECK_OK(kz_thermo_compute(&tight, kz_chain_xxz(3), &state, 1e-12));
    assert_true(tight.err <= 2 * loose.err && tight.err < 1e-12);
    KZ_CHECK_CLOSE(tight.energy, loose.energy, loose.err + tight.err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edge_cold_in_field),
        cmocka_unit_test(edge_inverted_in_field),
        cmocka_unit_test(edge_many_strings),
        cmocka_unit_test(property_tighter_is_better),
        cmocka_unit_test(tighter_is_better_at_ten_thousand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
