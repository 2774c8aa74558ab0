/* Exact dynamics of the open XX chain.
 *
 * Both initial states are Slater determinants, so the N = L/2 occupied orbitals evolve one by one:
 *     Psi(t) = U* Phi,  U = exp(-i h t),  C_ij(t) = <c+_i c_j> = sum_o Psi_io conj(Psi_jo).
 * The modes of h are sine waves, known in closed form to the last digit; one real matrix product
 * with the orbitals in the mode basis gives Psi(t) for any t, without time steps. */
#include <cblas.h>
#include <complex.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "fermion/internal.h"

enum { LATTICE_MIN = 4, LATTICE_MAX = 4096 };

/* Row-major throughout. */
struct kz_fermion_lattice {
    size_t sites, orbitals;
    double *mode;           /* [sites][sites] mode k at site i; symmetric and orthogonal */
    double *mode_energy;    /* [sites] */
    double *initial;        /* [sites][orbitals] occupied orbitals at t = 0 in the mode basis */
    double complex *phased; /* [sites][orbitals] the same times exp(i energy t) */
    double complex *psi;    /* [sites][orbitals] occupied orbitals at t, by site */
    double *entropy;        /* [sites] */
    /* Entropies of a half chain, n = sites/2 */
    double complex *correlation; /* [n][n] upper triangle */
    double complex *corner;      /* [n*n] the part of it being diagonalised */
    double *eigenvalue;          /* [n] */
    double *real_work;           /* [n] */
    double complex *work;        /* [work_size] */
    lapack_int work_size;
};

void kz_fermion_lattice_free(kz_fermion_lattice *lattice)
{
    if (!lattice) return;
    kz_free(lattice->mode);
    kz_free(lattice->mode_energy);
    kz_free(lattice->initial);
    kz_free(lattice->phased);
    kz_free(lattice->psi);
    kz_free(lattice->entropy);
    kz_free(lattice->correlation);
    kz_free(lattice->corner);
    kz_free(lattice->eigenvalue);
    kz_free(lattice->real_work);
    kz_free(lattice->work);
    kz_free(lattice);
}

static kz_status alloc_complex(double complex **out, size_t count)
{
    void *pointer;
    kz_status status = kz_alloc(&pointer, count, sizeof **out);
    *out = pointer;
    return status;
}

static kz_status diagonalize(kz_fermion_lattice *lattice, size_t n, double complex *work,
                             lapack_int size)
{
    lapack_int order = (lapack_int)n, integer_work = 0;
    /* Upper triangle by rows is lower triangle by columns of the conjugate: same eigenvalues.  Keep
     * it lower: with 'U' zgemv of OpenBLAS 0.3.21 reads a column past the end (its issue 4013). */
    lapack_int info = LAPACKE_zheevd_work(LAPACK_COL_MAJOR, 'N', 'L', order, lattice->corner, order,
                                          lattice->eigenvalue, work, size, lattice->real_work,
                                          size < 0 ? -1 : order, &integer_work, size < 0 ? -1 : 1);
    if (info != 0)
        return KZ_FAIL(KZ_ENOCONV, "eigenvalues of a %zu x %zu correlation matrix: zheevd gives %d",
                       n, n, (int)info);
    return KZ_OK;
}

static kz_status alloc_entropy(kz_fermion_lattice *lattice)
{
    size_t n = lattice->sites / 2;
    KZ_TRY(alloc_complex(&lattice->correlation, n * n));
    KZ_TRY(alloc_complex(&lattice->corner, n * n));
    KZ_TRY(kz_alloc_doubles(&lattice->eigenvalue, n));
    KZ_TRY(kz_alloc_doubles(&lattice->real_work, n));
    double complex best;
    KZ_TRY(diagonalize(lattice, n, &best, -1));
    lattice->work_size = (lapack_int)fmax(creal(best), (double)n + 1.0);
    return alloc_complex(&lattice->work, (size_t)lattice->work_size);
}

static kz_status alloc_all(kz_fermion_lattice *lattice)
{
    size_t sites = lattice->sites, orbitals = lattice->orbitals;
    KZ_TRY(kz_alloc_doubles(&lattice->mode, sites * sites));
    KZ_TRY(kz_alloc_doubles(&lattice->mode_energy, sites));
    KZ_TRY(kz_alloc_doubles(&lattice->initial, sites * orbitals));
    KZ_TRY(alloc_complex(&lattice->phased, sites * orbitals));
    KZ_TRY(alloc_complex(&lattice->psi, sites * orbitals));
    KZ_TRY(kz_alloc_doubles(&lattice->entropy, sites));
    return alloc_entropy(lattice);
}

/* sin(pi m / n), to the last digit for every m. */
static double sin_fraction(size_t m, size_t n)
{
    m %= 2 * n;
    double sign = m > n ? -1.0 : 1.0;
    if (m > n) m = 2 * n - m;
    if (2 * m > n) m = n - m;
    return sign * sin(kz_pi * (double)m / (double)n);
}

/* Hopping 1/2 on an open chain: energy cos theta_k, theta_k = pi (k+1)/(L+1).  Mode k < L/2 has
 * positive energy, k >= L/2 negative. */
static void fill_modes(kz_fermion_lattice *lattice)
{
    size_t sites = lattice->sites, n = sites + 1;
    double norm = sqrt(2.0 / (double)n);
    for (size_t i = 0; i < sites; i++)
        for (size_t k = 0; k < sites; k++)
            lattice->mode[i * sites + k] = norm * sin_fraction((i + 1) * (k + 1), n);
    for (size_t k = 0; k < sites; k++) {
        double s = sin_fraction(k + 1, 2 * n); /* cos theta = 1 - 2 sin^2(theta/2) */
        double c = sin_fraction(sites - k, 2 * n);
        lattice->mode_energy[k] = (c - s) * (c + s);
    }
}

/* C = A B, all row-major, A [m][k], B [k][n]. */
static void multiply(double *C, const double *A, const double *B, size_t m, size_t n, size_t k)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1.0, A, (int)k,
                B, (int)n, 0.0, C, (int)n);
}

/* Site basis: unit vectors on the left half.  The mode matrix is its own inverse. */
static void fill_domain_wall(kz_fermion_lattice *lattice)
{
    for (size_t k = 0; k < lattice->sites; k++)
        for (size_t o = 0; o < lattice->orbitals; o++)
            lattice->initial[k * lattice->orbitals + o] = lattice->mode[k * lattice->sites + o];
}

/* Bonds n <= 0 of H' have the opposite sign.  Changing the sign of every second site there maps H'
 * to H, so the orbitals are the modes of negative energy with these signs. */
static void fill_energy_quench(kz_fermion_lattice *lattice)
{
    size_t sites = lattice->sites, orbitals = lattice->orbitals, junction = sites / 2;
    double *by_site = (double *)lattice->psi;
    for (size_t i = 0; i < sites; i++) {
        double sign = i < junction && (junction - i) % 2 == 1 ? -1.0 : 1.0;
        for (size_t o = 0; o < orbitals; o++)
            by_site[i * orbitals + o] = sign * lattice->mode[i * sites + orbitals + o];
    }
    multiply(lattice->initial, lattice->mode, by_site, sites, orbitals, sites);
}

kz_status kz_fermion_lattice_create(kz_fermion_lattice **out, size_t L, kz_quench_kind quench)
{
    if (!out) return KZ_FAIL(KZ_EINVAL, "nowhere to put the lattice");
    *out = NULL;
    if (L < LATTICE_MIN || L > LATTICE_MAX || L % 2 != 0)
        return KZ_FAIL(KZ_EINVAL, "a lattice of %zu sites: even numbers from %d to %d are possible",
                       L, LATTICE_MIN, LATTICE_MAX);
    if (quench != KZ_QUENCH_ENERGY && quench != KZ_QUENCH_DOMAIN_WALL)
        return KZ_FAIL(KZ_EINVAL, "unknown kind of quench, %d", (int)quench);
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_fermion_lattice)));
    kz_fermion_lattice *lattice = memory;
    lattice->sites = L;
    lattice->orbitals = L / 2;
    kz_status status = alloc_all(lattice);
    if (status != KZ_OK) {
        kz_fermion_lattice_free(lattice);
        return status;
    }
    fill_modes(lattice);
    if (quench == KZ_QUENCH_ENERGY)
        fill_energy_quench(lattice);
    else
        fill_domain_wall(lattice);
    *out = lattice;
    return KZ_OK;
}

static void evolve(kz_fermion_lattice *lattice, double t)
{
    size_t sites = lattice->sites, orbitals = lattice->orbitals;
    for (size_t k = 0; k < sites; k++) {
        double angle = lattice->mode_energy[k] * t;
        double complex phase = cos(angle) + I * sin(angle);
        for (size_t o = 0; o < orbitals; o++)
            lattice->phased[k * orbitals + o] = lattice->initial[k * orbitals + o] * phase;
    }
    /* A real matrix acts on real and imaginary parts as on separate columns. */
    multiply((double *)lattice->psi, lattice->mode, (const double *)lattice->phased, sites,
             2 * orbitals, sites);
}

/* C_ij at the time of psi. */
static double complex correlation(const kz_fermion_lattice *lattice, size_t i, size_t j)
{
    size_t n = lattice->orbitals;
    double complex value;
    cblas_zdotc_sub((int)n, lattice->psi + j * n, 1, lattice->psi + i * n, 1, &value);
    return value;
}

/* -n ln n - (1-n) ln(1-n) summed over the first `count` eigenvalues.  All but a few eigenvalues are
 * 0 or 1 up to 1e-15, with a rounding error to which this function is steep (37 at 1e-16): taking
 * them for 0 and 1 keeps the error near 3e-13 for any number of them. */
static double binary_entropy(const double *eigenvalue, size_t count)
{
    double noise = 16.0 * DBL_EPSILON, sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        double n = eigenvalue[i];
        if (n > noise && n < 1.0 - noise) sum -= n * log(n) + (1.0 - n) * log1p(-n);
    }
    return sum;
}

/* Entropies of the cuts whose shorter side is in the given half, from the eigenvalues of C on it:
 * a pure state has the same entropy on both sides of a cut. */
static kz_status half_entropies(kz_fermion_lattice *lattice, bool right)
{
    size_t n = lattice->sites / 2, orbitals = lattice->orbitals;
    cblas_zherk(CblasRowMajor, CblasUpper, CblasNoTrans, (int)n, (int)orbitals, 1.0,
                lattice->psi + (right ? n * orbitals : 0), (int)orbitals, 0.0, lattice->correlation,
                (int)n);
    size_t longest = right ? n - 1 : n; /* the cut in the middle belongs to the left */
    for (size_t l = 1; l <= longest; l++) {
        size_t first = right ? n - l : 0;
        for (size_t i = 0; i < l; i++)
            memcpy(lattice->corner + i * l, lattice->correlation + (first + i) * n + first,
                   l * sizeof *lattice->corner);
        KZ_TRY(diagonalize(lattice, l, lattice->work, lattice->work_size));
        size_t cut = right ? lattice->sites - l - 1 : l - 1;
        lattice->entropy[cut] = binary_entropy(lattice->eigenvalue, l);
    }
    return KZ_OK;
}

static void write_energy_currents(const kz_lattice_profile *out, const kz_fermion_lattice *lattice)
{
    size_t last = lattice->sites - 1;
    double previous = NAN; /* j_n from bond n-1 to bond n = -1/2 Im C_{n-1,n+1} */
    for (size_t i = 0; i <= last; i++) {
        double next = i + 2 <= last ? -0.5 * cimag(correlation(lattice, i, i + 2)) : NAN;
        if (out->energy_current_link) out->energy_current_link[i] = previous;
        if (out->energy_current) out->energy_current[i] = 0.5 * (previous + next);
        previous = next;
    }
}

static void write_profile(const kz_lattice_profile *out, const kz_fermion_lattice *lattice)
{
    size_t last = lattice->sites - 1;
    for (size_t i = 0; i < last; i++) {
        double complex hop = correlation(lattice, i, i + 1);
        if (out->energy) out->energy[i] = creal(hop);
        if (out->spin_current) out->spin_current[i] = -cimag(hop);
        if (out->entropy) out->entropy[i] = lattice->entropy[i];
    }
    if (out->energy) out->energy[last] = NAN;
    if (out->spin_current) out->spin_current[last] = NAN;
    if (out->entropy) out->entropy[last] = NAN;
    for (size_t i = 0; out->magnetization && i <= last; i++)
        out->magnetization[i] = creal(correlation(lattice, i, i)) - 0.5;
    if (out->energy_current || out->energy_current_link) write_energy_currents(out, lattice);
}

kz_status kz_fermion_lattice_measure(const kz_lattice_profile *out, kz_fermion_lattice *lattice,
                                     double t)
{
    if (!out || !lattice) return KZ_FAIL(KZ_EINVAL, "no lattice, or nowhere to put its profile");
    if (!isfinite(t)) return KZ_FAIL(KZ_EDOMAIN, "time t = %.15g is not finite", t);
    evolve(lattice, t);
    if (out->entropy) {
        KZ_TRY(half_entropies(lattice, false));
        KZ_TRY(half_entropies(lattice, true));
    }
    write_profile(out, lattice);
    return KZ_OK;
}

/* C of three sites; also the elements below the diagonal are computed, which costs nothing that
 * counts. */
kz_status kz_fermion_lattice_density_matrices(double *rho, kz_fermion_lattice *lattice, double t)
{
    enum { SITES = 3 };
    double complex C[SITES * SITES];
    if (!rho || !lattice) return KZ_FAIL(KZ_EINVAL, "no lattice, or nowhere to put its matrices");
    if (!isfinite(t)) return KZ_FAIL(KZ_EDOMAIN, "time t = %.15g is not finite", t);
    evolve(lattice, t);
    for (size_t i = 0; i + 2 < lattice->sites; i++) {
        for (size_t a = 0; a < SITES; a++)
            for (size_t b = 0; b < SITES; b++)
                C[a * SITES + b] = correlation(lattice, i + a, i + b);
        KZ_TRY(kz_fermion_three_site_density(rho + i * KZ_DENSITY_SIZE, C));
    }
    return KZ_OK;
}
