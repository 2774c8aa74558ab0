/* Three-site density matrices of thermal states: free fermions. */
#include "analysis/local_states.h"

#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "fermion/correlation.h"

struct kz_local_states {
    kz_chain chain;
};

/* Bound on the trace norm of the rounding error of a matrix and of a difference of two: some tens
 * of operations on numbers up to 1, in 20 entries. */
static const double ROUNDING = 1e-14;

static bool is_free(kz_chain chain) { return kz_chain_delta(chain) == 0; }

kz_status kz_local_states_create(kz_local_states **out, kz_chain chain, bool magnetized,
                                 const kz_options *options)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_options_check(options));
    (void)magnetized;
    if (!is_free(chain))
        return KZ_FAIL(KZ_EINVAL, "distances of the chain Delta = %.6g: only xx so far",
                       kz_chain_delta(chain));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_local_states)));
    *out = memory;
    (*out)->chain = chain;
    return KZ_OK;
}

void kz_local_states_free(kz_local_states *states) { kz_free(states); }

/* At mu = 0 the occupations at k and k + pi add up to 1, which leaves one number: c_0 = 1/2,
 * c_1 = e, c_2 = 0, whatever beta. */
static kz_fermion_correlation correlation_of(double *err, const kz_local_point *p)
{
    *err = ROUNDING;
    if (isinf(p->beta)) return kz_fermion_correlation_cold(p->beta, p->magnetization);
    if (p->mu == 0) return (kz_fermion_correlation){{0.5, p->energy, 0}};
    kz_fermion_correlation c = kz_fermion_correlation_thermal(p->beta, p->mu);
    /* d rho / d c_0 and d c_1 have trace norms up to 6 and 8 */
    *err += 6 * fabs(c.c[0] - 0.5 - p->magnetization) + 8 * fabs(c.c[1] - p->energy);
    return c;
}

kz_status kz_local_states_density(double *rho, double *err, const kz_local_states *states,
                                  const kz_local_point *p)
{
    (void)states;
    if (isnan(p->beta) || !isfinite(p->magnetization) ||
        (isfinite(p->beta) && !(isfinite(p->mu) && isfinite(p->energy))))
        return KZ_FAIL(KZ_EDOMAIN, "no thermal state of beta = %g, mu = %g", p->beta, p->mu);
    double bound;
    kz_fermion_correlation c = correlation_of(&bound, p);
    KZ_TRY(kz_fermion_correlation_density(rho, &c));
    *err = bound;
    return KZ_OK;
}
