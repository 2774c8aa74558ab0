/* Tables: memory, nodes, and the sweep over the rows of a grid. */
#include <math.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/progress.h"
#include "table/internal.h"

const char *const kz_table_field_name[KZ_FIELDS] = {
    "energy",         "magnetization",         "energy_beta",
    "energy_mu",      "magnetization_beta",    "magnetization_mu",
    "energy_beta_mu", "magnetization_beta_mu",
};

void kz_table_free(kz_table *table)
{
    if (!table) return;
    for (int f = 0; f < KZ_FIELDS; f++)
        kz_free(table->field[f]);
    double *arrays[] = {table->beta,  table->mu,    table->row_err, table->spread,
                        table->angle, table->value, table->slope};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_boundary_free(table->boundary);
    kz_free(table);
}

static kz_status allocate_grid(kz_table *t, size_t nb, size_t nm)
{
    t->nb = nb;
    t->nm = nm;
    KZ_TRY(kz_alloc_doubles(&t->beta, nb));
    KZ_TRY(kz_alloc_doubles(&t->mu, nm));
    KZ_TRY(kz_alloc_doubles(&t->row_err, nb));
    KZ_TRY(kz_alloc_doubles(&t->spread, 2 * nb * nm));
    for (int f = 0; f < KZ_FIELDS; f++)
        KZ_TRY(kz_alloc_doubles(&t->field[f], nb * nm));
    return KZ_OK;
}

static kz_status allocate_energy(kz_table *t, size_t n)
{
    t->n = n;
    KZ_TRY(kz_alloc_doubles(&t->angle, n));
    KZ_TRY(kz_alloc_doubles(&t->value, n));
    KZ_TRY(kz_alloc_doubles(&t->row_err, n));
    return kz_alloc_doubles(&t->slope, n);
}

kz_status kz_table_allocate(kz_table **out, kz_chain chain, double tol, size_t nb, size_t nm,
                            size_t n)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_table)));
    kz_table *table = memory;
    table->kind = n ? KZ_TABLE_ENERGY : KZ_TABLE_GRID;
    table->chain = chain;
    table->tol = tol;
    table->energy_min = kz_chain_energy_min(chain);
    table->energy_max = kz_chain_energy_max(chain);
    kz_status status = n ? allocate_energy(table, n) : allocate_grid(table, nb, nm);
    if (status != KZ_OK) {
        kz_table_free(table);
        return status;
    }
    *out = table;
    return KZ_OK;
}

kz_status kz_table_check_axis(const char *name, const double *x, size_t n)
{
    if (!x || n == 0) return KZ_FAIL(KZ_EINVAL, "%s: no values", name);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return KZ_FAIL(KZ_EINVAL, "%s[%zu] = %.15g is not finite", name, i, x[i]);
        if (i > 0 && !(x[i] > x[i - 1]))
            return KZ_FAIL(KZ_EINVAL, "%s must increase, %.15g follows %.15g", name, x[i],
                           x[i - 1]);
    }
    return KZ_OK;
}

/* Values such as first + k step are symmetric only up to rounding. */
static void symmetrise(double *x, size_t n)
{
    double size = fmax(fabs(x[0]), fabs(x[n - 1]));
    for (size_t i = 0; i < n; i++)
        if (fabs(x[i] + x[n - 1 - i]) > 1e-13 * size) return;
    for (size_t i = 0; 2 * i < n; i++) {
        double value = 2 * i + 1 == n ? 0 : 0.5 * (x[n - 1 - i] - x[i]);
        x[n - 1 - i] = value;
        x[i] = -value + 0.0;
    }
}

void kz_table_set_row(kz_table *table, size_t i, const double *row)
{
    size_t nm = table->nm;
    for (int f = 0; f < KZ_FIELDS; f++)
        memcpy(table->field[f] + i * nm, row + (size_t)f * nm, nm * sizeof *row);
    table->row_err[i] = row[(size_t)KZ_FIELDS * nm];
}

/* One call of kz_table_create, shared by its threads. */
typedef struct {
    kz_table *table;
    const kz_options *options;
    kz_progress progress;
    kz_first_failure first;
    kz_status machine; /* of the threads */
} sweep;

static void finish_row(sweep *s, size_t i, const double *row, kz_status status)
{
#pragma omp critical(kz_table_sweep)
    {
        kz_table_set_row(s->table, i, row);
        if (status != KZ_OK) kz_first_failure_note(&s->first, i, status);
    }
    kz_progress_add(&s->progress, 1, s->table->nb);
}

static void sweep_rows(sweep *s)
{
    kz_table *t = s->table;
#ifdef _OPENMP
    int threads = (size_t)s->options->threads < t->nb ? s->options->threads : (int)t->nb;
    (void)threads;
#pragma omp parallel num_threads(threads)
#endif
    {
        kz_row_work *work = NULL;
        double *row = NULL;
        kz_status status = kz_row_work_create(&work, t->chain, t->mu, t->nm, t->tol);
        if (status == KZ_OK) status = kz_alloc_doubles(&row, kz_row_size(t->nm));
        if (status != KZ_OK) {
#pragma omp critical(kz_table_sweep)
            s->machine = status;
        }
#ifdef _OPENMP
#pragma omp for schedule(dynamic)
#endif
        for (size_t i = 0; i < t->nb; i++)
            if (status == KZ_OK && !kz_progress_is_cancelled(&s->progress))
                finish_row(s, i, row, kz_row_compute(row, work, t->beta[i]));
        kz_row_work_free(work);
        kz_free(row);
    }
}

kz_status kz_table_begin(kz_table **out, kz_chain chain, const double *beta, size_t nb,
                         const double *mu, size_t nm, const kz_options *options)
{
    *out = NULL;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_options_check(options));
    KZ_TRY(kz_table_check_axis("beta", beta, nb));
    KZ_TRY(kz_table_check_axis("mu", mu, nm));
    KZ_TRY(kz_table_allocate(out, chain, options->tol, nb, nm, 0));
    memcpy((*out)->beta, beta, nb * sizeof *beta);
    memcpy((*out)->mu, mu, nm * sizeof *mu);
    symmetrise((*out)->mu, nm);
    return KZ_OK;
}

kz_status kz_table_create(kz_table **out, kz_chain chain, const double *beta, size_t nb,
                          const double *mu, size_t nm, const kz_options *options)
{
    *out = NULL;
    kz_table *table;
    KZ_TRY(kz_table_begin(&table, chain, beta, nb, mu, nm, options));
    sweep s = {.table = table, .options = options};
    kz_progress_start(&s.progress, options->progress, options->progress_context);
    sweep_rows(&s);
    kz_progress_end(&s.progress);
    kz_status status = KZ_OK;
    if (s.machine != KZ_OK)
        status = KZ_FAIL(s.machine, "no memory for the rows of the table");
    else if (kz_progress_is_cancelled(&s.progress))
        status = KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu of %zu rows", s.progress.done, nb);
    else
        status = kz_table_finish_grid(table);
    if (status != KZ_OK) {
        kz_table_free(table);
        return status;
    }
    *out = table;
    return KZ_FAIL_FIRST(&s.first);
}

kz_table_kind kz_table_get_kind(const kz_table *table) { return table->kind; }
kz_chain kz_table_get_chain(const kz_table *table) { return table->chain; }
double kz_table_get_tol(const kz_table *table) { return table->tol; }
double kz_table_get_error(const kz_table *table) { return table->err; }
double kz_table_get_energy_min(const kz_table *table) { return table->energy_min; }
double kz_table_get_energy_max(const kz_table *table) { return table->energy_max; }

void kz_table_get_shape(size_t *nb, size_t *nm, const kz_table *table)
{
    *nb = table->kind == KZ_TABLE_GRID ? table->nb : table->n;
    *nm = table->kind == KZ_TABLE_GRID ? table->nm : 1;
}

kz_status kz_table_get_node(kz_table_point *out, const kz_table *t, size_t i, size_t j)
{
    size_t rows, columns;
    kz_table_get_shape(&rows, &columns, t);
    if (i >= rows || j >= columns)
        return KZ_FAIL(KZ_EDOMAIN, "node (%zu, %zu) of a table of %zu x %zu", i, j, rows, columns);
    if (t->kind == KZ_TABLE_ENERGY) {
        kz_energy_value v = kz_energy_interpolate(t, t->angle[i]);
        *out = (kz_table_point){
            v.beta, 0, kz_energy_at(t, t->angle[i]), 0, 1 / v.slope, 0, 0, NAN, NAN, NAN, t->err};
        return KZ_OK;
    }
    size_t at = i * t->nm + j;
    *out = (kz_table_point){
        .beta = t->beta[i],
        .mu = t->mu[j],
        .energy = t->field[KZ_FIELD_E][at],
        .magnetization = t->field[KZ_FIELD_M][at],
        .energy_beta = t->field[KZ_FIELD_E_B][at],
        .energy_mu = t->field[KZ_FIELD_E_U][at],
        .magnetization_beta = t->field[KZ_FIELD_M_B][at],
        .magnetization_mu = t->field[KZ_FIELD_M_U][at],
        .energy_beta_mu = t->field[KZ_FIELD_E_BU][at],
        .magnetization_beta_mu = t->field[KZ_FIELD_M_BU][at],
        .err = t->row_err[i],
    };
    return KZ_OK;
}
