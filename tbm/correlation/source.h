/* What one site alone leaves on the bonds beside it; internal. */
#ifndef KZ_TBM_CORRELATION_SOURCE_H
#define KZ_TBM_CORRELATION_SOURCE_H

#include "tbm/correlation/blocks.h"

/* Weight of states left of a site that begin nothing there, or right of it that are not measured:
 * a correlation changes by no more than that. */
static inline double kz_source_neglected(double tolerance) { return 0.25 * tolerance * tolerance; }

/* Block s of E on the bond right of the site, or of M on the bond left of it, where from_right.
 *  out      out [rows * columns]
 *  blocks   of that bond
 *  product  scratch [largest sector squared] */
void kz_source_block(double complex *out, const kz_passage *passage, const kz_blocks *blocks,
                     const kz_block *s, bool from_right, double tolerance, double complex *product);

#endif
