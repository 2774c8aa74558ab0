/* Stored tables of every format that was ever written, and copies of them by other programs. */
#include <hdf5.h>

#include "support/reference.h"
#include "support/rewrite.h"
#include "table/support.h"

/* Energy and magnetization of the XX chain: free fermions, integrated over the momenta by the
 * trapezoidal rule, which converges exponentially. */
static void exact_xx(double *energy, double *magnetization, double beta, double mu)
{
    enum { MOMENTA = 400 };
    *energy = 0;
    *magnetization = -0.5;
    for (int i = 0; i < MOMENTA; i++) {
        double epsilon = -cos(2 * M_PI * i / MOMENTA);
        double n = 1 / (1 + exp(beta * epsilon - mu));
        *energy += epsilon * n / MOMENTA;
        *magnetization += n / MOMENTA;
    }
}

/* Every node with |beta| below ten. */
static void check_exact(const char *file, double tol)
{
    kz_table *table;
    size_t n, m, seen = 0;
    KZ_CHECK_OK(kz_table_read(&table, file));
    kz_table_get_shape(&n, &m, table);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            kz_table_point p;
            double energy, magnetization;
            KZ_CHECK_OK(kz_table_get_node(&p, table, i, j));
            if (fabs(p.beta) > 10) continue;
            seen++;
            exact_xx(&energy, &magnetization, p.beta, p.mu);
            KZ_CHECK_CLOSE(p.energy, energy, tol);
            if (kz_table_get_kind(table) == KZ_TABLE_GRID)
                KZ_CHECK_CLOSE(p.magnetization, magnetization, tol);
        }
    assert_true(seen >= 5);
    kz_table_free(table);
}

/* One file of each format that is read, XX: a grid of tol = 1e-8 and beta(e) of tol = 1e-4, as the
 * error of beta; energies are off by de/dbeta <= 1/8 of that. */
static void stored_formats_hold_the_exact_numbers(void **state)
{
    (void)state;
    check_exact(kz_reference_path("table-grid-1.h5"), 1e-8);
    check_exact(kz_reference_path("table-grid-2.h5"), 1e-8);
    check_exact(kz_reference_path("table-energy-2.h5"), 1e-4);
    check_exact(kz_reference_path("table-energy-3.h5"), 1e-4);
}

static void copies_by_other_programs(void **state)
{
    (void)state;
    const rewriting hows[] = {
        {H5T_IEEE_F64BE, REWRITE_PADDED, REWRITE_CHUNKED, NULL, 0, false, false},
        {H5T_NATIVE_LDOUBLE, REWRITE_SAME, REWRITE_CHUNKED, NULL, 0, false, false},
        {H5T_IEEE_F64LE, REWRITE_ASCII, REWRITE_NETCDF, NULL, 0, false, false},     /* xarray */
        {H5T_NATIVE_DOUBLE, REWRITE_UTF8, REWRITE_DEFLATED, NULL, 0, false, false}, /* HDF5.jl */
        {H5T_NATIVE_DOUBLE, REWRITE_UTF8, REWRITE_CONTIGUOUS, NULL, 0, false, true},
        {H5T_NATIVE_DOUBLE, REWRITE_ARRAY, REWRITE_DEFLATED, NULL, 0, false, true},
    };
    const rewriting turned = {
        H5T_NATIVE_DOUBLE, REWRITE_UTF8, REWRITE_REVERSED, NULL, 0, false, true};
    const rewriting filtered = {
        H5T_NATIVE_DOUBLE, REWRITE_UTF8, REWRITE_FILTERED, NULL, 0, false, false};
    const rewriting single = {H5T_IEEE_F32LE, REWRITE_PADDED, REWRITE_CHUNKED, NULL, 0,
                              false,          false};
    for (int h = 0; h < 6; h++) {
        rewrite(kz_reference_path("table-grid-2.h5"), other, &hows[h]);
        check_exact(other, 1e-8);
        rewrite(kz_reference_path("table-energy-3.h5"), other, &hows[h]);
        check_exact(other, 1e-4);
    }
    rewrite(kz_reference_path("table-grid-2.h5"), other, &single);
    refused(other, KZ_EINVAL, "less than 64-bit");
    rewrite(kz_reference_path("table-grid-2.h5"), other, &turned);
    refused(other, KZ_EINVAL, "are its dimensions [beta][mu]?");
    rewrite(kz_reference_path("table-grid-2.h5"), other, &filtered);
    refused(other, KZ_EINVAL, "is packed by a filter, number 32001");
}

/* A stored file as it is, but for checksums of its data. */
static void copy_stored(const char *name)
{
    const rewriting how = {.type = H5T_NATIVE_DOUBLE};
    rewrite(kz_reference_path(name), other, &how);
}

/* 2026-11-26: ... and whatever stood in a copy without checksums of its data was believed. */
static void bug_impossible_states(void **state)
{
    (void)state;
    static const char *const names[] = {"energy", "magnetization", "energy_beta",
                                        "magnetization_mu", "energy_mu"};
    const double to[] = {0.4, 0.6, 0.1, -0.1, 1.5};
    for (int k = 0; k < 5; k++) {
        copy_stored("table-grid-2.h5");
        rewrite_number(other, names[k], 1, to[k]);
        refused(other, KZ_EINVAL, "[0][1] are of no thermal state");
    }
}

/* 2026-11-26: the same of beta(e), which the file holds twice: as nodes and in plain columns. */
static void bug_nodes_that_do_not_fit(void **state)
{
    (void)state;
    const struct {
        const char *name, *reason;
        size_t index;
        double to;
    } changes[] = {{"beta", "beta[7] = 0.3 is not that of its node", 7, 0.3},
                   {"regular", "regular[0] = 0.5 is not the limit", 0, 0.5},
                   {"energy", "energy[9] = 0.01 is not that of its node", 9, 0.01},
                   {"dbeta_denergy", "dbeta_denergy[8] = -1 is not that of its node", 8, -1},
                   {"regular", "is not that of its node", 8, 1.01},
                   {"regular_slope", "beta does not fall with energy at node 8", 8, 1e6},
                   {"energy", "is not that of its node", 2, NAN}};
    for (size_t k = 0; k < sizeof changes / sizeof *changes; k++) {
        copy_stored("table-energy-3.h5");
        rewrite_number(other, changes[k].name, changes[k].index, changes[k].to);
        refused(other, KZ_EINVAL, changes[k].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_formats_hold_the_exact_numbers),
        cmocka_unit_test(copies_by_other_programs),
        cmocka_unit_test(bug_impossible_states),
        cmocka_unit_test(bug_nodes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
