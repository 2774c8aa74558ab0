/* Observables in the local form.  With rho^t_f the total densities, g_f = v_f rho^t_f and
 * n_f = d x_f / d mu the dressed magnetization (dressing commutes with differentiation):
 *   ln Z = -beta e_0 + int s L_1             e = e_0 +- pi sin(gamma) int s D_1 rho^t_1
 *   m    = (P/2) int M rho^t_{N-1}           e^dr_j = -pi sin(gamma) sigma_j rho^t_j
 * (e_0 the near edge of form.h)
 * and, with w_j = rho^t_j theta_j (1 - theta_j), the second moments
 *   dm/dmu = sum int w n^2, -de/dbeta = sum int w (e^dr)^2, ...  docs/numerics.md derives them. */
#include "tba/equilibrium.h"

#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "core/error.h"
#include "tba/flow.h"
#include "tba/isotropic/isotropic.h"
#include "tba/noise.h"
#include "tba/thermal.h"

typedef struct {
    double entropy, capacity, drude_spin, drude_energy, drude_cross;
} fluctuations;

typedef struct {
    double log_eta, rho, current, charge, energy; /* charge, energy: dressed */
    double weight;                                /* of the node */
} string_node;

static void add_string(fluctuations *sum, const string_node *s, double beta, double mu)
{
    static const double RESOLVED = 1e-18; /* below, the velocity is rounding */
    double x = fabs(s->log_eta), e = exp(-x), inverse = 1 / (1 + e);
    double w = s->weight * s->rho * e * inverse * inverse;
    double work = beta * s->energy + mu * s->charge;
    sum->entropy += s->weight * s->rho * (log1p(e) + x * e * inverse);
    sum->capacity += w * work * work;
    if (s->rho <= RESOLVED) return;
    double v = s->current / s->rho, flow = w * v * v;
    sum->drude_spin += flow * s->charge * s->charge;
    sum->drude_energy += flow * s->energy * s->energy;
    sum->drude_cross -= flow * s->charge * s->energy;
}

/* The string with the Fermi point, which has no fluctuations but on the panels. */
static void add_panels(fluctuations *sum, const kz_flow *p, double step)
{
    const kz_moments *m = p->moments;
    double factor = m->edge ? kz_moments_edge_energy(m) : 0;
    for (size_t q = 0; m->edge && q < m->edge->count; q++) {
        string_node node = {m->edge->x[q],
                            m->edge_rho[q],
                            p->edge[q],
                            m->edge_mu[q] + kz_moments_edge_shift(m),
                            factor * m->edge_rho[q],
                            m->edge->weight[q] / step};
        add_string(sum, &node, m->beta, m->mu);
    }
}

static fluctuations sum_fluctuations(const kz_flow *p, double step)
{
    const kz_moments *m = p->moments;
    fluctuations sum = {0};
    for (int f = 0; f < m->even->rows; f++) {
        for (size_t k = 0; k < m->even->n; k++) {
            kz_moments_visit string[2];
            size_t count = kz_moments_strings_at(m, string, f, k);
            for (size_t s = 0; s < count; s++) {
                size_t i = string[s].at;
                string_node node = {string[s].x,   m->rho[i],
                                    p->current[i], m->x_mu[i] + string[s].shift,
                                    m->x_beta[i],  1};
                if (!string[s].sharp) add_string(&sum, &node, m->beta, m->mu);
            }
        }
    }
    add_panels(&sum, p, step);
    kz_moments_beyond beyond = kz_moments_beyond_rows(m);
    sum.entropy += beyond.entropy;
    sum.capacity += beyond.capacity;
    return sum;
}

static void assemble(kz_thermo *out, const kz_flow *p, const kz_moments_values *values)
{
    double beta = p->moments->beta, step = 2 * kz_grid_spacing(&p->odd->grid);
    fluctuations sum = sum_fluctuations(p, step);
    out->beta = beta;
    out->mu = p->moments->mu;
    out->ln_z = values->ln_z;
    out->free_energy = beta == 0 ? NAN : -values->ln_z / beta;
    out->energy = values->energy;
    out->magnetization = values->magnetization;
    out->entropy = step * sum.entropy;
    out->heat_capacity = step * sum.capacity;
    out->susceptibility = values->magnetization_mu;
    out->energy_beta = values->energy_beta;
    out->magnetization_beta = values->magnetization_beta;
    out->drude_spin = step * sum.drude_spin;
    out->drude_energy = step * sum.drude_energy;
    out->drude_cross = step * sum.drude_cross;
}

kz_status kz_equilibrium_on_grid(kz_thermo *out, kz_grid grid, double beta, double mu, double tol)
{
    if (kz_chain_is_isotropic(grid.chain)) return kz_isotropic_on_grid(out, grid, beta, mu);
    kz_flow p;
    kz_moments_values values;
    double inner = kz_thermal_solve_tol(grid.chain, tol);
    kz_noise_pair noise;
    kz_status status = kz_flow_create(&p, grid);
    if (status == KZ_OK) status = kz_flow_solve(&values, &p, beta, mu, inner);
    if (status == KZ_OK) status = kz_thermal_noise(&noise, &p);
    if (status == KZ_OK) {
        assemble(out, &p, &values);
        out->energy_noise = noise.energy;
        out->spin_noise = noise.spin;
        out->err = kz_moments_is_resolved(p.moments) ? 0 : INFINITY;
    }
    kz_flow_free(&p);
    return status;
}

/* The numbers of a state that refinement watches. */
enum { NUMBERS = 14 };

static void list_numbers(double out[NUMBERS], const kz_thermo *t)
{
    const double all[NUMBERS] = {t->ln_z,
                                 t->beta == 0 ? 0 : t->free_energy,
                                 t->energy,
                                 t->magnetization,
                                 t->entropy,
                                 t->heat_capacity,
                                 t->susceptibility,
                                 t->energy_beta,
                                 t->magnetization_beta,
                                 t->drude_spin,
                                 t->drude_energy,
                                 t->drude_cross,
                                 t->energy_noise,
                                 t->spin_noise};
    memcpy(out, all, sizeof all);
}

/* Largest |a - b| / max(1, |b|). */
static double difference(const kz_thermo *a, const kz_thermo *b)
{
    double first[NUMBERS], second[NUMBERS], largest = 0;
    list_numbers(first, a);
    list_numbers(second, b);
    for (int i = 0; i < NUMBERS; i++) {
        double d = fabs(first[i] - second[i]) / fmax(1, fabs(second[i]));
        largest = d <= largest ? largest : d; /* a NaN wins */
    }
    return largest;
}

/* With a gap memory and time are those of all rows: half a gigabyte, and 10 s or so. */
enum { HALF_MAX = 1 << 20, SIZE_MAX_GAPPED = 1 << 21, HALF_MAX_SPLIT = 1 << 14 };

static int most_strings(const kz_grid *grid)
{
    return kz_chain_is_isotropic(grid->chain) ? KZ_ISOTROPIC_ORDER_MAX : KZ_P_MAX;
}

/* Whether a grid is not larger than those of its chain may grow. */
static bool is_allowed(const kz_grid *grid)
{
    if (grid->order > most_strings(grid)) return false;
    if (kz_chain_is_isotropic(grid->chain)) return grid->half <= KZ_ISOTROPIC_HALF_MAX;
    if (grid->chain.kind == KZ_CHAIN_AXIAL)
        return grid->half * (size_t)grid->order <= SIZE_MAX_GAPPED;
    return grid->half <= (grid->split ? HALF_MAX_SPLIT : HALF_MAX);
}

/* Where the refinement goes and ends.  The change is asked to fall to a tenth of the tolerance, or
 * to half of what rounding does to the numbers, whichever is more: err then is at most twice what
 * any other tolerance may reach.  Changes of a few times the rounding that no longer fall are
 * rounding too; larger ones are not: narrow Fermi edges show only on the grid that resolves them.
 */
typedef struct {
    double rounding, wanted; /* of numbers relative to max(1, |value|) */
    double last;             /* change before */
    int idle;                /* changes in a row that did not halve */
    int grids;               /* compared so far */
} refinement;

static double rounding_of(const kz_form *form, double spin, const kz_thermo *t)
{
    double response = fabs(t->energy_beta) + fabs(t->magnetization_beta) + t->susceptibility +
                      t->heat_capacity + t->entropy;
    return kz_thermal_rounding(form, spin, t->beta, t->mu, response);
}

static refinement refinement_start(double rounding, double tol)
{
    return (refinement){rounding, fmax(0.1 * tol, 0.5 * rounding), INFINITY, 0, 0};
}

static bool refinement_ends(refinement *r, double change)
{
    static const double NOISE = 1e3;
    r->idle = change <= 0.5 * r->last ? 0 : r->idle + 1;
    r->last = change;
    r->grids++;
    return change <= r->wanted || (r->idle >= 2 && change <= NOISE * r->rounding);
}

/* Wider, or with more strings where lambda has a period.  At most as many as there may be: from
 * there on two numbers of strings take turns, so that every change still shows what ends them while
 * the nodes go on. */
static kz_grid next_window(kz_grid grid)
{
    kz_grid wider = kz_grid_widen(grid, 1.5);
    if (wider.order > KZ_P_MAX && grid.order <= KZ_P_MAX)
        wider.order = 2 * grid.order - wider.order;
    return wider;
}

/* A few steps by the law of smooth states.  What they do not resolve goes to powers of two in a
 * window for the best tolerance: every tolerance sees the same grids there, and a tighter one sees
 * more. */
static kz_grid next_grid(kz_grid grid, const refinement *r, double beta)
{
    enum { SMOOTH = 3 };
    if (kz_chain_is_isotropic(grid.chain)) return kz_isotropic_finer(grid);
    if (r->grids == 0) {
        grid.half = kz_grid_fast_size(grid.half + grid.half / 3);
        return next_window(grid);
    }
    if (r->grids < SMOOTH || grid.split) {
        grid.half = kz_grid_finer(grid.half, r->last, r->wanted);
        return next_window(grid);
    }
    if (grid.chain.kind == KZ_CHAIN_AXIAL) { /* a gap */
        grid.half = kz_grid_fast_size(grid.half + grid.half / 2);
        return next_window(grid);
    }
    double spacing = kz_grid_spacing(&grid) / 1.5;
    grid.window = kz_thermal_grid(grid.chain, beta, 1e-14).window + 3;
    grid.half = 1;
    while (kz_grid_spacing(&grid) > spacing)
        grid.half *= 2;
    return grid;
}

/* Rounding of the numbers `first`. */
static kz_status find_rounding(double *out, const kz_grid *grid, const kz_thermo *first)
{
    kz_form form;
    if (kz_chain_is_isotropic(grid->chain)) {
        *out = 1e-16 * grid->order * (1 + fabs(first->beta) + fabs(first->mu));
        return KZ_OK;
    }
    KZ_TRY(kz_grid_form(&form, grid));
    *out = rounding_of(&form, form.closed ? grid->order : form.spin, first);
    return KZ_OK;
}

/* Compares `fine` with the numbers of the grid before, which it then replaces; keeps the best, and
 * returns whether more grids do no more. */
static bool compare(kz_thermo *best, kz_thermo *coarse, kz_thermo fine, refinement *r, double tol)
{
    bool known = isfinite(coarse->err);
    double change = known ? difference(coarse, &fine) + fine.err : INFINITY;
    *coarse = fine;
    fine.err = change + r->rounding + 0.1 * tol;
    if (fine.err <= best->err) *best = fine;
    return refinement_ends(r, change);
}

static kz_status fail(const kz_thermo *best, kz_chain chain, double tol)
{
    if (!isfinite(best->err))
        return KZ_FAIL(
            KZ_ENOCONV,
            "thermodynamics at Delta = %.10g, beta = %.15g, mu = %.15g: no grid resolves "
            "the state",
            kz_chain_delta(chain), best->beta, best->mu);
    return KZ_FAIL(KZ_ETOL,
                   "thermodynamics at Delta = %.10g, beta = %.15g, mu = %.15g: error %.3g, wanted "
                   "%.3g",
                   kz_chain_delta(chain), best->beta, best->mu, best->err, tol);
}

/* Grids from `grid` on until the numbers stand still. */
static kz_status refine(kz_thermo *out, kz_grid grid, double beta, double mu, double tol)
{
    double rounding;
    kz_thermo last, best;
    KZ_TRY(kz_equilibrium_on_grid(&last, grid, beta, mu, tol));
    KZ_TRY(find_rounding(&rounding, &grid, &last));
    refinement r = refinement_start(rounding, tol);
    best = last;
    best.err = INFINITY;
    grid = next_grid(grid, &r, beta);
    for (bool ends = false; is_allowed(&grid) && !ends; grid = next_grid(grid, &r, beta)) {
        kz_thermo fine;
        KZ_TRY(kz_equilibrium_on_grid(&fine, grid, beta, mu, tol));
        KZ_TRY(find_rounding(&r.rounding, &grid, &fine));
        bool open = isfinite(fine.err) && fine.err > tol && grid.order == most_strings(&grid);
        ends = compare(&best, &last, fine, &r, tol) || open;
    }
    *out = best;
    return best.err <= tol ? KZ_OK : fail(&best, grid.chain, tol);
}

kz_status kz_equilibrium(kz_thermo *out, kz_chain chain, double beta, double mu, double tol)
{
    if (kz_chain_is_isotropic(chain))
        return refine(out, kz_isotropic_grid(chain, beta, mu, 0.1 * tol), beta, mu, tol);
    kz_grid grid = kz_thermal_grid(chain, beta, 0.1 * tol);
    if (kz_fermi_edge_pays(chain, beta, mu)) {
        kz_status status = refine(out, kz_fermi_edge_grid(grid), beta, mu, tol);
        if (status != KZ_ENOCONV) return status;
    }
    return refine(out, grid, beta, mu, tol);
}
