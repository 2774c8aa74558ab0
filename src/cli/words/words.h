/* The words of the command line, after the files that stand in for some of them are read. */
#ifndef CLI_WORDS_WORDS_H
#define CLI_WORDS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

typedef struct {
    int count;
    char **word;     /* [count] ended by NULL, like those of main() */
    bool *from_file; /* [count] whether an @FILE holds it; such words are ours */
} cli_words;

/* Copies the words of main(), with what the file holds in place of each @FILE (after the command).
 *
 * A file has one option a line, with or without its dashes, its value behind a blank or =; blank
 * lines and comments after # are passed over.  Where its first line is that of an output of this
 * program, "# kapitza VERSION COMMAND", its line of parameters is taken instead: what the command
 * has as options, as far as the file gives them in full.
 *
 *  is_option  whether the command words[1] has an option of this name, "--left"
 *  Returns KZ_EIO (cannot be read), KZ_EINVAL (is no such file), KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status cli_words_read(cli_words *out, int count, char **words,
                                         bool (*is_option)(const char *command, const char *name));
void cli_words_free(cli_words *words);

#endif
