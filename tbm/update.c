/* A two-site update: the two-site tensor, its truncation, both new tensors. */
#include "tbm/update.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/blas.h"
#include "tbm/flip.h"

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
    for (size_t k = 0; k < bond->total; k++)
        least = fmin(least, bond->value[k]);
    return least * least;
}

/* No more Schmidt values may come: where the state flips, most come in pairs, and truncation leaves
 * one place of chi empty as often as none. */
static bool is_full(const kz_mps *mps, size_t total, size_t chi)
{
    return total + (mps->flips ? 1 : 0) >= chi;
}

static bool may_be_fast(const kz_mps *mps, size_t i, const kz_gate *gate,
                        const kz_update_limits *limits)
{
    const kz_mps_bond *bond = &mps->bond[i + 1];
    if (limits->split == KZ_SPLIT_SVD || !(fabs(gate->tau) <= LARGEST_STEP)) return false;
    if (limits->allowed >= LEAST_ALLOWED) return true;
    return is_full(mps, bond->total, limits->chi) && smallest_weight(bond) >= LEAST_KEPT;
}

/* Random columns beside `old` states: a tenth while the bond dimension grows. */
static int extra_columns(const kz_sector *s, bool capped)
{
    return capped ? 2 + s->old / 32 : 2 + s->old / 10;
}

static kz_status split_fast(kz_work *work, const kz_mps *mps, size_t i,
                            const kz_update_limits *limits)
{
    bool capped = is_full(mps, mps->bond[i + 1].total, limits->chi);
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        KZ_TRY(kz_split_project(s, work, mps, i, extra_columns(s, capped), limits->stream));
    }
    return KZ_OK;
}

/* Redoes sectors whose basis was too small: all of it is kept, or too much lies outside of it
 * although the bond dimension would allow more.  Says whether anything changed. */
static kz_status repair(bool *changed, kz_work *work, const kz_mps *mps,
                        const kz_update_limits *limits)
{
    double lost = 0.0, norm = 0.0;
    size_t total = 0;
    *changed = false;
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        double copies = (double)kz_sector_copies(s);
        lost += copies * s->lost;
        norm += copies * s->lost;
        total += kz_sector_copies(s) * (size_t)s->kept;
        for (int j = 0; j < s->found; j++)
            norm += copies * s->weight[j];
    }
    bool outside = !is_full(mps, total, limits->chi) && lost > 0.5 * limits->allowed * norm;
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        bool starved = outside && s->lost > 0.1 * lost;
        if (s->form != KZ_FORM_ROWS || (s->kept < s->found && !starved)) continue;
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
        same.chi += kz_sector_copies(&work->sector[k]) * (size_t)work->sector[k].kept;
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
        KZ_TRY(repair(&changed, work, mps, limits));
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
        size_t images = s->parity ? 2 : kz_sector_copies(s);
        one += images * (size_t)s->rows * (size_t)s->kept;
        two += images * (size_t)s->columns * (size_t)s->kept;
        total += kz_sector_copies(s) * (size_t)s->kept;
    }
    KZ_TRY(kz_mps_site_reserve(&mps->site[i], one));
    KZ_TRY(kz_mps_site_reserve(&mps->site[i + 1], two));
    return kz_mps_bond_reserve(&mps->bond[i + 1], total);
}

/* Sectors and Schmidt values of the new bond, and the places of the new tensors. */
static void set_bond(kz_mps *mps, size_t i, const kz_work *work, double kept_weight)
{
    kz_mps_bond *bond = &mps->bond[i + 1];
    kz_flip_set_bond(mps, i + 1, work, work->integers); /* the splits are done with it */
    kz_flip_set_values(mps, i + 1, work, kept_weight);
    kz_mps_site_set(&mps->site[i], bond - 1, bond);
    kz_mps_site_set(&mps->site[i + 1], bond, bond + 1);
}

/* Rows of the right tensor that belong to a sector. */
static double complex *right_tensor(const kz_mps *mps, size_t i, const kz_sector *s)
{
    const kz_mps_site *site = &mps->site[i + 1];
    return site->data + site->offset[s->charge] + kz_flip_first(&mps->bond[i + 1], s);
}

/* Right tensor, by the table of forms (work.h). */
static void set_right(kz_mps *mps, size_t i, const kz_sector *s)
{
    double complex *out = right_tensor(mps, i, s);
    int rows = mps->bond[i + 1].dim[s->charge];
    size_t apart = (size_t)rows, size = (size_t)s->size, kept = (size_t)s->kept;
    size_t columns = (size_t)s->columns;
    double factor = kz_flip_norm(s);
    switch (s->form) {
    case KZ_FORM_SVD:
        for (size_t j = 0; j < columns; j++)
            for (size_t k = 0; k < kept; k++)
                out[k + j * apart] = factor * s->basis[k + j * size];
        return;
    case KZ_FORM_GRAM:
        for (size_t j = 0; j < columns; j++)
            for (size_t k = 0; k < kept; k++)
                out[k + j * apart] = factor * conj(s->rotate[j + k * size]);
        return;
    case KZ_FORM_ROWS:
        kz_adjoint_multiply(out, rows, factor, s->rotate, s->size, s->basis, s->size, s->kept,
                            s->size, s->columns);
        return;
    }
}

/* Left tensor, one row block of the sector: C times the adjoint of the new right tensor
 * (hastings2009), in whichever form; no division by Schmidt values. */
static void set_left(double complex *out, const kz_mps *mps, size_t i, const kz_sector *s,
                     kz_range row, double factor)
{
    if (s->form == KZ_FORM_SVD) {
        kz_multiply_adjoint(out, row.count, factor, s->c + row.start, s->rows,
                            right_tensor(mps, i, s), mps->bond[i + 1].dim[s->charge], row.count,
                            s->columns, s->kept);
        return;
    }
    const double complex *left = s->form == KZ_FORM_GRAM ? s->c : s->left;
    kz_multiply(out, row.count, factor * kz_flip_norm(s), left + row.start, s->rows, s->rotate,
                s->size, row.count, s->size, s->kept);
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
            size_t first = kz_mps_columns(site->basis, bond, m, p) + (size_t)kz_flip_first(bond, s);
            set_left(site->data + site->offset[m] + first * (size_t)s->row[p].count, mps, i, s,
                     s->row[p], factor);
        }
    }
    kz_flip_copy_images(mps, i + 1, work);
}

/* Local states of site i times exp(i turn charge). */
static void turn_site(kz_mps *mps, size_t i, double turn)
{
    kz_mps_site *site = &mps->site[i];
    const kz_mps_bond *left = &mps->bond[i], *right = &mps->bond[i + 1];
    const kz_basis *basis = site->basis;
    for (int m = left->lo; m <= left->hi; m++) {
        double complex *block = site->data + site->offset[m];
        for (int p = 0; p < basis->states && left->dim[m] > 0; p++) {
            size_t count = (size_t)left->dim[m] * (size_t)right->dim[m + basis->charge[p]];
            double complex factor = cexp(I * (turn * basis->charge[p]));
            for (size_t k = 0; k < count && basis->charge[p] != 0; k++)
                block[k] *= factor;
            block += count;
        }
    }
}

static void turn_sites(kz_mps *mps, size_t i, const kz_gate *gate)
{
    if (gate->turn == 0.0) return;
    turn_site(mps, i, gate->turn);
    turn_site(mps, i + 1, gate->turn);
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
    if (mps->flips && !kz_flip_keeps(gate))
        return KZ_FAIL(KZ_EINVAL, "sites %zu and %zu: a gate that breaks the spin flip", i, i + 1);
    if (gate_is_trivial(mps, i, gate)) {
        turn_sites(mps, i, gate);
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
    turn_sites(mps, i, gate);
    *discarded = weight;
    return KZ_OK;
}
