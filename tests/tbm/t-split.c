/* The fast truncation against the full singular value decomposition. */
#include <stdlib.h>
#include <string.h>

#include "tbm/update.h"
#include "tests/tbm/support.h"

typedef struct {
    kz_mps *mps;
    double discarded;
    profile p;
} result;

/* Runs a quench from a product state with alternating spins or a domain wall. */
static result run(size_t L, bool alternating, kz_split split, double cutoff, size_t chi, double t,
                  double dt)
{
    bool spins[MOST_SITES];
    double delta[MOST_SITES];
    result out;
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    kz_lattice_profile view = profile_view(&out.p);
    params.split = split;
    params.cutoff = cutoff;
    params.chi = chi;
    couplings(delta, L, 0.0, 0.70710678118654752440);
    for (size_t i = 0; i < L; i++)
        spins[i] = alternating ? i % 2 == 0 : i < L / 2;
    KZ_CHECK_OK(kz_mps_create_product(&out.mps, L, spins));
    KZ_CHECK_OK(kz_tebd_create(&tebd, out.mps, delta, &params));
    KZ_CHECK_OK(kz_tebd_advance(tebd, dt, (size_t)lround(t / dt), NULL, NULL));
    out.discarded = kz_tebd_truncation_total(tebd);
    kz_tebd_free(tebd);
    KZ_CHECK_OK(kz_mps_measure(&view, out.mps, delta, 1));
    return out;
}

/* Both discard the same weight to 2 % (single updates are tested to 0.5 % above; a run spends its
 * budget in whole Schmidt values), need the same bond dimension to 2 %, and agree within what was
 * discarded (norm error sqrt(2 w), observables at most of order one times that). */
static void runs_agree_with_the_full_decomposition(void **state)
{
    (void)state;
    static const struct {
        size_t L, chi;
        bool alternating;
        double cutoff, t, dt;
    } cases[] = {{24, 1000, true, 1e-8, 4.0, 0.1},
                 {24, 30, true, 1e-8, 4.0, 0.1},
                 {40, 1000, false, 1e-9, 12.0, 0.2},
                 {24, 1000, true, 1e-6, 4.0, 0.5},
                 {16, 1000, true, 1e-9, 2.0, 1.0}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        result r[2];
        for (int j = 0; j < 2; j++)
            r[j] = run(cases[k].L, cases[k].alternating, j ? KZ_SPLIT_SVD : KZ_SPLIT_AUTO,
                       cases[k].cutoff, cases[k].chi, cases[k].t, cases[k].dt);
        size_t ours = kz_mps_max_bond_dimension(r[0].mps);
        size_t best = kz_mps_max_bond_dimension(r[1].mps);
        double bound = sqrt(2.0 * r[0].discarded);
        print_message("# L %zu: weight %.6e | %.6e, chi %zu | %zu, difference %.1e (bound %.1e)\n",
                      cases[k].L, r[0].discarded, r[1].discarded, ours, best,
                      profile_distance(&r[0].p, &r[1].p, cases[k].L), bound);
        KZ_CHECK_CLOSE(r[0].discarded / r[1].discarded, 1.0, 0.02);
        assert_true((double)ours <= 1.02 * (double)best + 1.0);
        KZ_CHECK_CLOSE(profile_distance(&r[0].p, &r[1].p, cases[k].L), 0.0, bound);
        KZ_CHECK_OK(kz_mps_check(r[0].mps, 1e-2));
        kz_mps_free(r[0].mps);
        kz_mps_free(r[1].mps);
    }
}

/* S c of a pair, sector by sector; returns the number of elements. */
static size_t two_site_state(double complex *out, kz_work *work)
{
    size_t used = 0;
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        for (size_t j = 0; j < (size_t)(s->rows * s->columns); j++)
            out[used++] = s->scale[j % (size_t)s->rows] * s->c[j];
    }
    return used;
}

/* 1 - |<before truncation | after>|^2 is the weight reported, for every way to split. */
static void discarded_weight_is_the_lost_fidelity(void **state)
{
    (void)state;
    enum { L = 20, MIDDLE = L / 2 - 1, MOST = 1 << 18 };
    static double complex exact[MOST], truncated[MOST];
    result r = run(L, true, KZ_SPLIT_SVD, 1e-9, 1000, 3.0, 0.1);
    kz_work work = {0};
    for (int fast = 0; fast < 2; fast++) {
        static const double allowed[] = {1e-4, 1e-6, 1e-8, 1e-10};
        for (size_t k = 0; k < 4; k++) {
            kz_gate gate = kz_gate_make(0.08, 0.3), nothing = kz_gate_make(0.0, 0.0);
            kz_update_limits limits = {.chi = 1000,
                                       .allowed = allowed[k],
                                       .split = fast ? KZ_SPLIT_AUTO : KZ_SPLIT_SVD,
                                       .stream = 7};
            kz_mps *copy;
            double discarded;
            double complex overlap = 0.0;
            double norm = 0.0, norm2 = 0.0;
            KZ_CHECK_OK(kz_mps_copy(&copy, r.mps));
            KZ_CHECK_OK(kz_theta_prepare(&work, copy, MIDDLE));
            kz_theta_form(&work, copy, MIDDLE);
            kz_theta_gate(&work, copy, MIDDLE, &gate);
            size_t count = two_site_state(exact, &work);
            assert_true(count <= MOST);
            KZ_CHECK_OK(kz_update_bond(&discarded, copy, MIDDLE, &gate, &limits, &work));
            assert_true(discarded > 0.0 && discarded <= allowed[k]);
            KZ_CHECK_OK(kz_theta_prepare(&work, copy, MIDDLE));
            kz_theta_form(&work, copy, MIDDLE);
            kz_theta_gate(&work, copy, MIDDLE, &nothing);
            assert_int_equal(two_site_state(truncated, &work), count);
            for (size_t j = 0; j < count; j++) {
                overlap += conj(exact[j]) * truncated[j];
                norm += creal(exact[j] * conj(exact[j]));
                norm2 += creal(truncated[j] * conj(truncated[j]));
            }
            KZ_CHECK_CLOSE(norm2, 1.0, 1e-12);
            double lost = 1.0 - creal(overlap * conj(overlap)) / norm / norm2;
            KZ_CHECK_CLOSE(discarded, lost, 1e-14 + 1e-6 * lost);
            kz_mps_free(copy);
        }
    }
    kz_work_free(&work);
    kz_mps_free(r.mps);
}

/* No more than 0.5 % above the least weight that the same number of Schmidt values can leave. */
static void discarded_weight_is_near_the_optimum(void **state)
{
    (void)state;
    enum { L = 24, MIDDLE = L / 2 - 1 };
    result r = run(L, true, KZ_SPLIT_SVD, 1e-9, 1000, 4.0, 0.1);
    kz_work work = {0};
    kz_gate gate = kz_gate_make(0.08, 0.0);
    for (int k = 0; k < 6; k++) {
        double fast, best;
        kz_mps *a, *b;
        kz_update_limits limits = {.chi = 1000, .allowed = pow(10.0, -6 - k), .stream = 11};
        KZ_CHECK_OK(kz_mps_copy(&a, r.mps));
        KZ_CHECK_OK(kz_mps_copy(&b, r.mps));
        KZ_CHECK_OK(kz_update_bond(&fast, a, MIDDLE, &gate, &limits, &work));
        limits = (kz_update_limits){.chi = kz_mps_bond_dimension(a, MIDDLE), .split = KZ_SPLIT_SVD};
        KZ_CHECK_OK(kz_update_bond(&best, b, MIDDLE, &gate, &limits, &work));
        print_message("# chi %zu: weight %.6e, optimum %.6e\n", limits.chi, fast, best);
        assert_true(fast <= 1.005 * best + 1e-16 && fast >= best - 1e-15);
        kz_mps_free(a);
        kz_mps_free(b);
    }
    kz_work_free(&work);
    kz_mps_free(r.mps);
}

/* An audit says what separate updates say, and keeps the full decomposition. */
static void audit_compares_with_the_full_decomposition(void **state)
{
    (void)state;
    enum { L = 24, MIDDLE = L / 2 - 1 };
    result r = run(L, true, KZ_SPLIT_SVD, 1e-9, 1000, 4.0, 0.1);
    kz_work work = {0};
    kz_gate gate = kz_gate_make(0.08, 0.0);
    size_t full = kz_mps_bond_dimension(r.mps, MIDDLE);
    for (size_t chi = full / 4; chi <= full; chi += full / 4) {
        double excess = -1.0, discarded[3];
        kz_mps *copy[3];
        kz_update_limits limits[3] = {{.chi = chi, .allowed = 1e-9, .stream = 5},
                                      {.chi = chi, .allowed = 1e-9, .split = KZ_SPLIT_SVD},
                                      {.chi = chi, .allowed = 1e-9, .stream = 5}};
        limits[2].excess = &excess;
        for (int k = 0; k < 3; k++) {
            KZ_CHECK_OK(kz_mps_copy(&copy[k], r.mps));
            KZ_CHECK_OK(kz_update_bond(&discarded[k], copy[k], MIDDLE, &gate, &limits[k], &work));
        }
        print_message("# chi %zu: excess %.2e\n", chi, excess);
        assert_int_equal(kz_mps_bond_dimension(copy[0], MIDDLE),
                         kz_mps_bond_dimension(copy[1], MIDDLE));
        double expected = (discarded[0] - discarded[1]) / fmax(discarded[1], 1e-9);
        KZ_CHECK_CLOSE(excess, expected, 1e-6 * fabs(expected) + 2e-7);
        KZ_CHECK_CLOSE(discarded[2], discarded[1], 1e-12 * discarded[1]);
        for (int k = 0; k < 3; k++)
            kz_mps_free(copy[k]);
    }
    kz_work_free(&work);
    kz_mps_free(r.mps);
}

enum { SIDE = 9, ROOM = 20000 };

/* A sector of random numbers, graded over many decades, times `phase` in each row. */
static void fill_sector(kz_sector *s, double complex *c, double *scale, const double complex *phase,
                        uint64_t *seed)
{
    for (int i = 0; i < s->rows; i++)
        scale[i] = exp(-1.5 * i);
    for (int k = 0; k < s->rows * s->columns; k++)
        c[k] = phase[k % s->rows] * kz_check_uniform(seed, -1.0, 1.0) * exp(-k / s->rows);
    s->c = c;
    s->scale = scale;
}

/* S c = (S c B^+) B with orthonormal rows B, and S c B^+ has orthogonal columns of squared norm
 * weight. */
static void check_split(const kz_sector *s, double norm)
{
    double complex product[SIDE * SIDE];
    for (int j = 0; j < s->found; j++)
        for (int i = 0; i < s->rows; i++) {
            product[i + j * SIDE] = 0.0;
            for (int k = 0; k < s->columns; k++)
                product[i + j * SIDE] +=
                    s->scale[i] * s->c[i + k * s->rows] * conj(s->basis[j + k * s->size]);
        }
    for (int a = 0; a < s->found; a++)
        for (int b = 0; b < s->found; b++) {
            double complex rows = 0.0, columns = 0.0;
            for (int k = 0; k < s->columns; k++)
                rows += s->basis[a + k * s->size] * conj(s->basis[b + k * s->size]);
            for (int i = 0; i < s->rows; i++)
                columns += conj(product[i + a * SIDE]) * product[i + b * SIDE];
            KZ_CHECK_CLOSE(cabs(rows - (a == b)), 0.0, 1e-13);
            KZ_CHECK_CLOSE(cabs(columns - (a == b ? s->weight[a] : 0.0)), 0.0, 1e-14 * norm);
        }
    for (int k = 0; k < s->columns; k++)
        for (int i = 0; i < s->rows; i++) {
            double complex sum = 0.0;
            for (int j = 0; j < s->found; j++)
                sum += product[i + j * SIDE] * s->basis[j + k * s->size];
            KZ_CHECK_CLOSE(cabs(sum - s->scale[i] * s->c[i + k * s->rows]), 0.0,
                           1e-14 * sqrt(norm));
        }
}

/* The decomposition in real arithmetic, and the complex one of the same matrix with a phase in each
 * row, which changes neither weights nor right vectors: tall, square and wide. */
static void real_matrices_are_split_alike(void **state)
{
    (void)state;
    uint64_t seed = 20261126;
    kz_work work = {0};
    KZ_CHECK_OK(kz_work_reserve(&work, ROOM, ROOM, ROOM));
    for (int k = 0; k < 60; k++) {
        double complex c[SIDE * SIDE], basis[2][SIDE * SIDE], phase[2][SIDE];
        double weight[2][SIDE], scale[SIDE], norm = 0.0;
        kz_sector s[2];
        int rows = 1 + k % SIDE, columns = 1 + k / 7;
        for (int i = 0; i < SIDE; i++) {
            phase[0][i] = 1.0;
            phase[1][i] = cexp(_Complex_I * kz_check_uniform(&seed, 0.1, 3.0));
        }
        for (int j = 0; j < 2; j++) {
            uint64_t same = 20261127 + (uint64_t)k;
            s[j] = (kz_sector){
                .rows = rows, .columns = columns, .weight = weight[j], .basis = basis[j]};
            fill_sector(&s[j], c, scale, phase[j], &same);
            work.complex_used = work.real_used = 0;
            KZ_CHECK_OK(kz_split_svd(&s[j], &work));
            assert_int_equal(s[j].found, rows < columns ? rows : columns);
            norm = weight[j][0];
            check_split(&s[j], norm);
        }
        for (int j = 0; j < s[0].found; j++) /* singular values are right to 1e-16 of the first */
            KZ_CHECK_CLOSE(sqrt(weight[0][j]), sqrt(weight[1][j]), 1e-14 * sqrt(norm));
        for (int j = 0; j < columns * s[0].size; j++)
            assert_true(cimag(basis[0][j]) == 0.0);
    }
    kz_work_free(&work);
}

/* A run audits some of its updates; none of them may be far off. */
static void runs_audit_themselves(void **state)
{
    (void)state;
    double delta[MOST_SITES];
    enum { L = 24 };
    bool spins[L];
    kz_mps *mps;
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.cutoff = 1e-8;
    params.chi = 60;
    couplings(delta, L, 0.0, 0.70710678118654752440);
    for (size_t i = 0; i < L; i++)
        spins[i] = i % 2 == 0;
    KZ_CHECK_OK(kz_mps_create_product(&mps, L, spins));
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
    assert_true(kz_tebd_worst_excess(tebd) == 0.0);
    KZ_CHECK_OK(kz_tebd_advance(tebd, 0.1, 50, NULL, NULL));
    print_message("# worst excess %.2e\n", kz_tebd_worst_excess(tebd));
    assert_true(kz_tebd_worst_excess(tebd) > 0.0 && kz_tebd_worst_excess(tebd) < 0.01);
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

/* The gate against its matrix exponential by Taylor series. */
static void gate_is_the_exponential(void **state)
{
    (void)state;
    uint64_t seed = 20260104;
    for (int k = 0; k < 20; k++) {
        double tau = kz_check_uniform(&seed, -1.5, 1.5), delta = kz_check_uniform(&seed, -1, 2);
        kz_gate gate = kz_gate_make(tau, delta);
        double complex h[2] = {-0.25 * delta, 0.5}, power[2] = {1.0, 0.0}, sum[2] = {1.0, 0.0};
        for (int n = 1; n < 60; n++) {
            double complex factor = -_Complex_I * tau / n;
            double complex next = factor * (h[0] * power[0] + h[1] * power[1]);
            power[1] = factor * (h[1] * power[0] + h[0] * power[1]);
            power[0] = next;
            sum[0] += power[0];
            sum[1] += power[1];
        }
        double complex phase = cexp(_Complex_I * 0.25 * tau * delta); /* makes equal spins 1 */
        KZ_CHECK_CLOSE(cabs(gate.same - phase * sum[0]), 0.0, 1e-14);
        KZ_CHECK_CLOSE(cabs(gate.other - phase * sum[1]), 0.0, 1e-14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gate_is_the_exponential),
        cmocka_unit_test(real_matrices_are_split_alike),
        cmocka_unit_test(discarded_weight_is_the_lost_fidelity),
        cmocka_unit_test(discarded_weight_is_near_the_optimum),
        cmocka_unit_test(audit_compares_with_the_full_decomposition),
        cmocka_unit_test(runs_audit_themselves),
        cmocka_unit_test(runs_agree_with_the_full_decomposition),
    };
    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
