/* Occupation of the modes, and how to integrate over it. */
#include <complex.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "fermion/internal.h"

/* beta (-cos k) - mu, from the nearer edge of the band. */
static double thermal_argument(double beta, double mu, double k)
{
    double s = sin(0.5 * k), c = cos(0.5 * k);
    return s * s <= 0.5 ? beta * (2.0 * s * s) - (mu + beta) : -beta * (2.0 * c * c) - (mu - beta);
}

/* 1 above zero, 0 below, 1/2 at zero: k itself is a rounded number, so zero means to rounding. */
static double step_function(double x)
{
    if (isnan(x)) return x;
    return fabs(x) <= 4.0 * DBL_EPSILON ? 0.5 : (x > 0.0 ? 1.0 : 0.0);
}

double kz_fermi_filled(double x)
{
    double e = exp(-fabs(x));
    return x > 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
}

double kz_fermion_occupation(const kz_state *state, double k)
{
    if (!state || !isfinite(k)) return NAN;
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        return kz_fermi_filled(thermal_argument(state->beta, state->mu, k));
    case KZ_STATE_GROUND:
        if (fabs(state->h) >= 1.0) return state->h > 0.0 ? 1.0 : 0.0;
        return step_function(state->h + cos(k));
    case KZ_STATE_CEILING:
        return step_function(-cos(k));
    case KZ_STATE_UP:
        return 1.0;
    case KZ_STATE_DOWN:
        return 0.0;
    }
    return NAN;
}

double kz_fermi_polarization(double x)
{
    double e = expm1(-fabs(x)); /* no cancellation at small x */
    return copysign(0.5 * e / (2.0 + e), -x);
}

/* Poles of 1/(1 + e^x) lie at x = i pi (2 j + 1), that is cos q = -(mu + i pi (2 j + 1))/slope.
 * j = 0 is the nearest one; later ones come closer to some panels by less than sqrt 2, which the
 * criterion in refine() affords.  cacos has no other singularity near [0, pi/2]. */
static void init_thermal(kz_half_band *band, double slope, double mu)
{
    band->thermal = true;
    band->slope = slope;
    band->offset = mu + slope;
    band->pole_im = INFINITY;
    if (slope == 0.0) return;
    double parts[2] = {-mu / slope, -kz_pi / slope}; /* parts may be infinite: no arithmetic */
    double complex pole;
    memcpy(&pole, parts, sizeof pole);
    pole = cacos(pole);
    band->pole_re = creal(pole);
    band->pole_im = fabs(cimag(pole));
}

static void init_step(kz_half_band *band, double step, double inner, double outer)
{
    band->step = step;
    band->inner = inner;
    band->outer = outer;
}

/* Energies below h are filled.  In the upper half the larger energies have the smaller q. */
static void init_ground(kz_half_band *band, double h)
{
    bool lower = band->sign > 0.0, saturated = fabs(h) >= 1.0;
    double step = saturated ? 0.0 : acos(fabs(h));
    if (lower == (h < 0.0))
        init_step(band, step, lower ? 0.5 : -0.5, lower ? -0.5 : 0.5);
    else
        init_step(band, 0.0, 0.0, lower ? 0.5 : -0.5);
}

void kz_half_band_init(kz_half_band *band, const kz_state *state, int half)
{
    double sign = half == KZ_HALF_LOWER ? 1.0 : -1.0;
    *band = (kz_half_band){.sign = sign};
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        init_thermal(band, sign * state->beta, state->mu);
        break;
    case KZ_STATE_GROUND:
        init_ground(band, state->h);
        break;
    case KZ_STATE_CEILING:
        init_step(band, 0.0, 0.0, -0.5 * sign);
        break;
    case KZ_STATE_UP:
        init_step(band, 0.0, 0.0, 0.5);
        break;
    case KZ_STATE_DOWN:
        init_step(band, 0.0, 0.0, -0.5);
        break;
    }
}

double kz_half_band_argument(const kz_half_band *band, double q)
{
    double s = sin(0.5 * q);
    return band->slope * (2.0 * s * s) - band->offset;
}

static size_t emit(kz_panel *panels, size_t count, double from, double to, bool frozen, double g)
{
    panels[count] = (kz_panel){.from = from, .to = to, .frozen = frozen, .polarization = g};
    return count + 1;
}

/* Distance of the pole from the segment. */
static double pole_distance(const kz_half_band *band, double from, double to)
{
    double beside = fmax(0.0, fmax(from - band->pole_re, band->pole_re - to));
    return hypot(beside, band->pole_im);
}

/* Bisects until the pole is at least half a panel length away.  It then lies outside the Bernstein
 * ellipse of parameter 1 + sqrt 2 and 20 nodes leave (1 + sqrt 2)^-40 = 5e-16 of the panel's share.
 * Where |x| > 40 the occupation differs from 0 or 1 by less than 5e-18.  Panels shorter than the
 * spacing of the numbers contribute nothing. */
static size_t refine(kz_panel *panels, size_t count, const kz_half_band *band, double from,
                     double to)
{
    double a = kz_half_band_argument(band, from), b = kz_half_band_argument(band, to);
    if (fmin(a, b) > 40.0) return emit(panels, count, from, to, true, -0.5);
    if (fmax(a, b) < -40.0) return emit(panels, count, from, to, true, 0.5);
    double half = 0.5 * (to - from), middle = from + half;
    bool shortest = half < 1e-17 || middle <= from || middle >= to;
    /* At most four panels a level need cutting and 57 levels exhaust the digits of q: the limit on
     * the number is never met. */
    if (half <= pole_distance(band, from, to) || shortest || count + 64 > KZ_PANELS_MAX)
        return emit(panels, count, from, to, false, 0.0);
    count = refine(panels, count, band, from, middle);
    return refine(panels, count, band, middle, to);
}

size_t kz_half_band_panels(kz_panel panels[KZ_PANELS_MAX], const kz_half_band *band, double from,
                           double to)
{
    if (!(from < to)) return 0;
    if (band->thermal) return refine(panels, 0, band, from, to);
    size_t count = 0;
    if (from < band->step) count = emit(panels, 0, from, fmin(to, band->step), true, band->inner);
    if (band->step < to) count = emit(panels, count, fmax(from, band->step), to, true, band->outer);
    return count;
}

/* Positive half of the 20-point Gauss-Legendre rule on [-1, 1]. */
const double kz_gauss_node[KZ_GAUSS_PAIRS] = {
    0.07652652113349733375, 0.2277858511416450781, 0.3737060887154195607, 0.510867001950827098,
    0.6360536807265150255,  0.7463319064601507926, 0.8391169718222188234, 0.9122344282513259059,
    0.9639719272779137913,  0.9931285991850949248,
};
const double kz_gauss_weight[KZ_GAUSS_PAIRS] = {
    0.1527533871307258507,  0.1491729864726037468,  0.1420961093183820513,  0.1316886384491766269,
    0.1181945319615184173,  0.101930119817240435,   0.08327674157670474872, 0.06267204833410906357,
    0.04060142980038694133, 0.01761400713915211831,
};

static void add_frozen(kz_moments *moments, const kz_half_band *band, const kz_panel *panel)
{
    double middle = 0.5 * (panel->from + panel->to), half = 0.5 * (panel->to - panel->from);
    double g = panel->polarization;
    moments->number += g * 2.0 * half;
    moments->velocity += g * 2.0 * sin(middle) * sin(half);
    moments->energy -= g * band->sign * 2.0 * cos(middle) * sin(half);
    moments->energy_velocity -= g * band->sign * 0.5 * sin(2.0 * middle) * sin(2.0 * half);
}

static void add_node(kz_moments *sum, const kz_half_band *band, double q, double weight)
{
    double s = sin(0.5 * q), c = cos(0.5 * q), x = band->slope * (2.0 * s * s) - band->offset;
    double v = 2.0 * s * c, energy = -band->sign * (1.0 - 2.0 * s * s);
    double g = weight * kz_fermi_polarization(x);
    sum->number += g;
    sum->velocity += g * v;
    sum->energy += g * energy;
    sum->energy_velocity += g * energy * v;
}

void kz_moments_add_panel(kz_moments *moments, const kz_half_band *band, const kz_panel *panel)
{
    if (panel->frozen) {
        add_frozen(moments, band, panel);
        return;
    }
    double middle = 0.5 * (panel->from + panel->to), half = 0.5 * (panel->to - panel->from);
    kz_moments sum = {0};
    for (int i = 0; i < KZ_GAUSS_PAIRS; i++) {
        add_node(&sum, band, middle - half * kz_gauss_node[i], kz_gauss_weight[i]);
        add_node(&sum, band, middle + half * kz_gauss_node[i], kz_gauss_weight[i]);
    }
    moments->number += half * sum.number;
    moments->velocity += half * sum.velocity;
    moments->energy += half * sum.energy;
    moments->energy_velocity += half * sum.energy_velocity;
}

void kz_moments_add(kz_moments *moments, const kz_state *state, double from, double to)
{
    for (int half = 0; half < KZ_HALVES; half++) {
        kz_half_band band;
        kz_half_band_init(&band, state, half);
        kz_panel panels[KZ_PANELS_MAX];
        size_t count = kz_half_band_panels(panels, &band, from, to);
        for (size_t i = 0; i < count; i++)
            kz_moments_add_panel(moments, &band, &panels[i]);
    }
}
