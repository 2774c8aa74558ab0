#include "propagate/isotropic/states.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "propagate/resolve.h"
#include "tba/isotropic/isotropic.h"

enum { P = KZ_PANEL_NODES };

void kz_isotropic_states_free(kz_isotropic_states *s)
{
    if (!s) return;
    for (size_t i = 0; s->node && i < s->profile.panels; i++)
        kz_free(s->node[i]);
    kz_free(s->node);
    kz_profile_free(&s->profile);
    kz_free(s);
}

static int longer(int order) { return (3 * order + 1) / 2; }

/* A magnetized cold ferromagnet has zeros of 1 + b next to where b is taken, unless N grows as
 * sqrt|beta|: there 1 + b is a sum of terms e^{|beta| times an energy of N spins}, whose phases
 * part by |beta|/N^2, and mu makes two of them as large.  From so many times the root on |dl/dy|
 * < 1.5
 * (|beta| = 50 ... 400, mu = 0.03 ... 0.5); at half of them states do not converge. */
static const double ROOT_ROWS = 1.6;

/* Rows grow by halves, from 6 or what the cold asks for, so that powers of 1/N show; nodes by a
 * fifth. */
kz_grid kz_isotropic_states_grid(kz_isotropic_range range, double tol, int level)
{
    kz_chain chain = kz_chain_axial(1);
    kz_grid cold = kz_isotropic_rows_grid(chain, range.lowest, tol);
    kz_grid grid = range.highest > 0 ? kz_isotropic_rows_grid(chain, range.highest, tol) : cold;
    double rows = fmax(cold.order, range.field ? ROOT_ROWS * sqrt(-range.lowest) : 0);
    int order = 6;
    while (order < rows)
        order = longer(order);
    for (int i = 0; i < level; i++)
        order = longer(order);
    double width = fmax(cold.window, kz_isotropic_width(order));
    double half = fmax((double)cold.half / cold.window, (double)grid.half / grid.window);
    grid.window = width;
    grid.order = order;
    grid.half = (size_t)ceil(half * width * (1 + 0.2 * level));
    return grid;
}

/* -- one state after the other --------------------------------------------------------------- */

typedef struct {
    kz_isotropic_states *states;
    kz_isotropic system;
    kz_isotropic_responses responses;
    double *scale; /* [size] of a state's numbers in x */
    bool started;
} solver;

static void store(double *out, solver *w)
{
    const kz_isotropic *p = &w->system;
    const double *slope = w->responses.x[0]; /* -pi rho^t */
    int n = p->even.size, size = p->N * n, before = (p->N - 2) * n, last = before + n;
    double *rho = out + size, *end = rho + size;
    for (int i = 0; i < size; i++) {
        out[i] = p->x[i];
        rho[i] = -slope[i] / M_PI;
    }
    for (int a = 0; a < n; a++) { /* row N: rho^t = s*(z_{N-1} + z_{N+1}) */
        end[a] = rho[last + a];
        for (int b = 0; b < n; b++)
            end[a] -= p->even.s[a * n + b] * p->D[before + b] * rho[before + b];
    }
    memcpy(end + n, p->y, 2 * (size_t)p->M * sizeof *end);
}

static kz_status solve_state(double *out, solver *w, double beta, double mu)
{
    if (w->started) {
        KZ_TRY(kz_isotropic_follow(&w->system, &w->responses, beta, mu));
    } else {
        w->system.beta = beta;
        w->system.mu = mu;
        KZ_TRY(kz_isotropic_find_state(&w->system, &w->responses, false));
        kz_isotropic_respond(&w->responses, &w->system);
    }
    w->started = true;
    store(out, w);
    return KZ_OK;
}

static kz_status solve_panel(double *tail, double *nodes, const kz_profile_panel *panel,
                             void *context)
{
    solver *w = context;
    size_t size = w->states->size;
    for (size_t i = 0; i < P; i++) {
        double *node = nodes + i * size, x = kz_panel_node(panel, i);
        if (i > 0 && panel->constant)
            memcpy(node, nodes, size * sizeof *node);
        else
            KZ_TRY(solve_state(node, w, kz_panel_series(panel->beta, panel, x),
                               kz_panel_series(panel->mu, panel, x)));
    }
    *tail = kz_panel_tail(nodes, size, w->scale);
    return KZ_OK;
}

/* On the circle, where they do not fall, rho^t and s*z_{N+1} are of the order of ln eta and ln b.
 */
static kz_status fill_scale(solver *w)
{
    const kz_isotropic_states *s = w->states;
    const kz_tangent *g = w->system.g;
    int x = s->N * s->n, densities = x + s->n;
    KZ_TRY(kz_alloc_doubles(&w->scale, s->size));
    for (int i = 0; i < (int)s->size; i++) {
        double root = g->lambda[g->half + (i % s->n)] / g->width;
        bool density = i >= x && i < x + densities;
        w->scale[i] = density ? 1 + root * root : 1;
    }
    return KZ_OK;
}

static kz_status solve_all(kz_isotropic_states *s, solver *w, double tol)
{
    KZ_TRY(kz_isotropic_create(&w->system, s->grid, 0, 0));
    KZ_TRY(kz_isotropic_responses_create(&w->responses, &w->system));
    s->N = w->system.N;
    s->M = w->system.M;
    s->n = w->system.even.size;
    s->size = (size_t)((2 * s->N + 1) * s->n + 2 * s->M);
    KZ_TRY(fill_scale(w));
    kz_panel_store store = {
        .profile = &s->profile, .numbers = P * s->size, .solve = solve_panel, .context = w};
    kz_status status = kz_panels_resolve(&store, tol);
    s->node = store.slot;
    return status;
}

kz_status kz_isotropic_states_create(kz_isotropic_states **out, const kz_profile *profile,
                                     kz_grid grid, double tol)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_states)));
    kz_isotropic_states *s = memory;
    *s = (kz_isotropic_states){.grid = grid};
    solver w = {.states = s};
    kz_status status = kz_profile_copy(&s->profile, profile);
    if (status == KZ_OK) status = solve_all(s, &w, tol);
    kz_free(w.scale);
    kz_isotropic_responses_free(&w.responses);
    kz_isotropic_free(&w.system);
    if (status != KZ_OK) {
        kz_isotropic_states_free(s);
        return status;
    }
    *out = s;
    return KZ_OK;
}
