/* d and rho^t solve u = source + K D u, in row N with the closure of the state that fills the
 * strings beyond.  A crossing moved by delta changes d by delta^2, as d vanishes there: filling the
 * strings by the signs of the last d converges quadratically. */
#include "ghd/isotropic/ray.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "ghd/isotropic/patches.h"
#include "ghd/isotropic/regions.h"
#include "ghd/isotropic/work.h"
#include "ghd/level/level.h"

enum { STEPS_MAX = 60 };

/* So many settle quadratically what does; then d goes a part of its way, a half at first and ever
 * less.  Crossings in far tails, which the nodes hardly resolve, answer to each other by several
 * times what they move, and with full steps circle for ever. */
enum { FULL_STEPS = 10 };

/* Residuals relative to the source, of solves that count, and of those on the way: an error of d
 * moves crossings by as much, and then d by the square. */
static const double SOLVED = 1e-13, WAY_MOST = 1e-4, WAY = 1e-2;

/* What rounding leaves of d, and of its tolerance what a solve does. */
static const double NOISE = 2e-14, NOISE_WAY = 1;

/* Regions that differ by less of theta, added up over the rows, are the same, as what is left to
 * move is of second order; where crossings come and go by noise, the last ones are kept (of pi). */
static const double SETTLED = 1e-6, RESTLESS = 1e-3;

/* The source a s + b s (pi/2) tanh in row 1. */
static kz_status solve(double *x, kz_isotropic_work *w, double a, double b, double tol)
{
    const kz_isotropic_level *level = w->level;
    int M = level->count;
    memset(w->rhs, 0, (size_t)(level->rows * M) * sizeof *w->rhs);
    for (int i = 0; i < M; i++)
        w->rhs[i] = a * level->circle.source[0][i] + b * level->circle.source[1][i];
    return kz_isotropic_work_solve(x, w, tol);
}

/* -- fillings -------------------------------------------------------------------------------- */

/* D of the state that fills n > N; before there are regions, that between both, without seas. */
static kz_status mix(kz_isotropic_work *w)
{
    const kz_isotropic_level *level = w->level;
    size_t size = (size_t)(level->rows * level->count);
    const double *here = level->side[w->tail].hole, *other = level->side[1 - w->tail].hole;
    for (size_t i = 0; i < size; i++)
        w->hole[i] = w->started ? here[i] : 0.5 * (here[i] + other[i]);
    if (!w->started) return KZ_OK;
    return kz_isotropic_patches_set(&w->patches, w->hole, level, w->region, w->tail);
}

/* int D_N q. */
static double integrate_last(const kz_isotropic_work *w, const double *q)
{
    const kz_isotropic_level *level = w->level;
    int M = level->count, last = (level->rows - 1) * M;
    double sum = 0;
    for (int i = 0; i < M; i++)
        sum += level->nodes->weight[i] * w->hole[last + i] * q[last + i];
    return sum + kz_isotropic_panels_integrate(&w->patches, level->rows - 1, q + last, 0, NULL);
}

/* How far the regions have moved. */
static double accept_regions(kz_isotropic_work *w)
{
    double moved = 0;
    for (int f = 0; f < w->level->rows; f++)
        if (!kz_isotropic_level_is_common(w->level, f))
            moved += kz_region_difference(&w->region[f], &w->next[f], 0.5 * M_PI);
    kz_region *old = w->region;
    w->region = w->next;
    w->next = old;
    if (!w->started) moved = INFINITY;
    w->started = true;
    return moved;
}

/* -- a ray ----------------------------------------------------------------------------------- */

/* From a coarser level the rows that both have, the others as the last of these, and d from 0. */
static void begin(kz_isotropic_work *w, const kz_isotropic_work *start)
{
    size_t size = (size_t)(w->level->rows * w->level->count);
    if (start == w) return;
    w->started = start && start->started;
    kz_isotropic_panels_clear(&w->patches, w->level->rows);
    w->tail = w->held >= 0 ? w->held : start ? start->tail : KZ_LEFT;
    for (int f = 0; w->started && f < w->level->rows; f++) {
        int last = start->level->rows - 1;
        w->region[f] = start->region[f < last ? f : last];
    }
    memset(w->d, 0, size * sizeof *w->d);
    memset(w->rho, 0, size * sizeof *w->rho);
}

static double share_of(int step) { return step < FULL_STEPS ? 1 : 4.0 / (8 + step - FULL_STEPS); }

/* d a part of its way from the last one. */
static void hold_back(kz_isotropic_work *w, double share)
{
    size_t size = (size_t)(w->level->rows * w->level->count);
    for (size_t i = 0; share < 1 && i < size; i++)
        w->d[i] = w->before[i] + share * (w->d[i] - w->before[i]);
    memcpy(w->before, w->d, size * sizeof *w->d);
}

/* Values of d without a sign, of the largest.  Weighted states that are held to one side may be
 * full on the other, where d falls off exponentially: what a solve on the way leaves stands out
 * there. */
static double noise_of(const kz_isotropic_work *w, double tol)
{
    return w->held >= 0 ? fmax(NOISE, NOISE_WAY * tol) : NOISE;
}

static kz_status iterate(kz_isotropic_work *w, double zeta)
{
    double moved = INFINITY, tol = WAY_MOST;
    for (int step = 0; step < STEPS_MAX; step++) {
        KZ_TRY(mix(w));
        if (step > 0) tol = fmax(SOLVED, WAY * fmin(tol, moved * moved));
        KZ_TRY(solve(w->d, w, -zeta, 1, tol));
        double flow = integrate_last(w, w->d);
        int tail = w->held >= 0 || flow == 0 ? w->tail : flow > 0 ? KZ_LEFT : KZ_RIGHT;
        bool turned = tail != w->tail;
        w->tail = tail;
        hold_back(w, share_of(step));
        KZ_TRY(kz_isotropic_find_regions(w->next, w->level, w->d, w->tail, noise_of(w, tol),
                                         w->scratch, w->coefficients));
        moved = accept_regions(w) / share_of(step);
        if (!turned && tol <= SOLVED && moved < SETTLED) break;
    }
    if (!(moved < RESTLESS))
        return KZ_FAIL(KZ_ENOCONV, "ray zeta = %.15g at |Delta| = 1: crossings move by %.3g", zeta,
                       moved);
    KZ_TRY(mix(w));
    KZ_TRY(solve(w->d, w, -zeta, 1, SOLVED));
    return solve(w->rho, w, 1, 0, SOLVED);
}

/* pi int s D_1 q, int polarisation D_N q. */
static void integrate(double out[2], const kz_isotropic_work *w, const double *q, int side)
{
    const kz_isotropic_level *level = w->level;
    const double *source = level->circle.source[0], *polarisation = level->side[side].polarisation;
    int M = level->count, last = (level->rows - 1) * M;
    double sum[2] = {0};
    for (int i = 0; i < M; i++) {
        double weight = level->nodes->weight[i];
        sum[0] += weight * source[i] * w->hole[i] * q[i];
        sum[1] += weight * polarisation[i] * w->hole[last + i] * q[last + i];
    }
    sum[0] += kz_isotropic_panels_integrate(&w->patches, 0, q, 0, source);
    sum[1] +=
        kz_isotropic_panels_integrate(&w->patches, level->rows - 1, q + last, 0, polarisation);
    out[0] = M_PI * sum[0];
    out[1] = sum[1];
}

/* What is left of residuals: to first order an error r of the equations moves the energy by pi int
 * rho^t r, the magnetization by int n^dr r, |n^dr_n| <= n, and sums of its squares by int x'' r, at
 * beta = 0 (n + 1)^2/6; of both twice that.  In the tails, where nodes stand for long intervals,
 * rounding counts. */
static void weigh_residual(double out[3], kz_isotropic_work *w, const double *x, double a, double b)
{
    const kz_isotropic_level *level = w->level;
    int M = level->count, N = level->rows;
    double largest = 0;
    kz_isotropic_work_couple(w->rhs, x, w);
    for (int i = 0; i < M; i++) {
        w->rhs[i] += a * level->circle.source[0][i] + b * level->circle.source[1][i];
        for (int side = 0; side < 2; side++)
            largest = fmax(largest, fabs(level->side[side].polarisation[i]));
    }
    out[0] = out[1] = out[2] = 0;
    for (int at = 0; at < N * M; at++) {
        double error = level->nodes->weight[at % M] * fabs(w->rhs[at] - x[at]), n = at / M + 1;
        out[0] += M_PI * fabs(w->rho[at]) * error;
        out[1] += 2 * largest * n * error;
        out[2] += (n + 1) * (n + 1) / 3 * error;
    }
}

/* The longest strings go neither way. */
static bool is_still(const kz_isotropic_work *w)
{
    return !(fabs(integrate_last(w, w->d)) > 1e-10 * integrate_last(w, w->rho));
}

static void collect(kz_isotropic_ray *out, kz_isotropic_work *w, double zeta)
{
    static const double ROUNDING = 1e-12; /* of the sums, and of the states */
    double rho[2][2], d[2][2], by_rho[3], by_d[3];
    for (int k = 0; k < 2; k++) {
        integrate(rho[k], w, w->rho, k ? 1 - w->tail : w->tail);
        integrate(d[k], w, w->d, k ? 1 - w->tail : w->tail);
    }
    double m[2] = {rho[0][1], rho[1][1]}, j[2] = {d[0][1] + zeta * m[0], d[1][1] + zeta * m[1]};
    weigh_residual(by_rho, w, w->rho, 1, 0);
    weigh_residual(by_d, w, w->d, -zeta, 1);
    *out = (kz_isotropic_ray){
        .value = {0.25 - log(2) + rho[0][0], d[0][0] + zeta * rho[0][0], m[0], j[0]},
        .square_doubt = by_d[2],
        .divided = w->region[w->level->rows - 1].count > 0,
    };
    for (int i = 0; i < 2; i++) {
        out->doubt[2 * i] = ROUNDING + by_rho[i];
        out->doubt[2 * i + 1] = ROUNDING + by_d[i] + fabs(zeta) * by_rho[i];
    }
    kz_isotropic_level_add_doubt(out->doubt, w->level, w->rho, w->d);
    if (w->held >= 0 || !is_still(w)) return;
    out->jumps = m[0] != m[1];
    out->value[2] = 0.5 * (m[0] + m[1]);
    out->value[3] = 0.5 * (j[0] + j[1]);
    out->doubt[2] += 0.5 * fabs(m[0] - m[1]);
    out->doubt[3] += 0.5 * fabs(j[0] - j[1]);
}

void kz_isotropic_work_hold(kz_isotropic_work *w, int side) { w->held = side; }

bool kz_isotropic_ray_agrees(const kz_isotropic_work *w)
{
    if (is_still(w))
        return kz_isotropic_level_is_common(w->level, w->level->rows - 1) ||
               !(integrate_last(w, w->rho) > 0);
    return (integrate_last(w, w->d) > 0) == (w->tail == KZ_LEFT);
}

/* In two parts: the constants that it tends to in each row, and the rest. */
kz_status kz_isotropic_ray_dress(double *x, kz_isotropic_work *w, const double *source, double tol)
{
    const kz_isotropic_level *level = w->level;
    const kz_isotropic_side *tail = &level->side[w->tail];
    int M = level->count, size = level->rows * M;
    double *constant = w->before, closed = 0;
    for (int j = 0; j < M; j++)
        closed += tail->closing[(M - 1) * M + j];
    cblas_dcopy(level->rows, source + M - 1, M, w->scratch, 1);
    kz_isotropic_far_constants(w->scratch, &tail->far, closed);
    for (int i = 0; i < size; i++)
        constant[i] = w->scratch[i / M];
    kz_isotropic_work_couple(w->rhs, constant, w);
    for (int i = 0; i < size; i++)
        w->rhs[i] += source[i] - constant[i];
    memset(x, 0, (size_t)size * sizeof *x);
    KZ_TRY(kz_isotropic_work_solve(x, w, tol));
    cblas_daxpy(size, 1, constant, 1, x, 1);
    return KZ_OK;
}

static kz_status dress_spin(kz_isotropic_work *w)
{
    int M = w->level->count, last = (w->level->rows - 1) * M;
    memset(w->stepped, 0, (size_t)last * sizeof *w->stepped);
    memcpy(w->stepped + last, w->level->side[w->tail].polarisation, (size_t)M * sizeof *w->stepped);
    return kz_isotropic_ray_dress(w->spin, w, w->stepped, SOLVED);
}

kz_isotropic_solution kz_isotropic_ray_solution(const kz_isotropic_work *w)
{
    return (kz_isotropic_solution){w->level, &w->patches, w->hole, w->d, w->rho, w->spin, w->tail};
}

const kz_region *kz_isotropic_ray_regions(const kz_isotropic_work *w) { return w->region; }

static kz_status respond(double by[2][2], kz_isotropic_work *w)
{
    const kz_isotropic_solution s = kz_isotropic_ray_solution(w);
    if (w->level->thermal < 0) return KZ_OK;
    if (w->level->charges == 2) KZ_TRY(dress_spin(w));
    kz_isotropic_currents_by(by, &s, w->level->thermal, w->scratch);
    return KZ_OK;
}

kz_status kz_isotropic_ray_solve(kz_isotropic_ray *out, kz_isotropic_work *w, double zeta,
                                 const kz_isotropic_work *start)
{
    begin(w, start);
    KZ_TRY(iterate(w, zeta));
    collect(out, w, zeta);
    return respond(out->by, w);
}

kz_status kz_isotropic_ray_noise(kz_isotropic_noise *out, kz_isotropic_work *w)
{
    const kz_isotropic_solution s = kz_isotropic_ray_solution(w);
    KZ_TRY(dress_spin(w));
    return kz_isotropic_sum_noise(out, &s, w->region, is_still(w));
}
