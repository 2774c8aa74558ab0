/* What the first process asks of all: to divide a chain, to evolve, measure and write it. */
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/density.h"
#include "tbm/divided/divided.h"
#include "tbm/divided/pieces.h"

enum { DIVIDE, GO_ON, DENSITIES, WRITE, RELEASE, DISMISS };

typedef struct {
    int what;
    int threads; /* DENSITIES */
    /* DIVIDE: followed by couplings and bonds as bytes */
    kz_tebd_params params;
    size_t bytes;
    bool check;
    /* GO_ON */
    double dt;
    size_t steps, next;
    uint64_t layers;
} command;

static void announce(kz_team *team, const command *c)
{
    command copy = *c;
    team->broadcast(team, 0, &copy, sizeof copy);
}

/* -- dividing ---------------------------------------------------------------------------------- */

/* Couplings and bonds of the whole chain, in one packet. */
static kz_status describe(kz_packet *p, const kz_tebd *tebd)
{
    const kz_mps *mps = tebd->mps;
    KZ_TRY(kz_mps_write_head(mps, kz_packet_put, p));
    for (size_t b = 0; b <= mps->length; b++)
        KZ_TRY(kz_mps_write_bond(mps, b, kz_packet_put, p));
    return kz_packet_put(p, tebd->bond, (mps->length - 1) * sizeof *tebd->bond);
}

/* Site by site from the first process to its owner. */
static void deal(kz_mps *mps, kz_read_fn read, void *context)
{
    kz_divided *d = mps->divided;
    for (size_t i = 0; i < mps->length; i++) {
        int owner = kz_pieces_owner(d->cut, d->team->size, i);
        kz_status status = KZ_OK;
        if (read && d->status == KZ_OK) status = kz_mps_read_site(mps, i, read, context);
        if (status != KZ_OK) kz_divided_fail(d, status);
        if (owner == 0) continue;
        kz_divided_send(mps, i, owner);
        kz_divided_drop(mps, i);
    }
}

/* What was read may be damaged. */
static kz_status check_piece(const kz_mps *mps)
{
    kz_divided *d = mps->divided;
    size_t first = kz_divided_first(d), end = kz_divided_stop(d);
    if (d->status == KZ_OK && first < end) {
        kz_status status = kz_mps_check_part(mps, first, end, KZ_MPS_ANY);
        if (status != KZ_OK) kz_divided_fail(d, status);
    }
    return kz_divided_outcome(d);
}

static kz_status hand_out(kz_tebd *tebd, kz_team *team, kz_packet *p, kz_read_fn read,
                          void *context)
{
    kz_mps *mps = tebd->mps;
    const command c = {
        .what = DIVIDE, .params = tebd->params, .bytes = p->place, .check = read != NULL};
    announce(team, &c);
    KZ_TRY(kz_divided_agree(team, KZ_OK)); /* all have room for the packet */
    team->broadcast(team, 0, p->data, p->place);
    KZ_TRY(kz_divided_agree(team, kz_divided_create(mps, team)));
    team->chain = tebd;
    deal(mps, read, context);
    return read ? check_piece(mps) : kz_divided_outcome(mps->divided);
}

kz_status kz_divided_begin(kz_tebd *tebd, kz_team *team, kz_read_fn read, void *context)
{
    kz_packet packet = {.data = NULL};
    if (team->chain || tebd->mps->divided)
        return KZ_FAIL(KZ_EINVAL, "a team of processes divides one chain at a time");
    kz_status status = describe(&packet, tebd);
    if (status == KZ_OK) status = hand_out(tebd, team, &packet, read, context);
    kz_free(packet.data);
    return status;
}

static kz_status make_piece(kz_tebd **out, kz_packet *p, kz_team *team, const command *c)
{
    kz_mps *mps;
    p->place = 0;
    *out = NULL;
    KZ_TRY(kz_mps_read_bonds(&mps, kz_packet_get, p));
    kz_status status = kz_tebd_create_coupled(out, mps, &(kz_couplings){0}, &c->params);
    if (status == KZ_OK)
        status = kz_packet_get(p, (*out)->bond, (mps->length - 1) * sizeof *(*out)->bond);
    if (status == KZ_OK) status = kz_divided_create(mps, team);
    if (status == KZ_OK) return KZ_OK;
    kz_tebd_free(*out);
    *out = NULL;
    kz_mps_free(mps);
    return status;
}

static void release_piece(kz_team *team)
{
    kz_tebd *tebd = team->chain;
    if (!tebd) return;
    kz_mps *mps = tebd->mps;
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

/* A failure after the last agreement is heard of by all, and the first process releases. */
static void take_piece(kz_team *team, const command *c)
{
    kz_packet p = {.data = NULL};
    kz_tebd *tebd = NULL;
    kz_status status = kz_divided_agree(team, kz_packet_reserve(&p, c->bytes));
    if (status == KZ_OK) {
        team->broadcast(team, 0, p.data, c->bytes);
        p.head[0] = c->bytes;
        kz_status made = make_piece(&tebd, &p, team, c);
        team->chain = tebd;
        status = kz_divided_agree(team, made);
        if (status != KZ_OK) release_piece(team);
    }
    kz_free(p.data);
    if (status != KZ_OK) return;
    kz_divided *d = tebd->mps->divided;
    for (size_t i = kz_divided_first(d); i < kz_divided_stop(d); i++)
        kz_divided_receive(tebd->mps, i, 0);
    status = c->check ? check_piece(tebd->mps) : kz_divided_outcome(d);
    (void)status; /* noted */
}

/* -- evolving ---------------------------------------------------------------------------------- */

void kz_divided_go_on(const kz_tebd *tebd)
{
    const command c = {.what = GO_ON,
                       .dt = tebd->dt,
                       .steps = tebd->steps,
                       .next = tebd->next,
                       .layers = tebd->layers};
    announce(tebd->mps->divided->team, &c);
}

static void go_on(kz_tebd *tebd, const command *c)
{
    tebd->dt = c->dt;
    tebd->steps = c->steps;
    tebd->next = c->next;
    tebd->layers = c->layers;
    kz_status status = kz_tebd_continue(tebd, NULL, NULL);
    (void)status; /* the first process has the same */
}

/* -- measuring --------------------------------------------------------------------------------- */

/* The two sites behind a piece go to and fro between process and its right neighbours. */
enum { BEHIND = 2 };

static void lend_sites(kz_mps *mps)
{
    kz_divided *d = mps->divided;
    for (int p = 0; p < d->team->size; p++) {
        size_t end = d->cut[p + 1];
        if (p == d->team->rank || d->cut[p] == end) continue;
        for (size_t i = end; i < end + BEHIND && i < mps->length; i++)
            if (kz_pieces_owner(d->cut, d->team->size, i) == d->team->rank)
                kz_divided_send(mps, i, p);
    }
}

static void borrow_sites(kz_mps *mps)
{
    kz_divided *d = mps->divided;
    size_t end = kz_divided_stop(d);
    if (kz_divided_first(d) == end) return;
    for (size_t i = end; i < end + BEHIND && i < mps->length; i++)
        kz_divided_receive(mps, i, kz_pieces_owner(d->cut, d->team->size, i));
}

static void return_sites(kz_mps *mps)
{
    size_t end = kz_divided_stop(mps->divided);
    if (kz_divided_first(mps->divided) == end) return;
    for (size_t i = end; i < end + BEHIND && i < mps->length; i++)
        kz_divided_drop(mps, i);
}

/* Density matrices that begin in the piece of process p. */
static size_t own_densities(const kz_divided *d, int p)
{
    size_t end = d->cut[p + 1] < d->length - 2 ? d->cut[p + 1] : d->length - 2;
    return d->cut[p] < end ? end - d->cut[p] : 0;
}

/* rho of the piece; NULL: there was no memory for it. */
static kz_status measure_piece(double complex (*rho)[8][8], kz_mps *mps, int threads)
{
    kz_divided *d = mps->divided;
    size_t first = kz_divided_first(d), count = own_densities(d, d->team->rank);
    lend_sites(mps);
    borrow_sites(mps);
    if (d->status == KZ_OK && count > 0) {
        kz_status status = kz_densities_part(rho, mps, first, first + count, threads);
        if (status != KZ_OK) kz_divided_fail(d, status);
    }
    return_sites(mps);
    return kz_divided_outcome(d);
}

kz_status kz_divided_densities(double complex (*rho)[8][8], const kz_mps *mps, int threads)
{
    kz_divided *d = mps->divided;
    const command c = {.what = DENSITIES, .threads = threads};
    announce(d->team, &c);
    KZ_TRY(measure_piece(rho, d->mps, threads));
    for (int p = 1; p < d->team->size; p++)
        if (own_densities(d, p) > 0)
            d->team->receive(d->team, p, rho + d->cut[p], own_densities(d, p) * sizeof *rho);
    return KZ_OK;
}

static void measure_for_first(kz_tebd *tebd, int threads)
{
    kz_divided *d = tebd->mps->divided;
    kz_team *team = d->team;
    size_t slot = KZ_SLOTS * d->length, count = own_densities(d, team->rank);
    void *rho = NULL;
    kz_status status = kz_alloc(&rho, count, sizeof(double complex[8][8]));
    if (status != KZ_OK) kz_divided_fail(d, status);
    if (measure_piece(rho, tebd->mps, threads) == KZ_OK && count > 0) {
        team->send(team, slot, 0, rho, count * sizeof(double complex[8][8]));
        team->finish(team, slot);
    }
    kz_free(rho);
}

/* -- writing ----------------------------------------------------------------------------------- */

/* The process whose number for bond b is asked: that of the site behind it. */
static int bond_owner(const kz_divided *d, size_t b)
{
    return kz_pieces_owner(d->cut, d->team->size, b < d->length ? b : d->length - 1);
}

/* Sends bytes with their number in front; none where this process has failed. */
static void send_bytes(kz_divided *d, const void *data, size_t size)
{
    kz_team *team = d->team;
    size_t slot = KZ_SLOTS * d->length;
    uint64_t head = d->status == KZ_OK ? size : 0;
    team->send(team, slot, 0, &head, sizeof head);
    if (head > 0) team->send(team, slot + 1, 0, data, (size_t)head);
    kz_divided_finish(d, d->length);
}

static void write_for_first(kz_tebd *tebd)
{
    const kz_mps *mps = tebd->mps;
    kz_divided *d = mps->divided;
    kz_packet *p = &d->packet[d->length];
    for (size_t b = 0; b <= d->length; b++) {
        if (bond_owner(d, b) != d->team->rank) continue;
        p->place = 0;
        kz_status status = kz_mps_write_bond(mps, b, kz_packet_put, p);
        if (status != KZ_OK) kz_divided_fail(d, status);
        send_bytes(d, p->data, p->place);
    }
    for (size_t i = kz_divided_first(d); i < kz_divided_stop(d); i++)
        send_bytes(d, mps->site[i].data, mps->site[i].size * sizeof *mps->site[i].data);
}

/* The next bytes of process `from`, unless something has failed before. */
static kz_status pass_on(kz_divided *d, int from, kz_status status, kz_write_fn write,
                         void *context)
{
    kz_packet *p = &d->packet[d->length];
    uint64_t size;
    d->team->receive(d->team, from, &size, sizeof size);
    if (size == 0)
        return status == KZ_OK ? KZ_FAIL(KZ_ENOMEM, "process %d: no memory", from) : status;
    p->place = 0;
    kz_status room = kz_packet_reserve(p, (size_t)size);
    d->team->receive(d->team, from, room == KZ_OK ? p->data : NULL, (size_t)size);
    if (status != KZ_OK) return status;
    return room == KZ_OK ? write(context, p->data, (size_t)size) : room;
}

kz_status kz_divided_write(const kz_mps *mps, kz_write_fn write, void *context)
{
    kz_divided *d = mps->divided;
    const command c = {.what = WRITE};
    if (d->status != KZ_OK) return KZ_FAIL(d->status, "%s", d->reason);
    announce(d->team, &c);
    kz_status status = kz_mps_write_head(mps, write, context);
    for (size_t b = 0; b <= d->length; b++) {
        if (bond_owner(d, b) != 0)
            status = pass_on(d, bond_owner(d, b), status, write, context);
        else if (status == KZ_OK)
            status = kz_mps_write_bond(mps, b, write, context);
    }
    for (size_t i = 0; i < d->length; i++) {
        const kz_mps_site *site = &mps->site[i];
        int owner = kz_pieces_owner(d->cut, d->team->size, i);
        if (owner != 0)
            status = pass_on(d, owner, status, write, context);
        else if (status == KZ_OK)
            status = write(context, site->data, site->size * sizeof *site->data);
    }
    return status;
}

/* -- the other processes ----------------------------------------------------------------------- */

void kz_divided_release(kz_team *team)
{
    const command c = {.what = RELEASE};
    announce(team, &c);
}

void kz_team_dismiss(kz_team *team)
{
    const command c = {.what = DISMISS};
    announce(team, &c);
}

void kz_team_serve(kz_team *team)
{
    command c = {.what = RELEASE};
    while (c.what != DISMISS) {
        team->broadcast(team, 0, &c, sizeof c);
        if (c.what == DIVIDE) {
            take_piece(team, &c);
            continue;
        }
        kz_tebd *tebd = team->chain;
        if (c.what == GO_ON) go_on(tebd, &c);
        if (c.what == DENSITIES) measure_for_first(tebd, c.threads);
        if (c.what == WRITE) write_for_first(tebd);
        if (c.what == RELEASE || c.what == DISMISS) release_piece(team);
    }
}
