/* Thermal states of finite chains, at rest and in time, against exact density matrices. */
#include <cblas.h>
#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "tbm/canonical.h"
#include "tests/tbm/support.h"

enum { SITES = 8, STATES = 1 << SITES };

/* A quench: left and right values; bond L/2 - 1 and site L/2 - 1 are the last left ones. */
typedef struct {
    double delta[2], beta[2], mu[2];
} quench;

typedef struct {
    double delta[SITES - 1], beta[SITES - 1], mu[SITES];
} chain_of;

static chain_of spread(const quench *q)
{
    chain_of c;
    for (int i = 0; i < SITES; i++) {
        int side = i < SITES / 2 ? 0 : 1;
        c.mu[i] = q->mu[side];
        if (i + 1 == SITES) break;
        c.beta[i] = q->beta[side];
        c.delta[i] = q->delta[side];
    }
    return c;
}

/* K = sum beta h - sum mu Sz on the sector of an ed_chain; eigenvectors replace it. */
static void diagonalise_k(double *k, double *value, const ed_chain *sector, const chain_of *c)
{
    int n = ed_chain_dimension(sector);
    int index[STATES];
    for (int a = 0; a < n; a++)
        index[ed_chain_spins(sector, a)] = a;
    for (int a = 0; a < n; a++) {
        unsigned spins = ed_chain_spins(sector, a);
        for (int i = 0; i < SITES; i++) {
            k[a * (n + 1)] -= c->mu[i] * (spins >> i & 1U ? 0.5 : -0.5);
            if (i + 1 == SITES) break;
            bool equal = (spins >> i & 1U) == (spins >> (i + 1) & 1U);
            k[a * (n + 1)] += (equal ? 0.25 : -0.25) * c->beta[i] * c->delta[i];
            if (!equal) k[index[spins ^ (3U << i)] + a * n] += 0.5 * c->beta[i];
        }
    }
    assert_int_equal(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', n, k, n, value), 0);
}

static void add_profile(profile *sum, const profile *p, double weight)
{
    for (int i = 0; i < SITES; i++) {
        sum->energy[i] += weight * p->energy[i];
        sum->current[i] += weight * p->current[i];
        sum->link[i] += weight * p->link[i];
        sum->magnetization[i] += weight * p->magnetization[i];
        sum->spin_current[i] += weight * p->spin_current[i];
    }
}

/* Every eigenvector of K evolves on its own.  At the `times`, which all profiles share. */
static void exact(profile *out, const chain_of *c, const double *times, int count)
{
    double z = 0.0;
    memset(out, 0, (size_t)count * sizeof *out);
    for (int up = 0; up <= SITES; up++) {
        ed_chain *sector = ed_chain_create(SITES, up, c->delta, NULL);
        size_t n = (size_t)ed_chain_dimension(sector);
        double *k = calloc(n * n, sizeof *k), *value = calloc(n, sizeof *value);
        double complex *psi = calloc(n, sizeof *psi), *later = calloc(n, sizeof *psi);
        diagonalise_k(k, value, sector, c);
        for (size_t j = 0; j < n; j++) {
            double weight = exp(-value[j]);
            z += weight;
            for (size_t a = 0; a < n; a++)
                psi[a] = k[a + j * n];
            for (int t = 0; t < count; t++) {
                profile p;
                kz_lattice_profile view = profile_view(&p);
                view.entropy = NULL;
                ed_chain_evolve(later, sector, psi, times[t]);
                ed_chain_measure(&view, sector, later);
                add_profile(&out[t], &p, weight);
            }
        }
        free(k);
        free(value);
        free(psi);
        free(later);
        ed_chain_free(sector);
    }
    for (int t = 0; t < count; t++) {
        profile sum = {0};
        add_profile(&sum, &out[t], 1.0 / z);
        out[t] = sum;
    }
}

static kz_mps *thermal(const chain_of *c, size_t chi)
{
    kz_mps *mps;
    kz_mps_thermal_params params = kz_mps_thermal_params_default();
    params.chi = chi;
    KZ_CHECK_OK(kz_mps_create_thermal(&mps, SITES, c->beta, c->mu, c->delta, &params));
    KZ_CHECK_OK(kz_mps_check(mps, 1e-6));
    assert_true(kz_mps_is_purified(mps));
    return mps;
}

static double pi_4(void) { return sqrt(0.5); }

/* Every column, at the default step; both signs of beta, different halves, fields. */
static void quenches_against_exact_density_matrices(void **state)
{
    (void)state;
    static const double times[] = {0.0, 1.0, 2.0};
    const quench cases[] = {{{0.0, pi_4()}, {1.0, 2.0}, {0.0, 0.0}},
                            {{0.0, pi_4()}, {-1.0, 0.5}, {0.4, 0.4}},
                            {{0.0, pi_4()}, {0.7, -1.5}, {1.0, -0.5}}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        chain_of c = spread(&cases[k]);
        profile expected[3];
        exact(expected, &c, times, 3);
        kz_mps *mps = thermal(&c, 100);
        kz_tebd *tebd;
        kz_tebd_params params = kz_tebd_params_default();
        params.cutoff = 1e-14;
        KZ_CHECK_OK(kz_tebd_create(&tebd, mps, c.delta, &params));
        for (int t = 0; t < 3; t++) {
            profile ours;
            kz_lattice_profile view = profile_view(&ours);
            if (t > 0) KZ_CHECK_OK(kz_tebd_advance(tebd, 0.2, 5, NULL, NULL));
            KZ_CHECK_OK(kz_mps_measure(&view, mps, c.delta, 1));
            double error = profile_distance(&ours, &expected[t], SITES);
            print_message("# case %zu, t = %g: chi %zu, error %.1e\n", k, times[t],
                          kz_mps_max_bond_dimension(mps), error);
            KZ_CHECK_CLOSE(error, 0.0, 1e-6);
        }
        kz_tebd_free(tebd);
        kz_mps_free(mps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quenches_against_exact_density_matrices),
    };
    return cmocka_run_group_tests_name("purified", tests, NULL, NULL);
}
