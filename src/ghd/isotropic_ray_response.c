/* The energy current is pi int s D_1 d_1 and d solves the linear d = source + K D d, whose adjoint
 * with that source is rho^t.  Where the thermal state changes by dbeta, D changes in its regions,
 * whose edges, moving, add nothing as d vanishes there, and with it what closes row N:
 *     dj/dbeta = pi [sum_{n<=N} int rho^t D' d + int D_N rho^t (closing' D_N d)],
 * the latter where that state fills the strings beyond. */
#include "ghd/isotropic_ray_response.h"

#include <cblas.h>
#include <math.h>

#include "ghd/level.h"

/* The rapidities of row f that the thermal state fills: all but those of the panels where it fills
 * the far ones, else the panels; beyond these, node by node. */
static double sum_row(const kz_isotropic_solution *s, int thermal, int f)
{
    const kz_isotropic_level *level = s->level;
    int M = level->count;
    const double *change = level->side[thermal].hole_beta + f * M;
    const double *rho = s->rho + f * M, *d = s->d + f * M;
    double panels = kz_isotropic_patches_product(s->patches, f, change, rho, d);
    double sum = s->tail == thermal ? -panels : panels;
    for (int i = 0; i < M; i++) {
        bool far = fabs(level->nodes->lambda[i]) > KZ_ISOTROPIC_REACH;
        bool here = far ? (d[i] > 0) == (thermal == KZ_LEFT) : s->tail == thermal;
        if (here) sum += level->nodes->weight[i] * change[i] * rho[i] * d[i];
    }
    return sum;
}

static double sum_beyond(const kz_isotropic_solution *s, int thermal, double *scratch)
{
    const kz_isotropic_level *level = s->level;
    int M = level->count;
    double *rho = scratch, *d = scratch + M, sum = 0;
    kz_isotropic_patches_fill_last(rho, s->patches, level, s->hole, s->rho);
    kz_isotropic_patches_fill_last(d, s->patches, level, s->hole, s->d);
    for (int i = 0; i < M; i++)
        sum += level->nodes->weight[i] * rho[i] *
               cblas_ddot(M, level->side[thermal].closing_beta + i * M, 1, d, 1);
    return sum;
}

double kz_isotropic_current_by_beta(const kz_isotropic_solution *s, int thermal, double *scratch)
{
    double sum = s->tail == thermal ? sum_beyond(s, thermal, scratch) : 0;
    for (int f = 0; f < s->level->rows; f++)
        sum += sum_row(s, thermal, f);
    return M_PI * sum;
}
