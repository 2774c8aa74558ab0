/* kapitza: which chain, which stationary state. */
#ifndef KAPITZA_STATE_H
#define KAPITZA_STATE_H

#include <stdbool.h>

#include <kapitza/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Units everywhere: hbar = k_B = J = 1. */

typedef enum {
    KZ_CHAIN_XX, /* free fermions, Delta = 0 */
    KZ_CHAIN_XXZ /* Delta = cos(pi/P) by Bethe ansatz; P = 2 is the XX chain again */
} kz_chain_kind;

enum { KZ_P_MIN = 2, KZ_P_MAX = 256 };

typedef struct {
    kz_chain_kind kind;
    int P; /* number of string types; read only when kind == KZ_CHAIN_XXZ */
} kz_chain;

kz_chain kz_chain_xx(void);
kz_chain kz_chain_xxz(int P);
/** KZ_EINVAL unless the kind is known and KZ_P_MIN <= P <= KZ_P_MAX. */
KZ_CHECK_RESULT kz_status kz_chain_check(kz_chain chain);
/** Delta = cos(pi/P), exactly 0 and 1/2 at P = 2 and 3; 0 for the XX chain. */
double kz_chain_delta(kz_chain chain);
/** The chain of an anisotropy.  KZ_EINVAL, with the nearest ones that there are, unless delta is
 *  cos(pi/P) to 1e-12: what typing it with 13 digits leaves, and no more, for another chain would
 *  be solved without a word. */
KZ_CHECK_RESULT kz_status kz_chain_from_delta(kz_chain *out, double delta);
/** Ground-state energy per bond at zero field. */
double kz_chain_energy_min(kz_chain chain);
/** Highest energy per bond (beta -> -infinity at zero field). */
double kz_chain_energy_max(kz_chain chain);

typedef enum {
    KZ_STATE_THERMAL, /* exp(-beta H + mu S^z) / Z, beta of either sign or 0 */
    KZ_STATE_GROUND,  /* ground state of H - h S^z */
    KZ_STATE_CEILING, /* highest state of H, beta -> -infinity */
    KZ_STATE_UP,      /* every spin up */
    KZ_STATE_DOWN     /* every spin down */
} kz_state_kind;

typedef struct {
    kz_state_kind kind;
    double beta; /* KZ_STATE_THERMAL only, finite */
    double mu;   /* KZ_STATE_THERMAL only, finite: multiplies S^z in the exponent, mu = beta h */
    double h;    /* KZ_STATE_GROUND only, finite, either sign */
} kz_state;

kz_state kz_state_thermal(double beta, double mu);
kz_state kz_state_ground(double h);
kz_state kz_state_ceiling(void);
kz_state kz_state_up(void);
kz_state kz_state_down(void);
/** KZ_EINVAL for an unknown kind or a number that is not finite. */
KZ_CHECK_RESULT kz_status kz_state_check(const kz_state *state);
/** True where <S^z> is not zero by symmetry. */
bool kz_state_has_magnetization(const kz_state *state);

#ifdef __cplusplus
}
#endif
#endif
