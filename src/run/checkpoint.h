/* Checkpoints: one file beside the run, with a checksum. */
#ifndef KZ_RUN_CHECKPOINT_H
#define KZ_RUN_CHECKPOINT_H

#include "run/internal.h"

typedef struct {
    const kz_run *run;
    const kz_mps *mps;   /* NULL: the ground state is still to be found */
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
/* The state, likewise; NULL: there is none, the run begins anew. */
kz_mps *kz_run_stored_release_state(kz_run_stored *stored);
/* Time its evolution is under way to, nan: none. */
double kz_run_stored_target(const kz_run_stored *stored);
/* Completes an evolution made for that state.  KZ_EIO. */
KZ_CHECK_RESULT kz_status kz_run_stored_evolution(kz_run_stored *stored, kz_tebd *tebd);

#endif
