/* Propagation of initial profiles: references, free fermions, conservation, jumps, honest bounds.
 */
#include "support/check.h"

#include <cblas.h>
#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include <kapitza/propagate.h>
#include <kapitza/thermo.h>

#include "core/memory.h"

static kz_options options_of(double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    return options;
}

/* beta = 1 + 0.8 e^{-x^2}, mu = 0.3 */
static void bump(double *beta, double *mu, double x, void *context)
{
    (void)context;
    *beta = 1 + 0.8 * exp(-x * x);
    *mu = 0.3;
}

/* Without any symmetry. */
static void slope(double *beta, double *mu, double x, void *context)
{
    (void)context;
    *beta = 0.9 + 0.6 * exp(-x * x) * (1 + 0.5 * x);
    *mu = 0.4 * tanh(1.5 * x + 0.3) - 0.7 * exp(-(x - 0.5) * (x - 0.5));
}

static const double EDGE[] = {-6.5, 0, 6.5};

static kz_propagation *from_function(kz_chain chain, kz_profile_fn function, double tol)
{
    kz_options options = options_of(tol);
    kz_propagation *p;
    KZ_CHECK_OK(kz_propagation_create_function(&p, chain, function, NULL, EDGE, 3, &options));
    return p;
}

/* row [n*3] holds x, beta, mu */
static kz_propagation *from_table(kz_chain chain, const double *row, size_t n, double tol)
{
    double x[64], beta[64], mu[64];
    kz_options options = options_of(tol);
    kz_propagation *p;
    for (size_t i = 0; i < n; i++) {
        x[i] = row[3 * i];
        beta[i] = row[3 * i + 1];
        mu[i] = row[3 * i + 2];
    }
    KZ_CHECK_OK(kz_propagation_create(&p, chain, x, beta, mu, n, &options));
    return p;
}

static kz_propagation_point solve(kz_propagation *p, double x, double t, double tol)
{
    kz_options options = options_of(tol);
    kz_propagation_point point;
    KZ_CHECK_OK(kz_propagation_points(&point, p, &x, &t, 1, &options));
    assert_true(point.err <= tol);
    return point;
}

/* All five numbers agree within `tol`. */
static void check_same(const kz_propagation_point *a, const kz_propagation_point *b, double tol)
{
    KZ_CHECK_CLOSE(a->energy, b->energy, tol);
    KZ_CHECK_CLOSE(a->energy_current, b->energy_current, tol);
    KZ_CHECK_CLOSE(a->magnetization, b->magnetization, tol);
    KZ_CHECK_CLOSE(a->spin_current, b->spin_current, tol);
    KZ_CHECK_CLOSE(a->entropy, b->entropy, tol);
}

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
        worst = fmax(worst, fabs(b - exact));
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
        worst = fmax(worst, fabs(e - bond.energy));
        worst = fmax(worst, fabs(m - site.magnetization));
        worst = fmax(worst, fabs(-imaginary[i * SITES + i + 1] - bond.spin_current));
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

/* Energy, magnetization and entropy of the whole line: a sum over a wide enough uniform grid is
 * exact for analytic profiles. */
static void test_conserved_sums(void **state)
{
    (void)state;
    enum { N = 47 };
    double x[N], t[N], sum[2][3];
    const double when[] = {0, 2}, step = 0.2;
    kz_propagation_point point[N];
    kz_options options = options_of(1e-11);
    kz_propagation *p = from_function(kz_chain_xxz(3), bump, 1e-11);
    kz_propagation_point far = solve(p, 20, 0, 1e-11);
    for (int w = 0; w < 2; w++) {
        for (int i = 0; i < N; i++) {
            x[i] = step * i; /* the other half is its mirror image */
            t[i] = when[w];
        }
        KZ_CHECK_OK(kz_propagation_points(point, p, x, t, N, &options));
        memset(sum[w], 0, sizeof sum[w]);
        for (int i = 0; i < N; i++) {
            double weight = i == 0 ? step : 2 * step;
            sum[w][0] += weight * (point[i].energy - far.energy);
            sum[w][1] += weight * (point[i].magnetization - far.magnetization);
            sum[w][2] += weight * (point[i].entropy - far.entropy);
        }
    }
    for (int q = 0; q < 3; q++)
        KZ_CHECK_CLOSE(sum[1][q], sum[0][q], 1e-12);
    kz_propagation_free(p);
}

/* One jump between constants is a bipartition, at x/t. */
static void test_bipartition(void **state)
{
    (void)state;
    static const int P[] = {2, 3, 5};
    kz_state left = kz_state_thermal(0.4, 0.8), right = kz_state_thermal(2.1, -0.5);
    static const double row[][3] = {{0.7, 0.4, 0.8}, {0.7, 2.1, -0.5}};
    kz_options options = options_of(1e-9);
    for (int i = 0; i < 3; i++) {
        kz_bipartition *b;
        kz_propagation *p = from_table(kz_chain_xxz(P[i]), row[0], 2, 1e-9);
        KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_xxz(P[i]), &left, &right, &options));
        for (double zeta = -1.2; zeta < 1.3; zeta += 0.3) {
            kz_ray ray;
            KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, &options));
            kz_propagation_point q = solve(p, 0.7 + 3 * zeta, 3, 1e-9);
            double allowed = q.err + ray.err;
            KZ_CHECK_CLOSE(q.energy, ray.energy, allowed);
            KZ_CHECK_CLOSE(q.energy_current, ray.energy_current, allowed);
            KZ_CHECK_CLOSE(q.magnetization, ray.magnetization, allowed);
            KZ_CHECK_CLOSE(q.spin_current, ray.spin_current, allowed);
        }
        kz_propagation_free(p);
        kz_bipartition_free(b);
    }
}

/* Thermal states do not change under a reversal of time: currents change sign with t.  Reflection:
 * the mirrored profile at -x. */
static void test_symmetries(void **state)
{
    (void)state;
    static const double row[][3] = {{-1, 1.2, 0.4}, {0.5, 0.3, -0.7}, {0.5, 1, 0.2}};
    static const double mirror[][3] = {{-0.5, 1, 0.2}, {-0.5, 0.3, -0.7}, {1, 1.2, 0.4}};
    kz_propagation *p = from_table(kz_chain_xxz(3), row[0], 3, 1e-6);
    kz_propagation *m = from_table(kz_chain_xxz(3), mirror[0], 3, 1e-6);
    kz_propagation_point forward = solve(p, 0.2, 0.8, 1e-6), back = solve(p, 0.2, -0.8, 1e-6);
    kz_propagation_point other = solve(m, -0.2, 0.8, 1e-6);
    back.energy_current = -back.energy_current;
    back.spin_current = -back.spin_current;
    check_same(&forward, &back, forward.err + back.err);
    other.energy_current = -other.energy_current;
    other.spin_current = -other.spin_current;
    check_same(&forward, &other, forward.err + other.err);
    kz_propagation_free(p);
    kz_propagation_free(m);
}

static double integrate(kz_propagation *p, double x, double t, bool along_x, double width,
                        bool spin)
{
    static const double node[] = {-0.9061798459386640, -0.5384693101056831, 0, 0.5384693101056831,
                                  0.9061798459386640};
    static const double weight[] = {0.2369268850561891, 0.4786286704993665, 0.5688888888888889,
                                    0.4786286704993665, 0.2369268850561891};
    double sum = 0;
    for (int i = 0; i < 5; i++) {
        double shift = 0.5 * width * node[i];
        kz_propagation_point q = solve(p, along_x ? x + shift : x, along_x ? t : t + shift, 1e-8);
        double density = spin ? q.magnetization : q.energy;
        double current = spin ? q.spin_current : q.energy_current;
        sum += 0.5 * width * weight[i] * (along_x ? density : current);
    }
    return sum;
}

/* What leaves a box flows through its ends, also where both a jump's fan and a slope arrive. */
static void test_continuity(void **state)
{
    (void)state;
    static const double row[][3] = {{0, 0.5, 0.3}, {0, 1.5, -0.2}, {3, 0.8, 0.4}};
    const double x = 0.3, t = 1, width = 0.1;
    kz_propagation *p = from_table(kz_chain_xxz(3), row[0], 3, 1e-8);
    for (int spin = 0; spin < 2; spin++) {
        double before = integrate(p, x, t - width / 2, true, width, spin);
        double after = integrate(p, x, t + width / 2, true, width, spin);
        double in = integrate(p, x - width / 2, t, false, width, spin);
        double out = integrate(p, x + width / 2, t, false, width, spin);
        KZ_CHECK_CLOSE(after - before, in - out, 1e-9);
        assert_true(fabs(in - out) > 1e-5);
    }
    kz_propagation_free(p);
}

/* Loose answers lie within their bounds of tight ones, on random tables. */
static void test_error_bounds(void **state)
{
    (void)state;
    uint64_t seed = 20240607;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int n = 0; n < 8; n++) {
        double row[5][3];
        int P = 2 + n % 3;
        for (int i = 0; i < 5; i++) {
            row[i][0] = -2.5 + i + kz_check_uniform(&seed, -0.2, 0.2);
            row[i][1] = kz_check_uniform(&seed, -0.5, 2);
            row[i][2] = kz_check_uniform(&seed, -1, 1);
        }
        if (n % 4 == 3) row[2][0] = row[3][0];
        kz_propagation *loose = from_table(kz_chain_xxz(P), row[0], 5, 1e-3);
        kz_propagation *tight = from_table(kz_chain_xxz(P), row[0], 5, 1e-7);
        double x = kz_check_uniform(&seed, -3, 3), t = kz_check_uniform(&seed, -1, 1);
        kz_propagation_point a = solve(loose, x, t, 1e-3), b = solve(tight, x, t, 1e-7);
        check_same(&a, &b, a.err + b.err);
        kz_propagation_free(loose);
        kz_propagation_free(tight);
    }
}

/* Points do not depend on threads or on their order. */
static void test_threads(void **state)
{
    (void)state;
    const double x[] = {0, 1, -1, 2.5}, t[] = {1, 0.2, 2, 1};
    kz_propagation_point one[4], two[4];
    kz_options options = options_of(1e-6);
    for (int i = 0; i < 2; i++) {
        kz_propagation *p = from_function(kz_chain_xxz(3), slope, 1e-6);
        options.threads = 1 + i;
        KZ_CHECK_OK(kz_propagation_points(i ? two : one, p, x, t, 4, &options));
        kz_propagation_free(p);
    }
    for (int i = 0; i < 4; i++)
        check_same(&one[i], &two[i], 0);
}

static int stop(void *context, size_t done, size_t total)
{
    (void)context;
    (void)total;
    return done == 1;
}

static void test_refusals(void **state)
{
    (void)state;
    const double x[] = {0, 1, 1, 1}, beta[] = {1, 2, 3, 4}, mu[4] = {0}, down[] = {1, 0};
    const double bad[] = {NAN, 1, INFINITY};
    kz_options options = options_of(1e-6);
    kz_propagation *p = (kz_propagation *)&options;
    KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xxz(3), x, beta, mu, 0, &options),
                    KZ_EINVAL);
    assert_null(p);
    KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xxz(3), x, beta, mu, 4, &options),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xxz(3), down, beta, mu, 2, &options),
                    KZ_EINVAL);
    for (int i = 0; i < 3; i += 2) {
        KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xx(), x, bad + i, mu, 1, &options),
                        KZ_EINVAL);
        KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xx(), bad + i, beta, mu, 1, &options),
                        KZ_EINVAL);
    }
    KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xxz(1), x, beta, mu, 1, &options),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(
        kz_propagation_create_function(&p, kz_chain_xx(), bump, NULL, down, 2, &options),
        KZ_EINVAL);
    KZ_CHECK_STATUS(
        kz_propagation_create_function(&p, kz_chain_xx(), bump, NULL, EDGE, 1, &options),
        KZ_EINVAL);
    assert_null(p);

    KZ_CHECK_OK(kz_propagation_create(&p, kz_chain_xxz(3), x, beta, mu, 2, &options));
    kz_propagation_point point[2];
    KZ_CHECK_STATUS(kz_propagation_points(point, p, bad, x, 2, &options), KZ_EINVAL);
    KZ_CHECK_NAN(point[0].energy);
    KZ_CHECK_STATUS(point[0].status, KZ_EINVAL);
    KZ_CHECK_STATUS(point[1].status, KZ_OK);
    options.progress = stop;
    KZ_CHECK_STATUS(kz_propagation_points(point, p, x, x, 2, &options), KZ_ECANCELLED);
    options = options_of(1e-7);
    KZ_CHECK_STATUS(kz_propagation_points(point, p, x, x, 2, &options), KZ_EINVAL);
    kz_propagation_free(p);
    kz_propagation_free(NULL);
}

/* Every allocation fails once. */
static void test_memory(void **state)
{
    (void)state;
    const double x[] = {0, 0, 1}, beta[] = {1, 2, 1.5}, mu[] = {0, 0.3, 0.3}, t = 0.5;
    kz_options options = options_of(1e-2);
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status == KZ_ENOMEM && k < 100000; k += k < 60 ? 1 : k / 8) {
        kz_propagation *p;
        kz_propagation_point point;
        kz_alloc_fail_at(k);
        status = kz_propagation_create(&p, kz_chain_xxz(3), x, beta, mu, 3, &options);
        if (status == KZ_OK) status = kz_propagation_points(&point, p, x, &t, 1, &options);
        kz_alloc_fail_at(0);
        kz_propagation_free(p);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
    }
    KZ_CHECK_OK(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),      cmocka_unit_test(test_reference_table),
        cmocka_unit_test(test_free_fermions),  cmocka_unit_test(test_lattice),
        cmocka_unit_test(test_start),          cmocka_unit_test(test_spline),
        cmocka_unit_test(test_conserved_sums), cmocka_unit_test(test_bipartition),
        cmocka_unit_test(test_symmetries),     cmocka_unit_test(test_continuity),
        cmocka_unit_test(test_error_bounds),   cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refusals),       cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
