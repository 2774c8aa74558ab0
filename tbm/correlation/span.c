/* Principal axes of the environments on a bond. */
#include "tbm/correlation/span.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* What is dropped has together this part of the tolerance, since it counts to first order, what is
 * dropped of the states to second.  Half of it costs one combination of twenty. */
static const double PART = 0.05;

/* The Gram matrix knows |V| to 1e-8 of the largest only; smaller tolerances drop nothing. */
static const double LEAST = 1e-6;

/* Fewer are not worth asking, nor are so few more than last time: the question costs a tenth of
 * passing a site. */
enum { FEW = 8, MORE = 3 };

/* Scratch of one block: columns of all combinations, and the same turned or weighted. */
typedef struct {
    double complex *read, *turned; /* [largest sector * count] */
} columns;

static void weigh_column(double complex *out, const double complex *in, const double *scale,
                         size_t rows, size_t count)
{
    for (size_t v = 0; v < count; v++)
        for (size_t a = 0; a < rows; a++)
            out[a + v * rows] = scale[a] * in[a + v * rows];
}

/* Adds the Gram matrix of the combinations of one block, upper triangle. */
static void add_gram(double complex *gram, const kz_environments *e, const kz_blocks *b,
                     const kz_block *s, kz_numbers data, const columns *x)
{
    size_t rows = (size_t)s->rows, count = (size_t)e->count;
    const double *bra = kz_blocks_scale(b, s->c + b->raise, e->from_right);
    const double *ket = kz_blocks_scale(b, s->c, e->from_right);
    for (size_t k = 0; k < (size_t)s->columns; k++) {
        const double complex *in =
            kz_numbers_read(x->read, kz_numbers_at(data, k * rows * count), rows * count);
        weigh_column(x->turned, in, bra, rows, count);
        cblas_zherk(CblasColMajor, CblasUpper, CblasConjTrans, e->count, s->rows,
                    s->copies * ket[k] * ket[k], x->turned, s->rows, 1.0, gram, e->count);
    }
}

static void set_gram(double complex *gram, const kz_environments *e, const kz_blocks *b,
                     const columns *x)
{
    const kz_mps_bond *bond = &b->mps->bond[b->bond];
    size_t size = (size_t)e->count * (size_t)e->count;
    kz_numbers data = e->data;
    memset(gram, 0, size * sizeof *gram);
    for (int c = bond->lo; c <= bond->hi; c++) {
        kz_block s;
        if (!kz_blocks_take(&s, b, c)) continue;
        add_gram(gram, e, b, &s, data, x);
        data = kz_numbers_at(data, kz_block_size(&s) * (size_t)e->count);
    }
    for (size_t k = 0; b->mps->flips && k < size; k++)
        gram[k] = creal(gram[k]);
}

/* Combinations turn[count * kept], in place: columns become shorter, so that what follows moves
 * down. */
static void turn_data(kz_environments *e, const kz_blocks *b, const double complex *turn, int kept,
                      const columns *x)
{
    const kz_mps_bond *bond = &b->mps->bond[b->bond];
    const double complex one = 1.0, zero = 0.0;
    kz_numbers in = e->data, out = e->data;
    for (int c = bond->lo; c <= bond->hi; c++) {
        kz_block s;
        if (!kz_blocks_take(&s, b, c)) continue;
        size_t all = (size_t)s.rows * (size_t)e->count, few = (size_t)s.rows * (size_t)kept;
        for (int k = 0; k < s.columns; k++) {
            cblas_zgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, s.rows, kept, e->count, &one,
                        kz_numbers_read(x->read, in, all), s.rows, turn, e->count, &zero, x->turned,
                        s.rows);
            kz_numbers_write(out, x->turned, few);
            in = kz_numbers_at(in, all);
            out = kz_numbers_at(out, few);
        }
    }
}

/* part = part conj(turn), since E = V part^T. */
static void turn_part(kz_environments *e, const double complex *turn, int kept, double complex *row)
{
    size_t L = e->length, count = (size_t)e->count;
    for (size_t i = 0; i < e->members; i++) {
        for (size_t v = 0; v < count; v++)
            row[v] = e->part[i + v * L];
        for (size_t u = 0; u < (size_t)kept; u++) {
            double complex sum = 0.0;
            cblas_zdotc_sub(e->count, turn + u * count, 1, row, 1, &sum);
            e->part[i + u * L] = sum;
        }
    }
}

/* Eigenvalues, ascending, and eigenvectors of the Hermitian matrix a[n * n].
 *  work  scratch [64 n], real [3 n] */
static kz_status find_axes(double *value, double complex *a, int n, double complex *work,
                           double *real)
{
    int info = LAPACKE_zheev_work(LAPACK_COL_MAJOR, 'V', 'U', n, a, n, value, work, 64 * n, real);
    return info == 0 ? KZ_OK : KZ_FAIL(KZ_ENOCONV, "zheev: %d", info);
}

/* How many of these squares have together no more than may be dropped. */
static int negligible(const double *value, int count, double tolerance)
{
    double most = PART * tolerance, sum = 0.0;
    int first = 0;
    while (first < count && sum + value[first] <= most * most)
        sum += value[first++];
    return first;
}

kz_status kz_environments_reduce(kz_environments *e, const kz_blocks *b, size_t sector)
{
    size_t n = (size_t)e->count;
    if (e->count < e->crowd || e->count < FEW || e->tolerance < LEAST) return KZ_OK;
    KZ_TRY(kz_numbers_reserve(&e->turn, &e->turn_room, n * (n + 64 + 2 + 2 * sector), false));
    double complex *gram = e->turn.full, *work = gram + n * n;
    double *value = (double *)(work + 64 * n);
    const columns x = {work + 66 * n, work + (66 + sector) * n};
    set_gram(gram, e, b, &x);
    KZ_TRY(find_axes(value, gram, e->count, work, value + n));
    int first = negligible(value, e->count, e->tolerance), kept = e->count - first;
    e->crowd = kept + MORE;
    if (first == 0) return KZ_OK;
    turn_data(e, b, gram + (size_t)first * n, kept, &x);
    turn_part(e, gram + (size_t)first * n, kept, work);
    e->count = kept;
    return KZ_OK;
}
