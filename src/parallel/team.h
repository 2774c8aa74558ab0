/* The processes of mpirun as a team that evolves one chain (kapitza/team.h). */
#ifndef KZ_PARALLEL_TEAM_H
#define KZ_PARALLEL_TEAM_H

#include <signal.h>

#include <kapitza/team.h>

/* The team, between kz_farm_begin() and kz_farm_end(); *out is NULL in a single process.  All
 * processes call it, and kz_parallel_team_free() at the end.  `received` holds the number of a
 * signal that has come to this process, or 0: the first hears of it.  KZ_ENOMEM, in all of them. */
KZ_CHECK_RESULT kz_status kz_parallel_team(kz_team **out, const volatile sig_atomic_t *received);
void kz_parallel_team_free(kz_team *team);

/* In the first process: the number of a signal that has come to another one, 0: none. */
int kz_parallel_heard(kz_team *team);

#endif
