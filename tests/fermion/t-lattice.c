/* Exact lattice dynamics of the XX chain. */
#include "support/check.h"
#include "support/ed.h"

#include <string.h>

#include <gsl/gsl_sf_bessel.h>

#include <kapitza/fermion.h>

#include "core/memory.h"

static const double pi = 3.14159265358979323846;

enum { SITES_MAX = 400, COLUMNS = 6 };

/* All columns of a profile, and the struct that points to them. */
typedef struct {
    double column[COLUMNS][SITES_MAX];
    kz_lattice_profile view;
} profile;

static void profile_init(profile *p)
{
    memset(p->column, 0, sizeof p->column);
    p->view = (kz_lattice_profile){p->column[0], p->column[1], p->column[2],
                                   p->column[3], p->column[4], p->column[5]};
}

static kz_fermion_lattice *create(size_t L, kz_quench_kind quench)
{
    kz_fermion_lattice *lattice = NULL;
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, L, quench));
    return lattice;
}

static void measure(profile *p, kz_fermion_lattice *lattice, double t)
{
    profile_init(p);
    KZ_CHECK_OK(kz_fermion_lattice_measure(&p->view, lattice, t));
}

/* Without entropies, for long chains. */
static void measure_local(profile *p, kz_fermion_lattice *lattice, double t)
{
    profile_init(p);
    p->view.entropy = NULL;
    KZ_CHECK_OK(kz_fermion_lattice_measure(&p->view, lattice, t));
}

/* nan at the same places and equal elsewhere. */
static void check_same(const profile *a, const profile *b, size_t L, double tol)
{
    for (size_t c = 0; c < COLUMNS; c++)
        for (size_t i = 0; i < L; i++) {
            if (isnan(b->column[c][i]))
                KZ_CHECK_NAN(a->column[c][i]);
            else
                KZ_CHECK_CLOSE(a->column[c][i], b->column[c][i], tol);
        }
}

/* -- against exact diagonalisation of the spins ------------------------------------------------ */

static void ed_initial_state(double complex *out, const ed_chain *chain, int L,
                             kz_quench_kind quench)
{
    double delta[16] = {0}, scale[16];
    if (quench == KZ_QUENCH_DOMAIN_WALL) {
        ed_chain_product_state(out, chain, (1U << (L / 2)) - 1U);
        return;
    }
    for (int i = 0; i + 1 < L; i++)
        scale[i] = i <= L / 2 - 1 ? -1.0 : 1.0;
    ed_chain *signs = ed_chain_create(L, L / 2, delta, scale);
    ed_chain_ground_state(out, signs);
    ed_chain_free(signs);
}

static void agrees_with_ed(int L, kz_quench_kind quench)
{
    const double times[] = {0.0, 0.37, 2.9, 11.3, -4.1};
    double delta[16] = {0};
    static double complex initial[252], state[252];
    ed_chain *chain = ed_chain_create(L, L / 2, delta, NULL);
    assert_true(ed_chain_dimension(chain) <= 252);
    ed_initial_state(initial, chain, L, quench);
    kz_fermion_lattice *lattice = create((size_t)L, quench);
    for (size_t i = 0; i < 5; i++) {
        profile a, b;
        measure(&a, lattice, times[i]);
        profile_init(&b);
        ed_chain_evolve(state, chain, initial, times[i]);
        ed_chain_measure(&b.view, chain, state);
        check_same(&a, &b, (size_t)L, 1e-12); /* 1e-16 * 11 * 37 in -p ln p, and 252 terms */
    }
    kz_fermion_lattice_free(lattice);
    ed_chain_free(chain);
}

static void exact_spins(void **unused)
{
    (void)unused;
    for (int L = 4; L <= 10; L += 2) {
        agrees_with_ed(L, KZ_QUENCH_ENERGY);
        agrees_with_ed(L, KZ_QUENCH_DOMAIN_WALL);
    }
}

/* -- closed forms ------------------------------------------------------------------------------ */

/* Infinite domain wall: a fermion spreads as J_{n-m}(t)^2, so <n> = sum_{j >= n} J_j^2.  The ends
 * at distance 70 are felt at t = 40 with amplitude J_100(40) ~ 1e-25. */
static void exact_domain_wall(void **unused)
{
    (void)unused;
    const size_t L = 140;
    kz_fermion_lattice *lattice = create(L, KZ_QUENCH_DOMAIN_WALL);
    profile p;
    measure_local(&p, lattice, 40.0);
    double sum = 0.0;
    for (int n = 120; n > -40; n--) {
        sum += pow(gsl_sf_bessel_Jn(n, 40.0), 2);
        if (n > 40) continue;
        KZ_CHECK_CLOSE(p.column[3][n + (int)L / 2 - 1], sum - 0.5, 1e-13);
    }
    kz_fermion_lattice_free(lattice);
}

/* Ground-state energy of H': sum over n of lambda_n E_n = 1/2 - 1/(2 sin(pi/(2L+2))). */
static void exact_initial_energy(void **unused)
{
    (void)unused;
    for (size_t L = 4; L <= 400; L += 36) {
        kz_fermion_lattice *lattice = create(L, KZ_QUENCH_ENERGY);
        profile p;
        measure_local(&p, lattice, 0.0);
        double sum = 0.0;
        for (size_t i = 0; i + 1 < L; i++)
            sum += i < L / 2 ? -p.column[0][i] : p.column[0][i];
        double angle = pi / (2.0 * (double)L + 2.0);
        KZ_CHECK_CLOSE(sum, 0.5 - 0.5 / sin(angle), 1e-15 * (double)L);
        for (size_t i = 0; i < L; i++)
            KZ_CHECK_CLOSE(p.column[3][i], 0.0, 1e-15);
        kz_fermion_lattice_free(lattice);
    }
}

/* -- properties -------------------------------------------------------------------------------- */

/* d/dt by central differences of eighth order. */
static void time_derivative(profile *out, kz_fermion_lattice *lattice, double t)
{
    const double c[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280}, dt = 0.03;
    static profile forward, backward;
    profile_init(out);
    for (int k = 1; k <= 4; k++) {
        measure_local(&forward, lattice, t + k * dt);
        measure_local(&backward, lattice, t - k * dt);
        for (size_t i = 0; i < COLUMNS * SITES_MAX; i++) {
            double difference = (&forward.column[0][0])[i] - (&backward.column[0][0])[i];
            (&out->column[0][0])[i] += c[k - 1] / dt * difference;
        }
    }
}

/* dE_n/dt = j_n - j_{n+1}, dS_n/dt = J_{n-1} - J_n, with nothing beyond the ends. */
static void continuity(kz_quench_kind quench)
{
    const size_t L = 60;
    const double tol = 1e-12; /* 1e-15/dt, and dt^8/630 * 2^9 = 5e-13 */
    kz_fermion_lattice *lattice = create(L, quench);
    static profile p, rate;
    const double times[] = {0.5, 7.0, 41.0};
    for (size_t k = 0; k < 3; k++) {
        measure_local(&p, lattice, times[k]);
        time_derivative(&rate, lattice, times[k]);
        const double *link = p.column[2], *spin = p.column[4];
        for (size_t i = 0; i < L; i++) {
            double in = i > 0 ? spin[i - 1] : 0.0, out = i + 1 < L ? spin[i] : 0.0;
            KZ_CHECK_CLOSE(rate.column[3][i], in - out, tol);
            if (i + 1 == L) continue;
            in = i > 0 ? link[i] : 0.0;
            out = i + 2 < L ? link[i + 1] : 0.0;
            KZ_CHECK_CLOSE(rate.column[0][i], in - out, tol);
        }
    }
    kz_fermion_lattice_free(lattice);
}

static void property_continuity(void **unused)
{
    (void)unused;
    continuity(KZ_QUENCH_ENERGY);
    continuity(KZ_QUENCH_DOMAIN_WALL);
}

/* Both initial states are real: reversing time reverses the currents.  Measuring is repeatable. */
static void property_time_reversal(void **unused)
{
    (void)unused;
    const size_t L = 40;
    const double sign[COLUMNS] = {1, -1, -1, 1, -1, 1};
    for (int quench = 0; quench < 2; quench++) {
        kz_fermion_lattice *lattice = create(L, quench ? KZ_QUENCH_ENERGY : KZ_QUENCH_DOMAIN_WALL);
        static profile forward, backward, again;
        measure(&forward, lattice, 13.0);
        measure(&backward, lattice, -13.0);
        measure(&again, lattice, 13.0);
        for (size_t c = 0; c < COLUMNS; c++)
            for (size_t i = 0; i < L; i++)
                backward.column[c][i] *= sign[c];
        check_same(&backward, &forward, L, 1e-12);
        check_same(&again, &forward, L, 0.0);
        kz_fermion_lattice_free(lattice);
    }
}

/* Site n <-> 1-n exchanges up and down, bond n <-> -n; entropy sees no difference. */
static void property_domain_wall_reflection(void **unused)
{
    (void)unused;
    const size_t L = 140;
    kz_fermion_lattice *lattice = create(L, KZ_QUENCH_DOMAIN_WALL);
    static profile p;
    measure(&p, lattice, 17.0);
    for (size_t i = 0; i + 1 < L; i++) {
        KZ_CHECK_CLOSE(p.column[3][i], -p.column[3][L - 1 - i], 1e-14);
        KZ_CHECK_CLOSE(p.column[4][i], p.column[4][L - 2 - i], 1e-14);
        /* few eigenvalues with an error of 1e-15 where -n ln n has slope 33 */
        KZ_CHECK_CLOSE(p.column[5][i], p.column[5][L - 2 - i], 3e-13);
        KZ_CHECK_CLOSE(p.column[0][i], 0.0, 1e-14);
    }
    measure(&p, lattice, 0.0);
    for (size_t i = 0; i + 1 < L; i++)
        KZ_CHECK_CLOSE(p.column[5][i], 0.0, 3e-13);
    kz_fermion_lattice_free(lattice);
}

/* At t = 150 the rays describe the lattice up to terms of order 1/t (1/t oscillations behind a
 * front of width t^{1/3}); sites at |n/t| < 0.8. */
static void agrees_with_rays(kz_quench_kind quench, kz_state left, kz_state right)
{
    const size_t L = 400;
    const double t = 150.0, tol = 1.0 / t;
    kz_fermion_lattice *lattice = create(L, quench);
    static profile p;
    measure_local(&p, lattice, t);
    for (int n = -120; n <= 120; n++) {
        size_t i = (size_t)(n + (int)L / 2 - 1);
        kz_ray site, bond; /* bond n lies at n + 1/2, the junction at 1/2 */
        KZ_CHECK_OK(kz_fermion_ray(&site, &left, &right, (n - 0.5) / t));
        KZ_CHECK_OK(kz_fermion_ray(&bond, &left, &right, n / t));
        KZ_CHECK_CLOSE(p.column[3][i], site.magnetization, tol);
        KZ_CHECK_CLOSE(p.column[4][i], bond.spin_current, tol);
        KZ_CHECK_CLOSE(p.column[0][i], bond.energy, tol);
        KZ_CHECK_CLOSE(p.column[1][i], bond.energy_current, tol);
    }
    kz_fermion_lattice_free(lattice);
}

static void property_rays(void **unused)
{
    (void)unused;
    agrees_with_rays(KZ_QUENCH_DOMAIN_WALL, kz_state_up(), kz_state_down());
    agrees_with_rays(KZ_QUENCH_ENERGY, kz_state_ceiling(), kz_state_ground(0.0));
}

/* -- edges and errors -------------------------------------------------------------------------- */

static void edge_members_missing(void **unused)
{
    (void)unused;
    const size_t L = 12;
    kz_fermion_lattice *lattice = create(L, KZ_QUENCH_ENERGY);
    static profile all, one;
    measure(&all, lattice, 3.0);
    for (size_t c = 0; c < COLUMNS; c++) {
        profile_init(&one);
        double **member[COLUMNS] = {
            &one.view.energy,        &one.view.energy_current, &one.view.energy_current_link,
            &one.view.magnetization, &one.view.spin_current,   &one.view.entropy};
        for (size_t other = 0; other < COLUMNS; other++)
            if (other != c) *member[other] = NULL;
        KZ_CHECK_OK(kz_fermion_lattice_measure(&one.view, lattice, 3.0));
        for (size_t i = 0; i < L; i++) {
            if (isnan(all.column[c][i]))
                KZ_CHECK_NAN(one.column[c][i]);
            else
                KZ_CHECK_CLOSE(one.column[c][i], all.column[c][i], 0.0);
        }
    }
    kz_lattice_profile nothing = {0};
    KZ_CHECK_OK(kz_fermion_lattice_measure(&nothing, lattice, 3.0));
    kz_fermion_lattice_free(lattice);
}

static void edge_undefined_entries(void **unused)
{
    (void)unused;
    const size_t L = 6;
    const size_t first[COLUMNS] = {0, 1, 1, 0, 0, 0}, last[COLUMNS] = {4, 3, 4, 5, 4, 4};
    kz_fermion_lattice *lattice = create(L, KZ_QUENCH_DOMAIN_WALL);
    static profile p;
    measure(&p, lattice, 1.0);
    for (size_t c = 0; c < COLUMNS; c++)
        for (size_t i = 0; i < L; i++)
            assert_true(isnan(p.column[c][i]) == (i < first[c] || i > last[c]));
    kz_fermion_lattice_free(lattice);
}

static void errors_create(void **unused)
{
    (void)unused;
    const size_t bad[] = {0, 2, 3, 7, 141, 4098, SIZE_MAX, SIZE_MAX - 1};
    for (size_t i = 0; i < 8; i++) {
        kz_fermion_lattice *lattice = (kz_fermion_lattice *)&lattice;
        KZ_CHECK_STATUS(kz_fermion_lattice_create(&lattice, bad[i], KZ_QUENCH_ENERGY), KZ_EINVAL);
        assert_null(lattice);
    }
    kz_fermion_lattice *lattice = NULL;
    KZ_CHECK_STATUS(kz_fermion_lattice_create(&lattice, 8, (kz_quench_kind)9), KZ_EINVAL);
    assert_null(lattice);
    KZ_CHECK_STATUS(kz_fermion_lattice_create(NULL, 8, KZ_QUENCH_ENERGY), KZ_EINVAL);
    kz_fermion_lattice_free(NULL);
}

static void errors_measure(void **unused)
{
    (void)unused;
    kz_fermion_lattice *lattice = create(8, KZ_QUENCH_DOMAIN_WALL);
    static profile p, before;
    measure(&p, lattice, 0.0);
    before = p;
    const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < 3; i++) {
        KZ_CHECK_STATUS(kz_fermion_lattice_measure(&p.view, lattice, bad[i]), KZ_EDOMAIN);
        assert_memory_equal(p.column, before.column, sizeof p.column);
    }
    KZ_CHECK_STATUS(kz_fermion_lattice_measure(NULL, lattice, 0.0), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fermion_lattice_measure(&p.view, NULL, 0.0), KZ_EINVAL);
    kz_fermion_lattice_free(lattice);
}

/* Every allocation fails once. */
static void memory(void **unused)
{
    (void)unused;
    kz_alloc_fail_at(0);
    kz_fermion_lattice_free(create(16, KZ_QUENCH_ENERGY));
    unsigned long count = kz_alloc_count();
    assert_true(count > 5);
    for (unsigned long k = 1; k <= count; k++) {
        kz_fermion_lattice *lattice = NULL;
        kz_alloc_fail_at(k);
        kz_status status = kz_fermion_lattice_create(&lattice, 16, KZ_QUENCH_ENERGY);
        kz_alloc_fail_at(0);
        KZ_CHECK_STATUS(status, KZ_ENOMEM);
        assert_null(lattice);
    }
    /* measuring allocates nothing */
    kz_fermion_lattice *lattice = create(16, KZ_QUENCH_ENERGY);
    static profile p;
    kz_alloc_fail_at(1);
    measure(&p, lattice, 2.0);
    assert_int_equal(kz_alloc_count(), 0);
    kz_alloc_fail_at(0);
    kz_fermion_lattice_free(lattice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_spins),
        cmocka_unit_test(exact_domain_wall),
        cmocka_unit_test(exact_initial_energy),
        cmocka_unit_test(property_continuity),
        cmocka_unit_test(property_time_reversal),
        cmocka_unit_test(property_domain_wall_reflection),
        cmocka_unit_test(property_rays),
        cmocka_unit_test(edge_members_missing),
        cmocka_unit_test(edge_undefined_entries),
        cmocka_unit_test(errors_create),
        cmocka_unit_test(errors_measure),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
