/* @FILE in place of options. */
#include "cli/words/words.h"

#include <stdio.h>
#include <string.h>

#include <kapitza/version.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/text.h"

enum { MOST_WORDS = 100000 };

static const char blanks[] = " \t\v\f";

typedef bool (*option_test)(const char *command, const char *name);

typedef struct {
    cli_words *out;
    size_t room;
    const char *command; /* the word after the program's name */
    option_test is_option;
} reader;

/* -- words ------------------------------------------------------------------------------------ */

static kz_status make_room(reader *r)
{
    size_t room = r->room ? 2 * r->room : 64;
    cli_words *w = r->out;
    void *word = NULL, *from_file = NULL;
    if ((size_t)w->count + 1 < r->room) return KZ_OK;
    if (w->count > MOST_WORDS)
        return KZ_FAIL(KZ_EINVAL, "the command line has more than %d words", MOST_WORDS);
    kz_status status = kz_alloc(&word, room, sizeof *w->word);
    if (status == KZ_OK) status = kz_alloc(&from_file, room, sizeof *w->from_file);
    if (status != KZ_OK) {
        kz_free(word);
        return status;
    }
    if (w->count) {
        memcpy(word, w->word, (size_t)w->count * sizeof *w->word);
        memcpy(from_file, w->from_file, (size_t)w->count * sizeof *w->from_file);
    }
    kz_free(w->word);
    kz_free(w->from_file);
    w->word = word;
    w->from_file = from_file;
    r->room = room;
    return KZ_OK;
}

static kz_status add_word(reader *r, char *word, bool from_file)
{
    cli_words *w = r->out;
    KZ_TRY(make_room(r));
    w->word[w->count] = word;
    w->from_file[w->count++] = from_file;
    w->word[w->count] = NULL;
    return KZ_OK;
}

/* Adds a copy of "--" where dashes are wanted, and text[0 .. length-1]. */
static kz_status add_copy(reader *r, const char *text, size_t length, bool dashes)
{
    void *memory = NULL;
    size_t before = dashes ? 2 : 0;
    KZ_TRY(kz_alloc(&memory, length + before + 1, 1)); /* zeroed, the end of the word too */
    char *word = memory;
    memcpy(word, "--", before);
    memcpy(word + before, text, length);
    kz_status status = add_word(r, word, true);
    if (status != KZ_OK) kz_free(word);
    return status;
}

/* -- files with an option on each line -------------------------------------------------------- */

/* The length of a line without its comment and the blanks at its end.  A comment begins the line or
 * stands behind a blank: file names may hold a #. */
static size_t length_of(const char *text)
{
    size_t length = strlen(text);
    for (const char *at = text; (at = strchr(at, '#')); at++)
        if (at == text || strchr(blanks, at[-1])) {
            length = (size_t)(at - text);
            break;
        }
    while (length > 0 && strchr(blanks, text[length - 1]))
        length--;
    return length;
}

/* "--left xx", "left = xx", "left xx", "--resume", or a word that is no option: RUN.h5 */
static kz_status add_option_line(reader *r, const char *text)
{
    char option[64];
    const char *end = text + length_of(text);
    text += strspn(text, blanks);
    if (text >= end) return KZ_OK;
    size_t name = strcspn(text, " \t\v\f=");
    if (name > (size_t)(end - text)) name = (size_t)(end - text);
    (void)snprintf(option, sizeof option, "--%.*s", (int)(name < 60 ? name : 60), text);
    bool dashes = text[0] != '-' && r->is_option(r->command, option);
    if (text[0] != '-' && !dashes) return add_copy(r, text, (size_t)(end - text), false);
    KZ_TRY(add_copy(r, text, name, dashes));
    text += name;
    text += strspn(text, blanks);
    if (*text == '=') text += 1 + strspn(text + 1, blanks);
    return text < end ? add_copy(r, text, (size_t)(end - text), false) : KZ_OK;
}

/* -- outputs of this program ------------------------------------------------------------------ */

/* "left_state=ground" of the line of parameters, where --left-state is an option. */
static kz_status add_parameter(reader *r, const char *text, size_t length, const char *path)
{
    char name[64] = "--";
    const char *equal = memchr(text, '=', length);
    size_t used = equal ? (size_t)(equal - text) : length;
    if (!equal || used > 60) return KZ_OK;
    for (size_t i = 0; i < used; i++)
        name[i + 2] = text[i] == '_' ? '-' : text[i];
    if (!r->is_option(r->command, name)) return KZ_OK;
    size_t rest = length - used - 1;
    for (const char *dots = equal; (size_t)(dots - text) + 3 <= length; dots++)
        if (memcmp(dots, "...", 3) == 0)
            return KZ_FAIL(KZ_EINVAL, "@%.60s does not hold the list of %s in full", path, name);
    KZ_TRY(add_copy(r, name, used + 2, false));
    return add_copy(r, equal + 1, rest, false);
}

static kz_status add_parameters(reader *r, const char *text, const char *path)
{
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        size_t length = strcspn(text, blanks);
        KZ_TRY(add_parameter(r, text, length, path));
        text += length;
    }
    return KZ_OK;
}

/* Whether the first line is that of an output; KZ_EINVAL where it is one of another command. */
static kz_status check_output(bool *is_output, const reader *r, const char *line, const char *path)
{
    static const char head[] = "# kapitza ";
    char command[32] = "";
    *is_output = strncmp(line, head, sizeof head - 1) == 0 &&
                 sscanf(line + sizeof head - 1, "%*31s %31s", command) == 1;
    if (!*is_output || strcmp(command, r->command) == 0) return KZ_OK;
    return KZ_FAIL(KZ_EINVAL, "@%.60s is an output of %s, not of %.31s", path, command, r->command);
}

static kz_status add_output(reader *r, kz_io_text *text, const char *path)
{
    static const char mark[] = "# parameters";
    kz_io_text_line line;
    bool more = true;
    for (;;) {
        KZ_TRY(kz_io_text_next_whole(&line, &more, text));
        if (!more || line.fault || line.word[0][0] != '#')
            return KZ_FAIL(KZ_EINVAL, "@%.60s has no line of parameters", path);
        if (strncmp(line.word[0], mark, sizeof mark - 1) == 0)
            return add_parameters(r, line.word[0] + sizeof mark - 1, path);
    }
}

/* -- both ------------------------------------------------------------------------------------- */

static kz_status add_lines(reader *r, kz_io_text *text, const char *path)
{
    kz_io_text_line line;
    bool more, is_output = false;
    for (;;) {
        KZ_TRY(kz_io_text_next_whole(&line, &more, text));
        if (!more) return KZ_OK;
        if (line.fault)
            return KZ_FAIL(KZ_EINVAL, "@%.60s: line %zu is %s", path, line.number, line.fault);
        if (line.number == 1) KZ_TRY(check_output(&is_output, r, line.word[0], path));
        if (is_output) return add_output(r, text, path);
        KZ_TRY(add_option_line(r, line.word[0]));
    }
}

static kz_status add_file(reader *r, const char *path)
{
    kz_io_text *text;
    if (!*path) return KZ_FAIL(KZ_EINVAL, "@: the name of a file is missing (accepted: @FILE)");
    KZ_TRY(kz_io_text_open(&text, path));
    kz_status status = add_lines(r, text, path);
    kz_io_text_close(text);
    return status;
}

kz_status cli_words_read(cli_words *out, int count, char **words, option_test is_option)
{
    reader r = {.out = out, .command = count > 1 ? words[1] : "", .is_option = is_option};
    bool plain = false; /* behind -- */
    kz_status status = KZ_OK;
    *out = (cli_words){.count = 0};
    for (int i = 0; i < count && status == KZ_OK; i++) {
        plain = plain || strcmp(words[i], "--") == 0;
        if (i > 1 && words[i][0] == '@' && !plain)
            status = add_file(&r, words[i] + 1);
        else
            status = add_word(&r, words[i], false);
    }
    if (status != KZ_OK) cli_words_free(out);
    return status;
}

void cli_words_free(cli_words *words)
{
    for (int i = 0; i < words->count; i++)
        if (words->from_file[i]) kz_free(words->word[i]);
    kz_free(words->word);
    kz_free(words->from_file);
    *words = (cli_words){.count = 0};
}
