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
        double copies = (double)kz_sector_copies(s);
        s->kept = s->found;
        count += kz_sector_copies(s) * (size_t)s->found;
        lost += copies * s->lost;
        for (int j = s->found - 1; j >= 0; j--)
            kept += copies * s->weight[j];
    }
    double norm = kept + lost;
    while (count > 1) {
        kz_sector *s = smallest(work);
        double weight = (double)kz_sector_copies(s) * s->weight[s->kept - 1];
        bool fits = lost + weight <= limits->allowed * norm || weight <= ROUNDING * norm;
        if (count <= limits->chi && !fits) break;
        lost += weight;
        s->kept--;
        count -= kz_sector_copies(s);
    }
    kept = 0.0;
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        for (int j = s->kept - 1; j >= 0; j--)
            kept += (double)kz_sector_copies(s) * s->weight[j];
    }
    *kept_weight = kept;
    *discarded = lost / norm;
}
