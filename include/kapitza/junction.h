/* kapitza: two ballistic halves joined by an Ohmic (Kapitza) energy junction. */
#ifndef KAPITZA_JUNCTION_H
#define KAPITZA_JUNCTION_H

#include <kapitza/ghd.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    KZ_LAW_FOURIER, /* J = (T- - T+)/R */
    KZ_LAW_BETA,    /* J = (beta+ - beta-)/R */
    KZ_LAW_TABLE    /* J = (1/R) int_{T+}^{T-} kappa(T)/kappa0 dT, kappa from a table */
} kz_law_kind;

/** Boundary law.  For KZ_LAW_TABLE: temperature strictly increasing and > 0,
 *  conductivity > 0, count >= 2; linear between the points, no extrapolation. */
typedef struct {
    kz_law_kind kind;
    const double *temperature;  /* [count] */
    const double *conductivity; /* [count] kappa(T)/kappa0 */
    size_t count;
} kz_law;

kz_law kz_law_fourier(void);
kz_law kz_law_beta(void);
kz_law kz_law_table(const double *temperature, const double *conductivity, size_t count);
KZ_CHECK_RESULT kz_status kz_law_check(const kz_law *law);

/** What the junction transports. */
typedef enum {
    KZ_CARRY_ENERGY, /* energy alone: reservoirs without magnetization */
    KZ_CARRY_BOTH    /* energy and spin: any reservoirs, edges at (beta, mu) */
} kz_carry;

typedef struct {
    kz_chain left, right;             /* the two halves */
    kz_state left_state, right_state; /* their reservoirs */
    kz_law law;                       /* KZ_LAW_TABLE: energy alone */
    kz_carry carry;
    double cross; /* KZ_CARRY_BOTH with KZ_LAW_BETA: c of the resistance matrix, |c| <= 1 */
} kz_junction_params;

/** The paper's junction: XX | XXZ at gamma = pi/4, ceiling | ground, Fourier's law. */
kz_junction_params kz_junction_params_default(void);

/** An edge that is at infinite temperature exactly has T = inf; otherwise T = 1/beta, however
 *  large, and err holds the error of T as T's. */
typedef struct {
    double resistance;
    double t_minus, t_plus;       /* temperatures at the edges, +inf at infinite temperature */
    double beta_minus, beta_plus; /* their inverses; Fourier's law: of one sign */
    double energy_current;
    double energy_left, energy_right;     /* energy per bond of the ray states at 0-, 0+ */
    double err;                           /* bound on |error|/max(1,|value|) over all numbers */
    double beta_minus_err, beta_plus_err; /* bounds on |error| of both betas */
    /* and on what the errors of both edges do to the ray states at 0-, 0+ */
    double left_influence, right_influence;
    /* KZ_CARRY_BOTH; else 0, but entropy_production */
    double spin_resistance;
    double mu_minus, mu_plus, mu_minus_err, mu_plus_err;
    double spin_current;
    double magnetization_left, magnetization_right; /* of the ray states at 0-, 0+ */
    /* made in the junction: J_E (beta_+ - beta_-) + J_M (mu_- - mu_+) */
    double entropy_production;
} kz_junction_point;

typedef struct kz_junction kz_junction;

/** Sets up both halves and finds the root of perfect contact, R = 0.  Energy alone: the left
 *  current rises with beta and the right one falls, so that the root of every R is unique on its
 *  branch (docs/numerics.md).
 *  Returns KZ_EINVAL (bad law; energy alone: reservoir with magnetization; both: the same
 *  pure state in both reservoirs, whose edges would be at infinity, two halves of |Delta| >= 1, or
 *  one whose reservoir is a ferromagnet of either direction), KZ_ENOROOT (two charges: perfect
 *  contact is unstable, or at infinity), KZ_ENOCONV (also where an edge's magnetization jumps:
 *  docs/junction.md), KZ_ETOL, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_junction_create(kz_junction **out, const kz_junction_params *params,
                                             const kz_options *options);
void kz_junction_free(kz_junction *junction);

/** KZ_CARRY_ENERGY: temperatures and current at resistance R = l/kappa0 >= 0 (inf: the limit).
 *  Returns KZ_EINVAL, KZ_EDOMAIN (conductivity table too short; message gives the range),
 *  KZ_ENOROOT, KZ_ENOCONV, KZ_ETOL (*out is then written, err says what was reached). */
KZ_CHECK_RESULT kz_status kz_junction_solve(kz_junction_point *out, kz_junction *junction,
                                            double resistance);

/** KZ_CARRY_BOTH: edges and currents at the resistances R_E, R_M >= 0 (inf: the charge is
 *  blocked; Fourier's law: T_- = inf or T_+ = inf where that carries the current).
 *      (beta_+ - beta_-, mu_- - mu_+) = [[R_E, c sqrt(R_E R_M)], [c sqrt(R_E R_M), R_M]] (J_E, J_M)
 *  or, by Fourier's law, T_- - T_+ = R_E J_E and mu_- - mu_+ = R_M J_M.  With a blocked charge c
 *  drops out (docs/junction.md: the limit of large R at fixed c is another one).  The root is the
 *  one that continues perfect contact.
 *  Returns KZ_EINVAL (also a blocked charge that a pure reservoir would drive to infinity),
 *  KZ_ENOROOT (the branch folds back, or by Fourier's law changes the sign of beta), KZ_ENOCONV,
 *  KZ_ETOL (*out is then written), KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_junction_solve_pair(kz_junction_point *out, kz_junction *junction,
                                                 double resistance, double spin_resistance);

/** Which side of the junction a ray at zeta = 0 belongs to. */
typedef enum { KZ_SIDE_LEFT = 0, KZ_SIDE_RIGHT = 1 } kz_side;

/** Profile on one half at a solved point.  side KZ_SIDE_LEFT takes zeta <= 0 (0 means 0-),
 *  KZ_SIDE_RIGHT zeta >= 0 (0 means 0+); KZ_EINVAL otherwise.  rays as in
 *  kz_bipartition_rays (energy alone: magnetization and spin current are 0 by symmetry);
 * rays[i].err includes what the error of the edge makes of the ray. */
KZ_CHECK_RESULT kz_status kz_junction_rays(kz_ray *rays, kz_junction *junction,
                                           const kz_junction_point *point, kz_side side,
                                           const double *zeta, size_t n);

#ifdef __cplusplus
}
#endif
#endif
