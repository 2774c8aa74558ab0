/* Error bounds of points and rays against the same junction at a much smaller tolerance. */
#include "support/junction.h"

static kz_state random_reservoir(uint64_t *seed)
{
    double kind = kz_check_uniform(seed, 0, 4);
    if (kind < 0.5) return kz_state_ground(0);
    if (kind < 1.5) return kz_state_ceiling();
    return kz_state_thermal(kz_check_uniform(seed, -3, 3), 0);
}

static kz_chain random_chain(uint64_t *seed)
{
    int P = (int)kz_check_uniform(seed, 0, 6);
    return P < 3 ? kz_chain_xx() : kz_chain_xxz(P);
}

/* ETOL leaves the numbers and an honest err. */
static kz_junction_point solve(kz_junction *junction, double R)
{
    kz_junction_point p = {0};
    kz_status status = kz_junction_solve(&p, junction, R);
    if (status != KZ_ETOL) KZ_CHECK_OK(status);
    return p;
}

static void compare_points(const kz_junction_point *p, const kz_junction_point *truth)
{
    double both = p->err + truth->err;
    if (p->beta_minus != truth->beta_minus) /* both may be infinite */
        KZ_CHECK_CLOSE(p->beta_minus, truth->beta_minus, p->beta_minus_err + truth->beta_minus_err);
    if (p->beta_plus != truth->beta_plus)
        KZ_CHECK_CLOSE(p->beta_plus, truth->beta_plus, p->beta_plus_err + truth->beta_plus_err);
    KZ_CHECK_CLOSE(p->energy_current, truth->energy_current, both);
    KZ_CHECK_CLOSE(p->energy_left, truth->energy_left, both);
    KZ_CHECK_CLOSE(p->energy_right, truth->energy_right, both);
    if (isfinite(truth->t_minus)) KZ_CHECK_CLOSE_REL(p->t_minus, truth->t_minus, both);
    if (isfinite(truth->t_plus)) KZ_CHECK_CLOSE_REL(p->t_plus, truth->t_plus, both);
}

enum { RAYS = 7 };

static void compare_rays(kz_junction *a, const kz_junction_point *p, kz_junction *b,
                         const kz_junction_point *truth, kz_side side)
{
    double zeta[RAYS] = {0, 0.05, 0.31, 0.62, 0.83, 0.97, 1.3};
    kz_ray here[RAYS], there[RAYS];
    for (int k = 0; k < RAYS && side == KZ_SIDE_LEFT; k++)
        zeta[k] *= -1;
    kz_status status = kz_junction_rays(here, a, p, side, zeta, RAYS);
    if (status != KZ_ETOL) KZ_CHECK_OK(status);
    status = kz_junction_rays(there, b, truth, side, zeta, RAYS);
    if (status != KZ_ETOL) KZ_CHECK_OK(status);
    for (int k = 0; k < RAYS; k++) {
        double both = here[k].err + there[k].err;
        KZ_CHECK_CLOSE(here[k].energy, there[k].energy, both);
        KZ_CHECK_CLOSE(here[k].energy_current, there[k].energy_current, both);
    }
}

/* 2026-11-22: err of the rays left out what the error of the edge's temperature makes of them,
 * which was 5e-15 against 1e-10 ... 1e-8 on XX halves. */
static void bug_rays_of_an_uncertain_edge(void **unused)
{
    (void)unused;
    const double temperature[] = {0.2, 0.5, 2, 20}, conductivity[] = {3, 0.4, 0.9, 2};
    uint64_t seed = 2207;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 10; i++) {
        kz_junction_params params = {.left = random_chain(&seed),
                                     .right = random_chain(&seed),
                                     .left_state = random_reservoir(&seed),
                                     .right_state = random_reservoir(&seed),
                                     .law = i % 3 == 2 ? kz_law_beta() : kz_law_fourier()};
        if (i == 0) params = junction_paper(kz_law_fourier());
        if (i % 5 == 4) { /* the table knows positive temperatures only */
            params.law = kz_law_table(temperature, conductivity, 4);
            params.left_state = kz_state_thermal(kz_check_uniform(&seed, 0.1, 4), 0);
            params.right_state = kz_state_thermal(kz_check_uniform(&seed, 0.1, 4), 0);
        }
        const double tol = i % 2 ? 1e-6 : 1e-4, R = pow(10, kz_check_uniform(&seed, -1, 2));
        kz_junction *a = junction_create(&params, tol), *b = junction_create(&params, 1e-11);
        kz_junction_point p = solve(a, R), truth = solve(b, R);
        compare_points(&p, &truth);
        compare_rays(a, &p, b, &truth, KZ_SIDE_LEFT);
        compare_rays(a, &p, b, &truth, KZ_SIDE_RIGHT);
        kz_junction_free(a);
        kz_junction_free(b);
    }
}

/* Rays must be able to meet the tolerance of their junction. */
static void edge_rays_within_tolerance(void **unused)
{
    (void)unused;
    const double zeta[] = {-0.8, -0.3, 0};
    const double tol[] = {1e-3, 1e-6, 1e-9, 1e-10};
    for (size_t i = 0; i < 4; i++) {
        kz_junction_params params = junction_paper(kz_law_fourier());
        if (i % 2) params.left = kz_chain_xxz(3);
        kz_junction *junction = junction_create(&params, tol[i]);
        kz_junction_point p = junction_solve(junction, &params.law, 3, tol[i]);
        kz_ray rays[3];
        KZ_CHECK_OK(kz_junction_rays(rays, junction, &p, KZ_SIDE_LEFT, zeta, 3));
        for (int k = 0; k < 3; k++)
            assert_true(rays[k].err <= tol[i] && rays[k].status == KZ_OK);
        kz_junction_free(junction);
    }
}

/* 2026-11-22: reservoirs in equilibrium were refused at low temperature, where 1e-13 of current are
 * 1e-10 of temperature; and a cold pair with the law in beta. */
static void bug_cold_edges(void **unused)
{
    (void)unused;
    const double betas[] = {-50, 50, 1e4};
    kz_junction_params params = junction_paper(kz_law_fourier());
    for (size_t i = 0; i < 3; i++) {
        params.left_state = params.right_state = kz_state_thermal(betas[i], 0);
        kz_junction *junction = junction_create(&params, 1e-10);
        for (int R = 0; R < 2; R++) {
            kz_junction_point p = junction_solve(junction, &params.law, R, 1e-10);
            assert_true(p.beta_minus == betas[i] && p.beta_plus == betas[i]);
            assert_true(p.beta_minus_err == 0 && p.energy_current == 0);
        }
        kz_junction_free(junction);
    }
    params = junction_paper(kz_law_beta());
    kz_junction *junction = junction_create(&params, 1e-10);
    (void)junction_solve(junction, &params.law, 1e5, 1e-10);
    kz_junction_free(junction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bug_rays_of_an_uncertain_edge),
        cmocka_unit_test(edge_rays_within_tolerance),
        cmocka_unit_test(bug_cold_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
