/* A two-site update: the two-site tensor, its truncation, both new tensors. */
#include "tbm/update.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/blas.h"

/* Whether some state left of the sites meets one right of them across the exchange. */
static bool meets(const kz_exchange *x, const kz_basis *basis, const kz_mps_bond *left,
                  const kz_mps_bond *right)
{
    int shift = basis->charge[x->upper[0]] + basis->charge[x->upper[1]];
    for (int m = left->lo; m <= left->hi; m++)
        if (left->dim[m] > 0 && right->dim[m + shift] > 0) return true;
    return false;
}

/* The gate has nothing to act on. */
static bool gate_is_trivial(const kz_mps *mps, size_t i, const kz_gate *gate)
{
    const kz_basis *basis = mps->site[i].basis;
    const kz_mps_bond *left = &mps->bond[i], *right = &mps->bond[i + 2];
    if (gate->up_up != 1.0 || gate->down_down != 1.0) return false;
    for (int k = 0; k < basis->spin_exchanges; k++)
        if (meets(&basis->spin_exchange[k], basis, left, right)) return false;
    for (int k = 0; k < basis->ancilla_exchanges && gate->unitary; k++)
        if (meets(&basis->ancilla_exchange[k], basis, left, right)) return false;
    return true;
}

/* Squares of Schmidt values come out of Gram matrices with an error of 1e-16: where less than this
 * may be discarded, only the singular value decomposition sees what to keep.  At the bond
 * dimension's bound about the smallest weight kept is lost anyway. */
static const double LEAST_ALLOWED = 1e-13, LEAST_KEPT = 1e-15;

/* Steps so large that the old basis tells nothing. */
static const double LARGEST_STEP = 0.3;

static double smallest_weight(const kz_mps_bond *bond)
{
    double least = 1.0;
    for (int c = bond->lo; c <= bond->hi; c++)
        if (bond->dim[c] > 0) least = fmin(least, bond->value[bond->start[c] + bond->dim[c] - 1]);
    return least * least;
}

static bool may_be_fast(const kz_mps *mps, size_t i, const kz_gate *gate,
                        const kz_update_limits *limits)
{
    const kz_mps_bond *bond = &mps->bond[i + 1];
    if (limits->split == KZ_SPLIT_SVD || !(fabs(gate->tau) <= LARGEST_STEP)) return false;
    if (limits->allowed >= LEAST_ALLOWED) return true;
    return bond->total >= limits->chi && smallest_weight(bond) >= LEAST_KEPT;
}

/* Random columns beside `old` states: a tenth while the bond dimension grows. */
static int extra_columns(const kz_sector *s, bool capped)
{
    return capped ? 2 + s->old / 32 : 2 + s->old / 10;
}

static kz_status split_fast(kz_work *work, const kz_mps *mps, size_t i,
                            const kz_update_limits *limits)
{
    bool capped = mps->bond[i + 1].total >= limits->chi;
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        KZ_TRY(kz_split_project(s, work, mps, i, extra_columns(s, capped), limits->stream));
    }
    return KZ_OK;
}

/* Redoes sectors whose basis was too small: all of it is kept, or too much lies outside of it
 * although the bond dimension would allow more.  Says whether anything changed. */
static kz_status repair(bool *changed, kz_work *work, const kz_update_limits *limits)
{
    double lost = 0.0, norm = 0.0;
    size_t total = 0;
    *changed = false;
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        lost += s->lost;
        norm += s->lost;
        total += (size_t)s->kept;
        for (int j = 0; j < s->found; j++)
            norm += s->weight[j];
    }
    bool outside = total < limits->chi && lost > 0.5 * limits->allowed * norm;
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        bool starved = outside && s->lost > 0.1 * lost;
        if (!s->partial || (s->kept < s->found && !starved)) continue;
        KZ_TRY(kz_split_gram(s, work));
        *changed = true;
    }
    return KZ_OK;
}

static kz_status split_exactly(kz_work *work)
{
    for (size_t k = 0; k < work->sectors; k++)
        KZ_TRY(kz_split_svd(&work->sector[k], work));
    return KZ_OK;
}

/* Replaces what was found by the full decomposition and compares. */
static kz_status audit(double discarded, kz_work *work, const kz_update_limits *limits)
{
    kz_update_limits same = {.allowed = 0.0};
    double kept_weight, least;
    for (size_t k = 0; k < work->sectors; k++)
        same.chi += (size_t)work->sector[k].kept;
    KZ_TRY(split_exactly(work));
    kz_truncate(&kept_weight, &least, work, &same);
    *limits->excess = (discarded - least) / fmax(least, limits->allowed);
    return KZ_OK;
}

static kz_status split_all(double *kept_weight, double *discarded, kz_work *work, const kz_mps *mps,
                           size_t i, const kz_gate *gate, const kz_update_limits *limits)
{
    bool changed = false, fast = may_be_fast(mps, i, gate, limits);
    if (limits->excess) *limits->excess = NAN;
    if (fast) {
        KZ_TRY(split_fast(work, mps, i, limits));
        kz_truncate(kept_weight, discarded, work, limits);
        KZ_TRY(repair(&changed, work, limits));
        if (changed) kz_truncate(kept_weight, discarded, work, limits);
        if (!limits->excess) return KZ_OK;
        KZ_TRY(audit(*discarded, work, limits));
    } else {
        KZ_TRY(split_exactly(work));
    }
    kz_truncate(kept_weight, discarded, work, limits);
    return KZ_OK;
}

/* Room for the new tensors; the only step of an update that may allocate in the state. */
static kz_status reserve(kz_mps *mps, size_t i, const kz_work *work)
{
    size_t one = 0, two = 0, total = 0;
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        one += (size_t)s->rows * (size_t)s->kept;
        two += (size_t)s->columns * (size_t)s->kept;
        total += (size_t)s->kept;
    }
    KZ_TRY(kz_mps_site_reserve(&mps->site[i], one));
    KZ_TRY(kz_mps_site_reserve(&mps->site[i + 1], two));
    return kz_mps_bond_reserve(&mps->bond[i + 1], total);
}

/* Sectors and Schmidt values of the new bond, and the places of the new tensors. */
static void set_bond(kz_mps *mps, size_t i, const kz_work *work, double kept_weight)
{
    kz_mps_bond *bond = &mps->bond[i + 1];
    const kz_sector *first = work->sector, *last = work->sector + work->sectors - 1;
    int *dim = work->integers; /* the splits are done with it */
    memset(dim, 0, (size_t)(last->charge - first->charge + 1) * sizeof *dim);
    for (size_t k = 0; k < work->sectors; k++)
        dim[work->sector[k].charge - first->charge] = work->sector[k].kept;
    kz_mps_bond_set(bond, first->charge, last->charge, dim);
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        for (int j = 0; j < s->kept; j++)
            bond->value[bond->start[s->charge] + j] = sqrt(s->weight[j] / kept_weight);
    }
    kz_mps_site_set(&mps->site[i], bond - 1, bond);
    kz_mps_site_set(&mps->site[i + 1], bond, bond + 1);
}

/* Right tensor: rotate^+ basis, or one of them where the other is the identity. */
static void set_right(kz_mps *mps, size_t i, const kz_sector *s)
{
    double complex *out = mps->site[i + 1].data + mps->site[i + 1].offset[s->charge];
    if (s->basis_is_one) {
        for (size_t j = 0; j < (size_t)s->columns; j++)
            for (size_t k = 0; k < (size_t)s->kept; k++)
                out[k + j * (size_t)s->kept] = conj(s->rotate[j + k * (size_t)s->size]);
        return;
    }
    if (s->rotate) {
        kz_adjoint_multiply(out, s->kept, 1.0, s->rotate, s->size, s->basis, s->size, s->kept,
                            s->size, s->columns);
        return;
    }
    for (int j = 0; j < s->columns; j++)
        memcpy(out + (size_t)j * (size_t)s->kept, s->basis + (size_t)j * (size_t)s->size,
               (size_t)s->kept * sizeof *out);
}

/* Left tensor, one row block of the sector: (c basis^+) rotate, or c times the adjoint of the new
 * right tensor (hastings2009); no division by Schmidt values. */
static void set_left(double complex *out, const kz_mps *mps, size_t i, const kz_sector *s,
                     kz_range row, double factor)
{
    const kz_mps_site *right = &mps->site[i + 1];
    if (s->rotate)
        kz_multiply(out, row.count, factor, s->left + row.start, s->rows, s->rotate, s->size,
                    row.count, s->size, s->kept);
    else
        kz_multiply_adjoint(out, row.count, factor, s->c + row.start, s->rows,
                            right->data + right->offset[s->charge], s->kept, row.count, s->columns,
                            s->kept);
}

static void set_sites(kz_mps *mps, size_t i, const kz_work *work, double factor)
{
    const kz_mps_bond *bond = &mps->bond[i + 1];
    kz_mps_site *site = &mps->site[i];
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        if (s->kept == 0) continue;
        set_right(mps, i, s);
        for (int p = site->basis->states - 1; p >= 0; p--) {
            int m = s->charge - site->basis->charge[p];
            if (s->row[p].count == 0) continue;
            size_t first = kz_mps_columns(site->basis, bond, m, p);
            set_left(site->data + site->offset[m] + first * (size_t)s->row[p].count, mps, i, s,
                     s->row[p], factor);
        }
    }
}

/* Near one after a unitary gate; any number after others. */
static bool is_norm(double weight, const kz_gate *gate)
{
    return gate->unitary ? weight > 0.5 && weight < 2.0 : weight > 0.0 && isfinite(weight);
}

kz_status kz_update_bond(double *discarded, kz_mps *mps, size_t i, const kz_gate *gate,
                         const kz_update_limits *limits, kz_work *work)
{
    double kept_weight, weight;
    if (gate_is_trivial(mps, i, gate)) {
        *discarded = 0.0;
        return KZ_OK;
    }
    KZ_TRY(kz_theta_prepare(work, mps, i));
    kz_theta_form(work, mps, i);
    kz_theta_gate(work, mps, i, gate);
    KZ_TRY(split_all(&kept_weight, &weight, work, mps, i, gate, limits));
    if (gate->unitary && weight >= 0.25 && kept_weight <= 0.5)
        return KZ_FAIL(KZ_ETOL,
                       "a bond dimension of %zu is too small: the gate on sites %zu and %zu would "
                       "discard %.2g of the state",
                       limits->chi, i, i + 1, weight);
    if (!is_norm(kept_weight, gate))
        return KZ_FAIL(KZ_EDOMAIN, "sites %zu and %zu: the norm after truncation is %.15g", i,
                       i + 1, kept_weight);
    KZ_TRY(reserve(mps, i, work));
    set_bond(mps, i, work, kept_weight);
    set_sites(mps, i, work, 1.0 / sqrt(kept_weight));
    *discarded = weight;
    return KZ_OK;
}
