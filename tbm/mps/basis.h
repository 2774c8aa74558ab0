/* Local states of a site and what gates exchange; internal. */
#ifndef KZ_TBM_MPS_BASIS_H
#define KZ_TBM_MPS_BASIS_H

#include <stdbool.h>

/* Spin of a local state, as the bits of density matrices have it. */
enum { KZ_SPIN_UP = 0, KZ_SPIN_DOWN = 1 };

enum { KZ_BASIS_MOST = 4, KZ_EXCHANGES_MOST = 4 };

/* Two states (p1, p2) of two neighbouring sites that a gate mixes.  The charge of `upper`'s first
 * site is that of `lower`'s plus one, so that they lie in neighbouring sectors q + 1 and q of the
 * two-site tensor. */
typedef struct {
    int upper[2], lower[2];
} kz_exchange;

/* A site: local states by ascending charge.  What a gate does to two spins it does to each of the
 * exchanges: on `spin` (up, down) is upper and (down, up) lower, whatever the ancillas; on
 * `ancilla` (down, up) is upper and (up, down) lower, whatever the spins. */
typedef struct {
    int states;
    bool repeats; /* two of them have the same charge */
    int charge[KZ_BASIS_MOST];
    int spin[KZ_BASIS_MOST];    /* KZ_SPIN_UP or KZ_SPIN_DOWN */
    int ancilla[KZ_BASIS_MOST]; /* alike; without ancillas all the same */
    int spin_exchanges, ancilla_exchanges;
    kz_exchange spin_exchange[KZ_EXCHANGES_MOST], ancilla_exchange[KZ_EXCHANGES_MOST];
} kz_basis;

/* Spin-1/2: down (charge 0), up (1). */
extern const kz_basis kz_basis_spin;
/* Spin and ancilla |s a>, charge = up spins less up ancillas: du (-1), uu (0), dd (0), ud (+1). */
extern const kz_basis kz_basis_purified;

/* Sz of a local state; the one that has this spin and the ancilla of p. */
static inline double kz_basis_spin_z(const kz_basis *basis, int p)
{
    return basis->spin[p] == KZ_SPIN_UP ? 0.5 : -0.5;
}
static inline int kz_basis_turned(const kz_basis *basis, int p, int spin)
{
    int found = 0;
    while (basis->spin[found] != spin || basis->ancilla[found] != basis->ancilla[p])
        found++;
    return found;
}

static inline int kz_basis_least(const kz_basis *basis) { return basis->charge[0]; }
static inline int kz_basis_largest(const kz_basis *basis)
{
    return basis->charge[basis->states - 1];
}

#endif
