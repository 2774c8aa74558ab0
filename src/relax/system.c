#include "relax/system.h"

#include <math.h>
#include <string.h>

#include "core/error.h"

double kz_relax_beta(const kz_material *m, double u) { return m->by_beta ? u : 1 / u; }

/* Energy grows with T, falls with beta. */
static double sign_of(const kz_material *m) { return m->by_beta ? -1 : 1; }

kz_status kz_relax_edge(double *current, double *slope, const kz_relax_system *s, kz_side side,
                        double u)
{
    const kz_material *m = s->material;
    KZ_TRY(kz_outflow_at(current, slope, s->outflow[side], kz_relax_beta(m, u)));
    if (!m->by_beta) *slope /= -(u * u);
    return KZ_OK;
}

/* u at every node is a temperature. */
static kz_status check(const kz_relax_system *s, const double *u)
{
    const kz_material *m = s->material;
    for (size_t i = 0; i < s->elements->n; i++) {
        bool good = isfinite(u[i]) && (m->by_beta || u[i] * u[0] > 0);
        if (!good)
            return KZ_FAIL(KZ_EDOMAIN, "T = %.15g at x = %.15g of the junction", u[i],
                           s->elements->x[i]);
    }
    return KZ_OK;
}

kz_status kz_relax_rate(double *rate, const kz_relax_system *s, const double *y)
{
    const kz_elements *e = s->elements;
    const double *u = y + 1;
    double current[2], slope, *out = rate + 1, sign = sign_of(s->material);
    KZ_TRY(check(s, u));
    for (int side = 0; side < 2; side++)
        KZ_TRY(kz_relax_edge(&current[side], &slope, s, (kz_side)side, u[side ? e->n - 1 : 0]));
    for (size_t i = 0; i < e->n; i++)
        s->potential[i] = -kz_material_integral(&s->material->conductivity, u[i]);
    kz_elements_apply(out, e, s->potential);
    out[0] += sign * current[0];
    out[e->n - 1] -= sign * current[1];
    for (size_t i = 0; i < e->n; i++)
        out[i] /= e->weight[i] * kz_material_value(&s->material->capacity, u[i]);
    rate[0] = current[0];
    rate[e->n + 1] = current[1];
    return KZ_OK;
}

/* Derivative of the capacity, 0 for a constant. */
static double capacity_slope(const kz_material_curve *c, double u)
{
    if (c->count == 0) return 0;
    for (size_t i = 0; i + 1 < c->count; i++)
        if (u >= c->T[i] && u < c->T[i + 1])
            return (c->value[i + 1] - c->value[i]) / (c->T[i + 1] - c->T[i]);
    return 0;
}

static void add_stiffness(double *jacobian, const kz_relax_system *s, const double *u)
{
    const kz_elements *e = s->elements;
    size_t size = e->n + 2, row = e->degree + 1;
    for (size_t k = 0; k < e->count; k++) {
        for (size_t i = 0; i < row; i++) {
            size_t at = k * e->degree + i;
            for (size_t j = 0; j < row; j++) {
                size_t by = k * e->degree + j;
                jacobian[(at + 1) * size + by + 1] -=
                    2 / e->size[k] * e->stiffness[i * row + j] *
                    kz_material_value(&s->material->conductivity, u[by]);
            }
        }
    }
}

kz_status kz_relax_jacobian(double *jacobian, const kz_relax_system *s, const double *y)
{
    const kz_elements *e = s->elements;
    const kz_material *m = s->material;
    const double *u = y + 1;
    size_t n = e->n, size = n + 2;
    double current[2], slope[2], sign = sign_of(m);
    KZ_TRY(check(s, u));
    for (int side = 0; side < 2; side++)
        KZ_TRY(kz_relax_edge(&current[side], &slope[side], s, (kz_side)side, u[side ? n - 1 : 0]));
    memset(jacobian, 0, size * size * sizeof *jacobian);
    add_stiffness(jacobian, s, u);
    jacobian[size + 1] += sign * slope[0];
    jacobian[n * size + n] -= sign * slope[1];
    for (size_t i = 0; i < n; i++) {
        double mass = e->weight[i] * kz_material_value(&m->capacity, u[i]);
        for (size_t j = 1; j <= n; j++)
            jacobian[(i + 1) * size + j] /= mass;
    }
    if (m->capacity.count) {
        for (size_t i = 0; i < n; i++)
            s->potential[i] = -kz_material_integral(&m->conductivity, u[i]);
        double *flow = jacobian; /* row 0 as scratch: is written last */
        kz_elements_apply(flow, e, s->potential);
        flow[0] += sign * current[0];
        flow[n - 1] -= sign * current[1];
        for (size_t i = 0; i < n; i++) {
            double c = kz_material_value(&m->capacity, u[i]);
            double change = flow[i] / (e->weight[i] * c * c) * capacity_slope(&m->capacity, u[i]);
            jacobian[(i + 1) * size + i + 1] -= change;
        }
        memset(flow, 0, size * sizeof *flow);
    }
    jacobian[1] = slope[0];
    jacobian[(n + 1) * size + n] = slope[1];
    return KZ_OK;
}

double kz_relax_energy(const kz_relax_system *s, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < s->elements->n; i++)
        sum += s->elements->weight[i] * kz_material_integral(&s->material->capacity, y[1 + i]);
    return sign_of(s->material) * sum;
}
