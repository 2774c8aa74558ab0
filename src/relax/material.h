/* What the junction is made of: heat capacity and conductivity; library-internal.
 *
 * The unknown is u = T (Fourier's law) or beta.  s c(u) du/dt = -dJ/dx, J = -s dPhi(u)/dx with s =
 * 1 for T, -1 for beta, and Phi = int kappa du: in Phi the stationary state is a straight line. */
#ifndef KZ_RELAX_MATERIAL_H
#define KZ_RELAX_MATERIAL_H

#include <stdbool.h>

#include <kapitza/relax.h>

/* A positive function of T, constant or linear between points, with its integral. */
typedef struct {
    double constant;
    size_t count;      /* 0: constant */
    double *T, *value; /* [count] owned */
    double *sum;       /* [count] integral from T[0] */
} kz_material_curve;

typedef struct {
    bool by_beta;
    kz_material_curve capacity, conductivity;
} kz_material;

/* Copies what params holds, which has been checked.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_material_create(kz_material *out, const kz_relax_params *params);
void kz_material_free(kz_material *m);

/* Value and integral at u, that of a constant from 0; beyond its ends a table counts as constant.
 */
double kz_material_value(const kz_material_curve *curve, double u);
double kz_material_integral(const kz_material_curve *curve, double u);

/* The u of this integral. */
double kz_material_inverse(const kz_material_curve *curve, double integral);

/* Whether the tables reach u, up to rounding; *low and *high are what all of them cover. */
bool kz_material_covers(double *low, double *high, const kz_material *m, double u);

/* Least and largest value. */
double kz_material_least(const kz_material_curve *curve);
double kz_material_most(const kz_material_curve *curve);

#endif
