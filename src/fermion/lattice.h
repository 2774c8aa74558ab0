/* A lattice of free fermions, shared by its states, its dynamics and its entropies. */
#ifndef KZ_FERMION_LATTICE_H
#define KZ_FERMION_LATTICE_H

#include <complex.h>
#include <stddef.h>

#include <lapacke.h>

#include <kapitza/fermion.h>

/* Row-major throughout.  A mixed state is the trace over ancillas of a Slater determinant of twice
 * as many modes: with n_o the occupation of orbital o, its part on the spins is sqrt(n_o) times the
 * orbital, that on the ancillas (holes for particles) sqrt(1 - n_o) times the same. */
struct kz_fermion_lattice {
    size_t sites, orbitals;
    size_t copies;          /* of each site: 1, or 2 where there are ancillas */
    kz_bond *bond;          /* [sites - 1] */
    double *mode;           /* [sites][sites] mode k at site i; orthogonal */
    double *mode_energy;    /* [sites] */
    double *initial;        /* [sites][orbitals] orbitals at t = 0 in the mode basis */
    double *root;           /* [2][orbitals] sqrt(n), sqrt(1 - n) where there are ancillas */
    double complex *phased; /* [sites][orbitals] initial times exp(i energy t) */
    double complex *moved;  /* [sites][orbitals] orbitals at t; psi itself without ancillas */
    double complex *psi;    /* [sites][copies][orbitals] occupied orbitals at t, by site */
    double *entropy;        /* [sites] */
    /* Entropies of a half chain, n = copies * sites/2 */
    double complex *correlation; /* [n][n] upper triangle */
    double complex *corner;      /* [n*n] the part of it being diagonalised */
    double *eigenvalue;          /* [n] */
    double *real_work;           /* [n] */
    double complex *work;        /* [work_size] */
    lapack_int work_size;
};

/* C = A B, or A^T B, row-major, C [m][n], B [k][n]. */
void kz_fermion_multiply(double *C, const double *A, bool transposed, const double *B, size_t m,
                         size_t n, size_t k);

/* psi at time t. */
void kz_fermion_evolve(kz_fermion_lattice *lattice, double t);
/* C_ij at the time of psi. */
double complex kz_fermion_correlation(const kz_fermion_lattice *lattice, size_t i, size_t j);

/* Room for the entropies; KZ_ENOMEM, KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_fermion_entropy_prepare(kz_fermion_lattice *lattice);
/* Entropies of all cuts at the time of psi. */
KZ_CHECK_RESULT kz_status kz_fermion_entropy_compute(kz_fermion_lattice *lattice);

#endif
