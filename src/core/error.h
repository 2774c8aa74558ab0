/* Recording of failures; library-internal. */
#ifndef KZ_CORE_ERROR_H
#define KZ_CORE_ERROR_H

#include <stddef.h>

#include <kapitza/status.h>

/* Records "file:line: text" for kz_error_message() and returns `status`. */
kz_status kz_error_set(kz_status status, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define KZ_FAIL(status, ...) kz_error_set((status), __FILE__, __LINE__, __VA_ARGS__)

/* Return from the calling function, without touching the recorded text, on failure. */
#define KZ_TRY(call)                                                                               \
    do {                                                                                           \
        kz_status kz_try_status_ = (call);                                                         \
        if (kz_try_status_ != KZ_OK) return kz_try_status_;                                        \
    } while (0)

/* Of many rows, points or gates that threads work on, the first in their order that failed; starts
 * as zeros.  The text of a failure is that of the thread where it happened, so it is kept here. */
typedef struct {
    size_t index;
    kz_status status;
    char reason[256];
} kz_first_failure;

/* Notes the failure at `index` if it is the first, with the text of this thread; inside a critical
 * section. */
void kz_first_failure_note(kz_first_failure *first, size_t index, kz_status status);

/* Records it for kz_error_message() of this thread and returns its status; KZ_OK without one. */
#define KZ_FAIL_FIRST(first)                                                                       \
    ((first)->status == KZ_OK ? KZ_OK : KZ_FAIL((first)->status, "%s", (first)->reason))

#endif
