/* Temporary file in the same directory, sync, rename. */
#include "cli/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/error.h"

kz_status cli_replace_begin(cli_replacement *out, const char *path)
{
    struct stat info;
    *out = (cli_replacement){.cleanup = -1};
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return KZ_FAIL(KZ_EIO, "%s: is not an ordinary file", path);
    char *real = realpath(path, NULL); /* what a link leads to is replaced, not the link */
    if (!real && errno != ENOENT) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    if (!real && lstat(path, &info) == 0) return KZ_FAIL(KZ_EIO, "%s: is a link to nothing", path);
    const char *target = real ? real : path;
    size_t length = strlen(target);
    (void)snprintf(out->path, sizeof out->path, "%s", target);
    free(real);
    if (length + 32 > sizeof out->path) return KZ_FAIL(KZ_EIO, "%s: name too long", path);
    (void)snprintf(out->temporary, sizeof out->temporary, "%.*s.%ld.tmp", (int)length, out->path,
                   (long)getpid());
    cli_signals_hold();
    int descriptor = open(out->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int reason = errno;
    if (descriptor >= 0) out->cleanup = cli_cleanup_register(out->temporary);
    cli_signals_release();
    if (descriptor < 0) {
        out->temporary[0] = '\0';
        return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(reason));
    }
    (void)close(descriptor);
    return KZ_OK;
}

kz_status cli_replace_finish(cli_replacement *r)
{
    int descriptor = open(r->temporary, O_RDONLY | O_CLOEXEC);
    bool failed = descriptor < 0 || fsync(descriptor) != 0;
    if (!failed) failed = rename(r->temporary, r->path) != 0;
    kz_status status = failed ? KZ_FAIL(KZ_EIO, "%s: %s", r->path, strerror(errno)) : KZ_OK;
    if (descriptor >= 0) (void)close(descriptor);
    if (failed) return status;
    cli_cleanup_forget(r->cleanup);
    r->temporary[0] = '\0';
    r->cleanup = -1;
    return KZ_OK;
}

void cli_replace_abandon(cli_replacement *r)
{
    if (r->temporary[0]) (void)unlink(r->temporary);
    cli_cleanup_forget(r->cleanup);
    r->temporary[0] = '\0';
    r->cleanup = -1;
}
