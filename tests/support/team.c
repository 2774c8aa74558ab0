/* A team of threads: messages are copied into one queue for each pair of them, under one lock. */
#include "support/team.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

typedef struct message {
    struct message *next;
    size_t size;
    char data[];
} message;

typedef struct {
    message *head, *tail;
} queue;

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    queue mail[MOST][MOST], shared[MOST][MOST]; /* from, to: of send(); of the others */
} post;

typedef struct {
    kz_team team;
    post *post;
    double *value; /* of the sum under way */
    size_t count;
} member;

static member *of(kz_team *team) { return team->context; }

/* Tests have memory, or end. */
static void push(post *p, queue *q, const void *data, size_t size)
{
    message *m = malloc(sizeof *m + size);
    if (!m) abort();
    m->next = NULL;
    m->size = size;
    if (size > 0) memcpy(m->data, data, size);
    pthread_mutex_lock(&p->lock);
    if (q->head)
        q->tail->next = m;
    else
        q->head = m;
    q->tail = m;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void pull(post *p, queue *q, void *data, size_t size)
{
    pthread_mutex_lock(&p->lock);
    while (!q->head)
        pthread_cond_wait(&p->changed, &p->lock);
    message *m = q->head;
    q->head = m->next;
    pthread_mutex_unlock(&p->lock);
    if (m->size != size) abort(); /* both sides must know */
    if (data && size > 0) memcpy(data, m->data, size);
    free(m);
}

static kz_status reserve(kz_team *team, size_t slots)
{
    (void)team;
    (void)slots;
    return KZ_OK;
}

static void send_data(kz_team *team, size_t slot, int to, const void *data, size_t size)
{
    post *p = of(team)->post;
    (void)slot;
    push(p, &p->mail[team->rank][to], data, size);
}

static void finish(kz_team *team, size_t slot)
{
    (void)team;
    (void)slot;
}

static void receive(kz_team *team, int from, void *data, size_t size)
{
    post *p = of(team)->post;
    pull(p, &p->mail[from][team->rank], data, size);
}

static void poll_team(kz_team *team) { (void)team; }

static void push_to_all(kz_team *team, const void *data, size_t size)
{
    post *p = of(team)->post;
    for (int to = 0; to < team->size; to++)
        push(p, &p->shared[team->rank][to], data, size);
}

static void sum_begin(kz_team *team, double *value, size_t count)
{
    member *m = of(team);
    m->value = value;
    m->count = count;
    push_to_all(team, value, count * sizeof *value);
}

static void sum_end(kz_team *team)
{
    member *m = of(team);
    double *part = malloc(m->count * sizeof *part);
    if (!part) abort();
    memset(m->value, 0, m->count * sizeof *part);
    for (int from = 0; from < team->size; from++) {
        pull(m->post, &m->post->shared[from][team->rank], part, m->count * sizeof *part);
        for (size_t i = 0; i < m->count; i++)
            m->value[i] += part[i];
    }
    free(part);
}

static void broadcast(kz_team *team, int from, void *data, size_t size)
{
    post *p = of(team)->post;
    if (from == team->rank) push_to_all(team, data, size);
    pull(p, &p->shared[from][team->rank], data, size);
}

static int least(kz_team *team, int value)
{
    post *p = of(team)->post;
    int smallest = value;
    push_to_all(team, &value, sizeof value);
    for (int from = 0; from < team->size; from++) {
        int other;
        pull(p, &p->shared[from][team->rank], &other, sizeof other);
        if (other < smallest) smallest = other;
    }
    return smallest;
}

static void *serve(void *context)
{
    kz_team_serve(context);
    return NULL;
}

void check_team_run(int size, void (*lead)(kz_team *team, void *context), void *context)
{
    static const kz_team methods = {.reserve = reserve,
                                    .send = send_data,
                                    .finish = finish,
                                    .receive = receive,
                                    .poll = poll_team,
                                    .sum_begin = sum_begin,
                                    .sum_end = sum_end,
                                    .broadcast = broadcast,
                                    .least = least};
    pthread_t threads[MOST];
    post *p = calloc(1, sizeof *p); /* not on the stack, which a test that fails leaves */
    member *members = calloc(MOST, sizeof *members);
    if (size > MOST || !p || !members) abort();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    for (int rank = 0; rank < size; rank++) {
        members[rank] = (member){.team = methods, .post = p};
        members[rank].team.context = &members[rank];
        members[rank].team.rank = rank;
        members[rank].team.size = size;
        if (rank > 0 && pthread_create(&threads[rank], NULL, serve, &members[rank].team) != 0)
            abort();
    }
    lead(&members[0].team, context);
    kz_team_dismiss(&members[0].team);
    for (int rank = 1; rank < size; rank++)
        pthread_join(threads[rank], NULL);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(members);
    free(p);
}
