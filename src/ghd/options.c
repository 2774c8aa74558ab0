#include <kapitza/ghd.h>

#include "core/error.h"

kz_options kz_options_default(void) { return (kz_options){.tol = 1e-10, .threads = 1}; }

kz_status kz_options_check(const kz_options *options)
{
    if (!(options->tol >= 1e-13 && options->tol <= 1e-2))
        return KZ_FAIL(KZ_EINVAL, "tol = %.15g: accepted 1e-13 ... 1e-2", options->tol);
    if (options->threads < 1 || options->threads > 1024)
        return KZ_FAIL(KZ_EINVAL, "threads = %d: accepted 1 ... 1024", options->threads);
    return KZ_OK;
}
