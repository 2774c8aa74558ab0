/* Which branch of the spin's generating function counts, by what is known of both. */
#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "ghd/counting/branches.h"
#include "support/check.h"

enum { POINTS = 3 };

/* Here |mu_c| is 1.7, 0.7, 0.5 | 2.5, 1.5, 0.3: F falls from point to point, below 0 at the last
 * one of the right half. */
static const double MU[2] = {0.3, 0.5}, LAMBDA[POINTS] = {-2, -1, 0.2};

/* What a branch is at a point. */
typedef enum { SOLVED, TURNED, LOST } outcome;

typedef struct {
    kz_counting counting;
    double lambda[POINTS];
    kz_fluctuation now[POINTS], before[POINTS];
    bool divided[POINTS], settled[POINTS], turned[POINTS];
    unsigned long shape[POINTS];
    kz_counting_branch branch[2][POINTS];
} fixture;

static kz_counting *start(fixture *f)
{
    *f = (fixture){.counting = {.state = {kz_state_thermal(1, MU[0]), kz_state_thermal(1, MU[1])},
                                .charge = KZ_CHARGE_SPIN,
                                .n = POINTS,
                                .total = POINTS,
                                .isotropic = true,
                                .branches = true}};
    kz_counting *j = &f->counting;
    memcpy(f->lambda, LAMBDA, sizeof LAMBDA);
    j->lambda = f->lambda;
    j->now = f->now;
    j->before = f->before;
    j->divided = f->divided;
    j->settled = f->settled;
    j->turned = f->turned;
    j->shape = f->shape;
    for (int side = 0; side < 2; side++) {
        j->branch[side] = f->branch[side];
        for (int i = 0; i < POINTS; i++)
            f->branch[side][i].bound = INFINITY;
    }
    return j;
}

/* What a grid has of a side: F at all points; the current is 10 F, the shape the side. */
static void keep(kz_counting *j, int side, const outcome how[POINTS], const double F[POINTS])
{
    kz_counting_drop_branch(j, side);
    for (size_t i = 0; i < POINTS; i++) {
        if (kz_counting_is_idle(j, side, i)) continue;
        j->now[i] = how[i] == LOST ? (kz_fluctuation){LAMBDA[i], NAN, NAN, INFINITY, KZ_ENOCONV}
                                   : (kz_fluctuation){LAMBDA[i], F[i], 10 * F[i], 1e-9, KZ_OK};
        j->turned[i] = how[i] == TURNED;
        j->shape[i] = (unsigned long)side;
        j->divided[i] = side == KZ_RIGHT;
    }
    kz_counting_keep_branch(j, side);
}

/* Both sides of a grid, and what comes of them. */
static void solve(kz_counting *j, const outcome how[2][POINTS], const double F[2][POINTS])
{
    j->reason[0] = '\0';
    keep(j, KZ_LEFT, how[KZ_LEFT], F[KZ_LEFT]);
    keep(j, KZ_RIGHT, how[KZ_RIGHT], F[KZ_RIGHT]);
    kz_counting_choose_branch(j);
    j->grids++;
}

static void check_point(const kz_counting *j, int i, double F, int side)
{
    assert_int_equal(j->now[i].status, KZ_OK);
    assert_true(j->now[i].generating == F && j->now[i].current == 10 * F);
    assert_true(j->shape[i] == (unsigned long)side && j->divided[i] == (side == KZ_RIGHT));
}

static void check_lost(const kz_counting *j, int i, const char *reason)
{
    assert_true(isnan(j->now[i].generating) && isnan(j->now[i].current));
    assert_true(isinf(j->now[i].err) && j->now[i].lambda == LAMBDA[i]);
    assert_int_equal(j->now[i].status, KZ_ENOCONV);
    assert_non_null(strstr(j->reason, reason));
}

/* The image has the same |mu_c| and the sign of mu; outwards is where it grows. */
static void property_image(void **unused)
{
    (void)unused;
    uint64_t seed = 20261126;
    for (int k = 0; k < 200; k++) {
        fixture f;
        kz_counting *j = start(&f);
        int side = k % 2;
        double s = side == KZ_LEFT ? 1 : -1, mu = kz_check_uniform(&seed, -2, 2);
        double lambda = kz_check_uniform(&seed, -5, 5);
        j->state[side] = kz_state_thermal(1, mu);
        double image = kz_counting_image(j, side, lambda), field = fabs(mu + s * image);
        KZ_CHECK_CLOSE(field, fabs(mu + s * lambda), 1e-14);
        assert_true((mu + s * image) * mu >= 0);
        assert_true((image == lambda) == ((mu + s * lambda) * mu >= 0));
        for (int direction = -1; direction <= 1; direction += 2) {
            bool grows = fabs(mu + s * (image + 1e-6 * direction * field)) > field;
            assert_int_equal(kz_counting_outwards(j, side, direction), grows ? 1 : -1);
        }
        assert_true(kz_counting_image(j, -1, lambda) == lambda);
        j->state[side] = kz_state_up();
        assert_true(kz_counting_image(j, side, lambda) == lambda);
        assert_int_equal(kz_counting_outwards(j, side, 1), 0);
    }
}

/* Beside a half without long strings these are the other half's. */
static void edge_no_long_strings(void **unused)
{
    (void)unused;
    fixture f;
    kz_counting *j = start(&f);
    assert_true(kz_counting_has_branch(j, KZ_LEFT) && kz_counting_has_branch(j, KZ_RIGHT));
    j->state[KZ_RIGHT] = kz_state_ground(0);
    assert_true(kz_counting_has_branch(j, KZ_LEFT) && !kz_counting_has_branch(j, KZ_RIGHT));
    j->state[KZ_LEFT] = kz_state_ground(0);
    assert_true(kz_counting_has_branch(j, KZ_LEFT) && kz_counting_has_branch(j, KZ_RIGHT));
}

/* The larger F of those whose long strings come from there. */
static void exact_larger_counts(void **unused)
{
    (void)unused;
    static const outcome both[2][POINTS] = {{SOLVED, SOLVED, SOLVED}, {SOLVED, SOLVED, SOLVED}};
    static const outcome turned[2][POINTS] = {{SOLVED, TURNED, TURNED}, {TURNED, TURNED, TURNED}};
    static const double F[2][POINTS] = {{0.3, 0.05, 0.02}, {0.2, 0.1, -0.01}};
    static const double above[2][POINTS] = {{0.1, 0.05, 0.02}, {0.2, 0.1, -0.01}};
    fixture f;
    kz_counting *j = start(&f);
    solve(j, both, F);
    check_point(j, 0, 0.3, KZ_LEFT);
    check_point(j, 1, 0.1, KZ_RIGHT);
    check_point(j, 2, 0.02, KZ_LEFT);
    j = start(&f);
    solve(j, turned, above);
    check_point(j, 0, 0.1, KZ_LEFT);
    check_lost(j, 1, "no long string crosses");
    check_lost(j, 2, "no long string crosses");
}

/* What does not settle is below the other one where it is at a larger |mu_c|, or turns there, or F
 * = 0 does it at lambda = 0; else the point is lost. */
static void exact_what_does_not_settle(void **unused)
{
    (void)unused;
    static const char reason[] = "from the right half do not settle";
    static const outcome one[2][POINTS] = {{SOLVED, SOLVED, SOLVED}, {SOLVED, LOST, LOST}};
    static const outcome none[2][POINTS] = {{SOLVED, SOLVED, SOLVED}, {LOST, LOST, LOST}};
    static const outcome turns[2][POINTS] = {{SOLVED, SOLVED, SOLVED}, {TURNED, LOST, LOST}};
    static const double F[2][POINTS] = {{0.3, 0.2, 0.1}, {0.15, NAN, NAN}};
    static const double low[2][POINTS] = {{0.1, 0.05, 0.02}, {0.15, NAN, NAN}};
    fixture f;
    kz_counting *j = start(&f);
    solve(j, one, F);
    check_point(j, 1, 0.2, KZ_LEFT);
    j = start(&f);
    solve(j, one, low);
    check_point(j, 0, 0.15, KZ_RIGHT);
    check_lost(j, 1, reason);
    check_point(j, 2, 0.02, KZ_LEFT); /* 0 at lambda = 0 */
    j = start(&f);
    solve(j, none, F);
    check_lost(j, 0, reason);
    check_lost(j, 1, reason);
    check_point(j, 2, 0.1, KZ_LEFT);
    j = start(&f);
    solve(j, turns, low);
    check_point(j, 0, 0.1, KZ_LEFT);
    check_point(j, 1, 0.05, KZ_LEFT);
}

/* Another grid's value decides where it is below by more than a grid moves it. */
static void exact_other_grid(void **unused)
{
    (void)unused;
    static const char reason[] = "from the right half do not settle";
    static const outcome first[2][POINTS] = {{SOLVED, SOLVED, SOLVED}, {LOST, SOLVED, SOLVED}};
    static const outcome second[2][POINTS] = {{SOLVED, SOLVED, SOLVED}, {LOST, LOST, LOST}};
    static const double F[2][POINTS] = {{0.3, 0.2, 0.1}, {NAN, 0.1998, -0.05}};
    fixture f;
    kz_counting *j = start(&f);
    solve(j, first, F);
    check_lost(j, 0, reason);
    check_point(j, 1, 0.2, KZ_LEFT);
    memcpy(f.before, f.now, sizeof f.before);
    f.settled[0] = true;
    kz_counting_drop_branch(j, KZ_LEFT);
    kz_counting_drop_branch(j, KZ_RIGHT);
    assert_true(kz_counting_is_idle(j, KZ_LEFT, 0) && kz_counting_is_idle(j, KZ_RIGHT, 0));
    assert_true(!kz_counting_is_idle(j, KZ_LEFT, 1) && !kz_counting_is_idle(j, KZ_RIGHT, 1));
    assert_true(!kz_counting_is_idle(j, KZ_LEFT, 2) && kz_counting_is_idle(j, KZ_RIGHT, 2));
    solve(j, second, F);
    check_lost(j, 1, reason);
    check_point(j, 2, 0.1, KZ_LEFT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_image),      cmocka_unit_test(edge_no_long_strings),
        cmocka_unit_test(exact_larger_counts), cmocka_unit_test(exact_what_does_not_settle),
        cmocka_unit_test(exact_other_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
