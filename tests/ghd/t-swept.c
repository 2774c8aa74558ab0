/* What zeros of a velocity leave behind them, on paths with closed forms. */
#include "support/check.h"

#include "ghd/counting/swept.h"

enum { ROOM = 16, TERMS = 6 };

/* The only panel at a place, and memory there. */
static kz_swept_point memory_at(double *sign, const kz_swept *swept, double place)
{
    kz_swept_point out = {.place = NAN};
    int found = 0;
    for (int i = 0; i < swept->count; i++) {
        const kz_swept_panel *p = &swept->panel[i];
        double a = p->from, b = p->to;
        bool rises = kz_swept_at(p, b).place > kz_swept_at(p, a).place;
        if ((place - kz_swept_at(p, a).place) * (place - kz_swept_at(p, b).place) > 0) continue;
        for (int k = 0; k < 60; k++) {
            double middle = 0.5 * (a + b);
            *((kz_swept_at(p, middle).place < place) == rises ? &a : &b) = middle;
        }
        out = kz_swept_at(p, a);
        *sign = p->sign;
        found++;
    }
    assert_int_equal(found, 1);
    return out;
}

/* A zero at x^2, kappa = 2x and lambda = x there, turns back at 0, which is one of the looks for
 * that or, on [-1, 0.9], is not.  Behind it memory has grown by (s before - s after) kappa twice,
 * and is -4 s sqrt(place) of lambda; beyond 0.9^2 it went one way only. */
static void exact_return(void **unused)
{
    (void)unused;
    const kz_zero_path path = {
        .terms = TERMS, .place = {0.5, 0, 0.5}, .kappa = {0, 2}, .lambda = {0, 1}};
    const kz_region start = {.count = 1, .edge = {0.3}};
    for (int i = 0; i < 4; i++) {
        double below = i % 2 ? 1 : -1, end = i / 2 ? 0.9 : 1, sign = 0;
        kz_swept swept;
        KZ_CHECK_OK(kz_swept_create(&swept, ROOM));
        KZ_CHECK_OK(kz_swept_pass(&swept, &path, end, below, &start));
        for (double place = 0.05; place < 1; place += 0.1) {
            bool twice = place < end * end;
            kz_swept_point at = memory_at(&sign, &swept, place);
            KZ_CHECK_CLOSE(at.lambda, (twice ? -4 : -2) * below * sqrt(place), 1e-13);
            KZ_CHECK_CLOSE(at.kappa, 2 * at.lambda, 1e-13);
            assert_true(sign == (twice ? below : -below));
        }
        kz_swept_free(&swept);
    }
}

/* One zero goes up through [0, 1] in steps, another goes down through [0.4, 0.7] later: panels of
 * one state become one, but not across a start at 0.2, where the state jumps. */
static void exact_pieces(void **unused)
{
    (void)unused;
    const kz_region start = {.count = 1, .edge = {0.2}};
    kz_swept swept;
    double sign = 0;
    KZ_CHECK_OK(kz_swept_create(&swept, ROOM));
    for (int i = 0; i < 4; i++) {
        double middle = (i + 0.5) / 4, half = 1.0 / 8;
        kz_zero_path up = {
            .terms = TERMS, .place = {middle, half}, .kappa = {1, 0}, .lambda = {middle, half}};
        KZ_CHECK_OK(kz_swept_pass(&swept, &up, 1, 1, &start));
    }
    kz_swept_tidy(&swept, &start, 1e-12);
    assert_int_equal(swept.count, 2);
    kz_zero_path down = {
        .terms = TERMS, .place = {0.55, -0.15}, .kappa = {3, 0}, .lambda = {1.55, 0.15}};
    KZ_CHECK_OK(kz_swept_pass(&swept, &down, 1, 1, &start));
    kz_swept_tidy(&swept, &start, 1e-12);
    assert_int_equal(swept.count, 4);
    for (double place = 0.03; place < 1; place += 0.1) {
        bool again = place > 0.4 && place < 0.7;
        kz_swept_point at = memory_at(&sign, &swept, place);
        /* -2 at lambda = place, and 2 at 1.55 + (0.55 - place) */
        KZ_CHECK_CLOSE(at.kappa, -2 + (again ? 6 : 0), 1e-13);
        KZ_CHECK_CLOSE(at.lambda, -2 * place + (again ? 2 * (2.1 - place) : 0), 1e-13);
        assert_true(sign == (again ? -1 : 1));
    }
    kz_swept_free(&swept);
}

static void errors_room(void **unused)
{
    (void)unused;
    const kz_region start = {.count = 1, .edge = {0.5}};
    const kz_zero_path up = {.terms = TERMS, .place = {0.5, 0.5}, .kappa = {1}, .lambda = {0, 1}};
    kz_swept swept;
    KZ_CHECK_OK(kz_swept_create(&swept, 1));
    KZ_CHECK_STATUS(kz_swept_pass(&swept, &up, 1, 1, &start), KZ_ENOCONV);
    kz_swept_free(&swept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_return),
        cmocka_unit_test(exact_pieces),
        cmocka_unit_test(errors_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
