/* How a quench divided over processes would scale: an evolution is made in one process, the
 * processor time of every gate and the size of every tensor are noted, and the layers replayed for
 * many processes: with the cuts the program would choose (tbm/divided/pieces.h), messages that take
 * latency + bytes / bandwidth, and the waits of tbm/divided/layers.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kapitza/tebd.h>

#include "tbm/divided/divided.h"
#include "tbm/divided/pieces.h"

static void require(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "b-tebd-processes: %s\n", what);
    exit(1);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    require(memory != NULL, "out of memory");
    return memory;
}

/* -- a team of one, whose layers are timed --------------------------------------------------------
 */

static kz_status reserve(kz_team *team, size_t slots)
{
    (void)team;
    (void)slots;
    return KZ_OK;
}
static void send_none(kz_team *team, size_t slot, int to, const void *data, size_t size)
{
    (void)team;
    (void)slot;
    (void)to;
    (void)data;
    (void)size;
}
static void finish_none(kz_team *team, size_t slot)
{
    (void)team;
    (void)slot;
}
static void receive_none(kz_team *team, int from, void *data, size_t size)
{
    (void)team;
    (void)from;
    (void)data;
    (void)size;
}
static void nothing(kz_team *team) { (void)team; }
static void sum_begin(kz_team *team, double *value, size_t count)
{
    (void)team;
    (void)value;
    (void)count;
}
static void broadcast(kz_team *team, int from, void *data, size_t size)
{
    (void)team;
    (void)from;
    (void)data;
    (void)size;
}
static int least(kz_team *team, int value)
{
    (void)team;
    return value;
}

/* -- what is measured -----------------------------------------------------------------------------
 */

typedef struct {
    int parity;
    double *seconds; /* [length - 1] by bond, of the layer's gates */
    float *bytes;    /* [length] of the tensors after it */
} layer_record;

typedef struct {
    const kz_tebd *tebd;
    size_t length, count, capacity;
    layer_record *layer;
} recording;

static void record(recording *r, int parity)
{
    const kz_tebd *tebd = r->tebd;
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 256;
        r->layer = realloc(r->layer, r->capacity * sizeof *r->layer);
        require(r->layer != NULL, "out of memory");
    }
    layer_record *l = &r->layer[r->count++];
    *l = (layer_record){parity, allocate(r->length, sizeof(double)),
                        allocate(r->length, sizeof(float))};
    for (size_t i = (size_t)parity; i + 1 < r->length; i += 2)
        l->seconds[i] = tebd->seconds[i / 2];
    for (size_t i = 0; i < r->length; i++)
        l->bytes[i] = (float)(tebd->mps->site[i].size * sizeof(double complex));
}

/* kz_progress_fn, called between two layers: the one before has parity (done - 1) % 2. */
static int note(void *context, size_t done, size_t total)
{
    (void)total;
    record(context, (int)(done - 1) % 2);
    return 0;
}

/* An audit (no time) counts as the gate did two layers before. */
static void fill_gaps(recording *r)
{
    for (size_t k = 2; k < r->count; k++)
        for (size_t i = 0; i + 1 < r->length; i++)
            if (r->layer[k].parity == r->layer[k - 2].parity && r->layer[k].seconds[i] == 0.0)
                r->layer[k].seconds[i] = r->layer[k - 2].seconds[i];
}

static kz_mps *make_state(bool energy, size_t length, const double *delta)
{
    kz_mps *mps;
    kz_dmrg_params params = kz_dmrg_params_default();
    if (!energy) {
        require(kz_mps_create_domain_wall(&mps, length) == KZ_OK, kz_error_message());
        return mps;
    }
    double *lambda = allocate(length, sizeof *lambda);
    for (size_t i = 0; i < length; i++)
        lambda[i] = i < length / 2 ? -1.0 : 1.0;
    require(kz_dmrg_ground_state(&mps, NULL, lambda, delta, length, (int)length / 2, &params) ==
                KZ_OK,
            kz_error_message());
    free(lambda);
    return mps;
}

/* A quench of XX | gamma = pi/4, dt = 0.2, measured at full times; noted between two of them. */
typedef struct {
    const char *name;
    bool energy;
    size_t length, chi;
    int from, to;
} quench;

static void measure(recording *r, const quench *q)
{
    size_t length = q->length;
    kz_team team = {.size = 1,
                    .reserve = reserve,
                    .send = send_none,
                    .finish = finish_none,
                    .receive = receive_none,
                    .poll = nothing,
                    .sum_begin = sum_begin,
                    .sum_end = nothing,
                    .broadcast = broadcast,
                    .least = least};
    double *delta = allocate(length, sizeof *delta);
    for (size_t i = length / 2; i < length; i++)
        delta[i] = sqrt(0.5);
    kz_mps *mps = make_state(q->energy, length, delta);
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.chi = q->chi;
    require(kz_tebd_create(&tebd, mps, delta, &params) == KZ_OK, kz_error_message());
    require(kz_divided_begin(tebd, &team, NULL, NULL) == KZ_OK, kz_error_message());
    *r = (recording){.tebd = tebd, .length = length};
    for (int k = 0; k < q->to; k++) {
        bool noted = k >= q->from;
        require(kz_tebd_advance(tebd, 0.2, 5, noted ? note : NULL, r) == KZ_OK, kz_error_message());
        if (noted) record(r, 0);
    }
    fill_gaps(r);
    free(delta);
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

static void forget(recording *r)
{
    for (size_t k = 0; k < r->count; k++) {
        free(r->layer[k].seconds);
        free(r->layer[k].bytes);
    }
    free(r->layer);
}

/* -- the replay -----------------------------------------------------------------------------------
 */

typedef struct {
    double latency, bandwidth; /* seconds, bytes a second */
} network;

/* The state of the processes; arrays [size] or [size + 1]. */
typedef struct {
    const recording *r;
    network net;
    int size;
    size_t *even, *cut, *next, *scratch;
    double *cost;
    double *now;  /* when each process is done with its last layer */
    double all;   /* when all were done with the layer before the last */
    double moved; /* bytes that crossed cuts */
} replay;

/* Processor time of the gates of piece p but for the one that needs site `late`. */
static double gates(double *last, const replay *s, const layer_record *l, int p, size_t late)
{
    double sum = 0.0;
    *last = 0.0;
    for (size_t i = s->next[p]; i + 1 < s->next[p + 1]; i++) {
        if (i % 2 != (size_t)l->parity) continue;
        if (i == late || i + 1 == late)
            *last = l->seconds[i];
        else
            sum += l->seconds[i];
    }
    return sum;
}

/* When the sites that come to piece p are there, and which of them comes alone. */
static double arrival(size_t *late, replay *s, const double *start, const layer_record *before,
                      int p)
{
    double bytes = 0.0, last_start = start[p];
    size_t count = 0;
    *late = s->r->length;
    for (size_t i = s->next[p]; i < s->next[p + 1]; i++) {
        int owner = kz_pieces_owner(s->cut, s->size, i);
        if (owner == p) continue;
        bytes += (double)before->bytes[i];
        last_start = fmax(last_start, start[owner]);
        *late = i;
        count++;
    }
    s->moved += bytes;
    if (count != 1) *late = s->r->length;
    return count > 0 ? last_start + 3.0 * s->net.latency + bytes / s->net.bandwidth : start[p];
}

static void replay_layer(replay *s, size_t k)
{
    const layer_record *l = &s->r->layer[k], *before = &s->r->layer[k > 0 ? k - 1 : 0];
    double *start = allocate((size_t)s->size, sizeof *start), latest = 0.0;
    size_t length = s->r->length, late;
    if (l->parity == 0 && k % KZ_PIECES_LAYERS == 0 && k > 0)
        (void)kz_pieces_revise(s->even, s->scratch, s->cost, length, s->size);
    kz_pieces_of_layer(s->next, s->even, l->parity, length, s->size);
    memcpy(start, s->now, (size_t)s->size * sizeof *start);
    /* the sums of the layer before the last take one latency for each doubling */
    double heard = s->all + s->net.latency * ceil(log2((double)s->size));
    for (int p = 0; p < s->size; p++)
        latest = fmax(latest, start[p]);
    for (int p = 0; p < s->size; p++) {
        double last, there = arrival(&late, s, start, before, p);
        double rest = gates(&last, s, l, p, late);
        double done =
            late < length ? fmax(start[p] + rest, there) + last : fmax(start[p], there) + rest;
        s->now[p] = fmax(done, heard);
    }
    s->all = latest;
    memcpy(s->cut, s->next, ((size_t)s->size + 1) * sizeof *s->cut);
    for (size_t i = (size_t)l->parity; i + 1 < length; i += 2)
        s->cost[i] = kz_pieces_cost(s->cost[i], l->seconds[i]);
    free(start);
}

static double replay_all(double *moved, const recording *r, int size, network net)
{
    size_t cuts = (size_t)size + 1;
    replay s = {.r = r, .net = net, .size = size};
    double latest = 0.0;
    s.even = allocate(4 * cuts, sizeof *s.even);
    s.cut = s.even + cuts;
    s.next = s.cut + cuts;
    s.scratch = s.next + cuts;
    s.cost = allocate(r->length, sizeof *s.cost);
    s.now = allocate((size_t)size, sizeof *s.now);
    for (size_t i = 0; i + 1 < r->length; i++)
        s.cost[i] = r->layer[0].seconds[i] > 0.0 ? r->layer[0].seconds[i] : r->layer[1].seconds[i];
    kz_pieces_choose(s.even, s.cost, r->length, size);
    memcpy(s.cut, s.even, cuts * sizeof *s.cut);
    for (size_t k = 0; k < r->count; k++)
        replay_layer(&s, k);
    for (int p = 0; p < size; p++)
        latest = fmax(latest, s.now[p]);
    *moved = s.moved;
    free(s.even);
    free(s.cost);
    free(s.now);
    return latest;
}

/* Layers one after the other, each with a process for every gate: what no division can beat. */
static double limit(const recording *r)
{
    double sum = 0.0;
    for (size_t k = 0; k < r->count; k++) {
        double most = 0.0;
        for (size_t i = 0; i + 1 < r->length; i++)
            most = fmax(most, r->layer[k].seconds[i]);
        sum += most;
    }
    return sum;
}

static void print(const quench *q, const recording *r, int most)
{
    static const struct {
        const char *name;
        network net;
    } networks[] = {{"InfiniBand", {2e-6, 1e10}}, {"10 Gb Ethernet", {3e-5, 1e9}}};
    double moved, alone = 0.0;
    for (size_t k = 0; k < r->count; k++)
        for (size_t i = 0; i + 1 < r->length; i++)
            alone += r->layer[k].seconds[i];
    printf("# %s, %zu sites, chi <= %zu, t = %d ... %d: %.3f s of gates in %zu layers; the largest "
           "gate of each: %.3f s, 1/%.1f\n",
           q->name, q->length, q->chi, q->from, q->to, alone, r->count, limit(r), alone / limit(r));
    for (size_t n = 0; n < sizeof networks / sizeof networks[0]; n++)
        for (int size = 1; size <= most; size *= 2) {
            double seconds = replay_all(&moved, r, size, networks[n].net);
            printf("%s\t%s\t%d\t%.4f\t%.2f\t%.2f\t%.1f\n", q->name, networks[n].name, size, seconds,
                   alone / seconds, alone / seconds / size, moved / 1e6);
        }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const quench real[] = {{"energy quench, early", true, 140, 300, 0, 12},
                                  {"energy quench, late", true, 140, 150, 27, 30},
                                  {"domain wall", false, 140, 300, 0, 30}},
                        small[] = {{"energy quench", true, 12, 16, 0, 2},
                                   {"domain wall", false, 12, 16, 1, 2}};
    bool toy = argc > 1 && strcmp(argv[1], "--toy") == 0;
    const quench *list = toy ? small : real;
    size_t count = toy ? sizeof small / sizeof *small : sizeof real / sizeof *real;
    printf("# replayed, seconds of one process each\n"
           "# run\tnetwork\tprocesses\tseconds\tspeedup\tefficiency\tMB_sent\n");
    for (size_t k = 0; k < count; k++) {
        recording r;
        measure(&r, &list[k]);
        print(&list[k], &r, toy ? 4 : 32);
        forget(&r);
    }
    return 0;
}
