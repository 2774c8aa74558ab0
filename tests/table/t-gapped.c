/* Inversion and grid tables of chains with |Delta| >= 1.  docs/delta.md. */
#include <stdlib.h>
#include <unistd.h>

#include "table/boundary.h"
#include "table/internal.h"
#include "table/single.h"

static kz_thermo thermo(kz_chain chain, kz_state state) { return thermo_of(chain, state, 1e-11); }

/* Back from energy and magnetization to beta and mu, both signs of each. */
static void property_round_trip(void **unused)
{
    (void)unused;
    const double delta[] = {1.5, 1.1, -1.5, 3, -4};
    const double point[][2] = {{0.8, 0.7}, {-0.4, 1.9}, {1.7, 0},   {-1.2, 0},
                               {0, -1},    {2.5, -1.4}, {0.02, 3.5}};
    for (int d = 0; d < 5; d++) {
        kz_chain chain = kz_chain_axial(delta[d]);
        for (size_t i = 0; i < sizeof point / sizeof *point; i++) {
            double beta = point[i][0] / fmax(1, fabs(delta[d]) - 1), mu = point[i][1];
            kz_thermo t = thermo(chain, kz_state_thermal(beta, mu));
            kz_inverse back = invert_one(chain, t.energy, t.magnetization);
            assert_int_equal(back.place, KZ_PLACE_OK);
            assert_true(back.err >= 0 && back.err <= 1e-9);
            /* what the error of e and m, 1e-11, makes of it */
            double det =
                -t.energy_beta * t.susceptibility - t.magnetization_beta * t.magnetization_beta;
            double steep =
                (fabs(t.susceptibility) + 2 * fabs(t.magnetization_beta) + fabs(t.energy_beta)) /
                fabs(det);
            double tol = 2e-11 * (1 + steep) + 2 * back.err;
            KZ_CHECK_CLOSE(back.beta, beta, tol * kz_check_scale(beta));
            KZ_CHECK_CLOSE(back.mu, mu, tol * kz_check_scale(mu));
        }
    }
}

/* The lower edge of the region is the ground state in a field, linear above m = 0 where h is the
 * gap; the upper one that of -Delta, flat: a ferromagnet. */
static void exact_boundary(void **unused)
{
    (void)unused;
    const double delta[] = {1, 1.2, 2.1, 3, 3.9};
    for (int d = 0; d < 5; d++) {
        double D = delta[d], phi = acosh(D), gap = sinh(phi), e, h;
        kz_chain chain = kz_chain_axial(D);
        for (int k = 1; phi > 0 && k * phi < 40; k++)
            gap += 2 * sinh(phi) * (k % 2 ? -1 : 1) / cosh(k * phi);
        KZ_CHECK_OK(kz_ground_at_magnetization(&e, &h, chain, 0));
        KZ_CHECK_CLOSE(e, kz_chain_energy_min(chain), 1e-12);
        KZ_CHECK_CLOSE(h, gap, 1e-11);
        for (int i = 1; i < (D > 1 ? 4 : 2); i++) { /* dense matrices at Delta = 1 */
            double field = gap + 0.25 * i * (1 + D - gap);
            kz_thermo t = thermo(chain, kz_state_ground(field));
            KZ_CHECK_OK(kz_ground_at_magnetization(&e, &h, chain, t.magnetization));
            KZ_CHECK_CLOSE(e, t.energy, 1e-10);
            KZ_CHECK_CLOSE(h, field, 1e-9);
            kz_inverse below = invert_one(chain, t.energy - 1e-4, t.magnetization);
            assert_int_equal(below.place, KZ_PLACE_OUTSIDE);
            /* on the chain -D that is the top */
            kz_inverse above = invert_one(kz_chain_axial(-D), -t.energy + 1e-4, t.magnetization);
            assert_int_equal(above.place, KZ_PLACE_OUTSIDE);
        }
        KZ_CHECK_OK(kz_ground_at_magnetization(&e, &h, kz_chain_axial(-D), 0.3));
        KZ_CHECK_CLOSE(e, -0.25 * D, 0);
        assert_int_equal(invert_one(chain, 0.25 * D, 0.3).place, KZ_PLACE_EDGE);
        assert_int_equal(invert_one(chain, 0.25 * D + 1e-6, 0.3).place, KZ_PLACE_OUTSIDE);
    }
}

/* 2026-11-26: beside the flat ceiling the closure cancelled, from t = 1e16 on to 0/0, and the guess
 * of a gapless edge led there: "failed", with a residual of -nan. */
static void bug_beside_the_flat_ceiling(void **unused)
{
    (void)unused;
    const double below[] = {1e-4, 1e-6, 1e-8}, m[] = {0, 0.1, -0.45};
    const kz_chain chain = kz_chain_axial(2);
    for (int i = 0; i < 9; i++) {
        double e = 0.5 - below[i / 3];
        kz_inverse back = invert_one(chain, e, m[i % 3]);
        assert_int_equal(back.place, KZ_PLACE_OK);
        /* e is known to 1e-16, which is that of below[] at worst ten times */
        assert_true(back.err >= 0 && back.err <= 1e-10 + 1e-15 / below[i / 3]);
        kz_thermo t = thermo(chain, kz_state_thermal(back.beta, back.mu));
        KZ_CHECK_CLOSE(t.energy, e, 1e-11);
        KZ_CHECK_CLOSE(t.magnetization, m[i % 3], 1e-7); /* mu is 1e-9: to its own digits */
    }
}

/* Mixed second derivatives against difference quotients of thermo, off by step^2/6 times those of
 * fifth order of ln Z. */
static void check_mixed(const kz_table_point *p, kz_chain chain, double tol)
{
    const double step = 1e-3;
    kz_thermo up = thermo(chain, kz_state_thermal(p->beta, p->mu + step));
    kz_thermo down = thermo(chain, kz_state_thermal(p->beta, p->mu - step));
    kz_thermo cold = thermo(chain, kz_state_thermal(p->beta + step, p->mu));
    kz_thermo hot = thermo(chain, kz_state_thermal(p->beta - step, p->mu));
    double energy = (up.energy_beta - down.energy_beta) / (2 * step);
    double magnetization = (cold.susceptibility - hot.susceptibility) / (2 * step);
    KZ_CHECK_CLOSE(p->energy_beta_mu, energy, tol);
    KZ_CHECK_CLOSE(p->magnetization_beta_mu, magnetization, tol);
}

/* Delta = 1: derivatives of a table against those of thermo, whose sums of Drude weights are quick
 * at large |mu|; back from the state; Delta -> -Delta. */
static void isotropic(void **unused)
{
    (void)unused;
    const double beta[] = {-0.9, 0.4, 0.9}, opposite[] = {-0.9, -0.4, 0.9}, mu[] = {0, 2, 4};
    kz_chain chain = kz_chain_axial(1);
    kz_options options = kz_options_default();
    kz_table *table, *turned;
    kz_table_point p, q;
    KZ_CHECK_OK(kz_table_create(&table, chain, beta, 3, mu, 3, &options));
    KZ_CHECK_OK(kz_table_create(&turned, kz_chain_axial(-1), opposite, 3, mu, 3, &options));
    KZ_CHECK_OK(kz_table_get_node(&p, table, 1, 2));
    KZ_CHECK_OK(kz_table_get_node(&q, turned, 1, 2));
    kz_thermo t = thermo(chain, kz_state_thermal(beta[1], mu[2]));
    check_node(&p, &t, options.tol);
    check_mixed(&p, chain, 3e-7); /* fifth derivatives below 1 */
    KZ_CHECK_CLOSE(q.energy, -p.energy, 2e-13);
    KZ_CHECK_CLOSE(q.energy_beta_mu, p.energy_beta_mu, 2e-13);
    KZ_CHECK_CLOSE(q.magnetization_beta_mu, -p.magnetization_beta_mu, 2e-13);
    kz_inverse back[2] = {invert_one(chain, t.energy, t.magnetization),
                          invert_one(kz_chain_axial(-1), -t.energy, t.magnetization)};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(back[i].place, KZ_PLACE_OK);
        assert_true(back[i].err >= 0 && back[i].err <= 1e-9);
        KZ_CHECK_CLOSE(back[i].beta, (i ? -1 : 1) * beta[1], 2e-9); /* 1e-11, responses up to 100 */
        KZ_CHECK_CLOSE(back[i].mu, mu[2], 2e-9);
    }
    kz_table_free(table);
    kz_table_free(turned);
}

enum { NB = 5, NM = 5 };

/* Stored derivatives, also mixed ones, against difference quotients of thermo; the file comes back.
 */
static void property_grid_table(void **unused)
{
    (void)unused;
    const double beta[NB] = {-0.5, -0.2, 0, 0.4, 0.9}, mu[NM] = {-1.2, -0.6, 0, 0.6, 1.2};
    const double delta[] = {1.5, -2};
    for (int d = 0; d < 2; d++) {
        kz_chain chain = kz_chain_axial(delta[d]);
        kz_options options = kz_options_default();
        kz_table *table, *again;
        KZ_CHECK_OK(kz_table_create(&table, chain, beta, NB, mu, NM, &options));
        for (size_t i = 0; i < NB * NM; i += 3) {
            kz_table_point p;
            size_t ib = i / NM, im = i % NM;
            KZ_CHECK_OK(kz_table_get_node(&p, table, ib, im));
            kz_thermo t = thermo(chain, kz_state_thermal(beta[ib], mu[im]));
            check_node(&p, &t, options.tol);
            check_mixed(&p, chain, 3e-6); /* fifth derivatives up to 10 */
        }
        char name[] = "/tmp/kapitza-gapped-XXXXXX";
        int file = mkstemp(name);
        assert_true(file >= 0);
        close(file);
        KZ_CHECK_OK(kz_table_write(table, name));
        KZ_CHECK_OK(kz_table_read(&again, name));
        assert_true(kz_chain_is_same(kz_table_get_chain(again), chain));
        unlink(name);
        double e = thermo(chain, kz_state_thermal(0.3, 0.5)).energy;
        double m = thermo(chain, kz_state_thermal(0.3, 0.5)).magnetization;
        kz_inverse back = {0};
        KZ_CHECK_OK(kz_table_invert(&back, again, &e, &m, 1, &options));
        assert_int_equal(back.place, KZ_PLACE_OK);
        assert_true(back.err >= 0 && back.err <= 1e-2); /* between five nodes */
        KZ_CHECK_CLOSE(back.beta, 0.3, back.err);
        KZ_CHECK_CLOSE(back.mu, 0.5, back.err);
        kz_table_free(table);
        kz_table_free(again);
    }
}

/* 2026-11-26: both grids had the narrow Fermi point of a cold state between two nodes, and agreed:
 * e was off by fourteen times err. */
static void bug_hidden_fermi_point(void **unused)
{
    (void)unused;
    const double beta = 3e3, mu = 4e3;
    kz_chain chain = kz_chain_axial(2);
    kz_thermo t = thermo_of(chain, kz_state_thermal(beta, mu), 1e-6);
    kz_row_work *work;
    double row[KZ_FIELDS + 1];
    KZ_CHECK_OK(kz_row_work_create(&work, chain, &mu, 1, 1e-3));
    KZ_CHECK_OK(kz_row_compute(row, work, beta));
    kz_row_work_free(work);
    assert_true(row[KZ_FIELDS] <= 1e-3);
    KZ_CHECK_CLOSE(row[KZ_FIELD_E], t.energy, row[KZ_FIELDS] + t.err);
    KZ_CHECK_CLOSE(row[KZ_FIELD_M], t.magnetization, row[KZ_FIELDS] + t.err);
}

static void errors(void **unused)
{
    (void)unused;
    const double node[] = {0, 1};
    kz_options options = kz_options_default();
    kz_table *table;
    kz_inverter *inverter;
    KZ_CHECK_STATUS(kz_table_create(&table, kz_chain_axial(0.5), node, 2, node, 2, &options),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(kz_table_create_energy(&table, kz_chain_axial(0.5), &options), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_table_create_energy(&table, kz_chain_axial(1.0001), &options), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_inverter_create(&inverter, kz_chain_axial(-0.5), NULL, &options), KZ_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_round_trip),
        cmocka_unit_test(exact_boundary),
        cmocka_unit_test(bug_beside_the_flat_ceiling),
        cmocka_unit_test(isotropic),
        cmocka_unit_test(property_grid_table),
        cmocka_unit_test(bug_hidden_fermi_point),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
