/* A quench in memory. */
#include "cli/run.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

const char *const cli_quantity_names[CLI_QUANTITIES] = {
    "energy",  "energy_current", "magnetization", "spin_current",
    "entropy", "bond_dimension", "truncation",    "energy_current_link"};

static size_t density_size(const cli_run *run) { return (run->setup.length - 2) * KZ_DENSITY_SIZE; }

static kz_status grow(double **array, size_t old, size_t count)
{
    double *data;
    KZ_TRY(kz_alloc_doubles(&data, count));
    if (old > 0) memcpy(data, *array, old * sizeof *data);
    kz_free(*array);
    *array = data;
    return KZ_OK;
}

kz_status cli_run_reserve(cli_run *run, size_t times)
{
    size_t L = run->setup.length;
    if (times <= run->capacity) return KZ_OK;
    kz_status status = grow(&run->time, run->count, times);
    if (status == KZ_OK) status = grow(&run->chi_limit, run->count, times);
    for (int q = 0; q < CLI_QUANTITIES && status == KZ_OK; q++)
        status = grow(&run->value[q], run->count * L, times * L);
    if (status == KZ_OK && run->setup.densities)
        status = grow(&run->density, run->count * density_size(run), times * density_size(run));
    if (status == KZ_OK) run->capacity = times;
    return status;
}

void cli_run_free(cli_run *run)
{
    kz_free(run->time);
    kz_free(run->chi_limit);
    for (int q = 0; q < CLI_QUANTITIES; q++)
        kz_free(run->value[q]);
    kz_free(run->density);
    *run = (cli_run){.count = 0};
}

bool cli_same_number(double a, double b) { return fabs(a - b) <= 1e-9 * fmax(1.0, fabs(a)); }

const char *cli_trotter_name(kz_trotter trotter)
{
    static const char *const names[] = {"second order", "fourth order, optimised",
                                        "fourth order, Suzuki", "fourth order, Forest-Ruth"};
    return names[trotter];
}

const cli_run_names cli_run_plain = {"method", "dt",     "splitting",
                                     "chi",    "cutoff", "cutoff_per_gate"};

kz_status cli_run_describe(kz_io_table *table, const cli_run *run, const cli_run_names *name)
{
    const cli_setup *s = &run->setup;
    bool tebd = s->method == CLI_METHOD_TEBD;
    KZ_TRY(kz_io_table_set_text(table, name->method, tebd ? "tebd" : "fermion"));
    if (!tebd) return KZ_OK;
    KZ_TRY(kz_io_table_set_number(table, name->dt, s->dt));
    KZ_TRY(kz_io_table_set_text(table, name->splitting, cli_trotter_name(s->trotter)));
    KZ_TRY(kz_io_table_set_number(table, name->chi, (double)s->chi));
    return kz_io_table_set_number(table, s->cutoff_per_gate ? name->cutoff_per_gate : name->cutoff,
                                  s->cutoff);
}

long cli_run_site(const cli_run *run, size_t i)
{
    return (long)i - (long)(run->setup.length / 2) + 1;
}

void cli_run_couplings(double *delta, const cli_run *run)
{
    size_t L = run->setup.length;
    for (size_t i = 0; i + 1 < L; i++)
        delta[i] = i < L / 2 ? run->setup.delta_left : run->setup.delta_right;
}
