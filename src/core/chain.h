/* Which chains a module can do; library-internal. */
#ifndef KZ_CORE_CHAIN_H
#define KZ_CORE_CHAIN_H

#include <kapitza/state.h>

/* kz_chain_check(), and KZ_EINVAL for |Delta| >= 1; `what` cannot do those: "tables". */
KZ_CHECK_RESULT kz_status kz_chain_check_rational(kz_chain chain, const char *what);

/* The same, and KZ_EINVAL for gamma = pi Q/P with Q > 1. */
KZ_CHECK_RESULT kz_status kz_chain_check_unit(kz_chain chain, const char *what);

/* Ground-state energy per bond at Delta = cos(gamma), 0 < gamma < pi. */
double kz_chain_ground_energy(double gamma);

#endif
