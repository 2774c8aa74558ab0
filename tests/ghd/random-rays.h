/* Random rays, whose err must bound the true error. */
#ifndef KZ_TESTS_GHD_RANDOM_RAYS_H
#define KZ_TESTS_GHD_RANDOM_RAYS_H

#include "ghd/support.h"

typedef struct {
    const kz_chain *chain; /* taken in turn */
    int chains;
    double decades; /* beta: a number in [-1, 1) times 10^x, -1 <= x < decades */
    double field;   /* largest, of ground states */
    double zeta;    /* largest */
    bool may_miss;  /* tol: their err is tested all the same */
} random_rays;

static inline kz_state random_state(const random_rays *of, uint64_t *seed)
{
    double choice = kz_check_uniform(seed, 0, 1);
    double beta = kz_check_uniform(seed, -1, 1) * pow(10, kz_check_uniform(seed, -1, of->decades));
    double mu = kz_check_uniform(seed, -3, 3);
    double field = kz_check_uniform(seed, -of->field, of->field);
    if (choice < 0.35) return kz_state_thermal(beta, mu);
    if (choice < 0.65) return kz_state_thermal(beta, 0);
    if (choice < 0.75) return kz_state_ground(0);
    if (choice < 0.80) return kz_state_ground(field);
    if (choice < 0.90) return kz_state_ceiling();
    return choice < 0.95 ? kz_state_up() : kz_state_down();
}

static inline const char *name_of(const kz_state *state, char text[112])
{
    const char *const kind[] = {"thermal", "ground", "ceiling", "up", "down"};
    snprintf(text, 112, "%s(%.17g, %.17g, %.17g)", kind[state->kind], state->beta, state->mu,
             state->h);
    return text;
}

/* The truth is the same ray at 1e-13, on a finer grid, a wider window and with more strings; its
 * own error (some ask for more than double precision gives and say so) is added. */
static inline void check_error_bounds(const random_rays *of, int cases, uint64_t seed)
{
    int violated = 0, lost = 0;
    double sharpest = 0;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < cases; i++) {
        kz_chain chain = of->chain[i % of->chains];
        kz_state left = random_state(of, &seed), right = random_state(of, &seed);
        double zeta = kz_check_uniform(&seed, -of->zeta, of->zeta);
        double tol = pow(10, kz_check_uniform(&seed, -11, -4));
        kz_ray ray, truth;
        if (!find_ray_or_estimate(&ray, chain, left, right, zeta, tol) ||
            !find_ray_or_estimate(&truth, chain, left, right, zeta, 1e-13)) {
            lost++;
            continue;
        }
        assert_true(of->may_miss || ray.status == KZ_OK);
        double error = ray_distance(&ray, &truth);
        sharpest = fmax(sharpest, error / ray.err);
        if (error <= ray.err + truth.err) continue;
        char a[112], b[112];
        print_error("case %d, Delta = %.17g, %s | %s, zeta = %.17g, tol = %.3g: "
                    "error %.3g > err %.3g\n",
                    i, kz_chain_delta(chain), name_of(&left, a), name_of(&right, b), zeta, tol,
                    error, ray.err);
        violated++;
    }
    print_message("# largest error/err %.2f, %d lost\n", sharpest, lost);
    assert_int_equal(lost, 0);
    assert_int_equal(violated, 0);
}

#endif
