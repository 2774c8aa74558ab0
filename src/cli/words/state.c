/* STATE: ground[,h=H], ceiling, up, down, beta=B[,mu=M], T=T[,mu=M]. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/words/parse.h"
#include "io/table.h"

static const char accepted[] =
    "accepted: ground[,h=H], ceiling, up, down, beta=B[,mu=M], T=T[,mu=M]";

/* What was typed, before it is checked as a whole. */
typedef struct {
    bool has_beta, has_mu, has_h;
    double beta, mu, h;
} fields;

bool cli_beta_of_temperature(double *out, double temperature, cli_reason *reason)
{
    if (temperature == 0.0)
        return cli_refuse(reason,
                          "T = 0 does not say which end of the band: use ground or ceiling");
    *out = 1.0 / temperature + 0.0;
    if (!isfinite(*out))
        return cli_refuse(reason, "T = %.15g is too close to 0: use ground or ceiling",
                          temperature);
    return true;
}

static bool once(bool *has, const char *key, cli_reason *reason)
{
    if (*has) return cli_refuse(reason, "%s is given twice", key);
    *has = true;
    return true;
}

/* One key=value of a state. */
static bool parse_field(fields *out, const char *text, size_t length, cli_reason *reason)
{
    const char *equal = memchr(text, '=', length);
    size_t key = equal ? (size_t)(equal - text) : length;
    double value = 0.0;
    if (equal && !cli_parse_number_part(&value, equal + 1, length - key - 1, reason)) return false;
    if (equal && key == 4 && memcmp(text, "beta", 4) == 0) {
        out->beta = value;
        return once(&out->has_beta, "beta or T", reason);
    }
    if (equal && key == 1 && *text == 'T')
        return once(&out->has_beta, "beta or T", reason) &&
               cli_beta_of_temperature(&out->beta, value, reason);
    if (equal && isinf(value)) return cli_refuse(reason, "%.*s must be finite", (int)key, text);
    if (equal && key == 2 && memcmp(text, "mu", 2) == 0) {
        out->mu = value;
        return once(&out->has_mu, "mu", reason);
    }
    if (equal && key == 1 && *text == 'h') {
        out->h = value;
        return once(&out->has_h, "h", reason);
    }
    return cli_refuse(reason, "\"%.*s\" is not understood (%s)", length > 40 ? 40 : (int)length,
                      text, accepted);
}

static bool parse_fields(fields *out, const char *text, cli_reason *reason)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        if (!parse_field(out, text, length, reason)) return false;
        if (!text[length]) return true;
        text += length + 1;
        text += strspn(text, " \t");
    }
}

static bool make_ground(kz_state *out, const fields *f, cli_reason *reason)
{
    if (f->has_mu)
        return cli_refuse(reason, "the ground state takes no mu; a field is given as ground,h=H");
    *out = kz_state_ground(f->h);
    return true;
}

static bool make_ceiling(kz_state *out, const fields *f, cli_reason *reason)
{
    if (f->has_mu || f->has_h)
        return cli_refuse(reason, "the ceiling state takes neither mu nor h");
    *out = kz_state_ceiling();
    return true;
}

static bool make_thermal(kz_state *out, const fields *f, cli_reason *reason)
{
    if (f->has_mu && f->has_h) return cli_refuse(reason, "give mu or h, not both (mu = beta h)");
    if (isinf(f->beta))
        return f->beta > 0.0 ? make_ground(out, f, reason) : make_ceiling(out, f, reason);
    double mu = f->has_h ? f->beta * f->h : f->mu;
    if (!isfinite(mu)) return cli_refuse(reason, "mu = beta h is too large");
    *out = kz_state_thermal(f->beta, mu);
    return true;
}

bool cli_parse_state(kz_state *out, const char *text, cli_reason *reason)
{
    size_t length = strcspn(text, ",");
    const char *rest = text[length] ? text + length + 1 : NULL;
    if (rest) rest += strspn(rest, " \t");
    bool ground = length == 6 && memcmp(text, "ground", 6) == 0;
    bool ceiling = length == 7 && memcmp(text, "ceiling", 7) == 0;
    fields f = {0};
    if (strcmp(text, "up") == 0 || strcmp(text, "down") == 0) {
        *out = *text == 'u' ? kz_state_up() : kz_state_down();
        return true;
    }
    if (!ground && !ceiling) rest = text;
    if (rest && !parse_fields(&f, rest, reason)) return false;
    if ((ground || ceiling) && f.has_beta)
        return cli_refuse(reason, "%.*s takes neither beta nor T", (int)length, text);
    if (ground) return make_ground(out, &f, reason);
    if (ceiling) return make_ceiling(out, &f, reason);
    if (!f.has_beta) return cli_refuse(reason, "unknown state \"%.40s\" (%s)", text, accepted);
    return make_thermal(out, &f, reason);
}

char *cli_state_text(char text[CLI_TEXT_SIZE], const kz_state *state)
{
    char first[KZ_IO_NUMBER_SIZE], second[KZ_IO_NUMBER_SIZE];
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        (void)snprintf(text, CLI_TEXT_SIZE, "beta=%s,mu=%s", kz_io_format_exact(first, state->beta),
                       kz_io_format_exact(second, state->mu));
        return text;
    case KZ_STATE_GROUND:
        if (state->h == 0.0) return strcpy(text, "ground");
        (void)snprintf(text, CLI_TEXT_SIZE, "ground,h=%s", kz_io_format_exact(first, state->h));
        return text;
    case KZ_STATE_CEILING:
        return strcpy(text, "ceiling");
    case KZ_STATE_UP:
        return strcpy(text, "up");
    case KZ_STATE_DOWN:
        break;
    }
    return strcpy(text, "down");
}
