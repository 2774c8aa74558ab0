/* Assembly: panels split at every jump of any filling, so that all strings share their nodes. */
#include "ghd/panels.h"

#include <gsl/gsl_sort.h>
#include <math.h>

#include <kapitza/tba.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/fillings.h"

enum { EDGES_ALL = KZ_P_MAX * KZ_EDGES_MAX + 8 };

/* Length 1 with this parity. */
static bool is_single(const kz_strings *s, int j, int parity)
{
    return s->length[j - 1] == 1 && s->parity[j - 1] == parity;
}

/* Ground state at h != 0: the sea of single particles above `up`, or turned by h < 0: strings N-1
 * and N full, and where one of them is the sea's the other is empty inside it. */
static double sea_filling(const kz_panel_side *side, const kz_strings *s, int j, double lambda)
{
    bool inside = fabs(lambda) < side->fermi_point, last = j + 1 >= s->count;
    bool sea = is_single(s, j, 1);
    if (side->state.h > 0 || !last) return sea && inside;
    int other = j == s->count ? j - 1 : j + 1;
    return is_single(s, other, 1) ? !inside : 1;
}

double kz_panel_filling(const kz_panel_side *side, const kz_strings *strings, int j, double lambda)
{
    switch (side->state.kind) {
    case KZ_STATE_THERMAL:
        return 1 / (1 + exp(kz_full_thermal_log_eta(side->thermal, j, lambda)));
    case KZ_STATE_GROUND:
        if (side->state.h == 0) return is_single(strings, j, 1);
        return sea_filling(side, strings, j, lambda);
    case KZ_STATE_CEILING:
        return is_single(strings, j, -1);
    case KZ_STATE_UP:
        return 0;
    case KZ_STATE_DOWN:
        return j + 1 >= strings->count;
    }
    return NAN;
}

static bool is_inside(const kz_region *region, double lambda)
{
    bool inside = region->starts_inside;
    for (int e = 0; e < region->count && lambda > region->edge[e]; e++)
        inside = !inside;
    return inside;
}

static double mixed_filling(const kz_dressing *d, int j, double lambda)
{
    bool left = is_inside(&d->region[j - 1], lambda);
    return kz_panel_filling(&d->side[left ? 0 : 1], &d->form.strings, j, lambda);
}

static kz_status make_rule(kz_dressing *d)
{
    double edge[EDGES_ALL];
    size_t count = 0;
    edge[count++] = -d->window;
    edge[count++] = d->window;
    for (int s = 0; s < 2; s++) {
        if (d->side[s].fermi_point == 0) continue;
        edge[count++] = -d->side[s].fermi_point;
        edge[count++] = d->side[s].fermi_point;
    }
    for (int j = 0; j < d->form.strings.count; j++) {
        for (int e = 0; e < d->region[j].count; e++)
            edge[count++] = fmax(-d->window, fmin(d->window, d->region[j].edge[e]));
    }
    gsl_sort(edge, 1, count);
    kz_rule_free(&d->rule);
    return kz_rule_create(&d->rule, edge, count, d->width, d->order);
}

/* 1 + T sigma theta w, column-major; pair is scratch [N^2]. */
static void fill_matrix(kz_dressing *d, double *pair)
{
    size_t n = d->rule.n, N = (size_t)d->form.strings.count, size = N * n;
    for (size_t y = 0; y < n; y++) {
        for (size_t x = 0; x < n; x++) {
            kz_string_scattering_matrix(pair, &d->kernels, d->rule.node[x] - d->rule.node[y]);
            for (size_t k = 0; k < N; k++) {
                size_t column = k * n + y;
                double weight = d->form.strings.sign[k] * d->filling[column] * d->rule.weight[y];
                for (size_t j = 0; j < N; j++) {
                    size_t row = j * n + x;
                    d->factor[row + column * size] = (row == column) + pair[j * N + k] * weight;
                }
            }
        }
    }
}

static kz_status allocate(kz_dressing *d)
{
    size_t size = (size_t)d->form.strings.count * d->rule.n;
    void *pivot;
    if (size > KZ_DENSE_UNKNOWNS_MAX)
        return KZ_FAIL(KZ_ENOMEM, "%zu unknowns on panels, at most %d", size,
                       KZ_DENSE_UNKNOWNS_MAX);
    kz_free(d->filling);
    kz_free(d->factor);
    kz_free(d->pivot);
    kz_free(d->momentum);
    kz_free(d->energy);
    d->filling = d->factor = d->momentum = d->energy = NULL;
    d->pivot = NULL;
    KZ_TRY(kz_alloc_doubles(&d->filling, size));
    KZ_TRY(kz_alloc_doubles(&d->factor, size * size));
    KZ_TRY(kz_alloc_doubles(&d->momentum, size));
    KZ_TRY(kz_alloc_doubles(&d->energy, size));
    KZ_TRY(kz_alloc(&pivot, size, sizeof(lapack_int)));
    d->pivot = pivot;
    return KZ_OK;
}

kz_status kz_panel_assemble(kz_dressing *d)
{
    KZ_TRY(make_rule(d));
    KZ_TRY(allocate(d));
    size_t n = d->rule.n;
    for (int j = 1; j <= d->form.strings.count; j++) {
        for (size_t i = 0; i < n; i++)
            d->filling[(size_t)(j - 1) * n + i] = mixed_filling(d, j, d->rule.node[i]);
        d->edge_filling[0][j - 1] = mixed_filling(d, j, -d->window);
        d->edge_filling[1][j - 1] = mixed_filling(d, j, d->window);
    }
    double *pair;
    KZ_TRY(kz_alloc_doubles(&pair, (size_t)d->form.strings.count * (size_t)d->form.strings.count));
    fill_matrix(d, pair);
    kz_free(pair);
    lapack_int size = (lapack_int)((size_t)d->form.strings.count * n);
    if (LAPACKE_dgetrf(LAPACK_COL_MAJOR, size, size, d->factor, size, d->pivot) != 0)
        return KZ_FAIL(KZ_ESING, "dressing matrix singular at zeta = %.15g", d->zeta);
    return KZ_OK;
}

double kz_panel_scatter(const kz_dressing *d, int j, double lambda, const double *q)
{
    size_t n = d->rule.n;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double scattering[KZ_P_MAX];
        kz_string_scattering_row(scattering, &d->kernels, j, lambda - d->rule.node[i]);
        for (int k = 0; k < d->form.strings.count; k++) {
            size_t at = (size_t)k * n + i;
            sum += d->form.strings.sign[k] * d->filling[at] * q[at] * d->rule.weight[i] *
                   scattering[k];
        }
    }
    return sum;
}
