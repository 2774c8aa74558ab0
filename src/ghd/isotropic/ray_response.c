/* The energy current is pi int s D_1 d_1 and d solves the linear d = source + K D d, whose adjoint
 * with that source is rho^t.  Where the thermal state changes, D changes in its regions, whose
 * edges, moving, add nothing as d vanishes there, and with it what closes row N:
 *     dj_E = pi [sum_{n<=N} int rho^t dD d + int D_N rho^t (dclosing D_N d)],
 * the latter where that state fills the strings beyond.  The spin current is int p D_N d_N, p the
 * polarisation: with the dressed spin q = p in row N + K D q in the place of pi rho^t
 *     dj_M = sum_{n<=N} int q dD d + int D_N q (dclosing D_N d) + int dp D_N d_N. */
#include "ghd/isotropic/ray_response.h"

#include <cblas.h>
#include <math.h>

#include "ghd/isotropic/patches.h"
#include "ghd/level/level.h"

/* The rapidities of row f that the thermal state fills: all but those of the panels where it fills
 * the far ones, else the panels; beyond these, node by node. */
static double sum_row(const kz_isotropic_solution *s, int thermal, int f, const double *adjoint,
                      const double *hole_by)
{
    const kz_isotropic_level *level = s->level;
    int M = level->count;
    const double *change = hole_by + f * M, *left = adjoint + f * M, *d = s->d + f * M;
    double panels = kz_isotropic_patches_product(s->patches, f, 1 - s->tail, change, left, d);
    double sum = s->tail == thermal ? -panels : panels;
    for (int i = 0; i < M; i++) {
        bool far = fabs(level->nodes->lambda[i]) > KZ_ISOTROPIC_REACH;
        bool here = far ? (d[i] > 0) == (thermal == KZ_LEFT) : s->tail == thermal;
        if (here) sum += level->nodes->weight[i] * change[i] * left[i] * d[i];
    }
    return sum;
}

static double sum_beyond(const kz_isotropic_solution *s, const double *adjoint,
                         const double *closing_by, double *scratch)
{
    const kz_isotropic_level *level = s->level;
    int M = level->count;
    double *left = scratch, *d = scratch + M, sum = 0;
    kz_isotropic_patches_fill_last(left, s->patches, level, s->hole, adjoint);
    kz_isotropic_patches_fill_last(d, s->patches, level, s->hole, s->d);
    for (int i = 0; i < M; i++)
        sum += level->nodes->weight[i] * left[i] * cblas_ddot(M, closing_by + i * M, 1, d, 1);
    return sum;
}

static double sum_polarisation(const kz_isotropic_solution *s, const double *polarisation_by,
                               double *scratch)
{
    const kz_isotropic_level *level = s->level;
    double sum = 0;
    kz_isotropic_patches_fill_last(scratch, s->patches, level, s->hole, s->d);
    for (int i = 0; i < level->count; i++)
        sum += level->nodes->weight[i] * polarisation_by[i] * scratch[i];
    return sum;
}

void kz_isotropic_currents_by(double by[2][2], const kz_isotropic_solution *s, int thermal,
                              double *scratch)
{
    const kz_isotropic_side *side = &s->level->side[thermal];
    const double *adjoint[2] = {s->rho, s->spin};
    for (int a = 0; a < s->level->charges; a++) {
        for (int b = 0; b < s->level->charges; b++) {
            double sum = 0;
            for (int f = 0; f < s->level->rows; f++)
                sum += sum_row(s, thermal, f, adjoint[a], side->hole_by[b]);
            if (s->tail == thermal) sum += sum_beyond(s, adjoint[a], side->closing_by[b], scratch);
            if (a == 1 && s->tail == thermal)
                sum += sum_polarisation(s, side->polarisation_by[b], scratch);
            by[a][b] = a == 0 ? M_PI * sum : sum;
        }
    }
}
