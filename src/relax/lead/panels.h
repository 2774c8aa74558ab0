/* Panels in rapidity, split where the state jumps; library-internal. */
#ifndef KZ_RELAX_LEAD_PANELS_H
#define KZ_RELAX_LEAD_PANELS_H

#include <gsl/gsl_integration.h>
#include <stdbool.h>

#include <kapitza/status.h>

enum { KZ_LEAD_CUTS_MAX = 18 };

/* Intervals between cuts, in turn outside and inside: inside the state has left the edge, at times
 * that go like the root of the distance to the cut. */
typedef struct {
    size_t count;
    bool starts_inside, full; /* full: there were more cuts than room */
    double cut[KZ_LEAD_CUTS_MAX];
} kz_lead_panels;

kz_lead_panels kz_lead_panels_start(double from);
void kz_lead_panels_cut(kz_lead_panels *panels, double at);
void kz_lead_panels_end(kz_lead_panels *panels, double to);

/* KZ_ENOCONV where they are full. */
KZ_CHECK_RESULT kz_status kz_lead_panels_check(const kz_lead_panels *panels);

/* Nodes and weights of a rule on all of them, none wider than `width`; returns how many there are.
 * lambda NULL: counts only. */
size_t kz_lead_panels_nodes(double *lambda, double *weight, const kz_lead_panels *panels,
                            double width, const gsl_integration_glfixed_table *rule);

#endif
