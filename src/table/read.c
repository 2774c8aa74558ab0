/* Reading tables.  Nothing in the file is believed: sizes are checked before memory is asked for,
 * and numbers before they are used. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/hdf5_open.h"
#include "io/hdf5_parts.h"
#include "table/energy.h"
#include "table/file.h"

enum { TEXT = 64, NODES_MAX = 10000000 };

kz_status kz_table_parse_chain(kz_chain *out, const char *text, double delta)
{
    char *end;
    *out = kz_chain_xx();
    if (strcmp(text, "xx") == 0) return KZ_OK;
    if (strncmp(text, "Delta=", 6) == 0 && fabs(delta) >= 1) {
        *out = kz_chain_axial(delta);
        return kz_chain_check(*out);
    }
    if (strncmp(text, "P=", 2) != 0) return KZ_FAIL(KZ_EINVAL, "chain \"%.20s\"", text);
    long P = strtol(text + 2, &end, 10), Q = 1;
    if (end != text + 2 && strncmp(end, ",Q=", 3) == 0) Q = strtol(end + 3, &end, 10);
    bool valid = *end == '\0' && P >= KZ_P_MIN && P <= KZ_P_MAX && Q >= 1 && Q < P;
    *out = valid ? kz_chain_rational((int)P, (int)Q) : kz_chain_xx();
    return valid ? KZ_OK : KZ_FAIL(KZ_EINVAL, "chain \"%.20s\"", text);
}

/* nan where there is no such number. */
static double read_number(hid_t file, const char *name)
{
    double value;
    return kz_io_hdf5_get_value(&value, file, name, H5T_NATIVE_DOUBLE) ? value : NAN;
}

/* m = 0: one dimension. */
static kz_status read_dataset(double *out, hid_t file, const char *name, size_t n, size_t m)
{
    const hsize_t size[2] = {n, m};
    const int rank = m ? 2 : 1;
    char fault[200];
    if (kz_io_hdf5_size_fault(fault, sizeof fault, file, name, rank, size))
        return KZ_FAIL(KZ_EINVAL, "dataset %s %s", name, fault);
    if (!kz_io_hdf5_is_double(file, name))
        return KZ_FAIL(
            KZ_EINVAL,
            "dataset %s holds less than 64-bit floating-point numbers, so that the errors "
            "of the table no longer hold",
            name);
    if (kz_io_hdf5_get_array(out, file, name, rank, size)) return KZ_OK;
    kz_io_hdf5_read_fault(fault, sizeof fault, file, name);
    return KZ_FAIL(KZ_EINVAL, "dataset %s %s", name, fault);
}

/* A row stands as a whole or not at all. */
static kz_status check_rows(const kz_table *t)
{
    for (size_t i = 0; i < t->nb; i++) {
        bool failed = !(t->row_err[i] < INFINITY);
        if (!(t->row_err[i] >= 0)) return KZ_FAIL(KZ_EINVAL, "err[%zu] is %.15g", i, t->row_err[i]);
        for (int f = 0; f < KZ_FIELDS; f++)
            for (size_t j = 0; j < t->nm; j++)
                if (isfinite(t->field[f][i * t->nm + j]) == failed)
                    return KZ_FAIL(KZ_EINVAL, "%s[%zu][%zu] is %.15g", kz_table_field_name[f], i, j,
                                   t->field[f][i * t->nm + j]);
    }
    return KZ_OK;
}

/* What no thermal state has, where a copy by another program has no checksum of its data: e in the
 * band, |m| <= 1/2, de/dbeta <= 0 <= dm/dmu, dm/dbeta = -de/dmu. */
static kz_status check_states(const kz_table *t)
{
    double low = kz_chain_energy_min(t->chain), high = kz_chain_energy_max(t->chain);
    for (size_t i = 0; i < t->nb * t->nm; i++) {
        double slack = 1e-12 + 2 * t->row_err[i / t->nm], f[KZ_FIELDS];
        for (int k = 0; k < KZ_FIELDS; k++)
            f[k] = t->field[k][i];
        if (!(slack < INFINITY)) continue;
        /* up and down lie above the band of some chains */
        double top = fmax(high, 0.25 * fabs(kz_chain_delta(t->chain)));
        bool possible = f[KZ_FIELD_E] >= low - slack && f[KZ_FIELD_E] <= top + slack &&
                        fabs(f[KZ_FIELD_M]) <= 0.5 + slack && f[KZ_FIELD_E_B] <= slack &&
                        f[KZ_FIELD_M_U] >= -slack &&
                        fabs(f[KZ_FIELD_M_B] + f[KZ_FIELD_E_U]) <= 2 * slack;
        if (!possible)
            return KZ_FAIL(KZ_EINVAL,
                           "energy, magnetization and their derivatives at [%zu][%zu] "
                           "are of no thermal state",
                           i / t->nm, i % t->nm);
    }
    return KZ_OK;
}

/* ... e that falls with beta and m that rises with mu, as the derivatives of one number do not say:
 * a square array that was turned over. */
static kz_status check_order(const kz_table *t)
{
    const double *e = t->field[KZ_FIELD_E], *m = t->field[KZ_FIELD_M];
    for (size_t i = 0; i < t->nb; i++) {
        double slack = 1e-12 + 2 * t->row_err[i],
               next = i + 1 < t->nb ? t->row_err[i + 1] : INFINITY;
        for (size_t j = 0; j < t->nm && slack < INFINITY; j++) {
            size_t at = i * t->nm + j;
            bool falls = !(next < INFINITY) || e[at + t->nm] <= e[at] + slack + 2 * next;
            bool rises = j + 1 == t->nm || m[at + 1] >= m[at] - 2 * slack;
            if (!falls || !rises)
                return KZ_FAIL(KZ_EINVAL,
                               "%s does not %s beyond [%zu][%zu]: are its dimensions [beta][mu]?",
                               falls ? "magnetization" : "energy",
                               falls ? "rise with mu" : "fall with beta", i, j);
        }
    }
    return KZ_OK;
}

static kz_status read_grid(kz_table **out, hid_t file, kz_chain chain, double tol)
{
    hsize_t nb, nm;
    if (!kz_io_hdf5_get_size(&nb, file, "beta", 1) || !kz_io_hdf5_get_size(&nm, file, "mu", 1) ||
        nb < 1 || nm < 1 || nb > NODES_MAX || nm > NODES_MAX / nb)
        return KZ_FAIL(KZ_EINVAL, "no beta and mu of a sensible size");
    KZ_TRY(kz_table_allocate(out, chain, tol, nb, nm, 0));
    kz_table *t = *out;
    KZ_TRY(read_dataset(t->beta, file, "beta", t->nb, 0));
    KZ_TRY(read_dataset(t->mu, file, "mu", t->nm, 0));
    KZ_TRY(kz_table_check_axis("beta", t->beta, t->nb));
    KZ_TRY(kz_table_check_axis("mu", t->mu, t->nm));
    KZ_TRY(read_dataset(t->row_err, file, "err", t->nb, 0));
    for (int f = 0; f < KZ_FIELDS; f++)
        KZ_TRY(read_dataset(t->field[f], file, kz_table_field_name[f], t->nb, t->nm));
    KZ_TRY(check_rows(t));
    KZ_TRY(check_states(t));
    KZ_TRY(check_order(t));
    return kz_table_finish_grid(t);
}

/* Relative, of what a file holds twice: compilers may differ in the last digits. */
static const double TWICE = 1e-9;

static kz_status check_nodes(const kz_table *t)
{
    KZ_TRY(kz_table_check_axis("angle", t->angle, t->n));
    if (t->angle[0] != 0 || fabs(t->angle[t->n - 1] - M_PI) > 1e-15)
        return KZ_FAIL(KZ_EINVAL, "angle runs from %.15g to %.15g, not from 0 to pi", t->angle[0],
                       t->angle[t->n - 1]);
    for (size_t i = 0; i < t->n; i++) {
        bool inner = i > 0 && i + 1 < t->n;
        if (!(t->row_err[i] >= 0) || (inner && !isfinite(t->value[i] + t->slope[i])))
            return KZ_FAIL(KZ_EINVAL, "node %zu is not finite", i);
        double limit = kz_energy_limit(t->chain, t->energy_max - t->energy_min, i > 0);
        if (!inner && !(t->value[i] == limit || fabs(t->value[i] - limit) <= TWICE * fabs(limit)))
            return KZ_FAIL(KZ_EINVAL, "regular[%zu] = %.15g is not the limit %.15g", i, t->value[i],
                           limit);
    }
    return KZ_OK;
}

/* What the nodes say stands in the file for other readers, too: a copy by another program, which
 * has no checksum of its data, agrees with itself, and beta falls with e. */
static kz_status check_columns(const kz_table *t, hid_t file)
{
    static const char *const names[] = {"energy", "beta", "dbeta_denergy"};
    const hsize_t size[1] = {t->n};
    double *stored;
    KZ_TRY(kz_alloc_doubles(&stored, t->n));
    kz_status status = KZ_OK;
    for (size_t i = 1; status == KZ_OK && i + 1 < t->n; i++)
        if (!(kz_energy_interpolate(t, t->angle[i]).slope < 0))
            status = KZ_FAIL(KZ_EINVAL, "beta does not fall with energy at node %zu", i);
    for (int k = 0; status == KZ_OK && k < 3; k++) {
        if (!kz_io_hdf5_get_array(stored, file, names[k], 1, size))
            status = KZ_FAIL(KZ_EINVAL, "dataset %s is missing or has another size", names[k]);
        for (size_t i = 1; status == KZ_OK && i + 1 < t->n; i++) {
            kz_energy_value v = kz_energy_interpolate(t, t->angle[i]);
            double value = k == 0 ? kz_energy_at(t, t->angle[i]) : k == 1 ? v.beta : v.slope;
            if (!(fabs(stored[i] - value) <= TWICE * (1 + fabs(value))))
                status = KZ_FAIL(KZ_EINVAL, "%s[%zu] = %.15g is not that of its node, %.15g",
                                 names[k], i, stored[i], value);
        }
    }
    kz_free(stored);
    return status;
}

static kz_status read_energy(kz_table **out, hid_t file, kz_chain chain, double tol)
{
    hsize_t n;
    if (!kz_io_hdf5_get_size(&n, file, "angle", 1) || n < KZ_ENERGY_STENCIL + 2 || n > NODES_MAX)
        return KZ_FAIL(KZ_EINVAL, "no nodes of a sensible number");
    KZ_TRY(kz_table_allocate(out, chain, tol, 0, 0, n));
    kz_table *t = *out;
    KZ_TRY(read_dataset(t->angle, file, "angle", t->n, 0));
    KZ_TRY(read_dataset(t->value, file, "regular", t->n, 0));
    KZ_TRY(read_dataset(t->slope, file, "regular_slope", t->n, 0));
    KZ_TRY(read_dataset(t->row_err, file, "err", t->n, 0));
    KZ_TRY(check_nodes(t));
    KZ_TRY(check_columns(t, file));
    t->err = kz_energy_error(t);
    return KZ_OK;
}

static kz_status check_version(hid_t file, bool grid)
{
    double version = read_number(file, "format_version");
    int first = grid ? KZ_TABLE_GRID_FIRST : KZ_TABLE_ENERGY_FIRST;
    int last = grid ? KZ_TABLE_GRID_VERSION : KZ_TABLE_ENERGY_VERSION;
    if (version != first && version != last)
        return KZ_FAIL(KZ_EINVAL,
                       "format version %.15g of a table of this kind; this program reads %d and %d",
                       version, first, last);
    return kz_io_hdf5_check_digest(file, version > first);
}

static kz_status read_header(kz_chain *chain, double *tol, bool *grid, hid_t file)
{
    char format[TEXT], kind[TEXT], name[TEXT];
    (void)kz_io_hdf5_get_text(format, TEXT, file, "format");
    (void)kz_io_hdf5_get_text(kind, TEXT, file, "kind");
    (void)kz_io_hdf5_get_text(name, TEXT, file, "chain");
    if (strcmp(format, KZ_TABLE_FORMAT) != 0)
        return KZ_FAIL(KZ_EINVAL, "HDF5, but not made by kapitza table");
    *grid = strcmp(kind, KZ_TABLE_KIND_GRID) == 0;
    if (!*grid && strcmp(kind, KZ_TABLE_KIND_ENERGY) != 0)
        return KZ_FAIL(KZ_EINVAL, "kind \"%s\" is not known", kind);
    KZ_TRY(check_version(file, *grid));
    KZ_TRY(kz_table_parse_chain(chain, name, read_number(file, "Delta")));
    *tol = read_number(file, "tol");
    if (!(*tol > 0 && *tol < 1)) return KZ_FAIL(KZ_EINVAL, "tol is %.15g", *tol);
    double low = read_number(file, "energy_min"), high = read_number(file, "energy_max");
    if (!(fabs(low - kz_chain_energy_min(*chain)) < 1e-12) ||
        !(fabs(high - kz_chain_energy_max(*chain)) < 1e-12))
        return KZ_FAIL(KZ_EINVAL, "the band edges %.15g, %.15g are not those of chain %s", low,
                       high, name);
    return KZ_OK;
}

static kz_status read_file(kz_table **out, hid_t file)
{
    kz_chain chain = kz_chain_xx();
    double tol = 0;
    bool grid = false;
    KZ_TRY(read_header(&chain, &tol, &grid, file));
    return grid ? read_grid(out, file, chain, tol) : read_energy(out, file, chain, tol);
}

kz_status kz_table_read(kz_table **out, const char *path)
{
    kz_io_hdf5_file file;
    kz_io_hdf5_printer before;
    kz_table *table = NULL;
    char reason[200];
    *out = NULL;
    KZ_TRY(kz_io_hdf5_open(&file, path));
    kz_io_hdf5_silence(&before);
    kz_status status = read_file(&table, file.id);
    kz_io_hdf5_close(&file);
    kz_io_hdf5_restore(&before);
    if (status == KZ_OK) {
        *out = table;
        return KZ_OK;
    }
    kz_table_free(table);
    (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
    return KZ_FAIL(status, "%s: %s", path, reason);
}
