/* Fields of a line; a part of io/text. */
#ifndef KZ_IO_FIELDS_H
#define KZ_IO_FIELDS_H

#include "io/text.h"

/* Splits a line in place into out->word and out->count, without its comment.
 *  columns  fields of the first line that has some; 0: this may be it */
void kz_io_fields_split(kz_io_text_line *out, char *text, size_t columns);

#endif
