/* What the uniqueness of an energy junction rests on: J_L rises and J_R falls with beta. */
#include "support/junction.h"

#include "junction/half.h"

static kz_state random_reservoir(uint64_t *seed)
{
    double kind = kz_check_uniform(seed, 0, 3);
    if (kind < 1) return kind < 0.5 ? kz_state_ground(0) : kz_state_ceiling();
    return kz_state_thermal(kz_check_uniform(seed, -6, 6), 0);
}

static kz_half random_half(uint64_t *seed)
{
    int P = (int)kz_check_uniform(seed, 1, 10);
    return (kz_half){P < 2 ? kz_chain_xx() : kz_chain_xxz(P), random_reservoir(seed),
                     kz_check_uniform(seed, -1, 1) < 0 ? KZ_SIDE_LEFT : KZ_SIDE_RIGHT};
}

/* Without the junction's own solver. */
static kz_ray current_at(const kz_half *half, double beta)
{
    kz_state edge = isinf(beta) ? beta > 0 ? kz_state_ground(0) : kz_state_ceiling()
                                : kz_state_thermal(beta, 0);
    bool left = half->side == KZ_SIDE_LEFT;
    return edge_ray(half->chain, left ? half->reservoir : edge, left ? edge : half->reservoir,
                    1e-9);
}

static void property_currents_are_monotone(void **unused)
{
    (void)unused;
    const double beta[] = {
        -(double)INFINITY, -200, -30, -8, -2.5, -1, -0.3, 0, 0.2, 0.7, 1.7, 5, 20, 90,
        (double)INFINITY};
    uint64_t seed = 61;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 10; i++) {
        kz_half half = random_half(&seed);
        double sign = half.side == KZ_SIDE_LEFT ? 1 : -1;
        kz_ray last = current_at(&half, beta[0]);
        for (size_t k = 1; k < sizeof beta / sizeof *beta; k++) {
            kz_ray next = current_at(&half, beta[k]);
            double step = sign * (next.energy_current - last.energy_current);
            assert_true(step >= -(next.err + last.err));
            if (fabs(beta[k]) <= 5 && fabs(beta[k - 1]) <= 5) assert_true(step > 1e-5);
            last = next;
        }
    }
}

/* The slope is the response, which has one sign: five Gauss-Legendre nodes a piece. */
static void property_slopes_add_up(void **unused)
{
    (void)unused;
    const double node[] = {-0.9061798459386640, -0.5384693101056831, 0, 0.5384693101056831,
                           0.9061798459386640};
    const double weight[] = {0.2369268850561891, 0.4786286704993665, 0.5688888888888889,
                             0.4786286704993665, 0.2369268850561891};
    uint64_t seed = 62;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 12; i++) {
        kz_half half = random_half(&seed);
        double sign = half.side == KZ_SIDE_LEFT ? 1 : -1, sum = 0;
        double from = kz_check_uniform(&seed, -3, 3), width = 0.4;
        kz_edge_work *work;
        KZ_CHECK_OK(kz_half_open(&work, &half, 1));
        for (int k = 0; k < 5; k++) {
            const double x[2] = {from + 0.5 * width * (1 + node[k]), 0};
            kz_edge edge;
            KZ_CHECK_OK(kz_half_solve(&edge, &half, work, x, 1, 1e-9));
            assert_true(edge.response[0][0] > 0);
            sum += 0.5 * width * weight[k] * edge.response[0][0];
        }
        kz_edge_work_free(work);
        double change =
            current_at(&half, from + width).energy_current - current_at(&half, from).energy_current;
        /* the rule's own error, (0.4)^11/1e10 f^(10), is below; currents to 1e-9 twice */
        KZ_CHECK_CLOSE(sum, sign * change, 3e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(property_currents_are_monotone),
                                       cmocka_unit_test(property_slopes_add_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
