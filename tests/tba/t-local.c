/* The preconditioner of the local form is its exact inverse for constant weights. */
#include "support/check.h"

#include "core/memory.h"
#include "tba/local.h"

/* (1 - K D)^{-1} (1 - K D) x, with K D as the solver applies it: over the nodes. */
static void check_inverse(kz_chain chain, kz_parity parity, uint64_t *seed)
{
    const kz_grid grid = {.chain = chain, .half = 24, .window = 5, .order = 6};
    const kz_closure closure = {.kappa = 0.4, .t = 3};
    double background[KZ_P_MAX], *x, *y, *nodal, *image;
    kz_convolution *c;
    kz_local *local;
    KZ_CHECK_OK(kz_convolution_create(&c, grid, parity));
    KZ_CHECK_OK(kz_local_create(&local, c));
    size_t n = c->n, size = (size_t)c->rows * n;
    KZ_CHECK_OK(kz_alloc_doubles(&x, 4 * size));
    y = x + size, nodal = y + size, image = nodal + size;
    for (int f = 0; f < c->rows; f++)
        background[f] = kz_check_uniform(seed, 0.1, 1);
    if (c->form.closed) kz_local_set_closure(local, &closure);
    kz_local_set_background(local, background);
    for (size_t i = 0; i < size; i++)
        nodal[i] = x[i] = kz_check_uniform(seed, -1, 1);
    kz_convolution_backward(c, nodal);
    for (size_t i = 0; i < size; i++)
        nodal[i] *= background[i / n];
    kz_local_convolve(image, local, nodal);
    for (size_t i = 0; i < size; i++)
        y[i] = x[i] - image[i];
    kz_local_precondition(y, local);
    for (size_t i = 0; i < size; i++)
        KZ_CHECK_CLOSE(y[i], x[i], 1e-13);
    kz_free(x);
    kz_local_free(local);
    kz_convolution_free(c);
}

static void exact_inverse_for_constant_weights(void **unused)
{
    (void)unused;
    static const kz_parity PARITY[] = {KZ_EVEN, KZ_ODD, KZ_FULL};
    static const int FRACTION[][2] = {{3, 1}, {8, 1}, {5, 2}, {12, 5}, {100, 41}, {4, 3}, {8, 5}};
    uint64_t seed = 41;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int p = 0; p < 3; p++) {
        for (size_t i = 0; i < sizeof FRACTION / sizeof *FRACTION; i++)
            check_inverse(kz_chain_rational(FRACTION[i][0], FRACTION[i][1]), PARITY[p], &seed);
        check_inverse(kz_chain_axial(1.5), PARITY[p], &seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_inverse_for_constant_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
