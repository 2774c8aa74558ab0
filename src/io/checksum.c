/* FNV-1a. */
#include "io/checksum.h"

uint64_t kz_io_checksum(uint64_t sum, const void *data, size_t size)
{
    static const uint64_t prime = 0x100000001b3U;
    const unsigned char *byte = data;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ byte[i]) * prime;
    return sum;
}
