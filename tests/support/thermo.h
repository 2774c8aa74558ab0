/* Equilibrium of one chain: every number of kz_thermo at once, and XXZ chains computed. */
#ifndef KZ_TESTS_THERMO_H
#define KZ_TESTS_THERMO_H

#include <string.h>

#include <kapitza/thermo.h>

#include "support/check.h"

/* The first KZ_THERMO_MOMENTS are sums over states, the rest are Drude weights and noises. */
enum { KZ_THERMO_MOMENTS = 9, KZ_THERMO_NUMBERS = 14 };

/* free_energy is left out where it has no value. */
static inline void kz_thermo_list(double out[KZ_THERMO_NUMBERS], const kz_thermo *t)
{
    const double all[KZ_THERMO_NUMBERS] = {t->ln_z,
                                           t->beta == 0 ? 0 : t->free_energy,
                                           t->energy,
                                           t->magnetization,
                                           t->entropy,
                                           t->heat_capacity,
                                           t->susceptibility,
                                           t->energy_beta,
                                           t->magnetization_beta,
                                           t->drude_spin,
                                           t->drude_energy,
                                           t->drude_cross,
                                           t->energy_noise,
                                           t->spin_noise};
    memcpy(out, all, sizeof all);
}

static inline void kz_check_thermo_at(const kz_thermo *actual, const kz_thermo *expected,
                                      int numbers, double tol, const char *file, int line)
{
    static const char *const name[KZ_THERMO_NUMBERS] = {
        "ln_z",          "free_energy",    "energy",       "magnetization",      "entropy",
        "heat_capacity", "susceptibility", "energy_beta",  "magnetization_beta", "drude_spin",
        "drude_energy",  "drude_cross",    "energy_noise", "spin_noise"};
    double first[KZ_THERMO_NUMBERS], second[KZ_THERMO_NUMBERS];
    kz_thermo_list(first, actual);
    kz_thermo_list(second, expected);
    for (int i = 0; i < numbers; i++)
        kz_check_close_at(first[i], second[i], tol * kz_check_scale(second[i]), name[i], file,
                          line);
}

/* The first `numbers` of them, relative to max(1, |expected|). */
#define KZ_CHECK_THERMO(actual, expected, numbers, tol)                                            \
    kz_check_thermo_at((actual), (expected), (numbers), (tol), __FILE__, __LINE__)

static inline kz_thermo thermo_of(kz_chain chain, kz_state state, double tol)
{
    kz_thermo out = {0};
    KZ_CHECK_OK(kz_thermo_compute(&out, chain, &state, tol));
    assert_true(out.err >= 0 && out.err <= tol);
    return out;
}

static inline kz_thermo xxz_thermo(int P, kz_state state, double tol)
{
    return thermo_of(kz_chain_xxz(P), state, tol);
}

static inline kz_thermo xxz_thermal(int P, double beta, double mu, double tol)
{
    return xxz_thermo(P, kz_state_thermal(beta, mu), tol);
}

/* A random state of any kind, cold magnetized ones among them, asked for more and more accurately:
 * err is at most twice the least err of the looser tolerances.  beta to 10^largest. */
static inline void check_tighter_is_better(uint64_t *seed, int kind, double largest)
{
    int P = 2 + (int)kz_check_uniform(seed, 0, 7);
    double beta = kz_check_uniform(seed, -1, 1) * pow(10, kz_check_uniform(seed, -1, largest));
    double weak = kz_check_uniform(seed, -4, 4), field = kz_check_uniform(seed, -2.2, 2.2);
    double mu = kind % 4 == 0 ? 0 : kind % 4 == 1 ? weak : beta * field, least = INFINITY;
    kz_state state = kz_state_thermal(beta, mu);
    for (double tol = 1e-4; tol > 0.9e-13; tol *= 0.1) {
        kz_thermo t = {.err = (double)NAN};
        kz_status status = kz_thermo_compute(&t, kz_chain_xxz(P), &state, tol);
        if (!(t.err <= 2 * least))
            print_message("# P %d, beta %.17g, mu %.17g, tol %.0e: err %.2e after %.2e\n", P, beta,
                          mu, tol, t.err, least);
        assert_true(t.err <= 2 * least);
        assert_int_equal(status, t.err <= tol ? KZ_OK : KZ_ETOL);
        least = fmin(least, t.err);
    }
}

#endif
