/* Runs among the parameters of tables. */
#include "cli/run_table.h"

#include "core/error.h"

const cli_run_names cli_run_plain = {"method", "dt",     "splitting",
                                     "chi",    "cutoff", "cutoff_per_gate"};

kz_status cli_run_describe(kz_io_table *table, const kz_run *run, const cli_run_names *name)
{
    const kz_run_setup *s = kz_run_get_setup(run);
    KZ_TRY(kz_io_table_set_text(table, name->method, kz_run_method_name(s->method)));
    if (s->method != KZ_METHOD_TEBD) return KZ_OK;
    KZ_TRY(kz_io_table_set_number(table, name->dt, s->dt));
    KZ_TRY(kz_io_table_set_text(table, name->splitting, kz_run_trotter_name(s->trotter)));
    KZ_TRY(kz_io_table_set_number(table, name->chi, (double)s->chi));
    return kz_io_table_set_number(table, s->cutoff_per_gate ? name->cutoff_per_gate : name->cutoff,
                                  s->cutoff);
}
