/* Which chains a module can do; library-internal. */
#ifndef KZ_CORE_CHAIN_H
#define KZ_CORE_CHAIN_H

#include <kapitza/state.h>

/* kz_chain_check(), and KZ_EINVAL for |Delta| >= 1; `what` cannot do those: "tables". */
KZ_CHECK_RESULT kz_status kz_chain_check_rational(kz_chain chain, const char *what);

/* kz_chain_check(), and KZ_EINVAL for Delta = 1, -1. */
KZ_CHECK_RESULT kz_status kz_chain_check_anisotropic(kz_chain chain, const char *what);

/* Delta = 1 or -1. */
bool kz_chain_is_isotropic(kz_chain chain);

/* A chain with Delta <= -1 and what stands on it as those with -Delta: turning every second spin by
 * pi about z leaves magnetizations and their currents, energies and theirs change sign. */
bool kz_chain_is_turned(kz_chain chain);
kz_chain kz_chain_turn(kz_chain chain);
kz_state kz_state_turn(const kz_state *state);

/* Ground-state energy per bond at Delta = cos(gamma), 0 < gamma < pi. */
double kz_chain_ground_energy(double gamma);

#endif
