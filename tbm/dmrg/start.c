/* The states that DMRG starts from.
 *
 * F turns all spins around.  In the sector of total Sz = 0 of an open chain whose couplings lambda
 * are not zero, turn every second spin of each stretch of positive lambda by pi about z.  All
 * elements of H beside the diagonal are then negative or zero and connect all configurations: by
 * Perron and Frobenius the lowest state is unique and positive (marshall1955, lieb1962).  Turned
 * back, its amplitudes have the sign (-1)^(up spins on turned sites), and F multiplies it by
 * (-1)^(turned sites), whatever the anisotropies.  In an ordered phase the other eigenvalue comes
 * exponentially close, and without this knowledge truncation decides between the branches. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/dmrg/dmrg.h"

/* Which sites are turned; the last one is not. */
static void list_turned(bool *turned, const kz_dmrg_work *w)
{
    turned[w->length - 1] = false;
    for (size_t i = w->length - 1; i-- > 0;)
        turned[i] = turned[i + 1] != (w->lambda[i] > 0.0);
}

static int flip_of(const bool *turned, size_t length)
{
    int flip = 1;
    for (size_t i = 0; i < length; i++)
        flip = turned[i] ? -flip : flip;
    return flip;
}

/* Charges lo ... hi of `states` states each. */
static kz_status set_bond(kz_dmrg_work *w, size_t b, int lo, const int *dim, int count)
{
    kz_mps_bond *bond = &w->state->bond[b];
    size_t total = 0;
    for (int k = 0; k < count; k++)
        total += (size_t)dim[k];
    KZ_TRY(kz_mps_bond_reserve(bond, total));
    KZ_TRY(kz_vector_reserve(&w->sign[b], total));
    kz_mps_bond_set(bond, lo, lo + count - 1, dim);
    for (size_t k = 0; k < total; k++)
        bond->value[k] = w->sign[b].data[k] = 1.0;
    return KZ_OK;
}

/* -- all configurations -------------------------------------------------------------------- */

/* Right of bond b every charge has one state: the sum of all configurations of the n sites left
 * over, k of them up. */
static kz_status set_uniform_bond(kz_dmrg_work *w, size_t b, const int *ones)
{
    int up = w->state->up, sites = (int)b, rest = (int)w->length - sites;
    int lo = up > rest ? up - rest : 0, hi = sites < up ? sites : up;
    return set_bond(w, b, lo, ones, hi - lo + 1);
}

/* The first of n sites with k up is down with probability (n - k)/n. */
static kz_status set_uniform_site(kz_dmrg_work *w, size_t i, bool turned)
{
    const kz_mps_bond *bond = &w->state->bond[i];
    kz_real_site *site = &w->site[i];
    double n = (double)(w->length - i);
    size_t used = 0;
    KZ_TRY(kz_vector_reserve(&site->arena, 2 * bond->total));
    for (int c = bond->lo; c <= bond->hi; c++) {
        double k = w->state->up - c;
        site->offset[c] = used;
        if (bond[1].dim[c] > 0) site->arena.data[used++] = sqrt((n - k) / n);
        if (bond[1].dim[c + 1] > 0) site->arena.data[used++] = (turned ? -1.0 : 1.0) * sqrt(k / n);
    }
    return KZ_OK;
}

static kz_status make_uniform(kz_dmrg_work *w, const bool *turned)
{
    size_t L = w->length;
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, L + 1, sizeof(int)));
    int *ones = memory;
    for (size_t k = 0; k <= L; k++)
        ones[k] = 1;
    kz_status status = KZ_OK;
    for (size_t b = 0; b <= L && status == KZ_OK; b++)
        status = set_uniform_bond(w, b, ones);
    kz_free(memory);
    KZ_TRY(status);
    for (size_t i = 0; i < L; i++)
        KZ_TRY(set_uniform_site(w, i, turned[i]));
    for (size_t b = 1; b <= L; b++) { /* no site is left of bond 0 */
        double sign = flip_of(turned + b, L - b);
        for (size_t k = 0; k < w->state->bond[b].total; k++)
            w->sign[b].data[k] = sign;
    }
    return KZ_OK;
}

/* -- one configuration and its flip -------------------------------------------------------- */

/* Right of a bond there are the rests R_0 of the configuration and R_1 of its flip.  Where their
 * charges agree the states are (R_0 + R_1)/sqrt 2 and (R_0 - R_1)/sqrt 2. */
typedef struct {
    int charge[2];
    double part[2][2]; /* of R_x in state k; k = 0 has the charge[0] */
    int states;
} rest_basis;

static rest_basis basis_at(size_t b, size_t length, int charge, int flip)
{
    const double root = sqrt(0.5);
    int other = (int)b - charge;
    if (b == length) return (rest_basis){{charge, charge}, {{1.0, 1.0}}, 1};
    if (b == 0) return (rest_basis){{0, 0}, {{root, flip * root}}, 1};
    if (charge == other) return (rest_basis){{charge, charge}, {{root, root}, {root, -root}}, 2};
    return (rest_basis){{charge, other}, {{1.0, 0.0}, {0.0, 1.0}}, 2};
}

static kz_status set_pair_bond(kz_dmrg_work *w, size_t b, const rest_basis *r)
{
    bool apart = r->states == 2 && r->charge[0] != r->charge[1];
    int lo = r->charge[0] < r->charge[1] ? r->charge[0] : r->charge[1];
    int count = apart ? abs(r->charge[0] - r->charge[1]) + 1 : 1;
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, (size_t)count, sizeof(int)));
    int *dim = memory;
    dim[0] = apart ? 1 : r->states;
    if (apart) dim[count - 1] = 1;
    kz_status status = set_bond(w, b, lo, dim, count);
    kz_free(memory);
    KZ_TRY(status);
    if (!apart && r->states == 2) w->sign[b].data[1] = -1.0;
    return KZ_OK;
}

/* Overlap of state k left of the site with spin and state l right of it. */
static kz_status set_pair_site(kz_dmrg_work *w, size_t i, bool up, const rest_basis *from,
                               const rest_basis *to)
{
    kz_real_site *site = &w->site[i];
    const kz_mps_bond *left = &w->state->bond[i], *right = left + 1;
    KZ_TRY(kz_vector_reserve(&site->arena, kz_mps_site_size(&w->state->site[i], left, right)));
    size_t used = 0;
    for (int c = left->lo; c <= left->hi; c++) {
        site->offset[c] = used;
        for (int spin = 0; spin < 2; spin++)
            for (int l = 0; l < to->states; l++)
                for (int k = 0; k < from->states; k++) {
                    if (from->charge[k] != c || to->charge[l] != c + spin) continue;
                    double sum = 0.0;
                    for (int x = 0; x < 2; x++)
                        if ((spin == 1) == (x == 0 ? up : !up))
                            sum += from->part[k][x] * to->part[l][x];
                    site->arena.data[used++] = sum;
                }
    }
    return KZ_OK;
}

static kz_status make_pair(kz_dmrg_work *w, const bool *spins)
{
    int charge = 0;
    rest_basis before = basis_at(0, w->length, 0, w->flip);
    KZ_TRY(set_pair_bond(w, 0, &before));
    for (size_t i = 0; i < w->length; i++) {
        charge += spins[i] ? 1 : 0;
        rest_basis next = basis_at(i + 1, w->length, charge, w->flip);
        KZ_TRY(set_pair_bond(w, i + 1, &next));
        KZ_TRY(set_pair_site(w, i, spins[i], &before, &next));
        before = next;
    }
    return KZ_OK;
}

/* -- configurations ------------------------------------------------------------------------ */

/* Energy of two neighbours, times four where they are parallel, minus that where not. */
static double ising_coupling(const kz_dmrg_work *w, size_t i)
{
    bool ordered = fabs(w->delta[i]) > 1.0;
    return ordered ? w->lambda[i] * w->delta[i] : fabs(w->lambda[i]);
}

/* Least energies of the sites up to i by number of up spins and last spin, and the spin before. */
static void forward(bool *spins, double *best, bool *before, const kz_dmrg_work *w)
{
    size_t L = w->length, width = 2 * ((size_t)w->state->up + 1);
    double *next = best + width;
    for (size_t k = 0; k < width; k++)
        best[k] = INFINITY;
    best[0] = 0.0;                /* one site, down */
    if (width > 2) best[3] = 0.0; /* up */
    for (size_t i = 1; i < L; i++) {
        double coupling = ising_coupling(w, i - 1);
        bool *from = before + i * width;
        for (size_t k = 0; k < width; k++) {
            size_t last = k % 2, ups = k / 2;
            next[k] = INFINITY;
            if (last > ups) continue;
            size_t old = 2 * (ups - last);
            double down = best[old] + (last == 0 ? coupling : -coupling);
            double up = best[old + 1] + (last == 1 ? coupling : -coupling);
            from[k] = up < down;
            next[k] = from[k] ? up : down;
        }
        memcpy(best, next, width * sizeof *best);
    }
    size_t k = width - 2 + (best[width - 1] < best[width - 2] ? 1 : 0);
    for (size_t i = L; i-- > 0;) {
        spins[i] = k % 2 == 1;
        if (i > 0) k = 2 * (k / 2 - k % 2) + (before[i * width + k] ? 1 : 0);
    }
}

/* The configuration with the right number of up spins and the least sum over the bonds of
 * ising_coupling() times +1 or -1, by dynamic programming. */
static kz_status find_configuration(bool *spins, const kz_dmrg_work *w)
{
    size_t width = 2 * ((size_t)w->state->up + 1);
    void *memory = NULL;
    double *best;
    KZ_TRY(kz_alloc_doubles(&best, 2 * width));
    kz_status status = kz_alloc(&memory, width * w->length, sizeof(bool));
    if (status == KZ_OK) forward(spins, best, memory, w);
    kz_free(memory);
    kz_free(best);
    return status;
}

static kz_status make_product(kz_dmrg_work *w, const bool *spins)
{
    const int one = 1;
    int charge = 0;
    for (size_t b = 0; b <= w->length; b++) {
        KZ_TRY(set_bond(w, b, charge, &one, 1));
        if (b == w->length) break;
        KZ_TRY(kz_vector_reserve(&w->site[b].arena, 1));
        w->site[b].offset[charge] = 0;
        w->site[b].arena.data[0] = 1.0;
        charge += spins[b] ? 1 : 0;
    }
    return KZ_OK;
}

static kz_status make(kz_dmrg_work *w, kz_dmrg_start start, bool *flags)
{
    list_turned(flags, w);
    if (2 * (size_t)w->state->up == w->length) w->flip = flip_of(flags, w->length);
    if (start == KZ_START_UNIFORM) return make_uniform(w, flags);
    KZ_TRY(find_configuration(flags, w));
    return w->flip ? make_pair(w, flags) : make_product(w, flags);
}

kz_status kz_dmrg_make_start(kz_dmrg_work *w, kz_dmrg_start start)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, w->length, sizeof(bool)));
    kz_status status = make(w, start, memory);
    kz_free(memory);
    return status;
}
