/* GHD lines of a quench against the exact dynamics of free fermions and short TEBD runs. */
#include <string.h>

#include <kapitza/overlay.h>

#include "core/memory.h"
#include "support/check.h"

/* Long enough that the open ends, which make the bond energies alternate by 1/(4 distance), are not
 * seen in what is compared. */
enum { SITES = 400, TIMES = 6 };
static const double times[TIMES] = {15, 20, 30, 40, 55, 70};

static kz_run_setup setup_of(kz_quench_kind initial, double left, double right, size_t length)
{
    return (kz_run_setup){.delta_left = left,
                          .delta_right = right,
                          .initial = initial,
                          .method = KZ_METHOD_FERMION,
                          .length = length};
}

static kz_overlay *create(const kz_run_setup *setup, const kz_overlay_params *params)
{
    kz_overlay *overlay = NULL;
    KZ_CHECK_OK(kz_overlay_create(&overlay, setup, params));
    return overlay;
}

/* Slope of ln y against ln x. */
static double power(const double *x, const double *y, size_t n)
{
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < n; i++) {
        double a = log(x[i]), b = log(y[i]);
        sx += a, sy += b, sxx += a * a, sxy += a * b;
    }
    return ((double)n * sxy - sx * sy) / ((double)n * sxx - sx * sx);
}

/* -- free fermions ------------------------------------------------------------------------- */

typedef struct {
    kz_overlay *overlay;
    double value[KZ_RUN_QUANTITIES][SITES];
} fermions;

static void measure(fermions *f, kz_fermion_lattice *lattice, double t)
{
    kz_lattice_profile view = {.energy = f->value[KZ_RUN_ENERGY],
                               .energy_current = f->value[KZ_RUN_ENERGY_CURRENT],
                               .energy_current_link = f->value[KZ_RUN_ENERGY_CURRENT_LINK],
                               .magnetization = f->value[KZ_RUN_MAGNETIZATION],
                               .spin_current = f->value[KZ_RUN_SPIN_CURRENT]};
    KZ_CHECK_OK(kz_fermion_lattice_measure(&view, lattice, t));
}

/* Where the line must be moved to, in sites, to fit the data best, within 0.8 of the cone. */
static double best_shift(const fermions *f, const kz_run_setup *setup, kz_run_quantity q, double t)
{
    static kz_ray rays[SITES];
    double up = 0.0, down = 0.0;
    KZ_CHECK_OK(kz_overlay_sample(rays, f->overlay, 0, q, t));
    for (long i = 1; i + 1 < SITES; i++) {
        double x = kz_overlay_position(setup, q, i - SITES / 2 + 1);
        if (fabs(x) > 0.8 * t) continue;
        double slope =
            0.5 * (kz_overlay_value(&rays[i + 1], q) - kz_overlay_value(&rays[i - 1], q));
        up += (f->value[q][i] - kz_overlay_value(&rays[i], q)) * slope;
        down += slope * slope;
    }
    return up / down;
}

/* The oscillating deviation falls as 1/t; a wrong origin, half a site off or more, would hide in
 * it, but not in the shift that fits best. */
static void converges(const kz_run_setup *setup, kz_fermion_lattice *lattice,
                      const kz_run_quantity *quantities, size_t count, double shift)
{
    static fermions f;
    static kz_ray rays[SITES];
    const kz_overlay_params params = kz_overlay_params_default();
    double largest[KZ_RUN_QUANTITIES][TIMES], mean[KZ_RUN_QUANTITIES][TIMES];
    f.overlay = create(setup, &params);
    for (size_t k = 0; k < TIMES; k++) {
        measure(&f, lattice, times[k]);
        for (size_t i = 0; i < count; i++) {
            kz_run_quantity q = quantities[i];
            KZ_CHECK_OK(kz_overlay_sample(rays, f.overlay, 0, q, times[k]));
            kz_overlay_deviation d =
                kz_overlay_compare(f.overlay, f.value[q], rays, q, times[k], 0.7);
            largest[i][k] = d.largest;
            mean[i][k] = d.mean;
            assert_true(d.count >= (size_t)(1.4 * times[k]) - 2);
            KZ_CHECK_CLOSE(d.largest * times[k], 0,
                           0.4); /* smooth part and wiggles: c/t, c < 0.4 */
            KZ_CHECK_CLOSE(best_shift(&f, setup, q, times[k]), 0, shift);
        }
    }
    for (size_t i = 0; i < count; i++) {
        print_message("# %s: largest ~ t^%.2f, mean ~ t^%.2f\n",
                      kz_run_quantity_name(quantities[i]), power(times, largest[i], TIMES),
                      power(times, mean[i], TIMES));
        assert_true(power(times, largest[i], TIMES) < -0.8);
        assert_true(power(times, mean[i], TIMES) < -0.85);
        assert_true(power(times, mean[i], TIMES) > -2.0);
    }
    kz_fermion_lattice_free(lattice);
    kz_overlay_free(f.overlay);
}

static void quench_converges(kz_quench_kind initial, const kz_run_quantity *quantities,
                             size_t count)
{
    const kz_run_setup setup = setup_of(initial, 0, 0, SITES);
    kz_fermion_lattice *lattice;
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, SITES, initial));
    converges(&setup, lattice, quantities, count, 0.02);
}

static void exact_energy_quench(void **unused)
{
    (void)unused;
    const kz_run_quantity moved[] = {KZ_RUN_ENERGY, KZ_RUN_ENERGY_CURRENT,
                                     KZ_RUN_ENERGY_CURRENT_LINK};
    quench_converges(KZ_QUENCH_ENERGY, moved, 3);
}

static void exact_domain_wall(void **unused)
{
    (void)unused;
    const kz_run_quantity moved[] = {KZ_RUN_MAGNETIZATION, KZ_RUN_SPIN_CURRENT};
    quench_converges(KZ_QUENCH_DOMAIN_WALL, moved, 2);
}

/* Thermal states that differ in beta, and such that differ in mu only, which have another origin.
 * At t = 0 they are no steps: over the correlation length, a site, the profile is not symmetric,
 * which moves it by a constant 0.074 and 0.018 sites.  A wrong origin would show as 0.5. */
static void exact_thermal(void **unused)
{
    (void)unused;
    const kz_run_quantity energies[] = {KZ_RUN_ENERGY, KZ_RUN_ENERGY_CURRENT,
                                        KZ_RUN_ENERGY_CURRENT_LINK};
    const kz_run_quantity spins[] = {KZ_RUN_MAGNETIZATION, KZ_RUN_SPIN_CURRENT};
    const double pairs[2][4] = {{0.5, 0.0, 2.0, 0.0}, {1.0, 1.2, 1.0, -0.3}};
    const kz_couplings uniform = {0};
    for (int k = 0; k < 2; k++) {
        double beta[SITES], mu[SITES];
        kz_fermion_lattice *lattice;
        kz_run_setup setup = setup_of(KZ_QUENCH_THERMAL, 0, 0, SITES);
        setup.left_state = kz_state_thermal(pairs[k][0], pairs[k][1]);
        setup.right_state = kz_state_thermal(pairs[k][2], pairs[k][3]);
        for (size_t i = 0; i < SITES; i++) {
            beta[i] = pairs[k][i < SITES / 2 ? 0 : 2];
            mu[i] = pairs[k][i < SITES / 2 ? 1 : 3];
        }
        KZ_CHECK_OK(kz_fermion_lattice_create_thermal(&lattice, SITES, &uniform, beta, mu));
        converges(&setup, lattice, k ? spins : energies, k ? 2 : 3, 0.1);
    }
}

/* -- lines --------------------------------------------------------------------------------- */

/* The bipartition up | down is the closed form, in every chain. */
static void exact_closed_form(void **unused)
{
    (void)unused;
    enum { N = 41 };
    for (int P = 2; P <= 6; P++) {
        double delta = kz_chain_delta(kz_chain_xxz(P)), zeta[N];
        kz_run_setup setup = setup_of(KZ_QUENCH_DOMAIN_WALL, delta, delta, 20);
        kz_overlay_params params = kz_overlay_params_default();
        kz_overlay *overlay = create(&setup, &params);
        kz_ray ghd[N], closed[N];
        for (int k = 0; k < N; k++)
            zeta[k] = 1.1 * k / (N - 1);
        KZ_CHECK_OK(kz_overlay_rays(ghd, overlay, 0, KZ_SIDE_RIGHT, zeta, N));
        KZ_CHECK_OK(kz_overlay_rays(closed, overlay, 1, KZ_SIDE_RIGHT, zeta, N));
        for (int k = 0; k < N; k++) {
            double tol = ghd[k].err + closed[k].err;
            KZ_CHECK_CLOSE(closed[k].magnetization, ghd[k].magnetization, tol);
            KZ_CHECK_CLOSE(closed[k].spin_current, ghd[k].spin_current, tol);
            KZ_CHECK_NAN(closed[k].energy);
        }
        kz_overlay_free(overlay);
    }
}

/* The speeds are where the profiles leave their reservoirs. */
static void exact_speeds(void **unused)
{
    (void)unused;
    const double delta[] = {1.5, 1.1, 4, -2};
    for (int i = 0; i < 9; i++)
        for (int kind = 0; kind < (i < 5 ? 2 : 1); kind++) /* a wall with a gap does not move */
            for (int side = 0; side < 2; side++) {
                kz_chain chain = i < 5 ? kz_chain_xxz(2 + i) : kz_chain_axial(delta[i - 5]);
                kz_quench_kind initial = kind ? KZ_QUENCH_DOMAIN_WALL : KZ_QUENCH_ENERGY;
                kz_run_setup setup = setup_of(initial, 0, 0, 20);
                double sign = side ? 1.0 : -1.0;
                kz_options options = kz_options_default();
                kz_state left, right;
                kz_bipartition *b;
                kz_ray rays[3];
                KZ_CHECK_OK(kz_overlay_states(&left, &right, &setup));
                double v = kz_overlay_speed(chain, side ? &right : &left);
                const double zeta[3] = {sign * v * 1.0001, sign * v * 0.999, sign * 3.0};
                KZ_CHECK_OK(kz_bipartition_create(&b, chain, &left, &right, &options));
                KZ_CHECK_OK(kz_bipartition_rays(rays, b, zeta, 3, &options));
                double outside = kind ? rays[0].magnetization : rays[0].energy;
                double inside = kind ? rays[1].magnetization : rays[1].energy;
                double reservoir = kind ? rays[2].magnetization : rays[2].energy;
                KZ_CHECK_CLOSE(outside, reservoir, rays[0].err + rays[2].err);
                assert_true(fabs(inside - reservoir) > 1e-4);
                kz_bipartition_free(b);
            }
}

/* With a gap the domain wall stands still. */
static void exact_frozen_wall(void **unused)
{
    (void)unused;
    const double zeta[] = {0, 0.4, 2};
    kz_run_setup setup = setup_of(KZ_QUENCH_DOMAIN_WALL, 1.5, 1.5, 20);
    kz_overlay_params params = kz_overlay_params_default();
    kz_overlay *overlay = create(&setup, &params);
    kz_ray rays[3];
    assert_int_equal(kz_overlay_count(overlay), 1);
    KZ_CHECK_OK(kz_overlay_rays(rays, overlay, 0, KZ_SIDE_RIGHT, zeta, 3));
    for (int k = 0; k < 3; k++) {
        KZ_CHECK_CLOSE(rays[k].magnetization, zeta[k] == 0 ? 0 : -0.5, 0);
        KZ_CHECK_CLOSE(rays[k].spin_current, 0, 0);
        KZ_CHECK_CLOSE(rays[k].energy, 0.375, 0);
    }
    kz_overlay_free(overlay);
}

/* Junctions are those of kz_junction_rays(), neighbours the bipartitions of their chains. */
static void exact_lines_of_a_junction(void **unused)
{
    (void)unused;
    const double resistance[] = {10};
    kz_run_setup setup = setup_of(KZ_QUENCH_ENERGY, 0, kz_chain_delta(kz_chain_xxz(4)), 64);
    kz_overlay_params params = kz_overlay_params_default();
    params.resistance = resistance;
    params.resistances = 1;
    params.neighbours = true;
    params.options.tol = 1e-7;
    kz_overlay *overlay = create(&setup, &params);
    char name[KZ_OVERLAY_NAME];
    kz_ray ray, rays[64];
    const double zero = 0;
    assert_int_equal(kz_overlay_count(overlay), 3);
    assert_string_equal(kz_overlay_name(name, kz_overlay_get_line(overlay, 0)), "ghd R=10");
    assert_string_equal(kz_overlay_name(name, kz_overlay_get_line(overlay, 1)), "ghd left");
    assert_string_equal(kz_overlay_name(name, kz_overlay_get_line(overlay, 2)), "ghd right");
    KZ_CHECK_OK(kz_overlay_rays(&ray, overlay, 0, KZ_SIDE_LEFT, &zero, 1));
    KZ_CHECK_CLOSE(ray.energy_current, 0.0924107236, 1e-7); /* two independent solvers */
    KZ_CHECK_OK(kz_overlay_rays(&ray, overlay, 1, KZ_SIDE_LEFT, &zero, 1));
    KZ_CHECK_CLOSE(ray.energy_current, 0.5 / 3.14159265358979323846, 1e-7); /* XX | XX: 1/(2 pi) */
    KZ_CHECK_STATUS(kz_overlay_rays(&ray, overlay, 1, KZ_SIDE_RIGHT, &zero, 1), KZ_EDOMAIN);
    KZ_CHECK_NAN(ray.energy);
    KZ_CHECK_OK(kz_overlay_sample(rays, overlay, 2, KZ_RUN_ENERGY, 10));
    for (int i = 0; i < 64; i++) /* bond n = i - 31 at n - 1/2 */
        assert_int_equal(isnan(rays[i].energy), i - 31 < 1);
    KZ_CHECK_CLOSE(rays[63].energy, kz_chain_energy_min(kz_chain_xxz(4)), 1e-7);
    kz_overlay_free(overlay);
}

/* -- comparison ---------------------------------------------------------------------------- */

static void edges_compare(void **unused)
{
    (void)unused;
    enum { L = 200 };
    static double value[L];
    static kz_ray rays[L];
    kz_run_setup setup = setup_of(KZ_QUENCH_ENERGY, 0, 0, L);
    kz_overlay_params params = kz_overlay_params_default();
    kz_overlay *overlay = create(&setup, &params);
    KZ_CHECK_OK(kz_overlay_sample(rays, overlay, 0, KZ_RUN_ENERGY, 20));
    for (int i = 0; i < L; i++)
        value[i] = rays[i].energy + 0.25;
    value[99 + 7] += 0.5;           /* n = 7 */
    value[99 - 3] = (double)NAN;    /* left out */
    value[99 + 30] = value[3] = 99; /* beyond the cone */
    kz_overlay_deviation d = kz_overlay_compare(overlay, value, rays, KZ_RUN_ENERGY, 20, 1);
    assert_int_equal(d.count, 39);
    assert_int_equal(d.n_at_largest, 7);
    KZ_CHECK_CLOSE(d.largest, 0.75, 1e-14);
    KZ_CHECK_CLOSE(d.mean, 0.25 + 0.5 / 39, 1e-14);
    /* the reflected front: at t = 150 all but |x| < 50 is suspect, at 250 everything */
    KZ_CHECK_OK(kz_overlay_sample(rays, overlay, 0, KZ_RUN_ENERGY, 150));
    assert_int_equal(kz_overlay_compare(overlay, value, rays, KZ_RUN_ENERGY, 150, 1).count, 99);
    d = kz_overlay_compare(overlay, value, rays, KZ_RUN_ENERGY, 250, 1);
    assert_int_equal(d.count, 0);
    KZ_CHECK_NAN(d.largest);
    KZ_CHECK_NAN(d.mean);
    kz_overlay_free(overlay);
}

static void errors(void **unused)
{
    (void)unused;
    const double resistance[] = {1};
    kz_overlay_params params = kz_overlay_params_default();
    kz_overlay *overlay = (kz_overlay *)&params;
    kz_run_setup setup = setup_of(KZ_QUENCH_ENERGY, 0, 0.2, 20);
    KZ_CHECK_STATUS(kz_overlay_create(&overlay, &setup, &params), KZ_EINVAL);
    assert_null(overlay);
    assert_non_null(strstr(kz_error_reason(), "near it: Delta = 0."));
    params.resistance = resistance;
    params.resistances = 1;
    setup = setup_of(KZ_QUENCH_ENERGY, 0.5, 0.5, 20);
    KZ_CHECK_STATUS(kz_overlay_create(&overlay, &setup, &params), KZ_EINVAL);
    setup = setup_of(KZ_QUENCH_DOMAIN_WALL, 0, kz_chain_delta(kz_chain_rational(67, 40)), 20);
    KZ_CHECK_STATUS(kz_overlay_create(&overlay, &setup, &params), KZ_EINVAL);
    params.resistances = 0;
    overlay = create(&setup, &params); /* no line is no fault */
    assert_int_equal(kz_overlay_count(overlay), 0);
    kz_ray rays[20];
    KZ_CHECK_STATUS(kz_overlay_sample(rays, overlay, 0, KZ_RUN_ENERGY, 1), KZ_EINVAL);
    kz_overlay_free(overlay);
    setup = setup_of(KZ_QUENCH_DOMAIN_WALL, 0, 0, 20);
    overlay = create(&setup, &params);
    const double wrong[] = {-0.1, (double)NAN};
    KZ_CHECK_STATUS(kz_overlay_sample(rays, overlay, 0, KZ_RUN_ENERGY, 0), KZ_EINVAL);
    for (int k = 0; k < 2; k++)
        KZ_CHECK_STATUS(kz_overlay_rays(rays, overlay, 0, KZ_SIDE_RIGHT, &wrong[k], 1), KZ_EINVAL);
    kz_overlay_free(overlay);
    kz_overlay_free(NULL);
}

static void memory(void **unused)
{
    (void)unused;
    kz_run_setup setup = setup_of(KZ_QUENCH_DOMAIN_WALL, 0.5, 0.5, 20);
    kz_overlay_params params = kz_overlay_params_default();
    params.neighbours = true;
    params.options.tol = 1e-6;
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status == KZ_ENOMEM; k++) {
        kz_overlay *overlay;
        kz_alloc_fail_at(k);
        status = kz_overlay_create(&overlay, &setup, &params);
        kz_alloc_fail_at(0);
        if (status == KZ_ENOMEM) assert_null(overlay);
        kz_overlay_free(status == KZ_OK ? overlay : NULL);
        assert_true(k < 10000);
    }
    KZ_CHECK_OK(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_energy_quench),
        cmocka_unit_test(exact_domain_wall),
        cmocka_unit_test(exact_thermal),
        cmocka_unit_test(exact_closed_form),
        cmocka_unit_test(exact_speeds),
        cmocka_unit_test(exact_frozen_wall),
        cmocka_unit_test(exact_lines_of_a_junction),
        cmocka_unit_test(edges_compare),
        cmocka_unit_test(errors),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
