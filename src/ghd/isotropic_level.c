#include "ghd/isotropic_level.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/level.h"
#include "tba/isotropic_response.h"

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
        kz_free(level->side[side].polarisation);
    }
    kz_tangent_free(level->nodes);
    kz_free(level);
}

static kz_status allocate(kz_isotropic_level *level)
{
    size_t M = (size_t)level->count, N = (size_t)level->rows;
    double **rows[] = {&level->theta,   &level->sine,  &level->cosine,    &level->growth,
                       &level->stretch, &level->scale, &level->source[0], &level->source[1]};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        KZ_TRY(kz_alloc_doubles(rows[i], M));
    KZ_TRY(kz_alloc_doubles(&level->forward, M * M));
    for (int side = 0; side < 2; side++) {
        KZ_TRY(kz_alloc_doubles(&level->side[side].hole, N * M));
        KZ_TRY(kz_alloc_doubles(&level->side[side].closing, M * M));
        KZ_TRY(kz_alloc_doubles(&level->side[side].polarisation, M));
    }
    return KZ_OK;
}

/* s is below rounding from here on. */
static const double FARTHEST = 12;

static void fill_nodes(kz_isotropic_level *level)
{
    const kz_tangent *g = level->nodes;
    int M = g->count, K = g->half;
    for (int i = 0; i < M; i++) {
        double lambda = g->lambda[i], root = lambda / g->width, s = kz_local_kernel(1, lambda);
        level->theta[i] = M_PI * (i - K) / M;
        level->sine[i] = sin(level->theta[i]);
        level->cosine[i] = cos(level->theta[i]);
        level->growth[i] = fabs(lambda) > KZ_ISOTROPIC_REACH + FARTHEST ? 0 : exp(M_PI * lambda);
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

static kz_status set_state(kz_isotropic *p, kz_isotropic_responses *r, const kz_state *state)
{
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        p->beta = state->beta;
        p->mu = state->mu;
        return kz_isotropic_find_state(p, r, false);
    case KZ_STATE_GROUND:
        if (fabs(state->h) >= 2)
            set_empty(p, state->h > 0);
        else if (state->h == 0)
            set_ground(p);
        else
            return KZ_FAIL(KZ_EINVAL,
                           "ground state in the field h = %.15g at |Delta| = 1: bipartitions take "
                           "h = 0 and |h| >= 2",
                           state->h);
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
static void unfold(kz_isotropic_side *out, const kz_isotropic *p, const double *even,
                   const double *odd, const double *polarisation)
{
    int M = p->M, K = p->g->half, n = p->even.size;
    for (int i = 0; i < M; i++) {
        int a = i < K ? K - i : i - K, sign = i < K ? -1 : 1;
        for (int f = 0; f < p->N; f++)
            out->hole[f * M + i] = p->D[f * n + a];
        out->polarisation[i] = polarisation[a];
        for (int j = 0; j < M; j++) {
            int b = j < K ? K - j : j - K, other = j < K ? -1 : 1;
            double value = (b == 0 ? 1 : 0.5) * even[a * n + b];
            if (a > 0 && b > 0) value += 0.5 * sign * other * odd[(a - 1) * (n - 1) + b - 1];
            out->closing[i * M + j] = value;
        }
    }
}

static kz_status load(kz_isotropic_side *out, kz_isotropic *p, kz_isotropic_responses *r,
                      const kz_state *state)
{
    size_t n = (size_t)p->even.size;
    double *even = NULL, *odd = NULL, *polarisation = NULL;
    kz_status status = set_state(p, r, state);
    if (status == KZ_OK) status = kz_alloc_doubles(&even, n * n);
    if (status == KZ_OK) status = kz_alloc_doubles(&odd, n * n);
    if (status == KZ_OK) status = kz_alloc_doubles(&polarisation, n);
    if (status == KZ_OK) status = kz_isotropic_close(even, polarisation, &p->even, p);
    if (status == KZ_OK) status = kz_isotropic_close(odd, NULL, &p->odd, p);
    if (status == KZ_OK) {
        bool none = !kz_state_has_magnetization(state); /* of the ceiling: in no direction */
        for (size_t a = 0; none && a < n; a++)
            polarisation[a] = 0;
        unfold(out, p, even, odd, polarisation);
    }
    kz_free(even);
    kz_free(odd);
    kz_free(polarisation);
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
    memcpy(to->polarisation, from->polarisation, M * sizeof *to->polarisation);
}

static bool is_ground(const kz_state *state)
{
    return state->kind == KZ_STATE_GROUND && state->h == 0;
}

static kz_status fill(kz_isotropic_level *level, kz_isotropic *p, kz_isotropic_responses *r,
                      const kz_state *left, const kz_state *right)
{
    KZ_TRY(allocate(level));
    KZ_TRY(load(&level->side[KZ_LEFT], p, r, left));
    KZ_TRY(load(&level->side[KZ_RIGHT], p, r, right));
    if (is_ground(left) != is_ground(right))
        share_longer_strings(level, is_ground(left) ? KZ_LEFT : KZ_RIGHT);
    level->nodes = p->g;
    p->g = NULL;
    fill_nodes(level);
    return KZ_OK;
}

kz_status kz_isotropic_level_create(kz_isotropic_level **out, kz_grid grid, const kz_state *left,
                                    const kz_state *right)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_level)));
    kz_isotropic_level *level = memory;
    *level =
        (kz_isotropic_level){.grid = grid, .rows = grid.order, .count = 2 * (int)grid.half + 1};
    kz_isotropic p = {0};
    kz_isotropic_responses r = {0};
    kz_status status = kz_isotropic_create(&p, grid, 0, 0);
    if (status == KZ_OK) status = kz_isotropic_responses_create(&r, &p);
    if (status == KZ_OK) status = fill(level, &p, &r, left, right);
    kz_isotropic_responses_free(&r);
    kz_isotropic_free(&p);
    if (status != KZ_OK) {
        kz_isotropic_level_free(level);
        return status;
    }
    *out = level;
    return KZ_OK;
}
