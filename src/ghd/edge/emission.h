/* What a thermal state sends into a polarised one; library-internal. */
#ifndef KZ_GHD_EDGE_EMISSION_H
#define KZ_GHD_EDGE_EMISSION_H

#include <stdbool.h>

#include "ghd/ray/ray.h"

/* Currents of energy and spin to the right, with errors that are small against the currents. */
typedef struct {
    double current[2], err[2];
    double largest; /* of the fillings times the lengths of their strings */
} kz_emission;

/* Sign of the spins, 0 unless all are parallel: up, down and saturated ground states. */
int kz_state_spin(const kz_state *state, kz_chain chain);

/* Energy current of the last ray zeta = 0, between the thermal state on the side `thermal` and the
 * far edge of the band (tba/form.h), and its error: of a cold edge beta times as large as that of a
 * number of the current's size. */
void kz_ray_far_emission(double *current, double *err, const kz_ray_work *ray, int thermal);

/* Both of the last ray zeta = 0, between the thermal state on the side `thermal` and a polarised
 * one, on a level that keeps fillings. */
void kz_ray_emission(kz_emission *out, const kz_ray_work *ray, int thermal);

#endif
