/* Derivatives of ln Z of the isotropic chain: all are responses, none depends on the rows. */
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/isotropic/isotropic.h"
#include "tba/isotropic/response.h"
#include "tba/moments/internal.h"
#include "tba/newton.h"

struct kz_isotropic_moments {
    kz_isotropic state;
    kz_isotropic_responses responses;
    bool solved; /* the last time */
};

void kz_isotropic_moments_free(kz_isotropic_moments *m)
{
    if (!m) return;
    kz_isotropic_responses_free(&m->responses);
    kz_isotropic_free(&m->state);
    kz_free(m);
}

bool kz_isotropic_moments_is_resolved(const kz_isotropic_moments *m)
{
    const kz_isotropic *p = &m->state;
    return kz_thermal_is_resolved(p->x, (size_t)p->N, (size_t)p->even.size, 0);
}

kz_status kz_isotropic_moments_create(kz_isotropic_moments **out, kz_grid grid)
{
    void *memory;
    *out = NULL;
    if (grid.half > KZ_ISOTROPIC_HALF_MAX)
        return KZ_FAIL(KZ_ETOL, "states at Delta = %g need more than %d nodes", grid.chain.delta,
                       2 * KZ_ISOTROPIC_HALF_MAX);
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_moments)));
    kz_isotropic_moments *m = memory;
    kz_status status = kz_isotropic_create(&m->state, grid, 0, 0);
    if (status == KZ_OK) status = kz_isotropic_responses_create(&m->responses, &m->state);
    if (status != KZ_OK) {
        kz_isotropic_moments_free(m);
        return status;
    }
    *out = m;
    return KZ_OK;
}

static void collect(kz_moments_values *out, kz_isotropic_moments *m, int order)
{
    double ln_z, first[2], second[3], third[2] = {NAN, NAN}, far = 0.25;
    kz_isotropic_respond(&m->responses, &m->state);
    double excess = kz_isotropic_first(&ln_z, first, &m->responses, &m->state);
    kz_isotropic_second(second, &m->responses, &m->state);
    if (order >= 2) kz_isotropic_third(third, &m->responses, &m->state);
    *out = (kz_moments_values){
        .ln_z = ln_z,
        .energy = -first[0],
        .excess = excess,
        .rest = far + first[0],
        .magnetization = first[1],
        .energy_beta = -second[0],
        .magnetization_beta = second[1],
        .magnetization_mu = second[2],
        .energy_beta_mu = -third[0],
        .magnetization_beta_mu = third[1],
    };
}

kz_status kz_isotropic_moments_solve(kz_moments_values *out, kz_isotropic_moments *m, double beta,
                                     double mu, int order, bool warm)
{
    m->state.beta = beta;
    m->state.mu = mu;
    warm = warm && m->solved;
    m->solved = false;
    KZ_TRY(kz_isotropic_find_state(&m->state, &m->responses, warm));
    m->solved = true;
    collect(out, m, order);
    return KZ_OK;
}
