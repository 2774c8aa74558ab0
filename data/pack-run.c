/* A run as it is shipped: numbers rounded to what they are worth, so that they compress, and beside
 * the parameters how far they are from convergence.  Used by data/make-runs.
 *
 *   pack-run [--no-density-matrices] IN.h5 OUT.h5 BITS STEP_ERROR [OTHER.h5]
 *
 * Numbers are rounded to multiples of 2^-BITS; the discarded weight, which spans many decades, to
 * 20 significant bits.  STEP_ERROR, the largest error of the time step in a local observable, is
 * noted as the attribute step_error.  OTHER.h5 is the same run with another bond dimension: the
 * largest differences over all sites go into the attributes convergence_QUANTITY [4] at the times
 * convergence_time, convergence_chi is the other bond dimension. */
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "run/internal.h"

enum { TIMES = 4, WEIGHT_BITS = 20, MOST_BITS = 50 };
static const double times[TIMES] = {10.0, 20.0, 30.0, 40.0};
/* What is compared: all local observables and the entropy, not what the truncation itself is. */
static const kz_run_quantity compared[] = {KZ_RUN_ENERGY,        KZ_RUN_ENERGY_CURRENT,
                                           KZ_RUN_MAGNETIZATION, KZ_RUN_SPIN_CURRENT,
                                           KZ_RUN_ENTROPY,       KZ_RUN_ENERGY_CURRENT_LINK};
enum { COMPARED = sizeof compared / sizeof compared[0] };

typedef struct {
    const char *in, *out, *other;
    bool drops; /* the density matrices */
    int bits;
    double step_error;
} job;

/* -- rounding ---------------------------------------------------------------------------- */

static void round_to_grid(double *x, size_t count, int bits)
{
    for (size_t i = 0; i < count; i++)
        x[i] = ldexp(nearbyint(ldexp(x[i], bits)), -bits);
}

static void round_mantissas(double *x, size_t count, int bits)
{
    for (size_t i = 0; i < count; i++) {
        int exponent;
        double mantissa = frexp(x[i], &exponent);
        if (isfinite(x[i])) x[i] = ldexp(nearbyint(ldexp(mantissa, bits)), exponent - bits);
    }
}

static void drop_densities(kz_run *run)
{
    kz_free(run->density);
    run->density = NULL;
    run->setup.densities = false;
}

static void round_run(kz_run *run, int bits)
{
    size_t count = run->count * run->setup.length;
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++) {
        if (q == KZ_RUN_TRUNCATION)
            round_mantissas(run->value[q], count, WEIGHT_BITS);
        else
            round_to_grid(run->value[q], count, bits);
    }
    if (run->density)
        round_to_grid(run->density, run->count * kz_run_density_row(&run->setup), bits);
}

/* -- convergence
 * ----------------------------------------------------------------------------------- */

static const double *row_at(const kz_run *run, kz_run_quantity q, double t)
{
    for (size_t k = 0; k < kz_run_count(run); k++)
        if (kz_run_same_number(t, kz_run_times(run)[k])) return kz_run_row(run, q, k);
    return NULL;
}

/* Largest difference at time t; nan where either run does not have it. */
static double difference(const kz_run *a, const kz_run *b, kz_run_quantity q, double t)
{
    const double *x = row_at(a, q, t), *y = row_at(b, q, t);
    double largest = 0.0;
    if (!x || !y) return NAN;
    for (size_t i = 0; i < kz_run_get_setup(a)->length; i++)
        if (isfinite(x[i]) && isfinite(y[i])) largest = fmax(largest, fabs(x[i] - y[i]));
    return largest;
}

/* -- attributes
 * ------------------------------------------------------------------------------------- */

static bool put(hid_t file, const char *name, size_t count, const double *value)
{
    hsize_t size = count;
    hid_t space = count == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, NULL);
    hid_t attribute = H5Acreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = attribute >= 0 && H5Awrite(attribute, H5T_NATIVE_DOUBLE, value) >= 0;
    if (attribute >= 0) H5Aclose(attribute);
    if (space >= 0) H5Sclose(space);
    return good;
}

static bool put_convergence(hid_t file, const kz_run *run, const kz_run *other)
{
    double chi = (double)kz_run_get_setup(other)->chi, value[TIMES];
    bool good =
        put(file, "convergence_chi", 1, &chi) && put(file, "convergence_time", TIMES, times);
    for (int c = 0; c < COMPARED && good; c++) {
        char name[64];
        (void)snprintf(name, sizeof name, "convergence_%s", kz_run_quantity_name(compared[c]));
        for (int i = 0; i < TIMES; i++)
            value[i] = difference(run, other, compared[c], times[i]);
        good = put(file, name, TIMES, value);
    }
    return good;
}

static bool add_attributes(const char *path, const job *j, const kz_run *run, const kz_run *other)
{
    double rounding = ldexp(0.5, -j->bits);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    if (file < 0) return false;
    bool good = put(file, "rounding", 1, &rounding) && put(file, "step_error", 1, &j->step_error) &&
                (!other || put_convergence(file, run, other));
    return H5Fclose(file) >= 0 && good;
}

/* -- the whole
 * ---------------------------------------------------------------------------------------- */

static bool same_run(const kz_run *a, const kz_run *b)
{
    const kz_run_setup *s = kz_run_get_setup(a), *u = kz_run_get_setup(b);
    return s->length == u->length && s->initial == u->initial &&
           kz_run_same_number(s->delta_left, u->delta_left) &&
           kz_run_same_number(s->delta_right, u->delta_right);
}

static int fail(const char *path, const char *what)
{
    fprintf(stderr, "pack-run: %s: %s\n", path, what);
    return EXIT_FAILURE;
}

static int pack(const job *j, kz_run *run, const kz_run *other)
{
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.packing", j->out);
    if (length < 0 || (size_t)length >= sizeof temporary)
        return fail(j->out, "the name is too long");
    if (run->times_left > 0) return fail(j->in, "is not complete");
    if (other && !same_run(run, other)) return fail(j->other, "is another run");
    if (j->drops) drop_densities(run);
    round_run(run, j->bits);
    if (kz_run_write(run, temporary) != KZ_OK) return fail(j->out, kz_error_message());
    if (add_attributes(temporary, j, run, other) && rename(temporary, j->out) == 0)
        return EXIT_SUCCESS;
    (void)remove(temporary);
    return fail(j->out, "cannot be written");
}

static bool read_job(job *j, int count, char **words)
{
    char *end;
    bool drops = count > 1 && strcmp(words[1], "--no-density-matrices") == 0;
    if (drops) words++, count--;
    if (count < 5 || count > 6) return false;
    *j = (job){
        .drops = drops, .in = words[1], .out = words[2], .other = count > 5 ? words[5] : NULL};
    j->bits = (int)strtol(words[3], &end, 10);
    if (*end || j->bits < 8 || j->bits > MOST_BITS) return false;
    j->step_error = strtod(words[4], &end);
    return !*end && j->step_error >= 0.0;
}

int main(int count, char **words)
{
    job j;
    kz_run *run = NULL, *other = NULL;
    if (!read_job(&j, count, words)) {
        fprintf(stderr, "usage: pack-run [--no-density-matrices] IN.h5 OUT.h5 BITS STEP_ERROR "
                        "[OTHER.h5]\n");
        return 2;
    }
    int code = EXIT_FAILURE;
    if (kz_run_read(&run, j.in) != KZ_OK)
        code = fail(j.in, kz_error_message());
    else if (j.other && kz_run_read(&other, j.other) != KZ_OK)
        code = fail(j.other, kz_error_message());
    else
        code = pack(&j, run, other);
    kz_run_free(run);
    kz_run_free(other);
    return code;
}
