/* Effective states: two routes to beta, halves, places, distances, refusals. */
#include <kapitza/effective.h>

#include "core/memory.h"
#include "support/check.h"

static const kz_chain XX = {.kind = KZ_CHAIN_XX};

static kz_options options_of(double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    options.threads = 2;
    return options;
}

static kz_effective *created(kz_chain left, kz_chain right, bool magnetized, bool distances)
{
    kz_effective_params params = kz_effective_params_default(left, right);
    params.magnetized = magnetized;
    params.distances = distances;
    kz_options options = options_of(1e-10);
    kz_effective *effective;
    KZ_CHECK_OK(kz_effective_create(&effective, &params, &options));
    return effective;
}

/* Energies of bonds with these means of neighbours, starting from the first mean. */
static void bonds_of(double *energy, const double *mean, size_t rows)
{
    energy[0] = mean[0];
    for (size_t i = 0; i < rows; i++)
        energy[i + 1] = 2 * mean[i] - energy[i];
}

/* beta of the table against Newton's method on true states, and both against the temperature that
 * the energies were made from, by a third solver. */
static void two_routes_to_beta(void **state)
{
    (void)state;
    enum { ROWS = 10 };
    static const double beta[ROWS] = {-40, -6, -2.9, -1, -0.05, 0.3, 0.8, 2.3, 7, 60};
    static const kz_chain chains[] = {{.kind = KZ_CHAIN_XX},
                                      {.kind = KZ_CHAIN_XXZ, .P = 3},
                                      {.kind = KZ_CHAIN_XXZ, .P = 4},
                                      {.kind = KZ_CHAIN_XXZ, .P = 6}};
    for (size_t c = 0; c < sizeof chains / sizeof *chains; c++) {
        double energy[ROWS + 1], mean[ROWS];
        kz_effective_row rows[ROWS];
        kz_inverse direct[ROWS];
        kz_inverter *inverter;
        kz_options options = options_of(1e-10);
        kz_effective *effective = created(chains[c], chains[c], false, false);
        for (int i = 0; i < ROWS; i++) {
            kz_state thermal = kz_state_thermal(beta[i], 0);
            kz_thermo t;
            KZ_CHECK_OK(kz_thermo_compute(&t, chains[c], &thermal, 1e-12));
            mean[i] = t.energy;
        }
        bonds_of(energy, mean, ROWS);
        for (int i = 0; i < ROWS; i++)
            mean[i] = 0.5 * (energy[i] + energy[i + 1]);
        const kz_effective_profile profile = {.length = ROWS + 2, .energy = energy};
        KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
        KZ_CHECK_OK(kz_inverter_create(&inverter, chains[c], NULL, &options));
        KZ_CHECK_OK(kz_inverter_solve(direct, inverter, mean, NULL, ROWS));
        for (int i = 0; i < ROWS; i++) {
            assert_int_equal(rows[i].place, KZ_PLACE_OK);
            KZ_CHECK_CLOSE(rows[i].mu, 0, 0);
            KZ_CHECK_NAN(rows[i].distance);
            KZ_CHECK_CLOSE_REL(rows[i].beta, direct[i].beta, rows[i].err + direct[i].err);
            KZ_CHECK_CLOSE_REL(rows[i].beta, direct[i].beta, 1e-8);
            KZ_CHECK_CLOSE_REL(rows[i].beta, beta[i], 1e-8);
        }
        kz_inverter_free(inverter);
        kz_effective_free(effective);
    }
}

/* Sites n <= 0 belong to the left chain, and n = 0 alone is mixed.  At high temperature
 * e = -beta (2 + Delta^2)/16 + O(beta^2), which tells the chains apart. */
static void halves(void **state)
{
    (void)state;
    enum { LENGTH = 12, ROWS = LENGTH - 2 };
    double energy[LENGTH];
    kz_effective_row rows[ROWS];
    kz_effective *effective = created(XX, kz_chain_xxz(3), false, false);
    for (int i = 0; i < LENGTH; i++)
        energy[i] = -1e-6;
    const kz_effective_profile profile = {.length = LENGTH, .energy = energy};
    KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
    for (int i = 0; i < ROWS; i++) {
        int n = i - LENGTH / 2 + 1;
        double square = n <= 0 ? 0 : 0.25;
        KZ_CHECK_CLOSE(rows[i].beta, 1e-6 * 16 / (2 + square), 1e-10);
        assert_int_equal(rows[i].mixed, n == 0);
    }
    kz_effective_free(effective);
    effective = created(XX, kz_chain_xxz(2), false, false); /* one chain under two names */
    KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
    for (int i = 0; i < ROWS; i++)
        assert_false(rows[i].mixed);
    kz_effective_free(effective);
}

static void check_outside(const kz_effective_row *row, double beta, double mu)
{
    assert_int_equal(row->place, KZ_PLACE_OUTSIDE);
    assert_int_equal(row->status, KZ_OK);
    assert_true(row->beta == beta && row->mu == mu);
    KZ_CHECK_CLOSE(row->err, 0, 0);
}

static void places_without_magnetization(void **state)
{
    (void)state;
    enum { LENGTH = 8 };
    double low = kz_chain_energy_min(kz_chain_xxz(4)), high = kz_chain_energy_max(kz_chain_xxz(4));
    double energy[LENGTH] = {low - 1e-4, low - 1e-4, low, low, 0, high + 2e-4, NAN, NAN};
    kz_effective_row rows[LENGTH - 2];
    kz_effective *effective = created(kz_chain_xxz(4), kz_chain_xxz(4), false, false);
    const kz_effective_profile profile = {.length = LENGTH, .energy = energy};
    KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
    check_outside(&rows[0], INFINITY, 0);
    check_outside(&rows[1], INFINITY, 0);
    check_outside(&rows[2], INFINITY, 0); /* the edge itself */
    assert_int_equal(rows[3].place, KZ_PLACE_OK);
    assert_int_equal(rows[4].place, KZ_PLACE_OK);
    assert_int_equal(rows[5].place, KZ_PLACE_FAILED);
    KZ_CHECK_STATUS(rows[5].status, KZ_EDOMAIN);
    KZ_CHECK_NAN(rows[5].beta);
    assert_true(isinf(rows[5].err));
    energy[6] = high;
    KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
    check_outside(&rows[5], -INFINITY, 0);
    kz_effective_free(effective);
}

/* Published states (beta, mu) = (1, 0.7), (-1, 0.5); the ground state in a field h = 0.8. */
static void places_with_magnetization(void **state)
{
    (void)state;
    enum { LENGTH = 10 };
    static const double energy[LENGTH] = {-0.149250518, 0.122751734, 0.25 * M_SQRT1_2, -0.42,
                                          0.3,          0.1,         -0.3474254952,    0};
    static const double m[LENGTH] = {0.109488756, 0.152558282, -0.5,         0.01,
                                     -0.02,       0.6,         0.1310167481, NAN};
    kz_effective_row rows[LENGTH - 2];
    kz_effective *effective = created(kz_chain_xxz(4), kz_chain_xxz(4), true, false);
    const kz_effective_profile profile = {.length = LENGTH, .energy = energy, .magnetization = m};
    KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
    KZ_CHECK_CLOSE(rows[0].beta, 1, 1e-7);
    KZ_CHECK_CLOSE(rows[0].mu, 0.7, 1e-7);
    KZ_CHECK_CLOSE(rows[1].beta, -1, 1e-7);
    KZ_CHECK_CLOSE(rows[1].mu, 0.5, 1e-7);
    assert_int_equal(rows[2].place, KZ_PLACE_EDGE);
    KZ_CHECK_NAN(rows[2].beta);
    assert_true(rows[2].mu == -INFINITY && isinf(rows[2].err));
    check_outside(&rows[3], INFINITY, INFINITY);
    check_outside(&rows[4], -INFINITY, -INFINITY);
    check_outside(&rows[5], INFINITY, INFINITY); /* e < Delta m^2 */
    assert_true(rows[6].place == KZ_PLACE_EDGE || rows[6].beta > 100);
    assert_int_equal(rows[7].place, KZ_PLACE_FAILED);
    kz_effective_free(effective);
}

/* -- refusals ------------------------------------------------------------------------------- */

static void refusals(void **state)
{
    (void)state;
    kz_options options = options_of(1e-10), bad = options;
    kz_effective_params params =
        kz_effective_params_default((kz_chain){.kind = KZ_CHAIN_XXZ, .P = 1}, kz_chain_xx());
    kz_effective *effective;
    double energy[8] = {0};
    kz_effective_row rows[8] = {{.beta = 5}};
    KZ_CHECK_STATUS(kz_effective_create(&effective, &params, &options), KZ_EINVAL);
    assert_null(effective);
    params = kz_effective_params_default(XX, (kz_chain){.kind = KZ_CHAIN_XXZ, .P = 1});
    KZ_CHECK_STATUS(kz_effective_create(&effective, &params, &options), KZ_EINVAL);
    bad.tol = 0;
    params.right = XX;
    KZ_CHECK_STATUS(kz_effective_create(&effective, &params, &bad), KZ_EINVAL);
    effective = created(XX, XX, true, true);
    kz_effective_profile profile = {.length = 8, .energy = energy};
    KZ_CHECK_STATUS(kz_effective_rows(rows, effective, &profile), KZ_EINVAL);
    profile.magnetization = energy;
    KZ_CHECK_STATUS(kz_effective_rows(rows, effective, &profile), KZ_EINVAL);
    profile.length = 7;
    KZ_CHECK_STATUS(kz_effective_rows(rows, effective, &profile), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_effective_rows(rows, effective, NULL), KZ_EINVAL);
    KZ_CHECK_CLOSE(rows[0].beta, 5, 0);
    kz_effective_free(effective);
    kz_effective_free(NULL);
}

static kz_status whole_work(kz_effective_row *rows)
{
    const kz_effective_params params = kz_effective_params_default(XX, XX);
    double energy[8] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    const kz_effective_profile profile = {.length = 8, .energy = energy};
    kz_options options = options_of(1e-3);
    options.threads = 1;
    kz_effective *effective;
    kz_status status = kz_effective_create(&effective, &params, &options);
    if (status == KZ_OK) status = kz_effective_rows(rows, effective, &profile);
    kz_effective_free(effective);
    return status;
}

static void memory_runs_out(void **state)
{
    (void)state;
    kz_effective_row rows[6] = {{.beta = 5}};
    kz_alloc_fail_at(1000000000); /* never, but counts */
    KZ_CHECK_OK(whole_work(rows));
    unsigned long count = kz_alloc_count();
    rows[0].beta = 5;
    for (unsigned long k = 1; k <= count; k += k < 20 || k + 20 > count ? 1 : 61) {
        kz_alloc_fail_at(k);
        kz_status status = whole_work(rows);
        kz_alloc_fail_at(0);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
        if (status != KZ_OK) KZ_CHECK_CLOSE(rows[0].beta, 5, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_routes_to_beta),
        cmocka_unit_test(halves),
        cmocka_unit_test(places_without_magnetization),
        cmocka_unit_test(places_with_magnetization),
        cmocka_unit_test(refusals),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
