/* Local observables from three-site density matrices. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/density.h"
#include "tbm/divided/divided.h"

kz_status kz_densities_part(double complex (*rho)[8][8], const kz_mps *mps, size_t first,
                            size_t end, int threads)
{
    kz_first_failure failure = {0};
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (long i = (long)first; i < (long)end; i++) {
        kz_status one = kz_mps_density(rho[i - (long)first], mps, (size_t)i);
        if (one == KZ_OK) continue;
#pragma omp critical(kz_densities)
        kz_first_failure_note(&failure, (size_t)i, one);
    }
    return KZ_FAIL_FIRST(&failure);
}

kz_status kz_densities_compute(kz_densities *out, const kz_mps *mps, int threads)
{
    void *memory = NULL;
    size_t count = mps->length - 2;
    if (threads < 1) return KZ_FAIL(KZ_EINVAL, "%d threads", threads);
    KZ_TRY(kz_alloc(&memory, count, sizeof *out->rho));
    out->rho = memory;
    kz_status status = mps->divided ? kz_divided_densities(out->rho, mps, threads)
                                    : kz_densities_part(out->rho, mps, 0, count, threads);
    if (status != KZ_OK) kz_densities_free(out);
    return status;
}

void kz_densities_free(kz_densities *densities)
{
    kz_free(densities->rho);
    densities->rho = NULL;
}

/* -- operators on three sites, 8 x 8, real ------------------------------------------------- */

typedef double matrix[8][8];

/* h of sites (k, k+1), k = 0 or 1. */
static void bond_operator(matrix h, int k, const kz_bond *bond)
{
    int low = k == 0 ? 2 : 1, both = low | low << 1; /* bits of the two spins */
    memset(h, 0, sizeof(matrix));
    for (int a = 0; a < 8; a++) {
        bool equal = (a & both) == 0 || (a & both) == both;
        double left = (a & low << 1) == 0 ? 0.5 : -0.5, right = (a & low) == 0 ? 0.5 : -0.5;
        h[a][a] = equal ? 0.25 * bond->J * bond->delta : -0.25 * bond->J * bond->delta;
        h[a][a] -= bond->left * left + bond->right * right;
        if (!equal) h[a ^ both][a] = 0.5 * bond->J;
    }
}

static double real_expectation(matrix operator_, double complex rho[8][8])
{
    double sum = 0.0;
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < 8; b++)
            sum += operator_[a][b] * creal(rho[b][a]);
    return sum;
}

/* i <A> of a real antisymmetric A:  -sum A_ab Im rho_ba. */
static double imaginary_expectation(matrix operator_, double complex rho[8][8])
{
    double sum = 0.0;
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < 8; b++)
            sum -= operator_[a][b] * cimag(rho[b][a]);
    return sum;
}

/* i <[h_left, h_right]>: the energy current between the two bonds. */
static double link_current(double complex rho[8][8], matrix left, matrix right)
{
    matrix commutator;
    for (int a = 0; a < 8; a++) {
        for (int b = 0; b < 8; b++) {
            double sum = 0.0;
            for (int c = 0; c < 8; c++)
                sum += left[a][c] * right[c][b] - right[a][c] * left[c][b];
            commutator[a][b] = sum;
        }
    }
    return imaginary_expectation(commutator, rho);
}

/* <Sz> of spin k = 0, 1, 2. */
static double magnetization(double complex rho[8][8], int k)
{
    double sum = 0.0;
    for (int a = 0; a < 8; a++)
        sum += (a >> (2 - k) & 1) == KZ_SPIN_UP ? 0.5 * creal(rho[a][a]) : -0.5 * creal(rho[a][a]);
    return sum;
}

/* <Sx Sy' - Sy Sx'> of spins k, k+1: -Im <S+ S-'>. */
static double spin_current(double complex rho[8][8], int k)
{
    int low = k == 0 ? 2 : 1, both = low | low << 1;
    double sum = 0.0;
    for (int b = 0; b < 8; b++) /* b has (down, up) there, a = b with both flipped */
        if ((b & both) == low << 1) sum -= cimag(rho[b][b ^ both]);
    return sum;
}

/* -- profile ------------------------------------------------------------------------------- */

double kz_mps_entropy(const kz_mps *mps, size_t i)
{
    return mps->divided ? kz_divided_entropy(mps, i) : kz_mps_entropy_here(mps, i);
}

double kz_mps_entropy_here(const kz_mps *mps, size_t i)
{
    const kz_mps_bond *bond = &mps->bond[i + 1];
    double sum = 0.0;
    for (size_t k = 0; k < bond->total; k++) {
        double p = bond->value[k] * bond->value[k];
        if (p > 0.0) sum -= p * log(p);
    }
    return sum;
}

static void put(double *array, size_t i, double value)
{
    if (array) array[i] = value;
}

/* Sites and bonds that density matrix i = 0 ... L-3 is the first to cover. */
static void measure_triple(const kz_lattice_profile *out, double complex rho[8][8],
                           const kz_couplings *couplings, size_t i, size_t L, double *link)
{
    matrix left, right;
    kz_bond one = kz_couplings_bond(couplings, L, i), two = kz_couplings_bond(couplings, L, i + 1);
    bond_operator(left, 0, &one);
    bond_operator(right, 1, &two);
    put(out->energy, i, real_expectation(left, rho));
    put(out->magnetization, i, magnetization(rho, 0));
    put(out->spin_current, i, one.J * spin_current(rho, 0));
    link[i + 1] = link_current(rho, left, right);
    if (i + 3 < L) return;
    put(out->energy, i + 1, real_expectation(right, rho));
    put(out->magnetization, i + 1, magnetization(rho, 1));
    put(out->magnetization, i + 2, magnetization(rho, 2));
    put(out->spin_current, i + 1, two.J * spin_current(rho, 1));
}

static void measure_ends(const kz_lattice_profile *out, double *link, size_t L)
{
    link[0] = link[L - 1] = NAN;
    put(out->energy, L - 1, NAN);
    put(out->spin_current, L - 1, NAN);
    put(out->entropy, L - 1, NAN);
    for (size_t i = 0; i < L; i++) {
        put(out->energy_current_link, i, link[i]);
        put(out->energy_current, i, i + 1 < L ? 0.5 * (link[i] + link[i + 1]) : NAN);
    }
}

kz_status kz_mps_measure_coupled(const kz_lattice_profile *out, const kz_mps *mps,
                                 const kz_couplings *couplings, int threads)
{
    size_t L = mps->length;
    kz_densities all;
    double *link = NULL;
    KZ_TRY(kz_densities_compute(&all, mps, threads));
    kz_status status = kz_alloc_doubles(&link, L);
    if (status == KZ_OK) {
        for (size_t i = 0; i + 2 < L; i++)
            measure_triple(out, all.rho[i], couplings, i, L, link);
        measure_ends(out, link, L);
        for (size_t i = 0; i + 1 < L; i++)
            put(out->entropy, i, kz_mps_entropy(mps, i));
    }
    kz_free(link);
    kz_densities_free(&all);
    return status;
}

kz_status kz_mps_density_matrices(double *rho, const kz_mps *mps, int threads)
{
    kz_densities all;
    KZ_TRY(kz_densities_compute(&all, mps, threads));
    for (size_t i = 0; i + 2 < mps->length; i++)
        kz_density_pack(rho + i * KZ_DENSITY_SIZE, all.rho[i]);
    kz_densities_free(&all);
    return KZ_OK;
}

kz_status kz_mps_measure(const kz_lattice_profile *out, const kz_mps *mps, const double *delta,
                         int threads)
{
    return kz_mps_measure_coupled(out, mps, &(kz_couplings){.delta = delta}, threads);
}
