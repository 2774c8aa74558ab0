/* OpenBLAS: its kernels and its memory. */
#ifndef CLI_BLAS_H
#define CLI_BLAS_H

#include <stdbool.h>

/* Starts the program again, once and before it does anything else, where OpenBLAS must be told
 * something that it reads only while it is loaded:
 *  - OPENBLAS_CORETYPE=Haswell, where it takes a processor with AVX2 and FMA for one without (it
 *    does so with those that are younger than itself); never against a setting of the user;
 *  - OPENBLAS_NUM_THREADS=1, where memory is limited: its threads, which this program has no use
 *    for, would wait for ever for theirs.
 * Returns where nothing is to be told or the system cannot do it.
 *  words  of main(), ended by NULL */
void cli_blas_restart(char **words);

/* Whether these kernels are made for a processor without AVX2. */
bool cli_blas_is_old_core(const char *core);

/* Version, kernels and who has chosen them, one line on stdout. */
void cli_blas_print(void);

/* How many threads, up to `wanted`, can call OpenBLAS at the same time: each needs a buffer of 128
 * MiB of address space, and OpenBLAS tries for ever where it gets none.  0: not even one.  Where
 * memory is limited the buffers are taken now and kept for these threads. */
int cli_blas_threads(int wanted);

#endif
