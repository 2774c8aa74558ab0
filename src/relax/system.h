/* The heat equation of the junction as ordinary differential equations; library-internal.
 *
 * Unknowns y [n + 2]: the heat that has come in from the left, u at the n nodes, the heat that has
 * left to the right. */
#ifndef KZ_RELAX_SYSTEM_H
#define KZ_RELAX_SYSTEM_H

#include "relax/elements.h"
#include "relax/material.h"
#include "relax/outflow.h"

typedef struct {
    const kz_elements *elements;
    const kz_material *material;
    kz_outflow *const *outflow; /* [2], by kz_side */
    double *potential;          /* [n] */
} kz_relax_system;

/* dy/dt.  Returns KZ_EDOMAIN for a temperature that Fourier's law cannot have, else the status of a
 * current. */
KZ_CHECK_RESULT kz_status kz_relax_rate(double *rate, const kz_relax_system *s, const double *y);

/* d(rate_i)/d(y_j) into jacobian[i*row + j]; all of [n + 2][n + 2] is written. */
KZ_CHECK_RESULT kz_status kz_relax_jacobian(double *jacobian, const kz_relax_system *s,
                                            const double *y);

/* Energy that the junction holds. */
double kz_relax_energy(const kz_relax_system *s, const double *y);

/* beta of u and back. */
double kz_relax_beta(const kz_material *m, double u);

/* Current at an edge and its derivative with respect to u there. */
KZ_CHECK_RESULT kz_status kz_relax_edge(double *current, double *slope, const kz_relax_system *s,
                                        kz_side side, double u);

#endif
