/* What the user types: numbers, lists, chains, states. */
#include "support/check.h"

#include <string.h>

#include "cli/words/parse.h"
#include "io/table.h"

static const double pi = 3.14159265358979323846;

static void check_number(const char *text, double expected)
{
    cli_reason reason = {""};
    double value = NAN;
    if (!cli_parse_number(&value, text, &reason)) {
        print_error("\"%s\" is refused: %s\n", text, reason.text);
        fail();
    }
    if (isinf(expected))
        assert_true(value == expected);
    else
        KZ_CHECK_CLOSE(value, expected, 1e-15 * fabs(expected));
}

static void check_no_number(const char *text)
{
    cli_reason reason = {""};
    double value = 0.25;
    if (cli_parse_number(&value, text, &reason)) {
        print_error("\"%s\" is taken as %g\n", text, value);
        fail();
    }
    assert_true(strlen(reason.text) > 0);
}

static void test_numbers(void **state)
{
    (void)state;
    check_number("0", 0.0);
    check_number("-0", 0.0);
    check_number("12", 12.0);
    check_number("-.5", -0.5);
    check_number("5.", 5.0);
    check_number("1e-3", 1e-3);
    check_number("2.5E+2", 250.0);
    check_number("1.0D-03", 1e-3);
    check_number("-2d2", -200.0);
    check_number("pi/4", pi / 4.0);
    check_number("-pi", -pi);
    check_number("2*pi/3", 2.0 * pi / 3.0);
    check_number("1-2-3", -4.0);
    check_number("8/4/2", 1.0);
    check_number("1+2*3", 7.0);
    check_number("(1+2)*3", 9.0);
    check_number("2*-3", -6.0);
    check_number("cos(pi/3)", 0.5);
    check_number("sqrt(2)/2", sqrt(0.5));
    check_number("sqrt(cos(0)+3)", 2.0);
    check_number("inf", INFINITY);
    check_number("+inf", INFINITY);
    check_number("-inf", -INFINITY);
}

static void test_no_numbers(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",        " 1",    "1 ",     "nan",      "NaN",        "-nan",  "infinity", "INF",
        "0x10",    "1e",    "1e+",    ".",        "e5",         "1.2.3", "1,5",      "1;2",
        "2pi",     "pi2",   "--1",    "1++",      "*2",         "(1",    "1)",       "()",
        "cos1",    "cos(",  "sin(1)", "1/0",      "0/0",        "1e999", "-1e400",   "1e308*10",
        "inf-inf", "2*inf", "1/inf",  "sqrt(-1)", "sqrt()",     "1e5x",  "exp(1)",   "\t1",
        "1\n",     "0.5f",  "1_000",  "١",        "cos(1e999)",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_no_number(texts[i]);
    char deep[400] = {0};
    memset(deep, '(', 199);
    deep[199] = '1';
    memset(deep + 200, ')', 199);
    check_no_number(deep);
    char longest[400] = {0};
    memset(longest, '1', 399);
    check_no_number(longest);
}

static void check_list(const char *text, size_t count, const double *expected)
{
    cli_reason reason = {""};
    cli_list list;
    if (!cli_parse_list(&list, text, &reason)) {
        print_error("\"%s\" is refused: %s\n", text, reason.text);
        fail();
    }
    assert_int_equal(list.count, count);
    for (size_t i = 0; expected && i < count; i++)
        KZ_CHECK_CLOSE(list.values[i], expected[i], 1e-15);
    cli_list_free(&list);
}

static void test_lists(void **state)
{
    (void)state;
    check_list("0,1,2,5", 4, (double[]){0.0, 1.0, 2.0, 5.0});
    check_list("pi/4", 1, (double[]){pi / 4.0});
    check_list("0,1,2:10:2", 7, (double[]){0, 1, 2, 4, 6, 8, 10});
    check_list("0, 1", 2, (double[]){0.0, 1.0});
    check_list("0 ,\t1,  2:10:4", 5, (double[]){0, 1, 2, 6, 10});
    check_list("2: 3: 0.5", 3, (double[]){2, 2.5, 3});
    check_list("0, 1 :\t2 : 1 , 4", 4, (double[]){0, 1, 2, 4});
    check_list("0:1:0.1", 11, NULL);
    check_list("0:0.95:0.1", 10, NULL);
    check_list("1:0:-0.5", 3, (double[]){1.0, 0.5, 0.0});
    check_list("3:3:1", 1, (double[]){3.0});
    check_list("0:1:3", 1, (double[]){0.0});
    check_list("-1.2:1.2:0.006", 401, NULL);
    check_list("0:9999999:1", CLI_LIST_MAX, NULL);
}

/* -1.2 + 200 * 0.006 is not 0 in floating point, and a ray 1e-17 off belongs to one side. */
static void test_list_zero(void **state)
{
    (void)state;
    cli_reason reason;
    cli_list list;
    assert_true(cli_parse_list(&list, "-1.2:1.2:0.006", &reason));
    assert_true(list.values[200] == 0.0 && !signbit(list.values[200]));
    assert_true(list.values[199] < 0.0 && list.values[201] > 0.0);
    KZ_CHECK_CLOSE(list.values[400], 1.2, 1e-15);
    cli_list_free(&list);
}

static void test_no_lists(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        ",",
        "1,",
        ",1",
        "1,,2",
        "1, ,2",
        "1, ",
        " 1,2",
        "1,2 ",
        "1 2",
        "1:2",
        "1:2:3:4",
        "0:1:0",
        "1:0:0.1",
        "0:1:-1",
        "0:1:",
        ":1:1",
        "0:inf:1",
        "0:1:nan",
        "0:1e9:1",
        "0:1:1e-8",
        "0:1e300:1e-300",
        "0:10000000:1",
        "1,0:9999999:1",
        "-1e308:1e308:1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cli_reason reason = {""};
        cli_list list;
        if (cli_parse_list(&list, texts[i], &reason)) {
            print_error("\"%s\" is taken as a list\n", texts[i]);
            fail();
        }
        assert_null(list.values);
        assert_true(strlen(reason.text) > 0);
    }
}

static void check_chain(const char *text, kz_chain expected)
{
    cli_reason reason = {""};
    kz_chain chain, again;
    char canonical[CLI_TEXT_SIZE];
    if (!cli_parse_chain(&chain, text, &reason)) {
        print_error("\"%s\" is refused: %s\n", text, reason.text);
        fail();
    }
    assert_true(kz_chain_is_same(chain, expected));
    assert_true(cli_parse_chain(&again, cli_chain_text(canonical, chain), &reason));
    assert_true(kz_chain_is_same(chain, again));
}

static void test_chains(void **state)
{
    (void)state;
    check_chain("xx", kz_chain_xx());
    check_chain("gamma=pi/4", kz_chain_xxz(4));
    check_chain("gamma=pi/2", kz_chain_xxz(2));
    check_chain("gamma=0.785398163397448", kz_chain_xxz(4));
    check_chain("P=2", kz_chain_xxz(2));
    check_chain("P=256", kz_chain_xxz(256));
    check_chain("Delta=0", kz_chain_xxz(2));
    check_chain("Delta=0.5", kz_chain_xxz(3));
    check_chain("Delta=1/2", kz_chain_xxz(3));
    check_chain("Delta=cos(pi/4)", kz_chain_xxz(4));
    check_chain("Delta=sqrt(2)/2", kz_chain_xxz(4));
    for (int P = KZ_P_MIN; P <= KZ_P_MAX; P++) {
        char text[64];
        (void)snprintf(text, sizeof text, "Delta=cos(pi/%d)", P);
        check_chain(text, kz_chain_xxz(P));
        (void)snprintf(text, sizeof text, "gamma=pi/%d", P);
        check_chain(text, kz_chain_xxz(P));
    }
}

static void test_other_chains(void **state)
{
    (void)state;
    check_chain("gamma=2*pi/5", kz_chain_rational(5, 2));
    check_chain("P=5,Q=2", kz_chain_rational(5, 2));
    check_chain("P=256,Q=255", kz_chain_rational(256, 255));
    check_chain("P=10,Q=4", kz_chain_rational(5, 2));
    check_chain("Delta=-0.5", kz_chain_rational(3, 2));
    check_chain("Delta=0.3090169943749475", kz_chain_rational(5, 2));
    check_chain("Delta=cos(41*pi/64)", kz_chain_rational(64, 41));
    check_chain("Delta=-1.1", kz_chain_axial(-1.1));
    check_chain("Delta=1", kz_chain_axial(1));
    check_chain("Delta=-1", kz_chain_axial(-1));
}

static void check_no_chain(const char *text, const char *must_say)
{
    cli_reason reason = {""};
    kz_chain chain;
    if (cli_parse_chain(&chain, text, &reason)) {
        print_error("\"%s\" is taken as a chain\n", text);
        fail();
    }
    if (!strstr(reason.text, must_say)) {
        print_error("\"%s\": \"%s\" does not say \"%s\"\n", text, reason.text, must_say);
        fail();
    }
}

static void test_no_chains(void **state)
{
    (void)state;
    check_no_chain("", "accepted: xx");
    check_no_chain("XX", "accepted: xx");
    check_no_chain("ising", "\"ising\"");
    check_no_chain("P=1", "from 2 to 256");
    check_no_chain("P=257", "from 2 to 256");
    check_no_chain("P=4.5", "from 2 to 256");
    check_no_chain("P=99999999999999999999", "from 2 to 256");
    check_no_chain("P=-4", "from 2 to 256");
    check_no_chain("P=5,q=2", ",Q=1 ... 4");
    check_no_chain("P=5,Q=", "from 1 to 4");
    check_no_chain("P=5,Q=0", "from 1 to 4");
    check_no_chain("P=5,Q=5", "from 1 to 4");
    /* between 13/44 and 18/61, found by listing all fractions */
    check_no_chain("Delta=0.6", "Delta = 0.5992776665 (P=44,Q=13) and Delta = 0.6002142805 (P=61,");
    check_no_chain("Delta=-0.300000012", "Delta = -0.300000012 is not cos(pi Q/P)");
    check_no_chain("Delta=0.500000012", "Delta = 0.5 (P=3)");
    check_no_chain("Delta=1001", "|Delta| <= 1000");
    check_no_chain("Delta=nan", "not understood");
    check_no_chain("Delta=inf", "finite");
    check_no_chain("gamma=1", "(P=22,Q=7) and gamma = 1.002635953 (P=47,Q=15)");
    check_no_chain("gamma=0", "0 < gamma < pi");
    check_no_chain("gamma=-pi/4", "0 < gamma < pi");
    check_no_chain("gamma=4", "0 < gamma < pi");
}

static void check_state(const char *text, kz_state expected)
{
    cli_reason reason = {""};
    kz_state got, again;
    if (!cli_parse_state(&got, text, &reason)) {
        print_error("\"%s\" is refused: %s\n", text, reason.text);
        fail();
    }
    char canonical[CLI_TEXT_SIZE];
    assert_true(cli_parse_state(&again, cli_state_text(canonical, &got), &reason));
    for (int i = 0; i < 2; i++) {
        const kz_state *s = i ? &again : &got;
        assert_int_equal(s->kind, expected.kind);
        assert_true(s->beta == expected.beta && s->mu == expected.mu && s->h == expected.h);
    }
}

static void test_states(void **state)
{
    (void)state;
    check_state("ground", kz_state_ground(0.0));
    check_state("ground,h=0.25", kz_state_ground(0.25));
    check_state("ground,h=-1/3", kz_state_ground(-1.0 / 3.0));
    check_state("ceiling", kz_state_ceiling());
    check_state("up", kz_state_up());
    check_state("down", kz_state_down());
    check_state("beta=1.5", kz_state_thermal(1.5, 0.0));
    check_state("beta=1/3,mu=-0.7", kz_state_thermal(1.0 / 3.0, -0.7));
    check_state("mu=1,beta=2", kz_state_thermal(2.0, 1.0));
    check_state("beta=2,h=0.5", kz_state_thermal(2.0, 1.0));
    check_state("beta=2, h=0.5", kz_state_thermal(2.0, 1.0));
    check_state("ground, h=0.25", kz_state_ground(0.25));
    check_state("T=0.5", kz_state_thermal(2.0, 0.0));
    check_state("T=-4,mu=1", kz_state_thermal(-0.25, 1.0));
    check_state("T=inf", kz_state_thermal(0.0, 0.0));
    check_state("T=-inf,mu=2", kz_state_thermal(0.0, 2.0));
    check_state("beta=0", kz_state_thermal(0.0, 0.0));
    check_state("beta=inf", kz_state_ground(0.0));
    check_state("beta=inf,h=1", kz_state_ground(1.0));
    check_state("beta=-inf", kz_state_ceiling());
}

static void test_no_states(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Ground",
        "ground,",
        "ground,mu=1",
        "ground,beta=1",
        "ground,T=1",
        "ceiling,h=1",
        "ceiling,mu=0",
        "up,h=1",
        "down,",
        "beta",
        "beta=",
        "beta=nan",
        "beta=1,beta=2",
        "beta=1,T=1",
        "beta=1,mu=inf",
        "beta=1,mu=nan",
        "beta=1,mu=1,h=1",
        "mu=1",
        "h=1",
        "T=0",
        "T=1e-320",
        "beta=inf,mu=1",
        "beta=-inf,h=1",
        "beta=1 ",
        "beta=1;mu=2",
        "temperature=1",
        "beta=1e300,h=1e300",
        "T=nan",
        "ground,h=inf",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cli_reason reason = {""};
        kz_state got;
        if (cli_parse_state(&got, texts[i], &reason)) {
            print_error("\"%s\" is taken as a state\n", texts[i]);
            fail();
        }
        assert_true(strlen(reason.text) > 0);
    }
}

static void test_formats(void **state)
{
    (void)state;
    char text[KZ_IO_NUMBER_SIZE];
    assert_string_equal(kz_io_format_number(text, NAN), "nan");
    assert_string_equal(kz_io_format_number(text, -NAN), "nan");
    assert_string_equal(kz_io_format_number(text, INFINITY), "inf");
    assert_string_equal(kz_io_format_number(text, -INFINITY), "-inf");
    assert_string_equal(kz_io_format_number(text, -0.0), "0");
    assert_string_equal(kz_io_format_number(text, 1.0 / 3.0), "0.333333333333333");
    assert_string_equal(kz_io_format_exact(text, 0.1), "0.1");
    assert_string_equal(kz_io_format_exact(text, 1.0 / 3.0), "0.33333333333333331");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),      cmocka_unit_test(test_no_numbers),
        cmocka_unit_test(test_lists),        cmocka_unit_test(test_list_zero),
        cmocka_unit_test(test_no_lists),     cmocka_unit_test(test_chains),
        cmocka_unit_test(test_other_chains), cmocka_unit_test(test_no_chains),
        cmocka_unit_test(test_states),       cmocka_unit_test(test_no_states),
        cmocka_unit_test(test_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
