/* Tables and inversions: cost against P, and the promised cases. */
#include "harness.h"

#include <stdlib.h>

#include <kapitza/table.h>

enum { AXIS = 101, MOST = 100000 };

typedef struct {
    kz_chain chain;
    kz_options options;
    double axis[AXIS];
    size_t n; /* of the axis, or points */
    kz_table *table;
    double *e, *m;
    kz_inverse *rows;
} table_case;

static kz_status run_table(double *checksum, void *context)
{
    const table_case *c = context;
    kz_table *table;
    kz_table_point p;
    kz_status status = kz_table_create(&table, c->chain, c->axis, c->n, c->axis, c->n, &c->options);
    if (status == KZ_OK) status = kz_table_get_node(&p, table, 1, 2);
    if (status == KZ_OK) *checksum = p.energy + p.magnetization;
    kz_table_free(table);
    return status;
}

static kz_status run_energy(double *checksum, void *context)
{
    const table_case *c = context;
    kz_table *table;
    size_t n, one;
    kz_status status = kz_table_create_energy(&table, c->chain, &c->options);
    if (status != KZ_OK) return status;
    kz_table_get_shape(&n, &one, table);
    *checksum = (double)n;
    kz_table_free(table);
    return KZ_OK;
}

static double sum_of(const table_case *c)
{
    double sum = 0;
    for (size_t i = 0; i < c->n; i++)
        sum += c->rows[i].beta + c->rows[i].mu;
    return sum;
}

static kz_status run_interpolation(double *checksum, void *context)
{
    table_case *c = context;
    kz_status status = kz_table_invert(c->rows, c->table, c->e, c->m, c->n, &c->options);
    *checksum = sum_of(c);
    return status;
}

static kz_status run_states(double *checksum, void *context)
{
    table_case *c = context;
    kz_inverter *inverter;
    kz_status status = kz_inverter_create(&inverter, c->chain, NULL, &c->options);
    if (status == KZ_OK) status = kz_inverter_solve(c->rows, inverter, c->e, c->m, c->n);
    *checksum = sum_of(c);
    kz_inverter_free(inverter);
    return status;
}

/* Points of the default range, from the table itself. */
static kz_status make_points(table_case *c)
{
    unsigned long state = 1;
    kz_status status =
        kz_table_create(&c->table, c->chain, c->axis, AXIS, c->axis, AXIS, &c->options);
    for (size_t i = 0; status == KZ_OK && i < MOST; i++) {
        double x[2];
        kz_table_point p;
        for (int k = 0; k < 2; k++) {
            state = state * 6364136223846793005UL + 1442695040888963407UL;
            x[k] = -5 + 10 * (double)(state >> 11) * 0x1p-53;
        }
        status = kz_table_evaluate(&p, c->table, x[0], x[1]);
        c->e[i] = p.energy;
        c->m[i] = p.magnetization;
    }
    return status;
}

static void time_inversions(const kz_bench *bench, table_case *c)
{
    c->e = malloc(MOST * sizeof *c->e);
    c->m = malloc(MOST * sizeof *c->m);
    c->rows = malloc(MOST * sizeof *c->rows);
    if (c->e && c->m && c->rows && make_points(c) == KZ_OK) {
        c->n = bench->toy ? 1000 : MOST;
        kz_bench_run(bench, "inversions by the table P=4", (long)c->n, 1000, run_interpolation, c);
        c->n = bench->toy ? 20 : 1000;
        kz_bench_run(bench, "inversions on states P=4", (long)c->n, 1500, run_states, c);
    }
    kz_table_free(c->table);
    free(c->e);
    free(c->m);
    free(c->rows);
}

int main(int argc, char **argv)
{
    kz_bench bench = kz_bench_start(argc, argv, "tables and inversion, two threads");
    static const int P[] = {2, 3, 4, 6, 8};
    table_case c = {.chain = kz_chain_xxz(4), .options = kz_options_default()};
#ifdef _OPENMP
    c.options.threads = 2;
#endif
    for (int i = 0; i < AXIS; i++)
        c.axis[i] = -5 + 0.1 * i;
    if (bench.toy) {
        c.options.tol = 1e-4;
        c.n = 5;
        kz_bench_run(&bench, "table", (long)c.n, 0, run_table, &c);
        time_inversions(&bench, &c);
        return kz_bench_end(&bench);
    }
    for (size_t i = 0; i < sizeof P / sizeof *P; i++) {
        c.chain = kz_chain_xxz(P[i]);
        c.n = AXIS;
        kz_bench_run(&bench, "table 101x101 tol=1e-10, n = P", P[i], P[i] == 4 ? 2000 : 0,
                     run_table, &c);
        kz_bench_run(&bench, "beta(e) tol=1e-10, n = P", P[i], 0, run_energy, &c);
    }
    c.chain = kz_chain_xxz(4);
    time_inversions(&bench, &c);
    return kz_bench_end(&bench);
}
