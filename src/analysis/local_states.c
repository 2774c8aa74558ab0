/* Three-site density matrices of thermal states.
 *
 * Free fermions: Wick's theorem.  XXZ at mu = 0: a table, interpolated in energy, which is smooth
 * through the whole band where beta diverges at its edges.  XXZ at mu != 0: one cooled chain for
 * each state. */
#include "analysis/local_states.h"

#include <math.h>

#include <kapitza/thermal.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "fermion/correlation.h"
#include "tba/moments/moments.h"
#include "tba/thermal.h"

struct kz_local_states {
    kz_local_request request;
    bool free;
    double sign;    /* -1 where the chain is turned (core/chain.h): of beta and energies in */
    kz_chain chain; /* and what follows: the table is that of the other chain */
    double delta, band[2];
    kz_thermal_table *table;
    double *miss; /* [count of the table] |e - e of thermodynamics| of its states */
};

/* Bound on the trace norm of the rounding error of a matrix and of a difference of two: some tens
 * of operations on numbers up to 1, in 20 entries. */
static const double ROUNDING = 1e-14;

/* Trace norm of d rho per change of energy, and of magnetization: the bond operators have norm
 * |Delta|/4 + 1/2, and of three sites two bonds are seen. */
static const double PER_ENERGY = 8, PER_MAGNETIZATION = 6;

/* A table whose states miss the thermodynamic energy by more than this is of another chain. */
static const double WORST_MISS = 1e-4;

/* Schmidt values that a state at mu != 0 needs: so many give 1e-9 up to this |beta|, as measured
 * along a domain wall at Delta = cos(pi/4), and cost a fifth of the default. */
enum { CHI_WARM = 64 };
static const double BETA_WARM = 4;

/* -- tables ------------------------------------------------------------------------------------ */

static int show(void *context, size_t done, size_t total)
{
    const kz_options *options = context;
    return options->progress ? options->progress(options->progress_context, done, total) : 0;
}

/* |beta| of the coldest state but those at T = 0. */
static double coldest(const kz_thermal_table *table)
{
    const kz_thermal_node *node = kz_thermal_table_nodes(table);
    double most = 0;
    for (size_t i = 0; i < kz_thermal_table_count(table); i++)
        if (isfinite(node[i].beta)) most = fmax(most, fabs(node[i].beta));
    return most;
}

/* The edges need no comparison: their energies were given. */
static kz_status compare_with(kz_local_states *s, kz_moments *thermodynamics, double tol)
{
    const kz_thermal_node *node = kz_thermal_table_nodes(s->table);
    bool warm = false;
    for (size_t i = 0; i < kz_thermal_table_count(s->table); i++) {
        kz_moments_values values;
        double beta = node[i].beta;
        if (isinf(beta)) continue;
        KZ_TRY(kz_moments_solve(&values, thermodynamics, beta, 0, 1, warm,
                                kz_thermal_solve_tol(s->chain, tol)));
        warm = true;
        s->miss[i] = fabs(values.energy - node[i].energy);
        if (!(s->miss[i] <= WORST_MISS))
            return KZ_FAIL(KZ_ETOL, "energy %.12g of three sites at beta = %g, not %.12g",
                           node[i].energy, beta, values.energy);
    }
    return KZ_OK;
}

/* One grid for all states, as its error, where it is not below that of the states, only adds to
 * what they miss. */
static kz_status compare_energies(kz_local_states *s)
{
    static const double TOL = 1e-11;
    kz_moments *thermodynamics;
    KZ_TRY(kz_alloc_doubles(&s->miss, kz_thermal_table_count(s->table)));
    KZ_TRY(kz_moments_create(&thermodynamics, kz_thermal_grid(s->chain, coldest(s->table), TOL)));
    kz_status status = compare_with(s, thermodynamics, TOL);
    kz_moments_free(thermodynamics);
    return status;
}

static kz_status make_table(kz_local_states *s, kz_options *options)
{
    kz_thermal_params params = kz_thermal_params_default();
    params.threads = options->threads < 2 ? options->threads : 2;
    params.progress = show;
    params.progress_context = options;
    double ends[2] = {s->sign * s->request.from, s->sign * s->request.to};
    double from = fmin(fmax(fmin(ends[0], ends[1]), s->band[0]), s->band[1]);
    double to = fmax(fmin(fmax(ends[0], ends[1]), s->band[1]), from);
    KZ_TRY(kz_thermal_table_create(&s->table, s->delta, s->band, from, to, &params));
    return compare_energies(s);
}

kz_status kz_local_states_create(kz_local_states **out, const kz_local_request *request,
                                 const kz_options *options)
{
    void *memory;
    kz_options local;
    *out = NULL;
    KZ_TRY(kz_chain_check(request->chain));
    KZ_TRY(kz_options_check(options));
    local = *options;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_local_states)));
    kz_local_states *s = memory;
    s->request = *request;
    bool turned = kz_chain_is_turned(request->chain);
    kz_chain chain = turned ? kz_chain_turn(request->chain) : request->chain;
    s->sign = turned ? -1 : 1;
    s->chain = chain;
    s->delta = kz_chain_delta(chain);
    s->free = s->delta == 0;
    s->band[0] = kz_chain_energy_min(chain);
    s->band[1] = kz_chain_energy_max(chain);
    kz_status status = s->free || request->magnetized ? KZ_OK : make_table(s, &local);
    if (status == KZ_OK)
        *out = s;
    else
        kz_local_states_free(s);
    return status;
}

void kz_local_states_free(kz_local_states *states)
{
    if (!states) return;
    kz_thermal_table_free(states->table);
    kz_free(states->miss);
    kz_free(states);
}

bool kz_local_states_slow(const kz_local_states *states)
{
    return !states->free && states->request.magnetized;
}

/* -- free fermions ----------------------------------------------------------------------------- */

/* At mu = 0 the occupations at k and k + pi add up to 1, which leaves one number: c_0 = 1/2,
 * c_1 = e, c_2 = 0, whatever beta. */
static kz_fermion_correlation correlation_of(double *err, const kz_local_point *p)
{
    *err = ROUNDING;
    if (isinf(p->beta)) return kz_fermion_correlation_cold(p->beta, p->magnetization);
    if (p->mu == 0) return (kz_fermion_correlation){{0.5, p->energy, 0}};
    kz_fermion_correlation c = kz_fermion_correlation_thermal(p->beta, p->mu);
    *err += PER_MAGNETIZATION * fabs(c.c[0] - 0.5 - p->magnetization) +
            PER_ENERGY * fabs(c.c[1] - p->energy);
    return c;
}

static kz_status free_density(double *rho, double *err, const kz_local_point *p)
{
    double bound;
    kz_fermion_correlation c = correlation_of(&bound, p);
    KZ_TRY(kz_fermion_correlation_density(rho, &c));
    *err = bound;
    return KZ_OK;
}

/* -- XXZ --------------------------------------------------------------------------------------- */

/* Largest miss of the two states around an energy. */
static double miss_at(const kz_local_states *s, double energy)
{
    size_t count = kz_thermal_table_count(s->table), above = 0;
    const kz_thermal_node *node = kz_thermal_table_nodes(s->table);
    while (above < count && node[above].energy < energy)
        above++;
    double low = above > 0 ? s->miss[above - 1] : 0, high = above < count ? s->miss[above] : 0;
    return fmax(low, high);
}

/* Turning the middle spin by pi about z changes the sign of what moves it: of the elements between
 * its two positions and the others', places 12 and 23 of either block. */
static void turn(double *rho)
{
    static const int place[8] = {4, 5, 8, 9, 13, 14, 17, 18};
    for (int i = 0; i < 8; i++)
        rho[place[i]] *= -1;
}

static kz_status table_density(double *rho, double *err, const kz_local_states *s,
                               const kz_local_point *p)
{
    double bound, beta = s->sign * p->beta;
    double energy = isinf(beta) ? s->band[beta > 0 ? 0 : 1] : s->sign * p->energy;
    energy = fmin(fmax(energy, s->band[0]), s->band[1]);
    KZ_TRY(kz_thermal_table_density(rho, &bound, s->table, energy));
    if (s->sign < 0) turn(rho);
    *err = bound + PER_ENERGY * miss_at(s, energy) + ROUNDING;
    return KZ_OK;
}

static kz_status cooled_density(double *rho, double *err, const kz_local_states *s,
                                const kz_local_point *p)
{
    kz_thermal_params params = kz_thermal_params_default();
    kz_thermal_triple triple;
    if (fabs(p->beta) <= BETA_WARM) params.chi = CHI_WARM;
    if (!(fabs(p->beta) <= KZ_THERMAL_MOST_BETA && fabs(p->mu) <= KZ_THERMAL_MOST_MU))
        return KZ_FAIL(KZ_EDOMAIN, "beta = %g, mu = %g is out of reach", p->beta, p->mu);
    KZ_TRY(kz_thermal_density(&triple, s->delta, s->sign * p->beta, p->mu, &params));
    if (s->sign < 0) turn(triple.rho);
    for (int i = 0; i < KZ_DENSITY_SIZE; i++)
        rho[i] = triple.rho[i];
    *err = triple.err + PER_ENERGY * fabs(s->sign * triple.energy - p->energy) +
           PER_MAGNETIZATION * fabs(triple.magnetization - p->magnetization);
    return KZ_OK;
}

kz_status kz_local_states_density(double *rho, double *err, const kz_local_states *states,
                                  const kz_local_point *p)
{
    if (isnan(p->beta) || !isfinite(p->magnetization) ||
        (isfinite(p->beta) && !(isfinite(p->mu) && isfinite(p->energy))))
        return KZ_FAIL(KZ_EDOMAIN, "no thermal state of beta = %g, mu = %g", p->beta, p->mu);
    if (states->free) return free_density(rho, err, p);
    return states->table ? table_density(rho, err, states, p) : cooled_density(rho, err, states, p);
}
