#include "parallel/table.h"

#include "core/error.h"
#include "core/memory.h"
#include "table/internal.h"

typedef struct {
    const kz_table *table;
    kz_row_work *work;
} row_context;

static kz_status compute_row(double *row, size_t i, void *context)
{
    const row_context *c = context;
    return kz_row_compute(row, c->work, c->table->beta[i]);
}

static kz_status sweep(kz_table *table, kz_farm_report *report, const kz_options *options)
{
    row_context context = {.table = table};
    double *rows = NULL;
    size_t width = kz_row_size(table->nm);
    kz_status status =
        kz_row_work_create(&context.work, table->chain, table->mu, table->nm, table->tol);
    if (status == KZ_OK && kz_farm_is_first()) status = kz_alloc_doubles(&rows, table->nb * width);
    /* nobody starts unless everybody can */
    status = kz_farm_agree(status);
    if (status == KZ_OK)
        status = kz_farm_run(rows, report, table->nb, width, compute_row, &context, options);
    for (size_t i = 0; status == KZ_OK && rows && i < table->nb; i++)
        kz_table_set_row(table, i, rows + i * width);
    if (status == KZ_OK && rows) status = kz_table_finish_grid(table);
    kz_free(rows);
    kz_row_work_free(context.work);
    return status;
}

kz_status kz_parallel_table(kz_table **out, kz_chain chain, const double *beta, size_t nb,
                            const double *mu, size_t nm, const kz_options *options)
{
    if (kz_farm_size() == 1) return kz_table_create(out, chain, beta, nb, mu, nm, options);
    kz_table *table;
    kz_farm_report report = {0};
    *out = NULL;
    kz_status status = kz_farm_agree(kz_table_begin(&table, chain, beta, nb, mu, nm, options));
    if (status == KZ_OK) status = sweep(table, &report, options);
    if (status != KZ_OK || !kz_farm_is_first()) {
        kz_table_free(table);
        return status;
    }
    *out = table;
    return report.failed ? KZ_FAIL(report.status, "%s", report.reason) : KZ_OK;
}
