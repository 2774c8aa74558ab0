/* The same as t-error-bounds, on ten times as many random rays. */
#define RANDOM_CASES 2400
#define RANDOM_SEED 19700101

#include "ghd/t-error-bounds.c"
