/* The junction in time with halves of Delta = 1 and -1. */
#include "relax/support.h"
#include "support/interpolate.h"

enum { TIMES = 4 };
static const double times[TIMES] = {0, 1, 20, 300};

static void run(kz_relax_point out[TIMES], kz_relax_params p, double tol)
{
    kz_relax *relax = relax_create(&p, tol);
    kz_status status = kz_relax_run(out, relax, times, TIMES, 0);
    if (status != KZ_ETOL) KZ_CHECK_OK(status);
    kz_relax_free(relax);
}

static kz_relax_params between(kz_chain left, kz_chain right, double hot, double cold)
{
    kz_relax_params p = kz_relax_params_default();
    static double initial;
    initial = hot > 0 ? 0.7 : -0.7;
    p.left = left;
    p.right = right;
    p.left_state = kz_state_thermal(hot, 0);
    p.right_state = kz_state_thermal(cold, 0);
    p.initial_beta = &initial;
    return p;
}

/* Chains of -Delta at -beta, energies and currents of the other sign.  What is not asked of a
 * tolerance too small to be had is known by its bound. */
static void property_symmetries(void **unused)
{
    (void)unused;
    kz_relax_point p[TIMES], turned[TIMES], mirror[TIMES];
    run(p, between(kz_chain_xx(), kz_chain_axial(1), 0.5, 1), 1e-6);
    run(turned, between(kz_chain_xx(), kz_chain_axial(-1), -0.5, -1), 1e-6);
    run(mirror, between(kz_chain_axial(1), kz_chain_xx(), 1, 0.5), 1e-6);
    for (int i = 0; i < TIMES; i++) {
        double both = p[i].err + turned[i].err, three = p[i].err + mirror[i].err;
        assert_true(p[i].err < 1e-6 && fabs(p[i].balance) < 1e-11);
        KZ_CHECK_CLOSE(turned[i].t_minus, -p[i].t_minus, both * (1 + p[i].t_minus));
        KZ_CHECK_CLOSE(turned[i].current_right, -p[i].current_right, both);
        KZ_CHECK_CLOSE(mirror[i].t_plus, p[i].t_minus, three * (1 + p[i].t_minus));
        KZ_CHECK_CLOSE(mirror[i].current_left, -p[i].current_right, three);
    }
}

/* Polynomials in Delta through five fractions and five chains with a gap, whose edges have kinks
 * and panels that are cut at them. */
static void property_analytic_through_isotropy(void **unused)
{
    (void)unused;
    enum { NODES = KZ_TEST_NEAR_ISOTROPY };
    kz_chain chain[NODES];
    double delta[NODES];
    kz_relax_point sum[TIMES] = {{0}}, hit[TIMES], loose[TIMES];
    kz_test_near_isotropy(chain, delta);
    for (int k = 0; k < NODES; k++) {
        kz_relax_point p[TIMES];
        double w = kz_test_weight(delta, NODES, k, 1);
        run(p, between(kz_chain_xx(), chain[k], 0.5, 1), 1e-9);
        for (int i = 0; i < TIMES; i++) {
            sum[i].t_minus += w * p[i].t_minus;
            sum[i].t_plus += w * p[i].t_plus;
            sum[i].current_right += w * p[i].current_right;
        }
    }
    run(hit, between(kz_chain_xx(), kz_chain_axial(1), 0.5, 1), 1e-8);
    run(loose, between(kz_chain_xx(), kz_chain_axial(1), 0.5, 1), 1e-3);
    for (int i = 0; i < TIMES; i++) {
        print_message("off by %.2g, %.2g, err %.2g, loose %.2g of %.2g\n",
                      fabs(sum[i].t_plus - hit[i].t_plus),
                      fabs(sum[i].current_right - hit[i].current_right), hit[i].err,
                      fabs(loose[i].t_plus - hit[i].t_plus), loose[i].err);
        KZ_CHECK_CLOSE(sum[i].t_minus, hit[i].t_minus, 1e-7);
        KZ_CHECK_CLOSE(sum[i].t_plus, hit[i].t_plus, 1e-7);
        KZ_CHECK_CLOSE(sum[i].current_right, hit[i].current_right, 1e-8);
        KZ_CHECK_CLOSE(loose[i].t_plus, hit[i].t_plus, loose[i].err * (1 + hit[i].t_plus));
        KZ_CHECK_CLOSE(loose[i].current_right, hit[i].current_right, loose[i].err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(property_analytic_through_isotropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
