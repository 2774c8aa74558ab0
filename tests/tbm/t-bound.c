/* The bound of truncation errors against exact states, exact diagonalisation and free fermions,
 * with bond dimensions far too small and steps of any size. */
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "tbm/mps/mps.h"
#include "tests/tbm/support.h"

enum { SMALL = 10, VECTOR = 1 << SMALL };

/* Amplitudes of all configurations; bit i of the index: site i up. */
static void expand(double complex *out, const kz_mps *mps)
{
    for (unsigned x = 0; x < VECTOR; x++) {
        double complex row[VECTOR] = {1.0}, next[VECTOR];
        int charge = 0;
        for (int i = 0; i < SMALL; i++) {
            const kz_mps_bond *left = &mps->bond[i], *right = left + 1;
            int up = (x >> i) & 1U, rows = left->dim[charge], columns = right->dim[charge + up];
            const double complex *b = mps->site[i].data + mps->site[i].offset[charge];
            if (rows == 0) columns = 0;
            if (up) b += (size_t)rows * (size_t)right->dim[charge];
            for (int j = 0; j < columns; j++) {
                next[j] = 0.0;
                for (int r = 0; r < rows; r++)
                    next[j] += row[r] * b[r + j * rows];
            }
            for (int j = 0; j < columns; j++)
                row[j] = next[j];
            charge += up;
            if (columns == 0) row[0] = 0.0;
            if (columns == 0) break;
        }
        out[x] = charge == mps->up ? row[0] : 0.0;
    }
}

static double distance(const double complex *a, const double complex *b)
{
    double sum = 0.0;
    for (int k = 0; k < VECTOR; k++)
        sum += creal((a[k] - b[k]) * conj(a[k] - b[k]));
    return sqrt(sum);
}

static kz_tebd *start(kz_mps **mps, size_t L, const double *delta, const bool *spins, size_t chi,
                      double cutoff, kz_trotter trotter)
{
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.trotter = trotter;
    params.chi = chi;
    params.cutoff = cutoff;
    KZ_CHECK_OK(kz_mps_create_product(mps, L, spins));
    KZ_CHECK_OK(kz_tebd_create(&tebd, *mps, delta, &params));
    return tebd;
}

/* The same steps with and without truncation: the states themselves. */
static void bound_holds_for_the_state(void **state)
{
    (void)state;
    static const double steps[] = {0.01, 0.05, 0.2, 0.25};
    static const size_t chis[] = {2, 4, 6, 9, 14, 10000};
    uint64_t seed = 20260302;
    double least = INFINITY, most = 0.0;
    double complex *ours = calloc(VECTOR, sizeof *ours), *exact = calloc(VECTOR, sizeof *exact);
    for (int k = 0; k < 24; k++) {
        double delta[SMALL - 1], dt = steps[k % 4];
        bool spins[SMALL];
        size_t chi = chis[k % 6], count = (size_t)lround((k < 12 ? 1.0 : 2.5) / dt);
        double cutoff = chi < 10000 ? 0.0 : 1e-4;
        kz_trotter trotter = k % 5 == 0 ? KZ_TROTTER_2 : KZ_TROTTER_4;
        kz_mps *a, *b;
        for (int i = 0; i < SMALL; i++)
            spins[i] = kz_check_uniform(&seed, 0.0, 1.0) < 0.5;
        for (int i = 0; i + 1 < SMALL; i++)
            delta[i] = kz_check_uniform(&seed, -1.5, 2.0);
        spins[0] = !spins[SMALL - 1];
        kz_tebd *capped = start(&a, SMALL, delta, spins, chi, cutoff, trotter);
        kz_tebd *whole = start(&b, SMALL, delta, spins, 10000, 0.0, trotter);
        KZ_CHECK_OK(kz_tebd_advance(capped, dt, count, NULL, NULL));
        KZ_CHECK_OK(kz_tebd_advance(whole, dt, count, NULL, NULL));
        expand(ours, a);
        expand(exact, b);
        double error = distance(ours, exact), bound = kz_tebd_error_bound(capped);
        assert_true(kz_tebd_error_bound(whole) < 1e-10);
        assert_true(error <= bound + 1e-10); /* rounding */
        if (error > 1e-6) {
            least = fmin(least, bound / error);
            most = fmax(most, bound / error);
        }
        kz_tebd_free(capped);
        kz_tebd_free(whole);
        kz_mps_free(a);
        kz_mps_free(b);
    }
    print_message("# bound / error between %.2f and %.1f\n", least, most);
    free(ours);
    free(exact);
}

/* 2026-11-26: the square root of twice the total weight is no bound.  XX domain wall, magnetization
 * (its eigenvalues span 1) against free fermions. */
static void small_steps_break_the_total_weight_not_the_bound(void **state)
{
    (void)state;
    enum { L = 40 };
    static const double steps[] = {0.2, 0.05, 0.0125};
    double delta[L - 1] = {0.0};
    bool spins[L] = {false};
    kz_fermion_lattice *lattice;
    profile exact, ours;
    kz_lattice_profile view = profile_view(&exact), other = profile_view(&ours);
    int broken = 0;
    for (int i = 0; i < L / 2; i++)
        spins[i] = true;
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, L, KZ_QUENCH_DOMAIN_WALL));
    KZ_CHECK_OK(kz_fermion_lattice_measure(&view, lattice, 8.0));
    for (int k = 0; k < 3; k++) {
        kz_mps *mps;
        kz_tebd *tebd = start(&mps, L, delta, spins, 10, 0.0, KZ_TROTTER_4);
        KZ_CHECK_OK(kz_tebd_advance(tebd, steps[k], (size_t)lround(8.0 / steps[k]), NULL, NULL));
        KZ_CHECK_OK(kz_mps_measure(&other, mps, delta, 1));
        double error = worst_of(ours.magnetization, exact.magnetization, L, 0.0);
        double weight = kz_tebd_truncation_total(tebd), bound = kz_tebd_error_bound(tebd);
        print_message("# dt %.4f: error %.2e, sqrt(2 weight) %.2e, bound %.2e\n", steps[k], error,
                      sqrt(2.0 * weight), bound);
        assert_true(error <= bound);
        broken += error > sqrt(2.0 * weight);
        kz_tebd_free(tebd);
        kz_mps_free(mps);
    }
    assert_true(broken > 0);
    kz_fermion_lattice_free(lattice);
}

/* 2026-11-26: one Schmidt value of an entangled state ended in "outside the domain". */
static void too_small_a_bond_dimension_is_named(void **state)
{
    (void)state;
    enum { L = 12 };
    double delta[L - 1], lambda[L - 1];
    kz_dmrg_params dmrg = kz_dmrg_params_default();
    kz_tebd_params params = kz_tebd_params_default();
    kz_tebd *tebd;
    kz_mps *mps;
    couplings(delta, L, 0.0, 0.5);
    quench_scale(lambda, L);
    params.chi = 1;
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &dmrg));
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
    KZ_CHECK_STATUS(kz_tebd_advance(tebd, 0.2, 1, NULL, NULL), KZ_ETOL);
    assert_non_null(strstr(kz_error_reason(), "a bond dimension of 1 is too small"));
    KZ_CHECK_OK(kz_mps_check(mps, 1e300));
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_holds_for_the_state),
        cmocka_unit_test(too_small_a_bond_dimension_is_named),
        cmocka_unit_test(small_steps_break_the_total_weight_not_the_bound),
    };
    return cmocka_run_group_tests_name("bound", tests, NULL, NULL);
}
