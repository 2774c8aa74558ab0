/* LIST: 0,1,2,5 or first:last:step, mixable. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/words/parse.h"

static const char accepted[] = "accepted: 0,1,2,5 or first:last:step, mixable";

/* The end is included, and a value counts as 0, within this part of a step. */
static const double slack = 1e-9;

static bool append(cli_list *list, size_t *room, size_t extra, cli_reason *reason)
{
    if (list->count + extra <= *room) return true;
    size_t larger = 2 * (list->count + extra);
    double *values = realloc(list->values, larger * sizeof *values);
    if (!values) return cli_refuse(reason, "no memory for %zu values", larger);
    list->values = values;
    *room = larger;
    return true;
}

static bool check_count(double count, cli_reason *reason)
{
    if (count <= CLI_LIST_MAX) return true;
    return cli_refuse(reason, "a list of %.8g values is too long (at most %d)", count,
                      CLI_LIST_MAX);
}

/* text[0 .. length-1] is the range as typed. */
static bool append_range(cli_list *list, size_t *room, const double bound[3], const char *text,
                         size_t length, cli_reason *reason)
{
    double first = bound[0], last = bound[1], step = bound[2];
    if (isinf(first) || isinf(last) || isinf(step))
        return cli_refuse(reason, "first:last:step must be finite");
    if (step == 0.0) return cli_refuse(reason, "the step is 0 (%s)", accepted);
    double steps = (last - first) / step + slack;
    if (steps < 0.0)
        return cli_refuse(reason, "%.*s is empty: the step leads away from the end",
                          length > 60 ? 60 : (int)length, text);
    if (!check_count((double)list->count + floor(steps) + 1.0, reason)) return false;
    size_t count = (size_t)floor(steps) + 1;
    if (!append(list, room, count, reason)) return false;
    for (size_t k = 0; k < count; k++) {
        double value = first + (double)k * step;
        list->values[list->count++] = fabs(value) < fabs(step) * slack ? 0.0 : value;
    }
    return true;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool append_item(cli_list *list, size_t *room, const char *text, size_t length,
                        cli_reason *reason)
{
    double bound[3];
    int parts = 0;
    for (const char *from = text, *end = text + length;; parts++) {
        const char *colon = memchr(from, ':', (size_t)(end - from));
        const char *stop = colon ? colon : end;
        if (parts == 3) return cli_refuse(reason, "too many \":\" (%s)", accepted);
        /* "0: 1: 0.1": blanks beside a colon, not at the ends of the list */
        while (colon && stop > from && is_blank(stop[-1]))
            stop--;
        while (parts > 0 && from < stop && is_blank(*from))
            from++;
        if (!cli_parse_number_part(&bound[parts], from, (size_t)(stop - from), reason))
            return false;
        if (!colon) break;
        from = colon + 1;
    }
    if (parts == 2) return append_range(list, room, bound, text, length, reason);
    if (parts == 1) return cli_refuse(reason, "a range needs a step (%s)", accepted);
    if (!check_count((double)list->count + 1.0, reason)) return false;
    if (!append(list, room, 1, reason)) return false;
    list->values[list->count++] = bound[0];
    return true;
}

bool cli_parse_list(cli_list *out, const char *text, cli_reason *reason)
{
    size_t room = 0;
    *out = (cli_list){0};
    if (!*text) return cli_refuse(reason, "the list is empty (%s)", accepted);
    for (const char *from = text;;) {
        size_t part = strcspn(from, ","), length = part;
        /* "0, 1": blanks beside a comma, not at the ends of the list */
        while (length > 0 && from[part] && is_blank(from[length - 1]))
            length--;
        if (length == 0) {
            cli_list_free(out);
            return cli_refuse(reason, "a value is missing in the list (%s)", accepted);
        }
        if (!append_item(out, &room, from, length, reason)) {
            cli_list_free(out);
            return false;
        }
        if (!from[part]) return true;
        from += part + 1;
        while (is_blank(*from))
            from++;
    }
}

void cli_list_free(cli_list *list)
{
    free(list->values);
    *list = (cli_list){0};
}
