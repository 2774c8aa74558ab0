/* A time evolution as a list of half layers, apart from whoever executes them; internal. */
#ifndef KZ_TBM_LAYERS_H
#define KZ_TBM_LAYERS_H

#include <stddef.h>

#include <kapitza/tebd.h>

/* Gates exp(-i tau h) on the bonds parity, parity + 2, ...; they commute. */
typedef struct {
    int parity;
    double tau;
    double share; /* of a bond's discarded weight per unit time: its |coefficient|, rescaled so
                   * that the layers of one parity add up to |dt| per step */
} kz_layer;

/* Half layers of `steps` steps, the last of a step and the first of the next merged. */
size_t kz_layer_count(kz_trotter trotter, size_t steps);

/* Gates in a layer of this parity on so many sites. */
static inline size_t kz_layer_gates(size_t length, int parity)
{
    return (length - (size_t)parity) / 2;
}

/* Number `index` of them. */
kz_layer kz_layer_at(kz_trotter trotter, double dt, size_t steps, size_t index);

#endif
