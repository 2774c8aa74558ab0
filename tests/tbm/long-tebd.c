/* Runs at the paper's size: minutes.  Free fermions, conservation laws, the exact domain wall. */
#include "tests/tbm/support.h"

enum { L = 140 };
static const double pi = 3.14159265358979323846;

/* Distances from the exact dynamics of one quench at Delta = 0, measured `times` times `gap` apart,
 * fall from cutoff to cutoff, of three; at the last, local observables are right to 1e-5, the
 * entropy to 1e-3. */
static void compare_with_free_fermions(kz_quench_kind initial, const double cutoffs[3], int times,
                                       double gap)
{
    double delta[L - 1], lambda[L - 1], before = INFINITY;
    kz_fermion_lattice *lattice;
    static profile exact, ours;
    kz_lattice_profile view = profile_view(&exact), our_view = profile_view(&ours);
    kz_dmrg_params dmrg = kz_dmrg_params_default();
    couplings(delta, L, 0.0, 0.0);
    quench_scale(lambda, L);
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, L, initial));
    for (size_t k = 0; k < 3; k++) {
        double worst = 0.0, entropy = 0.0;
        kz_mps *mps;
        kz_tebd *tebd;
        kz_tebd_params params = kz_tebd_params_default();
        params.cutoff = cutoffs[k];
        params.chi = 2000; /* never reached */
        if (initial == KZ_QUENCH_ENERGY)
            KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &dmrg));
        else
            KZ_CHECK_OK(kz_mps_create_domain_wall(&mps, L));
        KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
        for (int step = 1; step <= times; step++) {
            KZ_CHECK_OK(kz_tebd_advance(tebd, 0.2, (size_t)lround(gap / 0.2), NULL, NULL));
            KZ_CHECK_OK(kz_mps_measure(&our_view, mps, delta, 1));
            KZ_CHECK_OK(kz_fermion_lattice_measure(&view, lattice, gap * step));
            worst = kz_check_largest(worst, profile_distance(&ours, &exact, L));
            entropy = kz_check_largest(entropy, entropy_distance(&ours, &exact, L));
        }
        print_message("# cutoff %.1e: chi %zu, error %.2e, entropy %.2e, weight %.2e\n", cutoffs[k],
                      kz_mps_max_bond_dimension(mps), worst, entropy,
                      kz_tebd_truncation_total(tebd));
        assert_true(worst < before);
        assert_true(kz_mps_max_bond_dimension(mps) < params.chi);
        before = worst;
        if (k == 2) {
            KZ_CHECK_CLOSE(worst, 0.0, 1e-5);
            KZ_CHECK_CLOSE(entropy, 0.0, 1e-3);
        }
        kz_tebd_free(tebd);
        kz_mps_free(mps);
    }
    kz_fermion_lattice_free(lattice);
}

static void domain_wall_against_free_fermions(void **state)
{
    (void)state;
    const double cutoffs[] = {1e-7, 1e-9, 1e-11};
    compare_with_free_fermions(KZ_QUENCH_DOMAIN_WALL, cutoffs, 4, 10.0);
}

/* To t = 10 only: the Schmidt values of filled Fermi seas fall slowly, chi passes 1000 at t = 15.
 */
static void energy_quench_against_free_fermions(void **state)
{
    (void)state;
    const double cutoffs[] = {1e-5, 1e-7, 5e-10};
    compare_with_free_fermions(KZ_QUENCH_ENERGY, cutoffs, 2, 5.0);
}

/* One round: to 0.2 before its end, then three measurements 0.1 apart. */
static void evolve_round(profile p[3], kz_tebd *tebd, const kz_mps *mps, const double *delta,
                         size_t steps)
{
    KZ_CHECK_OK(kz_tebd_advance(tebd, 0.2, steps - 1, NULL, NULL));
    for (int k = 0; k < 3; k++) {
        kz_lattice_profile view = profile_view(&p[k]);
        if (k > 0) KZ_CHECK_OK(kz_tebd_advance(tebd, 0.1, 1, NULL, NULL));
        KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, 1));
    }
}

/* Norm, energy, S^z and both continuity equations to t = 40.  Discarding weight w changes an
 * expectation value of spread one by sqrt(2 w); central differences over 0.2 add 0.2^2/24 times a
 * third derivative of order one. */
static void conserve(kz_mps *mps, const double *delta, size_t chi, double cutoff)
{
    double start_energy = 0.0;
    kz_tebd *tebd;
    static profile p[3];
    kz_tebd_params params = kz_tebd_params_default();
    kz_lattice_profile view = profile_view(&p[0]);
    params.cutoff = cutoff;
    params.chi = chi;
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
    KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, 1));
    for (size_t i = 0; i + 1 < L; i++)
        start_energy += p[0].energy[i];
    for (int round = 0; round < 4; round++) {
        evolve_round(p, tebd, mps, delta, 50);
        double energy = 0.0, spin = 0.0, spin_error = 0.0, energy_error = 0.0, norm;
        double bound = sqrt(2.0 * kz_tebd_truncation_total(tebd));
        for (size_t i = 0; i < L; i++) {
            spin += p[2].magnetization[i];
            if (i + 1 < L) energy += p[2].energy[i];
            if (i == 0 || i + 2 >= L) continue;
            double rate = (p[2].magnetization[i] - p[0].magnetization[i]) / 0.2;
            double flow = p[1].spin_current[i - 1] - p[1].spin_current[i];
            spin_error = kz_check_largest(spin_error, fabs(rate - flow));
            rate = (p[2].energy[i] - p[0].energy[i]) / 0.2;
            flow = p[1].link[i] - p[1].link[i + 1];
            energy_error = kz_check_largest(energy_error, fabs(rate - flow));
        }
        KZ_CHECK_OK(kz_mps_norm(&norm, mps));
        print_message("# t %.0f: chi %zu, norm %.1e, energy %.1e, spin %.1e, continuity %.1e and "
                      "%.1e (bound %.1e), worst excess %.1e\n",
                      kz_tebd_time(tebd), kz_mps_max_bond_dimension(mps), norm - 1.0,
                      energy - start_energy, spin, spin_error, energy_error, bound,
                      kz_tebd_worst_excess(tebd));
        KZ_CHECK_CLOSE(norm, 1.0, fmin(bound, 1e-6)); /* each update normalises */
        KZ_CHECK_CLOSE(energy, start_energy, bound);
        KZ_CHECK_CLOSE(spin, 0.0, bound);
        KZ_CHECK_CLOSE(spin_error, 0.0, bound + 2e-3);
        KZ_CHECK_CLOSE(energy_error, 0.0, bound + 2e-3);
        assert_true(kz_tebd_worst_excess(tebd) < 0.5); /* what a sector is redone for */
    }
    kz_tebd_free(tebd);
}

static void domain_wall_keeps_what_is_conserved(void **state)
{
    (void)state;
    double delta[L - 1];
    kz_mps *mps;
    couplings(delta, L, 0.0, 0.70710678118654752440);
    KZ_CHECK_OK(kz_mps_create_domain_wall(&mps, L));
    conserve(mps, delta, 300, 1e-8);
    kz_mps_free(mps);
}

/* At a bond dimension far too small: the bound holds all the same. */
static void energy_quench_keeps_what_is_conserved(void **state)
{
    (void)state;
    double delta[L - 1], lambda[L - 1];
    kz_mps *mps;
    kz_dmrg_params params = kz_dmrg_params_default();
    couplings(delta, L, 0.0, 0.70710678118654752440);
    quench_scale(lambda, L);
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params));
    conserve(mps, delta, 100, 1e-8);
    kz_mps_free(mps);
}

/* Largest distance of a magnetization from -(P/2 pi) arcsin(x/t) where |x/t| < edge. */
static double distance_from_arcsine(const profile *p, int P, double t, double edge)
{
    double worst = 0.0;
    for (size_t i = 0; i < L; i++) {
        double zeta = ((double)i - L / 2 + 0.5) / t;
        if (fabs(zeta) > edge) continue;
        worst = kz_check_largest(worst, fabs(p->magnetization[i] + P / (2.0 * pi) * asin(zeta)));
    }
    return worst;
}

/* Homogeneous gamma = pi/P: S(x/t) = -(P/2 pi) arcsin(x/t), J^M(0) = (P/2 pi)(1 - cos(pi/P))
 * (collura2018).  At finite time the profile is a staircase that wiggles about it by less than
 * t^(-1/2); the laws of other P are farther. */
static void domain_wall_approaches_its_closed_form(void **state)
{
    (void)state;
    for (int P = 3; P <= 4; P++) {
        double delta[L - 1], t = 30.0, edge = 0.9 * sin(pi / P);
        kz_mps *mps;
        kz_tebd *tebd;
        profile p;
        kz_lattice_profile view = profile_view(&p);
        kz_tebd_params params = kz_tebd_params_default();
        params.cutoff = 1e-7;
        couplings(delta, L, cos(pi / P), cos(pi / P));
        KZ_CHECK_OK(kz_mps_create_domain_wall(&mps, L));
        KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
        KZ_CHECK_OK(kz_tebd_advance(tebd, 0.2, 150, NULL, NULL));
        KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, 1));
        double current = P / (2.0 * pi) * (1.0 - cos(pi / P));
        double worst = distance_from_arcsine(&p, P, t, edge);
        double below = distance_from_arcsine(&p, P - 1, t, edge);
        double above = distance_from_arcsine(&p, P + 1, t, edge);
        print_message("# P = %d: profile off by %.3f (by %.3f and %.3f from those of P - 1 and "
                      "P + 1), current %.4f, exact %.4f\n",
                      P, worst, below, above, p.spin_current[L / 2 - 1], current);
        KZ_CHECK_CLOSE(worst, 0.0, 0.3 / sqrt(t));
        assert_true(2.0 * worst < fmin(below, above));
        KZ_CHECK_CLOSE(p.spin_current[L / 2 - 1], current, 0.02);
        kz_tebd_free(tebd);
        kz_mps_free(mps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domain_wall_against_free_fermions),
        cmocka_unit_test(energy_quench_against_free_fermions),
        cmocka_unit_test(domain_wall_keeps_what_is_conserved),
        cmocka_unit_test(energy_quench_keeps_what_is_conserved),
        cmocka_unit_test(domain_wall_approaches_its_closed_form),
    };
    return cmocka_run_group_tests_name("long-tebd", tests, NULL, NULL);
}
