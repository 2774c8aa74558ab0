/* beta(e) at mu = 0: states, their interpolation, the laws of the edges; library-internal.
 *
 * Nodes are interpolated in x = ln tan(angle/2) = ln((e - e_min)/(e_max - e))/2, the coordinate in
 * which both edges are at infinity, powers of T are exponentials, i.e. smooth, and beta of a gapped
 * edge, which grows as ln(e - e_edge), is nearly linear.  What is interpolated is
 *     g = beta (e - e_min)^p (e_max - e)^p',
 * with the powers at which it tends to a limit: 1/2 where |e - e_edge| ~ T^2, 2/3 at the T^{3/2} of
 * the isotropic ferromagnet's magnons; with a gap 0, and no limit. */
#ifndef KZ_TABLE_ENERGY_H
#define KZ_TABLE_ENERGY_H

#include <stdbool.h>

#include "table/internal.h"

/* p and p'. */
typedef struct {
    double ground, ceiling;
} kz_energy_powers;

kz_energy_powers kz_energy_powers_of(kz_chain chain);

/* g/beta. */
double kz_energy_weight(kz_energy_powers powers, double excess, double rest);

/* A thermal state: both distances from the edges to the same relative accuracy. */
typedef struct {
    double excess, rest; /* e - e_min, e_max - e */
    double slope;        /* de/dbeta */
    double err;          /* of beta at this energy, relative to max(1, |beta|) */
} kz_energy_state;

/* Returns KZ_ETOL, KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_energy_state_solve(kz_energy_state *out, kz_chain chain, double width,
                                                double beta, double tol);

/* Up to this |beta| a table keeps its tolerance (kapitza/table.h). */
#define KZ_ENERGY_PROMISE 1000.0

/* Accuracy of beta(e), relative to max(1, |beta|), that a table of this tol owes: tol within the
 * promise; beyond, where e as a double says less, what e says. */
double kz_energy_tolerance(double tol, double beta);

/* Polynomial of degree 7 through value and slope at four places, and its slope. */
enum { KZ_ENERGY_STENCIL = 4 };
double kz_energy_polynomial(double *slope, const double x[KZ_ENERGY_STENCIL],
                            const double value[KZ_ENERGY_STENCIL],
                            const double dvalue[KZ_ENERGY_STENCIL], double at);

/* Error of beta in the interval between the last node and the edge, relative. */
double kz_energy_edge_error(const kz_table *table, bool ceiling);

/* beta(e) of the isotropic ferromagnet beyond |beta| = 300: an energy table that holds between its
 * last node and that edge only.  Takes seconds. */
KZ_CHECK_RESULT kz_status kz_energy_create_magnons(kz_table **out, kz_chain chain, double tol);

/* Whether that is where an energy lies. */
bool kz_energy_is_beyond(const kz_table *table, double energy, bool ceiling);

/* Largest error of a node within the promise. */
double kz_energy_error(const kz_table *table);

#endif
