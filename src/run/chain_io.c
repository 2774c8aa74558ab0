/* Chain and initial state of a run as bytes. */
#include "run/chain_io.h"

#include <stdint.h>

#include "core/error.h"
#include "core/memory.h"

/* Before the arrays: J, delta, the field and which spins are up, as far as there are. */
typedef struct {
    double beta[2], mu[2]; /* of the states left and right, see kz_run_state_pack() */
    uint64_t has_J, has_delta, has_field, has_spins;
} head;

void kz_run_chain_free(kz_run_chain *chain)
{
    kz_free(chain->J);
    kz_free(chain->delta);
    kz_free(chain->field);
    kz_free(chain->up);
}

kz_status kz_run_chain_put(const kz_run *run, kz_write_fn put, void *context)
{
    const kz_run_setup *setup = &run->setup;
    size_t row = setup->length * sizeof(double);
    head h = {.has_J = run->J != NULL,
              .has_delta = setup->couplings.delta != NULL,
              .has_field = run->field != NULL,
              .has_spins = run->spin_up != NULL};
    kz_run_state_pack(&h.beta[0], &h.mu[0], &setup->left_state);
    kz_run_state_pack(&h.beta[1], &h.mu[1], &setup->right_state);
    KZ_TRY(put(context, &h, sizeof h));
    if (h.has_J) KZ_TRY(put(context, run->J, row));
    if (h.has_delta) KZ_TRY(put(context, run->delta, row));
    if (h.has_field) KZ_TRY(put(context, run->field, row));
    return h.has_spins ? put(context, run->spin_up, setup->length * sizeof *run->spin_up) : KZ_OK;
}

static kz_status get_array(double **out, bool there, size_t length, kz_read_fn get, void *context)
{
    if (!there) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(out, length));
    return get(context, *out, length * sizeof **out);
}

kz_status kz_run_chain_get(kz_run_chain *memory, kz_run_setup *setup, kz_read_fn get, void *context)
{
    size_t L = setup->length;
    head h;
    void *up = NULL;
    KZ_TRY(get(context, &h, sizeof h));
    setup->left_state = kz_run_state_unpack(h.beta[0], h.mu[0]);
    setup->right_state = kz_run_state_unpack(h.beta[1], h.mu[1]);
    KZ_TRY(get_array(&memory->J, h.has_J, L, get, context));
    KZ_TRY(get_array(&memory->delta, h.has_delta, L, get, context));
    KZ_TRY(get_array(&memory->field, h.has_field, L, get, context));
    setup->couplings = (kz_couplings){memory->J, memory->delta, memory->field};
    if (h.has_spins) KZ_TRY(kz_alloc(&up, L, sizeof *memory->up));
    setup->spin_up = memory->up = up;
    return h.has_spins ? get(context, up, L * sizeof *memory->up) : KZ_OK;
}
