/* Rays on given grids: where the crossings are, and how errors fall with the spacing. */
#include "ghd/support.h"

#include "ghd/ray/ray.h"
#include "ghd/ray/work.h"

static const double pi = 3.14159265358979323846;

/* The crossings reported, seen from outside: d = (v - zeta) rho^t has the sign of the region at
 * every node where it is resolved, and each count is the known one. */
static kz_ray solve_on(kz_level *level, double zeta, int crossings[8], double edges[2])
{
    kz_ray_work *work;
    kz_ray ray;
    kz_ray_report report;
    KZ_CHECK_OK(kz_ray_work_create(&work, level));
    KZ_CHECK_OK(kz_ray_solve(&ray, work, zeta, 1e-12, true, &report));
    const kz_convolution *c = level->coarse.full;
    for (int f = 0; f < level->rows; f++) {
        const kz_region *region = kz_ray_region(work, f);
        crossings[f] = 0;
        for (int e = 0; e < region->count; e++) {
            if (fabs(region->edge[e]) > 10)
                continue; /* densities below e^{-20}: the period closes */
            if (f == 0 && crossings[f] < 2) edges[crossings[f]] = region->edge[e];
            crossings[f]++;
        }
        for (size_t k = 0; k < c->n; k++) {
            double d = work->d[(size_t)f * c->n + k];
            bool inside = region->starts_inside;
            for (int e = 0; e < region->count && region->edge[e] < c->lambda[k]; e++)
                inside = !inside;
            if (fabs(d) > 1e-11) assert_true(inside == (d > 0)); /* the solves' own 1e-12 */
        }
    }
    kz_ray_work_free(work);
    return ray;
}

static kz_level *level_of(int P, size_t half, double window, kz_state left, kz_state right)
{
    kz_level *level;
    kz_grid grid = {.chain = kz_chain_xxz(P), .half = half, .window = window};
    KZ_CHECK_OK(kz_level_create(&level, grid, &left, &right, NULL, 1e-13));
    return level;
}

static void property_signs_and_crossings(void **unused)
{
    (void)unused;
    int crossings[8];
    double edges[2];
    kz_level *level = level_of(4, 480, 14, hot(0.5), hot(2));
    for (double zeta = -1.3; zeta < 1.31; zeta += 0.1)
        solve_on(level, zeta, crossings, edges);
    solve_on(level, -0.2, crossings, edges);
    for (int f = 0; f < 3; f++) /* below every v_j(infinity) */
        assert_int_equal(crossings[f], 1);
    solve_on(level, -1.1, crossings, edges);
    assert_int_equal(crossings[0], 2); /* v_1(infinity) < 1.1 < max v_1 */
    solve_on(level, -1.3, crossings, edges);
    for (int f = 0; f < 3; f++)
        assert_int_equal(crossings[f], 0);
    kz_level_free(level);
    /* the right half of the paper's junction: crossings at -2.48 and -0.0066 */
    level = level_of(4, 480, 14, hot(0.757), kz_state_ground(0));
    kz_ray ray = solve_on(level, 0, crossings, edges);
    assert_int_equal(crossings[0], 2);
    KZ_CHECK_CLOSE(edges[0], -2.48, 5e-3);
    KZ_CHECK_CLOSE(edges[1], -0.0066, 5e-5);
    KZ_CHECK_CLOSE(ray.energy_current, 0.0991015353, 6e-11);
    kz_level_free(level);
}

/* A jump costs half the rate of a smooth state: errors fall like n^p e^{-pi n/2}, n = gamma/h.  On
 * explicit levels, whose window has tails e^{-2 window} below that, with solves as accurate; and
 * the estimate stays above the truth all the way. */
static void property_refinement_in_spacing(void **unused)
{
    (void)unused;
    const struct {
        int P;
        kz_state left, right;
        double zeta;
    } ray[] = {{3, kz_state_thermal(0.5, 0), kz_state_thermal(2, 0), 0.3},
               {4, kz_state_thermal(1, 1), kz_state_thermal(2, -1), 0.4},
               {4, kz_state_thermal(0.5, 0), kz_state_thermal(2, 0), -1.1},
               {5, kz_state_ceiling(), kz_state_ground(0), -0.2},
               {6, kz_state_up(), kz_state_down(), 0.3}};
    for (size_t i = 0; i < sizeof ray / sizeof *ray; i++) {
        kz_ray truth = xxz(ray[i].P, ray[i].left, ray[i].right, ray[i].zeta, 1e-12);
        double scale = 0;
        for (int n = 4; n <= 14; n += 2) {
            double h = pi / ray[i].P / n, tol = exp(-0.5 * pi * n);
            /* densities of the ceiling fall like e^{-lambda P/(P-1)} only */
            double window = (ray[i].left.kind == KZ_STATE_CEILING ? 1.6 : 1) * (2 - 0.5 * log(tol));
            size_t half = (size_t)ceil(window / h);
            kz_level *level = level_of(ray[i].P, half, h * (double)half, ray[i].left, ray[i].right);
            kz_ray_work *work;
            kz_ray_report report;
            kz_ray now;
            KZ_CHECK_OK(kz_ray_work_create(&work, level));
            KZ_CHECK_OK(kz_ray_solve(&now, work, ray[i].zeta, tol, true, &report));
            double error = ray_distance(&now, &truth);
            if (n <= 6) scale = fmax(scale, error / tol);
            assert_true(error <= 5 * scale * tol + 1e-12); /* 5: errors oscillate with n */
            assert_true(error <= now.err + truth.err);
            kz_ray_work_free(work);
            kz_level_free(level);
        }
    }
}

/* The rough mesh is every third node of the coarse one, with its weights, and a cold ray that goes
 * by way of it ends where one that does not ends. */
static void property_rough_mesh(void **unused)
{
    (void)unused;
    kz_level *level = level_of(6, 480, 14, kz_state_thermal(1, 0.8), kz_state_thermal(2.5, -0.6));
    const kz_convolution *rough = level->rough.full, *coarse = level->coarse.full;
    assert_non_null(rough);
    assert_int_equal(rough->n, coarse->n / 3);
    for (size_t k = 0; k < rough->n; k++)
        KZ_CHECK_CLOSE(rough->lambda[k], coarse->lambda[3 * k + 1], 1e-13);
    for (int side = 0; side < 2; side++) {
        const kz_weights *few = &level->rough.side[side], *all = &level->coarse.side[side];
        for (size_t i = 0; i < (size_t)level->rows * rough->n; i++)
            assert_true(few->hole[i] == all->hole[3 * i + 1]);
        for (size_t k = 0; k < rough->n; k++)
            assert_true(few->polarisation[k] == all->polarisation[3 * k + 1]);
    }
    for (double zeta = -1.05; zeta < 1.3; zeta += 0.3) {
        kz_ray ray[2];
        kz_ray_report report;
        double edge[2];
        for (int i = 0; i < 2; i++) {
            kz_ray_work *work;
            KZ_CHECK_OK(kz_ray_work_create(&work, level));
            assert_non_null(work->rough_local);
            if (i == 1) {
                kz_local_free(work->rough_local);
                work->rough_local = NULL;
            }
            KZ_CHECK_OK(kz_ray_solve(&ray[i], work, zeta, 1e-11, true, &report));
            edge[i] = kz_ray_region(work, 0)->count > 0 ? kz_ray_region(work, 0)->edge[0] : 0;
            kz_ray_work_free(work);
        }
        KZ_CHECK_CLOSE(edge[0], edge[1],
                       1e-8); /* d is solved to 3e-15, its slopes are above 1e-6 */
        KZ_CHECK_CLOSE(ray[0].energy, ray[1].energy, 1e-11);
        KZ_CHECK_CLOSE(ray[0].spin_current, ray[1].spin_current, ray[0].err + ray[1].err);
    }
    kz_level_free(level);
    level = level_of(6, 200, 14, hot(0.5), hot(2)); /* no third */
    assert_null(level->rough.full);
    kz_level_free(level);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_signs_and_crossings),
        cmocka_unit_test(property_refinement_in_spacing),
        cmocka_unit_test(property_rough_mesh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
