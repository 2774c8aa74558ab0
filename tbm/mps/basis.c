/* The two kinds of sites. */
#include "tbm/mps/basis.h"

enum { U = KZ_SPIN_UP, D = KZ_SPIN_DOWN };

const kz_basis kz_basis_spin = {
    .states = 2,
    .charge = {0, 1},
    .spin = {D, U},
    .spin_exchanges = 1,
    .spin_exchange = {{{1, 0}, {0, 1}}},
};

/* du uu dd ud = 0 1 2 3 */
const kz_basis kz_basis_purified = {
    .states = 4,
    .repeats = true,
    .charge = {-1, 0, 0, 1},
    .spin = {D, U, D, U},
    .ancilla = {U, U, D, D},
    .spin_exchanges = 4,
    .spin_exchange = {{{1, 0}, {0, 1}}, {{1, 2}, {0, 3}}, {{3, 0}, {2, 1}}, {{3, 2}, {2, 3}}},
    .ancilla_exchanges = 4,
    .ancilla_exchange = {{{3, 1}, {1, 3}}, {{3, 0}, {1, 2}}, {{2, 1}, {0, 3}}, {{2, 0}, {0, 2}}},
};
