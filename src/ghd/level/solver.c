#include "ghd/level/solver.h"

#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/thermal.h"

/* Meshes, from few nodes to many. */
enum { SMOOTH, COARSE, FINE, MESHES };

/* What the smooth mesh leaves of error, as a rule; it pays where the coarse one has so many times
 * its nodes. */
static const double SMOOTH_TOL = 1e-16, SMOOTH_PAYS = 2;

/* Modes of ln(1 + eta) on the smooth mesh, the last of so many, that stand for those beyond it, and
 * what rounding leaves in them, a row, of the largest. */
enum { LAST_OF = 8 };
static const double ROUNDING = 3e-16;

struct kz_level_solver {
    int first;                    /* SMOOTH, or COARSE where that does not pay */
    kz_convolution *even[MESHES]; /* from the first mesh on */
    kz_fillings_guess guess[2];   /* by side, on the first mesh: the last thermal state there */
    /* on the first mesh; on others once equations have to be solved there */
    kz_local *local[MESHES];
    double *z[MESHES]; /* [rows*n] the solution for one side; NULL on the first mesh */
    int spin;          /* of the fillings to be kept, 0: none */
};

void kz_level_solver_free(kz_level_solver *solver)
{
    if (!solver) return;
    for (int i = 0; i < MESHES; i++) {
        kz_local_free(solver->local[i]);
        kz_convolution_free(solver->even[i]);
        kz_free(solver->z[i]);
    }
    kz_free(solver->guess[0].z);
    kz_free(solver->guess[1].z);
    kz_free(solver);
}

/* In the same window. */
static kz_grid smooth_grid(kz_grid grid)
{
    kz_grid thermal = kz_thermal_grid(grid.chain, 0, SMOOTH_TOL);
    double half = 2 * grid.window / kz_grid_spacing(&thermal); /* values, not sums over them */
    grid.half = kz_grid_fast_size((size_t)ceil(half));
    return grid;
}

static size_t size_of(const kz_level_solver *s, int mesh)
{
    return (size_t)s->even[mesh]->rows * s->even[mesh]->n;
}

/* Workspace for equations on a mesh. */
static kz_status prepare(kz_level_solver *s, int mesh)
{
    if (s->local[mesh]) return KZ_OK;
    if (mesh > s->first) KZ_TRY(kz_alloc_doubles(&s->z[mesh], size_of(s, mesh)));
    return kz_local_create(&s->local[mesh], s->even[mesh]);
}

static kz_status solver_fill(kz_level_solver *s, kz_grid grid)
{
    kz_grid of[MESHES] = {smooth_grid(grid), grid, grid};
    of[FINE].half *= 2;
    bool pays = (double)grid.half >= SMOOTH_PAYS * (double)of[SMOOTH].half;
    s->first = pays && grid.chain.kind != KZ_CHAIN_AXIAL ? SMOOTH : COARSE;
    for (int mesh = s->first; mesh < MESHES; mesh++)
        KZ_TRY(kz_convolution_create(&s->even[mesh], of[mesh], KZ_EVEN));
    KZ_TRY(kz_alloc_doubles(&s->guess[0].z, size_of(s, s->first)));
    KZ_TRY(kz_alloc_doubles(&s->guess[1].z, size_of(s, s->first)));
    return prepare(s, s->first);
}

kz_status kz_level_solver_create(kz_level_solver **out, kz_grid grid)
{
    *out = NULL;
    void *memory;
    if (grid.chain.kind == KZ_CHAIN_AXIAL && grid.order > KZ_P_MAX)
        return KZ_FAIL(KZ_ETOL, "Delta = %.10g is so close to 1 that it takes more than %d strings",
                       grid.chain.delta, KZ_P_MAX);
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_level_solver)));
    kz_level_solver *solver = memory;
    kz_status status = solver_fill(solver, grid);
    if (status != KZ_OK) {
        kz_level_solver_free(solver);
        return status;
    }
    *out = solver;
    return KZ_OK;
}

void kz_level_solver_keep_whole(kz_level_solver *solver)
{
    solver->guess[0].whole = solver->guess[1].whole = true;
}

void kz_level_solver_keep_fillings(kz_level_solver *solver, int spin)
{
    solver->spin = spin;
    solver->guess[0].dilute_whole = solver->guess[1].dilute_whole = spin != 0;
}

int kz_level_solver_spin(const kz_level_solver *solver) { return solver->spin; }

const kz_form *kz_level_solver_form(const kz_level_solver *solver)
{
    return &solver->even[solver->first]->form;
}

static bool can_refine(const kz_convolution *to, const kz_convolution *from)
{
    return to->grid.window == from->grid.window && to->grid.half >= from->grid.half &&
           to->rows == from->rows;
}

void kz_level_solver_inherit(kz_level_solver *solver, const kz_level_solver *from)
{
    const kz_convolution *to = solver->even[solver->first], *known = from->even[from->first];
    for (int side = 0; side < 2; side++) {
        bool warm = from->guess[side].warm && can_refine(to, known);
        solver->guess[side].warm = warm;
        solver->guess[side].sea = from->guess[side].sea;
        if (warm) kz_convolution_refine(solver->guess[side].z, to, from->guess[side].z, known);
    }
}

/* Whether what modes beyond the smooth mesh would hold is below tol or rounding.  Of ln(1 + eta),
 * the least smooth of all functions there, before kernels damp them. */
static kz_status check_resolution(bool *resolved, const kz_convolution *smooth,
                                  const kz_fillings *fillings, double mu, double tol)
{
    size_t n = smooth->n, size = (size_t)smooth->rows * n;
    double *L, last = 0, largest = 0;
    KZ_TRY(kz_alloc_scratch(&L, size));
    kz_thermal_weights(L, NULL, NULL, fillings->x, &smooth->form, n, mu);
    kz_convolution_forward(smooth, L);
    for (size_t i = 0; i < size; i++) {
        double value = fabs(L[i]) / smooth->norm;
        largest = fmax(largest, value);
        if (i % n >= n - n / LAST_OF) last += value;
    }
    kz_free(L);
    *resolved = last <= fmax(tol, ROUNDING * largest * smooth->rows);
    return KZ_OK;
}

/* On the mesh after that of the guess, which moves there. */
static kz_status solve_next(kz_fillings **out, kz_level_solver *s, kz_fillings_guess *guess,
                            int mesh, const kz_state *state, double tol)
{
    const double *before = guess->z;
    if (state->kind == KZ_STATE_THERMAL) KZ_TRY(prepare(s, mesh));
    guess->z = s->z[mesh];
    if (guess->warm) kz_convolution_refine(guess->z, s->even[mesh], before, s->even[mesh - 1]);
    return kz_fillings_create(out, state, s->even[mesh], s->local[mesh], tol, guess);
}

/* Equations on both meshes. */
static kz_status solve_both(kz_fillings *found[2], kz_level_solver *s, int side,
                            const kz_state *state, double tol)
{
    kz_fillings_guess *first = &s->guess[side], guess;
    if (s->first == COARSE)
        KZ_TRY(kz_fillings_create(&found[0], state, s->even[COARSE], s->local[COARSE], tol, first));
    guess = *first;
    guess.warm = guess.warm && state->kind == KZ_STATE_THERMAL;
    if (s->first == SMOOTH) KZ_TRY(solve_next(&found[0], s, &guess, COARSE, state, tol));
    KZ_TRY(solve_next(&found[1], s, &guess, FINE, state, tol));
    first->sea = guess.sea;
    return KZ_OK;
}

/* Equations on the smooth mesh.  Nothing is found there next to a Fermi point or where it is too
 * coarse: then there is a guess, or not even that. */
static kz_status solve_smooth(kz_fillings *found[2], kz_level_solver *s, int side,
                              const kz_state *state, double tol)
{
    kz_fillings *fillings;
    kz_fillings_guess *guess = &s->guess[side];
    const kz_convolution *smooth = s->even[SMOOTH];
    kz_status status = kz_fillings_create(&fillings, state, smooth, s->local[SMOOTH], tol, guess);
    if (status != KZ_OK) return status == KZ_ENOMEM ? status : KZ_OK;
    bool resolved = false; /* nor does the string apart stand on a mesh */
    if (fillings->sea_row < 0)
        status = check_resolution(&resolved, smooth, fillings, state->mu, tol);
    kz_fillings_free(fillings);
    if (status != KZ_OK || !resolved) return status;
    KZ_TRY(kz_fillings_interpolate(&found[0], state, s->even[COARSE], guess->z, smooth));
    return kz_fillings_interpolate(&found[1], state, s->even[FINE], guess->z, smooth);
}

kz_status kz_level_solver_solve(kz_fillings *out[2], kz_level_solver *solver, int side,
                                const kz_state *state, double tol)
{
    kz_fillings *found[2] = {NULL, NULL};
    kz_status status = KZ_OK;
    if (solver->first == SMOOTH && state->kind == KZ_STATE_THERMAL)
        status = solve_smooth(found, solver, side, state, tol);
    if (status == KZ_OK && !found[1]) status = solve_both(found, solver, side, state, tol);
    for (int i = 0; i < 2; i++) {
        if (status == KZ_OK)
            out[i] = found[i];
        else
            kz_fillings_free(found[i]);
    }
    return status;
}
