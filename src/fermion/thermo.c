/* Thermodynamics and Drude weights of the XX chain. */
#include <math.h>

#include "core/error.h"
#include "fermion/internal.h"

/* Integrals over q, both halves of the band.  w = n(1 - n), x = beta energy - mu. */
typedef struct {
    kz_moments moments;
    double entropy;
    double w, w_energy, w_energy2, w_x2;
    double w_v2, w_v2_energy, w_v2_energy2;
    double w_v, w_v_energy2;
} thermal_sums;

/* Adds `scale` times b to a. */
static void add_scaled(thermal_sums *a, const thermal_sums *b, double scale)
{
    a->entropy += scale * b->entropy;
    a->w += scale * b->w;
    a->w_energy += scale * b->w_energy;
    a->w_energy2 += scale * b->w_energy2;
    a->w_x2 += scale * b->w_x2;
    a->w_v2 += scale * b->w_v2;
    a->w_v2_energy += scale * b->w_v2_energy;
    a->w_v2_energy2 += scale * b->w_v2_energy2;
    a->w_v += scale * b->w_v;
    a->w_v_energy2 += scale * b->w_v_energy2;
}

static void add_node(thermal_sums *sum, const kz_half_band *band, double q, double weight)
{
    /* Finite: where mu + slope overflows, the whole half of the band is frozen. */
    double x = fabs(kz_half_band_argument(band, q));
    double e = exp(-x), energy = -band->sign * cos(q), v = sin(q);
    double w = weight * e / ((1.0 + e) * (1.0 + e));
    sum->entropy += weight * (log1p(e) + x * e / (1.0 + e));
    sum->w += w;
    sum->w_energy += w * energy;
    sum->w_energy2 += w * energy * energy;
    sum->w_x2 += w * x * x;
    sum->w_v2 += w * v * v;
    sum->w_v2_energy += w * v * v * energy;
    sum->w_v2_energy2 += w * v * v * energy * energy;
    sum->w_v += w * v;
    sum->w_v_energy2 += w * v * energy * energy;
}

/* In a frozen panel n(1 - n) and the entropy vanish. */
static void add_panel(thermal_sums *sums, const kz_half_band *band, const kz_panel *panel)
{
    kz_moments_add_panel(&sums->moments, band, panel);
    if (panel->frozen) return;
    double middle = 0.5 * (panel->from + panel->to), half = 0.5 * (panel->to - panel->from);
    thermal_sums sum = {0};
    for (int i = 0; i < KZ_GAUSS_PAIRS; i++) {
        add_node(&sum, band, middle - half * kz_gauss_node[i], kz_gauss_weight[i]);
        add_node(&sum, band, middle + half * kz_gauss_node[i], kz_gauss_weight[i]);
    }
    add_scaled(sums, &sum, half);
}

/* ln Z = S - beta e + mu m: ln Z >= |beta|/pi and >= |mu|/2, so nothing cancels. */
static void compute_thermal(kz_thermo *out, const kz_state *state)
{
    thermal_sums sums = {0};
    for (int half = 0; half < KZ_HALVES; half++) {
        kz_half_band band;
        kz_half_band_init(&band, state, half);
        kz_panel panels[KZ_PANELS_MAX];
        size_t count = kz_half_band_panels(panels, &band, 0.0, 0.5 * kz_pi);
        for (size_t i = 0; i < count; i++)
            add_panel(&sums, &band, &panels[i]);
    }
    double beta = state->beta, mu = state->mu;
    *out = (kz_thermo){.beta = beta, .mu = mu, .err = kz_fermion_err};
    out->energy = sums.moments.energy / kz_pi;
    out->magnetization = sums.moments.number / kz_pi;
    out->entropy = sums.entropy / kz_pi;
    out->ln_z = out->entropy - beta * out->energy + mu * out->magnetization;
    out->free_energy = beta == 0.0 ? NAN : -out->ln_z / beta;
    out->heat_capacity = sums.w_x2 / kz_pi;
    out->susceptibility = sums.w / kz_pi;
    out->energy_beta = -sums.w_energy2 / kz_pi;
    out->magnetization_beta = -sums.w_energy / kz_pi;
    out->drude_spin = sums.w_v2 / kz_pi;
    out->drude_energy = sums.w_v2_energy2 / kz_pi;
    out->drude_cross = sums.w_v2_energy / kz_pi;
    out->energy_noise = sums.w_v_energy2 / kz_pi;
    out->spin_noise = sums.w_v / kz_pi;
}

/* Sign times infinity, 0 at 0: the limit of beta h as beta -> infinity. */
static double times_infinity(double h) { return h == 0.0 ? 0.0 : copysign(INFINITY, h); }

/* Pure states: no fluctuations, so every derivative and Drude weight is 0. */
static void compute_pure(kz_thermo *out, const kz_state *state)
{
    *out = (kz_thermo){.beta = NAN, .mu = NAN, .ln_z = NAN, .free_energy = NAN};
    out->err = kz_fermion_err;
    switch (state->kind) {
    case KZ_STATE_GROUND: {
        double h = fmax(-1.0, fmin(1.0, state->h)); /* saturated beyond */
        out->beta = INFINITY;
        out->mu = times_infinity(state->h);
        out->energy = -sqrt((1.0 - h) * (1.0 + h)) / kz_pi;
        out->magnetization = asin(h) / kz_pi;
        out->free_energy = out->energy - state->h * out->magnetization;
        break;
    }
    case KZ_STATE_CEILING:
        out->beta = -INFINITY;
        out->mu = 0.0;
        out->energy = 1.0 / kz_pi;
        break;
    case KZ_STATE_UP:
        out->mu = INFINITY;
        out->magnetization = 0.5;
        break;
    case KZ_STATE_DOWN:
        out->mu = -INFINITY;
        out->magnetization = -0.5;
        break;
    case KZ_STATE_THERMAL:
        break;
    }
}

kz_status kz_fermion_thermo(kz_thermo *out, const kz_state *state)
{
    if (!out || !state) return KZ_FAIL(KZ_EINVAL, "no state, or nowhere to put its numbers");
    KZ_TRY(kz_state_check(state));
    if (state->kind == KZ_STATE_THERMAL)
        compute_thermal(out, state);
    else
        compute_pure(out, state);
    return KZ_OK;
}
