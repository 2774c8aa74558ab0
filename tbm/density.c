/* Three-site density matrices. */
#include <cblas.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/density.h"

enum { SITES = 3, STATES = 8 };

/* Scratch for one left sector: one-, two- and three-site tensors. */
typedef struct {
    double complex *one, *two, *three;
    size_t start[STATES]; /* in three */
} scratch;

static size_t largest_sector(const kz_mps_bond *bond)
{
    size_t most = 0;
    for (int c = bond->lo; c <= bond->hi; c++)
        if ((size_t)bond->dim[c] > most) most = (size_t)bond->dim[c];
    return most;
}

static const double complex ONE = 1.0, ZERO = 0.0;

static void multiply(double complex *out, const double complex *a, const double complex *b,
                     int rows, int inner, int columns)
{
    if (rows == 0 || inner == 0 || columns == 0) return;
    cblas_zgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, rows, columns, inner, &ONE, a, rows, b,
                inner, &ZERO, out, rows);
}

/* S B_i of left sector m, both spins. */
static void first_site(double complex *out, const kz_mps *mps, size_t i, int m)
{
    const kz_mps_bond *left = &mps->bond[i], *right = &mps->bond[i + 1];
    const double *value = left->value + left->start[m];
    const double complex *data = mps->site[i].data + mps->site[i].offset[m];
    size_t rows = (size_t)left->dim[m], columns = (size_t)(right->dim[m] + right->dim[m + 1]);
    for (size_t k = 0; k < columns; k++)
        for (size_t a = 0; a < rows; a++)
            out[a + k * rows] = value[a] * data[a + k * rows];
}

/* The columns of spin s behind charge c of a tensor with `rows` rows. */
static const double complex *spin_columns(const double complex *data, const kz_mps_bond *right,
                                          int c, int s, int rows)
{
    return s == KZ_SPIN_DOWN ? data : data + (size_t)right->dim[c] * (size_t)rows;
}

static int next_charge(int c, int s) { return s == KZ_SPIN_UP ? c + 1 : c; }

/* Tensors of all eight spin states behind left sector m. */
static void three_sites(scratch *s, const kz_mps *mps, size_t i, int m)
{
    const kz_mps_bond *bond = &mps->bond[i];
    int rows = bond[0].dim[m];
    size_t used = 0;
    first_site(s->one, mps, i, m);
    for (int s1 = 0; s1 < 2; s1++) {
        int c1 = next_charge(m, s1), d1 = bond[1].dim[c1];
        if (d1 > 0)
            multiply(s->two, spin_columns(s->one, &bond[1], m, s1, rows),
                     mps->site[i + 1].data + mps->site[i + 1].offset[c1], rows, d1,
                     bond[2].dim[c1] + bond[2].dim[c1 + 1]);
        for (int s2 = 0; s2 < 2; s2++) {
            int c2 = next_charge(c1, s2), d2 = d1 > 0 ? bond[2].dim[c2] : 0;
            int columns = bond[3].dim[c2] + bond[3].dim[c2 + 1];
            double complex *out = s->three + used;
            if (d2 > 0)
                multiply(out, spin_columns(s->two, &bond[2], c1, s2, rows),
                         mps->site[i + 2].data + mps->site[i + 2].offset[c2], rows, d2, columns);
            else
                memset(out, 0, (size_t)rows * (size_t)columns * sizeof *out);
            s->start[4 * s1 + 2 * s2 + KZ_SPIN_DOWN] = used;
            s->start[4 * s1 + 2 * s2 + KZ_SPIN_UP] = used + (size_t)rows * (size_t)bond[3].dim[c2];
            used += (size_t)rows * (size_t)columns;
        }
    }
}

static int ups(int state) { return 3 - ((state & 1) + (state >> 1 & 1) + (state >> 2 & 1)); }

static void add_overlaps(double complex rho[STATES][STATES], const scratch *s, const kz_mps *mps,
                         size_t i, int m)
{
    for (int a = 0; a < STATES; a++) {
        size_t n = (size_t)mps->bond[i].dim[m] * (size_t)mps->bond[i + 3].dim[m + ups(a)];
        for (int b = 0; b <= a && n > 0; b++) {
            double complex dot;
            if (ups(b) != ups(a)) continue;
            cblas_zdotc_sub((int)n, s->three + s->start[b], 1, s->three + s->start[a], 1, &dot);
            rho[a][b] += dot;
            if (a != b) rho[b][a] += conj(dot);
        }
    }
}

static kz_status allocate_scratch(scratch *s, const kz_mps *mps, size_t i)
{
    size_t rows = largest_sector(&mps->bond[i]);
    void *one = NULL, *two = NULL, *three = NULL;
    kz_status status = kz_alloc(&one, 2 * rows * largest_sector(&mps->bond[i + 1]), sizeof ONE);
    if (status == KZ_OK)
        status = kz_alloc(&two, 2 * rows * largest_sector(&mps->bond[i + 2]), sizeof ONE);
    if (status == KZ_OK)
        status = kz_alloc(&three, 8 * rows * largest_sector(&mps->bond[i + 3]), sizeof ONE);
    *s = (scratch){.one = one, .two = two, .three = three};
    return status;
}

static void free_scratch(scratch *s)
{
    kz_free(s->one);
    kz_free(s->two);
    kz_free(s->three);
}

kz_status kz_mps_density(double complex rho[STATES][STATES], const kz_mps *mps, size_t i)
{
    scratch s;
    double trace = 0.0;
    kz_status status = allocate_scratch(&s, mps, i);
    if (status == KZ_OK) {
        memset(rho, 0, sizeof(double complex[STATES][STATES]));
        for (int m = mps->bond[i].lo; m <= mps->bond[i].hi; m++) {
            if (mps->bond[i].dim[m] == 0) continue;
            three_sites(&s, mps, i, m);
            add_overlaps(rho, &s, mps, i, m);
        }
        for (int a = 0; a < STATES; a++)
            trace += creal(rho[a][a]);
        if (!(trace > 0.5 && trace < 2.0))
            status =
                KZ_FAIL(KZ_EDOMAIN, "sites %zu-%zu have a state of norm %.15g", i, i + 2, trace);
    }
    for (int a = 0; a < STATES && status == KZ_OK; a++)
        for (int b = 0; b < STATES; b++)
            rho[a][b] /= trace;
    free_scratch(&s);
    return status;
}

/* The blocks of the packed form: states by falling S^z. */
static const int block_first[4] = {0, 1, 4, 7};
static const int block_size[4] = {1, 3, 3, 1};
static const int packed_state[STATES] = {0, 1, 2, 4, 3, 5, 6, 7};

void kz_density_pack(double *packed, double complex rho[STATES][STATES])
{
    for (int block = 0; block < 4; block++) {
        const int *state = packed_state + block_first[block];
        for (int a = 0; a < block_size[block]; a++)
            *packed++ = creal(rho[state[a]][state[a]]);
        for (int a = 0; a < block_size[block]; a++) {
            for (int b = a + 1; b < block_size[block]; b++) {
                *packed++ = creal(rho[state[a]][state[b]]);
                *packed++ = cimag(rho[state[a]][state[b]]);
            }
        }
    }
}

void kz_density_unpack(double *re, double *im, const double *packed)
{
    memset(re, 0, STATES * STATES * sizeof *re);
    memset(im, 0, STATES * STATES * sizeof *im);
    for (int block = 0; block < 4; block++) {
        const int *state = packed_state + block_first[block];
        for (int a = 0; a < block_size[block]; a++)
            re[state[a] * STATES + state[a]] = *packed++;
        for (int a = 0; a < block_size[block]; a++) {
            for (int b = a + 1; b < block_size[block]; b++) {
                re[state[a] * STATES + state[b]] = re[state[b] * STATES + state[a]] = *packed++;
                im[state[a] * STATES + state[b]] = *packed;
                im[state[b] * STATES + state[a]] = -*packed++;
            }
        }
    }
}

kz_status kz_mps_density_matrices(double *rho, const kz_mps *mps, int threads)
{
    kz_densities all;
    KZ_TRY(kz_densities_compute(&all, mps, threads));
    for (size_t i = 0; i + 2 < mps->length; i++)
        kz_density_pack(rho + i * KZ_DENSITY_SIZE, all.rho[i]);
    kz_densities_free(&all);
    return KZ_OK;
}
