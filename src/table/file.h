/* HDF5 helpers for table files; library-internal. */
#ifndef KZ_TABLE_FILE_H
#define KZ_TABLE_FILE_H

#include "table/internal.h"

/* Attributes and names that writer and reader share. */
#define KZ_TABLE_FORMAT "kapitza-table"
#define KZ_TABLE_KIND_GRID "grid"
#define KZ_TABLE_KIND_ENERGY "energy"
/* Version 1 of beta(e) had other nodes, and errors that were none.  Without checksums: the first
 * that are read. */
enum {
    KZ_TABLE_GRID_FIRST = 1,
    KZ_TABLE_GRID_VERSION = 2,
    KZ_TABLE_ENERGY_FIRST = 2,
    KZ_TABLE_ENERGY_VERSION = 3
};

/* Text of a chain in files, "xx", "P=4", "P=5,Q=2" or "Delta=1.5", and back; KZ_EINVAL.
 * delta: of the file, which has all digits. */
enum { KZ_CHAIN_TEXT = 40 };
void kz_table_chain_text(char text[KZ_CHAIN_TEXT], kz_chain chain);
KZ_CHECK_RESULT kz_status kz_table_parse_chain(kz_chain *out, const char *text, double delta);

#endif
