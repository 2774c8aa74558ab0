/* The junction in time: the object and its runs; library-internal. */
#ifndef KZ_RELAX_INTERNAL_H
#define KZ_RELAX_INTERNAL_H

#include "relax/initial.h"
#include "relax/integrate.h"

/* The junction at many times on one mesh. */
typedef struct {
    kz_elements elements;
    kz_relax_system system;
    double *y;           /* [stops][n + 2] */
    double start_energy; /* at t = 0 */
    size_t finished;     /* stops that were reached */
    kz_status status;
    char reason[256]; /* why no more */
} kz_relax_solution;

enum { KZ_RELAX_COARSE, KZ_RELAX_FINE, KZ_RELAX_MESHES };

enum { KZ_HISTORY_NODES = 24, KZ_HISTORY_PANELS = 12 };

/* u of both edges against sqrt(t), in which it is smooth from the start: panels
 * [0, end 2^-(PANELS-1)], and each one twice as long as all before. */
typedef struct {
    double end; /* sqrt of the last time; 0: none kept */
    double series[KZ_HISTORY_PANELS][2][KZ_HISTORY_NODES];
    double err[KZ_HISTORY_PANELS]; /* of u; of early times worse than of those that count most */
} kz_relax_history;

struct kz_relax {
    kz_options options;
    kz_half half[2];
    double length;
    kz_material material;
    kz_relax_initial initial;
    kz_outflow *outflow[2];
    kz_junction_point steady;
    double steady_energy; /* inf at infinite temperature */
    double linear_rate;
    /* the last run */
    size_t n, stops;
    double *t;    /* [stops] ascending */
    size_t *stop; /* [n] of the times, then of the history's nodes */
    kz_relax_solution mesh[KZ_RELAX_MESHES];
    double least_slope; /* smallest |dJ/du| of the edges in the last run */
    kz_relax_history history;
};

/* A mesh for the times and the integration on it.  refine: 0, 1, ... for better ones.  Returns
 * KZ_ENOMEM, KZ_ECANCELLED; out->status holds other failures. */
KZ_CHECK_RESULT kz_status kz_relax_solution_create(kz_relax_solution *out, const kz_relax *relax,
                                                   int mesh, int refine);
void kz_relax_solution_free(kz_relax_solution *s);

/* Fills steady_energy and linear_rate, once steady stands. */
KZ_CHECK_RESULT kz_status kz_relax_linearise(kz_relax *relax);

/* Times of the history's nodes, [PANELS * NODES]. */
void kz_relax_history_times(double *t, double last);

/* From the solutions at these times, whose stops are relax->stop + first; mesh errors, without
 * those of the currents. */
void kz_relax_history_fill(kz_relax *relax, double last, size_t first);

/* u at t, and its error. */
double kz_relax_history_at(double *err, const kz_relax_history *history, kz_side side, double t);

/* Largest error of all panels, weighted by their share of the time. */
double kz_relax_history_weight(const kz_relax_history *history);

/* Largest |du| at t that errors of both currents have made. */
double kz_relax_current_effect(const kz_relax *relax, double t);

#endif
