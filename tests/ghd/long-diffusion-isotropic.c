/* Spin diffusion at Delta = 1 and -1 in a field, nearer to half filling and to less. */
#include "diffusion-hot.h"

static void exact_hot(void **unused)
{
    (void)unused;
    check_hot(-3, 1e-4);
    check_hot(3, 1e-6);
    check_hot(4, 1e-5);
}

static void property_err(void **unused)
{
    (void)unused;
    check_err(6, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_hot),
        cmocka_unit_test(property_err),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
