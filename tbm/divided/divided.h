/* A chain whose pieces lie in several processes; internal.
 *
 * Every process has a kz_mps of the whole length and numbering of sites, and the tensors of its own
 * piece only (tbm/divided/pieces.h), with the Schmidt values of all bonds of that piece.  The same
 * updates act on the same numbers as in one process, whichever process makes them, so that the
 * state is the same bit by bit.  The first process leads: what it asks of its state it asks of all,
 * and the others do what kz_team_serve() hears.
 *
 * A process does what it can of a layer before it waits for the one tensor that comes from its
 * neighbour.  After each layer the processes add up what they did (a report): the weights, for the
 * bound of the error; costs, for the next cuts; and whether somebody stops or failed.  The sums are
 * looked at one layer later, so that nobody waits for them: processes may be a layer apart. */
#ifndef KZ_TBM_DIVIDED_DIVIDED_H
#define KZ_TBM_DIVIDED_DIVIDED_H

#include <kapitza/team.h>

#include "tbm/evolution.h"

/* The bonds of a tensor under way, as kz_mps_write_bond() has them. */
typedef struct {
    uint64_t head[2]; /* bytes in data, elements of the tensor; LOST: there is none any more */
    unsigned char *data;
    size_t capacity, place; /* place: where the next byte is written or read */
} kz_packet;

typedef struct kz_divided kz_divided;
struct kz_divided {
    kz_team *team;
    kz_mps *mps; /* that this belongs to */
    size_t length;
    size_t *even, *cut, *next; /* [size + 1] tbm/divided/pieces.h: chosen; at present; scratch */
    size_t *trial;             /* [size + 1] scratch of the choice */
    uint64_t chosen;           /* layer of the last choice */
    double *cost;              /* [length - 1] processor seconds of a gate, by bond */
    kz_packet *packet;         /* [length + 1] of sites on their way out; the last: in */

    kz_status status; /* of this process; what follows a failure is worth nothing */
    char reason[200];

    double *report;        /* see tbm/divided/layers.c */
    int parity;            /* of the layer reported */
    bool pending;          /* a sum is under way */
    bool stopping, failed; /* of any process, as far as heard */

    size_t *dimension; /* [length - 1] of all bonds, as last heard */
    double *entropy;
};

/* Layers by all processes. */
extern const kz_executor kz_divided_executor;

/* -- of the first process -- */

/* Gives the others their pieces of the state, and has them evolve it from then on.  The tebd is
 * fresh.  The state must be freed before the team ends; if this fails it is only to be freed.
 *  read  NULL: the state is whole; else its sites are read one by one (kz_mps_read_site()) and no
 *        process ever holds more than its own
 *  Returns KZ_EINVAL (something is divided already), KZ_ENOMEM, what read returns, KZ_EDOMAIN
 *  (what was read is no state). */
KZ_CHECK_RESULT kz_status kz_divided_begin(kz_tebd *tebd, kz_team *team, kz_read_fn read,
                                           void *context);

/* kz_densities_part() of the whole chain. */
KZ_CHECK_RESULT kz_status kz_divided_densities(double complex (*rho)[8][8], const kz_mps *mps,
                                               int threads);

/* kz_mps_write(): byte for byte the stream of the whole state, one site at a time. */
KZ_CHECK_RESULT kz_status kz_divided_write(const kz_mps *mps, kz_write_fn write, void *context);

size_t kz_divided_bond_dimension(const kz_mps *mps, size_t i);
double kz_divided_entropy(const kz_mps *mps, size_t i);
int kz_divided_size(const kz_mps *mps);

/* -- of every process -- */

/* Frees what belongs to the division, if there is one; the first tells the others to free theirs.
 */
void kz_divided_end(kz_mps *mps);
void kz_divided_poll(kz_divided *divided);

/* What the commands and the layers are made of. */

KZ_CHECK_RESULT kz_status kz_divided_create(kz_mps *mps, kz_team *team);
/* Notes a failure of this process. */
void kz_divided_fail(kz_divided *divided, kz_status status);
/* In every process KZ_OK where all have it, else the status and reason of the first that failed by
 * itself. */
KZ_CHECK_RESULT kz_status kz_divided_agree(kz_team *team, kz_status status);
/* The same of what was noted. */
KZ_CHECK_RESULT kz_status kz_divided_outcome(kz_divided *divided);

/* The piece of this process. */
static inline size_t kz_divided_first(const kz_divided *d) { return d->cut[d->team->rank]; }
static inline size_t kz_divided_stop(const kz_divided *d) { return d->cut[d->team->rank + 1]; }

/* A site with its two bonds goes to another process, and comes from one. */
void kz_divided_send(kz_mps *mps, size_t i, int to);
void kz_divided_receive(kz_mps *mps, size_t i, int from);
/* Forgets the tensor of a site that is not of this process. */
void kz_divided_drop(kz_mps *mps, size_t i);
/* Waits until everything sent of a site has left. */
void kz_divided_finish(kz_divided *divided, size_t i);

/* Moves sites so that this layer can be done.  *late: the one site, if any, that is still to be
 * received, from *from, before its gate; else the length. */
void kz_divided_arrange(size_t *late, int *from, kz_tebd *tebd, int parity);

/* Bytes of packets: kz_write_fn and kz_read_fn. */
KZ_CHECK_RESULT kz_status kz_packet_put(void *packet, const void *data, size_t size);
KZ_CHECK_RESULT kz_status kz_packet_get(void *packet, void *data, size_t size);
KZ_CHECK_RESULT kz_status kz_packet_reserve(kz_packet *packet, size_t size);

/* The slots of a site's three messages; those after the last site's are for other messages. */
enum { KZ_SLOTS = 3 };

/* Numbers in the report of a layer. */
size_t kz_divided_report_size(size_t length);

/* The first process has the others execute the layers left, or free their pieces. */
void kz_divided_go_on(const kz_tebd *tebd);
void kz_divided_release(kz_team *team);

#endif
