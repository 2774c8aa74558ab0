/* Lattices of free fermions: their modes and initial states. */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "fermion/internal.h"
#include "fermion/lattice.h"

enum { LATTICE_MIN = 4, LATTICE_MAX = 4096 };

void kz_fermion_lattice_free(kz_fermion_lattice *lattice)
{
    if (!lattice) return;
    kz_free(lattice->bond);
    kz_free(lattice->mode);
    kz_free(lattice->mode_energy);
    kz_free(lattice->initial);
    kz_free(lattice->root);
    kz_free(lattice->phased);
    if (lattice->copies == 2) kz_free(lattice->moved);
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

static kz_status alloc_all(kz_fermion_lattice *lattice)
{
    size_t sites = lattice->sites, orbitals = lattice->orbitals;
    void *bonds;
    kz_status status = kz_alloc(&bonds, sites - 1, sizeof *lattice->bond);
    lattice->bond = bonds;
    KZ_TRY(status);
    KZ_TRY(kz_alloc_doubles(&lattice->mode, sites * sites));
    KZ_TRY(kz_alloc_doubles(&lattice->mode_energy, sites));
    KZ_TRY(kz_alloc_doubles(&lattice->initial, sites * orbitals));
    KZ_TRY(alloc_complex(&lattice->phased, sites * orbitals));
    KZ_TRY(alloc_complex(&lattice->psi, sites * lattice->copies * orbitals));
    if (lattice->copies == 2) {
        KZ_TRY(kz_alloc_doubles(&lattice->root, 2 * orbitals));
        KZ_TRY(alloc_complex(&lattice->moved, sites * orbitals));
    } else {
        lattice->moved = lattice->psi;
    }
    return kz_fermion_entropy_prepare(lattice);
}

/* -- modes --------------------------------------------------------------------------------- */

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
static void fill_waves(kz_fermion_lattice *lattice)
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

/* Eigenvectors of a tridiagonal matrix, vector[i * n + k] of eigenvalue k (ascending) at site i.
 *  diagonal [n], replaced by the eigenvalues; beside [n] its last element is scratch */
static kz_status tridiagonal(double *vector, double *diagonal, double *beside, size_t n)
{
    lapack_int order = (lapack_int)n;
    lapack_int info = LAPACKE_dstevd(LAPACK_COL_MAJOR, 'V', order, diagonal, beside, vector, order);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "modes of %zu sites: dstevd gives %d", n, (int)info);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++) {
            double swap = vector[i * n + k];
            vector[i * n + k] = vector[k * n + i];
            vector[k * n + i] = swap;
        }
    return KZ_OK;
}

static bool is_uniform(const kz_fermion_lattice *lattice)
{
    for (size_t i = 0; i + 1 < lattice->sites; i++) {
        const kz_bond *b = &lattice->bond[i];
        if (b->J != 1.0 || b->left != 0.0 || b->right != 0.0) return false;
    }
    return true;
}

/* Uniform chains have modes that are known to the last digit. */
static kz_status fill_modes(kz_fermion_lattice *lattice)
{
    size_t sites = lattice->sites;
    double *beside;
    if (is_uniform(lattice)) {
        fill_waves(lattice);
        return KZ_OK;
    }
    KZ_TRY(kz_alloc_doubles(&beside, sites));
    for (size_t i = 0; i + 1 < sites; i++) {
        beside[i] = 0.5 * lattice->bond[i].J;
        lattice->mode_energy[i] -= lattice->bond[i].left;
        lattice->mode_energy[i + 1] -= lattice->bond[i].right;
    }
    kz_status status = tridiagonal(lattice->mode, lattice->mode_energy, beside, sites);
    kz_free(beside);
    return status;
}

static kz_status check(size_t L, const kz_couplings *couplings)
{
    if (L < LATTICE_MIN || L > LATTICE_MAX || L % 2 != 0)
        return KZ_FAIL(KZ_EINVAL, "a lattice of %zu sites: even numbers from %d to %d are possible",
                       L, LATTICE_MIN, LATTICE_MAX);
    KZ_TRY(kz_couplings_check(couplings, L));
    for (size_t i = 0; i + 1 < L; i++) {
        kz_bond bond = kz_couplings_bond(couplings, L, i);
        if (bond.J * bond.delta != 0.0)
            return KZ_FAIL(KZ_EINVAL, "free fermions need Delta = 0, not %.15g at bond %zu",
                           bond.delta, i);
    }
    return KZ_OK;
}

static kz_status create(kz_fermion_lattice **out, size_t L, const kz_couplings *couplings,
                        size_t orbitals, size_t copies)
{
    void *memory;
    *out = NULL;
    KZ_TRY(check(L, couplings));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_fermion_lattice)));
    kz_fermion_lattice *lattice = memory;
    lattice->sites = L;
    lattice->orbitals = orbitals;
    lattice->copies = copies;
    kz_status status = alloc_all(lattice);
    for (size_t i = 0; i + 1 < L && status == KZ_OK; i++)
        lattice->bond[i] = kz_couplings_bond(couplings, L, i);
    if (status == KZ_OK) status = fill_modes(lattice);
    if (status == KZ_OK)
        *out = lattice;
    else
        kz_fermion_lattice_free(lattice);
    return status;
}

/* -- states -------------------------------------------------------------------------------- */

/* Unit vectors on the sites that are up. */
static void fill_product(kz_fermion_lattice *lattice, const bool *spin_up)
{
    size_t sites = lattice->sites, orbitals = lattice->orbitals;
    for (size_t k = 0; k < sites; k++)
        for (size_t i = 0, o = 0; i < sites; i++)
            if (spin_up[i]) lattice->initial[k * orbitals + o++] = lattice->mode[i * sites + k];
}

/* Orbitals by site into the basis of the modes.  by_site may be psi. */
static void set_orbitals(kz_fermion_lattice *lattice, const double *by_site)
{
    kz_fermion_multiply(lattice->initial, lattice->mode, true, by_site, lattice->sites,
                        lattice->orbitals, lattice->sites);
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
    set_orbitals(lattice, by_site);
}

kz_status kz_fermion_lattice_create(kz_fermion_lattice **out, size_t L, kz_quench_kind quench)
{
    const kz_couplings uniform = {0};
    if (!out) return KZ_FAIL(KZ_EINVAL, "nowhere to put the lattice");
    *out = NULL;
    if (quench == KZ_QUENCH_DOMAIN_WALL) {
        bool up[LATTICE_MAX] = {false};
        for (size_t i = 0; i < L / 2 && i < LATTICE_MAX; i++)
            up[i] = true;
        return kz_fermion_lattice_create_product(out, L, &uniform, up);
    }
    if (quench != KZ_QUENCH_ENERGY)
        return KZ_FAIL(KZ_EINVAL, "unknown kind of quench, %d", (int)quench);
    KZ_TRY(create(out, L, &uniform, L / 2, 1));
    fill_energy_quench(*out);
    return KZ_OK;
}

kz_status kz_fermion_lattice_create_product(kz_fermion_lattice **out, size_t L,
                                            const kz_couplings *couplings, const bool *spin_up)
{
    size_t up = 0;
    *out = NULL;
    KZ_TRY(check(L, couplings));
    for (size_t i = 0; i < L; i++)
        up += spin_up[i];
    /* no fermion at all is one orbital that is empty: matrices without columns have no products */
    KZ_TRY(create(out, L, couplings, up > 0 ? up : 1, 1));
    if (up > 0) fill_product(*out, spin_up);
    return KZ_OK;
}

/* Eigenvectors of the one-particle matrix with weight J/2 beside its diagonal `value`, which
 * becomes the eigenvalues. */
static kz_status solve(double *vector, double *value, const kz_fermion_lattice *lattice,
                       const double *weight)
{
    double *beside;
    KZ_TRY(kz_alloc_doubles(&beside, lattice->sites));
    for (size_t i = 0; i + 1 < lattice->sites; i++)
        beside[i] = 0.5 * weight[i] * lattice->bond[i].J;
    kz_status status = tridiagonal(vector, value, beside, lattice->sites);
    kz_free(beside);
    return status;
}

/* Levels closer than this to each other cannot be told apart. */
static const double GAP = 1e-12;

static kz_status fill_ground(kz_fermion_lattice *lattice, const double *lambda)
{
    size_t sites = lattice->sites, orbitals = lattice->orbitals;
    double *vector = NULL, *value = NULL;
    kz_status status = kz_alloc_doubles(&vector, sites * sites);
    if (status == KZ_OK) status = kz_alloc_doubles(&value, sites);
    if (status == KZ_OK) status = solve(vector, value, lattice, lambda);
    if (status == KZ_OK && !(value[orbitals] - value[orbitals - 1] > GAP))
        status = KZ_FAIL(KZ_EDOMAIN, "the ground state is not unique: its gap is %.3g",
                         value[orbitals] - value[orbitals - 1]);
    double *by_site = (double *)lattice->psi;
    for (size_t i = 0; i < sites && status == KZ_OK; i++)
        memcpy(by_site + i * orbitals, vector + i * sites, orbitals * sizeof *by_site);
    if (status == KZ_OK) set_orbitals(lattice, by_site);
    kz_free(vector);
    kz_free(value);
    return status;
}

kz_status kz_fermion_lattice_create_ground(kz_fermion_lattice **out, size_t L,
                                           const kz_couplings *couplings, const double *lambda)
{
    KZ_TRY(create(out, L, couplings, L / 2, 1));
    kz_status status = fill_ground(*out, lambda);
    if (status == KZ_OK) return KZ_OK;
    kz_fermion_lattice_free(*out);
    *out = NULL;
    return status;
}

/* K of rho = exp(-K): its eigenvectors are the orbitals, 1/(1 + exp K) their occupations. */
static kz_status fill_thermal(kz_fermion_lattice *lattice, const double *beta, const double *mu)
{
    size_t sites = lattice->sites;
    double *vector = NULL, *value = NULL;
    kz_status status = kz_alloc_doubles(&vector, sites * sites);
    if (status == KZ_OK) status = kz_alloc_doubles(&value, sites);
    if (status == KZ_OK) {
        for (size_t i = 0; i < sites; i++)
            value[i] = -mu[i];
        for (size_t i = 0; i + 1 < sites; i++) {
            value[i] -= beta[i] * lattice->bond[i].left;
            value[i + 1] -= beta[i] * lattice->bond[i].right;
        }
        status = solve(vector, value, lattice, beta);
    }
    for (size_t o = 0; o < sites && status == KZ_OK; o++) {
        lattice->root[o] = sqrt(1.0 / (1.0 + exp(value[o])));
        lattice->root[sites + o] = sqrt(1.0 / (1.0 + exp(-value[o])));
    }
    if (status == KZ_OK) set_orbitals(lattice, vector);
    kz_free(vector);
    kz_free(value);
    return status;
}

kz_status kz_fermion_lattice_create_thermal(kz_fermion_lattice **out, size_t L,
                                            const kz_couplings *couplings, const double *beta,
                                            const double *mu)
{
    *out = NULL;
    for (size_t i = 0; i < L; i++)
        if (!isfinite(mu[i]) || (i + 1 < L && !isfinite(beta[i])))
            return KZ_FAIL(KZ_EINVAL, "beta or mu of site %zu is not finite", i);
    KZ_TRY(create(out, L, couplings, L, 2));
    kz_status status = fill_thermal(*out, beta, mu);
    if (status == KZ_OK) return KZ_OK;
    kz_fermion_lattice_free(*out);
    *out = NULL;
    return status;
}
