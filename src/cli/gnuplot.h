/* Drawing a picture with gnuplot. */
#ifndef CLI_GNUPLOT_H
#define CLI_GNUPLOT_H

#include <stddef.h>

#include <kapitza/status.h>

/* Runs the script NAME.gp on a data file: makes directory/NAME.png and directory/NAME.pdf, whole
 * or not at all.  Scripts are looked for in $KAPITZA_PLOTS, where they were installed, and in the
 * source tree.  Returns KZ_EIO with the reason: no script, no gnuplot, or what gnuplot says. */
KZ_CHECK_RESULT kz_status cli_gnuplot(const char *name, const char *data, const char *directory);

/* The same for base.png and base.pdf, by the script SCRIPT.gp; the words [count] are the script's
 * third argument (ARG3) and those that follow, after the data file and the name without ending. */
enum { CLI_GNUPLOT_WORDS = 7 };
KZ_CHECK_RESULT kz_status cli_gnuplot_to(const char *base, const char *script, const char *data,
                                         const char *const *words, size_t count);

#endif
