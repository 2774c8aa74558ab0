/* Fields of a line, and what they mean. */
#include "io/fields.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\v\f";

/* Blanks and quotes off both ends. */
static const char *trim(char *from, char *end)
{
    from += strspn(from, blanks);
    while (end > from && strchr(blanks, end[-1]))
        end--;
    if (end - from >= 2 && (*from == '"' || *from == '\'') && end[-1] == *from) {
        from++;
        end--;
    }
    *end = '\0';
    return from;
}

static void add(kz_io_text_line *out, char *from, char *end)
{
    if (out->count < KZ_IO_TEXT_FIELDS) out->word[out->count] = trim(from, end);
    out->count++;
}

/* At each `mark`; nothing between two of them is an empty field. */
static void split_at(kz_io_text_line *out, char *text, char mark)
{
    for (;;) {
        char *end = strchr(text, mark);
        bool last = !end;
        if (last) end = text + strlen(text);
        *end = '\0';
        add(out, text, end);
        if (last) return;
        text = end + 1;
    }
}

/* At runs of separators. */
static void split_words(kz_io_text_line *out, char *text, const char *separators)
{
    for (text += strspn(text, separators); *text;) {
        char *end = text + strcspn(text, separators);
        char *next = end + strspn(end, separators);
        add(out, text, end);
        text = next;
    }
}

static size_t count_words(const char *text)
{
    size_t count = 0;
    for (text += strspn(text, blanks); *text; count++) {
        text += strcspn(text, blanks);
        text += strspn(text, blanks);
    }
    return count;
}

/* Whether `columns` fields stand between tabs of which fewer hold something.  Two tabs in a row are
 * an empty field to one program and make columns even for another: the first line decides. */
static bool has_empty_fields(const char *text, size_t words, size_t columns)
{
    size_t tabs = 0;
    if (words == 0 && text[strspn(text, "\t")] != '\0') return false;
    for (; (text = strchr(text, '\t')); text++)
        tabs++;
    return tabs > 0 && words < columns && tabs + 1 == columns;
}

static bool begins_name(const char *word)
{
    unsigned char c = (unsigned char)*word;
    return isalpha(c) || c >= 0x80 || (c && strchr("_[(<|\"'", c));
}

/* A first line in which every field between tabs begins like a name: it may hold blanks. */
static bool is_tab_header(const char *text)
{
    if (!strchr(text, '\t')) return false;
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        if (!begins_name(text)) return false;
        text += strcspn(text, "\t");
    }
    return true;
}

/* A semicolon beside numbers separates columns where the comma is the decimal mark, so that neither
 * can be guessed; in a header it may belong to a name. */
static bool has_semicolon(const char *text)
{
    return strchr(text, ';') && !begins_name(text + strspn(text, blanks));
}

void kz_io_fields_split(kz_io_text_line *out, char *text, size_t columns)
{
    size_t length = strcspn(text, "#");
    bool comment = text[length] != '\0';
    text[length] = '\0';
    size_t words = count_words(text);
    out->count = 0;
    if (words == 0 && comment) return;
    if (has_semicolon(text)) {
        out->fault = "columns between semicolons (accepted: blanks, tabs, commas between them)";
        return;
    }
    if (strchr(text, ','))
        split_at(out, text, ',');
    else if (has_empty_fields(text, words, columns))
        split_at(out, text, '\t');
    else
        split_words(out, text, columns == 0 && is_tab_header(text) ? "\t" : blanks);
}

/* -- numbers ------------------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const list[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(word, list[i]) == 0) return true;
    return false;
}

static bool is_missing(const char *word)
{
    static const char *const names[] = {"",          "nan", "+nan", "-nan", "nan(ind)",
                                        "-nan(ind)", "na",  "n/a",  "null", "none",
                                        "-",         "--",  "---",  "."};
    return is_one_of(word, names, sizeof names / sizeof names[0]);
}

static bool is_infinite(double *out, const char *word)
{
    static const char *const names[] = {"inf", "infinity"};
    const char *name = word + (*word == '+' || *word == '-');
    *out = *word == '-' ? -INFINITY : INFINITY;
    return is_one_of(name, names, sizeof names / sizeof names[0]);
}

/* Digits with a point, a sign, three digits: the exponent of Fortran where its letter has no room.
 * Puts it back in; false where the word is another. */
static bool restore_exponent(char copy[40], const char *word)
{
    size_t length = strlen(word);
    if (length < 5 || length > 30 || strspn(word + length - 3, "0123456789") != 3) return false;
    const char *sign = word + length - 4;
    const char *digits = word + (*word == '+' || *word == '-');
    if ((*sign != '+' && *sign != '-') || !memchr(digits, '.', (size_t)(sign - digits)) ||
        digits + strspn(digits, "0123456789.") != sign)
        return false;
    memcpy(copy, word, length - 4);
    copy[length - 4] = 'e';
    memcpy(copy + length - 3, sign, 5);
    return true;
}

/* A + or - that joins two terms outside of parentheses. */
static bool is_open_sum(const char *word)
{
    int depth = 0;
    for (const char *c = word; *c; c++) {
        depth += (*c == '(') - (*c == ')');
        if (depth > 0 || c == word || (*c != '+' && *c != '-')) continue;
        bool exponent = c > word + 1 && strchr("eEdD", c[-1]) && strchr(".0123456789", c[-2]);
        if (!exponent && !strchr("*/(", c[-1])) return true;
    }
    return false;
}

bool kz_io_text_number(double *out, const char *word, kz_io_reason *reason)
{
    char copy[40];
    double infinite;
    if (is_missing(word)) {
        *out = NAN;
        return true;
    }
    if (is_infinite(&infinite, word)) {
        *out = infinite;
        return true;
    }
    if (restore_exponent(copy, word)) word = copy;
    if (is_open_sum(word))
        return kz_io_refuse(reason,
                            "\"%.40s\": two columns without a blank? (a sum stands in "
                            "parentheses)",
                            word);
    return kz_io_parse_number(out, word, strlen(word), reason);
}

/* -- names --------------------------------------------------------------------------------- */

static bool is_name(const char *word)
{
    double value;
    kz_io_reason reason;
    return begins_name(word) && !kz_io_text_number(&value, word, &reason);
}

bool kz_io_text_is_header(const kz_io_text_line *line)
{
    size_t kept = line->count < KZ_IO_TEXT_FIELDS ? line->count : KZ_IO_TEXT_FIELDS;
    for (size_t i = 0; i < kept; i++)
        if (!is_name(line->word[i])) return false;
    return kept > 0;
}
