/* Both states of a bipartition of the isotropic chain on one grid; library-internal.
 *
 * The line is a circle (circle.h), on which the jumps of a ray state are projected as on the period
 * of a gapped chain.  The strings n <= N are rows.  All strings n > N are in one of the states, and
 * what they are to row N is known exactly (kz_isotropic_close). */
#ifndef KZ_GHD_ISOTROPIC_LEVEL_H
#define KZ_GHD_ISOTROPIC_LEVEL_H

#include "ghd/isotropic/circle.h"
#include "ghd/isotropic/side.h"

typedef struct {
    kz_grid grid;
    int rows, count; /* N, M */
    kz_isotropic_state state[2];
    int thermal; /* the side that kz_isotropic_level_set() changes; -1: none */
    int charges; /* its derivatives: 1, by beta; 2, by mu too */
    kz_tangent *nodes;
    kz_isotropic_circle circle;
    kz_isotropic_side side[2]; /* KZ_LEFT, KZ_RIGHT */
    /* the thermal side's state, from which its next one starts; zero where there is none */
    kz_isotropic system;
    kz_isotropic_responses responses;
} kz_isotropic_level;

/* grid as in tba/isotropic/isotropic.h, of Delta = 1.
 *  state    KZ_LEFT, KZ_RIGHT
 *  thermal  the side of a thermal state whose derivatives are wanted, and which may change; -1:
 *           none
 *  charges  1: by beta, 2: by beta and mu
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_level_create(kz_isotropic_level **out, kz_grid grid,
                                                    const kz_isotropic_state state[2], int thermal,
                                                    int charges);
void kz_isotropic_level_free(kz_isotropic_level *level);

/* The side whose rows beyond the first stand for those of the other one, as these fill every ray;
 * -1: none. */
int kz_isotropic_level_shared_side(const kz_isotropic_level *level);

/* The sides have been changed from outside, by functions that leave fillings 0 and 1 as they are:
 * what depends on both of them follows. */
void kz_isotropic_level_renew(kz_isotropic_level *level);

/* Whether row f is empty in both states, or full: nothing tells then which of them fills what. */
bool kz_isotropic_level_is_common(const kz_isotropic_level *level, int f);

/* Adds to e, j_E, m, j_M of a ray what the errors of Fermi points do, as if both stood on it: D
 * changes there, and what by that follows as from a residual.
 *  rho, d  [M] of string 1 */
void kz_isotropic_level_add_doubt(double doubt[4], const kz_isotropic_level *level,
                                  const double *rho, const double *d);

/* Another thermal state on the side of one: the grid and the other side stand.  After a failure the
 * level is of no more use.  As kz_isotropic_level_create(). */
KZ_CHECK_RESULT kz_status kz_isotropic_level_set(kz_isotropic_level *level, const kz_state *state);

#endif
