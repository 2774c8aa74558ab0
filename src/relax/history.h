/* Panels in sqrt(t), in which what an edge does is smooth from the start; library-internal. */
#ifndef KZ_RELAX_HISTORY_H
#define KZ_RELAX_HISTORY_H

#include <math.h>

#include "core/chebyshev.h"

/* Of each panel; at most. */
enum { KZ_HISTORY_NODES = 24, KZ_HISTORY_PANELS = 16 };

/* Ends of panel p in sqrt(t): [0, end 2^-(panels-1)], then each one as long as all before. */
static inline void kz_history_range(double *from, double *to, double end, int panels, int p)
{
    *to = ldexp(end, p + 1 - panels);
    *from = p == 0 ? 0 : 0.5 * *to;
}

/* The panel that s = sqrt(t) lies in. */
static inline int kz_history_panel(double end, int panels, double s)
{
    double from, to;
    int p = 0;
    kz_history_range(&from, &to, end, panels, p);
    while (p + 1 < panels && s > to)
        kz_history_range(&from, &to, end, panels, ++p);
    return p;
}

/* sqrt(t) of node i, the latest first. */
static inline double kz_history_node(double end, int panels, int p, int i)
{
    double from, to;
    kz_history_range(&from, &to, end, panels, p);
    return 0.5 * (from + to) + 0.5 * (to - from) * kz_chebyshev_node(i, KZ_HISTORY_NODES);
}

#endif
