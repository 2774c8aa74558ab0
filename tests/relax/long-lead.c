/* What a half has gained is what its edge has sent: energy over the whole half against int J dt.
 * Halves as functions of Delta. */
#include <gsl/gsl_integration.h>

#include "relax/fed.h"
#include "support/interpolate.h"

enum { NODES = 8, GRADES = 9, TIMES = 20 };

static double excess(const fed_half *h, double zeta, double outside)
{
    return fed_half_at(h, zeta * h->t, h->t).energy - outside;
}

static double part(const fed_half *h, double outside, double from, double to)
{
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(NODES);
    double sum = 0, zeta, weight;
    for (size_t i = 0; i < NODES; i++) {
        gsl_integration_glfixed_point(from, to, i, &zeta, &weight, rule);
        sum += weight * excess(h, zeta, outside);
    }
    gsl_integration_glfixed_table_free(rule);
    return sum;
}

/* With a gap every string has a front of its own, and all the longest have one. */
static double panel(const fed_half *h, double outside, double from, double to)
{
    int parts = h->chain.kind == KZ_CHAIN_AXIAL && to - from > 0.02 ? 8 : 1;
    double sum = 0;
    for (int i = 0; i < parts; i++)
        sum +=
            part(h, outside, from + (to - from) * i / parts, from + (to - from) * (i + 1) / parts);
    return sum;
}

/* Panels graded towards the edge, where slow modes arrive late, and towards the front. */
static double gained(const fed_half *h)
{
    double outside = fed_half_at(h, 2.1 * h->t, h->t).energy, front = 0.5, beyond = 2, sum = 0;
    for (int i = 0; i < 24; i++) {
        double middle = 0.5 * (front + beyond);
        if (fabs(excess(h, middle, outside)) > 1e-11)
            front = middle;
        else
            beyond = middle;
    }
    double low = 0.4 * front, left = 0.6 * front;
    for (int i = 0; i < GRADES; i++, low /= 3)
        sum += panel(h, outside, low / 3, low);
    sum += panel(h, outside, 0, low);
    for (int i = 0; i < GRADES; i++, left /= 4)
        sum += panel(h, outside, front - left, front - left / 4);
    return h->t * (sum + panel(h, outside, front - left, front));
}

static double sent(const fed_half *h)
{
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(TIMES);
    double sum = 0, s, weight;
    for (size_t i = 0; i < TIMES; i++) {
        gsl_integration_glfixed_point(0, sqrt(h->t), i, &s, &weight, rule);
        sum += weight * 2 * s * fed_half_edge(h, s * s).energy_current;
    }
    gsl_integration_glfixed_table_free(rule);
    return sum;
}

static void check(kz_chain chain, kz_state reservoir, kz_emission_fn beta, double t, double rule)
{
    fed_half h = fed_half_create(chain, reservoir, beta, t, 1e-8);
    double want = sent(&h), got = gained(&h), turned = kz_emission_turned(h.emission, t);
    print_message("%.10g sent, %.3g more found, at most %.3g by particles that came back\n", want,
                  got - want, turned * t);
    assert_true(fabs(want) > 1e-3);
    KZ_CHECK_CLOSE(got, want, rule * t + turned * t);
    fed_half_free(&h);
}

static void test_balance(void **state)
{
    (void)state;
    check(kz_chain_xxz(3), kz_state_thermal(2, 0), heated_edge, 2, 1e-8);
    check(kz_chain_xxz(3), kz_state_thermal(2, 0), cooled_edge, 2, 1e-8);
    check(kz_chain_xxz(4), kz_state_ground(0), starting_edge, 5, 1e-8);
    check(kz_chain_axial(1.5), kz_state_thermal(2, 0), starting_edge, 2, 5e-8);
}

/* Fractions do not know of the gap, nor chains with one of the last pair of strings: polynomials in
 * Delta through both hit chains of either kind.  No string begins to cross in between. */
static void property_analytic_through_isotropy(void **state)
{
    (void)state;
    enum { CHAINS = KZ_TEST_NEAR_ISOTROPY, TARGETS = 2 };
    const kz_chain target[TARGETS] = {kz_chain_xxz(6), kz_chain_axial(1.15)};
    kz_chain chain[CHAINS];
    double delta[CHAINS], energy[TARGETS] = {0}, current[TARGETS] = {0};
    kz_test_near_isotropy(chain, delta);
    for (int k = 0; k < CHAINS + TARGETS; k++) {
        kz_chain c = k < CHAINS ? chain[k] : target[k - CHAINS];
        fed_half h = fed_half_create(c, kz_state_thermal(2, 0), starting_edge, 3, 1e-5);
        kz_ray ray = fed_half_at(&h, 0.8, 2);
        fed_half_free(&h);
        if (k >= CHAINS) {
            KZ_CHECK_CLOSE(energy[k - CHAINS], ray.energy, 1e-7);
            KZ_CHECK_CLOSE(current[k - CHAINS], ray.energy_current, 1e-7);
            continue;
        }
        for (int i = 0; i < TARGETS; i++) {
            double w = kz_test_weight(delta, CHAINS, k, kz_chain_delta(target[i]));
            energy[i] += w * ray.energy;
            current[i] += w * ray.energy_current;
        }
    }
}

/* An edge between two temperatures, smoothly or like the root of the time. */
typedef struct {
    double from, to;
    bool root;
} random_edge;

static double random_beta(double t, void *context)
{
    const random_edge *e = context;
    double part = e->root ? sqrt(t) / (1 + sqrt(t)) : 1 - exp(-t);
    return e->from + (e->to - e->from) * part;
}

static kz_ray random_ray(kz_chain chain, const kz_state *reservoir, random_edge *edge, double zeta,
                         double t, double tol, int panels)
{
    kz_emission *emission;
    kz_lead *lead;
    kz_ray ray;
    KZ_CHECK_OK(kz_emission_create(&emission, chain, reservoir, random_beta, edge, t, panels, tol));
    KZ_CHECK_OK(kz_lead_create(&lead, emission, tol));
    KZ_CHECK_OK(kz_lead_at(&ray, lead, zeta * t, t));
    kz_lead_free(lead);
    kz_emission_free(emission);
    return ray;
}

/* The truth is the same at 1e-9 with more of its history. */
static void property_error_is_a_bound(void **state)
{
    (void)state;
    uint64_t seed = 20261126;
    double sharpest = 0;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 30; i++) {
        kz_chain chain = kz_chain_axial(1.06 * pow(4, kz_check_uniform(&seed, 0, 1)));
        double which = kz_check_uniform(&seed, 0, 1), beta = kz_check_uniform(&seed, -1.5, 2.5);
        kz_state reservoir = which < 0.15  ? kz_state_ground(0)
                             : which < 0.3 ? kz_state_ceiling()
                                           : kz_state_thermal(beta, 0);
        random_edge edge = {kz_check_uniform(&seed, -1, 2), kz_check_uniform(&seed, -1, 2),
                            kz_check_uniform(&seed, 0, 1) < 0.5};
        double t = exp(kz_check_uniform(&seed, -1, 2)), zeta = kz_check_uniform(&seed, 0, 1.8);
        if (i % 5 == 0) zeta *= 1e-3; /* beside the edge */
        double tol = pow(10, kz_check_uniform(&seed, -7, -3));
        kz_ray ray = random_ray(chain, &reservoir, &edge, zeta, t, tol, 8);
        kz_ray truth = random_ray(chain, &reservoir, &edge, zeta, t, 1e-9, 11);
        double error =
            fmax(fabs(ray.energy - truth.energy), fabs(ray.energy_current - truth.energy_current));
        sharpest = fmax(sharpest, error / (ray.err + truth.err));
        assert_true(error <= ray.err + truth.err);
    }
    print_message("# largest error/err %.2f\n", sharpest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_balance),
                                       cmocka_unit_test(property_analytic_through_isotropy),
                                       cmocka_unit_test(property_error_is_a_bound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
