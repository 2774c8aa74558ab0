/* Single rays: reference values, closed forms, both sides of every edge, refinement. */
#include "support/check.h"

#include <string.h>

#include <kapitza/fermion.h>
#include <kapitza/ghd.h>

#include "core/memory.h"
#include "ghd/ray.h"
#include "ghd/ray_work.h"
#include "support/reference.h"

static const double pi = 3.14159265358979323846;

static kz_ray ray_of(kz_chain chain, kz_state left, kz_state right, double zeta, double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    kz_bipartition *bipartition;
    kz_ray ray;
    KZ_CHECK_OK(kz_bipartition_create(&bipartition, chain, &left, &right, &options));
    KZ_CHECK_OK(kz_bipartition_rays(&ray, bipartition, &zeta, 1, &options));
    kz_bipartition_free(bipartition);
    assert_int_equal(ray.status, KZ_OK);
    assert_true(ray.zeta == zeta && ray.err >= 0 && ray.err <= tol);
    return ray;
}

static kz_ray xxz(int P, kz_state left, kz_state right, double zeta, double tol)
{
    return ray_of(kz_chain_xxz(P), left, right, zeta, tol);
}

static kz_state hot(double beta) { return kz_state_thermal(beta, 0); }

static void check_same(const kz_ray *a, const kz_ray *b, double tol)
{
    KZ_CHECK_CLOSE(a->energy, b->energy, tol);
    KZ_CHECK_CLOSE(a->energy_current, b->energy_current, tol);
    KZ_CHECK_CLOSE(a->magnetization, b->magnetization, tol);
    KZ_CHECK_CLOSE(a->spin_current, b->spin_current, tol);
}

static kz_state random_state(uint64_t *seed)
{
    double choice = kz_check_uniform(seed, 0, 1), beta = kz_check_uniform(seed, -4, 4);
    double mu = kz_check_uniform(seed, -3, 3);
    if (choice < 0.6) return kz_state_thermal(beta, mu);
    if (choice < 0.7) return kz_state_ground(0);
    if (choice < 0.8) return kz_state_ground(kz_check_uniform(seed, -0.9, 0.9));
    if (choice < 0.9) return kz_state_ceiling();
    return choice < 0.95 ? kz_state_up() : kz_state_down();
}

/* -- exact ----------------------------------------------------------------------------------- */

static void exact_reference_table(void **unused)
{
    (void)unused;
    FILE *file = kz_reference_open("ray_reference.tsv");
    kz_reference_row row;
    assert_true(kz_reference_next(&row, file));
    while (kz_reference_next(&row, file)) {
        kz_ray ray = xxz((int)kz_reference_number(&row, 0), kz_reference_state(&row, 1),
                         kz_reference_state(&row, 2), kz_reference_number(&row, 3), 1e-11);
        kz_ray truth = {.energy = kz_reference_number(&row, 4),
                        .energy_current = kz_reference_number(&row, 5),
                        .magnetization = kz_reference_number(&row, 6),
                        .spin_current = kz_reference_number(&row, 7)};
        check_same(&ray, &truth, ray.err + kz_reference_number(&row, 8));
    }
    fclose(file);
}

/* Values found by independent implementations before this one, to the digits known. */
static void exact_published(void **unused)
{
    (void)unused;
    kz_ray two = xxz(4, hot(0.5), hot(2), -1.1, 1e-11);
    KZ_CHECK_CLOSE(two.energy, -0.0909152, 6e-8);
    KZ_CHECK_CLOSE(two.energy_current, 0.0074902, 6e-8);
    kz_ray right = xxz(4, hot(0.757), kz_state_ground(0), 0, 1e-11);
    KZ_CHECK_CLOSE(right.energy_current, 0.0991015353, 6e-11);
    const double limit[4] = {0.1158, 0.1352, 0.1455, 0.1515};
    for (int P = 3; P <= 6; P++)
        KZ_CHECK_CLOSE(xxz(P, hot(0), kz_state_ground(0), 0, 1e-11).energy_current, limit[P - 3],
                       5.1e-5);
    KZ_CHECK_CLOSE(xxz(2, kz_state_ceiling(), kz_state_ground(0), 0, 1e-12).energy_current,
                   1 / (2 * pi), 1e-12);
    KZ_CHECK_CLOSE(xxz(2, kz_state_up(), kz_state_down(), 0, 1e-11).spin_current, 1 / pi, 1e-11);
}

/* collura2018: S = -(P/2 pi) arcsin zeta for |zeta| <= sin gamma; the current then follows from
 * zeta dS/dzeta = dJ/dzeta.  The energy is that of a domain wall, Delta/4 per bond, everywhere. */
static void exact_domain_wall(void **unused)
{
    (void)unused;
    const double part[] = {-1.3, -1, -0.99, -0.5, -1e-3, 0, 0.2, 0.8, 0.9999, 1, 1.2};
    for (int P = 2; P <= 8; P++) {
        double g = pi / P, edge = sin(g);
        for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
            double zeta = part[i] * edge, inside = fmax(-edge, fmin(edge, zeta));
            kz_ray ray = xxz(P, kz_state_up(), kz_state_down(), zeta, 1e-10);
            /* asin(zeta) has an infinite slope at the edge for P = 2 */
            double tol = ray.err + (P == 2 && fabs(part[i]) == 1 ? 2e-8 : 0);
            KZ_CHECK_CLOSE(ray.magnetization, -P / (2 * pi) * asin(inside), tol);
            KZ_CHECK_CLOSE(ray.spin_current, P / (2 * pi) * (sqrt(1 - inside * inside) - cos(g)),
                           tol);
            KZ_CHECK_CLOSE(ray.energy, 0.25 * cos(g), ray.err);
            KZ_CHECK_CLOSE(ray.energy_current, 0, ray.err);
        }
    }
}

/* Bipartitions near T = 0: J_E(0) = (pi/12)(T_L^2 - T_R^2), 1.0008 of it at T = 0.04 | 0.02 for
 * P = 3; the correction shrinks with T. */
static void exact_low_temperature_current(void **unused)
{
    (void)unused;
    double last = INFINITY;
    for (int i = 0; i < 3; i++) {
        double T = 0.04 * pow(0.5, i), scale = pi / 12 * (T * T - 0.25 * T * T);
        double ratio = xxz(3, hot(1 / T), hot(2 / T), 0, 1e-11).energy_current / scale;
        if (i == 0) KZ_CHECK_CLOSE(ratio, 1.0008, 5.1e-5);
        KZ_CHECK_CLOSE(ratio, 1, 0.5 * last);
        last = fabs(ratio - 1);
    }
    for (int P = 4; P <= 5; P++) { /* the same for every Delta, and at the top of the band */
        double T = 0.01, scale = pi / 12 * 0.75 * T * T;
        KZ_CHECK_CLOSE(xxz(P, hot(100), hot(200), 0, 1e-11).energy_current / scale, 1, 2e-3);
        KZ_CHECK_CLOSE(xxz(P, hot(-100), hot(-200), 0, 1e-11).energy_current / scale, -1, 2e-2);
    }
}

static void exact_free_fermions(void **unused)
{
    (void)unused;
    uint64_t seed = 55;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 60; i++) {
        kz_state left = random_state(&seed), right = random_state(&seed);
        double zeta = kz_check_uniform(&seed, -1.2, 1.2);
        kz_ray free = ray_of(kz_chain_xx(), left, right, zeta, 1e-12);
        kz_ray ray = xxz(2, left, right, zeta, 1e-12);
        check_same(&ray, &free, 1e-12 + free.err);
    }
}

/* -- property -------------------------------------------------------------------------------- */

static void property_mirror_and_spin_flip(void **unused)
{
    (void)unused;
    uint64_t seed = 9;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 30; i++) {
        int P = 3 + i % 4;
        kz_state left = random_state(&seed), right = random_state(&seed);
        double zeta = kz_check_uniform(&seed, -1.2, 1.2);
        kz_ray ray = xxz(P, left, right, zeta, 1e-9);
        kz_ray mirror = xxz(P, right, left, -zeta, 1e-9);
        mirror.energy_current *= -1;
        mirror.spin_current *= -1;
        check_same(&mirror, &ray, ray.err + mirror.err);
        kz_state side[2] = {left, right};
        for (int s = 0; s < 2; s++) {
            side[s].mu *= -1;
            side[s].h *= -1;
            if (side[s].kind == KZ_STATE_UP || side[s].kind == KZ_STATE_DOWN)
                side[s] = side[s].kind == KZ_STATE_UP ? kz_state_down() : kz_state_up();
        }
        kz_ray flip = xxz(P, side[0], side[1], zeta, 1e-9);
        flip.magnetization *= -1;
        flip.spin_current *= -1;
        check_same(&flip, &ray, ray.err + flip.err);
    }
}

/* Equal states on both sides: no current on any ray, e and m of equilibrium. */
static void property_equilibrium_carries_no_current(void **unused)
{
    (void)unused;
    uint64_t seed = 10;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 30; i++) {
        int P = 3 + i % 4;
        kz_state state = random_state(&seed);
        kz_thermo thermo;
        KZ_CHECK_OK(kz_thermo_compute(&thermo, kz_chain_xxz(P), &state, 1e-11));
        kz_ray ray = xxz(P, state, state, kz_check_uniform(&seed, -1.2, 1.2), 1e-10);
        KZ_CHECK_CLOSE(ray.energy_current, 0, ray.err);
        KZ_CHECK_CLOSE(ray.spin_current, 0, ray.err);
        KZ_CHECK_CLOSE(ray.energy, thermo.energy, ray.err + thermo.err);
        KZ_CHECK_CLOSE(ray.magnetization, thermo.magnetization, ray.err + thermo.err);
    }
}

/* Outside the light cone, |zeta| > every velocity (all below 1.6), and at infinity. */
static void property_reservoirs_outside(void **unused)
{
    (void)unused;
    uint64_t seed = 11;
    const double inf = (double)INFINITY, far[] = {-inf, -1e300, -1.6, 1.6, 1e9, inf};
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 12; i++) {
        int P = 3 + i % 4;
        const kz_state side[2] = {random_state(&seed), random_state(&seed)};
        for (size_t k = 0; k < 6; k++) {
            kz_thermo thermo;
            KZ_CHECK_OK(kz_thermo_compute(&thermo, kz_chain_xxz(P), &side[far[k] > 0], 1e-11));
            kz_ray ray = xxz(P, side[0], side[1], far[k], 1e-10);
            KZ_CHECK_CLOSE(ray.energy, thermo.energy, ray.err + thermo.err);
            KZ_CHECK_CLOSE(ray.magnetization, thermo.magnetization, ray.err + thermo.err);
            KZ_CHECK_CLOSE(ray.energy_current, 0, ray.err);
            KZ_CHECK_CLOSE(ray.spin_current, 0, ray.err);
        }
    }
}

/* [zeta e - j] over [a, b] = int e dzeta, and the same for the magnetization. */
enum { NODES = 10 };
static const double NODE[NODES / 2] = {0.1488743389816312, 0.4333953941292472, 0.6794095682990244,
                                       0.8650633666889845, 0.9739065285171717};
static const double WEIGHT[NODES / 2] = {0.2955242247147529, 0.2692667193099964, 0.2190863625159820,
                                         0.1494513491505806, 0.0666713443086881};

typedef struct {
    kz_bipartition *bipartition;
    kz_options options;
} profile;

static void gauss(double out[2], const profile *p, double a, double b)
{
    double zeta[NODES];
    kz_ray ray[NODES];
    for (int i = 0; i < NODES / 2; i++) {
        zeta[2 * i] = 0.5 * (a + b) - 0.5 * (b - a) * NODE[i];
        zeta[2 * i + 1] = 0.5 * (a + b) + 0.5 * (b - a) * NODE[i];
    }
    /* hard against an edge or a v_j(infinity) a ray may miss the tolerance; intervals are tiny
     * there */
    kz_status status = kz_bipartition_rays(ray, p->bipartition, zeta, NODES, &p->options);
    if (status != KZ_ETOL) KZ_CHECK_OK(status);
    out[0] = out[1] = 0;
    for (int i = 0; i < NODES; i++) {
        assert_true(ray[i].err < 100 * p->options.tol);
        out[0] += 0.5 * (b - a) * WEIGHT[i / 2] * ray[i].energy;
        out[1] += 0.5 * (b - a) * WEIGHT[i / 2] * ray[i].magnetization;
    }
}

/* Bisects towards the edges of cones, where profiles have square roots, until both halves agree
 * with the whole. */
static void integrate(double out[2], const profile *p, const double whole[2], double a, double b,
                      int depth)
{
    double low[2], high[2], middle = 0.5 * (a + b);
    gauss(low, p, a, middle);
    gauss(high, p, middle, b);
    double change = fabs(low[0] + high[0] - whole[0]) + fabs(low[1] + high[1] - whole[1]);
    if (change > 0.5 * p->options.tol && depth > 0) {
        integrate(low, p, low, a, middle, depth - 1);
        integrate(high, p, high, middle, b, depth - 1);
    }
    out[0] = low[0] + high[0];
    out[1] = low[1] + high[1];
}

static void check_continuity(int P, kz_state left, kz_state right, double a, double b, double tol)
{
    profile p = {.options = kz_options_default()};
    p.options.tol = tol;
    KZ_CHECK_OK(kz_bipartition_create(&p.bipartition, kz_chain_xxz(P), &left, &right, &p.options));
    const double zeta[2] = {a, b};
    kz_ray end[2];
    KZ_CHECK_OK(kz_bipartition_rays(end, p.bipartition, zeta, 2, &p.options));
    double whole[2], sum[2];
    gauss(whole, &p, a, b);
    integrate(sum, &p, whole, a, b, 20);
    double energy =
        b * end[1].energy - end[1].energy_current - a * end[0].energy + end[0].energy_current;
    double spin = b * end[1].magnetization - end[1].spin_current - a * end[0].magnetization +
                  end[0].spin_current;
    /* a few tens of intervals at tol/2, most far below that; rays at tol, in e and in j */
    KZ_CHECK_CLOSE(sum[0], energy, 10 * tol);
    KZ_CHECK_CLOSE(sum[1], spin, 10 * tol);
    kz_bipartition_free(p.bipartition);
}

static void property_continuity(void **unused)
{
    (void)unused;
    /* whole cones: every edge and every v_j(infinity) is crossed */
    check_continuity(3, hot(0.5), hot(2), -1.3, 1.3, 1e-10);
    check_continuity(4, hot(0.5), hot(2), -1.25, 0.4, 1e-10);
    check_continuity(4, kz_state_ceiling(), kz_state_ground(0), -0.2, 0.9, 1e-10);
    check_continuity(3, kz_state_up(), kz_state_thermal(1, -1), -0.4, 0.3, 1e-8);
#ifdef KZ_LONG_TESTS
    /* with magnetization the far tails count: a ray at v_j(infinity) is hard beyond 1e-10 */
    check_continuity(4, kz_state_thermal(1, 1), kz_state_thermal(-2, -0.5), -0.3, 1.3, 1e-8);
    check_continuity(3, kz_state_up(), kz_state_thermal(1, -1), -1.2, 1.25, 1e-8);
#endif
}

/* The crossings reported, seen from outside: d = (v - zeta) rho^t has the sign of the region at
 * every node where it is resolved, and each count is the known one. */
static kz_ray solve_on(kz_level *level, double zeta, int crossings[8], double edges[2])
{
    kz_ray_work *work;
    kz_ray ray;
    kz_ray_report report;
    KZ_CHECK_OK(kz_ray_work_create(&work, level));
    KZ_CHECK_OK(kz_ray_solve(&ray, work, zeta, 1e-12, true, &report));
    const kz_convolution *c = level->coarse.full;
    for (int f = 0; f < level->rows; f++) {
        const kz_region *region = kz_ray_region(work, f);
        crossings[f] = 0;
        for (int e = 0; e < region->count; e++) {
            if (fabs(region->edge[e]) > 10)
                continue; /* densities below e^{-20}: the period closes */
            if (f == 0 && crossings[f] < 2) edges[crossings[f]] = region->edge[e];
            crossings[f]++;
        }
        for (size_t k = 0; k < c->n; k++) {
            double d = work->d[(size_t)f * c->n + k];
            bool inside = region->starts_inside;
            for (int e = 0; e < region->count && region->edge[e] < c->lambda[k]; e++)
                inside = !inside;
            if (fabs(d) > 1e-11) assert_true(inside == (d > 0)); /* the solves' own 1e-12 */
        }
    }
    kz_ray_work_free(work);
    return ray;
}

static kz_level *level_of(int P, size_t half, double window, kz_state left, kz_state right)
{
    kz_level *level;
    kz_grid grid = {.P = P, .half = half, .window = window};
    KZ_CHECK_OK(kz_level_create(&level, grid, &left, &right, 1e-13));
    return level;
}

static void property_signs_and_crossings(void **unused)
{
    (void)unused;
    int crossings[8];
    double edges[2];
    kz_level *level = level_of(4, 480, 14, hot(0.5), hot(2));
    for (double zeta = -1.3; zeta < 1.31; zeta += 0.1)
        solve_on(level, zeta, crossings, edges);
    solve_on(level, -0.2, crossings, edges);
    for (int f = 0; f < 3; f++) /* below every v_j(infinity) */
        assert_int_equal(crossings[f], 1);
    solve_on(level, -1.1, crossings, edges);
    assert_int_equal(crossings[0], 2); /* v_1(infinity) < 1.1 < max v_1 */
    solve_on(level, -1.3, crossings, edges);
    for (int f = 0; f < 3; f++)
        assert_int_equal(crossings[f], 0);
    kz_level_free(level);
    /* the right half of the paper's junction: crossings at -2.48 and -0.0066 */
    level = level_of(4, 480, 14, hot(0.757), kz_state_ground(0));
    kz_ray ray = solve_on(level, 0, crossings, edges);
    assert_int_equal(crossings[0], 2);
    KZ_CHECK_CLOSE(edges[0], -2.48, 5e-3);
    KZ_CHECK_CLOSE(edges[1], -0.0066, 5e-5);
    KZ_CHECK_CLOSE(ray.energy_current, 0.0991015353, 6e-11);
    kz_level_free(level);
}

/* A jump costs half the rate of a smooth state: errors fall like n^p e^{-pi n/2}, n = gamma/h.  On
 * explicit levels, whose window has tails e^{-2 window} below that, with solves as accurate; and
 * the estimate stays above the truth all the way. */
static void property_refinement_in_spacing(void **unused)
{
    (void)unused;
    const struct {
        int P;
        kz_state left, right;
        double zeta;
    } ray[] = {{3, kz_state_thermal(0.5, 0), kz_state_thermal(2, 0), 0.3},
               {4, kz_state_thermal(1, 1), kz_state_thermal(2, -1), 0.4},
               {4, kz_state_thermal(0.5, 0), kz_state_thermal(2, 0), -1.1},
               {5, kz_state_ceiling(), kz_state_ground(0), -0.2},
               {6, kz_state_up(), kz_state_down(), 0.3}};
    for (size_t i = 0; i < sizeof ray / sizeof *ray; i++) {
        kz_ray truth = xxz(ray[i].P, ray[i].left, ray[i].right, ray[i].zeta, 1e-12);
        double scale = 0;
        for (int n = 4; n <= 14; n += 2) {
            double h = pi / ray[i].P / n, tol = exp(-0.5 * pi * n);
            /* densities of the ceiling fall like e^{-lambda P/(P-1)} only */
            double window = (ray[i].left.kind == KZ_STATE_CEILING ? 1.6 : 1) * (2 - 0.5 * log(tol));
            size_t half = (size_t)ceil(window / h);
            kz_level *level = level_of(ray[i].P, half, h * (double)half, ray[i].left, ray[i].right);
            kz_ray_work *work;
            kz_ray_report report;
            kz_ray now;
            KZ_CHECK_OK(kz_ray_work_create(&work, level));
            KZ_CHECK_OK(kz_ray_solve(&now, work, ray[i].zeta, tol, true, &report));
            double error = fmax(fmax(fabs(now.energy - truth.energy),
                                     fabs(now.energy_current - truth.energy_current)),
                                fmax(fabs(now.magnetization - truth.magnetization),
                                     fabs(now.spin_current - truth.spin_current)));
            if (n <= 6) scale = fmax(scale, error / tol);
            assert_true(error <= 5 * scale * tol + 1e-12); /* 5: errors oscillate with n */
            assert_true(error <= now.err + truth.err);
            kz_ray_work_free(work);
            kz_level_free(level);
        }
    }
}

/* -- edges ----------------------------------------------------------------------------------- */

/* At the rim of the cone both crossings merge; the profile is continuous through it. */
static void edge_rim_of_the_cone(void **unused)
{
    (void)unused;
    kz_options options = kz_options_default();
    const kz_state left = hot(0.5), right = hot(2);
    for (int P = 3; P <= 5; P++) {
        kz_bipartition *b;
        KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_xxz(P), &left, &right, &options));
        double inside = 0.8, outside = 1.4; /* bisect for where the current sets in */
        kz_ray ray;
        while (outside - inside > 1e-9) {
            double zeta = 0.5 * (inside + outside);
            KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, &options));
            *(fabs(ray.energy_current) > 3e-10 ? &inside : &outside) = zeta;
        }
        /* a square root from zero: at distance x below the rim, j ~ sqrt x */
        double zeta[3] = {outside - 1e-8, outside - 1e-4, outside - 4e-4};
        kz_ray near[3];
        KZ_CHECK_OK(kz_bipartition_rays(near, b, zeta, 3, &options));
        KZ_CHECK_CLOSE(near[2].energy_current / near[1].energy_current, 2, 0.1);
        kz_bipartition_free(b);
    }
}

/* Fully polarised states and T = 0 on both sides: densities of whole strings vanish. */
static void edge_empty_strings(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 5; P++) {
        kz_ray ray = xxz(P, kz_state_ground(0), kz_state_up(), 0, 1e-9);
        kz_ray other = xxz(P, kz_state_ground(0), kz_state_down(), 0, 1e-9);
        KZ_CHECK_CLOSE(ray.energy, other.energy, ray.err + other.err);
        KZ_CHECK_CLOSE(ray.magnetization, -other.magnetization, ray.err + other.err);
        assert_true(ray.magnetization > 0 && ray.spin_current < 0); /* spin enters from the right */
        xxz(P, kz_state_ceiling(), kz_state_ceiling(), 0.1, 1e-9);
        xxz(P, kz_state_ground(0.5), kz_state_ground(-0.5), -0.1, 1e-9);
    }
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    const kz_state left = hot(0.5), right = kz_state_ground(0.4);
    kz_options options = kz_options_default();
    options.tol = 1e-5;
    kz_bipartition *b;
    kz_ray ray;
    const double zeta = 0.2;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_xxz(3), &left, &right, &options));
    unsigned long count = kz_alloc_count();
    assert_true(count > 20);
    for (unsigned long k = 1; k <= count; k++) {
        kz_bipartition *none = b;
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_bipartition_create(&none, kz_chain_xxz(3), &left, &right, &options),
                        KZ_ENOMEM);
        assert_null(none);
    }
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, &options));
    count = kz_alloc_count();
    double expected = ray.energy;
    for (unsigned long k = 1; k <= count; k++) {
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_bipartition_rays(&ray, b, &zeta, 1, &options), KZ_ENOMEM);
        kz_alloc_fail_at(0);
        KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, &options)); /* still usable */
        assert_true(ray.energy == expected);
    }
    kz_bipartition_free(b);
    kz_bipartition_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_reference_table),
        cmocka_unit_test(exact_published),
        cmocka_unit_test(exact_domain_wall),
        cmocka_unit_test(exact_low_temperature_current),
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(property_mirror_and_spin_flip),
        cmocka_unit_test(property_equilibrium_carries_no_current),
        cmocka_unit_test(property_reservoirs_outside),
        cmocka_unit_test(property_continuity),
        cmocka_unit_test(property_signs_and_crossings),
        cmocka_unit_test(property_refinement_in_spacing),
        cmocka_unit_test(edge_rim_of_the_cone),
        cmocka_unit_test(edge_empty_strings),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
