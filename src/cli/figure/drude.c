/* Spin Drude weight and diffusion against Delta, at infinite temperature and half filling, where
 * both are symmetric in Delta: fractions to P = 20, and chains with a gap. */
#include <math.h>
#include <stdio.h>

#include <kapitza/thermo.h>

#include "cli/figure/figure.h"
#include "core/error.h"

/* Of what is drawn; heavy strings take dense systems, and a picture shows three digits. */
static const double ACCURACY = 1e-2;

enum { LARGEST_P = 20, GAPPED = 49 };
static const double gapped_step = 0.02;

enum { P, Q, DELTA, DRUDE, DIFFUSION, ONSAGER, ERR, COLUMNS };
static const char *const names[COLUMNS] = {
    "P", "Q", "Delta", "drude_spin", "spin_diffusion", "spin_onsager", "err"};

/* Fractions 0 < Q/P <= 1/2 by increasing P, then the chains with a gap; returns how many. */
static size_t list_chains(kz_chain *out)
{
    size_t count = 0;
    for (int p = 2; p <= LARGEST_P; p++) {
        for (int q = 1; 2 * q <= p; q++) {
            kz_chain chain = kz_chain_rational(p, q);
            if (chain.P != p) continue; /* seen before, reduced */
            if (out) out[count] = chain;
            count++;
        }
    }
    for (int i = 1; i <= GAPPED; i++, count++)
        if (out) out[count] = kz_chain_axial(1 + gapped_step * i);
    return count;
}

static kz_status fill_row(double *const column[COLUMNS], size_t row, kz_chain chain)
{
    const kz_state hot = kz_state_thermal(0, 0);
    kz_thermo thermo;
    kz_spin_diffusion d;
    bool gap = chain.kind == KZ_CHAIN_AXIAL;
    KZ_TRY(kz_thermo_compute(&thermo, chain, &hot, ACCURACY * 1e-4));
    KZ_TRY(kz_spin_diffusion_compute(&d, chain, &hot, ACCURACY));
    column[P][row] = gap ? (double)NAN : chain.P;
    column[Q][row] = gap ? (double)NAN : kz_chain_numerator(chain);
    column[DELTA][row] = kz_chain_delta(chain);
    column[DRUDE][row] = thermo.drude_spin;
    column[DIFFUSION][row] = d.diffusion;
    column[ONSAGER][row] = d.onsager;
    column[ERR][row] = fmax(thermo.err, d.err);
    return KZ_OK;
}

static kz_status fill(kz_io_table *table, size_t rows, int threads)
{
    double *column[COLUMNS];
    kz_chain chain[LARGEST_P * LARGEST_P + GAPPED];
    kz_status status = KZ_OK;
    char reason[256] = "";
    KZ_TRY(kz_io_table_set_number(table, "beta", 0));
    KZ_TRY(kz_io_table_set_number(table, "mu", 0));
    for (int i = 0; i < COLUMNS; i++)
        KZ_TRY(kz_io_table_add_numbers(&column[i], table, names[i]));
    (void)list_chains(chain);
    (void)threads;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
    for (size_t row = 0; row < rows; row++) {
        kz_status here = fill_row(column, row, chain[row]);
#pragma omp critical
        if (here != KZ_OK) {
            status = here;
            (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
        }
    }
    return status == KZ_OK ? KZ_OK : KZ_FAIL(status, "%s", reason);
}

kz_status cli_figure_drude(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    (void)panel;
    size_t rows = list_chains(NULL);
    KZ_TRY(cli_table_create(out, figure->args, rows, NULL));
    kz_status status = fill(*out, rows, figure->common->options.threads);
    if (status == KZ_OK) return KZ_OK;
    kz_io_table_free(*out);
    *out = NULL;
    return status;
}
