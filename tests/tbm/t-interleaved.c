/* Sites of spin and ancilla against a chain of twice as many spins, s a s a ..., where the ancilla
 * is turned upside down and gates reach the next spin by swaps.  Same layers, so that the states
 * are the same but for rounding; the two share no sector, exchange or charge. */
#include "tbm/layers.h"
#include "tbm/mps/canonical.h"
#include "tbm/update.h"
#include "tests/tbm/support.h"

enum { SITES = 6, SPINS = 2 * SITES };

static const double delta[SITES - 1] = {0.0, 0.3, -0.4, 0.7, 1.2};
static const double beta[SITES - 1] = {1.0, 1.0, 1.0, 2.0, -0.5};

static const kz_update_limits all = {.chi = 1000};

typedef struct {
    kz_mps *mps;
    kz_work work;
} ladder;

static void apply(ladder *l, size_t i, const kz_gate *gate)
{
    double discarded;
    KZ_CHECK_OK(kz_update_bond(&discarded, l->mps, i, gate, &all, &l->work));
}

static void swap(ladder *l, size_t i)
{
    const kz_gate gate = {
        .other = 1.0, .up_up = 1.0, .down_down = 1.0, .tau = (double)INFINITY, .unitary = true};
    apply(l, i, &gate);
}

/* Pairs (up down + down up)/sqrt 2 from up down. */
static void start(ladder *l)
{
    bool up[SPINS];
    double half = sqrt(0.5);
    const kz_gate gate = {.same = half,
                          .other = half,
                          .back = -half,
                          .up_up = 1.0,
                          .down_down = 1.0,
                          .tau = (double)INFINITY,
                          .unitary = true};
    for (int i = 0; i < SPINS; i++)
        up[i] = i % 2 == 0;
    KZ_CHECK_OK(kz_mps_create_product(&l->mps, SPINS, up));
    for (size_t i = 0; i < SPINS; i += 2)
        apply(l, i, &gate);
}

/* Gates on the spins of sites i and i+1 and, where there is one, on their ancillas. */
static void pair(ladder *l, size_t i, const kz_gate *spins, const kz_gate *ancillas)
{
    swap(l, 2 * i + 1);
    apply(l, 2 * i, spins);
    if (ancillas) apply(l, 2 * i + 2, ancillas);
    swap(l, 2 * i + 1);
}

static void cool(ladder *l)
{
    const size_t steps = 10; /* of beta = 2 by 0.2, as kz_mps_create_thermal() */
    double discarded;
    for (size_t k = 0; k < kz_layer_count(KZ_TROTTER_4, steps); k++) {
        kz_layer layer = kz_layer_at(KZ_TROTTER_4, 0.5 / (double)steps, steps, k);
        for (size_t i = (size_t)layer.parity; i + 1 < SITES; i += 2) {
            kz_gate gate = kz_gate_cool(layer.tau, beta[i], delta[i], 0.0, 0.0);
            pair(l, i, &gate, NULL);
        }
    }
    KZ_CHECK_OK(kz_mps_canonicalise(&discarded, l->mps, &all, NULL, 0, &l->work));
}

static void evolve(ladder *l, double dt, size_t steps)
{
    for (size_t k = 0; k < kz_layer_count(KZ_TROTTER_4, steps); k++) {
        kz_layer layer = kz_layer_at(KZ_TROTTER_4, dt, steps, k);
        for (size_t i = (size_t)layer.parity; i + 1 < SITES; i += 2) {
            kz_gate forward = kz_gate_make(layer.tau, delta[i]);
            kz_gate backward = kz_gate_make(-layer.tau, delta[i]);
            pair(l, i, &forward, &backward);
        }
    }
}

/* <h_i>, with the spins of both sites brought together in a copy. */
static double energy(const ladder *l, size_t i)
{
    ladder copy = {0};
    double anisotropy[SPINS], values[SPINS];
    const kz_lattice_profile view = {.energy = values};
    for (int k = 0; k < SPINS; k++)
        anisotropy[k] = delta[i];
    KZ_CHECK_OK(kz_mps_copy(&copy.mps, l->mps));
    swap(&copy, 2 * i + 1);
    KZ_CHECK_OK(kz_mps_measure(&view, copy.mps, anisotropy, 1));
    kz_mps_free(copy.mps);
    kz_work_free(&copy.work);
    return values[2 * i];
}

static void compare(const ladder *l, const kz_mps *purified, double tol)
{
    profile p;
    kz_lattice_profile view = profile_view(&p);
    KZ_CHECK_OK(kz_mps_measure(&view, purified, delta, 1));
    for (size_t i = 0; i + 1 < SITES; i++) {
        KZ_CHECK_CLOSE(energy(l, i), p.energy[i], tol);
        KZ_CHECK_CLOSE(kz_mps_entropy(l->mps, 2 * i + 1), p.entropy[i], tol);
    }
}

static void ladder_and_purified_sites_agree(void **state)
{
    (void)state;
    const double mu[SITES] = {0.0};
    const kz_mps_thermal_params thermal = {.chi = 1000, .step = 0.2, .cutoff = 0.0};
    kz_tebd_params params = kz_tebd_params_default();
    ladder l = {0};
    kz_mps *purified;
    kz_tebd *tebd;
    params.cutoff = 0.0;
    start(&l);
    cool(&l);
    KZ_CHECK_OK(kz_mps_create_thermal(&purified, SITES, beta, mu, delta, &thermal));
    compare(&l, purified, 1e-10);
    KZ_CHECK_OK(kz_tebd_create(&tebd, purified, delta, &params));
    KZ_CHECK_OK(kz_tebd_advance(tebd, 0.2, 5, NULL, NULL));
    evolve(&l, 0.2, 5);
    compare(&l, purified, 1e-10);
    kz_tebd_free(tebd);
    kz_mps_free(purified);
    kz_mps_free(l.mps);
    kz_work_free(&l.work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ladder_and_purified_sites_agree)};
    return cmocka_run_group_tests_name("interleaved", tests, NULL, NULL);
}
