/* The same as t-isotropic-rays, on twenty times as many random rays. */
#define RANDOM_CASES 60
#define RANDOM_SEED 19310101

#include "ghd/t-isotropic-rays.c"
