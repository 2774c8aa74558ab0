/* The promises of docs/contract.md about threads, callbacks and reproducibility. */
#include "support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include <kapitza/kapitza.h>

enum { RAYS = 24, THREADS = 3 };

static const double zeta_from = -0.9, zeta_step = 0.075;

static void set_rays(double zeta[RAYS])
{
    for (int i = 0; i < RAYS; i++)
        zeta[i] = zeta_from + zeta_step * i;
}

static kz_options coarse(int threads)
{
    kz_options options = kz_options_default();
    options.tol = 1e-6;
    options.threads = threads;
    return options;
}

static bool same_rays(const kz_ray *a, const kz_ray *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].energy != b[i].energy || a[i].energy_current != b[i].energy_current ||
            a[i].magnetization != b[i].magnetization || a[i].spin_current != b[i].spin_current ||
            a[i].err != b[i].err || a[i].status != b[i].status)
            return false;
    return true;
}

/* -- handles and threads -------------------------------------------------------------------- */

typedef struct {
    kz_ray rays[RAYS];
    kz_junction_point point;
    kz_status status;
} work;

/* All of a program's work with handles of its own. */
static void *own_handles(void *context)
{
    work *w = context;
    double zeta[RAYS];
    kz_options options = coarse(1);
    kz_junction_params params = kz_junction_params_default();
    kz_state left = kz_state_thermal(1.0, 0.5), right = kz_state_thermal(2.0, 0.0);
    kz_bipartition *bipartition = NULL;
    kz_junction *junction = NULL;
    set_rays(zeta);
    params.right = kz_chain_xxz(3);
    w->status = kz_bipartition_create(&bipartition, kz_chain_xxz(3), &left, &right, &options);
    if (w->status == KZ_OK)
        w->status = kz_bipartition_rays(w->rays, bipartition, zeta, RAYS, &options);
    if (w->status == KZ_OK) w->status = kz_junction_create(&junction, &params, &options);
    if (w->status == KZ_OK) w->status = kz_junction_solve(&w->point, junction, 3.0);
    kz_bipartition_free(bipartition);
    kz_junction_free(junction);
    return NULL;
}

static void property_handles_of_their_own(void **unused)
{
    (void)unused;
    static work alone, w[THREADS];
    pthread_t thread[THREADS];
    (void)own_handles(&alone);
    KZ_CHECK_OK(alone.status);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, own_handles, &w[i]), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        KZ_CHECK_OK(w[i].status);
        assert_true(same_rays(alone.rays, w[i].rays, RAYS));
        assert_true(alone.point.energy_current == w[i].point.energy_current);
        assert_true(alone.point.t_plus == w[i].point.t_plus);
    }
}

typedef struct {
    const kz_table *table;
    kz_propagation *propagation;
    kz_table_point value[RAYS];
    kz_propagation_point point[RAYS];
    kz_status status;
} shared;

/* What may be asked of one table and one propagation by several threads. */
static void *shared_handles(void *context)
{
    shared *s = context;
    double x[RAYS], t[RAYS];
    kz_options options = coarse(1);
    for (int i = 0; i < RAYS; i++) {
        x[i] = zeta_from + zeta_step * i;
        t[i] = 1.0;
    }
    s->status = KZ_OK;
    for (int i = 0; i < RAYS && s->status == KZ_OK; i++)
        s->status = kz_table_evaluate(&s->value[i], s->table, x[i], 0.5 * x[i]);
    if (s->status == KZ_OK)
        s->status = kz_propagation_points(s->point, s->propagation, x, t, RAYS, &options);
    return NULL;
}

static void property_shared_handles(void **unused)
{
    (void)unused;
    static shared alone, s[THREADS];
    static const double grid[] = {-1.0, -0.5, 0.0, 0.5, 1.0};
    static const double x[] = {-1.0, 0.0, 0.0, 1.0}, beta[] = {1.0, 1.0, 2.0, 2.0}, mu[4] = {0.0};
    pthread_t thread[THREADS];
    kz_table *table;
    kz_options options = coarse(1);
    KZ_CHECK_OK(kz_table_create(&table, kz_chain_xxz(3), grid, 5, grid, 5, &options));
    KZ_CHECK_OK(kz_propagation_create(&alone.propagation, kz_chain_xx(), x, beta, mu, 4, &options));
    alone.table = table;
    (void)shared_handles(&alone);
    KZ_CHECK_OK(alone.status);
    for (int i = 0; i < THREADS; i++) {
        s[i] = (shared){.table = table, .propagation = alone.propagation};
        assert_int_equal(pthread_create(&thread[i], NULL, shared_handles, &s[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        KZ_CHECK_OK(s[i].status);
        for (int k = 0; k < RAYS; k++) {
            assert_true(s[i].value[k].energy == alone.value[k].energy);
            assert_true(s[i].point[k].energy == alone.point[k].energy);
            assert_true(s[i].point[k].err == alone.point[k].err);
        }
    }
    kz_table_free(table);
    kz_propagation_free(alone.propagation);
}

/* -- callbacks ------------------------------------------------------------------------------ */

typedef struct {
    atomic_int inside; /* calls under way */
    int calls, stop_at;
    bool nested, overlap, backwards;
    size_t last, total;
} watcher;

/* A progress function that calls the library again. */
static int watch(void *context, size_t done, size_t total)
{
    watcher *w = context;
    if (atomic_fetch_add(&w->inside, 1) != 0) w->overlap = true;
    w->backwards = w->backwards || done < w->last;
    w->last = done;
    w->total = total;
    if (w->nested) {
        static work inner;
        (void)own_handles(&inner);
        w->overlap = w->overlap || inner.status != KZ_OK;
    }
    w->calls++;
    (void)atomic_fetch_sub(&w->inside, 1);
    return w->stop_at > 0 && w->calls >= w->stop_at;
}

static kz_status rays_with(watcher *w, int threads, kz_ray *rays, size_t n)
{
    static double zeta[40 * RAYS];
    kz_options options = coarse(threads);
    kz_state left = kz_state_thermal(1.0, 0.5), right = kz_state_thermal(2.0, 0.0);
    kz_bipartition *bipartition;
    for (size_t i = 0; i < n; i++)
        zeta[i] = -0.9 + 1.8 * (double)i / (double)n;
    KZ_CHECK_OK(kz_bipartition_create(&bipartition, kz_chain_xxz(3), &left, &right, &options));
    options.progress = watch;
    options.progress_context = w;
    kz_status status = kz_bipartition_rays(rays, bipartition, zeta, n, &options);
    kz_bipartition_free(bipartition);
    return status;
}

static void property_callbacks_come_one_at_a_time(void **unused)
{
    (void)unused;
    static kz_ray rays[40 * RAYS];
    static watcher w;
    KZ_CHECK_OK(rays_with(&w, 2, rays, 40 * RAYS));
    assert_true(w.calls > 1);
    assert_false(w.overlap);
    assert_false(w.backwards);
    assert_int_equal(w.last, w.total);
}

static void property_callbacks_may_call_the_library(void **unused)
{
    (void)unused;
    static kz_ray rays[40 * RAYS];
    static watcher w = {.nested = true, .stop_at = 3};
    KZ_CHECK_STATUS(rays_with(&w, 2, rays, 40 * RAYS), KZ_ECANCELLED);
    assert_false(w.overlap);
    assert_int_equal(w.calls, 3);
}

/* -- reproducibility ------------------------------------------------------------------------ */

static void property_threads_do_not_change_numbers(void **unused)
{
    (void)unused;
    static kz_ray one[RAYS], three[RAYS];
    static watcher w, v;
    KZ_CHECK_OK(rays_with(&w, 1, one, RAYS));
    KZ_CHECK_OK(rays_with(&v, 3, three, RAYS));
    assert_true(same_rays(one, three, RAYS));
}

/* The same points alone, together, and after others. */
static void property_inversion_does_not_depend_on_its_history(void **unused)
{
    (void)unused;
    enum { POINTS = 40 };
    double energy[POINTS], magnetization[POINTS];
    kz_inverse together[POINTS], alone;
    kz_options options = coarse(1);
    kz_inverter *inverter, *fresh;
    for (int i = 0; i < POINTS; i++) {
        energy[i] = -0.2 + 0.006 * i;
        magnetization[i] = 0.02 + 0.003 * i;
    }
    KZ_CHECK_OK(kz_inverter_create(&inverter, kz_chain_xxz(3), NULL, &options));
    KZ_CHECK_OK(kz_inverter_solve(together, inverter, energy, magnetization, POINTS));
    for (int i = 0; i < POINTS; i += 13) {
        KZ_CHECK_OK(kz_inverter_create(&fresh, kz_chain_xxz(3), NULL, &options));
        KZ_CHECK_OK(kz_inverter_solve(&alone, fresh, &energy[i], &magnetization[i], 1));
        assert_true(alone.beta == together[i].beta && alone.mu == together[i].mu);
        KZ_CHECK_OK(kz_inverter_solve(&alone, inverter, &energy[i], &magnetization[i], 1));
        assert_true(alone.beta == together[i].beta && alone.mu == together[i].mu);
        kz_inverter_free(fresh);
    }
    kz_inverter_free(inverter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_handles_of_their_own),
        cmocka_unit_test(property_shared_handles),
        cmocka_unit_test(property_callbacks_come_one_at_a_time),
        cmocka_unit_test(property_callbacks_may_call_the_library),
        cmocka_unit_test(property_threads_do_not_change_numbers),
        cmocka_unit_test(property_inversion_does_not_depend_on_its_history),
    };
    return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
