/* Splittings exp(dt (A + B)) ~ exp(c0 dt A) exp(c1 dt B) ... exp(c0 dt A), symmetric: the first
 * half of the coefficients and the middle one are listed. */
#include "tbm/layers.h"

#include <math.h>

enum { MOST = 11 };

typedef struct {
    int count; /* odd */
    double half[(MOST + 1) / 2];
} scheme;

static const scheme second_order = {3, {0.5, 1.0}};

/* barthel2020, Eq. (30a) */
#define A1 0.095848502741203681182
#define B1 0.42652466131587616168
#define A2 -0.078111158921637922695
#define B2 -0.12039526945509726545
static const scheme optimised = {11, {A1, B1, A2, B2, 0.5 - A1 - A2, 1.0 - 2.0 * (B1 + B2)}};

/* suzuki1990: S(p)^2 S(1 - 4p) S(p)^2 with p = 1/(4 - 4^(1/3)) */
#define P 0.41449077179437573714
static const scheme suzuki = {11, {0.5 * P, P, P, P, 0.5 * (1.0 - 3.0 * P), 1.0 - 4.0 * P}};

/* forest1990: S(q) S(1 - 2q) S(q) with q = 1/(2 - 2^(1/3)) */
#define Q 1.35120719195965763405
static const scheme forest_ruth = {7, {0.5 * Q, Q, 0.5 * (1.0 - Q), 1.0 - 2.0 * Q}};

static const scheme *scheme_of(kz_trotter trotter)
{
    switch (trotter) {
    case KZ_TROTTER_2:
        return &second_order;
    case KZ_TROTTER_4:
        return &optimised;
    case KZ_TROTTER_4_SUZUKI:
        return &suzuki;
    case KZ_TROTTER_4_FOREST_RUTH:
        return &forest_ruth;
    }
    return &optimised;
}

static double coefficient(const scheme *s, size_t k)
{
    size_t count = (size_t)s->count;
    return s->half[k <= count / 2 ? k : count - 1 - k];
}

size_t kz_layer_count(kz_trotter trotter, size_t steps)
{
    return steps == 0 ? 0 : steps * (size_t)(scheme_of(trotter)->count - 1) + 1;
}

kz_layer kz_layer_at(kz_trotter trotter, double dt, size_t steps, size_t index)
{
    const scheme *s = scheme_of(trotter);
    size_t period = (size_t)s->count - 1, k = index % period;
    double own = coefficient(s, k), size = fabs(own), sum = 0.0;
    if (k == 0 && index > 0 && index < steps * period) {
        own *= 2.0;
        size *= 2.0;
    }
    for (size_t j = k % 2; j <= period; j += 2)
        sum += fabs(coefficient(s, j));
    return (kz_layer){.parity = (int)(k % 2), .tau = own * dt, .share = fabs(dt) * size / sum};
}
