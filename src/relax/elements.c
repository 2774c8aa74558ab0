#include "relax/elements.h"

#include <math.h>
#include <string.h>

#include "core/memory.h"

void kz_elements_free(kz_elements *e)
{
    kz_free(e->x);
    kz_free(e->weight);
    kz_free(e->size);
    kz_free(e->stiffness);
    kz_free(e->barycentric);
    *e = (kz_elements){0};
}

/* P_n and P_{n-1} at x. */
static void legendre(double *value, double *before, size_t n, double x)
{
    double a = 1, b = x;
    for (size_t k = 2; k <= n; k++) {
        double next = ((2 * (double)k - 1) * x * b - ((double)k - 1) * a) / (double)k;
        a = b;
        b = next;
    }
    *value = b;
    *before = a;
}

/* Nodes are +-1 and the zeros of P_n': Newton's method on (1 - x^2) P_n' = n (P_{n-1} - x P_n) from
 * Chebyshev's nodes; weights 2/(n (n + 1) P_n^2). */
static void lobatto(double *x, double *weight, size_t n)
{
    enum { STEPS = 50 };
    double order = (double)n;
    for (size_t i = 0; i <= n; i++) {
        double at = -cos(M_PI * (double)i / order), p, q;
        for (int step = 0; step < STEPS; step++) {
            legendre(&p, &q, n, at);
            double change = (at * p - q) / ((order + 1) * p);
            at -= change;
            if (fabs(change) < 1e-16) break;
        }
        legendre(&p, &q, n, at);
        x[i] = at;
        weight[i] = 2 / (order * (order + 1) * p * p);
    }
    x[0] = -1;
    x[n] = 1;
}

/* d(l_j)/dx at node i of the Lagrange polynomials, from their barycentric weights. */
static double derivative(const double *x, const double *b, size_t n, size_t i, size_t j)
{
    if (i != j) return b[j] / b[i] / (x[i] - x[j]);
    double sum = 0;
    for (size_t k = 0; k <= n; k++)
        if (k != i) sum += 1 / (x[i] - x[k]);
    return sum;
}

static void barycentric_weights(double *b, const double *x, size_t n)
{
    for (size_t i = 0; i <= n; i++) {
        b[i] = 1;
        for (size_t j = 0; j <= n; j++)
            if (j != i) b[i] /= 2 * (x[i] - x[j]); /* 2: no underflow at high degrees */
    }
}

/* int l_i' l_j' dx, exact with the nodes' own rule. */
static void stiffness(double *out, const double *x, const double *weight, const double *b, size_t n)
{
    size_t row = n + 1;
    memset(out, 0, row * row * sizeof *out);
    for (size_t q = 0; q <= n; q++)
        for (size_t i = 0; i <= n; i++)
            for (size_t j = 0; j < i; j++)
                out[i * row + j] +=
                    weight[q] * derivative(x, b, n, q, i) * derivative(x, b, n, q, j);
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j < i; j++)
            out[j * row + i] = out[i * row + j];
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= n; j++)
            if (j != i) out[i * row + i] -= out[i * row + j];
}

static kz_status allocate(kz_elements *e)
{
    size_t row = e->degree + 1;
    kz_status status = kz_alloc_doubles(&e->x, e->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->weight, e->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->size, e->count);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->stiffness, row * row);
    if (status == KZ_OK) status = kz_alloc_doubles(&e->barycentric, row);
    return status;
}

kz_status kz_elements_create(kz_elements *out, const double *breaks, size_t count, size_t degree)
{
    double *node = NULL, *weight = NULL;
    *out = (kz_elements){.degree = degree, .count = count, .n = count * degree + 1};
    kz_status status = kz_alloc_doubles(&node, degree + 1);
    if (status == KZ_OK) status = kz_alloc_doubles(&weight, degree + 1);
    if (status == KZ_OK) status = allocate(out);
    if (status == KZ_OK) {
        lobatto(node, weight, degree);
        barycentric_weights(out->barycentric, node, degree);
        stiffness(out->stiffness, node, weight, out->barycentric, degree);
        for (size_t e = 0; e < count; e++) {
            double half = 0.5 * (breaks[e + 1] - breaks[e]);
            out->size[e] = 2 * half;
            for (size_t i = 0; i <= degree; i++) {
                out->x[e * degree + i] = breaks[e] + half * (1 + node[i]);
                out->weight[e * degree + i] += half * weight[i];
            }
        }
        out->x[out->n - 1] = breaks[count];
    } else {
        kz_elements_free(out);
    }
    kz_free(node);
    kz_free(weight);
    return status;
}

void kz_elements_apply(double *out, const kz_elements *e, const double *u)
{
    size_t row = e->degree + 1;
    memset(out, 0, e->n * sizeof *out);
    for (size_t k = 0; k < e->count; k++) {
        double scale = 2 / e->size[k];
        const double *from = u + k * e->degree;
        for (size_t i = 0; i < row; i++) {
            double sum = 0;
            for (size_t j = 0; j < row; j++) /* differences: a constant gives 0 exactly */
                sum += e->stiffness[i * row + j] * (from[j] - from[i]);
            out[k * e->degree + i] += scale * sum;
        }
    }
}

double kz_elements_value(const kz_elements *e, const double *u, double x)
{
    size_t k = 0;
    while (k + 1 < e->count && x > e->x[(k + 1) * e->degree])
        k++;
    const double *node = e->x + k * e->degree, *value = u + k * e->degree;
    x = fmin(fmax(x, node[0]), node[e->degree]);
    double sum = 0, norm = 0;
    for (size_t i = 0; i <= e->degree; i++) {
        if (x == node[i]) return value[i];
        double weight = e->barycentric[i] / (x - node[i]);
        sum += weight * value[i];
        norm += weight;
    }
    return sum / norm;
}
