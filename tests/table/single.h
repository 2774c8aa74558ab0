/* Single states, between tables, inversion and thermodynamics. */
#ifndef KZ_TESTS_TABLE_SINGLE_H
#define KZ_TESTS_TABLE_SINGLE_H

#include <kapitza/table.h>

#include "support/thermo.h"

/* Default options, no first guess. */
static inline kz_inverse invert_one(kz_chain chain, double e, double m)
{
    kz_inverter *inverter;
    kz_inverse row = {0};
    kz_options options = kz_options_default();
    KZ_CHECK_OK(kz_inverter_create(&inverter, chain, NULL, &options));
    KZ_CHECK_OK(kz_inverter_solve(&row, inverter, &e, &m, 1));
    kz_inverter_free(inverter);
    return row;
}

/* A node whose error meets the tolerance of its table, against the same state; thermodynamics has
 * no mixed derivatives. */
static inline void check_node(const kz_table_point *p, const kz_thermo *t, double table_tol)
{
    double tol = p->err + t->err;
    assert_true(p->err >= 0 && p->err <= table_tol);
    KZ_CHECK_CLOSE(p->energy, t->energy, tol);
    KZ_CHECK_CLOSE(p->magnetization, t->magnetization, tol);
    KZ_CHECK_CLOSE(p->energy_beta, t->energy_beta, tol);
    KZ_CHECK_CLOSE(p->magnetization_beta, t->magnetization_beta, tol);
    KZ_CHECK_CLOSE(p->magnetization_mu, t->susceptibility, tol);
}

#endif
