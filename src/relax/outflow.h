/* The current through one edge of the junction as a function of its inverse temperature;
 * library-internal. */
#ifndef KZ_RELAX_OUTFLOW_H
#define KZ_RELAX_OUTFLOW_H

#include "core/progress.h"
#include "junction/half.h"

typedef struct kz_outflow kz_outflow;

/* Chebyshev panels of equal length in log2(1 + |beta|), where J is analytic far beyond them, or cut
 * where it is not; made when beta first comes there.  tol: of each current.  One thread at a time
 * may use it.  KZ_ENOMEM.
 */
KZ_CHECK_RESULT kz_status kz_outflow_create(kz_outflow **out, const kz_half *half,
                                            const kz_options *options);
void kz_outflow_free(kz_outflow *outflow);

/* Tells of every node of the panels that are made from now on, and asks whether to go on, where an
 * edge takes long: Delta = 1, -1.  NULL: no more. */
void kz_outflow_watch(kz_outflow *outflow, kz_progress *progress);

/* J to the right and dJ/dbeta at any beta, +-inf included.  KZ_EDOMAIN, KZ_ENOCONV, KZ_ECANCELLED,
 * KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_outflow_at(double *current, double *slope, kz_outflow *outflow,
                                        double beta);

/* Bound on the error of all currents given out so far. */
double kz_outflow_err(const kz_outflow *outflow);

#endif
