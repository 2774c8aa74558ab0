#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "relax/internal.h"

enum { PANELS_MIN = 3 };

/* Of the time that heat takes through the junction: until then an edge is that of a half line,
 * smooth in sqrt(t), and the first panel ends. */
static const double FIRST_SHARE = 5e-4;

/* Nor is it longer than this share of the first time asked for: its error is that of its start. */
static const double FIRST_TIME = 1e-3;

void kz_relax_history_start(kz_relax *relax, double early, double last)
{
    double diffusivity = kz_material_most(&relax->material.conductivity) /
                         kz_material_least(&relax->material.capacity);
    double first = FIRST_SHARE * relax->length * relax->length / diffusivity;
    first = fmin(first, FIRST_TIME * early);
    int panels = PANELS_MIN;
    while (panels < KZ_HISTORY_PANELS && ldexp(last, 2 * (1 - panels)) > first)
        panels++;
    relax->history = (kz_relax_history){.end = sqrt(last), .panels = panels, .early = early};
}

void kz_relax_history_times(double *t, const kz_relax_history *h)
{
    for (int p = 0; p < h->panels; p++) {
        for (int i = 0; i < KZ_HISTORY_NODES; i++) {
            double s = kz_history_node(h->end, h->panels, p, i);
            t[p * KZ_HISTORY_NODES + i] = s * s;
        }
    }
}

void kz_relax_history_fill(kz_relax *relax)
{
    kz_relax_history *h = &relax->history;
    const kz_relax_solution *coarse = &relax->mesh[KZ_RELAX_COARSE];
    const kz_relax_solution *fine = &relax->mesh[KZ_RELAX_FINE];
    h->filled = true;
    for (int p = 0; p < h->panels; p++) {
        h->err[p] = 0;
        for (int side = 0; side < 2; side++) {
            double u[KZ_HISTORY_NODES], *c = h->series[p][side];
            for (int i = 0; i < KZ_HISTORY_NODES; i++) {
                size_t stop = relax->stop[relax->n + (size_t)(p * KZ_HISTORY_NODES + i)];
                u[i] = kz_relax_edge_u(fine, stop, (kz_side)side);
                h->err[p] =
                    fmax(h->err[p], fabs(u[i] - kz_relax_edge_u(coarse, stop, (kz_side)side)));
            }
            kz_chebyshev_transform(c, u, KZ_HISTORY_NODES);
            double tail = fabs(c[KZ_HISTORY_NODES - 1]) + fabs(c[KZ_HISTORY_NODES - 2]);
            h->err[p] = fmax(h->err[p], tail);
        }
    }
}

double kz_relax_history_at(double *err, const kz_relax_history *h, kz_side side, double t)
{
    double s = sqrt(fmax(t, 0)), from, to;
    int p = kz_history_panel(h->end, h->panels, s);
    kz_history_range(&from, &to, h->end, h->panels, p);
    double at = (2 * fmin(s, to) - from - to) / (to - from);
    *err = h->err[p];
    return kz_chebyshev_value(h->series[p][side], KZ_HISTORY_NODES, at);
}

double kz_relax_history_error(const kz_relax_history *h)
{
    double worst = 0;
    for (int p = 0; p < h->panels; p++) {
        double from, to;
        kz_history_range(&from, &to, h->end, h->panels, p);
        worst = fmax(worst, h->err[p] * fmin(1, to * to / h->early));
    }
    return worst;
}
