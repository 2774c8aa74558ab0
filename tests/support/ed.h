/* Exact diagonalisation of short XXZ chains, an oracle that shares no formula with the library.
 * Runs out of memory or is misused: prints a line and aborts, as only a test may. */
#ifndef KZ_TESTS_ED_H
#define KZ_TESTS_ED_H

#include <complex.h>

#include <kapitza/fermion.h>

/* -- periodic homogeneous chain, sum over n of Sx Sx' + Sy Sy' + delta Sz Sz' -- */

/* All energies with their S^z, by S^z and momentum; 3 <= L <= 16.  L = 14 takes half a second. */
typedef struct ed_spectrum ed_spectrum;

ed_spectrum *ed_spectrum_create(int L, double delta);
void ed_spectrum_free(ed_spectrum *spectrum);

double ed_spectrum_energy_min(const ed_spectrum *spectrum);
double ed_spectrum_energy_max(const ed_spectrum *spectrum);

/* exp(-beta H + mu S^z)/Z, every number per site and named as in kz_thermo.  Members the spectrum
 * does not give (Drude weights) are nan, as is free_energy at beta = 0; err is 0. */
kz_thermo ed_spectrum_thermo(const ed_spectrum *spectrum, double beta, double mu);

/* -- open chain, H = sum_i scale_i h_i with h_i = Sx Sx' + Sy Sy' + delta_i Sz Sz' -- */

/* Sector of `up` up spins, fully diagonalised; 2 <= L <= 14. */
typedef struct ed_chain ed_chain;

/* delta [L-1]; scale [L-1], NULL for ones. */
ed_chain *ed_chain_create(int L, int up, const double *delta, const double *scale);
void ed_chain_free(ed_chain *chain);

/* Dimension of the sector: the length of every state below. */
int ed_chain_dimension(const ed_chain *chain);
double ed_chain_ground_energy(const ed_chain *chain);
void ed_chain_ground_state(double complex *out, const ed_chain *chain);
/* Product state, bit i of `spins` set where site i is up. */
void ed_chain_product_state(double complex *out, const ed_chain *chain, unsigned spins);
/* exp(-i H t) in; out may be in. */
void ed_chain_evolve(double complex *out, const ed_chain *chain, const double complex *in,
                     double t);
/* Every non-NULL member, with the conventions of kz_lattice_profile: h_i as above without scale. */
void ed_chain_measure(const kz_lattice_profile *out, const ed_chain *chain,
                      const double complex *state);
/* Bits of basis state number `index`. */
unsigned ed_chain_spins(const ed_chain *chain, int index);

#endif
