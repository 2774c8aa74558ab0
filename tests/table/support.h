/* Shared by the tests of table files: a folder of their own, a file that must be refused. */
#ifndef KZ_TESTS_TABLE_SUPPORT_H
#define KZ_TESTS_TABLE_SUPPORT_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kapitza/table.h>

#include "support/check.h"

static char folder[] = "/tmp/kapitza-table-XXXXXX";
static char path[256], other[256];

static inline int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/table.h5", folder);
    snprintf(other, sizeof other, "%s/other.h5", folder);
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    unlink(other);
    return rmdir(folder); /* fails where a temporary file is left */
}

static inline void refused(const char *file, kz_status status, const char *reason)
{
    kz_table *table;
    KZ_CHECK_STATUS(kz_table_read(&table, file), status);
    assert_null(table);
    if (!strstr(kz_error_reason(), reason))
        fail_msg("\"%s\" does not say \"%s\"", kz_error_reason(), reason);
}

#endif
