/* kapitza: status codes and the error text that goes with them. */
#ifndef KAPITZA_STATUS_H
#define KAPITZA_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* One list makes the codes and their texts.  Families: caller fault, mathematics,
 * the method gave up, the machine. */
#define KZ_STATUS_LIST(X)                                                                          \
    X(KZ_OK, "success")                                                                            \
    X(KZ_EINVAL, "invalid argument")                                                               \
    X(KZ_ESHAPE, "sizes do not match")                                                             \
    X(KZ_EDOMAIN, "outside the domain, or not finite")                                             \
    X(KZ_ESING, "singular problem")                                                                \
    X(KZ_ENOROOT, "no solution of the requested kind exists")                                      \
    X(KZ_ENOCONV, "iteration did not converge")                                                    \
    X(KZ_ETOL, "requested tolerance was not reached")                                              \
    X(KZ_ENOMEM, "out of memory")                                                                  \
    X(KZ_EIO, "input or output failed")                                                            \
    X(KZ_ECANCELLED, "cancelled by the caller")

typedef enum {
#define KZ_STATUS_ENUM(code, text) code,
    KZ_STATUS_LIST(KZ_STATUS_ENUM)
#undef KZ_STATUS_ENUM
} kz_status;

#if defined(__GNUC__)
#define KZ_CHECK_RESULT __attribute__((warn_unused_result))
#else
#define KZ_CHECK_RESULT
#endif

/** Fixed English text of a status code; never NULL. */
const char *kz_status_text(kz_status status);

/** Text of the most recent failure in this thread, "file:line: what and which values".
 *  Empty string before any failure.  Valid until the next failing call in the thread. */
const char *kz_error_message(void);

/** The same text without the "file:line: " in front, for showing to a user. */
const char *kz_error_reason(void);

#ifdef __cplusplus
}
#endif
#endif
