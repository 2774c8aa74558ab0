/* Writing tables.  The HDF5 file is made in memory and written by us under a temporary name, so
 * that it appears whole or not at all, whatever happens to the disk or the process. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <kapitza/version.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/hdf5_parts.h"
#include "io/replace.h"
#include "table/file.h"

void kz_table_chain_text(char text[KZ_CHAIN_TEXT], kz_chain chain)
{
    if (chain.kind == KZ_CHAIN_XX)
        (void)snprintf(text, KZ_CHAIN_TEXT, "xx");
    else if (chain.kind == KZ_CHAIN_AXIAL)
        (void)snprintf(text, KZ_CHAIN_TEXT, "Delta=%.17g", chain.delta);
    else if (kz_chain_numerator(chain) == 1)
        (void)snprintf(text, KZ_CHAIN_TEXT, "P=%d", chain.P);
    else
        (void)snprintf(text, KZ_CHAIN_TEXT, "P=%d,Q=%d", chain.P, chain.Q);
}

static herr_t write_text(hid_t file, const char *name, const char *text)
{
    return kz_io_hdf5_put_text(file, name, text);
}

static herr_t write_header(hid_t file, const kz_table *t)
{
    char chain[KZ_CHAIN_TEXT];
    bool grid = t->kind == KZ_TABLE_GRID;
    int version = grid ? KZ_TABLE_GRID_VERSION : KZ_TABLE_ENERGY_VERSION;
    kz_table_chain_text(chain, t->chain);
    int failed = write_text(file, "program", "kapitza") < 0;
    failed |= write_text(file, "version", KZ_VERSION) < 0;
    failed |= write_text(file, "command", "table") < 0;
    failed |= write_text(file, "units", "hbar = k_B = J = 1; densities per site") < 0;
    failed |= write_text(file, "format", KZ_TABLE_FORMAT) < 0;
    failed |= kz_io_hdf5_put_value(file, "format_version", H5T_NATIVE_INT, &version) < 0;
    failed |= write_text(file, "kind", grid ? KZ_TABLE_KIND_GRID : KZ_TABLE_KIND_ENERGY) < 0;
    failed |= write_text(file, "chain", chain) < 0;
    failed |= kz_io_hdf5_put_number(file, "Delta", kz_chain_delta(t->chain)) < 0;
    failed |= kz_io_hdf5_put_number(file, "energy_min", t->energy_min) < 0;
    failed |= kz_io_hdf5_put_number(file, "energy_max", t->energy_max) < 0;
    failed |= kz_io_hdf5_put_number(file, "tol", t->tol) < 0;
    failed |= kz_io_hdf5_put_number(file, "err", t->err) < 0;
    return failed ? -1 : 0;
}

static herr_t write_dataset(hid_t file, const char *name, int rank, const hsize_t *size,
                            const double *values)
{
    const kz_io_hdf5_array array = {H5T_NATIVE_DOUBLE, rank, size, values};
    return kz_io_hdf5_put_array(file, name, &array);
}

static herr_t write_grid(hid_t file, const kz_table *t)
{
    const hsize_t size[2] = {t->nb, t->nm}, columns[1] = {t->nm};
    int failed = write_dataset(file, "beta", 1, size, t->beta) < 0;
    failed |= write_dataset(file, "mu", 1, columns, t->mu) < 0;
    failed |= write_dataset(file, "err", 1, size, t->row_err) < 0;
    failed |= kz_io_hdf5_attach_scale(file, "err", 0, "beta") < 0;
    for (int f = 0; f < KZ_FIELDS; f++) {
        const char *name = kz_table_field_name[f];
        failed |= write_dataset(file, name, 2, size, t->field[f]) < 0;
        failed |= kz_io_hdf5_attach_scale(file, name, 0, "beta") < 0;
        failed |= kz_io_hdf5_attach_scale(file, name, 1, "mu") < 0;
    }
    return failed ? -1 : 0;
}

/* energy, beta and dbeta/de for readers of the file; angle, g and dg/dangle are what kz_table_read
 * needs, for e - e_edge is lost in e itself. */
static herr_t write_energy(hid_t file, const kz_table *t)
{
    const hsize_t size[1] = {t->n};
    double *columns;
    if (kz_alloc_doubles(&columns, 3 * t->n) != KZ_OK) return -1;
    double *energy = columns, *beta = columns + t->n, *slope = columns + 2 * t->n;
    for (size_t i = 0; i < t->n; i++) {
        kz_energy_value v = kz_energy_interpolate(t, t->angle[i]);
        energy[i] = kz_energy_at(t, t->angle[i]);
        beta[i] = v.beta;
        slope[i] = v.slope;
    }
    const struct {
        const char *name;
        const double *values;
    } list[] = {{"energy", energy},          {"beta", beta},
                {"dbeta_denergy", slope},    {"regular", t->value},
                {"regular_slope", t->slope}, {"err", t->row_err}};
    int failed = write_dataset(file, "angle", 1, size, t->angle) < 0;
    for (size_t k = 0; k < sizeof list / sizeof *list; k++) {
        failed |= write_dataset(file, list[k].name, 1, size, list[k].values) < 0;
        failed |= kz_io_hdf5_attach_scale(file, list[k].name, 0, "angle") < 0;
    }
    kz_free(columns);
    return failed ? -1 : 0;
}

static herr_t write_table(hid_t file, const void *context)
{
    const kz_table *t = context;
    if (write_header(file, t) < 0) return -1;
    return t->kind == KZ_TABLE_GRID ? write_grid(file, t) : write_energy(file, t);
}

kz_status kz_table_write(const kz_table *table, const char *path)
{
    void *image = NULL;
    size_t size;
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return KZ_FAIL(KZ_EIO, "%s: HDF5 needs an ordinary file", path);
    KZ_TRY(kz_io_replace_spare(path));
    kz_status status = kz_io_hdf5_image(&image, &size, write_table, table);
    if (status == KZ_OK) status = kz_io_replace_file(path, image, size);
    kz_free(image);
    return status;
}
