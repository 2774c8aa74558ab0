/* States, density matrices, conservation laws, refusals and memory. */
#include <stdlib.h>

#include "core/memory.h"
#include "tbm/mps/canonical.h"
#include "tests/tbm/support.h"

static void product_state_has_its_values(void **state)
{
    (void)state;
    enum { L = 5 };
    static const bool spins[L] = {true, true, false, true, false};
    static const double delta[L - 1] = {0.3, -0.4, 1.2, 0.8};
    profile p;
    kz_lattice_profile view = profile_view(&p);
    kz_mps *mps;
    KZ_CHECK_OK(kz_mps_create_product(&mps, L, spins));
    KZ_CHECK_OK(kz_mps_check(mps, 0.0));
    KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, 1));
    assert_int_equal(kz_mps_length(mps), L);
    assert_int_equal(kz_mps_up_spins(mps), 3);
    for (size_t i = 0; i < L; i++) {
        KZ_CHECK_CLOSE(p.magnetization[i], spins[i] ? 0.5 : -0.5, 1e-15);
        if (i + 1 == L) break;
        assert_int_equal(kz_mps_bond_dimension(mps, i), 1);
        KZ_CHECK_CLOSE(p.energy[i], (spins[i] == spins[i + 1] ? 0.25 : -0.25) * delta[i], 1e-15);
        KZ_CHECK_CLOSE(p.spin_current[i], 0.0, 1e-15);
        KZ_CHECK_CLOSE(p.entropy[i], 0.0, 1e-15);
    }
    KZ_CHECK_NAN(p.energy[L - 1]);
    KZ_CHECK_NAN(p.current[0]);
    KZ_CHECK_NAN(p.link[0]);
    KZ_CHECK_NAN(p.link[L - 1]);
    kz_mps_free(mps);
}

/* From the amplitudes of exact diagonalisation; element by element. */
static void density_matrices_match_exact_diagonalisation(void **state)
{
    (void)state;
    enum { L = 8, N = 8 };
    double delta[L - 1], packed[(L - 2) * KZ_DENSITY_SIZE], re[64], im[64];
    couplings(delta, L, 0.0, 0.5);
    ed_chain *chain = ed_chain_create(L, L / 2, delta, NULL);
    int dimension = ed_chain_dimension(chain);
    double complex *psi = calloc((size_t)dimension, sizeof *psi);
    ed_chain_product_state(psi, chain, 0x0f);
    ed_chain_evolve(psi, chain, psi, 2.0);
    kz_mps *mps = evolved_domain_wall(L, delta, 0.0, 2.0, 1, NULL);
    KZ_CHECK_OK(kz_mps_density_matrices(packed, mps, 2));
    for (unsigned i = 0; i + 2 < L; i++) {
        double complex rho[N][N] = {{0}};
        for (int a = 0; a < dimension; a++) {
            for (int b = 0; b < dimension; b++) {
                unsigned x = ed_chain_spins(chain, a), y = ed_chain_spins(chain, b);
                if ((x ^ y) & ~(7U << i)) continue;
                unsigned p = 7U ^ (x >> i & 7U), q = 7U ^ (y >> i & 7U); /* 0 is up */
                p = (p & 1U) << 2 | (p & 2U) | p >> 2; /* first site is the highest bit */
                q = (q & 1U) << 2 | (q & 2U) | q >> 2;
                rho[p][q] += psi[a] * conj(psi[b]);
            }
        }
        kz_density_unpack(re, im, packed + i * KZ_DENSITY_SIZE);
        for (int p = 0; p < N; p++) {
            for (int q = 0; q < N; q++) {
                KZ_CHECK_CLOSE(re[p * N + q], creal(rho[p][q]), 1e-7);
                KZ_CHECK_CLOSE(im[p * N + q], cimag(rho[p][q]), 1e-7);
            }
        }
    }
    kz_mps_free(mps);
    free(psi);
    ed_chain_free(chain);
}

/* One before and after an evolution, and linear in every tensor. */
static void norm_is_that_of_the_tensors(void **state)
{
    (void)state;
    enum { L = 16 };
    double delta[L - 1], norm, truncation;
    kz_mps *mps;
    couplings(delta, L, 0.0, 0.5);
    KZ_CHECK_OK(kz_mps_create_domain_wall(&mps, L));
    KZ_CHECK_OK(kz_mps_norm(&norm, mps));
    KZ_CHECK_CLOSE(norm, 1.0, 0.0);
    kz_mps_free(mps);
    mps = evolved_domain_wall(L, delta, 1e-20, 3.0, 1, NULL);
    KZ_CHECK_OK(kz_mps_norm(&norm, mps));
    KZ_CHECK_CLOSE(norm, 1.0, 1e-12);
    for (size_t k = 0; k < mps->site[5].size; k++)
        mps->site[5].data[k] *= 1.25;
    KZ_CHECK_OK(kz_mps_norm(&norm, mps));
    KZ_CHECK_CLOSE(norm, 1.25, 1e-12);
    kz_mps_free(mps);
    mps = evolved_domain_wall(L, delta, 1e-5, 3.0, 1, &truncation);
    KZ_CHECK_OK(kz_mps_norm(&norm, mps));
    print_message("# weight %.1e: norm %.1e\n", truncation, norm - 1.0);
    KZ_CHECK_CLOSE(norm, 1.0, sqrt(truncation));
    kz_mps_free(mps);
}

/* Total energy and S^z, and d S_n / dt = J^M_{n-1} - J^M_n, d E_n / dt = j_n - j_{n+1} by central
 * differences of step 0.1 (their own error: 0.01/6 times a third derivative of order one). */
static void conservation_laws_hold_within_the_discarded_weight(void **state)
{
    (void)state;
    enum { L = 32 };
    double delta[L - 1], truncation, energy = 0.0, spin = 0.0;
    profile p[3];
    couplings(delta, L, 0.0, 0.70710678118654752440);
    for (int k = 0; k < 3; k++) {
        kz_lattice_profile view = profile_view(&p[k]);
        kz_mps *mps = evolved_domain_wall(L, delta, 1e-8, 5.9 + 0.1 * k, 1, &truncation);
        KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, 1));
        KZ_CHECK_OK(kz_mps_check(mps, 1e-3));
        kz_mps_free(mps);
    }
    for (size_t i = 0; i < L; i++) {
        spin += p[2].magnetization[i];
        if (i + 1 < L) energy += p[2].energy[i];
        if (i == 0 || i + 2 >= L) continue;
        double spin_rate = (p[2].magnetization[i] - p[0].magnetization[i]) / 0.2;
        double energy_rate = (p[2].energy[i] - p[0].energy[i]) / 0.2;
        KZ_CHECK_CLOSE(spin_rate, p[1].spin_current[i - 1] - p[1].spin_current[i], 2e-3);
        KZ_CHECK_CLOSE(energy_rate, p[1].link[i] - p[1].link[i + 1], 2e-3);
    }
    /* A normalised state changes by sqrt(2 w) in norm when weight w is discarded; expectation
     * values of a conserved quantity by its spread times that. */
    double start = (L / 2 - 1) * 0.25 * 0.70710678118654752440;
    double bound = sqrt(2.0 * truncation);
    print_message("# weight %.2e: energy off by %.2e, spin by %.2e\n", truncation, energy - start,
                  spin);
    KZ_CHECK_CLOSE(energy, start, bound);
    KZ_CHECK_CLOSE(spin, 0.0, bound);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    enum { L = 16 };
    double delta[L - 1];
    profile one, two;
    kz_lattice_profile first = profile_view(&one), second = profile_view(&two);
    couplings(delta, L, 0.5, -0.3);
    kz_mps *a = evolved_domain_wall(L, delta, 0.0, 5.0, 1, NULL);
    kz_mps *b = evolved_domain_wall(L, delta, 0.0, 5.0, 2, NULL);
    assert_true(kz_mps_max_bond_dimension(a) > 100); /* layers below 0.3 ms take one thread */
    KZ_CHECK_OK(kz_mps_measure(&first, a, delta, 1));
    KZ_CHECK_OK(kz_mps_measure(&second, b, delta, 2));
    assert_int_equal(profile_distance(&one, &two, L) == 0.0, 1);
    assert_int_equal(entropy_distance(&one, &two, L) == 0.0, 1);
    kz_mps_free(a);
    kz_mps_free(b);
}

static void chi_is_a_bound(void **state)
{
    (void)state;
    enum { L = 16 };
    double delta[L - 1];
    kz_mps *mps;
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.chi = 5;
    couplings(delta, L, 0.2, 0.9);
    KZ_CHECK_OK(kz_mps_create_domain_wall(&mps, L));
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
    KZ_CHECK_OK(kz_tebd_advance(tebd, 0.1, 30, NULL, NULL));
    assert_int_equal(kz_mps_max_bond_dimension(mps), 5);
    assert_true(kz_tebd_truncation(tebd, L / 2 - 1) > 1e-6);
    assert_true(kz_mps_memory(mps) > 0);
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

/* Stopped and continued is the same as not stopped. */
static void cancelled_evolution_continues(void **state)
{
    (void)state;
    enum { L = 12 };
    double delta[L - 1];
    kz_mps *a, *b;
    kz_tebd *stopped, *whole;
    profile one, two;
    kz_lattice_profile first = profile_view(&one), second = profile_view(&two);
    kz_tebd_params params = kz_tebd_params_default();
    couplings(delta, L, 0.2, 0.9);
    KZ_CHECK_OK(kz_mps_create_domain_wall(&a, L));
    KZ_CHECK_OK(kz_mps_copy(&b, a));
    KZ_CHECK_OK(kz_tebd_create(&stopped, a, delta, &params));
    KZ_CHECK_OK(kz_tebd_create(&whole, b, delta, &params));
    kz_status status = kz_tebd_advance(stopped, 0.1, 5, stop_at_third, NULL);
    KZ_CHECK_STATUS(status, KZ_ECANCELLED);
    KZ_CHECK_STATUS(kz_tebd_advance(stopped, 0.1, 5, NULL, NULL), KZ_EINVAL);
    while (status == KZ_ECANCELLED)
        status = kz_tebd_continue(stopped, stop_at_third, NULL);
    KZ_CHECK_OK(status);
    KZ_CHECK_OK(kz_tebd_advance(whole, 0.1, 5, NULL, NULL));
    KZ_CHECK_OK(kz_mps_measure(&first, a, delta, 1));
    KZ_CHECK_OK(kz_mps_measure(&second, b, delta, 1));
    assert_true(profile_distance(&one, &two, L) == 0.0);
    KZ_CHECK_CLOSE(kz_tebd_time(stopped), 0.5, 1e-14);
    kz_tebd_free(stopped);
    kz_tebd_free(whole);
    kz_mps_free(a);
    kz_mps_free(b);
}

static void misuse_is_refused(void **state)
{
    (void)state;
    enum { L = 6 };
    double delta[L - 1] = {0};
    bool spins[L] = {false};
    kz_mps *mps = (kz_mps *)1;
    kz_tebd *tebd = (kz_tebd *)1;
    KZ_CHECK_STATUS(kz_mps_create_product(&mps, 3, spins), KZ_EINVAL);
    assert_null(mps);
    KZ_CHECK_STATUS(kz_mps_create_domain_wall(&mps, 7), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_mps_create_domain_wall(&mps, 2000000), KZ_EINVAL);
    KZ_CHECK_OK(kz_mps_create_domain_wall(&mps, L));
    kz_tebd_params bad[7];
    for (size_t k = 0; k < 7; k++)
        bad[k] = kz_tebd_params_default();
    bad[0].chi = 0;
    bad[1].cutoff = -1.0;
    bad[2].cutoff = NAN;
    bad[3].threads = 0;
    bad[4].trotter = (kz_trotter)17;
    bad[5].split = (kz_split)17;
    bad[6].cutoff = 1.0;
    for (size_t k = 0; k < 7; k++) {
        KZ_CHECK_STATUS(kz_tebd_create(&tebd, mps, delta, &bad[k]), KZ_EINVAL);
        assert_null(tebd);
    }
    kz_tebd_params good = kz_tebd_params_default();
    delta[2] = INFINITY;
    KZ_CHECK_STATUS(kz_tebd_create(&tebd, mps, delta, &good), KZ_EINVAL);
    delta[2] = 0.0;
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &good));
    KZ_CHECK_STATUS(kz_tebd_advance(tebd, NAN, 1, NULL, NULL), KZ_EINVAL);
    kz_lattice_profile nothing = {0};
    KZ_CHECK_STATUS(kz_mps_measure(&nothing, mps, delta, 0), KZ_EINVAL);
    KZ_CHECK_OK(kz_mps_measure(&nothing, mps, delta, 1));
    kz_tebd_free(tebd);
    kz_mps_free(mps);
    kz_tebd_free(NULL);
    kz_mps_free(NULL);
}

/* Tensors spoilt by a factor between neighbours, Schmidt values by anything: put right again. */
static void canonical_form_is_restored(void **state)
{
    (void)state;
    enum { L = 10 };
    double delta[L - 1], truncation, discarded;
    profile before, after;
    kz_lattice_profile view = profile_view(&before), other = profile_view(&after);
    kz_work work = {0};
    kz_update_limits limits = {.chi = 1000};
    couplings(delta, L, 0.2, 0.8);
    kz_mps *mps = evolved_domain_wall(L, delta, 0.0, 2.0, 1, &truncation);
    KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, 1));
    for (size_t i = 2; i < 7; i++) { /* B_{i-1} X and X^-1 B_i, X diagonal, growing */
        const kz_mps_bond *bond = &mps->bond[i];
        const kz_basis *basis = mps->basis;
        for (int m = bond[-1].lo; m <= bond[-1].hi; m++)
            for (int p = 0; p < basis->states; p++)
                for (int k = 0; k < bond->dim[m + basis->charge[p]]; k++)
                    for (int r = 0; r < bond[-1].dim[m]; r++)
                        mps->site[i - 1].data[mps->site[i - 1].offset[m] +
                                              (kz_mps_columns(basis, bond, m, p) + (size_t)k) *
                                                  (size_t)bond[-1].dim[m] +
                                              (size_t)r] *= 1.0 + k;
        for (int m = bond->lo; m <= bond->hi; m++)
            for (size_t k = 0; k < kz_mps_columns(basis, bond + 1, m, basis->states); k++)
                for (int r = 0; r < bond->dim[m]; r++)
                    mps->site[i]
                        .data[mps->site[i].offset[m] + k * (size_t)bond->dim[m] + (size_t)r] *=
                        3.0 / (1.0 + r);
        for (size_t k = 0; k < bond->total; k++)
            bond->value[k] = 0.5;
    }
    KZ_CHECK_OK(kz_mps_canonicalise(&discarded, mps, &limits, NULL, 0, &work));
    KZ_CHECK_OK(kz_mps_check(mps, 1e-10));
    KZ_CHECK_OK(kz_mps_measure(&other, mps, delta, 1));
    KZ_CHECK_CLOSE(discarded, 0.0, 1e-20);
    KZ_CHECK_CLOSE(profile_distance(&before, &after, L), 0.0, 1e-10);
    KZ_CHECK_CLOSE(entropy_distance(&before, &after, L), 0.0, 1e-7);
    kz_work_free(&work);
    kz_mps_free(mps);
}

/* Everything of the public interface once; stops at the first failure. */
static kz_status use_everything(kz_mps **mps, kz_tebd **tebd, kz_mps **copy, const double *delta,
                                size_t L)
{
    double density[8 * KZ_DENSITY_SIZE];
    profile p;
    kz_lattice_profile view = profile_view(&p);
    kz_tebd_params params = kz_tebd_params_default();
    kz_status status = kz_mps_create_domain_wall(mps, L);
    if (status == KZ_OK) status = kz_tebd_create(tebd, *mps, delta, &params);
    if (status == KZ_OK) status = kz_tebd_advance(*tebd, 0.2, 2, NULL, NULL);
    if (status == KZ_OK) status = kz_mps_copy(copy, *mps);
    if (status == KZ_OK) status = kz_mps_measure(&view, *mps, delta, 1);
    if (status == KZ_OK) status = kz_mps_density_matrices(density, *mps, 1);
    return status;
}

/* Whatever allocation fails, the state passes its check and everything can be freed. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    enum { L = 10 };
    double delta[L - 1];
    kz_status status = KZ_ENOMEM;
    couplings(delta, L, 0.0, 0.5);
    for (unsigned long k = 1; status != KZ_OK; k++) {
        kz_mps *mps = NULL, *copy = NULL;
        kz_tebd *tebd = NULL;
        kz_alloc_fail_at(k);
        status = use_everything(&mps, &tebd, &copy, delta, L);
        kz_alloc_fail_at(0);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
        if (mps) KZ_CHECK_OK(kz_mps_check(mps, 1e-4));
        kz_tebd_free(tebd);
        kz_mps_free(mps);
        kz_mps_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_state_has_its_values),
        cmocka_unit_test(density_matrices_match_exact_diagonalisation),
        cmocka_unit_test(norm_is_that_of_the_tensors),
        cmocka_unit_test(conservation_laws_hold_within_the_discarded_weight),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(chi_is_a_bound),
        cmocka_unit_test(cancelled_evolution_continues),
        cmocka_unit_test(canonical_form_is_restored),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("mps", tests, NULL, NULL);
}
