/* Ohmic junctions with a conductivity given as a table. */
#include <string.h>

#include "support/junction.h"

static const double inf = (double)INFINITY;

/* kappa = 1/T^2 is the law in beta, a constant is Fourier's. */
static void property_table_laws(void **unused)
{
    (void)unused;
    enum { COUNT = 40001 };
    static double T[COUNT], square[COUNT], flat[COUNT];
    const double ratio = log(500.0) / (COUNT - 1);
    for (int i = 0; i < COUNT; i++) {
        T[i] = 0.2 * exp(ratio * i);
        square[i] = 1 / (T[i] * T[i]);
        flat[i] = 2.5;
    }
    kz_junction_params by_beta = junction_paper(kz_law_beta()),
                       fourier = junction_paper(kz_law_fourier());
    kz_junction_params inverse_square = junction_paper(kz_law_table(T, square, COUNT));
    kz_junction_params constant = junction_paper(kz_law_table(T, flat, COUNT));
    kz_junction *a = junction_create(&by_beta, 1e-9), *b = junction_create(&inverse_square, 1e-9);
    kz_junction *c = junction_create(&fourier, 1e-9), *d = junction_create(&constant, 1e-9);
    const double R[] = {0, 0.7, 4, 10};
    for (size_t i = 0; i < 4; i++) {
        kz_junction_point p = junction_solve(a, &by_beta.law, R[i], 1e-9);
        kz_junction_point q = junction_solve(b, NULL, R[i], 1e-9);
        /* trapezoids of 1/T^2: relative ratio^2/2 of R J < 1 */
        double tol = p.err + q.err + ratio * ratio;
        KZ_CHECK_CLOSE_REL(q.beta_minus, p.beta_minus, tol);
        KZ_CHECK_CLOSE_REL(q.beta_plus, p.beta_plus, tol);
        KZ_CHECK_CLOSE(q.energy_current, p.energy_current, tol);
        p = junction_solve(c, &fourier.law, R[i] / 2.5, 1e-9);
        q = junction_solve(d, NULL, R[i], 1e-9);
        KZ_CHECK_CLOSE_REL(q.t_minus, p.t_minus, p.err + q.err);
        KZ_CHECK_CLOSE_REL(q.t_plus, p.t_plus, p.err + q.err);
        KZ_CHECK_CLOSE(q.energy_current, p.energy_current, p.err + q.err);
    }
    kz_junction_free(a);
    kz_junction_free(b);
    kz_junction_free(c);
    kz_junction_free(d);
}

/* The table is copied: the caller's arrays may go away. */
static void property_table_is_copied(void **unused)
{
    (void)unused;
    double T[] = {0.5, 1, 3}, kappa[] = {1, 1, 1};
    const kz_junction_params params = junction_paper(kz_law_table(T, kappa, 3));
    kz_junction *junction = junction_create(&params, 1e-8);
    memset(T, 0, sizeof T);
    memset(kappa, 0, sizeof kappa);
    kz_junction_point point = junction_solve(junction, NULL, 5, 1e-8);
    KZ_CHECK_CLOSE(point.t_minus - point.t_plus, 5 * point.energy_current, 1e-6);
    kz_junction_free(junction);
}

/* Outside the conductivity table: KZ_EDOMAIN with the range, nothing written. */
static void errors_table_range(void **unused)
{
    (void)unused;
    const double low[] = {0.1, 0.5, 1}, high[] = {2, 3, 4}, short_[] = {0.5, 1, 1.5};
    const double kappa[] = {1, 2, 1};
    const struct {
        const double *T, R;
        bool fails;
        const char *range[2];
    } call[] = {
        {low, 1, true, {"0.1", "1"}},       /* T(R = 0) = 1.32 above the table */
        {high, 1, true, {"2", "4"}},        /* below it */
        {short_, 50, true, {"0.5", "1.5"}}, /* the hot edge leaves it */
        {short_, inf, true, {"0.5", "1.5"}}, {short_, 0.1, false, {"", ""}},
    };
    for (size_t i = 0; i < sizeof call / sizeof *call; i++) {
        const kz_junction_params params = junction_paper(kz_law_table(call[i].T, kappa, 3));
        kz_junction *junction = junction_create(&params, 1e-6);
        kz_junction_point point, before;
        memset(&point, 0x5a, sizeof point);
        before = point;
        if (call[i].fails) {
            KZ_CHECK_STATUS(kz_junction_solve(&point, junction, call[i].R), KZ_EDOMAIN);
            assert_memory_equal(&point, &before, sizeof point);
            assert_non_null(strstr(kz_error_reason(), call[i].range[0]));
            assert_non_null(strstr(kz_error_reason(), call[i].range[1]));
        } else {
            KZ_CHECK_OK(kz_junction_solve(&point, junction, call[i].R));
        }
        kz_junction_free(junction);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_table_laws),
        cmocka_unit_test(property_table_is_copied),
        cmocka_unit_test(errors_table_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
