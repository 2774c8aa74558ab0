/* One row of a grid table: every |mu| of the list at one beta, in rising order, each state started
 * from its neighbour.  e, de/dbeta, dm/dmu and d2m/(dbeta dmu)'s partner are even in mu, the others
 * odd, so that both signs come from one state.
 *
 * Error.  The grid in rapidity comes from the tolerance and is checked at the smallest, the middle
 * and the largest |mu|, and where the ground state is half and fully magnetized, which cold states
 * resolve worst, against one with a third more nodes and a window wider by 1.5: the change
 * of every stored number is the error of the grid in use, since both errors fall exponentially. */
#include <math.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#include "core/error.h"
#include "core/memory.h"
#include "table/internal.h"
#include "tba/moments/moments.h"
#include "tba/thermal.h"

/* Of the tolerance: what the residual of the solves does, also to third derivatives. */
static const double SOLVES = 0.2;

/* From here on rows with larger |mu| have their Fermi points taken apart, all states alike: one
 * grid of smooth functions serves the row, whatever lies between the probes. */
static const double SPLIT_BETA = 5, SPLIT_MU = 8;

/* Of x in the dense systems of Delta = 1, of two rows and a closure. */
static const double ISOTROPIC_ROUNDING = 1e-15;

/* Of nodes, and with a gap also of nodes times rows. */
enum { PROBES = 5, HALF_MAX = 1 << 20, SIZE_MAX_GAPPED = 1 << 21, REFINEMENTS_MAX = 24 };

struct kz_row_work {
    kz_chain chain;
    double tol;
    size_t nm, count;            /* mu values; different |mu| */
    double *size;                /* [count] |mu|, rising */
    size_t *place;               /* [nm] index of |mu[j]| in size */
    double *sign;                /* [nm] */
    kz_moments *coarse, *fine;   /* NULL before the first row */
    kz_moments_values *computed; /* [count] */
};

void kz_row_work_free(kz_row_work *work)
{
    if (!work) return;
    kz_moments_free(work->coarse);
    kz_moments_free(work->fine);
    kz_free(work->size);
    kz_free(work->place);
    kz_free(work->sign);
    kz_free(work->computed);
    kz_free(work);
}

static void collect_sizes(kz_row_work *w, const double *mu, size_t *order, double *size)
{
    for (size_t j = 0; j < w->nm; j++) {
        size[j] = fabs(mu[j]);
        w->sign[j] = mu[j] < 0 ? -1 : 1;
    }
    gsl_sort_index(order, size, 1, w->nm);
    for (size_t k = 0; k < w->nm; k++) {
        size_t j = order[k];
        if (w->count == 0 || size[j] != w->size[w->count - 1]) w->size[w->count++] = size[j];
        w->place[j] = w->count - 1;
    }
}

static kz_status prepare(kz_row_work *w, const double *mu)
{
    void *place = NULL, *order = NULL, *computed = NULL;
    double *size = NULL;
    kz_status status = kz_alloc(&place, w->nm, sizeof(size_t));
    if (status == KZ_OK) status = kz_alloc(&order, w->nm, sizeof(size_t));
    if (status == KZ_OK) status = kz_alloc(&computed, w->nm, sizeof(kz_moments_values));
    if (status == KZ_OK) status = kz_alloc_doubles(&size, w->nm);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->size, w->nm);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->sign, w->nm);
    w->place = place;
    w->computed = computed;
    if (status == KZ_OK) collect_sizes(w, mu, order, size);
    kz_free(order);
    kz_free(size);
    return status;
}

kz_status kz_row_work_create(kz_row_work **out, kz_chain chain, const double *mu, size_t nm,
                             double tol)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_row_work)));
    kz_row_work *work = memory;
    *work = (kz_row_work){.chain = chain, .tol = tol, .nm = nm};
    kz_status status = prepare(work, mu);
    if (status != KZ_OK) {
        kz_row_work_free(work);
        return status;
    }
    *out = work;
    return KZ_OK;
}

size_t kz_row_size(size_t nm) { return (size_t)KZ_FIELDS * nm + 1; }

static kz_status use_grid(kz_moments **moments, kz_grid grid)
{
    if (*moments) {
        const kz_grid *have = &(*moments)->grid;
        bool same = have->half == grid.half && have->window == grid.window;
        if (same && have->order == grid.order && have->split == grid.split) return KZ_OK;
    }
    kz_moments_free(*moments);
    return kz_moments_create(moments, grid);
}

static double larger(double a, double b) { return a <= b ? b : isnan(b) ? b : a; }

/* Largest |a - b| / max(1, |b|); nan where there is one. */
static double difference(const kz_moments_values *a, const kz_moments_values *b)
{
    const double pairs[][2] = {
        {a->energy, b->energy},
        {a->magnetization, b->magnetization},
        {a->energy_beta, b->energy_beta},
        {a->magnetization_beta, b->magnetization_beta},
        {a->magnetization_mu, b->magnetization_mu},
        {a->energy_beta_mu, b->energy_beta_mu},
        {a->magnetization_beta_mu, b->magnetization_beta_mu},
    };
    double largest = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        largest = larger(largest, fabs(pairs[i][0] - pairs[i][1]) / fmax(1, fabs(pairs[i][1])));
    return largest;
}

/* Index of the |mu| next to `size`. */
static size_t nearest(const kz_row_work *w, double size)
{
    size_t best = 0;
    for (size_t k = 1; k < w->count; k++)
        if (fabs(w->size[k] - size) < fabs(w->size[best] - size)) best = k;
    return best;
}

/* The stored numbers at the probes, and whether the grid shows all of these states. */
static kz_status probe(kz_moments_values values[PROBES], bool *resolved, kz_row_work *w,
                       kz_moments *moments, double beta)
{
    *resolved = true;
    double saturated = fabs(beta) * (1 + copysign(kz_chain_delta(w->chain), beta));
    const size_t at[PROBES] = {0, nearest(w, 0.5 * saturated), nearest(w, saturated), w->count / 2,
                               w->count - 1};
    for (int i = 0; i < PROBES; i++) {
        int same = 0;
        while (at[same] != at[i])
            same++;
        values[i] = values[same];
        if (same < i) continue;
        KZ_TRY(kz_moments_solve(&values[i], moments, beta, w->size[at[i]], 2, false,
                                kz_thermal_solve_tol(w->chain, w->tol)));
        *resolved = *resolved && kz_moments_is_resolved(moments);
    }
    return KZ_OK;
}

static double largest_change(const kz_moments_values a[PROBES], const kz_moments_values b[PROBES])
{
    double change = 0;
    for (int i = 0; i < PROBES; i++)
        change = larger(change, difference(&a[i], &b[i]));
    return change;
}

/* Nodes that should bring a measured error to 0.3 tol, from the law e^{-c half}. */
static size_t expected_half(size_t half, double measured, double tol)
{
    double factor = measured < 0.1 ? log(0.3 * tol) / log(measured) : 2;
    return kz_grid_fast_size((size_t)ceil(fmin(2, fmax(1.05, factor)) * (double)half));
}

static double rounding_of(const kz_row_work *w, double beta, const kz_moments_values values[PROBES])
{
    double response = 0, mu = w->size[w->count - 1];
    for (int i = 0; i < PROBES; i++) {
        const kz_moments_values *v = &values[i];
        double sum = fabs(v->energy_beta) + fabs(v->magnetization_beta) +
                     fabs(v->magnetization_mu) + fabs(v->energy_beta_mu) +
                     fabs(v->magnetization_beta_mu);
        response = fmax(response, sum);
    }
    if (w->coarse->isotropic) return ISOTROPIC_ROUNDING * (1 + fabs(beta) + mu);
    const kz_form *form = &w->coarse->even->form;
    return fmin(1e-16 * form->strings.count * (1 + fabs(beta) + mu),
                kz_thermal_rounding(form, form->spin, beta, mu, response));
}

static kz_grid first_grid(const kz_row_work *w, double beta)
{
    kz_grid grid = kz_thermal_grid(w->chain, beta, w->tol);
    bool split = kz_fermi_edge_applies(w->chain) && fabs(beta) >= SPLIT_BETA &&
                 w->size[w->count - 1] >= SPLIT_MU;
    return split ? kz_fermi_edge_grid(grid) : grid;
}

static bool is_allowed(const kz_grid *grid)
{
    return grid->half < HALF_MAX && grid->half * (size_t)grid->order <= SIZE_MAX_GAPPED;
}

/* Leaves in w->coarse a grid on which the row is accurate; *err is what is left.  A finer grid that
 * is already there checks every coarser one, but not its likes, which have much of its error. */
static kz_status choose_grid(double *err, kz_row_work *w, double beta)
{
    kz_moments_values coarse[PROBES] = {{0}}, fine[PROBES] = {{0}};
    kz_grid grid = first_grid(w, beta), finer = {0};
    bool shown, shown_finer = false;
    *err = INFINITY;
    for (int i = 0; i < REFINEMENTS_MAX && is_allowed(&grid); i++) {
        KZ_TRY(use_grid(&w->coarse, grid));
        KZ_TRY(probe(coarse, &shown, w, w->coarse, beta));
        if (4 * finer.half < 5 * grid.half) {
            finer = grid;
            finer.half = kz_grid_fast_size(grid.half + grid.half / 3);
            finer = kz_grid_widen(finer, 1.5);
            KZ_TRY(use_grid(&w->fine, finer));
            KZ_TRY(probe(fine, &shown_finer, w, w->fine, beta));
        }
        double change = shown && shown_finer ? largest_change(coarse, fine) : INFINITY;
        double rounding = rounding_of(w, beta, coarse);
        *err = change + rounding + SOLVES * w->tol;
        if (*err <= w->tol) return KZ_OK;
        if (rounding > 0.9 * w->tol) break;
        size_t half = expected_half(grid.half, change, w->tol);
        if (i < 6) grid = kz_grid_widen(grid, 0.25);
        if (grid.half < half) grid.half = half;
    }
    return KZ_FAIL(KZ_ETOL, "table row beta = %.15g at Delta = %.10g: error %.3g, wanted %.3g",
                   beta, kz_chain_delta(w->chain), *err, w->tol);
}

static void store(double *row, const kz_row_work *w)
{
    size_t nm = w->nm;
    for (size_t j = 0; j < nm; j++) {
        const kz_moments_values *v = &w->computed[w->place[j]];
        double sign = w->sign[j];
        const double value[KZ_FIELDS] = {
            [KZ_FIELD_E] = v->energy,
            [KZ_FIELD_M] = sign * v->magnetization,
            [KZ_FIELD_E_B] = v->energy_beta,
            [KZ_FIELD_E_U] = -sign * v->magnetization_beta,
            [KZ_FIELD_M_B] = sign * v->magnetization_beta,
            [KZ_FIELD_M_U] = v->magnetization_mu,
            [KZ_FIELD_E_BU] = sign * v->energy_beta_mu,
            [KZ_FIELD_M_BU] = v->magnetization_beta_mu,
        };
        for (int f = 0; f < KZ_FIELDS; f++)
            row[(size_t)f * nm + j] = value[f] + 0.0;
    }
}

static kz_status compute(double *err, kz_row_work *w, double beta)
{
    KZ_TRY(choose_grid(err, w, beta));
    for (size_t k = 0; k < w->count; k++)
        KZ_TRY(kz_moments_solve(&w->computed[k], w->coarse, beta, w->size[k], 2, k > 0,
                                kz_thermal_solve_tol(w->chain, w->tol)));
    return KZ_OK;
}

kz_status kz_row_compute(double *row, kz_row_work *work, double beta)
{
    size_t numbers = (size_t)KZ_FIELDS * work->nm;
    double err = INFINITY;
    kz_status status = compute(&err, work, beta);
    if (status == KZ_OK) {
        store(row, work);
        row[numbers] = err;
        return KZ_OK;
    }
    for (size_t k = 0; k < numbers; k++)
        row[k] = NAN;
    row[numbers] = INFINITY;
    return status;
}
