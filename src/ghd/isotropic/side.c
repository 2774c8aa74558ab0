/* A state on the nodes of the isotropic chain, from its equations for even and odd functions. */
#include "ghd/isotropic/side.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/fillings.h"

/* Of a Fermi point.  In weak fields it is far out, and found less well, but little is there. */
static const double SEA_TOL = 1e-12;

kz_status kz_isotropic_state_create(kz_isotropic_state *out, const kz_state *state)
{
    kz_ground_field ground = {0};
    kz_chain chain = kz_chain_axial(1);
    double h = state->kind == KZ_STATE_GROUND ? fabs(state->h) : 0;
    bool has_sea = h > 0 && h < kz_saturation_field(chain);
    kz_status status = has_sea ? kz_ground_field_solve(&ground, chain, h, SEA_TOL) : KZ_OK;
    if (status != KZ_ETOL) KZ_TRY(status);
    *out = (kz_isotropic_state){*state, ground.fermi_point, ground.err};
    return KZ_OK;
}

void kz_isotropic_side_free(kz_isotropic_side *side)
{
    double *arrays[] = {side->hole,
                        side->closing,
                        side->weight,
                        side->log_b,
                        side->polarisation,
                        side->hole_by[0],
                        side->hole_by[1],
                        side->closing_by[0],
                        side->closing_by[1],
                        side->polarisation_by[0],
                        side->polarisation_by[1]};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_isotropic_far_free(&side->far);
}

kz_status kz_isotropic_side_create(kz_isotropic_side *out, int rows, int count, int charges)
{
    size_t M = (size_t)count, N = (size_t)rows;
    *out = (kz_isotropic_side){0};
    KZ_TRY(kz_alloc_doubles(&out->hole, N * M));
    KZ_TRY(kz_alloc_doubles(&out->closing, M * M));
    KZ_TRY(kz_alloc_doubles(&out->weight, 2 * M));
    KZ_TRY(kz_alloc_doubles(&out->log_b, 2 * M));
    KZ_TRY(kz_alloc_doubles(&out->polarisation, M));
    for (int k = 0; k < charges; k++) {
        KZ_TRY(kz_alloc_doubles(&out->hole_by[k], N * M));
        KZ_TRY(kz_alloc_doubles(&out->closing_by[k], M * M));
        KZ_TRY(kz_alloc_doubles(&out->polarisation_by[k], M));
    }
    return kz_isotropic_far_create(&out->far, rows, count);
}

/* Weights dl/dy of the closure where ln b = y and ln b' = other are constant; L and x are not read.
 */
static void close_constant(kz_isotropic *p, double y, double other)
{
    for (int i = 0; i < p->M; i++) {
        p->y[i] = y;
        p->y[p->M + i] = other;
    }
    kz_isotropic_evaluate(p);
}

static void fill_holes(kz_isotropic *p, int from, double hole)
{
    for (int i = from * p->even.size; i < p->N * p->even.size; i++)
        p->D[i] = hole;
}

/* No particles: b = 0, b' = infinity; exchanged where all spins point down. */
static void set_empty(kz_isotropic *p, bool up)
{
    static const double FAR = 800; /* e^-FAR is 0 */
    close_constant(p, up ? -FAR : FAR, up ? FAR : -FAR);
    fill_holes(p, 0, 1);
}

/* String 1 full; the rest is free, a chain of one row less: 1 + eta_n = n^2, b = b' = N. */
static void set_ground(kz_isotropic *p)
{
    close_constant(p, log(p->N), log(p->N));
    fill_holes(p, 0, 0);
    for (int f = 1; f < p->N; f++)
        fill_holes(p, f, 1 - 1 / ((f + 1.0) * (f + 1.0)));
}

/* Along the last responses from the state of `from`, or from scratch. */
static kz_status find_thermal(kz_isotropic *p, kz_isotropic_responses *r, const kz_state *state,
                              const kz_state *from)
{
    p->beta = state->beta;
    p->mu = state->mu;
    if (!from) return kz_isotropic_find_state(p, r, false);
    const double change[2] = {state->beta - from->beta, state->mu - from->mu};
    for (int k = 0; k < 2; k++) {
        cblas_daxpy(p->N * p->even.size, change[k], r->x[k], 1, p->x, 1);
        cblas_daxpy(2 * p->M, change[k], r->y[k], 1, p->y, 1);
    }
    kz_status status = kz_isotropic_find_state(p, r, true);
    return status == KZ_ENOCONV ? kz_isotropic_find_state(p, r, false) : status;
}

/* What the nodes hold of it; no sea. */
static kz_status set_state(kz_isotropic *p, kz_isotropic_responses *r, const kz_state *state,
                           const kz_state *from)
{
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        return find_thermal(p, r, state, from);
    case KZ_STATE_GROUND:
        if (state->h == 0)
            set_ground(p);
        else
            set_empty(p, state->h > 0);
        return KZ_OK;
    case KZ_STATE_CEILING:
    case KZ_STATE_UP:
        set_empty(p, true);
        return KZ_OK;
    case KZ_STATE_DOWN:
        set_empty(p, false);
        break;
    }
    return KZ_OK;
}

/* From the nodes lambda >= 0, and > 0 of odd functions, to all. */
static void unfold_matrix(double *out, const kz_isotropic *p, const double *even, const double *odd)
{
    int M = p->M, K = p->g->half, n = p->even.size;
    for (int i = 0; i < M; i++) {
        int a = abs(i - K), sign = i < K ? -1 : 1;
        for (int j = 0; j < M; j++) {
            int b = abs(j - K), other = j < K ? -1 : 1;
            double value = (b == 0 ? 1 : 0.5) * even[a * n + b];
            if (a > 0 && b > 0) value += 0.5 * sign * other * odd[(a - 1) * (n - 1) + b - 1];
            out[i * M + j] = value;
        }
    }
}

static void unfold_rows(double *out, const kz_isotropic *p, const double *even, int rows)
{
    for (int f = 0; f < rows; f++)
        for (int i = 0; i < p->M; i++)
            out[f * p->M + i] = even[f * p->even.size + abs(i - p->g->half)];
}

/* Scratch of fill(): closings of both sectors and of one of their changes, and what drives these.
 */
typedef struct {
    double *even, *odd;   /* [even.size^2] */
    double *polarisation; /* [even.size] */
    double *weight;       /* [2M] */
    double *answers[2];   /* [2M*(even.size+1)] of both sectors */
} folded;

static kz_status folded_create(folded *f, const kz_isotropic *p)
{
    size_t n = (size_t)p->even.size, two = 2 * (size_t)p->M;
    KZ_TRY(kz_alloc_doubles(&f->even, n * n));
    KZ_TRY(kz_alloc_doubles(&f->odd, n * n));
    KZ_TRY(kz_alloc_doubles(&f->polarisation, n));
    KZ_TRY(kz_alloc_doubles(&f->answers[0], two * (n + 1)));
    KZ_TRY(kz_alloc_doubles(&f->answers[1], two * (n + 1)));
    return kz_alloc_doubles(&f->weight, two);
}

static void folded_free(folded *f)
{
    kz_free(f->even);
    kz_free(f->odd);
    kz_free(f->polarisation);
    kz_free(f->answers[0]);
    kz_free(f->answers[1]);
    kz_free(f->weight);
}

/* Derivatives of what closes row N, from those of y. */
static kz_status change_closing(kz_isotropic_side *out, int k, folded *f, const kz_isotropic *p,
                                const kz_isotropic_responses *r)
{
    for (int i = 0; i < 2 * p->M; i++) {
        int half = i < p->M ? 0 : p->M;
        double complex w = kz_isotropic_value(p->weight + half, p->M, i - half);
        double complex y = kz_isotropic_value(r->y[k] + half, p->M, i - half);
        f->weight[i] = kz_isotropic_reals(w * (1 - w) * y);
    }
    KZ_TRY(
        kz_isotropic_close_change(f->even, f->polarisation, f->weight, f->answers[0], &p->even, p));
    KZ_TRY(kz_isotropic_close_change(f->odd, NULL, f->weight, f->answers[1], &p->odd, p));
    unfold_rows(out->polarisation_by[k], p, f->polarisation, 1);
    unfold_matrix(out->closing_by[k], p, f->even, f->odd);
    return KZ_OK;
}

static kz_status close_row(kz_isotropic_side *out, folded *f, kz_isotropic *p,
                           const kz_isotropic_responses *r)
{
    memcpy(out->weight, p->weight, 2 * (size_t)p->M * sizeof *out->weight);
    KZ_TRY(kz_isotropic_close(f->even, f->polarisation, f->answers[0], &p->even, p));
    KZ_TRY(kz_isotropic_close(f->odd, NULL, f->answers[1], &p->odd, p));
    unfold_rows(out->polarisation, p, f->polarisation, 1);
    unfold_matrix(out->closing, p, f->even, f->odd);
    for (int k = 0; r && k < 2; k++)
        if (out->closing_by[k]) KZ_TRY(change_closing(out, k, f, p, r));
    return KZ_OK;
}

kz_status kz_isotropic_side_close(kz_isotropic_side *side, kz_isotropic *p,
                                  const kz_isotropic_responses *r)
{
    folded f = {0};
    kz_status status = folded_create(&f, p);
    if (status == KZ_OK) status = close_row(side, &f, p, r);
    folded_free(&f);
    return status;
}

/* D and ln b of the state that p stands at, and D's derivatives; r->a is scratch. */
static void fill_rows(kz_isotropic_side *out, const kz_isotropic *p, kz_isotropic_responses *r)
{
    unfold_rows(out->hole, p, p->D, p->N);
    memcpy(out->log_b, p->y, 2 * (size_t)p->M * sizeof *out->log_b);
    for (int k = 0; k < 2; k++) {
        if (!out->hole_by[k]) continue;
        for (int i = 0; i < p->N * p->even.size; i++)
            r->a[i] = p->D[i] * (1 - p->D[i]) * r->x[k][i];
        unfold_rows(out->hole_by[k], p, r->a, p->N);
    }
}

kz_status kz_isotropic_side_set(kz_isotropic_side *side, kz_isotropic *p, kz_isotropic_responses *r,
                                const kz_state *state, const kz_state *from)
{
    KZ_TRY(set_state(p, r, state, from));
    if (side->hole_by[0]) kz_isotropic_respond(r, p);
    fill_rows(side, p, r);
    KZ_TRY(kz_isotropic_side_close(side, p, r));
    side->mu = state->kind == KZ_STATE_THERMAL ? state->mu : 0;
    side->undirected = state->kind == KZ_STATE_CEILING;
    if (!kz_state_has_magnetization(state)) /* of the ceiling: in no direction */
        memset(side->polarisation, 0, (size_t)p->M * sizeof *side->polarisation);
    return KZ_OK;
}
