/* A quench in memory, its HDF5 file and its checkpoint; quench, export and compare share it. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <kapitza/tebd.h>

#include "cli/cli.h"

typedef enum { CLI_METHOD_TEBD, CLI_METHOD_FERMION } cli_method;

/* What defines a run; --resume may change chi only. */
typedef struct {
    char left[CLI_TEXT_SIZE], right[CLI_TEXT_SIZE]; /* the chains, as typed */
    double delta_left, delta_right;
    kz_quench_kind initial;
    cli_method method;
    size_t length;
    double dt;
    kz_trotter trotter;
    size_t chi;
    double cutoff;
    int cutoff_per_gate, densities; /* flags */
} cli_setup;

enum {
    CLI_ENERGY,
    CLI_ENERGY_CURRENT,
    CLI_MAGNETIZATION,
    CLI_SPIN_CURRENT,
    CLI_ENTROPY,
    CLI_BOND_DIMENSION,
    CLI_TRUNCATION,
    CLI_ENERGY_CURRENT_LINK,
    CLI_QUANTITIES
};

/* Names of the datasets, in the order above. */
extern const char *const cli_quantity_names[CLI_QUANTITIES];

typedef struct {
    cli_setup setup;
    double ground_energy, ground_variance; /* of H', nan without DMRG */
    double audit_excess;                   /* see kz_tebd_worst_excess() */
    size_t count, capacity;                /* measured times */
    size_t times_left;                     /* asked for and not measured */
    double *time;                          /* [capacity] */
    double *chi_limit;                     /* [capacity] bound of the bond dimension, of TEBD */
    double *value[CLI_QUANTITIES];         /* [capacity * length], index i is n = i - L/2 + 1 */
    double *density;                       /* [capacity * (length - 2) * KZ_DENSITY_SIZE] or NULL */
} cli_run;

/* Room for `times` rows; the setup must be filled.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status cli_run_reserve(cli_run *run, size_t times);
void cli_run_free(cli_run *run);

/* Whether two times, couplings or steps are one but for rounding. */
bool cli_same_number(double a, double b);

const char *cli_trotter_name(kz_trotter trotter);

/* Describes how a run was made among the parameters of a table, under names that must outlive it.
 */
typedef struct {
    const char *method, *dt, *splitting, *chi, *cutoff, *cutoff_per_gate;
} cli_run_names;
extern const cli_run_names cli_run_plain;
KZ_CHECK_RESULT kz_status cli_run_describe(kz_io_table *table, const cli_run *run,
                                           const cli_run_names *names);

/* Site or bond number of index i. */
long cli_run_site(const cli_run *run, size_t i);

/* Couplings of all bonds; delta [length - 1]. */
void cli_run_couplings(double *delta, const cli_run *run);

/* Replaces the file.  KZ_EIO. */
KZ_CHECK_RESULT kz_status cli_run_write(const cli_run *run, const char *path);

/* Reads what export and compare need.  KZ_EIO: not readable, not a run. */
KZ_CHECK_RESULT kz_status cli_run_read(cli_run *out, const char *path);

/* -- checkpoints: one file beside the run, with a checksum --------------------------------- */

typedef struct {
    cli_run *run;
    kz_mps *mps;   /* NULL: the ground state is still to be found */
    kz_tebd *tebd; /* NULL with mps */
    double target; /* the time an evolution in progress goes to, nan: none */
    bool finished; /* all times asked for are measured */
} cli_checkpoint;

enum { CLI_CHECKPOINT_NAME = 4096 };
/* RUN.h5.checkpoint */
void cli_checkpoint_name(char name[CLI_CHECKPOINT_NAME], const char *path);

/* Replaces the checkpoint whole; on failure (KZ_EIO) the last one is untouched. */
KZ_CHECK_RESULT kz_status cli_checkpoint_write(const cli_checkpoint *checkpoint, const char *path);

/* Reads run and state; the evolution is then made by the caller and, if there is a state, completed
 * with cli_checkpoint_evolution().  KZ_EIO: missing, foreign or damaged. */
typedef struct cli_stored cli_stored;
KZ_CHECK_RESULT kz_status cli_checkpoint_open(cli_stored **out, cli_checkpoint *checkpoint,
                                              const char *path);
KZ_CHECK_RESULT kz_status cli_checkpoint_evolution(cli_stored *stored, kz_tebd *tebd);
void cli_checkpoint_close(cli_stored *stored);

/* What stands at the place of the checkpoint of path. */
typedef enum {
    CLI_CHECKPOINT_NONE,
    CLI_CHECKPOINT_FINISHED,
    CLI_CHECKPOINT_UNFINISHED,
    CLI_CHECKPOINT_FOREIGN /* not of this version of the program, or damaged at its head */
} cli_checkpoint_kind;
/* KZ_EIO: it cannot be read. */
KZ_CHECK_RESULT kz_status cli_checkpoint_look(cli_checkpoint_kind *out, const char *path);

#endif
