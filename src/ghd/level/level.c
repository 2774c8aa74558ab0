#include "ghd/level/level.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/tail/tail.h"
#include "tba/thermal.h"

/* The spacing of kz_thermal_grid keeps the error of ln Z below the tolerance with every factor of P
 * that its budget has: the energies of a ray on it end so much below what is asked for.  Bounds on
 * magnetizations are coarser, and need it. */
static const double ENERGY_EXCESS = 1e3, TOL_MAX = 1e-2;

/* What a spacing leaves in the rows of narrow kernels, whose strings are long, few and hardly bent
 * by a jump over their width, is less than in those of the first one: for magnetizations by a power
 * of the ratio of widths and a factor, by so much at most, and by less where energies alone count.
 * From what rays at fractions of P <= 100 missed, tol 1e-6 ... 1e-11. */
static double narrow_excess(double ratio, bool magnetized)
{
    return magnetized ? fmin(4e3, 16 * ratio * ratio * ratio) : fmin(60, ratio * ratio);
}

/* Regions are sought on the rough mesh first where there are so many rows, and so many of its nodes
 * on lambda > 0. */
enum { ROUGH_ROWS = 3, ROUGH_HALF = 24 };

static double coldness(const kz_state *s)
{
    return s->kind == KZ_STATE_THERMAL ? fabs(s->beta) : 0;
}

/* How much narrower the narrowest kernel is than the first: smooth states have it convoluted with
 * functions that are analytic in a wider strip, a jump has it as it is. */
static double narrowness(kz_chain chain)
{
    kz_form form;
    if (kz_form_fill(&form, chain) != KZ_OK) return 1;
    return form.width[0] / form.width[form.blocks - 1];
}

/* For the tolerance that the first kernel's spacing has. */
static double narrow_spacing(kz_chain chain, double beta, double tol, bool magnetized)
{
    double narrow = narrowness(chain);
    if (narrow > 1) tol = fmin(TOL_MAX, narrow_excess(narrow, magnetized) * tol);
    kz_grid grid = kz_thermal_grid(chain, beta, tol);
    return kz_grid_spacing(&grid) / narrow;
}

/* States within a factor of two in |beta| share a grid. */
static double shared_coldness(const kz_state *left, const kz_state *right)
{
    return exp2(ceil(log2(1 + fmax(coldness(left), coldness(right)))));
}

static bool is_magnetized(const kz_state *left, const kz_state *right)
{
    return kz_state_has_magnetization(left) || kz_state_has_magnetization(right);
}

/* Of energies on magnetized states, and on others. */
static double wanted_tol(double tol, bool full)
{
    return full ? tol : fmin(TOL_MAX, ENERGY_EXCESS * tol);
}

/* The trapezoid sum of a smooth state errs by e^{-2 pi d/h}; of the modes, which fall like
 * e^{-omega d}, patches have those below 0.6 pi/h. */
static const double LINE = 0.3;

static double line_spacing(kz_chain chain, double beta, double wanted)
{
    kz_grid grid = kz_thermal_grid(chain, beta, wanted);
    return LINE * kz_grid_spacing(&grid);
}

double kz_level_line_spacing(const kz_level *level, double tol)
{
    const kz_state *left = &level->state[KZ_LEFT], *right = &level->state[KZ_RIGHT];
    return line_spacing(level->coarse.full->form.chain, shared_coldness(left, right),
                        wanted_tol(tol, is_magnetized(left, right)));
}

/* Nodes on lambda > 0, at least `half`, of which every third, ninth ... makes a line. */
static size_t divisible(size_t half, double spacing, double line)
{
    size_t stride = 1;
    if (half < 3 * ROUGH_HALF) return kz_grid_fast_size(half);
    while (3 * (double)stride * spacing <= line)
        stride *= 3;
    if (stride < 3) stride = 3;
    return stride * kz_grid_fast_size((half + stride - 1) / stride);
}

/* Jumps need half the spacing of a smooth state, e^{-pi d/h} in place of e^{-2 pi d/h} (region.h).
 * Energies take the densities at both ends of the window squared, so that half the window of a
 * thermal state will do where no state is magnetized. */
kz_grid kz_level_grid(kz_chain chain, const kz_state *left, const kz_state *right, double tol,
                      bool keeps_digits)
{
    if (chain.kind == KZ_CHAIN_AXIAL) return kz_tail_grid(chain, tol);
    double beta = shared_coldness(left, right);
    bool full = keeps_digits || is_magnetized(left, right);
    double wanted = wanted_tol(tol, full);
    kz_grid grid = kz_thermal_grid(chain, beta, wanted);
    double narrow = narrow_spacing(chain, beta, wanted, full);
    double spacing = 0.5 * fmin(kz_grid_spacing(&grid), narrow);
    grid.window = kz_thermal_grid(chain, beta, tol).window;
    double gamma = kz_chain_gamma(chain), width = fmin(gamma, M_PI - gamma);
    if (!full) grid.window -= 0.5 * (grid.window - log1p(beta) * width / M_PI);
    /* the densities of the far edge fall like e^{-pi lambda/(pi - width)}, not e^{-2 lambda} */
    kz_state_kind far = gamma > M_PI - gamma ? KZ_STATE_GROUND : KZ_STATE_CEILING;
    bool slow = left->kind == far || right->kind == far;
    if (slow && !kz_chain_is_free(chain)) grid.window *= 2 - 2 * width / M_PI;
    grid.half =
        divisible((size_t)ceil(grid.window / spacing), spacing, line_spacing(chain, beta, wanted));
    return grid;
}

/* The rough mesh has the weights at its nodes from the coarse one (kz_level_renew). */
static kz_status load_rough_sea(kz_level *level, int side, const kz_fillings *fillings)
{
    kz_sea *sea = &level->rough.side[side].sea;
    if (!level->rough.full) return KZ_OK;
    kz_sea_free(sea);
    return kz_sea_create(sea, fillings, level->rough.full);
}

static void mesh_free(kz_mesh *mesh)
{
    kz_convolution_free(mesh->full);
    for (int side = 0; side < 2; side++) {
        kz_free(mesh->side[side].hole);
        kz_free(mesh->side[side].polarisation);
        kz_free(mesh->side[side].filling);
        kz_sea_free(&mesh->side[side].sea);
    }
}

void kz_level_free(kz_level *level)
{
    if (!level) return;
    mesh_free(&level->coarse);
    mesh_free(&level->fine);
    mesh_free(&level->rough);
    kz_free(level->background);
    kz_free(level->asymptote[KZ_LEFT]);
    kz_free(level->asymptote[KZ_RIGHT]);
    kz_free(level);
}

/* Even functions from the half line to the whole one, row by row. */
static void unfold(double *full, const double *half, size_t n, size_t rows)
{
    for (size_t f = 0; f < rows; f++) {
        for (size_t k = 0; k < n; k++) {
            full[2 * n * f + n + k] = half[n * f + k];
            full[2 * n * f + n - 1 - k] = half[n * f + k];
        }
    }
}

static kz_status keep_fillings(kz_weights *weights, const kz_fillings *fillings,
                               const kz_state *state, const kz_form *form, int spin)
{
    size_t n = fillings->n, rows = (size_t)fillings->rows, last = (rows - 1) * n;
    double a = 0.5 * form->spin * state->mu, *half;
    KZ_TRY(kz_alloc_doubles(&half, (rows + 1) * n));
    for (size_t i = 0; i < last; i++)
        half[i] = kz_thermal_filling(fillings->x[i]);
    for (size_t k = 0; k < n; k++) {
        half[last + k] = kz_thermal_filling(spin * (a + fillings->x[last + k]));
        half[last + n + k] = kz_thermal_filling(spin * (a - fillings->x[last + k]));
    }
    kz_status status = kz_alloc_doubles(&weights->filling, 2 * (rows + 1) * n);
    if (status == KZ_OK) unfold(weights->filling, half, n, rows + 1);
    kz_free(half);
    return status;
}

static kz_status load_mesh(kz_level *level, kz_mesh *mesh, int side, const kz_fillings *fillings,
                           int spin)
{
    size_t rows = (size_t)level->rows;
    kz_weights *weights = &mesh->side[side];
    unfold(weights->hole, fillings->hole, fillings->n, rows);
    unfold(weights->polarisation, fillings->polarisation, fillings->n, 1);
    weights->tail = fillings->tail;
    weights->hidden = fillings->hidden;
    memcpy(level->asymptote[side], fillings->edge, rows * sizeof *fillings->edge);
    kz_sea_free(&weights->sea);
    kz_free(weights->filling);
    weights->filling = NULL;
    KZ_TRY(kz_sea_create(&weights->sea, fillings, mesh->full));
    if (mesh == &level->coarse) KZ_TRY(load_rough_sea(level, side, fillings));
    bool keeps = spin != 0 && level->state[side].kind == KZ_STATE_THERMAL;
    if (!keeps || weights->sea.row >= 0) return KZ_OK;
    return keep_fillings(weights, fillings, &level->state[side], &mesh->full->form, spin);
}

static kz_status load_side(kz_level *level, int side, kz_level_solver *solver, double tol)
{
    kz_fillings *fillings[2];
    int spin = kz_level_solver_spin(solver);
    KZ_TRY(kz_level_solver_solve(fillings, solver, side, &level->state[side], tol));
    kz_status status = load_mesh(level, &level->coarse, side, fillings[0], spin);
    if (status == KZ_OK) status = load_mesh(level, &level->fine, side, fillings[1], spin);
    kz_fillings_free(fillings[0]);
    kz_fillings_free(fillings[1]);
    return status;
}

bool kz_level_is_near_edge(const kz_level *level, int side)
{
    return kz_fillings_is_near_edge(&level->state[side], &level->coarse.full->form);
}

/* The first row of the near edge has no holes: for gamma <= pi/2 string 1 of the ground state.  On
 * a ray D_1 d_1 then has one sign, that of d_1 in the other state, and with K D >= 0 so have all
 * d_f, f > 1: their strings are in the other state at every rapidity, and its weights stand on both
 * sides.  A sign of d_f lost in rounding cannot matter then. */
int kz_level_shared_side(const kz_level *level)
{
    bool left = kz_level_is_near_edge(level, KZ_LEFT);
    if (level->rows == 1 || left == kz_level_is_near_edge(level, KZ_RIGHT)) return -1;
    return left ? KZ_LEFT : KZ_RIGHT;
}

static void share_longer_strings(kz_mesh *mesh, int sea)
{
    if (sea < 0) return;
    size_t n = mesh->full->n, rows = (size_t)mesh->full->rows;
    kz_weights *to = &mesh->side[sea];
    const kz_weights *from = &mesh->side[1 - sea];
    memcpy(to->hole + n, from->hole + n, (rows - 1) * n * sizeof *to->hole);
    memcpy(to->polarisation, from->polarisation, n * sizeof *to->polarisation);
    to->tail = from->tail;
    to->hidden = from->hidden;
}

static void thin_out(double *restrict rough, const double *restrict coarse, size_t count)
{
    for (size_t k = 0; k < count; k++)
        rough[k] = coarse[3 * k + 1];
}

static void fill_rough(kz_level *level)
{
    if (!level->rough.full) return;
    size_t n = level->rough.full->n, rows = (size_t)level->rows;
    for (int side = 0; side < 2; side++) {
        const kz_weights *from = &level->coarse.side[side];
        kz_weights *to = &level->rough.side[side];
        thin_out(to->hole, from->hole, rows * n);
        thin_out(to->polarisation, from->polarisation, n);
    }
}

/* What belongs to both states together. */
void kz_level_renew(kz_level *level)
{
    kz_mesh *mesh[2] = {&level->coarse, &level->fine};
    for (int f = 0; f < level->rows; f++)
        level->background[f] = 0.5 * (level->asymptote[KZ_LEFT][f] + level->asymptote[KZ_RIGHT][f]);
    level->polarisation_max = 0;
    for (int i = 0; i < 4; i++) {
        if (i % 2 == 0) share_longer_strings(mesh[i / 2], kz_level_shared_side(level));
        const kz_weights *side = &mesh[i / 2]->side[i % 2];
        double jump = side->sea.polarisation * side->sea.jump;
        for (size_t k = 0; k < mesh[i / 2]->full->n; k++) {
            double value = side->polarisation[k];
            level->polarisation_max =
                fmax(level->polarisation_max, fmax(fabs(value), fabs(value + jump)));
        }
    }
    fill_rough(level);
}

void kz_level_judge_as_polarised(kz_level *level) { level->polarisation_max = 1; }

kz_status kz_level_set(kz_level *level, kz_level_solver *solver, int side, const kz_state *state,
                       double tol)
{
    level->state[side] = *state;
    KZ_TRY(load_side(level, side, solver, tol));
    /* a sea had its longer strings from the state that has gone */
    if (kz_level_is_near_edge(level, 1 - side)) KZ_TRY(load_side(level, 1 - side, solver, tol));
    kz_level_renew(level);
    return KZ_OK;
}

static kz_status mesh_create(kz_mesh *mesh, kz_grid grid)
{
    KZ_TRY(kz_convolution_create(&mesh->full, grid, KZ_FULL));
    size_t n = mesh->full->n, rows = (size_t)mesh->full->rows;
    for (int side = 0; side < 2; side++) {
        KZ_TRY(kz_alloc_doubles(&mesh->side[side].hole, rows * n));
        KZ_TRY(kz_alloc_doubles(&mesh->side[side].polarisation, n));
        mesh->side[side].sea.row = -1;
    }
    return KZ_OK;
}

/* Fewer rows cost too little; closures change sides while regions are sought. */
static bool pays_to_look(const kz_mesh *coarse)
{
    const kz_convolution *c = coarse->full;
    bool thirds = c->grid.half % 3 == 0 && c->grid.half >= 3 * ROUGH_HALF;
    return thirds && c->rows >= ROUGH_ROWS && !c->form.closed;
}

static kz_status fill(kz_level *level, kz_grid grid, kz_level_solver *solver, double tol)
{
    kz_grid fine = grid, rough = grid;
    fine.half *= 2;
    rough.half /= 3;
    level->rows = kz_level_solver_form(solver)->rows;
    KZ_TRY(kz_alloc_doubles(&level->background, (size_t)level->rows));
    KZ_TRY(kz_alloc_doubles(&level->asymptote[KZ_LEFT], (size_t)level->rows));
    KZ_TRY(kz_alloc_doubles(&level->asymptote[KZ_RIGHT], (size_t)level->rows));
    KZ_TRY(mesh_create(&level->coarse, grid));
    KZ_TRY(mesh_create(&level->fine, fine));
    if (pays_to_look(&level->coarse)) KZ_TRY(mesh_create(&level->rough, rough));
    KZ_TRY(load_side(level, KZ_LEFT, solver, tol));
    KZ_TRY(load_side(level, KZ_RIGHT, solver, tol));
    kz_level_renew(level);
    return KZ_OK;
}

kz_status kz_level_create(kz_level **out, kz_grid grid, const kz_state *left, const kz_state *right,
                          kz_level_solver *solver, double tol)
{
    *out = NULL;
    void *memory;
    kz_level_solver *own = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_level)));
    kz_level *level = memory;
    *level = (kz_level){.state = {*left, *right}};
    kz_status status = solver ? KZ_OK : kz_level_solver_create(&own, grid);
    if (status == KZ_OK) status = fill(level, grid, solver ? solver : own, tol);
    kz_level_solver_free(own);
    if (status != KZ_OK) {
        kz_level_free(level);
        return status;
    }
    *out = level;
    return KZ_OK;
}
