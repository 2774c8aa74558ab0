#include "relax/lead/panels.h"

#include <math.h>

#include "core/error.h"

/* Grades of RATIO towards a cut: of a history in panels of sqrt(t) that double, in t by four. */
enum { GRADES = 7, RATIO = 4 };

kz_lead_panels kz_lead_panels_start(double from)
{
    kz_lead_panels panels = {.count = 1, .cut = {from}};
    return panels;
}

void kz_lead_panels_cut(kz_lead_panels *p, double at)
{
    if (p->count + 1 == KZ_LEAD_CUTS_MAX)
        p->full = true;
    else
        p->cut[p->count++] = at;
}

void kz_lead_panels_end(kz_lead_panels *p, double to) { p->cut[p->count++] = to; }

kz_status kz_lead_panels_check(const kz_lead_panels *p)
{
    if (!p->full) return KZ_OK;
    return KZ_FAIL(KZ_ENOCONV, "more than %d crossings of one string", KZ_LEAD_CUTS_MAX - 2);
}

typedef struct {
    double *lambda, *weight;
    size_t n;
    double width;
    const gsl_integration_glfixed_table *rule;
} writer;

/* [from, to] in parts, or, quadratic, with lambda = from + (to - from) p^2. */
static void add(writer *w, double from, double to, bool quadratic)
{
    size_t parts = quadratic ? 1 : (size_t)ceil(fmax(1, fabs(to - from) / w->width));
    for (size_t part = 0; part < parts; part++) {
        double a = (double)part / (double)parts, b = (double)(part + 1) / (double)parts;
        for (size_t i = 0; i < w->rule->n; i++, w->n++) {
            double p, weight;
            if (!w->lambda) continue;
            gsl_integration_glfixed_point(a, b, i, &p, &weight, w->rule);
            double shape = quadratic ? p * p : p, slope = quadratic ? 2 * p : 1;
            w->lambda[w->n] = from + (to - from) * shape;
            w->weight[w->n] = weight * fabs(to - from) * slope;
        }
    }
}

/* From a cut to the other end. */
static void add_graded(writer *w, double cut, double end)
{
    double size = end - cut, from = ldexp(size, -2 * GRADES);
    add(w, cut, cut + from, true);
    for (int i = 0; i < GRADES; i++, from *= RATIO)
        add(w, cut + from, cut + RATIO * from, false);
}

size_t kz_lead_panels_nodes(double *lambda, double *weight, const kz_lead_panels *p, double width,
                            const gsl_integration_glfixed_table *rule)
{
    writer w = {lambda, weight, 0, width, rule};
    bool inside = p->starts_inside;
    for (size_t i = 0; i + 1 < p->count; i++, inside = !inside) {
        double from = p->cut[i], to = p->cut[i + 1], middle = 0.5 * (from + to);
        bool left = inside && i > 0, right = inside && i + 2 < p->count;
        if (left && right) {
            add_graded(&w, from, middle);
            add_graded(&w, to, middle);
        } else if (left) {
            add_graded(&w, from, to);
        } else if (right) {
            add_graded(&w, to, from);
        } else {
            add(&w, from, to, false);
        }
    }
    return w.n;
}
