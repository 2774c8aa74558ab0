/* A file that is replaced whole or not at all, by any writer. */
#ifndef CLI_REPLACE_H
#define CLI_REPLACE_H

#include <limits.h>

#include <kapitza/status.h>

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

typedef struct {
    char path[PATH_MAX], temporary[PATH_MAX];
    int cleanup;
} cli_replacement;

/* Creates an empty file beside `path`; a signal removes it.  KZ_EIO with the system's reason. */
KZ_CHECK_RESULT kz_status cli_replace_begin(cli_replacement *out, const char *path);
/* Syncs the temporary file to disk and gives it the name.  KZ_EIO: the old file is untouched. */
KZ_CHECK_RESULT kz_status cli_replace_finish(cli_replacement *replacement);
/* Removes what was not finished; harmless afterwards. */
void cli_replace_abandon(cli_replacement *replacement);

#endif
