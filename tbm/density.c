/* Three-site density matrices. */
#include <cblas.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/density.h"

enum { STATES = 8, TRIPLES = KZ_BASIS_MOST * KZ_BASIS_MOST * KZ_BASIS_MOST };

/* Three local states. */
typedef struct {
    int spins, ancillas, charge; /* bits, first site highest; all three charges together */
} triple;

/* Scratch for one left sector: one-, two- and three-site tensors. */
typedef struct {
    double complex *one, *two, *three;
    size_t start[TRIPLES]; /* in three; triple d^2 p1 + d p2 + p3 */
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

/* S B_i of left sector m, all local states. */
static void first_site(double complex *out, const kz_mps *mps, size_t i, int m)
{
    const kz_mps_bond *left = &mps->bond[i], *right = &mps->bond[i + 1];
    const double *value = left->value + left->start[m];
    const double complex *data = mps->site[i].data + mps->site[i].offset[m];
    size_t rows = (size_t)left->dim[m],
           columns = kz_mps_columns(mps->basis, right, m, mps->basis->states);
    for (size_t k = 0; k < columns; k++)
        for (size_t a = 0; a < rows; a++)
            out[a + k * rows] = value[a] * data[a + k * rows];
}

/* The third site's tensors behind the columns `in` of the second, charge c and triples `first`
 * onward; returns the elements written. */
static size_t last_site(scratch *s, const double complex *in, const kz_mps *mps, size_t i, int rows,
                        int c, int first, size_t used)
{
    const kz_basis *basis = mps->basis;
    const kz_mps_bond *bond = &mps->bond[i];
    const kz_mps_site *site = &mps->site[i + 2];
    int d = in ? bond[2].dim[c] : 0;
    size_t columns = kz_mps_columns(basis, &bond[3], c, basis->states);
    double complex *out = s->three + used;
    if (d > 0)
        multiply(out, in, site->data + site->offset[c], rows, d, (int)columns);
    else
        memset(out, 0, (size_t)rows * columns * sizeof *out);
    for (int p = 0; p < basis->states; p++)
        s->start[first + p] = used + (size_t)rows * kz_mps_columns(basis, &bond[3], c, p);
    return (size_t)rows * columns;
}

/* Tensors of all triples behind left sector m. */
static void three_sites(scratch *s, const kz_mps *mps, size_t i, int m)
{
    const kz_basis *basis = mps->basis;
    const kz_mps_bond *bond = &mps->bond[i];
    const kz_mps_site *site = &mps->site[i + 1];
    int rows = bond[0].dim[m], d = basis->states;
    size_t used = 0;
    first_site(s->one, mps, i, m);
    for (int p1 = 0; p1 < d; p1++) {
        int c1 = m + basis->charge[p1], d1 = bond[1].dim[c1];
        if (d1 > 0)
            multiply(s->two, s->one + (size_t)rows * kz_mps_columns(basis, &bond[1], m, p1),
                     site->data + site->offset[c1], rows, d1,
                     (int)kz_mps_columns(basis, &bond[2], c1, d));
        for (int p2 = 0; p2 < d; p2++) {
            const double complex *in =
                d1 > 0 ? s->two + (size_t)rows * kz_mps_columns(basis, &bond[2], c1, p2) : NULL;
            used += last_site(s, in, mps, i, rows, c1 + basis->charge[p2], d * (d * p1 + p2), used);
        }
    }
}

static void list_triples(triple out[TRIPLES], const kz_basis *basis)
{
    int d = basis->states;
    for (int a = 0; a < d * d * d; a++) {
        int p[3] = {a / (d * d), a / d % d, a % d};
        out[a] = (triple){0};
        for (int k = 0; k < 3; k++) {
            out[a].spins = 2 * out[a].spins + basis->spin[p[k]];
            out[a].ancillas = 2 * out[a].ancillas + basis->ancilla[p[k]];
            out[a].charge += basis->charge[p[k]];
        }
    }
}

/* The trace over the ancillas; the charge is that of the spins then. */
static void add_overlaps(double complex rho[STATES][STATES], const scratch *s, const kz_mps *mps,
                         size_t i, int m, const triple *list)
{
    int d = mps->basis->states;
    for (int a = 0; a < d * d * d; a++) {
        int x = list[a].spins;
        size_t n = (size_t)mps->bond[i].dim[m] * (size_t)mps->bond[i + 3].dim[m + list[a].charge];
        for (int b = 0; b < d * d * d && n > 0; b++) {
            double complex dot;
            int y = list[b].spins;
            if (y > x || list[b].ancillas != list[a].ancillas || list[b].charge != list[a].charge)
                continue;
            cblas_zdotc_sub((int)n, s->three + s->start[b], 1, s->three + s->start[a], 1, &dot);
            rho[x][y] += dot;
            if (x != y) rho[y][x] += conj(dot);
        }
    }
}

static kz_status allocate_scratch(scratch *s, const kz_mps *mps, size_t i)
{
    size_t rows = largest_sector(&mps->bond[i]), d = (size_t)mps->basis->states;
    void *one = NULL, *two = NULL, *three = NULL;
    kz_status status = kz_alloc(&one, d * rows * largest_sector(&mps->bond[i + 1]), sizeof ONE);
    if (status == KZ_OK)
        status = kz_alloc(&two, d * rows * largest_sector(&mps->bond[i + 2]), sizeof ONE);
    if (status == KZ_OK)
        status = kz_alloc(&three, d * d * d * rows * largest_sector(&mps->bond[i + 3]), sizeof ONE);
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
    triple list[TRIPLES];
    double trace = 0.0;
    list_triples(list, mps->basis);
    kz_status status = allocate_scratch(&s, mps, i);
    if (status == KZ_OK) {
        memset(rho, 0, sizeof(double complex[STATES][STATES]));
        for (int m = mps->bond[i].lo; m <= mps->bond[i].hi; m++) {
            if (mps->bond[i].dim[m] == 0) continue;
            three_sites(&s, mps, i, m);
            add_overlaps(rho, &s, mps, i, m, list);
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
