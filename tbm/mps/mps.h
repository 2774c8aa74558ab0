/* Matrix product states with a conserved charge; internal to the module. */
#ifndef KZ_TBM_MPS_MPS_H
#define KZ_TBM_MPS_MPS_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include <kapitza/tebd.h>

#include "tbm/mps/basis.h"

static inline size_t kz_larger(size_t a, size_t b) { return a > b ? a : b; }

/* Arrays indexed by charge reach KZ_MPS_PAD beyond the charges that `reach` sites can have
 * together, so that neighbouring charges need no test. */
enum { KZ_MPS_PAD = 3 };

/* Virtual bond left of site b, b = 0 ... L.  The charge c of a sector is that of the sites left of
 * the bond together.  Sectors lie in ascending order; dim[c] = 0 outside lo ... hi and possibly
 * inside. */
typedef struct {
    int lo, hi;      /* smallest window that holds all sectors; never empty */
    int *dim;        /* by charge: states of the sector */
    int *start;      /* by charge: where the sector begins in value; valid for lo-3 ... hi+3 */
    double *value;   /* [total] Schmidt values, descending in a sector; their squares sum to 1 */
    int even;        /* where the state flips, of the sector that is its own image: its first states
                      * are even, the others odd, both by descending values */
    size_t total;    /* bond dimension */
    size_t capacity; /* of value */
} kz_mps_bond;

/* Right-orthonormal tensor B of site i in one arena.  Left sector m is one column-major matrix of
 * dim_left[m] rows; its column blocks are, in the order of the local states p, the states of right
 * sector m + charge[p].  For spins (p = 0 down, p = 1 up), with d = dim_left, r = dim_right:
 *
 *      data + offset[m]                     data + offset[m+1]
 *      | <- r[m] -> | <- r[m+1] -> |        | <- r[m+1] -> | <- r[m+2] -> |
 *      +------------+--------------+        +--------------+--------------+
 *      |   down     |     up       | d[m]   |    down      |     up       | d[m+1]   ...
 *      +------------+--------------+        +--------------+--------------+
 *
 * The two-site tensor of middle charge q has the columns of B_{i+1}'s sector q; its row block p is
 * column block p of B_i's sector q - charge[p]: one product each, in place, nothing permuted. */
typedef struct {
    const kz_basis *basis;
    double complex *data;
    size_t *offset; /* by left charge: where the matrix begins */
    size_t size, capacity;
} kz_mps_site;

struct kz_mps {
    size_t length;
    int up;     /* charge of the whole chain: of spins, how many are up */
    bool flips; /* has the symmetric form of tbm/flip.h, which updates keep */
    const kz_basis *basis;
    size_t reach;      /* charges lie in reach * charge[0] ... reach * charge[last] */
    kz_mps_bond *bond; /* [length + 1] */
    kz_mps_site *site; /* [length] */
    struct kz_divided
        *divided; /* not NULL: other processes hold some of it, tbm/divided/divided.h */
};

/* Bonds and sites without any sector; for the makers of states.  reach >= length. */
KZ_CHECK_RESULT kz_status kz_mps_allocate(kz_mps **out, const kz_basis *basis, size_t length,
                                          size_t reach, int up);

/* Purified sites at beta = 0: the product of sum_s exp(mu s/2) |s s>, s = +-1/2. */
KZ_CHECK_RESULT kz_status kz_mps_fill_hot(kz_mps *mps, double mu);

/* Replaces the sectors of a bond: dim[c - lo] states for c = lo ... hi.  Values stay as they are;
 * capacity must suffice. */
void kz_mps_bond_set(kz_mps_bond *bond, int lo, int hi, const int *dim);

/* Recomputes offset and size from the dimensions of the two bonds; capacity must suffice. */
void kz_mps_site_set(kz_mps_site *site, const kz_mps_bond *left, const kz_mps_bond *right);

/* Elements that a site between these bonds needs. */
size_t kz_mps_site_size(const kz_mps_site *site, const kz_mps_bond *left, const kz_mps_bond *right);

/* Columns of left sector m: of the blocks before local state p, and of all (p = states). */
static inline size_t kz_mps_columns(const kz_basis *basis, const kz_mps_bond *right, int m, int p)
{
    size_t count = 0;
    for (int k = 0; k < p; k++)
        count += (size_t)right->dim[m + basis->charge[k]];
    return count;
}

/* Whether all of it is here; KZ_EINVAL, for what needs that. */
KZ_CHECK_RESULT kz_status kz_mps_whole(const kz_mps *mps);

/* Tolerance of kz_mps_check() for a state that may have been truncated at will. */
#define KZ_MPS_ANY 1e300

/* kz_mps_check() of the sites first ... end - 1 and their bonds. */
KZ_CHECK_RESULT kz_status kz_mps_check_part(const kz_mps *mps, size_t first, size_t end,
                                            double tolerance);

/* kz_mps_entropy() from the Schmidt values that stand here. */
double kz_mps_entropy_here(const kz_mps *mps, size_t i);

/* Parts of kz_mps_write() and kz_mps_read(), which is: all but the sites, then each of them. */
KZ_CHECK_RESULT kz_status kz_mps_write_head(const kz_mps *mps, kz_write_fn write, void *context);
KZ_CHECK_RESULT kz_status kz_mps_write_bond(const kz_mps *mps, size_t b, kz_write_fn write,
                                            void *context);
KZ_CHECK_RESULT kz_status kz_mps_read_bond(kz_mps *mps, size_t b, kz_read_fn read, void *context);
KZ_CHECK_RESULT kz_status kz_mps_read_bonds(kz_mps **out, kz_read_fn read, void *context);
KZ_CHECK_RESULT kz_status kz_mps_read_site(kz_mps *mps, size_t i, kz_read_fn read, void *context);

/* Room for `count` values or elements; what is there stays.  On failure nothing changes. */
KZ_CHECK_RESULT kz_status kz_mps_bond_reserve(kz_mps_bond *bond, size_t count);
KZ_CHECK_RESULT kz_status kz_mps_site_reserve(kz_mps_site *site, size_t count);

#endif
