/* XXZ halves beside an edge of changing temperature. */
#include "relax/fed.h"

#include <kapitza/junction.h>
#include <kapitza/relax.h>

#include "core/memory.h"

/* An edge that keeps its temperature makes the rays of a bipartition. */
static void test_constant(void **state)
{
    (void)state;
    const kz_state reservoir[] = {kz_state_thermal(2, 0), kz_state_ground(0),
                                  kz_state_thermal(-0.3, 0)};
    const kz_chain chain[] = {kz_chain_xxz(3), kz_chain_xxz(3), kz_chain_rational(5, 2)};
    const double tol[] = {1e-8, 1e-6, 1e-4};
    const kz_state hot = kz_state_thermal(constant_edge(0, NULL), 0);
    kz_options options = kz_options_default();
    for (int i = 0; i < 3; i++) {
        fed_half h = fed_half_create(chain[i], reservoir[i], constant_edge, 3, tol[i]);
        kz_bipartition *b;
        KZ_CHECK_OK(kz_bipartition_create(&b, chain[i], &hot, &reservoir[i], &options));
        for (double zeta = 0.25; zeta < 1; zeta += 0.7) {
            kz_ray want, got = fed_half_at(&h, 2 * zeta, 2);
            KZ_CHECK_OK(kz_bipartition_rays(&want, b, &zeta, 1, &options));
            KZ_CHECK_CLOSE(got.energy, want.energy, got.err + want.err);
            KZ_CHECK_CLOSE(got.energy_current, want.energy_current, got.err + want.err);
            assert_true(got.err <= tol[i]);
        }
        kz_bipartition_free(b);
        fed_half_free(&h);
    }
}

/* The same of rows that are closed: strings in a fan of their own, and all at one velocity. */
static void test_constant_gapped(void **state)
{
    (void)state;
    const kz_chain chain[] = {kz_chain_axial(1.5), kz_chain_axial(3)};
    const kz_state reservoir[] = {kz_state_thermal(2, 0), kz_state_ceiling()};
    for (int i = 0; i < 2; i++) {
        const kz_state hot = kz_state_thermal(constant_edge(0, NULL), 0);
        fed_half h = fed_half_create(chain[i], reservoir[i], constant_edge, 3, 1e-6);
        for (double zeta = 0; zeta < 1.8; zeta += 0.85) {
            kz_ray got = fed_half_at(&h, 2 * zeta, 2), want;
            kz_options options = kz_options_default();
            kz_bipartition *b;
            KZ_CHECK_OK(kz_bipartition_create(&b, chain[i], &hot, &reservoir[i], &options));
            KZ_CHECK_OK(kz_bipartition_rays(&want, b, &zeta, 1, &options));
            kz_bipartition_free(b);
            KZ_CHECK_CLOSE(got.energy, want.energy, got.err + want.err);
            KZ_CHECK_CLOSE(got.energy_current, want.energy_current, got.err + want.err);
            assert_true(got.err <= 1e-6);
        }
        fed_half_free(&h);
    }
}

/* Free fermions from both sources, by the midpoint rule in p, v = zeta + (1 - zeta) p^2 (the root
 * of the time is smooth in it) and sin(q), of velocities that have arrived. */
static void brute_force(double sum[2], kz_emission_fn beta, double other, double zeta, double t)
{
    enum { NODES = 2000 };
    double from = asin(zeta), width = 0.5 * M_PI - from;
    sum[0] = sum[1] = 0;
    for (int i = 0; i < NODES; i++) {
        double p = (i + 0.5) / NODES, q = from + width * p * p, e = cos(q);
        double n = tanh(0.5 * e * beta(t - zeta * t / sin(q), NULL)) - tanh(0.5 * e * other);
        double weight = 2 * width * p / NODES / (2 * M_PI);
        sum[0] -= weight * e * n;
        sum[1] -= weight * e * n * sin(q);
    }
}

static void test_free_fermions(void **state)
{
    (void)state;
    const double t = 4;
    const kz_emission_fn beta[] = {starting_edge, cooled_edge};
    const kz_chain chain = kz_chain_xxz(2);
    for (int i = 0; i < 2; i++) {
        fed_half h = fed_half_create(chain, kz_state_thermal(2, 0), beta[i], t, 1e-10);
        kz_ray outside = fed_half_at(&h, 1.5 * t, t);
        for (double zeta = 0.05; zeta < 1; zeta += 0.3) {
            double want[2];
            kz_ray got = fed_half_at(&h, zeta * t, t);
            brute_force(want, beta[i], 2, zeta, t);
            KZ_CHECK_CLOSE(got.energy - outside.energy, want[0], got.err + 1e-7);
            KZ_CHECK_CLOSE(got.energy_current, want[1], got.err + 1e-7);
            assert_true(got.err <= 1e-10);
        }
        assert_true(kz_emission_turned(h.emission, t) == 0); /* velocities do not change */
        fed_half_free(&h);
    }
}

static const double NODE[] = {-0.7745966692414834, 0, 0.7745966692414834};
static const double WEIGHT[] = {5 / 9.0, 8 / 9.0, 5 / 9.0};

/* What a box gains comes in through its ends: with a gap next to the edge, which first took the
 * longest strings up and now sends them. */
static void test_continuity(void **state)
{
    (void)state;
    const kz_chain chain[] = {kz_chain_xxz(3), kz_chain_axial(3)};
    const kz_emission_fn beta[] = {heated_edge, passing_edge};
    const double middle[] = {0.6, 0.3}, t = 1.9, half = 0.05;
    for (int k = 0; k < 2; k++) {
        fed_half h = fed_half_create(chain[k], kz_state_thermal(2, 0), beta[k], 2, 1e-5);
        double x = middle[k], gain = 0, flow = 0;
        for (int i = 0; i < 3; i++) {
            double shift = half * NODE[i], weight = half * WEIGHT[i];
            gain += weight * (fed_half_at(&h, x + shift, t + half).energy -
                              fed_half_at(&h, x + shift, t - half).energy);
            flow += weight * (fed_half_at(&h, x - half, t + shift).energy_current -
                              fed_half_at(&h, x + half, t + shift).energy_current);
        }
        assert_true(fabs(flow) > 3e-5);
        KZ_CHECK_CLOSE(gain, flow, 1e-9);
        fed_half_free(&h);
    }
}

/* Beside the edge the half goes over into the ray zeta = 0, up to what has turned around there: an
 * edge that is heated sends ever more modes, of one that cools some come back. */
static void test_edge(void **state)
{
    (void)state;
    const kz_emission_fn beta[] = {heated_edge, cooled_edge};
    const double t = 2, near = 8e-6;
    for (int i = 0; i < 2; i++) {
        fed_half h = fed_half_create(kz_chain_xxz(3), kz_state_thermal(2, 0), beta[i], t, 1e-4);
        kz_ray edge = fed_half_edge(&h, t), ray = fed_half_at(&h, near * t, t);
        double stale = kz_emission_stale(h.emission, t), turned = kz_emission_turned(h.emission, t);
        double more = ray.energy - edge.energy, flow = ray.energy_current - edge.energy_current;
        /* both slopes as seen at larger distances: modes that have only just turned outwards are
         * slow, so that energies differ as a root */
        KZ_CHECK_CLOSE(flow, 0, 2e-2 * near + turned);
        KZ_CHECK_CLOSE(more, 0, 8e-3 * sqrt(near) + stale);
        /* bounds, not by orders of magnitude */
        assert_true(i ? stale < 10 * more : stale == 0);
        assert_true(i ? turned < 40 * fabs(flow) : turned == 0);
        if (i) assert_true(fabs(flow) > 1e-7 && more > 3 * 8e-3 * sqrt(near)); /* and not nothing */
        fed_half_free(&h);
    }
}

/* 2026-11-26: next to an edge the heights of what comes from the reservoir end where it has been
 * taken up.  Rounding told on which side, so that jumps of the state were looked for there and
 * missed where they are, once without a word in err; and modes that had turned last were
 * overlooked.  At x = 0 an edge that is heated has the ray state zeta = 0 beside it, and from there
 * on any half goes on continuously. */
static void bug_beside_the_edge(void **state)
{
    (void)state;
    static const double zeta[] = {1e-11, 1e-6};
    const kz_emission_fn beta[] = {heated_edge, cooled_edge};
    const double t = 2;
    for (int i = 0; i < 2; i++) {
        fed_half h = fed_half_create(kz_chain_xxz(3), kz_state_thermal(2, 0), beta[i], t, 1e-6);
        kz_ray edge = fed_half_edge(&h, t), start = fed_half_at(&h, 0, t);
        /* of slow modes that have only just turned outwards the error of X* counts by its root */
        double bound = kz_emission_turned(h.emission, t) + (i ? 1e-7 : h.tol);
        double stale = kz_emission_stale(h.emission, t), both = start.err + edge.err;
        KZ_CHECK_CLOSE(start.energy, edge.energy, both + stale);
        KZ_CHECK_CLOSE(start.energy_current, edge.energy_current, both);
        assert_true(start.err <= bound && (i == 0 || bound < 0.02 * stale));
        for (int k = 0; k < 2; k++) {
            kz_ray ray = fed_half_at(&h, zeta[k] * t, t);
            KZ_CHECK_CLOSE(ray.energy, start.energy, ray.err + start.err + 8e-3 * sqrt(zeta[k]));
            assert_true(ray.err <= bound);
        }
        fed_half_free(&h);
    }
}

/* 2026-11-26: with a gap modes also turn between the last node of a period and the first.  Whether
 * what lies there is the reservoir's was asked of two nodes on one side of that: energies beside an
 * edge that passes the reservoir's temperature missed by 90 err.  None comes back, so that the ray
 * state zeta = 0 is beside it. */
static void bug_modes_turn_at_the_end_of_a_period(void **state)
{
    (void)state;
    static const double delta[] = {1.5, 3};
    for (int i = 0; i < 2; i++) {
        const double t = 1.3;
        fed_half h = fed_half_create(kz_chain_axial(delta[i]), kz_state_thermal(2, 0), passing_edge,
                                     t, 1e-6);
        kz_ray edge = fed_half_edge(&h, t), start = fed_half_at(&h, 0, t);
        assert_true(kz_emission_stale(h.emission, t) == 0);
        KZ_CHECK_CLOSE(start.energy, edge.energy, 1e-8);
        KZ_CHECK_CLOSE(start.energy_current, edge.energy_current, 1e-9);
        assert_true(start.err <= h.tol);
        fed_half_free(&h);
    }
}

/* A chain of -Delta between temperatures of the other sign: energies and currents turn, and which
 * of the halves it is turns the currents. */
static void property_turned(void **state)
{
    (void)state;
    const double beta = 0.7, turned_beta = -0.7, t = 3, zeta = 0.6, back = -0.6;
    kz_relax_params p = kz_relax_params_default();
    kz_ray ray[2];
    for (int i = 0; i < 2; i++) {
        double sign = i ? -1 : 1;
        kz_options options = kz_options_default();
        kz_relax_point now;
        kz_relax *relax;
        options.tol = 1e-6;
        p.left = i ? kz_chain_axial(-1.5) : kz_chain_xx();
        p.right = i ? kz_chain_xx() : kz_chain_axial(1.5);
        p.left_state = kz_state_thermal(i ? -1 : 0.5, 0);
        p.right_state = kz_state_thermal(i ? -0.5 : 1, 0);
        p.initial_beta = i ? &turned_beta : &beta;
        KZ_CHECK_OK(kz_relax_create(&relax, &p, &options));
        KZ_CHECK_OK(kz_relax_run(&now, relax, &t, 1, KZ_RELAX_LEADS));
        KZ_CHECK_OK(kz_relax_rays(&ray[i], relax, 0, i ? KZ_SIDE_LEFT : KZ_SIDE_RIGHT,
                                  i ? &back : &zeta, 1));
        assert_true(sign * ray[i].energy < -0.1 && ray[i].energy_current > 1e-3);
        kz_relax_free(relax);
    }
    KZ_CHECK_CLOSE(ray[1].energy, -ray[0].energy, ray[0].err + ray[1].err);
    KZ_CHECK_CLOSE(ray[1].energy_current, ray[0].energy_current, ray[0].err + ray[1].err);
}

/* A junction that starts in its stationary state keeps it: its rays are those of the junction. */
static void test_stationary(void **state)
{
    (void)state;
    const double zeta[] = {0.3, 0.9}, back[] = {-0.3, -0.9}, t = 5, x[] = {-5, 5};
    kz_relax_params params = kz_relax_params_default();
    params.left = kz_chain_xxz(3);
    params.right = kz_chain_xx();
    params.left_state = kz_state_thermal(0.5, 0);
    params.right_state = kz_state_thermal(2, 0);
    kz_junction_params same = {.left = params.left,
                               .right = params.right,
                               .left_state = params.left_state,
                               .right_state = params.right_state,
                               .law = kz_law_fourier()};
    kz_options options = kz_options_default();
    kz_junction *junction;
    kz_junction_point point;
    KZ_CHECK_OK(kz_junction_create(&junction, &same, &options));
    KZ_CHECK_OK(kz_junction_solve(&point, junction, 10));
    const double beta[] = {point.beta_minus, point.beta_plus};
    params.initial_x = x;
    params.initial_beta = beta;
    params.initial_count = 2;
    kz_relax *relax;
    kz_relax_point now;
    kz_ray got[2], want[2];
    options.tol = 1e-7;
    KZ_CHECK_OK(kz_relax_create(&relax, &params, &options));
    KZ_CHECK_OK(kz_relax_run(&now, relax, &t, 1, KZ_RELAX_LEADS));
    KZ_CHECK_OK(kz_relax_rays(got, relax, 0, KZ_SIDE_LEFT, back, 2));
    KZ_CHECK_OK(kz_junction_rays(want, junction, &point, KZ_SIDE_LEFT, back, 2));
    for (int i = 0; i < 2; i++) {
        KZ_CHECK_CLOSE(got[i].zeta, -zeta[i], 0);
        KZ_CHECK_CLOSE(got[i].energy, want[i].energy, got[i].err + want[i].err);
        KZ_CHECK_CLOSE(got[i].energy_current, want[i].energy_current, got[i].err + want[i].err);
        assert_true(got[i].energy_current > 1e-3); /* from hot to cold */
    }
    kz_relax_free(relax);
    kz_junction_free(junction);
}

/* Each of the first allocations fails, later ones at growing distances. */
static void check_memory(kz_chain chain)
{
    kz_state reservoir = kz_state_thermal(2, 0);
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status == KZ_ENOMEM && k < 100000; k += k < 20 ? 1 : k / 6) {
        kz_emission *emission;
        kz_lead *lead = NULL;
        kz_ray ray;
        kz_alloc_fail_at(k);
        status = kz_emission_create(&emission, chain, &reservoir, cooled_edge, NULL, 1, 3, 1e-2);
        if (status == KZ_OK) status = kz_lead_create(&lead, emission, 1e-2);
        if (status == KZ_OK) status = kz_lead_at(&ray, lead, 0.5, 1);
        kz_alloc_fail_at(0);
        kz_lead_free(lead);
        kz_emission_free(emission);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
    }
    KZ_CHECK_OK(status);
}

static void test_memory(void **state)
{
    (void)state;
    check_memory(kz_chain_xxz(3));
    check_memory(kz_chain_axial(3));
}

/* Each half counts, and none but those at Delta = 1 and -1. */
static void test_which_have_rays(void **state)
{
    (void)state;
    const kz_chain have[] = {kz_chain_xx(), kz_chain_rational(5, 2), kz_chain_axial(-1.5)};
    for (int i = 0; i < 3; i++) {
        KZ_CHECK_OK(kz_relax_check_rays(have[i], have[2 - i]));
        KZ_CHECK_STATUS(kz_relax_check_rays(have[i], kz_chain_axial(1)), KZ_EINVAL);
        KZ_CHECK_STATUS(kz_relax_check_rays(kz_chain_axial(-1), have[i]), KZ_EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_free_fermions),
        cmocka_unit_test(test_continuity),
        cmocka_unit_test(test_edge),
        cmocka_unit_test(bug_beside_the_edge),
        cmocka_unit_test(test_stationary),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_which_have_rays),
        cmocka_unit_test(test_constant_gapped),
        cmocka_unit_test(property_turned),
        cmocka_unit_test(bug_modes_turn_at_the_end_of_a_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
