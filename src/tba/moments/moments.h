/* Derivatives of ln Z of thermal states, workspace kept from state to state; library-internal.
 *
 * Second derivatives are sum_f int rho^t_f S_ab, third ones sum_f int rho^t_f T_abc, where S and T
 * collect the explicit derivatives of L given the lower responses of x (docs/numerics.md); so
 * every one is exact on the grid, without differences. */
#ifndef KZ_TBA_MOMENTS_MOMENTS_H
#define KZ_TBA_MOMENTS_MOMENTS_H

#include <kapitza/state.h>

#include <stdbool.h>

#include "tba/fermi_edge.h"
#include "tba/local.h"

typedef struct {
    double ln_z, energy, magnetization;
    /* e - e_min, e_max - e, both relatively accurate near their edge; at Delta = 1, -1 not that to
     * the ferromagnet */
    double excess, rest;
    double energy_beta;        /* de/dbeta at fixed mu */
    double magnetization_beta; /* dm/dbeta = -de/dmu */
    double magnetization_mu;   /* dm/dmu */
    double energy_beta_mu;     /* d2e/dbeta dmu */
    double magnetization_beta_mu;
} kz_moments_values;

typedef struct kz_isotropic_moments kz_isotropic_moments;

/* At Delta = 1, -1 all is in `isotropic`, and the other pointers are NULL. */
typedef struct {
    kz_grid grid;                    /* its chain turned to Delta > 0 if |Delta| >= 1 */
    kz_isotropic_moments *isotropic; /* else NULL */
    kz_convolution *even;
    kz_local *local;
    kz_fermi_edge *edge;      /* of the last state where grid.split; else NULL */
    kz_fermi_edge *kept_edge; /* the same or that of a state before */
    double beta, mu;          /* beta as it was given, or turned: */
    bool turned;              /* Delta < -1: the state is that of -Delta at -beta (core/chain.h) */
    kz_closure closure;       /* of the last solve, where the form is closed */
    /* nodal, [rows*n] but polarisation [n]; valid after a solve */
    double *x, *hole, *rho; /* ln eta (y in the last row), D, rho^t */
    double *polarisation;   /* M */
    double *x_beta, *x_mu;  /* first responses of x */
    double *far;            /* rho^t of the far edge of the band, constant */
    double *second[3];      /* responses beta beta, beta mu, mu mu (order 2) */
    /* [edge_room >= edge->count] on the panels: rho^t, x_mu, second */
    double *edge_rho, *edge_mu, *edge_second[3];
    size_t edge_room;
    double *z, *t_rho, *t_mu, *scratch; /* coefficients of the last state, for warm starts */
} kz_moments;

/* grid.chain may have Delta <= -1.  KZ_ENOMEM; at Delta = 1, -1 KZ_ETOL for too many nodes. */
KZ_CHECK_RESULT kz_status kz_moments_create(kz_moments **out, kz_grid grid);
void kz_moments_free(kz_moments *moments);

/* A string at a node or on a panel: where its X = ln eta (y + a, y - a in the last row) and dX/dmu
 * stand apart from x and x_mu of its row. */
typedef struct {
    size_t at;    /* in arrays [rows*n] */
    double x;     /* X */
    double shift; /* dX/dmu - x_mu: P/2, -P/2 in the last row, else 0 */
    int row;
    bool sharp; /* the string with the Fermi point: it stands on the panels */
} kz_moments_visit;

/* The strings of a row at node k, one or two; returns their number. */
size_t kz_moments_strings_at(const kz_moments *moments, kz_moments_visit out[2], int row, size_t k);

/* dX/dmu - x_mu of the string with the Fermi point. */
double kz_moments_edge_shift(const kz_moments *moments);

/* Its dressed energy over rho^t; there is one. */
double kz_moments_edge_energy(const kz_moments *moments);

/* Whether the nodes show all of the last state (newton.h); a Fermi point on panels needs none. */
bool kz_moments_is_resolved(const kz_moments *moments);

/* What the strings beyond the rows have of the entropy and of the heat capacity at fixed h, over
 * the spacing; 0 where the rows are all. */
typedef struct {
    double entropy, capacity;
} kz_moments_beyond;

kz_moments_beyond kz_moments_beyond_rows(const kz_moments *moments);

/* Thermal state and its derivatives; order 1: up to the Jacobian, 2: with the mixed second ones
 * (else nan).  warm: start from the previous state.  tol is that of the
 * solves, not of the grid. Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_moments_solve(kz_moments_values *out, kz_moments *moments, double beta,
                                           double mu, int order, bool warm, double tol);

#endif
