/* On the circle d theta (1 - theta) q^2 of either state is smooth, and its integral over a region a
 * sum over the modes of both: no edge needs panels, where nothing is convolved any more.  Strings
 * beyond the rows go one way, which is a second derivative of their closure, but for those of a ray
 * whose row N crosses zeta: what goes both ways there is extrapolated as in equilibrium. */
#include "ghd/isotropic/ray_noise.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/isotropic/patches.h"
#include "ghd/isotropic/regions.h"
#include "ghd/level/level.h"
#include "tba/isotropic/sums.h"
#include "tba/isotropic/tail.h"

enum { ENERGY, SPIN, CHARGES };

typedef struct {
    const kz_isotropic_solution *s;
    const kz_region *region;
    double *nodal[2];  /* [N*M] of the left and of the right state */
    double (*flow)[2]; /* [N] forth, back */
    kz_isotropic_regional regional;
    double *last[1 + CHARGES]; /* [M] D_N d_N, D_N q_N */
    double *terms;             /* [N*KZ_ISOTROPIC_SUMS] of each row, what goes both ways */
} sums;

static void sums_free(sums *w)
{
    double *arrays[] = {w->nodal[0], w->nodal[1], w->last[0], w->last[1], w->last[2], w->terms};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_free(w->flow);
    kz_isotropic_regional_free(&w->regional);
}

static kz_status sums_create(sums *w, const kz_isotropic_solution *s, const kz_region *region)
{
    size_t M = (size_t)s->level->count, N = (size_t)s->level->rows;
    *w = (sums){.s = s, .region = region};
    void *flow;
    KZ_TRY(kz_alloc_doubles(&w->nodal[0], N * M));
    KZ_TRY(kz_alloc_doubles(&w->nodal[1], N * M));
    KZ_TRY(kz_alloc(&flow, N, sizeof *w->flow));
    w->flow = flow;
    KZ_TRY(kz_isotropic_regional_create(&w->regional, (int)N, (int)M));
    for (int i = 0; i < 1 + CHARGES; i++)
        KZ_TRY(kz_alloc_doubles(&w->last[i], M));
    return kz_alloc_doubles(&w->terms, N * KZ_ISOTROPIC_SUMS);
}

/* -- rows ------------------------------------------------------------------------------------ */

static double charge_at(const sums *w, int q, int at)
{
    return q == SPIN ? w->s->spin[at] : M_PI * w->s->rho[at];
}

/* |d| theta (1 - theta) q^2 of all rows, forth and back. */
static void sum_rows(sums *w, int q)
{
    const kz_isotropic_level *level = w->s->level;
    for (int at = 0; at < level->rows * level->count; at++) {
        double charge = charge_at(w, q, at);
        double flow = level->nodes->weight[at % level->count] * w->s->d[at] * charge * charge;
        for (int side = 0; side < 2; side++) {
            double D = level->side[side].hole[at];
            w->nodal[side][at] = flow * D * (1 - D);
        }
    }
    const double *const part[2] = {w->nodal[0], w->nodal[1]};
    kz_isotropic_integrate_regions(w->flow, level, w->region, part, &w->regional);
}

/* What passes in row f, and of that the part which the flow to the other side matches. */
static double sum_row(double *both_ways, const sums *w, int f)
{
    double forth = w->flow[f][KZ_LEFT], back = w->flow[f][KZ_RIGHT];
    *both_ways = forth - back - fabs(forth + back);
    return forth - back;
}

/* -- strings beyond -------------------------------------------------------------------------- */

static kz_status sum_closure(double out[CHARGES], const sums *w, int side)
{
    const kz_isotropic_level *level = w->s->level;
    const kz_isotropic_charge charge[CHARGES] = {{w->last[1 + ENERGY], 0}, {w->last[1 + SPIN], 1}};
    return kz_isotropic_tail_sums(out, level->nodes, level->side[side].weight, w->last[0], charge,
                                  CHARGES);
}

/* The part of row N's flow that goes against the rest. */
static double share_against(const sums *w)
{
    double all = 0, net = 0;
    for (int i = 0; i < w->s->level->count; i++) {
        double flow = w->s->level->nodes->weight[i] * w->last[0][i];
        all += fabs(flow);
        net += flow;
    }
    return all > 0 ? 0.5 * (1 - fabs(net) / all) : 0;
}

/* Where the longest strings move, fewer than in equilibrium go both ways, and what does is in the
 * other state. */
static kz_status add_both_ways(kz_isotropic_noise *out, const sums *w, const double *one_way,
                               bool still)
{
    const kz_isotropic_level *level = w->s->level;
    int tail = w->s->tail;
    double beyond[KZ_ISOTROPIC_SUMS] = {0}, err, other[CHARGES], share = share_against(w);
    kz_isotropic_sum_beyond(beyond, &err, w->terms, level->rows, level->side[tail].mu);
    KZ_TRY(sum_closure(other, w, 1 - tail));
    for (int q = 0; q < CHARGES; q++) {
        double more = beyond[q == SPIN ? KZ_NOISE_SPIN : KZ_NOISE_ENERGY];
        out->value[q] += more;
        out->doubt[q] = err + share * fabs(one_way[q] - other[q]) + (still ? 0 : fabs(more));
    }
    return KZ_OK;
}

static kz_status add_beyond(kz_isotropic_noise *out, sums *w, bool still)
{
    const kz_isotropic_solution *s = w->s;
    int M = s->level->count, end = s->level->rows - 1;
    double one_way[CHARGES];
    kz_isotropic_patches_fill_last(w->last[0], s->patches, s->level, s->hole, s->d);
    kz_isotropic_patches_fill_last(w->last[1 + ENERGY], s->patches, s->level, s->hole, s->rho);
    cblas_dscal(M, M_PI, w->last[1 + ENERGY], 1);
    kz_isotropic_patches_fill_last(w->last[1 + SPIN], s->patches, s->level, s->hole, s->spin);
    KZ_TRY(sum_closure(one_way, w, s->tail));
    for (int q = 0; q < CHARGES; q++)
        out->value[q] += fabs(one_way[q]);
    return w->region[end].count > 0 ? add_both_ways(out, w, one_way, still) : KZ_OK;
}

/* Of the magnetization that a side gives the strings beyond; 0 without any. */
static int direction(const sums *w, int side)
{
    static const double NONE = 1e-12;
    const kz_isotropic_level *level = w->s->level;
    double m = 0;
    for (int i = 0; i < level->count; i++)
        m += level->nodes->weight[i] * level->side[side].polarisation[i] * w->last[1 + ENERGY][i];
    return (m > NONE) - (m < -NONE);
}

/* On the jump of the magnetization and where all spins beyond point one way or the other the sum is
 * no variance, unless it is 0 (docs/delta.md). */
static bool has_no_spin(const sums *w, double spin, bool still)
{
    static const double NONE = 1e-12;
    bool jumps = still && direction(w, KZ_LEFT) != direction(w, KZ_RIGHT);
    return w->s->level->side[w->s->tail].undirected || (jumps && spin > NONE);
}

kz_status kz_isotropic_sum_noise(kz_isotropic_noise *out, const kz_isotropic_solution *s,
                                 const kz_region *region, bool still)
{
    sums w;
    kz_isotropic_noise noise = {{0}, {0}};
    kz_status status = sums_create(&w, s, region);
    for (int q = 0; status == KZ_OK && q < CHARGES; q++) {
        int at = q == SPIN ? KZ_NOISE_SPIN : KZ_NOISE_ENERGY;
        sum_rows(&w, q);
        for (int f = 0; f < s->level->rows; f++)
            noise.value[q] += sum_row(&w.terms[f * KZ_ISOTROPIC_SUMS + at], &w, f);
    }
    if (status == KZ_OK) status = add_beyond(&noise, &w, still);
    if (status == KZ_OK && has_no_spin(&w, noise.value[SPIN], still)) noise.value[SPIN] = NAN;
    sums_free(&w);
    if (status == KZ_OK) *out = noise;
    return status;
}
