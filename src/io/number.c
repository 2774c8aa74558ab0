/* Numbers as the user types them: a small recursive-descent parser, because strtod() alone takes
 * "nan", hexadecimal and the locale's comma, and the paper's parameters are pi/4 and cos(pi/4). */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/number.h"

enum { DEEPEST = 64, LONGEST_LITERAL = 64 };

typedef struct {
    const char *at, *end;
    int depth;
    kz_io_reason *reason;
} scanner;

static const char accepted[] = KZ_IO_NUMBER_WORDS;

bool kz_io_refuse(kz_io_reason *reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason->text, sizeof reason->text, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool take(scanner *s, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0) return false;
    s->at += length;
    return true;
}

static bool refuse_here(scanner *s)
{
    if (s->at == s->end) return kz_io_refuse(s->reason, "a number is missing (%s)", accepted);
    int shown = s->end - s->at < 20 ? (int)(s->end - s->at) : 20;
    return kz_io_refuse(s->reason, "\"%.*s\" is not understood (%s)", shown, s->at, accepted);
}

static size_t count_digits(const scanner *s, const char *from)
{
    const char *p = from;
    while (p < s->end && is_digit(*p))
        p++;
    return (size_t)(p - from);
}

static bool is_exponent(char c) { return c == 'e' || c == 'E' || c == 'd' || c == 'D'; }

/* digits[.digits][e[+-]digits], at least one digit before or after the point; Fortran writes d for
 * e. */
static bool parse_literal(double *out, scanner *s)
{
    char copy[LONGEST_LITERAL + 1];
    const char *p = s->at;
    size_t digits = count_digits(s, p);
    p += digits;
    if (p < s->end && *p == '.') {
        size_t decimals = count_digits(s, p + 1);
        digits += decimals;
        p += 1 + decimals;
    }
    if (digits == 0) return refuse_here(s);
    if (p < s->end && is_exponent(*p)) {
        const char *q = p + 1;
        if (q < s->end && (*q == '+' || *q == '-')) q++;
        size_t exponent = count_digits(s, q);
        if (exponent == 0) return refuse_here(s);
        p = q + exponent;
    }
    size_t length = (size_t)(p - s->at);
    if (length > LONGEST_LITERAL)
        return kz_io_refuse(s->reason, "a number of %zu characters is too long", length);
    memcpy(copy, s->at, length);
    copy[length] = '\0';
    for (char *c = copy; *c; c++)
        if (is_exponent(*c)) *c = 'e';
    *out = strtod(copy, NULL);
    s->at = p;
    return true;
}

static bool parse_sum(double *out, scanner *s);

static bool parse_parenthesis(double *out, scanner *s)
{
    if (++s->depth > DEEPEST) return kz_io_refuse(s->reason, "parentheses are nested too deep");
    if (!parse_sum(out, s)) return false;
    s->depth--;
    if (!take(s, ")")) return kz_io_refuse(s->reason, "a closing parenthesis is missing");
    return true;
}

static bool parse_primary(double *out, scanner *s)
{
    if (take(s, "cos(")) {
        if (!parse_parenthesis(out, s)) return false;
        *out = cos(*out);
        return true;
    }
    if (take(s, "sqrt(")) {
        if (!parse_parenthesis(out, s)) return false;
        if (*out < 0.0)
            return kz_io_refuse(s->reason, "square root of the negative number %.15g", *out);
        *out = sqrt(*out);
        return true;
    }
    if (take(s, "(")) return parse_parenthesis(out, s);
    if (take(s, "pi")) {
        *out = 3.14159265358979323846;
        return true;
    }
    return parse_literal(out, s);
}

static bool parse_signed(double *out, scanner *s)
{
    double sign = 1.0;
    if (take(s, "-"))
        sign = -1.0;
    else
        (void)take(s, "+");
    if (!parse_primary(out, s)) return false;
    *out *= sign;
    return true;
}

static bool parse_product(double *out, scanner *s)
{
    if (!parse_signed(out, s)) return false;
    for (;;) {
        double factor;
        bool divide = take(s, "/");
        if (!divide && !take(s, "*")) return true;
        if (!parse_signed(&factor, s)) return false;
        if (divide && factor == 0.0) return kz_io_refuse(s->reason, "division by zero");
        *out = divide ? *out / factor : *out * factor;
    }
}

static bool parse_sum(double *out, scanner *s)
{
    if (!parse_product(out, s)) return false;
    for (;;) {
        double term;
        bool minus = take(s, "-");
        if (!minus && !take(s, "+")) return true;
        if (!parse_product(&term, s)) return false;
        *out = minus ? *out - term : *out + term;
    }
}

static bool equals(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

/* What stands behind a complete number: another one, where people leave out the *. */
static bool refuse_rest(scanner *s)
{
    double next;
    kz_io_reason unused;
    scanner rest = {.at = s->at, .end = s->end, .reason = &unused};
    if (!parse_primary(&next, &rest)) return refuse_here(s);
    return kz_io_refuse(s->reason, "an operator is missing before \"%.*s\" (2*pi, not 2pi)",
                        (int)(s->end - s->at < 20 ? s->end - s->at : 20), s->at);
}

bool kz_io_parse_number(double *out, const char *text, size_t length, kz_io_reason *reason)
{
    if (equals(text, length, "inf") || equals(text, length, "+inf")) {
        *out = INFINITY;
        return true;
    }
    if (equals(text, length, "-inf")) {
        *out = -INFINITY;
        return true;
    }
    double value;
    scanner s = {.at = text, .end = text + length, .reason = reason};
    if (!parse_sum(&value, &s)) return false;
    if (s.at != s.end) return refuse_rest(&s);
    if (!isfinite(value))
        return kz_io_refuse(reason, "\"%.*s\" is too large", length > 40 ? 40 : (int)length, text);
    *out = value == 0.0 ? 0.0 : value; /* no negative zero */
    return true;
}
