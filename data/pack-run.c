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

/* -- convergence --------------------------------------------------------------------------- */

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

/* -- attributes -------------------------------------------------------------------------- */

static void note(kz_run *run, const char *name, size_t count, const double *value)
{
    kz_run_note *n = &run->note[run->notes++];
    (void)snprintf(n->name, sizeof n->name, "%s", name);
    n->count = count;
    memcpy(n->value, value, count * sizeof *value);
}

static void note_convergence(kz_run *run, const kz_run *other)
{
    double chi = (double)kz_run_get_setup(other)->chi, value[TIMES];
    note(run, "convergence_chi", 1, &chi);
    note(run, "convergence_time", TIMES, times);
    for (int c = 0; c < COMPARED; c++) {
        char name[KZ_RUN_NOTE_NAME];
        (void)snprintf(name, sizeof name, "convergence_%s", kz_run_quantity_name(compared[c]));
        for (int i = 0; i < TIMES; i++)
            value[i] = difference(run, other, compared[c], times[i]);
        note(run, name, TIMES, value);
    }
}

static void note_all(kz_run *run, const job *j, const kz_run *other)
{
    const double rounding = ldexp(0.5, -j->bits);
    note(run, "rounding", 1, &rounding);
    /* run/accuracy.c makes the error at the last time of it, which is what is given. */
    run->step_error = j->step_error / kz_run_step_growth(kz_run_times(run)[run->count - 1]);
    if (other) note_convergence(run, other);
}

/* -- the whole ----------------------------------------------------------------------------- */

static bool same_run(const kz_run *a, const kz_run *b)
{
    const kz_run_setup *s = kz_run_get_setup(a), *u = kz_run_get_setup(b);
    return kz_run_same_chain(s, u) && kz_run_same_initial(s, u);
}

static int fail(const char *path, const char *what)
{
    fprintf(stderr, "pack-run: %s: %s\n", path, what);
    return EXIT_FAILURE;
}

static int pack(const job *j, kz_run *run, const kz_run *other)
{
    if (run->times_left > 0) return fail(j->in, "is not complete");
    if (other && !same_run(run, other)) return fail(j->other, "is another run");
    if (j->drops) drop_densities(run);
    round_run(run, j->bits);
    note_all(run, j, other);
    return kz_run_write(run, j->out) == KZ_OK ? EXIT_SUCCESS : fail(j->out, kz_error_message());
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
