/* Cooling a unit cell of two purified sites. */
#include "tbm/thermal/cell.h"

#include <math.h>
#include <stdlib.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/layers.h"
#include "tbm/update.h"

/* Charges of a bond: a Gaussian of width below one, cut at weights of 1e-30. */
enum { REACH = 48 };

kz_status kz_cell_create(kz_cell **out, double delta, double mu)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_cell)));
    kz_cell *cell = memory;
    cell->delta = delta;
    kz_status status = kz_mps_allocate(&cell->mps, &kz_basis_purified, 2, REACH, 0);
    if (status == KZ_OK) {
        cell->mps->flips = mu == 0.0;
        status = kz_mps_fill_hot(cell->mps, mu);
    }
    if (status != KZ_OK) {
        kz_mps_free(cell->mps);
        kz_free(cell);
        return status;
    }
    cell->spare = cell->mps->bond[2];
    cell->mps->bond[2] = cell->mps->bond[0];
    *out = cell;
    return KZ_OK;
}

void kz_cell_free(kz_cell *cell)
{
    if (!cell) return;
    cell->mps->bond[2] = cell->spare;
    kz_mps_free(cell->mps);
    kz_work_free(&cell->work);
    kz_free(cell);
}

/* The cell one site further. */
static void turn(kz_cell *cell)
{
    kz_mps *mps = cell->mps;
    kz_mps_bond bond = mps->bond[0];
    kz_mps_site site = mps->site[0];
    mps->bond[0] = mps->bond[2] = mps->bond[1];
    mps->bond[1] = bond;
    mps->site[0] = mps->site[1];
    mps->site[1] = site;
    cell->first = 1 - cell->first;
}

static kz_status apply(kz_cell *cell, const kz_layer *layer, size_t chi)
{
    kz_gate gate = kz_gate_cool(layer->tau, 1.0, cell->delta, 0.0, 0.0);
    kz_update_limits limits = {.chi = chi, .stream = cell->updates++};
    double discarded;
    if (layer->parity != cell->first) turn(cell);
    const kz_mps_bond *bond = &cell->mps->bond[0];
    if (bond->lo <= -REACH || bond->hi >= REACH)
        return KZ_FAIL(KZ_EDOMAIN, "charges %d ... %d on a bond", bond->lo, bond->hi);
    return kz_update_bond(&discarded, cell->mps, 0, &gate, &limits, &cell->work);
}

kz_status kz_cell_cool(kz_cell *cell, double step, size_t steps, size_t chi)
{
    size_t layers = kz_layer_count(KZ_TROTTER_4, steps);
    for (size_t k = 0; k < layers; k++) {
        kz_layer layer = kz_layer_at(KZ_TROTTER_4, 0.5 * step, steps, k);
        KZ_TRY(apply(cell, &layer, chi));
    }
    cell->beta += step * (double)steps;
    return KZ_OK;
}
