#include "fermion/response.h"

#include <math.h>

#include "fermion/internal.h"

/* Integrals of v times a weight times 1, energy, energy^2. */
typedef struct {
    double one, energy, energy2;
} fluctuations;

/* Of the occupation at x, to a relative accuracy. */
typedef double weight_of(double x);

/* n(1 - n) */
static double by_both(double x)
{
    double e = exp(-fabs(x));
    return e / ((1 + e) * (1 + e));
}

static double by_empty(double x) { return kz_fermi_filled(-x); }

static void add_node(fluctuations *sum, const kz_half_band *band, weight_of *of, double q,
                     double weight)
{
    double energy = -band->sign * cos(q);
    double w = weight * sin(q) * of(kz_half_band_argument(band, q));
    sum->one += w;
    sum->energy += w * energy;
    sum->energy2 += w * energy * energy;
}

static void add_panel(fluctuations *sum, const kz_half_band *band, weight_of *of, double from,
                      double to)
{
    double middle = 0.5 * (from + to), half = 0.5 * (to - from);
    for (int i = 0; i < KZ_GAUSS_PAIRS; i++) {
        add_node(sum, band, of, middle - half * kz_gauss_node[i], half * kz_gauss_weight[i]);
        add_node(sum, band, of, middle + half * kz_gauss_node[i], half * kz_gauss_weight[i]);
    }
}

/* Where occupations are 0 or 1 to rounding weights are 1, or e^{-|x|}: then in pieces over which x
 * changes by this, from the end with the smaller |x| to where nothing is left in comparison. */
static const double PIECE = 8, NOTHING = 45;

/* q at which the argument is x, within [from, to]. */
static double place_of(const kz_half_band *band, double x, double from, double to)
{
    double s2 = (x + band->offset) / (2 * band->slope);
    return fmin(fmax(2 * asin(sqrt(fmin(fmax(s2, 0), 1))), from), to);
}

static void add_frozen(fluctuations *sum, const kz_half_band *band, weight_of *of,
                       const kz_panel *panel)
{
    double x[2] = {kz_half_band_argument(band, panel->from),
                   kz_half_band_argument(band, panel->to)};
    int first = fabs(x[0]) <= fabs(x[1]) ? 0 : 1;
    double q[2] = {panel->from, panel->to}, from = q[first], last = q[1 - first];
    double whole = fabs(x[1] - x[0]), step = copysign(PIECE, x[1 - first] - x[first]);
    if (of(x[first]) > 0.5) {
        add_panel(sum, band, of, q[0], q[1]);
        return;
    }
    for (int i = 1; from != last && (i - 1) * PIECE < NOTHING; i++) {
        bool ends = whole <= i * PIECE;
        double to = ends ? last : place_of(band, x[first] + i * step, q[0], q[1]);
        add_panel(sum, band, of, fmin(from, to), fmax(from, to));
        from = to;
    }
}

static fluctuations integrate(const kz_state *thermal, weight_of *of)
{
    fluctuations sum = {0};
    for (int half = 0; half < KZ_HALVES; half++) {
        kz_half_band band;
        kz_panel panels[KZ_PANELS_MAX];
        kz_half_band_init(&band, thermal, half);
        size_t count = band.thermal ? kz_half_band_panels(panels, &band, 0, 0.5 * kz_pi) : 0;
        for (size_t p = 0; p < count; p++) {
            if (panels[p].frozen)
                add_frozen(&sum, &band, of, &panels[p]);
            else
                add_panel(&sum, &band, of, panels[p].from, panels[p].to);
        }
    }
    return sum;
}

/* Up to this |beta| what is odd in the energy is summed by pairs +-e, of which little is left near
 * beta = 0; the panel rule integrates over e. */
static const double WARM = 1;

typedef double odd_part(double a, double mu);

/* n(-e) - n(e), a = beta e: sinh(a)/(cosh(a) + cosh(mu)). */
static double odd_occupation(double a, double mu)
{
    double least = exp(-fabs(mu));
    return 2 * least * sinh(a) / (2 * least * cosh(a) + 1 + least * least);
}

/* n(1 - n) at e less that at -e: sinh(a) sinh(mu)/((1 + cosh(a - mu)) (1 + cosh(a + mu))). */
static double odd_fluctuation(double a, double mu)
{
    double least = exp(-fabs(mu)), product = 1;
    for (int sign = -1; sign <= 1; sign += 2) {
        double x = a + sign * mu;
        product *= least + 0.5 * (exp(x - fabs(mu)) + exp(-x - fabs(mu)));
    }
    return -0.5 * expm1(-2 * fabs(mu)) * copysign(least, mu) * sinh(a) / product;
}

static double odd_moment(const kz_state *thermal, odd_part *of)
{
    double sum = 0;
    for (int i = 0; i < 2 * KZ_GAUSS_PAIRS; i++) {
        double e = 0.5 + (i % 2 ? 0.5 : -0.5) * kz_gauss_node[i / 2];
        sum += 0.5 * kz_gauss_weight[i / 2] * e * of(thermal->beta * e, thermal->mu);
    }
    return sum;
}

void kz_fermion_response(double response[2][2], const kz_state *thermal)
{
    fluctuations sum = integrate(thermal, by_both);
    double scale = 0.5 / kz_pi;
    response[0][0] = scale * sum.energy2;
    response[0][1] = response[1][0] = scale * sum.energy;
    response[1][1] = scale * sum.one;
    if (fabs(thermal->beta) <= WARM)
        response[0][1] = response[1][0] = scale * odd_moment(thermal, odd_fluctuation);
}

/* Of the sums; and of arguments beta e - mu, by their parts. */
static const double ROUNDING = 5e-15, ARGUMENT = 4e-16;

void kz_fermion_emission(double current[2], double err[2], const kz_state *thermal, double spin)
{
    fluctuations sum = integrate(thermal, spin > 0 ? by_empty : kz_fermi_filled);
    double scale = (spin > 0 ? -0.5 : 0.5) / kz_pi;
    double beta = thermal->beta, mu = thermal->mu;
    bool warm = fabs(beta) <= WARM;
    current[0] = warm ? -0.5 / kz_pi * odd_moment(thermal, odd_occupation) : scale * sum.energy;
    current[1] = scale * sum.one;
    double relative = ROUNDING + ARGUMENT * (fabs(beta) + fabs(mu));
    err[0] = relative * fabs(current[warm ? 0 : 1]);
    err[1] = relative * fabs(current[1]);
}

/* |beta| from which, and the share of it up to which |mu| leaves e^{-45} of the Fermi sea's ends.
 */
static const double COLD = 90, FIELD = 0.5;

bool kz_fermion_cold_emission(double current[2], double err[2], double response[2][2],
                              const kz_state *thermal, int sign)
{
    double size = sign * thermal->beta, mu = thermal->mu, T = 1 / size, scale = 0.5 / kz_pi * T;
    if (!(size >= COLD) || fabs(mu) > FIELD * size) return false;
    double square = kz_pi * kz_pi / 3 + mu * mu;
    current[0] = sign * scale * T * 0.5 * square;
    current[1] = scale * mu;
    for (int a = 0; a < 2; a++)
        err[a] = ROUNDING * fabs(current[a]);
    response[0][0] = scale * T * T * square;
    response[0][1] = response[1][0] = sign * scale * T * mu;
    response[1][1] = scale;
    return true;
}
