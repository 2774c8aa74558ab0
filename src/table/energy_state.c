/* Thermal states for beta(e), accurate relative to the distance from the nearer edge. */
#include <math.h>

#include "core/chain.h"
#include "core/error.h"
#include "table/energy.h"
#include "tba/moments/moments.h"
#include "tba/thermal.h"

enum { REFINEMENTS_MAX = 8 };

double kz_energy_tolerance(double tol, double beta)
{
    return fabs(beta) <= KZ_ENERGY_PROMISE ? tol : fmax(tol, 1e-16 * beta * beta);
}

static kz_status solve_on(kz_energy_state *out, kz_grid grid, double width, double beta)
{
    static const double SOLVE_TOL = 1e-15; /* rounding */
    kz_moments *m;
    kz_moments_values v;
    KZ_TRY(kz_moments_create(&m, grid));
    kz_status status = kz_moments_solve(&v, m, beta, 0, 1, false, SOLVE_TOL);
    if (status == KZ_OK) {
        bool low = v.excess < 10 * v.rest;
        out->excess = low ? v.excess : width - v.rest;
        out->rest = low ? width - v.excess : v.rest;
        out->slope = v.energy_beta;
    }
    kz_moments_free(m);
    return status;
}

/* kz_thermal_grid() allows for the kink in the densities at lambda = ln|beta| g/pi, g = min(gamma,
 * pi - gamma), where it is near the near edge (tba/form.h).  Towards the far one the string there
 * has e^{-pi lambda/(pi - g)} for s, and the kink is at ln|beta| (pi - g)/pi; what is cut off falls
 * like e^{-2 pi lambda/(pi - g)} beyond it. */
static kz_grid first_grid(kz_chain chain, double beta, double tol)
{
    kz_grid grid = kz_thermal_grid(chain, beta, 0.01 * tol);
    if (chain.kind == KZ_CHAIN_AXIAL) return grid;
    double gamma = kz_chain_gamma(chain), part = fmax(gamma, M_PI - gamma) / M_PI;
    double window = log1p(fabs(beta)) * part + 0.5 * log(100 / tol);
    bool far = gamma > M_PI - gamma ? beta > 0 : beta < 0;
    if (far && window > grid.window) grid = kz_grid_widen(grid, window - grid.window);
    return grid;
}

/* Of a distance from the edge: x = ln eta is rounded relative to its largest values, ~ |beta|; the
 * sums over strings have their own, some 1e-15 of e where it is largest, and that to an isotropic
 * ferromagnet is the rest of those to the other edge. */
static double rounding_of(kz_grid grid, double beta, double distance, double width)
{
    kz_strings strings = {.count = grid.order};
    if (grid.chain.kind != KZ_CHAIN_AXIAL && kz_strings_fill(&strings, grid.chain) != KZ_OK)
        return INFINITY;
    bool rest = kz_chain_is_isotropic(grid.chain) && grid.chain.delta * beta < 0;
    return 2e-16 * ((3 * strings.count + 10 + fabs(beta)) * distance + (rest ? width : 0));
}

/* The state on two grids, refined until beta at this energy is known to 0.1 tol or to rounding. */
kz_status kz_energy_state_solve(kz_energy_state *out, kz_chain chain, double width, double beta,
                                double tol)
{
    kz_grid grid = first_grid(chain, beta, tol);
    kz_energy_state before;
    double last = INFINITY;
    KZ_TRY(solve_on(&before, grid, width, beta));
    for (int i = 0; i < REFINEMENTS_MAX; i++) {
        grid.half = kz_grid_fast_size(grid.half + grid.half / 3);
        grid = kz_grid_widen(grid, 1);
        KZ_TRY(solve_on(out, grid, width, beta));
        double near = fmin(out->excess, out->rest);
        double scale = fabs(out->slope) * fmax(1, fabs(beta));
        double change = fabs(near - fmin(before.excess, before.rest));
        double rounding = rounding_of(grid, beta, near, width);
        bool stalled = change < 100 * rounding && change > 0.3 * last;
        /* the interpolant takes an eighth of dbeta/dx times the distance of nodes, ~ 1, from it */
        double steep = 0.125 * 2 * out->excess * out->rest / width / fabs(out->slope);
        double slope_err = fabs(out->slope / before.slope - 1) * steep / fmax(1, fabs(beta));
        out->err = (change + rounding) / scale + slope_err;
        if (out->err <= 0.1 * tol || change <= 3 * rounding || stalled) return KZ_OK;
        before = *out;
        last = change;
    }
    return KZ_FAIL(KZ_ETOL,
                   "energy at Delta = %.10g, beta = %.15g: error of beta %.3g, wanted %.3g",
                   kz_chain_delta(chain), beta, out->err, tol);
}
