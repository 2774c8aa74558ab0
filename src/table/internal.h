/* What a table holds; library-internal. */
#ifndef KZ_TABLE_INTERNAL_H
#define KZ_TABLE_INTERNAL_H

#include <stdbool.h>

#include <kapitza/table.h>

#include "core/error.h"
#include "table/boundary.h"

/* Stored quantities of a grid, in the order of the files' datasets. */
enum {
    KZ_FIELD_E,
    KZ_FIELD_M,
    KZ_FIELD_E_B,
    KZ_FIELD_E_U,
    KZ_FIELD_M_B,
    KZ_FIELD_M_U,
    KZ_FIELD_E_BU,
    KZ_FIELD_M_BU,
    KZ_FIELDS
};
extern const char *const kz_table_field_name[KZ_FIELDS];

struct kz_table {
    kz_table_kind kind;
    kz_chain chain;
    double tol, err;
    double energy_min, energy_max;
    /* grid */
    size_t nb, nm;
    double *beta, *mu;        /* [nb], [nm] */
    double *field[KZ_FIELDS]; /* [nb*nm] */
    double *row_err;       /* [nb], [n]: bound on the relative error, [n] on both sides of a node */
    kz_boundary *boundary; /* made when it is first needed, else NULL */
    double *spread;        /* [2*nb*nm] interpolation error of e and m around each node */
    /* energy table: from the ground state (angle 0) to the ceiling (pi), ends included */
    size_t n;
    double *angle; /* [n] e = mid - half cos(angle) */
    double *value; /* [n] g of energy.h; at the ends its limits */
    double *slope; /* [n] dg/dangle; nan at the ends, where it need not exist */
};

/* An empty table of the chain with its band edges; arrays for a grid of nb x nm (both > 0), or for
 * n nodes of beta(e). */
KZ_CHECK_RESULT kz_status kz_table_allocate(kz_table **out, kz_chain chain, double tol, size_t nb,
                                            size_t nm, size_t n);

/* Strictly increasing and finite, at least one. */
KZ_CHECK_RESULT kz_status kz_table_check_axis(const char *name, const double *x, size_t n);

/* Checks the request of kz_table_create() and makes its table, fields still to be filled. */
KZ_CHECK_RESULT kz_status kz_table_begin(kz_table **out, kz_chain chain, const double *beta,
                                         size_t nb, const double *mu, size_t nm,
                                         const kz_options *options);

/* Interpolation errors around the nodes; call once all fields stand. */
KZ_CHECK_RESULT kz_status kz_table_finish_grid(kz_table *table);

/* -- rows of a grid -- */

/* One thread's workspace for rows of one beta; the grid in rapidity is kept while it fits. */
typedef struct kz_row_work kz_row_work;

/* mu [nm] as in the table. */
KZ_CHECK_RESULT kz_status kz_row_work_create(kz_row_work **out, kz_chain chain, const double *mu,
                                             size_t nm, double tol);
void kz_row_work_free(kz_row_work *work);

/* Numbers of one row: KZ_FIELDS blocks of nm, then err. */
size_t kz_row_size(size_t nm);

/* Computes the row of beta.  On failure every number is nan, err inf.  Independent of what the
 * workspace did before. */
KZ_CHECK_RESULT kz_status kz_row_compute(double *row, kz_row_work *work, double beta);

/* Copies a row into the table. */
void kz_table_set_row(kz_table *table, size_t i, const double *row);

/* -- energy table -- */

/* beta(e), its derivative, and an error bound relative to max(1, |beta|), from the angle. */
typedef struct {
    double beta, slope; /* slope dbeta/de */
    double err;
} kz_energy_value;

/* Between the angle and the energy, without cancellation at either edge. */
double kz_energy_angle(const kz_table *table, double energy);
double kz_energy_at(const kz_table *table, double angle);
kz_energy_value kz_energy_interpolate(const kz_table *table, double angle);

/* Limits of g at the ground state, > 0, and at the ceiling, < 0; infinite with a gap. */
double kz_energy_limit(kz_chain chain, double width, int ceiling);

/* -- interpolation -- */

/* e, m and their first derivatives in cell (i, j). */
typedef struct {
    double e, m, e_b, e_u, m_b, m_u;
} kz_cell_value;

/* Index i with x[i] <= value < x[i+1], clamped to 0 ... n-2. */
size_t kz_table_find(const double *x, size_t n, double value);
kz_cell_value kz_table_interpolate(const kz_table *table, size_t i, size_t j, double beta,
                                   double mu);

/* Bound on the interpolation error of e in cell (i, j), and of m; the larger of the two where
 * magnetization is NULL. */
double kz_table_spread(const kz_table *table, size_t i, size_t j, double *magnetization);

#endif
