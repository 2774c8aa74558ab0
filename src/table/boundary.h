/* The boundary of the physical region in the (m, e) plane; library-internal.
 *
 * At magnetization m the energies of thermal states fill e_min(m) ... e_max(m): from the ground
 * state in the field that makes m to minus the ground-state energy of the chain with -Delta, since
 * turning every second spin by pi about z maps H(Delta) to -H(-Delta). */
#ifndef KZ_TABLE_BOUNDARY_H
#define KZ_TABLE_BOUNDARY_H

#include <stdbool.h>

#include <kapitza/state.h>

typedef struct kz_boundary kz_boundary;

/* Tabulates both curves, to about 1e-7; immutable afterwards. */
KZ_CHECK_RESULT kz_status kz_boundary_create(kz_boundary **out, kz_chain chain);
void kz_boundary_free(kz_boundary *boundary);

typedef enum {
    KZ_REGION_INSIDE,
    KZ_REGION_GROUND,
    KZ_REGION_CEILING,
    KZ_REGION_OUTSIDE
} kz_region_place;

/* Where (e, m) lies; points within tol of a curve are on it.  Where the tabulated curves do not
 * decide, the exact one is solved for.  gap and field, both may be NULL: distance from the nearer
 * curve (negative outside) and de/dm there.  Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_boundary_place(kz_region_place *out, double *gap, double *field,
                                            const kz_boundary *boundary, double energy,
                                            double magnetization, double tol);

/* Ground state of the infinite chain at 0 <= m <= 1/2: its energy per bond
 * and the field h = de/dm that makes it.  Accurate to about 1e-12. */
KZ_CHECK_RESULT kz_status kz_ground_at_magnetization(double *energy, double *field, kz_chain chain,
                                                     double magnetization);

#endif
