/* From nodal values on patches to modes, and back. */
#include <string.h>

#include "tba/grid/zoom.h"

/* Where the parent has the values of the third node of each three. */
static size_t place_in_parent(const kz_zoom *zoom, const kz_patch *q)
{
    const kz_patch *parent = &zoom->patch[q->parent];
    return parent->start + q->origin / 3 - parent->origin;
}

/* phi of the modes becomes values at the parent's nodes; 1 - phi of them stays. */
static void hand_down(double *restrict modes, double *restrict parent, const kz_patch *q,
                      double *restrict values)
{
    size_t n = q->n, third = n / 3;
    memset(values, 0, third * sizeof *values);
    values[0] = q->low[0] * modes[0];
    modes[0] *= 1 - q->low[0];
    for (size_t m = 1; m < n / 6 && q->low[m] > 0; m++) {
        double low = q->low[m], re = modes[m], im = modes[n - m];
        values[m] = low * (re * q->cosine[m] - im * q->sine[m]);
        values[third - m] = low * (re * q->sine[m] + im * q->cosine[m]);
        modes[m] = (1 - low) * re;
        modes[n - m] = (1 - low) * im;
    }
    kz_transform_backward(q->third, values, 1);
    for (size_t i = 0; i < third; i++)
        parent[i] += values[i];
}

/* The parent's values, interpolated, are added to the modes. */
static void take_over(double *restrict modes, const double *restrict parent, const kz_patch *q,
                      double *restrict values)
{
    size_t n = q->n, third = n / 3;
    memcpy(values, parent, third * sizeof *values);
    kz_transform_forward(q->third, values, 1);
    modes[0] += q->rise[0] * values[0];
    for (size_t m = 1; q->rise[m] > 0; m++) {
        size_t image = m <= n / 6 ? m : third - m;
        double re = values[image], im = 2 * image == third ? 0 : values[third - image];
        if (m > n / 6) im = -im;
        modes[m] += q->rise[m] * (re * q->cosine[m] + im * q->sine[m]);
        modes[n - m] += q->rise[m] * (im * q->cosine[m] - re * q->sine[m]);
    }
}

/* On the stack, since threads share grids: 5/3 of the nodes at most. */
enum { SCRATCH = 5 * KZ_ZOOM_NODES_MAX / 3 + 1, ALIGNMENT = 64 };

void kz_zoom_forward(const kz_zoom *zoom, double *row)
{
    _Alignas(ALIGNMENT) double scratch[KZ_ZOOM_NODES_MAX / 3 + 1];
    for (int p = 0; p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        for (size_t k = q->from; k < q->to; k++)
            row[q->start + k] *= q->share[k];
    }
    for (int p = zoom->count - 1; p >= 0; p--) {
        const kz_patch *q = &zoom->patch[p];
        double *modes = row + q->start, scale = 1 / (double)q->n;
        kz_transform_forward(q->whole, modes, 1);
        for (size_t k = 0; k < q->n; k++)
            modes[k] *= scale;
        if (p > 0) hand_down(modes, row + place_in_parent(zoom, q), q, scratch);
    }
}

/* Values of the modes [n], all of them, at the parent's nodes: frequencies that the parent does not
 * tell apart are summed. */
static void thin_out(double *restrict values, const double *restrict modes, const kz_patch *q)
{
    size_t n = q->n, third = n / 3;
    const double *co = q->cosine, *si = q->sine;
    /* e^{2 pi i m/n} f_m for m, third + m and third - m */
    values[0] = modes[0] + 2 * (modes[third] * co[third] - modes[n - third] * si[third]);
    for (size_t m = 1; m < n / 6; m++) {
        size_t up = third + m, down = third - m;
        double re = modes[m] * co[m] - modes[n - m] * si[m];
        double im = modes[m] * si[m] + modes[n - m] * co[m];
        re += modes[up] * co[up] - modes[n - up] * si[up];
        im += modes[up] * si[up] + modes[n - up] * co[up];
        re += modes[down] * co[down] - modes[n - down] * si[down];
        im -= modes[down] * si[down] + modes[n - down] * co[down];
        values[m] = re;
        values[third - m] = im;
    }
    size_t m = n / 6; /* and n/2, where e^{i pi} = -1 */
    values[m] = 2 * (modes[m] * co[m] - modes[n - m] * si[m]) - modes[n / 2];
    kz_transform_backward(q->third, values, 1);
}

void kz_zoom_backward(const kz_zoom *zoom, double *row)
{
    _Alignas(ALIGNMENT) double scratch[SCRATCH];
    /* [n] what finer patches add at the nodes of a patch; its own part at its parent's nodes */
    double *finer = scratch, *own = scratch + zoom->n, *next = own;
    memset(finer, 0, zoom->n * sizeof *finer);
    for (int p = 0; p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        double *modes = row + q->start;
        if (p > 0) {
            thin_out(next, modes, q);
            next += q->n / 3;
            take_over(modes, row + place_in_parent(zoom, q), q, next);
        }
        kz_transform_backward(q->whole, modes, 1);
    }
    for (int p = zoom->count - 1; p > 0; p--) {
        const kz_patch *q = &zoom->patch[p];
        double *parent = finer + place_in_parent(zoom, q);
        next -= q->n / 3;
        for (size_t i = 0; i < q->n / 3; i++)
            parent[i] += next[i] + finer[q->start + 3 * i + 1];
    }
    for (int p = 0; p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        double *values = row + q->start;
        for (size_t k = q->from; k < q->to; k++)
            values[k] = q->chi[k] == 0 ? 0 : values[k] + finer[q->start + k];
    }
}

void kz_zoom_interpolate(double *modes, const kz_zoom *zoom, const double *row)
{
    for (int p = 0; p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        double *to = modes + q->start, scale = 1 / (double)q->n;
        for (size_t k = 0; k < q->n; k++)
            to[k] = q->chi[k] * row[q->start + k] * scale;
        kz_transform_forward(q->whole, to, 1);
    }
}
