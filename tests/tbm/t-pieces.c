/* How a chain is cut into pieces, against all ways to do it. */
#include "tbm/divided/pieces.h"

#include "support/check.h"

enum { MOST_LENGTH = 16, MOST_SIZE = 6 };

/* The least work of the fullest piece, from pair `first` on, over all ways to cut. */
static double best(const double *cost, size_t length, size_t first, int pieces)
{
    size_t pairs = length / 2;
    double least = INFINITY, work = 0.0;
    for (size_t end = first + 1; end <= pairs; end++) {
        size_t stop = end == pairs ? length - 1 : 2 * end; /* one past the last bond */
        for (size_t i = 2 * (end - 1); i < stop; i++)
            work += cost[i];
        if (pieces == 1 && end < pairs) continue;
        double rest = pieces > 1 && end < pairs ? best(cost, length, end, pieces - 1) : 0.0;
        if (pieces > 1 && end == pairs) break;
        least = fmin(least, fmax(work, rest));
    }
    return least;
}

static void check_cuts(const size_t *cut, size_t length, int size)
{
    int active = kz_pieces_active(length, size);
    assert_int_equal(cut[0], 0);
    for (int p = 0; p < size; p++) {
        assert_true(p < active ? cut[p + 1] >= cut[p] + 2 : cut[p] == length);
        if (p < active) assert_int_equal(cut[p] % 2, 0);
    }
    assert_int_equal(cut[size], length);
}

/* Corners: equal costs, none, one bond that costs all. */
static double draw_cost(uint64_t *seed, int kind, size_t i, size_t length)
{
    if (kind == 0) return 1.0;
    if (kind == 1) return 0.0;
    if (kind == 2) return i == length / 3 ? 1.0 : 0.0;
    return pow(kz_check_uniform(seed, 0.0, 1.0), 4.0);
}

static void the_fullest_piece_is_as_small_as_can_be(void **state)
{
    (void)state;
    uint64_t seed = 20261126;
    for (int k = 0; k < 400; k++) {
        size_t length = 4 + (size_t)kz_check_uniform(&seed, 0.0, MOST_LENGTH - 3);
        int size = 1 + (int)kz_check_uniform(&seed, 0.0, MOST_SIZE);
        double cost[MOST_LENGTH];
        size_t cut[MOST_SIZE + 1];
        for (size_t i = 0; i + 1 < length; i++)
            cost[i] = draw_cost(&seed, k % 8, i, length);
        kz_pieces_choose(cut, cost, length, size);
        check_cuts(cut, length, size);
        /* the bisection ends within 2^-40 of the sum */
        KZ_CHECK_CLOSE(kz_pieces_most(cut, cost, length, size),
                       best(cost, length, 0, kz_pieces_active(length, size)), 1e-10);
    }
}

/* Every gate of a layer has both of its sites in one piece. */
static void no_gate_is_cut(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int k = 0; k < 200; k++) {
        size_t length = 4 + (size_t)kz_check_uniform(&seed, 0.0, MOST_LENGTH - 3);
        int size = 1 + (int)kz_check_uniform(&seed, 0.0, MOST_SIZE);
        double cost[MOST_LENGTH];
        size_t even[MOST_SIZE + 1], cut[MOST_SIZE + 1];
        for (size_t i = 0; i + 1 < length; i++)
            cost[i] = draw_cost(&seed, k % 8, i, length);
        kz_pieces_choose(even, cost, length, size);
        for (int parity = 0; parity < 2; parity++) {
            kz_pieces_of_layer(cut, even, parity, length, size);
            for (size_t i = 0; i < length; i++) {
                int p = kz_pieces_owner(cut, size, i);
                assert_true(cut[p] <= i && i < cut[p + 1]);
            }
            for (size_t i = (size_t)parity; i + 1 < length; i += 2)
                assert_int_equal(kz_pieces_owner(cut, size, i), kz_pieces_owner(cut, size, i + 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fullest_piece_is_as_small_as_can_be),
        cmocka_unit_test(no_gate_is_cut),
    };
    return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
