/* Anderson's acceleration of linear iterations, where it is GMRES. */
#include "support/check.h"

#include <cblas.h>
#include <string.h>

#include "core/anderson.h"
#include "core/memory.h"

enum { N = 40, SLOW = 4 };

/* Eigenvalues of A in f(x) = A (solution - x) but for ones; two of them make x -> x + f diverge. */
static const double slow[SLOW] = {0.01, 0.2, 3, -0.5};

typedef struct {
    double mirror[N]; /* unit vector: eigenvectors are the reflected axes */
    double solution[N];
} problem;

static problem random_problem(uint64_t seed)
{
    problem p;
    for (int i = 0; i < N; i++) {
        p.mirror[i] = kz_check_uniform(&seed, -1, 1);
        p.solution[i] = kz_check_uniform(&seed, -1, 1);
    }
    cblas_dscal(N, 1 / cblas_dnrm2(N, p.mirror, 1), p.mirror, 1);
    return p;
}

static void reflect(double *x, const problem *p)
{
    cblas_daxpy(N, -2 * cblas_ddot(N, p->mirror, 1, x, 1), p->mirror, 1, x, 1);
}

static void evaluate(double *f, const problem *p, const double *x)
{
    for (int i = 0; i < N; i++)
        f[i] = p->solution[i] - x[i];
    reflect(f, p);
    for (int i = 0; i < SLOW; i++)
        f[i] *= slow[i];
    reflect(f, p);
}

static kz_anderson *create(void)
{
    kz_anderson *a;
    KZ_CHECK_OK(kz_anderson_create(&a, N));
    return a;
}

/* One step of x; what it returns is how far x went. */
static double advance(double *x, kz_anderson *a, const problem *p)
{
    double f[N], before[N];
    memcpy(before, x, sizeof before);
    evaluate(f, p, x);
    double move = kz_anderson_next(x, a, f);
    cblas_daxpy(N, -1, x, 1, before, 1);
    KZ_CHECK_CLOSE_REL(move, cblas_dnrm2(N, before, 1), 1e-12);
    return move;
}

/* Five eigenvalues: the polynomial of degree five that vanishes on them is the best there is, and
 * none of degree four does. */
static void exact_linear(void **unused)
{
    (void)unused;
    problem p = random_problem(5);
    kz_anderson *a = create();
    double x[N] = {0}, move = 0;
    for (int i = 0; i < SLOW + 2; i++) {
        move = advance(x, a, &p);
        assert_true(move > 1e-3);
    }
    for (int i = 0; i < N; i++)
        KZ_CHECK_CLOSE(x[i], p.solution[i], 1e-10);
    kz_anderson_free(a);
}

/* At the solution it stays there, many times over, where all changes are rounding. */
static void edge_solution(void **unused)
{
    (void)unused;
    problem p = random_problem(6);
    kz_anderson *a = create();
    double x[N] = {0};
    const double still[N] = {0};
    for (int i = 0; i < 4 * KZ_ANDERSON_DEPTH; i++) {
        double f[N];
        evaluate(f, &p, x);
        (void)kz_anderson_next(x, a, f);
    }
    for (int i = 0; i < N; i++)
        KZ_CHECK_CLOSE(x[i], p.solution[i], 1e-12);
    kz_anderson_reset(a);
    for (int i = 0; i < 2; i++)
        KZ_CHECK_CLOSE(kz_anderson_next(x, a, still), 0, 0);
    kz_anderson_free(a);
}

/* Changes of f along one direction only, to rounding: the latest is used, and not what rounding
 * makes of the others. */
static void edge_dependent_changes(void **unused)
{
    (void)unused;
    enum { STEPS = 5 };
    static const double along[STEPS] = {1, 0.6, 0.35, 0.2, 0.11};
    problem p = random_problem(9);
    kz_anderson *a = create();
    double x[N], f[N], last[N] = {0}, constant = cblas_ddot(N, p.solution, 1, p.mirror, 1);
    for (int k = 0; k < STEPS; k++) {
        double want[N], change = k ? along[k] - along[k - 1] : 0;
        for (int i = 0; i < N; i++) {
            x[i] = cos(i + k * k);
            f[i] = p.solution[i] + along[k] * p.mirror[i];
            want[i] = x[i] + f[i];
            if (k == 0) continue;
            double dx = x[i] - last[i], df = change * p.mirror[i];
            want[i] -= (constant + along[k]) / change * (dx + df);
        }
        memcpy(last, x, sizeof last);
        (void)kz_anderson_next(x, a, f);
        for (int i = 0; i < N; i++)
            KZ_CHECK_CLOSE(x[i], want[i], 1e-12);
    }
    kz_anderson_free(a);
}

/* After a reset it is as new. */
static void property_reset(void **unused)
{
    (void)unused;
    problem p = random_problem(7), other = random_problem(8);
    kz_anderson *used = create(), *fresh = create();
    double x[N] = {0}, y[N] = {0}, z[N] = {0};
    for (int i = 0; i < KZ_ANDERSON_DEPTH + 3; i++)
        (void)advance(z, used, &other);
    kz_anderson_reset(used);
    for (int i = 0; i < 4; i++) {
        (void)advance(x, used, &p);
        (void)advance(y, fresh, &p);
        assert_memory_equal(x, y, sizeof x);
    }
    kz_anderson_free(used);
    kz_anderson_free(fresh);
}

static void memory(void **unused)
{
    (void)unused;
    kz_anderson *a;
    kz_alloc_fail_at(0);
    kz_anderson_free(create());
    unsigned long count = kz_alloc_count();
    assert_true(count == 4 + 3 * KZ_ANDERSON_DEPTH);
    for (unsigned long k = 1; k <= count; k++) {
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_anderson_create(&a, N), KZ_ENOMEM);
        assert_null(a);
    }
    kz_alloc_fail_at(0);
    kz_anderson_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_linear),
        cmocka_unit_test(edge_solution),
        cmocka_unit_test(edge_dependent_changes),
        cmocka_unit_test(property_reset),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
