/* Two-point functions of spins by Wick's theorem against dense matrices, which know no fermions. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "support/check.h"
#include "support/dense.h"

enum { L = 8, TIMES = 3 };

typedef struct {
    double zz[L * L], re[L * L], im[L * L];
} pairs;

static kz_pair_correlations view(pairs *p) { return (kz_pair_correlations){p->zz, p->re, p->im}; }

static void check_same(const pairs *a, const pairs *b, double tol)
{
    for (int k = 0; k < L * L; k++) {
        KZ_CHECK_CLOSE(a->zz[k], b->zz[k], tol);
        KZ_CHECK_CLOSE(a->re[k], b->re[k], tol);
        KZ_CHECK_CLOSE(a->im[k], b->im[k], tol);
    }
}

/* A chain without symmetry. */
typedef struct {
    double J[L], field[L], beta[L], mu[L];
    bool up[L];
    kz_couplings couplings;
} chain;

static void random_chain(chain *c, uint64_t *seed)
{
    for (int i = 0; i < L; i++) {
        c->J[i] = kz_check_uniform(seed, -1.4, 1.4);
        c->field[i] = kz_check_uniform(seed, -0.5, 0.5);
        c->beta[i] = kz_check_uniform(seed, -2.0, 2.0);
        c->mu[i] = kz_check_uniform(seed, -1.0, 1.0);
        c->up[i] = kz_check_uniform(seed, 0.0, 1.0) < 0.5;
    }
    c->couplings = (kz_couplings){.J = c->J, .field = c->field};
}

static void compare(kz_fermion_lattice *lattice, const chain *c, bool product)
{
    static const double times[TIMES] = {0.0, 0.8, 11.0};
    static pairs exact[TIMES], ours;
    const kz_pair_correlations all = view(&ours);
    kz_pair_correlations out[TIMES];
    for (int t = 0; t < TIMES; t++)
        out[t] = view(&exact[t]);
    dense_correlations(out, times, TIMES, L, &c->couplings, c->beta, c->mu, product ? c->up : NULL);
    for (int t = 0; t < TIMES; t++) {
        KZ_CHECK_OK(kz_fermion_lattice_correlations(&all, lattice, times[t]));
        check_same(&ours, &exact[t], 1e-12);
    }
}

static void product_states(void **state)
{
    (void)state;
    uint64_t seed = 20261128;
    for (int k = 0; k < 3; k++) {
        chain c;
        kz_fermion_lattice *lattice;
        random_chain(&c, &seed);
        KZ_CHECK_OK(kz_fermion_lattice_create_product(&lattice, L, &c.couplings, c.up));
        compare(lattice, &c, true);
        kz_fermion_lattice_free(lattice);
    }
}

static void thermal_states(void **state)
{
    (void)state;
    uint64_t seed = 20261129;
    for (int k = 0; k < 3; k++) {
        chain c;
        kz_fermion_lattice *lattice;
        random_chain(&c, &seed);
        KZ_CHECK_OK(kz_fermion_lattice_create_thermal(&lattice, L, &c.couplings, c.beta, c.mu));
        compare(lattice, &c, false);
        kz_fermion_lattice_free(lattice);
    }
}

/* The energy quench is the limit of large beta of both signs; 250 times its gap is above 40. */
static void energy_quench(void **state)
{
    (void)state;
    chain c = {.couplings = {NULL, NULL, NULL}};
    kz_fermion_lattice *lattice;
    for (int i = 0; i < L; i++)
        c.beta[i] = i < L / 2 ? -250.0 : 250.0;
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, L, KZ_QUENCH_ENERGY));
    compare(lattice, &c, false);
    kz_fermion_lattice_free(lattice);
}

/* Ground state of a long chain: <S+ S-> decays like 2 (0.147088) |i - j|^(-1/2), with alternating
 * signs; the limit has corrections of 1/r^2, and of the ends (mccoy1968). */
static void long_chain(void **state)
{
    (void)state;
    enum { N = 200 };
    double *memory = calloc(2 * N * N, sizeof *memory), lambda[N];
    const kz_pair_correlations out = {.pm_real = memory, .pm_imag = memory + N * N};
    const kz_couplings uniform = {NULL, NULL, NULL};
    kz_fermion_lattice *lattice;
    for (int i = 0; i < N; i++)
        lambda[i] = 1.0;
    KZ_CHECK_OK(kz_fermion_lattice_create_ground(&lattice, N, &uniform, lambda));
    KZ_CHECK_OK(kz_fermion_lattice_correlations(&out, lattice, 0.0));
    for (int r = 4; r <= 24; r += 2) {
        double mean = 0.0; /* ends alternate */
        for (int i = 0; i < 2; i++)
            mean += 0.5 * memory[(N / 2 - r / 2 - i) * N + N / 2 + r / 2 - i];
        double limit = 2.0 * 0.147088 / sqrt((double)r);
        KZ_CHECK_CLOSE(mean / limit, 1.0, 0.02 + 0.3 / (r * r));
    }
    for (int k = 0; k < N * N; k++)
        KZ_CHECK_CLOSE(memory[N * N + k], 0.0, 1e-13);
    kz_fermion_lattice_free(lattice);
    free(memory);
}

static void failures(void **state)
{
    (void)state;
    pairs p;
    const kz_pair_correlations all = view(&p);
    kz_fermion_lattice *lattice;
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, L, KZ_QUENCH_DOMAIN_WALL));
    KZ_CHECK_STATUS(kz_fermion_lattice_correlations(NULL, lattice, 0.0), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fermion_lattice_correlations(&all, NULL, 0.0), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fermion_lattice_correlations(&all, lattice, NAN), KZ_EDOMAIN);
    kz_alloc_fail_at(1);
    KZ_CHECK_STATUS(kz_fermion_lattice_correlations(&all, lattice, 0.0), KZ_ENOMEM);
    kz_alloc_fail_at(0);
    kz_fermion_lattice_free(lattice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_states), cmocka_unit_test(thermal_states),
        cmocka_unit_test(energy_quench),  cmocka_unit_test(long_chain),
        cmocka_unit_test(failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
