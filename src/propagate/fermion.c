#include "propagate/fermion.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#include <kapitza/fermion.h>

#include "core/error.h"
#include "core/memory.h"
#include "propagate/geometry/geometry.h"

enum { ORDER = 20, DEPTH_MAX = 40 };

typedef struct {
    const kz_profile *profile;
    const gsl_integration_glfixed_table *rule;
    double x, t, tol;
    size_t piece; /* of the profile, where the characteristics of an interval start */
} integrator;

static void add(kz_geometry_values *sum, const kz_geometry_values *term, double factor)
{
    sum->energy += factor * term->energy;
    sum->energy_current += factor * term->energy_current;
    sum->magnetization += factor * term->magnetization;
    sum->spin_current += factor * term->spin_current;
    sum->entropy += factor * term->entropy;
}

/* Both momenta of velocity sin q: k = q and pi - k = q. */
static void add_node(kz_geometry_values *sum, const integrator *c, double q, double weight)
{
    double v = sin(q), u = c->x - c->t * v, beta, mu;
    kz_profile_evaluate(&beta, &mu, c->profile, c->piece, u);
    for (int half = 0; half < 2; half++) {
        double energy = half ? cos(q) : -cos(q), y = beta * energy - mu;
        double polarization = -0.5 * tanh(0.5 * y), w = weight / (2 * M_PI);
        const kz_geometry_values term = {energy * polarization, v * energy * polarization,
                                         polarization, v * polarization, kz_mixing_entropy(y)};
        add(sum, &term, w);
    }
}

static kz_geometry_values gauss(const integrator *c, double from, double to)
{
    kz_geometry_values sum = {0};
    for (size_t i = 0; i < ORDER; i++) {
        double q, weight;
        gsl_integration_glfixed_point(from, to, i, &q, &weight, c->rule);
        add_node(&sum, c, q, weight);
    }
    return sum;
}

static double largest(const kz_geometry_values *v)
{
    return fmax(fmax(fmax(fabs(v->energy), fabs(v->energy_current)), fabs(v->entropy)),
                fmax(fabs(v->magnetization), fabs(v->spin_current)));
}

/* Halves the interval until whole and halves agree; *err adds up what they differ by. */
static void adapt(kz_geometry_values *sum, double *err, const integrator *c, double from, double to,
                  const kz_geometry_values *whole, int depth)
{
    double middle = 0.5 * (from + to);
    kz_geometry_values left = gauss(c, from, middle), right = gauss(c, middle, to), both = left;
    add(&both, &right, 1);
    kz_geometry_values difference = both;
    add(&difference, whole, -1);
    double change = largest(&difference);
    if (change <= fmax(0.1 * c->tol * (to - from), 1e-15) || depth == DEPTH_MAX) {
        add(sum, &both, 1);
        *err += change;
        return;
    }
    adapt(sum, err, c, from, middle, &left, depth + 1);
    adapt(sum, err, c, middle, to, &right, depth + 1);
}

/* Where characteristics start at an end of a piece, the integrand is not smooth. */
static size_t find_cuts(double *cut, const integrator *c)
{
    size_t count = 0;
    cut[count++] = -0.5 * M_PI;
    cut[count++] = 0.5 * M_PI;
    for (size_t p = 0; p < c->profile->pieces; p++) {
        const double end[2] = {c->profile->piece[p].from, c->profile->piece[p].to};
        for (int i = 0; i < 2; i++) {
            double v = (c->x - end[i]) / c->t;
            if (fabs(v) < 1) cut[count++] = asin(v);
        }
    }
    gsl_sort(cut, 1, count);
    return count;
}

/* That of velocity v starts right of a jump where v < (x - jump)/t; the place x - t v would say so
 * only to its rounding, which at early times next to a jump is all there is. */
static size_t piece_of(const integrator *c, double v)
{
    const kz_profile *p = c->profile;
    size_t piece = 0;
    if (c->t == 0) return kz_profile_find(p, c->x);
    while (piece + 1 < p->pieces) {
        double ahead = (c->x - p->piece[piece].to) / fabs(c->t);
        if (!((c->t > 0 ? v : -v) < ahead)) break;
        piece++;
    }
    return piece;
}

kz_status kz_propagate_fermion(kz_propagation_point *out, const kz_profile *profile, double tol)
{
    double *cut;
    kz_geometry_values sum = {0};
    double err = 0;
    KZ_TRY(kz_alloc_doubles(&cut, 2 * profile->pieces + 2));
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(ORDER);
    if (rule) {
        integrator c = {profile, rule, out->x, out->t, tol, 0};
        size_t count = find_cuts(cut, &c);
        for (size_t i = 0; i + 1 < count; i++) {
            c.piece = piece_of(&c, sin(0.5 * (cut[i] + cut[i + 1])));
            kz_geometry_values whole = gauss(&c, cut[i], cut[i + 1]);
            adapt(&sum, &err, &c, cut[i], cut[i + 1], &whole, 0);
        }
        gsl_integration_glfixed_table_free(rule);
    }
    kz_free(cut);
    if (!rule) return KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %d", ORDER);
    out->energy = sum.energy;
    out->energy_current = sum.energy_current;
    out->magnetization = sum.magnetization;
    out->spin_current = sum.spin_current;
    out->entropy = sum.entropy;
    out->err = err + 1e-14;
    return KZ_OK;
}
