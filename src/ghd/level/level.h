/* Both states of a bipartition on one grid and on the twice finer one; library-internal. */
#ifndef KZ_GHD_LEVEL_LEVEL_H
#define KZ_GHD_LEVEL_LEVEL_H

#include <kapitza/state.h>

#include "ghd/level/sea.h"
#include "ghd/level/solver.h"
#include "ghd/ray/region.h"

enum { KZ_LEFT = 0, KZ_RIGHT = 1 };

/* Weights of one state at the nodes of a KZ_FULL grid, but for the string in the sea. */
typedef struct {
    double *hole;         /* [rows*n] */
    double *polarisation; /* [n] */
    double *filling;      /* [(rows+1)*n] or NULL: kz_level_solver_keep_fillings */
    kz_tail tail;         /* where the form is closed */
    bool hidden;          /* as in fillings.h */
    kz_sea sea;
} kz_weights;

typedef struct {
    kz_convolution *full;
    kz_weights side[2]; /* KZ_LEFT, KZ_RIGHT */
} kz_mesh;

typedef struct {
    int rows;
    kz_state state[2]; /* KZ_LEFT, KZ_RIGHT */
    kz_mesh coarse, fine;
    kz_mesh rough; /* every third node of the coarse one, to see where crossings are about; empty
                    * where that has no third or there is nothing to gain */
    double *asymptote[2];    /* [rows] hole weights of either state at infinite rapidity */
    double *background;      /* [rows] mean of both */
    double polarisation_max; /* of |M| over both states: what errors of rays are judged by */
} kz_level;

/* The grid on which a ray between these states is tried first; its estimates decide whether that is
 * enough.  States within a factor of two in |beta| share one.
 *  keeps_digits  as for magnetized states: currents far below 1 are better than tol */
kz_grid kz_level_grid(kz_chain chain, const kz_state *left, const kz_state *right, double tol,
                      bool keeps_digits);

/* What is smooth in both states, and so in a ray but around the edges of its regions, is resolved
 * at this spacing with the modes that go to patches (tba/grid/zoom.h). */
double kz_level_line_spacing(const kz_level *level, double tol);

/* Both states on `grid`; tol is the residual of their equations.
 *  solver  on this grid; NULL: one for this call alone */
KZ_CHECK_RESULT kz_status kz_level_create(kz_level **out, kz_grid grid, const kz_state *left,
                                          const kz_state *right, kz_level_solver *solver,
                                          double tol);

/* The same states on every `stride`-th node of both meshes, an odd number that divides the coarse
 * nodes on lambda > 0; with patches of finer nodes around the spans (tba/grid/zoom.h), as many
 * levels of them as stride has factors of 3, with this cutoff, which is borrowed.  No spans: none.
 * For levels without sea, period or fillings. Returns KZ_EINVAL where patches do not fit into the
 * window. */
KZ_CHECK_RESULT kz_status kz_level_zoom(kz_level **out, const kz_level *level, size_t stride,
                                        const kz_span *span, int spans, const kz_cutoff *cutoff);
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

/* Weights of the state of one side at every rapidity: hole [rows*n], polarisation [n]; scratch [n].
 */
void kz_level_fill(double *hole, double *polarisation, const kz_level *level, const kz_mesh *mesh,
                   int side, double *scratch);

/* Whether the state of a side is the near edge of the band (form.h), whose first row has no holes.
 */
bool kz_level_is_near_edge(const kz_level *level, int side);

/* The sea of one side in row f; NULL: none there. */
const kz_sea *kz_level_sea(const kz_level *level, const kz_mesh *mesh, int side, int f);

/* |D_left - D_right| of row f at one rapidity. */
double kz_level_jump(const kz_level *level, int f, double lambda);

/* Band-limited indicator [n] of the region at the nodes of the mesh: weights, in units of the
 * spacing, for a quadrature of a smooth function over it. */
void kz_level_indicator(double *out, const kz_mesh *mesh, const kz_region *region);

/* What the sea of `side` adds to D of row f at the nodes [n], where the region has that state. The
 * sea; NULL: none there. */
const kz_sea *kz_level_sea_holes(double *out, const kz_level *level, const kz_mesh *mesh,
                                 const kz_region *region, int side, int f);

/* Weights [n] at the nodes, in units of the spacing, for a quadrature of theta (1 - theta) times a
 * smooth function over the part of the region that `side` fills, theta of its string with a Fermi
 * point in row f.  The sea; NULL: none there, or none that fluctuates. */
const kz_sea *kz_level_sea_fluctuations(double *out, const kz_level *level, const kz_mesh *mesh,
                                        const kz_region *region, int side, int f);

/* The side whose rows beyond the first stand for those of the other one, as these fill every ray;
 * -1: none. */
int kz_level_shared_side(const kz_level *level);

/* The weights of either side and their asymptotes have been changed from outside, by functions that
 * leave 0 and 1, and so seas, as they are. */
void kz_level_renew(kz_level *level);

#endif
