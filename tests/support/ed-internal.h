/* Shared by ed.c (periodic chains) and ed-open.c. */
#ifndef KZ_TESTS_ED_INTERNAL_H
#define KZ_TESTS_ED_INTERNAL_H

#include <stdio.h>
#include <stdlib.h>

static inline void require(int condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "exact diagonalisation: %s\n", what);
    abort();
}

static inline void *allocate(size_t count, size_t size)
{
    void *pointer = calloc(count ? count : 1, size);
    require(pointer != NULL, "out of memory");
    return pointer;
}

static inline int count_bits(unsigned bits)
{
    int count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

static inline unsigned bit(unsigned bits, int i) { return bits >> i & 1U; }

#endif
