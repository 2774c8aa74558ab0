/* CHAIN: xx, gamma=pi/4, P=4, Delta=0.5. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/parse.h"
#include "io/table.h"

static const double pi = 3.14159265358979323846;

/* How close gamma or Delta must be: rounding of a value typed with 13 digits, and no more, for a
 * different chain would be solved without a word. */
static const double closeness = 1e-12;

static double gamma_of(int P) { return pi / P; }

static double delta_of(int P) { return kz_chain_delta(kz_chain_xxz(P)); }

static int clamp(double P)
{
    if (!(P > KZ_P_MIN)) return KZ_P_MIN;
    return P < KZ_P_MAX ? (int)P : KZ_P_MAX;
}

/* What to type for a chain of negative Delta, whose P would be that of -Delta. */
static bool refuse_negative(const char *name, double value, double opposite, cli_reason *reason)
{
    char typed[KZ_IO_NUMBER_SIZE], other[KZ_IO_NUMBER_SIZE];
    return cli_refuse(
        reason,
        "%s=%s: Delta < 0 is not supported; a rotation of every other spin by pi "
        "about z makes H(-Delta) = -H(Delta): take %s=%s, the other sign of Delta on "
        "every chain, with -beta for beta, ceiling for ground; energies, fields h and energy "
        "currents change sign",
        name, kz_io_format_exact(typed, value), name, kz_io_format_exact(other, opposite));
}

/* The supported chain whose `name` equals value, else a refusal with its two neighbours.
 * `exact` is the real-valued P that belongs to value. */
static bool find_chain(kz_chain *out, const char *name, double value, double exact,
                       double (*of)(int), cli_reason *reason)
{
    int below = clamp(floor(exact)), above = clamp(ceil(exact)), nearest = clamp(round(exact));
    char typed[KZ_IO_NUMBER_SIZE], low[KZ_IO_NUMBER_SIZE], high[KZ_IO_NUMBER_SIZE];
    if (fabs(of(nearest) - value) <= closeness) {
        *out = kz_chain_xxz(nearest);
        return true;
    }
    kz_io_format_exact(typed, value);
    kz_io_format_number(low, of(below));
    kz_io_format_number(high, of(above));
    const char *law = of == delta_of ? "cos(pi/P)" : "pi/P";
    if (below == above)
        return cli_refuse(reason,
                          "%s=%s is not %s with P = %d ... %d; nearest supported: %s=%s (P=%d)",
                          name, typed, law, KZ_P_MIN, KZ_P_MAX, name, low, below);
    return cli_refuse(reason, "%s=%s is not %s; nearest supported: %s=%s (P=%d), %s=%s (P=%d)",
                      name, typed, law, name, low, below, name, high, above);
}

bool cli_parse_chain(kz_chain *out, const char *text, cli_reason *reason)
{
    double value;
    if (strcmp(text, "xx") == 0) {
        *out = kz_chain_xx();
        return true;
    }
    if (strncmp(text, "P=", 2) == 0) {
        int P;
        if (!cli_parse_integer(&P, text + 2, KZ_P_MIN, KZ_P_MAX, reason)) return false;
        *out = kz_chain_xxz(P);
        return true;
    }
    if (strncmp(text, "gamma=", 6) == 0) {
        if (!cli_parse_finite(&value, text + 6, reason)) return false;
        if (value > 0.5 * pi + closeness && value < pi)
            return refuse_negative("gamma", value, pi - value, reason);
        return find_chain(out, "gamma", value, value > 0.0 ? pi / value : KZ_P_MAX, gamma_of,
                          reason);
    }
    if (strncmp(text, "Delta=", 6) == 0) {
        if (!cli_parse_finite(&value, text + 6, reason)) return false;
        if (value < -closeness) return refuse_negative("Delta", value, -value, reason);
        double exact = value < 1.0 ? pi / acos(fmax(value, -1.0)) : KZ_P_MAX;
        return find_chain(out, "Delta", value, exact, delta_of, reason);
    }
    return cli_refuse(
        reason, "unknown chain \"%.40s\" (accepted: xx, gamma=pi/4, P=4, Delta=cos(pi/4))", text);
}

char *cli_chain_text(char text[CLI_TEXT_SIZE], kz_chain chain)
{
    if (chain.kind == KZ_CHAIN_XX) return strcpy(text, "xx");
    (void)snprintf(text, CLI_TEXT_SIZE, "P=%d", chain.P);
    return text;
}
