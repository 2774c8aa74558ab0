/* Three-site density matrices of Gaussian states.
 *
 * By Wick's theorem a state with <c+_i c_j> = C_ij on three sites is, in the modes V that
 * diagonalise C^T = V n V^+, a product of the mixtures n_a |1><1| + (1 - n_a) |0><0|.  In the
 * sector of N particles its matrix elements are minors, without a division by n or 1 - n:
 *     rho_N = (wedge^N V) diag_S(prod_{a in S} n_a prod_{a not in S} (1 - n_a)) (wedge^N V)^+.
 * Strings of signs cancel on adjacent sites, with basis states c+_i c+_j ... |0>, i < j. */
#include <complex.h>
#include <lapacke.h>
#include <math.h>

#include "core/error.h"
#include "fermion/internal.h"

enum { MODES = 3 };

/* Sites, or modes, of the basis states of one and of two particles, in the order of the layout. */
static const int pairs[MODES][2] = {{0, 1}, {0, 2}, {1, 2}};

/* rho11 rho22 rho33 Re12 Im12 Re13 Im13 Re23 Im23 of W diag(p) W^+. */
static void put_block(double *packed, double complex W[MODES][MODES], const double p[MODES])
{
    static const int place[MODES][MODES] = {{0, 3, 5}, {0, 1, 7}, {0, 0, 2}};
    for (int i = 0; i < MODES; i++)
        for (int j = i; j < MODES; j++) {
            double complex sum = 0.0;
            for (int a = 0; a < MODES; a++)
                sum += W[i][a] * p[a] * conj(W[j][a]);
            packed[place[i][j]] = creal(sum);
            if (j > i) packed[place[i][j] + 1] = cimag(sum);
        }
}

/* Eigenvectors V[site][mode] and occupations of C^T. */
static kz_status diagonalise(double complex V[MODES][MODES], double n[MODES],
                             const double complex C[MODES * MODES])
{
    double complex matrix[MODES * MODES + MODES]; /* zgemv of OpenBLAS 0.3.21 reads past the end */
    for (int i = 0; i < MODES; i++)
        for (int j = 0; j < MODES; j++) {
            double complex mean = 0.5 * (C[j * MODES + i] + conj(C[i * MODES + j]));
            if (!isfinite(creal(mean)) || !isfinite(cimag(mean)))
                return KZ_FAIL(KZ_EDOMAIN, "a correlation matrix that is not finite");
            matrix[j * MODES + i] = mean; /* C^T, by columns */
        }
    lapack_int info = LAPACKE_zheev(LAPACK_COL_MAJOR, 'V', 'L', MODES, matrix, MODES, n);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "modes of three sites: zheev gives %d", (int)info);
    for (int a = 0; a < MODES; a++) {
        n[a] = fmin(fmax(n[a], 0.0), 1.0); /* beyond by rounding only */
        for (int i = 0; i < MODES; i++)
            V[i][a] = matrix[a * MODES + i];
    }
    return KZ_OK;
}

kz_status kz_fermion_three_site_density(double packed[KZ_DENSITY_SIZE],
                                        const double complex C[MODES * MODES])
{
    enum { UP, TWO = 1, ONE = TWO + 9, DOWN = ONE + 9 };
    double complex V[MODES][MODES], W[MODES][MODES];
    double n[MODES], one[MODES], two[MODES];
    KZ_TRY(diagonalise(V, n, C));
    for (int a = 0; a < MODES; a++) {
        int b = (a + 1) % MODES, c = (a + 2) % MODES;
        one[a] = n[a] * (1.0 - n[b]) * (1.0 - n[c]);
        two[a] = n[pairs[a][0]] * n[pairs[a][1]] * (1.0 - n[MODES - 1 - a]);
        for (int i = 0; i < MODES; i++)
            W[i][a] = V[pairs[i][0]][pairs[a][0]] * V[pairs[i][1]][pairs[a][1]] -
                      V[pairs[i][0]][pairs[a][1]] * V[pairs[i][1]][pairs[a][0]];
    }
    packed[UP] = n[0] * n[1] * n[2];
    put_block(packed + TWO, W, two);
    put_block(packed + ONE, V, one);
    packed[DOWN] = (1.0 - n[0]) * (1.0 - n[1]) * (1.0 - n[2]);
    return KZ_OK;
}
