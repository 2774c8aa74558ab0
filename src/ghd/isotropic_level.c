#include "ghd/isotropic_level.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/level.h"
#include "tba/fillings.h"
#include "tba/isotropic_response.h"

/* Only a thermal side that changes needs its state.  The nodes stay. */
static void drop_system(kz_isotropic_level *level)
{
    level->system.g = NULL;
    kz_isotropic_responses_free(&level->responses);
    kz_isotropic_free(&level->system);
    level->responses = (kz_isotropic_responses){0};
    level->system = (kz_isotropic){0};
}

void kz_isotropic_level_free(kz_isotropic_level *level)
{
    if (!level) return;
    double *arrays[] = {level->theta,     level->sine,      level->cosine,
                        level->growth,    level->stretch,   level->scale,
                        level->source[0], level->source[1], level->forward};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    for (int side = 0; side < 2; side++) {
        kz_free(level->side[side].hole);
        kz_free(level->side[side].closing);
        kz_free(level->side[side].weight);
        kz_free(level->side[side].polarisation);
        for (int k = 0; k < 2; k++) {
            kz_free(level->side[side].hole_by[k]);
            kz_free(level->side[side].closing_by[k]);
            kz_free(level->side[side].polarisation_by[k]);
        }
        kz_isotropic_far_free(&level->side[side].far);
    }
    kz_isotropic_modes_free(&level->modes);
    drop_system(level);
    kz_tangent_free(level->nodes);
    kz_free(level);
}

static kz_status allocate(kz_isotropic_level *level)
{
    size_t M = (size_t)level->count, N = (size_t)level->rows;
    int thermal = level->thermal;
    double **rows[] = {&level->theta,   &level->sine,  &level->cosine,    &level->growth,
                       &level->stretch, &level->scale, &level->source[0], &level->source[1]};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        KZ_TRY(kz_alloc_doubles(rows[i], M));
    KZ_TRY(kz_alloc_doubles(&level->forward, M * M));
    for (int side = 0; side < 2; side++) {
        KZ_TRY(kz_alloc_doubles(&level->side[side].hole, N * M));
        KZ_TRY(kz_alloc_doubles(&level->side[side].closing, M * M));
        KZ_TRY(kz_alloc_doubles(&level->side[side].weight, 2 * M));
        KZ_TRY(kz_alloc_doubles(&level->side[side].polarisation, M));
        KZ_TRY(kz_isotropic_far_create(&level->side[side].far, level->rows, level->count));
    }
    for (int k = 0; thermal >= 0 && k < level->charges; k++) {
        KZ_TRY(kz_alloc_doubles(&level->side[thermal].hole_by[k], N * M));
        KZ_TRY(kz_alloc_doubles(&level->side[thermal].closing_by[k], M * M));
        KZ_TRY(kz_alloc_doubles(&level->side[thermal].polarisation_by[k], M));
    }
    return KZ_OK;
}

static void fill_nodes(kz_isotropic_level *level)
{
    const kz_tangent *g = level->nodes;
    int M = g->count, K = g->half;
    for (int i = 0; i < M; i++) {
        double lambda = g->lambda[i], root = lambda / g->width, s = kz_local_kernel(1, lambda);
        level->theta[i] = M_PI * (i - K) / M;
        level->sine[i] = sin(level->theta[i]);
        level->cosine[i] = cos(level->theta[i]);
        level->growth[i] = exp(M_PI * lambda);
        level->stretch[i] = 1 + root * root;
        level->scale[i] = sqrt(level->stretch[i]);
        level->source[0][i] = s;
        level->source[1][i] = 0.5 * M_PI * tanh(M_PI * lambda) * s;
        level->forward[i] = 1.0 / M;
        for (int m = 1; m <= K; m++) {
            double angle = 2 * M_PI * (i * m % M) / M;
            level->forward[m * M + i] = cos(angle) / M;
            level->forward[(M - m) * M + i] = -sin(angle) / M;
        }
    }
}

/* -- states ---------------------------------------------------------------------------------- */

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

/* Scratch of load(): closings of both sectors and of one of their changes, and what drives these.
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

/* Derivatives by beta or mu: of fillings and of dl/dy, from the responses of x and y, and of what
 * closes row N; r->a is scratch. */
static kz_status respond(kz_isotropic_side *out, int k, folded *f, const kz_isotropic *p,
                         kz_isotropic_responses *r)
{
    for (int i = 0; i < p->N * p->even.size; i++)
        r->a[i] = p->D[i] * (1 - p->D[i]) * r->x[k][i];
    unfold_rows(out->hole_by[k], p, r->a, p->N);
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

static kz_status fill_side(kz_isotropic_side *out, folded *f, kz_isotropic *p,
                           kz_isotropic_responses *r, const kz_state *state, const kz_state *from)
{
    KZ_TRY(set_state(p, r, state, from));
    memcpy(out->weight, p->weight, 2 * (size_t)p->M * sizeof *out->weight);
    out->mu = state->kind == KZ_STATE_THERMAL ? state->mu : 0;
    out->undirected = state->kind == KZ_STATE_CEILING;
    if (out->hole_by[0]) KZ_TRY(kz_isotropic_respond(r, p));
    KZ_TRY(kz_isotropic_close(f->even, f->polarisation, f->answers[0], &p->even, p));
    KZ_TRY(kz_isotropic_close(f->odd, NULL, f->answers[1], &p->odd, p));
    if (!kz_state_has_magnetization(state)) /* of the ceiling: in no direction */
        memset(f->polarisation, 0, (size_t)p->even.size * sizeof *f->polarisation);
    unfold_rows(out->hole, p, p->D, p->N);
    unfold_rows(out->polarisation, p, f->polarisation, 1);
    unfold_matrix(out->closing, p, f->even, f->odd);
    for (int k = 0; k < 2; k++)
        if (out->hole_by[k]) KZ_TRY(respond(out, k, f, p, r));
    return KZ_OK;
}

static kz_status load(kz_isotropic_level *level, int side, const kz_state *from)
{
    folded f = {0};
    kz_isotropic *p = &level->system;
    kz_status status = folded_create(&f, p);
    if (status == KZ_OK)
        status = fill_side(&level->side[side], &f, p, &level->responses, &level->state[side].state,
                           from);
    folded_free(&f);
    return status;
}

/* Longer strings beside a full string 1 are in the other state everywhere (level.c). */
static void share_longer_strings(kz_isotropic_level *level, int ground)
{
    size_t M = (size_t)level->count, rest = (size_t)(level->rows - 1) * M;
    kz_isotropic_side *to = &level->side[ground];
    const kz_isotropic_side *from = &level->side[1 - ground];
    memcpy(to->hole + M, from->hole + M, rest * sizeof *to->hole);
    memcpy(to->closing, from->closing, M * M * sizeof *to->closing);
    memcpy(to->weight, from->weight, 2 * M * sizeof *to->weight);
    to->mu = from->mu;
    to->undirected = from->undirected;
    memcpy(to->polarisation, from->polarisation, M * sizeof *to->polarisation);
}

static bool is_full(const kz_isotropic_state *s)
{
    return s->state.kind == KZ_STATE_GROUND && s->state.h == 0;
}

/* Once the sides are loaded. */
static void finish(kz_isotropic_level *level)
{
    if (is_full(&level->state[0]) != is_full(&level->state[1]))
        share_longer_strings(level, is_full(&level->state[0]) ? KZ_LEFT : KZ_RIGHT);
    for (int side = 0; side < 2; side++)
        kz_isotropic_far_set(&level->side[side].far, &level->modes, level->side[side].hole);
}

static kz_status fill(kz_isotropic_level *level)
{
    int last = level->thermal < 0 ? KZ_RIGHT : level->thermal;
    kz_status status = kz_isotropic_create(&level->system, level->grid, 0, 0);
    level->nodes = level->system.g;
    KZ_TRY(status);
    KZ_TRY(kz_isotropic_responses_create(&level->responses, &level->system));
    KZ_TRY(allocate(level));
    KZ_TRY(load(level, 1 - last, NULL));
    const kz_state *from = &level->state[1 - last].state, *to = &level->state[last].state;
    bool both = from->kind == KZ_STATE_THERMAL && to->kind == KZ_STATE_THERMAL;
    if (both) KZ_TRY(kz_isotropic_respond(&level->responses, &level->system));
    KZ_TRY(load(level, last, both ? from : NULL));
    if (level->thermal < 0) drop_system(level);
    fill_nodes(level);
    KZ_TRY(kz_isotropic_modes_create(&level->modes, level->nodes->half, level->nodes->width));
    finish(level);
    return KZ_OK;
}

kz_status kz_isotropic_level_create(kz_isotropic_level **out, kz_grid grid,
                                    const kz_isotropic_state state[2], int thermal, int charges)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_level)));
    kz_isotropic_level *level = memory;
    *level = (kz_isotropic_level){.grid = grid,
                                  .rows = grid.order,
                                  .count = 2 * (int)grid.half + 1,
                                  .state = {state[0], state[1]},
                                  .thermal = thermal,
                                  .charges = charges};
    kz_status status = fill(level);
    if (status != KZ_OK) {
        kz_isotropic_level_free(level);
        return status;
    }
    *out = level;
    return KZ_OK;
}

kz_status kz_isotropic_level_set(kz_isotropic_level *level, const kz_state *state)
{
    int side = level->thermal;
    kz_state from = level->state[side].state;
    level->state[side].state = *state;
    KZ_TRY(load(level, side, &from));
    finish(level);
    return KZ_OK;
}

void kz_isotropic_level_add_doubt(double doubt[4], const kz_isotropic_level *level,
                                  const double *rho, const double *d)
{
    for (int side = 0; side < 2; side++) {
        const kz_isotropic_state *s = &level->state[side];
        double most_rho = 0, most_d = 0, step = 2 * M_PI / level->count * level->nodes->width;
        for (int i = 0; s->sea > 0 && i < level->count; i++) {
            if (fabs(level->nodes->lambda[i]) < s->sea - step * level->stretch[i]) continue;
            most_rho = fmax(most_rho, fabs(rho[i]));
            most_d = fmax(most_d, fabs(d[i]));
        }
        double moved = 2 * s->sea_err * most_rho, flow = most_d + 2 * most_rho;
        doubt[0] += M_PI * moved * most_rho;
        doubt[1] += M_PI * moved * flow;
        doubt[2] += moved;
        doubt[3] += 2 * s->sea_err * flow;
    }
}

bool kz_isotropic_level_is_common(const kz_isotropic_level *level, int f)
{
    const kz_isotropic_side *left = &level->side[KZ_LEFT], *right = &level->side[KZ_RIGHT];
    if (f == 0 && level->state[KZ_LEFT].sea != level->state[KZ_RIGHT].sea) return false;
    for (int i = f * level->count; i < (f + 1) * level->count; i++)
        if (left->hole[i] != right->hole[i] || (left->hole[i] != 0 && left->hole[i] != 1))
            return false;
    return true;
}
