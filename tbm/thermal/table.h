/* Thermal states of a chain by their energy; internal. */
#ifndef KZ_TBM_THERMAL_TABLE_H
#define KZ_TBM_THERMAL_TABLE_H

#include <kapitza/thermal.h>

#include "core/progress.h"

/* Correlations of a state; xx1 follows from the energy. */
enum { KZ_ZZ1, KZ_XX2, KZ_ZZ2, KZ_CORRELATIONS };

typedef struct {
    double energy, value[KZ_CORRELATIONS];
} kz_correlations;

/* States next to an edge of the band: sums of terms in x = |e - energy| / scale, those being 1, the
 * umklapp term and the powers of x. */
enum { KZ_EDGE_ORDER = 4, KZ_EDGE_TERMS = 5, KZ_EDGE_POWERS = KZ_EDGE_TERMS - 2 };
typedef struct {
    bool present;
    double energy; /* of the edge */
    double reach;  /* of |e - energy| for which it stands */
    double scale, exponent, power[KZ_EDGE_POWERS];
    bool known; /* the state at T = 0: */
    double value[KZ_CORRELATIONS];
    double coefficient[KZ_CORRELATIONS][KZ_EDGE_TERMS];
    double err;
} kz_thermal_edge;

struct kz_thermal_table {
    double delta, band[2];
    double from, to; /* energies it answers to */
    size_t count;
    kz_thermal_node *node;   /* [count] by ascending energy, with the edges that are present */
    kz_thermal_edge edge[2]; /* low, high */
};

/* The states on one side of beta = 0, by ascending |beta|, beta = 0 not among them. */
typedef struct {
    int sign; /* of beta */
    size_t count, room;
    double *beta, *rest;     /* [room] the latter as in kz_cooled */
    kz_correlations *state;  /* [room] */
    kz_correlations *narrow; /* [room] with fewer Schmidt values */
} kz_thermal_side;

/* From beta = 0 until some states lie beyond `limit`, or to the largest |beta| of a table.
 *  progress  of all sides together */
KZ_CHECK_RESULT kz_status kz_thermal_side_build(kz_thermal_side *side, double delta, double limit,
                                                const kz_thermal_params *params,
                                                kz_progress *progress);
void kz_thermal_side_free(kz_thermal_side *side);

/* Largest |beta| of a table on this side, to within a step. */
double kz_thermal_side_reach(double delta, int sign);

void kz_thermal_edge_terms(double term[KZ_EDGE_TERMS], const kz_thermal_edge *edge, double energy);

/* Fits the states of the side next to the edge, which is left alone where they do not get there. */
KZ_CHECK_RESULT kz_status kz_thermal_edge_fit(kz_thermal_edge *edge, const kz_thermal_node *node,
                                              size_t count, double energy, double delta, int sign);

#endif
