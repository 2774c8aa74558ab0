/* The same with ten times as many files. */
#define DAMAGES 3000
#include "t-damage.c"
