/* The generating function from the full kernel: dense, on Gauss panels cut at the zeros of the
 * velocities, which shares no equation with the local form on its grids; and the flow of biased
 * states there, by Runge and Kutta's steps of ln eta at fixed nodes. */
#include <kapitza/fluctuations.h>

#include <gsl/gsl_sort.h>
#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/strings.h"
#include "tba/full.h"

static const double pi = 3.14159265358979323846;
static const double window = 9;

enum { ORDER = 10, ROUNDS = 12, STEPS = 30, STRINGS_MAX = 8, BESIDE = 6 };

/* Panels end here beside the zeros at lambda = 0, as those will move. */
static const double beside[BESIDE] = {-0.02, -0.01, -0.005, 0.005, 0.01, 0.02};

typedef struct {
    const kz_strings *strings;
    kz_full_thermal *side[2]; /* left, right */
    kz_charge charge;
    double lambda;
    double zero[STRINGS_MAX]; /* of each velocity, negative on its left */
    bool fine;                /* panels end beside the zeros too */
    kz_rule rule;
    size_t n, size;          /* nodes; strings times nodes */
    double *scatter;         /* [size^2] T sigma w, column-major */
    double *log_eta, *kappa; /* [size] of the side a string comes from */
    double *y;               /* [size] s ln[1 + theta (e^{s kappa} - 1)] */
    double *filling;         /* [size] of the weighted state */
} problem;

static double *doubles(size_t n)
{
    double *out = calloc(n, sizeof *out);
    assert_non_null(out);
    return out;
}

static double charge_of(const problem *p, int j, double x)
{
    return p->charge == KZ_CHARGE_ENERGY ? kz_string_energy(p->strings, j, x)
                                         : -p->strings->length[j - 1];
}

static double direction(const problem *p, size_t i)
{
    return p->rule.node[i % p->n] > p->zero[i / p->n] ? 1 : -1;
}

static void release(problem *p)
{
    kz_rule_free(&p->rule);
    double *arrays[] = {p->scatter, p->log_eta, p->kappa, p->y, p->filling};
    for (size_t i = 0; i < 5; i++)
        free(arrays[i]);
}

static void assemble(problem *p)
{
    double edge[STRINGS_MAX * (BESIDE + 1) + 2] = {-window, window};
    size_t N = (size_t)p->strings->count, count = 2;
    for (size_t j = 0; j < N; j++) {
        if (j > 0 && fabs(p->zero[j] - p->zero[j - 1]) < 1e-9) continue; /* two strings share it */
        edge[count++] = p->zero[j];
        for (int k = 0; p->fine && k < BESIDE; k++)
            edge[count++] = p->zero[j] + beside[k];
    }
    gsl_sort(edge, 1, count);
    KZ_CHECK_OK(kz_rule_create(&p->rule, edge, count, pi / p->strings->P, ORDER));
    p->n = p->rule.n;
    p->size = N * p->n;
    p->scatter = doubles(p->size * p->size);
    p->log_eta = doubles(p->size);
    p->kappa = doubles(p->size);
    p->y = doubles(p->size);
    p->filling = doubles(p->size);
    for (size_t i = 0; i < p->size; i++) {
        int j = (int)(i / p->n) + 1;
        double x = p->rule.node[i % p->n];
        p->log_eta[i] = kz_full_thermal_log_eta(p->side[direction(p, i) > 0 ? 0 : 1], j, x);
        p->kappa[i] = p->lambda * charge_of(p, j, x);
        for (size_t c = 0; c < p->size; c++) {
            int k = (int)(c / p->n) + 1;
            double T = kz_string_scattering(p->strings, j, k, x - p->rule.node[c % p->n]);
            p->scatter[i + c * p->size] = T * p->strings->sign[k - 1] * p->rule.weight[c % p->n];
        }
    }
}

/* y beyond the window is that of its last nodes. */
static double beyond(const problem *p, int j, double x)
{
    double sum = 0;
    for (int k = 1; k <= p->strings->count; k++) {
        double total = kz_string_scattering_integral(p->strings, j, k, INFINITY);
        for (int end = 0; end < 2; end++) {
            double y = p->y[(size_t)(k - 1) * p->n + (end ? p->n - 1 : 0)];
            double reach = end ? window - x : window + x;
            sum += p->strings->sign[k - 1] * y *
                   (total - kz_string_scattering_integral(p->strings, j, k, reach));
        }
    }
    return sum;
}

/* x <- (1 + T sigma theta)^{-1} x, for `count` of them. */
static void dress(double *x, int count, const problem *p)
{
    double *matrix = doubles(p->size * p->size);
    lapack_int n = (lapack_int)p->size, *pivot = calloc(p->size, sizeof *pivot);
    assert_non_null(pivot);
    for (size_t c = 0; c < p->size; c++)
        for (size_t i = 0; i < p->size; i++)
            matrix[i + c * p->size] = (i == c) + p->scatter[i + c * p->size] * p->filling[c];
    assert_int_equal(LAPACKE_dgesv(LAPACK_COL_MAJOR, n, count, matrix, n, pivot, x, n), 0);
    free(matrix);
    free(pivot);
}

static void find_kappa(problem *p)
{
    double *step = doubles(p->size), change = INFINITY;
    for (int round = 0; round < STEPS && !(change <= 1e-10); round++) {
        for (size_t i = 0; i < p->size; i++) {
            double s = direction(p, i), x = s * p->kappa[i], eta = exp(p->log_eta[i]);
            p->y[i] = s * log1p((exp(x) - 1) / (1 + eta));
            p->filling[i] = 1 / (1 + eta * exp(-x));
        }
        for (size_t i = 0; i < p->size; i++) {
            int j = (int)(i / p->n) + 1;
            double x = p->rule.node[i % p->n];
            step[i] = p->lambda * charge_of(p, j, x) - beyond(p, j, x) - p->kappa[i];
            for (size_t c = 0; c < p->size; c++)
                step[i] -= p->scatter[i + c * p->size] * p->y[c];
        }
        dress(step, 1, p);
        change = 0;
        for (size_t i = 0; i < p->size; i++) {
            p->kappa[i] += step[i];
            change = kz_check_largest(change, fabs(step[i]));
        }
    }
    assert_true(change <= 1e-10);
    free(step);
}

/* New zeros of sigma (e')^dr by bisection of Nystrom's interpolant; returns how far they moved. */
static double find_zeros(problem *p)
{
    double *slope = doubles(p->size), moved = 0;
    for (size_t i = 0; i < p->size; i++)
        slope[i] =
            kz_string_energy_derivative(p->strings, (int)(i / p->n) + 1, p->rule.node[i % p->n]);
    dress(slope, 1, p);
    for (int j = 1; j <= p->strings->count; j++) {
        double low = -3, high = 3;
        while (high - low > 1e-13) {
            double x = 0.5 * (low + high);
            double value = kz_string_energy_derivative(p->strings, j, x);
            for (size_t c = 0; c < p->size; c++) {
                int k = (int)(c / p->n) + 1;
                if (slope[c] != 0 && p->filling[c] != 0)
                    value -= kz_string_scattering(p->strings, j, k, x - p->rule.node[c % p->n]) *
                             p->strings->sign[k - 1] * p->rule.weight[c % p->n] * p->filling[c] *
                             slope[c];
            }
            *(value * p->strings->sign[j - 1] > 0 ? &high : &low) = x;
        }
        moved = kz_check_largest(moved, fabs(low - p->zero[j - 1]));
        p->zero[j - 1] = low;
    }
    free(slope);
    return moved;
}

static double generating_function(problem *p)
{
    double moved = INFINITY, sum = 0;
    for (int round = 0; round < ROUNDS && !(moved <= 1e-5); round++) {
        if (round) release(p);
        assemble(p);
        find_kappa(p);
        moved = find_zeros(p);
    }
    assert_true(moved <= 1e-5); /* F is stationary against the zeros */
    for (size_t i = 0; i < p->size; i++) {
        int j = (int)(i / p->n) + 1;
        double x = p->rule.node[i % p->n];
        sum += p->rule.weight[i % p->n] * p->strings->sign[j - 1] *
               kz_string_energy_derivative(p->strings, j, x) * p->y[i];
    }
    release(p);
    return sum / (2 * pi);
}

static void engines_agree(void **unused)
{
    (void)unused;
    static const struct {
        int P, Q;
        double left[2], right[2], lambda;
        kz_charge charge;
    } cases[] = {{3, 1, {0.5, 0.2}, {2, 0.3}, 1.5, KZ_CHARGE_ENERGY},
                 {3, 2, {1, 0.4}, {-0.5, 0}, 1, KZ_CHARGE_SPIN}};
    for (size_t i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_rational(cases[i].P, cases[i].Q);
        problem p = {.strings = kz_test_strings(cases[i].P, cases[i].Q),
                     .charge = cases[i].charge,
                     .lambda = cases[i].lambda};
        const double *left = cases[i].left, *right = cases[i].right;
        kz_state states[2] = {kz_state_thermal(left[0], left[1]),
                              kz_state_thermal(right[0], right[1])};
        for (int side = 0; side < 2; side++)
            KZ_CHECK_OK(kz_full_thermal_create(&p.side[side], chain, states[side].beta,
                                               states[side].mu, window, pi / cases[i].P, ORDER));
        kz_options options = kz_options_default();
        kz_fluctuation point;
        KZ_CHECK_OK(kz_fluctuations(&point, NULL, chain, &states[0], &states[1], cases[i].charge,
                                    &cases[i].lambda, 1, &options));
        KZ_CHECK_CLOSE(point.generating, generating_function(&p), 1e-8);
        assert_true(fabs(point.generating) > 1e-2);
        kz_full_thermal_free(p.side[0]);
        kz_full_thermal_free(p.side[1]);
    }
}

/* d ln eta/dlambda = -sgn(v) q^dr, and the current. */
static double flow_rate(double *rate, problem *p)
{
    double *both = doubles(2 * p->size), current = 0;
    for (size_t i = 0; i < p->size; i++) {
        int j = (int)(i / p->n) + 1;
        p->filling[i] = 1 / (1 + exp(p->log_eta[i]));
        both[i] = kz_string_energy(p->strings, j, p->rule.node[i % p->n]);
        both[p->size + i] = kz_string_energy_derivative(p->strings, j, p->rule.node[i % p->n]);
    }
    dress(both, 2, p);
    for (size_t i = 0; i < p->size; i++) {
        int j = (int)(i / p->n) + 1, sign = p->strings->sign[j - 1];
        double x = p->rule.node[i % p->n], energy = kz_string_energy(p->strings, j, x);
        double velocity = sign * both[p->size + i];
        rate[i] = velocity > 0 ? -both[i] : both[i];
        current += p->rule.weight[i % p->n] * p->filling[i] * velocity * energy;
    }
    free(both);
    return current / (2 * pi);
}

/* F = int j by Runge's and Kutta's classical steps. */
static double flow(problem *p, int steps)
{
    double h = p->lambda / steps, sum = 0;
    double *start = doubles(p->size), *rate = doubles(p->size), *all = doubles(p->size);
    for (int step = 0; step < steps; step++) {
        static const double share[4] = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};
        memcpy(start, p->log_eta, p->size * sizeof *start);
        memset(all, 0, p->size * sizeof *all);
        for (int k = 0; k < 4; k++) {
            sum += h * share[k] * flow_rate(rate, p);
            for (size_t i = 0; i < p->size; i++) {
                all[i] += h * share[k] * rate[i];
                p->log_eta[i] = start[i] + (k == 2 ? h : 0.5 * h) * rate[i];
                if (k == 3) p->log_eta[i] = start[i] + all[i];
            }
        }
    }
    free(start);
    free(rate);
    free(all);
    return sum;
}

/* What memory and the filling behind the zeros are worth is seen far from the tolerance. */
static void flows_agree(void **unused)
{
    (void)unused;
    kz_chain chain = kz_chain_xxz(3);
    problem p = {.strings = kz_test_strings(3, 1), .charge = KZ_CHARGE_ENERGY};
    kz_state states[2] = {kz_state_thermal(0.5, 0.2), kz_state_thermal(2, 0.3)};
    for (int side = 0; side < 2; side++)
        KZ_CHECK_OK(kz_full_thermal_create(&p.side[side], chain, states[side].beta, states[side].mu,
                                           window, pi / 3, ORDER));
    kz_options options = kz_options_default();
    kz_fluctuation point, other;
    const double lambda = 1.2;
    KZ_CHECK_OK(kz_fluctuations_flow(&point, NULL, chain, &states[0], &states[1], p.charge, &lambda,
                                     1, &options));
    KZ_CHECK_OK(kz_fluctuations(&other, NULL, chain, &states[0], &states[1], p.charge, &lambda, 1,
                                &options));
    generating_function(&p); /* the zeros at lambda = 0 */
    p.lambda = lambda;
    p.fine = true;
    assemble(&p);
    double F = flow(&p, 8);
    release(&p);
    print_message("flow: F = %.12g, on panels %.12g; transport %.12g\n", point.generating, F,
                  other.generating);
    KZ_CHECK_CLOSE(point.generating, F, 1e-7);
    assert_true(fabs(point.generating - other.generating) > 1e-4);
    kz_full_thermal_free(p.side[0]);
    kz_full_thermal_free(p.side[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_agree),
        cmocka_unit_test(flows_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
