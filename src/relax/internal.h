/* The junction in time: the object and its runs; library-internal. */
#ifndef KZ_RELAX_INTERNAL_H
#define KZ_RELAX_INTERNAL_H

#include "relax/history.h"
#include "relax/initial.h"
#include "relax/integrate.h"
#include "relax/lead/lead.h"

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

/* u of both edges. */
typedef struct {
    double end;   /* sqrt of the last time */
    double early; /* first time > 0 of the run */
    int panels;   /* 0: no history is kept */
    bool filled;
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
    int what;
    size_t n, stops;
    double *t;    /* [stops] ascending */
    size_t *stop; /* [n] of the times, then of the history's nodes */
    kz_relax_solution mesh[KZ_RELAX_MESHES];
    double least_slope; /* smallest |dJ/du| of the edges in the last run */
    kz_relax_history history;
    kz_emission *emission[2]; /* into XXZ halves, made when a ray asks for it */
    kz_lead *lead[2];
};

/* A mesh for the times and the integration on it.  refine: 0, 1, ... for better ones.  progress:
 * NULL where nobody is told.  Returns KZ_ENOMEM, KZ_ECANCELLED; out->status holds other failures.
 */
KZ_CHECK_RESULT kz_status kz_relax_solution_create(kz_relax_solution *out, const kz_relax *relax,
                                                   int mesh, int refine, kz_progress *progress);
void kz_relax_solution_free(kz_relax_solution *s);

/* Heat and u at a stop, [n + 2]; u of an edge there. */
const double *kz_relax_state(const kz_relax_solution *s, size_t stop);
double kz_relax_edge_u(const kz_relax_solution *s, size_t stop, kz_side side);

/* Fills steady_energy and linear_rate, once steady stands. */
KZ_CHECK_RESULT kz_status kz_relax_linearise(kz_relax *relax);

/* Chooses the panels for a run to `last` whose first time > 0 is `early`. */
void kz_relax_history_start(kz_relax *relax, double early, double last);

/* Times of the history's nodes, [panels * NODES]. */
void kz_relax_history_times(double *t, const kz_relax_history *history);

/* From the solutions at these times, whose stops are relax->stop + relax->n; errors of the meshes,
 * without those of the currents. */
void kz_relax_history_fill(kz_relax *relax);

/* u at t, and its error. */
double kz_relax_history_at(double *err, const kz_relax_history *history, kz_side side, double t);

/* Largest error of u of all panels, weighted by their share of the first time. */
double kz_relax_history_error(const kz_relax_history *history);

/* How many stops both meshes have reached, and the mesh that stopped first. */
size_t kz_relax_finished(const kz_relax *relax);
const kz_relax_solution *kz_relax_failed_mesh(const kz_relax *relax);

/* Frees what rays have made of the last run. */
void kz_relax_forget_leads(kz_relax *relax);

/* Who is told of the currents that are found on the way; NULL: nobody. */
void kz_relax_watch(kz_relax *relax, kz_progress *progress);

/* Largest |du| at t that errors of both currents have made. */
double kz_relax_current_effect(const kz_relax *relax, double t);

#endif
