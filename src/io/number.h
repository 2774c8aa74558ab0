/* Numbers as people and programs write them, on the command line and in files. */
#ifndef KZ_IO_NUMBER_H
#define KZ_IO_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Why something was refused, and what would be accepted; one line. */
enum { KZ_IO_REASON_SIZE = 400 };
typedef struct {
    char text[KZ_IO_REASON_SIZE];
} kz_io_reason;

/* Sets the reason and returns false. */
bool kz_io_refuse(kz_io_reason *reason, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define KZ_IO_NUMBER_WORDS "accepted: numbers, pi, + - * /, parentheses, cos(), sqrt()"

/* text[0 .. length-1]: an expression of decimal numbers, pi, + - * / ( ), cos(), sqrt(), or plain
 * inf, +inf, -inf.  Exponents are e, E or Fortran's d, D.  The result is never nan; it is infinite
 * only for plain inf; *out stays as it was where the text is refused.  Independent of the locale.
 */
bool kz_io_parse_number(double *out, const char *text, size_t length, kz_io_reason *reason);

#endif
