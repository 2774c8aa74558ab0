/* The tests of t-ray with whole magnetized cones, which take minutes. */
#define KZ_LONG_TESTS
#include "ghd/t-ray.c"
