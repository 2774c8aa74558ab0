/* Three-site density matrices of Gaussian states: against exact diagonalisation of the state, of
 * random mixtures against the definition, their moments against C. */
#include "support/check.h"
#include "support/ed.h"

#include <stdlib.h>

#include <kapitza/tebd.h>

#include "fermion/internal.h"

/* Unpacked, index 4 s1 + 2 s2 + s3 with 0 for up. */
static void unpack(double complex rho[8][8], const double *packed)
{
    double re[64], im[64];
    kz_density_unpack(re, im, packed);
    for (int e = 0; e < 64; e++)
        rho[e / 8][e % 8] = CMPLX(re[e], im[e]);
}

/* c_j on three sites in that basis: up is occupied, signs of the sites before j. */
static void annihilate(double out[8][8], int j)
{
    for (int row = 0; row < 8; row++)
        for (int column = 0; column < 8; column++)
            out[row][column] = 0.0;
    for (int column = 0; column < 8; column++) {
        int bit = 4 >> j, before = ~column & (7 << (3 - j)) & 7;
        if (column & bit) continue;
        int sign = (before & 4 ? 1 : 0) + (before & 2 ? 1 : 0);
        out[column | bit][column] = sign % 2 ? -1.0 : 1.0;
    }
}

/* A random Hermitian C with eigenvalues in [0, 1]: U n U^+ with two complex rotations. */
static void random_correlation(double complex C[9], uint64_t *seed)
{
    double complex U[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    double n[3];
    for (int r = 0; r < 6; r++) {
        int a = r % 3, b = (r + 1) % 3;
        double angle = kz_check_uniform(seed, 0.0, 6.0), phase = kz_check_uniform(seed, 0.0, 6.0);
        double complex s = sin(angle) * cexp(I * phase);
        for (int i = 0; i < 3; i++) {
            double complex x = U[i][a], y = U[i][b];
            U[i][a] = cos(angle) * x - conj(s) * y;
            U[i][b] = s * x + cos(angle) * y;
        }
    }
    for (int a = 0; a < 3; a++)
        n[a] = fmin(fmax(kz_check_uniform(seed, -0.3, 1.3), 0.0), 1.0); /* full and empty too */
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            C[3 * i + j] = 0.0;
            for (int a = 0; a < 3; a++)
                C[3 * i + j] += conj(U[i][a]) * n[a] * U[j][a];
        }
}

/* Product of operators, then the trace with rho. */
static double complex mean(double complex rho[8][8], double (*const factors[])[8], int count)
{
    double x[8][8] = {{0}}, y[8][8];
    for (int i = 0; i < 8; i++)
        x[i][i] = 1.0;
    for (int f = 0; f < count; f++) {
        for (int i = 0; i < 8; i++)
            for (int j = 0; j < 8; j++) {
                y[i][j] = 0.0;
                for (int k = 0; k < 8; k++)
                    y[i][j] += x[i][k] * factors[f][k][j];
            }
        for (int e = 0; e < 64; e++)
            x[e / 8][e % 8] = y[e / 8][e % 8];
    }
    double complex sum = 0.0;
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 8; k++)
            sum += rho[i][k] * x[k][i];
    return sum;
}

/* <c+_i c_j> = C_ij, four operators as Wick's theorem has them, six as a determinant, trace 1. */
static void random_states_have_the_moments_of_wick(void **state)
{
    (void)state;
    uint64_t seed = 20261126;
    double c[3][8][8], d[3][8][8]; /* c_j and its adjoint */
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int j = 0; j < 3; j++) {
        annihilate(c[j], j);
        for (int e = 0; e < 64; e++)
            d[j][e / 8][e % 8] = c[j][e % 8][e / 8];
    }
    for (int trial = 0; trial < 50; trial++) {
        double complex C[9], rho[8][8], trace = 0.0;
        double packed[KZ_DENSITY_SIZE];
        random_correlation(C, &seed);
        KZ_CHECK_OK(kz_fermion_three_site_density(packed, C));
        unpack(rho, packed);
        for (int i = 0; i < 8; i++)
            trace += rho[i][i];
        KZ_CHECK_CLOSE(cabs(trace - 1.0), 0.0, 1e-14);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                double(*const two[])[8] = {d[i], c[j]};
                KZ_CHECK_CLOSE(cabs(mean(rho, two, 2) - C[3 * i + j]), 0.0, 1e-14);
            }
        for (int e = 0; e < 81; e++) {
            int i = e % 3, j = e / 3 % 3, k = e / 9 % 3, l = e / 27;
            double(*const four[])[8] = {d[i], d[j], c[k], c[l]};
            double complex wick = C[3 * i + l] * C[3 * j + k] - C[3 * i + k] * C[3 * j + l];
            KZ_CHECK_CLOSE(cabs(mean(rho, four, 4) - wick), 0.0, 1e-14);
        }
        double(*const six[])[8] = {d[0], c[0], d[1], c[1], d[2], c[2]};
        double complex determinant = 0.0;
        for (int a = 0; a < 3; a++)
            determinant += C[a] * (C[3 + (a + 1) % 3] * C[6 + (a + 2) % 3] -
                                   C[3 + (a + 2) % 3] * C[6 + (a + 1) % 3]);
        KZ_CHECK_CLOSE(cabs(mean(rho, six, 6) - determinant), 0.0, 1e-14);
    }
}

/* Closed form: without correlations, a product. */
static void independent_sites_are_a_product(void **state)
{
    (void)state;
    const double n[3] = {0.2, 0.5, 0.9};
    const double complex C[9] = {0.2, 0, 0, 0, 0.5, 0, 0, 0, 0.9};
    double packed[KZ_DENSITY_SIZE], re[64], im[64];
    KZ_CHECK_OK(kz_fermion_three_site_density(packed, C));
    kz_density_unpack(re, im, packed);
    for (int s = 0; s < 8; s++) {
        double p = 1.0;
        for (int j = 0; j < 3; j++)
            p *= s & (4 >> j) ? 1.0 - n[j] : n[j];
        KZ_CHECK_CLOSE(re[8 * s + s], p, 1e-15);
    }
}

static void errors_of_density(void **state)
{
    (void)state;
    const double complex C[9] = {0.2, 0, 0, 0, NAN, 0, 0, 0, 0.9};
    double packed[KZ_DENSITY_SIZE] = {7.0};
    kz_fermion_lattice *lattice;
    KZ_CHECK_STATUS(kz_fermion_three_site_density(packed, C), KZ_EDOMAIN);
    assert_true(packed[0] == 7.0);
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, 4, KZ_QUENCH_ENERGY));
    KZ_CHECK_STATUS(kz_fermion_lattice_density_matrices(NULL, lattice, 0.0), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fermion_lattice_density_matrices(packed, NULL, 0.0), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fermion_lattice_density_matrices(packed, lattice, NAN), KZ_EDOMAIN);
    kz_fermion_lattice_free(lattice);
}

/* Energy quench of 10 sites from its exact ground state: every matrix element at several times. */
static void energy_quench_against_exact_diagonalisation(void **state)
{
    (void)state;
    enum { L = 10 };
    double delta[L - 1] = {0}, scale[L - 1], packed[(L - 2) * KZ_DENSITY_SIZE];
    for (int i = 0; i + 1 < L; i++)
        scale[i] = i < L / 2 ? -1.0 : 1.0;
    ed_chain *before = ed_chain_create(L, L / 2, delta, scale);
    ed_chain *after = ed_chain_create(L, L / 2, delta, NULL);
    int dimension = ed_chain_dimension(after);
    double complex *ground = calloc((size_t)dimension, sizeof *ground);
    double complex *psi = calloc((size_t)dimension, sizeof *psi);
    kz_fermion_lattice *lattice;
    ed_chain_ground_state(ground, before);
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, L, KZ_QUENCH_ENERGY));
    for (double t = 0.0; t < 5.0; t += 1.7) {
        ed_chain_evolve(psi, after, ground, t);
        KZ_CHECK_OK(kz_fermion_lattice_density_matrices(packed, lattice, t));
        for (int i = 0; i + 2 < L; i++) {
            double complex rho[8][8], exact[8][8] = {{0}};
            unpack(rho, packed + i * KZ_DENSITY_SIZE);
            for (int a = 0; a < dimension; a++)
                for (int b = 0; b < dimension; b++) {
                    unsigned x = ed_chain_spins(after, a), y = ed_chain_spins(after, b);
                    unsigned u = ~(x >> i) & 7U, v = ~(y >> i) & 7U;
                    if ((x | 7U << i) != (y | 7U << i)) continue;
                    exact[(u & 1U) << 2 | (u & 2U) | u >> 2][(v & 1U) << 2 | (v & 2U) | v >> 2] +=
                        psi[a] * conj(psi[b]);
                }
            for (int e = 0; e < 64; e++)
                KZ_CHECK_CLOSE(cabs(rho[e / 8][e % 8] - exact[e / 8][e % 8]), 0.0, 1e-12);
        }
    }
    kz_fermion_lattice_free(lattice);
    free(ground);
    free(psi);
    ed_chain_free(before);
    ed_chain_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_states_have_the_moments_of_wick),
        cmocka_unit_test(independent_sites_are_a_product),
        cmocka_unit_test(energy_quench_against_exact_diagonalisation),
        cmocka_unit_test(errors_of_density),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
