/* The initial profile beta(x), mu(x) as Chebyshev panels; library-internal.
 *
 * A piece is what lies between two jumps.  Its panels cover more than its own interval: beyond a
 * jump it goes on smoothly for a while, because the solution needs every piece on both sides of
 * the characteristic that starts at the jump; at the outer ends, and where the panels end, it is
 * constant. */
#ifndef KZ_PROPAGATE_PIECES_H
#define KZ_PROPAGATE_PIECES_H

#include <stdbool.h>

#include <kapitza/propagate.h>

/* Nodes of a panel: Chebyshev's of the first kind, so that no node stands on a jump. */
enum { KZ_PANEL_NODES = 16 };

typedef struct {
    double from, to;
    double beta[KZ_PANEL_NODES], mu[KZ_PANEL_NODES]; /* coefficients */
    bool constant;                                   /* a homogeneous state */
} kz_profile_panel;

typedef struct {
    double from, to;     /* its own interval; equal where only a constant is left of it */
    size_t first, count; /* panels of the profile */
} kz_profile_piece;

typedef struct {
    size_t pieces, panels, room;
    kz_profile_piece *piece; /* [pieces], jumps lie between them */
    kz_profile_panel *panel; /* [panels], ascending inside a piece */
} kz_profile;

/* Node i of a panel, x in it on the scale -1 ... 1, and the value of coefficients [KZ_PANEL_NODES]
 * there. */
double kz_panel_node(const kz_profile_panel *panel, size_t i);
double kz_panel_unit(const kz_profile_panel *panel, double x);
double kz_panel_series(const double *coefficients, const kz_profile_panel *panel, double x);

/* Panels on which beta and mu are resolved to `tol`; n points as in kz_propagation_create(). */
KZ_CHECK_RESULT kz_status kz_profile_from_table(kz_profile *out, const double *x,
                                                const double *beta, const double *mu, size_t n,
                                                double tol);
KZ_CHECK_RESULT kz_status kz_profile_from_function(kz_profile *out, kz_profile_fn function,
                                                   void *context, const double *edge, size_t n,
                                                   double tol);
void kz_profile_free(kz_profile *profile);
KZ_CHECK_RESULT kz_status kz_profile_copy(kz_profile *out, const kz_profile *from);

/* beta of the other sign, everywhere. */
void kz_profile_turn(kz_profile *profile);

/* Cuts panel i of a piece in half. */
KZ_CHECK_RESULT kz_status kz_profile_split(kz_profile *profile, size_t piece, size_t panel);

/* The panel of a piece, counted from its first, that holds x, or the one nearest to x. */
size_t kz_profile_find_panel(const kz_profile *profile, size_t piece, double x);

/* beta and mu of a piece at any x. */
void kz_profile_evaluate(double *beta, double *mu, const kz_profile *profile, size_t piece,
                         double x);

/* Where x is in the panels of a piece; beyond them their end, which does not move with x. */
typedef struct {
    size_t panel;      /* of the profile */
    double unit, rate; /* -1 ... 1 in it, and the derivative by x */
} kz_profile_place;

kz_profile_place kz_profile_locate(const kz_profile *profile, size_t piece, double x);

/* The piece whose own interval holds x; at a jump the right one. */
size_t kz_profile_find(const kz_profile *profile, double x);

/* Of the narrowest panel with structure; 0: none has. */
double kz_profile_width(const kz_profile *profile);

#endif
