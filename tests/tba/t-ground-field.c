/* The ground state in a magnetic field. */
#include "support/check.h"

#include <string.h>

#include <kapitza/thermo.h>

#include "core/memory.h"
#include "support/reference.h"
#include "tba/fillings.h"

static const double pi = 3.14159265358979323846;

static kz_ground_field solve(int P, double h, double tol)
{
    kz_ground_field out = {0};
    KZ_CHECK_OK(kz_ground_field_solve(&out, kz_chain_xxz(P), h, tol));
    assert_true(out.err >= 0 && out.err <= fmax(tol, 3e-14)); /* the floor is documented there */
    assert_true(out.fermi_point > 0);
    return out;
}

static void exact_reference_table(void **unused)
{
    (void)unused;
    FILE *file = kz_reference_open("ground_field_reference.tsv");
    kz_reference_row row;
    int rows = 0;
    assert_true(kz_reference_next(&row, file));
    while (kz_reference_next(&row, file)) {
        kz_ground_field g =
            solve((int)kz_reference_number(&row, 0), kz_reference_number(&row, 1), 1e-12);
        double tol = g.err + kz_reference_number(&row, 4);
        KZ_CHECK_CLOSE(g.energy, kz_reference_number(&row, 2), tol);
        KZ_CHECK_CLOSE(g.magnetization, kz_reference_number(&row, 3), tol);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 20);
}

/* P = 2: epsilon = h - cos k, m = arcsin(h)/pi, e = -sqrt(1 - h^2)/pi. */
static void exact_free_fermions(void **unused)
{
    (void)unused;
    const double h[] = {1e-6, 0.01, 0.3, 0.77, 0.999, 1 - 1e-9};
    for (size_t i = 0; i < 6; i++) {
        kz_ground_field g = solve(2, h[i], 1e-13);
        /* near saturation the square root loses half the digits of 1 - h: 1e-16/sqrt(1 - h) */
        double tol = 1e-13 + 2e-16 / sqrt(1 - h[i]);
        KZ_CHECK_CLOSE(g.magnetization, asin(h[i]) / pi, tol);
        KZ_CHECK_CLOSE(g.energy, -sqrt((1 - h[i]) * (1 + h[i])) / pi, tol);
        /* sin of the bare momentum: cosh 2B = 1/h */
        KZ_CHECK_CLOSE(cosh(2 * g.fermi_point) * h[i], 1, 1e-9);
    }
}

/* de = h dm along the line of ground states. */
static void property_field_is_the_slope(void **unused)
{
    (void)unused;
    uint64_t seed = 17;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 12; i++) {
        int P = 3 + i % 6;
        double top = kz_saturation_field(kz_chain_xxz(P)),
               h = kz_check_uniform(&seed, 0.15, 0.85) * top;
        const double weight[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280}, step = 0.01;
        double e = 0, m = 0;
        for (int k = 1; k <= 4; k++) {
            kz_ground_field above = solve(P, h + k * step, 1e-13);
            kz_ground_field below = solve(P, h - k * step, 1e-13);
            e += weight[k - 1] * (above.energy - below.energy) / step;
            m += weight[k - 1] * (above.magnetization - below.magnetization) / step;
        }
        /* 2e-13/step and step^8/630 of ninth derivatives below 1e6 (distance > 0.2 to the ends) */
        KZ_CHECK_CLOSE(e, h * m, 5e-11);
        assert_true(m > 0);
    }
}

/* h -> 0: the zero-field energy, m -> chi h with chi = K/(pi v)... up to logarithms of irrelevant
 * terms; saturation: m -> 1/2 with a square root, e -> Delta/4. */
static void edge_both_ends(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 8; P++) {
        double g = pi / P, top = kz_saturation_field(kz_chain_xxz(P)), h = 1e-4;
        kz_chain chain = kz_chain_xxz(P);
        KZ_CHECK_CLOSE(top, 1 + cos(g), 1e-15);
        kz_ground_field low = solve(P, h, 1e-12);
        /* chi = K/(pi v) = (pi/(2 (pi - g)))/(pi (pi/2) sin g/g) */
        double chi = g / (pi * (pi - g) * sin(g));
        KZ_CHECK_CLOSE(low.magnetization / h, chi, 1e-2 * chi); /* relative h^(4g/(pi-g)) or h^2 */
        KZ_CHECK_CLOSE(low.energy, kz_chain_energy_min(chain) + 0.5 * chi * h * h, 1e-10);
        h = top - 1e-6;
        kz_ground_field full = solve(P, h, 1e-12);
        /* free fermions above the band edge: density sqrt(2 (top - h))/pi, next order linear */
        double density = sqrt(2e-6) / pi;
        KZ_CHECK_CLOSE(0.5 - full.magnetization, density, 4e-6);
        KZ_CHECK_CLOSE(full.energy, 0.25 * cos(g) - top * density, 1e-5);
        assert_true(full.fermi_point < low.fermi_point);
    }
}

/* kz_thermo_compute: sign of the field, zero, saturation and beyond. */
static void property_thermo_follows(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 5; P++) {
        double D = cos(pi / P), last = 0;
        for (double h = 0.1; h < 2.5; h += 0.3) {
            kz_thermo up, down;
            kz_state plus = kz_state_ground(h), minus = kz_state_ground(-h);
            KZ_CHECK_OK(kz_thermo_compute(&up, kz_chain_xxz(P), &plus, 1e-11));
            KZ_CHECK_OK(kz_thermo_compute(&down, kz_chain_xxz(P), &minus, 1e-11));
            KZ_CHECK_CLOSE(up.energy, down.energy, 0);
            KZ_CHECK_CLOSE(up.magnetization, -down.magnetization, 0);
            KZ_CHECK_CLOSE(up.free_energy, up.energy - h * up.magnetization, 1e-15);
            KZ_CHECK_CLOSE(down.free_energy, up.free_energy, 1e-15);
            assert_true(up.magnetization > last || h > 1 + D);
            if (h > 1 + D) {
                KZ_CHECK_CLOSE(up.magnetization, 0.5, 0);
                KZ_CHECK_CLOSE(up.energy, 0.25 * D, 1e-16);
            }
            assert_true(up.mu == INFINITY && down.mu == -INFINITY && up.beta == INFINITY);
            last = up.magnetization;
        }
    }
}

static void errors(void **unused)
{
    (void)unused;
    const double bad[] = {0, -0.5, 1.5, 1.7, (double)INFINITY, (double)NAN};
    for (size_t i = 0; i < 6; i++) { /* P = 3 saturates at 3/2 */
        kz_ground_field out, before;
        memset(&out, 0x5a, sizeof out);
        before = out;
        KZ_CHECK_STATUS(kz_ground_field_solve(&out, kz_chain_xxz(3), bad[i], 1e-10), KZ_EDOMAIN);
        assert_memory_equal(&out, &before, sizeof out);
    }
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    kz_ground_field out, before;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_ground_field_solve(&out, kz_chain_xxz(4), 0.8, 1e-10));
    unsigned long count = kz_alloc_count();
    assert_true(count > 4);
    memset(&out, 0x5a, sizeof out);
    before = out;
    for (unsigned long k = 1; k <= count; k++) {
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_ground_field_solve(&out, kz_chain_xxz(4), 0.8, 1e-10), KZ_ENOMEM);
        assert_memory_equal(&out, &before, sizeof out);
    }
    kz_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_reference_table),
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(property_field_is_the_slope),
        cmocka_unit_test(edge_both_ends),
        cmocka_unit_test(property_thermo_follows),
        cmocka_unit_test(errors),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
