/* Checksum of bytes, for files that must not lie; library-internal. */
#ifndef KZ_IO_CHECKSUM_H
#define KZ_IO_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a of 64 bits (fnv), which does not depend on how the bytes are cut into pieces: the sum of
 * what came before (at first KZ_IO_CHECKSUM_START) and of `size` more bytes. */
#define KZ_IO_CHECKSUM_START 0xcbf29ce484222325U
uint64_t kz_io_checksum(uint64_t sum, const void *data, size_t size);

#endif
