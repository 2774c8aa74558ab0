/* One call of full counting statistics, shared by its files; library-internal. */
#ifndef KZ_GHD_COUNTING_COUNTING_H
#define KZ_GHD_COUNTING_COUNTING_H

#include <kapitza/fluctuations.h>

#include "core/progress.h"
#include "ghd/isotropic/grids.h"
#include "ghd/level/level.h"

enum {
    KZ_COUNTING_NODES = 16,    /* on |kappa| < 1/2 where F is analytic for |kappa| < pi: the series
                                * falls like 12^-k, or as far as the weak singularities let it where
                                * two zeros of v merge */
    KZ_COUNTING_ISOTROPIC = 2, /* radii at Delta = 1, where points cost more */
    KZ_COUNTING_RADII = 6,     /* with a gap: of each a quarter of the one before */
    KZ_COUNTING_SIDES = 2      /* of lambda = 0 for the flow, on either of which F is analytic:
                                * |kappa| < 1 there, 14^-k */
};

/* One point on one branch (branches.h). */
typedef struct {
    kz_fluctuation at;
    unsigned long shape;
    bool divided, turned;
    double bound; /* F of the last grid that had it here; infinite: none yet */
    bool below;   /* what is known says that it is not the larger one: it is not solved again */
} kz_counting_branch;

/* What is asked for, and how far it is. */
typedef struct {
    kz_chain chain; /* that asked for, or turned (core/chain.h), */
    double sign;    /* then -1: of energies, hence of lambda and odd cumulants */
    kz_state state[2];
    kz_charge charge;
    bool flows; /* by the flow of biased states */
    double tol;
    size_t n, total;              /* points of the caller; those and the nodes */
    double *lambda;               /* [total] */
    double *image;                /* [total] lambda, or what is solved for in its place */
    size_t *order;                /* [total] by that */
    double radius;                /* of the nodes, or of the outermost ones */
    int sets;                     /* of nodes */
    int grids;                    /* so far */
    kz_grid grid;                 /* the present one */
    bool isotropic;               /* Delta = 1; elsewhere false, 0: */
    kz_isotropic_place place;     /* which it is, */
    double coldest;               /* for what states, */
    bool *divided;                /* [total] where row N crosses the junction, */
    double *rest;                 /* [total] what the last more rows say is left there, */
    bool *settled;                /* [total] and points that are not solved again, as they cost
                                   * more: their error has reached the tolerance */
    unsigned long *shape;         /* [total] of the last grid (bias.h) */
    kz_fluctuation *now, *before; /* [total] on the last grid and on the one before */
    bool branches;                /* one for either side of the long strings; F is the larger one */
    kz_counting_branch *branch[2]; /* [total] each */
    bool *turned; /* [total] solved, but the long strings do not come from where they are held */
    kz_progress progress;
    double noise[KZ_COUNTING_RADII]; /* of each set, whatever the grid does */
    char reason[256]; /* why the first of the points that failed on the last grid did */
} kz_counting;

/* Where a set of nodes lies: around 0, or for the flow beside it. */
typedef struct {
    double centre, half;
} kz_node_range;

kz_node_range kz_counting_range(const kz_counting *counting, int set);

/* From the nodes on the last two grids that they were solved on. */
void kz_counting_cumulants(kz_cumulants *out, const kz_counting *counting);

#endif
