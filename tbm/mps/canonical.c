/* Two sweeps over a chain: to the right by QR, which makes the tensors left of the centre
 * orthonormal, back by singular value decompositions, which are then those of the whole state.
 *
 * On its way over bond b the centre is one matrix per sector of the bond.  Site b - 1 as seen from
 * there is a matrix M: row blocks p from left charge c - charge[p], by falling p, and the states of
 * the sector, of charge c, as columns.  Of a state that flips only the sectors of tbm/flip.h. */
#include "tbm/mps/canonical.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/blas.h"
#include "tbm/flip.h"

static void copy_matrix(double complex *out, int ld_out, const double complex *in, int ld_in,
                        int rows, int columns)
{
    for (int j = 0; j < columns; j++)
        memcpy(out + (size_t)j * (size_t)ld_out, in + (size_t)j * (size_t)ld_in,
               (size_t)rows * sizeof *out);
}

/* Moves M between the tensor of site b - 1 and `matrix`. */
typedef enum { GATHER, SCATTER } direction;

static void move_matrix(direction way, double complex *matrix, const kz_sector *s, kz_mps *mps,
                        size_t b)
{
    const kz_mps_bond *left = &mps->bond[b - 1], *bond = left + 1;
    const kz_basis *basis = mps->basis;
    kz_mps_site *site = &mps->site[b - 1];
    int row = 0, columns = kz_flip_count(bond, s);
    for (int p = basis->states - 1; p >= 0; p--) {
        int m = s->charge - basis->charge[p], count = left->dim[m];
        if (count == 0 || !kz_flip_has_row(s, basis, p)) continue;
        size_t first = kz_mps_columns(basis, bond, m, p) + (size_t)kz_flip_first(bond, s);
        double complex *block = site->data + site->offset[m] + first * (size_t)count;
        if (way == GATHER)
            copy_matrix(matrix + row, s->rows, block, count, count, columns);
        else
            copy_matrix(block, count, matrix + row, s->rows, count, columns);
        row += count;
    }
}

/* Rows of site b that belong to a sector, and how far apart their columns are. */
static double complex *right_rows(int *apart, const kz_mps *mps, size_t b, const kz_sector *s)
{
    const kz_mps_site *site = &mps->site[b];
    *apart = mps->bond[b].dim[s->charge];
    return site->data + site->offset[s->charge] + kz_flip_first(&mps->bond[b], s);
}

static void get_right_rows(double complex *out, const kz_mps *mps, size_t b, const kz_sector *s)
{
    int apart;
    const double complex *in = right_rows(&apart, mps, b, s);
    copy_matrix(out, s->old, in, apart, s->old, s->columns);
}

static void scale(double complex *x, double factor, size_t count)
{
    for (size_t k = 0; k < count && factor != 1.0; k++)
        x[k] *= factor;
}

/* Sizes of part `part` of charge c of bond b; false where it is empty. */
static bool set_sector(kz_sector *s, const kz_mps *mps, size_t b, int c, int part)
{
    const kz_mps_bond *left = &mps->bond[b - 1], *bond = left + 1, *right = bond + 1;
    const kz_basis *basis = mps->basis;
    *s = (kz_sector){.charge = c};
    kz_flip_set_part(s, mps, b, c, part);
    s->old = kz_flip_count(bond, s);
    for (int p = 0; p < basis->states; p++) {
        if (kz_flip_has_row(s, basis, p)) s->rows += left->dim[c - basis->charge[p]];
        if (kz_flip_has_column(s, basis, p)) s->columns += right->dim[c + basis->charge[p]];
    }
    return s->old > 0;
}

/* The sectors of bond b: rows of M, columns of site b behind them, with room for all factors. */
static kz_status list_sectors(kz_work *work, const kz_mps *mps, size_t b)
{
    const kz_mps_bond *bond = &mps->bond[b];
    size_t complexes = 0, reals = 0, most = 1;
    KZ_TRY(kz_work_reserve_sectors(work, (size_t)(bond->hi - bond->lo) + 2));
    work->sectors = 0;
    for (int k = 0; k < 2 * (bond->hi - bond->lo + 1); k++) {
        kz_sector *s = &work->sector[work->sectors];
        int c = bond->lo + k / 2;
        if (k % 2 >= kz_flip_parts(mps, b, c) || !set_sector(s, mps, b, c, k % 2)) continue;
        size_t d = (size_t)s->old, rows = (size_t)s->rows, columns = (size_t)s->columns;
        complexes += 2 * rows * d + 3 * columns * d + 2 * d * d;
        reals += d;
        most = kz_larger(most, kz_larger(d, kz_larger(rows, columns)));
        work->sectors++;
    }
    return kz_work_reserve(work, complexes + most * most + 200 * most,
                           reals + 9 * most * most + 12 * most,
                           8 * most + (size_t)(bond->hi - bond->lo) + 1);
}

/* Bond b gets s->kept states in each sector; both sites their new places, contents open. */
static kz_status resize(kz_mps *mps, size_t b, kz_work *work)
{
    kz_mps_bond *bond = &mps->bond[b];
    kz_mps_site *one = &mps->site[b - 1], *two = &mps->site[b];
    size_t total = 0;
    for (size_t k = 0; k < work->sectors; k++)
        total += kz_sector_copies(&work->sector[k]) * (size_t)work->sector[k].kept;
    if (total == 0) return KZ_FAIL(KZ_EDOMAIN, "bond %zu: the state is zero", b);
    KZ_TRY(kz_mps_bond_reserve(bond, total));
    kz_flip_set_bond(mps, b, work, work->integers);
    KZ_TRY(kz_mps_site_reserve(one, kz_mps_site_size(one, bond - 1, bond)));
    KZ_TRY(kz_mps_site_reserve(two, kz_mps_site_size(two, bond, bond + 1)));
    kz_mps_site_set(one, bond - 1, bond);
    kz_mps_site_set(two, bond, bond + 1);
    return KZ_OK;
}

/* M = c (orthonormal columns) basis. */
static kz_status factor_qr(kz_sector *s, kz_work *work)
{
    kz_work_mark mark = kz_work_here(work);
    int kept = s->rows < s->old ? s->rows : s->old, length = 64 * (s->rows + s->old);
    s->kept = kept;
    if (kept == 0) return KZ_OK;
    double complex *tau = kz_work_complex(work, (size_t)kept + 1);
    double complex *lapack = kz_work_complex(work, (size_t)length + 1);
    int info =
        LAPACKE_zgeqrf_work(LAPACK_COL_MAJOR, s->rows, s->old, s->c, s->rows, tau, lapack, length);
    for (int j = 0; j < s->old; j++)
        for (int i = 0; i < kept; i++)
            s->basis[i + j * kept] = i <= j ? s->c[i + j * s->rows] : 0.0;
    if (info == 0)
        info = LAPACKE_zungqr_work(LAPACK_COL_MAJOR, s->rows, kept, kept, s->c, s->rows, tau,
                                   lapack, length);
    kz_work_give_back(work, mark);
    return info == 0 ? KZ_OK : KZ_FAIL(KZ_ENOCONV, "QR returned %d", info);
}

/* Weight of all triangular factors. */
static double weight_of(const kz_work *work)
{
    double sum = 0.0;
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        for (size_t j = 0; j < (size_t)s->kept * (size_t)s->old; j++)
            sum += (double)kz_sector_copies(s) * creal(s->basis[j] * conj(s->basis[j]));
    }
    return sum;
}

/* The centre goes from site b - 1 to site b. */
static kz_status move_right(kz_mps *mps, size_t b, kz_work *work)
{
    KZ_TRY(list_sectors(work, mps, b));
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        size_t old = (size_t)s->old;
        s->c = kz_work_complex(work, (size_t)s->rows * old);
        s->basis = kz_work_complex(work, old * old);
        s->right = kz_work_complex(work, old * (size_t)s->columns);
        move_matrix(GATHER, s->c, s, mps, b);
        scale(s->c, 1.0 / kz_flip_norm(s), (size_t)s->rows * old);
        get_right_rows(s->right, mps, b, s);
    }
    for (size_t k = 0; k < work->sectors; k++)
        KZ_TRY(factor_qr(&work->sector[k], work));
    double weight = weight_of(work);
    if (!(weight > 0.0 && isfinite(weight)))
        return KZ_FAIL(KZ_EDOMAIN, "bond %zu: the norm is %g", b, sqrt(weight));
    KZ_TRY(resize(mps, b, work));
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        if (s->kept == 0) continue;
        int apart;
        double complex *out = right_rows(&apart, mps, b, s);
        scale(s->c, kz_flip_norm(s), (size_t)s->rows * (size_t)s->kept);
        move_matrix(SCATTER, s->c, s, mps, b);
        kz_multiply(out, apart, 1.0 / sqrt(weight), s->basis, s->kept, s->right, s->old, s->kept,
                    s->old, s->columns);
    }
    kz_flip_copy_images(mps, b, work);
    return KZ_OK;
}

/* right [old * columns] = rotate diag(sqrt weight) basis. */
static kz_status factor_svd(kz_sector *s, kz_work *work)
{
    kz_work_mark mark = kz_work_here(work);
    int least = s->old < s->columns ? s->old : s->columns;
    int most = s->old < s->columns ? s->columns : s->old;
    int length = least * least + 4 * least + 64 * (least + most);
    s->found = s->size = least;
    if (least == 0) return KZ_OK;
    double complex *lapack = kz_work_complex(work, (size_t)length);
    double *real_lapack = kz_work_real(work, 9 * (size_t)least * (size_t)most);
    int info = LAPACKE_zgesdd_work(LAPACK_COL_MAJOR, 'S', s->old, s->columns, s->right, s->old,
                                   s->weight, s->rotate, s->old, s->basis, least, lapack, length,
                                   real_lapack, work->integers);
    kz_work_give_back(work, mark);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "charge %d: zgesdd returned %d", s->charge, info);
    for (int k = 0; k < least; k++) {
        for (int r = 0; r < s->old; r++)
            s->rotate[r + k * s->old] *= s->weight[k];
        s->weight[k] *= s->weight[k];
    }
    return KZ_OK;
}

/* Copies of what the factors are multiplied to, and the factors. */
static kz_status prepare_left(kz_mps *mps, size_t b, kz_work *work)
{
    KZ_TRY(list_sectors(work, mps, b));
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        size_t old = (size_t)s->old, columns = (size_t)s->columns;
        s->c = kz_work_complex(work, (size_t)s->rows * old);
        s->left = kz_work_complex(work, (size_t)s->rows * old);
        s->right = kz_work_complex(work, old * columns);
        s->basis = kz_work_complex(work, old * columns);
        s->rotate = kz_work_complex(work, old * old);
        s->weight = kz_work_real(work, old);
        move_matrix(GATHER, s->c, s, mps, b);
        get_right_rows(s->right, mps, b, s);
        scale(s->right, 1.0 / kz_flip_norm(s), old * columns);
    }
    for (size_t k = 0; k < work->sectors; k++)
        KZ_TRY(factor_svd(&work->sector[k], work));
    return KZ_OK;
}

/* The centre goes from site b to site b - 1, and bond b gets its Schmidt values. */
static kz_status move_left(double *discarded, kz_mps *mps, size_t b, const kz_update_limits *limits,
                           kz_work *work)
{
    double kept_weight;
    KZ_TRY(prepare_left(mps, b, work));
    kz_truncate(&kept_weight, discarded, work, limits);
    if (!(kept_weight > 0.0 && isfinite(kept_weight)))
        return KZ_FAIL(KZ_EDOMAIN, "bond %zu: the weight is %g", b, kept_weight);
    KZ_TRY(resize(mps, b, work));
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        if (s->kept == 0) continue;
        kz_multiply(s->left, s->rows, 1.0 / sqrt(kept_weight), s->c, s->rows, s->rotate, s->old,
                    s->rows, s->old, s->kept);
        move_matrix(SCATTER, s->left, s, mps, b);
        int apart;
        double complex *out = right_rows(&apart, mps, b, s);
        scale(s->basis, kz_flip_norm(s), (size_t)s->size * (size_t)s->columns);
        copy_matrix(out, apart, s->basis, s->size, s->kept, s->columns);
    }
    kz_flip_set_values(mps, b, work, kept_weight);
    kz_flip_copy_images(mps, b, work);
    return KZ_OK;
}

static kz_status tell(kz_progress *progress, size_t total)
{
    if (!progress) return KZ_OK;
    kz_progress_add(progress, 1, total);
    if (!kz_progress_is_cancelled(progress)) return KZ_OK;
    return KZ_FAIL(KZ_ECANCELLED, "stopped after %zu of %zu", progress->done, total);
}

kz_status kz_mps_canonicalise(double *discarded, kz_mps *mps, const kz_update_limits *limits,
                              kz_progress *progress, size_t total, kz_work *work)
{
    double sum = 0.0, weight;
    for (size_t b = 1; b < mps->length; b++) {
        KZ_TRY(move_right(mps, b, work));
        KZ_TRY(tell(progress, total));
    }
    for (size_t b = mps->length - 1; b >= 1; b--) {
        KZ_TRY(move_left(&weight, mps, b, limits, work));
        KZ_TRY(tell(progress, total));
        sum += weight;
    }
    *discarded = sum;
    return KZ_OK;
}
