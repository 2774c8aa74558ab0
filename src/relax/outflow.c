/* As a function of beta, currents have their singularities where beta e is an odd multiple of i pi,
 * beyond |Im beta| = pi/|e|max.  In y = log2(1 + |beta|) they stay at a distance of about 2 from
 * the real axis at any beta, four times the half length of a panel: n nodes leave about 8^-n. */
#include "relax/outflow.h"

#include <math.h>
#include <stdio.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"

enum { NODES = 24, PANELS = 20 };

/* At |beta| = 2^PANELS - 1 and beyond, the current is that of the limit, to pi T^2/12. */
typedef struct {
    bool made;
    double coefficient[NODES];
} panel;

struct kz_outflow {
    kz_half half;
    double tol, err;
    int threads;
    panel panel[2][PANELS]; /* beta >= 0, beta < 0 */
    double limit[2];
    bool limit_made[2];
};

kz_status kz_outflow_create(kz_outflow **out, const kz_half *half, const kz_options *options)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_outflow)));
    kz_outflow *o = memory;
    o->half = *half;
    o->tol = options->tol;
    o->threads = options->threads;
    *out = o;
    return KZ_OK;
}

void kz_outflow_free(kz_outflow *outflow) { kz_free(outflow); }

double kz_outflow_err(const kz_outflow *outflow) { return outflow->err; }

static kz_status make_panel(kz_outflow *o, int sign, int k)
{
    double value[NODES], err[NODES];
    kz_status failure = KZ_OK;
    char reason[256] = "";
#pragma omp parallel for schedule(dynamic) num_threads(o->threads)
    for (int i = 0; i < NODES; i++) {
        double size = exp2(k + 0.5 * (1 + kz_chebyshev_node(i, NODES))) - 1;
        kz_ray ray;
        kz_status status = kz_half_edge(&ray, &o->half, sign ? -size : size, o->tol);
        value[i] = ray.energy_current;
        err[i] = ray.err;
        if (status == KZ_OK) continue;
#pragma omp critical(kz_outflow)
        {
            failure = status;
            (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
        }
    }
    if (failure != KZ_OK) return KZ_FAIL(failure, "%s", reason);
    panel *p = &o->panel[sign][k];
    kz_chebyshev_transform(p->coefficient, value, NODES);
    double worst = 0;
    for (int i = 0; i < NODES; i++)
        worst = fmax(worst, err[i]);
    /* interpolation makes of errors at the nodes up to twice as much; the tail falls by 8 a term */
    double tail = fabs(p->coefficient[NODES - 1]) + fabs(p->coefficient[NODES - 2]);
    o->err = fmax(o->err, 2 * worst + tail);
    p->made = true;
    return KZ_OK;
}

static kz_status make_limit(kz_outflow *o, int sign)
{
    kz_ray ray;
    KZ_TRY(kz_half_edge(&ray, &o->half, sign ? -INFINITY : INFINITY, o->tol));
    o->limit[sign] = ray.energy_current;
    o->err = fmax(o->err, ray.err);
    o->limit_made[sign] = true;
    return KZ_OK;
}

kz_status kz_outflow_at(double *current, double *slope, kz_outflow *o, double beta)
{
    if (isnan(beta)) return KZ_FAIL(KZ_EDOMAIN, "an edge's temperature is not a number");
    int sign = beta < 0;
    double y = log2(1 + fabs(beta));
    if (y >= PANELS) {
        if (!o->limit_made[sign]) KZ_TRY(make_limit(o, sign));
        *current = o->limit[sign];
        *slope = 0;
        return KZ_OK;
    }
    int k = (int)y;
    if (!o->panel[sign][k].made) KZ_TRY(make_panel(o, sign, k));
    kz_chebyshev_series(current, slope, o->panel[sign][k].coefficient, NODES, 2 * (y - k) - 1);
    *slope *= (sign ? -2 : 2) / (M_LN2 * (1 + fabs(beta)));
    return KZ_OK;
}
