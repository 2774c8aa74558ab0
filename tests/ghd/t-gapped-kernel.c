/* Rays of chains with |Delta| > 1 against the full kernel.  docs/delta.md. */
#include <lapacke.h>
#include <string.h>

#include "ghd/support.h"

static const double pi = 3.14159265358979323846;

/* Strings n = 1 ... N of a chain with fillings e^{-|mu| n}, the kernels
 *     a_n = sinh(n phi)/[pi (cosh(n phi) - cos 2 lambda)],  T_nm = a_|n-m| + 2 a ... + a_{n+m}
 * as they are, on Gauss-Legendre panels cut at every crossing: nothing is shared with the rows,
 * their closure or their transforms. */
enum { N = 6, ORDER = 10, NODES_MAX = 40 * ORDER, MODES = 48 };

typedef struct {
    double delta, zeta;
    double sinh[2 * N + 1], cosh[2 * N + 1]; /* of n phi */
    double x[2][N][MODES];   /* ln eta of either state at (k + 1/2) pi/MODES - pi/2, */
    double log[2][N][MODES]; /* and ln(1 + 1/eta) */
    kz_state side[2];
    double edge[4 * N];
    int edges;
    bool left[N][4 * N + 1]; /* which intervals between edges the left state fills */
    int n;
    double node[NODES_MAX], weight[NODES_MAX];
    double filling[N][NODES_MAX], momentum[N][NODES_MAX], energy[N][NODES_MAX];
    double charge[2][N][NODES_MAX]; /* dressed: the energy, the length */
} panels;

/* c = cos(2 lambda) */
static double kernel_of(const panels *p, int n, double c)
{
    return n == 0 ? 0 : p->sinh[n] / (pi * (p->cosh[n] - c));
}

static double kernel(const panels *p, int n, double lambda)
{
    return kernel_of(p, n, cos(2 * lambda));
}

static double scattering(const panels *p, int n, int m, double lambda)
{
    double c = cos(2 * lambda), sum = kernel_of(p, abs(n - m), c) + kernel_of(p, n + m, c);
    for (int i = abs(n - m) + 2; i < n + m; i += 2)
        sum += 2 * kernel_of(p, i, c);
    return sum;
}

/* -pi sinh(phi) a_n and its derivative. */
static double bare_energy(const panels *p, int n, double lambda)
{
    return -pi * p->sinh[1] * kernel(p, n, lambda);
}

static double energy_slope(const panels *p, int n, double lambda)
{
    double below = p->cosh[n] - cos(2 * lambda);
    return 2 * p->sinh[1] * p->sinh[n] * sin(2 * lambda) / (below * below);
}

static double uniform(int k) { return (k + 0.5) * pi / MODES - 0.5 * pi; }

static double log_eta(const panels *p, int side, int n, double lambda)
{
    double sum = p->side[side].beta * bare_energy(p, n, lambda) + n * fabs(p->side[side].mu);
    for (int m = 1; m <= N; m++)
        for (int k = 0; k < MODES; k++)
            sum += pi / MODES * scattering(p, n, m, lambda - uniform(k)) * p->log[side][m - 1][k];
    return sum;
}

/* Simple iteration: fillings are small. */
static void find_fillings(panels *p, int side)
{
    double change = 1;
    for (int i = 0; i < 200 && change > 1e-14; i++) {
        change = 0;
        for (int n = 1; n <= N; n++)
            for (int k = 0; k < MODES; k++)
                p->x[side][n - 1][k] = log_eta(p, side, n, uniform(k));
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < MODES; k++) {
                double value = log1p(exp(-p->x[side][n][k]));
                change = kz_check_largest(change, fabs(value - p->log[side][n][k]));
                p->log[side][n][k] = value;
            }
        }
    }
    assert_true(change <= 1e-14);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Panels between the edges, no longer than pi/6. */
static void make_nodes(panels *p)
{
    static const double at[5] = {0.1488743389816312, 0.4333953941292472, 0.6794095682990244,
                                 0.8650633666889845, 0.9739065285171717};
    static const double of[5] = {0.2955242247147529, 0.2692667193099963, 0.2190863625159820,
                                 0.1494513491505806, 0.0666713443086881};
    p->n = 0;
    for (int e = 0; e <= p->edges; e++) {
        double from = e > 0 ? p->edge[e - 1] : -0.5 * pi, to = e < p->edges ? p->edge[e] : 0.5 * pi;
        int parts = (int)ceil(6 * (to - from) / pi);
        for (int i = 0; i < parts; i++) {
            double half = 0.5 * (to - from) / parts, middle = from + (2 * i + 1) * half;
            for (int k = 0; k < ORDER; k++, p->n++) {
                double x = k < 5 ? -at[4 - k] : at[k - 5], w = k < 5 ? of[4 - k] : of[k - 5];
                assert_true(p->n < NODES_MAX);
                p->node[p->n] = middle + half * x;
                p->weight[p->n] = half * w;
                for (int n = 1; n <= N; n++)
                    p->filling[n - 1][p->n] =
                        1 / (1 + exp(log_eta(p, p->left[n - 1][e] ? 0 : 1, n, p->node[p->n])));
            }
        }
    }
}

static void dress(panels *p)
{
    int size = N * p->n;
    double *matrix = calloc((size_t)size * (size_t)size, sizeof *matrix);
    double *sides = calloc(4 * (size_t)size, sizeof *sides);
    lapack_int *pivot = calloc((size_t)size, sizeof *pivot);
    assert_true(matrix && sides && pivot);
    for (int n = 0; n < N; n++) {
        for (int i = 0; i < p->n; i++) {
            int row = n * p->n + i;
            sides[row] = 2 * pi * kernel(p, n + 1, p->node[i]);
            sides[size + row] = energy_slope(p, n + 1, p->node[i]);
            sides[2 * size + row] = bare_energy(p, n + 1, p->node[i]);
            sides[3 * size + row] = n + 1;
            for (int m = 0; m < N; m++)
                for (int k = 0; k < p->n; k++)
                    matrix[row + (m * p->n + k) * size] =
                        (row == m * p->n + k) +
                        scattering(p, n + 1, m + 1, p->node[i] - p->node[k]) * p->filling[m][k] *
                            p->weight[k];
        }
    }
    assert_int_equal(LAPACKE_dgesv(LAPACK_COL_MAJOR, size, 4, matrix, size, pivot, sides, size), 0);
    for (int i = 0; i < size; i++) {
        p->momentum[i / p->n][i % p->n] = sides[i];
        p->energy[i / p->n][i % p->n] = sides[size + i];
        p->charge[0][i / p->n][i % p->n] = sides[2 * size + i];
        p->charge[1][i / p->n][i % p->n] = sides[3 * size + i];
    }
    free(matrix);
    free(sides);
    free(pivot);
}

/* (v - zeta) k'^dr anywhere. */
static double mismatch(const panels *p, int n, double lambda)
{
    double sum = energy_slope(p, n, lambda) - p->zeta * 2 * pi * kernel(p, n, lambda);
    for (int m = 0; m < N; m++)
        for (int k = 0; k < p->n; k++)
            sum -= scattering(p, n, m + 1, lambda - p->node[k]) * p->filling[m][k] * p->weight[k] *
                   (p->energy[m][k] - p->zeta * p->momentum[m][k]);
    return sum;
}

/* The edges of all strings from sign changes, and who fills what; returns how far they moved. */
static double find_edges(panels *p)
{
    enum { SCAN = 48 };
    double found[4 * N];
    int count = 0;
    for (int n = 1; n <= N; n++) {
        double before = mismatch(p, n, -0.5 * pi);
        for (int i = 1; i <= SCAN; i++) {
            double a = -0.5 * pi + (i - 1) * pi / SCAN, b = a + pi / SCAN, here = mismatch(p, n, b);
            if ((before > 0) != (here > 0)) {
                double low = a, high = b;
                for (int s = 0; s < 42; s++) {
                    double middle = 0.5 * (low + high);
                    *((mismatch(p, n, middle) > 0) == (before > 0) ? &low : &high) = middle;
                }
                assert_true(count < 4 * N);
                found[count++] = 0.5 * (low + high);
            }
            before = here;
        }
    }
    qsort(found, (size_t)count, sizeof *found, compare);
    double moved = count == p->edges ? 0 : 1;
    for (int e = 0; e < count && moved < 1; e++)
        moved = kz_check_largest(moved, fabs(found[e] - p->edge[e]));
    for (int e = 0; e <= count; e++) {
        double from = e > 0 ? found[e - 1] : -0.5 * pi, to = e < count ? found[e] : 0.5 * pi;
        for (int n = 1; n <= N; n++)
            p->left[n - 1][e] = mismatch(p, n, 0.5 * (from + to)) > 0;
    }
    memcpy(p->edge, found, sizeof found);
    p->edges = count;
    return moved;
}

static kz_ray average(const panels *p)
{
    kz_ray r = {.zeta = p->zeta, .energy = 0.25 * p->delta, .magnetization = 0.5};
    for (int n = 1; n <= N; n++) {
        for (int i = 0; i < p->n; i++) {
            double w = p->weight[i] * p->filling[n - 1][i] / (2 * pi);
            double e = bare_energy(p, n, p->node[i]);
            r.energy += w * e * p->momentum[n - 1][i];
            r.energy_current += w * e * p->energy[n - 1][i];
            r.magnetization -= w * n * p->momentum[n - 1][i];
            r.spin_current -= w * n * p->energy[n - 1][i];
        }
    }
    return r;
}

static void check_noise(const panels *p)
{
    kz_bipartition *b;
    kz_options options = kz_options_default();
    kz_noise noise;
    double full[2] = {0};
    for (int n = 0; n < N; n++) {
        for (int i = 0; i < p->n; i++) {
            double theta = p->filling[n][i], flux = fabs(p->energy[n][i]) / (2 * pi);
            for (int q = 0; q < 2; q++)
                full[q] += p->weight[i] * theta * (1 - theta) * flux * p->charge[q][n][i] *
                           p->charge[q][n][i];
        }
    }
    KZ_CHECK_OK(
        kz_bipartition_create(&b, kz_chain_axial(p->delta), &p->side[0], &p->side[1], &options));
    KZ_CHECK_OK(kz_bipartition_noise(&noise, b, 1e-10));
    kz_bipartition_free(b);
    KZ_CHECK_CLOSE(noise.energy, full[0], 1e-10);
    KZ_CHECK_CLOSE(noise.spin, full[1], 1e-10);
}

static void property_full_kernel(void **unused)
{
    (void)unused;
    static panels p; /* large */
    const struct {
        double delta, beta[2], mu[2], zeta;
    } of[] = {{1.5, {3, 1}, {4.2, 4.5}, -0.3},
              {1.5, {2, 3.5}, {4.5, -4.4}, 0.45},
              {3, {1.5, -0.5}, {4.2, -4.2}, 0.2},
              {3, {1.6, 1.2}, {-4.4, -4.4}, -0.25},
              {1.5, {2, 0.5}, {4.2, -4.5}, 0}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        p = (panels){.delta = of[i].delta, .zeta = of[i].zeta};
        for (int n = 0; n <= 2 * N; n++) {
            p.sinh[n] = sinh(n * acosh(p.delta));
            p.cosh[n] = cosh(n * acosh(p.delta));
        }
        for (int side = 0; side < 2; side++) {
            p.side[side] = kz_state_thermal(of[i].beta[side], of[i].mu[side]);
            find_fillings(&p, side);
        }
        double moved = 1;
        for (int step = 0; step < 12 && moved > 1e-9; step++) {
            make_nodes(&p);
            dress(&p);
            moved = find_edges(&p);
        }
        assert_true(moved <= 1e-9);
        assert_true(p.edges > 0);
        if (p.zeta == 0) check_noise(&p);
        kz_ray full = average(&p),
               ray = ray_of(kz_chain_axial(p.delta), p.side[0], p.side[1], p.zeta, 1e-10);
        /* all strings are on one side or far from it: the sign of mu on the side that has them */
        double sign = mismatch(&p, N, 0) > 0 ? of[i].mu[0] : of[i].mu[1];
        full.magnetization = copysign(full.magnetization, sign);
        full.spin_current *= sign > 0 ? 1 : -1;
        /* strings beyond N have e^{-|mu| N} < 1e-12 of the energy, panels 3^-20 */
        KZ_CHECK_CLOSE(ray.energy, full.energy, 1e-10);
        KZ_CHECK_CLOSE(ray.energy_current, full.energy_current, 1e-10);
        KZ_CHECK_CLOSE(ray.magnetization, full.magnetization, 1e-10);
        KZ_CHECK_CLOSE(ray.spin_current, full.spin_current, 1e-10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_full_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
