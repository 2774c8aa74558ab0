/* The two-site tensor in its sectors. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/blas.h"
#include "tbm/eigen.h"
#include "tbm/flip.h"

/* On (up down, down up), less J delta/4, which is h of equal spins, and with d = (left - right)/2
 *   h = -J delta/2 - d sigma_z + J/2 sigma_x. */
kz_gate kz_gate_of_bond(double tau, const kz_bond *bond)
{
    double d = 0.5 * (bond->left - bond->right), w = hypot(d, 0.5 * bond->J);
    double complex phase = cexp(I * (0.5 * tau * (bond->J * bond->delta)));
    double complex even = phase * cos(w * tau), odd = w > 0.0 ? phase * (-I * sin(w * tau)) : 0.0;
    double z = w > 0.0 ? d / w : 0.0, x = w > 0.0 ? 0.5 * bond->J / w : 0.0;
    return (kz_gate){.same = even - odd * z,
                     .back = even + odd * z,
                     .other = odd * x,
                     .up_up = 1.0,
                     .down_down = 1.0,
                     .tau = tau * 2.0 * w,
                     .turn = 0.5 * tau * (bond->left + bond->right),
                     .unitary = true};
}

kz_gate kz_gate_make(double tau, double delta)
{
    return kz_gate_of_bond(tau, &(kz_bond){.J = 1.0, .delta = delta});
}

/* On (up down, down up) with s = left + right and d = left - right
 *   K = -beta delta/4 - d/2 sigma_z + beta/2 sigma_x,  on equal spins  beta delta/4 -+ s/2. */
kz_gate kz_gate_cool(double tau, double beta, double delta, double left, double right)
{
    double d = 0.5 * (left - right), w = hypot(d, 0.5 * beta),
           shift = exp(0.5 * tau * beta * delta);
    double even = shift * cosh(tau * w), odd = w > 0.0 ? shift * sinh(tau * w) / w : 0.0;
    double polarised = exp(0.5 * tau * (left + right));
    return (kz_gate){.same = even + odd * d,
                     .back = even - odd * d,
                     .other = -0.5 * odd * beta,
                     .up_up = polarised,
                     .down_down = 1.0 / polarised,
                     .tau = tau * 2.0 * w};
}

/* Elements that a sector needs until the end of the update, and during its split.  The bounds
 * hold for every split; see zgesdd and zheevd for the sizes of their work arrays. */
typedef struct {
    size_t complexes, complex_scratch, reals, real_scratch, integers;
} needs;

enum { BLOCK = 64, SMALL = 256 + KZ_EIGEN_LAPACK(0) };

static void add_needs(needs *n, size_t rows, size_t columns)
{
    size_t least = rows < columns ? rows : columns, most = kz_larger(rows, columns);
    n->complexes += 2 * rows * columns + (rows + columns + least) * least;
    n->reals += least + rows;
    n->complex_scratch = kz_larger(
        n->complex_scratch, rows * columns + 2 * (rows + columns) * least + 4 * least * least +
                                4 * least + BLOCK * (rows + columns) + SMALL);
    n->real_scratch =
        kz_larger(n->real_scratch, 7 * least * least + 2 * most * least + 12 * least + SMALL);
    n->integers = kz_larger(n->integers, 8 * least + SMALL);
}

/* Row and column blocks of a sector; false where it is empty. */
static bool place_blocks(kz_sector *s, const kz_basis *basis, const kz_mps_bond *left,
                         const kz_mps_bond *right)
{
    int rows = 0, columns = 0, q = s->charge;
    for (int p = basis->states - 1; p >= 0; p--) {
        bool has = kz_flip_has_row(s, basis, p);
        s->row[p] = (kz_range){rows, has ? left->dim[q - basis->charge[p]] : 0};
        rows += s->row[p].count;
    }
    if (rows == 0) return false;
    for (int p = 0; p < basis->states; p++) {
        bool has = kz_flip_has_column(s, basis, p);
        s->column[p] = (kz_range){columns, has ? right->dim[q + basis->charge[p]] : 0};
        columns += s->column[p].count;
    }
    s->rows = rows;
    s->columns = columns;
    return columns > 0;
}

/* Fills the sectors but for their memory. */
static void list_sectors(kz_work *work, needs *n, const kz_mps *mps, size_t i)
{
    const kz_basis *basis = mps->basis;
    const kz_mps_bond *left = &mps->bond[i], *middle = left + 1, *right = left + 2;
    int least = kz_basis_least(basis), largest = kz_basis_largest(basis);
    int lo = left->lo + least > right->lo - largest ? left->lo + least : right->lo - largest;
    int hi = left->hi + largest < right->hi - least ? left->hi + largest : right->hi - least;
    work->sectors = 0;
    for (int q = lo; q <= hi; q++) {
        for (int part = 0; part < kz_flip_parts(mps, i + 1, q); part++) {
            kz_sector *s = &work->sector[work->sectors];
            kz_flip_set_part(s, mps, i + 1, q, part);
            if (!place_blocks(s, basis, left, right)) continue;
            s->old = kz_flip_count(middle, s);
            s->old_start = middle->start[q] + kz_flip_first(middle, s);
            add_needs(n, (size_t)s->rows, (size_t)s->columns);
            work->sectors++;
        }
    }
}

/* The Schmidt values left of the first site, once per row: where no two local states share a charge
 * they lie in this order on the bond. */
static void find_scale(kz_sector *s, kz_work *work, const kz_basis *basis, const kz_mps_bond *left)
{
    if (!basis->repeats) {
        s->scale = left->value + left->start[s->charge - kz_basis_largest(basis)];
        return;
    }
    double *scale = kz_work_real(work, (size_t)s->rows);
    s->scale = scale;
    for (int p = basis->states - 1; p >= 0; p--) {
        const double *value = left->value + left->start[s->charge - basis->charge[p]];
        for (int k = 0; k < s->row[p].count; k++)
            *scale++ = value[k];
    }
}

kz_status kz_theta_prepare(kz_work *work, const kz_mps *mps, size_t i)
{
    const kz_mps_bond *bond = &mps->bond[i];
    const kz_basis *basis = mps->basis;
    needs n = {0};
    KZ_TRY(kz_work_reserve_sectors(
        work, (size_t)(bond->hi - bond->lo + 1 + kz_basis_largest(basis) - kz_basis_least(basis))));
    list_sectors(work, &n, mps, i);
    KZ_TRY(kz_work_reserve(work, n.complexes + n.complex_scratch, n.reals + n.real_scratch,
                           n.integers));
    bool projects = false;
    for (size_t k = 0; k < work->sectors; k++)
        projects |= kz_split_may_project(&work->sector[k]);
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        size_t least = (size_t)(s->rows < s->columns ? s->rows : s->columns);
        s->c = kz_work_complex(work, (size_t)s->rows * (size_t)s->columns);
        s->basis = kz_work_complex(work, least * (size_t)s->columns);
        s->left = kz_work_complex(work, (size_t)s->rows * least);
        s->rotate = kz_work_complex(work, least * least);
        s->weight = kz_work_real(work, least);
        find_scale(s, work, basis, bond);
        s->change_up = s->change_down = NULL;
        if (!projects || basis->states > 2 || s->parity) continue;
        const kz_range *row = s->row, *column = s->column;
        s->change_up = kz_work_complex(work, (size_t)row[1].count * (size_t)column[0].count);
        s->change_down = kz_work_complex(work, (size_t)row[0].count * (size_t)column[1].count);
    }
    return KZ_OK;
}

void kz_theta_form(kz_work *work, const kz_mps *mps, size_t i)
{
    const kz_basis *basis = mps->basis;
    const kz_mps_bond *middle = &mps->bond[i + 1];
    const kz_mps_site *one = &mps->site[i], *two = &mps->site[i + 1];
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        size_t begin = (size_t)kz_flip_first(middle, s);
        double copies = s->parity ? 2.0 : 1.0; /* vectors of one parity meet twice */
        if (s->old == 0) {
            memset(s->c, 0, (size_t)s->rows * (size_t)s->columns * sizeof *s->c);
            continue;
        }
        for (int p = basis->states - 1; p >= 0; p--) {
            int m = s->charge - basis->charge[p], count = s->row[p].count;
            if (count == 0) continue;
            size_t first = kz_mps_columns(basis, middle, m, p) + begin;
            kz_multiply(s->c + s->row[p].start, s->rows, copies,
                        one->data + one->offset[m] + first * (size_t)count, count,
                        two->data + two->offset[s->charge] + begin, middle->dim[s->charge], count,
                        s->old, s->columns);
        }
    }
}

/* [[same, other], [other, back]] */
typedef struct {
    double complex same, other, back;
} mixing;

/* (upper, lower) += change, the change being kept if asked. */
static inline void rotate(double complex *upper, double complex *lower,
                          double complex *upper_change, double complex *lower_change, size_t count,
                          const mixing *gate)
{
    double a = creal(gate->same) - 1.0, b = cimag(gate->same);
    double c = creal(gate->other), d = cimag(gate->other);
    double e = creal(gate->back) - 1.0, f = cimag(gate->back);
    double *restrict x = (double *)upper, *restrict y = (double *)lower;
    double *restrict dx = (double *)upper_change, *restrict dy = (double *)lower_change;
    for (size_t k = 0; k < 2 * count; k += 2) {
        double xr = x[k], xi = x[k + 1], yr = y[k], yi = y[k + 1];
        double ur = a * xr - b * xi + c * yr - d * yi, ui = a * xi + b * xr + c * yi + d * yr;
        double vr = c * xr - d * xi + e * yr - f * yi, vi = c * xi + d * xr + e * yi + f * yr;
        x[k] = xr + ur;
        x[k + 1] = xi + ui;
        y[k] = yr + vr;
        y[k + 1] = yi + vi;
        if (dx) {
            dx[k] = ur;
            dx[k + 1] = ui;
            dy[k] = vr;
            dy[k + 1] = vi;
        }
    }
}

/* The two sub-blocks of an exchange lie in neighbouring sectors and have one shape. */
static void exchange_pair(kz_sector *lower, kz_sector *upper, const kz_exchange *x,
                          const mixing *gate)
{
    kz_range row = lower->row[x->lower[0]], column = lower->column[x->lower[1]];
    kz_range upper_row = upper->row[x->upper[0]], upper_column = upper->column[x->upper[1]];
    size_t count = (size_t)row.count, rows = (size_t)lower->rows, upper_rows = (size_t)upper->rows;
    if (count == 0) return;
    double complex *a = upper->c + upper_row.start + (size_t)upper_column.start * upper_rows;
    double complex *b = lower->c + row.start + (size_t)column.start * rows;
    for (size_t j = 0; j < (size_t)column.count; j++) {
        if (lower->change_down)
            rotate(a + j * upper_rows, b + j * rows, upper->change_up + j * count,
                   lower->change_down + j * count, count, gate);
        else
            rotate(a + j * upper_rows, b + j * rows, NULL, NULL, count, gate);
    }
}

/* A sub-block of a sector that is its own image, in its two parts: with A and B of tbm/flip.h, A =
 * (even + odd)/2 and B = (even - odd)/2 up to signs. */
typedef struct {
    kz_sector *even, *odd;
    kz_range row, column;    /* in both */
    double between;          /* 1: of A, -1: of B */
    int odd_row, odd_column; /* signs change from here on */
} folded_block;

static folded_block find_folded(kz_sector *even, kz_sector *odd, const int at[2], const kz_mps *mps,
                                size_t i)
{
    const kz_basis *basis = mps->basis;
    bool turn_row = !kz_flip_has_row(even, basis, at[0]);
    bool turn_column = !kz_flip_has_column(even, basis, at[1]);
    folded_block b = {.even = even, .odd = odd, .between = turn_row == turn_column ? 1.0 : -1.0};
    b.row = even->row[turn_row ? kz_flip_state(basis, at[0]) : at[0]];
    b.column = even->column[turn_column ? kz_flip_state(basis, at[1]) : at[1]];
    b.odd_row = turn_row ? kz_flip_odd(mps, i, even->charge - basis->charge[at[0]]) : b.row.count;
    b.odd_column =
        turn_column ? kz_flip_odd(mps, i + 2, even->charge + basis->charge[at[1]]) : b.column.count;
    return b;
}

/* Column j of it; with x added to both parts, it changes by x. */
static void take_folded(double complex *x, const folded_block *b, size_t j)
{
    size_t place = (size_t)b->row.start + ((size_t)b->column.start + j) * (size_t)b->even->rows;
    const double complex *even = b->even->c + place, *odd = b->odd->c + place;
    double sign = (int)j < b->odd_column ? 0.5 : -0.5;
    for (int k = 0; k < b->row.count; k++)
        x[k] = (k < b->odd_row ? sign : -sign) * (even[k] + b->between * odd[k]);
}

static void add_folded(const folded_block *b, size_t j, const double complex *x)
{
    size_t place = (size_t)b->row.start + ((size_t)b->column.start + j) * (size_t)b->even->rows;
    double complex *even = b->even->c + place, *odd = b->odd->c + place;
    double sign = (int)j < b->odd_column ? 1.0 : -1.0;
    for (int k = 0; k < b->row.count; k++) {
        double complex change = (k < b->odd_row ? sign : -sign) * x[k];
        even[k] += change;
        odd[k] += b->between * change;
    }
}

/* The upper sub-block lies in a sector that is its own image, and so in both of its parts. */
static void exchange_folded(kz_sector *lower, kz_sector *even, kz_sector *odd, const kz_exchange *x,
                            const mixing *gate, const kz_mps *mps, size_t i, kz_work *work)
{
    kz_range row = lower->row[x->lower[0]], column = lower->column[x->lower[1]];
    kz_work_mark mark = kz_work_here(work);
    size_t count = (size_t)row.count;
    if (count == 0) return;
    folded_block upper = find_folded(even, odd, x->upper, mps, i);
    double complex *a = kz_work_complex(work, count), *change = kz_work_complex(work, 2 * count);
    double complex *b = lower->c + row.start + (size_t)column.start * (size_t)lower->rows;
    for (size_t j = 0; j < (size_t)column.count; j++) {
        double complex *kept = lower->change_down ? lower->change_down + j * count : change + count;
        take_folded(a, &upper, j);
        rotate(a, b + j * (size_t)lower->rows, change, kept, count, gate);
        add_folded(&upper, j, change);
    }
    kz_work_give_back(work, mark);
}

/* The upper sub-block is the image of the lower one: between spins of sectors (L-1)/2 and (L+1)/2
 * of L sites, where each element is turned by the sum or the difference. */
static void exchange_image(kz_sector *lower, const kz_exchange *x, const mixing *gate,
                           const kz_mps *mps, size_t i)
{
    const kz_basis *basis = mps->basis;
    kz_range row = lower->row[x->lower[0]], column = lower->column[x->lower[1]];
    int odd_row = kz_flip_odd(mps, i, lower->charge - basis->charge[x->lower[0]]);
    int odd_column = kz_flip_odd(mps, i + 2, lower->charge + basis->charge[x->lower[1]]);
    size_t count = (size_t)row.count;
    for (int j = 0; j < column.count; j++) {
        double complex *b = lower->c + row.start + (size_t)(column.start + j) * (size_t)lower->rows;
        double complex *kept = lower->change_down ? lower->change_down + (size_t)j * count : NULL;
        for (int k = 0; k < row.count; k++) {
            double sign = (k < odd_row) == (j < odd_column) ? 1.0 : -1.0;
            double complex change = (gate->back - 1.0 + sign * gate->other) * b[k];
            b[k] += change;
            if (kept) kept[k] = change;
        }
    }
}

/* All pairs of neighbouring sectors; of those that are images of each other, one. */
static void exchange(kz_work *work, const kz_mps *mps, size_t i, const kz_exchange *x,
                     const mixing *gate)
{
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *lower = &work->sector[k], *upper = lower + 1;
        bool last = k + 1 == work->sectors;
        if (lower->parity) return;
        if (lower->doubled && kz_flip_image(mps, i + 1, lower->charge) == lower->charge + 1)
            exchange_image(lower, x, gate, mps, i);
        else if (last || upper->charge != lower->charge + 1)
            continue;
        else if (upper->parity)
            exchange_folded(lower, upper, upper + 1, x, gate, mps, i, work);
        else
            exchange_pair(lower, upper, x, gate);
    }
}

/* Equal spins, with a field. */
static void scale_equal(kz_work *work, const kz_basis *basis, const kz_gate *gate)
{
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        s->change_up = s->change_down = NULL; /* no longer all of it */
        for (int p = 0; p < basis->states * basis->states; p++) {
            int p1 = p / basis->states, p2 = p % basis->states;
            if (basis->spin[p1] != basis->spin[p2]) continue;
            double factor = basis->spin[p1] == KZ_SPIN_UP ? gate->up_up : gate->down_down;
            for (int j = 0; j < s->column[p2].count; j++)
                for (int r = 0; r < s->row[p1].count; r++)
                    s->c[(size_t)(s->row[p1].start + r) +
                         (size_t)(s->column[p2].start + j) * (size_t)s->rows] *= factor;
        }
    }
}

void kz_theta_gate(kz_work *work, const kz_mps *mps, size_t i, const kz_gate *gate)
{
    const kz_basis *basis = mps->basis;
    const mixing forward = {gate->same, gate->other, gate->back};
    if (gate->up_up != 1.0 || gate->down_down != 1.0) scale_equal(work, basis, gate);
    for (int k = 0; k < basis->spin_exchanges; k++)
        exchange(work, mps, i, &basis->spin_exchange[k], &forward);
    if (!gate->unitary) return;
    /* of ancillas, (down, up) is upper */
    const mixing backward = {conj(gate->back), conj(gate->other), conj(gate->same)};
    for (int k = 0; k < basis->ancilla_exchanges; k++)
        exchange(work, mps, i, &basis->ancilla_exchange[k], &backward);
}
