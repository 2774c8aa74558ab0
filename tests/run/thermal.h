/* Shared by the tests of runs from thermal states: made, read back, and compared with dense density
 * matrices. */
#ifndef TESTS_RUN_THERMAL_H
#define TESTS_RUN_THERMAL_H

#include "support/dense.h"
#include "tests/run/support.h"

static inline kz_run *make(const kz_run_setup *setup, const double *times, size_t count)
{
    const kz_run_params params = params_of(path_of("thermal.h5"), times, count);
    kz_run *run, *read;
    KZ_CHECK_OK(kz_run_make(&run, NULL, setup, &params));
    KZ_CHECK_OK(kz_run_read(&read, params.path));
    assert_true(kz_run_same_chain(kz_run_get_setup(run), kz_run_get_setup(read)));
    assert_true(kz_run_same_initial(kz_run_get_setup(run), kz_run_get_setup(read)));
    kz_run_free(run);
    remove_run(params.path);
    return read;
}

enum { TIMES = 4 };
static const double four_times[TIMES] = {0.0, 1.0, 2.0, 4.0};

/* Every column at every time; returns the worst. */
static inline double error_of(const kz_run *run, const double *times, int count)
{
    static profile exact[TIMES];
    kz_lattice_profile view[TIMES];
    const kz_run_setup *s = kz_run_get_setup(run);
    double beta[MOST_SITES], mu[MOST_SITES], worst = 0.0;
    for (size_t i = 0; i < s->length; i++) {
        const kz_state *state = i < s->length / 2 ? &s->left_state : &s->right_state;
        beta[i] = state->beta;
        mu[i] = state->mu;
    }
    for (int t = 0; t < count; t++)
        view[t] = profile_view(&exact[t]);
    dense_profiles(view, times, count, (int)s->length, kz_run_get_couplings(run), beta, mu,
                   s->spin_up);
    for (int t = 0; t < count; t++) {
        const double *columns[] = {exact[t].energy, exact[t].current, exact[t].link,
                                   exact[t].magnetization, exact[t].spin_current};
        const kz_run_quantity quantities[] = {KZ_RUN_ENERGY, KZ_RUN_ENERGY_CURRENT,
                                              KZ_RUN_ENERGY_CURRENT_LINK, KZ_RUN_MAGNETIZATION,
                                              KZ_RUN_SPIN_CURRENT};
        for (size_t q = 0; q < 5; q++)
            worst =
                worst_of(kz_run_row(run, quantities[q], (size_t)t), columns[q], s->length, worst);
    }
    return worst;
}

static inline kz_run_setup thermal_setup(kz_method method, kz_state left, kz_state right)
{
    kz_run_setup setup = small_setup(method);
    setup.initial = KZ_QUENCH_THERMAL;
    setup.left_state = left;
    setup.right_state = right;
    setup.dt = kz_run_setup_default().dt;
    setup.cutoff = 1e-12;
    return setup;
}

/* Pairs (beta, mu) of both halves, beta of both signs. */
static const double three_pairs[3][4] = {
    {1.0, 0.0, 2.0, 0.0}, {-1.0, 0.4, 0.5, 0.4}, {0.7, 1.0, -1.5, -0.5}};

/* Pair k % 3 in XX | gamma = pi/4 (k < 3), in one chain with gamma = pi/3 else. */
static inline kz_run_setup pair_setup(int k)
{
    const double *p = three_pairs[k % 3];
    kz_run_setup setup =
        thermal_setup(KZ_METHOD_TEBD, kz_state_thermal(p[0], p[1]), kz_state_thermal(p[2], p[3]));
    setup.delta_left = k < 3 ? 0.0 : 0.5;
    setup.delta_right = k < 3 ? sqrt(0.5) : 0.5;
    return setup;
}

#endif
