/* Matrix product states with conserved S^z; internal to the module. */
#ifndef KZ_TBM_MPS_H
#define KZ_TBM_MPS_H

#include <complex.h>
#include <stddef.h>

#include <kapitza/tebd.h>

/* Local states of a site. */
enum { KZ_SPIN_UP = 0, KZ_SPIN_DOWN = 1 };

/* Arrays indexed by charge accept -KZ_MPS_PAD ... length + KZ_MPS_PAD, so that neighbouring
 * charges need no test. */
enum { KZ_MPS_PAD = 3 };

/* Virtual bond left of site b, b = 0 ... L.  The charge c of a sector counts the up spins on the
 * sites left of the bond.  Sectors lie in ascending order; dim[c] = 0 outside lo ... hi and
 * possibly inside. */
typedef struct {
    int lo, hi;      /* smallest window that holds all sectors; never empty */
    int *dim;        /* by charge: states of the sector */
    int *start;      /* by charge: where the sector begins in value; valid for lo-3 ... hi+3 */
    double *value;   /* [total] Schmidt values, descending in a sector; their squares sum to 1 */
    size_t total;    /* bond dimension */
    size_t capacity; /* of value */
} kz_mps_bond;

/* Right-orthonormal tensor B of site i in one arena.  Left sector m is one column-major matrix of
 * dim_left[m] rows; its columns are the states of right sector m (spin down), then those of
 * right sector m + 1 (spin up). */
typedef struct {
    double complex *data;
    size_t *offset; /* by left charge: where the matrix begins */
    size_t size, capacity;
} kz_mps_site;

struct kz_mps {
    size_t length;
    int up;            /* up spins, the conserved charge */
    kz_mps_bond *bond; /* [length + 1] */
    kz_mps_site *site; /* [length] */
};

/* Bonds and sites without any sector; for the makers of states. */
KZ_CHECK_RESULT kz_status kz_mps_allocate(kz_mps **out, size_t length, int up);

/* Replaces the sectors of a bond: dim[c - lo] states for c = lo ... hi.  Values stay as they are;
 * capacity must suffice. */
void kz_mps_bond_set(kz_mps_bond *bond, int lo, int hi, const int *dim);

/* Recomputes offset and size from the dimensions of the two bonds; capacity must suffice. */
void kz_mps_site_set(kz_mps_site *site, const kz_mps_bond *left, const kz_mps_bond *right);

/* Elements that a site between these bonds needs. */
size_t kz_mps_site_size(const kz_mps_bond *left, const kz_mps_bond *right);

/* Room for `count` values or elements; what is there stays.  On failure nothing changes. */
KZ_CHECK_RESULT kz_status kz_mps_bond_reserve(kz_mps_bond *bond, size_t count);
KZ_CHECK_RESULT kz_status kz_mps_site_reserve(kz_mps_site *site, size_t count);

#endif
