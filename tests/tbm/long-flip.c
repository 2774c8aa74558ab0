/* The spin flip of ground states, all pairs of halves: exact diagonalisation at twelve and fourteen
 * sites, variation and symmetry at forty and eighty. */
#include "tests/tbm/flip.h"

static void all_pairs_against_exact_diagonalisation(void **state)
{
    (void)state;
    for (int L = 12; L <= FLIP_MOST; L += 2)
        for (int a = 0; a < FLIP_DELTAS; a++)
            for (int b = 0; b < FLIP_DELTAS; b++)
                flip_compare(L, flip_deltas[a], flip_deltas[b]);
}

static void forty_sites(void **state)
{
    (void)state;
    flip_variational(40);
}

static void eighty_sites(void **state)
{
    (void)state;
    flip_variational(80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pairs_against_exact_diagonalisation),
        cmocka_unit_test(forty_sites),
        cmocka_unit_test(eighty_sites),
    };
    return cmocka_run_group_tests_name("flip, long", tests, NULL, NULL);
}
