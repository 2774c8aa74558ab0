/* Transforms of rows against their defining sums. */
#include "support/check.h"

#include <float.h>
#include <stdbool.h>

#include "core/memory.h"
#include "tba/grid/transform.h"

static const double pi = 3.14159265358979323846;
static const kz_parity PARITY[] = {KZ_EVEN, KZ_ODD, KZ_FULL};

/* trig(pi * numerator / denominator), the angle reduced exactly. */
static double wave(double (*trig)(double), size_t numerator, size_t denominator)
{
    return trig(pi * (double)(numerator % (2 * denominator)) / (double)denominator);
}

/* The coefficient `index` of a row, by its definition (transform.h). */
static double coefficient(const double *row, size_t n, kz_parity parity, size_t index)
{
    double sum = 0;
    bool imaginary = 2 * index > n;
    size_t mode = imaginary ? n - index : index;
    for (size_t j = 0; j < n; j++) {
        if (parity == KZ_EVEN) sum += 2 * row[j] * wave(cos, (2 * j + 1) * index, 2 * n);
        if (parity == KZ_ODD) sum += 2 * row[j] * wave(sin, (2 * j + 1) * (index + 1), 2 * n);
        if (parity == KZ_FULL)
            sum += row[j] * (imaginary ? -wave(sin, 2 * j * mode, n) : wave(cos, 2 * j * mode, n));
    }
    return sum;
}

enum { ROWS = 3 };

/* Rows of very different sizes: the small ones must not inherit the roundings of the large. */
static const double SIZE[ROWS] = {1, 1e-9, 1e9};

static void check_transform(size_t n, kz_parity parity, size_t stride, uint64_t *seed)
{
    kz_transform *t;
    double *row, *modes;
    KZ_CHECK_OK(kz_transform_create(&t, n, parity));
    KZ_CHECK_OK(kz_alloc_doubles(&row, ROWS * n));
    KZ_CHECK_OK(kz_alloc_doubles(&modes, ROWS * n));
    for (size_t i = 0; i < ROWS * n; i++)
        modes[i] = row[i] = SIZE[i / n] * kz_check_uniform(seed, -1, 1);
    kz_transform_forward(t, modes, ROWS);
    /* the sum rounds n terms of size 2, each as often as there are partial sums: a walk of random
     * steps of sqrt(n) eps, n long; the transform is far better */
    double tol = 4 * DBL_EPSILON * (double)n;
    for (size_t i = 0; i < ROWS * n; i += stride)
        KZ_CHECK_CLOSE(modes[i], coefficient(row + i / n * n, n, parity, i % n), tol * SIZE[i / n]);
    kz_transform_backward(t, modes, ROWS);
    double norm = (double)(parity == KZ_FULL ? n : 2 * n);
    for (size_t i = 0; i < ROWS * n; i++) /* a few eps per stage of the transforms */
        KZ_CHECK_CLOSE(modes[i] / norm, row[i], 4 * DBL_EPSILON * log2((double)n) * SIZE[i / n]);
    kz_free(row);
    kz_free(modes);
    kz_transform_free(t);
}

static void exact_short_rows(void **unused)
{
    (void)unused;
    uint64_t seed = 32;
    print_message("# seed %llu\n", (unsigned long long)seed);
    const size_t n[] = {2, 4, 6, 8, 10, 12, 14, 18, 30, 64, 90, 250};
    for (size_t i = 0; i < sizeof n / sizeof *n; i++)
        for (int p = 0; p < 3; p++)
            check_transform(n[i], PARITY[p], 1, &seed);
    for (size_t odd = 3; odd < 20; odd += 2) {
        check_transform(odd, KZ_EVEN, 1, &seed);
        check_transform(odd, KZ_ODD, 1, &seed);
    }
}

/* On both sides of the length from which on FFTW makes the real transform itself. */
static void exact_long_rows(void **unused)
{
    (void)unused;
    uint64_t seed = 33;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int p = 0; p < 3; p++) {
        check_transform(16384, PARITY[p], 1223, &seed);
        check_transform(16386, PARITY[p], 1223, &seed);
    }
}

/* In place of a real transform through n/2 complex numbers, modes at n/4 and n/2 stand alone. */
static void edge_single_modes(void **unused)
{
    (void)unused;
    double row[24];
    for (size_t n = 20; n <= 24; n += 2) {
        for (size_t mode = 0; mode <= n / 2; mode++) {
            kz_transform *t;
            _Alignas(64) double data[24];
            KZ_CHECK_OK(kz_transform_create(&t, n, KZ_FULL));
            for (size_t j = 0; j < n; j++)
                data[j] = row[j] = wave(cos, 2 * j * mode, n);
            kz_transform_forward(t, data, 1);
            for (size_t i = 0; i < n; i++) {
                bool whole = mode == 0 || 2 * mode == n;
                double expected = i != mode ? 0 : (double)n * (whole ? 1 : 0.5);
                KZ_CHECK_CLOSE(data[i], expected, 1e-14 * (double)n);
            }
            kz_transform_backward(t, data, 1);
            for (size_t j = 0; j < n; j++)
                KZ_CHECK_CLOSE(data[j], (double)n * row[j], 1e-14 * (double)n);
            kz_transform_free(t);
        }
    }
}

static void memory_create(void **unused)
{
    (void)unused;
    for (int p = 0; p < 3; p++) {
        unsigned long k = 1;
        for (;; k++) {
            kz_transform *t = NULL;
            kz_alloc_fail_at(k);
            kz_status status = kz_transform_create(&t, 40, PARITY[p]);
            kz_transform_free(t);
            if (status == KZ_OK) break;
            KZ_CHECK_STATUS(status, KZ_ENOMEM);
            assert_null(t);
        }
        kz_alloc_fail_at(0);
        assert_true(k > 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_short_rows),
        cmocka_unit_test(exact_long_rows),
        cmocka_unit_test(edge_single_modes),
        cmocka_unit_test(memory_create),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
