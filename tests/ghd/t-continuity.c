/* Conservation laws along whole light cones: zeta de/dzeta = dj/dzeta on both sides of every edge.
 */
#include "ghd/support.h"

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
    /* with magnetization the far tails count: a ray at v_j(infinity) is hard beyond 1e-10 */
    check_continuity(4, kz_state_thermal(1, 1), kz_state_thermal(-2, -0.5), -0.3, 1.3, 1e-8);
    check_continuity(3, kz_state_up(), kz_state_thermal(1, -1), -1.2, 1.25, 1e-8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_continuity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
