/* Profiles on both halves of an Ohmic junction. */
#include <string.h>

#include "core/memory.h"
#include "support/junction.h"

static const double pi = 3.14159265358979323846;
static const double inf = (double)INFINITY;

static void property_profile(void **unused)
{
    (void)unused;
    const kz_junction_params params = junction_paper(kz_law_fourier());
    kz_junction *junction = junction_create(&params, 1e-9);
    kz_junction_point p = junction_solve(junction, &params.law, 10, 1e-9);
    enum { N = 41 };
    double zeta[N];
    kz_ray left[N], right[N];
    for (int k = 0; k < N; k++)
        zeta[k] = -1.3 + 1.3 * k / (N - 1);
    zeta[0] = -inf;
    KZ_CHECK_OK(kz_junction_rays(left, junction, &p, KZ_SIDE_LEFT, zeta, N));
    for (int k = 0; k < N; k++)
        zeta[k] *= -1;
    KZ_CHECK_OK(kz_junction_rays(right, junction, &p, KZ_SIDE_RIGHT, zeta, N));
    /* both halves meet the junction with its current and end in their reservoirs */
    double slack = 3 * p.err;
    KZ_CHECK_CLOSE(left[N - 1].energy_current, p.energy_current, slack + left[N - 1].err);
    KZ_CHECK_CLOSE(right[N - 1].energy_current, p.energy_current, slack + right[N - 1].err);
    KZ_CHECK_CLOSE(left[N - 1].energy, p.energy_left, slack + left[N - 1].err);
    KZ_CHECK_CLOSE(right[N - 1].energy, p.energy_right, slack + right[N - 1].err);
    KZ_CHECK_CLOSE(left[0].energy, 1 / pi, left[0].err + 1e-14);
    KZ_CHECK_CLOSE(right[0].energy, kz_chain_energy_min(kz_chain_xxz(4)), right[0].err + 1e-14);
    for (int k = 0; k < N; k++) {
        assert_int_equal(left[k].status, KZ_OK);
        assert_int_equal(right[k].status, KZ_OK);
        KZ_CHECK_CLOSE(left[k].magnetization, 0, left[k].err);
        KZ_CHECK_CLOSE(right[k].spin_current, 0, right[k].err);
        if (k == 0) continue;
        assert_true(left[k].energy <= left[k - 1].energy + 2e-9); /* falls towards the junction */
        assert_true(right[k].energy >= right[k - 1].energy - 2e-9);
        assert_true(left[k].energy_current >= left[k - 1].energy_current - 2e-9);
        assert_true(right[k].energy_current >= right[k - 1].energy_current - 2e-9);
    }
    kz_junction_free(junction);
}

static void errors_wrong_side(void **unused)
{
    (void)unused;
    const kz_junction_params params = junction_paper(kz_law_fourier());
    kz_junction *junction = junction_create(&params, 1e-6);
    kz_junction_point p = junction_solve(junction, &params.law, 1, 1e-6);
    const double bad[] = {0.1, inf, (double)NAN}, good = -0.0;
    kz_ray ray, before;
    memset(&ray, 0x5a, sizeof ray);
    before = ray;
    for (size_t i = 0; i < 3; i++) {
        double mirrored = -bad[i];
        KZ_CHECK_STATUS(kz_junction_rays(&ray, junction, &p, KZ_SIDE_LEFT, &bad[i], 1), KZ_EINVAL);
        KZ_CHECK_STATUS(kz_junction_rays(&ray, junction, &p, KZ_SIDE_RIGHT, &mirrored, 1),
                        KZ_EINVAL);
        assert_memory_equal(&ray, &before, sizeof ray);
    }
    KZ_CHECK_OK(kz_junction_rays(&ray, junction, &p, KZ_SIDE_LEFT, &good, 1));
    KZ_CHECK_OK(kz_junction_rays(&ray, junction, &p, KZ_SIDE_RIGHT, &good, 1));
    kz_junction_free(junction);
}

/* 2026-11-22: rays kept what was in the array when their bipartition could not be made. */
static void bug_rays_without_a_bipartition(void **unused)
{
    (void)unused;
    kz_junction_params params = kz_junction_params_default();
    kz_options options = kz_options_default();
    options.tol = 1e-4;
    kz_junction *junction;
    kz_junction_point point;
    const double zeta[2] = {0, 0.5};
    kz_ray rays[2] = {{.energy = 1}, {.energy = 1}};
    KZ_CHECK_OK(kz_junction_create(&junction, &params, &options));
    KZ_CHECK_OK(kz_junction_solve(&point, junction, 1));
    kz_alloc_fail_at(1);
    kz_status status = kz_junction_rays(rays, junction, &point, KZ_SIDE_RIGHT, zeta, 2);
    kz_alloc_fail_at(0);
    KZ_CHECK_STATUS(status, KZ_ENOMEM);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rays[i].status, KZ_ENOMEM);
        assert_true(isnan(rays[i].energy) && isinf(rays[i].err));
    }
    kz_junction_free(junction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_profile),
        cmocka_unit_test(errors_wrong_side),
        cmocka_unit_test(bug_rays_without_a_bipartition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
