/* Spin diffusion of a thermal state: which formula, which grids, how good. */
#include <kapitza/thermo.h>

#include <lapacke.h>
#include <math.h>

#include "core/error.h"
#include "ghd/diffusion/onsager.h"
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
    static const double FACTOR = 6; /* of pairs of strings, in what e^{-digits} makes of the sum */
    kz_form form;
    KZ_TRY(kz_form_fill(&form, chain));
    double strings = form.strings.count;
    *out = (kz_grid){.chain = chain,
                     .window = 5 + 0.2 * log(1 / tol) + log1p(fabs(beta)) * form.width[0] / M_PI};
    return set_spacing(out, log(FACTOR * strings * strings / tol));
}

/* On a period the narrowest kernel leaves e^{-2 phi half}; strings n have e^{-|mu| n} of a sum with
 * powers of n, and the closure takes what is beyond, so that it leaves e^{-0.8 |mu| order}. */
static double nodes_of(double digits, kz_chain chain) { return digits / (2 * acosh(chain.delta)); }
static double strings_of(double digits, double mu) { return digits / (0.8 * fabs(mu)); }

static kz_grid gapped_grid(kz_chain chain, double beta, double mu, double tol)
{
    /* what was measured at phi = 0.15 ... 1.8, |mu| = 0.3 ... 3 */
    static const double NODES_FACTOR = 1e3, STRINGS_FACTOR = 3, STRINGS_LEAST = 4;
    kz_grid grid = kz_thermal_grid(chain, beta, tol);
    double nodes = nodes_of(log(NODES_FACTOR / tol), chain);
    double strings = STRINGS_LEAST + strings_of(log(STRINGS_FACTOR / tol), mu);
    grid.half = kz_grid_fast_size((size_t)fmax((double)grid.half, ceil(nodes)));
    grid.order = (int)fmin(2 * KZ_P_MAX, ceil(strings));
    return grid;
}

/* Dense systems, and for each pair of rows and node what is done beside them; at half filling on
 * the line the columns of one row do. */
static double operations(const kz_grid *grid, double mu)
{
    static const double BESIDE = 3e4;
    kz_form form;
    double rows = grid->order, columns = rows, n = (double)grid->half;
    if (grid->chain.kind != KZ_CHAIN_AXIAL) {
        rows = kz_form_fill(&form, grid->chain) == KZ_OK ? form.rows : KZ_P_MAX;
        columns = mu == 0 ? fmin(rows, 4) : rows;
    }
    return rows * columns * n * (n * n + BESIDE);
}

static bool is_too_large(const kz_grid *grid, double mu)
{
    static const double OPERATIONS = 2e11; /* half a minute */
    return operations(grid, mu) > OPERATIONS;
}

/* What errs by `change` errs by 1/20 of tol next, or by 1/20 of the change. */
static kz_status finer(kz_grid *out, kz_grid grid, double mu, double change, double tol)
{
    double extra = 3 + fmax(0, log(change / tol));
    *out = grid;
    if (grid.chain.kind == KZ_CHAIN_AXIAL) {
        double part = mu == 0 ? 0.5 : 0.125; /* half filling is cheap */
        double strings = mu == 0 ? 2 + grid.order / 2 : 1 + ceil(strings_of(extra, mu));
        double nodes = fmax(nodes_of(extra, grid.chain), part * (double)grid.half);
        out->half = kz_grid_fast_size(grid.half + (size_t)ceil(nodes));
        out->order = (int)fmin(fmax(grid.order + 1, KZ_P_MAX), grid.order + strings);
        return KZ_OK;
    }
    kz_form form;
    KZ_TRY(kz_form_fill(&form, grid.chain));
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
    /* two grids stop at the same iterate, and D, 1e4 in a cold chain, is 1e5 times as sensitive */
    static const double INNER = 1e-15;
    double noise = 0;
    (void)tol;
    (void)attempt;
    kz_status status = kz_flow_create(&flow, grid);
    if (status == KZ_OK) status = kz_flow_solve(&values, &flow, beta, mu, INNER);
    if (status == KZ_OK) status = kz_thermal_bend_noise(&noise, &flow, INNER);
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

/* Finer grids until the numbers stand still, or would take too long.  The finer grid leaves
 * up to `safe` times the change. */
static kz_status refine(kz_spin_diffusion *out, measure at, double safe, kz_grid grid, double beta,
                        double mu, double tol)
{
    enum { GRIDS = 6 };
    static const double ROUNDING = 2e-14, SOLVES = 1e-3; /* of tol, what these may leave */
    kz_onsager_values values;
    KZ_TRY(at(&values, grid, beta, mu, tol, 0));
    kz_spin_diffusion coarse = of_values(&values), best = coarse;
    double change = tol;
    for (int i = 1; i < GRIDS && !(best.err <= tol); i++) {
        KZ_TRY(finer(&grid, grid, mu, change, tol));
        if (grid.order > KZ_P_MAX || is_too_large(&grid, mu)) break;
        KZ_TRY(at(&values, grid, beta, mu, tol, i));
        kz_spin_diffusion fine = of_values(&values);
        change = difference(&coarse, &fine);
        fine.err = safe * change + SOLVES * tol + ROUNDING;
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
        KZ_TRY(finer(&second, grid, mu, first, first));
        if (second.order > KZ_P_MAX || is_too_large(&second, mu)) continue;
        return refine(out, kz_onsager_on_grid, 1, grid, beta, mu, tol);
    }
    *out = (kz_spin_diffusion){NAN, NAN, INFINITY};
    return missed(out, chain, beta, mu, tol);
}

/* -- Delta = 1 in a field --------------------------------------------------------------------- */

enum { LADDER = 9, STEPS = 8 };

/* Weights of f(phi_i) in f(0), f = c_0 + c_2 phi^2 + c_3 phi^3 + c_4 phi^4 ... */
static kz_status weigh_steps(double *weight, const double *phi, int count)
{
    double matrix[STEPS * STEPS];
    lapack_int pivot[STEPS];
    for (int j = 0; j < count; j++) {
        for (int i = 0; i < count; i++)
            matrix[j * count + i] = j == 0 ? 1 : pow(phi[i] / phi[count - 1], j + 1);
        weight[j] = j == 0;
    }
    if (LAPACKE_dgesv(LAPACK_ROW_MAJOR, count, 1, matrix, count, pivot, weight, 1))
        return KZ_FAIL(KZ_ESING, "%d chains beside Delta = 1", count);
    return KZ_OK;
}

/* From the last STEPS chains; err is what rounding and their own make of it. */
static kz_status extrapolate(kz_spin_diffusion *out, const double *phi, const kz_spin_diffusion *at,
                             int count)
{
    double weight[STEPS];
    int first = count > STEPS ? count - STEPS : 0;
    kz_spin_diffusion sum = {0, 0, 0};
    KZ_TRY(weigh_steps(weight, phi + first, count - first));
    for (int i = first; i < count; i++) {
        double w = weight[i - first];
        sum.onsager += w * at[i].onsager;
        sum.diffusion += w * at[i].diffusion;
        sum.err += fabs(w) * at[i].err;
    }
    *out = sum;
    return KZ_OK;
}

/* At half filling faster than diffusion.  In a field by continuation: kernels end at lambda = 1/phi
 * where those of Delta = 1 fall on as powers, which leaves phi^3 beside the even powers.  Chains
 * nearer and nearer to Delta = 1, and err from the two last changes, the larger one, since changes
 * may have either sign. */
static kz_status isotropic(kz_spin_diffusion *out, double beta, double mu, double tol)
{
    static const double WIDEST = 0.8, RATIO = 0.8, SAFE = 2, FINEST = 1e-8, LOOSEST = 1e-5,
                        PART = 1e-5, OPERATIONS = 1e10;
    enum { CHEAP = 4 };
    kz_spin_diffusion at[LADDER], best = {NAN, NAN, INFINITY}, last = best;
    double phi[LADDER], inner = fmax(FINEST, 1e-3 * tol), before = INFINITY;
    if (mu == 0) {
        *out = (kz_spin_diffusion){INFINITY, INFINITY, 0};
        return KZ_OK;
    }
    for (int k = 0; k < LADDER && !(best.err <= tol); k++) {
        /* near the end, where chains are dear and weights small, to a small part of what is missing
         */
        double wanted = k < CHEAP ? inner : fmax(inner, fmin(PART * before, LOOSEST));
        kz_spin_diffusion next;
        phi[k] = WIDEST * pow(RATIO, k);
        kz_chain chain = kz_chain_axial(cosh(phi[k]));
        kz_grid grid = gapped_grid(chain, beta, mu, wanted);
        if (operations(&grid, mu) > OPERATIONS) break;
        kz_status status = sum_pairs(&at[k], chain, beta, mu, wanted);
        if (status == KZ_ETOL && isfinite(at[k].err)) status = KZ_OK; /* counts in err */
        if (status == KZ_ETOL) break;
        if (status == KZ_OK) status = extrapolate(&next, phi, at, k + 1);
        if (status != KZ_OK) return status;
        double change = k > 0 ? difference(&last, &next) : INFINITY;
        last = next;
        last.err += SAFE * fmax(change, before);
        before = change;
        if (last.err <= best.err) best = last;
    }
    *out = best;
    return best.err <= tol ? KZ_OK : missed(&best, kz_chain_axial(1), beta, mu, tol);
}

static kz_status thermal(kz_spin_diffusion *out, kz_chain chain, double beta, double mu, double tol)
{
    /* of the change, as the second grid is not so much better than the first as those of the sum */
    static const double HALF_FILLING = 3;
    if (chain.kind != KZ_CHAIN_AXIAL) return sum_pairs(out, chain, beta, mu, tol);
    if (chain.delta < 0) return thermal(out, kz_chain_axial(-chain.delta), -beta, mu, tol);
    if (chain.delta == 1) return isotropic(out, beta, mu, tol);
    if (mu == 0)
        return refine(out, measure_half_filling, HALF_FILLING,
                      kz_thermal_grid(chain, beta, 0.1 * tol), beta, mu, tol);
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
