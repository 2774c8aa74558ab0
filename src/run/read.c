/* RUN.h5 read back, by the names of its parts: any numeric type and layout, nothing believed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/hdf5_open.h"
#include "io/hdf5_parts.h"
#include "run/chain_io.h"

static bool get_number(hid_t file, const char *name, double *number)
{
    return kz_io_hdf5_get_value(number, file, name, H5T_NATIVE_DOUBLE);
}

static bool get_integer(hid_t file, const char *name, long *number)
{
    return kz_io_hdf5_get_value(number, file, name, H5T_NATIVE_LONG);
}

/* Which of `count` names a text attribute holds; -1: none. */
static int get_word(hid_t file, const char *attribute, const char *const *names, int count)
{
    char text[32];
    if (!kz_io_hdf5_get_text(text, sizeof text, file, attribute)) return -1;
    for (int k = 0; k < count; k++)
        if (strcmp(text, names[k]) == 0) return k;
    return -1;
}

/* A dataset [length] that need not be there; *out is then NULL. */
static bool get_of_chain(double **out, hid_t file, const char *name, size_t length)
{
    hsize_t size = length;
    if (H5Lexists(file, name, H5P_DEFAULT) <= 0) return true;
    return kz_io_hdf5_has_size(file, name, 1, &size) && kz_alloc_doubles(out, length) == KZ_OK &&
           kz_io_hdf5_get_array(*out, file, name, 1, &size);
}

static bool get_couplings(hid_t file, kz_run_setup *s, kz_run_chain *memory)
{
    if (!get_of_chain(&memory->J, file, "J", s->length) ||
        !get_of_chain(&memory->delta, file, "Delta", s->length) ||
        !get_of_chain(&memory->field, file, "h", s->length))
        return false;
    s->couplings = (kz_couplings){memory->J, memory->delta, memory->field};
    return true;
}

/* 0 and 1, and nothing else; up out [length]. */
static bool convert_spins(bool *up, const double *spins, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (spins[i] != 0.0 && spins[i] != 1.0) return false;
        up[i] = spins[i] == 1.0;
    }
    return true;
}

static bool get_spins(hid_t file, kz_run_setup *s, kz_run_chain *memory)
{
    void *up = NULL;
    double *spins = NULL;
    bool good = get_of_chain(&spins, file, "initial_up", s->length) && spins &&
                kz_alloc(&up, s->length, sizeof *memory->up) == KZ_OK;
    s->spin_up = memory->up = up;
    good = good && convert_spins(memory->up, spins, s->length);
    kz_free(spins);
    return good;
}

static bool get_states(hid_t file, kz_run_setup *s)
{
    double beta[2], mu[2];
    if (!get_number(file, "beta_left", &beta[0]) || !get_number(file, "mu_left", &mu[0]) ||
        !get_number(file, "beta_right", &beta[1]) || !get_number(file, "mu_right", &mu[1]))
        return false;
    s->left_state = kz_run_state_unpack(beta[0], mu[0]);
    s->right_state = kz_run_state_unpack(beta[1], mu[1]);
    return true;
}

static bool get_initial(hid_t file, kz_run_setup *s, kz_run_chain *memory)
{
    enum { KINDS = KZ_QUENCH_PRODUCT + 1 };
    const char *names[KINDS];
    for (int k = 0; k < KINDS; k++)
        names[k] = kz_run_initial_name((kz_quench_kind)k);
    int found = get_word(file, "initial", names, KINDS);
    if (found < 0) return false;
    s->initial = (kz_quench_kind)found;
    if (s->initial == KZ_QUENCH_THERMAL) return get_states(file, s);
    return s->initial != KZ_QUENCH_PRODUCT || get_spins(file, s, memory);
}

static bool get_method(hid_t file, kz_run_setup *s)
{
    const char *const names[] = {kz_run_method_name(KZ_METHOD_TEBD),
                                 kz_run_method_name(KZ_METHOD_FERMION)};
    int found = get_word(file, "method", names, 2);
    s->method = found == 0 ? KZ_METHOD_TEBD : KZ_METHOD_FERMION;
    return found >= 0;
}

static bool get_trotter(hid_t file, kz_run_setup *s)
{
    enum { SPLITTINGS = KZ_TROTTER_4_FOREST_RUTH + 1 };
    const char *names[SPLITTINGS];
    for (int k = 0; k < SPLITTINGS; k++)
        names[k] = kz_run_trotter_name((kz_trotter)k);
    int found = get_word(file, "splitting", names, SPLITTINGS);
    if (found >= 0) s->trotter = (kz_trotter)found;
    return found >= 0;
}

static bool get_tebd(hid_t file, kz_run_setup *s)
{
    long chi;
    if (!get_integer(file, "chi", &chi) || chi < 1 || !get_number(file, "dt", &s->dt) ||
        !get_trotter(file, s))
        return false;
    s->chi = (size_t)chi;
    s->cutoff_per_gate = H5Aexists(file, "cutoff_per_gate") > 0;
    return get_number(file, s->cutoff_per_gate ? "cutoff_per_gate" : "cutoff", &s->cutoff);
}

static bool get_setup(hid_t file, kz_run_setup *s, kz_run_chain *memory)
{
    long length;
    *s = kz_run_setup_default();
    if (!get_integer(file, "length", &length) || length < KZ_MPS_MIN_LENGTH ||
        length > KZ_MPS_MAX_LENGTH)
        return false;
    s->length = (size_t)length;
    s->densities = H5Lexists(file, "density_matrix", H5P_DEFAULT) > 0;
    s->correlations = H5Lexists(file, kz_run_correlation_name(KZ_RUN_ZZ), H5P_DEFAULT) > 0;
    return get_initial(file, s, memory) && get_couplings(file, s, memory) && get_method(file, s) &&
           kz_io_hdf5_get_text(s->left, sizeof s->left, file, "left") &&
           kz_io_hdf5_get_text(s->right, sizeof s->right, file, "right") &&
           get_number(file, "Delta_left", &s->delta_left) &&
           get_number(file, "Delta_right", &s->delta_right) &&
           (s->method == KZ_METHOD_FERMION || get_tebd(file, s)) && kz_run_setup_check(s) == KZ_OK;
}

static kz_status check_format(hid_t file, const char *path)
{
    char text[200];
    long version;
    if (!kz_io_hdf5_get_text(text, sizeof text, file, "format") ||
        strcmp(text, KZ_RUN_FORMAT) != 0 || !get_integer(file, "format_version", &version) ||
        version < 1)
        return KZ_FAIL(KZ_EIO, "%s: is not a file that quench has written", path);
    if (version > KZ_RUN_FORMAT_VERSION)
        return KZ_FAIL(KZ_EIO, "%s: format %ld is newer than this kapitza, which reads up to %d",
                       path, version, KZ_RUN_FORMAT_VERSION);
    kz_status status = kz_io_hdf5_check_digest(file, version >= KZ_RUN_DIGEST_VERSION);
    if (status == KZ_OK) return KZ_OK;
    (void)snprintf(text, sizeof text, "%s", kz_error_reason());
    return KZ_FAIL(status, "%s: %s", path, text);
}

/* Sizes first: the file is not asked how much memory to take before all of them agree. */
static kz_status check_sizes(hid_t file, const kz_run_setup *s, hsize_t count, const char *path)
{
    const hsize_t size[2] = {count, s->length}, pairs[3] = {count, s->length, s->length};
    const hsize_t density[3] = {count, s->length - 2, KZ_DENSITY_SIZE};
    char fault[200];
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++) {
        const char *name = kz_run_dataset_name((kz_run_quantity)q, s);
        if (kz_io_hdf5_size_fault(fault, sizeof fault, file, name, 2, size))
            return KZ_FAIL(KZ_EIO, "%s: dataset %s %s", path, name, fault);
    }
    for (int q = 0; q < KZ_RUN_CORRELATIONS; q++) {
        const char *name = kz_run_correlation_name((kz_run_correlation)q);
        if (kz_run_has_correlation(s, (kz_run_correlation)q) &&
            kz_io_hdf5_size_fault(fault, sizeof fault, file, name, 3, pairs))
            return KZ_FAIL(KZ_EIO, "%s: dataset %s %s", path, name, fault);
    }
    if (s->densities &&
        kz_io_hdf5_size_fault(fault, sizeof fault, file, "density_matrix", 3, density))
        return KZ_FAIL(KZ_EIO, "%s: dataset density_matrix %s", path, fault);
    return KZ_OK;
}

static void get_accuracy(hid_t file, kz_run *run)
{
    double error, last = run->count > 0 ? run->time[run->count - 1] : 0.0;
    (void)get_number(file, "initial_energy", &run->initial_energy);
    (void)get_number(file, "initial_magnetization", &run->initial_magnetization);
    (void)get_number(file, "step", &run->step);
    (void)get_number(file, "truncation_bound", &run->truncation_bound);
    if (last > 0.0 && get_number(file, "step_error", &error))
        run->step_error = error / kz_run_step_growth(last);
}

/* What files may lack. */
static void get_extras(hid_t file, kz_run *run)
{
    hsize_t count = run->count;
    long left;
    if (get_integer(file, "times_left", &left) && left > 0) run->times_left = (size_t)left;
    if (!get_number(file, "ground_energy", &run->ground_energy)) run->ground_energy = NAN;
    if (!get_number(file, "ground_variance", &run->ground_variance)) run->ground_variance = NAN;
    if (!get_number(file, "ground_flip_error", &run->ground_flip_error))
        run->ground_flip_error = NAN;
    if (!get_number(file, "audit_excess", &run->audit_excess)) run->audit_excess = 0.0;
    get_accuracy(file, run);
    if (run->correlation_error &&
        !kz_io_hdf5_get_array(run->correlation_error, file, "correlation_error", 1, &count))
        for (size_t k = 0; k < run->count; k++)
            run->correlation_error[k] = NAN;
    if (kz_io_hdf5_get_array(run->chi_limit, file, "chi_limit", 1, &count)) return;
    for (size_t k = 0; k < run->count; k++)
        run->chi_limit[k] = run->setup.method == KZ_METHOD_TEBD ? (double)run->setup.chi : NAN;
}

static kz_status check_values(const kz_run *run, const char *path)
{
    char reason[200];
    kz_status status = kz_run_check_values(run);
    if (status == KZ_OK) return KZ_OK;
    (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
    return KZ_FAIL(status, "%s: %s", path, reason);
}

static kz_status get_array(double *out, hid_t file, const char *name, int rank, const hsize_t *size,
                           const char *path)
{
    char fault[200];
    if (kz_io_hdf5_get_array(out, file, name, rank, size)) return KZ_OK;
    kz_io_hdf5_read_fault(fault, sizeof fault, file, name);
    return KZ_FAIL(KZ_EIO, "%s: dataset %s %s", path, name, fault);
}

static kz_status get_rows(hid_t file, kz_run *run, const char *path)
{
    size_t L = run->setup.length;
    const hsize_t size[2] = {run->count, L}, pairs[3] = {run->count, L, L};
    const hsize_t density[3] = {run->count, L - 2, KZ_DENSITY_SIZE};
    KZ_TRY(get_array(run->time, file, "time", 1, size, path));
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
        KZ_TRY(get_array(run->value[q], file, kz_run_dataset_name((kz_run_quantity)q, &run->setup),
                         2, size, path));
    for (int q = 0; q < KZ_RUN_CORRELATIONS; q++) {
        if (!run->correlation[q]) continue;
        KZ_TRY(get_array(run->correlation[q], file, kz_run_correlation_name((kz_run_correlation)q),
                         3, pairs, path));
    }
    if (run->setup.densities)
        KZ_TRY(get_array(run->density, file, "density_matrix", 3, density, path));
    for (size_t k = 0; k < run->count; k++)
        if (!(run->time[k] >= 0.0 && isfinite(run->time[k]) &&
              (k == 0 || run->time[k] > run->time[k - 1])))
            return KZ_FAIL(KZ_EIO, "%s: is damaged, its times do not increase", path);
    return check_values(run, path);
}

/* A site of single precision, a copy's, may add this to a sum over the chain. */
static const double SITE_ROUNDING = 1e-7;

/* Energy and S^z of the chain do not drift by more than the file itself says. */
static kz_status check_sums(hid_t file, const kz_run *run, const char *path)
{
    kz_run_accuracy here;
    kz_run_get_accuracy(&here, run);
    const struct {
        const char *name;
        double drift, initial;
    } sums[] = {{"energy_drift", here.energy_drift, run->initial_energy},
                {"magnetization_drift", here.magnetization_drift, run->initial_magnetization}};
    for (int k = 0; k < 2; k++) {
        double stored;
        if (!get_number(file, sums[k].name, &stored)) continue;
        /* older files leave the first row for what t = 0 had, which may have drifted itself */
        double most = isnan(sums[k].initial) ? 2 * stored : stored;
        if (sums[k].drift > most + SITE_ROUNDING * (double)run->setup.length)
            return KZ_FAIL(KZ_EIO, "%s: is damaged: its rows drift by %.3g, its %s is %.3g", path,
                           sums[k].drift, sums[k].name, stored);
    }
    return KZ_OK;
}

/* A run without rows, for *count of them. */
static kz_status create(kz_run **out, hsize_t *count, hid_t file, const char *path)
{
    kz_run_setup setup;
    kz_run_chain memory = {0};
    kz_status status = KZ_OK;
    if (!get_setup(file, &setup, &memory))
        status = KZ_FAIL(KZ_EIO, "%s: a parameter is missing or makes no sense", path);
    else if (!kz_io_hdf5_get_size(count, file, "time", 1) || *count > KZ_RUN_TIMES_MAX)
        status = KZ_FAIL(KZ_EIO, "%s: dataset time is missing or has a wrong size", path);
    else
        status = check_sizes(file, &setup, *count, path);
    if (status == KZ_OK) status = kz_run_create(out, &setup);
    kz_run_chain_free(&memory);
    return status;
}

static kz_status get_run(kz_run **out, hid_t file, const char *path)
{
    hsize_t count;
    KZ_TRY(check_format(file, path));
    KZ_TRY(create(out, &count, file, path));
    KZ_TRY(kz_run_reserve(*out, (size_t)count));
    (*out)->count = (size_t)count;
    KZ_TRY(get_rows(file, *out, path));
    get_extras(file, *out);
    return check_sums(file, *out, path);
}

kz_status kz_run_read(kz_run **out, const char *path)
{
    kz_io_hdf5_file file;
    kz_io_hdf5_printer before;
    kz_run *run = NULL;
    *out = NULL;
    KZ_TRY(kz_io_hdf5_open(&file, path));
    kz_io_hdf5_silence(&before);
    kz_status status = get_run(&run, file.id, path);
    kz_io_hdf5_close(&file);
    kz_io_hdf5_restore(&before);
    if (status == KZ_OK)
        *out = run;
    else
        kz_run_free(run);
    return status;
}
