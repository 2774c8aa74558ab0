/* Thermal states at any (beta, mu), on grids in rapidity that are kept; library-internal. */
#ifndef KZ_TABLE_STATES_H
#define KZ_TABLE_STATES_H

#include <stdbool.h>

#include "tba/moments/moments.h"

enum { KZ_STATE_SLOTS = 6 };

/* One thread's workspaces: by class of beta, refinement, and whether there is a magnetization. */
typedef struct {
    kz_chain chain;
    double tol;
    struct {
        kz_moments *moments;
        double beta;
        int level;
        bool field;
        unsigned long used;
    } slot[KZ_STATE_SLOTS];
    unsigned long clock;
} kz_states;

void kz_states_free(kz_states *states);

/* The workspace for states near beta; level = 0, 1, ... have a third more nodes each.  It may be
 * taken back by later calls for other classes.  Returns KZ_ETOL (too many nodes), KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_states_use(kz_moments **out, kz_states *states, double beta,
                                        bool field, int level);

#endif
