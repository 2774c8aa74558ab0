/* Periodic chains: spectra by S^z and momentum. */
#include "support/ed.h"

#include <lapacke.h>
#include <math.h>

#include "support/ed-internal.h"

static const double pi = 3.14159265358979323846;

struct ed_spectrum {
    int sites;
    size_t count;
    double *energy, *spin, *multiplicity; /* [count] */
};

/* Orbits of the translation among the states with a given number of up spins. */
typedef struct {
    int sites, count;
    unsigned *smallest; /* [count] smallest member of the orbit */
    int *period;        /* [count] */
    int *orbit;         /* [2^sites] orbit a state belongs to */
    int *shift;         /* [2^sites] translations that take the smallest member to the state */
} orbit_table;

static unsigned translate(unsigned bits, int sites)
{
    return (bits << 1 | bits >> (sites - 1)) & ((1U << sites) - 1U);
}

static orbit_table orbits_create(int sites, int up)
{
    size_t states = (size_t)1 << sites;
    orbit_table table = {.sites = sites};
    table.smallest = allocate(states, sizeof *table.smallest);
    table.period = allocate(states, sizeof *table.period);
    table.orbit = allocate(states, sizeof *table.orbit);
    table.shift = allocate(states, sizeof *table.shift);
    for (size_t i = 0; i < states; i++)
        table.orbit[i] = -1;
    for (unsigned first = 0; first < states; first++) {
        if (count_bits(first) != up || table.orbit[first] >= 0) continue;
        int shift = 0;
        unsigned member = first;
        do {
            table.orbit[member] = table.count;
            table.shift[member] = shift++;
            member = translate(member, sites);
        } while (member != first);
        table.smallest[table.count] = first;
        table.period[table.count++] = shift;
    }
    return table;
}

static void orbits_free(orbit_table *table)
{
    free(table->smallest);
    free(table->period);
    free(table->orbit);
    free(table->shift);
}

/* Column of the block at momentum 2 pi m/L: H |a> with |a> = R_a^{-1/2} sum_r e^{-ikr} T^r |a_0>.
 * T^s |b_0> projected on the momentum is e^{iks} |b>, and norms give sqrt(R_a/R_b). */
static void fill_column(double complex *block, int n, const int *row, const orbit_table *table,
                        int a, int m, double delta)
{
    unsigned state = table->smallest[a];
    for (int i = 0; i < table->sites; i++) {
        int j = (i + 1) % table->sites;
        if (bit(state, i) == bit(state, j)) {
            block[row[a] + row[a] * n] += 0.25 * delta;
            continue;
        }
        block[row[a] + row[a] * n] -= 0.25 * delta;
        unsigned flipped = state ^ (1U << i | 1U << j);
        int b = table->orbit[flipped];
        if (row[b] < 0) continue;
        double angle = 2.0 * pi * m * table->shift[flipped] / table->sites;
        block[row[b] + row[a] * n] +=
            0.5 * sqrt((double)table->period[a] / table->period[b]) * (cos(angle) + I * sin(angle));
    }
}

static void append(ed_spectrum *spectrum, double energy, double spin, double multiplicity)
{
    spectrum->energy[spectrum->count] = energy;
    spectrum->spin[spectrum->count] = spin;
    spectrum->multiplicity[spectrum->count++] = multiplicity;
}

/* Momenta m and L - m have equal spectra, and so have up and L - up. */
static void diagonalize_block(ed_spectrum *spectrum, const orbit_table *table, int up, int m,
                              double delta)
{
    int n = 0, *row = allocate((size_t)table->count, sizeof *row);
    for (int a = 0; a < table->count; a++)
        row[a] = table->period[a] * m % table->sites == 0 ? n++ : -1;
    double complex *block = allocate((size_t)n * (size_t)n, sizeof *block);
    double *energy = allocate((size_t)n, sizeof *energy);
    for (int a = 0; a < table->count; a++)
        if (row[a] >= 0) fill_column(block, n, row, table, a, m, delta);
    if (n > 0)
        require(LAPACKE_zheevd(LAPACK_COL_MAJOR, 'N', 'L', n, block, n, energy) == 0, "zheevd");
    double spin = up - 0.5 * table->sites, multiplicity = m == 0 || 2 * m == table->sites ? 1 : 2;
    for (int i = 0; i < n; i++) {
        append(spectrum, energy[i], spin, multiplicity);
        if (2 * up != table->sites) append(spectrum, energy[i], -spin, multiplicity);
    }
    free(row);
    free(block);
    free(energy);
}

ed_spectrum *ed_spectrum_create(int L, double delta)
{
    require(L >= 3 && L <= 16, "periodic chains have 3 to 16 sites");
    ed_spectrum *spectrum = allocate(1, sizeof *spectrum);
    size_t states = (size_t)1 << L;
    *spectrum = (ed_spectrum){.sites = L,
                              .energy = allocate(states, sizeof(double)),
                              .spin = allocate(states, sizeof(double)),
                              .multiplicity = allocate(states, sizeof(double))};
    for (int up = 0; 2 * up <= L; up++) {
        orbit_table table = orbits_create(L, up);
        for (int m = 0; 2 * m <= L; m++)
            diagonalize_block(spectrum, &table, up, m, delta);
        orbits_free(&table);
    }
    double total = 0.0;
    for (size_t i = 0; i < spectrum->count; i++)
        total += spectrum->multiplicity[i];
    require(total == (double)states, "wrong number of states");
    return spectrum;
}

void ed_spectrum_free(ed_spectrum *spectrum)
{
    if (!spectrum) return;
    free(spectrum->energy);
    free(spectrum->spin);
    free(spectrum->multiplicity);
    free(spectrum);
}

double ed_spectrum_energy_min(const ed_spectrum *spectrum)
{
    double least = INFINITY;
    for (size_t i = 0; i < spectrum->count; i++)
        least = fmin(least, spectrum->energy[i]);
    return least;
}

double ed_spectrum_energy_max(const ed_spectrum *spectrum)
{
    double largest = -INFINITY;
    for (size_t i = 0; i < spectrum->count; i++)
        largest = fmax(largest, spectrum->energy[i]);
    return largest;
}

kz_thermo ed_spectrum_thermo(const ed_spectrum *s, double beta, double mu)
{
    double top = -INFINITY, z = 0.0, energy = 0.0, spin = 0.0;
    for (size_t i = 0; i < s->count; i++)
        top = fmax(top, mu * s->spin[i] - beta * s->energy[i]);
    for (size_t i = 0; i < s->count; i++) {
        double p = s->multiplicity[i] * exp(mu * s->spin[i] - beta * s->energy[i] - top);
        z += p;
        energy += p * s->energy[i];
        spin += p * s->spin[i];
    }
    energy /= z;
    spin /= z;
    double ee = 0.0, es = 0.0, ss = 0.0; /* covariances, from deviations */
    for (size_t i = 0; i < s->count; i++) {
        double p = s->multiplicity[i] * exp(mu * s->spin[i] - beta * s->energy[i] - top) / z;
        double de = s->energy[i] - energy, ds = s->spin[i] - spin;
        ee += p * de * de;
        es += p * de * ds;
        ss += p * ds * ds;
    }
    double sites = s->sites, ln_z = (top + log(z)) / sites;
    return (kz_thermo){.beta = beta,
                       .mu = mu,
                       .ln_z = ln_z,
                       .free_energy = beta == 0.0 ? NAN : -ln_z / beta,
                       .energy = energy / sites,
                       .magnetization = spin / sites,
                       .entropy = ln_z + (beta * energy - mu * spin) / sites,
                       .heat_capacity =
                           (beta * beta * ee - 2 * beta * mu * es + mu * mu * ss) / sites,
                       .susceptibility = ss / sites,
                       .energy_beta = -ee / sites,
                       .magnetization_beta = -es / sites,
                       .drude_spin = NAN,
                       .drude_energy = NAN,
                       .drude_cross = NAN};
}
