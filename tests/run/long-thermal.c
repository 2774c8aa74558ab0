/* Thermal runs against dense density matrices: ten sites, and small steps. */
#include "tests/run/thermal.h"

static void pairs(size_t length, double dt, double cutoff, double tol)
{
    for (int k = 0; k < 6; k++) {
        kz_run_setup setup = pair_setup(k);
        setup.length = length;
        setup.dt = dt;
        setup.cutoff = cutoff;
        kz_run *run = make(&setup, four_times, TIMES);
        double error = error_of(run, four_times, TIMES);
        print_message("# L = %zu, dt = %g, pair %d: error %.1e\n", length, dt, k, error);
        KZ_CHECK_CLOSE(error, 0.0, tol);
        kz_run_free(run);
    }
}

static void ten_sites_at_the_default_step(void **state)
{
    (void)state;
    pairs(10, kz_run_setup_default().dt, 1e-12, 1e-6);
}

static void eight_sites_at_small_steps(void **state)
{
    (void)state;
    pairs(8, 0.05, 1e-16, 1e-8);
}

/* XX | XX of 60 sites against free fermions, to where the fronts are far from the ends. */
static void sixty_sites_of_free_fermions(void **state)
{
    (void)state;
    static const double times[] = {0.0, 5.0, 10.0};
    kz_run_setup setup =
        thermal_setup(KZ_METHOD_TEBD, kz_state_thermal(1.0, 0.0), kz_state_thermal(2.0, 0.0));
    setup.length = 60;
    setup.cutoff = 1e-10;
    kz_run *tebd = make(&setup, times, 3);
    setup.method = KZ_METHOD_FERMION;
    kz_run *fermion = make(&setup, times, 3);
    for (size_t k = 0; k < 3; k++)
        for (int q = 0; q <= KZ_RUN_SPIN_CURRENT; q++) {
            double error = worst_of(kz_run_row(tebd, (kz_run_quantity)q, k),
                                    kz_run_row(fermion, (kz_run_quantity)q, k), 60, 0.0);
            print_message("# t = %g, %s: %.1e\n", times[k],
                          kz_run_quantity_name((kz_run_quantity)q), error);
            KZ_CHECK_CLOSE(error, 0.0, 1e-5);
        }
    kz_run_free(tebd);
    kz_run_free(fermion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_sites_at_the_default_step),
        cmocka_unit_test(eight_sites_at_small_steps),
        cmocka_unit_test(sixty_sites_of_free_fermions),
    };
    return cmocka_run_group_tests_name("thermal runs", tests, make_folder, remove_folder);
}
