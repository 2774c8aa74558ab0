/* What operators on single sites leave on a bond of the chain; internal.
 *
 * The environment of O_i on a bond b to the right of site i is the matrix E[a', a] =
 * S_a' S_a <a'|O_i|a> of the left Schmidt vectors of that bond, that of O_j on a bond to the left
 * of site j the matrix M[a', a] = <a|O_j^+|a'> of its right Schmidt vectors.  With i < b <= j
 *
 *      <O_i O_j> = sum conj(M[a', a]) E[a', a].
 *
 * Sz less its mean keeps the charge; the pair S+ S- takes left states of charge c to c + 1.  One
 * block for each c, of E and of M:
 *
 *      ket (c) ->  kept    rest
 *                +-------+------+
 *   bra     kept |   E   |      |    Rows and columns by falling Schmidt values (rank); what lies
 *  (c + 1)       +-------+------+    beyond the first few is dropped.
 *           rest |       |      |
 *                +-------+------+
 *
 * Environments of many sites together, since they are nearly linear combinations of few: those of
 * 70 sites, 20 units of time after a quench, of 25 up to 1e-3, in a ground state of 10.  Only the
 * combinations pass from site to site:
 *
 *      E_i = sum_v part[i, v] V_v,       the columns of `part` orthonormal,
 *
 * so that the V_v have together the norm of all E_i, and the principal axes of their Gram matrix
 * are those of the E_i.  Combinations lie side by side in every block, [columns][v][rows], so that
 * a site takes two matrix products for all of them, in place:
 *
 *      (v, a') x a  times  a x b        and        b' x a'  times  a' x (v, b).
 *
 * The measure of what is dropped, combinations as well as states, is
 *
 *      |E|^2 = sum |E[a', a]|^2 / (S_a' S_a),       |M|^2 = sum |M[a', a]|^2 S_a' S_a,
 *
 * since |<O_i O_j>| <= |E| |M|, and |M| <= 1 for operators of norm 1, as sum S^2 = 1; the density
 * matrix itself has |S^2| = 1.  Correlations lose much less than this bound allows when states are
 * dropped, to second order in it: these have nearly no weight where operators of one site have
 * theirs.
 *
 * In states of the form of tbm/flip.h one block of two images is computed, as in updates, and
 * combinations are real ones, which keep that form. */
#ifndef KZ_TBM_CORRELATION_ENVIRONMENT_H
#define KZ_TBM_CORRELATION_ENVIRONMENT_H

#include "tbm/mps/mps.h"
#include "tbm/numbers.h"

/* Classes of Schmidt values, eight to a factor of two: down to 1e-19. */
enum { KZ_LEVELS = 512 };

/* The states of each sector of a bond by falling Schmidt values; arrays [total] by rank. */
typedef struct {
    int *place;             /* in the sector */
    int *level;             /* class of its value, ascending */
    double *root, *inverse; /* S^(1/2), and S^(-1/2); 0 where S is 0 */
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

/* A site that environments pass: the bonds on both sides ranked, and its matrices with rows and
 * columns in that order, in both precisions. */
typedef struct {
    const kz_mps *mps;
    size_t site;
    kz_ranking left, right;
    kz_numbers matrix[2]; /* by kz_environments.single; laid out as in kz_mps_site */
    size_t room[2];
    double mean, norm;  /* <Sz> of the site; <1> by its tensor */
    size_t most_states; /* of any bond */
} kz_passage;

/* Any site, then always a neighbour of the last one, in one direction; a passage begins as
 * {.mps = mps}.  KZ_ENOMEM, KZ_EDOMAIN (the state is not finite). */
KZ_CHECK_RESULT kz_status kz_passage_next(kz_passage *passage, size_t site);
void kz_passage_free(kz_passage *passage);

/* Block p of left charge c, rows and columns by rank, and the Schmidt value of rank k. */
static inline kz_numbers kz_passage_numbers(const kz_passage *w, int c, int p, bool single)
{
    const kz_mps_bond *left = &w->mps->bond[w->site];
    return kz_numbers_at(w->matrix[single],
                         w->mps->site[w->site].offset[c] +
                             kz_mps_columns(w->mps->basis, left + 1, c, p) * (size_t)left->dim[c]);
}
static inline const double complex *kz_passage_block(const kz_passage *w, int c, int p)
{
    return kz_passage_numbers(w, c, p, false).full;
}
static inline double kz_passage_value(const kz_passage *w, int c, size_t k)
{
    const kz_mps_bond *left = &w->mps->bond[w->site];
    size_t start = (size_t)left->start[c];
    return left->value[start + (size_t)w->left.place[start + k]];
}

/* The bonds that environments come from and go to at a site. */
static inline size_t kz_passage_bond(const kz_passage *w, bool behind_right)
{
    return behind_right ? w->site + 1 : w->site;
}
static inline const kz_ranking *kz_passage_ranking(const kz_passage *w, bool behind_right)
{
    return behind_right ? &w->right : &w->left;
}

/* Scratch of one thread. */
typedef struct {
    kz_numbers product[2], block[2]; /* in double and in single precision */
    size_t product_room[2], block_room[2];
    double complex *source, *weighted; /* [sector^2] what one site leaves */
    double complex *column;            /* [sector] */
    double *row;                       /* [2 * sector] */
    size_t sector;                     /* states of the largest of any bond */
} kz_environment_work;
KZ_CHECK_RESULT kz_status kz_environment_work_create(kz_environment_work *work, const kz_mps *mps);
void kz_environment_work_free(kz_environment_work *work);

/* All of one kind that pass together. */
typedef struct {
    int raise;            /* 0: Sz less its mean; 1: S+ on the left site, S- on the right one */
    bool from_right;      /* M, which goes to the left; else E */
    double tolerance;     /* |E|, of all of them together, that may be dropped behind each site */
    int cut;              /* states of lower levels are kept */
    int count;            /* combinations V_v */
    bool single;          /* precision of the numbers */
    kz_numbers data;      /* block after block, by charge of the ket */
    size_t *site;         /* [members] whose they are */
    double complex *part; /* [length * count], column-major: of each member */
    size_t members, length;
    /* Scratch: behind a site, of more states than are kept; what the site itself adds; and of
     * span.c and meter.c. */
    kz_numbers wide, fresh, turn;
    size_t data_room, part_room, wide_room, fresh_room, turn_room;
    int crowd; /* of so many combinations it is asked whether fewer would do */
} kz_environments;

enum { KZ_ENVIRONMENTS_MOST = 4 };

/* Empty, at an end of the chain. */
KZ_CHECK_RESULT kz_status kz_environments_create(kz_environments *out, const kz_mps *mps, int raise,
                                                 bool from_right, double tolerance, bool single);
void kz_environments_free(kz_environments *e);

/* Takes several sets, KZ_ENVIRONMENTS_MOST at most, which all go in the same direction, past the
 * site, and adds what the site leaves itself to those that it joins.
 *  joins  [count]
 *  work   [threads]
 * KZ_ENOMEM; KZ_EDOMAIN (not finite), KZ_ENOCONV: the sets are then fit to be freed only. */
KZ_CHECK_RESULT kz_status kz_environments_pass(kz_environments *e, size_t count, const bool *joins,
                                               const kz_passage *passage, kz_environment_work *work,
                                               int threads);

/* Correlations of all members with the site that they reach: <Sz_i Sz_j> - <Sz_i><Sz_j>, or
 * <S+_i S-_j> with i < j.
 *  value  out [members]
 *  probe  what the site leaves on the bond where they are, of states below level `cut`, which is
 *         not lower than theirs (tbm/correlation/source.h)
 *  scratch  [e->count + largest sector] */
void kz_environments_measure(double complex *value, const kz_environments *e,
                             const double complex *probe, int cut, const kz_passage *passage,
                             double complex *scratch);

/* Of all members on the left with all members on the right of one bond.
 *  value    out [left->members * right->members], those of one member on the left together
 *  ranking  of the bond
 * KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_environments_join(double complex *value, const kz_environments *left,
                                               const kz_environments *right, const kz_mps *mps,
                                               size_t bond, const kz_ranking *ranking);

#endif
