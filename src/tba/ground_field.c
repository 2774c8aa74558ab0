/* Ground state in a field: the dressed energy epsilon of the Fermi sea |lambda| < B,
 *     epsilon + a_2 * epsilon = h - pi sin(gamma) a_1,  epsilon(B) = 0,
 * and rho + a_2 * rho = a_1.  For given B both are Nystrom systems on Gauss-Legendre nodes with
 * one matrix, for even functions on those at lambda > 0; B is the root of epsilon(B), bracketed and
 * found by Brent's method. */
#include <gsl/gsl_integration.h>
#include <lapacke.h>
#include <math.h>

#include <kapitza/tba.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/root.h"
#include "tba/fillings.h"

typedef struct {
    kz_chain chain;
    kz_strings strings; /* |Delta| < 1 */
    double sine;        /* sin gamma, sinh phi for Delta > 1, 1 for Delta = 1 */
    double largest;     /* B of the full sea, pi/2 for Delta > 1 */
    double h;
    int n; /* half of the rule's */
    gsl_integration_glfixed_table *rule;
    double *node, *weight; /* [n] on [0, B] */
    double *matrix;        /* [n*n] 1 + a_2 w, factored in place */
    double *epsilon, *rho; /* [n] */
    lapack_int *pivot;
} nystrom;

/* GSL has tabulated rules, good to all digits, for these powers of two only. */
enum { NODES_MIN = 32, NODES_MAX = 1024 };

double kz_saturation_field(kz_chain chain) { return 1 + kz_chain_delta(chain); }

static void nystrom_free(nystrom *s)
{
    if (s->rule) gsl_integration_glfixed_table_free(s->rule);
    kz_free(s->node);
    kz_free(s->weight);
    kz_free(s->matrix);
    kz_free(s->epsilon);
    kz_free(s->rho);
    kz_free(s->pivot);
}

/* a_n of parity +1; for Delta = 1 the limit of those with a gap, in lambda/phi. */
static double kernel(const nystrom *s, int n, double lambda)
{
    if (s->chain.kind != KZ_CHAIN_AXIAL) return kz_string_kernel(&s->strings, n, 1, lambda);
    if (kz_chain_is_isotropic(s->chain)) return n / (2 * M_PI * (lambda * lambda + 0.25 * n * n));
    return kz_gapped_string_kernel(acosh(s->chain.delta), n, lambda);
}

/* The sea is full in every field up to that of the gap. */
static const double NO_LARGEST = 200;

static kz_status nystrom_create(nystrom *s, kz_chain chain, double h, int n)
{
    *s = (nystrom){.chain = chain, .h = h, .n = n, .largest = NO_LARGEST};
    if (kz_chain_is_isotropic(chain)) {
        s->sine = 1;
    } else if (chain.kind == KZ_CHAIN_AXIAL) {
        s->sine = sinh(acosh(chain.delta));
        s->largest = 0.5 * M_PI;
    } else {
        KZ_TRY(kz_strings_fill(&s->strings, chain));
        s->sine = sin(kz_chain_gamma(chain));
    }
    size_t size = (size_t)n;
    void *pivot = NULL;
    s->rule = gsl_integration_glfixed_table_alloc(2 * size);
    kz_status status = s->rule ? KZ_OK : KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %d", 2 * n);
    if (status == KZ_OK) status = kz_alloc_doubles(&s->node, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&s->weight, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&s->matrix, size * size);
    if (status == KZ_OK) status = kz_alloc_doubles(&s->epsilon, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&s->rho, size);
    if (status == KZ_OK) status = kz_alloc(&pivot, size, sizeof(lapack_int));
    s->pivot = pivot;
    if (status != KZ_OK) nystrom_free(s);
    return status;
}

/* a_2 w on what is even, from node j. */
static double coupling(const nystrom *s, double lambda, int j)
{
    return s->weight[j] * (kernel(s, 2, lambda - s->node[j]) + kernel(s, 2, lambda + s->node[j]));
}

/* Solves both systems for the Fermi point B. */
static kz_status solve_at(nystrom *s, double B)
{
    for (int i = 0; i < s->n; i++)
        gsl_integration_glfixed_point(-B, B, (size_t)(s->n + i), &s->node[i], &s->weight[i],
                                      s->rule);
    for (int i = 0; i < s->n; i++) {
        for (int j = 0; j < s->n; j++)
            s->matrix[i * s->n + j] = (i == j) + coupling(s, s->node[i], j);
        s->rho[i] = kernel(s, 1, s->node[i]);
        s->epsilon[i] = s->h - M_PI * s->sine * s->rho[i];
    }
    if (LAPACKE_dgetrf(LAPACK_ROW_MAJOR, s->n, s->n, s->matrix, s->n, s->pivot) != 0 ||
        LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', s->n, 1, s->matrix, s->n, s->pivot, s->epsilon, 1) !=
            0 ||
        LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', s->n, 1, s->matrix, s->n, s->pivot, s->rho, 1) != 0)
        return KZ_FAIL(KZ_ESING, "dressed-energy system singular at B = %.15g", B);
    return KZ_OK;
}

/* epsilon(B) by the Nystrom interpolation formula. */
static kz_status energy_at_edge(double *value, double B, void *context)
{
    nystrom *s = context;
    KZ_TRY(solve_at(s, B));
    double sum = s->h - M_PI * s->sine * kernel(s, 1, B);
    for (int j = 0; j < s->n; j++)
        sum -= coupling(s, B, j) * s->epsilon[j];
    *value = sum;
    return KZ_OK;
}

static kz_status find_fermi_point(double *B, nystrom *s)
{
    double low = 1e-12, high = 0.25, value;
    KZ_TRY(energy_at_edge(&value, high, s));
    while (!(value > 0)) {
        if (high >= s->largest) {
            *B = s->largest;
            if (s->largest < NO_LARGEST) return solve_at(s, *B); /* below the gap */
            return KZ_FAIL(KZ_ENOCONV, "no Fermi point below %g at h = %.15g", *B, s->h);
        }
        low = high;
        high = fmin(1.5 * high, s->largest);
        KZ_TRY(energy_at_edge(&value, high, s));
    }
    kz_status status = kz_root_find(B, energy_at_edge, s, low, high);
    if (status == KZ_ENOROOT) return KZ_FAIL(KZ_ENOCONV, "no Fermi point at h = %.15g", s->h);
    KZ_TRY(status);
    return solve_at(s, *B);
}

/* Length 1, parity +1: the particles of the sea. */
static double bare_energy(const nystrom *s, double lambda)
{
    return -M_PI * s->sine * kernel(s, 1, lambda);
}

static kz_status solve_with(kz_ground_field *out, kz_chain chain, double h, int nodes)
{
    nystrom s;
    KZ_TRY(nystrom_create(&s, chain, h, nodes / 2));
    double B = 0, density = 0, energy = 0;
    kz_status status = find_fermi_point(&B, &s);
    for (int j = 0; status == KZ_OK && j < s.n; j++) {
        density += 2 * s.weight[j] * s.rho[j];
        energy += 2 * s.weight[j] * s.rho[j] * bare_energy(&s, s.node[j]);
    }
    nystrom_free(&s);
    if (status == KZ_OK)
        *out = (kz_ground_field){.fermi_point = B,
                                 .energy = 0.25 * kz_chain_delta(chain) + energy,
                                 .magnetization = 0.5 - density};
    return status;
}

static double distance(const kz_ground_field *a, const kz_ground_field *b)
{
    return fmax(fmax(fabs(a->fermi_point - b->fermi_point), fabs(a->energy - b->energy)),
                fabs(a->magnetization - b->magnetization));
}

kz_status kz_ground_field_solve(kz_ground_field *out, kz_chain chain, double h, double tol)
{
    if (!(h > 0 && h < kz_saturation_field(chain)))
        return KZ_FAIL(KZ_EDOMAIN, "field %.15g: 0 < h < 1 + Delta = %.15g", h,
                       kz_saturation_field(chain));
    tol = fmax(tol, 3e-14);
    kz_ground_field coarse, fine;
    /* at Delta = 1 the sea is wide in weak fields, but poles stay within 1 */
    int n = kz_chain_is_isotropic(chain) ? 8 * NODES_MIN : NODES_MIN;
    KZ_TRY(solve_with(&coarse, chain, h, n));
    for (n *= 2; n <= NODES_MAX; n *= 2) {
        KZ_TRY(solve_with(&fine, chain, h, n));
        fine.err = distance(&coarse, &fine) + 4e-15;
        coarse = fine;
        if (fine.err <= tol) break;
    }
    *out = coarse;
    if (coarse.err <= tol) return KZ_OK;
    return KZ_FAIL(KZ_ETOL, "ground state at h = %.15g: error %.3g, wanted %.3g", h, coarse.err,
                   tol);
}
