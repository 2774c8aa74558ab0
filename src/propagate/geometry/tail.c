/* What ends the rows of a gapped chain.
 *
 * All strings n > N come from one place u_inf up to e^{-phi N}, so that around it their heights are
 * linear in what they differ by, H_n(x, t) - H_n(u_inf) = D_n dX_n, which solves the equation of
 * dressed charges without source: the closure of the state at u_inf (tba/closure.h) gives
 *     H_{N+1}(x, t) = H_{N+1}(u_inf) + R [H_N(x, t) - H_N(u_inf)],
 * and u_inf is where the mean of H_N(u) is that of H_N(x, t). */
#include <math.h>

#include "propagate/geometry/work.h"

double kz_geometry_inside(const kz_geometry_work *w, size_t piece, double x)
{
    const kz_profile *p = &w->heights->states->profile;
    const kz_profile_panel *panel = p->panel + p->piece[piece].first;
    return fmax(panel[0].from, fmin(panel[p->piece[piece].count - 1].to, x));
}

static int end_row(const kz_geometry_work *w) { return (int)w->rows; }

/* int z_N dx of mode m from the origin of the table. */
static kz_height end_height(const kz_geometry_work *w, size_t piece, size_t m, double x)
{
    return kz_height_table_at(&w->heights->table, piece, end_row(w), m, x);
}

/* The mean's from the base. */
static double height_at_jump(const kz_geometry_work *w, size_t piece)
{
    double jump = w->heights->states->profile.piece[piece].to;
    return end_height(w, piece, 0, jump).X - end_height(w, w->base_piece, 0, w->base).X;
}

static size_t piece_of(const kz_geometry_work *w, double mean)
{
    const kz_profile *p = &w->heights->states->profile;
    size_t piece = 0;
    if (w->t == 0) return kz_profile_find(p, w->x);
    while (piece + 1 < p->pieces && mean > height_at_jump(w, piece))
        piece++;
    return piece;
}

static kz_closure closure_at(double *mu, const kz_geometry_work *w, size_t piece, double x)
{
    double mean;
    kz_height_table_filling(&mean, mu, &w->heights->table, piece, end_row(w), 0, x);
    return kz_closure_at(mean, *mu);
}

void kz_geometry_close(kz_geometry_work *w, bool may_turn)
{
    if (!w->full->form.closed) return;
    kz_geometry_tail *tail = &w->tail;
    tail->mean = 0;
    for (size_t k = w->size - w->n; k < w->size; k++)
        tail->mean += w->H[k] / (double)w->n;
    if (may_turn) tail->piece = piece_of(w, tail->mean);
    kz_height_table_invert(&tail->start, &w->heights->table, tail->piece, end_row(w), 0,
                           tail->mean + end_height(w, w->base_piece, 0, w->base).X);
    tail->closure = closure_at(&tail->mu, w, tail->piece, tail->start);
    kz_local_set_closure(w->local, &tail->closure);
    kz_local_set_background(w->local, w->heights->states->background);
}

/* Beyond the panels the state is constant, and so is what is added. */
void kz_geometry_close_residual(double *residual, const kz_geometry_work *w)
{
    const kz_convolution *c = w->full;
    if (!c->form.closed) return;
    double *last = residual + w->size - w->n;
    double start = kz_geometry_inside(w, w->tail.piece, w->tail.start);
    for (size_t m = 0; m < w->heights->table.half; m++) {
        double ratio = exp(-0.5 * c->form.width[0] * c->frequency[m]);
        double angle = c->frequency[m] * c->lambda[0];
        kz_height to = end_height(w, w->tail.piece, m, start);
        kz_height from = end_height(w, w->base_piece, m, w->base);
        double added = to.H - from.H - kz_closure_ratio(&w->tail.closure, ratio) * (to.X - from.X);
        added *= c->symbol[m] * c->norm;
        last[m] += added * cos(angle);
        if (m > 0) last[w->n - m] += added * sin(angle);
    }
}

/* M over D of the strings that come from x. */
static double polarisation_at(const kz_geometry_work *w, size_t piece, double x)
{
    double mu;
    kz_closure closure = closure_at(&mu, w, piece, x);
    return copysign(tanh(closure.kappa * closure.t), mu);
}

void kz_geometry_polarise(kz_geometry_work *w)
{
    if (!w->full->form.closed) return;
    const kz_profile *p = &w->heights->states->profile;
    double here = polarisation_at(w, w->tail.piece, w->tail.start);
    for (size_t c = 0; w->t != 0 && c + 1 < p->pieces; c++) {
        if (!(fabs(w->tail.mean - height_at_jump(w, c)) <= w->noise)) continue;
        double left = polarisation_at(w, c, p->piece[c].to);
        double right = polarisation_at(w, c + 1, p->piece[c].to);
        here = 0.5 * (left + right);
        w->tail.doubt = 0.5 * fabs(left - right);
    }
    for (size_t k = w->size - w->n; k < w->size; k++)
        w->weight[KZ_GEOMETRY_POLARISATION][k] = here * w->weight[KZ_GEOMETRY_HOLE][k];
}

double kz_geometry_tail_entropy(const kz_geometry_work *w, double last)
{
    return w->full->form.closed ? 0.5 * last * kz_closure_entropy(&w->tail.closure) : 0;
}
