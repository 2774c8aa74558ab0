/* The same as t-isotropic-rays, and random rays. */
#define RANDOM_CASES 60
#define RANDOM_SEED 19310101

#include "ghd/t-isotropic-rays.c"
