/* The junction object; library-internal. */
#ifndef KZ_JUNCTION_INTERNAL_H
#define KZ_JUNCTION_INTERNAL_H

#include <stdbool.h>

#include "junction/half.h"

struct kz_junction {
    kz_half half[2]; /* KZ_SIDE_LEFT, KZ_SIDE_RIGHT */
    kz_law law;
    double *table; /* owned copy behind law */
    int charges;   /* 1: energy, 2: energy and spin */
    double cross;  /* c of the linear law of two charges */
    kz_options options;
    double reservoir[2]; /* beta of both, +-inf for ground state and ceiling */
    int direction;       /* sign of J for every R; 0: the reservoirs are in equilibrium */
    /* one charge */
    double common_beta; /* of both edges at R = 0, to kz_start_step squared: a start, and an end of
                         * the brackets */
    /* two charges */
    double contact[2]; /* root of perfect contact, (beta, -mu) */
};

/* Both halves' edges, one set for each solve. */
typedef struct {
    kz_edge_work *side[2];
} kz_edges;

KZ_CHECK_RESULT kz_status kz_edges_open(kz_edges *out, const kz_junction *junction);
void kz_edges_close(kz_edges *edges);

/* Perfect contact of two charges.  Returns KZ_EINVAL where it lies at infinity, KZ_ENOROOT. */
KZ_CHECK_RESULT kz_status kz_junction_contact(kz_junction *junction, const kz_edges *edges);

/* Root of R = 0.  J_L vanishes and rises at the left reservoir's beta, J_R vanishes and falls at
 * the right one's: the root lies between the two, and the reservoirs alone give the sign of J.
 *  beta  out: common to both edges
 *  tol   of the currents
 *  step  of kz_root_problem, relative to 1 + |beta| */
KZ_CHECK_RESULT kz_status kz_junction_match_common(double *beta, const kz_junction *junction,
                                                   const kz_edges *edges, double tol, double step);

/* Steps that end a search: one whose root Newton's method in both edges finishes, and one that has
 * to do by itself. */
extern const double kz_start_step, kz_last_step;

/* Of the first currents on the way to a root. */
extern const double kz_first_tol;

/* Scale of a root in x = kz_half_scale(beta): 1 + |beta|, in x. */
double kz_half_width(double x);

/* Accuracy of the currents that the first attempt at any R asks for. */
double kz_junction_edge_tol(const kz_junction *junction);

/* KZ_ENOROOT with the reason `what` and the ranges of both currents over all beta. */
KZ_CHECK_RESULT kz_status kz_junction_no_root(const kz_junction *junction, const char *what);

/* One resistance, or pair of resistances, at work. */
typedef struct {
    const kz_junction *junction;
    double resistance[2]; /* by charge */
    double tol;           /* of each current */
    kz_edges edges;
    bool found; /* x holds the root, to currents of a larger tol */
    kz_side unknown;
    bool clipped;     /* conductivity table left at the hot end, in the last evaluation */
    bool exact[2][2]; /* x[side][charge] follows from the reservoirs or a limit alone */
    int held;         /* the side whose beta is held, in place of the energy's law; -1: none */
    double x[2][2];   /* [side][charge]: beta, -mu */
    double reach;     /* steps may be so long: the size of x at a root on the way */
    kz_edge edge[2];
} kz_matching;

enum { KZ_UNKNOWNS = 4 };

/* The equations at m's edges, to first order.  Unknowns are x, the left side's first; rows are
 * J_R - J_L for each charge, then the law for each charge. */
typedef struct {
    int size; /* twice the number of charges */
    double value[KZ_UNKNOWNS];
    double by_x[KZ_UNKNOWNS][KZ_UNKNOWNS];
    double by_current[KZ_UNKNOWNS][KZ_UNKNOWNS]; /* J_L of each charge, then J_R */
    double inverse[KZ_UNKNOWNS][KZ_UNKNOWNS];    /* of by_x; nan where it is singular */
    int sign; /* that of det(A_L + A_R) at R = 0, and while none changes; 0: singular */
} kz_linear;

/* Currents to the right at an edge, by charge. */
void kz_edge_currents(double current[2], const kz_edge *edge);

/* The side whose current stands in the law.  Either may, but a large resistance times the error of
 * that one has to cancel against the balance: the one that keeps its digits. */
int kz_junction_law_side(const kz_junction *junction);

/* Both edges at m->x with their responses. */
KZ_CHECK_RESULT kz_status kz_matching_evaluate(kz_matching *m);

/* m->edge belongs to m->x. */
void kz_matching_linearise(kz_linear *out, const kz_matching *m);

/* Newton's step as a whole. */
void kz_linear_step(double step[KZ_UNKNOWNS], const kz_linear *linear);

/* What it would change the edges of m by, relative to 1 and what they are; inf where by_x is
 * singular. */
double kz_matching_step_size(const kz_matching *m, const kz_linear *linear);

/* Newton's method from m->x with steps of 2 at most, halved until the residual falls; m->edge
 * belongs to the new m->x.  It ends where the residual is small against m->tol or rounding.
 *  *sign  out: the least sign of the determinant on the way
 * Returns KZ_ENOCONV, or the status of an edge that could not be solved. */
KZ_CHECK_RESULT kz_status kz_matching_newton(kz_matching *m, int *sign);

/* Writes all of a point from m, whose edges have their responses. */
KZ_CHECK_RESULT kz_status kz_matching_point(kz_junction_point *out, const kz_matching *m);

/* Solves, and again from better currents while a number misses the junction's tolerance.
 *  find  brings m, fresh but for its tol, to its root */
KZ_CHECK_RESULT kz_status kz_matching_refine(kz_junction_point *out, kz_matching *m,
                                             kz_status (*find)(kz_matching *m));

/* Two charges: whether both reservoirs are approached along one direction of (beta, mu) ->
 * infinity, where the root of perfect contact lies then. */
bool kz_halves_share_infinity(const kz_half *left, const kz_half *right);

/* KZ_EINVAL where a blocked charge would need an edge that is the pure reservoir itself. */
KZ_CHECK_RESULT kz_status kz_matching_check_blocked(const kz_matching *m, bool energy_blocked);

/* All spins of the contact turn one way where a half of |Delta| >= 1 lets those of the other sign
 * not pass: KZ_ENOROOT, as the edges are then at infinity, and nothing flows.  Of an edge that is
 * found there, and, where it takes too long to come to it (Delta = 1, -1), beforehand. */
KZ_CHECK_RESULT kz_status kz_matching_check_insulated(const kz_matching *m);
KZ_CHECK_RESULT kz_status kz_junction_check_wall(const kz_junction *junction);

/* Whether the current vanishes at R = inf, one charge. */
bool kz_junction_limit_insulates(const kz_junction *junction);

/* One charge at a large finite resistance whose limit R = inf carries no current, where a pure
 * reservoir's edge is cold.  *done is false where this is not so, or better left to the general
 * way: *out is then not written.  Returns KZ_ETOL (*out is written). */
KZ_CHECK_RESULT kz_status kz_weak_solve(kz_junction_point *out, bool *done,
                                        const kz_junction *junction, const kz_edges *edges,
                                        double resistance);

/* Writes err, and errors of both edges and their states, of a point that is otherwise complete. */
KZ_CHECK_RESULT kz_status kz_matching_errors(kz_junction_point *out, const kz_matching *m);

/* Bound on what the error of an edge's beta does to the ray states of that half at any zeta. */
double kz_edge_influence(const kz_junction_point *point, kz_side side);

#endif
