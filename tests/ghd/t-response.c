/* The response of both currents at an edge to its thermal state. */
#include "ghd/level/level.h"
#include "ghd/support.h"
#include "support/edge.h"

/* Central differences of currents that are good to 1e-13: h^2/6 f''' and 1e-13/h at h = 1e-4. */
static void check_differences(kz_chain chain, kz_state thermal, kz_state reservoir, int side)
{
    const double step = 1e-4, tol = 1e-12, sign = side == KZ_LEFT ? -1 : 1;
    kz_edge edge = kz_test_edge(chain, thermal, reservoir, side, 2, tol);
    for (int b = 0; b < 2; b++) {
        kz_state up = thermal, down = thermal;
        *(b ? &up.mu : &up.beta) += b ? -step : step;
        *(b ? &down.mu : &down.beta) -= b ? -step : step;
        kz_edge above = kz_test_edge(chain, up, reservoir, side, 2, tol);
        kz_edge below = kz_test_edge(chain, down, reservoir, side, 2, tol);
        double energy = (above.ray.energy_current - below.ray.energy_current) / (2 * step);
        double spin = (above.ray.spin_current - below.ray.spin_current) / (2 * step);
        KZ_CHECK_CLOSE(edge.response[0][b], sign * energy, 1e-8);
        KZ_CHECK_CLOSE(edge.response[1][b], sign * spin, 1e-8);
    }
}

static void exact_differences(void **unused)
{
    (void)unused;
    const kz_state reservoirs[] = {
        kz_state_down(),    kz_state_up(),        kz_state_thermal(-0.4, -0.9),
        kz_state_ground(0), kz_state_ground(0.6), kz_state_ceiling()};
    uint64_t seed = 311;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 12; i++) {
        int P = 2 + i % 4;
        kz_state thermal =
            kz_state_thermal(kz_check_uniform(&seed, -2, 2), kz_check_uniform(&seed, -1.5, 1.5));
        kz_chain chain = i % 5 == 4 ? kz_chain_xx() : kz_chain_xxz(P);
        check_differences(chain, thermal, reservoirs[i % 6], i % 2 ? KZ_LEFT : KZ_RIGHT);
    }
}

/* Cold states in a field, whose response is that of their Fermi points; the difference of currents
 * errs by step^2/6 beta^-2 of itself. */
static void exact_differences_of_cold_states(void **unused)
{
    (void)unused;
    const kz_state reservoirs[] = {kz_state_thermal(1, 0.5), kz_state_thermal(50, 20),
                                   kz_state_ground(0.2)};
    for (int i = 0; i < 6; i++) {
        int side = i % 2 ? KZ_LEFT : KZ_RIGHT;
        kz_state thermal = kz_state_thermal(i < 3 ? 40 : -40, 10);
        check_differences(kz_chain_xxz(2 + i % 4), thermal, reservoirs[i % 3], side);
    }
}

/* P = 4, beta = 0.7, mu = 0.4 | down: the currents from another program, and the elements off the
 * diagonal, which differ, since the two charges are dressed by different states. */
static void exact_two_dressings(void **unused)
{
    (void)unused;
    kz_state thermal = kz_state_thermal(0.7, 0.4);
    kz_edge edge = kz_test_edge(kz_chain_xxz(4), thermal, kz_state_down(), KZ_LEFT, 2, 1e-11);
    KZ_CHECK_CLOSE(edge.ray.energy_current, -0.0855951537, 6e-11);
    KZ_CHECK_CLOSE(edge.ray.spin_current, 0.1356042277, 6e-11);
    KZ_CHECK_CLOSE(edge.response[0][1], 0.0116, 5e-5);
    KZ_CHECK_CLOSE(edge.response[1][0], -0.0148, 5e-5);
}

/* P = 6, beta = 2, mu = 1 | down, from another program: the map from edges to currents folds. */
static void exact_fold(void **unused)
{
    (void)unused;
    kz_state thermal = kz_state_thermal(2, 1);
    kz_edge edge = kz_test_edge(kz_chain_xxz(6), thermal, kz_state_down(), KZ_LEFT, 2, 1e-10);
    double(*A)[2] = edge.response;
    KZ_CHECK_CLOSE(A[1][1], -0.011, 5e-4);
    KZ_CHECK_CLOSE(A[0][0] * A[1][1] - A[0][1] * A[1][0], -5e-5, 5e-6);
}

/* beta = 0 on free halves: n(1 - n) is constant, q = (energy, 1). */
static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    const double pi = 3.14159265358979323846, mu = 0.9, n = 1 / (1 + exp(-mu));
    for (int P = 0; P < 3; P += 2) {
        kz_chain chain = P ? kz_chain_xxz(P) : kz_chain_xx();
        kz_edge edge =
            kz_test_edge(chain, kz_state_thermal(0, mu), kz_state_up(), KZ_RIGHT, 2, 1e-12);
        double w = n * (1 - n) / (2 * pi);
        KZ_CHECK_CLOSE(edge.response[0][0], 2 * w / 3, 1e-11);
        KZ_CHECK_CLOSE(edge.response[0][1], 0, 1e-11);
        KZ_CHECK_CLOSE(edge.response[1][0], 0, 1e-11);
        KZ_CHECK_CLOSE(edge.response[1][1], 2 * w, 1e-11);
    }
}

/* At its own reservoir an edge answers with half the Drude-like sums of one state: symmetric. */
static void property_symmetric_in_equilibrium(void **unused)
{
    (void)unused;
    for (int P = 3; P < 6; P++) {
        kz_state state = kz_state_thermal(1.1, -0.7);
        kz_edge left = kz_test_edge(kz_chain_xxz(P), state, state, KZ_LEFT, 2, 1e-11);
        kz_edge right = kz_test_edge(kz_chain_xxz(P), state, state, KZ_RIGHT, 2, 1e-11);
        KZ_CHECK_CLOSE(left.response[0][1], left.response[1][0], 1e-11);
        for (int a = 0; a < 2; a++)
            for (int b = 0; b < 2; b++)
                KZ_CHECK_CLOSE(right.response[a][b], left.response[a][b], 1e-10);
    }
}

/* response_err against the same edge at a small tolerance. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    const kz_state reservoirs[] = {kz_state_down(), kz_state_thermal(1, 0.5), kz_state_ceiling()};
    uint64_t seed = 5;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 9; i++) {
        kz_chain chain = kz_chain_xxz(3 + i % 3);
        kz_state thermal =
            kz_state_thermal(kz_check_uniform(&seed, -2, 4), kz_check_uniform(&seed, -2, 2));
        kz_edge rough =
            kz_test_edge(chain, thermal, reservoirs[i / 3], KZ_LEFT, 2, i % 2 ? 1e-4 : 1e-7);
        kz_edge fine = kz_test_edge(chain, thermal, reservoirs[i / 3], KZ_LEFT, 2, 1e-11);
        for (int a = 0; a < 2; a++)
            for (int b = 0; b < 2; b++)
                KZ_CHECK_CLOSE(rough.response[a][b], fine.response[a][b],
                               rough.response_err[a][b] + fine.response_err[a][b]);
    }
}

/* Of cold states in a field, down to A_EE ~ h^2 T, each number has an error of its own size. */
static void property_error_of_small_responses(void **unused)
{
    (void)unused;
    uint64_t seed = 6;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 12; i++) {
        kz_chain chain = i % 4 == 3 ? kz_chain_rational(5, 2) : kz_chain_xxz(3 + 2 * (i % 4));
        double h = pow(10, kz_check_uniform(&seed, -3, -0.5));
        double beta = pow(10, kz_check_uniform(&seed, 0.7, 2)) / h; /* in the cold: T < h */
        kz_state thermal = kz_state_thermal(beta, beta * h);
        kz_state reservoir =
            kz_state_thermal(2 * beta, 2 * beta * h * kz_check_uniform(&seed, 0, 2));
        kz_edge rough = kz_test_edge(chain, thermal, reservoir, i % 2, 2, i % 3 ? 1e-5 : 1e-8);
        kz_edge fine = kz_test_edge(chain, thermal, reservoir, i % 2, 2, 1e-12);
        for (int a = 0; a < 2; a++) {
            for (int b = 0; b < 2; b++) {
                KZ_CHECK_CLOSE(rough.response[a][b], fine.response[a][b],
                               rough.response_err[a][b] + fine.response_err[a][b]);
                assert_true(fine.response_err[a][b] < 1e-5 * fabs(fine.response[a][b]));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_differences),
        cmocka_unit_test(exact_differences_of_cold_states),
        cmocka_unit_test(exact_two_dressings),
        cmocka_unit_test(exact_fold),
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(property_symmetric_in_equilibrium),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_error_of_small_responses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
