/* A junction at several resistances on several processes. */
#ifndef KZ_PARALLEL_JUNCTION_H
#define KZ_PARALLEL_JUNCTION_H

#include <kapitza/junction.h>

#include "parallel/farm.h"

enum { KZ_SWEEP_REASON = 256 };

typedef struct {
    kz_junction *junction;         /* each process has its own */
    const double *resistance;      /* [count] */
    const double *spin_resistance; /* [count]; NULL: energy alone */
    size_t count;
    const double *zeta[2]; /* rays of the left and of the right half, [rays[side]] */
    size_t rays[2];
} kz_sweep;

/* What one resistance gives; travels as numbers. */
typedef struct {
    kz_junction_point point; /* where status is KZ_OK or KZ_ETOL */
    kz_status status;        /* of kz_junction_solve() or kz_junction_solve_pair() */
    char reason[KZ_SWEEP_REASON], rays_reason[2][KZ_SWEEP_REASON]; /* "" where it is KZ_OK */
    kz_ray rays[]; /* where there is a point: of the left, then of the right half */
} kz_sweep_result;

/* Solves for every resistance, and its rays where it is solved, divided over the processes: one
 * task each.  *results is made in the first process and NULL in the others, which return KZ_OK;
 * release it with kz_free.  Returns KZ_EINVAL, KZ_ENOMEM, KZ_ECANCELLED. */
KZ_CHECK_RESULT kz_status kz_parallel_junction(double **results, kz_sweep *sweep,
                                               const kz_options *options);

const kz_sweep_result *kz_sweep_at(const double *results, const kz_sweep *sweep, size_t i);

#endif
