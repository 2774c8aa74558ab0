/* 10^4 random states of the default range per chain, there and back, on true states and by the
 * default table; exact diagonalisation at random points. */
#include <stdlib.h>

#include <kapitza/table.h>
#include <kapitza/thermo.h>

#include "support/check.h"
#include "support/ed.h"

enum { POINTS = 10000, SEED = 4 };

typedef struct {
    double beta[POINTS], mu[POINTS], e[POINTS], m[POINTS], known[POINTS];
    kz_inverse rows[POINTS];
} sample;

/* kz_thermo_compute() chooses and checks its own, finer grids. */
static void make_sample(sample *s, int P)
{
    uint64_t seed = SEED;
    for (int i = 0; i < POINTS; i++) {
        kz_thermo t;
        s->beta[i] = kz_check_uniform(&seed, -5, 5);
        s->mu[i] = kz_check_uniform(&seed, -5, 5);
        kz_state thermal = kz_state_thermal(s->beta[i], s->mu[i]);
        kz_status status = kz_thermo_compute(&t, kz_chain_xxz(P), &thermal, 1e-12);
        if (status != KZ_ETOL) KZ_CHECK_OK(status);
        s->e[i] = t.energy;
        s->m[i] = t.magnetization;
        double cross = t.magnetization_beta,
               det = -t.energy_beta * t.susceptibility - cross * cross;
        double largest = fmax(-t.energy_beta, t.susceptibility) + fabs(cross);
        s->known[i] = t.err * largest / det; /* what the error of the source does */
    }
}

typedef struct {
    double worst, bound, ratio;
} verdict;

static verdict judge(const sample *s)
{
    verdict v = {0, 0, 0};
    for (int i = 0; i < POINTS; i++) {
        const kz_inverse *row = &s->rows[i];
        double err = kz_check_largest(fabs(row->beta - s->beta[i]) / kz_check_scale(s->beta[i]),
                                      fabs(row->mu - s->mu[i]) / kz_check_scale(s->mu[i]));
        assert_int_equal(row->place, KZ_PLACE_OK);
        if (!(err <= row->err + s->known[i]))
            fail_msg("beta %.6g mu %.6g: error %.3g, bound %.3g + %.3g", s->beta[i], s->mu[i], err,
                     row->err, s->known[i]);
        v.worst = fmax(v.worst, err);
        v.bound = fmax(v.bound, row->err);
        v.ratio = fmax(v.ratio, err / (row->err + s->known[i]));
    }
    return v;
}

static void there_and_back(void **state)
{
    (void)state;
    static const int chains[] = {2, 3, 4, 6};
    sample *s = malloc(sizeof *s);
    double axis[101];
    assert_non_null(s);
    for (int i = 0; i < 101; i++)
        axis[i] = -5 + 0.1 * i;
    for (size_t c = 0; c < sizeof chains / sizeof *chains; c++) {
        kz_chain chain = kz_chain_xxz(chains[c]);
        kz_options options = kz_options_default();
        kz_inverter *inverter;
        kz_table *table;
        options.threads = 2;
        make_sample(s, chains[c]);
        KZ_CHECK_OK(kz_inverter_create(&inverter, chain, NULL, &options));
        KZ_CHECK_OK(kz_inverter_solve(s->rows, inverter, s->e, s->m, POINTS));
        kz_inverter_free(inverter);
        verdict exact = judge(s);
        KZ_CHECK_OK(kz_table_create(&table, chain, axis, 101, axis, 101, &options));
        KZ_CHECK_OK(kz_table_invert(s->rows, table, s->e, s->m, POINTS, &options));
        kz_table_free(table);
        verdict alone = judge(s);
        print_message("# P = %d: states %.2g (err up to %.2g), table %.2g (err up to %.2g)\n",
                      chains[c], exact.worst, exact.bound, alone.worst, alone.bound);
        assert_true(alone.worst <= 1e-5);
        assert_true(exact.bound <= 1e-8);
    }
    free(s);
}

/* The finite-size error is measured: L = 12 against L = 14; it falls exponentially at these
 * temperatures, so that their difference bounds it. */
static void exact_diagonalisation(void **state)
{
    (void)state;
    static const int chains[] = {3, 4, 6};
    uint64_t seed = 12;
    for (size_t c = 0; c < sizeof chains / sizeof *chains; c++) {
        kz_chain chain = kz_chain_xxz(chains[c]);
        kz_options options = kz_options_default();
        kz_inverter *inverter;
        ed_spectrum *small = ed_spectrum_create(12, kz_chain_delta(chain));
        ed_spectrum *large = ed_spectrum_create(14, kz_chain_delta(chain));
        KZ_CHECK_OK(kz_inverter_create(&inverter, chain, NULL, &options));
        for (int i = 0; i < 20; i++) {
            double beta = kz_check_uniform(&seed, -2, 2), mu = kz_check_uniform(&seed, -2, 2);
            kz_thermo a = ed_spectrum_thermo(small, beta, mu),
                      b = ed_spectrum_thermo(large, beta, mu);
            kz_inverse row[2];
            double e[2] = {a.energy, b.energy}, m[2] = {a.magnetization, b.magnetization};
            KZ_CHECK_OK(kz_inverter_solve(row, inverter, e, m, 2));
            double tol_beta = fabs(row[0].beta - row[1].beta) + 1e-9;
            double tol_mu = fabs(row[0].mu - row[1].mu) + 1e-9;
            /* beta and mu may change at different rates: each gets the larger of the two */
            KZ_CHECK_CLOSE(row[1].beta, beta, fmax(tol_beta, tol_mu));
            KZ_CHECK_CLOSE(row[1].mu, mu, fmax(tol_beta, tol_mu));
        }
        kz_inverter_free(inverter);
        ed_spectrum_free(small);
        ed_spectrum_free(large);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_diagonalisation),
        cmocka_unit_test(there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
