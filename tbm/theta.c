/* The two-site tensor in its sectors. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/blas.h"
#include "tbm/eigen.h"
#include "tbm/update.h"

/* h = -delta/4 + sigma_x/2 on (up down, down up), delta/4 on equal spins. */
kz_gate kz_gate_make(double tau, double delta)
{
    double complex phase = cexp(I * (0.5 * tau * delta));
    return (kz_gate){.same = phase * cos(0.5 * tau), .other = phase * (-I * sin(0.5 * tau)), tau};
}

/* Elements that a sector needs until the end of the update, and during its split.  The bounds
 * hold for every split; see zgesdd and zheevd for the sizes of their work arrays. */
typedef struct {
    size_t complexes, complex_scratch, reals, real_scratch, integers;
} needs;

enum { BLOCK = 64, SMALL = 256 + KZ_EIGEN_LAPACK(0) };

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static void add_needs(needs *n, size_t rows, size_t columns)
{
    size_t least = rows < columns ? rows : columns, most = larger(rows, columns);
    n->complexes += 2 * rows * columns + (rows + columns + least) * least;
    n->reals += least;
    n->complex_scratch = larger(n->complex_scratch, rows * columns + 2 * (rows + columns) * least +
                                                        4 * least * least + 4 * least +
                                                        BLOCK * (rows + columns) + SMALL);
    n->real_scratch =
        larger(n->real_scratch, 7 * least * least + 2 * most * least + 12 * least + SMALL);
    n->integers = larger(n->integers, 8 * least + SMALL);
}

/* Fills the sectors but for their memory. */
static void list_sectors(kz_work *work, needs *n, const kz_mps_bond *bond)
{
    const kz_mps_bond *left = &bond[0], *middle = &bond[1], *right = &bond[2];
    int lo = left->lo > right->lo - 1 ? left->lo : right->lo - 1;
    int hi = left->hi + 1 < right->hi ? left->hi + 1 : right->hi;
    work->sectors = 0;
    for (int c = lo; c <= hi; c++) {
        int rows = left->dim[c - 1] + left->dim[c], columns = right->dim[c] + right->dim[c + 1];
        if (rows == 0 || columns == 0) continue;
        work->sector[work->sectors++] = (kz_sector){
            .charge = c,
            .rows = rows,
            .columns = columns,
            .up_rows = left->dim[c - 1],
            .down_columns = right->dim[c],
            .old = middle->dim[c],
            .old_start = middle->start[c],
            .scale = left->value + left->start[c - 1],
        };
        add_needs(n, (size_t)rows, (size_t)columns);
    }
}

kz_status kz_theta_prepare(kz_work *work, const kz_mps *mps, size_t i)
{
    const kz_mps_bond *bond = &mps->bond[i];
    needs n = {0};
    KZ_TRY(kz_work_reserve_sectors(work, (size_t)(bond->hi - bond->lo) + 2));
    list_sectors(work, &n, bond);
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
        s->left_room = kz_work_complex(work, (size_t)s->rows * least);
        s->rotate_room = kz_work_complex(work, least * least);
        s->weight = kz_work_real(work, least);
        s->change_up = s->change_down = NULL;
        if (!projects) continue;
        size_t up = (size_t)s->up_rows, down = (size_t)s->rows - up;
        s->change_up = kz_work_complex(work, up * (size_t)s->down_columns);
        s->change_down = kz_work_complex(work, down * (size_t)(s->columns - s->down_columns));
    }
    return KZ_OK;
}

/* One row block: left sector m of `count` rows, columns `first` onward of its tensor. */
static void form_rows(const kz_sector *s, double complex *out, const kz_mps *mps, size_t i, int m,
                      int first)
{
    int count = mps->bond[i].dim[m];
    const kz_mps_site *one = &mps->site[i], *two = &mps->site[i + 1];
    if (count == 0) return;
    kz_multiply(out, s->rows, 1.0, one->data + one->offset[m] + (size_t)first * (size_t)count,
                count, two->data + two->offset[s->charge], s->old, count, s->old, s->columns);
}

void kz_theta_form(kz_work *work, const kz_mps *mps, size_t i)
{
    for (size_t k = 0; k < work->sectors; k++) {
        kz_sector *s = &work->sector[k];
        int c = s->charge;
        if (s->old == 0) {
            memset(s->c, 0, (size_t)s->rows * (size_t)s->columns * sizeof *s->c);
            continue;
        }
        form_rows(s, s->c, mps, i, c - 1, mps->bond[i + 1].dim[c - 1]);
        form_rows(s, s->c + s->up_rows, mps, i, c, 0);
    }
}

/* (up, down) += change, the change being kept if asked. */
static inline void rotate(double complex *up, double complex *down, double complex *up_change,
                          double complex *down_change, size_t count, const kz_gate *gate)
{
    double a = creal(gate->same) - 1.0, b = cimag(gate->same);
    double c = creal(gate->other), d = cimag(gate->other);
    double *restrict x = (double *)up, *restrict y = (double *)down;
    double *restrict dx = (double *)up_change, *restrict dy = (double *)down_change;
    for (size_t k = 0; k < 2 * count; k += 2) {
        double xr = x[k], xi = x[k + 1], yr = y[k], yi = y[k + 1];
        double ur = a * xr - b * xi + c * yr - d * yi, ui = a * xi + b * xr + c * yi + d * yr;
        double vr = c * xr - d * xi + a * yr - b * yi, vi = c * xi + d * xr + a * yi + b * yr;
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

/* From left charge m to right charge m + 1: (up, down) lies in sector m + 1, rows of spin up and
 * the first columns; (down, up) in sector m, rows of spin down and the last columns. */
void kz_theta_gate(kz_work *work, const kz_mps *mps, size_t i, const kz_gate *gate)
{
    const kz_mps_bond *left = &mps->bond[i], *right = &mps->bond[i + 2];
    for (size_t k = 0; k + 1 < work->sectors; k++) {
        kz_sector *du = &work->sector[k], *ud = &work->sector[k + 1];
        int m = du->charge;
        if (ud->charge != m + 1) continue;
        size_t count = (size_t)left->dim[m], columns = (size_t)right->dim[m + 1];
        double complex *down = du->c + du->up_rows + (size_t)right->dim[m] * (size_t)du->rows;
        if (count == 0) continue;
        for (size_t j = 0; j < columns; j++) {
            double complex *x = ud->c + j * (size_t)ud->rows, *y = down + j * (size_t)du->rows;
            if (du->change_down)
                rotate(x, y, ud->change_up + j * count, du->change_down + j * count, count, gate);
            else
                rotate(x, y, NULL, NULL, count, gate);
        }
    }
}
