/* Rays between cold states in a field, whose Fermi points are projected on the grid. */
#include <kapitza/dressing.h>
#include <kapitza/fermion.h>
#include <math.h>

#include "core/memory.h"
#include "ghd/support.h"
#include "support/strings.h"
#include "tba/fillings.h"

static const double pi = 3.14159265358979323846;

/* Both charges over a chain P = 2 as quadrature has them, also where the ray cuts through what is
 * thermal about a Fermi point: v = sin k there is sqrt(1 - (mu/beta)^2). */
static void exact_free_fermions(void **unused)
{
    (void)unused;
    const double beta[] = {50, -400, 1e5}, field[] = {0.6, -0.2, 0.97, 1.2};
    for (size_t i = 0; i < 12; i++) {
        double b = beta[i / 4], h = field[i % 4];
        kz_state left = kz_state_thermal(b, fabs(b) * h);
        kz_state right = kz_state_thermal(300, 300 * field[(i + 1) % 4]);
        double v = sqrt(fmax(0, 1 - h * h)), T = 1 / fabs(b);
        const double zeta[] = {-0.3, v, -v, v + T, v - 3 * T};
        for (size_t k = 0; k < 5; k++) {
            kz_ray ray = xxz(2, left, right, zeta[k], 1e-10), free;
            KZ_CHECK_OK(kz_fermion_ray(&free, &left, &right, zeta[k]));
            assert_true(ray_distance(&ray, &free) <= ray.err + free.err);
        }
    }
}

/* Two halves in one field at low temperatures: one gapless mode, c = 1, carries the heat
 * (pi/12)(T_L^2 - T_R^2) [bernard2012] at every interaction; corrections are of the order T^2. */
static void exact_heat_current(void **unused)
{
    (void)unused;
    const int at[][2] = {{3, 1}, {4, 1}, {8, 1}, {5, 2}, {7, 2}, {7, 3}};
    const double h[] = {0.5, 1.1};
    for (size_t i = 0; i < 12; i++) {
        double field = h[i % 2], beta = i % 2 ? 4e3 : 500;
        kz_chain chain = kz_chain_rational(at[i / 2][0], at[i / 2][1]);
        kz_state left = kz_state_thermal(beta, beta * field);
        kz_state right = kz_state_thermal(2 * beta, 2 * beta * field);
        kz_ray ray = ray_of(chain, left, right, 0, 1e-12);
        double heat = ray.energy_current - field * ray.spin_current, T = 1 / beta;
        double limit = pi / 12 * 0.75 * T * T;
        KZ_CHECK_CLOSE(heat / limit, 1, 100 * T * T + 2 * ray.err / limit);
    }
}

/* Rays go over into those of ground states in the fields, as T^2, on every side of both cones. */
static void exact_limit_of_ground_states(void **unused)
{
    (void)unused;
    const double zeta[] = {-0.5, 0, 0.2};
    const int at[][2] = {{3, 1}, {5, 1}, {7, 2}, {5, 3}};
    for (size_t i = 0; i < 12; i++) {
        kz_chain chain = kz_chain_rational(at[i / 3][0], at[i / 3][1]);
        double part = fmin(1, 1 + kz_chain_delta(chain)), h[] = {0.9 * part, 0.4 * part};
        double at_zeta = part * part * zeta[i % 3]; /* away from the Fermi velocities */
        kz_ray limit = ray_of(chain, kz_state_ground(h[0]), kz_state_ground(h[1]), at_zeta, 1e-12);
        kz_ray cold[2];
        for (int k = 0; k < 2; k++) {
            double beta = 1e3 * (k + 1);
            cold[k] = ray_of(chain, kz_state_thermal(beta, h[0] * beta),
                             kz_state_thermal(beta, h[1] * beta), at_zeta, 1e-12);
        }
        double distance = ray_distance(&cold[0], &limit);
        assert_true(distance > 1e-8 && distance < 1e-4);
        KZ_CHECK_CLOSE(ray_distance(&cold[1], &limit) / distance, 0.25, 2e-3);
    }
}

static double energy_charge(int j, double lambda, void *context)
{
    int P = *(int *)context;
    return kz_string_energy(kz_test_strings(P, 1), j, lambda);
}

static double length_charge(int j, double lambda, void *context)
{
    (void)lambda;
    return kz_test_strings(*(int *)context, 1)->length[j - 1];
}

/* Another kernel, another quadrature: full kernel on panels split at all edges, which do not know
 * of Fermi points: asked for 1e-9 and for 1e-11 their numbers differ by up to 4e-8.  The last:
 * string N of the cold half beside the ground state is in every place. */
static void exact_second_engine(void **unused)
{
    (void)unused;
    const double tol = 1e-7;
    const struct {
        int P;
        kz_state left, right;
        double zeta;
    } at[] = {{3, kz_state_thermal(12, 9), kz_state_thermal(-12, 4.5), 0.2},
              {3, kz_state_ground(0), kz_state_thermal(-12, 4.5), 0.3}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        int P = at[i].P;
        double e, j, n, jn;
        kz_dressing *panels;
        kz_chain chain = kz_chain_xxz(P);
        KZ_CHECK_OK(
            kz_dressing_create(&panels, chain, &at[i].left, &at[i].right, at[i].zeta, 1e-9));
        KZ_CHECK_OK(kz_dressing_average(&e, &j, panels, energy_charge, &P));
        KZ_CHECK_OK(kz_dressing_average(&n, &jn, panels, length_charge, &P));
        kz_dressing_free(panels);
        kz_ray ray = xxz(P, at[i].left, at[i].right, at[i].zeta, 1e-10);
        KZ_CHECK_CLOSE(ray.energy, 0.25 * kz_chain_delta(chain) + e, tol);
        KZ_CHECK_CLOSE(ray.energy_current, j, tol);
        KZ_CHECK_CLOSE(ray.magnetization, 0.5 - n, tol);
        KZ_CHECK_CLOSE(ray.spin_current, -jn, tol);
    }
}

/* Equal halves are in equilibrium at every ray. */
static void property_equilibrium(void **unused)
{
    (void)unused;
    const double at[][2] = {{1e3, 700}, {-1e4, 300}, {1e5, 30}, {1e5, 1.49e5}, {-60, 5}};
    const int chains[][2] = {{3, 1}, {5, 1}, {5, 2}, {8, 3}, {7, 5}};
    for (size_t i = 0; i < 5; i++) {
        for (size_t c = 0; c < 5; c++) {
            kz_chain chain = kz_chain_rational(chains[c][0], chains[c][1]);
            kz_state state = kz_state_thermal(at[i][0], at[i][1]);
            kz_thermo t;
            KZ_CHECK_OK(kz_thermo_compute(&t, chain, &state, 1e-12));
            kz_ray ray = ray_of(chain, state, state, 0.3, 1e-10);
            KZ_CHECK_CLOSE(ray.energy, t.energy, ray.err + t.err);
            KZ_CHECK_CLOSE(ray.magnetization, t.magnetization, ray.err + t.err);
            KZ_CHECK_CLOSE(ray.energy_current, 0, ray.err);
            KZ_CHECK_CLOSE(ray.spin_current, 0, ray.err);
        }
    }
}

/* err bounds the distance to a ray that is asked for more digits, wherever the ray is. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 20261126;
    static const int at[][2] = {{3, 1}, {4, 1}, {5, 1}, {5, 2}, {7, 2}, {8, 5}};
    for (int i = 0; i < 24; i++) {
        kz_chain chain = kz_chain_rational(at[i % 6][0], at[i % 6][1]);
        double beta[2], h[2], zeta = kz_check_uniform(&seed, -1, 1);
        for (int k = 0; k < 2; k++) {
            beta[k] = (k + i) % 3 ? pow(10, kz_check_uniform(&seed, 1, 5)) : 1.5;
            h[k] = kz_check_uniform(&seed, -1.4, 1.4);
            if ((i + k) % 4 == 3) beta[k] *= -1;
        }
        kz_state left = kz_state_thermal(beta[0], fabs(beta[0]) * h[0]);
        kz_state right = kz_state_thermal(beta[1], fabs(beta[1]) * h[1]);
        kz_ray loose = ray_or_estimate_of(chain, left, right, zeta, 1e-7);
        kz_ray tight = ray_or_estimate_of(chain, left, right, zeta, 1e-11);
        assert_true(loose.err <= 1e-7);
        assert_true(ray_distance(&loose, &tight) <= loose.err + tight.err);
    }
}

/* Both kinds of states meet where they take over from each other. */
static void property_continuous_at_the_switch(void **unused)
{
    (void)unused;
    const double at[][2] = {{10, 6}, {-10, 6}, {100, 4}, {-1e3, 4}};
    kz_state other = kz_state_thermal(0.7, -0.4);
    for (size_t i = 0; i < 4; i++) {
        kz_ray side[2];
        for (int k = 0; k < 2; k++) {
            double factor = 1 + (k ? 1e-13 : -1e-13); /* moves nothing by more than err */
            kz_state cold = kz_state_thermal(at[i][0] * factor, at[i][1] * factor);
            side[k] = xxz(4, cold, other, 0.15, 1e-10);
        }
        assert_true(ray_distance(&side[0], &side[1]) <= side[0].err + side[1].err);
        assert_true(ray_distance(&side[0], &side[1]) > 0); /* they are not the same */
    }
}

static void memory_failures(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(100, 50), right = kz_state_thermal(-80, 20);
    kz_options options = kz_options_default();
    options.tol = 1e-3;
    kz_status status = KZ_ENOMEM;
    unsigned long k = 0;
    while (status == KZ_ENOMEM) {
        kz_bipartition *b = NULL;
        double zeta = 0.1;
        kz_ray ray;
        kz_alloc_fail_at(++k);
        status = kz_bipartition_create(&b, kz_chain_xxz(3), &left, &right, &options);
        if (status == KZ_OK) status = kz_bipartition_rays(&ray, b, &zeta, 1, &options);
        kz_alloc_fail_at(0);
        kz_bipartition_free(b);
        assert_true(status == KZ_OK || status == KZ_ENOMEM);
    }
    KZ_CHECK_OK(status);
    assert_true(k > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(exact_heat_current),
        cmocka_unit_test(exact_limit_of_ground_states),
        cmocka_unit_test(exact_second_engine),
        cmocka_unit_test(property_equilibrium),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_continuous_at_the_switch),
        cmocka_unit_test(memory_failures),
    };
    return cmocka_run_group_tests_name("rays of cold states in a field", tests, NULL, NULL);
}
