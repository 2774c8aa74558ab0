/* Both halves send their modes through the junction independently:
 *     F = int_0^pi dk/2pi sin(k) {ln[1 + n_L (e^{lambda q} - 1)] + ln[1 + n_R (e^{-lambda q} - 1)]}
 * with q the energy or 1. */
#include "fermion/counting.h"

#include "core/bernoulli.h"
#include "fermion/internal.h"

/* Of every number, relative to max(1, |value|): sums of 20 nodes on some hundred panels. */
static const double ROUNDING = 2e-14;

/* A mode of one half, as it arrives. */
typedef struct {
    double filled, empty; /* both to their relative accuracy */
    double charge;        /* that it carries to the right when it is filled */
} mode;

enum { CUMULANTS = 4 };

/* What to sum over the modes: F and its derivative at lambda, or the cumulants. */
typedef struct {
    double lambda;
    bool cumulants;
    double sum[CUMULANTS];
} tally;

static void add_mode(tally *t, const mode *m, double weight)
{
    double p = m->filled, q = m->empty, z = t->lambda * m->charge, w = weight * m->charge;
    if (!t->cumulants) {
        t->sum[0] += weight * kz_bernoulli_log(p, q, z);
        t->sum[1] += w * kz_bernoulli_tilt(p, q, z);
        return;
    }
    double variance = p * q;
    const double of[CUMULANTS] = {p, variance, variance * (q - p), variance * (1 - 6 * variance)};
    for (int i = 0; i < CUMULANTS; i++, w *= m->charge)
        t->sum[i] += w * of[i];
}

static mode mode_at(const kz_half_band *band, double polarization, double q, kz_charge charge,
                    double direction)
{
    mode m = {.filled = 0.5 + polarization, .empty = 0.5 - polarization};
    if (band->thermal) {
        double x = kz_half_band_argument(band, q);
        m.filled = kz_fermi_filled(x);
        m.empty = kz_fermi_filled(-x);
    }
    m.charge = direction * (charge == KZ_CHARGE_ENERGY ? -band->sign * cos(q) : 1);
    return m;
}

static void add_panel(tally *t, const kz_half_band *band, const kz_panel *panel, kz_charge charge,
                      double direction)
{
    double middle = 0.5 * (panel->from + panel->to), half = 0.5 * (panel->to - panel->from);
    for (int i = 0; i < 2 * KZ_GAUSS_PAIRS; i++) {
        double node = kz_gauss_node[i / 2], q = middle + (i % 2 ? node : -node) * half;
        mode m = mode_at(band, panel->polarization, q, charge, direction);
        add_mode(t, &m, half * kz_gauss_weight[i / 2] * sin(q));
    }
}

/* The ensemble weighted by e^{z q}, whose poles cut the panels too; pure states stay. */
static kz_state weighted(const kz_state *state, kz_charge charge, double z)
{
    kz_state result = *state;
    if (state->kind != KZ_STATE_THERMAL) return result;
    if (charge == KZ_CHARGE_ENERGY)
        result.beta -= z;
    else
        result.mu += z;
    return result;
}

/* direction: 1 from the left, -1 from the right. */
static void add_side(tally *t, const kz_state *state, kz_charge charge, double direction)
{
    kz_state other = weighted(state, charge, direction * t->lambda);
    for (int half = 0; half < KZ_HALVES; half++) {
        kz_half_band band, cut;
        kz_panel outer[KZ_PANELS_MAX], inner[KZ_PANELS_MAX];
        kz_half_band_init(&band, state, half);
        kz_half_band_init(&cut, &other, half);
        size_t count = kz_half_band_panels(outer, &band, 0, 0.5 * kz_pi);
        for (size_t i = 0; i < count; i++) {
            size_t pieces = kz_half_band_panels(inner, &cut, outer[i].from, outer[i].to);
            for (size_t k = 0; k < pieces; k++) {
                inner[k].polarization = outer[i].polarization;
                add_panel(t, &band, &inner[k], charge, direction);
            }
        }
    }
}

static void add_both(tally *t, const kz_state *left, const kz_state *right, kz_charge charge)
{
    add_side(t, left, charge, 1);
    add_side(t, right, charge, -1);
    for (int i = 0; i < CUMULANTS; i++)
        t->sum[i] *= 0.5 / kz_pi;
}

void kz_fermion_counting(kz_fluctuation *out, const kz_state *left, const kz_state *right,
                         kz_charge charge, double lambda)
{
    tally t = {.lambda = lambda};
    add_both(&t, left, right, charge);
    *out = (kz_fluctuation){
        .lambda = lambda, .generating = t.sum[0], .current = t.sum[1], .err = ROUNDING};
}

void kz_fermion_cumulants(kz_cumulants *out, const kz_state *left, const kz_state *right,
                          kz_charge charge)
{
    tally t = {.cumulants = true};
    add_both(&t, left, right, charge);
    for (int i = 0; i < CUMULANTS; i++) {
        out->value[i] = t.sum[i];
        out->err[i] = ROUNDING;
    }
}
