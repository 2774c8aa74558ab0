/* Solving a junction for several R and writing points and rays; `junction` and `figure` share it.
 */
#ifndef CLI_COMMAND_JUNCTION_WORK_H
#define CLI_COMMAND_JUNCTION_WORK_H

#include "cli/cli.h"

typedef struct {
    kz_junction_params params;
    kz_io_pairs law_table; /* empty unless params.law.kind is KZ_LAW_TABLE */
    const char *law_text;
    cli_list resistance;
    cli_list spin_resistance;                            /* params.carry KZ_CARRY_BOTH only */
    cli_list rays;                                       /* may be empty */
    const char *resistance_text, *spin_text, *rays_text; /* as typed, or NULL */
    kz_options options;
    cli_progress progress;

    kz_junction *junction; /* NULL when it could not be made */
    double *swept;         /* in the first of several processes: see parallel/junction.h */
    /* the cases: every resistance, or every pair, the energy's outermost */
    size_t count;
    double *energy_case, *spin_case; /* [count] */
    kz_junction_point *points;       /* [count]; nan and err = inf where it failed */
    kz_status *status;               /* [count] */
    char (*reason)[256];             /* [count], "" where it succeeded */
} cli_junction_work;

/* Frees everything, the lists too. */
void cli_junction_work_free(cli_junction_work *work);

/* Makes the junction and solves every case; in several processes, all of which call it, each case
 * with its rays, for the first of them.  Numerical failures are kept in work->status; returns
 * KZ_EINVAL or KZ_ENOMEM where nothing can be written. */
KZ_CHECK_RESULT kz_status cli_junction_work_solve(cli_junction_work *work);

/* One row per case: R T_minus T_plus beta_minus beta_plus energy_current energy_left energy_right
 * err, and with two charges spin_resistance mu_minus mu_plus spin_current magnetization_left
 * magnetization_right entropy_production. */
KZ_CHECK_RESULT kz_status cli_junction_points_table(kz_io_table **out, const cli_args *args,
                                                    const cli_junction_work *work,
                                                    cli_failures *failures);

/* One row per case and zeta, two for zeta = 0: R zeta energy energy_current err side, or with two
 * charges R spin_resistance zeta energy energy_current magnetization spin_current err side. */
KZ_CHECK_RESULT kz_status cli_junction_rays_table(kz_io_table **out, const cli_args *args,
                                                  cli_junction_work *work, cli_failures *failures);

#endif
