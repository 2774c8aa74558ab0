/* Runs from thermal and product states on any chain, by both methods, against dense density
 * matrices. */
#include <string.h>

#include "tests/run/thermal.h"

/* A chain with different bonds and fields, seeded. */
typedef struct {
    double J[MOST_SITES], delta[MOST_SITES], field[MOST_SITES];
} random_chain;

static kz_couplings random_couplings(random_chain *c, size_t L, bool interacting, uint64_t *seed)
{
    for (size_t i = 0; i < L; i++) {
        c->J[i] = kz_check_uniform(seed, -1.5, 1.5);
        c->delta[i] = interacting ? kz_check_uniform(seed, -1.5, 1.5) : 0.0;
        c->field[i] = kz_check_uniform(seed, -1.0, 1.0);
    }
    return (kz_couplings){c->J, c->delta, c->field};
}

/* Three pairs, both signs of beta, different halves and equal ones, at the default step. */
static void thermal_pairs(void **state)
{
    (void)state;
    for (int k = 0; k < 6; k++) {
        kz_run_setup setup = pair_setup(k);
        kz_run *run = make(&setup, four_times, TIMES);
        double error = error_of(run, four_times, TIMES);
        kz_run_accuracy accuracy;
        kz_run_get_accuracy(&accuracy, run);
        print_message("# pair %d: error %.1e, of the step %.1e\n", k, error, accuracy.step_error);
        KZ_CHECK_CLOSE(error, 0.0, 1e-6);
        assert_true(accuracy.step_error > error);
        kz_run_free(run);
    }
}

/* 2026-11-26: a last step of 0.01 had an error of 1e-12, and the state 1e-8 from that of its
 * cooling which was not counted. */
static void short_runs_know_the_error_of_their_state(void **state)
{
    (void)state;
    static const double moments[] = {0.0, 0.01};
    kz_run_setup setup = pair_setup(3);
    kz_run *run = make(&setup, moments, 2);
    kz_run_accuracy accuracy;
    double error = error_of(run, moments, 2);
    kz_run_get_accuracy(&accuracy, run);
    print_message("# error %.1e, of the step %.1e\n", error, accuracy.step_error);
    assert_true(error > 1e-9 && accuracy.step_error > error);
    kz_run_free(run);
}

/* Random bonds, fields and anisotropies, exactly by free fermions and within the step by TEBD. */
static void any_chain(void **state)
{
    (void)state;
    uint64_t seed = 20261126;
    random_chain c;
    for (int k = 0; k < 3; k++) {
        bool free = k < 2;
        kz_run_setup setup = thermal_setup(k == 0 ? KZ_METHOD_FERMION : KZ_METHOD_TEBD,
                                           kz_state_thermal(0.8, 0.3), kz_state_thermal(-0.6, 0.7));
        setup.couplings = random_couplings(&c, SITES, !free, &seed);
        for (int product = 0; product < 2; product++) {
            const bool up[SITES] = {true, false, false, true, true, false, true, true};
            if (product) setup.initial = KZ_QUENCH_PRODUCT;
            setup.spin_up = product ? up : NULL;
            kz_run *run = make(&setup, four_times, 3);
            double error = error_of(run, four_times, 3);
            print_message("# method %d, product %d: error %.1e\n", k, product, error);
            KZ_CHECK_CLOSE(error, 0.0, k == 0 ? 1e-12 : 1e-5);
            kz_run_free(run);
        }
    }
}

/* Hot where the fields are: the state is even under the spin flip, the evolution is not. */
static void fields_break_the_flip(void **state)
{
    (void)state;
    double field[SITES] = {1.0, -0.5, 0.8};
    kz_run_setup setup =
        thermal_setup(KZ_METHOD_TEBD, kz_state_thermal(0.0, 0.0), kz_state_thermal(1.0, 0.0));
    setup.delta_left = setup.delta_right = 0.5;
    setup.couplings.field = field;
    kz_run *run = make(&setup, four_times, TIMES);
    KZ_CHECK_CLOSE(error_of(run, four_times, TIMES), 0.0, 1e-6);
    kz_run_free(run);
}

/* The stored file of format 4: couplings, fields and two thermal states, by TEBD with steps of
 * 0.05. */
static void stored_format_holds_the_exact_numbers(void **state)
{
    (void)state;
    const double times[2] = {0.0, 1.5};
    kz_run *run;
    KZ_CHECK_OK(kz_run_read(&run, kz_reference_path("run-format-4.h5")));
    const kz_run_setup *s = kz_run_get_setup(run);
    assert_int_equal(s->initial, KZ_QUENCH_THERMAL);
    assert_true(s->left_state.beta == 0.8 && s->left_state.mu == 0.3);
    assert_true(s->right_state.beta == -0.6 && s->right_state.mu == 0.7);
    assert_int_equal(kz_run_count(run), 2);
    assert_true(kz_run_times(run)[0] == times[0] && kz_run_times(run)[1] == times[1]);
    const kz_couplings *c = kz_run_get_couplings(run);
    assert_true(c->J[2] == 0.7 && c->delta[2] == -0.4 && c->field[2] == 0.3);
    KZ_CHECK_CLOSE(error_of(run, times, 2), 0.0, 1e-7);
    kz_run_free(run);
}

/* The entropy of a purification by free fermions and by TEBD, which share nothing, on a chain with
 * fields: nothing else that is measured knows what ancillas do. */
static void purification_entropies(void **state)
{
    (void)state;
    uint64_t seed = 20261127;
    random_chain c;
    kz_run_setup setup =
        thermal_setup(KZ_METHOD_TEBD, kz_state_thermal(1.0, 0.5), kz_state_thermal(2.0, -0.3));
    setup.couplings = random_couplings(&c, SITES, false, &seed);
    kz_run *tebd = make(&setup, four_times, 3);
    setup.method = KZ_METHOD_FERMION;
    kz_run *fermion = make(&setup, four_times, 3);
    for (size_t k = 0; k < 3; k++)
        KZ_CHECK_CLOSE(worst_of(kz_run_row(tebd, KZ_RUN_ENTROPY, k),
                                kz_run_row(fermion, KZ_RUN_ENTROPY, k), SITES, 0.0),
                       0.0, 1e-6);
    kz_run_free(tebd);
    kz_run_free(fermion);
}

/* Equal states on one chain: nothing flows, nothing changes, with a magnetization too. */
static void equilibrium_stays(void **state)
{
    (void)state;
    const kz_state equal = kz_state_thermal(1.2, 0.6);
    for (int m = 0; m < 2; m++) {
        kz_run_setup setup = thermal_setup((kz_method)m, equal, equal);
        setup.delta_left = setup.delta_right = m == KZ_METHOD_TEBD ? 0.5 : 0.0;
        kz_run *run = make(&setup, four_times, TIMES);
        double tol = m == KZ_METHOD_TEBD ? 1e-6 : 1e-13; /* of cooling, 1e-7, and truncation */
        for (size_t k = 1; k < TIMES; k++)
            for (size_t i = 0; i + 1 < SITES; i++) {
                KZ_CHECK_CLOSE(kz_run_row(run, KZ_RUN_SPIN_CURRENT, k)[i], 0.0, tol);
                if (i > 0)
                    KZ_CHECK_CLOSE(kz_run_row(run, KZ_RUN_ENERGY_CURRENT_LINK, k)[i], 0.0, tol);
                KZ_CHECK_CLOSE(kz_run_row(run, KZ_RUN_ENERGY, k)[i],
                               kz_run_row(run, KZ_RUN_ENERGY, 0)[i], tol);
            }
        kz_run_free(run);
    }
}

/* ceiling | ground is the energy quench, which thermal states approach.  Of 8 free fermions the
 * mode nearest to the Fermi level has energy cos(4 pi/9) and weight 2/9 at a site, and there is one
 * on either side of it: no bond is off by more than 4/9 of the occupation of that mode, beyond
 * which the others do not count.  Interaction opens the gap further. */
static void cold_limits(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++) {
        kz_run_setup setup = thermal_setup((kz_method)m, kz_state_ceiling(), kz_state_ground(0.0));
        setup.delta_right = m == KZ_METHOD_TEBD ? 0.5 : 0.0;
        kz_run *limit = make(&setup, four_times, 3);
        assert_false(kz_run_is_purified(&setup));
        setup.initial = KZ_QUENCH_ENERGY;
        kz_run *energy = make(&setup, four_times, 3);
        setup.initial = KZ_QUENCH_THERMAL;
        double before = INFINITY;
        for (size_t q = 0; q <= KZ_RUN_SPIN_CURRENT; q++)
            for (size_t k = 0; k < 3; k++)
                KZ_CHECK_CLOSE(worst_of(kz_run_row(limit, (kz_run_quantity)q, k),
                                        kz_run_row(energy, (kz_run_quantity)q, k), SITES, 0.0),
                               0.0, 1e-12);
        for (double beta = 5.0; beta <= 20.0; beta *= 2.0) {
            setup.left_state = kz_state_thermal(-beta, 0.0);
            setup.right_state = kz_state_thermal(beta, 0.0);
            kz_run *cold = make(&setup, four_times, 2);
            double off = worst_of(kz_run_row(cold, KZ_RUN_ENERGY, 1),
                                  kz_run_row(energy, KZ_RUN_ENERGY, 1), SITES, 0.0);
            print_message("# method %d, beta = %g: %.1e from the pure quench\n", m, beta, off);
            assert_true(off < 0.5 * before);
            before = off;
            kz_run_free(cold);
        }
        KZ_CHECK_CLOSE(before, 0.0, 4.0 / 9.0 / (1.0 + exp(20.0 * 0.17364817766693)));
        kz_run_free(limit);
        kz_run_free(energy);
    }
}

/* Up | down as states of thermal runs. */
static void polarised_states_are_the_wall(void **state)
{
    (void)state;
    kz_run_setup setup = thermal_setup(KZ_METHOD_FERMION, kz_state_up(), kz_state_down());
    kz_run *thermal = make(&setup, four_times, TIMES);
    setup.initial = KZ_QUENCH_DOMAIN_WALL;
    kz_run *wall = make(&setup, four_times, TIMES);
    for (size_t q = 0; q <= KZ_RUN_SPIN_CURRENT; q++)
        for (size_t k = 0; k < TIMES; k++)
            KZ_CHECK_CLOSE(worst_of(kz_run_row(thermal, (kz_run_quantity)q, k),
                                    kz_run_row(wall, (kz_run_quantity)q, k), SITES, 0.0),
                           0.0, 0.0);
    kz_run_free(thermal);
    kz_run_free(wall);
}

#define REFUSE(change)                                                                             \
    do {                                                                                           \
        kz_run_setup bad = good;                                                                   \
        bad.change;                                                                                \
        KZ_CHECK_STATUS(kz_run_setup_check(&bad), KZ_EINVAL);                                      \
    } while (0)

static void misuse_is_refused(void **state)
{
    (void)state;
    double J[SITES], field[SITES], one[SITES];
    kz_run_setup good =
        thermal_setup(KZ_METHOD_TEBD, kz_state_thermal(1, 0), kz_state_thermal(2, 0));
    for (int i = 0; i < SITES; i++)
        J[i] = field[i] = one[i] = 1.0;
    J[3] = 0.0;
    KZ_CHECK_OK(kz_run_setup_check(&good));
    REFUSE(left_state = kz_state_thermal(20.5, 0.0));
    REFUSE(right_state = kz_state_thermal(-21.0, 0.0));
    REFUSE(right_state = kz_state_thermal(1.0, 31.0));
    REFUSE(right_state = kz_state_thermal((double)NAN, 0.0));
    REFUSE(right_state = kz_state_ground(0.0));
    REFUSE(left_state = kz_state_up());
    REFUSE(initial = (kz_quench_kind)7);
    REFUSE(initial = KZ_QUENCH_PRODUCT);
    REFUSE(couplings.J = (field[2] = (double)NAN, field));
    field[2] = 1.0;
    J[5] = -10.5; /* 2026-11-26: as cold as J = 1 at beta = 21, and off by 1e-3 at 200, not a word
                     said */
    REFUSE(couplings.J = J);
    J[5] = 10.0;
    good.couplings.J = J;
    KZ_CHECK_OK(kz_run_setup_check(&good));
    good.couplings.J = NULL;
    good.left_state = good.right_state = kz_state_ground(0.0);
    KZ_CHECK_OK(kz_run_setup_check(&good));
    REFUSE(right_state = kz_state_ground(0.5));
    REFUSE(right_state = kz_state_up());
    REFUSE(couplings.field = field);
    REFUSE(couplings.J = J);
    good.method = KZ_METHOD_FERMION;
    KZ_CHECK_OK(kz_run_setup_check(&good));
    REFUSE(couplings.delta = one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thermal_pairs),
        cmocka_unit_test(short_runs_know_the_error_of_their_state),
        cmocka_unit_test(any_chain),
        cmocka_unit_test(stored_format_holds_the_exact_numbers),
        cmocka_unit_test(fields_break_the_flip),
        cmocka_unit_test(purification_entropies),
        cmocka_unit_test(equilibrium_stays),
        cmocka_unit_test(cold_limits),
        cmocka_unit_test(polarised_states_are_the_wall),
        cmocka_unit_test(misuse_is_refused),
    };
    return cmocka_run_group_tests_name("thermal", tests, make_folder, remove_folder);
}
