/* Noise at Delta = +-1 between random states.  docs/delta.md. */
#include <math.h>

#include "ghd/support.h"

static kz_noise noise_or_estimate_of(kz_chain chain, kz_state left, kz_state right, double tol)
{
    kz_options options = kz_options_default();
    kz_bipartition *b;
    kz_noise noise = {NAN, NAN, NAN};
    KZ_CHECK_OK(kz_bipartition_create(&b, chain, &left, &right, &options));
    kz_status status = kz_bipartition_noise(&noise, b, tol);
    kz_bipartition_free(b);
    assert_int_equal(status, noise.err <= tol ? KZ_OK : KZ_ETOL);
    return noise;
}

static kz_state random_state(uint64_t *seed)
{
    double kind = kz_check_uniform(seed, 0, 8);
    if (kind < 1) return kz_state_up();
    if (kind < 2) return kz_state_ground(0);
    double mu = kind < 3 ? 0 : kz_check_uniform(seed, -2.5, 2.5);
    return kz_state_thermal(kz_check_uniform(seed, -1.5, 3), mu);
}

static void check_close(const kz_noise *a, const kz_noise *b, double *sharpest)
{
    double err = a->err + b->err, spin = isnan(a->spin) ? 0 : a->spin - b->spin;
    assert_true(isnan(a->spin) == isnan(b->spin));
    KZ_CHECK_CLOSE(a->energy, b->energy, err);
    KZ_CHECK_CLOSE(spin, 0, err);
    *sharpest = kz_check_largest(*sharpest, fmax(fabs(a->energy - b->energy), fabs(spin)) / err);
}

/* Loose against tight, the mirror image, Delta -> -Delta. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 53;
    double sharpest = 0;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 20; i++) {
        kz_state left = random_state(&seed), right = kz_state_thermal(-0.4, 1.1), other = right;
        if (i % 4) other = random_state(&seed);
        double tol = pow(10, kz_check_uniform(&seed, -7, -2));
        kz_noise loose = noise_or_estimate_of(kz_chain_axial(1), left, other, tol);
        kz_noise tight = noise_or_estimate_of(kz_chain_axial(1), other, left, 1e-9);
        check_close(&loose, &tight, &sharpest);
        if (other.kind != KZ_STATE_THERMAL || left.kind != KZ_STATE_THERMAL) continue;
        left.beta = -left.beta;
        other.beta = -other.beta;
        kz_noise turned = noise_or_estimate_of(kz_chain_axial(-1), left, other, tol);
        KZ_CHECK_CLOSE(turned.energy, loose.energy, 1e-14);
    }
    print_message("# largest error/err %.2f\n", sharpest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_error_is_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
