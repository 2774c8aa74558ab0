/* The same as t-fraction-rays, on five times as many random rays. */
#define RANDOM_CASES 480
#define RANDOM_SEED 19720101

#include "ghd/t-fraction-rays.c"
