/* CHAIN: xx, gamma=2*pi/5, P=5,Q=2, Delta=0.5. */
#include <stdio.h>
#include <string.h>

#include <kapitza/status.h>

#include "cli/words/parse.h"
#include "io/table.h"

/* The library's reason, after what was typed. */
static bool refuse_value(const char *text, cli_reason *reason)
{
    return cli_refuse(reason, "%.60s: %s", text, kz_error_reason());
}

/* P=5 or P=5,Q=2. */
static bool parse_fraction(kz_chain *out, const char *text, cli_reason *reason)
{
    int P, Q = 1;
    char first[16];
    const char *comma = strchr(text, ',');
    size_t length = comma ? (size_t)(comma - text) : strlen(text);
    if (length >= sizeof first)
        return cli_refuse(reason, "\"%.40s\" is not a whole number from %d to %d", text, KZ_P_MIN,
                          KZ_P_MAX);
    memcpy(first, text, length);
    first[length] = '\0';
    if (!cli_parse_integer(&P, first, KZ_P_MIN, KZ_P_MAX, reason)) return false;
    if (comma) {
        if (strncmp(comma, ",Q=", 3) != 0)
            return cli_refuse(reason, "\"%.40s\" after P=%d (accepted: ,Q=1 ... %d)", comma, P,
                              P - 1);
        if (!cli_parse_integer(&Q, comma + 3, 1, P - 1, reason)) return false;
    }
    *out = kz_chain_rational(P, Q);
    return true;
}

/* Delta = 0 is written as XXZ, with P = 2. */
static bool parse_delta(kz_chain *out, const char *text, cli_reason *reason)
{
    double value;
    if (!cli_parse_finite(&value, text + 6, reason)) return false;
    if (kz_chain_from_delta(out, value) != KZ_OK) return refuse_value(text, reason);
    if (out->kind == KZ_CHAIN_XX) *out = kz_chain_xxz(2);
    return true;
}

bool cli_parse_chain(kz_chain *out, const char *text, cli_reason *reason)
{
    double value;
    if (strcmp(text, "xx") == 0) {
        *out = kz_chain_xx();
        return true;
    }
    if (strncmp(text, "P=", 2) == 0) return parse_fraction(out, text + 2, reason);
    if (strncmp(text, "gamma=", 6) == 0) {
        if (!cli_parse_finite(&value, text + 6, reason)) return false;
        return kz_chain_from_gamma(out, value) == KZ_OK || refuse_value(text, reason);
    }
    if (strncmp(text, "Delta=", 6) == 0) return parse_delta(out, text, reason);
    return cli_refuse(
        reason, "unknown chain \"%.40s\" (accepted: xx, gamma=2*pi/5, P=5,Q=2, Delta=0.5)", text);
}

char *cli_chain_text(char text[CLI_TEXT_SIZE], kz_chain chain)
{
    if (chain.kind == KZ_CHAIN_XX) return strcpy(text, "xx");
    if (chain.kind == KZ_CHAIN_AXIAL) {
        char number[KZ_IO_NUMBER_SIZE];
        (void)snprintf(text, CLI_TEXT_SIZE, "Delta=%s", kz_io_format_exact(number, chain.delta));
    } else if (kz_chain_numerator(chain) == 1) {
        (void)snprintf(text, CLI_TEXT_SIZE, "P=%d", chain.P);
    } else {
        (void)snprintf(text, CLI_TEXT_SIZE, "P=%d,Q=%d", chain.P, chain.Q);
    }
    return text;
}
