#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[512];
static _Thread_local size_t reason_offset;

const char *kz_status_text(kz_status status)
{
    switch (status) {
#define KZ_STATUS_CASE(code, text)                                                                 \
    case code:                                                                                     \
        return text;
        KZ_STATUS_LIST(KZ_STATUS_CASE)
#undef KZ_STATUS_CASE
    }
    return "unknown status";
}

const char *kz_error_message(void) { return message; }

const char *kz_error_reason(void) { return message + reason_offset; }

kz_status kz_error_set(kz_status status, const char *file, int line, const char *format, ...)
{
    const char *name = strrchr(file, '/');
    int head = snprintf(message, sizeof message, "%s:%d: ", name ? name + 1 : file, line);
    reason_offset = head > 0 && (size_t)head < sizeof message ? (size_t)head : 0;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message + reason_offset, sizeof message - reason_offset, format, arguments);
    va_end(arguments);
    return status;
}

void kz_first_failure_note(kz_first_failure *first, size_t index, kz_status status)
{
    if (first->status != KZ_OK && first->index < index) return;
    first->index = index;
    first->status = status;
    (void)snprintf(first->reason, sizeof first->reason, "%s", kz_error_reason());
}
