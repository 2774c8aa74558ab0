/* Splitting the two-site vector of DMRG over all sectors together. */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/dmrg/dmrg.h"
#include "tbm/update.h"

/* dgesdd and dgesvd with JOBZ = 'S' need less than this. */
static size_t lapack_size(const kz_pair_sector *s)
{
    return 4 * (size_t)s->least * (size_t)s->least + 70 * (size_t)(s->rows + s->columns) + 64;
}

/* Memory for the factors of all sectors and scratch for one; scratch is returned in *out. */
static kz_status prepare(double **out, kz_dmrg_work *w)
{
    size_t scratch = 0, integers = 0, reals = 0, used = 0;
    for (size_t k = 0; k < w->sectors; k++) {
        kz_pair_sector *s = &w->sector[k];
        size_t rows = (size_t)s->rows, columns = (size_t)s->columns;
        s->least = s->rows < s->columns ? s->rows : s->columns;
        size_t least = (size_t)s->least, need = 2 * rows * columns + least + lapack_size(s);
        used += (rows + columns + 1) * least;
        reals += least;
        if (need > scratch) scratch = need;
        if (8 * least > integers) integers = 8 * least;
    }
    KZ_TRY(kz_vector_reserve(&w->svd, used + scratch));
    KZ_TRY(kz_work_reserve(&w->cut, 0, reals, integers + w->length));
    KZ_TRY(kz_work_reserve_sectors(&w->cut, w->sectors));
    double *next = w->svd.data;
    for (size_t k = 0; k < w->sectors; k++) {
        kz_pair_sector *s = &w->sector[k];
        s->u = next;
        s->v = next + (size_t)s->rows * (size_t)s->least;
        s->parity = s->v + (size_t)s->columns * (size_t)s->least;
        next = s->parity + s->least;
    }
    *out = next;
    return KZ_OK;
}

kz_status kz_pair_decompose(double *u, double *value, double *v, const kz_dmrg_work *w, int rows,
                            int columns, const double *copy, double *matrix, double *lapack,
                            size_t size)
{
    size_t count = (size_t)rows * (size_t)columns;
    int least = rows < columns ? rows : columns;
    for (size_t k = 0; k < count; k++)
        if (!isfinite(copy[k]))
            return KZ_FAIL(KZ_EDOMAIN, "sites %zu and %zu: not finite", w->i, w->i + 1);
    memcpy(matrix, copy, count * sizeof *matrix);
    int info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', rows, columns, matrix, rows, value, u,
                                   rows, v, least, lapack, (int)size, w->cut.integers);
    if (info == 0) return KZ_OK;
    memcpy(matrix, copy, count * sizeof *matrix);
    info = LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'S', 'S', rows, columns, matrix, rows, value, u,
                               rows, v, least, lapack, (int)size);
    if (info == 0) return KZ_OK;
    return KZ_FAIL(KZ_ENOCONV, "sites %zu and %zu: no SVD of a %d x %d matrix", w->i, w->i + 1,
                   rows, columns);
}

static kz_status decompose(double *value, kz_dmrg_work *w, const kz_pair_sector *s, double *scratch)
{
    return kz_pair_decompose(s->u, value, s->v, w, s->rows, s->columns, w->theta.data + s->offset,
                             scratch, scratch + (size_t)s->rows * (size_t)s->columns,
                             lapack_size(s));
}

/* Sectors lie in ascending order of charge: the mirror of sector k is sectors - 1 - k.  With a flip
 * only the upper half is decomposed. */
static kz_status decompose_all(kz_dmrg_work *w, double *scratch)
{
    w->cut.sectors = w->sectors;
    for (size_t k = w->sectors; k-- > 0;) {
        kz_pair_sector *s = &w->sector[k];
        size_t mirror = w->sectors - 1 - k;
        double *value = kz_work_real(&w->cut, (size_t)s->least);
        if (w->flip && k == mirror)
            KZ_TRY(kz_pair_split_parity(value, w, s, scratch, lapack_size(s)));
        else if (w->flip && k < mirror)
            memcpy(value, w->cut.sector[mirror].weight, (size_t)s->least * sizeof *value);
        else
            KZ_TRY(decompose(value, w, s, scratch));
        for (int j = 0; j < s->least && !(w->flip && k < mirror); j++)
            value[j] *= value[j];
        w->cut.sector[k] = (kz_sector){.charge = s->charge, .found = s->least, .weight = value};
    }
    if (w->flip) kz_pair_mirror_factors(w);
    return KZ_OK;
}

/* The truncation may have ended between two mirrors of equal weight: both go, unless nothing would
 * be left. */
static void balance(double *kept_weight, double *discarded, kz_dmrg_work *w)
{
    double norm = *kept_weight / (1.0 - *discarded);
    for (size_t k = 0; 2 * k + 1 < w->sectors; k++) {
        kz_sector *one = &w->cut.sector[k], *two = &w->cut.sector[w->sectors - 1 - k];
        kz_sector *more = one->kept > two->kept ? one : two, *less = more == one ? two : one;
        if (more->kept == less->kept) continue;
        double weight = more->weight[more->kept - 1];
        if (weight > 0.5 * *kept_weight) {
            less->kept = more->kept;
            *kept_weight += weight;
        } else {
            more->kept = less->kept;
            *kept_weight -= weight;
        }
        *discarded = fmax(0.0, 1.0 - *kept_weight / norm);
    }
}

/* The new bond, places of the new tensors (site i in left form, i+1 in right form). */
static kz_status set_bond(kz_dmrg_work *w, double kept_weight)
{
    kz_mps_bond *bond = &w->state->bond[w->i + 1];
    const kz_sector *cut = w->cut.sector;
    size_t one = 0, two = 0, total = 0;
    int first = w->sector[0].charge, last = w->sector[w->sectors - 1].charge;
    int *dim = w->cut.integers;
    memset(dim, 0, (size_t)(last - first + 1) * sizeof *dim);
    for (size_t k = 0; k < w->sectors; k++) {
        int c = w->sector[k].charge;
        dim[c - first] = cut[k].kept;
        w->site[w->i].offset[c] = one;
        w->site[w->i + 1].offset[c] = two;
        one += (size_t)w->sector[k].rows * (size_t)cut[k].kept;
        two += (size_t)w->sector[k].columns * (size_t)cut[k].kept;
        total += (size_t)cut[k].kept;
    }
    KZ_TRY(kz_vector_reserve(&w->site[w->i].arena, one));
    KZ_TRY(kz_vector_reserve(&w->site[w->i + 1].arena, two));
    KZ_TRY(kz_mps_bond_reserve(bond, total));
    kz_mps_bond_set(bond, first, last, dim);
    for (size_t k = 0; k < w->sectors; k++)
        for (int j = 0; j < cut[k].kept; j++)
            bond->value[bond->start[cut[k].charge] + j] = sqrt(cut[k].weight[j] / kept_weight);
    return KZ_OK;
}

/* The Schmidt values go to the side of the centre. */
static void set_sites(kz_dmrg_work *w, bool to_right)
{
    const kz_mps_bond *bond = &w->state->bond[w->i + 1];
    for (size_t k = 0; k < w->sectors; k++) {
        const kz_pair_sector *s = &w->sector[k];
        size_t kept = (size_t)w->cut.sector[k].kept, rows = (size_t)s->rows;
        const double *value = bond->value + bond->start[s->charge];
        double *left = w->site[w->i].arena.data + w->site[w->i].offset[s->charge];
        double *right = w->site[w->i + 1].arena.data + w->site[w->i + 1].offset[s->charge];
        for (size_t j = 0; j < kept; j++)
            for (size_t r = 0; r < rows; r++)
                left[r + j * rows] = s->u[r + j * rows] * (to_right ? 1.0 : value[j]);
        for (size_t j = 0; j < (size_t)s->columns; j++)
            for (size_t r = 0; r < kept; r++)
                right[r + j * kept] = s->v[r + j * (size_t)s->least] * (to_right ? value[r] : 1.0);
    }
}

kz_status kz_pair_split(double *discarded, kz_dmrg_work *w, size_t chi, double cutoff,
                        bool to_right)
{
    double *scratch, kept_weight;
    kz_update_limits limits = {.chi = chi, .allowed = cutoff};
    KZ_TRY(prepare(&scratch, w));
    KZ_TRY(decompose_all(w, scratch));
    kz_truncate(&kept_weight, discarded, &w->cut, &limits);
    if (!(kept_weight > 0.0))
        return KZ_FAIL(KZ_EDOMAIN, "sites %zu and %zu: empty state", w->i, w->i + 1);
    if (w->flip) balance(&kept_weight, discarded, w);
    KZ_TRY(set_bond(w, kept_weight));
    set_sites(w, to_right);
    if (w->flip) KZ_TRY(kz_pair_set_signs(w, to_right));
    return kz_pair_renew_block(w, to_right);
}
