/* Energy variance of a state in right form.
 *
 * With the operators of the sites from bond b on, O_w in {1, S+, S-, Sz, H - shift}, the overlaps
 * E_{vw} = <beta| O_v^T O_w |beta'> of the basis states right of the bond obey a recursion from
 * right to left:
 *
 *   O_v at site i = sum_w a_vw O_w,   a = the entries of the matrix product operator,
 *
 * so that E_HH at the left end is <(H - energy)^2>, without cancellation: the energy is spread over
 * the sites.  Since the basis is orthonormal, E_vw of v, w != H is a matrix element of one
 * site and needs E_11 = 1 only; it is computed by the same recursion all the same. */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/dmrg/dmrg.h"

enum { ONE, PLUS, MINUS, SZ, ALL, OPERATORS };

/* Change of the up spins, hence minus that of the charge left of the bond. */
static const int raise_by[OPERATORS] = {0, 1, -1, 0, 0};

/* A 2 x 2 operator of one site, [out][in], 0 = up. */
typedef double spin_matrix[2][2];

static const spin_matrix identity = {{1, 0}, {0, 1}}, plus = {{0, 1}, {0, 0}},
                         minus = {{0, 0}, {1, 0}}, sz = {{0.5, 0}, {0, -0.5}};

/* One entry of the matrix product operator. */
typedef struct {
    int to, from;
    const spin_matrix *matrix;
    double factor;
} entry;

enum { ENTRIES = 9 };

static void list_entries(entry out[ENTRIES], const kz_dmrg_work *w, size_t i, double shift)
{
    double lambda = i + 1 < w->length ? w->lambda[i] : 0.0;
    double delta = i + 1 < w->length ? w->delta[i] : 0.0;
    const entry list[ENTRIES] = {
        {ONE, ONE, &identity, 1.0},        {PLUS, ONE, &plus, 1.0},
        {MINUS, ONE, &minus, 1.0},         {SZ, ONE, &sz, 1.0},
        {ALL, ALL, &identity, 1.0},        {ALL, PLUS, &minus, 0.5 * lambda},
        {ALL, MINUS, &plus, 0.5 * lambda}, {ALL, SZ, &sz, lambda * delta},
        {ALL, ONE, &identity, -shift},
    };
    memcpy(out, list, sizeof list);
}

/* Overlaps of one bond: block of (v, w, charge c of beta) is [d_c, d_{c'}] with
 * c' = partner(c, v, w). */
typedef struct {
    kz_vector arena;
    size_t *offset; /* [OPERATORS][OPERATORS][charges] */
    size_t charges;
} overlaps;

/* O_v beta and O_w beta' have equal up spins right of the bond: N - c + r_v = N - c' + r_w. */
static int partner(int c, int v, int w) { return c + raise_by[w] - raise_by[v]; }

static size_t *place(const overlaps *o, int v, int w, int c)
{
    return &o->offset[((size_t)v * OPERATORS + (size_t)w) * o->charges + (size_t)(c + KZ_MPS_PAD)];
}

static kz_status create(overlaps *o, size_t length)
{
    void *memory = NULL;
    *o = (overlaps){.charges = length + 1 + 2 * KZ_MPS_PAD};
    KZ_TRY(kz_alloc(&memory, OPERATORS * OPERATORS * o->charges, sizeof *o->offset));
    o->offset = memory;
    return KZ_OK;
}

static void destroy(overlaps *o)
{
    kz_free(o->arena.data);
    kz_free(o->offset);
}

/* Zeros for all v <= w. */
static kz_status reset(overlaps *o, const kz_mps_bond *bond)
{
    size_t used = 0;
    for (int v = 0; v < OPERATORS; v++) {
        for (int w = v; w < OPERATORS; w++) {
            for (int c = bond->lo; c <= bond->hi; c++) {
                *place(o, v, w, c) = used;
                used += (size_t)bond->dim[c] * (size_t)bond->dim[partner(c, v, w)];
            }
        }
    }
    KZ_TRY(kz_vector_reserve(&o->arena, used));
    memset(o->arena.data, 0, used * sizeof(double));
    return KZ_OK;
}

/* One term of the recursion: out += factor B^s E B^s'^T for charge c of beta.  E is stored for
 * operators in ascending order only; the others are its transposes. */
typedef struct {
    double *out;
    const double *b, *b2; /* spin columns of the two tensors */
    const double *e;
    int d, d2, g, g2; /* dimensions of beta, beta', gamma, gamma' */
    bool transposed;  /* e holds [g2, g] */
    double factor;
} term;

static void add_term(const term *t, double *scratch)
{
    CBLAS_TRANSPOSE form = t->transposed ? CblasTrans : CblasNoTrans;
    if (t->d == 0 || t->d2 == 0 || t->g == 0 || t->g2 == 0) return;
    cblas_dgemm(CblasColMajor, CblasNoTrans, form, t->d, t->g2, t->g, t->factor, t->b, t->d, t->e,
                t->transposed ? t->g2 : t->g, 0.0, scratch, t->d);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, t->d, t->d2, t->g2, 1.0, scratch, t->d,
                t->b2, t->d2, 1.0, t->out, t->d);
}

static const double *spin_columns(const kz_dmrg_work *w, size_t i, int c, int s)
{
    const kz_mps_bond *bond = &w->state->bond[i];
    size_t skip = s == KZ_SPIN_DOWN ? 0 : (size_t)bond->dim[c] * (size_t)bond[1].dim[c];
    return w->site[i].arena.data + w->site[i].offset[c] + skip;
}

/* All terms of a pair of entries. */
static void add_entries(overlaps *out, const overlaps *in, const kz_dmrg_work *w, size_t i,
                        const entry *a, const entry *a2, double *scratch)
{
    const kz_mps_bond *bond = &w->state->bond[i], *next = bond + 1;
    for (int s = 0; s < 2; s++) {
        for (int s2 = 0; s2 < 2; s2++) {
            double element = 0.0;
            for (int k = 0; k < 2; k++)
                element += (*a->matrix)[k][s] * (*a2->matrix)[k][s2];
            if (element == 0.0) continue;
            for (int c = bond->lo; c <= bond->hi; c++) {
                int c2 = partner(c, a->to, a2->to), g = s == KZ_SPIN_UP ? c + 1 : c;
                int g2 = s2 == KZ_SPIN_UP ? c2 + 1 : c2;
                bool swap = a->from > a2->from;
                if (bond->dim[c] == 0 || bond->dim[c2] == 0) continue;
                if (next->dim[g] == 0 || next->dim[g2] == 0) continue;
                size_t e =
                    swap ? *place(in, a2->from, a->from, g2) : *place(in, a->from, a2->from, g);
                term t = {.out = out->arena.data + *place(out, a->to, a2->to, c),
                          .b = spin_columns(w, i, c, s),
                          .b2 = spin_columns(w, i, c2, s2),
                          .e = in->arena.data + e,
                          .d = bond->dim[c],
                          .d2 = bond->dim[c2],
                          .g = next->dim[g],
                          .g2 = next->dim[g2],
                          .transposed = swap,
                          .factor = element * a->factor * a2->factor};
                add_term(&t, scratch);
            }
        }
    }
}

static kz_status step(overlaps *out, const overlaps *in, const kz_dmrg_work *w, size_t i,
                      double shift, kz_vector *scratch)
{
    entry list[ENTRIES];
    const kz_mps_bond *bond = &w->state->bond[i];
    list_entries(list, w, i, shift);
    KZ_TRY(reset(out, bond));
    KZ_TRY(kz_vector_reserve(scratch, bond->total * bond[1].total));
    for (int a = 0; a < ENTRIES; a++)
        for (int b = 0; b < ENTRIES; b++)
            if (list[a].to <= list[b].to && list[a].factor != 0.0 && list[b].factor != 0.0)
                add_entries(out, in, w, i, &list[a], &list[b], scratch->data);
    return KZ_OK;
}

static kz_status run(double *out, overlaps pair[2], const kz_dmrg_work *w, double energy,
                     kz_vector *scratch)
{
    const kz_mps_bond *end = &w->state->bond[w->length];
    overlaps *now = &pair[0], *next = &pair[1];
    KZ_TRY(reset(now, end));
    now->arena.data[*place(now, ONE, ONE, end->lo)] = 1.0;
    for (size_t i = w->length; i-- > 0;) {
        KZ_TRY(step(next, now, w, i, energy / (double)w->length, scratch));
        overlaps *swap = now;
        now = next;
        next = swap;
    }
    double variance = now->arena.data[*place(now, ALL, ALL, w->state->bond[0].lo)];
    if (!isfinite(variance)) return KZ_FAIL(KZ_EDOMAIN, "the variance is %.15g", variance);
    *out = variance;
    return KZ_OK;
}

kz_status kz_dmrg_variance(double *out, const kz_dmrg_work *w, double energy)
{
    overlaps pair[2] = {{.offset = NULL}};
    kz_vector scratch = {0};
    kz_status status = create(&pair[0], w->length);
    if (status == KZ_OK) status = create(&pair[1], w->length);
    if (status == KZ_OK) status = run(out, pair, w, energy, &scratch);
    kz_free(scratch.data);
    destroy(&pair[0]);
    destroy(&pair[1]);
    return status;
}
