/* The state at one (x, t) on one grid; library-internal. */
#ifndef KZ_PROPAGATE_GEOMETRY_GEOMETRY_H
#define KZ_PROPAGATE_GEOMETRY_GEOMETRY_H

#include "propagate/heights.h"

typedef struct {
    double energy, energy_current, magnetization, spin_current, entropy; /* energy from form.near */
} kz_geometry_values;

typedef struct {
    int iterations, applications;
    double window; /* what may lie beyond the rapidities of the grid */
    double edges;  /* what the error of the states does where a row crosses a jump */
    double unseen; /* what the profile may hold between the nodes, at late times */
    double doubt;  /* of spin and its current, where long strings come from next to a jump */
    double left;   /* Delta = 1: what the residual that Newton's method has left may do */
    double efolds; /* Delta = 1: ln 4/(kappa N), kappa = |mu|/2 where long strings come from: so
                    * long what they carry may add up in equal parts per e-fold of N */
} kz_geometry_report;

/* Solves X*(lambda) = X(u(lambda), lambda) for the start u of every characteristic through (x, t).
 *  tol  on the residual
 *  Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_geometry_solve(kz_geometry_values *out, const kz_heights *heights,
                                            double x, double t, double tol,
                                            kz_geometry_report *report);

/* Largest |a - b|/max(1, |b|) of the numbers. */
double kz_geometry_difference(const kz_geometry_values *a, const kz_geometry_values *b);

/* -theta ln theta - (1 - theta) ln(1 - theta) with theta = 1/(1 + e^x). */
double kz_mixing_entropy(double x);

#endif
