/* Distances of an XXZ chain: rings of spins, states cooled alone, the edges of the band. */
#include <string.h>

#include <kapitza/effective.h>
#include <kapitza/thermal.h>

#include "analysis/ring.h"
#include "support/check.h"

enum { LENGTH = 4, ROWS = LENGTH - 2, P = 4 };

/* Of energies between those of beta = 0.6 and beta = -0.4, at Delta = cos(pi/4). */
static kz_effective *created(kz_chain chain, bool magnetized)
{
    kz_options options = kz_options_default();
    kz_effective_params params = kz_effective_params_default(chain, chain);
    kz_effective *effective;
    options.threads = 2;
    params.magnetized = magnetized;
    params.distances = true;
    for (int side = 0; side < 2; side++) {
        params.energy_from[side] = -0.1;
        params.energy_to[side] = 0.06;
    }
    KZ_CHECK_OK(kz_effective_create(&effective, &params, &options));
    return effective;
}

/* Rows of a profile with this energy, magnetization and matrix everywhere. */
static kz_status rows_of(kz_effective_row rows[ROWS], kz_effective *effective, double e, double m,
                         const double *rho)
{
    double energy[LENGTH], magnetization[LENGTH], density[ROWS * KZ_DENSITY_SIZE];
    for (int i = 0; i < LENGTH; i++) {
        energy[i] = e;
        magnetization[i] = m;
    }
    for (int i = 0; i < ROWS; i++)
        memcpy(density + i * KZ_DENSITY_SIZE, rho, KZ_DENSITY_SIZE * sizeof *rho);
    const kz_effective_profile profile = {LENGTH, energy, magnetization, density};
    return kz_effective_rows(rows, effective, &profile);
}

static kz_effective_row row_of(kz_effective *effective, double e, double m, const double *rho)
{
    kz_effective_row rows[ROWS];
    KZ_CHECK_OK(rows_of(rows, effective, e, m, rho));
    if (!isnan(rows[0].distance)) KZ_CHECK_CLOSE(rows[0].distance, rows[1].distance, 0);
    return rows[0];
}

/* A ring at high temperature is at distance 0 from the infinite chain but for what winds around it,
 * which falls as (beta/4)^L. */
static void check_rings(kz_effective *effective, kz_chain chain, double beta, double mu)
{
    double last = INFINITY;
    for (int L = 4; L <= 8; L += 2) {
        double rho[KZ_DENSITY_SIZE];
        ring_state ring = ring_thermal(rho, L, kz_chain_delta(chain), beta, mu);
        kz_effective_row row = row_of(effective, ring.energy, ring.magnetization, rho);
        assert_int_equal(row.place, KZ_PLACE_OK);
        KZ_CHECK_CLOSE(row.err, 0, 1e-6);
        KZ_CHECK_CLOSE(row.distance, 0, 0.02 * last);
        last = row.distance;
    }
    KZ_CHECK_CLOSE(last, 0, 1e-6);
}

static void rings_agree(void **state)
{
    (void)state;
    kz_effective *effective = created(kz_chain_xxz(P), false);
    check_rings(effective, kz_chain_xxz(P), 0.25, 0);
    check_rings(effective, kz_chain_xxz(P), -0.25, 0);
    /* a state cooled alone, which is also told the temperature it was cooled to */
    kz_thermal_params params = kz_thermal_params_default();
    kz_thermal_triple triple;
    params.chi = 60;
    KZ_CHECK_OK(kz_thermal_density(&triple, kz_chain_delta(kz_chain_xxz(P)), 0.5, 0, &params));
    kz_effective_row row = row_of(effective, triple.energy, 0, triple.rho);
    KZ_CHECK_CLOSE(row.beta, 0.5, 1e-6);
    KZ_CHECK_CLOSE(row.distance, 0, row.err + triple.err);
    KZ_CHECK_CLOSE(row.err + triple.err, 0, 1e-6);
    /* beyond what was asked for there is a temperature and no distance */
    row = row_of(effective, -0.39, 0, triple.rho);
    assert_int_equal(row.place, KZ_PLACE_EDGE);
    KZ_CHECK_CLOSE(row.err, 0, 1e-9);
    KZ_CHECK_NAN(row.distance);
    kz_effective_free(effective);
}

static void magnetized_rings_agree(void **state)
{
    (void)state;
    kz_effective *effective = created(kz_chain_xxz(P), true);
    check_rings(effective, kz_chain_xxz(P), 0.25, 0.5);
    check_rings(effective, kz_chain_xxz(P), -0.25, -0.5);
    /* no thermal state in reach: a temperature of the ground state at a magnetization */
    double rho[KZ_DENSITY_SIZE] = {0};
    kz_effective_row row = row_of(effective, -0.45, 0.1, rho);
    assert_int_equal(row.place, KZ_PLACE_OUTSIDE);
    KZ_CHECK_NAN(row.distance);
    kz_effective_free(effective);
}

/* With a gap, turned: the table of -Delta, and elements that move the middle spin of the other
 * sign. */
static void gapped_rings_agree(void **state)
{
    (void)state;
    const double delta[] = {-1.5, -2};
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_axial(delta[i]);
        bool magnetized = i == 1;
        kz_effective *effective = created(chain, magnetized);
        check_rings(effective, chain, 0.2, magnetized ? 0.5 : 0);
        check_rings(effective, chain, -0.2, magnetized ? 0.5 : 0);
        kz_effective_free(effective);
    }
}

/* At Delta = 1 a table with edges and terms of its own, at -1 states that are turned. */
static void isotropic_rings_agree(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_axial(i ? -1 : 1);
        bool magnetized = i == 1;
        kz_effective *effective = created(chain, magnetized);
        check_rings(effective, chain, 0.25, magnetized ? 0.5 : 0);
        check_rings(effective, chain, -0.25, magnetized ? 0.5 : 0);
        kz_effective_free(effective);
    }
}

static int stop(void *context, size_t done, size_t total)
{
    (void)total;
    *(size_t *)context = done;
    return 1;
}

/* Tables, and rows with magnetization, take time: they tell how far they are and can be cancelled.
 */
static void what_takes_time_can_be_cancelled(void **state)
{
    (void)state;
    size_t done = 0;
    kz_options options = kz_options_default();
    options.progress = stop;
    options.progress_context = &done;
    kz_effective_params params = kz_effective_params_default(kz_chain_xxz(P), kz_chain_xxz(P));
    params.distances = true;
    kz_effective *effective;
    KZ_CHECK_STATUS(kz_effective_create(&effective, &params, &options), KZ_ECANCELLED);
    assert_null(effective);
    params.magnetized = true;
    KZ_CHECK_OK(kz_effective_create(&effective, &params, &options));
    double rho[KZ_DENSITY_SIZE];
    kz_effective_row rows[ROWS] = {{.beta = 77}};
    ring_state ring = ring_thermal(rho, 4, kz_chain_delta(kz_chain_xxz(P)), 0.25, 0.5);
    done = 0;
    KZ_CHECK_STATUS(rows_of(rows, effective, ring.energy, ring.magnetization, rho), KZ_ECANCELLED);
    assert_true(rows[0].beta == 77);
    assert_int_equal(done, 1);
    kz_effective_free(effective);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_agree),
        cmocka_unit_test(magnetized_rings_agree),
        cmocka_unit_test(gapped_rings_agree),
        cmocka_unit_test(isotropic_rings_agree),
        cmocka_unit_test(what_takes_time_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
