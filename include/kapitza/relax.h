/* kapitza: the junction in time.
 *
 * Between the two halves stands a piece of length l that conducts heat, -l/2 <= x <= l/2:
 *     c(T) dT/dt = d/dx(kappa(T) dT/dx),     J = -kappa dT/dx,
 * with J = J_L(T(-l/2, t)) and J = J_R(T(l/2, t)) at its ends, the currents that an edge of that
 * temperature and a half's reservoir make between them (kapitza/junction.h).  By the law in beta
 * the piece holds the energy -C beta, J = kappa_beta dbeta/dx, C dbeta/dt = kappa_beta d2beta/dx2.
 * The limit of long times is kz_junction_solve() at R = l/kappa.  docs/relax.md. */
#ifndef KAPITZA_RELAX_H
#define KAPITZA_RELAX_H

#include <kapitza/junction.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A positive function of T: a constant (count = 0), or linear between count >= 2 points whose
 *  temperatures > 0 rise; nothing beyond them. */
typedef struct {
    double constant;
    const double *temperature, *value; /* [count] */
    size_t count;
} kz_relax_curve;

kz_relax_curve kz_relax_constant(double value);
kz_relax_curve kz_relax_table(const double *temperature, const double *value, size_t count);

typedef struct {
    kz_chain left, right;             /* the two halves */
    kz_state left_state, right_state; /* their reservoirs, without magnetization */
    kz_law_kind law;                  /* KZ_LAW_FOURIER or KZ_LAW_BETA */
    double length;                    /* l > 0, in sites */
    kz_relax_curve capacity;          /* c(T), or C: a constant */
    kz_relax_curve conductivity;      /* kappa(T), or kappa_beta: a constant */
    /* Inverse temperatures at t = 0: at initial_count = 1 the same everywhere; else T (by the law
     * in beta, beta) is the quintic spline through points whose x ascend and reach both ends. */
    const double *initial_x, *initial_beta; /* [initial_count] */
    size_t initial_count;
} kz_relax_params;

/** XX | XXZ at gamma = pi/4, ceiling | ground, Fourier's law, l = 10, c = kappa = 1, T = 1 at t =
 * 0.
 */
kz_relax_params kz_relax_params_default(void);

typedef struct {
    double t;
    double t_minus, t_plus; /* temperatures of the edges, inf at infinite temperature */
    double beta_minus, beta_plus;
    double current_left, current_right; /* of energy, to the right, at -l/2 and l/2 */
    double energy;                      /* that the junction holds: int int_0^T c dT dx, from the
                                         * first T of a table of c; by the law in beta -C int beta */
    double heat_left, heat_right;       /* int J_L dt, int J_R dt from 0 to t */
    double balance; /* energy - energy at t = 0 - heat_left + heat_right: what is not conserved */
    double rate;    /* -d ln|energy - its limit|/dt; nan where that is not known to the tolerance */
    double err;     /* bound on |error|/max(1, |value|) over all numbers */
    kz_status status; /* KZ_OK; KZ_ETOL: the numbers stand, err > tol says how well;
                       * anything else: the numbers are nan */
} kz_relax_point;

typedef struct kz_relax kz_relax;

/** Sets up the halves and finds the stationary state.  options->progress is called by
 *  kz_relax_run(), and already here where a half has Delta = 1 or -1.
 *  Returns KZ_EINVAL (message names what and the range), KZ_EDOMAIN (a table is too short for the
 *  stationary state; message gives its range), KZ_ENOROOT, KZ_ENOCONV, KZ_ETOL, KZ_ECANCELLED,
 *  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_relax_create(kz_relax **out, const kz_relax_params *params,
                                          const kz_options *options);
void kz_relax_free(kz_relax *relax);

/** The stationary state, and the slowest rate of the equations linearised there (0 where it lies at
 *  infinite or zero temperature). */
const kz_junction_point *kz_relax_steady(const kz_relax *relax);
double kz_relax_linear_rate(const kz_relax *relax);

/** What a run keeps: the temperatures inside to the tolerance, the history of the edges (where
 *  kz_relax_check_rays() says so). */
enum { KZ_RELAX_PROFILE = 1, KZ_RELAX_LEADS = 2 };

/** Solves the heat equation up to the times t[0 .. n-1] >= 0, any order.
 *  points  out [n], points[i].status per time
 *  what    sum of what will be asked for beside the points; each costs as much again
 *  Returns KZ_OK when every point is KZ_OK, else the status of the first failing one; KZ_EINVAL;
 *  KZ_ECANCELLED when progress asked for it.
 *  Accuracy: err compares two meshes and two tolerances of the integrator, and adds what the
 *  currents' errors can do.  It does not know whether the edge's current follows its temperature at
 *  once, which is exact for XX and good to 1e-5 for XXZ (docs/relax.md). */
KZ_CHECK_RESULT kz_status kz_relax_run(kz_relax_point *points, kz_relax *relax, const double *t,
                                       size_t n, int what);

/** Energy that the junction holds in the stationary state; inf at infinite temperature. */
double kz_relax_steady_energy(const kz_relax *relax);

/** Inverse temperatures in the junction at the i-th time of the last run.
 *  beta  out [n]
 *  err   out [n]  bound on |error| of T (or, by the law in beta, of beta); inf where the run
 *        failed.  Below the tolerance if the run was asked for the profile
 *  x     in  [n]  -l/2 <= x <= l/2
 *  Returns KZ_EINVAL (no such time, x outside). */
KZ_CHECK_RESULT kz_status kz_relax_profile(double *beta, double *err, const kz_relax *relax,
                                           size_t i, const double *x, size_t n);

/** Whether kz_relax_rays() knows the rays of both halves, before anything is computed: KZ_EINVAL
 *  (message names the chain) where one of them has Delta = 1 or -1. */
KZ_CHECK_RESULT kz_status kz_relax_check_rays(kz_chain left, kz_chain right);

/** A half at the i-th time t of the last run, which kept the leads: zeta = d/t where d is the
 *  distance from its edge, negative on the left half (zeta <= 0; on the right >= 0).  At t = 0 it
 *  is the reservoir but at zeta = 0.  XX: exact, with the temperature that the edge had when a mode
 *  left it.  XXZ: the geometric solution with that edge as its source (doyon2018geometric;
 *  docs/relax.md); err also holds what particles that turn around at the edge may change, 1e-6 to
 *  1e-5 where it cools.  The history that a run keeps for them takes as long as some five rays and
 *  memory in proportion to P, 20 MB at P = 3.
 *  rays  out [n], rays[i].status per ray
 *  Returns KZ_OK when every ray is KZ_OK, else the status of the first failing one; KZ_EINVAL. */
KZ_CHECK_RESULT kz_status kz_relax_rays(kz_ray *rays, kz_relax *relax, size_t i, kz_side side,
                                        const double *zeta, size_t n);

#ifdef __cplusplus
}
#endif
#endif
