/* Both states of a bipartition on one grid and on the twice finer one; library-internal. */
#ifndef KZ_GHD_LEVEL_H
#define KZ_GHD_LEVEL_H

#include <kapitza/state.h>

#include "ghd/region.h"
#include "tba/fillings.h"

enum { KZ_LEFT = 0, KZ_RIGHT = 1 };

/* Weights of one state at the nodes of a KZ_FULL grid. */
typedef struct {
    double *hole;         /* [rows*n] */
    double *polarisation; /* [n] */
    double *filling;      /* [(rows+1)*n] or NULL: kz_level_solver_keep_fillings */
    kz_tail tail;         /* where the form is closed */
} kz_weights;

typedef struct {
    kz_convolution *full;
    fftw_plan row;      /* backward transform of a single row */
    kz_weights side[2]; /* KZ_LEFT, KZ_RIGHT */
} kz_mesh;

typedef struct {
    int rows;
    kz_state state[2]; /* KZ_LEFT, KZ_RIGHT */
    kz_mesh coarse, fine;
    double *asymptote[2];       /* [rows] hole weights of either state at infinite rapidity */
    double *background;         /* [rows] mean of both */
    double fermi_point[2];      /* of either state, 0: none */
    int sea_row;                /* of the Fermi seas */
    double sea_hole;            /* jump of the hole weight into a sea, */
    double sea_polarisation[2]; /* and of either state's polarisation */
    double polarisation_max;    /* of |M| over both states: what errors of rays are judged by */
} kz_level;

/* The grid on which a ray between these states is tried first; its estimates decide whether that is
 * enough.  States within a factor of two in |beta| share one.
 *  keeps_digits  as for magnetized states: currents far below 1 are better than tol */
kz_grid kz_level_grid(kz_chain chain, const kz_state *left, const kz_state *right, double tol,
                      bool keeps_digits);

/* Plans and workspace for the fillings of both meshes, and the last thermal state of either side,
 * from which the next one starts. */
typedef struct kz_level_solver kz_level_solver;

KZ_CHECK_RESULT kz_status kz_level_solver_create(kz_level_solver **out, kz_grid grid);
void kz_level_solver_free(kz_level_solver *solver);

/* From now on thermal states have the fillings of all strings too, to a relative accuracy, which
 * hole weights lose next to a polarised state.  spin < 0: 1 - theta in place of theta for the last
 * two strings, which fill `down`. */
void kz_level_solver_keep_fillings(kz_level_solver *solver, int spin);

/* The states of `from`, on a grid with fewer nodes in the same window, as first guesses. */
void kz_level_solver_inherit(kz_level_solver *solver, const kz_level_solver *from);

/* Both states on `grid`; tol is the residual of their equations.
 *  solver  on this grid; NULL: one for this call alone */
KZ_CHECK_RESULT kz_status kz_level_create(kz_level **out, kz_grid grid, const kz_state *left,
                                          const kz_state *right, kz_level_solver *solver,
                                          double tol);
void kz_level_free(kz_level *level);

/* Errors of rays are judged as if both states were polarised: the noise of spin needs that where
 * they are not.  Until the next kz_level_set(). */
void kz_level_judge_as_polarised(kz_level *level);

/* Puts `state` on one side; the other stays.  After a failure the side has to be set again. */
KZ_CHECK_RESULT kz_status kz_level_set(kz_level *level, kz_level_solver *solver, int side,
                                       const kz_state *state, double tol);

/* Weights of the ray state whose string f is in the left state inside region[f]:
 * hole [rows*n], polarisation [n]; scratch [n]. */
void kz_level_mix(double *hole, double *polarisation, const kz_level *level, const kz_mesh *mesh,
                  const kz_region *region, double *scratch);

/* Band-limited indicator [n] of the region at the nodes of the mesh: weights, in units of the
 * spacing, for a quadrature of a smooth function over it. */
void kz_level_indicator(double *out, const kz_level *level, const kz_mesh *mesh,
                        const kz_region *region);

#endif
