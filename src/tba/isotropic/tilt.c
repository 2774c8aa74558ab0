#include "tba/isotropic/tilt.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

enum { NEWTON_MAX = 40 };

/* Residual of a solution. */
static const double SOLVED = 2e-15;

/* Steps that leave less than this of a residual go on with the same factors. */
static const double QUICK = 0.05;

void kz_isotropic_tilt_free(kz_isotropic_tilt *t)
{
    void *arrays[] = {t->pair,     t->full,    t->empty,    t->y,           t->l,
                      t->weight,   t->step,    t->base,     t->factored_at, t->closed_at,
                      t->factored, t->answers, t->parts[0], t->parts[1],    t->image[0],
                      t->image[1], t->pivot};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    *t = (kz_isotropic_tilt){0};
}

static kz_status alloc_complex(double complex **out, size_t n)
{
    void *memory;
    KZ_TRY(kz_alloc(&memory, n, sizeof **out));
    *out = memory;
    return KZ_OK;
}

static kz_status allocate(kz_isotropic_tilt *t)
{
    size_t M = (size_t)t->M, two = 2 * M;
    double complex **vectors[] = {&t->full, &t->empty, &t->y,           &t->l,        &t->weight,
                                  &t->step, &t->base,  &t->factored_at, &t->closed_at};
    void *pivot;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        KZ_TRY(alloc_complex(vectors[i], two));
    KZ_TRY(alloc_complex(&t->factored, two * two));
    KZ_TRY(alloc_complex(&t->answers, (M + 1) * two));
    KZ_TRY(kz_alloc_doubles(&t->pair, two * two));
    for (int i = 0; i < 2; i++) {
        KZ_TRY(kz_alloc_doubles(&t->parts[i], (M + 1) * two));
        KZ_TRY(kz_alloc_doubles(&t->image[i], (M + 1) * M));
    }
    KZ_TRY(kz_alloc(&pivot, two, sizeof(lapack_int)));
    t->pivot = pivot;
    return KZ_OK;
}

/* 1/(1 + e^-y). */
static double complex fermi(double complex y)
{
    double complex e = cexp(creal(y) > 0 ? -y : y);
    return creal(y) > 0 ? 1 / (1 + e) : e / (1 + e);
}

kz_status kz_isotropic_tilt_create(kz_isotropic_tilt *t, const kz_tangent *g, const double *y)
{
    *t = (kz_isotropic_tilt){.g = g, .M = g->count};
    KZ_TRY(allocate(t));
    kz_isotropic_fill_pair(t->pair, g);
    for (int i = 0; i < 2 * t->M; i++) {
        int half = i < t->M ? 0 : t->M;
        double complex at = kz_isotropic_value(y + half, t->M, i - half);
        t->full[i] = fermi(at);
        t->empty[i] = fermi(-at);
    }
    return KZ_OK;
}

/* -- complex functions ----------------------------------------------------------------------- */

static int mirror_of(int M, int i) { return i < M ? M - 1 - i : 3 * M - 1 - i; }

/* The function at node i, of its h at i and -i; and back, the coefficients exchanged. */
static double complex value(double complex h, double complex mirror)
{
    return 0.5 * ((1 + I) * h + (1 - I) * mirror);
}

static double complex reals(double complex f, double complex mirror)
{
    return 0.5 * ((1 - I) * f + (1 + I) * mirror);
}

/* e^z - 1, ln(1 + z) at their relative accuracy. */
static double complex expm1_complex(double complex z)
{
    double a = creal(z), b = cimag(z), s = sin(0.5 * b);
    return expm1(a) * cos(b) - 2 * s * s + I * (exp(a) * sin(b));
}

static double complex log1p_complex(double complex z)
{
    double a = creal(z), b = cimag(z);
    return 0.5 * log1p(a * (2 + a) + b * b) + I * atan2(b, 1 + a);
}

/* ln(q + p e^z) and its derivative (core/bernoulli.h). */
static double complex tilt_one(double complex *weight, double complex p, double complex q,
                               double complex z)
{
    bool up = creal(z) > 0;
    double complex e = cexp(up ? -z : z);
    *weight = up ? p / (p + q * e) : p * e / (q + p * e);
    if (cabs(z) < 0.5) return log1p_complex(p * expm1_complex(z));
    return up ? z + clog(p + q * e) : clog(q + p * e);
}

/* out [rows] = A in, A real [rows*columns]. */
static void multiply(double complex *out, const double *A, const double complex *in, int rows,
                     int columns, double keep)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, 2, columns, 1, A, columns,
                (const double *)in, 2, keep, (double *)out, 2);
}

/* -- the equations --------------------------------------------------------------------------- */

/* l and weight of y. */
static void evaluate(kz_isotropic_tilt *t)
{
    int M = t->M;
    for (int i = 0; i < 2 * M; i++) {
        double complex y = value(t->y[i], t->y[mirror_of(M, i)]);
        t->step[i] = tilt_one(&t->weight[i], t->full[i], t->empty[i], y);
    }
    for (int i = 0; i < 2 * M; i++)
        t->l[i] = reals(t->step[i], t->step[mirror_of(M, i)]);
}

/* What does not depend on l. */
static void set_base(kz_isotropic_tilt *t, const double *x, double field)
{
    int M = t->M;
    double complex *h = t->step;
    for (int i = 0; i < M; i++)
        h[i] = reals(x[i], x[M - 1 - i]);
    multiply(t->base, t->g->up, h, M, M, 0);
    multiply(t->base + M, t->g->up_turned, h, M, M, 0);
    for (int i = 0; i < M; i++) {
        t->base[i] -= 0.5 * field;
        t->base[M + i] += 0.5 * field;
    }
}

/* Into t->step; the largest. */
static double residual(kz_isotropic_tilt *t)
{
    double largest = 0;
    evaluate(t);
    memcpy(t->step, t->base, 2 * (size_t)t->M * sizeof *t->step);
    multiply(t->step, t->pair, t->l, 2 * t->M, 2 * t->M, 1);
    for (int i = 0; i < 2 * t->M; i++) {
        t->step[i] -= t->y[i];
        double size = cabs(t->step[i]);
        largest = size <= largest ? largest : size; /* a NaN stays */
    }
    return largest;
}

/* 1 - pair W: (W h)_i = (w_i + w_{-i})/2 h_i - i/2 (w_i - w_{-i}) h_{-i}. */
static kz_status factor(kz_isotropic_tilt *t)
{
    int M = t->M, n = 2 * M;
    for (int i = 0; i < n; i++) {
        int other = mirror_of(M, i);
        double complex even = 0.5 * (t->weight[i] + t->weight[other]);
        double complex odd = 0.5 * I * (t->weight[i] - t->weight[other]);
        double complex *column = t->factored + (size_t)i * (size_t)n;
        for (int r = 0; r < n; r++)
            column[r] = (r == i) - (t->pair[r * n + i] * even + t->pair[r * n + other] * odd);
    }
    memcpy(t->factored_at, t->y, (size_t)n * sizeof *t->y);
    t->has_factors = LAPACKE_zgetrf(LAPACK_COL_MAJOR, n, n, t->factored, n, t->pivot) == 0;
    return t->has_factors ? KZ_OK : KZ_FAIL(KZ_ESING, "weighted closure of the isotropic chain");
}

static kz_status solve(kz_isotropic_tilt *t, double complex *rhs, int count)
{
    int n = 2 * t->M;
    if (LAPACKE_zgetrs(LAPACK_COL_MAJOR, 'N', n, count, t->factored, n, t->pivot, rhs, n))
        return KZ_FAIL(KZ_ESING, "weighted closure of the isotropic chain");
    return KZ_OK;
}

/* s*(dL_{N+1}) from l. */
static void read_beyond(double *beyond, kz_isotropic_tilt *t)
{
    int M = t->M;
    multiply(t->step, t->g->up_turned, t->l, M, M, 0);
    multiply(t->step, t->g->up, t->l + M, M, M, 1);
    for (int i = 0; i < M; i++)
        beyond[i] = creal(value(t->step[i], t->step[M - 1 - i]));
}

void kz_isotropic_tilt_start(kz_isotropic_tilt *t, const double *before, const double *y)
{
    for (int i = 0; i < 2 * t->M; i++)
        t->y[i] = y[i] - before[i];
    t->has_factors = false;
}

kz_status kz_isotropic_tilt_solve(double *beyond, kz_isotropic_tilt *t, const double *x,
                                  double field)
{
    double previous = INFINITY;
    set_base(t, x, field);
    for (int step = 0; step < NEWTON_MAX; step++) {
        double now = residual(t);
        if (!isfinite(now)) break;
        if (now <= SOLVED || (now <= 1e-12 && now > 0.3 * previous)) {
            read_beyond(beyond, t);
            return KZ_OK;
        }
        if (!t->has_factors || now > QUICK * previous) KZ_TRY(factor(t));
        KZ_TRY(solve(t, t->step, 1));
        for (int i = 0; i < 2 * t->M; i++)
            t->y[i] += t->step[i];
        previous = now;
    }
    memset(t->y, 0, 2 * (size_t)t->M * sizeof *t->y);
    return KZ_FAIL(KZ_ENOCONV, "weighted closure of the isotropic chain");
}

/* -- derivatives ----------------------------------------------------------------------------- */

/* to of a unit at each node, and mu; in as many columns. */
static void set_units(kz_isotropic_tilt *t)
{
    int M = t->M;
    for (int j = 0; j < M; j++) {
        double complex *column = t->answers + (size_t)j * 2 * (size_t)M;
        double complex here = reals(1, 0), mirror = reals(0, 1);
        for (int r = 0; r < M; r++) {
            const double *up = t->g->up + r * M, *turned = t->g->up_turned + r * M;
            column[r] = here * up[j] + mirror * up[M - 1 - j];
            column[M + r] = here * turned[j] + mirror * turned[M - 1 - j];
        }
    }
    double complex *field = t->answers + 2 * (size_t)M * (size_t)M;
    for (int r = 0; r < M; r++) {
        field[r] = -0.5;
        field[M + r] = 0.5;
    }
}

/* W answers, their real and imaginary parts apart. */
static void weigh_answers(kz_isotropic_tilt *t)
{
    int M = t->M, n = 2 * M;
    for (int j = 0; j <= M; j++) {
        const double complex *column = t->answers + (size_t)j * (size_t)n;
        for (int i = 0; i < n; i++) {
            int other = mirror_of(M, i);
            double complex even = 0.5 * (t->weight[i] + t->weight[other]);
            double complex odd = 0.5 * I * (t->weight[i] - t->weight[other]);
            double complex l = even * column[i] - odd * column[other];
            t->parts[0][j * n + i] = creal(l);
            t->parts[1][j * n + i] = cimag(l);
        }
    }
}

/* How far y is from where it was. */
static double moved_from(const double complex *before, const kz_isotropic_tilt *t)
{
    double moved = 0;
    for (int i = 0; i < 2 * t->M; i++)
        moved = fmax(moved, cabs(t->y[i] - before[i]));
    return moved;
}

kz_status kz_isotropic_tilt_close(double *closing, double *polarisation, kz_isotropic_tilt *t,
                                  double same)
{
    int M = t->M, n = 2 * M;
    if (t->is_closed && moved_from(t->closed_at, t) <= same) return KZ_OK;
    if (!t->has_factors || moved_from(t->factored_at, t) > 0) KZ_TRY(factor(t));
    set_units(t);
    KZ_TRY(solve(t, t->answers, M + 1));
    weigh_answers(t);
    for (int part = 0; part < 2; part++) {
        double *out = t->image[part];
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, M + 1, M, M, 1, t->parts[part], n,
                    t->g->up_turned, M, 0, out, M);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, M + 1, M, M, 1, t->parts[part] + M, n,
                    t->g->up, M, 1, out, M);
    }
    for (int j = 0; j <= M; j++) {
        const double *re = t->image[0] + j * M, *im = t->image[1] + j * M;
        for (int i = 0; i < M; i++) {
            int other = M - 1 - i;
            double complex x = value(re[i] + I * im[i], re[other] + I * im[other]);
            if (j < M) closing[i * M + j] = creal(x);
            if (j == M) polarisation[i] = creal(x);
        }
    }
    memcpy(t->closed_at, t->y, (size_t)n * sizeof *t->y);
    t->is_closed = true;
    return KZ_OK;
}
