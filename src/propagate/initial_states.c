#include "propagate/initial_states.h"

#include <math.h>
#include <string.h>

#include <kapitza/tba.h>

#include "core/error.h"
#include "core/memory.h"
#include "propagate/resolve.h"
#include "tba/equilibrium.h"
#include "tba/newton.h"
#include "tba/thermal.h"

enum { M = KZ_PANEL_NODES };

void kz_initial_states_free(kz_initial_states *s)
{
    if (!s) return;
    for (size_t i = 0; s->smooth && i < s->profile.panels; i++)
        kz_free(s->smooth[i]);
    kz_free(s->smooth);
    kz_free(s->background);
    kz_convolution_free(s->even);
    kz_profile_free(&s->profile);
    kz_free(s);
}

/* Grid on which a few states of every panel have the error wanted. */
typedef struct {
    kz_grid grid;
    double err, tol;
    kz_thermal *thermal;
} grid_choice;

static kz_status suit_state(grid_choice *c, double beta, double mu)
{
    KZ_TRY(c->thermal ? kz_thermal_solve(c->thermal, beta, mu, c->tol)
                      : kz_thermal_create(&c->thermal, c->grid.chain, beta, mu, c->tol));
    c->err = fmax(c->err, kz_thermal_error(c->thermal));
    double window = fmax(c->grid.window, kz_thermal_window(c->thermal));
    double spacing = kz_thermal_window(c->thermal) / (double)kz_thermal_nodes(c->thermal);
    if (c->grid.half) spacing = fmin(spacing, kz_grid_spacing(&c->grid));
    c->grid.window = window;
    c->grid.half = kz_grid_fast_size((size_t)ceil(window / spacing));
    return KZ_OK;
}

/* With a gap: more nodes on the period, and two strings or more. */
static kz_grid next_gapped(kz_grid grid)
{
    grid.half = kz_grid_fast_size(grid.half + grid.half / 3);
    return kz_grid_widen(grid, fmax(1.5, 2.5 * acosh(grid.chain.delta)));
}

enum { HALF_MAX_GAPPED = 1 << 12 };

/* The order of the closure is measured, like the spacing, by the next better grid. */
static kz_status suit_gapped(grid_choice *c, double beta, double mu)
{
    kz_thermo here, finer;
    KZ_TRY(kz_equilibrium_on_grid(&here, c->grid, beta, mu, c->tol));
    for (;; here = finer) {
        kz_grid next = next_gapped(c->grid);
        if (next.half > HALF_MAX_GAPPED || next.order > KZ_P_MAX)
            return KZ_FAIL(KZ_ETOL, "Delta = %.10g, beta = %.15g, mu = %.15g: states miss %.3g",
                           c->grid.chain.delta, beta, mu, c->tol);
        KZ_TRY(kz_equilibrium_on_grid(&finer, next, beta, mu, c->tol));
        double change = fmax(here.err, fabs(here.ln_z - finer.ln_z) / fmax(1, fabs(finer.ln_z)));
        change = fmax(change, fabs(here.energy - finer.energy));
        change = fmax(change, fabs(here.magnetization - finer.magnetization));
        if (change <= c->tol) {
            c->err = fmax(c->err, change);
            return KZ_OK;
        }
        c->grid = next;
    }
}

static kz_status choose_grid(grid_choice *c, const kz_profile *p)
{
    bool gapped = c->grid.chain.kind == KZ_CHAIN_AXIAL;
    kz_status status = KZ_OK;
    if (gapped) c->grid = kz_thermal_grid(c->grid.chain, 0, c->tol);
    for (size_t i = 0; status == KZ_OK && i < p->panels; i++) {
        const kz_profile_panel *panel = &p->panel[i];
        for (int k = 0; status == KZ_OK && k < (panel->constant ? 1 : 3); k++) {
            double x = panel->from + 0.5 * k * (panel->to - panel->from);
            double beta = kz_panel_series(panel->beta, panel, x);
            double mu = kz_panel_series(panel->mu, panel, x);
            status = gapped ? suit_gapped(c, beta, mu) : suit_state(c, beta, mu);
        }
    }
    kz_thermal_free(c->thermal);
    return status;
}

/* -- solving -- */

typedef struct {
    kz_initial_states *states;
    kz_local *local;
    double *x, *hole, *polarisation, *rho; /* nodal */
    double tol;
    bool warm;
} solver;

static void solver_free(solver *w)
{
    kz_local_free(w->local);
    kz_free(w->x);
    kz_free(w->hole);
    kz_free(w->polarisation);
    kz_free(w->rho);
}

static kz_status solver_create(solver *w, kz_initial_states *s, double tol)
{
    *w = (solver){.states = s, .tol = fmax(1e-3 * tol, 1e-16)};
    kz_status status = kz_local_create(&w->local, s->even);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->x, s->size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->hole, s->size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->polarisation, s->even->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->rho, s->size);
    if (status != KZ_OK) solver_free(w);
    return status;
}

/* z, t [size]: the coefficients of sign ln eta - drive and of rho^t - source, in: those of a state
 * nearby or zero. */
static kz_status solve_state(double *z, double *t, solver *w, double beta, double mu, bool warm)
{
    const kz_convolution *even = w->states->even;
    kz_newton_report report;
    int applications = 0;
    KZ_TRY(kz_thermal_newton(z, w->x, w->hole, w->polarisation, w->local, NULL, even,
                             (kz_ensemble){beta, mu}, warm, w->tol, &report));
    return kz_local_dress(w->rho, t, w->local, w->hole, even->source, w->tol, &applications);
}

static kz_status solve_nodes(double *smooth, const kz_profile_panel *panel, solver *w)
{
    size_t size = w->states->size;
    for (size_t i = 0; i < M; i++) {
        double *z = smooth + 2 * size * i, x = kz_panel_node(panel, i);
        if (i > 0) memcpy(z, z - 2 * size, 2 * size * sizeof *z);
        if (i > 0 && panel->constant) continue;
        KZ_TRY(solve_state(z, z + size, w, kz_panel_series(panel->beta, panel, x),
                           kz_panel_series(panel->mu, panel, x), i > 0));
    }
    return KZ_OK;
}

/* Of ln eta and rho^t, whose scale is one. */
static kz_status series_tail(double *tail, const double *smooth, const kz_initial_states *s)
{
    double *nodal;
    size_t size = s->size;
    KZ_TRY(kz_alloc_doubles(&nodal, 2 * size * M));
    memcpy(nodal, smooth, 2 * size * M * sizeof *nodal);
    for (size_t i = 0; i < 2 * M; i++)
        kz_convolution_backward(s->even, nodal + i * size);
    *tail = kz_panel_tail(nodal, 2 * size, NULL);
    kz_free(nodal);
    return KZ_OK;
}

static kz_status solve_panel(double *tail, double *smooth, const kz_profile_panel *panel,
                             void *context)
{
    solver *w = context;
    KZ_TRY(solve_nodes(smooth, panel, w));
    return series_tail(tail, smooth, w->states);
}

static kz_status solve_all(kz_initial_states *s, double tol)
{
    solver w;
    KZ_TRY(solver_create(&w, s, tol));
    kz_panel_store store = {
        .profile = &s->profile, .numbers = 2 * s->size * M, .solve = solve_panel, .context = &w};
    kz_status status = kz_panels_resolve(&store, tol);
    s->smooth = store.slot;
    solver_free(&w);
    return status;
}

static kz_status set_background(kz_initial_states *s)
{
    double asymptote[KZ_P_MAX], weights[KZ_P_MAX];
    const kz_profile *p = &s->profile;
    const double x[2] = {p->panel[0].from, p->panel[p->panels - 1].to};
    KZ_TRY(kz_alloc_doubles(&s->background, (size_t)s->rows));
    for (int end = 0; end < 2; end++) {
        double beta, mu;
        kz_profile_evaluate(&beta, &mu, p, end ? p->pieces - 1 : 0, x[end]);
        kz_thermal_asymptote(asymptote, &s->even->form, mu);
        kz_thermal_weights(NULL, weights, NULL, asymptote, &s->even->form, 1, mu);
        for (int f = 0; f < s->rows; f++)
            s->background[f] += 0.5 * weights[f];
    }
    return KZ_OK;
}

/* Takes over the profile, on failure too. */
static kz_status create(kz_initial_states **out, kz_profile *profile, const grid_choice *choice)
{
    void *memory;
    *out = NULL;
    kz_status status = kz_alloc(&memory, 1, sizeof(kz_initial_states));
    if (status != KZ_OK) {
        kz_profile_free(profile);
        return status;
    }
    kz_initial_states *s = memory;
    s->profile = *profile;
    *profile = (kz_profile){0};
    s->err = choice->err;
    s->tol = choice->tol;
    status = kz_convolution_create(&s->even, choice->grid, KZ_EVEN);
    if (status == KZ_OK) {
        s->rows = s->even->rows;
        s->size = (size_t)s->rows * s->even->n;
        status = solve_all(s, s->tol);
    }
    if (status == KZ_OK) status = set_background(s);
    if (status != KZ_OK) {
        kz_initial_states_free(s);
        return status;
    }
    *out = s;
    return KZ_OK;
}

kz_status kz_initial_states_create(kz_initial_states **out, kz_chain chain, kz_profile *profile,
                                   double tol)
{
    grid_choice choice = {.grid = {.chain = chain}, .tol = tol};
    *out = NULL;
    kz_status status = choose_grid(&choice, profile);
    if (status == KZ_OK) return create(out, profile, &choice);
    kz_profile_free(profile);
    return status;
}

kz_status kz_initial_states_refine(kz_initial_states **out, const kz_initial_states *coarse)
{
    grid_choice choice = {next_gapped(coarse->even->grid), coarse->err, coarse->tol, NULL};
    kz_profile profile;
    *out = NULL;
    KZ_TRY(kz_profile_copy(&profile, &coarse->profile));
    return create(out, &profile, &choice);
}
