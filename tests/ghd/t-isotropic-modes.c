/* Modes of the kernel s of the isotropic chain, and its far states. */
#include <string.h>

#include "core/memory.h"
#include "ghd/isotropic/level.h"
#include "ghd/isotropic/panels.h"
#include "ghd/level/level.h"
#include "support/check.h"
#include "tba/isotropic/isotropic.h"

enum { HALF = 80, ROWS = 7, COUNT = 2 * HALF + 1, SIZE = ROWS * COUNT };

static kz_isotropic_level *level_of(double beta, double mu)
{
    kz_isotropic_level *level = NULL;
    kz_isotropic_state state = {.state = kz_state_thermal(beta, mu)};
    kz_grid grid = {.chain = kz_chain_axial(1),
                    .half = HALF,
                    .window = kz_isotropic_width(ROWS),
                    .order = ROWS};
    KZ_CHECK_OK(
        kz_isotropic_level_create(&level, grid, (kz_isotropic_state[]){state, state}, -1, 0));
    return level;
}

/* (n/2 pi)/(lambda^2 + n^2/4). */
static double lorentzian(int n, double lambda)
{
    return n / (2 * M_PI) / (lambda * lambda + 0.25 * n * n);
}

/* At beta = 0 fillings do not depend on lambda: D_n = 1 - 1/(n+1)^2, and
 * rho^t_n = (n+1)/2 [a_n/n - a_{n+2}/(n+2)], a_n Lorentzians. */
static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    kz_isotropic_level *level = level_of(0, 0);
    double rho[SIZE] = {0}, scratch[SIZE];
    for (int i = 0; i < COUNT; i++)
        rho[i] = level->circle.scale[i] * level->circle.source[0][i];
    kz_isotropic_far_solve(rho, &level->side[0].far, &level->circle.modes, scratch);
    for (int f = 0; f < ROWS; f++) {
        int n = f + 1;
        for (int i = 0; i < COUNT; i++) {
            double lambda = level->nodes->lambda[i];
            double exact =
                0.5 * (n + 1) * (lorentzian(n, lambda) / n - lorentzian(n + 2, lambda) / (n + 2));
            KZ_CHECK_CLOSE(rho[f * COUNT + i] / level->circle.scale[i], exact, 1e-11);
        }
    }
    kz_isotropic_level_free(level);
}

/* Panels of the whole line, its far ends and the gaps between far nodes among them, do what the
 * circle does; of what they project only smooth functions know. */
static void exact_whole_line(void **unused)
{
    (void)unused;
    static const double cut[] = {-INFINITY, -70, 3.7, 300, INFINITY};
    kz_tangent *nodes;
    kz_isotropic_circle circle;
    kz_isotropic_spans spans = {0};
    kz_isotropic_panels panels = {0};
    double q[COUNT], kernel[COUNT], projected[COUNT] = {0}, sum = 0, odd = 0;
    KZ_CHECK_OK(kz_tangent_create(&nodes, HALF, 2.5));
    KZ_CHECK_OK(kz_isotropic_circle_create(&circle, nodes));
    for (int i = 0; i + 1 < 5; i++)
        KZ_CHECK_OK(kz_isotropic_spans_add(&spans, 0, 0, cut[i], cut[i + 1]));
    KZ_CHECK_OK(kz_isotropic_panels_set(&panels, &circle, 1, &spans));
    for (int i = 0; i < COUNT; i++) /* without a parity */
        q[i] = lorentzian(3, nodes->lambda[i] - 0.4);
    KZ_CHECK_CLOSE(kz_isotropic_panels_integrate(&panels, 0, q, 0, NULL), 1, 1e-12);
    assert_true(kz_isotropic_panels_convolve(kernel, &panels, COUNT, 0, q, 0));
    kz_isotropic_panels_project(projected, &panels, &circle, 0, q, 0);
    for (int i = 0; i < COUNT; i++) {
        double exact = 0, scale = circle.stretch[i];
        for (int j = 0; j < COUNT; j++)
            exact += nodes->s[i * COUNT + j] * q[j];
        KZ_CHECK_CLOSE(scale * kernel[i], scale * exact, 1e-11);
        sum += nodes->weight[i] * projected[i];
        odd += nodes->weight[i] * projected[i] * lorentzian(2, nodes->lambda[i] + 1);
    }
    KZ_CHECK_CLOSE(sum, 1, 1e-11);
    KZ_CHECK_CLOSE(odd, lorentzian(5, 1.4), 1e-11); /* a_2 * a_3 */
    kz_isotropic_panels_free(&panels);
    kz_isotropic_spans_free(&spans);
    kz_isotropic_circle_free(&circle);
    kz_tangent_free(nodes);
}

static void property_orthonormal(void **unused)
{
    (void)unused;
    kz_isotropic_modes m;
    KZ_CHECK_OK(kz_isotropic_modes_create(&m, HALF, 2.5));
    for (int k = 0; k < COUNT; k++) {
        for (int l = 0; l <= k; l++) {
            double sum = 0;
            for (int i = 0; i < COUNT; i++)
                sum += m.vector[k * COUNT + i] * m.vector[l * COUNT + i];
            KZ_CHECK_CLOSE(sum, k == l, 1e-13);
        }
        assert_true(m.value[k] >= 0 && m.value[k] <= 0.5);
    }
    kz_isotropic_modes_free(&m);
}

/* One is the inverse of the other, whatever the fillings. */
static void property_inverse(void **unused)
{
    (void)unused;
    uint64_t seed = 20261126;
    print_message("# seed %llu\n", (unsigned long long)seed);
    kz_isotropic_level *level = level_of(1.3, 0.4);
    double x[SIZE], y[SIZE], scratch[SIZE];
    for (int i = 0; i < SIZE; i++)
        x[i] = y[i] = kz_check_uniform(&seed, -1, 1);
    const kz_isotropic_far *far = &level->side[0].far;
    kz_isotropic_far_apply(y, far, &level->circle.modes, scratch);
    kz_isotropic_far_solve(y, far, &level->circle.modes, scratch);
    for (int i = 0; i < SIZE; i++)
        KZ_CHECK_CLOSE(y[i], x[i], 1e-12);
    kz_isotropic_level_free(level);
}

/* Beside a full string 1 all others are in the thermal state. */
static void check_shared(const kz_isotropic_level *level)
{
    const kz_isotropic_side *thermal = &level->side[KZ_LEFT], *full = &level->side[KZ_RIGHT];
    size_t matrix = COUNT * COUNT * sizeof(double), row = COUNT * sizeof(double);
    for (int i = 0; i < COUNT; i++)
        assert_true(full->hole[i] == 0 && thermal->hole[i] > 0);
    assert_memory_equal(full->hole + COUNT, thermal->hole + COUNT, (ROWS - 1) * row);
    assert_memory_equal(full->closing, thermal->closing, matrix);
    assert_memory_equal(full->weight, thermal->weight, 2 * row);
    assert_memory_equal(full->polarisation, thermal->polarisation, row);
    assert_true(full->mu == thermal->mu && full->mu != 0);
}

/* A state that a level is led to is that of one made for it. */
static void property_set(void **unused)
{
    (void)unused;
    kz_isotropic_state first[] = {{.state = kz_state_thermal(-0.4, 0)},
                                  {.state = kz_state_ground(0)}};
    kz_isotropic_state then[] = {{.state = kz_state_thermal(1.7, 0.3)}, first[1]};
    kz_grid grid = {.chain = kz_chain_axial(1),
                    .half = HALF,
                    .window = kz_isotropic_width(ROWS),
                    .order = ROWS};
    kz_isotropic_level *moved, *made;
    KZ_CHECK_OK(kz_isotropic_level_create(&moved, grid, first, KZ_LEFT, 2));
    KZ_CHECK_OK(kz_isotropic_level_set(moved, &then[0].state));
    KZ_CHECK_OK(kz_isotropic_level_create(&made, grid, then, KZ_LEFT, 2));
    for (int side = 0; side < 2; side++) {
        const kz_isotropic_side *a = &moved->side[side], *b = &made->side[side];
        for (int i = 0; i < SIZE; i++)
            KZ_CHECK_CLOSE(a->hole[i], b->hole[i], 1e-13);
        for (int i = 0; i < COUNT * COUNT; i++)
            KZ_CHECK_CLOSE(a->closing[i], b->closing[i], 1e-12);
        for (int i = 0; i < COUNT; i++)
            KZ_CHECK_CLOSE(a->polarisation[i], b->polarisation[i], 1e-11);
        for (int i = 0; i < 2 * COUNT; i++)
            KZ_CHECK_CLOSE(a->weight[i], b->weight[i], 1e-12);
        assert_true(a->mu == b->mu);
        for (int i = 0; i < SIZE; i++)
            KZ_CHECK_CLOSE(a->far.pivot[i], b->far.pivot[i], 1e-12);
    }
    check_shared(moved);
    for (int k = 0; k < 2; k++) {
        const kz_isotropic_side *a = &moved->side[KZ_LEFT], *b = &made->side[KZ_LEFT];
        for (int i = 0; i < SIZE; i++)
            KZ_CHECK_CLOSE(a->hole_by[k][i], b->hole_by[k][i], 1e-11);
        for (int i = 0; i < COUNT * COUNT; i++)
            KZ_CHECK_CLOSE(a->closing_by[k][i], b->closing_by[k][i], 1e-11);
        for (int i = 0; i < COUNT; i++)
            KZ_CHECK_CLOSE(a->polarisation_by[k][i], b->polarisation_by[k][i], 1e-11);
    }
    kz_isotropic_level_free(moved);
    kz_isotropic_level_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(exact_whole_line),
        cmocka_unit_test(property_orthonormal),
        cmocka_unit_test(property_inverse),
        cmocka_unit_test(property_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
