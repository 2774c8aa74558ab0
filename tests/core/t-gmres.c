/* Restarted GMRES against direct solves and its own minimal property. */
#include "support/check.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

#include "core/gmres.h"
#include "core/memory.h"

enum { N_MAX = 60 };

/* Dense matrix, row-major; counts how often it is applied. */
typedef struct {
    int n, calls;
    double a[N_MAX * N_MAX];
} dense;

static void apply(double *restrict y, const double *restrict x, void *context)
{
    dense *m = context;
    m->calls++;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, m->n, m->n, 1, m->a, m->n, x, 1, 0, y, 1);
}

/* 1 + scale * (uniform entries)/sqrt(n): spectrum in a disc of radius ~0.6 scale around 1. */
static void random_system(dense *m, double *b, int n, double scale, uint64_t *seed)
{
    *m = (dense){.n = n};
    for (int i = 0; i < n; i++) {
        b[i] = kz_check_uniform(seed, -1, 1);
        for (int j = 0; j < n; j++)
            m->a[i * n + j] = (i == j) + scale * kz_check_uniform(seed, -1, 1) / sqrt(n);
    }
}

static double norm(const double *v, int n) { return cblas_dnrm2(n, v, 1); }

static double residual_of(dense *m, const double *x, const double *b)
{
    double r[N_MAX];
    apply(r, x, m);
    for (int i = 0; i < m->n; i++)
        r[i] -= b[i];
    return norm(r, m->n);
}

static kz_gmres *workspace(int n, int restart)
{
    kz_gmres *w;
    KZ_CHECK_OK(kz_gmres_create(&w, (size_t)n, restart));
    return w;
}

/* -- exact ----------------------------------------------------------------------------------- */

static void exact_against_lapack(void **unused)
{
    (void)unused;
    uint64_t seed = 31;
    print_message("# seed %llu\n", (unsigned long long)seed);
    static dense m;
    for (int n = 1; n <= N_MAX; n += 4) {
        double b[N_MAX], x[N_MAX] = {0}, direct[N_MAX], copy[N_MAX * N_MAX];
        lapack_int pivot[N_MAX];
        random_system(&m, b, n, 1.0, &seed);
        memcpy(copy, m.a, sizeof copy);
        memcpy(direct, b, sizeof direct);
        assert_int_equal(LAPACKE_dgesv(LAPACK_ROW_MAJOR, n, 1, copy, n, pivot, direct, 1), 0);
        kz_gmres *w = workspace(n, n);
        kz_gmres_report report;
        KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, 1e-13, 10 * n, w, &report));
        assert_int_equal(report.applications, m.calls);
        assert_true(report.applications <= n + 1); /* finite termination, one for rounding */
        /* |A^-1| is below ~10 here */
        for (int i = 0; i < n; i++)
            KZ_CHECK_CLOSE(x[i], direct[i], 1e-11);
        KZ_CHECK_CLOSE(report.residual, residual_of(&m, x, b), 1e-13);
        kz_gmres_free(w);
    }
}

/* As many steps as there are distinct eigenvalues. */
static void exact_number_of_steps(void **unused)
{
    (void)unused;
    const double eigenvalue[] = {1, -2, 0.25, 3, 7};
    for (int distinct = 1; distinct <= 5; distinct++) {
        static dense m;
        double b[20], x[20] = {0};
        m = (dense){.n = 20};
        for (int i = 0; i < 20; i++) {
            m.a[21 * i] = eigenvalue[i % distinct];
            b[i] = 1 + 0.1 * i;
        }
        kz_gmres *w = workspace(20, 10);
        kz_gmres_report report;
        KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, 1e-11, 100, w, &report));
        assert_int_equal(report.applications, distinct);
        for (int i = 0; i < 20; i++)
            KZ_CHECK_CLOSE(x[i], b[i] / eigenvalue[i % distinct], 1e-11);
        kz_gmres_free(w);
    }
}

/* One application: x = b (b.Ab)/|Ab|^2 minimises the residual over the line. */
static void exact_first_step_is_minimal(void **unused)
{
    (void)unused;
    uint64_t seed = 8;
    static dense m;
    double b[9], x[9] = {0}, image[9];
    random_system(&m, b, 9, 2.0, &seed);
    kz_gmres *w = workspace(9, 5);
    KZ_CHECK_STATUS(kz_gmres_solve(x, b, apply, &m, 1e-15, 1, w, NULL), KZ_ENOCONV);
    apply(image, b, &m);
    double factor = cblas_ddot(9, b, 1, image, 1) / cblas_ddot(9, image, 1, image, 1);
    for (int i = 0; i < 9; i++)
        KZ_CHECK_CLOSE(x[i], factor * b[i], 1e-15 * 9);
    kz_gmres_free(w);
}

/* -- property -------------------------------------------------------------------------------- */

static void property_residual_falls_and_is_reported(void **unused)
{
    (void)unused;
    uint64_t seed = 1234;
    print_message("# seed %llu\n", (unsigned long long)seed);
    static dense m;
    double b[40], last = INFINITY;
    random_system(&m, b, 40, 1.0, &seed);
    for (int steps = 1; steps <= 30; steps++) {
        double x[40] = {0};
        kz_gmres *w = workspace(40, 40);
        kz_gmres_report report;
        kz_status status = kz_gmres_solve(x, b, apply, &m, 1e-12, steps, w, &report);
        assert_true(status == KZ_OK || status == KZ_ENOCONV);
        assert_int_equal(report.applications, steps);
        assert_true(report.residual <= last); /* nested Krylov spaces */
        last = report.residual;
        /* the best x found is left behind, also on failure */
        KZ_CHECK_CLOSE(residual_of(&m, x, b), report.residual, 1e-14);
        kz_gmres_free(w);
    }
    assert_true(last < 0.1 * norm(b, 40));
}

/* Eigenvalues of both signs, from 1 down to 1e-8: what is left of most vectors is small, and where
 * it were not made orthogonal once more, it would take twice as many steps as there are unknowns.
 */
static void property_stays_orthogonal(void **unused)
{
    (void)unused;
    enum { N = 40 };
    const double tol = 1e-9;
    static dense m;
    double b[N], x[N] = {0};
    m = (dense){.n = N};
    for (int i = 0; i < N; i++) {
        m.a[(N + 1) * i] = (i % 2 ? -1 : 1) * pow(10, -8.0 * i / (N - 1));
        b[i] = 1;
    }
    kz_gmres *w = workspace(N, N);
    kz_gmres_report report;
    KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, tol, 10 * N, w, &report));
    assert_true(report.applications <= N);
    assert_true(residual_of(&m, x, b) <= tol + 1e-16 * norm(x, N));
    kz_gmres_free(w);
}

static void property_restarts_converge(void **unused)
{
    (void)unused;
    uint64_t seed = 77;
    print_message("# seed %llu\n", (unsigned long long)seed);
    static dense m;
    for (int restart = 2; restart <= 20; restart += 3) {
        double b[50], x[50] = {0};
        random_system(&m, b, 50, 0.8, &seed);
        kz_gmres *w = workspace(50, restart);
        kz_gmres_report report;
        KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, 1e-12, 500, w, &report));
        assert_true(residual_of(&m, x, b) <= 2e-12); /* 1e-12 and rounding */
        kz_gmres_free(w);
    }
}

static void property_workspace_is_reusable(void **unused)
{
    (void)unused;
    uint64_t seed = 5;
    static dense m;
    double b[2][30], x[3][30] = {{0}};
    kz_gmres *w = workspace(30, 12);
    random_system(&m, b[1], 30, 0.5, &seed);
    random_system(&m, b[0], 30, 0.5, &seed);
    KZ_CHECK_OK(kz_gmres_solve(x[0], b[0], apply, &m, 1e-12, 100, w, NULL));
    KZ_CHECK_OK(kz_gmres_solve(x[1], b[1], apply, &m, 1e-12, 100, w, NULL));
    KZ_CHECK_OK(kz_gmres_solve(x[2], b[0], apply, &m, 1e-12, 100, w, NULL));
    assert_memory_equal(x[0], x[2], sizeof x[0]); /* no memory of the solve in between */
    kz_gmres_free(w);
}

/* -- edges ----------------------------------------------------------------------------------- */

static void edge_first_guess(void **unused)
{
    (void)unused;
    uint64_t seed = 6;
    static dense m;
    double b[20], x[20], good[20];
    random_system(&m, b, 20, 0.5, &seed);
    for (int i = 0; i < 20; i++)
        x[i] = good[i] = kz_check_uniform(&seed, -1, 1);
    apply(b, good, &m);
    kz_gmres *w = workspace(20, 20);
    kz_gmres_report report;
    KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, 1e-12, 100, w, &report));
    assert_int_equal(report.applications, 1); /* to see that there is nothing to do */
    assert_memory_equal(x, good, sizeof x);
    x[3] += 1; /* a guess with a zero in front, and a wrong one */
    KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, 1e-12, 100, w, &report));
    for (int i = 0; i < 20; i++)
        KZ_CHECK_CLOSE(x[i], good[i], 1e-11);
    memset(x, 0, sizeof x);
    memset(b, 0, sizeof b);
    m.calls = 0;
    KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, 0, 100, w, &report));
    assert_int_equal(m.calls, 0); /* A 0 = 0 needs no application */
    for (int i = 0; i < 20; i++)
        assert_true(x[i] == 0);
    kz_gmres_free(w);
}

/* A tolerance below rounding is met to 1e-13 |b|, at any scale of b. */
static void edge_tolerance_below_rounding(void **unused)
{
    (void)unused;
    uint64_t seed = 15;
    const double scale[] = {1, 1e-200, 1e150};
    static dense m;
    for (size_t s = 0; s < 3; s++) {
        double b[30], x[30] = {0};
        random_system(&m, b, 30, 0.7, &seed);
        for (int i = 0; i < 30; i++)
            b[i] *= scale[s];
        kz_gmres *w = workspace(30, 30);
        kz_gmres_report report;
        KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, 0, 300, w, &report));
        assert_true(residual_of(&m, x, b) <= 1e-13 * norm(b, 30));
        kz_gmres_free(w);
    }
}

/* Two million unknowns would need 640 MB for 40 vectors: the restart is shortened to 6. */
static void edge_large_problem_gets_a_short_restart(void **unused)
{
    (void)unused;
    kz_gmres *w;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_gmres_create(&w, 2000000, 40));
    kz_gmres_free(w);
}

/* -- errors and memory ----------------------------------------------------------------------- */

static void errors_of_the_caller(void **unused)
{
    (void)unused;
    int mark;
    kz_gmres *w = (kz_gmres *)(void *)&mark;
    KZ_CHECK_STATUS(kz_gmres_create(&w, 0, 10), KZ_EINVAL);
    assert_null(w);
    w = (kz_gmres *)(void *)&mark;
    KZ_CHECK_STATUS(kz_gmres_create(&w, 10, 0), KZ_EINVAL);
    assert_null(w);
    kz_gmres_free(NULL);
}

static void errors_not_finite(void **unused)
{
    (void)unused;
    const double bad[] = {(double)NAN, (double)INFINITY, 1e300};
    static dense m;
    uint64_t seed = 2;
    for (size_t i = 0; i < 2; i++) {
        double b[8], x[8] = {0};
        random_system(&m, b, 8, 0.5, &seed);
        b[5] = bad[i];
        kz_gmres *w = workspace(8, 8);
        KZ_CHECK_STATUS(kz_gmres_solve(x, b, apply, &m, 1e-10, 100, w, NULL), KZ_EDOMAIN);
        for (int k = 0; k < 8; k++)
            assert_true(x[k] == 0);
        kz_gmres_free(w);
    }
    for (size_t i = 0; i < 2; i++) { /* an operator that turns bad ends without an endless loop */
        double b[8], x[8] = {0};
        random_system(&m, b, 8, 0.5, &seed);
        m.a[11] = bad[i];
        kz_gmres *w = workspace(8, 8);
        assert_int_not_equal(kz_gmres_solve(x, b, apply, &m, 1e-10, 100, w, NULL), KZ_OK);
        kz_gmres_free(w);
    }
}

static void errors_singular(void **unused)
{
    (void)unused;
    static dense m;
    m = (dense){.n = 3};
    m.a[0] = 1; /* diag(1, 2, 0) */
    m.a[4] = 2;
    double b[3] = {1, 1, 0.5}, x[3] = {0};
    kz_gmres *w = workspace(3, 3);
    kz_gmres_report report;
    KZ_CHECK_STATUS(kz_gmres_solve(x, b, apply, &m, 1e-12, 50, w, &report), KZ_ENOCONV);
    assert_true(report.applications <= 50);
    assert_true(report.residual >= 0.5 - 1e-12); /* the component outside the range */
    b[2] = 0;                                    /* consistent: solved in the range */
    memset(x, 0, sizeof x);
    KZ_CHECK_OK(kz_gmres_solve(x, b, apply, &m, 1e-12, 50, w, &report));
    KZ_CHECK_CLOSE(x[0], 1, 1e-12);
    KZ_CHECK_CLOSE(x[1], 0.5, 1e-12);
    kz_gmres_free(w);
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    kz_gmres *w;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_gmres_create(&w, 10, 5));
    unsigned long count = kz_alloc_count();
    kz_gmres_free(w);
    assert_true(count >= 2);
    for (unsigned long k = 1; k <= count; k++) {
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_gmres_create(&w, 10, 5), KZ_ENOMEM);
        assert_null(w);
    }
    kz_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_against_lapack),
        cmocka_unit_test(exact_number_of_steps),
        cmocka_unit_test(exact_first_step_is_minimal),
        cmocka_unit_test(property_residual_falls_and_is_reported),
        cmocka_unit_test(property_stays_orthogonal),
        cmocka_unit_test(property_restarts_converge),
        cmocka_unit_test(property_workspace_is_reusable),
        cmocka_unit_test(edge_first_guess),
        cmocka_unit_test(edge_tolerance_below_rounding),
        cmocka_unit_test(edge_large_problem_gets_a_short_restart),
        cmocka_unit_test(errors_of_the_caller),
        cmocka_unit_test(errors_not_finite),
        cmocka_unit_test(errors_singular),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
