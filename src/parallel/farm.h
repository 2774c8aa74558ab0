/* Independent tasks divided over the processes of an MPI run, as they come free.
 *
 * Built without MPI, or started without mpirun, there is one process and kz_farm_run() works
 * through the tasks in it.  Results land in the order of the tasks, so that a sweep gives the same
 * numbers on any number of processes. */
#ifndef KZ_PARALLEL_FARM_H
#define KZ_PARALLEL_FARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kapitza/ghd.h>

/* Start and end of the parallel part of a program; begin once, before any other call.  KZ_EIO. */
KZ_CHECK_RESULT kz_status kz_farm_begin(void);
void kz_farm_end(void);

/* Number of processes, and whether this is the one that reads, writes and prints. */
int kz_farm_size(void);
bool kz_farm_is_first(void);

/* In every process KZ_OK where all of them have it, else the status and the reason of the first
 * that has not.  Nobody waits for work of a process that could not begin. */
KZ_CHECK_RESULT kz_status kz_farm_agree(kz_status status);

/* The value of the first process, in all of them. */
uint64_t kz_farm_of_first(uint64_t value);

/* Processes that were given different words would divide different sweeps.  KZ_EINVAL. */
KZ_CHECK_RESULT kz_status kz_farm_check_words(int count, char *const *words);

/* Computes `task` into result [width]; a failure is noted with its reason and does not stop the
 * others.  result is used as it is then. */
typedef kz_status (*kz_farm_task)(double *result, size_t task, void *context);

typedef struct {
    size_t failed, first; /* how many tasks failed, and the first of them */
    kz_status status;     /* of the first */
    char reason[248];
} kz_farm_report;

/* Runs tasks 0 ... tasks-1; every process calls it with the same arguments.
 *  results  out [tasks*width]  first process only; NULL in the others
 *  report   out                first process only
 *  options  progress of the first process
 *  Returns KZ_ENOMEM, KZ_ECANCELLED; KZ_OK in the other processes. */
KZ_CHECK_RESULT kz_status kz_farm_run(double *results, kz_farm_report *report, size_t tasks,
                                      size_t width, kz_farm_task run, void *context,
                                      const kz_options *options);

/* Notes the failure of a task. */
void kz_farm_note(kz_farm_report *report, size_t task, kz_status status, const char *reason);

#endif
