/* What a growing bond dimension changes in the energy quench XX | gamma = pi/4, over the shipped
 * runs of 64 sites: the law by which values are extrapolated, and what it leaves of the decay. */
#include <kapitza/cone.h>
#include <kapitza/extrapolate.h>

#include "analysis/paper.h"

enum { SHORT_RUNS = 6 };
static const char *const names[SHORT_RUNS] = {"energy-pi4-L64-chi350",  "energy-pi4-L64-chi500",
                                              "energy-pi4-L64-chi700",  "energy-pi4-L64-chi1000",
                                              "energy-pi4-L64-chi1400", "energy-pi4-L64-chi2000"};
static kz_run *growing[SHORT_RUNS];

static int open_runs(void **state)
{
    (void)state;
    for (int i = 0; i < SHORT_RUNS; i++)
        growing[i] = read_run(names[i]);
    return 0;
}

static int close_runs(void **state)
{
    (void)state;
    for (int i = 0; i < SHORT_RUNS; i++)
        kz_run_free(growing[i]);
    return 0;
}

static void at_junction(double weight[SHORT_RUNS], double current[SHORT_RUNS], double t)
{
    for (int i = 0; i < SHORT_RUNS; i++) {
        weight[i] = kz_extrapolate_weight(growing[i], row_of(growing[i], t));
        current[i] = at(growing[i], KZ_RUN_ENERGY_CURRENT, t, 0);
    }
}

/* The runs up to chi = 700 foretell, with their error, what those up to 2000 lead to; the
 * runs themselves are off by several times that error.  Later the weights are beyond the law. */
static void larger_runs_are_foretold(void **state)
{
    (void)state;
    for (double t = 14.0; t <= 22.0; t += 1.0) {
        double weight[SHORT_RUNS], current[SHORT_RUNS];
        at_junction(weight, current, t);
        kz_extrapolated small = kz_extrapolate(weight, current, 3);
        kz_extrapolated all = kz_extrapolate(weight, current, SHORT_RUNS);
        assert_true(fabs(small.value - all.value) <= small.err + all.err);
        assert_true(all.err <= small.err);
        /* 1400 against the line through 700 and 1000: a sixth of its distance from 1000, or 1e-5,
         * which is the error of the step */
        double slope = (current[3] - current[2]) / (weight[3] - weight[2]);
        double foretold = current[3] + slope * (weight[4] - weight[3]);
        assert_true(fabs(current[4] - foretold) <= fmax(1e-5, fabs(current[4] - current[3]) / 6.0));
    }
}

/* Where 1400 is the best run that is known to be linear, 2000 confirms what it foretells. */
static void largest_run_is_foretold(void **state)
{
    (void)state;
    for (double t = 18.0; t <= 24.0; t += 1.0) {
        double weight[SHORT_RUNS], current[SHORT_RUNS];
        at_junction(weight, current, t);
        kz_extrapolated less = kz_extrapolate(weight, current, SHORT_RUNS - 1);
        kz_extrapolated all = kz_extrapolate(weight, current, SHORT_RUNS);
        KZ_CHECK_CLOSE(all.value, less.value, less.err);
        assert_true(all.err < less.err);
    }
}

/* From t = 14 to 20 the current falls by 2.9 %, by twice as much with chi = 350. */
static void decay_is_smaller_than_it_looks(void **state)
{
    double weight[SHORT_RUNS], early[SHORT_RUNS], late[SHORT_RUNS];
    (void)state;
    at_junction(weight, early, 14.0);
    at_junction(weight, late, 20.0);
    kz_extrapolated limit = kz_extrapolate(weight, late, SHORT_RUNS);
    double decay = 1.0 - limit.value / early[4], bound = limit.err / early[4];
    assert_true(decay - bound > 0.0);
    assert_true(1.0 - late[0] / early[0] > 2.0 * (decay + bound));
}

/* First time from 15 on at which n'_L is not 0, 100 if there is none. */
static double left_maximum_appears(const kz_run *run)
{
    size_t length = kz_run_get_setup(run)->length;
    for (size_t k = row_of(run, 15.0); k < kz_run_count(run); k++) {
        kz_cone cone;
        KZ_CHECK_OK(kz_cone_find(&cone, kz_run_row(run, KZ_RUN_ENERGY_CURRENT, k), length,
                                 kz_run_site(run, 0), kz_run_times(run)[k]));
        if (cone.left[KZ_CONE_USUAL] < 0.0) return kz_run_times(run)[k];
    }
    return 100.0;
}

/* The maximum on the left comes out of truncation as far as these runs go: the larger chi is, the
 * later it appears, and with 1400 and 2000 it does not until t = 24. */
static void left_maximum_is_truncation(void **state)
{
    double before = 0.0;
    (void)state;
    for (int i = 0; i < SHORT_RUNS; i++) {
        double first = left_maximum_appears(growing[i]);
        assert_true(first > before || first > 24.0);
        before = first;
    }
    assert_true(before > 24.0);
}

/* The one on the right is there in all of them, and stands still as chi grows. */
static void right_maximum_is_real(void **state)
{
    double place[SHORT_RUNS];
    (void)state;
    for (int i = 0; i < SHORT_RUNS; i++) {
        kz_cone cone;
        const double *row = kz_run_row(growing[i], KZ_RUN_ENERGY_CURRENT, row_of(growing[i], 22.0));
        KZ_CHECK_OK(kz_cone_find(&cone, row, 64, kz_run_site(growing[i], 0), 22.0));
        place[i] = cone.right[KZ_CONE_USUAL];
        if (i > 0) assert_true(place[i] < place[i - 1]);
        if (i > 1) assert_true(place[i - 1] - place[i] < place[i - 2] - place[i - 1]);
    }
    assert_true(place[4] > 9.0);
}

/* The domain wall at gamma = pi/4: chi = 350, 500, 700 foretell, with their error, what 1000 leads
 * to at the junction. */
static void wall_is_foretold(void **state)
{
    enum { WALLS = 4 };
    static const char *const wall[WALLS] = {"wall-pi4-chi350", "wall-pi4-chi500", "wall-pi4-chi700",
                                            "wall-pi4-chi1000"};
    static const kz_run_quantity told[] = {KZ_RUN_SPIN_CURRENT, KZ_RUN_MAGNETIZATION};
    kz_run *run[WALLS];
    (void)state;
    for (int i = 0; i < WALLS; i++)
        run[i] = read_run(wall[i]);
    for (double t = 30.0; t <= 40.0; t += 5.0)
        for (int q = 0; q < 2; q++) {
            double weight[WALLS], value[WALLS];
            for (int i = 0; i < WALLS; i++) {
                weight[i] = kz_extrapolate_weight(run[i], row_of(run[i], t));
                value[i] = at(run[i], told[q], t, 0);
            }
            kz_extrapolated less = kz_extrapolate(weight, value, WALLS - 1);
            kz_extrapolated all = kz_extrapolate(weight, value, WALLS);
            KZ_CHECK_CLOSE(all.value, less.value, less.err);
            /* 2e-3: an hundredth of the current */
            assert_true(kz_extrapolated_holds(&all, 2e-3));
        }
    for (int i = 0; i < WALLS; i++)
        kz_run_free(run[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(larger_runs_are_foretold),
        cmocka_unit_test(largest_run_is_foretold),
        cmocka_unit_test(decay_is_smaller_than_it_looks),
        cmocka_unit_test(left_maximum_is_truncation),
        cmocka_unit_test(right_maximum_is_real),
        cmocka_unit_test(wall_is_foretold),
    };
    return cmocka_run_group_tests(tests, open_runs, close_runs);
}
