/* Reading what the user typed: numbers, lists, chains, states. */
#ifndef CLI_WORDS_PARSE_H
#define CLI_WORDS_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/state.h>

#include "io/number.h"

typedef kz_io_reason cli_reason;
#define cli_refuse kz_io_refuse

/* An expression of decimal numbers, pi, + - * / ( ), cos(), sqrt(), or plain inf, +inf, -inf.
 * The result is never nan; it is infinite only for plain inf. */
bool cli_parse_number(double *out, const char *text, cli_reason *reason);

/* The same for text[0 .. length-1]. */
#define cli_parse_number_part kz_io_parse_number

/* The same, and finite. */
bool cli_parse_finite(double *out, const char *text, cli_reason *reason);

/* A whole number from `least` to `most`, digits only. */
bool cli_parse_integer(int *out, const char *text, int least, int most, cli_reason *reason);

/* The most values a list, or the product of lists of one command, may have. */
enum { CLI_LIST_MAX = 10000000 };

typedef struct {
    double *values;
    size_t count;
} cli_list;

/* Comma-separated numbers and first:last:step. */
bool cli_parse_list(cli_list *out, const char *text, cli_reason *reason);
void cli_list_free(cli_list *list);

/* xx, gamma=G, P=P, P=P,Q=Q or Delta=D.  |Delta| < 1 must be one of the cos(pi Q/P) that
 * kz_chain_from_delta() knows: others are refused with two that are near. */
bool cli_parse_chain(kz_chain *out, const char *text, cli_reason *reason);

/* ground[,h=H], ceiling, up, down, beta=B[,mu=M|,h=H], T=T[,mu=M|,h=H]. */
bool cli_parse_state(kz_state *out, const char *text, cli_reason *reason);

/* beta = 1/T; T = 0 and what has no finite inverse are refused. */
bool cli_beta_of_temperature(double *out, double temperature, cli_reason *reason);

/* Canonical text that parses back to the same chain or state. */
enum { CLI_TEXT_SIZE = 96 };
char *cli_chain_text(char text[CLI_TEXT_SIZE], kz_chain chain);
char *cli_state_text(char text[CLI_TEXT_SIZE], const kz_state *state);

#endif
