/* Checkpoints: one file beside the run, with a checksum. */
#ifndef KZ_RUN_CHECKPOINT_H
#define KZ_RUN_CHECKPOINT_H

#include "run/internal.h"

typedef struct {
    const kz_run *run;
    const kz_mps *mps;   /* NULL: the initial state is still to be made */
    const kz_tebd *tebd; /* NULL with mps */
    const double *times; /* [asked] all times asked for, measured or not */
    size_t asked;
    double target; /* the time an evolution in progress goes to, nan: none */
    bool finished; /* all times asked for are measured */
} kz_run_checkpoint;

enum { KZ_CHECKPOINT_NAME = 4096 };
/* RUN.h5.checkpoint */
void kz_run_checkpoint_name(char name[KZ_CHECKPOINT_NAME], const char *path);

/* Replaces the checkpoint whole; on failure (KZ_EIO) the last one is untouched. */
KZ_CHECK_RESULT kz_status kz_run_checkpoint_write(const kz_run_checkpoint *checkpoint,
                                                  const char *path);

/* The run, which is the caller's from then on. */
kz_run *kz_run_stored_release(kz_run_stored *stored);
/* Whether there is a state; else the run begins anew. */
bool kz_run_stored_has_state(const kz_run_stored *stored);
/* Reads the state, or but its bonds; it is the caller's.  KZ_EIO, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_run_stored_state(kz_mps **out, kz_run_stored *stored, bool whole);
/* Deals the sites that were left out to the processes that are to evolve them.  KZ_EIO and what
 * kz_divided_begin() returns. */
KZ_CHECK_RESULT kz_status kz_run_stored_divide(kz_run_stored *stored, kz_tebd *tebd, kz_team *team);
/* Time its evolution is under way to, nan: none. */
double kz_run_stored_target(const kz_run_stored *stored);
/* Completes an evolution made for that state.  KZ_EIO. */
KZ_CHECK_RESULT kz_status kz_run_stored_evolution(kz_run_stored *stored, kz_tebd *tebd);

#endif
