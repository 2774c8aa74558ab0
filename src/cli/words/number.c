/* Numbers of the command line; the grammar is that of files too. */
#include <math.h>
#include <string.h>

#include "cli/words/parse.h"

bool cli_parse_number(double *out, const char *text, cli_reason *reason)
{
    return kz_io_parse_number(out, text, strlen(text), reason);
}

bool cli_parse_finite(double *out, const char *text, cli_reason *reason)
{
    if (!cli_parse_number(out, text, reason)) return false;
    if (isinf(*out)) return cli_refuse(reason, "must be finite (%s)", KZ_IO_NUMBER_WORDS);
    return true;
}

bool cli_parse_integer(int *out, const char *text, int least, int most, cli_reason *reason)
{
    long value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && value <= most; p++)
        value = 10 * value + (*p - '0');
    if (p == text || *p || value < least || value > most)
        return cli_refuse(reason, "\"%.40s\" is not a whole number from %d to %d", text, least,
                          most);
    *out = (int)value;
    return true;
}
