/* What the densities of a point at Delta = 1 amount to: the rows, and the strings beyond them. */
#include <cblas.h>
#include <math.h>

#include "core/error.h"
#include "propagate/isotropic/work.h"

/* What the strings beyond have of the entropy, sum over n > N of int rho^t_n L_n - z_n ln eta_n: in
 * it L s*z - z s*L telescopes to int z_N s*L_{N+1} - L_N s*z_{N+1} less its limit, mu m.  Row N in
 * w->last, scratch in w->sum. */
static double entropy_beyond(kz_isotropic_geometry_work *w)
{
    const kz_isotropic_closure *c = &w->closure;
    const double *weight = w->heights->nodes->weight;
    double *closed = w->sum, *closed_apart = closed + w->M, *changed = closed + 2 * w->M;
    double sum = 0, moved = 0, u = kz_isotropic_geometry_integrate(w, w->last) / c->holes;
    kz_isotropic_geometry_apply_rows(closed, w->last, c->closing, 1, w->M, 0);
    kz_isotropic_geometry_apply_rows(closed_apart, w->apart, c->closing, 1, w->M, 0);
    kz_isotropic_geometry_apply_rows(changed, w->apart, c->closing_by, 1, w->M, 0);
    for (int i = 0; i < w->M; i++) {
        double p = c->polarisation[i], p_by = c->polarisation_by[i];
        sum += weight[i] * ((c->beyond[i] - c->mu * p) * w->last[i] - c->log[i] * closed[i]);
        moved += weight[i] * ((c->beyond_by[i] - c->mu_by * p - c->mu * p_by) * w->apart[i] -
                              c->log_by[i] * closed_apart[i] - c->log[i] * changed[i]);
    }
    return sum + u * moved;
}

/* pi int s z_1 and the magnetization of row N, which is left in w->last, for a density q. */
static void weigh(double out[2], kz_isotropic_geometry_work *w, const double *q)
{
    const kz_isotropic_closure *c = &w->closure;
    const double *weight = w->heights->nodes->weight;
    double moved = 0, here = 0;
    kz_isotropic_rows_multiply(w->z, w->zs, &w->rows, KZ_ROWS_HOLE, q);
    out[0] = M_PI * kz_isotropic_rows_integrate(&w->rows, 0, w->z, w->zs, w->circle->source[0]);
    kz_isotropic_rows_project(w->last, &w->rows, w->N - 1, w->z, w->zs);
    for (int i = 0; i < w->M; i++) {
        here += weight[i] * c->polarisation[i] * w->last[i];
        moved += weight[i] * c->polarisation_by[i] * w->apart[i];
    }
    out[1] = here + moved * kz_isotropic_geometry_integrate(w, w->last) / c->holes;
}

void kz_isotropic_geometry_observe(kz_geometry_values *out, kz_isotropic_geometry_work *w)
{
    double currents[2], densities[2], entropy = 0;
    weigh(currents, w, w->d);
    weigh(densities, w, w->rho);
    entropy += entropy_beyond(w);
    kz_isotropic_rows_multiply(w->z, w->zs, &w->rows, KZ_ROWS_ENTROPY, w->rho);
    for (int f = 0; f < w->N; f++)
        entropy += kz_isotropic_rows_integrate(&w->rows, f, w->z, w->zs, NULL);
    *out = (kz_geometry_values){densities[0], currents[0], densities[1], currents[1], entropy};
}

/* int H_N next to that at a jump by less than this, and by so many times what Newton's method has
 * left, is on it. */
static const double ARRIVED = 1e-9, ARRIVED_LEFT = 100;

kz_status kz_isotropic_geometry_share_jump(kz_geometry_values *v, kz_geometry_report *report,
                                           kz_isotropic_geometry_work *w)
{
    const kz_isotropic_closure *c = &w->closure;
    double mean = c->mean, room = ARRIVED * kz_isotropic_geometry_early(w);
    double near = room * (1 + fabs(mean)) + ARRIVED_LEFT * report->left;
    for (size_t jump = 0; w->t != 0 && jump + 1 < w->rows.pieces; jump++) {
        double currents[2], densities[2];
        size_t other = jump == w->rows.base ? jump + 1 : jump;
        double distance = fabs(mean - kz_isotropic_rows_mean(&w->rows, jump));
        if (jump != w->rows.base && jump + 1 != w->rows.base) continue;
        if (!(distance <= near)) continue;
        KZ_TRY(kz_isotropic_closure_set(&w->closure, other, mean));
        KZ_TRY(kz_isotropic_closure_finish(&w->closure));
        weigh(currents, w, w->d);
        weigh(densities, w, w->rho);
        double by = 0.5 * (densities[1] - v->magnetization);
        double by_current = 0.5 * (currents[1] - v->spin_current);
        v->magnetization += by;
        v->spin_current += by_current;
        report->doubt += fmax(fabs(by), fabs(by_current));
    }
    return KZ_OK;
}
