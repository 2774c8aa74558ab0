/* On lambda > 0 the integrand is an odd function, smooth in theta = arctan(lambda/w) up to its end
 * at infinity, and a quadrature that is exact for every sine the nodes resolve has no error from
 * the corner at 0, as in noise.c.  It takes twice the modes that integrals over the whole line do:
 * the state, whose smooth parts decay in them at more than twice the rate, is interpolated to nodes
 * in between. */
#include "tba/isotropic/noise.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* Nodes theta = pi (j + 1)/2M, j = 0 ... 2K - 1: those of the state on lambda > 0 and one below
 * each. */
typedef struct {
    int K, M;
    double *even, *odd; /* [K*(K+1)], [K*K] from the nodes of a sector to those between */
    double *weight;     /* [2K] of int_0^infinity dlambda */
    double *drive, *current_drive;       /* [K] what interpolation misses of the sources of row 1 */
    double *x, *energy, *spin, *current; /* [N*K] between the nodes; energy, spin: dressed */
} refined;

static void refined_free(refined *r)
{
    double *arrays[] = {r->even, r->odd,    r->weight, r->drive,  r->current_drive,
                        r->x,    r->energy, r->spin,   r->current};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
}

static kz_status allocate(refined *r, int N)
{
    size_t K = (size_t)r->K, size = (size_t)N * K;
    KZ_TRY(kz_alloc_doubles(&r->even, K * (K + 1)));
    KZ_TRY(kz_alloc_doubles(&r->odd, K * K));
    KZ_TRY(kz_alloc_doubles(&r->weight, 2 * K));
    KZ_TRY(kz_alloc_doubles(&r->drive, K));
    KZ_TRY(kz_alloc_doubles(&r->current_drive, K));
    KZ_TRY(kz_alloc_doubles(&r->x, size));
    KZ_TRY(kz_alloc_doubles(&r->energy, size));
    KZ_TRY(kz_alloc_doubles(&r->spin, size));
    return kz_alloc_doubles(&r->current, size);
}

/* sin(M t)/(M sin t), t = theta - theta_k, from node k to the one between i and i + 1. */
static double cardinal(const refined *r, int i, int k)
{
    return (abs(i - k) % 2 ? -1 : 1) / (r->M * sin(M_PI * (2 * (i - k) + 1) / (2 * r->M)));
}

static void fill_interpolation(refined *r)
{
    for (int i = 0; i < r->K; i++) {
        r->even[i * (r->K + 1)] = cardinal(r, i, 0);
        for (int k = 1; k <= r->K; k++) {
            double here = cardinal(r, i, k), mirror = cardinal(r, i, -k);
            r->even[i * (r->K + 1) + k] = here + mirror;
            r->odd[i * r->K + k - 1] = here - mirror;
        }
    }
}

static double rapidity(const refined *r, double width, int j)
{
    return width * tan(M_PI * (j + 1) / (2 * r->M));
}

/* The integral of sin 2k theta over 0 < theta < pi/2 is 1/k for odd k and else 0; at the nodes
 * sines are orthogonal with the norm M/2. */
static void fill_weights(refined *r, double width)
{
    for (int j = 0; j < 2 * r->K; j++) {
        double root = rapidity(r, 1, j), sum = 0;
        for (int k = 1; k < r->M; k += 2)
            sum += sin(M_PI * ((j + 1) * k % (2 * r->M)) / r->M) / k;
        r->weight[j] = 2.0 / r->M * sum * width * (1 + root * root);
    }
}

static double current_source(double lambda, double source)
{
    return 0.5 * M_PI * tanh(M_PI * lambda) * source;
}

static void fill_drives(refined *r, const kz_isotropic *p)
{
    int K = r->K;
    for (int i = 0; i < K; i++) {
        double lambda = rapidity(r, p->g->width, 2 * i), source = kz_local_kernel(1, lambda);
        r->drive[i] = source - cblas_ddot(K + 1, r->even + i * (K + 1), 1, p->drive, 1);
        r->current_drive[i] = current_source(lambda, source);
        for (int k = 0; k < K; k++)
            r->current_drive[i] -=
                r->odd[i * K + k] * current_source(p->g->lambda[K + 1 + k], p->drive[k + 1]);
    }
}

/* out [N*K] = in [N*size] interpolated, and factor * drive in row 1. */
static void interpolate(double *out, const double *in, const refined *r, int N, int size,
                        double factor)
{
    const double *matrix = size > r->K ? r->even : r->odd;
    const double *drive = size > r->K ? r->drive : r->current_drive;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, r->K, size, 1, in, size, matrix, size,
                0, out, r->K);
    cblas_daxpy(r->K, factor, drive, 1, out, 1);
}

static kz_status refined_create(refined *r, const kz_isotropic_responses *from,
                                const kz_isotropic *p)
{
    int K = p->g->half, N = p->N, n = p->even.size;
    *r = (refined){.K = K, .M = p->M};
    KZ_TRY(allocate(r, N));
    fill_interpolation(r);
    fill_weights(r, p->g->width);
    fill_drives(r, p);
    interpolate(r->x, p->x, r, N, n, -M_PI * p->beta);
    interpolate(r->energy, from->x[0], r, N, n, -M_PI);
    interpolate(r->spin, from->x[1], r, N, n, 0);
    interpolate(r->current, from->current, r, N, K, 1);
    return KZ_OK;
}

/* One string at one node; energy and spin dressed. */
static void add(kz_noise_pair *sum, double weight, double log_eta, double current, double energy,
                double spin)
{
    double e = exp(-fabs(log_eta)), flux = weight * fabs(current) * e / ((1 + e) * (1 + e));
    sum->energy += flux * energy * energy;
    sum->spin += flux * spin * spin;
}

kz_status kz_isotropic_noise_terms(kz_noise_pair *terms, const kz_isotropic_responses *from,
                                   const kz_isotropic *p)
{
    refined r;
    int K = p->g->half, n = p->even.size;
    kz_status status = refined_create(&r, from, p);
    for (int f = 0; status == KZ_OK && f < p->N; f++) {
        kz_noise_pair half = {0};
        for (int i = 0; i < K; i++) {
            int between = f * K + i, at = f * n + i + 1;
            add(&half, r.weight[2 * i], r.x[between], r.current[between], r.energy[between],
                r.spin[between]);
            add(&half, r.weight[2 * i + 1], p->x[at], from->current[between], from->x[0][at],
                from->x[1][at]);
        }
        terms[f] = (kz_noise_pair){2 * half.energy, 2 * half.spin};
    }
    refined_free(&r);
    return status;
}
