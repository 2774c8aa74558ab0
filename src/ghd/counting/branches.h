/* The branches of the spin's generating function where all long strings come from one side and
 * carry it, |Delta| >= 1; library-internal.
 *
 * On the branch of side S = +-1 (left, right) they have mu_c = mu + S lambda, mu that of the
 * reservoir.  What it weighs depends on |mu_c| only, so that lambda and -2 S mu - lambda have one F
 * and currents of opposite signs.  dF/dlambda = v_inf m: where the strings do come from S, F grows
 * with |mu_c|, and where they turn, they do for every smaller |mu_c| (docs/fluctuations.md). */
#ifndef KZ_GHD_COUNTING_BRANCHES_H
#define KZ_GHD_COUNTING_BRANCHES_H

#include "ghd/counting/counting.h"

/* Whether there is one of this side: not where its long strings are those of the other. */
bool kz_counting_has_branch(const kz_counting *counting, int side);

/* The counting parameter to solve for in place of lambda; side -1: no branches.  At Delta = 1 what
 * is next to mu_c = 0 costs most and is lost first, and is not gone through: |mu_c| is left, with
 * the sign of mu. */
double kz_counting_image(const kz_counting *counting, int side, double lambda);

/* 1: |mu_c| grows with that parameter away from lambda = 0 in the direction +-1, and is ordered by
 * it; -1: it falls; 0: it does neither. */
int kz_counting_outwards(const kz_counting *counting, int side, int direction);

/* Which points of a branch are below what the last grid had of the other one, as far as is known.
 */
void kz_counting_drop_branch(kz_counting *counting, int side);

/* Whether there is nothing to be solved at a point; side as above. */
bool kz_counting_is_idle(const kz_counting *counting, int side, size_t index);

/* Takes what has been found for a side. */
void kz_counting_keep_branch(kz_counting *counting, int side);

/* The larger F of both, which have been kept.  Where one has not settled and the other does not
 * exceed what it may have, the point fails. */
void kz_counting_choose_branch(kz_counting *counting);

#endif
