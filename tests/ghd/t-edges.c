/* Rays next to cone edges and to v_j(infinity), where crossings sit in far tails or are about to
 * merge: the printed error bounds the true one there too, whatever the status. */
#include <kapitza/fermion.h>

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

/* 2026-11-26: d was rounded by 1e-16 of its largest value: beside v_j(infinity) the sign of v -
 * zeta was lost over a tail that holds 1e-8 of magnetization, err was 1e-9 ... 1e-7 and the
 * tolerance missed. */
static void bug_signs_in_tails_were_lost(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 8; P += P < 6 ? 1 : 2) {
        for (int k = 5 + P % 2; k <= 12; k += 3) {
            double edge = sin(pi / P), zeta = (k % 2 ? 1 : -1) * (edge - pow(10, -k));
            kz_ray ray = xxz(P, kz_state_up(), kz_state_down(), zeta, 1e-11);
            KZ_CHECK_CLOSE(ray.magnetization, -P / (2 * pi) * asin(zeta), ray.err);
        }
    }
}

/* The same between thermal states, at v_j(infinity) of the ray itself and at both sides of it. */
static void bug_thermal_rays_beside_infinite_rapidity(void **unused)
{
    (void)unused;
    const edge_case list[] = {
        {3, warm(2.3, -3.9), warm(3.4, -1.3), 1.206336500668975, {-1e-6, 0, 1e-9}, 1e-10},
        {4, warm(2.7, -4), warm(0, -1.6), 0.721741997383342, {-1e-7, -1e-12, 1e-8}, 1e-10},
        {5, warm(4, 1.3), warm(1.7, 2.3), 0.585251145655455, {-1e-10, 1e-12, 1e-5}, 1e-10},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (i == 0)
            check_edge(&list[i]);   /* seconds at larger P; t-dressing has the second engine */
        for (int k = 0; k < 3; k++) /* the tolerance is met */
            (void)xxz(list[i].P, list[i].left, list[i].right, list[i].edge + list[i].distance[k],
                      list[i].tol);
    }
}

/* (1 - R)^-1 = G(w) G(-w) with the kernel R of the holes of string 1 over the ground state,
 * 1 - R = sinh(pi w/2)/[2 cosh(gamma w/2) sinh((pi - gamma) w/2)], G -> 1 at infinity; at w = i z.
 */
static double wiener_hopf_factor(int P, double z)
{
    double a = 1.0 / P, rest = 1 - a;
    double gammas = lgamma(1 + z / 2) - lgamma(0.5 + a * z / 2) - lgamma(1 + rest * z / 2);
    return sqrt(2 * pi * rest) * exp(gammas + z / 2 * (a * log(a) + rest * log(rest)));
}

/* Ground state | up at zeta = -v + delta: the holes fill a half line on which the Wiener-Hopf
 * method is exact, with sources e^{-P x} and e^{-3 P x}; corrections are of relative order delta.
 */
static kz_ray edge_of_ground_and_up(int P, double delta)
{
    double gamma = pi / P, v = 0.5 * P * sin(gamma), zeta = -v + delta;
    double G0 = wiener_hopf_factor(P, 0), G1 = wiener_hopf_factor(P, P);
    double square = delta / (2 * v) * G1 / wiener_hopf_factor(P, 3 * P); /* e^{2 P edge} */
    double m = sqrt(square) * G1 / (pi * G0);
    double excess = pi * sin(gamma) / (gamma * gamma) * square * G1 * G1 / (2 * P);
    /* dj = zeta de along rays */
    return (kz_ray){.zeta = zeta,
                    .energy = excess,
                    .energy_current = (zeta - delta / 2) * excess,
                    .magnetization = m,
                    .spin_current = (zeta - 2 * delta / 3) * m};
}

/* The ground state's energy drops out: it is exact there. */
static void check_against_wiener_hopf(int P, double delta, bool mirrored, bool down)
{
    kz_state sea = kz_state_ground(0), other = down ? kz_state_down() : kz_state_up();
    kz_ray truth = edge_of_ground_and_up(P, delta);
    double zeta = mirrored ? -truth.zeta : truth.zeta;
    kz_ray ray = mirrored ? ray_or_estimate(P, other, sea, zeta, 1e-10)
                          : ray_or_estimate(P, sea, other, zeta, 1e-10);
    double side = mirrored ? -1 : 1, spin = down ? -1 : 1,
           allowed = ray.err + 5 * delta * sqrt(delta);
    KZ_CHECK_CLOSE(ray.energy - xxz(P, sea, sea, 0, 1e-13).energy, truth.energy, allowed);
    KZ_CHECK_CLOSE(ray.energy_current, side * truth.energy_current, allowed);
    KZ_CHECK_CLOSE(ray.magnetization, spin * truth.magnetization, allowed);
    KZ_CHECK_CLOSE(ray.spin_current, side * spin * truth.spin_current, allowed);
    if (delta >= 1e-9) assert_true(ray.err < 0.5 * truth.magnetization);
}

/* 2026-11-26: err was 2e-6 to 1e-5 within 1e-6 of the velocity of a ground state's edge, also where
 * nothing is polarised and the error below 1e-10; m was 0 for 5e-6 at a distance of 1e-9. */
static void bug_edge_of_the_ground_state(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 6; P += P == 4 ? 2 : 1) {
        double v = 0.5 * P * sin(pi / P);
        for (int k = 6; k <= 12; k++) {
            double delta = k == 12 ? 0 : pow(10, -k);
            if (k < 12) check_against_wiener_hopf(P, delta, k % 2, k % 3);
            kz_ray ray = xxz(P, kz_state_ground(0), hot(1), -v + delta, 1e-10);
            kz_ray truth = ray_or_estimate(P, hot(1), kz_state_ground(0), v - delta, 1e-13);
            truth.energy_current = -truth.energy_current;
            truth.spin_current = -truth.spin_current;
            KZ_CHECK_CLOSE(ray_distance(&ray, &truth), 0, ray.err + truth.err);
            KZ_CHECK_CLOSE(ray.magnetization, 0, 1e-16);
        }
    }
}

/* 2026-11-26: the error of d was read at the nodes next to an edge only, where it may vanish:
 * m wrong by 5.7e-10 against an err of 3.2e-11, worst at P = 5 and 6. */
static void bug_error_of_d_beside_an_edge(void **unused)
{
    (void)unused;
    static const struct {
        int P;
        double delta;
    } seen[] = {{6, 6.309573441498628e-08}, {6, 3.981071028391625e-10}, {6, 7.943281588040918e-10},
                {6, 2.5118864321882484e-7}, {5, 3.162277661949986e-08}, {8, 7.943282254174733e-09}};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        check_against_wiener_hopf(seen[i].P, seen[i].delta, false, false);
}

/* The states that differ most at large rapidity, where edges of cones lie. */
static const char *const far_names[] = {"ground", "ground,h=0.3", "up",
                                        "down",   "ceiling",      "T=.5,mu=1"};
enum { FAR_STATES = sizeof far_names / sizeof *far_names };

static kz_state far_state(size_t i)
{
    const kz_state list[] = {kz_state_ground(0), kz_state_ground(0.3), kz_state_up(),
                             kz_state_down(),    kz_state_ceiling(),   warm(2, 1)};
    return list[i];
}

/* 2026-11-26: err was 4e-9 exactly at the edge and 6e-7, as was the error, just inside. */
static void bug_free_fermions_next_to_their_edge(void **unused)
{
    (void)unused;
    const double distance[] = {0, 1e-14, 1e-12, 1e-9, 1e-7, 1e-6, -1e-14, -1e-12, -1e-9, -1e-6};
    for (size_t a = 0; a < FAR_STATES; a++) {
        for (size_t b = 0; b < FAR_STATES; b++) {
            if (a == b) continue;
            const kz_state left = far_state(a), right = far_state(b);
            for (size_t i = 0; i < 2 * sizeof distance / sizeof *distance; i++) {
                double zeta = (i % 2 ? 1 : -1) * (1 - distance[i / 2]);
                kz_ray ray = xxz(2, left, right, zeta, 1e-10), truth;
                KZ_CHECK_OK(kz_fermion_ray(&truth, &left, &right, zeta));
                if (!(ray_distance(&ray, &truth) <= ray.err + truth.err))
                    fail_msg("%s | %s, zeta = %.17g: error %.3g, err %.3g", far_names[a],
                             far_names[b], zeta, ray_distance(&ray, &truth), ray.err);
            }
        }
    }
}

/* The state in closed form, or at another tolerance where there is none. */
static kz_ray reservoir(int P, kz_state state)
{
    kz_ray truth = xxz(P, state, state, 0, 1e-12);
    if (state.kind == KZ_STATE_UP || state.kind == KZ_STATE_DOWN) {
        truth.energy = cos(pi / P) / 4;
        truth.magnetization = state.kind == KZ_STATE_UP ? 0.5 : -0.5;
    }
    truth.energy_current = truth.spin_current = 0;
    return truth;
}

/* Left state | right state from the edge of the left one outwards. */
static void check_outside(int P, kz_state left, kz_state right, double fastest)
{
    kz_ray truth = reservoir(P, left);
    const double distance[] = {0, 1e-15, 1e-12, 1e-9, 1e-7, 1e-6, 1e-4, 0.05};
    for (size_t i = 0; i < sizeof distance / sizeof *distance; i++) {
        kz_ray ray = xxz(P, left, right, -fastest - distance[i], 1e-10);
        KZ_CHECK_CLOSE(ray_distance(&ray, &truth), 0, fmin(ray.err + truth.err, 1e-11));
        ray = xxz(P, right, left, fastest + distance[i], 1e-10);
        KZ_CHECK_CLOSE(ray_distance(&ray, &truth), 0, fmin(ray.err + truth.err, 1e-11));
    }
}

/* 2026-11-26: err was 7e-9 ... 1e-5 there. */
static void bug_outside_the_cone(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 6; P += P == 4 ? 2 : 1) {
        double gamma = pi / P, slow = 0.5 * pi * sin(gamma) / (pi - gamma);
        const kz_state up = kz_state_up(), down = kz_state_down(), top = kz_state_ceiling();
        check_outside(P, kz_state_ground(0), up, 0.5 * P * sin(gamma));
        check_outside(P, kz_state_ground(0), kz_state_ground(0.3), 0.5 * P * sin(gamma));
        check_outside(P, kz_state_ground(0), warm(2, 1), 0.5 * P * sin(gamma));
        check_outside(P, up, kz_state_ground(0), 1);
        check_outside(P, down, warm(2, 1), 1);
        check_outside(P, up, down, sin(gamma));
        check_outside(P, down, top, sin(gamma));
        check_outside(P, top, up, slow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_near_edges_of_polarised_states),
        cmocka_unit_test(error_near_edges_of_unpolarised_states),
        cmocka_unit_test(error_at_the_edge_of_the_domain_wall),
        cmocka_unit_test(bug_signs_in_tails_were_lost),
        cmocka_unit_test(bug_thermal_rays_beside_infinite_rapidity),
        cmocka_unit_test(bug_edge_of_the_ground_state),
        cmocka_unit_test(bug_error_of_d_beside_an_edge),
        cmocka_unit_test(bug_free_fermions_next_to_their_edge),
        cmocka_unit_test(bug_outside_the_cone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
