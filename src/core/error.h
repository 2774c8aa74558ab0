/* Recording of failures; library-internal. */
#ifndef KZ_CORE_ERROR_H
#define KZ_CORE_ERROR_H

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

#endif
