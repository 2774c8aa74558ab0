/* Rays of a bipartition of the isotropic chain, Delta = 1, to a tolerance; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_RAYS_H
#define KZ_GHD_ISOTROPIC_RAYS_H

#include <stdbool.h>

#include <kapitza/ghd.h>

/* Both states, on grids that are made when a ray needs them and kept. */
typedef struct kz_isotropic_rays kz_isotropic_rays;

/*  thermal  KZ_LEFT or KZ_RIGHT (ghd/level/level.h), a thermal state, for kz_isotropic_rays_edge();
 * -1 charges  1 or 2, those whose responses to it are wanted Returns KZ_ENOCONV, KZ_ESING,
 * KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_rays_create(kz_isotropic_rays **out, const kz_state *left,
                                                   const kz_state *right, int thermal, int charges);
void kz_isotropic_rays_free(kz_isotropic_rays *rays);

/* One ray; may be called from several threads at once, and depends on no other call.  On KZ_ETOL
 * *out stands too, with the err that was reached.
 * Returns KZ_ENOCONV, KZ_ETOL, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_rays_solve(kz_ray *out, kz_isotropic_rays *rays, double zeta,
                                                  double tol);

typedef struct {
    kz_ray ray;
    double energy_err;             /* of energy and its current, at most ray.err */
    double current_err[2];         /* of the currents of energy and spin */
    double by[2][2], by_err[2][2]; /* dj_a/db of the thermal state, a = energy, spin, b = beta, mu;
                                    * 0 where it is not wanted */
    bool jumps;                    /* the magnetization, on this ray */
} kz_isotropic_edge;

/* Another thermal state on the side `thermal`; false: there is none, or for that state grids of
 * their own are due, and nothing has changed. */
bool kz_isotropic_rays_set(kz_isotropic_rays *rays, const kz_state *state);

/* The same, with the responses, which are not asked to reach tol, nor, with current_alone, is
 * anything but the energy current.  Starts from the last edge, on which, within err, what comes out
 * depends: one thread at a time. */
KZ_CHECK_RESULT kz_status kz_isotropic_rays_edge(kz_isotropic_edge *out, kz_isotropic_rays *rays,
                                                 double zeta, double tol, bool current_alone);

/* Noise on the ray zeta = 0, as kz_bipartition_noise().  On KZ_ETOL *out stands too. */
KZ_CHECK_RESULT kz_status kz_isotropic_rays_noise(kz_noise *out, kz_isotropic_rays *rays,
                                                  double tol);

#endif
