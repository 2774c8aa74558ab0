/* What the paper (biella2019) says about the distance of the energy quench from thermal states,
 * over the shipped run at gamma = pi/4; its table of thermal states takes a quarter of a minute.
 * Thresholds: see t-paper.c. */
#include "analysis/paper-states.h"

/* "The pronounced drop of d_n in time hints at a clear tendency towards thermalization" near the
 * junction, "the relaxation behaviour depends on the considered side"; "the regions
 * 0.5 <~ |n|/t <~ 1 do not display any tendency"; the original equilibrium regions have the least
 * value.  Until t = 18 truncation has no part in the drop. */
static void states_near_the_junction_become_thermal(void **state)
{
    static const double times[] = {10.0, 18.0, 20.0, 40.0};
    static kz_effective_row rows[TIMES][ROWS];
    (void)state;
    states_of(rows, runs[ENERGY][PI4], true, times, TIMES);
    at_most(distance(rows[1], 3), 0.9 * distance(rows[0], 3), "d_3 at t = 18", PI4);
    at_most(distance(rows[3], 3), 0.75 * distance(rows[0], 3), "d_3 at t = 40", PI4);
    at_most(distance(rows[3], -3), 0.9 * distance(rows[2], -3), "d_-3 at t = 40", PI4);
    more(distance(rows[3], -3), 1.3 * distance(rows[3], 3), "d_-3", PI4);
    for (int side = -1; side <= 1; side += 2) {
        double before = distance(rows[2], side * 14), after = distance(rows[3], side * 28);
        KZ_CHECK_CLOSE(after, before, 0.1 * before);
    }
    for (long n = -52; n <= -46; n++)
        at_most(distance(rows[3], n), 0.06, "d_n outside", PI4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_near_the_junction_become_thermal),
    };
    return cmocka_run_group_tests(tests, read_all, free_all);
}
