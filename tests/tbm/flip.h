/* Ground states of -H left, H right in the sectors of the spin flip, by Lanczos on bit patterns: an
 * oracle that knows nothing of signs, matrix products or ed.h. */
#ifndef TESTS_TBM_FLIP_H
#define TESTS_TBM_FLIP_H

#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tbm/support.h"

static const double flip_deltas[] = {-0.9, 0.0, 0.5, 1.0, 1.2, 2.0, 4.0};
enum { FLIP_DELTAS = 7, FLIP_STEPS = 400, FLIP_MOST = 14 };

typedef struct {
    int L, dimension;
    unsigned *spins; /* [dimension] ascending, bit i: site i up */
    int *place;      /* [2^L] */
    const double *lambda, *delta;
} flip_space;

static inline flip_space flip_space_create(int L, const double *lambda, const double *delta)
{
    flip_space s = {.L = L, .lambda = lambda, .delta = delta};
    s.spins = calloc(1U << L, sizeof *s.spins);
    s.place = calloc(1U << L, sizeof *s.place);
    for (unsigned x = 0; x < 1U << L; x++) {
        unsigned up = 0;
        for (int i = 0; i < L; i++)
            up += (x >> i) & 1U;
        if (2 * up != (unsigned)L) continue;
        s.place[x] = s.dimension;
        s.spins[s.dimension++] = x;
    }
    return s;
}

static inline void flip_space_free(flip_space *s)
{
    free(s->spins);
    free(s->place);
}

static inline void flip_apply(double *y, const flip_space *s, const double *x)
{
    for (int k = 0; k < s->dimension; k++) {
        double sum = 0.0;
        for (int i = 0; i + 1 < s->L; i++) {
            unsigned pair = 3U << i, bits = s->spins[k] & pair;
            bool parallel = bits == 0 || bits == pair;
            sum += s->lambda[i] * s->delta[i] * (parallel ? 0.25 : -0.25) * x[k];
            if (!parallel) sum += 0.5 * s->lambda[i] * x[s->place[s->spins[k] ^ pair]];
        }
        y[k] = sum;
    }
}

static inline double flip_dot(const double *x, const double *y, int n)
{
    double sum = 0.0;
    for (int k = 0; k < n; k++)
        sum += x[k] * y[k];
    return sum;
}

/* x -> (x + flip F x)/2 */
static inline void flip_project(double *x, const flip_space *s, int flip)
{
    unsigned all = (1U << s->L) - 1U;
    for (int k = 0; k < s->dimension; k++) {
        int other = s->place[s->spins[k] ^ all];
        if (other < k) continue;
        double mean = 0.5 * (x[k] + flip * x[other]);
        x[k] = mean;
        x[other] = flip * mean;
    }
}

/* Lowest energy and vector [dimension] with eigenvalue `flip`, to a residual of 1e-10. */
static inline double flip_ground(double *vector, const flip_space *s, int flip)
{
    int n = s->dimension, count = 0;
    double *basis = calloc((size_t)(FLIP_STEPS + 1) * (size_t)n, sizeof *basis);
    double a[FLIP_STEPS], b[FLIP_STEPS], d[FLIP_STEPS], e[FLIP_STEPS], rest = 0.0;
    double *z = calloc((size_t)FLIP_STEPS * FLIP_STEPS, sizeof *z);
    uint64_t seed = 20260301;
    for (int k = 0; k < n; k++)
        basis[k] = kz_check_uniform(&seed, -1.0, 1.0);
    flip_project(basis, s, flip);
    double norm = sqrt(flip_dot(basis, basis, n));
    for (int k = 0; k < n; k++)
        basis[k] /= norm;
    while (count < FLIP_STEPS) {
        double *last = basis + (size_t)count * (size_t)n, *next = last + n;
        flip_apply(next, s, last);
        flip_project(next, s, flip);
        a[count] = flip_dot(last, next, n);
        for (int pass = 0; pass < 2; pass++)
            for (int j = 0; j <= count; j++) {
                const double *v = basis + (size_t)j * (size_t)n;
                double overlap = flip_dot(v, next, n);
                for (int k = 0; k < n; k++)
                    next[k] -= overlap * v[k];
            }
        rest = sqrt(flip_dot(next, next, n));
        count++;
        memcpy(d, a, (size_t)count * sizeof *d);
        memcpy(e, b, (size_t)count * sizeof *e);
        if (count % 10 == 0 || rest < 1e-11 || count == FLIP_STEPS) {
            assert_int_equal(LAPACKE_dstev(LAPACK_COL_MAJOR, 'V', count, d, e, z, count), 0);
            if (rest * fabs(z[count - 1]) < 1e-10 || rest < 1e-11) break;
        }
        b[count - 1] = rest;
        for (int k = 0; k < n; k++)
            next[k] /= rest;
    }
    KZ_CHECK_CLOSE(rest * fabs(z[count - 1]), 0.0, 1e-10);
    for (int k = 0; k < n; k++) {
        vector[k] = 0.0;
        for (int j = 0; j < count; j++)
            vector[k] += z[j] * basis[(size_t)j * (size_t)n + (size_t)k];
    }
    free(z);
    free(basis);
    return d[0];
}

/* Entropy of the cut in the middle. */
static inline double flip_entropy(const flip_space *s, const double *vector)
{
    int half = s->L / 2, side = 1 << half;
    double *matrix = calloc((size_t)side * (size_t)side, sizeof *matrix), sum = 0.0, none;
    double value[1 << (FLIP_MOST / 2)];
    for (int k = 0; k < s->dimension; k++)
        matrix[s->spins[k]] = vector[k]; /* the low bits are the left half */
    assert_int_equal(
        LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', side, side, matrix, side, value, &none, 1, &none, 1),
        0);
    for (int k = 0; k < side; k++)
        if (value[k] > 1e-20) sum -= value[k] * value[k] * 2.0 * log(value[k]);
    free(matrix);
    return sum;
}

static inline kz_dmrg_params flip_precise(void)
{
    kz_dmrg_params params = kz_dmrg_params_default();
    params.cutoff = 1e-20;
    params.energy_tolerance = 1e-12;
    params.variance_tolerance = 1e-12;
    return params;
}

/* Energy, entropy of the middle and <Sz> of one pair of halves. */
static inline void flip_compare(int L, double left, double right)
{
    double delta[MOST_SITES], lambda[MOST_SITES], energy[2];
    kz_dmrg_params params = flip_precise();
    kz_dmrg_report report;
    kz_mps *mps;
    profile ours;
    kz_lattice_profile view = profile_view(&ours);
    couplings(delta, (size_t)L, left, right);
    quench_scale(lambda, (size_t)L);
    flip_space space = flip_space_create(L, lambda, delta);
    double *vector[2];
    for (int k = 0; k < 2; k++) {
        vector[k] = calloc((size_t)space.dimension, sizeof *vector[k]);
        energy[k] = flip_ground(vector[k], &space, k == 0 ? 1 : -1);
    }
    int lower = energy[0] < energy[1] ? 0 : 1;
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, &report, lambda, delta, (size_t)L, L / 2, &params));
    KZ_CHECK_OK(kz_mps_check(mps, 1e-10));
    KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, 1));
    KZ_CHECK_CLOSE(report.energy, energy[lower], 1e-11);
    /* A variance of 1e-12 and gaps of 1e-3 within the flip's sector: weight 1e-6 of another state;
     * 2e-7 is the most seen, at 4 | -0.9. */
    KZ_CHECK_CLOSE(kz_mps_entropy(mps, (size_t)L / 2 - 1), flip_entropy(&space, vector[lower]),
                   1e-6);
    for (int i = 0; i < L; i++)
        KZ_CHECK_CLOSE(ours.magnetization[i], 0.0, 1e-12);
    KZ_CHECK_CLOSE(report.flip_error, 0.0, 1e-12);
    kz_mps_free(mps);
    free(vector[0]);
    free(vector[1]);
    flip_space_free(&space);
}

/* Every state found bounds the ground energy of every other pair from above, because H is linear in
 * both anisotropies.  A run that stopped at an excited state shows. */
static inline void flip_variational(size_t L)
{
    double energy[FLIP_DELTAS][FLIP_DELTAS], zz[FLIP_DELTAS][FLIP_DELTAS][2] = {{{0.0}}};
    double none[MOST_SITES] = {0.0}, ones[MOST_SITES], lambda[MOST_SITES];
    quench_scale(lambda, L);
    for (size_t i = 0; i < L; i++)
        ones[i] = 1.0;
    for (int a = 0; a < FLIP_DELTAS; a++)
        for (int b = 0; b < FLIP_DELTAS; b++) {
            double delta[MOST_SITES];
            kz_dmrg_params params = kz_dmrg_params_default();
            kz_dmrg_report report;
            kz_mps *mps;
            profile without, with;
            kz_lattice_profile first = profile_view(&without), second = profile_view(&with);
            couplings(delta, L, flip_deltas[a], flip_deltas[b]);
            KZ_CHECK_OK(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, (int)L / 2, &params));
            KZ_CHECK_OK(kz_mps_measure(&first, mps, none, 1));
            KZ_CHECK_OK(kz_mps_measure(&second, mps, ones, 1));
            for (size_t i = 0; i + 1 < L; i++)
                zz[a][b][i >= L / 2] += lambda[i] * (with.energy[i] - without.energy[i]);
            for (size_t i = 0; i < L; i++)
                KZ_CHECK_CLOSE(with.magnetization[i], 0.0, 1e-12);
            KZ_CHECK_CLOSE(report.flip_error, 0.0, 1e-12);
            energy[a][b] = report.energy;
            kz_mps_free(mps);
        }
    for (int k = 0; k < FLIP_DELTAS * FLIP_DELTAS; k++)
        for (int m = 0; m < FLIP_DELTAS * FLIP_DELTAS; m++) {
            int a = k / FLIP_DELTAS, b = k % FLIP_DELTAS, c = m / FLIP_DELTAS, d = m % FLIP_DELTAS;
            double bound = energy[c][d] + (flip_deltas[a] - flip_deltas[c]) * zz[c][d][0] +
                           (flip_deltas[b] - flip_deltas[d]) * zz[c][d][1];
            /* Errors of the energy: the variance, 1e-7, over the least gap that truncation
             * leaves out of account, of order 1. */
            assert_true(energy[a][b] <= bound + 2e-7);
        }
}

#endif
