#include "ghd/diffusion/onsager_ends.h"

#include <lapacke.h>
#include <math.h>

#include "core/error.h"
#include "core/memory.h"

/* Functions are faded out by erfc((lambda - middle)/slope)/2 over FADE, of which STEEP slopes; the
 * middle is BACK before where the fade would end with the window, and moves along with y by at most
 * that.  With GAP between y and where it begins, what is beyond is known to e^{-6 GAP}, its first
 * two terms being taken along. */
static const double FADE = 2, STEEP = 10, BACK = 1.5, GAP = 2;

kz_status kz_onsager_ends_create(kz_onsager_ends *out, size_t half, double spacing)
{
    kz_onsager_ends e = {.half = half, .spacing = spacing};
    *out = e;
    for (int s = 0; s < 2; s++) {
        kz_status status = kz_alloc_doubles(&e.weight[s], half);
        if (status != KZ_OK) {
            kz_onsager_ends_free(&e);
            return status;
        }
        for (size_t k = 0; k < half; k++)
            e.weight[s][k] = 1;
    }
    *out = e;
    return KZ_OK;
}

void kz_onsager_ends_free(kz_onsager_ends *e)
{
    for (int s = 0; s < 2; s++)
        kz_free(e->weight[s]);
    *e = (kz_onsager_ends){0};
}

static void fade(double *weight, const kz_onsager_ends *e, double middle)
{
    for (size_t k = 0; k < e->half; k++) {
        double x = ((double)k + 0.5) * e->spacing - middle;
        if (fabs(x) < 0.6 * FADE)
            weight[k] = 0.5 * erfc(x * STEEP / FADE);
        else
            weight[k] = x < 0;
    }
}

/* What a e^{-2 x} + b e^{-4 x} leaves beyond the fade, x from node[0] on, through its values there
 * and at node[1]. */
static void set_beyond(kz_onsager_ends *e, int s, double middle)
{
    static const double APART = 0.5;
    double slope = FADE / STEEP, apart = ceil(APART / e->spacing);
    double last = floor((middle - 0.5 * FADE) / e->spacing - 0.5);
    last = fmax(last, apart);
    double from = (last + 0.5) * e->spacing - middle, grown = exp(2 * apart * e->spacing);
    double first = 0.5 * exp(2 * from + slope * slope);
    double second = 0.25 * exp(4 * from + 4 * slope * slope);
    e->node[s][0] = (size_t)last;
    e->node[s][1] = (size_t)(last - apart);
    e->beyond[s][0] = (first * grown - second) / (grown - 1);
    e->beyond[s][1] = (second - first) / (grown * (grown - 1));
}

void kz_onsager_ends_set(kz_onsager_ends *e, double y)
{
    double window = (double)e->half * e->spacing, shift = fmin(0.5 * y, BACK);
    for (int s = 0; s < 2; s++) {
        double middle = window - 0.5 * FADE - BACK + (s ? -shift : shift);
        fade(e->weight[s], e, middle);
        set_beyond(e, s, middle);
    }
}

double kz_onsager_cut(double window) { return window - FADE - GAP; }

kz_status kz_onsager_outer_end(double y[KZ_OUTER_END], double weight[KZ_OUTER_END], double cut)
{
    static const double APART = 0.4, RATE[KZ_OUTER_END] = {2, 2, 3, 4, 4};
    static const bool TIMES_Y[KZ_OUTER_END] = {false, true, false, false, true};
    double matrix[KZ_OUTER_END * KZ_OUTER_END], found[KZ_OUTER_END];
    lapack_int pivot[KZ_OUTER_END];
    for (int j = 0; j < KZ_OUTER_END; j++) {
        for (int i = 0; i < KZ_OUTER_END; i++) {
            double x = -APART * i;
            matrix[KZ_OUTER_END * j + i] = (TIMES_Y[j] ? x : 1) * exp(-RATE[j] * x);
        }
        found[j] = 1 / (TIMES_Y[j] ? RATE[j] * RATE[j] : RATE[j]);
    }
    if (LAPACKE_dgesv(LAPACK_ROW_MAJOR, KZ_OUTER_END, 1, matrix, KZ_OUTER_END, pivot, found, 1))
        return KZ_FAIL(KZ_ESING, "end of the outer integral at lambda = %.6g", cut);
    for (int i = 0; i < KZ_OUTER_END; i++) {
        y[i] = cut - APART * i;
        weight[i] = found[i];
    }
    return KZ_OK;
}
