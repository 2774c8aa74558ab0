/* kapitza: processes that evolve one chain together. */
#ifndef KAPITZA_TEAM_H
#define KAPITZA_TEAM_H

#include <stddef.h>

#include <kapitza/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a team of processes must be able to do for each other; the library brings no transport of
 *  its own (`kapitza` has one over MPI).  Process `rank` of `size` has its own object.  Only the
 *  thread that makes the calls of the library calls these.  None of them fails: a transport that is
 *  broken ends the program. */
typedef struct kz_team kz_team;
struct kz_team {
    int rank, size;
    void *context; /* of the transport */
    void *chain;   /* of the library: what is divided at present; NULL at first */

    /** Room for sends in so many slots, and for a message that is dropped.  KZ_ENOMEM. */
    kz_status (*reserve)(kz_team *team, size_t slots);
    /** Begins to send `size` bytes to process `to`; data must stay as they are until finish() of
     *  that slot, which is free.  Messages of one process to another arrive in their order. */
    void (*send)(kz_team *team, size_t slot, int to, const void *data, size_t size);
    /** Waits for the sends of a slot; nothing where there is none. */
    void (*finish)(kz_team *team, size_t slot);
    /** Waits for the next message of process `from`, whose size both know; NULL: drops it. */
    void (*receive)(kz_team *team, int from, void *data, size_t size);
    /** Gives what is under way a push; called between pieces of work. */
    void (*poll)(kz_team *team);
    /** Begins to add up `value` [count] over all processes, in place and exactly where all but one
     *  have 0; the sums stand there, in every process, after sum_end(). */
    void (*sum_begin)(kz_team *team, double *value, size_t count);
    void (*sum_end)(kz_team *team);
    /** The data of process `from`, in all of them. */
    void (*broadcast)(kz_team *team, int from, void *data, size_t size);
    /** The least of the values of all processes, in all of them. */
    int (*least)(kz_team *team, int value);
};

/** What the processes but the first do: they serve it, and hold the pieces of its chain, until
 *  kz_team_dismiss().  The first calls the library as if it were alone, with this team where one is
 *  asked for. */
void kz_team_serve(kz_team *team);
/** Ends kz_team_serve() in all of the others; the first calls it once, at its end. */
void kz_team_dismiss(kz_team *team);

#ifdef __cplusplus
}
#endif
#endif
