/* The same as t-pair-random beside a half with a gap, on 200 problems and 30 error bounds. */
#define RANDOM_GAPPED true
#define RANDOM_PROBLEMS 200
#define RANDOM_BOUNDS 30
#define RANDOM_SEED 20261126
#define RANDOM_P_MAX 5
#define RANDOM_TOL_MIN 1e-7
#define PROBLEM_TOL 1e-6
#define RANDOM_R_MAX 30

#include "junction/t-pair-random.c"
