#include "tba/isotropic.h"

#include <math.h>

#include "core/error.h"
#include "tba/isotropic_response.h"

typedef struct {
    double spin, energy, cross;
} drude;

/* sum over the line of w v^2 times the charges, for string f. */
static drude string_drude(const kz_isotropic_responses *r, const kz_isotropic *p, int f)
{
    static const double RESOLVED = 1e-18; /* below, the velocity is rounding */
    drude sum = {0};
    int K = p->g->half;
    for (int a = 0; a < p->odd.size; a++) {
        int at = f * p->even.size + a + 1;
        double energy = r->x[0][at], charge = r->x[1][at], rho = -energy / M_PI;
        if (!(rho > RESOLVED)) continue;
        double v = r->current[f * p->odd.size + a] / rho;
        double w = 2 * p->g->weight[K + 1 + a] * rho * p->D[at] * (1 - p->D[at]) * v * v;
        sum.spin += w * charge * charge;
        sum.energy += w * energy * energy;
        sum.cross -= w * energy * charge;
    }
    return sum;
}

/* Drude weights; returns a bound on what the strings n > N have of them.  Their terms fall faster
 * than 1/n, which is that of the spin's for n |mu| < 1, and than e^{-|mu| n} beyond. */
static double sum_drude(kz_thermo *out, const kz_isotropic_responses *r, const kz_isotropic *p)
{
    drude last = {0};
    for (int f = 0; f < p->N; f++) {
        last = string_drude(r, p, f);
        out->drude_spin += last.spin;
        out->drude_energy += last.energy;
        out->drude_cross += last.cross;
    }
    double kappa = 0.5 * fabs(p->mu), N = p->N;
    if (kappa == 0) return N * last.energy;
    double rest = fmin(N * (1 + fmax(0, -log(kappa * N))), 1 / -expm1(-2 * kappa));
    return rest * fmax(last.spin, fmax(last.energy, fabs(last.cross)));
}

static kz_status assemble(kz_thermo *out, kz_isotropic *p, kz_isotropic_responses *r)
{
    double beta = p->beta, mu = p->mu, ln_z, first[2], second[3];
    KZ_TRY(kz_isotropic_respond(r, p));
    kz_isotropic_first(&ln_z, first, r, p);
    KZ_TRY(kz_isotropic_second(second, r, p));
    KZ_TRY(kz_isotropic_respond_current(r, p));
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
                   .magnetization_beta = bm};
    t.energy_noise = t.spin_noise = NAN; /* their corner at lambda = 0 needs nodes of its own */
    t.err = sum_drude(&t, r, p);
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

kz_grid kz_isotropic_rows_grid(kz_chain chain, double beta, double tol)
{
    return grid_of(chain, 2, beta, tol);
}

kz_grid kz_isotropic_grid(kz_chain chain, double beta, double mu, double tol)
{
    /* the Drude weights: at mu = 0 energy's terms fall as n^-9, else spin's as e^{-|mu| n} */
    double digits = log(1 / tol), most = 0.8 * KZ_ISOTROPIC_ORDER_MAX;
    double order = mu == 0 ? fmax(6, 1.5 * pow(tol, -0.125)) : 3 + digits / fabs(mu);
    return grid_of(chain, (int)fmin(order, most), beta, tol);
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
