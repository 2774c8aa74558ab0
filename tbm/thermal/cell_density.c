/* Three sites of the infinite chain between the fixed points of the transfer matrix. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/blas.h"
#include "tbm/density.h"
#include "tbm/eigen.h"
#include "tbm/thermal/cell.h"
#include "tbm/transfer.h"

/* Power iteration: until one cell more changes the overlaps by this, weighted by the other side;
 * a chain at beta = 50 takes some fifty. */
static const double STILL = 1e-13;
enum { MOST_CELLS = 1000 };

/* Overlaps on the two bonds of a cell, left of them and right of them. */
typedef struct {
    double complex *left[2], *right[2], *next, *scratch;
    double complex *dressed[2]; /* first and last tensor of three, with the roots of the overlaps */
    double complex *root;
    double *ones;
    kz_work work;
    void *complexes;
} environment;

static kz_status allocate(environment *e, const kz_mps *mps)
{
    const kz_mps_bond *bond = mps->bond;
    size_t overlap = kz_larger(kz_transfer_size(&bond[0]), kz_transfer_size(&bond[1]));
    size_t scratch = kz_larger(kz_transfer_scratch(mps, 0), kz_transfer_scratch(mps, 1));
    size_t site = kz_larger(mps->site[0].size, mps->site[1].size);
    size_t states = kz_larger(bond[0].total, bond[1].total), eigen = KZ_EIGEN_LAPACK(states);
    KZ_TRY(kz_alloc(&e->complexes, 6 * overlap + scratch + 2 * site, sizeof(double complex)));
    KZ_TRY(kz_alloc_doubles(&e->ones, states));
    KZ_TRY(kz_work_reserve(&e->work, overlap + states + eigen, 2 * overlap + 6 * states + 1,
                           5 * states + 3));
    double complex *next = e->complexes;
    for (int b = 0; b < 2; b++) {
        e->left[b] = next;
        e->right[b] = next + overlap;
        e->dressed[b] = next + 2 * overlap;
        next += 2 * overlap + site;
    }
    e->next = next;
    e->root = next + overlap;
    e->scratch = next + 2 * overlap;
    for (size_t k = 0; k < states; k++)
        e->ones[k] = 1.0;
    return KZ_OK;
}

static void release(environment *e)
{
    kz_free(e->complexes);
    kz_free(e->ones);
    kz_work_free(&e->work);
}

/* Diagonal overlaps: the squares of value, or ones. */
static void start(double complex *overlap, const kz_mps_bond *bond, const double *value)
{
    memset(overlap, 0, kz_transfer_size(bond) * sizeof *overlap);
    for (int c = bond->lo; c <= bond->hi; c++) {
        size_t n = (size_t)bond->dim[c];
        for (size_t i = 0; i < n; i++) {
            double x = value ? value[(size_t)bond->start[c] + i] : 1.0;
            overlap[i * (n + 1)] = x * x;
        }
        overlap += n * n;
    }
}

/* sum_c tr l_c r_c; Hermitian matrices. */
static double pairing(const double complex *left, const double complex *right,
                      const kz_mps_bond *bond)
{
    double sum = 0.0;
    for (size_t k = 0; k < kz_transfer_size(bond); k++)
        sum += creal(left[k] * conj(right[k]));
    return sum;
}

/* Replaces `old` by factor * next and says how much that changes, elements weighted by Schmidt
 * values if given. */
static double replace(double complex *old, const double complex *next, double factor,
                      const kz_mps_bond *bond, const double *value)
{
    double change = 0.0;
    for (int c = bond->lo; c <= bond->hi; c++) {
        size_t n = (size_t)bond->dim[c];
        const double *s = value ? value + bond->start[c] : NULL;
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < n; i++, old++, next++) {
                double difference = cabs(factor * *next - *old) * (s ? s[i] * s[j] : 1.0);
                if (!(difference <= change)) change = difference;
                *old = factor * *next;
            }
        }
    }
    return change;
}

/* Left of bond 0 and of bond 1, of trace one on bond 0. */
static double left_cell(environment *e, const kz_mps *mps)
{
    const kz_mps_bond *bond = &mps->bond[0];
    kz_transfer_right(e->left[1], e->scratch, e->left[0], mps, 0);
    kz_transfer_right(e->next, e->scratch, e->left[1], mps, 1);
    start(e->root, bond, NULL);
    return replace(e->left[0], e->next, 1.0 / pairing(e->next, e->root, bond), bond, NULL);
}

/* Right of bond 0 (= 2) and of bond 1; pairs with the left one to one. */
static double right_cell(environment *e, const kz_mps *mps)
{
    const kz_mps_bond *bond = &mps->bond[0];
    kz_transfer_left(e->right[1], e->scratch, e->right[0], mps, 1);
    kz_transfer_left(e->next, e->scratch, e->right[1], mps, 0);
    return replace(e->right[0], e->next, 1.0 / pairing(e->next, e->left[0], bond), bond,
                   bond->value);
}

static kz_status find_fixed_points(environment *e, const kz_mps *mps)
{
    typedef double side(environment *, const kz_mps *);
    static side *const sides[2] = {left_cell, right_cell};
    start(e->left[0], &mps->bond[0], mps->bond[0].value);
    start(e->right[0], &mps->bond[0], NULL);
    for (int k = 0; k < 2; k++) {
        double change = INFINITY;
        for (int cells = 0; !(change <= STILL); cells++) {
            if (cells == MOST_CELLS || isnan(change))
                return KZ_FAIL(KZ_ENOCONV, "overlaps still change by %g after %d cells", change,
                               cells);
            change = sides[k](e, mps);
        }
    }
    return KZ_OK;
}

/* root root^+ = overlap, of one sector. */
static kz_status find_root(environment *e, const double complex *overlap, size_t n)
{
    double *weight = e->work.reals + e->work.real_count - n; /* behind what kz_eigen takes */
    memcpy(e->root, overlap, n * n * sizeof *overlap);
    e->work.complex_used = e->work.real_used = 0;
    KZ_TRY(kz_eigen(weight, e->root, (int)n, &e->work));
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            e->root[i + j * n] *= sqrt(weight[j]);
    return KZ_OK;
}

/* root^+ B for each left sector. */
static kz_status dress_left(environment *e, const kz_mps_site *site, const double complex *overlap,
                            const kz_mps_bond *left, const kz_mps_bond *right)
{
    for (int m = left->lo; m <= left->hi; m++) {
        int n = left->dim[m];
        if (n == 0) continue;
        KZ_TRY(find_root(e, overlap, (size_t)n));
        kz_adjoint_multiply(e->dressed[0] + site->offset[m], n, 1.0, e->root, n,
                            site->data + site->offset[m], n, n, n,
                            (int)kz_mps_columns(site->basis, right, m, site->basis->states));
        overlap += (size_t)n * (size_t)n;
    }
    return KZ_OK;
}

/* B root for each right sector. */
static kz_status dress_right(environment *e, const kz_mps_site *site, const double complex *overlap,
                             const kz_mps_bond *left, const kz_mps_bond *right)
{
    for (int c = right->lo; c <= right->hi; c++) {
        int n = right->dim[c];
        if (n == 0) continue;
        KZ_TRY(find_root(e, overlap, (size_t)n));
        for (int p = 0; p < site->basis->states; p++) {
            int m = c - site->basis->charge[p], rows = left->dim[m];
            if (rows == 0) continue;
            size_t at = site->offset[m] + kz_mps_columns(site->basis, right, m, p) * (size_t)rows;
            kz_multiply(e->dressed[1] + at, rows, 1.0, site->data + at, rows, e->root, n, rows, n,
                        n);
        }
        overlap += (size_t)n * (size_t)n;
    }
    return KZ_OK;
}

/* Sites k, k+1, k+2. */
static kz_status density_at(double complex rho[8][8], environment *e, const kz_mps *mps, int k)
{
    const kz_mps_bond *first = &mps->bond[k], *second = &mps->bond[1 - k];
    kz_mps_bond bond[4] = {*first, *second, *first, *second};
    kz_mps_site site[3] = {mps->site[k], mps->site[1 - k], mps->site[k]};
    kz_mps three = {.length = 3, .basis = mps->basis, .bond = bond, .site = site};
    KZ_TRY(dress_left(e, &mps->site[k], e->left[k], first, second));
    KZ_TRY(dress_right(e, &mps->site[k], e->right[1 - k], first, second));
    bond[0].value = e->ones;
    site[0].data = e->dressed[0];
    site[2].data = e->dressed[1];
    return kz_mps_density(rho, &three, 0);
}

/* The same three sites read from right to left. */
static int mirrored(int a) { return (a & 1) << 2 | (a & 2) | a >> 2; }

static void average(double complex rho[8][8], double *spread, double complex place[2][8][8])
{
    *spread = 0.0;
    for (int a = 0; a < 8; a++) {
        for (int b = 0; b < 8; b++) {
            double complex sum = 0.0;
            for (int k = 0; k < 4; k++) {
                double complex x = k < 2 ? place[k][a][b] : place[k - 2][mirrored(a)][mirrored(b)];
                *spread = fmax(*spread, cabs(x - place[0][a][b]));
                sum += 0.25 * x;
            }
            rho[a][b] = sum;
        }
    }
}

kz_status kz_cell_density(double complex rho[8][8], double *spread, const kz_cell *cell)
{
    environment e = {0};
    double complex place[2][8][8];
    kz_status status = allocate(&e, cell->mps);
    if (status == KZ_OK) status = find_fixed_points(&e, cell->mps);
    for (int k = 0; k < 2 && status == KZ_OK; k++)
        status = density_at(place[k], &e, cell->mps, k);
    if (status == KZ_OK) average(rho, spread, place);
    release(&e);
    return status;
}
