/* As a function of beta, currents have their singularities where beta e is an odd multiple of i pi,
 * beyond |Im beta| = pi/|e|max.  In y = log2(1 + |beta|) they stay at a distance of about 2 from
 * the real axis at any beta, four times the half length of a panel: n nodes leave about 8^-n.
 *
 * With a gap there are kinks on the real axis, (beta - beta_n)^(3/2) where a pair of crossings of
 * string n appears, weaker with n.  Panels are cut in half until their tails are small: the kinks
 * come to stand in short ones, which only an edge that comes there asks for. */
#include "relax/outflow.h"

#include <math.h>
#include <stdio.h>

#include "core/chain.h"
#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"

enum { NODES = 24, PANELS = 20, DEPTH_MAX = 24, IDLE_MAX = 3 };

/* Nodes in a row of which each starts from the one before; rows go side by side.  Their number does
 * not depend on that of threads, nor does what comes out. */
enum { ROW = 6 };

/* Coefficients of |y|^(3/2) fall as n^(-5/2), those left out add up to n/3 of the last two; of
 * analytic functions, by 8 a term, they are less than these. */
static const double TAIL = NODES / 3.0;

/* At |beta| = 2^PANELS - 1 and beyond, the current is that of the limit, to pi T^2/12. */
typedef struct panel {
    bool made;
    double tail; /* of the panel that this is a half of, before it is made */
    int idle;    /* cuts in a row that did not halve it: what is left is noise */
    double coefficient[NODES];
    struct panel *half; /* [2] where it was cut */
} panel;

struct kz_outflow {
    kz_half half;
    double tol, err;
    int threads;
    panel panel[2][PANELS]; /* beta >= 0, beta < 0 */
    double limit[2];
    bool limit_made[2];
    kz_progress *progress; /* NULL: nobody asks */
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

static void free_halves(panel *p)
{
    for (int i = 0; p->half && i < 2; i++)
        free_halves(&p->half[i]);
    kz_free(p->half);
}

void kz_outflow_free(kz_outflow *outflow)
{
    if (!outflow) return;
    for (int i = 0; i < 2 * PANELS; i++)
        free_halves(&outflow->panel[i / PANELS][i % PANELS]);
    kz_free(outflow);
}

double kz_outflow_err(const kz_outflow *outflow) { return outflow->err; }

void kz_outflow_watch(kz_outflow *outflow, kz_progress *progress)
{
    outflow->progress = kz_chain_is_isotropic(outflow->half.chain) ? progress : NULL;
}

/* A node is done. */
static kz_status tell(const kz_outflow *o)
{
    if (!o->progress) return KZ_OK;
    kz_progress_add_ahead(o->progress, 1, NODES);
    return kz_progress_is_cancelled(o->progress)
               ? KZ_FAIL(KZ_ECANCELLED, "cancelled among the currents of an edge")
               : KZ_OK;
}

typedef struct {
    int sign;
    double from, width; /* in y */
    double value[NODES], err[NODES];
} samples;

static kz_status find_row(samples *s, const kz_outflow *o, int first)
{
    kz_edge_work *work;
    KZ_TRY(kz_half_open_current(&work, &o->half));
    kz_status status = KZ_OK;
    for (int i = first; status == KZ_OK && i < first + ROW; i++) {
        double y = s->from + 0.5 * s->width * (1 + kz_chebyshev_node(i, NODES));
        double size = exp2(y) - 1;
        status = kz_half_current(&s->value[i], &s->err[i], &o->half, work, s->sign ? -size : size,
                                 o->tol);
        if (status == KZ_OK) status = tell(o);
    }
    kz_edge_work_free(work);
    return status;
}

/* J at the nodes. */
static kz_status find_values(samples *s, const kz_outflow *o)
{
    kz_status failure = KZ_OK;
    char reason[256] = "";
#pragma omp parallel for schedule(dynamic) num_threads(o->threads)
    for (int first = 0; first < NODES; first += ROW) {
        kz_status status = find_row(s, o, first);
        if (status == KZ_OK) continue;
#pragma omp critical(kz_outflow)
        {
            failure = status;
            (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
        }
    }
    return failure == KZ_OK ? KZ_OK : KZ_FAIL(failure, "%s", reason);
}

/* Fills a panel or, where it does not resolve J, gives it two empty halves. */
static kz_status make_panel(panel *p, kz_outflow *o, int sign, double from, double width)
{
    samples s = {.sign = sign, .from = from, .width = width};
    double worst = 0;
    void *halves;
    KZ_TRY(find_values(&s, o));
    kz_chebyshev_transform(p->coefficient, s.value, NODES);
    for (int i = 0; i < NODES; i++)
        worst = fmax(worst, s.err[i]);
    double tail = TAIL * (fabs(p->coefficient[NODES - 1]) + fabs(p->coefficient[NODES - 2]));
    p->idle = width < 1 && tail > 0.5 * p->tail ? p->idle + 1 : 0;
    p->tail = tail;
    if (tail > fmax(o->tol, worst) && p->idle < IDLE_MAX && width > ldexp(1, -DEPTH_MAX)) {
        KZ_TRY(kz_alloc(&halves, 2, sizeof *p));
        p->half = halves;
        for (int i = 0; i < 2; i++)
            p->half[i] = (panel){.tail = tail, .idle = p->idle};
        return KZ_OK;
    }
    /* interpolation makes of errors at the nodes up to twice as much */
    o->err = fmax(o->err, 2 * worst + tail);
    p->made = true;
    return KZ_OK;
}

/* The panel that resolves J at y; *from and *width: first of the unit one, then of that. */
static kz_status find_panel(panel **out, kz_outflow *o, int sign, double y, double *from,
                            double *width)
{
    panel *p = &o->panel[sign][(int)y];
    *from = floor(y);
    *width = 1;
    for (;;) {
        if (!p->made && !p->half) KZ_TRY(make_panel(p, o, sign, *from, *width));
        if (p->made) break;
        *width *= 0.5;
        bool upper = y >= *from + *width;
        if (upper) *from += *width;
        p = &p->half[upper];
    }
    *out = p;
    return KZ_OK;
}

static kz_status make_limit(kz_outflow *o, int sign)
{
    kz_edge_work *work;
    double err;
    KZ_TRY(kz_half_open_current(&work, &o->half));
    kz_status status =
        kz_half_current(&o->limit[sign], &err, &o->half, work, sign ? -INFINITY : INFINITY, o->tol);
    kz_edge_work_free(work);
    KZ_TRY(status);
    o->err = fmax(o->err, err);
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
    panel *p;
    double from, width;
    KZ_TRY(find_panel(&p, o, sign, y, &from, &width));
    kz_chebyshev_series(current, slope, p->coefficient, NODES, 2 * (y - from) / width - 1);
    *slope *= (sign ? -2 : 2) / (width * M_LN2 * (1 + fabs(beta)));
    return KZ_OK;
}
