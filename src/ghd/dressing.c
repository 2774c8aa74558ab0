#include <kapitza/dressing.h>

#include <math.h>
#include <string.h>

#include <kapitza/tba.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/root.h"
#include "ghd/panels.h"
#include "tba/fillings.h"

enum { ITERATIONS_MAX = 40 };

void kz_dressing_free(kz_dressing *d)
{
    if (!d) return;
    for (int s = 0; s < 2; s++)
        kz_full_thermal_free(d->side[s].thermal);
    kz_rule_free(&d->rule);
    kz_free(d->filling);
    kz_free(d->factor);
    kz_free(d->pivot);
    kz_free(d->momentum);
    kz_free(d->energy);
    kz_free(d);
}

/* sigma_j ((e')^dr - zeta (k')^dr) at any lambda: the sign of v_j - zeta. */
typedef struct {
    const kz_dressing *dressing;
    const double *mismatch; /* nodal (e')^dr - zeta (k')^dr */
    int j;
} probe;

static kz_status mismatch_at(double *value, double lambda, void *context)
{
    const probe *p = context;
    const kz_strings *strings = &p->dressing->form.strings;
    double bare = kz_string_energy_derivative(strings, p->j, lambda) -
                  p->dressing->zeta * kz_string_momentum_derivative(strings, p->j, lambda);
    *value =
        strings->sign[p->j - 1] * (bare - kz_panel_scatter(p->dressing, p->j, lambda, p->mismatch));
    return KZ_OK;
}

static kz_status find_region(kz_region *region, const probe *p, double noise)
{
    const kz_dressing *d = p->dressing;
    size_t n = d->rule.n, last = n;
    double sign = d->form.strings.sign[p->j - 1];
    const double *row = p->mismatch + (size_t)(p->j - 1) * n;
    *region = (kz_region){0};
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(row[i]) > noise)) continue;
        bool inside = sign * row[i] > 0;
        if (last == n) {
            region->starts_inside = inside;
        } else if (inside != (sign * row[last] > 0)) {
            if (region->count == KZ_EDGES_MAX)
                return KZ_FAIL(KZ_ENOCONV, "more than %d crossings of string %d", KZ_EDGES_MAX,
                               p->j);
            double edge;
            probe copy = *p;
            KZ_TRY(kz_root_find(&edge, mismatch_at, &copy, d->rule.node[last], d->rule.node[i]));
            region->edge[region->count++] = edge;
        }
        last = i;
    }
    return KZ_OK;
}

static double momentum_charge(int j, double lambda, void *context)
{
    const kz_dressing *d = context;
    return kz_string_momentum_derivative(&d->form.strings, j, lambda);
}

static double energy_charge(int j, double lambda, void *context)
{
    const kz_dressing *d = context;
    return kz_string_energy_derivative(&d->form.strings, j, lambda);
}

static kz_status update(double *moved, kz_dressing *d)
{
    size_t n = d->rule.n, size = (size_t)d->form.strings.count * n;
    double *mismatch, largest = 0;
    KZ_TRY(kz_alloc_doubles(&mismatch, size));
    for (size_t i = 0; i < size; i++) {
        mismatch[i] = d->energy[i] - d->zeta * d->momentum[i];
        largest = fmax(largest, fabs(mismatch[i]));
    }
    kz_status status = KZ_OK;
    *moved = 0;
    for (int j = 1; status == KZ_OK && j <= d->form.strings.count; j++) {
        kz_region next;
        probe p = {d, mismatch, j};
        /* below, the quadrature decides on the sign */
        status = find_region(&next, &p, fmax(1e-13, 3e-3 * d->tol) * largest);
        if (status != KZ_OK) break;
        *moved = fmax(*moved, kz_region_distance(&next, &d->region[j - 1]));
        d->region[j - 1] = next;
    }
    kz_free(mismatch);
    return status;
}

static kz_status self_consistent(kz_dressing *d, bool homogeneous)
{
    for (int i = 0; i < ITERATIONS_MAX; i++) {
        double moved;
        KZ_TRY(kz_panel_assemble(d));
        KZ_TRY(kz_dressing_apply(d->momentum, d, momentum_charge, d));
        KZ_TRY(kz_dressing_apply(d->energy, d, energy_charge, d));
        if (homogeneous) return KZ_OK;
        KZ_TRY(update(&moved, d));
        if (moved <= 0.03 * sqrt(d->tol)) { /* the state is quadratic in what is left */
            KZ_TRY(kz_panel_assemble(d));
            KZ_TRY(kz_dressing_apply(d->momentum, d, momentum_charge, d));
            return kz_dressing_apply(d->energy, d, energy_charge, d);
        }
    }
    return KZ_FAIL(KZ_ENOCONV, "panels at zeta = %.15g: crossings do not settle", d->zeta);
}

static kz_status prepare_side(kz_panel_side *side, const kz_dressing *d, const kz_state *state)
{
    side->state = *state;
    if (state->kind == KZ_STATE_THERMAL)
        return kz_full_thermal_create(&side->thermal, d->form.chain, state->beta, state->mu,
                                      d->window, d->width, d->order);
    if (state->kind != KZ_STATE_GROUND || state->h == 0) return KZ_OK;
    if (fabs(state->h) >= kz_saturation_field(d->form.chain)) {
        side->state = state->h > 0 ? kz_state_up() : kz_state_down();
        return KZ_OK;
    }
    kz_ground_field ground;
    KZ_TRY(kz_ground_field_solve(&ground, d->form.chain, fabs(state->h), 0.1 * d->tol));
    side->fermi_point = ground.fermi_point;
    return KZ_OK;
}

/* Panels of pi/P: the kernels' poles at half of it lie on the Bernstein ellipse of parameter
 * 1 + sqrt 2, so that m nodes leave an error of (1 + sqrt 2)^{-2m}. */
static void choose_panels(kz_dressing *d, const kz_state *left, const kz_state *right)
{
    double digits = log(10 / d->tol);
    double g = d->form.width[0];
    kz_state_kind far = d->form.near_sign > 0 ? KZ_STATE_CEILING : KZ_STATE_GROUND;
    bool slow = left->kind == far || right->kind == far;
    double decay = slow ? M_PI / (M_PI - g) : 2; /* the far edge's densities fall more slowly */
    double beta = fmax(left->kind == KZ_STATE_THERMAL ? fabs(left->beta) : 0,
                       right->kind == KZ_STATE_THERMAL ? fabs(right->beta) : 0);
    d->window = digits / decay + log1p(beta) * g / M_PI;
    d->width = M_PI / d->form.strings.P;
    double order = ceil(digits / (2 * log(1 + sqrt(2)))) + 1;
    d->order = (size_t)fmin(20, fmax(6, order));
}

static bool same_state(const kz_state *a, const kz_state *b)
{
    return a->kind == b->kind &&
           (a->kind != KZ_STATE_THERMAL || (a->beta == b->beta && a->mu == b->mu)) &&
           (a->kind != KZ_STATE_GROUND || a->h == b->h);
}

kz_status kz_dressing_create(kz_dressing **out, kz_chain chain, const kz_state *left,
                             const kz_state *right, double zeta, double tol)
{
    *out = NULL;
    kz_form form;
    KZ_TRY(kz_form_fill(&form, chain));
    KZ_TRY(kz_state_check(left));
    KZ_TRY(kz_state_check(right));
    if (!isfinite(zeta) || !(tol >= 1e-12 && tol <= 1e-2))
        return KZ_FAIL(KZ_EINVAL, "zeta = %.15g, tol = %.15g: finite, 1e-12 <= tol <= 1e-2", zeta,
                       tol);
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_dressing)));
    kz_dressing *d = memory;
    d->form = form;
    kz_kernel_table_fill(&d->kernels, &d->form.strings);
    d->zeta = zeta;
    d->tol = tol;
    choose_panels(d, left, right);
    kz_status status = prepare_side(&d->side[0], d, left);
    if (status == KZ_OK) status = prepare_side(&d->side[1], d, right);
    if (status == KZ_OK) status = self_consistent(d, same_state(left, right));
    if (status != KZ_OK) {
        kz_dressing_free(d);
        return status;
    }
    *out = d;
    return KZ_OK;
}

size_t kz_dressing_nodes(const kz_dressing *d) { return d->rule.n; }
double kz_dressing_lambda(const kz_dressing *d, size_t i) { return d->rule.node[i]; }
double kz_dressing_weight(const kz_dressing *d, size_t i) { return d->rule.weight[i]; }

static size_t place(const kz_dressing *d, int j, size_t i)
{
    return (size_t)(j - 1) * d->rule.n + i;
}

double kz_dressing_filling(const kz_dressing *d, int j, size_t i)
{
    return d->filling[place(d, j, i)];
}

double kz_dressing_density(const kz_dressing *d, int j, size_t i)
{
    return d->form.strings.sign[j - 1] * d->filling[place(d, j, i)] * d->momentum[place(d, j, i)] /
           (2 * M_PI);
}

double kz_dressing_velocity(const kz_dressing *d, int j, size_t i)
{
    return d->energy[place(d, j, i)] / d->momentum[place(d, j, i)];
}

/* The charge's dressed values at lambda = -inf or +inf, where the fillings are constant: the
 * N x N system of the integrated kernels.  Zero for charges that decay. */
static kz_status dress_limits(double *limit, const kz_dressing *d, int end, kz_charge_fn charge,
                              void *context)
{
    double matrix[64 * 64], far = end ? d->window : -d->window;
    const kz_strings *strings = &d->form.strings;
    lapack_int pivot[64], N = strings->count;
    if (N > 64)
        return KZ_FAIL(KZ_EINVAL, "dressing of charges that do not decay: 64 strings at most");
    for (int j = 1; j <= N; j++) {
        limit[j - 1] = charge(j, far, context);
        for (int k = 1; k <= N; k++)
            matrix[(j - 1) * N + k - 1] =
                (j == k) + 2 * kz_string_scattering_integral(strings, j, k, INFINITY) *
                               strings->sign[k - 1] * d->edge_filling[end][k - 1];
    }
    if (LAPACKE_dgesv(LAPACK_ROW_MAJOR, N, 1, matrix, N, pivot, limit, 1) != 0)
        return KZ_FAIL(KZ_ESING, "dressing at infinite rapidity is singular");
    return KZ_OK;
}

/* What lies beyond the window, as a source at (j, lambda). */
static double beyond_window(const kz_dressing *d, int j, double lambda, double limit[2][KZ_P_MAX])
{
    double sum = 0;
    for (int k = 1; k <= d->form.strings.count; k++) {
        double total = kz_string_scattering_integral(&d->form.strings, j, k, INFINITY);
        for (int end = 0; end < 2; end++) {
            double value =
                d->form.strings.sign[k - 1] * d->edge_filling[end][k - 1] * limit[end][k - 1];
            double distance = end ? d->window - lambda : d->window + lambda;
            if (value != 0)
                sum += value *
                       (total - kz_string_scattering_integral(&d->form.strings, j, k, distance));
        }
    }
    return sum;
}

kz_status kz_dressing_apply(double *qdr, const kz_dressing *d, kz_charge_fn charge, void *context)
{
    size_t n = d->rule.n, size = (size_t)d->form.strings.count * n;
    double *q, limit[2][KZ_P_MAX], largest = 0, far = 0;
    KZ_TRY(kz_alloc_doubles(&q, size));
    for (size_t i = 0; i < size; i++) {
        q[i] = charge((int)(i / n) + 1, d->rule.node[i % n], context);
        largest = fmax(largest, fabs(q[i]));
        if (!isfinite(q[i])) largest = INFINITY;
    }
    for (int j = 1; j <= d->form.strings.count; j++)
        far = fmax(far,
                   fmax(fabs(charge(j, -d->window, context)), fabs(charge(j, d->window, context))));
    kz_status status = isfinite(largest) ? KZ_OK : KZ_FAIL(KZ_EDOMAIN, "charge is not finite");
    if (status == KZ_OK && far > 1e-3 * largest) {
        for (int end = 0; status == KZ_OK && end < 2; end++)
            status = dress_limits(limit[end], d, end, charge, context);
        for (size_t i = 0; status == KZ_OK && i < size; i++)
            q[i] -= beyond_window(d, (int)(i / n) + 1, d->rule.node[i % n], limit);
    }
    lapack_int order = (lapack_int)size;
    if (status == KZ_OK &&
        LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'N', order, 1, d->factor, order, d->pivot, q, order) != 0)
        status = KZ_FAIL(KZ_ESING, "dressing failed");
    if (status == KZ_OK) memcpy(qdr, q, size * sizeof *q);
    kz_free(q);
    return status;
}

kz_status kz_dressing_average(double *density, double *current, const kz_dressing *d,
                              kz_charge_fn charge, void *context)
{
    double rho = 0, j = 0;
    for (int s = 1; s <= d->form.strings.count; s++) {
        for (size_t i = 0; i < d->rule.n; i++) {
            double q = charge(s, d->rule.node[i], context) * d->rule.weight[i] *
                       d->form.strings.sign[s - 1] * d->filling[place(d, s, i)] / (2 * M_PI);
            rho += q * d->momentum[place(d, s, i)];
            j += q * d->energy[place(d, s, i)];
        }
    }
    if (!isfinite(rho) || !isfinite(j)) return KZ_FAIL(KZ_EDOMAIN, "charge is not finite");
    *density = rho;
    *current = j;
    return KZ_OK;
}
