/* Thermal and other states on the two meshes of a level; library-internal.
 *
 * Fillings of smooth states vary on the scale of the first kernel, the meshes of a ray resolve the
 * narrowest one: where these are far apart, equations are solved on a mesh for the first kernel,
 * and what the solution leaves of residual on the others is, as a rule, rounding. */
#ifndef KZ_GHD_LEVEL_SOLVER_H
#define KZ_GHD_LEVEL_SOLVER_H

#include "tba/fillings.h"

/* Plans and workspace for the fillings of both meshes, and the last thermal state of either side,
 * from which the next one starts. */
typedef struct kz_level_solver kz_level_solver;

KZ_CHECK_RESULT kz_status kz_level_solver_create(kz_level_solver **out, kz_grid grid);
void kz_level_solver_free(kz_level_solver *solver);

/* From now on thermal states without a Fermi point have the fillings of all strings too, to a
 * relative accuracy, which hole weights lose next to a polarised state.  spin < 0: 1 - theta in
 * place of theta for the last two strings, which fill `down`. */
void kz_level_solver_keep_fillings(kz_level_solver *solver, int spin);
/* That spin; 0: fillings are not kept. */
int kz_level_solver_spin(const kz_level_solver *solver);

/* From now on no string of a thermal state stands apart: all its weights are at the nodes. */
void kz_level_solver_keep_whole(kz_level_solver *solver);

/* What `from` knows of its states; on a grid with fewer nodes in the same window, and as many
 * rows, also they, as first guesses. */
void kz_level_solver_inherit(kz_level_solver *solver, const kz_level_solver *from);

/* The form of both meshes. */
const kz_form *kz_level_solver_form(const kz_level_solver *solver);

/* The state of a side, 0 or 1, on the coarse mesh and on the fine one; tol is the residual of its
 * equations. */
KZ_CHECK_RESULT kz_status kz_level_solver_solve(kz_fillings *out[2], kz_level_solver *solver,
                                                int side, const kz_state *state, double tol);

#endif
