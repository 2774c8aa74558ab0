/* What the paper (biella2019) says about temperatures and chemical potentials, and about the
 * distances of free chains, over the shipped runs.  Thresholds: see t-paper.c. */
#include "analysis/paper-states.h"

static double beta(const kz_effective_row *rows, long n) { return rows[n + 69].beta; }
static double mu(const kz_effective_row *rows, long n) { return rows[n + 69].mu; }

/* "Two plateaus appear to the left and to the right of the junction.  They have different values
 * and the interpolation between them takes place on a length scale of few sites and does not depend
 * on time": between n = -4 and 4 beta jumps by as much at t = 20 and later, without interaction by
 * ever less. */
static void temperature_jumps_at_the_junction(void **state)
{
    static kz_effective_row rows[TIMES][ROWS];
    (void)state;
    for (int r = PI4; r <= PI6; r += 2) {
        states_of(rows, runs[ENERGY][r], false, shown, TIMES);
        for (int k = 1; k < TIMES; k++)
            more(beta(rows[k], 4) - beta(rows[k], -4), 2.0, "jump", r);
        more(beta(rows[3], 4) - beta(rows[3], -4), 0.9 * (beta(rows[1], 4) - beta(rows[1], -4)),
             "jump at t = 40", r);
    }
    states_of(rows, runs[ENERGY][FREE], false, shown, TIMES);
    double before = beta(rows[1], 4) - beta(rows[1], -4);
    at_most(beta(rows[3], 4) - beta(rows[3], -4), 0.6 * before, "smooth", FREE);
}

/* "While in the homogeneous case the profile [of mu] is smooth, for gamma != pi/2 the discontinuity
 * increases as the anisotropy is increased"; it emerges progressively. */
static void potential_jumps_at_the_junction(void **state)
{
    static kz_effective_row rows[TIMES][ROWS];
    double before = 0.0, jump[TIMES];
    (void)state;
    for (int r = FREE; r <= PI6; r++) {
        states_of(rows, runs[WALL][r], false, shown, TIMES);
        for (int k = 0; k < TIMES; k++)
            jump[k] = 0.5 * (mu(rows[k], -4) + mu(rows[k], -5) - mu(rows[k], 5) - mu(rows[k], 6));
        if (r == FREE) {
            at_most(jump[3], 0.6 * jump[1], "smooth", r);
            continue;
        }
        more(jump[3], jump[1], "grows with time", r);
        more(jump[3], before, "grows with Delta", r);
        before = jump[3];
    }
}

/* "Homogenous systems do not display any tendency towards thermalization at the junction.  The
 * rescaled profiles at different times collapse for t >~ 10": to a tenth of their height within the
 * cone, from t = 20 on. */
static void free_chains_do_not_thermalize(void **state)
{
    static kz_effective_row rows[TIMES][ROWS];
    (void)state;
    states_of(rows, runs[ENERGY][FREE], true, shown, TIMES);
    more(distance(rows[3], 0), 0.9 * distance(rows[0], 0), "at the junction", FREE);
    for (double ray = -0.9; ray < 0.95; ray += 0.1)
        for (int k = 1; k < TIMES; k++) {
            double before = distance(rows[1], lround(20.0 * ray));
            KZ_CHECK_CLOSE(distance(rows[k], lround(shown[k] * ray)), before, 0.08);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(temperature_jumps_at_the_junction),
        cmocka_unit_test(potential_jumps_at_the_junction),
        cmocka_unit_test(free_chains_do_not_thermalize),
    };
    return cmocka_run_group_tests(tests, read_all, free_all);
}
