#include "relax/material.h"

#include <math.h>
#include <string.h>

#include "core/memory.h"

static void curve_free(kz_material_curve *c)
{
    kz_free(c->T);
    kz_free(c->value);
    kz_free(c->sum);
    *c = (kz_material_curve){0};
}

void kz_material_free(kz_material *m)
{
    curve_free(&m->capacity);
    curve_free(&m->conductivity);
}

static kz_status curve_create(kz_material_curve *out, const kz_relax_curve *from)
{
    *out = (kz_material_curve){.constant = from->constant, .count = from->count};
    if (from->count == 0) return KZ_OK;
    kz_status status = kz_alloc_doubles(&out->T, from->count);
    if (status == KZ_OK) status = kz_alloc_doubles(&out->value, from->count);
    if (status == KZ_OK) status = kz_alloc_doubles(&out->sum, from->count);
    if (status != KZ_OK) return status;
    memcpy(out->T, from->temperature, from->count * sizeof *out->T);
    memcpy(out->value, from->value, from->count * sizeof *out->value);
    for (size_t i = 1; i < from->count; i++)
        out->sum[i] = out->sum[i - 1] +
                      0.5 * (out->value[i] + out->value[i - 1]) * (out->T[i] - out->T[i - 1]);
    return KZ_OK;
}

kz_status kz_material_create(kz_material *out, const kz_relax_params *params)
{
    *out = (kz_material){.by_beta = params->law == KZ_LAW_BETA};
    kz_status status = curve_create(&out->capacity, &params->capacity);
    if (status == KZ_OK) status = curve_create(&out->conductivity, &params->conductivity);
    if (status != KZ_OK) kz_material_free(out);
    return status;
}

/* The interval that holds T, or the nearest one. */
static size_t interval(const kz_material_curve *c, double T)
{
    size_t low = 0, high = c->count - 1;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (T < c->T[middle])
            high = middle;
        else
            low = middle;
    }
    return low;
}

double kz_material_value(const kz_material_curve *c, double u)
{
    if (c->count == 0) return c->constant;
    size_t i = interval(c, u);
    if (u <= c->T[i]) return c->value[i];
    if (u >= c->T[i + 1]) return c->value[i + 1];
    return c->value[i] + (c->value[i + 1] - c->value[i]) * (u - c->T[i]) / (c->T[i + 1] - c->T[i]);
}

double kz_material_integral(const kz_material_curve *c, double u)
{
    if (c->count == 0) return c->constant * u;
    size_t i = interval(c, u);
    if (u > c->T[i + 1]) i++;
    double here = kz_material_value(c, u);
    return c->sum[i] + 0.5 * (c->value[i] + here) * (u - c->T[i]);
}

/* From a point of the table on, value w + slope w^2/2 = rest in the form without cancellation. */
static double climb(double value, double slope, double rest)
{
    return 2 * rest / (value + sqrt(fmax(value * value + 2 * slope * rest, 0)));
}

double kz_material_inverse(const kz_material_curve *c, double integral)
{
    if (c->count == 0) return integral / c->constant;
    size_t last = c->count - 1, i = 0;
    if (integral <= 0) return c->T[0] + integral / c->value[0];
    if (integral >= c->sum[last]) return c->T[last] + (integral - c->sum[last]) / c->value[last];
    while (integral > c->sum[i + 1])
        i++;
    double slope = (c->value[i + 1] - c->value[i]) / (c->T[i + 1] - c->T[i]);
    return c->T[i] + climb(c->value[i], slope, integral - c->sum[i]);
}

/* Of T: a state may start at the end of a table. */
static const double ROUNDING = 1e-9;

bool kz_material_covers(double *low, double *high, const kz_material *m, double u)
{
    const kz_material_curve *curve[] = {&m->capacity, &m->conductivity};
    *low = -INFINITY;
    *high = INFINITY;
    for (int i = 0; i < 2; i++) {
        if (curve[i]->count == 0) continue;
        *low = fmax(*low, curve[i]->T[0]);
        *high = fmin(*high, curve[i]->T[curve[i]->count - 1]);
    }
    return u >= *low - ROUNDING * fabs(*low) && u <= *high + ROUNDING * fabs(*high);
}

double kz_material_least(const kz_material_curve *c)
{
    double least = c->count ? c->value[0] : c->constant;
    for (size_t i = 1; i < c->count; i++)
        least = fmin(least, c->value[i]);
    return least;
}

double kz_material_most(const kz_material_curve *c)
{
    double most = c->count ? c->value[0] : c->constant;
    for (size_t i = 1; i < c->count; i++)
        most = fmax(most, c->value[i]);
    return most;
}
