/* Temperatures at t = 0; library-internal. */
#ifndef KZ_RELAX_INITIAL_H
#define KZ_RELAX_INITIAL_H

#include <kapitza/relax.h>

/* u = T, or beta: constant, or a quintic spline. */
typedef struct {
    size_t count;
    double *x, *u, *slope, *curvature; /* [count] owned */
} kz_relax_initial;

/* params has been checked.  KZ_ENOMEM, KZ_ESING. */
KZ_CHECK_RESULT kz_status kz_relax_initial_create(kz_relax_initial *out,
                                                  const kz_relax_params *params);
void kz_relax_initial_free(kz_relax_initial *initial);

double kz_relax_initial_at(const kz_relax_initial *initial, double x);

#endif
