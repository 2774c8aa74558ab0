/* What ends the rows of a half with |Delta| > 1 that is fed at its edge; library-internal.
 *
 * All strings n > N have one velocity up to e^{-phi N}, so that one place fills them: the
 * reservoir, or the edge at one time.  Around that state heights are linear in what they differ by,
 * and its closure R (tba/closure.h) makes those of the next row,
 *     H_{N+1}(x, t) = H_{N+1} + R [H_N(x, t) - H_N],
 * on the right those of that state, which the mean of H_N tells (as in propagate/geometry/tail.c).
 */
#ifndef KZ_RELAX_LEAD_END_H
#define KZ_RELAX_LEAD_END_H

#include "relax/lead/emission.h"
#include "relax/lead/panel_row.h"
#include "tba/local.h"

typedef struct {
    const kz_emission *emission; /* NULL: the form is not closed, and nothing is done below */
    const kz_convolution *full;
    kz_panel_row nodes;        /* of the emission, with coefficients of the grid */
    double *sent[2];           /* [n of the grid] coefficients of H_N and H_{N+1}, 0: reservoir's */
    kz_emission_column column; /* at the present time */
    kz_closure closure, other; /* other: of what lies next to that state, before or after it */
    bool is_sent;
} kz_lead_end;

/* Has to be freed after a failure too. */
KZ_CHECK_RESULT kz_status kz_lead_end_create(kz_lead_end *end, const kz_emission *emission,
                                             const kz_convolution *full);
void kz_lead_end_free(kz_lead_end *end);

/* To a time, with the strings the reservoir's; their state ends the rows of `local`. */
void kz_lead_end_start(kz_lead_end *end, kz_local *local, double t);

/* The state that fills them, by the coefficients [rows*n] of H, the same.
 *  may_turn  another side than before will do */
void kz_lead_end_find(kz_lead_end *end, kz_local *local, const double *H, bool may_turn);

/* Adds s * H_{N+1} to the last row of `out`, coefficients [rows*n] of H: all of it, or what it
 * changes by with them. */
void kz_lead_end_add(double *out, const kz_lead_end *end, const double *H);
void kz_lead_end_add_change(double *out, const kz_lead_end *end, const double *H);

/* Error of an energy by what the closure leaves out, from the coefficients [rows*n] of D rho^t and
 * of the D q in question, q = rho^t or v rho^t.
 *  divided  strings of the last row are on both sides */
double kz_lead_end_error(const kz_lead_end *end, const double *density, const double *z,
                         bool divided);

#endif
