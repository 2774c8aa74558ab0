/* Sets of rapidities and their band-limited indicators; library-internal.
 *
 * On a ray the filling of a string jumps where its velocity crosses zeta.  A quadrature of a
 * smooth integrand over part of the line is exact on the uniform grid when the step is replaced
 * by its projection on the modes the grid can carry (sinc indefinite integration: stenger1993,
 * chapter 3; the error is that of the smooth factor at the Nyquist frequency, e^{-pi d/h} for a
 * strip of half width d).  The jump is thus resolved to all digits at its true position, not
 * smeared, without panels that would have to move with it. */
#ifndef KZ_GHD_RAY_REGION_H
#define KZ_GHD_RAY_REGION_H

#include <stdbool.h>
#include <stddef.h>

enum { KZ_EDGES_MAX = 16 };

/* Union of intervals of [-window, window]: bounded by edge[0] < edge[1] < ..., starting inside
 * or outside at -window. */
typedef struct {
    int count;
    bool starts_inside;
    double edge[KZ_EDGES_MAX];
} kz_region;

bool kz_region_contains(const kz_region *region, double lambda);

/* Largest distance between corresponding edges; INFINITY where the shapes differ. */
double kz_region_distance(const kz_region *a, const kz_region *b);

/* Measure of the set where the two differ. */
double kz_region_difference(const kz_region *a, const kz_region *b, double window);

/* Calls visit(context, from, to, inside) for the consecutive intervals of [-window, window]. */
void kz_region_visit(const kz_region *region, double window,
                     void (*visit)(void *context, double from, double to, bool inside),
                     void *context);

/* Adds factor * 1_{[from, to]} to the half-complex Fourier coefficients [n] of functions on the
 * nodes lambda_k = first + k * 2 window/n of the period [-window, window]. */
void kz_indicator_add(double *coefficients, size_t n, double window, double first, double from,
                      double to, double factor);

/* The same for amount * delta(lambda), lambda at `distance` from the first node. */
void kz_indicator_add_point(double *restrict coefficients, size_t n, double window, double distance,
                            double amount);

/* Value and derivative at lambda of the function with half-complex coefficients [n]. */
void kz_fourier_evaluate(double *value, double *slope, const double *coefficients, size_t n,
                         double window, double first, double lambda);

/* What stands in the modes next to the highest one: a jump that leaves something at the end of the
 * spectrum rings through the whole function, where its tails are small with a sign of its own from
 * node to node. */
double kz_fourier_ringing(const double *coefficients, size_t n);

#endif
