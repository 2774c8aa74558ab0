/* RUN.h5: parameters as attributes, one dataset a quantity. */
#include <kapitza/version.h>
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/hdf5_parts.h"
#include "io/replace.h"
#include "run/internal.h"

static herr_t put_text(hid_t file, const char *name, const char *text)
{
    return kz_io_hdf5_put_text(file, name, text);
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

/* beta = inf is ground, -inf ceiling; mu = inf up, -inf down. */
static herr_t put_states(hid_t file, const kz_run_setup *s)
{
    double beta[2], mu[2];
    if (s->initial != KZ_QUENCH_THERMAL) return 0;
    kz_run_state_pack(&beta[0], &mu[0], &s->left_state);
    kz_run_state_pack(&beta[1], &mu[1], &s->right_state);
    herr_t failed = kz_io_hdf5_put_number(file, "beta_left", beta[0]) < 0;
    failed |= kz_io_hdf5_put_number(file, "mu_left", mu[0]) < 0;
    failed |= kz_io_hdf5_put_number(file, "beta_right", beta[1]) < 0;
    failed |= kz_io_hdf5_put_number(file, "mu_right", mu[1]) < 0;
    return failed ? -1 : 0;
}

static herr_t put_parameters(hid_t file, const kz_run *run)
{
    const kz_run_setup *s = &run->setup;
    bool tebd = s->method == KZ_METHOD_TEBD;
    herr_t failed = put_text(file, "format", KZ_RUN_FORMAT) < 0;
    failed |= put_integer(file, "format_version",
                          kz_run_is_extended(s) ? KZ_RUN_FORMAT_VERSION : KZ_RUN_PLAIN_VERSION) < 0;
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
    failed |= put_text(file, "initial", kz_run_initial_name(s->initial)) < 0;
    failed |= put_states(file, s) < 0;
    failed |= put_text(file, "method", kz_run_method_name(s->method)) < 0;
    failed |= put_integer(file, "length", (long)s->length) < 0;
    failed |= put_integer(file, "times_left", (long)run->times_left) < 0;
    if (!tebd) return failed ? -1 : 0;
    failed |= kz_io_hdf5_put_number(file, "dt", s->dt) < 0;
    failed |= put_text(file, "splitting", kz_run_trotter_name(s->trotter)) < 0;
    failed |= put_integer(file, "chi", (long)s->chi) < 0;
    failed |= kz_io_hdf5_put_number(file, s->cutoff_per_gate ? "cutoff_per_gate" : "cutoff",
                                    s->cutoff) < 0;
    failed |= kz_io_hdf5_put_number(file, "audit_excess", run->audit_excess) < 0;
    if (kz_run_needs_ground_state(s)) {
        failed |= kz_io_hdf5_put_number(file, "ground_energy", run->ground_energy) < 0;
        failed |= kz_io_hdf5_put_number(file, "ground_variance", run->ground_variance) < 0;
        failed |= kz_io_hdf5_put_number(file, "ground_flip_error", run->ground_flip_error) < 0;
    }
    return failed ? -1 : 0;
}

/* What there is to say of the accuracy, and what a reader needs to say it again. */
static herr_t put_accuracy(hid_t file, const kz_run *run)
{
    kz_run_accuracy a;
    kz_run_get_accuracy(&a, run);
    const struct {
        const char *name;
        double number;
    } list[] = {{"largest_truncation", a.truncation},
                {"truncation_bound", a.truncation_bound},
                {"energy_drift", a.energy_drift},
                {"magnetization_drift", a.magnetization_drift},
                {"step", a.step},
                {"step_error", a.step_error},
                {"flip_error", a.flip_error},
                {"largest_correlation_error", a.correlation_error},
                {"initial_energy", run->initial_energy},
                {"initial_magnetization", run->initial_magnetization}};
    herr_t failed = 0;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (!isnan(list[i].number))
            failed |= kz_io_hdf5_put_number(file, list[i].name, list[i].number) < 0;
    return failed ? -1 : 0;
}

static herr_t put_notes(hid_t file, const kz_run *run)
{
    herr_t failed = 0;
    for (size_t i = 0; i < run->notes; i++) {
        const kz_run_note *note = &run->note[i];
        failed |= kz_io_hdf5_put_numbers(file, note->name, note->count, note->value) < 0;
    }
    return failed ? -1 : 0;
}

/* Datasets [time, site, ...] know what their first two dimensions are. */
static herr_t put_rows(hid_t file, const char *name, const char *sites, int rank,
                       const hsize_t *size, const double *data)
{
    const kz_io_hdf5_array array = {H5T_NATIVE_DOUBLE, rank, size, data};
    herr_t failed = kz_io_hdf5_put_packed(file, name, &array) < 0;
    failed |= kz_io_hdf5_attach_scale(file, name, 0, "time") < 0;
    failed |= kz_io_hdf5_attach_scale(file, name, 1, sites) < 0;
    return failed ? -1 : 0;
}

static herr_t put_sites(hid_t file, const char *name, const kz_run *run, hsize_t count)
{
    double *site;
    if (kz_alloc_doubles(&site, (size_t)count) != KZ_OK) return -1;
    for (size_t i = 0; i < count; i++)
        site[i] = (double)kz_run_site(run, i);
    herr_t status = put_array(file, name, 1, &count, site);
    kz_free(site);
    return status;
}

static herr_t put_densities(hid_t file, const kz_run *run)
{
    static const char name[] = "density_matrix", sites[] = "density_matrix_site";
    static const char elements[] = "density_matrix_element";
    hsize_t size[3] = {run->count, run->setup.length - 2, KZ_DENSITY_SIZE};
    double element[KZ_DENSITY_SIZE];
    if (!run->density) return 0;
    for (int i = 0; i < KZ_DENSITY_SIZE; i++)
        element[i] = i;
    /* xarray opens no file in which a dataset has only some of its dimensions named */
    if (put_sites(file, sites, run, size[1]) < 0 ||
        put_array(file, elements, 1, &size[2], element) < 0 ||
        put_rows(file, name, sites, 3, size, run->density) < 0 ||
        kz_io_hdf5_attach_scale(file, name, 2, elements) < 0)
        return -1;
    return put_text(file, "density_matrix_layout",
                    "sites n, n+1, n+2; basis uuu; uud udu duu; udd dud ddu; ddd; a block of three "
                    "is r11 r22 r33 Re12 Im12 Re13 Im13 Re23 Im23");
}

/* One number a time, where all of them have one. */
static herr_t put_of_times(hid_t file, const char *name, const kz_run *run, const double *data)
{
    const hsize_t count = run->count;
    herr_t failed = put_array(file, name, 1, &count, data) < 0;
    failed |= kz_io_hdf5_attach_scale(file, name, 0, "time") < 0;
    return failed ? -1 : 0;
}

/* The second site has a dimension of its own, since xarray wants no dataset with two equal ones. */
static herr_t put_correlations(hid_t file, const kz_run *run)
{
    static const char other[] = "other_site";
    const hsize_t L = run->setup.length, size[3] = {run->count, L, L};
    if (!run->setup.correlations) return 0;
    herr_t failed = put_sites(file, other, run, L) < 0;
    for (int q = 0; q < KZ_RUN_CORRELATIONS && !failed; q++) {
        const char *name = kz_run_correlation_name((kz_run_correlation)q);
        if (!run->correlation[q]) continue;
        failed |= put_rows(file, name, "site", 3, size, run->correlation[q]) < 0;
        failed |= kz_io_hdf5_attach_scale(file, name, 2, other) < 0;
    }
    if (run->setup.method == KZ_METHOD_TEBD && !failed)
        failed |= put_of_times(file, "correlation_error", run, run->correlation_error) < 0;
    failed |= put_text(file, "correlation_layout",
                       "sites m, n: zz = <Sz_m Sz_n> - <Sz_m><Sz_n>, pm = <S+_m S-_n>") < 0;
    return failed ? -1 : 0;
}

/* A row of the chain itself; bonds have no value at the last site. */
static herr_t put_of_chain(hid_t file, const char *name, const kz_run *run, const double *data,
                           size_t count)
{
    hsize_t size = run->setup.length;
    double *row;
    if (kz_alloc_doubles(&row, run->setup.length) != KZ_OK) return -1;
    for (size_t i = 0; i < run->setup.length; i++)
        row[i] = i < count ? data[i] : NAN;
    herr_t failed = put_array(file, name, 1, &size, row) < 0 ||
                    kz_io_hdf5_attach_scale(file, name, 0, "site") < 0;
    kz_free(row);
    return failed ? -1 : 0;
}

static herr_t put_chain(hid_t file, const kz_run *run)
{
    size_t L = run->setup.length;
    herr_t failed = 0;
    if (run->J) failed |= put_of_chain(file, "J", run, run->J, L - 1) < 0;
    if (kz_run_has_couplings(&run->setup))
        failed |= put_of_chain(file, "Delta", run, run->delta, L - 1) < 0;
    if (run->field) failed |= put_of_chain(file, "h", run, run->field, L) < 0;
    if (!run->spin_up) return failed ? -1 : 0;
    double *up;
    if (kz_alloc_doubles(&up, L) != KZ_OK) return -1;
    for (size_t i = 0; i < L; i++)
        up[i] = run->spin_up[i] ? 1.0 : 0.0;
    failed |= put_of_chain(file, "initial_up", run, up, L) < 0;
    kz_free(up);
    return failed ? -1 : 0;
}

static herr_t put_run(hid_t file, const void *context)
{
    const kz_run *run = context;
    const hsize_t size[2] = {run->count, run->setup.length};
    herr_t failed =
        put_parameters(file, run) < 0 || put_accuracy(file, run) < 0 || put_notes(file, run) < 0;
    failed |= put_array(file, "time", 1, size, run->time) < 0;
    failed |= put_sites(file, "site", run, size[1]) < 0;
    failed |= put_chain(file, run) < 0;
    for (int q = 0; q < KZ_RUN_QUANTITIES && !failed; q++)
        failed |= put_rows(file, kz_run_dataset_name((kz_run_quantity)q, &run->setup), "site", 2,
                           size, run->value[q]) < 0;
    if (run->setup.method == KZ_METHOD_TEBD && !failed)
        failed |= put_of_times(file, "chi_limit", run, run->chi_limit) < 0;
    return failed || put_densities(file, run) < 0 || put_correlations(file, run) < 0 ? -1 : 0;
}

kz_status kz_run_write(const kz_run *run, const char *path)
{
    void *image;
    size_t size;
    if (run->count == 0) return KZ_FAIL(KZ_EIO, "%s: no time is measured yet", path);
    KZ_TRY(kz_io_hdf5_image(&image, &size, put_run, run));
    kz_status status = kz_io_replace_file(path, image, size);
    kz_free(image);
    return status;
}
