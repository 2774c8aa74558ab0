/* Two-point functions of matrix product states against dense matrices and free fermions; what is
 * dropped on the way against what is said of it. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "support/dense.h"
#include "tbm/correlation/environment.h"
#include "tbm/flip.h"
#include "tests/tbm/divided.h"

enum { MOST = 40, FULL = 4096 };

typedef struct {
    double zz[MOST * MOST], re[MOST * MOST], im[MOST * MOST], error;
} pairs;

static kz_pair_correlations view(pairs *p) { return (kz_pair_correlations){p->zz, p->re, p->im}; }

static void measure(pairs *out, const kz_mps *mps, double tolerance)
{
    const kz_pair_correlations all = view(out);
    KZ_CHECK_OK(kz_mps_pair_correlations(&all, &out->error, mps, tolerance, 1));
}

static double distance(const pairs *a, const pairs *b, size_t L)
{
    double worst = worst_of(a->zz, b->zz, L * L, 0.0);
    worst = worst_of(a->re, b->re, L * L, worst);
    return worst_of(a->im, b->im, L * L, worst);
}

static void evolve(kz_mps *mps, const kz_couplings *chain, double dt, size_t steps, size_t chi,
                   double cutoff)
{
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.chi = chi;
    params.cutoff = cutoff;
    KZ_CHECK_OK(kz_tebd_create_coupled(&tebd, mps, chain, &params));
    KZ_CHECK_OK(kz_tebd_advance(tebd, dt, steps, NULL, NULL));
    kz_tebd_free(tebd);
}

/* -- against exact numbers ------------------------------------------------------------------ */

typedef struct {
    double J[MOST], delta[MOST], field[MOST], beta[MOST], mu[MOST];
    bool up[MOST];
    kz_couplings couplings;
} chain;

static void random_chain(chain *c, size_t L, uint64_t *seed)
{
    for (size_t i = 0; i < L; i++) {
        c->J[i] = kz_check_uniform(seed, 0.6, 1.4);
        c->delta[i] = kz_check_uniform(seed, -0.8, 1.6);
        c->field[i] = kz_check_uniform(seed, -0.5, 0.5);
        c->beta[i] = kz_check_uniform(seed, -1.0, 1.5);
        c->mu[i] = kz_check_uniform(seed, -1.0, 1.0);
        c->up[i] = kz_check_uniform(seed, 0.0, 1.0) < 0.5;
    }
    c->couplings = (kz_couplings){c->J, c->delta, c->field};
}

/* From the shortest chain on.  Steps of 0.02 are right to 1e-9; nothing is truncated. */
static void spins_against_dense_matrices(void **state)
{
    (void)state;
    static pairs ours, exact;
    static chain c;
    uint64_t seed = 20261126;
    for (size_t L = KZ_MPS_MIN_LENGTH; L <= 8; L++) {
        kz_mps *mps;
        const double t = 1.4;
        const kz_pair_correlations all = view(&exact);
        random_chain(&c, L, &seed);
        KZ_CHECK_OK(kz_mps_create_product(&mps, L, c.up));
        evolve(mps, &c.couplings, 0.02, 70, FULL, 0.0);
        measure(&ours, mps, 0.0);
        dense_correlations(&all, &t, 1, (int)L, &c.couplings, c.beta, c.mu, c.up);
        KZ_CHECK_CLOSE(distance(&ours, &exact, L), 0.0, 1e-8);
        /* products of the same matrices in another order */
        KZ_CHECK_CLOSE(ours.error, 0.0, 1e-14);
        kz_mps_free(mps);
    }
}

/* Half of the chain is hot: cooling by steps of 0.05 is right to 1e-9. */
static void purified_states_against_dense_matrices(void **state)
{
    (void)state;
    static pairs ours, exact;
    static chain c;
    uint64_t seed = 20261127;
    enum { L = 6 };
    for (int even = 0; even < 2; even++) {
        kz_mps *mps;
        const double t = 0.6;
        const kz_pair_correlations all = view(&exact);
        kz_mps_thermal_params params = {.chi = FULL, .step = 0.05, .cutoff = 0.0};
        random_chain(&c, L, &seed);
        if (even) memset(c.mu, 0, sizeof c.mu);
        c.couplings = (kz_couplings){.delta = c.delta};
        KZ_CHECK_OK(kz_mps_create_thermal(&mps, L, c.beta, c.mu, c.delta, &params));
        evolve(mps, &c.couplings, 0.03, 20, FULL, 0.0);
        assert_true(kz_mps_keeps_flip(mps) == (even == 1));
        measure(&ours, mps, 0.0);
        dense_correlations(&all, &t, 1, L, &c.couplings, c.beta, c.mu, NULL);
        KZ_CHECK_CLOSE(distance(&ours, &exact, L), 0.0, 1e-8);
        kz_mps_free(mps);
    }
}

/* The energy quench of free fermions, 20 sites, at t = 2: errors of truncation and of the step. */
static void free_fermions(void **state)
{
    (void)state;
    static pairs ours, exact;
    enum { L = 20 };
    double lambda[L], delta[L] = {0.0};
    const kz_couplings couplings = {.delta = delta};
    const kz_pair_correlations all = view(&exact);
    kz_fermion_lattice *lattice;
    kz_mps *mps;
    kz_dmrg_params params = kz_dmrg_params_default();
    params.cutoff = 1e-13;
    quench_scale(lambda, L);
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params));
    evolve(mps, &couplings, 0.1, 20, 500, 1e-11);
    measure(&ours, mps, 1e-6);
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, L, KZ_QUENCH_ENERGY));
    KZ_CHECK_OK(kz_fermion_lattice_correlations(&all, lattice, 2.0));
    KZ_CHECK_CLOSE(distance(&ours, &exact, L), 0.0, 2e-6);
    kz_fermion_lattice_free(lattice);
    kz_mps_free(mps);
}

/* -- what is dropped ------------------------------------------------------------------------- */

/* A state that a chi of 110 truncates in the middle, with and without the images of the flip. */
static kz_mps *truncated_state(size_t L, bool flips)
{
    static const bool neel[] = {true, false};
    double lambda[MOST], delta[MOST];
    bool up[MOST];
    kz_mps *mps;
    kz_dmrg_params params = kz_dmrg_params_default();
    couplings(delta, L, 0.0, 0.7);
    quench_scale(lambda, L);
    params.chi = 60;
    for (size_t i = 0; i < L; i++)
        up[i] = neel[i % 2];
    if (flips)
        KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, (int)L / 2, &params));
    else
        KZ_CHECK_OK(kz_mps_create_product(&mps, L, up));
    evolve(mps, &(kz_couplings){.delta = delta}, 0.2, 25, 110, 1e-9);
    assert_true(kz_mps_keeps_flip(mps) == flips);
    return mps;
}

/* The larger the tolerance the larger the error, to second order in it and by no more than that for
 * each site on the way (tbm/correlation/environment.h).  The estimate is never less, and as six
 * times the distance of two results, of which the finer one is the better, in one half and in the
 * other, at most 24 times the error. */
static void error_is_what_is_said(void **state)
{
    (void)state;
    static pairs exact, ours;
    enum { L = 32 };
    for (int flips = 0; flips < 2; flips++) {
        kz_mps *mps = truncated_state(L, flips == 1);
        double before = 0.0;
        measure(&exact, mps, 0.0);
        for (double tolerance = 1e-3; tolerance < 0.1; tolerance *= 5.0) {
            measure(&ours, mps, tolerance);
            double error = distance(&ours, &exact, L);
            print_message("# flips %d, tolerance %.0e: error %.1e, estimate %.1e\n", flips,
                          tolerance, error, ours.error);
            assert_true(error > before && error <= ours.error && ours.error <= 24.0 * error);
            assert_true(error <= L * tolerance * tolerance);
            before = error;
        }
        kz_mps_free(mps);
    }
}

/* Half of the chain is hotter than the other; both halves have ancillas. */
static void purified_error_is_what_is_said(void **state)
{
    (void)state;
    static pairs exact, ours;
    enum { L = 20 };
    for (int even = 0; even < 2; even++) {
        double beta[L], mu[L], delta[L];
        kz_mps *mps;
        kz_mps_thermal_params params = {.chi = 60, .step = 0.1, .cutoff = 1e-8};
        couplings(delta, L, 0.0, 0.7);
        for (size_t i = 0; i < L; i++) {
            beta[i] = i < L / 2 ? 0.5 : 1.5;
            mu[i] = even ? 0.0 : 0.3;
        }
        KZ_CHECK_OK(kz_mps_create_thermal(&mps, L, beta, mu, delta, &params));
        evolve(mps, &(kz_couplings){.delta = delta}, 0.2, 8, 70, 1e-8);
        assert_true(kz_mps_keeps_flip(mps) == (even == 1));
        measure(&exact, mps, 0.0);
        for (double tolerance = 1e-3; tolerance < 0.1; tolerance *= 4.0) {
            measure(&ours, mps, tolerance);
            double error = distance(&ours, &exact, L);
            print_message("# even %d, tolerance %.0e: error %.1e, estimate %.1e\n", even, tolerance,
                          error, ours.error);
            assert_true(error > 0.0 && error <= ours.error && ours.error <= 24.0 * error);
            assert_true(error <= L * tolerance * tolerance);
        }
        kz_mps_free(mps);
    }
}

/* Total Sz is sharp, and S+S- of a Hermitian, non-negative matrix. */
static void check_sums(const pairs *p, size_t L, double tol)
{
    for (size_t i = 0; i < L; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < L; j++) {
            sum += p->zz[i * L + j];
            assert_true(p->zz[i * L + j] == p->zz[j * L + i]);
            assert_true(p->re[i * L + j] == p->re[j * L + i]);
            assert_true(p->im[i * L + j] == -p->im[j * L + i]);
            double most = sqrt(p->re[i * L + i] * p->re[j * L + j]);
            assert_true(hypot(p->re[i * L + j], p->im[i * L + j]) <= most + tol);
        }
        KZ_CHECK_CLOSE(sum, 0.0, tol);
    }
}

/* Only blocks of one of two images are computed: the same as all of them.  Tensors of a truncated
 * state are orthonormal to its discarded weight only, from which the sum rule has its error. */
static void images_and_sums(void **state)
{
    (void)state;
    static pairs with, without;
    enum { L = 18 };
    kz_mps *mps = truncated_state(L, true), *copy;
    KZ_CHECK_OK(kz_mps_copy(&copy, mps));
    KZ_CHECK_OK(kz_flip_forget(copy));
    measure(&with, mps, 0.0);
    measure(&without, copy, 0.0);
    KZ_CHECK_CLOSE(distance(&with, &without, L), 0.0, 1e-13);
    for (size_t k = 0; k < L * L; k++)
        assert_true(with.im[k] == 0.0);
    check_sums(&with, L, 1e-7);
    /* kept states of images and of the rest are the same ones; then in single precision */
    measure(&with, mps, 5e-4);
    measure(&without, copy, 5e-4);
    KZ_CHECK_CLOSE(distance(&with, &without, L), 0.0, 1e-12);
    measure(&with, mps, 1e-2);
    measure(&without, copy, 1e-2);
    KZ_CHECK_CLOSE(distance(&with, &without, L), 0.0, 1e-6);
    kz_mps_free(copy);
    kz_mps_free(mps);
}

/* -- edges and errors ------------------------------------------------------------------------ */

static void product_states(void **state)
{
    (void)state;
    static pairs p;
    enum { L = 6 };
    const bool up[L] = {true, false, false, true, true, false};
    kz_mps *mps;
    KZ_CHECK_OK(kz_mps_create_product(&mps, L, up));
    measure(&p, mps, 0.0);
    for (size_t i = 0; i < L; i++)
        for (size_t j = 0; j < L; j++) {
            assert_true(p.zz[i * L + j] == 0.0 && p.im[i * L + j] == 0.0);
            assert_true(p.re[i * L + j] == (i == j && up[i] ? 1.0 : 0.0));
        }
    kz_mps_free(mps);
}

static void threads_and_choice_change_nothing(void **state)
{
    (void)state;
    static pairs one, other;
    enum { L = 16 };
    kz_mps *mps = truncated_state(L, false);
    kz_pair_correlations all = view(&other);
    measure(&one, mps, 3e-3);
    KZ_CHECK_OK(kz_mps_pair_correlations(&all, NULL, mps, 3e-3, 3));
    assert_true(distance(&one, &other, L) == 0.0);
    memset(&other, 0, sizeof other);
    KZ_CHECK_OK(
        kz_mps_pair_correlations(&(kz_pair_correlations){.zz = other.zz}, NULL, mps, 3e-3, 1));
    assert_memory_equal(one.zz, other.zz, L * L * sizeof *one.zz);
    KZ_CHECK_OK(
        kz_mps_pair_correlations(&(kz_pair_correlations){.pm_imag = other.im}, NULL, mps, 3e-3, 1));
    assert_memory_equal(one.im, other.im, L * L * sizeof *one.im);
    kz_mps_free(mps);
}

static bool is_untouched(const pairs *p)
{
    for (size_t k = 0; k < MOST * MOST; k++)
        if (p->zz[k] != 7.0 || p->re[k] != 7.0 || p->im[k] != 7.0) return false;
    return p->error == 7.0;
}

/* Long enough that sites leave more than is kept, in single precision; what is checked is computed
 * in double. */
static void failures_leave_arrays_alone(void **state)
{
    (void)state;
    static pairs p;
    enum { L = 18 };
    const double tolerance = 2e-3, delta[L] = {0.0};
    const bool up[L] = {[0] = true, [3] = true, [7] = true, [8] = true, [12] = true, [17] = true};
    kz_mps *mps;
    KZ_CHECK_OK(kz_mps_create_product(&mps, L, up));
    evolve(mps, &(kz_couplings){.delta = delta}, 0.2, 5, 10, 1e-9);
    const kz_pair_correlations all = view(&p);
    for (size_t k = 0; k < MOST * MOST; k++)
        p.zz[k] = p.re[k] = p.im[k] = 7.0;
    p.error = 7.0;
    KZ_CHECK_STATUS(kz_mps_pair_correlations(&all, &p.error, mps, 0.0, 0), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_mps_pair_correlations(&all, &p.error, mps, -1e-3, 1), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_mps_pair_correlations(&all, &p.error, mps, NAN, 1), KZ_EINVAL);
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status != KZ_OK; k++) {
        assert_true(is_untouched(&p));
        kz_alloc_fail_at(k);
        status = kz_mps_pair_correlations(&all, &p.error, mps, tolerance, 1);
        kz_alloc_fail_at(0);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
    }
    assert_true(p.error > 1e-9 && p.error < 1e-3); /* something was dropped */
    mps->site[4].data[0] = NAN;
    KZ_CHECK_STATUS(kz_mps_pair_correlations(&all, &p.error, mps, 0.0, 1), KZ_EDOMAIN);
    kz_mps_free(mps);
}

static void ask_divided(kz_team *team, void *context)
{
    static pairs p;
    const chain_case *c = context;
    const kz_pair_correlations all = view(&p);
    kz_mps *mps = make_state(c);
    kz_tebd *tebd = make_evolution(mps, c);
    KZ_CHECK_OK(kz_divided_begin(tebd, team, NULL, NULL));
    KZ_CHECK_STATUS(kz_mps_pair_correlations(&all, NULL, mps, 0.0, 1), KZ_EINVAL);
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

static void divided_chains_are_refused(void **state)
{
    (void)state;
    chain_case c = spins(8, 10);
    check_team_run(2, ask_divided, &c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spins_against_dense_matrices),
        cmocka_unit_test(purified_states_against_dense_matrices),
        cmocka_unit_test(free_fermions),
        cmocka_unit_test(error_is_what_is_said),
        cmocka_unit_test(purified_error_is_what_is_said),
        cmocka_unit_test(images_and_sums),
        cmocka_unit_test(product_states),
        cmocka_unit_test(threads_and_choice_change_nothing),
        cmocka_unit_test(failures_leave_arrays_alone),
        cmocka_unit_test(divided_chains_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
