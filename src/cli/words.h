/* The words of the command line, after the files that stand in for some of them are read. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

typedef struct {
    int count;
    char **word;     /* [count] ended by NULL, like those of main() */
    bool *from_file; /* [count] whether an @FILE holds it */
    char **owned;    /* what was read */
    size_t owned_count;
} cli_words;

/* Copies the words of main(), with what the file holds in place of each @FILE (after the command).
 *
 * A file has one option a line, with or without its dashes, its value behind a blank or =; blank
 * lines and comments after # are passed over.  Where its first line is that of an output of this
 * program, "# kapitza VERSION COMMAND", its line of parameters is taken instead: what the command
 * has as options, as far as the file gives them in full.
 *
 *  options  names of the options of the command, asked for as is_option(context, name)
 *  Returns KZ_EIO (cannot be read), KZ_EINVAL (is no such file), KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status cli_words_read(cli_words *out, int count, char **words,
                                         bool (*is_option)(const char *command, const char *name));
void cli_words_free(cli_words *words);

#endif
