/* Maxima and effective states at vanishing truncation: invented runs whose limit is known, and the
 * shipped ones, of which those of larger bond dimension are foretold. */
#include <kapitza/cone.h>
#include <kapitza/effective.h>
#include <kapitza/extrapolate.h>
#include <kapitza/thermal.h>

#include "analysis/paper.h"
#include "core/memory.h"
#include "run/internal.h"

enum { LENGTH = 80, INVENTED = 4 };
static const double weights[INVENTED] = {4e-4, 1.2e-3, 4e-3, 1e-2};
static const double T = 25.0;

/* -- invented runs ------------------------------------------------------------------------- */

/* One time; all its weight on one bond. */
static kz_run *invent(double weight)
{
    kz_run *run;
    kz_run_setup setup = kz_run_setup_default();
    static size_t chi = 100; /* no two runs truncate alike */
    setup.length = LENGTH;
    setup.densities = true;
    setup.chi = chi++;
    KZ_CHECK_OK(kz_run_create(&run, &setup));
    KZ_CHECK_OK(kz_run_reserve(run, 1));
    run->count = 1;
    run->time[0] = T;
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
        for (size_t i = 0; i < LENGTH; i++)
            run->value[q][i] = 0.0;
    run->value[KZ_RUN_TRUNCATION][LENGTH / 2] = weight;
    return run;
}

static void free_runs(kz_run *run[INVENTED])
{
    for (int i = 0; i < INVENTED; i++)
        kz_run_free(run[i]);
}

static const kz_run *const *constant(kz_run *const *run) { return (const kz_run *const *)run; }

/* Two parabolas; the one on the left is `depth` high above where they meet, or missing. */
static void fill_current(kz_run *run, double left, double right, double height)
{
    for (size_t i = 0; i < LENGTH; i++) {
        double n = (double)kz_run_site(run, i);
        double a = 0.12 - 4e-4 * (n - left) * (n - left);
        double b = height - 3e-4 * (n - right) * (n - right);
        run->value[KZ_RUN_ENERGY_CURRENT][i] = left < 0.0 ? fmax(a, b) : b;
    }
}

/* Whether a number is within its error of what it must be, and the error says something. */
static void check_limit(double value, double expected, double err, double most)
{
    KZ_CHECK_CLOSE(value, expected, err);
    KZ_CHECK_CLOSE(err, 0.0, most);
}

static void exact_maxima_of_known_limit(void **state)
{
    (void)state;
    kz_run *run[INVENTED];
    kz_cone_limit limit;
    for (int i = 0; i < INVENTED; i++) {
        double w = weights[i];
        run[i] = invent(w);
        fill_current(run[i], -11.7 - 30.0 * w - 900.0 * w * w, 18.3 + 40.0 * w + 600.0 * w * w,
                     0.15 - 0.8 * w + 9.0 * w * w);
    }
    KZ_CHECK_OK(kz_cone_extrapolate(&limit, constant(run), INVENTED, KZ_RUN_ENERGY_CURRENT, T));
    assert_int_equal(limit.left, KZ_CONE_LIMIT_OK);
    assert_int_equal(limit.right, KZ_CONE_LIMIT_OK);
    for (int w = 0; w < KZ_CONE_WIDTHS; w++) {
        KZ_CHECK_CLOSE(limit.cone.right[w], 18.3, limit.cone.err_right + 1e-9);
        KZ_CHECK_CLOSE(limit.cone.left[w], -11.7, limit.cone.err_left + 1e-9);
    }
    check_limit(limit.cone.right[0], 18.3, limit.cone.err_right, 0.05);
    check_limit(limit.cone.left[0], -11.7, limit.cone.err_left, 0.05);
    check_limit(limit.cone.height_right, 0.15, limit.err_height_right, 1e-3);
    check_limit(limit.cone.height_left, 0.12, limit.err_height_left, 1e-3);
    free_runs(run);
}

/* The left maximum dies out as the weight falls; then the law is bent; then the weight too large.
 */
static void maxima_are_refused(void **state)
{
    (void)state;
    static const double scale[] = {1.0, 1.0, 20.0};
    for (int k = 0; k < 3; k++) {
        kz_run *run[INVENTED];
        kz_cone_limit limit;
        for (int i = 0; i < INVENTED; i++) {
            double w = weights[i], bend = k == 1 ? -1.6e5 * w * w : 40.0 * w;
            run[i] = invent(scale[k] * w);
            fill_current(run[i], i < 1 ? 1.0 : -9.0, 18.3 + fmax(bend, -3.0), 0.15);
        }
        KZ_CHECK_OK(kz_cone_extrapolate(&limit, constant(run), INVENTED, KZ_RUN_ENERGY_CURRENT, T));
        assert_int_equal(limit.left, KZ_CONE_LIMIT_UNCONVERGED);
        KZ_CHECK_NAN(limit.cone.left[KZ_CONE_USUAL]);
        assert_true(isinf(limit.cone.err_left) && isinf(limit.err_height_left));
        assert_int_equal(limit.right, k == 0 ? KZ_CONE_LIMIT_OK : KZ_CONE_LIMIT_UNCONVERGED);
        free_runs(run);
    }
}

static void no_maximum_is_none(void **state)
{
    (void)state;
    kz_run *run[INVENTED];
    kz_cone_limit limit;
    for (int i = 0; i < INVENTED; i++)
        run[i] = invent(weights[i]);
    KZ_CHECK_OK(kz_cone_extrapolate(&limit, constant(run), INVENTED, KZ_RUN_ENERGY_CURRENT, T));
    assert_int_equal(limit.left, KZ_CONE_LIMIT_NONE);
    assert_int_equal(limit.right, KZ_CONE_LIMIT_NONE);
    KZ_CHECK_CLOSE(limit.cone.right[KZ_CONE_USUAL], 0.0, 0.0);
    KZ_CHECK_NAN(limit.cone.height_right);
    free_runs(run);
}

/* Energy e and correlations that are not those of its thermal state. */
static void pack(double rho[KZ_DENSITY_SIZE], double e, double off)
{
    kz_thermal_pack(rho, 0.5 * e, -e * e - off, e * e + 0.5 * off, 0.25 * off);
}

static double energy_at(double w) { return -0.12 + 0.6 * w - 8.0 * w * w; }
static double off_at(double w) { return 0.03 - 0.5 * w + 6.0 * w * w; }

static void fill_state(kz_run *run, double w)
{
    double rho[KZ_DENSITY_SIZE];
    pack(rho, energy_at(w), off_at(w));
    for (size_t i = 0; i < LENGTH; i++)
        run->value[KZ_RUN_ENERGY][i] = energy_at(w);
    for (size_t i = 0; i + 2 < LENGTH; i++)
        for (int k = 0; k < KZ_DENSITY_SIZE; k++)
            run->density[i * KZ_DENSITY_SIZE + (size_t)k] = rho[k];
}

/* XX at mu = 0, where a thermal matrix is a polynomial of the energy. */
static void exact_states_of_known_limit(void **state)
{
    (void)state;
    kz_run *run[INVENTED];
    kz_effective *effective;
    kz_effective_limit limit[LENGTH - 2];
    kz_options options = kz_options_default();
    double rho[KZ_DENSITY_SIZE], thermal[KZ_DENSITY_SIZE];
    kz_thermo thermo;
    for (int i = 0; i < INVENTED; i++)
        fill_state(run[i] = invent(weights[i]), weights[i]);
    KZ_CHECK_OK(kz_effective_create_for_runs(&effective, constant(run), INVENTED, true, &options));
    KZ_CHECK_OK(kz_effective_extrapolate(limit, effective, constant(run), INVENTED, T));
    pack(rho, energy_at(0.0), off_at(0.0));
    pack(thermal, energy_at(0.0), 0.0);
    const kz_effective_limit *l = &limit[17];
    assert_true(l->converged);
    check_limit(l->row.energy, energy_at(0.0), l->err_energy, 1e-3);
    check_limit(l->row.distance, kz_density_distance(rho, thermal), l->err_distance, 2e-3);
    KZ_CHECK_CLOSE(l->row.magnetization, 0.0, l->err_magnetization);
    kz_state found = kz_state_thermal(l->row.beta, 0.0);
    KZ_CHECK_OK(kz_thermo_compute(&thermo, kz_chain_xx(), &found, 1e-11));
    /* de/dbeta is above -1/4 everywhere */
    KZ_CHECK_CLOSE(thermo.energy, energy_at(0.0), 0.25 * l->err_beta);
    KZ_CHECK_CLOSE(l->err_beta, 0.0, 0.01);
    kz_effective_free(effective);
    free_runs(run);
}

/* Half of the runs beyond the band: no temperature, but an energy. */
static void places_must_agree(void **state)
{
    (void)state;
    kz_run *run[INVENTED];
    kz_effective *effective;
    kz_effective_limit limit[LENGTH - 2];
    kz_options options = kz_options_default();
    for (int i = 0; i < INVENTED; i++) {
        run[i] = invent(weights[i]);
        for (size_t k = 0; k < LENGTH; k++)
            run[i]->value[KZ_RUN_ENERGY][k] = -1.0 / M_PI - 4e-4 + 0.4 * weights[i];
    }
    KZ_CHECK_OK(kz_effective_create_for_runs(&effective, constant(run), INVENTED, false, &options));
    KZ_CHECK_OK(kz_effective_extrapolate(limit, effective, constant(run), INVENTED, T));
    KZ_CHECK_CLOSE(limit[5].row.energy, -1.0 / M_PI - 4e-4, limit[5].err_energy);
    assert_false(limit[5].converged);
    KZ_CHECK_NAN(limit[5].row.beta);
    assert_true(isinf(limit[5].err_beta) && isinf(limit[5].row.err));
    kz_effective_free(effective);
    free_runs(run);
}

/* -- refusals, memory ---------------------------------------------------------------------- */

static void too_little_is_refused(void **state)
{
    (void)state;
    kz_run *run[INVENTED];
    kz_cone_limit limit = {.left = KZ_CONE_LIMITS};
    kz_growing_runs found = {.count = 77};
    for (int i = 0; i < INVENTED; i++)
        run[i] = invent(weights[INVENTED - 1 - i]);
    const kz_run *const *list = constant(run);
    KZ_CHECK_OK(kz_extrapolate_runs(&found, list, INVENTED, T, 3));
    assert_int_equal(found.count, INVENTED); /* in the order of their weights */
    for (int i = 0; i < INVENTED; i++)
        assert_ptr_equal(found.run[i], run[INVENTED - 1 - i]);
    run[0]->time[0] = run[1]->time[0] = 26.0;
    assert_int_equal(kz_cone_extrapolate(&limit, list, INVENTED, KZ_RUN_ENERGY_CURRENT, T),
                     KZ_EDOMAIN);
    found.count = 77;
    assert_int_equal(kz_extrapolate_runs(&found, list, INVENTED, T, 3), KZ_EDOMAIN);
    assert_int_equal(kz_extrapolate_runs(&found, list, 1, T, 1), KZ_EINVAL);
    run[3]->setup.dt = 0.05;
    assert_int_equal(kz_cone_extrapolate(&limit, list, INVENTED, KZ_RUN_ENERGY_CURRENT, T),
                     KZ_EINVAL);
    assert_int_equal(limit.left, KZ_CONE_LIMITS);
    assert_int_equal(found.count, 77);
    assert_string_equal(kz_cone_limit_text(KZ_CONE_LIMIT_UNCONVERGED), "unconverged");
    free_runs(run);
}

static void memory_runs_out(void **state)
{
    (void)state;
    enum { MOST = 200 };
    kz_run *run[INVENTED];
    kz_effective *effective;
    kz_effective_limit limit[LENGTH - 2];
    kz_cone_limit cone;
    kz_options options = kz_options_default();
    for (int i = 0; i < INVENTED; i++)
        fill_state(run[i] = invent(weights[i]), weights[i]);
    KZ_CHECK_OK(kz_effective_create_for_runs(&effective, constant(run), INVENTED, true, &options));
    for (int what = 0; what < 2; what++) {
        kz_status status = KZ_ENOMEM;
        long k = 0;
        for (k = 1; k < MOST && status == KZ_ENOMEM; k++) {
            kz_alloc_fail_at((unsigned long)k);
            status = what ? kz_effective_extrapolate(limit, effective, constant(run), INVENTED, T)
                          : kz_cone_extrapolate(&cone, constant(run), INVENTED,
                                                KZ_RUN_ENERGY_CURRENT, T);
            kz_alloc_fail_at(0);
        }
        assert_int_equal(status, KZ_OK);
        assert_true(k > 2);
    }
    kz_effective_free(effective);
    free_runs(run);
}

/* -- shipped runs -------------------------------------------------------------------------- */

enum { SHIPPED = 5, SITES = 64 };
static kz_run *growing[SHIPPED];

static int open_shipped(void **state)
{
    static const int chi[SHIPPED] = {350, 500, 700, 1000, 1400};
    (void)state;
    for (int i = 0; i < SHIPPED; i++) {
        char name[60];
        (void)snprintf(name, sizeof name, "energy-pi4-L64-chi%d", chi[i]);
        growing[i] = read_run(name);
    }
    return 0;
}

static int close_shipped(void **state)
{
    (void)state;
    for (int i = 0; i < SHIPPED; i++)
        kz_run_free(growing[i]);
    return 0;
}

/* Runs up to chi = 1000 foretell, within their error, where 1400 leads to. */
static void shipped_maxima_are_foretold(void **state)
{
    (void)state;
    const kz_run *const *list = constant(growing);
    for (double t = 14.0; t <= 23.0; t += 1.0) {
        kz_cone_limit all, less;
        KZ_CHECK_OK(kz_cone_extrapolate(&all, list, SHIPPED, KZ_RUN_ENERGY_CURRENT, t));
        KZ_CHECK_OK(kz_cone_extrapolate(&less, list, SHIPPED - 1, KZ_RUN_ENERGY_CURRENT, t));
        assert_int_equal(less.right, KZ_CONE_LIMIT_OK);
        check_limit(all.cone.right[0], less.cone.right[0], less.cone.err_right, 0.1);
        check_limit(all.cone.height_right, less.cone.height_right, less.err_height_right, 5e-4);
        /* the left one dies out: no number is made of it */
        assert_int_not_equal(all.left, KZ_CONE_LIMIT_OK);
        assert_int_not_equal(less.left, KZ_CONE_LIMIT_OK);
    }
    /* at t = 25 chi = 1000 has lost 0.01 and 1400 is not there */
    kz_cone_limit late;
    KZ_CHECK_OK(kz_cone_extrapolate(&late, list, SHIPPED, KZ_RUN_ENERGY_CURRENT, 25.0));
    assert_int_equal(late.right, KZ_CONE_LIMIT_UNCONVERGED);
}

/* The plateaus: energies and temperatures at |n| <= 12.  The error is an estimate: one row in
 * thirty may miss it, and then by no more than half of it (1e-5 is the error of the step). */
static void shipped_plateaus_are_foretold(void **state)
{
    (void)state;
    static kz_effective_limit all[SITES - 2], less[SITES - 2];
    const kz_run *const *list = constant(growing);
    kz_options options = kz_options_default();
    kz_effective *effective;
    int rows = 0, missed = 0;
    KZ_CHECK_OK(kz_effective_create_for_runs(&effective, list, SHIPPED, false, &options));
    for (double t = 16.0; t <= 22.0; t += 2.0) {
        KZ_CHECK_OK(kz_effective_extrapolate(all, effective, list, SHIPPED, t));
        KZ_CHECK_OK(kz_effective_extrapolate(less, effective, list, SHIPPED - 1, t));
        for (int n = -12; n <= 12; n++) {
            const kz_effective_limit *a = &all[n + SITES / 2 - 1], *l = &less[n + SITES / 2 - 1];
            assert_true(a->converged && l->converged);
            KZ_CHECK_CLOSE(a->row.energy, l->row.energy, 1.5 * l->err_energy + 1e-5);
            KZ_CHECK_CLOSE(a->row.beta, l->row.beta, 1.5 * l->err_beta + 1e-4);
            KZ_CHECK_CLOSE(l->err_energy, 0.0, 1.5e-3);
            missed += fabs(a->row.energy - l->row.energy) > l->err_energy + 1e-5;
            rows++;
        }
    }
    assert_true(30 * missed <= rows);
    kz_effective_free(effective);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_maxima_of_known_limit),
        cmocka_unit_test(maxima_are_refused),
        cmocka_unit_test(no_maximum_is_none),
        cmocka_unit_test(exact_states_of_known_limit),
        cmocka_unit_test(places_must_agree),
        cmocka_unit_test(too_little_is_refused),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(shipped_maxima_are_foretold),
        cmocka_unit_test(shipped_plateaus_are_foretold),
    };
    return cmocka_run_group_tests(tests, open_shipped, close_shipped);
}
