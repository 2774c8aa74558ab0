/* Thermodynamics of XXZ chains: tables, closed forms, identities, exact diagonalisation. */
#include "support/check.h"

#include <string.h>

#include <kapitza/fermion.h>
#include <kapitza/thermo.h>

#include "core/memory.h"
#include "support/ed.h"
#include "support/reference.h"
#include "tba/equilibrium.h"

static const double pi = 3.14159265358979323846;
static const double ln2 = 0.693147180559945309417;

static kz_thermo thermo(int P, kz_state state, double tol)
{
    kz_thermo out = {0};
    KZ_CHECK_OK(kz_thermo_compute(&out, kz_chain_xxz(P), &state, tol));
    assert_true(out.err >= 0 && out.err <= tol);
    return out;
}

static kz_thermo thermal(int P, double beta, double mu, double tol)
{
    return thermo(P, kz_state_thermal(beta, mu), tol);
}

/* Every number with its name in messages; free_energy is left out where it has no value. */
enum { NUMBERS = 12 };

static void list(double out[NUMBERS], const kz_thermo *t)
{
    const double all[NUMBERS] = {t->ln_z,
                                 t->beta == 0 ? 0 : t->free_energy,
                                 t->energy,
                                 t->magnetization,
                                 t->entropy,
                                 t->heat_capacity,
                                 t->susceptibility,
                                 t->energy_beta,
                                 t->magnetization_beta,
                                 t->drude_spin,
                                 t->drude_energy,
                                 t->drude_cross};
    memcpy(out, all, sizeof all);
}

static const char *const NAME[NUMBERS] = {"ln_z",           "free_energy",  "energy",
                                          "magnetization",  "entropy",      "heat_capacity",
                                          "susceptibility", "energy_beta",  "magnetization_beta",
                                          "drude_spin",     "drude_energy", "drude_cross"};

static void check_same(const kz_thermo *a, const kz_thermo *b, double tol, int numbers)
{
    double first[NUMBERS], second[NUMBERS];
    list(first, a);
    list(second, b);
    for (int i = 0; i < numbers; i++)
        kz_check_close_at(first[i], second[i], tol * kz_check_scale(second[i]), NAME[i], __FILE__,
                          __LINE__);
}

/* -- exact ----------------------------------------------------------------------------------- */

static void exact_reference_table(void **unused)
{
    (void)unused;
    FILE *file = kz_reference_open("thermo_reference.tsv");
    kz_reference_row row;
    int rows = 0;
    assert_true(kz_reference_next(&row, file));
    while (kz_reference_next(&row, file)) {
        double beta = kz_reference_number(&row, 1), mu = kz_reference_number(&row, 2);
        kz_thermo t = thermal((int)kz_reference_number(&row, 0), beta, mu, 1e-12);
        const double actual[8] = {t.ln_z,       t.energy,        t.magnetization,
                                  t.entropy,    t.heat_capacity, t.susceptibility,
                                  t.drude_spin, t.drude_energy};
        /* both errors and the last of 14 printed digits */
        double tol = t.err + kz_reference_number(&row, 11) + 1e-13;
        for (int i = 0; i < 8; i++)
            KZ_CHECK_CLOSE_REL(actual[i], kz_reference_number(&row, 3 + i), tol);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 41);
}

/* Values found by independent implementations before this one, to the digits known. */
static void exact_published(void **unused)
{
    (void)unused;
    kz_thermo a = thermal(4, 1, 0.7, 1e-12), b = thermal(4, -1, 0.5, 1e-12);
    KZ_CHECK_CLOSE(a.energy, -0.149250518, 6e-10);
    KZ_CHECK_CLOSE(a.magnetization, 0.109488756, 6e-10);
    KZ_CHECK_CLOSE(a.ln_z, 0.8160358968, 6e-11);
    KZ_CHECK_CLOSE(b.energy, 0.122751734, 6e-10);
    KZ_CHECK_CLOSE(b.magnetization, 0.152558282, 6e-10);
    KZ_CHECK_CLOSE(b.ln_z, 0.797396370, 6e-10);
    KZ_CHECK_CLOSE(thermo(4, kz_state_ground(0.8), 1e-12).energy, -0.3474254952, 6e-11);
    KZ_CHECK_CLOSE(thermo(4, kz_state_ground(0.8), 1e-12).magnetization, 0.1310167481, 6e-11);
}

/* beta = 0: independent spins.  -de/dbeta is the variance of h_n + 2 Cov(h_n, h_{n+1}), with
 * s = <Sz>: (1/8 - s^2... ) worked out below from single-spin traces. */
static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    const double mu[] = {0, 1e-7, 0.7, -2, 5, -30};
    for (int P = 2; P <= 8; P += 2) {
        double D = cos(pi / P);
        for (size_t i = 0; i < 6; i++) {
            double half = 0.5 * mu[i], size = fabs(half), s = 0.5 * tanh(half);
            double ln_cosh = size + log1p(exp(-2 * size)) - ln2, tol = 2e-12;
            kz_thermo t = thermal(P, 0, mu[i], 1e-12);
            KZ_CHECK_CLOSE_REL(t.ln_z, ln2 + ln_cosh, tol);
            KZ_CHECK_NAN(t.free_energy);
            KZ_CHECK_CLOSE(t.energy, D * s * s, tol);
            KZ_CHECK_CLOSE(t.magnetization, s, tol);
            KZ_CHECK_CLOSE_REL(t.entropy, ln2 + ln_cosh - mu[i] * s, tol);
            double chi = 0.25 - s * s;
            KZ_CHECK_CLOSE(t.susceptibility, chi, tol);
            KZ_CHECK_CLOSE(t.heat_capacity, mu[i] * mu[i] * chi,
                           tol * fmax(1, mu[i] * mu[i] * chi));
            /* dm/dbeta = -d(D s^2)/dmu */
            KZ_CHECK_CLOSE(t.magnetization_beta, -2 * D * s * chi, tol);
            /* <(SxSx + SySy)^2> = (1 - 4 s^2)/8, D^2 (1/16 - s^4), neighbours 2 D^2 s^2 chi;
             * the xy part has no correlation with the others */
            double variance =
                (1 - 4 * s * s) / 8 + D * D * (1.0 / 16 - s * s * s * s) + 2 * D * D * s * s * chi;
            KZ_CHECK_CLOSE(t.energy_beta, -variance, tol);
        }
    }
}

static void exact_infinite_temperature_drude(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 12; P++) {
        double D = cos(pi / P);
        kz_thermo t = thermal(P, 0, 0, 1e-12);
        KZ_CHECK_CLOSE(t.drude_spin, 0.125 * (1 - P / (2 * pi) * sin(2 * pi / P)), 2e-12);
        KZ_CHECK_CLOSE(t.drude_energy, (1 + 2 * D * D) / 32, 2e-12);
        KZ_CHECK_CLOSE(t.drude_cross, 0, 2e-12);
    }
}

static void exact_high_temperature(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 6; P++) {
        double D = cos(pi / P), b = 2e-3;
        kz_thermo plus = thermal(P, b, 0, 1e-13), minus = thermal(P, -b, 0, 1e-13);
        /* odd and even parts in beta, with their next terms b^3 k4/6 and b^4 k5/24 as tolerance */
        KZ_CHECK_CLOSE(0.5 * (plus.energy - minus.energy), -b * (2 + D * D) / 16, 3e-10);
        KZ_CHECK_CLOSE(0.5 * (plus.energy + minus.energy), -3 * D * b * b / 64, 1e-12);
        KZ_CHECK_CLOSE(0.5 * (plus.energy_beta + minus.energy_beta), -(2 + D * D) / 16, 5e-7);
        KZ_CHECK_CLOSE(0.5 * (plus.energy_beta - minus.energy_beta), -6 * D * b / 64, 2e-9);
        /* entropy = ln 2 - b^2/2 of the variance */
        KZ_CHECK_CLOSE(0.5 * (plus.entropy + minus.entropy), ln2 - b * b * (2 + D * D) / 32, 1e-11);
    }
}

/* e = e0 + pi T^2/6v in both limits; what follows is of relative order T^(4/(P-1)) for the first
 * and T^2 or T^(4(P-1)...) for the second, so that the approach is measured, not assumed. */
static void exact_low_temperature(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 4; P++) {
        kz_chain chain = kz_chain_xxz(P);
        double g = pi / P;
        for (int sign = -1; sign <= 1; sign += 2) {
            double v = 0.5 * pi * sin(g) / (sign > 0 ? g : pi - g), last = INFINITY;
            double edge = sign > 0 ? kz_chain_energy_min(chain) : kz_chain_energy_max(chain);
            for (double beta = 50; beta < 1000; beta *= 4) {
                double T = 1 / beta;
                kz_thermo t = thermal(P, sign * beta, 0, 1e-12);
                double ratio = sign * (t.energy - edge) / (pi * T * T / (6 * v));
                KZ_CHECK_CLOSE(ratio, 1, fmin(last, 5e-3)); /* nearer at each step */
                KZ_CHECK_CLOSE(t.entropy / (pi * T / (3 * v)), 1, 5e-3);
                KZ_CHECK_CLOSE(t.heat_capacity / (pi * T / (3 * v)), 1, 1e-2);
                KZ_CHECK_CLOSE(t.drude_energy / (pi * v / 3 * T * T * T), 1, 2e-2);
                last = fabs(ratio - 1) + 1e-12 / (T * T);
            }
            assert_true(last < 2e-4);
        }
    }
    /* The ratio by independent implementations: 1.0016 and 0.9993 at |beta| = 50, P = 4; 1.0027 and
     * 0.975 at P = 6 */
    const double printed[2][2] = {{0.9993, 1.0016}, {0.975, 1.0027}};
    for (int i = 0; i < 2; i++) {
        int P = i == 0 ? 4 : 6;
        kz_chain chain = kz_chain_xxz(P);
        double g = pi / P, T = 1.0 / 50;
        double low = (thermal(P, 50, 0, 1e-12).energy - kz_chain_energy_min(chain)) * 3 * sin(g) /
                     (g * T * T);
        double high = (kz_chain_energy_max(chain) - thermal(P, -50, 0, 1e-12).energy) * 3 * sin(g) /
                      ((pi - g) * T * T);
        KZ_CHECK_CLOSE(high, printed[i][0], i == 0 ? 5.1e-5 : 5.1e-4);
        KZ_CHECK_CLOSE(low, printed[i][1], 5.1e-5);
    }
}

static void exact_free_fermions(void **unused)
{
    (void)unused;
    uint64_t seed = 12;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 25; i++) {
        kz_state state =
            kz_state_thermal(kz_check_uniform(&seed, -6, 6), kz_check_uniform(&seed, -6, 6));
        kz_thermo xx, xxz = thermo(2, state, 1e-13);
        KZ_CHECK_OK(kz_fermion_thermo(&xx, &state));
        check_same(&xxz, &xx, 1e-12, NUMBERS);
    }
    const kz_state limits[] = {kz_state_ground(0),   kz_state_ground(0.4), kz_state_ground(-0.9),
                               kz_state_ground(1.5), kz_state_ceiling(),   kz_state_up(),
                               kz_state_down()};
    for (size_t i = 0; i < 7; i++) {
        kz_thermo xx, xxz = thermo(2, limits[i], 1e-13);
        KZ_CHECK_OK(kz_fermion_thermo(&xx, &limits[i]));
        KZ_CHECK_CLOSE(xxz.energy, xx.energy, 1e-12);
        KZ_CHECK_CLOSE(xxz.magnetization, xx.magnetization, 1e-12);
        assert_true(isnan(xxz.free_energy) == isnan(xx.free_energy));
        if (!isnan(xx.free_energy)) KZ_CHECK_CLOSE(xxz.free_energy, xx.free_energy, 1e-12);
        assert_true(xxz.beta == xx.beta || (isnan(xxz.beta) && isnan(xx.beta)));
        assert_true(xxz.mu == xx.mu);
    }
}

static void exact_pure_states(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 6; P++) {
        double D = cos(pi / P);
        kz_chain chain = kz_chain_xxz(P);
        kz_thermo up = thermo(P, kz_state_up(), 1e-12), down = thermo(P, kz_state_down(), 1e-12);
        kz_thermo full = thermo(P, kz_state_ground(1 + D), 1e-12);
        kz_thermo top = thermo(P, kz_state_ceiling(), 1e-12);
        kz_thermo ground = thermo(P, kz_state_ground(0), 1e-12);
        KZ_CHECK_CLOSE(up.energy, 0.25 * D, 1e-16);
        KZ_CHECK_CLOSE(down.energy, 0.25 * D, 1e-16);
        KZ_CHECK_CLOSE(full.energy, 0.25 * D, 1e-16);
        KZ_CHECK_CLOSE(full.free_energy, 0.25 * D - 0.5 * (1 + D), 1e-15);
        KZ_CHECK_CLOSE(up.magnetization, 0.5, 0);
        KZ_CHECK_CLOSE(down.magnetization, -0.5, 0);
        KZ_CHECK_CLOSE(full.magnetization, 0.5, 0);
        KZ_CHECK_CLOSE(top.energy, kz_chain_energy_max(chain), 0);
        KZ_CHECK_CLOSE(ground.energy, kz_chain_energy_min(chain), 0);
        const kz_thermo *pure[] = {&up, &down, &full, &top, &ground};
        for (size_t i = 0; i < 5; i++) {
            KZ_CHECK_NAN(pure[i]->ln_z);
            KZ_CHECK_CLOSE(pure[i]->entropy, 0, 0);
            KZ_CHECK_CLOSE(pure[i]->heat_capacity, 0, 0);
            KZ_CHECK_CLOSE(pure[i]->drude_energy, 0, 0);
        }
        assert_true(top.beta < 0 && isinf(top.beta) && ground.beta > 0 && isinf(ground.beta));
        KZ_CHECK_NAN(up.beta);
    }
}

/* -- exact diagonalisation ------------------------------------------------------------------- */

/* A ring differs from the infinite chain by windings, which first appear at order L of the series
 * in beta: at |beta| <= 1 the difference is below L^2/4^L, h_n having norm <= (2 + Delta)/4. */
static void property_exact_diagonalisation(void **unused)
{
    (void)unused;
    const int P[] = {3, 4, 6};
    const double point[][2] = {{0.4, 0},    {1, 0},      {-1, 0},   {0.8, 0.7},
                               {-0.9, 0.5}, {0.5, -1.5}, {-0.3, 3}, {1, -0.2}};
    for (size_t p = 0; p < 3; p++) {
        double D = cos(pi / P[p]), largest[2] = {0};
        for (int size = 0; size < 2; size++) {
            int L = size == 0 ? 10 : 14;
            ed_spectrum *ring = ed_spectrum_create(L, D);
            for (size_t i = 0; i < sizeof point / sizeof *point; i++) {
                double a[NUMBERS], b[NUMBERS];
                kz_thermo finite = ed_spectrum_thermo(ring, point[i][0], point[i][1]);
                kz_thermo infinite = thermal(P[p], point[i][0], point[i][1], 1e-11);
                list(a, &finite);
                list(b, &infinite);
                for (int k = 0; k <= 8; k++) { /* no Drude weights on the ring */
                    double error = fabs(a[k] - b[k]);
                    largest[size] = error <= largest[size] ? largest[size] : error;
                }
            }
            ed_spectrum_free(ring);
        }
        print_message("# P = %d: largest difference %.2e at L = 10, %.2e at L = 14\n", P[p],
                      largest[0], largest[1]);
        assert_true(largest[0] <= 10 * 10 * pow(4, -10));
        assert_true(largest[1] <= 14 * 14 * pow(4, -14));
        assert_true(largest[1] <= pow(4, -4) * 2 * largest[0]);
    }
}

/* -- property -------------------------------------------------------------------------------- */

typedef struct {
    int P;
    double tol;
} context;

typedef double (*quantity)(context c, double beta, double mu);

static double ln_z(context c, double b, double m) { return thermal(c.P, b, m, c.tol).ln_z; }
static double energy(context c, double b, double m) { return thermal(c.P, b, m, c.tol).energy; }
static double moment(context c, double b, double m)
{
    return thermal(c.P, b, m, c.tol).magnetization;
}
/* T for beta, h for mu */
static double energy_in_field(context c, double T, double h) { return energy(c, 1 / T, h / T); }
static double moment_in_field(context c, double T, double h) { return moment(c, 1 / T, h / T); }

/* Central differences of eighth order: step^8/630 of a ninth derivative, noise 2 tol/step. */
static double derivative(quantity f, context c, double x, double y, double dx, double dy)
{
    const double weight[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
    double sum = 0;
    for (int i = 1; i <= 4; i++)
        sum += weight[i - 1] * (f(c, x + i * dx, y + i * dy) - f(c, x - i * dx, y - i * dy));
    return sum / (dx + dy);
}

static void property_derivatives(void **unused)
{
    (void)unused;
    uint64_t seed = 2718;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 10; i++) {
        context c = {3 + i % 4, 1e-13};
        double b = kz_check_uniform(&seed, -3, 3), m = kz_check_uniform(&seed, -4, 4);
        kz_thermo t = thermal(c.P, b, m, 1e-12);
        /* 0.03^8/630 = 1e-15 of derivatives below 1e4 (poles at distance > 1); 2e-13/0.03 */
        const double d = 0.03, tol = 2e-11;
        KZ_CHECK_CLOSE(t.energy, -derivative(ln_z, c, b, m, d, 0), tol);
        KZ_CHECK_CLOSE(t.magnetization, derivative(ln_z, c, b, m, 0, d), tol);
        KZ_CHECK_CLOSE(t.energy_beta, derivative(energy, c, b, m, d, 0), tol);
        KZ_CHECK_CLOSE(t.susceptibility, derivative(moment, c, b, m, 0, d), tol);
        KZ_CHECK_CLOSE(t.magnetization_beta, derivative(moment, c, b, m, d, 0), tol);
        /* Maxwell */
        KZ_CHECK_CLOSE(t.magnetization_beta, -derivative(energy, c, b, m, 0, d), tol);
    }
}

static void property_heat_capacity(void **unused)
{
    (void)unused;
    uint64_t seed = 1414;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 8; i++) {
        context c = {3 + i % 4, 1e-13};
        double T = kz_check_uniform(&seed, 0.7, 2) * (i % 2 ? 1 : -1);
        double h = kz_check_uniform(&seed, -1.5, 1.5);
        double slope = derivative(energy_in_field, c, T, h, 0.01, 0) -
                       h * derivative(moment_in_field, c, T, h, 0.01, 0);
        /* 0.01^8/630 of a ninth derivative ~ 9!/0.7^9 is 1e-12; 2e-13/0.01 */
        KZ_CHECK_CLOSE(thermal(c.P, 1 / T, h / T, 1e-12).heat_capacity, slope, 1e-10);
    }
}

static void property_identities(void **unused)
{
    (void)unused;
    uint64_t seed = 77;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 60; i++) {
        int P = 3 + i % 5;
        double beta = kz_check_uniform(&seed, -5, 5), mu = kz_check_uniform(&seed, -5, 5);
        kz_thermo t = thermal(P, beta, mu, 1e-11), flip = thermal(P, beta, -mu, 1e-11);
        double T = 1 / beta, h = mu / beta, scale = 1 + fabs(beta) + fabs(mu);
        /* f = e - T entropy - h m; the entropy is a sum over strings, ln Z is another */
        KZ_CHECK_CLOSE(t.entropy, t.ln_z + beta * t.energy - mu * t.magnetization, 2e-11 * scale);
        KZ_CHECK_CLOSE(t.free_energy, t.energy - T * t.entropy - h * t.magnetization,
                       2e-11 * scale * fabs(T));
        KZ_CHECK_CLOSE(t.heat_capacity,
                       -beta * beta * t.energy_beta + 2 * beta * mu * t.magnetization_beta +
                           mu * mu * t.susceptibility,
                       1e-10 * scale * scale);
        assert_true(t.heat_capacity > 0 && t.susceptibility > 0 && t.energy_beta < 0);
        assert_true(t.entropy > 0 && t.entropy < ln2 + 1e-11);
        /* Cauchy-Schwarz for both matrices of second moments */
        assert_true(-t.energy_beta * t.susceptibility >
                    t.magnetization_beta * t.magnetization_beta);
        assert_true(t.drude_energy * t.drude_spin > t.drude_cross * t.drude_cross - 1e-12);
        flip.magnetization *= -1;
        flip.magnetization_beta *= -1;
        flip.drude_cross *= -1;
        check_same(&flip, &t, 1e-12, NUMBERS); /* the same equations: rounding only */
    }
}

static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 606;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200; i++) {
        int P = 2 + i % 7;
        double beta = kz_check_uniform(&seed, -1, 1) * pow(10, kz_check_uniform(&seed, -1, 1.3));
        double mu = i % 3 == 0 ? 0 : kz_check_uniform(&seed, -4, 4);
        kz_thermo t = thermal(P, beta, mu, pow(10, kz_check_uniform(&seed, -11, -3)));
        kz_thermo truth = thermal(P, beta, mu, 2e-13);
        check_same(&t, &truth, t.err + truth.err, NUMBERS);
    }
}

/* Largest difference of any number, relative to max(1, |value|). */
static double distance(const kz_thermo *a, const kz_thermo *b)
{
    double first[NUMBERS], second[NUMBERS], largest = 0;
    list(first, a);
    list(second, b);
    for (int i = 0; i < NUMBERS; i++) {
        double d = fabs(first[i] - second[i]) / fmax(1, fabs(second[i]));
        largest = d <= largest ? largest : d;
    }
    return largest;
}

static double error_on_grid(int P, double beta, double mu, double spacing, double window)
{
    kz_thermo truth = thermal(P, beta, mu, 1e-13), t = {0};
    kz_grid grid = {.P = P, .half = (size_t)lround(window / spacing)};
    grid.window = spacing * (double)grid.half;
    KZ_CHECK_OK(kz_equilibrium_on_grid(&t, grid, beta, mu, 1e-13));
    return distance(&t, &truth);
}

/* Spacing h = gamma/n: s and all weights have their poles at gamma/2 (or nearly so at these
 * temperatures), so that errors fall like n^p e^{-pi n}: ln Z has a double pole, p = 1, Drude
 * weights reach p = 4.  Signs alternate, hence an envelope through the first error. */
static void property_refinement_in_spacing(void **unused)
{
    (void)unused;
    const double point[][2] = {{1, 0.7}, {-1.2, 0}, {0.5, -2}};
    for (int P = 3; P <= 6; P++) {
        for (size_t i = 0; i < 3; i++) {
            double first = NAN;
            for (double n = 3; n < 9; n++) {
                double error = error_on_grid(P, point[i][0], point[i][1], pi / P / n, 19);
                if (n == 3) first = error;
                /* 2: the first error may sit below its own envelope; 2e-13 for the truth */
                assert_true(error <= 2 * pow(n / 3, 4) * exp(-pi * (n - 3)) * first + 2e-13);
            }
            assert_true(first > 1e-5);
        }
    }
}

/* Tails e^{-2 window}: nothing that counts is left beyond. */
static void property_refinement_in_window(void **unused)
{
    (void)unused;
    const double point[][2] = {{1, 0.7}, {-1.2, 0}, {0.5, -2}};
    for (int P = 3; P <= 6; P++) {
        for (size_t i = 0; i < 3; i++) {
            double last = NAN;
            for (double window = 3; window < 10; window += 2) {
                double error = error_on_grid(P, point[i][0], point[i][1], 0.08 * pi / P, window);
                if (window > 3) assert_true(error <= 2 * exp(-4) * last + 2e-13);
                last = error;
            }
            assert_true(last < 1e-6);
        }
    }
}

/* -- edges ----------------------------------------------------------------------------------- */

/* T -> 0 at P = 4 with mu fixed and with mu = beta h: the ground state in the field mu/beta.
 * Corrections are pi T^2/6v, and to m the same with dv/dh/v^2. */
static void edge_cold(void **unused)
{
    (void)unused;
    const double beta[] = {100, 1000, 1e4};
    for (size_t i = 0; i < 3; i++) {
        double T = 1 / beta[i];
        kz_thermo fixed = thermal(4, beta[i], 1, 1e-9), top = thermal(4, -beta[i], 0, 1e-9);
        kz_thermo ground = thermo(4, kz_state_ground(T), 1e-9);
        KZ_CHECK_CLOSE(fixed.energy, ground.energy, 3 * T * T + 2e-9);
        /* h = T itself is as small as the temperature: m = chi h, chi(T) - chi(0) -> 0 */
        KZ_CHECK_CLOSE(fixed.magnetization, ground.magnetization, 0.2 * ground.magnetization);
        KZ_CHECK_CLOSE(top.energy, kz_chain_energy_max(kz_chain_xxz(4)), 3 * T * T + 2e-9);
        assert_true(fixed.entropy < 2 * T && top.entropy < 4 * T);
        if (beta[i] > 300) continue; /* poles at distance T from the axis: see long-equilibrium */
        kz_thermo field = thermal(4, beta[i], 0.8 * beta[i], 1e-9);
        kz_thermo zero = thermo(4, kz_state_ground(0.8), 1e-9);
        KZ_CHECK_CLOSE(field.energy, zero.energy, 3 * T * T);
        KZ_CHECK_CLOSE(field.magnetization, zero.magnetization, 3 * T * T);
        KZ_CHECK_CLOSE(field.free_energy, zero.free_energy, 3 * T * T);
    }
}

static void edge_overflow(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 5; P++) {
        double D = cos(pi / P);
        for (int sign = -1; sign <= 1; sign += 2) {
            kz_thermo t = thermal(P, 1, sign * 700, 1e-10);
            KZ_CHECK_CLOSE(t.magnetization, 0.5 * sign, 1e-10);
            KZ_CHECK_CLOSE(t.energy, 0.25 * D, 1e-10);
            KZ_CHECK_CLOSE(t.entropy, 0, 1e-10);
            KZ_CHECK_CLOSE(t.susceptibility, 0, 1e-10);
            t = thermal(P, 1e4 * sign, 0, 1e-9);
            assert_true(fabs(t.energy) <= 0.5 && t.entropy >= 0 && t.drude_spin >= 0);
        }
    }
    kz_thermo tiny = thermal(4, 1e-300, 1e-300, 1e-12);
    KZ_CHECK_CLOSE(tiny.entropy, ln2, 1e-12);
    KZ_CHECK_CLOSE(tiny.susceptibility, 0.25, 1e-12);
}

static void edge_many_strings(void **unused)
{
    (void)unused;
    const int P[] = {16, 32};
    for (size_t i = 0; i < 2; i++) {
        double D = cos(pi / P[i]), mu = 0.9, s = 0.5 * tanh(0.45);
        kz_thermo t = thermal(P[i], 0, mu, 1e-9);
        KZ_CHECK_CLOSE(t.energy, D * s * s, 1e-9);
        KZ_CHECK_CLOSE(t.magnetization, s, 1e-9);
        t = thermal(P[i], 0, 0, 1e-9);
        KZ_CHECK_CLOSE(t.drude_spin, 0.125 * (1 - P[i] / (2 * pi) * sin(2 * pi / P[i])), 1e-9);
        KZ_CHECK_CLOSE(t.drude_energy, (1 + 2 * D * D) / 32, 1e-9);
        t = thermal(P[i], 1, 0.7, 1e-9);
        KZ_CHECK_CLOSE(t.entropy, t.ln_z + t.energy - 0.7 * t.magnetization, 4e-9);
    }
}

/* -- errors and memory ----------------------------------------------------------------------- */

static void check_untouched(kz_chain chain, const kz_state *state, double tol, kz_status expected)
{
    kz_thermo out, before;
    memset(&out, 0x5a, sizeof out);
    before = out;
    KZ_CHECK_STATUS(kz_thermo_compute(&out, chain, state, tol), expected);
    assert_memory_equal(&out, &before, sizeof out);
    assert_true(strlen(kz_error_reason()) > 0);
}

static void errors_of_the_caller(void **unused)
{
    (void)unused;
    const double inf = (double)INFINITY, nan = (double)NAN;
    const kz_state good = kz_state_thermal(1, 0.5);
    const kz_state bad[] = {kz_state_thermal(nan, 0),
                            kz_state_thermal(1, inf),
                            kz_state_ground(-inf),
                            {.kind = (kz_state_kind)99}};
    for (size_t i = 0; i < 4; i++)
        check_untouched(kz_chain_xxz(4), &bad[i], 1e-9, KZ_EINVAL);
    check_untouched(kz_chain_xxz(1), &good, 1e-9, KZ_EINVAL);
    check_untouched(kz_chain_xxz(257), &good, 1e-9, KZ_EINVAL);
    check_untouched((kz_chain){(kz_chain_kind)5, 4}, &good, 1e-9, KZ_EINVAL);
    const double tol[] = {nan, 0, 9e-14, 0.011, -1};
    for (size_t i = 0; i < 5; i++)
        check_untouched(kz_chain_xxz(4), &good, tol[i], KZ_EINVAL);
}

/* Rounding alone, 4e-16 P (1 + |beta| + |mu|), is above the tolerance: the numbers come with what
 * was reached, and at once, since no grid would help. */
static void errors_tolerance(void **unused)
{
    (void)unused;
    const kz_state cold = kz_state_thermal(1e4, 0);
    kz_thermo out = {0};
    KZ_CHECK_STATUS(kz_thermo_compute(&out, kz_chain_xxz(3), &cold, 1e-13), KZ_ETOL);
    assert_true(out.err > 1e-13 && out.err < 1e-10);
    KZ_CHECK_CLOSE(out.energy, kz_chain_energy_min(kz_chain_xxz(3)), 2e-8); /* pi T^2/6v */
    assert_non_null(strstr(kz_error_reason(), "wanted 1e-13"));
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    const kz_state states[] = {kz_state_thermal(1, 0.5), kz_state_ground(0.5)};
    kz_chain chain = kz_chain_xxz(3);
    for (size_t i = 0; i < 2; i++) {
        kz_thermo out;
        kz_alloc_fail_at(0);
        KZ_CHECK_OK(kz_thermo_compute(&out, chain, &states[i], 1e-7));
        unsigned long count = kz_alloc_count();
        assert_true(count > 5);
        for (unsigned long k = 1; k <= count; k++) {
            kz_alloc_fail_at(k);
            check_untouched(chain, &states[i], 1e-7, KZ_ENOMEM);
        }
        kz_alloc_fail_at(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_reference_table),
        cmocka_unit_test(exact_published),
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(exact_infinite_temperature_drude),
        cmocka_unit_test(exact_high_temperature),
        cmocka_unit_test(exact_low_temperature),
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(exact_pure_states),
        cmocka_unit_test(property_exact_diagonalisation),
        cmocka_unit_test(property_derivatives),
        cmocka_unit_test(property_heat_capacity),
        cmocka_unit_test(property_identities),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_refinement_in_spacing),
        cmocka_unit_test(property_refinement_in_window),
        cmocka_unit_test(edge_cold),
        cmocka_unit_test(edge_overflow),
        cmocka_unit_test(edge_many_strings),
        cmocka_unit_test(errors_of_the_caller),
        cmocka_unit_test(errors_tolerance),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
