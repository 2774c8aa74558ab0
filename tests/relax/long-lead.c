/* What a half has gained is what its edge has sent: energy over the whole half against int J dt. */
#include <cblas.h>
#include <gsl/gsl_integration.h>

#include "relax/fed.h"

enum { NODES = 8, GRADES = 9, TIMES = 20 };

static double excess(const fed_half *h, double zeta, double outside)
{
    return fed_half_at(h, zeta * h->t, h->t).energy - outside;
}

static double panel(const fed_half *h, double outside, double from, double to)
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

/* Panels graded towards the edge, where slow modes arrive late, and towards the front. */
static double gained(const fed_half *h)
{
    double outside = fed_half_at(h, 1.9 * h->t, h->t).energy, front = 0.5, beyond = 1.7, sum = 0;
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

static void check(kz_chain chain, kz_state reservoir, kz_emission_fn beta, double t)
{
    fed_half h = fed_half_create(chain, reservoir, beta, t, 1e-8);
    double want = sent(&h), got = gained(&h), turned = kz_emission_turned(h.emission, t);
    print_message("%.10g sent, %.3g more found, at most %.3g by particles that came back\n", want,
                  got - want, turned * t);
    assert_true(fabs(want) > 1e-3);
    KZ_CHECK_CLOSE(got, want, 1e-8 * t + turned * t);
    fed_half_free(&h);
}

static void test_balance(void **state)
{
    (void)state;
    check(kz_chain_xxz(3), kz_state_thermal(2, 0), heated_edge, 2);
    check(kz_chain_xxz(3), kz_state_thermal(2, 0), cooled_edge, 2);
    check(kz_chain_xxz(4), kz_state_ground(0), starting_edge, 5);
}

int main(void)
{
    openblas_set_num_threads(1); /* on small matrices its threads only wait for each other */
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_balance)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
