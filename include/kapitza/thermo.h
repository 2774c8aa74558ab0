/* kapitza: equilibrium thermodynamics of one homogeneous chain. */
#ifndef KAPITZA_THERMO_H
#define KAPITZA_THERMO_H

#include <kapitza/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/** All numbers are per site (bond), J = 1.  Where a quantity has no value it is nan. */
typedef struct {
    double beta, mu;           /* +-inf and nan for states that are limits */
    double ln_z;               /* ln Z / L; nan for ground, ceiling, up, down */
    double free_energy;        /* -ln_z / beta; nan at beta = 0; e - h m in the ground state */
    double energy;             /* e = <h_n> */
    double magnetization;      /* m = <S^z_n> */
    double entropy;            /* Yang-Yang, = ln_z + beta e - mu m */
    double heat_capacity;      /* de/dT at fixed h = mu / beta, minus h dm/dT */
    double susceptibility;     /* dm/dmu */
    double energy_beta;        /* de/dbeta at fixed mu */
    double magnetization_beta; /* dm/dbeta at fixed mu  = -de/dmu */
    double drude_spin;         /* lim <J^M J^M(t)>/L */
    double drude_energy;       /* lim <J^E J^E(t)>/L */
    double drude_cross;        /* lim <J^M J^E(t)>/L */
    double err;                /* bound on |error| / max(1, |value|) over the row */
    /* lim var(Q)/t, Q the charge that crosses one bond in the time t: sum int w |v| (q^dr)^2 */
    double energy_noise;
    double spin_noise;
} kz_thermo;

/** Thermodynamics of one state.
 *  out    written on success, and also on KZ_ETOL (out->err then says what was reached)
 *  tol    accuracy asked for, 1e-13 <= tol <= 1e-2
 *  Returns KZ_EINVAL, KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM.
 *  Source: takahashi1999 (TBA), myers2020 (noise), derivation in docs/numerics.md. */
KZ_CHECK_RESULT kz_status kz_thermo_compute(kz_thermo *out, kz_chain chain, const kz_state *state,
                                            double tol);

/** Spin diffusion in the thermal state, on top of what the Drude weight transports. */
typedef struct {
    double onsager;   /* int dt (<J^M J^M(t)>/L - drude_spin), over all times */
    double diffusion; /* D = onsager/(2 susceptibility): dm/dt = D d^2 m/dx^2 */
    double err;       /* bound on |error| / max(1, |value|) of both */
} kz_spin_diffusion;

/** Spin diffusion of one state.  0 for free fermions (P = 2) and, of onsager, for pure states,
 *  whose diffusion is nan; at Delta = 1, -1 inf where mu = 0, elsewhere continued from
 *  |Delta| > 1, at beta = 1 to 2e-8 where |mu| = 3, 1e-4 where 1 and 6e-3 where 0.5 (KZ_ETOL
 *  beyond).
 *  out    written on success, and also on KZ_ETOL (out->err then says what was reached)
 *  tol    accuracy asked for, 1e-12 <= tol <= 1e-2
 *  Returns KZ_EINVAL, KZ_ENOCONV, KZ_ESING, KZ_ETOL (also where the systems would be too large),
 *  KZ_ENOMEM.
 *  Cost: dense systems, N^2 n^3 operations for N strings and n nodes: 0.1 s for
 *  Delta = cos(pi/4), some seconds for cos(pi/16); some seconds at Delta = 1; with a gap and mu = 0
 *  that of a few thermal states.
 *  Source: denardis2019 (formula), gopalakrishnan2019 (half filling); docs/delta.md. */
KZ_CHECK_RESULT kz_status kz_spin_diffusion_compute(kz_spin_diffusion *out, kz_chain chain,
                                                    const kz_state *state, double tol);

#ifdef __cplusplus
}
#endif
#endif
