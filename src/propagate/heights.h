/* Height functions of an initial profile on one grid; library-internal.
 *
 * Where the form is closed one more row says what ends them: its "nodes" are the Fourier modes k of
 * even functions, f = c_0 + 2 sum_k c_k cos(2 k lambda), its X and H those of int z_N dx and
 * int z_{N+1} dx, z = D rho^t, and its ln eta, of mode 0 only, the mean of L_N = ln(1 + eta_N).  It
 * has rho and hole in mode 0 only, and X and H up to the ends of a piece's panels. */
#ifndef KZ_PROPAGATE_HEIGHTS_H
#define KZ_PROPAGATE_HEIGHTS_H

#include "propagate/height_table.h"
#include "propagate/initial_states.h"

typedef struct {
    const kz_initial_states *states;
    kz_convolution *full;
    kz_height_table table; /* rows of the states, and the one that ends them; half of full's n */
    double *edge;          /* [pieces - 1][states->rows*n] X at the jump right of the piece */
} kz_heights;

KZ_CHECK_RESULT kz_status kz_heights_create(kz_heights **out, const kz_initial_states *states,
                                            size_t half, size_t degree);
/* Memory that such an object takes. */
double kz_heights_bytes(const kz_initial_states *states, size_t half);
void kz_heights_free(kz_heights *heights);

#endif
