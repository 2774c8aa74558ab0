/* Which Schmidt values stay. */
#include "tbm/update.h"

/* Weights below this, relative to the norm, are rounding of a double precision decomposition. */
static const double ROUNDING = 1e-30;

/* The sector whose last value is the smallest of all; NULL when nothing is left. */
static kz_sector *smallest(kz_work *work)
{
    kz_sector *best = NULL;
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        if (s->kept == 0) continue;
        if (!best || s->weight[s->kept - 1] < best->weight[best->kept - 1]) best = s;
    }
    return best;
}

void kz_truncate(double *kept_weight, double *discarded, kz_work *work,
                 const kz_update_limits *limits)
{
    size_t count = 0;
    double lost = 0.0, kept = 0.0;
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        s->kept = s->found;
        count += (size_t)s->found;
        lost += s->lost;
        for (int j = s->found - 1; j >= 0; j--)
            kept += s->weight[j];
    }
    double norm = kept + lost;
    while (count > 1) {
        kz_sector *s = smallest(work);
        double weight = s->weight[s->kept - 1];
        bool fits = lost + weight <= limits->allowed * norm || weight <= ROUNDING * norm;
        if (count <= limits->chi && !fits) break;
        lost += weight;
        s->kept--;
        count--;
    }
    kept = 0.0;
    for (size_t k = 0; k < work->sectors; k++)
        for (int j = work->sector[k].kept - 1; j >= 0; j--)
            kept += work->sector[k].weight[j];
    *kept_weight = kept;
    *discarded = lost / norm;
}
