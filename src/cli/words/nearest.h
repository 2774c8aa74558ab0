/* "Did you mean": the nearest of the names that are accepted. */
#ifndef CLI_WORDS_NEAREST_H
#define CLI_WORDS_NEAREST_H

#include <stddef.h>

typedef struct {
    const char *typed;
    const char *word; /* the nearest so far; NULL: none is near */
    size_t distance, most;
} cli_nearest;

cli_nearest cli_nearest_start(const char *typed);
/* Letters inserted, lost, exchanged or swapped with the next, at most a third of those typed. */
void cli_nearest_try(cli_nearest *nearest, const char *word);

#endif
