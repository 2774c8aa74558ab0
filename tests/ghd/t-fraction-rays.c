/* Rays of chains with gamma = pi Q/P, Q > 1.  docs/delta.md. */
#include <kapitza/dressing.h>

#include "ghd/random-rays.h"
#include "ghd/ray/refine.h"
#include "support/strings.h"

static const double pi = 3.14159265358979323846;

typedef struct {
    int P, Q;
} fraction;

static const fraction FRACTIONS[] = {{5, 2}, {7, 3}, {8, 3}, {12, 5}, {3, 2}, {4, 3},
                                     {5, 4}, {5, 3}, {7, 5}, {8, 5},  {7, 2}, {13, 8}};
enum { COUNT = sizeof FRACTIONS / sizeof *FRACTIONS };

/* collura2018: closed forms at every gamma. */
static void exact_domain_wall(void **unused)
{
    (void)unused;
    const double part[] = {-1.01, -0.7, 0, 0.3, 0.98, 1.3};
    for (int i = 0; i < COUNT; i++) {
        int P = FRACTIONS[i].P;
        double g = pi * FRACTIONS[i].Q / P, scale = sin(pi / P) / sin(g);
        kz_options options = kz_options_default();
        kz_state up = kz_state_up(), down = kz_state_down();
        kz_bipartition *b;
        kz_ray ray[6];
        double zeta[6];
        for (int k = 0; k < 6; k++)
            zeta[k] = part[k] * sin(g);
        KZ_CHECK_OK(
            kz_bipartition_create(&b, kz_chain_rational(P, FRACTIONS[i].Q), &up, &down, &options));
        KZ_CHECK_OK(kz_bipartition_rays(ray, b, zeta, 6, &options));
        for (int k = 0; k < 6; k++) {
            double z = fmax(-1, fmin(1, part[k])) * sin(g) * scale;
            double current = (sqrt(1 - z * z) - cos(pi / P)) * P / (2 * pi * scale);
            KZ_CHECK_CLOSE(ray[k].magnetization, -P / (2 * pi) * asin(z), 1e-10);
            KZ_CHECK_CLOSE(ray[k].spin_current, fabs(part[k]) < 1 ? current : 0, 1e-10);
            KZ_CHECK_CLOSE(ray[k].energy, 0.25 * cos(g), 1e-10);
            KZ_CHECK_CLOSE(ray[k].energy_current, 0, 1e-10);
        }
        kz_bipartition_free(b);
    }
}

/* long-fraction-rays.c takes more. */
#ifndef RANDOM_CASES
#define RANDOM_CASES 96
#define RANDOM_SEED 20261126
#endif

static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    kz_chain chain[COUNT];
    const random_rays of = {
        .chain = chain, .chains = COUNT, .decades = 1, .field = 1.2, .zeta = 1.3};
    for (int i = 0; i < COUNT; i++)
        chain[i] = kz_chain_rational(FRACTIONS[i].P, FRACTIONS[i].Q);
    check_error_bounds(&of, RANDOM_CASES, RANDOM_SEED);
}

/* The ray on the grid that is tried first; false where it is lost. */
static bool solve_on_first_grid(kz_ray *ray, kz_chain chain, kz_state left, kz_state right,
                                double zeta, double tol)
{
    kz_level *level;
    kz_ray_work *work;
    kz_pending_ray pending = kz_pending_ray_start(0, tol);
    bool cold = true;
    kz_grid grid = kz_level_grid(chain, &left, &right, tol, false);
    KZ_CHECK_OK(kz_level_create(&level, grid, &left, &right, NULL, 1e-16));
    KZ_CHECK_OK(kz_ray_work_create(&work, level));
    kz_status status = kz_pending_ray_solve(ray, &pending, work, zeta, tol, &cold);
    kz_ray_work_free(work);
    kz_level_free(level);
    return status == KZ_OK;
}

/* The spacing for narrow kernels is one that rays are content with, as a rule: each that is not
 * costs two. */
static void property_first_grid_will_do(void **unused)
{
    (void)unused;
    static const fraction NARROW[] = {{100, 41}, {55, 21}, {50, 9}, {29, 12},
                                      {45, 22},  {13, 6},  {37, 26}};
    const random_rays of = {.decades = 1, .field = 1.2};
    uint64_t seed = 41100;
    int content = 0, cases = 28;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < cases; i++) {
        kz_chain chain = kz_chain_rational(NARROW[i % 7].P, NARROW[i % 7].Q);
        kz_state left = random_state(&of, &seed), right = random_state(&of, &seed);
        double zeta = kz_check_uniform(&seed, -0.4, 0.4);
        kz_ray ray;
        bool found = solve_on_first_grid(&ray, chain, left, right, zeta, 1e-8);
        content += found && ray.err <= 1e-8;
    }
    print_message("# %d of %d rays meet the tolerance\n", content, cases);
    assert_true(content >= 0.9 * cases);
}

static kz_state turned(kz_state s)
{
    if (s.kind == KZ_STATE_THERMAL) return kz_state_thermal(-s.beta, s.mu);
    if (s.kind == KZ_STATE_CEILING) return kz_state_ground(0);
    return s.kind == KZ_STATE_GROUND ? kz_state_ceiling() : s;
}

/* Turning every second spin and complex conjugation: Delta -> -Delta, beta -> -beta leave the
 * magnetization and its current and turn the signs of energies and their currents. */
static void property_map(void **unused)
{
    (void)unused;
    const kz_state side[] = {kz_state_thermal(0.7, 0.4),  kz_state_thermal(-1.5, 0),
                             kz_state_ground(0),          kz_state_ceiling(),
                             kz_state_thermal(2.5, -0.9), kz_state_up()};
    for (int i = 0; i < COUNT; i++) {
        kz_chain chain = kz_chain_rational(FRACTIONS[i].P, FRACTIONS[i].Q);
        kz_chain other = kz_chain_rational(chain.P, chain.P - chain.Q);
        kz_state left = side[i % 6], right = side[(i + 1 + i / 6) % 6];
        double zeta = 0.1 + 0.05 * i;
        kz_ray a = ray_of(chain, left, right, zeta, 1e-10);
        kz_ray b = ray_of(other, turned(left), turned(right), zeta, 1e-10);
        b.energy = -b.energy;
        b.energy_current = -b.energy_current;
        KZ_CHECK_CLOSE(ray_distance(&a, &b), 0, a.err + b.err);
    }
}

static void property_continuity(void **unused)
{
    (void)unused;
    const double middle[] = {-0.55, -0.1, 0.35};
    for (int i = 0; i < COUNT; i += 2) {
        kz_options options = kz_options_default();
        kz_state left = kz_state_thermal(0.4, 0.8), right = kz_state_thermal(-1.2, -0.3);
        kz_bipartition *b;
        options.tol = 1e-11;
        KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_rational(FRACTIONS[i].P, FRACTIONS[i].Q),
                                          &left, &right, &options));
        /* step^5/90 times fourth derivatives of profiles that vary over 0.3 or so: 2e-10 */
        for (int k = 0; k < 3; k++)
            check_continuity_by_simpson(b, middle[k], 0.004, &options, 3e-10);
        kz_bipartition_free(b);
    }
}

static double energy_charge(int j, double lambda, void *context)
{
    return kz_string_energy(context, j, lambda);
}

static double length_charge(int j, double lambda, void *context)
{
    const kz_strings *strings = context;
    (void)lambda;
    return strings->length[j - 1];
}

/* The second engine shares no equation with the first; ten times what its panels were asked for,
 * as in t-dressing. */
static void compare_engines(int P, int Q, kz_state left, kz_state right, double zeta)
{
    const double tol = 1e-6;
    kz_chain chain = kz_chain_rational(P, Q);
    kz_strings strings;
    kz_dressing *dressing;
    double e, j, n, jn;
    KZ_CHECK_OK(kz_strings_fill(&strings, chain));
    KZ_CHECK_OK(kz_dressing_create(&dressing, chain, &left, &right, zeta, tol));
    KZ_CHECK_OK(kz_dressing_average(&e, &j, dressing, energy_charge, &strings));
    KZ_CHECK_OK(kz_dressing_average(&n, &jn, dressing, length_charge, &strings));
    kz_dressing_free(dressing);
    kz_ray ray = ray_of(chain, left, right, zeta, 1e-10);
    KZ_CHECK_CLOSE(ray.energy, 0.25 * kz_chain_delta(chain) + e, 10 * tol);
    KZ_CHECK_CLOSE(ray.energy_current, j, 10 * tol);
    KZ_CHECK_CLOSE(ray.magnetization, 0.5 - n, 10 * tol);
    KZ_CHECK_CLOSE(ray.spin_current, -jn, 10 * tol);
}

static void property_engines_agree(void **unused)
{
    (void)unused;
    kz_state warm = kz_state_thermal(0.5, 0.3), cool = kz_state_thermal(2, -0.2);
    kz_state turned_up = kz_state_thermal(-1, 0.7), sea = kz_state_ground(0.5);
    compare_engines(5, 2, warm, cool, -0.3);
    compare_engines(5, 2, turned_up, kz_state_ground(0), 0.2);
    compare_engines(4, 3, warm, turned_up, 0.25);
    compare_engines(4, 3, kz_state_ground(0), cool, -0.15);
    compare_engines(3, 2, sea, warm, 0.1);
    compare_engines(3, 2, turned_up, kz_state_ground(-0.3), -0.2);
    compare_engines(3, 2, kz_state_ceiling(), kz_state_down(), 0.1);
    compare_engines(5, 2, sea, turned_up, 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_domain_wall),           cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_first_grid_will_do), cmocka_unit_test(property_map),
        cmocka_unit_test(property_continuity),         cmocka_unit_test(property_engines_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
