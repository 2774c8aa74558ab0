#include "core/anderson.h"

#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* Changes of f that are the others' but for this part of them are rounding. */
static const double DEPENDENT = 1e-7;

struct kz_anderson {
    size_t size;
    int count, next;      /* of the changes that are kept; the place of the next one */
    bool before;          /* whether x and f are known */
    double *x, *f, *move; /* [size] of the last call; scratch */
    double *dx[KZ_ANDERSON_DEPTH], *df[KZ_ANDERSON_DEPTH]; /* [size] changes from call to call */
    double *q[KZ_ANDERSON_DEPTH];                          /* [size] orthonormal, from df */
};

void kz_anderson_free(kz_anderson *a)
{
    if (!a) return;
    for (int i = 0; i < KZ_ANDERSON_DEPTH; i++) {
        kz_free(a->dx[i]);
        kz_free(a->df[i]);
        kz_free(a->q[i]);
    }
    kz_free(a->x);
    kz_free(a->f);
    kz_free(a->move);
    kz_free(a);
}

static kz_status fill(kz_anderson *a)
{
    KZ_TRY(kz_alloc_doubles(&a->x, a->size));
    KZ_TRY(kz_alloc_doubles(&a->f, a->size));
    KZ_TRY(kz_alloc_doubles(&a->move, a->size));
    for (int i = 0; i < KZ_ANDERSON_DEPTH; i++) {
        KZ_TRY(kz_alloc_doubles(&a->dx[i], a->size));
        KZ_TRY(kz_alloc_doubles(&a->df[i], a->size));
        KZ_TRY(kz_alloc_doubles(&a->q[i], a->size));
    }
    return KZ_OK;
}

kz_status kz_anderson_create(kz_anderson **out, size_t size)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_anderson)));
    kz_anderson *a = memory;
    a->size = size;
    kz_status status = fill(a);
    if (status != KZ_OK) {
        kz_anderson_free(a);
        return status;
    }
    *out = a;
    return KZ_OK;
}

void kz_anderson_reset(kz_anderson *a)
{
    a->count = a->next = 0;
    a->before = false;
}

static void remember(kz_anderson *a, const double *x, const double *f)
{
    if (a->before) {
        double *dx = a->dx[a->next], *df = a->df[a->next];
        for (size_t i = 0; i < a->size; i++) {
            dx[i] = x[i] - a->x[i];
            df[i] = f[i] - a->f[i];
        }
        a->next = (a->next + 1) % KZ_ANDERSON_DEPTH;
        if (a->count < KZ_ANDERSON_DEPTH) a->count++;
    }
    memcpy(a->x, x, a->size * sizeof *x);
    memcpy(a->f, f, a->size * sizeof *f);
    a->before = true;
}

/* Least squares: move = f - sum_i g_i (dx_i + df_i), g the best mixture of df for f.  The latest
 * changes come first, twice orthogonalised; old ones that add nothing are left out. */
static void mix(kz_anderson *a)
{
    int n = (int)a->size, used = 0, place[KZ_ANDERSON_DEPTH];
    double r[KZ_ANDERSON_DEPTH][KZ_ANDERSON_DEPTH] = {{0}}, g[KZ_ANDERSON_DEPTH];
    for (int k = 1; k <= a->count; k++) {
        int at = (a->next - k + 2 * KZ_ANDERSON_DEPTH) % KZ_ANDERSON_DEPTH;
        double *q = a->q[used], whole = cblas_dnrm2(n, a->df[at], 1);
        memcpy(q, a->df[at], a->size * sizeof *q);
        for (int i = 0; i < used; i++)
            r[i][used] = 0;
        for (int i = 0; i < 2 * used; i++) {
            double overlap = cblas_ddot(n, a->q[i % used], 1, q, 1);
            r[i % used][used] += overlap;
            cblas_daxpy(n, -overlap, a->q[i % used], 1, q, 1);
        }
        double rest = cblas_dnrm2(n, q, 1);
        if (!(rest > DEPENDENT * whole)) continue;
        cblas_dscal(n, 1 / rest, q, 1);
        r[used][used] = rest;
        place[used++] = at;
    }
    memcpy(a->move, a->f, a->size * sizeof *a->f);
    for (int i = used - 1; i >= 0; i--) {
        g[i] = cblas_ddot(n, a->q[i], 1, a->f, 1);
        for (int k = i + 1; k < used; k++)
            g[i] -= r[i][k] * g[k];
        g[i] /= r[i][i];
        cblas_daxpy(n, -g[i], a->dx[place[i]], 1, a->move, 1);
        cblas_daxpy(n, -g[i], a->df[place[i]], 1, a->move, 1);
    }
}

double kz_anderson_next(double *x, kz_anderson *a, const double *f)
{
    remember(a, x, f);
    mix(a);
    cblas_daxpy((int)a->size, 1, a->move, 1, x, 1);
    return cblas_dnrm2((int)a->size, a->move, 1);
}
