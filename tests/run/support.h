/* Shared by the tests of runs: a folder of its own, small runs, their exact numbers. */
#ifndef TESTS_RUN_SUPPORT_H
#define TESTS_RUN_SUPPORT_H

#include <stdlib.h>
#include <unistd.h>

#include <kapitza/run.h>

#include "support/reference.h"
#include "tests/tbm/support.h"

static char folder[] = "/tmp/kapitza-test-XXXXXX";

static inline const char *path_of(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* A run and its checkpoint. */
static inline void remove_run(const char *path)
{
    char checkpoint[300];
    (void)snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", path);
    (void)unlink(path);
    (void)unlink(checkpoint);
}

static inline kz_run_params params_of(const char *path, const double *times, size_t count)
{
    kz_run_params params = kz_run_params_default();
    params.path = path;
    params.times = times;
    params.count = count;
    return params;
}

/* Free fermions of 8 sites, the domain wall. */
enum { SITES = 8 };

static inline kz_run_setup small_setup(kz_method method)
{
    kz_run_setup setup = kz_run_setup_default();
    setup.initial = KZ_QUENCH_DOMAIN_WALL;
    setup.method = method;
    setup.length = SITES;
    setup.dt = 0.05;
    setup.cutoff = 1e-14;
    return setup;
}

/* Every row of a run of XX | XX against the exact dynamics. */
static inline void check_exact(const kz_run *run, double tol)
{
    static profile exact;
    kz_lattice_profile view = profile_view(&exact);
    kz_fermion_lattice *lattice;
    const kz_run_setup *s = kz_run_get_setup(run);
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, s->length, s->initial));
    const double *columns[] = {exact.energy,        exact.current,      exact.link,
                               exact.magnetization, exact.spin_current, exact.entropy};
    const kz_run_quantity quantities[] = {
        KZ_RUN_ENERGY,        KZ_RUN_ENERGY_CURRENT, KZ_RUN_ENERGY_CURRENT_LINK,
        KZ_RUN_MAGNETIZATION, KZ_RUN_SPIN_CURRENT,   KZ_RUN_ENTROPY};
    for (size_t k = 0; k < kz_run_count(run); k++) {
        KZ_CHECK_OK(kz_fermion_lattice_measure(&view, lattice, kz_run_times(run)[k]));
        for (size_t q = 0; q < 6; q++) {
            const double *row = kz_run_row(run, quantities[q], k);
            KZ_CHECK_CLOSE(worst_of(row, columns[q], s->length, 0.0), 0.0, tol);
        }
    }
    kz_fermion_lattice_free(lattice);
}

/* Three-site density matrices of the domain wall of SITES sites against exact diagonalisation: the
 * reduced matrix of the whole state, in the layout of kz_mps_density_matrices(). */
static inline void check_exact_densities(const kz_run *run, double tol)
{
    const kz_run_setup *s = kz_run_get_setup(run);
    double delta[SITES - 1];
    assert_int_equal(s->length, SITES);
    kz_run_couplings(delta, run);
    ed_chain *chain = ed_chain_create(SITES, SITES / 2, delta, NULL);
    double complex *state = calloc((size_t)ed_chain_dimension(chain), sizeof *state);
    for (size_t k = 0; k < kz_run_count(run); k++) {
        ed_chain_product_state(state, chain, (1U << SITES / 2) - 1);
        ed_chain_evolve(state, chain, state, kz_run_times(run)[k]);
        for (size_t i = 0; i + 2 < SITES; i++) {
            double re[64], im[64];
            double complex rho[64] = {0};
            kz_density_unpack(re, im, kz_run_densities(run, k) + i * KZ_DENSITY_SIZE);
            for (int a = 0; a < ed_chain_dimension(chain); a++)
                for (int b = 0; b < ed_chain_dimension(chain); b++) {
                    unsigned x = ed_chain_spins(chain, a), y = ed_chain_spins(chain, b);
                    unsigned mask = 7U << i, u = (x >> i) & 7U, v = (y >> i) & 7U;
                    if ((x & ~mask) != (y & ~mask)) continue;
                    /* index 4 s1 + 2 s2 + s3, 0 for up */
                    size_t row = 7U - ((u & 1U) << 2 | (u & 2U) | u >> 2);
                    size_t column = 7U - ((v & 1U) << 2 | (v & 2U) | v >> 2);
                    rho[8 * row + column] += state[a] * conj(state[b]);
                }
            for (size_t e = 0; e < 64; e++)
                KZ_CHECK_CLOSE(cabs(rho[e] - CMPLX(re[e], im[e])), 0.0, tol);
        }
    }
    free(state);
    ed_chain_free(chain);
}

#endif
