/* Numbers that no run can hold.  Checksums find damage; copies that other programs have made carry
 * none of them, files of versions 1 and 2 never did, and there only the numbers speak. */
#include <math.h>
#include <stdbool.h>

#include "core/error.h"
#include "run/internal.h"

/* What single precision, a copy's, and the norm of a truncated state may add, relative. */
static const double SLACK = 1e-5;

typedef struct {
    double low, high;
    bool whole; /* a number of states */
} range;

/* Norm of h_i, |J| (1/2 + |Delta|/4) and half of each field; 0 where there is no such bond. */
static double bond_norm(const kz_run *run, size_t i)
{
    if (i + 1 >= run->setup.length) return 0.0;
    kz_bond b = kz_couplings_bond(&run->couplings, run->setup.length, i);
    return fabs(b.J) * (0.5 + 0.25 * fabs(b.delta)) + 0.5 * (fabs(b.left) + fabs(b.right));
}

/* The largest norm of bond i and its neighbours. */
static double near_norm(const kz_run *run, size_t i)
{
    double before = i > 0 ? bond_norm(run, i - 1) : 0.0;
    return fmax(before, fmax(bond_norm(run, i), bond_norm(run, i + 1)));
}

static double spin_current_norm(const kz_run *run, size_t i)
{
    return run->J && i + 1 < run->setup.length ? 0.5 * fabs(run->J[i]) : 0.5;
}

/* Of a quantity at index i; by the norms of the operators.  An ancilla doubles what a site holds.
 */
static range range_of(const kz_run *run, kz_run_quantity quantity, size_t i)
{
    const kz_run_setup *s = &run->setup;
    double bond = near_norm(run, i), part = kz_run_is_purified(s) ? 2.0 : 1.0;
    double sites =
        part * fmin((double)i + 1, (double)(s->length - 1 - i)); /* of the smaller part */
    switch (quantity) {
    case KZ_RUN_ENERGY:
        return (range){-bond_norm(run, i), bond_norm(run, i), false};
    case KZ_RUN_ENERGY_CURRENT:
    case KZ_RUN_ENERGY_CURRENT_LINK:
        return (range){-2 * bond * bond, 2 * bond * bond, false};
    case KZ_RUN_MAGNETIZATION:
        return (range){-0.5, 0.5, false};
    case KZ_RUN_SPIN_CURRENT:
        return (range){-spin_current_norm(run, i), spin_current_norm(run, i), false};
    case KZ_RUN_ENTROPY:
        return (range){0, sites * log(2), false};
    case KZ_RUN_BOND_DIMENSION:
        return (range){1, exp2(fmin(sites, 52)), true};
    case KZ_RUN_TRUNCATION:
    case KZ_RUN_QUANTITIES:
        break;
    }
    return (range){0, HUGE_VAL, false};
}

/* nan stands where a quantity has no value: at the ends, and for fermions where there is no state.
 */
static bool may_be_nan(const kz_run *run, kz_run_quantity quantity, size_t i)
{
    size_t length = run->setup.length;
    bool of_states = quantity == KZ_RUN_BOND_DIMENSION || quantity == KZ_RUN_TRUNCATION;
    if (quantity == KZ_RUN_MAGNETIZATION) return false;
    return i == 0 || i + 2 >= length || (of_states && run->setup.method == KZ_METHOD_FERMION);
}

static bool is_possible(const kz_run *run, kz_run_quantity quantity, size_t i, double value)
{
    if (isnan(value)) return may_be_nan(run, quantity, i);
    range r = range_of(run, quantity, i);
    double slack = SLACK * (1 + fabs(isfinite(r.high) ? r.high : 0));
    return isfinite(value) && value >= r.low - slack && value <= r.high + slack &&
           (!r.whole || value == floor(value));
}

/* What truncation adds to that where two ways lead to a number of row k: tensors of a truncated
 * state are orthonormal to the weight discarded, of which some hundredths are seen. */
static double truncation_slack(const kz_run *run, size_t k)
{
    const double *discarded = kz_run_row(run, KZ_RUN_TRUNCATION, k); /* nan: fermions */
    double most = 0;
    for (size_t i = 0; i < run->setup.length; i++)
        most = fmax(most, discarded[i]);
    return most;
}

/* Trace, probabilities, and the magnetization of all three sites (KZ_DENSITY_SIZE). */
static bool is_state(const double *packed, const double magnetization[3], double slack)
{
    static const int diagonal[8] = {0, 1, 2, 3, 10, 11, 12, 19};
    static const int up[8] = {7, 6, 5, 3, 4, 2, 1, 0}; /* bits 4, 2, 1: sites 1, 2, 3 */
    double trace = 0, m[3] = {0, 0, 0};
    for (int s = 0; s < 8; s++) {
        double p = packed[diagonal[s]];
        if (!(p >= -SLACK && p <= 1 + SLACK)) return false;
        trace += p;
        for (int site = 0; site < 3; site++)
            m[site] += (up[s] & (4 >> site)) ? 0.5 * p : -0.5 * p;
    }
    bool good = fabs(trace - 1) <= 8 * SLACK;
    for (int site = 0; site < 3; site++)
        good = good && fabs(m[site] - magnetization[site]) <= 8 * SLACK + slack;
    for (int i = 0; i < KZ_DENSITY_SIZE; i++)
        good = good && fabs(packed[i]) <= 1 + SLACK;
    return good;
}

/* Bounds, symmetry, and what one site has of its magnetization. */
static bool are_correlations(const kz_run *run, size_t k, size_t m, size_t n, double slack)
{
    size_t L = run->setup.length, here = m * L + n, there = n * L + m;
    const double *zz = kz_run_correlations(run, KZ_RUN_ZZ, k);
    const double *re = kz_run_correlations(run, KZ_RUN_PM_REAL, k);
    const double *im = kz_run_correlations(run, KZ_RUN_PM_IMAG, k);
    double mean = kz_run_row(run, KZ_RUN_MAGNETIZATION, k)[m], most = m == n ? 1.0 : 0.5;
    bool good = fabs(zz[here]) <= 0.25 + SLACK + slack && fabs(zz[here] - zz[there]) <= SLACK;
    good = good && fabs(re[here]) <= most + SLACK + slack && fabs(re[here] - re[there]) <= SLACK;
    if (im)
        good = good && fabs(im[here]) <= 0.5 + SLACK + slack && fabs(im[here] + im[there]) <= SLACK;
    if (m != n) return good;
    return good && fabs(zz[here] - 0.25 + mean * mean) <= 8 * SLACK + slack &&
           fabs(re[here] - 0.5 - mean) <= 8 * SLACK + slack;
}

static kz_status check_correlations(const kz_run *run, size_t k)
{
    size_t L = run->setup.length;
    double slack = truncation_slack(run, k);
    for (size_t m = 0; m < L; m++)
        for (size_t n = 0; n <= m; n++)
            if (!are_correlations(run, k, m, n, slack))
                return KZ_FAIL(KZ_EIO, "is damaged: no state has the correlations [%zu][%zu][%zu]",
                               k, m, n);
    return KZ_OK;
}

static kz_status check_row(const kz_run *run, size_t k)
{
    size_t length = run->setup.length;
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++) {
        const double *row = run->value[q] + k * length;
        for (size_t i = 0; i < length; i++)
            if (!is_possible(run, (kz_run_quantity)q, i, row[i]))
                return KZ_FAIL(KZ_EIO, "is damaged: %s[%zu][%zu] = %.15g cannot be",
                               kz_run_quantity_name((kz_run_quantity)q), k, i, row[i]);
    }
    const double *m = run->value[KZ_RUN_MAGNETIZATION] + k * length;
    const double *rho = kz_run_densities(run, k), slack = truncation_slack(run, k);
    for (size_t i = 0; rho && i + 2 < length; i++)
        if (!is_state(rho + i * KZ_DENSITY_SIZE, m + i, slack))
            return KZ_FAIL(KZ_EIO,
                           "is damaged: density_matrix[%zu][%zu] is no state with the "
                           "magnetization there",
                           k, i);
    return run->setup.correlations ? check_correlations(run, k) : KZ_OK;
}

kz_status kz_run_check_values(const kz_run *run)
{
    for (size_t k = 0; k < run->count; k++)
        KZ_TRY(check_row(run, k));
    return KZ_OK;
}
