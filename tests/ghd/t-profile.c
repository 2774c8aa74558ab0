/* Many rays at once: what a profile must be, and what the call promises. */
#include "support/check.h"

#include <string.h>

#include <kapitza/ghd.h>

enum { N = 61 };

static kz_bipartition *create(kz_chain chain, kz_state left, kz_state right, double tol)
{
    kz_options options = kz_options_default();
    kz_bipartition *bipartition;
    options.tol = tol;
    KZ_CHECK_OK(kz_bipartition_create(&bipartition, chain, &left, &right, &options));
    return bipartition;
}

static kz_options options_of(double tol, int threads)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    options.threads = threads;
    return options;
}

static void grid(double zeta[N], double edge)
{
    for (int i = 0; i < N; i++)
        zeta[i] = edge * (2.0 * i / (N - 1) - 1);
}

static void shuffle(double *values, size_t n, uint64_t *seed)
{
    for (size_t i = n - 1; i > 0; i--) {
        size_t k = (size_t)kz_check_uniform(seed, 0, (double)i + 1);
        double swap = values[i];
        values[i] = values[k];
        values[k] = swap;
    }
}

static void check_equal(const kz_ray *a, const kz_ray *b)
{
    assert_true(a->zeta == b->zeta && a->energy == b->energy);
    assert_true(a->energy_current == b->energy_current && a->magnetization == b->magnetization);
    assert_true(a->spin_current == b->spin_current && a->err == b->err && a->status == b->status);
}

static const struct {
    int P; /* 0: XX */
    kz_state left, right;
} CASE[] = {
    {0, {KZ_STATE_THERMAL, 0.5, 0.3, 0}, {KZ_STATE_THERMAL, 2, -1, 0}},
    {2, {KZ_STATE_THERMAL, 0.5, 0.3, 0}, {KZ_STATE_THERMAL, 2, -1, 0}},
    {3, {KZ_STATE_THERMAL, 0.5, 0, 0}, {KZ_STATE_THERMAL, 2, 0, 0}},
    {4, {KZ_STATE_CEILING, 0, 0, 0}, {KZ_STATE_GROUND, 0, 0, 0}},
    {4, {KZ_STATE_THERMAL, -1, 0.6, 0}, {KZ_STATE_THERMAL, 1, 2, 0}},
};
enum { CASES = sizeof CASE / sizeof *CASE };

static kz_chain chain_of(int i) { return CASE[i].P ? kz_chain_xxz(CASE[i].P) : kz_chain_xx(); }

/* -- property -------------------------------------------------------------------------------- */

/* Bitwise: neither the order of zeta nor the number of threads matters. */
static void property_order_and_threads(void **unused)
{
    (void)unused;
    uint64_t seed = 21;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < CASES; i++) {
        double zeta[N], mixed[N];
        kz_ray first[N], second[N];
        grid(zeta, 1.25);
        zeta[7] = zeta[8]; /* a repeated ray */
        memcpy(mixed, zeta, sizeof zeta);
        for (int threads = 1; threads <= 3; threads++) {
            /* fresh ones: a grid refined by the call before may stay */
            kz_bipartition *a = create(chain_of(i), CASE[i].left, CASE[i].right, 1e-8);
            kz_bipartition *b = create(chain_of(i), CASE[i].left, CASE[i].right, 1e-8);
            kz_options one = options_of(1e-8, 1), many = options_of(1e-8, threads);
            KZ_CHECK_OK(kz_bipartition_rays(first, a, zeta, N, &one));
            KZ_CHECK_OK(kz_bipartition_rays(second, b, mixed, N, &many));
            for (int k = 0; k < N; k++) {
                int at = 0;
                while (zeta[at] != mixed[k])
                    at++;
                check_equal(&second[k], &first[at]);
            }
            kz_bipartition_free(a);
            kz_bipartition_free(b);
            shuffle(mixed, N, &seed);
        }
    }
}

/* A ray alone and the same ray among others agree within both errors. */
static void property_warm_starts_change_nothing(void **unused)
{
    (void)unused;
    for (int i = 1; i < CASES; i++) {
        double zeta[N];
        kz_ray all[N];
        kz_options options = options_of(1e-9, 1);
        grid(zeta, 1.19); /* clear of zeta = 1 = v_j(infinity), where 1e-9 is out of reach */
        kz_bipartition *b = create(chain_of(i), CASE[i].left, CASE[i].right, 1e-9);
        KZ_CHECK_OK(kz_bipartition_rays(all, b, zeta, N, &options));
        for (int k = 3; k < N; k += 9) {
            kz_ray alone;
            KZ_CHECK_OK(kz_bipartition_rays(&alone, b, &zeta[k], 1, &options));
            double tol = alone.err + all[k].err;
            KZ_CHECK_CLOSE(alone.energy, all[k].energy, tol);
            KZ_CHECK_CLOSE(alone.energy_current, all[k].energy_current, tol);
            KZ_CHECK_CLOSE(alone.magnetization, all[k].magnetization, tol);
            KZ_CHECK_CLOSE(alone.spin_current, all[k].spin_current, tol);
        }
        kz_bipartition_free(b);
    }
}

/* Mirror: states exchanged, zeta -> -zeta, currents flip. */
static void property_mirror(void **unused)
{
    (void)unused;
    for (int i = 0; i < CASES; i++) {
        double zeta[N], mirrored[N];
        kz_ray a[N], b[N];
        kz_options options = options_of(1e-8, 1);
        grid(zeta, 1.2);
        for (int k = 0; k < N; k++)
            mirrored[k] = -zeta[k];
        kz_bipartition *here = create(chain_of(i), CASE[i].left, CASE[i].right, 1e-8);
        kz_bipartition *there = create(chain_of(i), CASE[i].right, CASE[i].left, 1e-8);
        KZ_CHECK_OK(kz_bipartition_rays(a, here, zeta, N, &options));
        KZ_CHECK_OK(kz_bipartition_rays(b, there, mirrored, N, &options));
        for (int k = 0; k < N; k++) {
            double tol = a[k].err + b[k].err;
            KZ_CHECK_CLOSE(b[k].energy, a[k].energy, tol);
            KZ_CHECK_CLOSE(b[k].magnetization, a[k].magnetization, tol);
            KZ_CHECK_CLOSE(b[k].energy_current, -a[k].energy_current, tol);
            KZ_CHECK_CLOSE(b[k].spin_current, -a[k].spin_current, tol);
        }
        kz_bipartition_free(here);
        kz_bipartition_free(there);
    }
}

/* Hot left, cold right without magnetization: the energy falls with zeta, and with it
 * dj/dzeta = zeta de/dzeta has the sign of -zeta. */
static void property_monotone(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 5; P++) {
        double zeta[N];
        kz_ray ray[N];
        kz_options options = options_of(1e-9, 1);
        grid(zeta, 1.3);
        kz_bipartition *b =
            create(kz_chain_xxz(P), kz_state_thermal(0.3, 0), kz_state_thermal(3, 0), 1e-9);
        KZ_CHECK_OK(kz_bipartition_rays(ray, b, zeta, N, &options));
        for (int k = 0; k + 1 < N; k++) {
            double slack = ray[k].err + ray[k + 1].err;
            assert_true(ray[k + 1].energy <= ray[k].energy + slack);
            double step = ray[k + 1].energy_current - ray[k].energy_current;
            assert_true(zeta[k + 1] <= 0 ? step >= -slack : zeta[k] < 0 || step <= slack);
            assert_true(ray[k].energy_current >= -ray[k].err);
            KZ_CHECK_CLOSE(ray[k].magnetization, 0, ray[k].err);
            KZ_CHECK_CLOSE(ray[k].spin_current, 0, ray[k].err);
        }
        kz_bipartition_free(b);
    }
}

/* -- edges ----------------------------------------------------------------------------------- */

static void edge_no_rays(void **unused)
{
    (void)unused;
    for (int i = 1; i < 3; i++) {
        kz_options options = options_of(1e-6, 2);
        kz_bipartition *b = create(chain_of(i), CASE[i].left, CASE[i].right, 1e-6);
        kz_ray ray = {.zeta = 7};
        double zeta = 1;
        KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 0, &options));
        assert_true(ray.zeta == 7);
        kz_bipartition_free(b);
    }
}

/* The failing ray says so, the others stand: the same as without it. */
static void errors_nan_in_zeta(void **unused)
{
    (void)unused;
    for (int i = 0; i < CASES; i++) {
        enum { M = 40 };
        double zeta[M];
        kz_ray ray[M];
        kz_options options = options_of(1e-8, 1);
        for (int k = 0; k < M; k++)
            zeta[k] = -1.1 + 0.055 * k;
        zeta[5] = zeta[20] = (double)NAN;
        zeta[39] = -(double)INFINITY;
        kz_bipartition *b = create(chain_of(i), CASE[i].left, CASE[i].right, 1e-8);
        KZ_CHECK_STATUS(kz_bipartition_rays(ray, b, zeta, M, &options), KZ_EINVAL);
        assert_non_null(strstr(kz_error_reason(), "ray 5")); /* the first failing one */
        for (int k = 0; k < M; k++) {
            if (isnan(zeta[k])) {
                assert_int_equal(ray[k].status, KZ_EINVAL);
                KZ_CHECK_NAN(ray[k].energy);
                KZ_CHECK_NAN(ray[k].energy_current);
                KZ_CHECK_NAN(ray[k].magnetization);
                KZ_CHECK_NAN(ray[k].spin_current);
                assert_true(isinf(ray[k].err));
                continue;
            }
            kz_ray alone;
            assert_int_equal(ray[k].status, KZ_OK);
            assert_true(ray[k].err <= 1e-8);
            KZ_CHECK_OK(kz_bipartition_rays(&alone, b, &zeta[k], 1, &options));
            KZ_CHECK_CLOSE(ray[k].energy, alone.energy, ray[k].err + alone.err);
            KZ_CHECK_CLOSE(ray[k].spin_current, alone.spin_current, ray[k].err + alone.err);
        }
        kz_bipartition_free(b);
    }
}

typedef struct {
    size_t calls, done, total, stop_at;
} watch;

static int look(void *context, size_t done, size_t total)
{
    watch *w = context;
    w->calls++;
    assert_true(done >= w->done && done <= total);
    w->done = done;
    w->total = total;
    return w->stop_at && done >= w->stop_at;
}

static void property_progress(void **unused)
{
    (void)unused;
    for (int threads = 1; threads <= 2; threads++) {
        for (int i = 1; i < CASES; i++) {
            double zeta[N];
            kz_ray ray[N];
            watch w = {0};
            kz_options options = options_of(1e-7, threads);
            options.progress = look;
            options.progress_context = &w;
            grid(zeta, 1.2);
            kz_bipartition *b = create(chain_of(i), CASE[i].left, CASE[i].right, 1e-7);
            KZ_CHECK_OK(kz_bipartition_rays(ray, b, zeta, N, &options));
            assert_true(w.calls >= 2);
            assert_int_equal(w.total, N);
            assert_int_equal(w.done, N);
            kz_bipartition_free(b);
        }
    }
}

/* Rays that were done keep their numbers, the others say that they were cancelled. */
static void errors_cancelled(void **unused)
{
    (void)unused;
    double zeta[N];
    kz_ray ray[N];
    watch w = {.stop_at = 1};
    kz_options options = options_of(1e-7, 1);
    options.progress = look;
    options.progress_context = &w;
    grid(zeta, 1.2);
    kz_bipartition *b = create(chain_of(2), CASE[2].left, CASE[2].right, 1e-7);
    KZ_CHECK_STATUS(kz_bipartition_rays(ray, b, zeta, N, &options), KZ_ECANCELLED);
    int done = 0;
    for (int k = 0; k < N; k++) {
        assert_true(ray[k].zeta == zeta[k]);
        done += ray[k].status == KZ_OK;
        if (ray[k].status == KZ_OK) {
            assert_true(ray[k].err <= 1e-7);
        } else {
            assert_int_equal(ray[k].status, KZ_ECANCELLED);
            KZ_CHECK_NAN(ray[k].energy);
        }
    }
    assert_true(done >= 1 && done < N);
    /* nothing is broken by it */
    options.progress = NULL;
    KZ_CHECK_OK(kz_bipartition_rays(ray, b, zeta, N, &options));
    kz_bipartition_free(b);
}

/* -- errors ---------------------------------------------------------------------------------- */

static void errors_options(void **unused)
{
    (void)unused;
    const double nan = (double)NAN;
    const kz_options bad[] = {{.tol = nan, .threads = 1},   {.tol = 0, .threads = 1},
                              {.tol = 9e-14, .threads = 1}, {.tol = 0.011, .threads = 1},
                              {.tol = -1, .threads = 1},    {.tol = 1e-9, .threads = 0},
                              {.tol = 1e-9, .threads = -2}};
    kz_options good = kz_options_default();
    assert_true(good.tol == 1e-10 && good.threads == 1 && !good.progress);
    KZ_CHECK_OK(kz_options_check(&good));
    const kz_state left = kz_state_thermal(1, 0), right = kz_state_ground(0);
    kz_bipartition *b = create(kz_chain_xxz(3), left, right, 1e-6);
    kz_ray ray, before;
    memset(&ray, 0x5a, sizeof ray);
    before = ray;
    const double zeta = 0.1;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        kz_bipartition *none = b;
        KZ_CHECK_STATUS(kz_options_check(&bad[i]), KZ_EINVAL);
        KZ_CHECK_STATUS(kz_bipartition_create(&none, kz_chain_xxz(3), &left, &right, &bad[i]),
                        KZ_EINVAL);
        assert_null(none);
        KZ_CHECK_STATUS(kz_bipartition_rays(&ray, b, &zeta, 1, &bad[i]), KZ_EINVAL);
        assert_memory_equal(&ray, &before, sizeof ray);
    }
    /* finer than what the bipartition was made for */
    KZ_CHECK_STATUS(kz_bipartition_rays(&ray, b, &zeta, 1, &good), KZ_EINVAL);
    assert_memory_equal(&ray, &before, sizeof ray);
    kz_options coarse = options_of(1e-3, 1);
    KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, &coarse));
    kz_bipartition_free(b);
}

static void errors_of_the_caller(void **unused)
{
    (void)unused;
    const kz_options options = kz_options_default();
    const kz_state good = kz_state_thermal(1, 0), bad = kz_state_thermal((double)NAN, 0);
    const kz_state unknown = {.kind = (kz_state_kind)31};
    const struct {
        kz_chain chain;
        const kz_state *left, *right;
    } call[] = {{kz_chain_xxz(1), &good, &good},
                {kz_chain_xxz(300), &good, &good},
                {{.kind = (kz_chain_kind)7, .P = 3}, &good, &good},
                {kz_chain_xxz(4), &bad, &good},
                {kz_chain_xxz(4), &good, &bad},
                {kz_chain_xxz(4), &unknown, &good},
                {kz_chain_xx(), &good, &unknown}};
    for (size_t i = 0; i < sizeof call / sizeof *call; i++) {
        int mark;
        kz_bipartition *b = (kz_bipartition *)(void *)&mark;
        KZ_CHECK_STATUS(
            kz_bipartition_create(&b, call[i].chain, call[i].left, call[i].right, &options),
            KZ_EINVAL);
        assert_null(b);
        assert_true(strlen(kz_error_reason()) > 0);
    }
    kz_bipartition_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_order_and_threads),
        cmocka_unit_test(property_warm_starts_change_nothing),
        cmocka_unit_test(property_mirror),
        cmocka_unit_test(property_monotone),
        cmocka_unit_test(edge_no_rays),
        cmocka_unit_test(errors_nan_in_zeta),
        cmocka_unit_test(property_progress),
        cmocka_unit_test(errors_cancelled),
        cmocka_unit_test(errors_options),
        cmocka_unit_test(errors_of_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
