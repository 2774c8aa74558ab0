/* Ray states on split panels with the full kernel; library-internal parts of dressing.h. */
#ifndef KZ_GHD_PANELS_H
#define KZ_GHD_PANELS_H

#include <kapitza/dressing.h>

#include <lapacke.h>

#include "ghd/ray/region.h"
#include "tba/form.h"
#include "tba/full.h"
#include "tba/strings.h"

/* One side's fillings as functions of rapidity. */
typedef struct {
    kz_state state;
    kz_full_thermal *thermal; /* thermal states */
    double fermi_point;       /* ground state in a field */
} kz_panel_side;

struct kz_dressing {
    kz_form form;
    kz_kernel_table kernels; /* of the strings of `form` */
    double zeta, tol, window, width;
    size_t order;
    kz_panel_side side[2];      /* left, right */
    kz_region region[KZ_P_MAX]; /* {v_j > zeta} of string j, index j - 1 */
    kz_rule rule;
    double *filling;                  /* [N*n] */
    double *factor;                   /* [(N n)^2] LU of 1 + T sigma theta */
    lapack_int *pivot;                /* [N n] */
    double *momentum, *energy;        /* [N*n] (k')^dr, (e')^dr */
    double edge_filling[2][KZ_P_MAX]; /* at lambda = -inf, +inf */
};

/* Filling of string j at lambda in one of the two states. */
double kz_panel_filling(const kz_panel_side *side, const kz_strings *strings, int j, double lambda);

/* sum_k T_jk * (sigma_k theta_k q_k) at any lambda, for nodal q [N*n]. */
double kz_panel_scatter(const kz_dressing *d, int j, double lambda, const double *q);

/* Panels, fillings and factorisation for the present regions. */
KZ_CHECK_RESULT kz_status kz_panel_assemble(kz_dressing *d);

#endif
