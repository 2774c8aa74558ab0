/* Attaches beta and mu to a profile of energies and magnetizations.
 *
 *     cc -o invert_profile invert_profile.c $(pkg-config --cflags --libs kapitza)
 *     ./invert_profile table.h5 <profile.tsv       columns: energy magnetization
 *     ./invert_profile                             a demonstration that checks itself
 *
 * Without a table the profile is a linear ramp of thermal states of the chain Delta = cos(pi/4):
 * their energies and magnetizations are computed, inverted by a small table and compared. */
#include <math.h>
#include <stdio.h>

#include <kapitza/kapitza.h>
#include <kapitza/table.h>

enum { POINTS = 9 };

static int complain(kz_status status)
{
    fprintf(stderr, "%s: %s\n", kz_status_text(status), kz_error_message());
    return 1;
}

static void print_row(const kz_inverse *row)
{
    printf("%.12g\t%.12g\t%.9g\t%.9g\t%.1e\t%s\n", row->energy, row->magnetization, row->beta,
           row->mu, row->err, kz_place_text(row->place));
}

static int invert_stdin(const char *path)
{
    kz_table *table;
    kz_options options = kz_options_default();
    kz_inverse row;
    double energy, magnetization;
    kz_status status = kz_table_read(&table, path);
    while (status == KZ_OK && scanf("%lf %lf", &energy, &magnetization) == 2) {
        status = kz_table_invert(&row, table, &energy, &magnetization, 1, &options);
        if (status == KZ_OK) print_row(&row);
    }
    kz_table_free(table);
    return status == KZ_OK ? 0 : complain(status);
}

/* Energies and magnetizations of states between (beta, mu) = (0.2, 1) and (1.8, -1). */
static kz_status make_profile(double *energy, double *magnetization, double *beta, double *mu)
{
    for (int i = 0; i < POINTS; i++) {
        kz_thermo thermo;
        beta[i] = 0.2 + 1.6 * i / (POINTS - 1);
        mu[i] = 1 - 2.0 * i / (POINTS - 1);
        kz_state state = kz_state_thermal(beta[i], mu[i]);
        kz_status status = kz_thermo_compute(&thermo, kz_chain_xxz(4), &state, 1e-10);
        if (status != KZ_OK) return status;
        energy[i] = thermo.energy;
        magnetization[i] = thermo.magnetization;
    }
    return KZ_OK;
}

static int demonstrate(void)
{
    static const double betas[] = {0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2};
    static const double mus[] = {-1.5, -1.25, -1,   -0.75, -0.5, -0.25, 0,
                                 0.25, 0.5,   0.75, 1,     1.25, 1.5};
    double energy[POINTS], magnetization[POINTS], beta[POINTS], mu[POINTS];
    kz_options options = kz_options_default();
    kz_inverse rows[POINTS];
    kz_table *table = NULL;
    int wrong = 0;
    kz_status status = make_profile(energy, magnetization, beta, mu);
    if (status == KZ_OK)
        status = kz_table_create(&table, kz_chain_xxz(4), betas, sizeof betas / sizeof *betas, mus,
                                 sizeof mus / sizeof *mus, &options);
    if (status == KZ_OK)
        status = kz_table_invert(rows, table, energy, magnetization, POINTS, &options);
    kz_table_free(table);
    if (status != KZ_OK) return complain(status);
    puts("# energy\tmagnetization\tbeta\tmu\terr\tstatus");
    for (int i = 0; i < POINTS; i++) {
        print_row(&rows[i]);
        wrong += !(fabs(rows[i].beta - beta[i]) < 1e-3 && fabs(rows[i].mu - mu[i]) < 1e-3);
    }
    return wrong ? 1 : 0;
}

int main(int count, char **words) { return count > 1 ? invert_stdin(words[1]) : demonstrate(); }
