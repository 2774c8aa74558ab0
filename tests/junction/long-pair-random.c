/* The same as t-pair-random, on 300 problems and 200 error bounds. */
#define RANDOM_PROBLEMS 300
#define RANDOM_BOUNDS 200
#define RANDOM_SEED 18240604
#define RANDOM_P_MAX 6
#define RANDOM_TOL_MIN 1e-10
#define PROBLEM_TOL 1e-7
#define RANDOM_R_MAX 1e4

#include "junction/t-pair-random.c"
