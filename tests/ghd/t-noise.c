/* Noise of energy and spin through the junction of a bipartition. */
#include <stdlib.h>

#include <kapitza/dressing.h>
#include <kapitza/fermion.h>
#include <kapitza/thermo.h>

#include "core/memory.h"
#include "ghd/support.h"
#include "ghd/tail/sums.h"
#include "support/strings.h"

static const double pi = 3.14159265358979323846;

/* Levitov and Lesovik at unit transmission: int de/2pi q^2 [n_L(1 - n_L) + n_R(1 - n_R)]. */
static void exact_levitov_lesovik(void **unused)
{
    (void)unused;
    enum { N = 4000 };
    kz_state left = kz_state_thermal(2, 0.5), right = kz_state_thermal(-0.5, -1);
    double spin = 0, energy = 0;
    for (int k = 0; k <= N; k++) {
        double e = -1 + 2.0 * k / N, a = cosh(e - 0.25), b = cosh(0.5 * (-0.5 * e + 1));
        double weight = (k % N == 0 ? 1 : k % 2 ? 4 : 2) * 2.0 / (3 * N) / (2 * pi);
        spin += weight * 0.25 * (1 / (a * a) + 1 / (b * b));
        energy += weight * e * e * 0.25 * (1 / (a * a) + 1 / (b * b));
    }
    for (int P = 0; P < 3; P += 2) {
        kz_chain chain = P ? kz_chain_xxz(P) : kz_chain_xx();
        kz_noise noise = noise_of(chain, left, right, 1e-12);
        KZ_CHECK_CLOSE(noise.energy, energy, 2e-12);
        KZ_CHECK_CLOSE(noise.spin, spin, 2e-12);
    }
}

/* Equal halves are in equilibrium; other sums find that noise. */
static void exact_equilibrium(void **unused)
{
    (void)unused;
    static const int P[] = {3, 4, 5, 5, 3}, Q[] = {1, 1, 2, 1, 2};
    for (int i = 0; i < 5; i++) {
        bool cold = i == 1 || i == 3;
        kz_state state = kz_state_thermal(1.1 - 0.6 * i, -0.7 + 0.4 * i);
        if (cold) state = kz_state_thermal(60 * (i - 2), 25);
        kz_chain chain = kz_chain_rational(P[i], Q[i]);
        kz_noise noise = noise_of(chain, state, state, 1e-11);
        kz_thermo t;
        KZ_CHECK_OK(kz_thermo_compute(&t, chain, &state, 1e-12));
        KZ_CHECK_CLOSE(noise.energy, t.energy_noise, noise.err + t.err);
        KZ_CHECK_CLOSE(noise.spin, t.spin_noise, noise.err + t.err);
    }
}

/* The same with a gap, where magnetizations of different signs make another state of the same
 * fillings: its energy's noise is that of equal halves, its spin has none, as the sum is not its
 * variance. */
static void exact_gapped_equilibrium(void **unused)
{
    (void)unused;
    static const double delta[] = {1.5, 3, -1.5, 1.1, -4};
    for (int i = 0; i < 5; i++) {
        kz_chain chain = kz_chain_axial(delta[i]);
        double beta = 1.1 - 0.6 * i, mu = 0.8 * (i - 1);
        kz_state state = kz_state_thermal(beta, mu), flipped = kz_state_thermal(beta, -mu);
        kz_noise noise = noise_of(chain, state, state, 1e-9);
        kz_noise jump = noise_of(chain, state, flipped, 1e-9);
        kz_thermo t;
        KZ_CHECK_OK(kz_thermo_compute(&t, chain, &state, 1e-11));
        KZ_CHECK_CLOSE(noise.energy, t.energy_noise, noise.err + t.err);
        KZ_CHECK_CLOSE(noise.spin, t.spin_noise, noise.err + t.err);
        KZ_CHECK_CLOSE(jump.energy, t.energy_noise, jump.err + t.err);
        assert_true(mu == 0 ? jump.spin == noise.spin : isnan(jump.spin));
    }
    kz_noise wall = noise_of(kz_chain_axial(2), kz_state_up(), kz_state_down(), 1e-10);
    KZ_CHECK_CLOSE(wall.energy, 0, wall.err);
    KZ_CHECK_CLOSE(wall.spin, 0, wall.err); /* it stands still */
}

/* Half filling beside half filling: the frozen pattern of the longest strings, of variance dm/dmu
 * per site, passes at their velocity; the others carry no spin. */
static void exact_gapped_half_filling(void **unused)
{
    (void)unused;
    kz_chain chain = kz_chain_axial(1.4);
    kz_state hot = kz_state_thermal(0.4, 0), cold = kz_state_thermal(1.6, 0);
    kz_noise noise = noise_of(chain, hot, cold, 1e-9);
    kz_noise mirror = noise_of(chain, cold, hot, 1e-9);
    KZ_CHECK_CLOSE(noise.spin, mirror.spin, noise.err + mirror.err);
    const double mu = 1e-3;
    kz_state left = kz_state_thermal(0.4, mu), right = kz_state_thermal(1.6, mu);
    kz_ray ray = ray_of(chain, left, right, 0, 1e-10);
    /* m = mu dm/dmu (1 + O(mu^2)) of what fills them, j_M = v m */
    KZ_CHECK_CLOSE(noise.spin, fabs(ray.spin_current) / mu, 20 * mu * mu);
    assert_true(noise.spin > 0.01);
}

/* The strings beyond the rows one by one, D d = mean + wave cos 2 lambda of each at many nodes, for
 * what is summed up: all one way, some both ways, and at rest but for the waves. */
static void exact_gapped_tail(void **unused)
{
    (void)unused;
    enum { NODES = 2000, STRINGS = 20000 };
    const double phi = 0.9, flow[][2] = {{0.3, 0}, {-0.3, 0.25}, {0.1, 0.9}, {0, 0.2}};
    for (int i = 0; i < 12; i++) {
        kz_closure first = kz_closure_at(3, i % 3 ? 0.6 : 0), c = first;
        kz_tail_flow d = {flow[i / 3][0], flow[i / 3][1]};
        kz_tail_charge q = {0.7, i % 3 < 2 ? i % 3 : -1};
        double noise = kz_tail_noise(&first, phi, d, q), sum = 0;
        for (int n = 0; n < STRINGS; n++) {
            double flat = kz_closure_ratio(&c, 1), flux = 0;
            d.wave *= kz_closure_ratio(&c, exp(-phi));
            d.mean *= flat;
            q.mean = flat * q.mean + q.spin * kz_closure_differentiate(&c).mu;
            c.t++;
            double filling = kz_closure_filling(c.t, c.kappa), charge = q.mean / (1 - filling);
            for (int k = 0; k < NODES && d.wave > fabs(d.mean); k++)
                flux += fabs(d.mean + d.wave * cos(2 * pi * (k + 0.5) / NODES)) * pi / NODES;
            if (flux == 0) flux = pi * fabs(d.mean);
            sum += flux * filling * charge * charge;
        }
        /* kinks between the nodes */
        KZ_CHECK_CLOSE(noise / sum, 1, flow[i / 3][1] > 0 ? 1e-6 : 1e-12);
    }
}

/* Pure reservoirs make no noise of their own: beside `up`, which is empty, all modes that come from
 * the other side are seen, and from pure to pure there is none. */
static void exact_pure(void **unused)
{
    (void)unused;
    kz_noise none = noise_of(kz_chain_xxz(4), kz_state_up(), kz_state_down(), 1e-10);
    KZ_CHECK_CLOSE(none.energy, 0, none.err);
    KZ_CHECK_CLOSE(none.spin, 0, none.err);
    none = noise_of(kz_chain_xxz(3), kz_state_ceiling(), kz_state_ground(0), 1e-10);
    KZ_CHECK_CLOSE(none.energy, 0, none.err);
    KZ_CHECK_CLOSE(none.spin, 0, none.err);
    kz_noise half = noise_of(kz_chain_xxz(2), kz_state_thermal(0, 0), kz_state_up(), 1e-12);
    KZ_CHECK_CLOSE(half.spin, 1 / (4 * pi), 1e-11);
    KZ_CHECK_CLOSE(half.energy, 1 / (12 * pi), 1e-11);
}

/* 2026-11-26: P times the bound on a ray's magnetization stood for the error, 5e-12 at P = 12. */
static void many_strings_keep_their_digits(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(-1, 1), right = kz_state_thermal(2, 0);
    kz_noise none = noise_of(kz_chain_xxz(12), kz_state_up(), kz_state_down(), 1e-12);
    KZ_CHECK_CLOSE(none.energy, 0, 0);
    KZ_CHECK_CLOSE(none.spin, 0, 0);
    (void)noise_of(kz_chain_xxz(12), left, right, 1e-12);
    kz_thermo t;
    KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_xxz(20), &left, 1e-11));
    kz_noise noise = noise_of(kz_chain_xxz(20), left, left, 1e-12);
    KZ_CHECK_CLOSE(noise.energy, t.energy_noise, noise.err + t.err);
    KZ_CHECK_CLOSE(noise.spin, t.spin_noise, noise.err + t.err);
}

typedef struct {
    int P, Q;
} fraction;

static double energy_charge(int j, double lambda, void *context)
{
    const fraction *f = context;
    return kz_string_energy(kz_test_strings(f->P, f->Q), j, lambda);
}

static double length_charge(int j, double lambda, void *context)
{
    const fraction *f = context;
    (void)lambda;
    return kz_test_strings(f->P, f->Q)->length[j - 1];
}

static void panel_noise(double noise[2], fraction f, kz_state left, kz_state right)
{
    kz_dressing *d;
    KZ_CHECK_OK(kz_dressing_create(&d, kz_chain_rational(f.P, f.Q), &left, &right, 0, 1e-8));
    size_t n = kz_dressing_nodes(d), N = (size_t)kz_test_strings(f.P, f.Q)->count;
    for (int c = 0; c < 2; c++) {
        double *q = calloc(N * n, sizeof *q);
        assert_non_null(q);
        KZ_CHECK_OK(kz_dressing_apply(q, d, c ? length_charge : energy_charge, &f));
        noise[c] = 0;
        for (size_t i = 0; i < N * n; i++) {
            int j = (int)(i / n) + 1;
            size_t k = i % n;
            double flux = kz_dressing_density(d, j, k) * fabs(kz_dressing_velocity(d, j, k));
            noise[c] +=
                kz_dressing_weight(d, k) * flux * (1 - kz_dressing_filling(d, j, k)) * q[i] * q[i];
        }
        free(q);
    }
    kz_dressing_free(d);
}

/* Far from equilibrium: full kernel on split panels. */
static void engines_agree(void **unused)
{
    (void)unused;
    static const struct {
        fraction f;
        double left[2], right[2];
    } cases[] = {
        {{3, 1}, {0.5, 1}, {2, -0.4}}, {{4, 1}, {-1, 0}, {1, 0}}, {{3, 2}, {1, -1}, {0, 2}}};
    for (size_t i = 0; i < 3; i++) {
        double panels[2];
        fraction f = cases[i].f;
        kz_state left = kz_state_thermal(cases[i].left[0], cases[i].left[1]);
        kz_state right = kz_state_thermal(cases[i].right[0], cases[i].right[1]);
        kz_noise noise = noise_of(kz_chain_rational(f.P, f.Q), left, right, 1e-11);
        panel_noise(panels, f, left, right);
        KZ_CHECK_CLOSE(noise.energy, panels[0], 1e-8);
        KZ_CHECK_CLOSE(noise.spin, panels[1], 1e-8);
    }
}

static kz_state random_state(uint64_t *seed, int kind)
{
    if (kind == 0) return kz_state_ground(kz_check_uniform(seed, -1, 1));
    if (kind == 1) return kz_state_down();
    return kz_state_thermal(kz_check_uniform(seed, -3, 3), kz_check_uniform(seed, -2, 2));
}

/* Loose against tight; and the mirror image has the same noise. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 77;
    double sharpest = 0;
    print_message("# seed %llu\n", (unsigned long long)seed);
    const kz_chain chains[] = {kz_chain_xxz(3),      kz_chain_xxz(4),  kz_chain_rational(5, 2),
                               kz_chain_xxz(6),      kz_chain_xxz(2),  kz_chain_axial(1.3),
                               kz_chain_axial(-2.5), kz_chain_axial(5)};
    for (int i = 0; i < 16; i++) {
        kz_chain chain = chains[i % 8];
        kz_state left = random_state(&seed, i % 7), right = random_state(&seed, 2);
        kz_noise tight = noise_of(chain, left, right, 1e-10);
        kz_noise loose = noise_of(chain, right, left, pow(10, kz_check_uniform(&seed, -9, -3)));
        KZ_CHECK_CLOSE(loose.energy, tight.energy, loose.err + tight.err);
        KZ_CHECK_CLOSE(loose.spin, tight.spin, loose.err + tight.err);
        assert_true(tight.energy > 0 && tight.spin > 0);
        double error = fmax(fabs(loose.energy - tight.energy), fabs(loose.spin - tight.spin));
        sharpest = fmax(sharpest, error / loose.err);
    }
    print_message("# largest error/err %.2f\n", sharpest);
}

static void errors(void **unused)
{
    (void)unused;
    kz_state state = kz_state_thermal(1, 0);
    kz_options options = kz_options_default();
    kz_bipartition *b;
    kz_noise noise = {-1, -2, -3};
    KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_xxz(3), &state, &state, &options));
    assert_int_equal(kz_bipartition_noise(&noise, b, 1e-14), KZ_EINVAL);
    assert_int_equal(kz_bipartition_noise(&noise, b, NAN), KZ_EINVAL);
    assert_true(noise.energy == -1 && noise.spin == -2 && noise.err == -3);
    kz_bipartition_free(b);
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    const kz_state left = kz_state_thermal(0.5, 0.3), right = kz_state_ground(0.4);
    kz_options options = kz_options_default();
    kz_bipartition *b;
    kz_noise noise;
    kz_thermo t;
    options.tol = 1e-4;
    KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_xxz(3), &left, &right, &options));
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_bipartition_noise(&noise, b, 1e-4));
    unsigned long count = kz_alloc_count();
    assert_true(count > 20);
    for (unsigned long k = 1; k <= count; k++) {
        kz_noise before = {-1, -1, -1};
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_bipartition_noise(&before, b, 1e-4), KZ_ENOMEM);
        assert_true(before.energy == -1 && before.spin == -1 && before.err == -1);
    }
    kz_bipartition_free(b);
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_xxz(3), &left, 1e-4));
    count = kz_alloc_count();
    for (unsigned long k = 1; k <= count; k++) {
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_thermo_compute(&t, kz_chain_xxz(3), &left, 1e-4), KZ_ENOMEM);
    }
    kz_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_levitov_lesovik),
        cmocka_unit_test(exact_equilibrium),
        cmocka_unit_test(exact_gapped_equilibrium),
        cmocka_unit_test(exact_gapped_half_filling),
        cmocka_unit_test(exact_gapped_tail),
        cmocka_unit_test(exact_pure),
        cmocka_unit_test(many_strings_keep_their_digits),
        cmocka_unit_test(engines_agree),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(errors),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
