/* Spin diffusion of a thermal state: which formula, which grids, how good. */
#include <kapitza/thermo.h>

#include <math.h>

#include "core/error.h"
#include "ghd/onsager.h"
#include "tba/flow.h"
#include "tba/noise.h"
#include "tba/thermal.h"

/* What a grid gives; attempt as in onsager.h. */
typedef kz_status (*measure)(kz_onsager_values *out, kz_grid grid, double beta, double mu,
                             double tol, int attempt);

static double size_of(double value) { return fmax(1, fabs(value)); }

static kz_spin_diffusion of_values(const kz_onsager_values *v)
{
    return (kz_spin_diffusion){v->onsager, 0.5 * v->onsager / v->susceptibility, INFINITY};
}

static double difference(const kz_spin_diffusion *a, const kz_spin_diffusion *b)
{
    return fmax(fabs(a->onsager - b->onsager) / size_of(b->onsager),
                fabs(a->diffusion - b->diffusion) / size_of(b->diffusion));
}

/* -- the double sum -------------------------------------------------------------------------- */

/* Nodes for an e^{-digits} from the narrowest kernel, which the dressed one contains. */
static kz_status set_spacing(kz_grid *grid, double digits)
{
    kz_form form;
    KZ_TRY(kz_form_fill(&form, grid->chain));
    double width = form.width[form.blocks - 1];
    grid->half = kz_grid_fast_size((size_t)ceil(grid->window * digits / (M_PI * width)));
    return KZ_OK;
}

/* On the line the ends of the integrals (onsager_ends.h) leave e^{-5 lambda} or so. */
static kz_status line_grid(kz_grid *out, kz_chain chain, double beta, double tol)
{
    static const double FACTOR = 2; /* of pairs of strings, in what e^{-digits} makes of the sum */
    kz_form form;
    KZ_TRY(kz_form_fill(&form, chain));
    double strings = form.strings.count;
    *out =
        (kz_grid){.chain = chain,
                  .window = 4.75 + 0.2 * log(1 / tol) + log1p(fabs(beta)) * form.width[0] / M_PI};
    return set_spacing(out, log(FACTOR * strings * strings / tol));
}

/* Strings n have e^{-|mu| n} of a sum with n^4. */
static kz_grid gapped_grid(kz_chain chain, double beta, double mu, double tol)
{
    kz_grid grid = kz_thermal_grid(chain, beta, tol);
    double digits = log(1 / tol), strings = digits / fabs(mu);
    strings = (digits + 4 * log(1 + strings)) / fabs(mu);
    grid.half = kz_grid_fast_size(grid.half + grid.half / 4);
    grid.order = (int)fmin(0.75 * KZ_P_MAX, fmax(grid.order, strings));
    return grid;
}

/* Rows and nodes of the dense systems; at half filling on the line the columns of one row do. */
static bool is_too_large(const kz_grid *grid, double mu)
{
    static const double OPERATIONS = 2e11; /* half a minute */
    kz_form form;
    double rows = grid->order, columns = rows;
    if (grid->chain.kind != KZ_CHAIN_AXIAL) {
        rows = kz_form_fill(&form, grid->chain) == KZ_OK ? form.rows : KZ_P_MAX;
        columns = mu == 0 ? fmin(rows, 4) : rows;
    }
    return rows * columns * pow((double)grid->half, 3) > OPERATIONS;
}

/* What errs by `change` errs by 1/20 of tol next, or by 1/20 of the change. */
static kz_status finer(kz_grid *out, kz_grid grid, double change, double tol)
{
    *out = grid;
    if (grid.chain.kind == KZ_CHAIN_AXIAL) {
        out->half = kz_grid_fast_size(grid.half + grid.half / 4);
        out->order = (int)fmin(fmax(grid.order + 1, KZ_P_MAX), grid.order + 2 + grid.order / 4);
        return KZ_OK;
    }
    kz_form form;
    KZ_TRY(kz_form_fill(&form, grid.chain));
    double extra = 3 + fmax(0, log(change / tol));
    double digits = M_PI * form.width[form.blocks - 1] / kz_grid_spacing(&grid);
    out->window += 0.25 * extra;
    return set_spacing(out, digits + extra);
}

/* -- half filling with a gap ----------------------------------------------------------------- */

/* Magnetization is carried by pairs of a moving string and one of the infinitely many heavy ones at
 * rest: onsager = sum_n int w |v| (d^2 ln eta_n/dmu^2)^2 / (dm/dmu). */
static kz_status measure_half_filling(kz_onsager_values *out, kz_grid grid, double beta, double mu,
                                      double tol, int attempt)
{
    kz_flow flow;
    kz_moments_values values;
    double noise = 0, inner = fmax(1e-3 * tol, 1e-15);
    (void)attempt;
    kz_status status = kz_flow_create(&flow, grid);
    if (status == KZ_OK) status = kz_flow_solve(&values, &flow, beta, mu, inner);
    if (status == KZ_OK) status = kz_thermal_bend_noise(&noise, &flow, inner);
    kz_flow_free(&flow);
    if (status == KZ_OK)
        *out = (kz_onsager_values){noise / values.magnetization_mu, values.magnetization_mu};
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

static kz_status missed(const kz_spin_diffusion *best, kz_chain chain, double beta, double mu,
                        double tol)
{
    return KZ_FAIL(KZ_ETOL,
                   "spin diffusion at Delta = %.10g, beta = %.15g, mu = %.15g: error %.3g, wanted "
                   "%.3g",
                   kz_chain_delta(chain), beta, mu, best->err, tol);
}

/* Finer grids until the numbers stand still, or would take too long. */
static kz_status refine(kz_spin_diffusion *out, measure at, kz_grid grid, double beta, double mu,
                        double tol)
{
    enum { GRIDS = 6 };
    static const double ROUNDING = 2e-14, SAFE = 1;
    kz_onsager_values values;
    KZ_TRY(at(&values, grid, beta, mu, tol, 0));
    kz_spin_diffusion coarse = of_values(&values), best = coarse;
    double change = tol;
    for (int i = 1; i < GRIDS && !(best.err <= tol); i++) {
        KZ_TRY(finer(&grid, grid, change, tol));
        if (grid.order > KZ_P_MAX || is_too_large(&grid, mu)) break;
        KZ_TRY(at(&values, grid, beta, mu, tol, i));
        kz_spin_diffusion fine = of_values(&values);
        change = difference(&coarse, &fine);
        fine.err = SAFE * change + ROUNDING;
        if (fine.err <= best.err) best = fine;
        coarse = fine;
    }
    *out = best;
    return best.err <= tol ? KZ_OK : missed(&best, grid.chain, beta, mu, tol);
}

/* From the grid for the tolerance on, or for the best one that can be had. */
static kz_status sum_pairs(kz_spin_diffusion *out, kz_chain chain, double beta, double mu,
                           double tol)
{
    static const double LOOSEST = 1e-2;
    for (double first = tol; first <= LOOSEST; first *= 10) {
        kz_grid grid, second;
        if (chain.kind == KZ_CHAIN_AXIAL)
            grid = gapped_grid(chain, beta, mu, first);
        else
            KZ_TRY(line_grid(&grid, chain, beta, first));
        KZ_TRY(finer(&second, grid, first, first));
        if (second.order > KZ_P_MAX || is_too_large(&second, mu)) continue;
        return refine(out, kz_onsager_on_grid, grid, beta, mu, tol);
    }
    *out = (kz_spin_diffusion){NAN, NAN, INFINITY};
    return missed(out, chain, beta, mu, tol);
}

/* Faster than diffusion at half filling; with a field the double sum needs other nodes than those
 * of tba/tangent.h, which resolve no kernel far out. */
static kz_status isotropic(kz_spin_diffusion *out, double beta, double mu)
{
    if (mu == 0) {
        *out = (kz_spin_diffusion){INFINITY, INFINITY, 0};
        return KZ_OK;
    }
    *out = (kz_spin_diffusion){NAN, NAN, INFINITY};
    return KZ_FAIL(KZ_ETOL,
                   "spin diffusion at |Delta| = 1, beta = %.15g, mu = %.15g: none but at mu = 0, "
                   "where it is inf",
                   beta, mu);
}

static kz_status thermal(kz_spin_diffusion *out, kz_chain chain, double beta, double mu, double tol)
{
    if (chain.kind != KZ_CHAIN_AXIAL) return sum_pairs(out, chain, beta, mu, tol);
    if (chain.delta < 0) return thermal(out, kz_chain_axial(-chain.delta), -beta, mu, tol);
    if (chain.delta == 1) return isotropic(out, beta, mu);
    if (mu == 0)
        return refine(out, measure_half_filling, kz_thermal_grid(chain, beta, 0.1 * tol), beta, mu,
                      tol);
    return sum_pairs(out, chain, beta, mu, tol);
}

kz_status kz_spin_diffusion_compute(kz_spin_diffusion *out, kz_chain chain, const kz_state *state,
                                    double tol)
{
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_state_check(state));
    if (!(tol >= 1e-12 && tol <= 1e-2))
        return KZ_FAIL(KZ_EINVAL, "tol = %.15g: accepted 1e-12 ... 1e-2", tol);
    if (state->kind != KZ_STATE_THERMAL) {
        *out = (kz_spin_diffusion){0, NAN, 0};
        return KZ_OK;
    }
    if (kz_chain_is_free(chain)) {
        *out = (kz_spin_diffusion){0, 0, 0};
        return KZ_OK;
    }
    return thermal(out, chain, state->beta, state->mu, tol);
}
