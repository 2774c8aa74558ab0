#include <math.h>
#include <string.h>

#include "relax/chebyshev.h"
#include "relax/internal.h"

/* Ends of panel p in sqrt(t). */
static void panel_range(double *from, double *to, double end, int p)
{
    *to = ldexp(end, p + 1 - KZ_HISTORY_PANELS);
    *from = p == 0 ? 0 : 0.5 * *to;
}

void kz_relax_history_times(double *t, double last)
{
    for (int p = 0; p < KZ_HISTORY_PANELS; p++) {
        double from, to;
        panel_range(&from, &to, sqrt(last), p);
        for (int i = 0; i < KZ_HISTORY_NODES; i++) {
            double s =
                0.5 * (from + to) + 0.5 * (to - from) * kz_chebyshev_node(i, KZ_HISTORY_NODES);
            t[p * KZ_HISTORY_NODES + i] = s * s;
        }
    }
}

static double edge_u(const kz_relax_solution *s, size_t stop, int side)
{
    size_t n = s->elements.n;
    return s->y[stop * (n + 2) + (side ? n : 1)];
}

void kz_relax_history_fill(kz_relax *relax, double last, size_t first)
{
    kz_relax_history *h = &relax->history;
    const kz_relax_solution *coarse = &relax->mesh[KZ_RELAX_COARSE];
    const kz_relax_solution *fine = &relax->mesh[KZ_RELAX_FINE];
    *h = (kz_relax_history){.end = sqrt(last)};
    for (int p = 0; p < KZ_HISTORY_PANELS; p++) {
        for (int side = 0; side < 2; side++) {
            double u[KZ_HISTORY_NODES], *c = h->series[p][side];
            for (int i = 0; i < KZ_HISTORY_NODES; i++) {
                size_t stop = relax->stop[first + (size_t)(p * KZ_HISTORY_NODES + i)];
                u[i] = edge_u(fine, stop, side);
                h->err[p] = fmax(h->err[p], fabs(u[i] - edge_u(coarse, stop, side)));
            }
            kz_chebyshev_transform(c, u, KZ_HISTORY_NODES);
            double tail = fabs(c[KZ_HISTORY_NODES - 1]) + fabs(c[KZ_HISTORY_NODES - 2]);
            h->err[p] = fmax(h->err[p], tail);
        }
    }
}

double kz_relax_history_at(double *err, const kz_relax_history *h, kz_side side, double t)
{
    double s = sqrt(fmax(t, 0)), from, to, value, slope;
    int p = 0;
    panel_range(&from, &to, h->end, p);
    while (p + 1 < KZ_HISTORY_PANELS && s > to)
        panel_range(&from, &to, h->end, ++p);
    double at = (2 * fmin(s, to) - from - to) / (to - from);
    kz_chebyshev_series(&value, &slope, h->series[p][side], KZ_HISTORY_NODES, at);
    *err = h->err[p];
    return value;
}

double kz_relax_history_weight(const kz_relax_history *h)
{
    double worst = 0;
    for (int p = 0; p < KZ_HISTORY_PANELS; p++)
        worst = fmax(worst, ldexp(h->err[p], 2 * (p + 1 - KZ_HISTORY_PANELS)));
    return worst;
}
