/* Rays next to cone edges and to v_j(infinity), where crossings sit in far tails or are about to
 * merge: the printed error bounds the true one there too, whatever the status. */
#include "ghd/support.h"

static const double pi = 3.14159265358979323846;

/* An edge, found by bisection for where the shape of a region changes, and distances from it. */
typedef struct {
    int P;
    kz_state left, right;
    double edge, distance[3], tol;
} edge_case;

static kz_state warm(double beta, double mu) { return kz_state_thermal(beta, mu); }

/* The truth is the same ray at a tolerance at least 1000 times smaller; its own error is added. */
static void check_edge(const edge_case *c)
{
    for (int i = 0; i < 3; i++) {
        double zeta = c->edge + c->distance[i];
        kz_ray ray = ray_or_estimate(c->P, c->left, c->right, zeta, c->tol);
        kz_ray truth = ray_or_estimate(c->P, c->left, c->right, zeta, fmax(1e-4 * c->tol, 1e-13));
        double error = ray_distance(&ray, &truth);
        if (!(error <= ray.err + truth.err))
            fail_msg("P = %d, zeta = %.17g: error %.3g, claimed %.3g", c->P, zeta, error,
                     ray.err + truth.err);
    }
}

static void error_near_edges_of_polarised_states(void **unused)
{
    (void)unused;
    const edge_case list[] = {
        {2, warm(-3.18, 0.878), warm(-0.0845, -2.35), 1, {-1e-10, -6e-7, -1e-4}, 1e-7},
        {2, warm(-0.116, -2.83), warm(0.0696, 1.03), 1, {-1e-10, -1.5e-8, -1e-3}, 3e-8},
        {2, warm(-0.585, 0), warm(6.84, 1.28), 1, {-1e-8, 7e-10, -1e-2}, 2e-7},
        {5,
         warm(-0.821, -2.26),
         warm(0.0831, -2.74),
         0.59081445490475748,
         {-3.25e-7, 1e-9, -1e-4},
         1e-8},
        {5, warm(0.63, -2.86), warm(0.0112, -2.1), 0.59806814582552781, {-2e-9, 1e-7, -1e-5}, 3e-9},
        {4, warm(-0.0209, -0.804), kz_state_up(), 0.65019904805813, {-9.3e-8, 1e-9, 1e-5}, 3e-8},
        {3, warm(1.65, 2.36), kz_state_down(), -0.98790635067503907, {6.6e-6, 1e-9, 1e-4}, 1e-8},
        {6, warm(0.758, 0.946), warm(5.1, 0.161), -1.1977647033846, {-5.5e-10, 1e-9, 1e-6}, 6e-7},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check_edge(&list[i]);
}

static void error_near_edges_of_unpolarised_states(void **unused)
{
    (void)unused;
    const edge_case list[] = {
        {3, hot(-2.03), kz_state_down(), 0.85294101901818065, {-1.5e-6, 1e-9, -1e-3}, 3e-8},
        {3, kz_state_ground(0), kz_state_down(), 1, {-1.3e-7, 1e-9, -1e-2}, 5e-7},
        {3,
         kz_state_ground(0.38641118417032416),
         kz_state_ground(0),
         1.2990321242762732,
         {6.67e-9, -1e-8, 1e-5},
         9e-10},
        {3, hot(0.3), hot(2), 1.5 * sin(pi / 3), {-1e-10, -1e-6, -1e-3}, 1e-9},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check_edge(&list[i]);
}

/* collura2018: S = -(P/2 pi) arcsin zeta, here next to zeta = v_j(infinity) = sin gamma. */
static void error_at_the_edge_of_the_domain_wall(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 5; P++) {
        double edge = sin(pi / P), cosine = cos(pi / P);
        for (int k = 2; k <= 10; k++) {
            double zeta = (k % 2 ? 1 : -1) * (edge - pow(10, -k)), P_pi = P / (2 * pi);
            kz_ray ray = ray_or_estimate(P, kz_state_up(), kz_state_down(), zeta, 1e-9);
            KZ_CHECK_CLOSE(ray.magnetization, -P_pi * asin(zeta), ray.err);
            KZ_CHECK_CLOSE(ray.spin_current, P_pi * (sqrt(1 - zeta * zeta) - cosine), ray.err);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_near_edges_of_polarised_states),
        cmocka_unit_test(error_near_edges_of_unpolarised_states),
        cmocka_unit_test(error_at_the_edge_of_the_domain_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
