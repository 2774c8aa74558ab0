/* kapitza compare: how far two quenches differ, quantity by quantity and time by time. */
#include <math.h>
#include <string.h>

#include "cli/command/run_table.h"
#include "core/error.h"

static const char details[] =
    "Columns, one row per common time and quantity:\n"
    "  t quantity\n"
    "  maxdiff    largest |A - B| over the chain; inf where only one has a value\n"
    "  n_at_max   site or bond where it is\n"
    "The check that bond dimension, step and cutoff suffice.  Both files must hold the same "
    "chains,\n"
    "initial state and length, and have a time in common.\n"
    "\n"
    "example: kapitza compare chi350.h5 chi500.h5\n";

/* Of the physics; how many states were kept is no difference in the result. */
static const kz_run_quantity compared[] = {
    KZ_RUN_ENERGY,        KZ_RUN_ENERGY_CURRENT, KZ_RUN_ENERGY_CURRENT_LINK,
    KZ_RUN_MAGNETIZATION, KZ_RUN_SPIN_CURRENT,   KZ_RUN_ENTROPY};
enum { COMPARED = sizeof compared / sizeof compared[0] };

typedef struct {
    cli_common common;
    const char *path[2];
    kz_run *run[2];
    size_t common_times;
} job;

/* Next pair of rows with the same time from (*a, *b) on; false: none.  Times increase. */
static bool next_common(const job *j, size_t *a, size_t *b)
{
    while (*a < kz_run_count(j->run[0]) && *b < kz_run_count(j->run[1])) {
        double t = kz_run_times(j->run[0])[*a], u = kz_run_times(j->run[1])[*b];
        if (kz_run_same_number(t, u)) return true;
        if (t < u)
            ++*a;
        else
            ++*b;
    }
    return false;
}

static void check_files(job *j, cli_faults *faults)
{
    const kz_run_setup *a = kz_run_get_setup(j->run[0]), *b = kz_run_get_setup(j->run[1]);
    for (int k = 0; k < 2; k++)
        cli_check_apart(j->common.output, j->path[k], faults);
    if (!kz_run_same_chain(a, b) || !kz_run_same_initial(a, b)) {
        cli_fault(faults, "A.h5 B.h5",
                  "%.60s has another chain, length or initial state than %.60s", j->path[1],
                  j->path[0]);
        return;
    }
    for (size_t k = 0, l = 0; next_common(j, &k, &l); k++, l++)
        j->common_times++;
    if (j->common_times == 0)
        cli_fault(faults, "A.h5 B.h5", "%.60s has no time in common with %.60s", j->path[1],
                  j->path[0]);
}

/* Where both have no value there is no difference. */
static void largest(double *difference, double *site, const job *j, kz_run_quantity q, size_t a,
                    size_t b)
{
    size_t L = kz_run_get_setup(j->run[0])->length;
    const double *first = kz_run_row(j->run[0], q, a), *second = kz_run_row(j->run[1], q, b);
    *difference = 0.0;
    *site = (double)kz_run_site(j->run[0], 0);
    for (size_t i = 0; i < L; i++) {
        double x = first[i], y = second[i];
        if (isnan(x) && isnan(y)) continue;
        double d = isnan(x) || isnan(y) ? INFINITY : fabs(x - y);
        if (d <= *difference) continue;
        *difference = d;
        *site = (double)kz_run_site(j->run[0], i);
    }
}

static kz_status make_table(kz_io_table **out, const job *j, const cli_args *args)
{
    static const cli_run_names names[2] = {
        {"method_A", "dt_A", "splitting_A", "chi_A", "cutoff_A", "cutoff_per_gate_A"},
        {"method_B", "dt_B", "splitting_B", "chi_B", "cutoff_B", "cutoff_per_gate_B"}};
    double *t, *difference, *site;
    const char **quantity;
    size_t row = 0;
    KZ_TRY(cli_table_create(out, args, j->common_times * COMPARED, NULL));
    KZ_TRY(kz_io_table_set_text(*out, "A", j->path[0]));
    KZ_TRY(kz_io_table_set_text(*out, "B", j->path[1]));
    for (int k = 0; k < 2; k++)
        KZ_TRY(cli_run_describe(*out, j->run[k], &names[k]));
    KZ_TRY(kz_io_table_add_numbers(&t, *out, "t"));
    KZ_TRY(kz_io_table_add_words(&quantity, *out, "quantity"));
    KZ_TRY(kz_io_table_add_numbers(&difference, *out, "maxdiff"));
    KZ_TRY(kz_io_table_add_numbers(&site, *out, "n_at_max"));
    for (size_t a = 0, b = 0; next_common(j, &a, &b); a++, b++) {
        for (int k = 0; k < COMPARED; k++, row++) {
            t[row] = kz_run_times(j->run[0])[a];
            quantity[row] = kz_run_dataset_name(compared[k], kz_run_get_setup(j->run[0]));
            largest(&difference[row], &site[row], j, compared[k], a, b);
        }
    }
    return KZ_OK;
}

static int run_job(job *j, const cli_args *args, cli_faults *faults)
{
    kz_io_table *table = NULL;
    for (int k = 0; k < 2; k++) {
        kz_status status = kz_run_read(&j->run[k], j->path[k]);
        if (status != KZ_OK) return cli_report_status(args, status);
    }
    check_files(j, faults);
    if (faults->count) return cli_report_faults(args, faults);
    kz_status status = cli_output_check(j->common.output);
    if (status == KZ_OK) status = make_table(&table, j, args);
    if (status == KZ_OK) status = cli_output_write(j->common.output, table);
    kz_io_table_free(table);
    return status == KZ_OK ? CLI_DONE : cli_report_status(args, status);
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.path = {args->positional, args->second}};
    cli_read_common(&j.common, args, faults);
    int code = faults->count ? cli_report_faults(args, faults) : run_job(&j, args, faults);
    kz_run_free(j.run[0]);
    kz_run_free(j.run[1]);
    return code;
}

const cli_command cli_compare = {
    .name = "compare",
    .summary = "how far two quenches differ: the convergence check",
    .synopsis = "A.h5 B.h5 [-o FILE]",
    .details = details,
    .positional = "A.h5",
    .second = "B.h5",
    .grammar = CLI_GRAMMAR_OF_RUNS,
    .no_algebra = true,
    .run = run,
};
