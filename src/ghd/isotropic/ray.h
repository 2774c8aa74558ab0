/* One ray of a bipartition of the isotropic chain, on one grid; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_RAY_H
#define KZ_GHD_ISOTROPIC_RAY_H

#include "ghd/isotropic/level.h"
#include "ghd/isotropic/ray_noise.h"

/* e, j_E, m, j_M. */
enum { KZ_ISOTROPIC_CHARGES = 4 };

typedef struct {
    double value[KZ_ISOTROPIC_CHARGES];
    double doubt[KZ_ISOTROPIC_CHARGES]; /* what the solves leave; half the jump of the magnetization
                                         * where the side of the longest strings is not certain */
    double square_doubt; /* what they leave in sums of the flow with squares of the spin */
    double by[2][2];     /* dj_a/db, a = energy, spin, b = beta, mu, of the thermal state whose
                          * derivatives the level has; else 0 */
    bool jumps;          /* the magnetization does, within what is known */
    bool divided; /* row N crosses zeta: so may strings beyond the rows, which are taken not to */
} kz_isotropic_ray;

/* One thread's workspace for rays of one level. */
typedef struct kz_isotropic_work kz_isotropic_work;

KZ_CHECK_RESULT kz_status kz_isotropic_work_create(kz_isotropic_work **out,
                                                   const kz_isotropic_level *level);
void kz_isotropic_work_free(kz_isotropic_work *work);

/* All strings n > N come from one side, whatever their velocity says; rays that start from nothing
 * begin with it. */
void kz_isotropic_work_hold(kz_isotropic_work *work, int side);

/* Whether these strings move on the ray that was solved last as the side says that fills them; also
 * where there are none, or both sides have no particles there: nothing is to be told apart. */
bool kz_isotropic_ray_agrees(const kz_isotropic_work *work);

/* Finds d = (v - zeta) rho^t and rho^t, every string in the state whose side its d speaks for.
 *  start  a workspace whose last ray is next to this one: of a coarser level, or `work` itself,
 *         after a success; or NULL
 * Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_ray_solve(kz_isotropic_ray *out, kz_isotropic_work *work,
                                                 double zeta, const kz_isotropic_work *start);

/* What the ray that was solved last is made of, and where its d > 0, [N]; both belong to `work`. */
kz_isotropic_solution kz_isotropic_ray_solution(const kz_isotropic_work *work);
const kz_region *kz_isotropic_ray_regions(const kz_isotropic_work *work);

/* x [N*M] = (1 - K D)^-1 source there, to `tol` of what the source has beside the constants that it
 * tends to at infinity.
 * Returns KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_isotropic_ray_dress(double *x, kz_isotropic_work *work,
                                                 const double *source, double tol);

/* Noise on the ray that was solved last.
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_ray_noise(kz_isotropic_noise *out, kz_isotropic_work *work);

#endif
