/* Open chains with any bonds: states of one S^z sector in real time. */
#include "support/ed.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "support/ed-internal.h"

struct ed_chain {
    int sites, dimension;
    unsigned *spins; /* [dimension] basis states, ascending */
    int *index;      /* [2^sites] their numbers, -1 outside the sector */
    double *delta;   /* [sites-1] */
    double *energy;  /* [dimension] */
    double *vector;  /* [dimension][dimension] column-major, one eigenvector a column */
};

static void fill_hamiltonian(ed_chain *chain, const double *scale)
{
    size_t n = (size_t)chain->dimension;
    for (size_t a = 0; a < n; a++) {
        unsigned state = chain->spins[a];
        for (int i = 0; i + 1 < chain->sites; i++) {
            double factor = scale ? scale[i] : 1.0;
            if (bit(state, i) == bit(state, i + 1)) {
                chain->vector[a + a * n] += 0.25 * factor * chain->delta[i];
                continue;
            }
            chain->vector[a + a * n] -= 0.25 * factor * chain->delta[i];
            size_t b = (size_t)chain->index[state ^ (3U << i)];
            chain->vector[b + a * n] += 0.5 * factor;
        }
    }
}

ed_chain *ed_chain_create(int L, int up, const double *delta, const double *scale)
{
    require(L >= 2 && L <= 14 && up >= 0 && up <= L, "open chains have 2 to 14 sites");
    ed_chain *chain = allocate(1, sizeof *chain);
    size_t states = (size_t)1 << L;
    chain->sites = L;
    chain->spins = allocate(states, sizeof *chain->spins);
    chain->index = allocate(states, sizeof *chain->index);
    for (unsigned state = 0; state < states; state++) {
        chain->index[state] = count_bits(state) == up ? chain->dimension : -1;
        if (chain->index[state] >= 0) chain->spins[chain->dimension++] = state;
    }
    chain->delta = allocate((size_t)L - 1, sizeof *chain->delta);
    memcpy(chain->delta, delta, ((size_t)L - 1) * sizeof *chain->delta);
    size_t n = (size_t)chain->dimension;
    chain->energy = allocate(n, sizeof *chain->energy);
    chain->vector = allocate(n * n, sizeof *chain->vector);
    fill_hamiltonian(chain, scale);
    require(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', chain->dimension, chain->vector,
                           chain->dimension, chain->energy) == 0,
            "dsyevd");
    return chain;
}

void ed_chain_free(ed_chain *chain)
{
    if (!chain) return;
    free(chain->spins);
    free(chain->index);
    free(chain->delta);
    free(chain->energy);
    free(chain->vector);
    free(chain);
}

int ed_chain_dimension(const ed_chain *chain) { return chain->dimension; }

double ed_chain_ground_energy(const ed_chain *chain) { return chain->energy[0]; }

unsigned ed_chain_spins(const ed_chain *chain, int index) { return chain->spins[index]; }

void ed_chain_ground_state(double complex *out, const ed_chain *chain)
{
    for (int i = 0; i < chain->dimension; i++)
        out[i] = chain->vector[i];
}

void ed_chain_product_state(double complex *out, const ed_chain *chain, unsigned spins)
{
    require(spins < 1U << chain->sites && chain->index[spins] >= 0, "state outside the sector");
    for (int i = 0; i < chain->dimension; i++)
        out[i] = i == chain->index[spins] ? 1.0 : 0.0;
}

/* A complex vector is a real matrix of two columns, row-major. */
static void apply_vectors(double complex *out, const ed_chain *chain, const double complex *in,
                          int inverse)
{
    int n = chain->dimension;
    cblas_dgemm(CblasRowMajor, inverse ? CblasNoTrans : CblasTrans, CblasNoTrans, n, 2, n, 1.0,
                chain->vector, n, (const double *)in, 2, 0.0, (double *)out, 2);
}

void ed_chain_evolve(double complex *out, const ed_chain *chain, const double complex *in, double t)
{
    double complex *modes = allocate((size_t)chain->dimension, sizeof *modes);
    apply_vectors(modes, chain, in, 1);
    for (int i = 0; i < chain->dimension; i++) {
        double angle = chain->energy[i] * t;
        modes[i] *= cos(angle) - I * sin(angle);
    }
    apply_vectors(out, chain, modes, 0);
    free(modes);
}

/* out = h_i state, without scale. */
static void apply_bond(double complex *out, const ed_chain *chain, int i,
                       const double complex *state)
{
    for (int a = 0; a < chain->dimension; a++) {
        unsigned spins = chain->spins[a];
        if (bit(spins, i) == bit(spins, i + 1))
            out[a] = 0.25 * chain->delta[i] * state[a];
        else
            out[a] =
                -0.25 * chain->delta[i] * state[a] + 0.5 * state[chain->index[spins ^ (3U << i)]];
    }
}

static double complex inner(const double complex *a, const double complex *b, int n)
{
    double complex sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += conj(a[i]) * b[i];
    return sum;
}

static double magnetization(const ed_chain *chain, int i, const double complex *state)
{
    double sum = 0.0;
    for (int a = 0; a < chain->dimension; a++) {
        double p = creal(state[a]) * creal(state[a]) + cimag(state[a]) * cimag(state[a]);
        sum += bit(chain->spins[a], i) ? 0.5 * p : -0.5 * p;
    }
    return sum;
}

/* <Sx_i Sy_{i+1} - Sy_i Sx_{i+1}> = (i/2) <S+_i S-_{i+1} - h.c.> = -Im <S+_i S-_{i+1}>. */
static double spin_current(const ed_chain *chain, int i, const double complex *state)
{
    double complex sum = 0.0;
    for (int a = 0; a < chain->dimension; a++) {
        unsigned spins = chain->spins[a];
        if (bit(spins, i) || !bit(spins, i + 1)) continue;
        sum += conj(state[chain->index[spins ^ (3U << i)]]) * state[a];
    }
    return -cimag(sum);
}

/* From the Schmidt values of the cut between sites i and i+1. */
static double entropy(const ed_chain *chain, int i, const double complex *state)
{
    int rows = 1 << (i + 1), columns = 1 << (chain->sites - i - 1);
    int least = rows < columns ? rows : columns;
    /* One column more than zgesdd needs: zgemv of OpenBLAS 0.3.21 reads that far past the end (its
     * issue 4013). */
    double complex *matrix = allocate((size_t)rows * (size_t)(columns + 1), sizeof *matrix);
    double complex unused;
    double *value = allocate((size_t)least, sizeof *value), sum = 0.0;
    for (int a = 0; a < chain->dimension; a++)
        matrix[chain->spins[a]] = state[a];
    require(LAPACKE_zgesdd(LAPACK_COL_MAJOR, 'N', rows, columns, matrix, rows, value, &unused, 1,
                           &unused, 1) == 0,
            "zgesdd");
    for (int k = 0; k < least; k++) {
        double p = value[k] * value[k];
        if (p > 0.0) sum -= p * log(p);
    }
    free(matrix);
    free(value);
    return sum;
}

/* link[i] = i <[h_{i-1}, h_i]> = -2 Im <h_{i-1} psi | h_i psi>, energy[i] = <psi | h_i psi>. */
static void measure_bonds(double *energy, double *link, const ed_chain *chain,
                          const double complex *state)
{
    int n = chain->dimension, L = chain->sites;
    double complex *previous = allocate((size_t)n, sizeof *previous);
    double complex *here = allocate((size_t)n, sizeof *here);
    for (int i = 0; i + 1 < L; i++) {
        apply_bond(here, chain, i, state);
        energy[i] = creal(inner(state, here, n));
        link[i] = i > 0 ? -2.0 * cimag(inner(previous, here, n)) : NAN;
        double complex *swap = previous;
        previous = here;
        here = swap;
    }
    energy[L - 1] = link[L - 1] = NAN;
    free(previous);
    free(here);
}

void ed_chain_measure(const kz_lattice_profile *out, const ed_chain *chain,
                      const double complex *state)
{
    int L = chain->sites;
    double *energy = allocate((size_t)L, sizeof *energy), *link = allocate((size_t)L, sizeof *link);
    measure_bonds(energy, link, chain, state);
    for (int i = 0; i < L; i++) {
        int last = i == L - 1;
        if (out->energy) out->energy[i] = energy[i];
        if (out->energy_current_link) out->energy_current_link[i] = link[i];
        if (out->energy_current)
            out->energy_current[i] = last ? NAN : 0.5 * (link[i] + link[i + 1]);
        if (out->magnetization) out->magnetization[i] = magnetization(chain, i, state);
        if (out->spin_current) out->spin_current[i] = last ? NAN : spin_current(chain, i, state);
        if (out->entropy) out->entropy[i] = last ? NAN : entropy(chain, i, state);
    }
    free(energy);
    free(link);
}
