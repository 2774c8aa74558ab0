/* rho(t) by dense matrices, sector by sector of total S^z. */
#include "support/dense.h"

#include <cblas.h>
#include <complex.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "support/ed-internal.h"

enum { MOST_L = 10, MOST_STATES = 1 << MOST_L };

typedef struct {
    int L, n;
    unsigned spins[MOST_STATES];                                  /* [n] bit i: site i is up */
    int index[MOST_STATES];                                       /* by spins */
    double J[MOST_L], delta[MOST_L], left[MOST_L], right[MOST_L]; /* of bonds */
    double mu[MOST_L];
} sector;

/* h of bond b on basis state `spins`: diagonal element, and the other where the spins differ. */
static double diagonal(const sector *s, int b, unsigned spins)
{
    double one = bit(spins, b) ? 0.5 : -0.5, two = bit(spins, b + 1) ? 0.5 : -0.5;
    return s->J[b] * s->delta[b] * one * two - s->left[b] * one - s->right[b] * two;
}

static unsigned flipped(unsigned spins, int b) { return spins ^ 3U << b; }

static int differ(unsigned spins, int b) { return bit(spins, b) != bit(spins, b + 1); }

/* a += sum_b weight_b h_b - sum mu Sz, column-major. */
static void fill(double *a, const sector *s, const double *weight, const double *mu)
{
    for (int k = 0; k < s->n; k++) {
        unsigned spins = s->spins[k];
        for (int i = 0; mu && i < s->L; i++)
            a[k + k * s->n] -= mu[i] * (bit(spins, i) ? 0.5 : -0.5);
        for (int b = 0; b + 1 < s->L; b++) {
            double w = weight ? weight[b] : 1.0;
            a[k + k * s->n] += w * diagonal(s, b, spins);
            if (differ(spins, b)) a[s->index[flipped(spins, b)] + k * s->n] += 0.5 * w * s->J[b];
        }
    }
}

static void diagonalise(double *a, double *value, int n)
{
    require(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', n, a, n, value) == 0, "dsyevd");
}

static void multiply(double *out, CBLAS_TRANSPOSE ta, const double *a, CBLAS_TRANSPOSE tb,
                     const double *b, int n)
{
    cblas_dgemm(CblasColMajor, ta, tb, n, n, n, 1.0, a, n, b, n, 0.0, out, n);
}

/* Not normalised; `scratch` [2 n^2]. */
static void initial(double *rho, const sector *s, const double *beta, const double *mu,
                    const unsigned *product, double *scratch)
{
    int n = s->n;
    double value[MOST_STATES], *vector = scratch, *scaled = scratch + n * n;
    memset(rho, 0, (size_t)(n * n) * sizeof *rho);
    if (product) {
        for (int k = 0; k < n; k++)
            if (s->spins[k] == *product) rho[k + k * n] = 1.0;
        return;
    }
    memset(vector, 0, (size_t)(n * n) * sizeof *vector);
    fill(vector, s, beta, mu);
    diagonalise(vector, value, n);
    for (int k = 0; k < n * n; k++)
        scaled[k] = vector[k] * exp(-value[k / n]);
    multiply(rho, CblasNoTrans, scaled, CblasTrans, vector, n);
}

/* <h_b> and i<[h_a, h_b]> = -2 Im Tr(rho h_a h_b), of re + i im. */
static double bond_energy(const sector *s, const double *re, int b)
{
    double sum = 0.0;
    for (int k = 0; k < s->n; k++) {
        sum += re[k + k * s->n] * diagonal(s, b, s->spins[k]);
        if (differ(s->spins[k], b))
            sum += 0.5 * s->J[b] * re[k + s->index[flipped(s->spins[k], b)] * s->n];
    }
    return sum;
}

static double commutator(const sector *s, const double *im, int a, int b)
{
    double sum = 0.0;
    for (int k = 0; k < s->n; k++) { /* h_a h_b |k> */
        unsigned first[2] = {s->spins[k], flipped(s->spins[k], b)};
        double factor[2] = {diagonal(s, b, first[0]), differ(first[0], b) ? 0.5 * s->J[b] : 0.0};
        for (int x = 0; x < 2; x++) {
            if (factor[x] == 0.0) continue;
            sum += factor[x] * diagonal(s, a, first[x]) * im[k + s->index[first[x]] * s->n];
            if (differ(first[x], a))
                sum += factor[x] * 0.5 * s->J[a] * im[k + s->index[flipped(first[x], a)] * s->n];
        }
    }
    return -2.0 * sum;
}

/* J <Sx Sy' - Sy Sx'> = J Im <S-_b S+_{b+1}>: (up, down) goes to (down, up). */
static double spin_current(const sector *s, const double *im, int b)
{
    double sum = 0.0;
    for (int k = 0; k < s->n; k++)
        if (differ(s->spins[k], b) && bit(s->spins[k], b))
            sum += im[k + s->index[flipped(s->spins[k], b)] * s->n];
    return s->J[b] * sum;
}

/* S+_i S-_j on `spins`, which it does not end. */
static int moves(unsigned spins, int i, int j)
{
    return i == j ? bit(spins, i) == 1 : bit(spins, j) && !bit(spins, i);
}

static void add_pairs(const kz_pair_correlations *out, const sector *s, const double *re,
                      const double *im)
{
    for (int i = 0; i < s->L; i++) {
        for (int j = 0; j < s->L; j++) {
            int at = i * s->L + j;
            for (int k = 0; k < s->n; k++) {
                unsigned spins = s->spins[k];
                double equal = bit(spins, i) == bit(spins, j) ? 0.25 : -0.25;
                out->zz[at] += equal * re[k + k * s->n];
                if (!moves(spins, i, j)) continue;
                int to = s->index[i == j ? spins : spins ^ (1U << i | 1U << j)];
                out->pm_real[at] += re[k + to * s->n];
                out->pm_imag[at] += im[k + to * s->n];
            }
        }
    }
}

static void add(const kz_lattice_profile *out, const sector *s, const double *re, const double *im)
{
    for (int i = 0; i < s->L; i++) {
        for (int k = 0; k < s->n; k++)
            out->magnetization[i] += re[k + k * s->n] * (bit(s->spins[k], i) ? 0.5 : -0.5);
        if (i + 1 == s->L) break;
        out->energy[i] += bond_energy(s, re, i);
        out->spin_current[i] += spin_current(s, im, i);
        if (i > 0) out->energy_current_link[i] += commutator(s, im, i - 1, i);
    }
}

/* Adds the sector's part at all times; returns its part of Z. */
static double add_sector(const kz_lattice_profile *out, const kz_pair_correlations *pairs,
                         const double *times, int count, const sector *s, const double *beta,
                         const double *mu, const unsigned *product)
{
    int n = s->n;
    double energy[MOST_STATES], trace = 0.0;
    double *rho = allocate(8 * (size_t)(n * n), sizeof *rho), *vector = rho + n * n;
    double *own = vector + n * n, *re = own + n * n, *im = re + n * n, *scratch = im + n * n;
    initial(rho, s, beta, mu, product, scratch);
    fill(vector, s, NULL, NULL);
    diagonalise(vector, energy, n);
    multiply(scratch, CblasTrans, vector, CblasNoTrans, rho, n);
    multiply(own, CblasNoTrans, scratch, CblasNoTrans, vector, n);
    for (int k = 0; k < n; k++)
        trace += rho[k + k * n];
    for (int t = 0; t < count; t++) {
        double *part[2] = {re, im};
        for (int x = 0; x < 2; x++) {
            for (int k = 0; k < n * n; k++) {
                double angle = (energy[k / n] - energy[k % n]) * times[t];
                rho[k] = own[k] * (x == 0 ? cos(angle) : sin(angle));
            }
            multiply(scratch, CblasNoTrans, vector, CblasNoTrans, rho, n);
            multiply(part[x], CblasNoTrans, scratch, CblasTrans, vector, n);
        }
        add(&out[t], s, re, im);
        if (pairs) add_pairs(&pairs[t], s, re, im);
    }
    free(rho);
    return trace;
}

static void begin(sector *s, int L, const kz_couplings *c, const double *mu)
{
    *s = (sector){.L = L};
    for (int b = 0; b + 1 < L; b++) {
        s->J[b] = c->J ? c->J[b] : 1.0;
        s->delta[b] = c->delta ? c->delta[b] : 0.0;
        s->left[b] = c->field ? c->field[b] * (b == 0 ? 1.0 : 0.5) : 0.0;
        s->right[b] = c->field ? c->field[b + 1] * (b + 2 == L ? 1.0 : 0.5) : 0.0;
    }
    for (int i = 0; mu && i < L; i++)
        s->mu[i] = mu[i];
}

static void list_states(sector *s, int up)
{
    s->n = 0;
    for (unsigned spins = 0; spins < 1U << s->L; spins++) {
        if (count_bits(spins) != up) continue;
        s->index[spins] = s->n;
        s->spins[s->n++] = spins;
    }
}

/* Divides by Z and completes what follows from the rest. */
static void finish(const kz_lattice_profile *p, int L, double z)
{
    for (int i = 0; i < L; i++) {
        p->energy[i] = i + 1 < L ? p->energy[i] / z : NAN;
        p->spin_current[i] = i + 1 < L ? p->spin_current[i] / z : NAN;
        p->magnetization[i] /= z;
        p->energy_current_link[i] = i > 0 && i + 1 < L ? p->energy_current_link[i] / z : NAN;
    }
    for (int i = 0; i < L; i++)
        p->energy_current[i] =
            i + 1 < L ? 0.5 * (p->energy_current_link[i] + p->energy_current_link[i + 1]) : NAN;
}

/* pairs: [count] or NULL; still to be divided by Z, the products of means not yet subtracted. */
static double observe(const kz_lattice_profile *out, const kz_pair_correlations *pairs,
                      const double *times, int count, int L, const kz_couplings *chain,
                      const double *beta, const double *mu, const bool *up)
{
    sector *s = allocate(1, sizeof *s);
    double z = 0.0;
    unsigned product = 0;
    require(L >= 2 && L <= MOST_L, "2 ... 10 sites");
    begin(s, L, chain, mu);
    for (int i = 0; up && i < L; i++)
        product |= (up[i] ? 1U : 0U) << i;
    for (int t = 0; t < count; t++)
        for (int i = 0; i < L; i++)
            out[t].energy[i] = out[t].energy_current_link[i] = out[t].magnetization[i] =
                out[t].spin_current[i] = 0.0;
    for (int n = 0; n <= L; n++) {
        if (up && n != count_bits(product)) continue;
        list_states(s, n);
        z += add_sector(out, pairs, times, count, s, beta, mu, up ? &product : NULL);
    }
    for (int t = 0; t < count; t++)
        finish(&out[t], L, z);
    free(s);
    return z;
}

void dense_profiles(const kz_lattice_profile *out, const double *times, int count, int L,
                    const kz_couplings *chain, const double *beta, const double *mu, const bool *up)
{
    observe(out, NULL, times, count, L, chain, beta, mu, up);
}

void dense_correlations(const kz_pair_correlations *out, const double *times, int count, int L,
                        const kz_couplings *chain, const double *beta, const double *mu,
                        const bool *up)
{
    kz_lattice_profile *p = allocate((size_t)count, sizeof *p);
    double *memory = allocate((size_t)count * 6 * MOST_L, sizeof *memory);
    for (int t = 0; t < count; t++) {
        double *m = memory + t * 6 * MOST_L;
        p[t] = (kz_lattice_profile){
            m, m + MOST_L, m + 2 * MOST_L, m + 3 * MOST_L, m + 4 * MOST_L, m + 5 * MOST_L};
        for (int k = 0; k < L * L; k++)
            out[t].zz[k] = out[t].pm_real[k] = out[t].pm_imag[k] = 0.0;
    }
    double z = observe(p, out, times, count, L, chain, beta, mu, up);
    for (int t = 0; t < count; t++) {
        const double *mean = p[t].magnetization;
        for (int k = 0; k < L * L; k++) {
            out[t].zz[k] = out[t].zz[k] / z - mean[k / L] * mean[k % L];
            out[t].pm_real[k] /= z;
            out[t].pm_imag[k] /= z;
        }
    }
    free(memory);
    free(p);
}
