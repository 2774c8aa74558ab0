/* beta(e) at mu = 0: states, their interpolation, the laws of the edges; library-internal.
 *
 * Nodes are interpolated in x = ln tan(angle/2) = ln((e - e_min)/(e_max - e))/2, the coordinate in
 * which both edges are at infinity and powers of T are exponentials, i.e. smooth. */
#ifndef KZ_TABLE_ENERGY_H
#define KZ_TABLE_ENERGY_H

#include <stdbool.h>

#include "table/internal.h"

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

/* Largest error of a node within the promise. */
double kz_energy_error(const kz_table *table);

#endif
