/* States on the meshes of a ray, by way of a smooth mesh where kernels are narrow.
 * src/ghd/level/solver.h. */
#include "ghd/level/solver.h"

#include "core/memory.h"
#include "support/check.h"

/* Residual of the equations. */
static const double TOL = 1e-15;

/* As rays would have it at tol 1e-9 or so, or, where the smooth mesh does not pay, coarser. */
static kz_grid grid_of(int P, int Q, size_t half)
{
    return (kz_grid){.chain = kz_chain_rational(P, Q), .half = half, .window = 12};
}

/* Largest difference of the weights, that of the string apart included; INFINITY where one has such
 * a string and the other none. */
static double distance(const kz_fillings *a, const kz_fillings *b)
{
    double result = fabs(a->fermi_point - b->fermi_point);
    if (a->n != b->n || a->rows != b->rows || a->sea_row != b->sea_row) return INFINITY;
    for (size_t i = 0; i < a->n * (size_t)a->rows; i++)
        result = kz_check_largest(result, fabs(a->hole[i] - b->hole[i]));
    for (size_t k = 0; k < a->n; k++)
        result = kz_check_largest(result, fabs(a->polarisation[k] - b->polarisation[k]));
    for (int f = 0; f < a->rows; f++)
        result = kz_check_largest(result, fabs(a->edge[f] - b->edge[f]));
    return result;
}

/* The same without a solver: equations on the mesh itself, from a cold start. */
static double error_on(const kz_fillings *fillings, kz_grid grid, const kz_state *state, bool whole)
{
    kz_fillings_guess guess = {.whole = whole};
    kz_convolution *even;
    kz_local *local;
    kz_fillings *expected;
    KZ_CHECK_OK(kz_convolution_create(&even, grid, KZ_EVEN));
    KZ_CHECK_OK(kz_local_create(&local, even));
    KZ_CHECK_OK(kz_alloc_doubles(&guess.z, (size_t)even->rows * even->n));
    KZ_CHECK_OK(kz_fillings_create(&expected, state, even, local, TOL, &guess));
    double result = distance(fillings, expected);
    kz_free(guess.z);
    kz_fillings_free(expected);
    kz_local_free(local);
    kz_convolution_free(even);
    return result;
}

/* One after the other in one solver, so that each starts from the one before. */
static void compare(kz_grid grid, const kz_state *state, int states, bool whole, double tol)
{
    kz_level_solver *solver;
    kz_grid fine = grid;
    fine.half *= 2;
    KZ_CHECK_OK(kz_level_solver_create(&solver, grid));
    if (whole) kz_level_solver_keep_whole(solver);
    for (int i = 0; i < states; i++) {
        kz_fillings *out[2];
        KZ_CHECK_OK(kz_level_solver_solve(out, solver, i % 2, &state[i], TOL));
        KZ_CHECK_CLOSE(error_on(out[0], grid, &state[i], whole), 0, tol);
        KZ_CHECK_CLOSE(error_on(out[1], fine, &state[i], whole), 0, tol);
        kz_fillings_free(out[0]);
        kz_fillings_free(out[1]);
    }
    kz_level_solver_free(solver);
}

static void exact_smooth_states(void **unused)
{
    (void)unused;
    const kz_state state[] = {kz_state_thermal(0.5, 0.5),   kz_state_thermal(2, 0.1),
                              kz_state_thermal(-3, 0),      kz_state_thermal(0, -2.5),
                              kz_state_thermal(-0.2, 1e-3), kz_state_thermal(8, -1.2)};
    /* rounding of logarithms up to |beta| = 8 */
    compare(grid_of(100, 41, 4000), state, 6, false, 1e-13);
    compare(grid_of(29, 12, 2000), state, 6, false, 1e-13);
    compare(grid_of(100, 59, 4000), state, 6, false, 1e-13);
    compare(grid_of(5, 2, 120), state, 6, false, 1e-13); /* the smooth mesh does not pay */
}

/* Poles at a distance of T from the axis: the smooth mesh does not know these states. */
static void exact_states_that_are_not_smooth(void **unused)
{
    (void)unused;
    const kz_state state[] = {kz_state_thermal(40, 16), kz_state_thermal(-30, 10),
                              kz_state_thermal(50, -20)};
    compare(grid_of(41, 17, 3000), state, 3, true, 1e-12);
}

/* Nor those that are no solution of equations, or have a string apart, whose Fermi point is that of
 * Newton's last step. */
static void exact_other_states(void **unused)
{
    (void)unused;
    const kz_state state[] = {kz_state_ground(0),
                              kz_state_thermal(1, 0.5),
                              kz_state_ground(0.4),
                              kz_state_ceiling(),
                              kz_state_up(),
                              kz_state_thermal(100, 40),
                              kz_state_thermal(-200, 50),
                              kz_state_down(),
                              kz_state_thermal(10, 5),
                              kz_state_thermal(-10.5, 6)};
    compare(grid_of(41, 17, 3000), state, 10, false, 1e-11);
}

static void memory_allocations_can_fail(void **unused)
{
    (void)unused;
    const kz_grid grid = grid_of(41, 17, 2000);
    const kz_state state[] = {kz_state_thermal(0.5, 0.8), kz_state_thermal(9.9, 6)};
    for (int i = 0; i < 2; i++) {
        kz_status status = KZ_ENOMEM;
        for (unsigned long k = 1; status != KZ_OK; k++) {
            kz_level_solver *solver;
            kz_fillings untouched, *out[2] = {&untouched, &untouched};
            kz_alloc_fail_at(k);
            status = kz_level_solver_create(&solver, grid);
            if (status == KZ_OK) status = kz_level_solver_solve(out, solver, 0, &state[i], TOL);
            kz_alloc_fail_at(0);
            assert_true(status == KZ_OK || status == KZ_ENOMEM);
            assert_true(status == KZ_OK || (out[0] == &untouched && out[1] == &untouched));
            if (status == KZ_OK) kz_fillings_free(out[0]);
            if (status == KZ_OK) kz_fillings_free(out[1]);
            kz_level_solver_free(solver);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_smooth_states),
        cmocka_unit_test(exact_states_that_are_not_smooth),
        cmocka_unit_test(exact_other_states),
        cmocka_unit_test(memory_allocations_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
