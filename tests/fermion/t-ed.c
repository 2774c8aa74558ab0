/* Exact diagonalisation: the oracle against what is known exactly, the library against the oracle.
 * (The lattice is compared with it in t-lattice.) */
#include "support/ed.h"
#include "support/thermo.h"

#include <kapitza/fermion.h>

static const double pi = 3.14159265358979323846;
static const double ln2 = 0.693147180559945309417;

/* Translation-invariant traces of powers of H over 2^L fix the expansion around beta = 0 for any
 * Delta and L > 3: e = -beta (2 + D^2)/16 - 3 D beta^2/64. */
static void oracle_moments(void **unused)
{
    (void)unused;
    const double delta[] = {0.0, 0.5, -0.3, 1.0};
    for (size_t i = 0; i < 4; i++) {
        ed_spectrum *spectrum = ed_spectrum_create(8, delta[i]);
        kz_thermo t = ed_spectrum_thermo(spectrum, 0.0, 0.0);
        KZ_CHECK_CLOSE(t.ln_z, ln2, 1e-14);
        KZ_CHECK_CLOSE(t.energy, 0.0, 1e-14);
        KZ_CHECK_CLOSE(t.energy_beta, -(2 + delta[i] * delta[i]) / 16, 1e-14);
        KZ_CHECK_CLOSE(t.susceptibility, 0.25, 1e-14);
        double b = 1e-3; /* even part of the energy; b^4 remains */
        double even = 0.5 * (ed_spectrum_thermo(spectrum, b, 0).energy +
                             ed_spectrum_thermo(spectrum, -b, 0).energy);
        KZ_CHECK_CLOSE(even, -3 * delta[i] * b * b / 64, 1e-12);
        /* e = Delta s^2 at beta = 0 */
        kz_thermo f = ed_spectrum_thermo(spectrum, 0.0, 0.8);
        KZ_CHECK_CLOSE(f.magnetization, 0.5 * tanh(0.4), 1e-14);
        KZ_CHECK_CLOSE(f.energy, delta[i] * f.magnetization * f.magnetization, 1e-14);
        ed_spectrum_free(spectrum);
    }
    ed_spectrum *ring = ed_spectrum_create(4, 1.0); /* Heisenberg: -2 and L/4 */
    KZ_CHECK_CLOSE(ed_spectrum_energy_min(ring), -2.0, 1e-14);
    KZ_CHECK_CLOSE(ed_spectrum_energy_max(ring), 1.0, 1e-14);
    ed_spectrum_free(ring);
}

/* Delta = 0: even and odd numbers of up spins are fermions with antiperiodic and periodic boundary
 * conditions, Z = 1/2 (prod+ (1 + z) + prod+ (1 - z) + prod- (1 + z) - prod- (1 - z)). */
static double ln_z_of_ring(int L, double beta, double mu)
{
    double product[2][2] = {{1, 1}, {1, 1}};
    for (int i = 0; i < L; i++)
        for (int odd = 0; odd < 2; odd++) {
            double z = exp(mu - beta * cos(2 * pi * (i + (odd ? 0.0 : 0.5)) / L));
            product[odd][0] *= 1 + z;
            product[odd][1] *= 1 - z;
        }
    double sum = product[0][0] + product[0][1] + product[1][0] - product[1][1];
    return log(0.5 * sum) / L - 0.5 * mu;
}

static void oracle_free_fermions(void **unused)
{
    (void)unused;
    const double point[5][2] = {{0.7, 0}, {-2, 0.4}, {5, -1}, {-9, -3}, {1, 6}};
    for (int L = 6; L <= 14; L += 4) {
        ed_spectrum *ring = ed_spectrum_create(L, 0.0);
        for (size_t i = 0; i < 5; i++)
            KZ_CHECK_CLOSE(ed_spectrum_thermo(ring, point[i][0], point[i][1]).ln_z,
                           ln_z_of_ring(L, point[i][0], point[i][1]), 1e-13);
        ed_spectrum_free(ring);
    }
}

/* The ring of L spins is free fermions with boundary conditions set by their parity, which leaves
 * two kinds of terms: aliases exp(-L kappa), kappa the distance of the poles of the occupation,
 * and the parity projection exp(L <ln |tanh(x/2)|>). */
static double finite_size(int L, double beta, double mu)
{
    double parity = 0.0, kappa = asinh(pi / fabs(beta));
    for (int i = 0; i < 4096; i++) {
        double x = -beta * cos(2 * pi * (i + 0.5) / 4096) - mu;
        parity += log(fabs(tanh(0.5 * x))) / 4096;
    }
    return exp(L * parity) + exp(-L * kappa);
}

static void property_agrees_with_ed(void **unused)
{
    (void)unused;
    const int L = 14;
    const double point[8][2] = {{0, 0.9},    {0.3, 0},     {1, 0},      {-1, 0},
                                {-1.2, 0.3}, {0.8, -0.25}, {-0.5, 0.6}, {1.5, 0.1}};
    ed_spectrum *ring = ed_spectrum_create(L, 0.0);
    for (size_t i = 0; i < 8; i++) {
        double beta = point[i][0], mu = point[i][1];
        kz_state state = kz_state_thermal(beta, mu);
        kz_thermo chain, finite = ed_spectrum_thermo(ring, beta, mu);
        KZ_CHECK_OK(kz_fermion_thermo(&chain, &state));
        /* second derivatives of the sum over L bring L^2/L and squared slopes of the exponents */
        double tol = beta == 0 ? 1e-13 : 1e-13 + L * L * finite_size(L, beta, mu);
        assert_true(tol < 1e-4);
        KZ_CHECK_THERMO(&chain, &finite, KZ_THERMO_MOMENTS, tol);
    }
    ed_spectrum_free(ring);
}

/* Bethe ansatz of the infinite chain (takahashi1999) at gamma = pi/4: numbers of two independent
 * solvers; 14 sites come within exp(-14/xi). */
static void oracle_thermodynamics(void **unused)
{
    (void)unused;
    ed_spectrum *ring = ed_spectrum_create(14, sqrt(0.5));
    kz_thermo a = ed_spectrum_thermo(ring, 1.0, 0.7), b = ed_spectrum_thermo(ring, -1.0, 0.5);
    KZ_CHECK_CLOSE(a.ln_z, 0.8160358968, 1e-7);
    KZ_CHECK_CLOSE(a.energy, -0.149250518, 1e-6);
    KZ_CHECK_CLOSE(a.magnetization, 0.109488756, 1e-6);
    KZ_CHECK_CLOSE(b.ln_z, 0.797396370, 1e-7);
    KZ_CHECK_CLOSE(b.energy, 0.122751734, 1e-6);
    KZ_CHECK_CLOSE(b.magnetization, 0.152558282, 1e-6);
    ed_spectrum_free(ring);
}

/* Continuity in an open chain with unequal bonds, rates by central differences of eighth order. */
static void oracle_continuity(void **unused)
{
    (void)unused;
    enum { L = 8, STATES = 70 };
    const double delta[L - 1] = {0, 0, 0, 0, 0.5, 0.5, -0.7};
    const double c[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280}, dt = 0.03;
    double complex initial[STATES], state[STATES];
    ed_chain *chain = ed_chain_create(L, L / 2, delta, NULL);
    assert_int_equal(ed_chain_dimension(chain), STATES);
    ed_chain_product_state(initial, chain, 0x0F);
    ed_chain_evolve(initial, chain, initial, 1.7);
    double energy[L], link[L], spin[L], current[L], energy_rate[L] = {0}, spin_rate[L] = {0};
    kz_lattice_profile densities = {.energy = energy, .magnetization = spin};
    kz_lattice_profile all = {
        .energy = energy, .energy_current_link = link, .spin_current = current};
    for (int k = -4; k <= 4; k++) {
        if (k == 0) continue;
        ed_chain_evolve(state, chain, initial, k * dt);
        ed_chain_measure(&densities, chain, state);
        double weight = (k > 0 ? c[k - 1] : -c[-k - 1]) / dt;
        for (int i = 0; i < L; i++) {
            energy_rate[i] += weight * energy[i];
            spin_rate[i] += weight * spin[i];
        }
    }
    ed_chain_measure(&all, chain, initial);
    double total = energy[0];
    for (int i = 1; i < L - 1; i++) { /* 1e-15/dt; dt^8/630 times a ninth derivative below 1e3 */
        KZ_CHECK_CLOSE(spin_rate[i], current[i - 1] - current[i], 1e-12);
        if (i < L - 2) KZ_CHECK_CLOSE(energy_rate[i], link[i] - link[i + 1], 1e-12);
        total += energy[i];
    }
    KZ_CHECK_CLOSE(total, 0.25 * (0.5 + 0.5 - 0.7), 1e-14); /* delta/4, and 0 at the wall */
    ed_chain_free(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oracle_moments),          cmocka_unit_test(oracle_free_fermions),
        cmocka_unit_test(oracle_thermodynamics),   cmocka_unit_test(oracle_continuity),
        cmocka_unit_test(property_agrees_with_ed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
