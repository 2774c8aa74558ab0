/* Exact dynamics of open chains of free fermions.
 *
 * All initial states are Slater determinants, mixed ones with ancillas, so the orbitals evolve one
 * by one:
 *     Psi(t) = U* Phi,  U = exp(-i h t),  C_ij(t) = <c+_i c_j> = sum_o Psi_io conj(Psi_jo).
 * One real matrix product with the orbitals in the basis of the modes of h gives Psi(t) for any t,
 * without time steps. */
#include <cblas.h>
#include <math.h>

#include "core/error.h"
#include "fermion/internal.h"
#include "fermion/lattice.h"

void kz_fermion_multiply(double *C, const double *A, bool transposed, const double *B, size_t m,
                         size_t n, size_t k)
{
    cblas_dgemm(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, (int)m, (int)n,
                (int)k, 1.0, A, (int)(transposed ? m : k), B, (int)n, 0.0, C, (int)n);
}

/* Shares of spins and ancillas in the orbitals. */
static void share(kz_fermion_lattice *lattice)
{
    size_t orbitals = lattice->orbitals;
    for (size_t i = 0; i < lattice->sites; i++) {
        const double complex *from = lattice->moved + i * orbitals;
        double complex *to = lattice->psi + 2 * i * orbitals;
        for (size_t o = 0; o < 2 * orbitals; o++)
            to[o] = lattice->root[o] * from[o % orbitals];
    }
}

void kz_fermion_evolve(kz_fermion_lattice *lattice, double t)
{
    size_t sites = lattice->sites, orbitals = lattice->orbitals;
    for (size_t k = 0; k < sites; k++) {
        double angle = lattice->mode_energy[k] * t;
        double complex phase = cos(angle) + I * sin(angle);
        for (size_t o = 0; o < orbitals; o++)
            lattice->phased[k * orbitals + o] = lattice->initial[k * orbitals + o] * phase;
    }
    /* A real matrix acts on real and imaginary parts as on separate columns. */
    kz_fermion_multiply((double *)lattice->moved, lattice->mode, false,
                        (const double *)lattice->phased, sites, 2 * orbitals, sites);
    if (lattice->copies == 2) share(lattice);
}

double complex kz_fermion_correlation(const kz_fermion_lattice *lattice, size_t i, size_t j)
{
    size_t n = lattice->orbitals, row = n * lattice->copies;
    double complex value;
    cblas_zdotc_sub((int)n, lattice->psi + j * row, 1, lattice->psi + i * row, 1, &value);
    return value;
}

/* i<[h_{i-1}, h_i]> of the one-particle matrices of both bonds. */
static double link_current(const kz_fermion_lattice *lattice, size_t i)
{
    const kz_bond *a = &lattice->bond[i - 1], *b = &lattice->bond[i];
    double across = cimag(kz_fermion_correlation(lattice, i - 1, i + 1)),
           current = -0.5 * a->J * b->J * across;
    if (b->left != 0.0)
        current += a->J * b->left * cimag(kz_fermion_correlation(lattice, i - 1, i));
    if (a->right != 0.0)
        current += a->right * b->J * cimag(kz_fermion_correlation(lattice, i, i + 1));
    return current;
}

static void write_energy_currents(const kz_lattice_profile *out, const kz_fermion_lattice *lattice)
{
    size_t last = lattice->sites - 1;
    double previous = NAN; /* j_n from bond n-1 to bond n */
    for (size_t i = 0; i <= last; i++) {
        double next = i + 2 <= last ? link_current(lattice, i + 1) : NAN;
        if (out->energy_current_link) out->energy_current_link[i] = previous;
        if (out->energy_current) out->energy_current[i] = 0.5 * (previous + next);
        previous = next;
    }
}

static double magnetization(const kz_fermion_lattice *lattice, size_t i)
{
    return creal(kz_fermion_correlation(lattice, i, i)) - 0.5;
}

static double bond_energy(const kz_fermion_lattice *lattice, size_t i, double complex hop)
{
    const kz_bond *b = &lattice->bond[i];
    double energy = b->J * creal(hop);
    if (b->left != 0.0) energy -= b->left * magnetization(lattice, i);
    if (b->right != 0.0) energy -= b->right * magnetization(lattice, i + 1);
    return energy;
}

static void write_profile(const kz_lattice_profile *out, const kz_fermion_lattice *lattice)
{
    size_t last = lattice->sites - 1;
    for (size_t i = 0; i < last; i++) {
        double complex hop = kz_fermion_correlation(lattice, i, i + 1);
        if (out->energy) out->energy[i] = bond_energy(lattice, i, hop);
        if (out->spin_current) out->spin_current[i] = -lattice->bond[i].J * cimag(hop);
        if (out->entropy) out->entropy[i] = lattice->entropy[i];
    }
    if (out->energy) out->energy[last] = NAN;
    if (out->spin_current) out->spin_current[last] = NAN;
    if (out->entropy) out->entropy[last] = NAN;
    for (size_t i = 0; out->magnetization && i <= last; i++)
        out->magnetization[i] = magnetization(lattice, i);
    if (out->energy_current || out->energy_current_link) write_energy_currents(out, lattice);
}

kz_status kz_fermion_lattice_measure(const kz_lattice_profile *out, kz_fermion_lattice *lattice,
                                     double t)
{
    if (!out || !lattice) return KZ_FAIL(KZ_EINVAL, "no lattice, or nowhere to put its profile");
    if (!isfinite(t)) return KZ_FAIL(KZ_EDOMAIN, "time t = %.15g is not finite", t);
    kz_fermion_evolve(lattice, t);
    if (out->entropy) KZ_TRY(kz_fermion_entropy_compute(lattice));
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
    kz_fermion_evolve(lattice, t);
    for (size_t i = 0; i + 2 < lattice->sites; i++) {
        for (size_t a = 0; a < SITES; a++)
            for (size_t b = 0; b < SITES; b++)
                C[a * SITES + b] = kz_fermion_correlation(lattice, i + a, i + b);
        KZ_TRY(kz_fermion_three_site_density(rho + i * KZ_DENSITY_SIZE, C));
    }
    return KZ_OK;
}
