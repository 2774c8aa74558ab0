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

typedef struct {
    kz_chain left, right;             /* the two halves */
    kz_state left_state, right_state; /* their reservoirs, without magnetization */
    kz_law law;
} kz_junction_params;

/** The paper's junction: XX | XXZ at gamma = pi/4, ceiling | ground, Fourier's law. */
kz_junction_params kz_junction_params_default(void);

typedef struct {
    double resistance;
    double t_minus, t_plus;       /* temperatures at the edges, +inf at infinite temperature */
    double beta_minus, beta_plus; /* their inverses; one sign */
    double energy_current;
    double energy_left, energy_right; /* energy per bond of the ray states at 0-, 0+ */
    double err;                       /* bound on |error|/max(1,|value|) over the numbers above */
    double beta_minus_err, beta_plus_err; /* bounds on |error| of both betas */
    /* and on what these errors do to energy and current of the ray states at 0-, 0+ */
    double left_influence, right_influence;
} kz_junction_point;

typedef struct kz_junction kz_junction;

/** Sets up both halves, scans both currents over the whole range of beta (which establishes
 *  that the root of every R is unique on its branch) and finds the root of R = 0.
 *  Returns KZ_EINVAL (reservoir with magnetization, bad law), KZ_ENOROOT (a current is not
 *  monotone, or they do not meet; the message holds their ranges), KZ_ENOCONV, KZ_ETOL,
 *  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_junction_create(kz_junction **out, const kz_junction_params *params,
                                             const kz_options *options);
void kz_junction_free(kz_junction *junction);

/** Temperatures and current at resistance R = l/kappa0 >= 0 (inf allowed: the limit).
 *  Returns KZ_EINVAL, KZ_EDOMAIN (conductivity table too short; message gives the range),
 *  KZ_ENOROOT, KZ_ENOCONV, KZ_ETOL (*out is then written, err says what was reached). */
KZ_CHECK_RESULT kz_status kz_junction_solve(kz_junction_point *out, kz_junction *junction,
                                            double resistance);

/** Which side of the junction a ray at zeta = 0 belongs to. */
typedef enum { KZ_SIDE_LEFT = 0, KZ_SIDE_RIGHT = 1 } kz_side;

/** Profile on one half at a solved point.  side KZ_SIDE_LEFT takes zeta <= 0 (0 means 0-),
 *  KZ_SIDE_RIGHT zeta >= 0 (0 means 0+); KZ_EINVAL otherwise.  rays as in
 *  kz_bipartition_rays (magnetization and spin current are 0 by symmetry); rays[i].err includes
 *  what the error of the edge's beta makes of the ray. */
KZ_CHECK_RESULT kz_status kz_junction_rays(kz_ray *rays, kz_junction *junction,
                                           const kz_junction_point *point, kz_side side,
                                           const double *zeta, size_t n);

#ifdef __cplusplus
}
#endif
#endif
