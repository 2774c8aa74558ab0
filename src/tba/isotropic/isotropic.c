#include "tba/isotropic/isotropic.h"

#include <math.h>

#include "core/error.h"
#include "tba/isotropic/response.h"
#include "tba/isotropic/sums.h"
#include "tba/newton.h"

static kz_status assemble(kz_thermo *out, kz_isotropic *p, kz_isotropic_responses *r)
{
    double beta = p->beta, mu = p->mu, ln_z, first[2], second[3];
    kz_isotropic_respond(r, p);
    (void)kz_isotropic_first(&ln_z, first, r, p);
    kz_isotropic_second(second, r, p);
    KZ_TRY(kz_isotropic_respond_current(r, p));
    double sum[KZ_ISOTROPIC_SUMS], err;
    KZ_TRY(kz_isotropic_sum_strings(sum, &err, r, p));
    bool resolved = kz_thermal_is_resolved(p->x, (size_t)p->N, (size_t)p->even.size, 0);
    double bb = second[0], bm = second[1], mm = second[2];
    kz_thermo t = {.beta = beta,
                   .mu = mu,
                   .ln_z = ln_z,
                   .free_energy = beta == 0 ? NAN : -ln_z / beta,
                   .energy = -first[0],
                   .magnetization = first[1],
                   .entropy = ln_z - beta * first[0] - mu * first[1],
                   .heat_capacity = beta * beta * bb + 2 * beta * mu * bm + mu * mu * mm,
                   .susceptibility = mm,
                   .energy_beta = -bb,
                   .magnetization_beta = bm,
                   .drude_spin = sum[KZ_DRUDE_SPIN],
                   .drude_energy = sum[KZ_DRUDE_ENERGY],
                   .drude_cross = sum[KZ_DRUDE_CROSS],
                   .energy_noise = sum[KZ_NOISE_ENERGY],
                   .spin_noise = sum[KZ_NOISE_SPIN],
                   .err = resolved ? err : INFINITY};
    *out = t;
    return KZ_OK;
}

kz_status kz_isotropic_on_grid(kz_thermo *out, kz_grid grid, double beta, double mu)
{
    kz_isotropic p = {0};
    kz_isotropic_responses r = {0};
    kz_status status = kz_isotropic_create(&p, grid, beta, mu);
    if (status == KZ_OK) status = kz_isotropic_responses_create(&r, &p);
    if (status == KZ_OK) status = kz_isotropic_find_state(&p, &r, false);
    if (status == KZ_OK) status = assemble(out, &p, &r);
    kz_isotropic_responses_free(&r);
    kz_isotropic_free(&p);
    return status;
}

/* -- grids ----------------------------------------------------------------------------------- */

double kz_isotropic_width(int order) { return fmax(2.5, 0.5 * sqrt(order)); }

static kz_grid grid_of(kz_chain chain, int order, double beta, double tol)
{
    kz_grid grid = {.chain = chain, .order = order, .window = kz_isotropic_width(order)};
    grid.half = 16 + (size_t)(0.65 * grid.window * log(1 / tol) + 8 * log1p(fabs(beta)));
    return grid;
}

/* In a cold ferromagnet functions vary over all scales from 1 to |beta|, half of the digits of
 * which are those of its square root; what is left to the closure does too, unless strings up to
 * about that length are rows. */
kz_grid kz_isotropic_rows_grid(kz_chain chain, double beta, double tol)
{
    double scale = beta * chain.delta < 0 ? sqrt(fabs(beta)) : 0;
    double most = KZ_ISOTROPIC_ORDER_MAX;
    kz_grid grid = grid_of(chain, (int)fmin(2 + 0.6 * scale, most), beta, tol);
    double wide = fmax(1, 0.45 * scale / grid.window);
    grid.window *= wide;
    grid.half += (size_t)(0.65 * (1 - 1 / wide) * grid.window * log(1 / tol));
    return grid;
}

kz_grid kz_isotropic_grid(kz_chain chain, double beta, double mu, double tol)
{
    /* sums over strings: their terms end as e^{-|mu| n}, unless extrapolation does before */
    double digits = log(1 / tol), order = 6 + 0.6 * digits;
    if (mu != 0) order = fmin(3 + digits / fabs(mu), 20 + 1.6 * digits);
    return grid_of(chain, (int)order, beta, tol);
}

kz_grid kz_isotropic_finer(kz_grid grid)
{
    static const double OPERATIONS = 2e10; /* of a Newton step: a second or so */
    grid.half += grid.half / 4;
    grid.order = (int)fmin(grid.order + 2 + grid.order / 4, KZ_ISOTROPIC_ORDER_MAX);
    grid.window = kz_isotropic_width(grid.order);
    if (pow((double)grid.half, 3) * (5 * grid.order + 30) > OPERATIONS)
        grid.half = KZ_ISOTROPIC_HALF_MAX + 1;
    return grid;
}
