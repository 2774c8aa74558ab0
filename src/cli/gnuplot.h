/* Drawing a picture with gnuplot. */
#ifndef CLI_GNUPLOT_H
#define CLI_GNUPLOT_H

#include <kapitza/status.h>

/* Runs the script NAME.gp on a data file: makes directory/NAME.png and directory/NAME.pdf, whole
 * or not at all.  Scripts are looked for in $KAPITZA_PLOTS, where they were installed, and in the
 * source tree.  Returns KZ_EIO with the reason: no script, no gnuplot, or what gnuplot says. */
KZ_CHECK_RESULT kz_status cli_gnuplot(const char *name, const char *data, const char *directory);

#endif
