/* Strings of a chain, filled once and kept. */
#ifndef KZ_TESTS_STRINGS_H
#define KZ_TESTS_STRINGS_H

#include <kapitza/tba.h>

#include "support/check.h"

/* gamma = pi Q/P.  Valid until the next call. */
static inline const kz_strings *kz_test_strings(int P, int Q)
{
    static kz_strings kept;
    if (kept.P == P && kept.Q == Q) return &kept;
    KZ_CHECK_OK(kz_strings_fill(&kept, kz_chain_rational(P, Q)));
    return &kept;
}

#endif
