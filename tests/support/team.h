/* A team of threads in one process, for tests: a transport without MPI. */
#ifndef KZ_TESTS_TEAM_H
#define KZ_TESTS_TEAM_H

#include <kapitza/team.h>

/* Runs lead(team, context) in this thread as the first of `size` processes, with kz_team_serve() in
 * a thread for each of the others, which are dismissed when it returns. */
void check_team_run(int size, void (*lead)(kz_team *team, void *context), void *context);

#endif
