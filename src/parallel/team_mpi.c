/* A team over MPI.  Whoever waits does so politely: after a while it sleeps between two looks,
 * which leaves the processor to others (threads, oversubscribed processes) and keeps processor
 * times meaningful. */
#include "parallel/team.h"

#ifdef KZ_WITH_MPI

#include <limits.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "parallel/farm.h"

enum { TAG_DATA = 1, TAG_SIGNAL };

/* Messages travel in parts of at most so many bytes: counts are int, and what is dropped needs a
 * place to be received. */
enum { PART = 1 << 22 };

/* The parts of one message on its way. */
typedef struct {
    MPI_Request *request;
    int count, capacity;
} slot;

typedef struct {
    kz_team team;
    MPI_Comm sites, sums; /* copies of the world, apart from the farm's messages */
    slot *slots;
    size_t slot_count;
    char *dropped; /* [PART] */
    MPI_Request sum;
    const volatile sig_atomic_t *received;
    int told;  /* the signal the first process was told of */
    int heard; /* of how many others that one was */
    MPI_Request telling;
} mpi_team;

static mpi_team *of(kz_team *team) { return team->context; }

/* -- waiting ----------------------------------------------------------------------------------- */

/* Tells the first process of a signal, once. */
static void tell(mpi_team *m)
{
    if (m->told || m->team.rank == 0 || !*m->received) return;
    m->told = (int)*m->received;
    MPI_Isend(&m->told, 1, MPI_INT, 0, TAG_SIGNAL, m->sums, &m->telling);
}

/* Nothing at first; then naps that make a wait longer by a tenth at most. */
static void pause_for(double waited)
{
    static const double soon = 2e-4, longest = 1e-3;
    double seconds = 0.1 * waited < longest ? 0.1 * waited : longest;
    struct timespec nap = {.tv_nsec = (long)(1e9 * seconds)};
    if (waited > soon) (void)nanosleep(&nap, NULL);
}

static void wait_for(mpi_team *m, MPI_Request *request)
{
    double begin = kz_clock_seconds();
    for (;;) {
        int done = 0;
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) return;
        tell(m);
        pause_for(kz_clock_seconds() - begin);
    }
}

static void poll_team(kz_team *team)
{
    mpi_team *m = of(team);
    int waiting = 0;
    tell(m);
    if (m->sum != MPI_REQUEST_NULL) MPI_Test(&m->sum, &waiting, MPI_STATUS_IGNORE);
    MPI_Iprobe(MPI_ANY_SOURCE, TAG_DATA, m->sites, &waiting, MPI_STATUS_IGNORE);
}

/* -- messages ---------------------------------------------------------------------------------- */

static kz_status reserve(kz_team *team, size_t slots)
{
    mpi_team *m = of(team);
    void *memory = NULL;
    if (slots <= m->slot_count) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, slots, sizeof *m->slots));
    for (size_t k = 0; k < m->slot_count; k++)
        ((slot *)memory)[k] = m->slots[k];
    kz_free(m->slots);
    m->slots = memory;
    m->slot_count = slots;
    return KZ_OK;
}

static int parts_of(size_t size) { return (int)((size + PART - 1) / PART); }

static int part_size(size_t size, int part)
{
    size_t left = size - (size_t)part * PART;
    return left < PART ? (int)left : PART;
}

/* Without memory to note its parts, a message is sent while the process waits. */
static void send_waiting(mpi_team *m, int to, const char *data, size_t size)
{
    for (int part = 0; part < parts_of(size); part++) {
        MPI_Request request;
        MPI_Isend(data + (size_t)part * PART, part_size(size, part), MPI_BYTE, to, TAG_DATA,
                  m->sites, &request);
        wait_for(m, &request);
    }
}

static void send_data(kz_team *team, size_t number, int to, const void *data, size_t size)
{
    mpi_team *m = of(team);
    slot *s = &m->slots[number];
    int parts = parts_of(size);
    if (parts > s->capacity) {
        void *memory = NULL;
        if (kz_alloc(&memory, (size_t)parts, sizeof *s->request) != KZ_OK) {
            send_waiting(m, to, data, size);
            return;
        }
        kz_free(s->request);
        s->request = memory;
        s->capacity = parts;
    }
    for (s->count = 0; s->count < parts; s->count++)
        MPI_Isend((const char *)data + (size_t)s->count * PART, part_size(size, s->count), MPI_BYTE,
                  to, TAG_DATA, m->sites, &s->request[s->count]);
}

static void finish(kz_team *team, size_t number)
{
    mpi_team *m = of(team);
    slot *s = &m->slots[number];
    for (int part = 0; part < s->count; part++)
        wait_for(m, &s->request[part]);
    s->count = 0;
}

static void receive(kz_team *team, int from, void *data, size_t size)
{
    mpi_team *m = of(team);
    for (int part = 0; part < parts_of(size); part++) {
        MPI_Request request;
        char *place = data ? (char *)data + (size_t)part * PART : m->dropped;
        MPI_Irecv(place, part_size(size, part), MPI_BYTE, from, TAG_DATA, m->sites, &request);
        wait_for(m, &request);
    }
}

/* -- all processes together ---------------------------------------------------------------------
 */

static void sum_begin(kz_team *team, double *value, size_t count)
{
    mpi_team *m = of(team);
    MPI_Iallreduce(MPI_IN_PLACE, value, (int)count, MPI_DOUBLE, MPI_SUM, m->sums, &m->sum);
}

static void sum_end(kz_team *team) { wait_for(of(team), &of(team)->sum); }

static void broadcast(kz_team *team, int from, void *data, size_t size)
{
    mpi_team *m = of(team);
    for (int part = 0; part < parts_of(size); part++) {
        MPI_Request request;
        MPI_Ibcast((char *)data + (size_t)part * PART, part_size(size, part), MPI_BYTE, from,
                   m->sums, &request);
        wait_for(m, &request);
    }
}

static int least(kz_team *team, int value)
{
    mpi_team *m = of(team);
    MPI_Request request;
    MPI_Iallreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MIN, m->sums, &request);
    wait_for(m, &request);
    return value;
}

/* -- the team -----------------------------------------------------------------------------------
 */

int kz_parallel_heard(kz_team *team)
{
    mpi_team *m = of(team);
    int waiting = 0, number = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, TAG_SIGNAL, m->sums, &waiting, MPI_STATUS_IGNORE);
    if (!waiting) return 0;
    MPI_Recv(&number, 1, MPI_INT, MPI_ANY_SOURCE, TAG_SIGNAL, m->sums, MPI_STATUS_IGNORE);
    m->heard++;
    return number;
}

static kz_status allocate(mpi_team **out)
{
    void *memory = NULL, *dropped = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&dropped, PART, 1));
    kz_status status = kz_alloc(&memory, 1, sizeof **out);
    if (status != KZ_OK) {
        kz_free(dropped);
        return status;
    }
    *out = memory;
    (*out)->dropped = dropped;
    return KZ_OK;
}

kz_status kz_parallel_team(kz_team **out, const volatile sig_atomic_t *received)
{
    mpi_team *m = NULL;
    *out = NULL;
    if (kz_farm_size() == 1) return KZ_OK;
    kz_status status = kz_farm_agree(allocate(&m));
    if (status != KZ_OK) {
        if (m) kz_free(m->dropped);
        kz_free(m);
        return status;
    }
    m->team = (kz_team){.context = m,
                        .reserve = reserve,
                        .send = send_data,
                        .finish = finish,
                        .receive = receive,
                        .poll = poll_team,
                        .sum_begin = sum_begin,
                        .sum_end = sum_end,
                        .broadcast = broadcast,
                        .least = least};
    MPI_Comm_dup(MPI_COMM_WORLD, &m->sites);
    MPI_Comm_dup(MPI_COMM_WORLD, &m->sums);
    MPI_Comm_rank(m->sites, &m->team.rank);
    MPI_Comm_size(m->sites, &m->team.size);
    m->sum = m->telling = MPI_REQUEST_NULL;
    m->received = received;
    *out = &m->team;
    return KZ_OK;
}

/* A signal that nobody listened to any more is taken note of, or MPI would wait for it. */
void kz_parallel_team_free(kz_team *team)
{
    if (!team) return;
    mpi_team *m = of(team);
    int told = m->told != 0;
    MPI_Allreduce(MPI_IN_PLACE, &told, 1, MPI_INT, MPI_SUM, m->sums);
    while (team->rank == 0 && m->heard < told)
        (void)kz_parallel_heard(team);
    if (m->telling != MPI_REQUEST_NULL) wait_for(m, &m->telling);
    for (size_t k = 0; k < m->slot_count; k++)
        kz_free(m->slots[k].request);
    kz_free(m->slots);
    MPI_Comm_free(&m->sites);
    MPI_Comm_free(&m->sums);
    kz_free(m->dropped);
    kz_free(m);
}

#else

kz_status kz_parallel_team(kz_team **out, const volatile sig_atomic_t *received)
{
    (void)received;
    *out = NULL;
    return KZ_OK;
}

void kz_parallel_team_free(kz_team *team) { (void)team; }

int kz_parallel_heard(kz_team *team)
{
    (void)team;
    return 0;
}

#endif
