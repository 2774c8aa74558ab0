/* RUN.h5: parameters as attributes, one dataset a quantity. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <kapitza/version.h>

#include "cli/replace.h"
#include "cli/run.h"
#include "core/error.h"
#include "core/memory.h"
#include "io/hdf5_parts.h"

static const char format_name[] = "kapitza quench";
enum { FORMAT_VERSION = 1 };

/* -- writing ------------------------------------------------------------------------------- */

static herr_t put_text(hid_t file, const char *name, const char *text)
{
    return kz_io_hdf5_put_text(file, name, H5T_CSET_ASCII, text);
}

static herr_t put_integer(hid_t file, const char *name, long number)
{
    return kz_io_hdf5_put_value(file, name, H5T_NATIVE_LONG, &number);
}

static herr_t put_array(hid_t file, const char *name, int rank, const hsize_t *size,
                        const double *data)
{
    const kz_io_hdf5_array array = {H5T_NATIVE_DOUBLE, rank, size, data};
    return kz_io_hdf5_put_array(file, name, &array);
}

static herr_t put_parameters(hid_t file, const cli_run *run)
{
    const cli_setup *s = &run->setup;
    bool tebd = s->method == CLI_METHOD_TEBD;
    herr_t failed = put_text(file, "format", format_name) < 0;
    failed |= put_integer(file, "format_version", FORMAT_VERSION) < 0;
    failed |= put_text(file, "program", "kapitza") < 0;
    failed |= put_text(file, "version", KZ_VERSION) < 0;
    failed |= put_text(file, "command", "quench") < 0;
    failed |= put_text(file, "units",
                       "hbar = J = 1; currents to the right; rows are times, columns "
                       "sites or bonds n = -(L/2-1) ... L/2") < 0;
    failed |= put_text(file, "left", s->left) < 0;
    failed |= put_text(file, "right", s->right) < 0;
    failed |= kz_io_hdf5_put_number(file, "Delta_left", s->delta_left) < 0;
    failed |= kz_io_hdf5_put_number(file, "Delta_right", s->delta_right) < 0;
    failed |=
        put_text(file, "initial", s->initial == KZ_QUENCH_ENERGY ? "energy" : "domain-wall") < 0;
    failed |= put_text(file, "method", tebd ? "tebd" : "fermion") < 0;
    failed |= put_integer(file, "length", (long)s->length) < 0;
    failed |= put_integer(file, "times_left", (long)run->times_left) < 0;
    if (!tebd) return failed ? -1 : 0;
    failed |= kz_io_hdf5_put_number(file, "dt", s->dt) < 0;
    failed |= put_text(file, "splitting", cli_trotter_name(s->trotter)) < 0;
    failed |= put_integer(file, "chi", (long)s->chi) < 0;
    failed |= kz_io_hdf5_put_number(file, s->cutoff_per_gate ? "cutoff_per_gate" : "cutoff",
                                    s->cutoff) < 0;
    failed |= kz_io_hdf5_put_number(file, "audit_excess", run->audit_excess) < 0;
    if (s->initial == KZ_QUENCH_ENERGY) {
        failed |= kz_io_hdf5_put_number(file, "ground_energy", run->ground_energy) < 0;
        failed |= kz_io_hdf5_put_number(file, "ground_variance", run->ground_variance) < 0;
    }
    return failed ? -1 : 0;
}

static herr_t put_densities(hid_t file, const cli_run *run)
{
    hsize_t size[3] = {run->count, run->setup.length - 2, KZ_DENSITY_SIZE};
    if (!run->density) return 0;
    if (put_array(file, "density_matrix", 3, size, run->density) < 0) return -1;
    return put_text(file, "density_matrix_layout",
                    "sites n, n+1, n+2; basis uuu; uud udu duu; udd dud ddu; ddd; a block of three "
                    "is r11 r22 r33 Re12 Im12 Re13 Im13 Re23 Im23");
}

static herr_t put_run(hid_t file, const void *context)
{
    const cli_run *run = context;
    size_t L = run->setup.length;
    hsize_t size[2] = {run->count, L}, sites = L;
    double *site;
    if (kz_alloc_doubles(&site, L) != KZ_OK) return -1;
    for (size_t i = 0; i < L; i++)
        site[i] = (double)cli_run_site(run, i);
    herr_t failed = put_parameters(file, run) < 0;
    failed |= put_array(file, "time", 1, size, run->time) < 0;
    failed |= put_array(file, "site", 1, &sites, site) < 0;
    for (int q = 0; q < CLI_QUANTITIES; q++)
        failed |= put_array(file, cli_quantity_names[q], 2, size, run->value[q]) < 0;
    if (run->setup.method == CLI_METHOD_TEBD)
        failed |= put_array(file, "chi_limit", 1, size, run->chi_limit) < 0;
    failed |= put_densities(file, run) < 0;
    kz_free(site);
    return failed ? -1 : 0;
}

static kz_status write_image(const char *path, const char *name, const void *image, size_t size)
{
    FILE *file = fopen(name, "wb");
    bool failed = !file || fwrite(image, 1, size, file) != size || fflush(file) != 0;
    int reason = errno;
    if (file && fclose(file) != 0 && !failed) {
        failed = true;
        reason = errno;
    }
    return failed ? KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(reason)) : KZ_OK;
}

kz_status cli_run_write(const cli_run *run, const char *path)
{
    cli_replacement replacement;
    void *image;
    size_t size;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    KZ_TRY(kz_io_hdf5_image(&image, &size, put_run, run));
    kz_status status = cli_replace_begin(&replacement, path);
    if (status == KZ_OK) status = write_image(path, replacement.temporary, image, size);
    if (status == KZ_OK) status = cli_replace_finish(&replacement);
    cli_replace_abandon(&replacement);
    kz_free(image);
    return status;
}

/* -- reading ------------------------------------------------------------------------------- */

static bool get_number(hid_t file, const char *name, double *number)
{
    return kz_io_hdf5_get_value(number, file, name, H5T_NATIVE_DOUBLE);
}

static bool get_integer(hid_t file, const char *name, long *number)
{
    return kz_io_hdf5_get_value(number, file, name, H5T_NATIVE_LONG);
}

static bool get_count(hid_t file, size_t *count)
{
    hsize_t size;
    bool good = kz_io_hdf5_get_size(&size, file, "time", 1) && size <= CLI_LIST_MAX;
    *count = (size_t)size;
    return good;
}

static bool get_trotter(hid_t file, kz_trotter *trotter)
{
    char text[32];
    if (!kz_io_hdf5_get_text(text, sizeof text, file, "splitting")) return false;
    for (int k = KZ_TROTTER_2; k <= KZ_TROTTER_4_FOREST_RUTH; k++) {
        *trotter = (kz_trotter)k;
        if (strcmp(text, cli_trotter_name(*trotter)) == 0) return true;
    }
    return false;
}

static bool get_method(hid_t file, cli_setup *s)
{
    char text[32];
    long chi;
    if (!kz_io_hdf5_get_text(text, sizeof text, file, "method")) return false;
    s->method = strcmp(text, "tebd") == 0 ? CLI_METHOD_TEBD : CLI_METHOD_FERMION;
    if (s->method == CLI_METHOD_FERMION) return true;
    if (!get_integer(file, "chi", &chi) || chi < 1 || !get_number(file, "dt", &s->dt) ||
        !get_trotter(file, &s->trotter))
        return false;
    s->chi = (size_t)chi;
    s->cutoff_per_gate = H5Aexists(file, "cutoff_per_gate") > 0;
    return get_number(file, s->cutoff_per_gate ? "cutoff_per_gate" : "cutoff", &s->cutoff);
}

static bool get_setup(hid_t file, cli_setup *s)
{
    char text[32];
    long length, version;
    if (!kz_io_hdf5_get_text(text, sizeof text, file, "format") || strcmp(text, format_name) != 0)
        return false;
    if (!get_integer(file, "format_version", &version) || version != FORMAT_VERSION) return false;
    if (!get_integer(file, "length", &length) || length < KZ_MPS_MIN_LENGTH ||
        length > KZ_MPS_MAX_LENGTH)
        return false;
    s->length = (size_t)length;
    if (!kz_io_hdf5_get_text(text, sizeof text, file, "initial")) return false;
    s->initial = strcmp(text, "energy") == 0 ? KZ_QUENCH_ENERGY : KZ_QUENCH_DOMAIN_WALL;
    return kz_io_hdf5_get_text(s->left, sizeof s->left, file, "left") &&
           kz_io_hdf5_get_text(s->right, sizeof s->right, file, "right") &&
           get_number(file, "Delta_left", &s->delta_left) &&
           get_number(file, "Delta_right", &s->delta_right) && get_method(file, s);
}

static kz_status get_run(hid_t file, cli_run *run, const char *path)
{
    size_t count;
    if (!get_setup(file, &run->setup) || !get_count(file, &count))
        return KZ_FAIL(KZ_EIO, "%s: is not a file that quench has written", path);
    KZ_TRY(cli_run_reserve(run, count));
    run->count = count;
    hsize_t size[2] = {count, run->setup.length};
    bool good = kz_io_hdf5_get_array(run->time, file, "time", 1, size);
    for (int q = 0; q < CLI_QUANTITIES && good; q++)
        good = kz_io_hdf5_get_array(run->value[q], file, cli_quantity_names[q], 2, size);
    if (!good) return KZ_FAIL(KZ_EIO, "%s: a dataset is missing or has a wrong size", path);
    return KZ_OK;
}

kz_status cli_run_read(cli_run *out, const char *path)
{
    cli_run run = {.count = 0};
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) return KZ_FAIL(KZ_EIO, "%s: cannot be read as HDF5", path);
    kz_status status = get_run(file, &run, path);
    H5Fclose(file);
    if (status == KZ_OK)
        *out = run;
    else
        cli_run_free(&run);
    return status;
}
