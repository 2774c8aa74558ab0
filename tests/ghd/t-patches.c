/* Rays with nodes around their edges only, against those with as many everywhere.
 * src/ghd/ray/zoomed.h. */
#include "ghd/ray/zoomed.h"

#include "core/memory.h"
#include "support/check.h"

typedef struct {
    int P, Q;
    kz_state left, right;
    double tol;
} pair;

static kz_level *level_of(const pair *c)
{
    kz_level *level;
    kz_chain chain = kz_chain_rational(c->P, c->Q);
    kz_grid grid = kz_level_grid(chain, &c->left, &c->right, c->tol, false);
    KZ_CHECK_OK(kz_level_create(&level, grid, &c->left, &c->right, NULL, 1e-6 * c->tol));
    return level;
}

static double distance(const kz_ray *a, const kz_ray *b)
{
    const double difference[] = {a->energy - b->energy, a->energy_current - b->energy_current,
                                 a->magnetization - b->magnetization,
                                 a->spin_current - b->spin_current};
    double result = 0;
    for (int i = 0; i < 4; i++)
        result = kz_check_largest(result, fabs(difference[i]));
    return result;
}

/* Rays of all kinds of crossings; with patches each meets the tolerance, is within what both say of
 * their errors; patches that need most of the nodes would be KZ_EINVAL. */
static void compare(const pair *c, const double *zeta, int rays)
{
    kz_level *level = level_of(c);
    kz_zoomed *zoomed;
    kz_ray_work *work;
    KZ_CHECK_OK(kz_zoomed_create(&zoomed, level, c->tol));
    KZ_CHECK_OK(kz_ray_work_create(&work, level));
    assert_non_null(zoomed);
    for (int i = 0; i < rays; i++) {
        kz_ray ray, whole;
        kz_ray_report report;
        KZ_CHECK_OK(kz_zoomed_solve(&ray, zoomed, zeta[i], c->tol, i == 0));
        KZ_CHECK_OK(kz_ray_solve(&whole, work, zeta[i], c->tol, i == 0, &report));
        assert_true(ray.err <= c->tol && whole.err <= c->tol);
        KZ_CHECK_CLOSE(distance(&ray, &whole), 0, ray.err + whole.err);
    }
    kz_ray_work_free(work);
    kz_zoomed_free(zoomed);
    kz_level_free(level);
}

static void property_rays_of_the_whole_level(void **unused)
{
    (void)unused;
    const double zeta[] = {-0.7, -0.68, -0.1, 0.3, 0.65, 2};
    const pair magnetized = {41, 17, kz_state_thermal(1, 0.8), kz_state_thermal(2.5, -0.6), 1e-9};
    const pair energies = {55, 34, kz_state_thermal(0.5, 0), kz_state_thermal(-2, 0), 1e-10};
    compare(&magnetized, zeta, 6);
    compare(&energies, zeta, 6);
}

/* Nodes with the weights of an indicator integrate a smooth function up to an edge, in the core of
 * a patch, where its cutoff falls, or beyond; sharp steps there would leave half a spacing. */
static void exact_indicators_beside_patches(void **unused)
{
    (void)unused;
    const pair of = {41, 17, kz_state_thermal(1, 0.8), kz_state_thermal(2.5, -0.6), 1e-6};
    const kz_span span = {0.4, 0.45};
    kz_level *whole = level_of(&of), *level;
    kz_cutoff cutoff;
    double *inside;
    kz_cutoff_fill(&cutoff, 30);
    KZ_CHECK_OK(kz_level_zoom(&level, whole, 3, &span, 1, &cutoff));
    const kz_convolution *c = level->coarse.full;
    KZ_CHECK_OK(kz_alloc_doubles(&inside, c->n));
    for (double edge = -1.5; edge < 2; edge += 0.0731) {
        const kz_region region = {.count = 1, .starts_inside = true, .edge = {edge}};
        double sum = 0, h = kz_grid_spacing(&c->grid);
        kz_level_indicator(inside, &level->coarse, &region);
        for (size_t k = 0; k < c->n; k++)
            sum += h * c->share[k] * inside[k] * exp(-c->lambda[k] * c->lambda[k]);
        KZ_CHECK_CLOSE(sum, 0.5 * sqrt(M_PI) * (1 + erf(edge)), 1e-10);
    }
    kz_free(inside);
    kz_level_free(level);
    kz_level_free(whole);
}

/* Edges in the tails, next to pure states, and of the first string alone. */
static void property_pure_states(void **unused)
{
    (void)unused;
    const double zeta[] = {-0.5, 0.1};
    const pair of[] = {{100, 41, kz_state_up(), kz_state_thermal(1.5, -0.3), 1e-10},
                       {87, 62, kz_state_ceiling(), kz_state_thermal(0.25, 0), 1e-11},
                       {87, 55, kz_state_ground(0), kz_state_thermal(1.8, 0), 1e-11}};
    for (int i = 0; i < 3; i++)
        compare(&of[i], zeta, 2);
}

/* Rays of one chunk do not depend on what another one left. */
static void property_cold_rays(void **unused)
{
    (void)unused;
    const pair c = {100, 41, kz_state_thermal(1, 0.8), kz_state_thermal(2.5, -0.6), 1e-7};
    const double zeta[] = {2, -0.2, -1.4, 0.4};
    kz_level *level = level_of(&c);
    kz_zoomed *used, *fresh;
    KZ_CHECK_OK(kz_zoomed_create(&used, level, c.tol));
    assert_non_null(used);
    for (int i = 0; i < 4; i++) {
        kz_ray ray, alone;
        KZ_CHECK_OK(kz_zoomed_create(&fresh, level, c.tol));
        KZ_CHECK_OK(kz_zoomed_solve(&ray, used, zeta[i], c.tol, true));
        KZ_CHECK_OK(kz_zoomed_solve(&alone, fresh, zeta[i], c.tol, true));
        assert_true(distance(&ray, &alone) == 0 && ray.err == alone.err);
        kz_zoomed_free(fresh);
    }
    kz_zoomed_free(used);
    kz_level_free(level);
}

/* The states, currents and slopes of the continuity equation: d(j)/d(zeta) = zeta d(e)/d(zeta). */
static void property_continuity(void **unused)
{
    (void)unused;
    const pair c = {100, 41, kz_state_thermal(1, 0.8), kz_state_thermal(2.5, -0.6), 1e-11};
    const double h = 1e-3, zeta = 0.2;
    kz_level *level = level_of(&c);
    kz_zoomed *zoomed;
    kz_ray ray[4];
    KZ_CHECK_OK(kz_zoomed_create(&zoomed, level, c.tol));
    assert_non_null(zoomed);
    static const int step[] = {-2, -1, 1, 2};
    for (int i = 0; i < 4; i++)
        KZ_CHECK_OK(kz_zoomed_solve(&ray[i], zoomed, zeta + step[i] * h, c.tol, i == 0));
    /* of f - zeta_0 e by differences: to h^4 and err/h */
    double slope[2];
    for (int charge = 0; charge < 2; charge++) {
        double f[4];
        for (int i = 0; i < 4; i++)
            f[i] = charge == 0 ? ray[i].energy_current - zeta * ray[i].energy
                               : ray[i].spin_current - zeta * ray[i].magnetization;
        slope[charge] = (8 * (f[2] - f[1]) - (f[3] - f[0])) / (12 * h);
    }
    KZ_CHECK_CLOSE(slope[0], 0, 1e-8);
    KZ_CHECK_CLOSE(slope[1], 0, 1e-8);
    kz_zoomed_free(zoomed);
    kz_level_free(level);
}

static void edge_patches_do_not_pay(void **unused)
{
    (void)unused;
    const kz_state hot = kz_state_thermal(0.5, 0.2), cold = kz_state_thermal(40, 20);
    const pair of[] = {{4, 1, hot, kz_state_ground(0), 1e-9}, /* kernels as wide as states */
                       {5, 2, hot, kz_state_ground(0), 1e-9}, /* few nodes */
                       {100, 41, hot, cold, 1e-6}};           /* a string with a Fermi point */
    for (int i = 0; i < 3; i++) {
        kz_level *level = level_of(&of[i]);
        kz_zoomed *zoomed = (kz_zoomed *)level;
        KZ_CHECK_OK(kz_zoomed_create(&zoomed, level, of[i].tol));
        assert_null(zoomed);
        kz_level_free(level);
    }
}

static void memory_allocations_can_fail(void **unused)
{
    (void)unused;
    const pair c = {100, 41, kz_state_thermal(1, 0.3), kz_state_thermal(0.5, 0), 1e-5};
    kz_level *level = level_of(&c);
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status != KZ_OK; k += k < 40 ? 1 : 7) {
        kz_zoomed *zoomed = NULL;
        kz_ray ray;
        kz_alloc_fail_at(k);
        status = kz_zoomed_create(&zoomed, level, c.tol);
        assert_true(status != KZ_OK || zoomed);
        if (status == KZ_OK) status = kz_zoomed_solve(&ray, zoomed, 0.1, c.tol, true);
        kz_alloc_fail_at(0);
        assert_true(status == KZ_OK || status == KZ_ENOMEM);
        kz_zoomed_free(zoomed);
    }
    kz_level_free(level);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_rays_of_the_whole_level),
        cmocka_unit_test(exact_indicators_beside_patches),
        cmocka_unit_test(property_pure_states),
        cmocka_unit_test(property_cold_rays),
        cmocka_unit_test(property_continuity),
        cmocka_unit_test(edge_patches_do_not_pay),
        cmocka_unit_test(memory_allocations_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
