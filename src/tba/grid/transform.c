/* FFTW's transforms between real arrays (r2r) have no vector instructions, and its plans from real
 * to complex ones take milliseconds to find.  Rows of n reals are therefore read as n/2 complex
 * numbers, transformed as such and taken apart here: three to four times as fast, with plans that
 * are found in a fifth of the time.  Cosine transforms are the transform of the nodes in the order
 * 0, 2, 4 ... 5, 3, 1, rotated [makhoul1980]; sine transforms are cosine transforms of nodes with
 * alternating signs. */
#include "tba/grid/transform.h"

#include <fftw3.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>

#include "core/error.h"
#include "core/memory.h"

/* Scratch of a transform, on the stack, since threads share plans: half a megabyte. */
enum { SCRATCH = 1 << 16, ALIGNMENT = 64 };

/* e^{i step k} */
typedef struct {
    double *cosine, *sine;
} phases;

struct kz_transform {
    size_t n;
    kz_parity parity;
    bool real; /* n is odd, or too long for the scratch: FFTW's r2r */
    fftw_plan forward, backward;
    phases split;    /* [n/4 + 1], step 2 pi/n */
    phases rotation; /* [n/2 + 1], step pi/(2n); none for KZ_FULL */
};

/* The FFTW planner is the only part of FFTW that is not reentrant. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

static kz_status phases_create(phases *p, size_t count, double step)
{
    KZ_TRY(kz_alloc_doubles(&p->cosine, count));
    KZ_TRY(kz_alloc_doubles(&p->sine, count));
    for (size_t k = 0; k < count; k++) {
        p->cosine[k] = cos(step * (double)k);
        p->sine[k] = sin(step * (double)k);
    }
    return KZ_OK;
}

static void phases_free(phases *p)
{
    kz_free(p->cosine);
    kz_free(p->sine);
}

void kz_transform_free(kz_transform *t)
{
    if (!t) return;
    pthread_mutex_lock(&planner);
    if (t->forward) fftw_destroy_plan(t->forward);
    if (t->backward) fftw_destroy_plan(t->backward);
    pthread_mutex_unlock(&planner);
    phases_free(&t->split);
    phases_free(&t->rotation);
    kz_free(t);
}

/* FFTW_ESTIMATE keeps results reproducible from run to run.  Rows of odd length are not aligned as
 * the first one is. */
static void plan_real(kz_transform *t, double *row)
{
    static const fftw_r2r_kind FORWARD[] = {FFTW_REDFT10, FFTW_RODFT10, FFTW_R2HC},
                               BACKWARD[] = {FFTW_REDFT01, FFTW_RODFT01, FFTW_HC2R};
    const unsigned flags = FFTW_ESTIMATE | FFTW_UNALIGNED;
    int n = (int)t->n;
    t->forward = fftw_plan_r2r_1d(n, row, row, FORWARD[t->parity], flags);
    t->backward = fftw_plan_r2r_1d(n, row, row, BACKWARD[t->parity], flags);
}

static void plan_complex(kz_transform *t, double *row, double *modes)
{
    int half = (int)t->n / 2;
    fftw_complex *z = (fftw_complex *)row, *Z = (fftw_complex *)modes;
    const unsigned flags = FFTW_ESTIMATE | FFTW_DESTROY_INPUT;
    t->forward = fftw_plan_dft_1d(half, z, Z, FFTW_FORWARD, flags);
    t->backward = fftw_plan_dft_1d(half, Z, z, FFTW_BACKWARD, flags);
}

static kz_status make_plans(kz_transform *t)
{
    double *scratch;
    KZ_TRY(kz_alloc_doubles(&scratch, 2 * t->n));
    pthread_mutex_lock(&planner);
    if (t->real)
        plan_real(t, scratch);
    else
        plan_complex(t, scratch, scratch + t->n);
    pthread_mutex_unlock(&planner);
    kz_free(scratch);
    if (t->forward && t->backward) return KZ_OK;
    return KZ_FAIL(KZ_ENOMEM, "no FFT plan for %zu nodes", t->n);
}

static kz_status fill(kz_transform *t)
{
    double n = (double)t->n;
    KZ_TRY(make_plans(t));
    if (t->real) return KZ_OK;
    KZ_TRY(phases_create(&t->split, t->n / 4 + 1, 2 * M_PI / n));
    if (t->parity == KZ_FULL) return KZ_OK;
    return phases_create(&t->rotation, t->n / 2 + 1, M_PI / (2 * n));
}

static size_t scratch_size(size_t n, kz_parity parity) { return parity == KZ_FULL ? n : 2 * n; }

kz_status kz_transform_create(kz_transform **out, size_t n, kz_parity parity)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_transform)));
    kz_transform *t = memory;
    t->n = n;
    t->parity = parity;
    t->real = n % 2 != 0 || scratch_size(n, parity) > SCRATCH;
    kz_status status = fill(t);
    if (status != KZ_OK) {
        kz_transform_free(t);
        return status;
    }
    *out = t;
    return KZ_OK;
}

/* -- reals as complex numbers ---------------------------------------------------------------- */

/* Coefficients X of n reals in half-complex order from Z of the n/2 complex numbers
 * z[j] = x[2j] + i x[2j+1]: with those of the even and of the odd nodes, E and O,
 *     X[k] = E[k] + e^{-2 pi i k/n} O[k],   Z = E + i O,   E, O[n/2 - k] = conj E, O[k]. */
static void take_apart(double *restrict X, const double *restrict Z, const kz_transform *t)
{
    size_t n = t->n, half = n / 2;
    const double *co = t->split.cosine, *si = t->split.sine;
    X[0] = Z[0] + Z[1];
    X[half] = Z[0] - Z[1];
    for (size_t k = 1; 2 * k < half; k++) {
        const double *here = Z + 2 * k, *mirror = Z + n - 2 * k;
        double even = 0.5 * (here[0] + mirror[0]), even_im = 0.5 * (here[1] - mirror[1]);
        double odd = 0.5 * (here[1] + mirror[1]), odd_im = 0.5 * (mirror[0] - here[0]);
        double re = co[k] * odd + si[k] * odd_im, im = co[k] * odd_im - si[k] * odd;
        X[k] = even + re;
        X[half - k] = even - re;
        X[n - k] = im + even_im;
        X[half + k] = im - even_im;
    }
    if (half % 2) return;
    X[half / 2] = Z[half];
    X[n - half / 2] = -Z[half + 1];
}

/* The inverse, times 2. */
static void put_together(double *restrict Z, const double *restrict X, const kz_transform *t)
{
    size_t n = t->n, half = n / 2;
    const double *co = t->split.cosine, *si = t->split.sine;
    Z[0] = X[0] + X[half];
    Z[1] = X[0] - X[half];
    for (size_t k = 1; 2 * k < half; k++) {
        double *here = Z + 2 * k, *mirror = Z + n - 2 * k;
        double even = X[k] + X[half - k], even_im = X[n - k] - X[half + k];
        double re = X[k] - X[half - k], im = X[n - k] + X[half + k];
        double odd = co[k] * re - si[k] * im, odd_im = co[k] * im + si[k] * re;
        here[0] = even - odd_im;
        here[1] = even_im + odd;
        mirror[0] = even + odd_im;
        mirror[1] = odd - even_im;
    }
    if (half % 2) return;
    Z[half] = 2 * X[half / 2];
    Z[half + 1] = -2 * X[n - half / 2];
}

/* -- rows ------------------------------------------------------------------------------------ */

static void full_forward(const kz_transform *t, double *row, double *scratch)
{
    fftw_execute_dft(t->forward, (fftw_complex *)row, (fftw_complex *)scratch);
    take_apart(row, scratch, t);
}

static void full_backward(const kz_transform *t, double *row, double *scratch)
{
    put_together(scratch, row, t);
    fftw_execute_dft(t->backward, (fftw_complex *)scratch, (fftw_complex *)row);
}

/* Mode k of a cosine series is mode n - 1 - k of the sine series whose nodes alternate in sign. */
static void reverse(double *row, size_t n)
{
    for (size_t k = 0; k < n / 2; k++) {
        double swapped = row[k];
        row[k] = row[n - 1 - k];
        row[n - 1 - k] = swapped;
    }
}

static void half_forward(const kz_transform *t, double *restrict row, double *restrict scratch)
{
    size_t n = t->n, half = n / 2;
    const double *co = t->rotation.cosine, *si = t->rotation.sine;
    double sign = t->parity == KZ_ODD ? -1 : 1, *modes = scratch + n;
    for (size_t k = 0; k < half; k++) {
        scratch[k] = row[2 * k];
        scratch[n - 1 - k] = sign * row[2 * k + 1];
    }
    fftw_execute_dft(t->forward, (fftw_complex *)scratch, (fftw_complex *)modes);
    take_apart(scratch, modes, t);
    row[0] = 2 * scratch[0];
    row[half] = 2 * co[half] * scratch[half];
    for (size_t k = 1; k < half; k++) {
        double re = 2 * scratch[k], im = 2 * scratch[n - k];
        row[k] = co[k] * re + si[k] * im;
        row[n - k] = si[k] * re - co[k] * im;
    }
    if (t->parity == KZ_ODD) reverse(row, n);
}

static void half_backward(const kz_transform *t, double *restrict row, double *restrict scratch)
{
    size_t n = t->n, half = n / 2;
    const double *co = t->rotation.cosine, *si = t->rotation.sine;
    double sign = t->parity == KZ_ODD ? -1 : 1, *modes = scratch + n;
    if (t->parity == KZ_ODD) reverse(row, n);
    scratch[0] = row[0];
    scratch[half] = 2 * co[half] * row[half];
    for (size_t k = 1; k < half; k++) {
        scratch[k] = co[k] * row[k] + si[k] * row[n - k];
        scratch[n - k] = si[k] * row[k] - co[k] * row[n - k];
    }
    put_together(modes, scratch, t);
    fftw_execute_dft(t->backward, (fftw_complex *)modes, (fftw_complex *)scratch);
    for (size_t k = 0; k < half; k++) {
        row[2 * k] = scratch[k];
        row[2 * k + 1] = sign * scratch[n - 1 - k];
    }
}

void kz_transform_forward(const kz_transform *t, double *data, size_t rows)
{
    _Alignas(ALIGNMENT) double scratch[SCRATCH];
    for (size_t f = 0; f < rows; f++, data += t->n) {
        if (t->real)
            fftw_execute_r2r(t->forward, data, data);
        else if (t->parity == KZ_FULL)
            full_forward(t, data, scratch);
        else
            half_forward(t, data, scratch);
    }
}

void kz_transform_backward(const kz_transform *t, double *data, size_t rows)
{
    _Alignas(ALIGNMENT) double scratch[SCRATCH];
    for (size_t f = 0; f < rows; f++, data += t->n) {
        if (t->real)
            fftw_execute_r2r(t->backward, data, data);
        else if (t->parity == KZ_FULL)
            full_backward(t, data, scratch);
        else
            half_backward(t, data, scratch);
    }
}
