/* Tensors on their way from process to process. */
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/divided/divided.h"
#include "tbm/divided/pieces.h"

/* -- packets ---------------------------------------------------------------------------------- */

kz_status kz_packet_reserve(kz_packet *p, size_t size)
{
    void *memory = NULL;
    if (size <= p->capacity) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, size + size / 4 + 64, 1));
    if (p->place > 0) memcpy(memory, p->data, p->place);
    kz_free(p->data);
    p->data = memory;
    p->capacity = size + size / 4 + 64;
    return KZ_OK;
}

kz_status kz_packet_put(void *packet, const void *data, size_t size)
{
    kz_packet *p = packet;
    KZ_TRY(kz_packet_reserve(p, p->place + size));
    if (size > 0) memcpy(p->data + p->place, data, size);
    p->place += size;
    p->head[0] = p->place;
    return KZ_OK;
}

kz_status kz_packet_get(void *packet, void *data, size_t size)
{
    kz_packet *p = packet;
    if (size > p->head[0] - p->place)
        return KZ_FAIL(KZ_EDOMAIN, "a message of %zu bytes ends too early", (size_t)p->head[0]);
    if (size > 0) memcpy(data, p->data + p->place, size);
    p->place += size;
    return KZ_OK;
}

/* -- one site --------------------------------------------------------------------------------- */

void kz_divided_finish(kz_divided *d, size_t i)
{
    for (size_t k = 0; k < KZ_SLOTS; k++)
        d->team->finish(d->team, KZ_SLOTS * i + k);
}

/* In place of a tensor that this process does not have: the receiver fails too. */
static const uint64_t LOST = UINT64_MAX;

static kz_status pack_bonds(kz_packet *p, const kz_mps *mps, size_t i)
{
    p->place = 0;
    KZ_TRY(kz_mps_write_bond(mps, i, kz_packet_put, p));
    return kz_mps_write_bond(mps, i + 1, kz_packet_put, p);
}

void kz_divided_send(kz_mps *mps, size_t i, int to)
{
    kz_divided *d = mps->divided;
    kz_team *team = d->team;
    kz_packet *p = &d->packet[i];
    const kz_mps_site *site = &mps->site[i];
    kz_divided_finish(d, i);
    if (d->status == KZ_OK) {
        kz_status status = pack_bonds(p, mps, i);
        if (status != KZ_OK) kz_divided_fail(d, status);
    }
    p->head[1] = d->status == KZ_OK ? site->size : LOST;
    team->send(team, KZ_SLOTS * i, to, p->head, sizeof p->head);
    if (p->head[1] == LOST) return;
    team->send(team, KZ_SLOTS * i + 1, to, p->data, p->place);
    team->send(team, KZ_SLOTS * i + 2, to, site->data, site->size * sizeof *site->data);
}

static kz_status unpack_bonds(kz_mps *mps, size_t i, kz_packet *p)
{
    kz_mps_site *site = &mps->site[i];
    p->place = 0;
    KZ_TRY(kz_mps_read_bond(mps, i, kz_packet_get, p));
    KZ_TRY(kz_mps_read_bond(mps, i + 1, kz_packet_get, p));
    size_t size = kz_mps_site_size(site, &mps->bond[i], &mps->bond[i + 1]);
    if (size != p->head[1])
        return KZ_FAIL(KZ_EDOMAIN, "the tensor of site %zu has %zu elements, not %zu", i,
                       (size_t)p->head[1], size);
    KZ_TRY(kz_mps_site_reserve(site, size));
    kz_mps_site_set(site, &mps->bond[i], &mps->bond[i + 1]);
    return KZ_OK;
}

/* Both messages are taken whatever happens, so that the next are what they are taken for. */
void kz_divided_receive(kz_mps *mps, size_t i, int from)
{
    kz_divided *d = mps->divided;
    kz_team *team = d->team;
    kz_packet *p = &d->packet[d->length];
    kz_divided_finish(d, i); /* what left of this site must be out of its arena */
    team->receive(team, from, p->head, sizeof p->head);
    if (p->head[1] == LOST) {
        kz_divided_fail(d, KZ_FAIL(KZ_ECANCELLED, "process %d has failed", from));
        return;
    }
    p->place = 0;
    kz_status status = kz_packet_reserve(p, (size_t)p->head[0]);
    team->receive(team, from, status == KZ_OK ? p->data : NULL, (size_t)p->head[0]);
    if (status == KZ_OK) status = unpack_bonds(mps, i, p);
    team->receive(team, from, status == KZ_OK ? mps->site[i].data : NULL,
                  (size_t)p->head[1] * sizeof *mps->site[i].data);
    if (status != KZ_OK) kz_divided_fail(d, status);
}

void kz_divided_drop(kz_mps *mps, size_t i)
{
    kz_mps_site *site = &mps->site[i];
    kz_divided_finish(mps->divided, i);
    kz_free(site->data);
    site->data = NULL;
    site->size = site->capacity = 0;
}

/* -- many sites ------------------------------------------------------------------------------- */

/* All processes know the same costs and choose the same. */
static bool choose(kz_divided *d, uint64_t layer)
{
    if (layer - d->chosen < KZ_PIECES_LAYERS) return false;
    d->chosen = layer;
    return kz_pieces_revise(d->even, d->trial, d->cost, d->length, d->team->size);
}

/* Sends what leaves this piece for that of the next cuts. */
static void send_leaving(kz_mps *mps)
{
    kz_divided *d = mps->divided;
    int rank = d->team->rank;
    for (size_t i = d->cut[rank]; i < d->cut[rank + 1]; i++) {
        int to = kz_pieces_owner(d->next, d->team->size, i);
        if (to == rank) continue;
        kz_divided_send(mps, i, to);
        mps->site[i].size = 0; /* the arena stays: a site at a cut comes back */
    }
}

/* Receives what arrives, but for a single site at that edge of the piece where it is needed for one
 * gate only. */
static void receive_arriving(size_t *late, int *from, kz_mps *mps, int parity, bool may_wait)
{
    kz_divided *d = mps->divided;
    int rank = d->team->rank, size = d->team->size;
    size_t first = d->next[rank], end = d->next[rank + 1], edge = parity ? end - 1 : first;
    size_t count = 0;
    for (size_t i = first; i < end; i++)
        if (kz_pieces_owner(d->cut, size, i) != rank) count++;
    for (size_t i = first; i < end && count > 0; i++) {
        int owner = kz_pieces_owner(d->cut, size, i);
        if (owner == rank) continue;
        if (count == 1 && i == edge && may_wait) {
            *late = i;
            *from = owner;
            return;
        }
        kz_divided_receive(mps, i, owner);
    }
}

void kz_divided_arrange(size_t *late, int *from, kz_tebd *tebd, int parity)
{
    kz_mps *mps = tebd->mps;
    kz_divided *d = mps->divided;
    size_t *cut = d->cut;
    bool moved = parity == 0 && choose(d, tebd->layers);
    *late = d->length;
    *from = 0;
    kz_pieces_of_layer(d->next, d->even, parity, d->length, d->team->size);
    send_leaving(mps);
    receive_arriving(late, from, mps, parity, tebd->params.threads == 1);
    d->cut = d->next;
    d->next = cut;
    if (!moved) return;
    for (size_t i = 0; i < d->length; i++)
        if (i < kz_divided_first(d) || i >= kz_divided_stop(d)) kz_divided_drop(mps, i);
}
