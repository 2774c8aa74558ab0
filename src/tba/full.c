#include "tba/full.h"

#include <gsl/gsl_integration.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kapitza/tba.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/newton.h"
#include "tba/strings.h"

enum { NEWTON_MAX = 60 };

void kz_rule_free(kz_rule *rule)
{
    kz_free(rule->node);
    kz_free(rule->weight);
    *rule = (kz_rule){0};
}

kz_status kz_rule_create(kz_rule *out, const double *edge, size_t count, double width, size_t order)
{
    size_t panels = 0;
    for (size_t e = 0; e + 1 < count; e++)
        panels += (size_t)ceil((edge[e + 1] - edge[e]) / width);
    *out = (kz_rule){0};
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(order);
    if (!table) return KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %zu", order);
    kz_status status = kz_alloc_doubles(&out->node, panels * order);
    if (status == KZ_OK) status = kz_alloc_doubles(&out->weight, panels * order);
    for (size_t e = 0; status == KZ_OK && e + 1 < count; e++) {
        double parts = ceil((edge[e + 1] - edge[e]) / width);
        for (double p = 0; p < parts; p++) {
            double a = edge[e] + (edge[e + 1] - edge[e]) * p / parts;
            double b = edge[e] + (edge[e + 1] - edge[e]) * (p + 1) / parts;
            for (size_t i = 0; i < order; i++, out->n++)
                gsl_integration_glfixed_point(a, b, i, &out->node[out->n], &out->weight[out->n],
                                              table);
        }
    }
    gsl_integration_glfixed_table_free(table);
    if (status != KZ_OK) kz_rule_free(out);
    return status;
}

double kz_string_scattering_integral(const kz_strings *strings, int j, int k, double x)
{
    int a = strings->length[j - 1], b = strings->length[k - 1];
    int v = strings->parity[j - 1] * strings->parity[k - 1];
    int difference = abs(a - b), smaller = a < b ? a : b;
    double sum = kz_string_kernel_integral(strings, a + b, v, x);
    if (difference != 0) sum += kz_string_kernel_integral(strings, difference, v, x);
    for (int l = 1; l < smaller; l++)
        sum += 2 * kz_string_kernel_integral(strings, difference + 2 * l, v, x);
    return sum;
}

struct kz_full_thermal {
    kz_form form;
    kz_kernel_table kernels; /* of the strings of `form` */
    double beta, mu, window;
    kz_rule rule;
    double *log_eta;   /* [N*n] */
    double *deviation; /* [N*n] sigma_k (ln(1 + 1/eta_k) - its limit), times the weight */
    double *limit;     /* [N] ln eta at infinite rapidity */
};

void kz_full_thermal_free(kz_full_thermal *t)
{
    if (!t) return;
    kz_rule_free(&t->rule);
    kz_free(t->log_eta);
    kz_free(t->deviation);
    kz_free(t->limit);
    kz_free(t);
}

/* ln(1 + 1/eta) */
static double log_plus(double log_eta) { return fmax(-log_eta, 0) + log1p(exp(-fabs(log_eta))); }

/* Right-hand side of the equation for string j at lambda.  Only deviations from the limits are
 * integrated, the limits themselves solve the equation with beta = 0. */
static double equation(const kz_full_thermal *t, int j, double lambda)
{
    size_t n = t->rule.n;
    double sum = t->beta * kz_string_energy(&t->form.strings, j, lambda) + t->limit[j - 1];
    for (size_t i = 0; i < n; i++) {
        double near[KZ_P_MAX], far[KZ_P_MAX];
        kz_string_scattering_row(near, &t->kernels, j, lambda - t->rule.node[i]);
        kz_string_scattering_row(far, &t->kernels, j, lambda + t->rule.node[i]);
        for (int k = 0; k < t->form.strings.count; k++)
            sum += (near[k] + far[k]) * t->deviation[(size_t)k * n + i];
    }
    return sum;
}

double kz_full_thermal_log_eta(const kz_full_thermal *t, int j, double lambda)
{
    return equation(t, j, lambda);
}

double kz_full_thermal_ln_z(const kz_full_thermal *t)
{
    size_t n = t->rule.n;
    double sum = -0.25 * t->beta * kz_chain_delta(t->form.chain) + 0.5 * t->mu;
    for (int j = 1; j <= t->form.strings.count; j++) {
        int length = t->form.strings.length[j - 1], parity = t->form.strings.parity[j - 1];
        sum += t->form.strings.sign[j - 1] * log_plus(t->limit[j - 1]) * 2 *
               kz_string_kernel_integral(&t->form.strings, length, parity, INFINITY);
        for (size_t i = 0; i < n; i++)
            sum += 2 * kz_string_kernel(&t->form.strings, length, parity, t->rule.node[i]) *
                   t->deviation[(size_t)(j - 1) * n + i];
    }
    return sum;
}

static void set_limits(kz_full_thermal *t)
{
    int last = t->form.rows - 1;
    double x[KZ_P_MAX], a = 0.5 * t->form.spin * t->mu;
    kz_thermal_asymptote(x, &t->form, t->mu);
    for (int f = 0; f < last; f++)
        t->limit[f] = x[f];
    t->limit[last] = a + x[last];
    t->limit[last + 1] = a - x[last];
}

static void update_deviation(kz_full_thermal *t)
{
    size_t n = t->rule.n;
    for (int k = 1; k <= t->form.strings.count; k++) {
        double limit = log_plus(t->limit[k - 1]), sign = t->form.strings.sign[k - 1];
        for (size_t i = 0; i < n; i++) {
            size_t at = (size_t)(k - 1) * n + i;
            t->deviation[at] = sign * t->rule.weight[i] * (log_plus(t->log_eta[at]) - limit);
        }
    }
}

/* Matrix 1 + T sigma theta of the Newton step and the residual; kernel [(N n)^2]. */
static double linearise(double *matrix, double *residual, kz_full_thermal *t, const double *kernel)
{
    size_t n = t->rule.n, size = (size_t)t->form.strings.count * n;
    double largest = 0;
    update_deviation(t);
    for (size_t row = 0; row < size; row++) {
        int j = (int)(row / n) + 1;
        double sum = t->beta * kz_string_energy(&t->form.strings, j, t->rule.node[row % n]) +
                     t->limit[j - 1];
        for (size_t column = 0; column < size; column++) {
            int k = (int)(column / n) + 1;
            double filling = 1 / (1 + exp(t->log_eta[column]));
            sum += kernel[row * size + column] * t->deviation[column];
            matrix[row * size + column] =
                (row == column) + kernel[row * size + column] * t->form.strings.sign[k - 1] *
                                      filling * t->rule.weight[column % n];
        }
        residual[row] = sum - t->log_eta[row];
        largest = fmax(largest, fabs(residual[row]));
    }
    return largest;
}

/* T(x - y) + T(x + y) for all pairs of strings and nodes; pair is scratch [2 N^2]. */
static void fill_kernel(double *kernel, double *pair, const kz_full_thermal *t)
{
    size_t n = t->rule.n, N = (size_t)t->form.strings.count, size = N * n;
    double *near = pair, *far = pair + N * N;
    for (size_t x = 0; x < n; x++) {
        for (size_t y = 0; y < n; y++) {
            kz_string_scattering_matrix(near, &t->kernels, t->rule.node[x] - t->rule.node[y]);
            kz_string_scattering_matrix(far, &t->kernels, t->rule.node[x] + t->rule.node[y]);
            for (size_t j = 0; j < N; j++) {
                for (size_t k = 0; k < N; k++)
                    kernel[(j * n + x) * size + k * n + y] = near[j * N + k] + far[j * N + k];
            }
        }
    }
}

static kz_status newton(kz_full_thermal *t, double *kernel, double *matrix, double *residual,
                        lapack_int *pivot)
{
    size_t size = (size_t)t->form.strings.count * t->rule.n;
    lapack_int n = (lapack_int)size;
    double scale = 1 + fabs(t->beta) + fabs(t->mu), previous = INFINITY;
    fill_kernel(kernel, matrix, t);
    for (int i = 0; i < NEWTON_MAX; i++) {
        double largest = linearise(matrix, residual, t, kernel);
        if (largest <= 1e-14 * scale || (largest <= 1e-11 * scale && largest > 0.3 * previous))
            return KZ_OK;
        previous = largest;
        if (LAPACKE_dgesv(LAPACK_ROW_MAJOR, n, 1, matrix, n, pivot, residual, 1) != 0)
            return KZ_FAIL(KZ_ESING, "full-kernel Newton step singular");
        for (size_t k = 0; k < size; k++)
            t->log_eta[k] += residual[k];
    }
    return KZ_FAIL(KZ_ENOCONV, "full-kernel TBA at beta = %.15g, mu = %.15g: residual %.3g",
                   t->beta, t->mu, previous);
}

static kz_status solve(kz_full_thermal *t)
{
    size_t size = (size_t)t->form.strings.count * t->rule.n;
    if (size > KZ_DENSE_UNKNOWNS_MAX)
        return KZ_FAIL(KZ_ENOMEM, "%zu unknowns of the full kernel, at most %d", size,
                       KZ_DENSE_UNKNOWNS_MAX);
    double *kernel = NULL, *matrix = NULL, *residual = NULL;
    void *pivot = NULL;
    kz_status status = kz_alloc_doubles(&kernel, size * size);
    if (status == KZ_OK) status = kz_alloc_doubles(&matrix, size * size);
    if (status == KZ_OK) status = kz_alloc_doubles(&residual, size);
    if (status == KZ_OK) status = kz_alloc(&pivot, size, sizeof(lapack_int));
    if (status == KZ_OK) status = newton(t, kernel, matrix, residual, pivot);
    kz_free(kernel);
    kz_free(matrix);
    kz_free(residual);
    kz_free(pivot);
    return status;
}

kz_status kz_full_thermal_create(kz_full_thermal **out, kz_chain chain, double beta, double mu,
                                 double window, double width, size_t order)
{
    *out = NULL;
    void *memory;
    kz_form form;
    KZ_TRY(kz_form_fill(&form, chain));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_full_thermal)));
    kz_full_thermal *t = memory;
    const double edge[] = {0, window};
    size_t N = (size_t)form.strings.count;
    t->form = form;
    kz_kernel_table_fill(&t->kernels, &t->form.strings);
    t->beta = beta;
    t->mu = mu;
    t->window = window;
    kz_status status = kz_rule_create(&t->rule, edge, 2, width, order);
    if (status == KZ_OK) status = kz_alloc_doubles(&t->log_eta, N * t->rule.n);
    if (status == KZ_OK) status = kz_alloc_doubles(&t->deviation, N * t->rule.n);
    if (status == KZ_OK) status = kz_alloc_doubles(&t->limit, N);
    if (status == KZ_OK) {
        set_limits(t);
        for (size_t i = 0; i < N * t->rule.n; i++)
            t->log_eta[i] = t->limit[i / t->rule.n];
        status = solve(t);
    }
    if (status != KZ_OK) {
        kz_full_thermal_free(t);
        return status;
    }
    update_deviation(t);
    *out = t;
    return KZ_OK;
}
