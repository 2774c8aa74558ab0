/* Two sweeps over a chain: to the right by QR, which makes the tensors left of the centre
 * orthonormal, back by singular value decompositions, which are then those of the whole state.
 *
 * On its way over bond b the centre is one matrix per charge c of the bond.  Site b - 1 as seen
 * from there is a matrix M_c: row blocks p from left charge c - charge[p], by falling p, and the
 * states of c as columns. */
#include "tbm/canonical.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/blas.h"

static void copy_matrix(double complex *out, int ld_out, const double complex *in, int ld_in,
                        int rows, int columns)
{
    for (int j = 0; j < columns; j++)
        memcpy(out + (size_t)j * (size_t)ld_out, in + (size_t)j * (size_t)ld_in,
               (size_t)rows * sizeof *out);
}

/* Moves M_c between the tensor of site b - 1 and `matrix` of `rows` rows. */
typedef enum { GATHER, SCATTER } direction;

static void move_matrix(direction way, double complex *matrix, int rows, kz_mps *mps, size_t b,
                        int c)
{
    const kz_mps_bond *left = &mps->bond[b - 1], *bond = left + 1;
    const kz_basis *basis = mps->basis;
    kz_mps_site *site = &mps->site[b - 1];
    int row = 0;
    for (int p = basis->states - 1; p >= 0; p--) {
        int m = c - basis->charge[p], count = left->dim[m];
        if (count == 0) continue;
        double complex *block =
            site->data + site->offset[m] + kz_mps_columns(basis, bond, m, p) * (size_t)count;
        if (way == GATHER)
            copy_matrix(matrix + row, rows, block, count, count, bond->dim[c]);
        else
            copy_matrix(block, count, matrix + row, rows, count, bond->dim[c]);
        row += count;
    }
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* The sectors of bond b: rows of M_c, columns of site b behind c, with room for all factors. */
static kz_status list_sectors(kz_work *work, const kz_mps *mps, size_t b)
{
    const kz_mps_bond *left = &mps->bond[b - 1], *bond = left + 1, *right = bond + 1;
    const kz_basis *basis = mps->basis;
    size_t complexes = 0, reals = 0, most = 1;
    KZ_TRY(kz_work_reserve_sectors(work, (size_t)(bond->hi - bond->lo) + 1));
    work->sectors = 0;
    for (int c = bond->lo; c <= bond->hi; c++) {
        kz_sector *s = &work->sector[work->sectors];
        *s = (kz_sector){.charge = c, .old = bond->dim[c]};
        if (s->old == 0) continue;
        for (int p = 0; p < basis->states; p++)
            s->rows += left->dim[c - basis->charge[p]];
        s->columns = (int)kz_mps_columns(basis, right, c, basis->states);
        size_t d = (size_t)s->old, rows = (size_t)s->rows, columns = (size_t)s->columns;
        complexes += 2 * rows * d + 3 * columns * d + 2 * d * d;
        reals += d;
        most = larger(most, larger(d, larger(rows, columns)));
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
    int lo = bond->lo, hi = bond->hi, *dim = work->integers;
    size_t total = 0;
    memset(dim, 0, (size_t)(hi - lo + 1) * sizeof *dim);
    for (size_t k = 0; k < work->sectors; k++) {
        dim[work->sector[k].charge - lo] = work->sector[k].kept;
        total += (size_t)work->sector[k].kept;
    }
    if (total == 0) return KZ_FAIL(KZ_EDOMAIN, "bond %zu: the state is zero", b);
    KZ_TRY(kz_mps_bond_reserve(bond, total));
    kz_mps_bond_set(bond, lo, hi, dim);
    KZ_TRY(kz_mps_site_reserve(one, kz_mps_site_size(one, bond - 1, bond)));
    KZ_TRY(kz_mps_site_reserve(two, kz_mps_site_size(two, bond, bond + 1)));
    kz_mps_site_set(one, bond - 1, bond);
    kz_mps_site_set(two, bond, bond + 1);
    return KZ_OK;
}

/* M_c = c (orthonormal columns) basis. */
static kz_status factor_qr(kz_sector *s, kz_work *work)
{
    size_t used = work->complex_used;
    int kept = s->rows < s->old ? s->rows : s->old, length = 64 * (s->rows + s->old);
    double complex *tau = kz_work_complex(work, (size_t)kept + 1);
    double complex *lapack = kz_work_complex(work, (size_t)length + 1);
    s->kept = kept;
    work->complex_used = used;
    if (kept == 0) return KZ_OK;
    int info =
        LAPACKE_zgeqrf_work(LAPACK_COL_MAJOR, s->rows, s->old, s->c, s->rows, tau, lapack, length);
    for (int j = 0; j < s->old; j++)
        for (int i = 0; i < kept; i++)
            s->basis[i + j * kept] = i <= j ? s->c[i + j * s->rows] : 0.0;
    if (info == 0)
        info = LAPACKE_zungqr_work(LAPACK_COL_MAJOR, s->rows, kept, kept, s->c, s->rows, tau,
                                   lapack, length);
    return info == 0 ? KZ_OK : KZ_FAIL(KZ_ENOCONV, "QR returned %d", info);
}

/* Weight of all triangular factors. */
static double weight_of(const kz_work *work)
{
    double sum = 0.0;
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        for (size_t j = 0; j < (size_t)s->kept * (size_t)s->old; j++)
            sum += creal(s->basis[j] * conj(s->basis[j]));
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
        s->left_room = kz_work_complex(work, old * (size_t)s->columns);
        move_matrix(GATHER, s->c, s->rows, mps, b, s->charge);
        copy_matrix(s->left_room, s->old, mps->site[b].data + mps->site[b].offset[s->charge],
                    s->old, s->old, s->columns);
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
        move_matrix(SCATTER, s->c, s->rows, mps, b, s->charge);
        kz_multiply(mps->site[b].data + mps->site[b].offset[s->charge], s->kept, 1.0 / sqrt(weight),
                    s->basis, s->kept, s->left_room, s->old, s->kept, s->old, s->columns);
    }
    return KZ_OK;
}

/* left_room [old * columns] = rotate diag(sqrt weight) basis. */
static kz_status factor_svd(kz_sector *s, kz_work *work)
{
    size_t used = work->complex_used, real_used = work->real_used;
    int least = s->old < s->columns ? s->old : s->columns;
    int most = s->old < s->columns ? s->columns : s->old;
    int length = least * least + 4 * least + 64 * (least + most);
    s->found = s->size = least;
    if (least == 0) return KZ_OK;
    double complex *lapack = kz_work_complex(work, (size_t)length);
    double *real_lapack = kz_work_real(work, 9 * (size_t)least * (size_t)most);
    work->complex_used = used;
    work->real_used = real_used;
    int info = LAPACKE_zgesdd_work(LAPACK_COL_MAJOR, 'S', s->old, s->columns, s->left_room, s->old,
                                   s->weight, s->rotate_room, s->old, s->basis, least, lapack,
                                   length, real_lapack, work->integers);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "charge %d: zgesdd returned %d", s->charge, info);
    for (int k = 0; k < least; k++) {
        for (int r = 0; r < s->old; r++)
            s->rotate_room[r + k * s->old] *= s->weight[k];
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
        s->left_room = kz_work_complex(work, old * columns);
        s->basis = kz_work_complex(work, old * columns);
        s->rotate_room = kz_work_complex(work, old * old);
        s->weight = kz_work_real(work, old);
        move_matrix(GATHER, s->c, s->rows, mps, b, s->charge);
        copy_matrix(s->left_room, s->old, mps->site[b].data + mps->site[b].offset[s->charge],
                    s->old, s->old, s->columns);
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
    kz_mps_bond *bond = &mps->bond[b];
    KZ_TRY(prepare_left(mps, b, work));
    kz_truncate(&kept_weight, discarded, work, limits);
    if (!(kept_weight > 0.0 && isfinite(kept_weight)))
        return KZ_FAIL(KZ_EDOMAIN, "bond %zu: the weight is %g", b, kept_weight);
    KZ_TRY(resize(mps, b, work));
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        if (s->kept == 0) continue;
        kz_multiply(s->left, s->rows, 1.0 / sqrt(kept_weight), s->c, s->rows, s->rotate_room,
                    s->old, s->rows, s->old, s->kept);
        move_matrix(SCATTER, s->left, s->rows, mps, b, s->charge);
        copy_matrix(mps->site[b].data + mps->site[b].offset[s->charge], s->kept, s->basis, s->size,
                    s->kept, s->columns);
        for (int j = 0; j < s->kept; j++)
            bond->value[bond->start[s->charge] + j] = sqrt(s->weight[j] / kept_weight);
    }
    return KZ_OK;
}

kz_status kz_mps_canonicalise(double *discarded, kz_mps *mps, const kz_update_limits *limits,
                              kz_work *work)
{
    double sum = 0.0, weight;
    for (size_t b = 1; b < mps->length; b++)
        KZ_TRY(move_right(mps, b, work));
    for (size_t b = mps->length - 1; b >= 1; b--) {
        KZ_TRY(move_left(&weight, mps, b, limits, work));
        sum += weight;
    }
    *discarded = sum;
    return KZ_OK;
}
