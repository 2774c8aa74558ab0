/* kapitza: which chain, which stationary state. */
#ifndef KAPITZA_STATE_H
#define KAPITZA_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Units everywhere: hbar = k_B = J = 1. */

typedef enum {
    KZ_CHAIN_XX,   /* free fermions, Delta = 0 */
    KZ_CHAIN_XXZ,  /* Delta = cos(pi Q/P) by Bethe ansatz; P = 2 is the XX chain again */
    KZ_CHAIN_AXIAL /* |Delta| >= 1: easy axis, and the isotropic points Delta = +-1 */
} kz_chain_kind;

/* P of gamma = pi Q/P. */
enum { KZ_P_MIN = 2, KZ_P_MAX = 256 };

/* Largest |Delta|. */
#define KZ_DELTA_MAX 1e3

/** Members that the kind does not read may hold anything. */
typedef struct {
    kz_chain_kind kind;
    int P;        /* KZ_CHAIN_XXZ: gamma = pi Q/P, KZ_P_MIN ... KZ_P_MAX */
    int Q;        /* KZ_CHAIN_XXZ: 1 ... P-1 without common divisor; 0 means 1 */
    double delta; /* KZ_CHAIN_AXIAL */
} kz_chain;

kz_chain kz_chain_xx(void);
/** gamma = pi/P. */
kz_chain kz_chain_xxz(int P);
/** gamma = pi Q/P, reduced to lowest terms. */
kz_chain kz_chain_rational(int P, int Q);
/** Delta <= -1 or Delta >= 1. */
kz_chain kz_chain_axial(double delta);
/** KZ_EINVAL unless the kind is known and its members are as said there. */
KZ_CHECK_RESULT kz_status kz_chain_check(kz_chain chain);
/** Q of gamma = pi Q/P; 1 for the XX chain. */
int kz_chain_numerator(kz_chain chain);
/** True for both ways of asking for free fermions. */
bool kz_chain_is_free(kz_chain chain);
/** Same kind, same parameters. */
bool kz_chain_is_same(kz_chain a, kz_chain b);
/** gamma = arccos(Delta); 0 for |Delta| >= 1. */
double kz_chain_gamma(kz_chain chain);
/** Delta, exactly 0 and +-1/2 where it is that; 0 for the XX chain. */
double kz_chain_delta(kz_chain chain);
/** The chain of an anisotropy, |Delta| <= KZ_DELTA_MAX.  KZ_EINVAL, with two that are
 *  near, unless |delta| >= 1 or delta is to 1e-12 cos(pi Q/P) with P <= KZ_P_MAX: what typing it
 *  with 13 digits leaves, and no more, for another chain would be solved without a word.  No two of
 *  these are nearer to each other than 6e-7. */
KZ_CHECK_RESULT kz_status kz_chain_from_delta(kz_chain *out, double delta);
/** The same from 0 < gamma < pi; pi/2 is P = 2, not the XX chain. */
KZ_CHECK_RESULT kz_status kz_chain_from_gamma(kz_chain *out, double gamma);
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

/** An open chain of L sites whose bonds and sites may all differ,
 *      H = sum_i J_i (Sx Sx' + Sy Sy' + delta_i Sz Sz') - sum_i field_i Sz_i.
 *  The energy h_i of bond i, between sites i and i+1, contains half of the field of each of its
 *  sites, at the ends of the chain all of it, so that H is the sum of the h_i. */
typedef struct {
    const double *J;     /* [L-1]; NULL: all 1 */
    const double *delta; /* [L-1]; NULL: all 0 */
    const double *field; /* [L]; NULL: none */
} kz_couplings;

/** h_i = J (Sx Sx' + Sy Sy' + delta Sz Sz') - left Sz - right Sz'. */
typedef struct {
    double J, delta, left, right;
} kz_bond;

/** KZ_EINVAL for a number that is not finite. */
KZ_CHECK_RESULT kz_status kz_couplings_check(const kz_couplings *couplings, size_t L);
/** Bond i = 0 ... L-2. */
kz_bond kz_couplings_bond(const kz_couplings *couplings, size_t L, size_t i);

#ifdef __cplusplus
}
#endif
#endif
