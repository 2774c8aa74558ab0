/* Trigonometric sums off the grid, against their definition in long double. */
#include <string.h>

#include "support/check.h"

#include "core/memory.h"
#include "tba/grid/offgrid.h"

enum { POINTS = 60, MODES_MAX = 300 };
static const long double pi = 3.14159265358979323846264338328L;

typedef struct {
    double lambda[POINTS], cosines[MODES_MAX + 1], sines[MODES_MAX + 1];
} sample;

/* Points anywhere on the circle and around it, some of them close together, one on a node; series
 * that end abruptly or fall as smooth functions' do. */
static void draw(sample *s, uint64_t *seed, size_t modes, double decay)
{
    for (size_t q = 0; q < POINTS; q++)
        s->lambda[q] = q < 20 ? 1 + 1e-6 * (double)q : kz_check_uniform(seed, -4, 9);
    s->lambda[POINTS - 1] = 0;
    for (size_t m = 0; m <= modes; m++) {
        double size = exp(-decay * (double)m / (double)modes);
        s->cosines[m] = size * kz_check_uniform(seed, -1, 1);
        s->sines[m] = size * kz_check_uniform(seed, -1, 1);
    }
}

/* A few roundings of the sum of all sizes, and of the phase m theta in units of it. */
static double allowed(const sample *s, size_t modes)
{
    double sum = 0, phases = 0;
    for (size_t m = 0; m <= modes; m++) {
        double size = fabs(s->cosines[m]) + fabs(s->sines[m]);
        sum += size;
        phases += size * (double)m;
    }
    return 2e-15 * (sum + phases);
}

static void exact_values(void **unused)
{
    (void)unused;
    static const size_t sizes[] = {2, 17, 100, MODES_MAX};
    uint64_t seed = 20261126;
    for (size_t i = 0; i < 8; i++) {
        size_t modes = sizes[i / 2];
        sample s;
        double out[POINTS];
        kz_offgrid o = {.modes = 0};
        draw(&s, &seed, modes, i % 2 ? 30 : 0);
        KZ_CHECK_OK(kz_offgrid_create(&o, modes));
        KZ_CHECK_OK(kz_offgrid_place(&o, s.lambda, POINTS, 0.7));
        kz_offgrid_evaluate(out, &o, s.cosines, s.sines, modes + 1);
        for (size_t q = 0; q < POINTS; q++) {
            long double sum = 0, theta = (long double)0.7 * (long double)s.lambda[q];
            for (size_t m = 0; m <= modes; m++)
                sum += (long double)s.cosines[m] * cosl((long double)m * theta) +
                       (long double)s.sines[m] * sinl((long double)m * theta);
            KZ_CHECK_CLOSE(out[q], (double)sum, allowed(&s, modes));
        }
        kz_offgrid_free(&o);
    }
}

/* The transpose of the former: sum_q f_q g(theta_q) both ways round. */
static void property_transpose(void **unused)
{
    (void)unused;
    uint64_t seed = 7;
    for (size_t modes = 3; modes <= MODES_MAX; modes *= 9) {
        sample s;
        double f[POINTS], value[POINTS], cosines[MODES_MAX + 1], sines[MODES_MAX + 1];
        kz_offgrid o = {.modes = 0};
        draw(&s, &seed, modes, 0);
        KZ_CHECK_OK(kz_offgrid_create(&o, modes));
        KZ_CHECK_OK(kz_offgrid_place(&o, s.lambda, POINTS, 1));
        for (size_t q = 0; q < POINTS; q++)
            f[q] = kz_check_uniform(&seed, -1, 1);
        kz_offgrid_collect(cosines, sines, modes + 1, &o, f);
        double there = 0, back = 0;
        kz_offgrid_evaluate(value, &o, s.cosines, s.sines, modes + 1);
        for (size_t q = 0; q < POINTS; q++)
            there += f[q] * value[q];
        for (size_t m = 0; m <= modes; m++)
            back += s.cosines[m] * cosines[m] + s.sines[m] * sines[m];
        KZ_CHECK_CLOSE(there, back, 1e-15 * POINTS * (double)modes);
        /* alone: sum_q f_q cos(m theta_q), the last mode and the first */
        long double first = 0, last = 0;
        for (size_t q = 0; q < POINTS; q++) {
            first += (long double)f[q];
            last += (long double)f[q] * cosl((long double)modes * (long double)s.lambda[q]);
        }
        KZ_CHECK_CLOSE(cosines[0], (double)first, 1e-14 * POINTS);
        KZ_CHECK_CLOSE(cosines[modes], (double)last, 1e-15 * POINTS * (10 + (double)modes));
        assert_true(sines[0] == 0);
        kz_offgrid_free(&o);
    }
}

/* Points placed anew, more and fewer of them, and none: nothing of the old ones stays. */
static void edges_placed_anew(void **unused)
{
    (void)unused;
    const double one[] = {1, 0, 0, 0}, lambda[] = {0.1, 2, (double)(2 * pi)}, f[] = {1, 1, 1};
    kz_offgrid o = {.modes = 0};
    KZ_CHECK_OK(kz_offgrid_create(&o, 3));
    for (size_t count = 3; count < 4; count--) { /* 3 ... 0 */
        double cosines[4], out[3] = {7, 7, 7};
        KZ_CHECK_OK(kz_offgrid_place(&o, lambda, count, 1));
        kz_offgrid_collect(cosines, NULL, 4, &o, f);
        KZ_CHECK_CLOSE(cosines[0], (double)count, 1e-14);
        kz_offgrid_evaluate(out, &o, one, NULL, 4);
        for (size_t q = 0; q < 3; q++)
            KZ_CHECK_CLOSE(out[q], q < count ? 1 : 7, 1e-14);
    }
    kz_offgrid_free(&o);
    kz_offgrid_free(&o);
}

static kz_status make(void)
{
    const double lambda[] = {1, 2, 3};
    kz_offgrid o = {.modes = 0};
    kz_status status = kz_offgrid_create(&o, 20);
    if (status == KZ_OK) status = kz_offgrid_place(&o, lambda, 3, 1);
    kz_offgrid_free(&o);
    return status;
}

static void memory_sweep(void **unused)
{
    (void)unused;
    unsigned long k = 1;
    kz_status status = KZ_ENOMEM;
    for (; k < 100 && status != KZ_OK; k++) {
        kz_alloc_fail_at(k);
        status = make();
        assert_true(status == KZ_OK || status == KZ_ENOMEM);
    }
    kz_alloc_fail_at(0);
    assert_true(k > 5 && k < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_values),
        cmocka_unit_test(property_transpose),
        cmocka_unit_test(edges_placed_anew),
        cmocka_unit_test(memory_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
