/* Propagation of initial profiles: references, free fermions, the lattice, the profile itself. */
#include "propagate/support.h"

#include <cblas.h>
#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include <kapitza/thermo.h>

/* P = 3: full kernel in NumPy, Chebyshev series in x, 13 windows wide, two resolutions to 2e-11;
 * shares with this code the geometric solution only, not the local form. */
static void test_reference(void **state)
{
    (void)state;
    static const double want[3][6] = {
        {0, 0.5, -0.234441916576, 0, 0.037414814339, 0},
        {0.3, 1, -0.214113624799, -0.010774339106, 0.041481023219, -0.002179926333},
        {5, 10, -0.154493298130, -0.004184756219, 0.050853711657, -0.000593761181}};
    kz_propagation *p = from_function(kz_chain_xxz(3), bump, 1e-9);
    for (int i = 0; i < 3; i++) {
        kz_propagation_point q = solve(p, want[i][0], want[i][1], 1e-9);
        KZ_CHECK_CLOSE(q.energy, want[i][2], 2e-11);
        KZ_CHECK_CLOSE(q.energy_current, want[i][3], 2e-11);
        KZ_CHECK_CLOSE(q.magnetization, want[i][4], 2e-11);
        KZ_CHECK_CLOSE(q.spin_current, want[i][5], 2e-11);
    }
    kz_propagation_free(p);
}

/* The same from a table of 201 points: the spline errs by 5e-10 at this step. */
static void test_reference_table(void **state)
{
    (void)state;
    double x[201], beta[201], mu[201];
    kz_options options = options_of(1e-9);
    kz_propagation *p;
    for (int i = 0; i < 201; i++) {
        x[i] = -6.5 + 0.065 * i;
        bump(&beta[i], &mu[i], x[i], NULL);
    }
    KZ_CHECK_OK(kz_propagation_create(&p, kz_chain_xxz(3), x, beta, mu, 201, &options));
    double worst = 0;
    for (double at = -3; at <= 3; at += 0.0137) {
        double b, m, exact, unused;
        KZ_CHECK_OK(kz_propagation_initial(&b, &m, p, at));
        bump(&exact, &unused, at, NULL);
        worst = kz_check_largest(worst, fabs(b - exact));
    }
    KZ_CHECK_CLOSE(worst, 0, 1e-9);
    kz_propagation_point q = solve(p, 0.3, 1, 1e-8);
    KZ_CHECK_CLOSE(q.energy, -0.214113624799, 2e-9);
    KZ_CHECK_CLOSE(q.energy_current, -0.010774339106, 2e-9);
    KZ_CHECK_CLOSE(q.magnetization, 0.041481023219, 2e-9);
    kz_propagation_free(p);
}

/* Free fermions: n(k; x - t sin k) summed over momenta, periodic and smooth. */
static kz_propagation_point fermion_sum(kz_profile_fn profile, double x, double t)
{
    enum { MODES = 4000 };
    kz_propagation_point sum = {.x = x, .t = t};
    for (int i = 0; i < MODES; i++) {
        double k = 2 * M_PI * i / MODES, v = sin(k), e = -cos(k), beta, mu;
        profile(&beta, &mu, x - t * v, NULL);
        double n = 1 / (1 + exp(beta * e - mu)), hole = 1 - n;
        sum.energy += e * n / MODES;
        sum.energy_current += v * e * n / MODES;
        sum.magnetization += (n - 0.5) / MODES;
        sum.spin_current += v * n / MODES;
        sum.entropy -= (n * log(n) + hole * log(hole)) / MODES;
    }
    return sum;
}

static void test_free_fermions(void **state)
{
    (void)state;
    const double x[] = {-1.2, 0.1, 2}, t[] = {0, 1.3, -4};
    kz_propagation *xx = from_function(kz_chain_xx(), slope, 1e-11);
    kz_propagation *bethe = from_function(kz_chain_xxz(2), slope, 1e-11);
    for (int i = 0; i < 3; i++) {
        kz_propagation_point want = fermion_sum(slope, x[i], t[i]);
        kz_propagation_point a = solve(xx, x[i], t[i], 1e-11), b = solve(bethe, x[i], t[i], 1e-11);
        check_same(&a, &want, 1e-12);
        check_same(&b, &want, 1e-12);
    }
    kz_propagation_free(xx);
    kz_propagation_free(bethe);
}

/* -- exact lattice dynamics of the XX chain from exp(-sum_n beta_n h_n + sum_n mu_n S_n) -- */

enum { SITES = 176 };

/* f(h) = V f(e) V^T of the symmetric tridiagonal matrix with this diagonal and off-diagonal. */
static void matrix_function(double *out, double *diagonal, double *beside,
                            double (*f)(double, double), double t)
{
    double *v = malloc(sizeof(double[SITES * SITES])),
           *scaled = malloc(sizeof(double[SITES * SITES]));
    assert_int_equal(LAPACKE_dstevd(LAPACK_ROW_MAJOR, 'V', SITES, diagonal, beside, v, SITES), 0);
    for (int i = 0; i < SITES * SITES; i++)
        scaled[i] = v[i] * f(diagonal[i % SITES], t);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, SITES, SITES, SITES, 1, scaled, SITES, v,
                SITES, 0, out, SITES);
    free(v);
    free(scaled);
}

static double occupied(double energy, double t)
{
    (void)t;
    return 1 / (1 + exp(energy));
}
static double cosine(double energy, double t) { return cos(energy * t); }
static double sine(double energy, double t) { return sin(energy * t); }

/* out += sign * left C right */
static void sandwich(double *out, double sign, const double *left, const double *C,
                     const double *right, double *scratch)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SITES, SITES, SITES, 1, left, SITES, C,
                SITES, 0, scratch, SITES);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SITES, SITES, SITES, sign, scratch,
                SITES, right, SITES, 1, out, SITES);
}

/* Real and imaginary part of <c+_i c_j> at time t; site i stands at i - (SITES - 1)/2. */
static void lattice_state(double *real, double *imaginary, double width, double t)
{
    double *m = malloc(sizeof(double[4][SITES * SITES])), diagonal[SITES], beside[SITES];
    double *C = m, *A = m + SITES * SITES, *B = A + SITES * SITES, *scratch = B + SITES * SITES;
    for (int i = 0; i < SITES; i++) {
        double beta, mu, unused, x = i - 0.5 * (SITES - 1);
        slope(&unused, &mu, x / width, NULL);
        slope(&beta, &unused, (x + 0.5) / width, NULL);
        diagonal[i] = -mu;
        beside[i] = 0.5 * beta;
    }
    matrix_function(C, diagonal, beside, occupied, 0);
    for (int sign = 0; sign < 2; sign++) {
        for (int i = 0; i < SITES; i++) {
            diagonal[i] = 0;
            beside[i] = 0.5;
        }
        matrix_function(sign ? B : A, diagonal, beside, sign ? sine : cosine, t);
    }
    memset(real, 0, sizeof(double[SITES * SITES]));
    memset(imaginary, 0, sizeof(double[SITES * SITES]));
    sandwich(real, 1, A, C, A, scratch);
    sandwich(real, 1, B, C, B, scratch);
    sandwich(imaginary, 1, B, C, A, scratch);
    sandwich(imaginary, -1, A, C, B, scratch);
    free(m);
}

/* Largest difference between lattice and hydrodynamics near the middle at t = width. */
static double lattice_difference(double width)
{
    double *real = malloc(sizeof(double[2][SITES * SITES])), *imaginary = real + SITES * SITES;
    double worst = 0;
    kz_propagation *p = from_function(kz_chain_xx(), slope, 1e-10);
    lattice_state(real, imaginary, width, width);
    for (int i = SITES / 2 - 24; i < SITES / 2 + 24; i += 3) {
        double x = i - 0.5 * (SITES - 1);
        kz_propagation_point site = solve(p, x / width, 1, 1e-10);
        kz_propagation_point bond = solve(p, (x + 0.5) / width, 1, 1e-10);
        double e = real[i * SITES + i + 1], m = real[i * SITES + i] - 0.5;
        worst = kz_check_largest(worst, fabs(e - bond.energy));
        worst = kz_check_largest(worst, fabs(m - site.magnetization));
        worst = kz_check_largest(worst, fabs(-imaginary[i * SITES + i + 1] - bond.spin_current));
    }
    kz_propagation_free(p);
    free(real);
    return worst;
}

/* The Euler scale is reached as 1/width^2: no gradient of first order keeps the symmetries. */
static void test_lattice(void **state)
{
    (void)state;
    double narrow = lattice_difference(6), wide = lattice_difference(12);
    print_message("lattice: %.2e at width 6, %.2e at 12\n", narrow, wide);
    assert_true(narrow < 1e-2);
    assert_true(wide < narrow / 3.3);
}

/* At t = 0 every point is in its own thermal state. */
static void test_start(void **state)
{
    (void)state;
    static const double row[][3] = {{-1, 1.2, 0.4}, {0.5, 0.3, -0.7}, {0.5, -0.4, 1}, {2, 2, 0}};
    kz_propagation *p = from_table(kz_chain_xxz(4), row[0], 4, 1e-9);
    const double x[] = {-7, -0.3, 0.5, 1.1, 30};
    for (int i = 0; i < 5; i++) {
        double beta, mu;
        kz_thermo want;
        KZ_CHECK_OK(kz_propagation_initial(&beta, &mu, p, x[i]));
        kz_state thermal = kz_state_thermal(beta, mu);
        KZ_CHECK_OK(kz_thermo_compute(&want, kz_chain_xxz(4), &thermal, 1e-11));
        kz_propagation_point q = solve(p, x[i], 0, 1e-9);
        KZ_CHECK_CLOSE(q.energy, want.energy, 1e-9);
        KZ_CHECK_CLOSE(q.magnetization, want.magnetization, 1e-9);
        KZ_CHECK_CLOSE(q.entropy, want.entropy, 1e-9);
        KZ_CHECK_CLOSE(q.energy_current, 0, 1e-12);
        KZ_CHECK_CLOSE(q.spin_current, 0, 1e-12);
    }
    kz_propagation_free(p);
}

/* The spline runs through its points, meets the constants, and keeps to each side of a jump. */
static void test_spline(void **state)
{
    (void)state;
    static const double row[][3] = {{-2, 1, 0},  {-1, 1.5, 0.2}, {0, 0.7, -0.1},
                                    {0, 2, 0.5}, {1, 1, 0.4},    {2.5, 1.2, 0}};
    kz_propagation *p = from_table(kz_chain_xx(), row[0], 6, 1e-9);
    for (int i = 0; i < 6; i++) {
        double beta, mu, at = i == 2 ? -1e-13 : row[i][0];
        KZ_CHECK_OK(kz_propagation_initial(&beta, &mu, p, at));
        KZ_CHECK_CLOSE(beta, row[i][1], 1e-10);
        KZ_CHECK_CLOSE(mu, row[i][2], 1e-10);
    }
    double far, near, mu;
    KZ_CHECK_OK(kz_propagation_initial(&far, &mu, p, -50));
    KZ_CHECK_OK(kz_propagation_initial(&near, &mu, p, -2 + 1e-3));
    KZ_CHECK_CLOSE(far, 1, 1e-10);
    KZ_CHECK_CLOSE(near, 1, 1e-8); /* first and second derivative vanish */
    kz_propagation_free(p);
    /* three points on a parabola between two jumps: free ends give the parabola */
    static const double parabola[][3] = {{0, 5, 0}, {0, 1, 0}, {1, 2, 0}, {3, 10, 0}, {3, 5, 0}};
    p = from_table(kz_chain_xx(), parabola[0], 5, 1e-9);
    KZ_CHECK_OK(kz_propagation_initial(&near, &mu, p, 1.7));
    KZ_CHECK_CLOSE(near, 1 + 1.7 * 1.7, 1e-10);
    kz_propagation_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),     cmocka_unit_test(test_reference_table),
        cmocka_unit_test(test_free_fermions), cmocka_unit_test(test_lattice),
        cmocka_unit_test(test_start),         cmocka_unit_test(test_spline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
