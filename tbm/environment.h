/* What an operator on one site leaves on the bonds to its right; internal.
 *
 * The environment of O_i on bond b > i is the matrix E[a', a] = S_a' S_a <a'|O_i|a> of the left
 * Schmidt vectors of that bond; with O_j behind it, <O_i O_j> is a trace over site j.  Sz less its
 * mean keeps the charge; S+ takes states of charge c to c + 1.  One block for each c:
 *
 *      ket (c) ->  kept    rest
 *                +-------+------+
 *   bra     kept |   E   |      |    Rows and columns by falling Schmidt values (rank); what lies
 *  (c + 1)       +-------+------+    beyond the first few is dropped.
 *           rest |       |      |
 *                +-------+------+
 *
 * The farther from the site, the fewer states an environment needs; a site is passed at the cost of
 * the third power of their number.  How many is seen each time from what the next ones would add.
 * The measure of what is dropped is
 *
 *      |E|^2 = sum |E[a', a]|^2 / (S_a' S_a),
 *
 * since it bounds the trace norm: |tr(E M)| <= |M| |E| for every M on the right, as
 * sum S^2 = 1 (Hoelder's inequality for S^(1/2) Y S^(1/2)); the density matrix itself has |S^2|
 * = 1. Correlations lose much less than this bound allows, to second order in it: what is dropped
 * has nearly no weight where operators of one site have theirs.
 *
 * In states of the form of tbm/flip.h one block of two images is computed, as in updates. */
#ifndef KZ_TBM_ENVIRONMENT_H
#define KZ_TBM_ENVIRONMENT_H

#include "tbm/mps.h"

/* Classes of Schmidt values, eight to a factor of two: down to 1e-19. */
enum { KZ_LEVELS = 512 };

/* The states of each sector of a bond by falling Schmidt values; arrays [total] by rank. */
typedef struct {
    int *place;      /* in the sector */
    int *level;      /* class of its value, ascending */
    double *inverse; /* 1 / S; 0 where S is 0 */
    size_t capacity;
    int top;                     /* all levels are lower */
    double tail[KZ_LEVELS + 1];  /* sum of S^2 of this level and those above */
    size_t below[KZ_LEVELS + 1]; /* states of lower levels */
} kz_ranking;

KZ_CHECK_RESULT kz_status kz_ranking_make(kz_ranking *ranking, const kz_mps_bond *bond);
void kz_ranking_free(kz_ranking *ranking);
/* States of charge c below level `cut`. */
int kz_ranking_count(const kz_ranking *ranking, const kz_mps_bond *bond, int c, int cut);
/* The level from which on states have no more weight than this together. */
int kz_ranking_cut(const kz_ranking *ranking, double weight);

/* Weight of states left of a site that begin nothing there, or right of it that are not measured:
 * a correlation changes by no more than that. */
static inline double kz_environment_neglected(double tolerance)
{
    return 0.25 * tolerance * tolerance;
}

/* A site that environments pass: the bonds on both sides ranked, its rows and columns in that
 * order, and what its operators measure. */
typedef struct {
    const kz_mps *mps;
    size_t site;
    kz_ranking left, right;
    const double complex **matrix; /* by left charge less lo: as in kz_mps_site */
    size_t charges;                /* room for them */
    double complex *copy;          /* of matrices in another order than their own */
    size_t capacity;
    double mean, norm;  /* <Sz> of the site; <1> by its tensor */
    size_t most_states; /* of any bond */
    /* Blocks M, with sum conj(M) E the correlation of an environment E on the left bond: of Sz, and
     * of S-; of states below level `cut` there. */
    double complex *meter[2];
    size_t room[2];
    int cut[2];
} kz_passage;

/* The next site, from the left end on; a passage begins as {.mps = mps}.  KZ_ENOMEM, KZ_EDOMAIN
 * (the state is not finite). */
KZ_CHECK_RESULT kz_status kz_passage_next(kz_passage *passage, size_t site);
void kz_passage_free(kz_passage *passage);

/* Block p of left charge c, rows and columns by rank, and the Schmidt value of rank k. */
static inline const double complex *kz_passage_block(const kz_passage *w, int c, int p)
{
    const kz_mps_bond *left = &w->mps->bond[w->site];
    return w->matrix[c - left->lo] +
           kz_mps_columns(w->mps->basis, left + 1, c, p) * (size_t)left->dim[c];
}
static inline double kz_passage_value(const kz_passage *w, int c, size_t k)
{
    const kz_mps_bond *left = &w->mps->bond[w->site];
    size_t start = (size_t)left->start[c];
    return left->value[start + (size_t)w->left.place[start + k]];
}

/* Scratch of one thread for any site of a chain. */
typedef struct {
    double complex *whole;           /* all blocks of an environment */
    double complex *product, *block; /* two of the largest block */
    double *row;                     /* [largest sector] */
} kz_environment_work;
KZ_CHECK_RESULT kz_status kz_environment_work_create(kz_environment_work *work, const kz_mps *mps);
void kz_environment_work_free(kz_environment_work *work);

typedef struct {
    int raise;            /* 0: Sz less its mean; 1: S+ */
    double tolerance;     /* |E| that may be dropped behind each site */
    int cut;              /* states of lower levels are kept; 0: nothing is left */
    double complex *data; /* by charge of the ket */
    size_t capacity;
} kz_environment;

/* That of the passage's site, on the bond behind it. */
KZ_CHECK_RESULT kz_status kz_environment_begin(kz_environment *environment,
                                               const kz_passage *passage,
                                               kz_environment_work *work);

/* Meters of the passage's site for environments of levels below `cut`, of this tolerance or more;
 * work [threads]. */
KZ_CHECK_RESULT kz_status kz_passage_measure(kz_passage *passage, int raise, int cut,
                                             double tolerance, kz_environment_work *work,
                                             int threads);

/* <Sz_i Sz_j> - <Sz_i><Sz_j>, or <S+_i S-_j>, with the passage's site j, by its meter. */
double complex kz_environment_value(const kz_environment *environment, const kz_passage *passage);

/* From the bond before the site to that behind it. */
KZ_CHECK_RESULT kz_status kz_environment_pass(kz_environment *environment,
                                              const kz_passage *passage, kz_environment_work *work);
void kz_environment_free(kz_environment *environment);

#endif
