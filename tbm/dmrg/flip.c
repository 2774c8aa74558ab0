/* The spin flip in DMRG.
 *
 * F turns all spins around.  In the sector of total Sz = 0 of an open chain whose couplings lambda
 * are not zero, turn every second spin of each stretch of positive lambda by pi about z.  All
 * elements of H beside the diagonal are then negative or zero and connect all configurations: by
 * Perron and Frobenius the lowest state is unique and positive (marshall1955).  Turned back, its
 * amplitudes have the sign (-1)^(up spins on turned sites), and F multiplies it by
 * (-1)^(turned sites), whatever the anisotropies.  In an ordered phase the other eigenvalue comes
 * exponentially close and without this knowledge truncation decides between the branches. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/dmrg/dmrg.h"

/* -- mirrors ------------------------------------------------------------------------------- */

/* Where row r of a sector goes. */
static int mirror_row(const kz_pair_sector *to, const kz_pair_sector *from, int r)
{
    return r < from->up_rows ? to->up_rows + r : r - from->up_rows;
}

static int mirror_column(const kz_pair_sector *to, const kz_pair_sector *from, int q)
{
    return q < from->down_columns ? to->down_columns + q : q - from->down_columns;
}

/* Signs of the rows, of the states of charge c - 1 (up) and c (down) left of the pair. */
static double row_sign(const kz_dmrg_work *w, const kz_pair_sector *s, int r)
{
    const kz_mps_bond *bond = &w->state->bond[w->i];
    int place =
        r < s->up_rows ? bond->start[s->charge - 1] + r : bond->start[s->charge] + r - s->up_rows;
    return w->sign[w->i].data[place];
}

static double column_sign(const kz_dmrg_work *w, const kz_pair_sector *s, int q)
{
    const kz_mps_bond *bond = &w->state->bond[w->i + 2];
    int place = q < s->down_columns ? bond->start[s->charge] + q
                                    : bond->start[s->charge + 1] + q - s->down_columns;
    return w->sign[w->i + 2].data[place];
}

void kz_pair_symmetrise(double *x, const kz_dmrg_work *w)
{
    for (size_t k = 0; 2 * k < w->sectors; k++) {
        const kz_pair_sector *s = &w->sector[k], *t = &w->sector[w->sectors - 1 - k];
        double *a = x + s->offset, *b = x + t->offset;
        for (int q = 0; q < s->columns; q++) {
            double factor = w->flip * column_sign(w, s, q);
            double *from = a + (size_t)q * (size_t)s->rows;
            double *to = b + (size_t)mirror_column(t, s, q) * (size_t)t->rows;
            for (int r = 0; r < s->rows; r++) {
                double sign = factor * row_sign(w, s, r), *other = to + mirror_row(t, s, r);
                double mean = 0.5 * (from[r] + sign * *other);
                from[r] = mean;
                *other = sign * mean;
            }
        }
    }
}

/* F of a left vector is its mirror; right vectors are then off by work->flip. */
void kz_pair_mirror_factors(kz_dmrg_work *w)
{
    for (size_t k = 0; 2 * k + 1 < w->sectors; k++) {
        const kz_pair_sector *to = &w->sector[k], *from = &w->sector[w->sectors - 1 - k];
        size_t least = (size_t)from->least;
        for (int r = 0; r < from->rows; r++) {
            double sign = row_sign(w, from, r);
            int place = mirror_row(to, from, r);
            for (size_t j = 0; j < least; j++)
                to->u[(size_t)place + j * (size_t)to->rows] =
                    sign * from->u[(size_t)r + j * (size_t)from->rows];
        }
        for (int q = 0; q < from->columns; q++) {
            double sign = w->flip * column_sign(w, from, q);
            size_t place = (size_t)mirror_column(to, from, q);
            for (size_t j = 0; j < least; j++)
                to->v[j + place * least] = sign * from->v[j + (size_t)q * least];
        }
    }
}

/* -- the sector that is its own mirror ----------------------------------------------------- */

/* With rows (up j + p a_j down j) / sqrt 2 and columns (down k + flip p b_k up k) / sqrt 2, a and b
 * the signs, parity p = 1, -1 is one block: (up, down) + flip p (up, up) b. */
static void fill_parity(double *out, const kz_dmrg_work *w, const kz_pair_sector *s, double p)
{
    const double *theta = w->theta.data + s->offset;
    size_t rows = (size_t)s->rows, half = (size_t)s->up_rows, columns = (size_t)s->down_columns;
    for (size_t k = 0; k < columns; k++) {
        double factor = w->flip * p * column_sign(w, s, (int)k);
        for (size_t j = 0; j < half; j++)
            out[j + k * half] = theta[j + k * rows] + factor * theta[j + (columns + k) * rows];
    }
}

/* Vector j of a block becomes vector `to` of the sector. */
static void unfold(const kz_dmrg_work *w, const kz_pair_sector *s, int to, double p,
                   const double *x, const double *y, size_t step)
{
    const double root = sqrt(0.5);
    size_t half = (size_t)s->up_rows, columns = (size_t)s->down_columns, least = (size_t)s->least;
    double *u = s->u + (size_t)to * (size_t)s->rows, *v = s->v + to;
    for (size_t r = 0; r < half; r++) {
        u[r] = root * x[r];
        u[half + r] = p * row_sign(w, s, (int)r) * u[r];
    }
    for (size_t k = 0; k < columns; k++) {
        v[k * least] = root * y[k * step];
        v[(columns + k) * least] = w->flip * p * column_sign(w, s, (int)k) * v[k * least];
    }
    s->parity[to] = p;
}

kz_status kz_pair_split_parity(double *value, kz_dmrg_work *w, kz_pair_sector *s, double *scratch,
                               size_t lapack)
{
    int rows = s->up_rows, columns = s->down_columns, most = rows < columns ? rows : columns;
    size_t size = (size_t)rows * (size_t)columns, least = (size_t)most;
    double *copy = scratch, *matrix = copy + size, *factors = matrix + size, *end;
    double *u[2], *v[2], *found[2];
    found[0] = factors;
    found[1] = found[0] + least;
    u[0] = found[1] + least;
    u[1] = u[0] + (size_t)rows * least;
    v[0] = u[1] + (size_t)rows * least;
    v[1] = v[0] + (size_t)columns * least;
    end = v[1] + (size_t)columns * least;
    for (int side = 0; side < 2; side++) {
        fill_parity(copy, w, s, side ? -1.0 : 1.0);
        KZ_TRY(kz_pair_decompose(u[side], found[side], v[side], w, rows, columns, copy, matrix, end,
                                 lapack));
    }
    for (int j = 0, next[2] = {0, 0}; j < s->least; j++) {
        int side = next[0] == most || (next[1] < most && found[1][next[1]] > found[0][next[0]]);
        int from = next[side]++;
        value[j] = found[side][from];
        unfold(w, s, j, side ? -1.0 : 1.0, u[side] + (size_t)from * (size_t)rows, v[side] + from,
               least);
    }
    return KZ_OK;
}

kz_status kz_pair_set_signs(kz_dmrg_work *w, bool left)
{
    const kz_mps_bond *bond = &w->state->bond[w->i + 1];
    double factor = left ? 1.0 : w->flip;
    KZ_TRY(kz_vector_reserve(&w->sign[w->i + 1], bond->total));
    for (size_t k = 0; k < w->sectors; k++) {
        const kz_pair_sector *s = &w->sector[k];
        double *sign = w->sign[w->i + 1].data + bond->start[s->charge];
        bool own = 2 * k + 1 == w->sectors;
        for (int j = 0; j < bond->dim[s->charge]; j++)
            sign[j] = factor * (own ? s->parity[j] : 1.0);
    }
    return KZ_OK;
}

/* -- measure ------------------------------------------------------------------------------- */

double kz_dmrg_flip_error(const kz_dmrg_work *w)
{
    double worst = 0.0;
    for (size_t i = 0; i < w->length; i++) {
        const kz_mps_bond *bond = &w->state->bond[i];
        double sum = 0.0;
        for (int c = bond->lo; c <= bond->hi; c++) {
            size_t d = (size_t)bond->dim[c], down = (size_t)bond[1].dim[c];
            size_t columns = down + (size_t)bond[1].dim[c + 1];
            const double *b = w->site[i].arena.data + w->site[i].offset[c];
            const double *value = bond->value + bond->start[c];
            for (size_t j = 0; j < columns && d > 0; j++)
                for (size_t r = 0; r < d; r++) {
                    double x = value[r] * b[r + j * d];
                    sum += (j < down ? -0.5 : 0.5) * x * x;
                }
        }
        if (!(fabs(sum) <= worst)) worst = fabs(sum);
    }
    return worst;
}
