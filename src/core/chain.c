/* Chains: from numbers to one of those that can be solved, and the edges of their bands. */
#include "core/chain.h"

#include <math.h>
#include <stdio.h>

#include "core/error.h"

static const double pi = 3.14159265358979323846;

kz_chain kz_chain_xx(void) { return (kz_chain){.kind = KZ_CHAIN_XX, .P = 2, .Q = 1}; }

kz_chain kz_chain_xxz(int P) { return (kz_chain){.kind = KZ_CHAIN_XXZ, .P = P, .Q = 1}; }

static int common_divisor(int a, int b)
{
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

kz_chain kz_chain_rational(int P, int Q)
{
    int divisor = P > 0 && Q > 0 ? common_divisor(P, Q) : 1;
    return (kz_chain){.kind = KZ_CHAIN_XXZ, .P = P / divisor, .Q = Q / divisor};
}

kz_chain kz_chain_axial(double delta)
{
    return (kz_chain){.kind = KZ_CHAIN_AXIAL, .P = 0, .Q = 0, .delta = delta};
}

int kz_chain_numerator(kz_chain chain)
{
    return chain.kind == KZ_CHAIN_XX || chain.Q == 0 ? 1 : chain.Q;
}

kz_status kz_chain_check(kz_chain chain)
{
    if (chain.kind == KZ_CHAIN_XX) return KZ_OK;
    if (chain.kind == KZ_CHAIN_AXIAL) {
        if (fabs(chain.delta) >= 1 && fabs(chain.delta) <= KZ_DELTA_MAX) return KZ_OK;
        return KZ_FAIL(KZ_EINVAL, "Delta = %.15g of an axial chain: 1 <= |Delta| <= %g",
                       chain.delta, KZ_DELTA_MAX);
    }
    if (chain.kind != KZ_CHAIN_XXZ)
        return KZ_FAIL(KZ_EINVAL, "unknown kind of chain, %d", (int)chain.kind);
    int P = chain.P, Q = kz_chain_numerator(chain);
    if (P < KZ_P_MIN || P > KZ_P_MAX)
        return KZ_FAIL(KZ_EINVAL, "P = %d is outside %d ... %d", P, KZ_P_MIN, KZ_P_MAX);
    if (Q < 1 || Q >= P || common_divisor(P, Q) != 1)
        return KZ_FAIL(KZ_EINVAL, "Q = %d at P = %d: accepted 1 ... P-1 without common divisor", Q,
                       P);
    return KZ_OK;
}

kz_status kz_chain_check_rational(kz_chain chain, const char *what)
{
    KZ_TRY(kz_chain_check(chain));
    if (chain.kind != KZ_CHAIN_AXIAL) return KZ_OK;
    return KZ_FAIL(KZ_EINVAL, "Delta = %.10g: %s for |Delta| < 1 only", chain.delta, what);
}

bool kz_chain_is_isotropic(kz_chain chain)
{
    return chain.kind == KZ_CHAIN_AXIAL && fabs(chain.delta) == 1;
}

kz_status kz_chain_check_anisotropic(kz_chain chain, const char *what)
{
    KZ_TRY(kz_chain_check(chain));
    if (!kz_chain_is_isotropic(chain)) return KZ_OK;
    return KZ_FAIL(KZ_EINVAL, "Delta = %.10g: %s for |Delta| < 1 and |Delta| > 1 only", chain.delta,
                   what);
}

bool kz_chain_is_turned(kz_chain chain) { return chain.kind == KZ_CHAIN_AXIAL && chain.delta < 0; }

kz_chain kz_chain_turn(kz_chain chain) { return kz_chain_axial(-chain.delta); }

kz_state kz_state_turn(const kz_state *state)
{
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        return kz_state_thermal(-state->beta, state->mu);
    case KZ_STATE_GROUND: /* a ferromagnet, that of no direction without field */
        if (state->h == 0) return kz_state_ceiling();
        return state->h > 0 ? kz_state_up() : kz_state_down();
    case KZ_STATE_CEILING:
        return kz_state_ground(0);
    case KZ_STATE_UP:
    case KZ_STATE_DOWN:
        break;
    }
    return *state;
}

bool kz_chain_is_free(kz_chain chain)
{
    return chain.kind == KZ_CHAIN_XX || (chain.kind == KZ_CHAIN_XXZ && chain.P == 2);
}

bool kz_chain_is_same(kz_chain a, kz_chain b)
{
    if (a.kind != b.kind) return false;
    if (a.kind == KZ_CHAIN_AXIAL) return a.delta == b.delta;
    return a.kind == KZ_CHAIN_XX || (a.P == b.P && kz_chain_numerator(a) == kz_chain_numerator(b));
}

/* cos(pi Q/P), odd under Q -> P - Q to the last digit. */
static double cosine(int P, int Q)
{
    if (2 * Q > P) return -cosine(P, P - Q);
    if (2 * Q == P) return 0.0;
    return 3 * Q == P ? 0.5 : cos(pi * Q / P);
}

double kz_chain_gamma(kz_chain chain)
{
    if (chain.kind == KZ_CHAIN_AXIAL) return 0.0;
    return chain.kind == KZ_CHAIN_XX ? pi / 2 : pi * kz_chain_numerator(chain) / chain.P;
}

double kz_chain_delta(kz_chain chain)
{
    if (chain.kind == KZ_CHAIN_AXIAL) return chain.delta;
    return chain.kind == KZ_CHAIN_XX ? 0.0 : cosine(chain.P, kz_chain_numerator(chain));
}

/* -- from numbers ---------------------------------------------------------------------------- */

/* What typing a number with 13 digits leaves, and no more, for another chain would be solved
 * without a word. */
static const double CLOSENESS = 1e-12;

/* The last chain at or below a value of gamma, and the first one above. */
typedef struct {
    double gamma;
    kz_chain below, above;
} bracket;

static void offer(bracket *b, int P, int Q)
{
    kz_chain chain = kz_chain_rational(P, Q);
    double gamma = kz_chain_gamma(chain);
    if (gamma <= b->gamma) {
        if (b->below.P == 0 || gamma > kz_chain_gamma(b->below)) b->below = chain;
    } else if (b->above.P == 0 || gamma < kz_chain_gamma(b->above)) {
        b->above = chain;
    }
}

/* Of all fractions up to P = `most`, and of 1/P, 1 - 1/P up to KZ_P_MAX.  A side without chain has
 * P = 0. */
static bracket neighbours(double gamma, int most)
{
    bracket b = {.gamma = gamma};
    for (int P = KZ_P_MIN; P <= KZ_P_MAX; P++) {
        int near = (int)(gamma * P / pi); /* or one beside it, by rounding */
        offer(&b, P, 1);
        offer(&b, P, P - 1);
        for (int Q = near - 1; P <= most && Q <= near + 1; Q++)
            if (Q >= 1 && Q < P) offer(&b, P, Q);
    }
    return b;
}

static kz_chain named(kz_chain chain) { return kz_chain_is_free(chain) ? kz_chain_xx() : chain; }

/* "Delta = 0.5 (P=3)", or with Q; nothing for no chain. */
static void describe(char *text, size_t size, const char *name, kz_chain chain, const char *link)
{
    text[0] = '\0';
    if (chain.P == 0) return;
    double value = name[0] == 'D' ? kz_chain_delta(chain) : kz_chain_gamma(chain);
    char fraction[32] = "";
    if (chain.Q != 1) (void)snprintf(fraction, sizeof fraction, ",Q=%d", chain.Q);
    (void)snprintf(text, size, "%s%s = %.10g (P=%d%s)", link, name, value, chain.P, fraction);
}

/* Of many that are near, the two named first are cheap. */
enum { P_NAMED = 64 };

/* The one of b that is nearer to gamma, or no chain where `named` has it already. */
static kz_chain nearest_but(bracket b, bracket named)
{
    bool below = b.above.P == 0 || (b.below.P != 0 && b.gamma - kz_chain_gamma(b.below) <
                                                          kz_chain_gamma(b.above) - b.gamma);
    kz_chain best = below ? b.below : b.above;
    if (kz_chain_is_same(best, named.below) || kz_chain_is_same(best, named.above)) best.P = 0;
    return best;
}

static kz_status refuse(const char *name, double value, double gamma)
{
    char one[96], two[96], best[96];
    bracket b = neighbours(gamma, P_NAMED);
    bool rising = name[0] == 'g';
    kz_chain first = rising ? b.below : b.above, second = rising ? b.above : b.below;
    if (first.P == 0) {
        first = second;
        second.P = 0;
    }
    describe(one, sizeof one, name, first, "");
    describe(two, sizeof two, name, second, " and ");
    describe(best, sizeof best, name, nearest_but(neighbours(gamma, KZ_P_MAX), b), ", nearest ");
    return KZ_FAIL(
        KZ_EINVAL,
        "%s = %.15g is not %s with P <= %d, there is no Bethe ansatz for it here; near it: %s%s%s",
        name, value, rising ? "pi Q/P" : "cos(pi Q/P)", KZ_P_MAX, one, two, best);
}

kz_status kz_chain_from_gamma(kz_chain *out, double gamma)
{
    if (!(gamma > 0 && gamma < pi))
        return KZ_FAIL(KZ_EINVAL, "gamma = %.15g: accepted 0 < gamma < pi", gamma);
    bracket b = neighbours(gamma, KZ_P_MAX);
    const kz_chain both[2] = {b.below, b.above};
    for (int i = 0; i < 2; i++) {
        if (both[i].P == 0 || fabs(kz_chain_gamma(both[i]) - gamma) > CLOSENESS) continue;
        *out = both[i];
        return KZ_OK;
    }
    return refuse("gamma", gamma, gamma);
}

kz_status kz_chain_from_delta(kz_chain *out, double delta)
{
    if (!(fabs(delta) <= KZ_DELTA_MAX))
        return KZ_FAIL(KZ_EINVAL, "Delta = %.15g: accepted |Delta| <= %g", delta, KZ_DELTA_MAX);
    if (fabs(delta) >= 1) {
        *out = kz_chain_axial(delta);
        return KZ_OK;
    }
    bracket b = neighbours(acos(delta), KZ_P_MAX);
    const kz_chain both[2] = {b.below, b.above};
    for (int i = 0; i < 2; i++) {
        if (both[i].P == 0 || fabs(kz_chain_delta(both[i]) - delta) > CLOSENESS) continue;
        *out = named(both[i]);
        return KZ_OK;
    }
    return refuse("Delta", delta, acos(delta));
}

/* -- edges of the band ----------------------------------------------------------------------- */

/* sinh((pi-g) x) / (sinh(pi x) cosh(g x)) for x > 0, from decaying exponentials only. */
static double band_integrand(double x, double g)
{
    double rise = -expm1(-2.0 * (pi - g) * x);
    double fall = -expm1(-2.0 * pi * x) * (1.0 + exp(-2.0 * g * x));
    return 2.0 * exp(-2.0 * g * x) * rise / fall;
}

/* Positive half of the 16-point Gauss-Legendre rule on [-1, 1]. */
static const double gauss_node[8] = {
    0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863, 0.6178762444026437484,
    0.7554044083550030339, 0.8656312023878317439, 0.9445750230732325761, 0.9894009349916499326,
};
static const double gauss_weight[8] = {
    0.1894506104550684963, 0.1826034150449235889, 0.1691565193950025382, 0.1495959888165767321,
    0.1246289712555338720, 0.0951585116824927848, 0.0622535239386478929, 0.0271524594117540949,
};

static double band_integral_panel(double from, double to, double g)
{
    double centre = 0.5 * (from + to), half = 0.5 * (to - from), sum = 0.0;
    for (int i = 0; i < 8; i++) {
        double d = half * gauss_node[i];
        sum += gauss_weight[i] * (band_integrand(centre - d, g) + band_integrand(centre + d, g));
    }
    return half * sum;
}

/* Ground-state energy per bond of the chain with Delta = cos g, 0 < g < pi.
 * The integrand has poles at x = +-i, +-2i ... and +-i pi/2g ... and falls as exp(-2 g x): panels
 * doubling in length keep every pole far away on the panel's own scale (Bernstein ellipses of
 * parameter > 4, error below 4^-32) and reach the tail in few steps for every g. */
static double band_edge(double delta, double g)
{
    double sum = 0.0, last = 20.0 / g;
    for (double from = 0.0, to = 1.0; from < last; from = to, to *= 2.0)
        sum += band_integral_panel(from, to, g);
    return 0.25 * delta - sin(g) * sum;
}

/* 1/2 + 2 sum_{k >= 1} 1/(1 + e^{2 k phi}); for small phi by the formula of Euler and Maclaurin,
 * whose next term is of order phi^7. */
static double axial_sum(double phi)
{
    if (phi < 0.01) {
        double square = phi * phi;
        return log(2.0) / phi + phi * (1.0 / 12 + square * (1.0 / 360 + square / 1890));
    }
    double sum = 0.5;
    for (int k = 1; k * phi < 20.0; k++)
        sum += 2.0 / (1.0 + exp(2.0 * k * phi));
    return sum;
}

/* The same for Delta = cosh phi >= 1: e_0 = Delta/4 - sinh phi axial_sum(phi), takahashi1999,
 * chapter 4. */
static double axial_edge(double delta)
{
    if (delta == 1) return 0.25 - log(2.0);
    double phi = acosh(delta);
    return 0.25 * delta - sinh(phi) * axial_sum(phi);
}

double kz_chain_ground_energy(double gamma)
{
    if (fabs(gamma - pi / 2) < 1e-15) return -1.0 / pi;
    return band_edge(cos(gamma), gamma);
}

static double lowest(kz_chain chain, double delta)
{
    if (kz_chain_is_free(chain)) return -1.0 / pi;
    if (chain.kind == KZ_CHAIN_AXIAL) return delta > 0 ? axial_edge(delta) : 0.25 * delta;
    double gamma = kz_chain_gamma(chain);
    return band_edge(delta, delta == kz_chain_delta(chain) ? gamma : pi - gamma);
}

double kz_chain_energy_min(kz_chain chain) { return lowest(chain, kz_chain_delta(chain)); }

/* Turning every second spin by pi about z maps H(Delta) to -H(-Delta). */
double kz_chain_energy_max(kz_chain chain) { return -lowest(chain, -kz_chain_delta(chain)); }
