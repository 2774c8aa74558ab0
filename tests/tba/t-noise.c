/* Noise of energy and spin in equilibrium; tests/ghd/t-noise has the second engine. */
#include <kapitza/fermion.h>
#include <kapitza/ghd.h>

#include "support/thermo.h"

static const double pi = 3.14159265358979323846;

static kz_thermo noise_of(kz_chain chain, double beta, double mu, double tol)
{
    kz_thermo out = {0};
    kz_state state = kz_state_thermal(beta, mu);
    KZ_CHECK_OK(kz_thermo_compute(&out, chain, &state, tol));
    return out;
}

/* Free fermions at beta = 0, n(1 - n) = 1/(4 cosh^2(mu/2)): int dk/2pi |sin k| = 2/pi and
 * int dk/2pi |sin k| cos^2 k = 2/3pi. */
static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    const double mu[] = {0, 0.7, -3};
    for (size_t i = 0; i < 3; i++) {
        double c = cosh(0.5 * mu[i]), w = 0.25 / (c * c);
        const kz_thermo t[] = {noise_of(kz_chain_xx(), 0, mu[i], 1e-13),
                               noise_of(kz_chain_xxz(2), 0, mu[i], 1e-13)};
        for (int k = 0; k < 2; k++) {
            KZ_CHECK_CLOSE(t[k].spin_noise, 2 / pi * w, 2e-13);
            KZ_CHECK_CLOSE(t[k].energy_noise, 2 / (3 * pi) * w, 2e-13);
        }
    }
}

/* Levitov and Lesovik at unit transmission, second cumulant: with ln(1 + n_L(e^{lambda q} - 1)) +
 * ln(1 + n_R(e^{-lambda q} - 1)) of equal sides it is 2 n(1 - n) q^2, over dk/2pi v = d energy/2pi.
 * The integral over energies by Simpson's rule shares no node with the library. */
static void exact_levitov_lesovik(void **unused)
{
    (void)unused;
    enum { N = 4000 };
    const double point[][2] = {{1, 0.5}, {-3, 0.2}, {8, -4}};
    for (size_t i = 0; i < 3; i++) {
        double beta = point[i][0], mu = point[i][1], spin = 0, energy = 0;
        for (int k = 0; k <= N; k++) {
            double e = -1 + 2.0 * k / N, c = cosh(0.5 * (beta * e - mu));
            double weight = (k % N == 0 ? 1 : k % 2 ? 4 : 2) * 2.0 / (3 * N);
            spin += weight * 2 * 0.25 / (c * c) / (2 * pi);
            energy += weight * 2 * 0.25 / (c * c) * e * e / (2 * pi);
        }
        kz_thermo t = noise_of(kz_chain_xx(), beta, mu, 1e-13);
        /* step^4/180 times fourth derivatives up to beta^4 */
        double tol = 1e-14 + 1e-13 * pow(beta, 4);
        KZ_CHECK_CLOSE(t.spin_noise, spin, tol);
        KZ_CHECK_CLOSE(t.energy_noise, energy, tol);
    }
}

/* P = 3, beta = 1, mu = 0.5 from another program, which was checked to 1e-7; its energy noise is
 * off by 1.6e-10 against both engines. */
static void exact_published(void **unused)
{
    (void)unused;
    kz_thermo t = noise_of(kz_chain_xxz(3), 1, 0.5, 1e-12);
    KZ_CHECK_CLOSE(t.energy_noise, 0.0755034179, 1e-9);
    KZ_CHECK_CLOSE(t.spin_noise, 0.1001821764, 1e-9);
}

/* Luttinger liquids, K = pi/2(pi - gamma) at the ground state and pi/2 gamma at the ceiling: energy
 * pi T^3/3, spin K T/pi.  At the ground state of gamma = pi/P the corrections are of relative order
 * T^2 and T^{4/(P - 1)} for the energy and T^{2/(P - 1)} for the spin, as those of its Drude weight
 * K v T/pi; at the ceiling the heavier strings freeze out, and the spin has none. */
static void exact_low_temperature(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 4; P++) {
        double g = pi / P;
        for (double beta = 50; beta < 1000; beta *= 8) {
            double T = 1 / beta, energy = pi / 3 * T * T * T;
            kz_thermo cold = noise_of(kz_chain_xxz(P), beta, 0, 1e-12);
            kz_thermo top = noise_of(kz_chain_xxz(P), -beta, 0, 1e-12);
            double K = pi / (2 * (pi - g)), digits = 1e-12 / energy;
            KZ_CHECK_CLOSE(cold.energy_noise / energy, 1,
                           2 * pow(T, 4.0 / (P - 1)) + 20 * T * T + digits);
            KZ_CHECK_CLOSE(top.energy_noise / energy, 1, 20 * T * T + digits);
            KZ_CHECK_CLOSE(cold.spin_noise / (K * T / pi), 1, pow(T, 2.0 / (P - 1)));
            KZ_CHECK_CLOSE(top.spin_noise / (0.5 * T / g), 1, 1e-9 + 1e-12 / T);
        }
    }
}

/* A small step drives a current of half the noise: beta -+ x on the sides give x times the energy
 * noise, mu +- x the spin noise, up to x^3.  The ray solver shares no sum with this. */
static void property_fluctuation_and_response(void **unused)
{
    (void)unused;
    static const struct {
        int P, Q;
    } chains[] = {{3, 1}, {5, 2}, {7, 5}, {6, 1}};
    const double x = 1e-4;
    for (int i = 0; i < 4; i++) {
        double beta = 0.9 - 0.5 * i, mu = 0.3 * i;
        kz_chain chain = kz_chain_rational(chains[i].P, chains[i].Q);
        kz_thermo t = noise_of(chain, beta, mu, 1e-12);
        for (int spin = 0; spin < 2; spin++) {
            kz_state left = kz_state_thermal(beta - (spin ? 0 : x), mu + (spin ? x : 0));
            kz_state right = kz_state_thermal(beta + (spin ? 0 : x), mu - (spin ? x : 0));
            kz_options options = kz_options_default();
            kz_bipartition *b;
            kz_ray ray;
            options.tol = 1e-12;
            KZ_CHECK_OK(kz_bipartition_create(&b, chain, &left, &right, &options));
            KZ_CHECK_OK(kz_bipartition_rays(&ray, b, (const double[]){0}, 1, &options));
            kz_bipartition_free(b);
            KZ_CHECK_CLOSE((spin ? ray.spin_current : ray.energy_current) / x,
                           spin ? t.spin_noise : t.energy_noise, 1e-12 / x + 10 * x * x);
        }
    }
}

/* U(t) of docs/delta.md. */
static double chain_of_strings(double kappa, int t)
{
    return kappa == 0 ? t : sinh(kappa * t) / sinh(kappa);
}

/* d ln eta_n/dmu, eta_n = U_n U_{n+2}. */
static double dressed_spin(double kappa, int n)
{
    if (kappa == 0) return 0;
    return 0.5 * (n / tanh(kappa * n) + (n + 2) / tanh(kappa * (n + 2)) - 2 / tanh(kappa));
}

/* U_2 rho^t_n = U_{n+1} (a_n/U_n - a_{n+2}/U_{n+2}), a_n = sinh(n phi)/pi(cosh(n phi) - cos 2l). */
static double hot_density(double phi, double kappa, int n, double cos_2lambda)
{
    double a = sinh(n * phi) / (pi * (cosh(n * phi) - cos_2lambda));
    double b = sinh((n + 2) * phi) / (pi * (cosh((n + 2) * phi) - cos_2lambda));
    return chain_of_strings(kappa, n + 1) / chain_of_strings(kappa, 2) *
           (a / chain_of_strings(kappa, n) - b / chain_of_strings(kappa, n + 2));
}

/* |Delta| > 1 at beta = 0: fillings 1/U_{n+1}^2 and dressed spins are constants, densities follow
 * in Fourier space, and v rho^t = -(sinh phi/2) d rho^t/dlambda is of one sign on either side of 0,
 * so that the integrals of |v| rho^t and of |v| rho^t (pi sinh phi rho^t)^2 are differences. */
static void exact_gapped(void **unused)
{
    (void)unused;
    const double delta[] = {1.2, 1.5, -3}, mu[] = {0, 0.5, -1.3};
    for (int i = 0; i < 9; i++) {
        double phi = acosh(fabs(delta[i / 3])), kappa = 0.5 * fabs(mu[i % 3]);
        double energy = 0, spin = 0;
        for (int n = 1; n * phi < 40; n++) {
            double U = chain_of_strings(kappa, n + 1), q = (1 - 1 / (U * U)) / (U * U);
            double high = hot_density(phi, kappa, n, 1), low = hot_density(phi, kappa, n, -1);
            double carried = dressed_spin(kappa, n), scale = pi * sinh(phi);
            spin += q * sinh(phi) * (high - low) * carried * carried;
            energy += q * sinh(phi) * scale * scale / 3 * (pow(high, 3) - pow(low, 3));
        }
        kz_thermo t = noise_of(kz_chain_axial(delta[i / 3]), 0, mu[i % 3], 1e-11);
        KZ_CHECK_CLOSE_REL(t.energy_noise, energy, 1e-11);
        KZ_CHECK_CLOSE_REL(t.spin_noise, spin, 1e-11);
    }
}

/* The same at Delta = +-1, a_n = n/2 pi(l^2 + n^2/4): a power of n at mu = 0, and 1/|mu| strings.
 */
static void exact_isotropic(void **unused)
{
    (void)unused;
    const double mu[] = {0, 2, -0.5, 0.04, 1e-3};
    for (int i = 0; i < 5; i++) {
        double kappa = 0.5 * fabs(mu[i]), energy = 0, spin = 0;
        for (int n = 1; n < 40 / (kappa > 0 ? kappa : 0.1); n++) {
            double U = chain_of_strings(kappa, n + 1), q = (1 - 1 / (U * U)) / (U * U);
            double below = 2 / (pi * n * chain_of_strings(kappa, n));
            double above = 2 / (pi * (n + 2) * chain_of_strings(kappa, n + 2));
            double rho = U / chain_of_strings(kappa, 2) * (below - above);
            double carried = dressed_spin(kappa, n);
            spin += q * rho * carried * carried;
            energy += q * pi * pi / 3 * rho * rho * rho;
        }
        kz_thermo t = noise_of(kz_chain_axial(i % 2 ? -1 : 1), 0, mu[i], 1e-7);
        KZ_CHECK_CLOSE(t.energy_noise, energy, t.err + 1e-15);
        KZ_CHECK_CLOSE(t.spin_noise, spin, t.err + 1e-15);
    }
}

/* Half filling: no string carries spin at any temperature. */
static void edge_gapped(void **unused)
{
    (void)unused;
    KZ_CHECK_CLOSE(noise_of(kz_chain_axial(1.5), 0.7, 0, 1e-11).spin_noise, 0, 1e-15);
}

static void edge_pure_states(void **unused)
{
    (void)unused;
    const kz_state pure[] = {kz_state_ground(0), kz_state_ground(0.3), kz_state_ceiling(),
                             kz_state_up()};
    for (int P = 0; P < 5; P += 4) {
        for (size_t i = 0; i < 4; i++) {
            kz_thermo t = {.energy_noise = NAN, .spin_noise = NAN};
            kz_chain chain = P ? kz_chain_xxz(P) : kz_chain_xx();
            KZ_CHECK_OK(kz_thermo_compute(&t, chain, &pure[i], 1e-10));
            KZ_CHECK_CLOSE(t.energy_noise, 0, 0);
            KZ_CHECK_CLOSE(t.spin_noise, 0, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(exact_levitov_lesovik),
        cmocka_unit_test(exact_published),
        cmocka_unit_test(exact_low_temperature),
        cmocka_unit_test(property_fluctuation_and_response),
        cmocka_unit_test(exact_gapped),
        cmocka_unit_test(exact_isotropic),
        cmocka_unit_test(edge_gapped),
        cmocka_unit_test(edge_pure_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
