/* Progress callbacks: one at a time, rising, and free to call the library again. */
#include <kapitza/propagate.h>
#include <kapitza/table.h>
#include <kapitza/thermal.h>

#include <stdatomic.h>
#include <unistd.h>

#include "core/progress.h"
#include "support/check.h"

/* What a callback that calls the library keeps of it. */
typedef struct {
    kz_status (*nested)(double *value, kz_options options); /* NULL: calls nothing */
    double value;                                           /* what it gave; all calls the same */
    atomic_int inside, calls;
    size_t last;
    int stop_at; /* call that cancels, 0: none */
    bool overlapped, fell, differed;
    kz_status status;
} watch;

static int watched(void *context, size_t done, size_t total)
{
    watch *w = context;
    if (atomic_fetch_add(&w->inside, 1) != 0) w->overlapped = true;
    int call = atomic_fetch_add(&w->calls, 1) + 1;
    if (done <= w->last || done > total) w->fell = true;
    w->last = done;
    if (w->nested && call <= 3) {
        kz_options options = kz_options_default();
        double value = 0;
        options.threads = 2;
        options.tol = 1e-5;
        kz_status status = w->nested(&value, options);
        if (status != KZ_OK) w->status = status;
        if (call > 1 && value != w->value) w->differed = true;
        w->value = value;
    }
    atomic_fetch_sub(&w->inside, 1);
    return call == w->stop_at;
}

static kz_status rays(double *value, kz_options options)
{
    enum { RAYS = 70 };
    kz_state left = kz_state_thermal(0.3, 0.4), right = kz_state_thermal(1, 0);
    kz_bipartition *b;
    kz_ray ray[RAYS];
    double zeta[RAYS];
    for (int i = 0; i < RAYS; i++)
        zeta[i] = -1 + 2.0 * i / RAYS;
    kz_status status = kz_bipartition_create(&b, kz_chain_xxz(3), &left, &right, &options);
    if (status == KZ_OK) status = kz_bipartition_rays(ray, b, zeta, RAYS, &options);
    if (status == KZ_OK) *value = ray[40].energy_current;
    kz_bipartition_free(b);
    return status;
}

static kz_status table(double *value, kz_options options)
{
    const double beta[] = {-1, -0.5, 0, 0.5, 1, 2}, mu[] = {-1, 0, 1};
    kz_table *t;
    kz_table_point node;
    kz_status status = kz_table_create(&t, kz_chain_xxz(3), beta, 6, mu, 3, &options);
    if (status == KZ_OK) status = kz_table_get_node(&node, t, 4, 2);
    if (status == KZ_OK) *value = node.energy;
    kz_table_free(t);
    return status;
}

static kz_status energies(double *value, kz_options options)
{
    kz_table *t;
    kz_table_point node;
    kz_status status = kz_table_create_energy(&t, kz_chain_xx(), &options);
    if (status == KZ_OK) status = kz_table_get_node(&node, t, 3, 0);
    if (status == KZ_OK) *value = node.energy;
    kz_table_free(t);
    return status;
}

static kz_status inversions(double *value, kz_options options)
{
    const double e[] = {-0.1, 0.05, -0.2, 0.1, 0, -0.05, 0.02, -0.15, 0.07, -0.01};
    kz_inverse row[10];
    kz_inverter *inverter;
    kz_status status = kz_inverter_create(&inverter, kz_chain_xxz(3), NULL, &options);
    if (status == KZ_OK) status = kz_inverter_solve(row, inverter, e, NULL, 10);
    if (status == KZ_OK) *value = row[7].beta;
    kz_inverter_free(inverter);
    return status;
}

static kz_status points(double *value, kz_options options)
{
    const double x[] = {-1, 0, 0.4, 1, 2}, t[] = {0.3, 0.3, 0.3, 0.3, 0.3};
    kz_propagation_point point[5];
    kz_propagation *p;
    const double at[] = {-2, -1, 0, 1, 2}, beta[] = {1, 1.1, 1.3, 1.1, 1}, mu[] = {0, 0, 0, 0, 0};
    kz_status status = kz_propagation_create(&p, kz_chain_xx(), at, beta, mu, 5, &options);
    if (status == KZ_OK) status = kz_propagation_points(point, p, x, t, 5, &options);
    if (status == KZ_OK) *value = point[2].energy_current;
    kz_propagation_free(p);
    return status;
}

typedef kz_status (*job)(double *value, kz_options options);

static const job jobs[] = {rays, table, energies, inversions, points};
enum { JOBS = sizeof jobs / sizeof *jobs };

static kz_options watched_options(watch *w)
{
    kz_options options = kz_options_default();
    options.tol = 1e-5;
    options.threads = 2;
    options.progress = watched;
    options.progress_context = w;
    return options;
}

/* 2026-11-26: the callback of one call ran in a critical section that all calls of the function
 * shared, so that calling it from there waited for ever.  Every job, from within every one. */
static void bug_callback_that_calls_the_library(void **unused)
{
    (void)unused;
    double alone[JOBS];
    for (int i = 0; i < JOBS; i++) {
        watch w = {.status = KZ_OK};
        KZ_CHECK_OK(jobs[i](&alone[i], watched_options(&w)));
    }
    for (int i = 0; i < JOBS * JOBS; i++) {
        watch w = {.nested = jobs[i % JOBS]};
        double value = 0;
        (void)alarm(60); /* a deadlock ends here */
        KZ_CHECK_OK(jobs[i / JOBS](&value, watched_options(&w)));
        (void)alarm(0);
        KZ_CHECK_OK(w.status);
        assert_true(value == alone[i / JOBS] && w.value == alone[i % JOBS]);
        assert_true(atomic_load(&w.calls) > 0 && !w.overlapped && !w.fell && !w.differed);
    }
}

/* One call more than the one that cancels is never made. */
static void errors_cancelled(void **unused)
{
    (void)unused;
    for (int i = 0; i < JOBS; i++) {
        watch w = {.stop_at = 2};
        double value = 77;
        KZ_CHECK_STATUS(jobs[i](&value, watched_options(&w)), KZ_ECANCELLED);
        assert_true(value == 77);
        assert_int_equal(atomic_load(&w.calls), 2);
    }
}

static void exact_counts(void **unused)
{
    (void)unused;
    watch w = {.stop_at = 3};
    kz_progress progress;
    kz_progress_start(&progress, watched, &w);
    kz_progress_add(&progress, 2, 10);
    assert_int_equal(w.last, 2);
    kz_progress_add(&progress, 3, 0); /* not told */
    assert_int_equal(w.last, 2);
    kz_progress_add_ahead(&progress, 1, 4);
    assert_int_equal(w.last, 6);
    assert_false(kz_progress_is_cancelled(&progress));
    kz_progress_add(&progress, 1, 10);
    assert_true(kz_progress_is_cancelled(&progress));
    kz_progress_add(&progress, 1, 10);
    assert_int_equal(w.last, 7);
    assert_int_equal(progress.done, 8);
    kz_progress_end(&progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_counts),
        cmocka_unit_test(bug_callback_that_calls_the_library),
        cmocka_unit_test(errors_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
