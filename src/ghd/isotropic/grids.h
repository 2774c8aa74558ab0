/* Both states of a bipartition of the isotropic chain on grids that are made when a ray needs them
 * and kept; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_GRIDS_H
#define KZ_GHD_ISOTROPIC_GRIDS_H

#include "ghd/isotropic/ray.h"

enum { KZ_ISOTROPIC_FINER = 6, KZ_ISOTROPIC_LONGER = 6 };

/* One of them: how many steps its nodes are finer than the coarsest, and its rows more. */
typedef struct {
    int finer, longer;
} kz_isotropic_place;

typedef struct {
    kz_isotropic_state state[2]; /* that the levels are brought to */
    double coldest;              /* largest |beta| of those that the grids were made for */
    int thermal, charges;        /* level.h */
    kz_isotropic_level *level[KZ_ISOTROPIC_FINER][KZ_ISOTROPIC_LONGER]; /* NULL: not yet */
    /* what the user of a level keeps with it, freed with it */
    kz_isotropic_work *work[KZ_ISOTROPIC_FINER][KZ_ISOTROPIC_LONGER];
} kz_isotropic_grids;

/* thermal, charges as in kz_isotropic_rays_create(); kz_isotropic_grids_free() also after a
 * failure.  Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_grids_create(kz_isotropic_grids *out, const kz_state *left,
                                                    const kz_state *right, int thermal,
                                                    int charges);
void kz_isotropic_grids_free(kz_isotropic_grids *grids);

/* Another state on the side `thermal`, as kz_isotropic_rays_set(). */
bool kz_isotropic_grids_set(kz_isotropic_grids *grids, const kz_state *state);

/* The grid there.  coldest: the largest |beta| of its states. */
kz_grid kz_isotropic_grid_at(kz_isotropic_place at, double coldest);

/* To the next better grid: more nodes and, where the last row crosses on a ray, more rows; where
 * only one is left, that.  false: there is none; beyond the largest, dense matrices are too slow.
 */
bool kz_isotropic_grid_next(kz_isotropic_place *at, double coldest, bool divided);

/* Of the change that came with more rows, where row N crosses: the error falls as a power of N, at
 * least about 1/N, and 1.5 times the rows leave up to twice the difference. */
#define KZ_ISOTROPIC_CROSSED 2.0

/* N of it. */
int kz_isotropic_grids_rows(kz_isotropic_place at);

/* The level of a grid that there is; may be called from several threads at once.  After a failure
 * the place is empty.  Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_grids_level(const kz_isotropic_level **out,
                                                   kz_isotropic_grids *grids,
                                                   kz_isotropic_place at);

#endif
