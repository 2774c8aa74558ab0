#include "ghd/level.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

static void mesh_free(kz_mesh *mesh)
{
    kz_convolution_free(mesh->full);
    kz_convolution_destroy_plan(mesh->row);
    for (int side = 0; side < 2; side++) {
        kz_free(mesh->side[side].hole);
        kz_free(mesh->side[side].polarisation);
    }
}

void kz_level_free(kz_level *level)
{
    if (!level) return;
    mesh_free(&level->coarse);
    mesh_free(&level->fine);
    kz_free(level->background);
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

static kz_status load_side(kz_level *level, kz_mesh *mesh, int side, const kz_state *state,
                           kz_convolution *even, kz_local *local, double tol)
{
    kz_fillings *fillings;
    size_t rows = (size_t)level->rows, n = mesh->full->n;
    kz_weights *weights = &mesh->side[side];
    KZ_TRY(kz_alloc_doubles(&weights->hole, rows * n));
    KZ_TRY(kz_alloc_doubles(&weights->polarisation, n));
    KZ_TRY(kz_fillings_create(&fillings, state, even, local, tol));
    unfold(weights->hole, fillings->hole, even->n, rows);
    unfold(weights->polarisation, fillings->polarisation, even->n, 1);
    level->fermi_point[side] = fillings->fermi_point;
    level->polarised_jump[side] = fillings->polarised_jump;
    if (mesh == &level->coarse) {
        for (size_t f = 0; f < rows; f++)
            level->background[f] += 0.5 * fillings->edge[f];
    }
    kz_fillings_free(fillings);
    return KZ_OK;
}

static bool is_full_sea(const kz_state *state)
{
    return state->kind == KZ_STATE_GROUND && state->h == 0;
}

/* Without a field string 1 of the ground state has no holes.  On a ray D_1 d_1 then has one sign,
 * that of d_1 in the other state, and with K D >= 0 so have all d_f, f > 1: their strings are in
 * the other state at every rapidity, and its weights stand on both sides.  A sign of d_f lost in
 * rounding cannot matter then. */
static void share_longer_strings(kz_mesh *mesh, const kz_state *const states[2])
{
    size_t n = mesh->full->n, rows = (size_t)mesh->full->rows;
    if (rows == 1 || is_full_sea(states[KZ_LEFT]) == is_full_sea(states[KZ_RIGHT])) return;
    int sea = is_full_sea(states[KZ_LEFT]) ? KZ_LEFT : KZ_RIGHT;
    const kz_weights *to = &mesh->side[sea], *from = &mesh->side[1 - sea];
    memcpy(to->hole + n, from->hole + n, (rows - 1) * n * sizeof *to->hole);
    memcpy(to->polarisation, from->polarisation, n * sizeof *to->polarisation);
}

static void find_polarisation(kz_level *level)
{
    const kz_mesh *mesh[2] = {&level->coarse, &level->fine};
    for (int i = 0; i < 4; i++) {
        const double *values = mesh[i / 2]->side[i % 2].polarisation;
        for (size_t k = 0; k < mesh[i / 2]->full->n; k++)
            level->polarisation_max = fmax(level->polarisation_max, fabs(values[k]));
    }
}

static kz_status load_mesh(kz_level *level, kz_mesh *mesh, kz_grid grid,
                           const kz_state *const states[2], double tol)
{
    kz_convolution *even = NULL;
    kz_local *local = NULL;
    kz_status status = kz_convolution_create(&mesh->full, grid, KZ_FULL);
    if (status == KZ_OK) status = kz_convolution_row_plan(&mesh->row, mesh->full);
    if (status == KZ_OK) status = kz_convolution_create(&even, grid, KZ_EVEN);
    if (status == KZ_OK) status = kz_local_create(&local, even);
    for (int side = 0; status == KZ_OK && side < 2; side++)
        status = load_side(level, mesh, side, states[side], even, local, tol);
    if (status == KZ_OK) share_longer_strings(mesh, states);
    kz_local_free(local);
    kz_convolution_free(even);
    return status;
}

kz_status kz_level_create(kz_level **out, kz_grid grid, const kz_state *left, const kz_state *right,
                          double tol)
{
    *out = NULL;
    void *memory;
    const kz_state *const states[2] = {left, right};
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_level)));
    kz_level *level = memory;
    level->rows = grid.P - 1;
    kz_grid fine = grid;
    fine.half *= 2;
    kz_status status = kz_alloc_doubles(&level->background, (size_t)level->rows);
    if (status == KZ_OK) status = load_mesh(level, &level->coarse, grid, states, tol);
    if (status == KZ_OK) status = load_mesh(level, &level->fine, fine, states, tol);
    if (status == KZ_OK) find_polarisation(level);
    if (status != KZ_OK) {
        kz_level_free(level);
        return status;
    }
    *out = level;
    return KZ_OK;
}

typedef struct {
    double *coefficients;
    const kz_convolution *full;
    const double *fermi_point, *jump; /* [2]; jump NULL: the region itself */
} collector;

static void add(collector *c, double from, double to, double factor)
{
    if (to > from)
        kz_indicator_add(c->coefficients, c->full->n, c->full->grid.window, c->full->lambda[0],
                         from, to, factor);
}

static void collect(void *context, double from, double to, bool inside)
{
    collector *c = context;
    if (c->jump) {
        int side = inside ? KZ_LEFT : KZ_RIGHT;
        double B = c->fermi_point[side];
        add(c, fmax(from, -B), fmin(to, B), -c->jump[side]);
    } else if (inside) {
        add(c, from, to, 1);
    }
}

/* Band-limited indicator of the region at the nodes; with `jump`, minus that of the Fermi seas
 * of both states in their regions, each times its jump. */
static void indicator(double *out, const kz_level *level, const kz_mesh *mesh,
                      const kz_region *region, const double *jump)
{
    collector c = {out, mesh->full, level->fermi_point, jump};
    memset(out, 0, mesh->full->n * sizeof *out);
    kz_region_visit(region, mesh->full->grid.window, collect, &c);
    fftw_execute_r2r(mesh->row, out, out);
}

void kz_level_indicator(double *out, const kz_level *level, const kz_mesh *mesh,
                        const kz_region *region)
{
    if (region->count > 0) {
        indicator(out, level, mesh, region, NULL);
        return;
    }
    for (size_t k = 0; k < mesh->full->n; k++)
        out[k] = region->starts_inside ? 1 : 0;
}

static void blend(double *out, const double *left, const double *right, const kz_region *region,
                  const double *inside, size_t n)
{
    if (region->count == 0) {
        memcpy(out, region->starts_inside ? left : right, n * sizeof *out);
        return;
    }
    for (size_t k = 0; k < n; k++)
        out[k] = right[k] + inside[k] * (left[k] - right[k]);
}

void kz_level_mix(double *hole, double *polarisation, const kz_level *level, const kz_mesh *mesh,
                  const kz_region *region, double *scratch)
{
    size_t n = mesh->full->n;
    const kz_weights *left = &mesh->side[KZ_LEFT], *right = &mesh->side[KZ_RIGHT];
    for (int f = 0; f < level->rows; f++) {
        size_t row = (size_t)f * n;
        if (region[f].count > 0) indicator(scratch, level, mesh, &region[f], NULL);
        blend(hole + row, left->hole + row, right->hole + row, &region[f], scratch, n);
        if (f + 1 == level->rows)
            blend(polarisation, left->polarisation, right->polarisation, &region[f], scratch, n);
    }
    if (level->fermi_point[KZ_LEFT] == 0 && level->fermi_point[KZ_RIGHT] == 0) return;
    const double unit[2] = {1, 1};
    indicator(scratch, level, mesh, &region[0], unit);
    for (size_t k = 0; k < n; k++)
        hole[k] += scratch[k];
    if (level->polarised_jump[KZ_LEFT] == 0 && level->polarised_jump[KZ_RIGHT] == 0) return;
    indicator(scratch, level, mesh, &region[0], level->polarised_jump);
    for (size_t k = 0; k < n; k++)
        polarisation[k] += scratch[k];
}
