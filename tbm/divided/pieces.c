/* Contiguous pieces of equal work. */
#include "tbm/divided/pieces.h"

#include <math.h>
#include <string.h>

static double work_of(const double *cost, size_t first, size_t end, size_t length)
{
    double sum = 0.0;
    for (size_t i = first; i < end && i + 1 < length; i++)
        sum += cost[i];
    return sum;
}

/* Cuts greedily, each piece as long as `most` allows but leaving a pair of sites for each of the
 * next; says whether what the last one gets is within `most` too. */
static bool fits(size_t *cut, const double *cost, size_t length, int active, double most)
{
    size_t i = 0;
    for (int p = 0; p < active; p++) {
        size_t left = (size_t)(active - 1 - p), end = length - 2 * left;
        double sum = 0.0;
        cut[p] = i;
        if (left == 0) return work_of(cost, i, length, length) <= most;
        for (size_t from = i; i + 2 <= end; i += 2) {
            sum += work_of(cost, i, i + 2, length);
            if (sum > most && i > from) break;
            if (sum > most) return false; /* a pair alone is too much */
        }
    }
    return true;
}

/* The least `most` that fits lies between 0 and the sum; bisection to one part in 2^40, by when the
 * cuts do not change. */
void kz_pieces_choose(size_t *cut, const double *cost, size_t length, int size)
{
    enum { HALVINGS = 40 };
    int active = kz_pieces_active(length, size);
    double low = 0.0, high = work_of(cost, 0, length, length) * (1.0 + 1e-12);
    for (int k = 0; k < HALVINGS; k++) {
        double middle = 0.5 * (low + high);
        if (fits(cut, cost, length, active, middle))
            high = middle;
        else
            low = middle;
    }
    (void)fits(cut, cost, length, active, high);
    for (int p = active; p <= size; p++)
        cut[p] = length;
}

double kz_pieces_most(const size_t *cut, const double *cost, size_t length, int size)
{
    double most = 0.0;
    for (int p = 0; p < size; p++)
        most = fmax(most, work_of(cost, cut[p], cut[p + 1], length));
    return most;
}

bool kz_pieces_revise(size_t *even, size_t *scratch, const double *cost, size_t length, int size)
{
    static const double worth_moving = 1.01;
    kz_pieces_choose(scratch, cost, length, size);
    if (kz_pieces_most(even, cost, length, size) <=
        worth_moving * kz_pieces_most(scratch, cost, length, size))
        return false;
    memcpy(even, scratch, ((size_t)size + 1) * sizeof *even);
    return true;
}

void kz_pieces_of_layer(size_t *cut, const size_t *even, int parity, size_t length, int size)
{
    for (int p = 0; p <= size; p++)
        cut[p] = p > 0 && even[p] < length ? even[p] + (size_t)parity : even[p];
}

int kz_pieces_owner(const size_t *cut, int size, size_t i)
{
    int low = 0, high = size; /* cut[low] <= i < cut[high] */
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (cut[middle] <= i)
            low = middle;
        else
            high = middle;
    }
    return low;
}
