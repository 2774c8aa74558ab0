/* The second engine (full kernel, split panels, dense) against the first (local form, FFT), which
 * shares no equation with it, and against identities that hold for any charge. */
#include <math.h>
#include <stdlib.h>

#include <kapitza/dressing.h>
#include <kapitza/ghd.h>
#include <kapitza/tba.h>

#include "core/memory.h"
#include "support/check.h"
#include "support/strings.h"
#include "tba/full.h"

static double energy_charge(int j, double lambda, void *context)
{
    return kz_string_energy(kz_test_strings(*(int *)context, 1), j, lambda);
}

static double length_charge(int j, double lambda, void *context)
{
    (void)lambda;
    return kz_test_strings(*(int *)context, 1)->length[j - 1];
}

/* Both engines on one ray; tol is what the panels were asked for, and they integrate over one
 * panel edge per crossing: allow them a factor of ten. */
static void compare_engines(int P, kz_state left, kz_state right, double zeta, double tol)
{
    kz_dressing *dressing;
    kz_bipartition *bipartition;
    kz_ray ray;
    kz_options options = kz_options_default();
    double e, j, n, jn;
    options.tol = 1e-11;
    KZ_CHECK_OK(kz_dressing_create(&dressing, kz_chain_xxz(P), &left, &right, zeta, tol));
    KZ_CHECK_OK(kz_dressing_average(&e, &j, dressing, energy_charge, &P));
    KZ_CHECK_OK(kz_dressing_average(&n, &jn, dressing, length_charge, &P));
    kz_dressing_free(dressing);
    KZ_CHECK_OK(kz_bipartition_create(&bipartition, kz_chain_xxz(P), &left, &right, &options));
    KZ_CHECK_OK(kz_bipartition_rays(&ray, bipartition, &zeta, 1, &options));
    kz_bipartition_free(bipartition);
    KZ_CHECK_CLOSE(ray.energy, 0.25 * kz_chain_delta(kz_chain_xxz(P)) + e, 10 * tol);
    KZ_CHECK_CLOSE(ray.energy_current, j, 10 * tol);
    KZ_CHECK_CLOSE(ray.magnetization, 0.5 - n, 10 * tol);
    KZ_CHECK_CLOSE(ray.spin_current, -jn, 10 * tol);
}

static void engines_agree_on_thermal_states(void **state)
{
    (void)state;
    static const struct {
        int P;
        double beta, mu;
    } cases[] = {{2, 1.3, -0.4}, {3, -1, 0.7}, {3, 4, -2}, {4, 1, 0.7}, {4, -2.5, 0}, {5, 0, 1.2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kz_full_thermal *full;
        kz_thermal *local;
        int P = cases[i].P;
        KZ_CHECK_OK(kz_full_thermal_create(&full, kz_chain_xxz(P), cases[i].beta, cases[i].mu, 15,
                                           M_PI / P, 20));
        KZ_CHECK_OK(kz_thermal_create(&local, kz_chain_xxz(P), cases[i].beta, cases[i].mu, 1e-13));
        /* panels: (1 + sqrt 2)^-40 = 5e-16 for poles at gamma/2; fillings have closer ones */
        KZ_CHECK_CLOSE_REL(kz_thermal_ln_z(local), kz_full_thermal_ln_z(full), 2e-12);
        double step = kz_thermal_window(local) / (double)kz_thermal_nodes(local);
        for (int j = 1; j <= P; j++) {
            for (size_t k = 0; ((double)k + 0.5) * step < 8; k += 11)
                KZ_CHECK_CLOSE_REL(kz_thermal_log_eta(local, j, k),
                                   kz_full_thermal_log_eta(full, j, ((double)k + 0.5) * step),
                                   5e-12);
        }
        kz_full_thermal_free(full);
        kz_thermal_free(local);
    }
}

static kz_state random_state(uint64_t *seed)
{
    double pick = kz_check_uniform(seed, 0, 10);
    if (pick < 1) return kz_state_ground(0);
    if (pick < 2) return kz_state_ground(kz_check_uniform(seed, -1.2, 1.2));
    if (pick < 3) return kz_state_ceiling();
    if (pick < 3.5) return kz_state_up();
    if (pick < 4) return kz_state_down();
    double beta = kz_check_uniform(seed, -3, 3);
    return kz_state_thermal(beta, kz_check_uniform(seed, -2, 2));
}

static void engines_agree_on_random_rays(void **state)
{
    (void)state;
    uint64_t seed = 20261122;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 18; i++) {
        int P = 2 + i % 3;
        kz_state left = random_state(&seed), right = random_state(&seed);
        compare_engines(P, left, right, kz_check_uniform(&seed, -1.2, 1.2), 1e-6);
    }
}

static void engines_agree_where_crossings_come_in_pairs(void **state)
{
    (void)state;
    compare_engines(4, kz_state_thermal(0.5, 0), kz_state_thermal(2, 0), -1.1, 1e-8);
    compare_engines(3, kz_state_thermal(0.5, 0), kz_state_thermal(2, 0), 1.05, 1e-8);
    compare_engines(4, kz_state_thermal(0.757, 0), kz_state_ground(0), 0, 1e-8);
    compare_engines(5, kz_state_thermal(0.5, 0), kz_state_thermal(2, 0), 0.9, 1e-6);
}

static double odd_charge(int j, double lambda, void *context)
{
    (void)context;
    return (j + 0.3) * lambda / cosh(1.1 * lambda) + exp(-(lambda - 0.4) * (lambda - 0.4));
}

/* 1e-6 below v_j(infinity), where crossings sit in tails that hold 1e-6 of magnetization. */
static void engines_agree_beside_infinite_rapidity(void **unused)
{
    (void)unused;
    compare_engines(3, kz_state_thermal(2.3, -3.9), kz_state_thermal(3.4, -1.3), 1.206335500668975,
                    1e-11);
}

/* sum int rho_j q_j = sum int sigma_j theta_j a_j q^dr_j: dressing is symmetric. */
static void dressing_is_symmetric(void **state)
{
    (void)state;
    const int P = 4;
    kz_state left = kz_state_thermal(1, 0.8), right = kz_state_thermal(-0.5, -0.6);
    kz_dressing *dressing;
    KZ_CHECK_OK(kz_dressing_create(&dressing, kz_chain_xxz(P), &left, &right, 0.25, 1e-9));
    size_t n = kz_dressing_nodes(dressing);
    double *dressed = malloc((size_t)P * n * sizeof *dressed), density, current, dual = 0;
    assert_non_null(dressed);
    KZ_CHECK_OK(kz_dressing_apply(dressed, dressing, odd_charge, NULL));
    KZ_CHECK_OK(kz_dressing_average(&density, &current, dressing, odd_charge, NULL));
    for (int j = 1; j <= P; j++) {
        for (size_t i = 0; i < n; i++)
            dual += kz_test_strings(P, 1)->sign[j - 1] * kz_dressing_filling(dressing, j, i) *
                    dressed[(size_t)(j - 1) * n + i] * kz_dressing_weight(dressing, i) *
                    kz_string_kernel(kz_test_strings(P, 1), kz_test_strings(P, 1)->length[j - 1],
                                     kz_test_strings(P, 1)->parity[j - 1],
                                     kz_dressing_lambda(dressing, i));
    }
    KZ_CHECK_CLOSE(dual, density, 1e-12); /* exact for the discrete system: rounding only */
    free(dressed);
    kz_dressing_free(dressing);
}

/* In a thermal state the dressed magnetization is d ln eta / d mu: a constant charge. */
static void constant_charge_is_a_derivative(void **state)
{
    (void)state;
    int P = 3;
    const double beta = 1.2, mu = 0.6, step = 1e-3;
    kz_state thermal = kz_state_thermal(beta, mu);
    kz_dressing *dressing;
    kz_full_thermal *at[4];
    static const double shift[4] = {-2, -1, 1, 2};
    KZ_CHECK_OK(kz_dressing_create(&dressing, kz_chain_xxz(P), &thermal, &thermal, 0, 1e-10));
    for (int i = 0; i < 4; i++)
        KZ_CHECK_OK(kz_full_thermal_create(&at[i], kz_chain_xxz(P), beta, mu + shift[i] * step, 13,
                                           M_PI / P, 14));
    size_t n = kz_dressing_nodes(dressing);
    double *dressed = malloc((size_t)P * n * sizeof *dressed);
    assert_non_null(dressed);
    KZ_CHECK_OK(kz_dressing_apply(dressed, dressing, length_charge, &P));
    for (int j = 1; j <= P; j++) {
        for (size_t i = 0; i < n; i += 17) {
            double lambda = kz_dressing_lambda(dressing, i), value[4];
            for (int k = 0; k < 4; k++)
                value[k] = kz_full_thermal_log_eta(at[k], j, lambda);
            double derivative = (value[0] - 8 * value[1] + 8 * value[2] - value[3]) / (12 * step);
            /* five points: step^4/30 f^(5) + 1e-12/step */
            KZ_CHECK_CLOSE(dressed[(size_t)(j - 1) * n + i], derivative, 5e-9);
        }
    }
    free(dressed);
    for (int i = 0; i < 4; i++)
        kz_full_thermal_free(at[i]);
    kz_dressing_free(dressing);
}

static double broken_charge(int j, double lambda, void *context)
{
    (void)context;
    return j == 2 && fabs(lambda) < 1 ? NAN : 1;
}

static void errors_leave_outputs_alone(void **state)
{
    (void)state;
    kz_state thermal = kz_state_thermal(1, 0), broken = kz_state_thermal(NAN, 0);
    kz_dressing *dressing = (kz_dressing *)&thermal;
    KZ_CHECK_STATUS(kz_dressing_create(&dressing, kz_chain_xxz(1), &thermal, &thermal, 0, 1e-6),
                    KZ_EINVAL);
    assert_null(dressing);
    KZ_CHECK_STATUS(kz_dressing_create(&dressing, kz_chain_xxz(3), &thermal, &broken, 0, 1e-6),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(kz_dressing_create(&dressing, kz_chain_xxz(3), &thermal, &thermal, NAN, 1e-6),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(kz_dressing_create(&dressing, kz_chain_xxz(3), &thermal, &thermal, 0, 0),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(kz_dressing_create(&dressing, kz_chain_xxz(64), &thermal, &thermal, 0, 1e-9),
                    KZ_ENOMEM);
    KZ_CHECK_OK(kz_dressing_create(&dressing, kz_chain_xxz(3), &thermal, &thermal, 0, 1e-4));
    double density = 7, current = 8;
    KZ_CHECK_STATUS(kz_dressing_average(&density, &current, dressing, broken_charge, NULL),
                    KZ_EDOMAIN);
    assert_true(density == 7 && current == 8);
    double *dressed = calloc(3 * kz_dressing_nodes(dressing), sizeof *dressed);
    assert_non_null(dressed);
    KZ_CHECK_STATUS(kz_dressing_apply(dressed, dressing, broken_charge, NULL), KZ_EDOMAIN);
    assert_true(dressed[0] == 0);
    free(dressed);
    kz_dressing_free(dressing);
}

static void allocation_failures_are_reported(void **state)
{
    (void)state;
    kz_state left = kz_state_thermal(1, 0.2), right = kz_state_ground(0.3);
    kz_dressing *dressing;
    kz_status status = KZ_ENOMEM;
    unsigned long k = 0;
    while (status == KZ_ENOMEM && k < 1000) {
        kz_alloc_fail_at(++k);
        status = kz_dressing_create(&dressing, kz_chain_xxz(2), &left, &right, 0.1, 1e-3);
        if (status != KZ_OK) assert_null(dressing);
    }
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(status);
    assert_true(k > 10); /* every allocation was failed once */
    kz_dressing_free(dressing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_agree_on_thermal_states),
        cmocka_unit_test(engines_agree_on_random_rays),
        cmocka_unit_test(engines_agree_where_crossings_come_in_pairs),
        cmocka_unit_test(engines_agree_beside_infinite_rapidity),
        cmocka_unit_test(dressing_is_symmetric),
        cmocka_unit_test(constant_charge_is_a_derivative),
        cmocka_unit_test(errors_leave_outputs_alone),
        cmocka_unit_test(allocation_failures_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
