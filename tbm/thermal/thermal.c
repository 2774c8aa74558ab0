/* Single thermal states of the infinite chain. */
#include <kapitza/thermal.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/thermal/cooling.h"

kz_thermal_params kz_thermal_params_default(void)
{
    return (kz_thermal_params){.chi = 160, .step = 0.2, .threads = 1};
}

kz_status kz_thermal_params_check(const kz_thermal_params *p)
{
    if (p->chi < 8 || p->chi > 10000)
        return KZ_FAIL(KZ_EINVAL, "bond dimension %zu is not between 8 and 10000", p->chi);
    if (!(p->step >= 1e-3 && p->step <= 1.0))
        return KZ_FAIL(KZ_EINVAL, "step %.15g is not between 0.001 and 1", p->step);
    if (p->threads < 1) return KZ_FAIL(KZ_EINVAL, "%d threads", p->threads);
    return KZ_OK;
}

/* Neighbours: <S+ S-'> + h.c. over two is 2 xx. */
void kz_thermal_pack(double rho[KZ_DENSITY_SIZE], double xx1, double zz1, double xx2, double zz2)
{
    double edge = 0.125 + zz1 + 0.5 * zz2, side = 0.125 - 0.5 * zz2;
    double middle = 0.125 - zz1 + 0.5 * zz2;
    /* uud udu duu Re12 Im12 Re13 Im13 Re23 Im23, and the same with all spins turned */
    const double block[9] = {side, middle, side, xx1, 0.0, xx2, 0.0, xx1, 0.0};
    rho[0] = rho[KZ_DENSITY_SIZE - 1] = edge;
    memcpy(rho + 1, block, sizeof block);
    memcpy(rho + 10, block, sizeof block);
}

/* sqrt(8) times the Frobenius norm; elements beside the diagonal stand for two. */
double kz_thermal_distance_bound(const double *rho, const double *other)
{
    double sum = 0.0;
    for (int k = 0; k < KZ_DENSITY_SIZE; k++) {
        int place = (k - 1) % 9;
        bool diagonal = k == 0 || k == KZ_DENSITY_SIZE - 1 || place < 3;
        double difference = rho[k] - other[k];
        sum += (diagonal ? 1.0 : 2.0) * difference * difference;
    }
    return sqrt(8.0 * sum);
}

/* Bond energy and magnetization of the first sites. */
static void observe(kz_thermal_triple *t, double delta)
{
    double re[64], im[64], zz = 0.0, flip = 0.0, spin = 0.0;
    kz_density_unpack(re, im, t->rho);
    for (int a = 0; a < 8; a++) {
        double s1 = a & 4 ? -0.5 : 0.5, s2 = a & 2 ? -0.5 : 0.5;
        zz += s1 * s2 * re[a * 8 + a];
        spin += s1 * re[a * 8 + a];
        if (s1 != s2) flip += 0.5 * re[a * 8 + (a ^ 6)];
    }
    t->energy = flip + delta * zz;
    t->magnetization = spin;
}

static kz_status check_state(double delta, double beta, double mu)
{
    if (!(delta > -1.0 && isfinite(delta)))
        return KZ_FAIL(KZ_EINVAL, "delta = %.15g is not above -1", delta);
    if (!(fabs(beta) <= KZ_THERMAL_MOST_BETA))
        return KZ_FAIL(KZ_EINVAL, "beta = %.15g is not between -%.15g and %.15g", beta,
                       KZ_THERMAL_MOST_BETA, KZ_THERMAL_MOST_BETA);
    if (!(fabs(mu) <= KZ_THERMAL_MOST_MU))
        return KZ_FAIL(KZ_EINVAL, "mu = %.15g is not between -%.15g and %.15g", mu,
                       KZ_THERMAL_MOST_MU, KZ_THERMAL_MOST_MU);
    return KZ_OK;
}

static kz_status cool(kz_cooled *out, kz_cooling *cooling, size_t pairs,
                      const kz_thermal_params *params)
{
    double before[KZ_DENSITY_SIZE] = {0.0};
    for (size_t k = 1; k <= pairs; k++) {
        KZ_TRY(kz_cooling_advance(k == pairs ? out : NULL, before, cooling));
        if (k < pairs && params->progress && params->progress(params->progress_context, k, pairs))
            return KZ_FAIL(KZ_ECANCELLED, "stopped at beta = %.15g", cooling->cell[KZ_FINE]->beta);
    }
    return KZ_OK;
}

kz_status kz_thermal_density(kz_thermal_triple *out, double delta, double beta, double mu,
                             const kz_thermal_params *params)
{
    kz_cooling cooling;
    kz_cooled cooled;
    KZ_TRY(check_state(delta, beta, mu));
    KZ_TRY(kz_thermal_params_check(params));
    size_t pairs = (size_t)ceil(0.5 * fabs(beta) / params->step);
    if (pairs == 0) pairs = 1;
    KZ_TRY(kz_cooling_create(&cooling, delta, mu, 0.5 * beta / (double)pairs, params->chi));
    kz_status status = cool(&cooled, &cooling, pairs, params);
    if (status == KZ_OK) {
        memcpy(out->rho, cooled.rho[1], sizeof out->rho);
        out->err = cooled.err[1];
        observe(out, delta);
    }
    kz_cooling_free(&cooling);
    return status;
}
