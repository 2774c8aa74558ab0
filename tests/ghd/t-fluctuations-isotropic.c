/* Full counting statistics at Delta = 1, on single grids: long-isotropic-fluctuations.c has what
 * takes longer. */
#include <string.h>

#include "ghd/counting/isotropic_bias.h"
#include "ghd/counting/isotropic_weighting.h"
#include "ghd/level/level.h"
#include "ghd/statistics.h"
#include "ghd/support.h"
#include "tba/isotropic/isotropic.h"

static kz_grid grid_of(int half, int rows)
{
    return (kz_grid){.chain = kz_chain_axial(1),
                     .half = (size_t)half,
                     .window = kz_isotropic_width(rows),
                     .order = rows};
}

static void solve_points(kz_fluctuation *out, kz_grid grid, kz_state left, kz_state right,
                         const double *lambda, int n)
{
    kz_isotropic_bias *bias;
    KZ_CHECK_OK(kz_isotropic_bias_create(&bias, grid, &left, &right, KZ_CHARGE_ENERGY));
    for (int i = 0; i < n; i++)
        KZ_CHECK_OK(kz_isotropic_bias_solve(&out[i], bias, lambda[i], 1e-13));
    kz_isotropic_bias_free(bias);
}

/* The same of the spin, the long strings held to a side, from which they are to come. */
static void solve_spin(kz_fluctuation *out, kz_grid grid, kz_state left, kz_state right, int side,
                       const double *lambda, int n)
{
    kz_isotropic_bias *bias;
    KZ_CHECK_OK(kz_isotropic_bias_create(&bias, grid, &left, &right, KZ_CHARGE_SPIN));
    kz_isotropic_bias_hold(bias, side);
    for (int i = 0; i < n; i++) {
        KZ_CHECK_OK(kz_isotropic_bias_solve(&out[i], bias, lambda[i], 1e-12));
        assert_true(kz_isotropic_bias_agrees(bias));
    }
    kz_isotropic_bias_free(bias);
}

/* Without weighting the strings end as those of the state; the derivatives of a weighted end are
 * those of its differences, also for functions that are not even. */
static void property_closure(void **unused)
{
    (void)unused;
    enum { ROWS = 4, HALF = 30, M = 2 * HALF + 1 };
    kz_isotropic_weighting w;
    kz_isotropic_state state[2];
    kz_state thermal = kz_state_thermal(0.7, 0.4);
    double closing[M * M], polarisation[M], x[M], beyond[3][M], zero[ROWS * M] = {0};
    for (int side = 0; side < 2; side++)
        KZ_CHECK_OK(kz_isotropic_state_create(&state[side], &thermal));
    KZ_CHECK_OK(kz_isotropic_weighting_create(&w, grid_of(HALF, ROWS), state, KZ_CHARGE_ENERGY));
    const kz_isotropic_side *left = &w.level->side[KZ_LEFT];
    memcpy(closing, left->closing, sizeof closing);
    memcpy(polarisation, left->polarisation, sizeof polarisation);
    KZ_CHECK_OK(kz_isotropic_weighting_apply(&w, zero, 0, NULL, 0));
    for (int i = 0; i < M; i++) {
        assert_true(w.beyond[KZ_LEFT][i] == 0);
        KZ_CHECK_CLOSE(left->polarisation[i], polarisation[i], 1e-12);
        for (int j = 0; j < M; j++)
            KZ_CHECK_CLOSE(left->closing[i * M + j], closing[i * M + j], 1e-12);
    }
    const double step = 1e-4, size[] = {0.5 - step, 0.5 + step, 0.5};
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < M; i++) {
            double lambda = w.level->nodes->lambda[i] - 0.4;
            x[i] = size[k] / (1 + lambda * lambda);
        }
        KZ_CHECK_OK(kz_isotropic_tilt_solve(beyond[k], &w.tilt[KZ_LEFT], x, 0));
    }
    KZ_CHECK_OK(kz_isotropic_tilt_close(closing, polarisation, &w.tilt[KZ_LEFT], 0));
    for (int i = 0; i < M; i++) {
        double sum = 0;
        for (int j = 0; j < M; j++) {
            double lambda = w.level->nodes->lambda[j] - 0.4;
            sum += closing[i * M + j] / (1 + lambda * lambda);
        }
        KZ_CHECK_CLOSE((beyond[1][i] - beyond[0][i]) / (2 * step), sum, 1e-10);
    }
    for (int k = 0; k < 2; k++) /* x is that of the last one */
        KZ_CHECK_OK(kz_isotropic_tilt_solve(beyond[k], &w.tilt[KZ_LEFT], x, k ? step : -step));
    for (int i = 0; i < M; i++)
        KZ_CHECK_CLOSE((beyond[1][i] - beyond[0][i]) / (2 * step), polarisation[i], 1e-8);
    kz_isotropic_weighting_free(&w);
}

/* F(lambda) = F(beta_left - beta_right - lambda), with any number of rows where the strings beyond
 * are at equal |mu| = 0; else as far as they are taken to come from one side. */
static void exact_fluctuation_symmetry(void **unused)
{
    (void)unused;
    const double lambda[] = {0.6, -1.1, -1.1 - 0.6};
    static const double mu[] = {0, 0.8}, tol[] = {1e-11, 1e-7};
    for (int i = 0; i < 2; i++) {
        kz_fluctuation at[3];
        kz_grid grid = grid_of(i ? 60 : 80, 6);
        kz_state left = kz_state_thermal(0.4, mu[i]), right = kz_state_thermal(1.5, -mu[i]);
        solve_points(at, grid, left, right, lambda, 1);
        solve_points(at + 1, grid, left, right, lambda + 1, 2);
        KZ_CHECK_CLOSE(at[0].generating, at[2].generating, tol[i]);
        KZ_CHECK_CLOSE(at[0].current, -at[2].current, tol[i]);
        KZ_CHECK_CLOSE(at[1].generating, 0, tol[i]);
        assert_true(at[0].generating > 0.02);
    }
}

/* Between pure states nothing fluctuates: F = c_1 lambda. */
static void exact_pure(void **unused)
{
    (void)unused;
    const kz_state pure[][2] = {{kz_state_ground(0), kz_state_up()},
                                {kz_state_ceiling(), kz_state_ground(0.5)},
                                {kz_state_up(), kz_state_down()}};
    const double lambda[] = {0.4, 3};
    for (int i = 0; i < 3; i++) {
        kz_fluctuation at[2];
        solve_points(at, grid_of(50, 3), pure[i][0], pure[i][1], lambda, 2);
        double current = 0; /* of up and down */
        if (i < 2)
            current = ray_of(kz_chain_axial(1), pure[i][0], pure[i][1], 0, 1e-4).energy_current;
        for (int k = 0; k < 2; k++) {
            KZ_CHECK_CLOSE(at[k].current, current, 1e-5);
            KZ_CHECK_CLOSE(at[k].generating, lambda[k] * at[k].current, 1e-11);
        }
        assert_true(i == 2 || fabs(current) > 0.1);
    }
}

/* F, a sum over all strings, against the integral of dF/dlambda, a sum of the first one, where no
 * string begins to cross. */
static void property_derivative(void **unused)
{
    (void)unused;
    static const double node[2] = {0.3399810435848563, 0.8611363115940526};
    static const double weight[2] = {0.6521451548625461, 0.3478548451374538};
    static const struct {
        kz_state left, right;
        double tol;
    } cases[] = {{{KZ_STATE_THERMAL, 0.3, 0.5, 0}, {KZ_STATE_THERMAL, 1.5, 0, 0}, 1e-11},
                 {{KZ_STATE_GROUND, 0, 0, 0.5}, {KZ_STATE_THERMAL, 0.5, 0.4, 0}, 1e-9}};
    for (int k = 0; k < 2; k++) {
        double lambda[6] = {0.6, 0.7}, sum = 0;
        for (int i = 0; i < 4; i++)
            lambda[2 + i] = 0.65 + 0.05 * (i % 2 ? 1 : -1) * node[i / 2];
        kz_fluctuation at[6];
        solve_points(at, grid_of(80, 6), cases[k].left, cases[k].right, lambda, 6);
        for (int i = 0; i < 4; i++)
            sum += 0.05 * weight[i / 2] * at[2 + i].current;
        KZ_CHECK_CLOSE(at[1].generating - at[0].generating, sum, cases[k].tol);
    }
}

/* The first cumulant is the current of a ray, the second its noise. */
static void property_weak(void **unused)
{
    (void)unused;
    const double lambda[] = {0, 0.01, -0.01};
    kz_state left = kz_state_thermal(-0.4, 0.3), right = kz_state_thermal(1, 0.3);
    kz_fluctuation at[3];
    solve_points(at, grid_of(70, 6), left, right, lambda, 3);
    kz_ray ray = ray_of(kz_chain_axial(1), left, right, 0, 1e-4);
    kz_noise noise = noise_of(kz_chain_axial(1), left, right, 1e-4);
    KZ_CHECK_CLOSE(at[0].current, ray.energy_current, 1e-6);
    KZ_CHECK_CLOSE(0.5 * (at[1].current - at[2].current) / 0.01, noise.energy, 1e-4 * noise.energy);
    KZ_CHECK_CLOSE((at[1].generating + at[2].generating) / 1e-4, noise.energy, 1e-4 * noise.energy);
    assert_true(at[0].generating == 0);
}

/* The spin at equal beta: F(lambda) = F(mu_right - mu_left - lambda), where the long strings come
 * from the other half.  As the energy's at fields that differ. */
static void exact_spin_fluctuation_symmetry(void **unused)
{
    (void)unused;
    const double there[] = {0.3, 0.9}, back[] = {-0.6 - 0.3, -0.6 - 0.9};
    kz_fluctuation at[2], image[2];
    kz_state left = kz_state_thermal(1, 3), right = kz_state_thermal(1, 2.4);
    solve_spin(at, grid_of(70, 4), left, right, KZ_LEFT, there, 2);
    solve_spin(image, grid_of(70, 4), left, right, KZ_RIGHT, back, 2);
    for (int i = 0; i < 2; i++) {
        KZ_CHECK_CLOSE(at[i].generating, image[i].generating, 1e-7);
        KZ_CHECK_CLOSE(at[i].current, -image[i].current, 1e-10);
        assert_true(at[i].generating > 0.005);
    }
}

/* The spin's first two cumulants, current and noise of the ray, which other sums find; of thermal
 * halves and beside a polarised one. */
static void property_spin_weak(void **unused)
{
    (void)unused;
    const double step = 0.01, lambda[] = {0, step, -step};
    kz_state left[] = {kz_state_thermal(0.4, 0.9), kz_state_up()};
    kz_state right[] = {kz_state_thermal(1.6, -0.2), kz_state_thermal(0.5, 0.3)};
    for (int i = 0; i < 2; i++) {
        kz_fluctuation at[3];
        solve_spin(at, grid_of(60, 6), left[i], right[i], KZ_LEFT, lambda, 3);
        kz_ray ray = ray_of(kz_chain_axial(1), left[i], right[i], 0, 1e-4);
        kz_noise noise = noise_of(kz_chain_axial(1), left[i], right[i], 1e-4);
        double second = 0.5 * (at[1].current - at[2].current) / step;
        KZ_CHECK_CLOSE(at[0].current, ray.spin_current, 1e-6);
        KZ_CHECK_CLOSE(second, noise.spin, 1e-3 * noise.spin);
        KZ_CHECK_CLOSE((at[1].generating + at[2].generating) / (step * step), second,
                       1e-3 * second);
        KZ_CHECK_CLOSE(at[1].generating - at[2].generating, 2 * step * ray.spin_current, 1e-6);
        assert_true(at[0].generating == 0 && fabs(ray.spin_current) > 0.03);
    }
}

/* A leap from the state of one half arrives where steps do. */
static void property_leap(void **unused)
{
    (void)unused;
    const double lambda = 0.8;
    kz_fluctuation walked, leapt;
    kz_isotropic_bias *bias;
    kz_state left = kz_state_thermal(0.4, 0.9), right = kz_state_thermal(1.6, -0.2);
    kz_state weighted = kz_state_thermal(0.4, 0.9 + lambda);
    solve_spin(&walked, grid_of(40, 4), left, right, KZ_LEFT, &lambda, 1);
    KZ_CHECK_OK(kz_isotropic_bias_create(&bias, grid_of(40, 4), &left, &right, KZ_CHARGE_SPIN));
    kz_isotropic_bias_hold(bias, KZ_LEFT);
    KZ_CHECK_OK(kz_isotropic_bias_leap(bias, lambda, &weighted));
    KZ_CHECK_OK(kz_isotropic_bias_solve(&leapt, bias, lambda, 1e-12));
    KZ_CHECK_CLOSE(walked.generating, leapt.generating, 1e-9);
    KZ_CHECK_CLOSE(walked.current, leapt.current, 1e-9);
    kz_isotropic_bias_free(bias);
}

/* A domain wall does not move, and nothing is to be told apart there. */
static void exact_spin_of_a_wall(void **unused)
{
    (void)unused;
    const double lambda[] = {0.5, -2};
    for (int side = 0; side < 2; side++) {
        kz_fluctuation at[2];
        solve_spin(at, grid_of(40, 3), kz_state_up(), kz_state_down(), side, lambda, 2);
        for (int i = 0; i < 2; i++)
            KZ_CHECK_CLOSE(at[i].generating, 0, 1e-12);
    }
}

static void errors(void **unused)
{
    (void)unused;
    kz_options options = kz_options_default();
    kz_state left = kz_state_thermal(1, 0.5), right = kz_state_thermal(1, 0.2);
    const double lambda = 0.3;
    kz_fluctuation point = {.lambda = 7};
    for (int i = -1; i <= 1; i += 2) {
        KZ_CHECK_STATUS(kz_fluctuations_flow(&point, NULL, kz_chain_axial(i), &left, &right,
                                             KZ_CHARGE_ENERGY, &lambda, 1, &options),
                        KZ_EINVAL);
    }
    assert_true(point.lambda == 7);
}

/* Every allocation may fail. */
static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(0.5, 0.3), right = kz_state_thermal(1, 0.3);
    kz_fluctuation point;
    unsigned long allocations = 0;
    for (unsigned long k = 0; k <= allocations; k++) {
        kz_isotropic_bias *bias;
        point.lambda = -7;
        kz_alloc_fail_at(k);
        kz_status status =
            kz_isotropic_bias_create(&bias, grid_of(30, 2), &left, &right, KZ_CHARGE_ENERGY);
        if (status != KZ_OK) assert_null(bias);
        if (status == KZ_OK) status = kz_isotropic_bias_solve(&point, bias, 0.1, 1e-3);
        assert_true(status == (k == 0 ? KZ_OK : KZ_ENOMEM));
        assert_true((point.lambda == -7) == (k > 0));
        if (k == 0) allocations = kz_alloc_count();
        kz_isotropic_bias_free(bias);
    }
    kz_alloc_fail_at(0);
    assert_true(allocations > 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_closure),
        cmocka_unit_test(exact_fluctuation_symmetry),
        cmocka_unit_test(exact_pure),
        cmocka_unit_test(property_derivative),
        cmocka_unit_test(property_weak),
        cmocka_unit_test(exact_spin_fluctuation_symmetry),
        cmocka_unit_test(property_spin_weak),
        cmocka_unit_test(property_leap),
        cmocka_unit_test(exact_spin_of_a_wall),
        cmocka_unit_test(errors),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
