/* Terms of long strings fall as powers of n, up to n ~ 1/|mu| hardly at all, and end as e^{-|mu|
 * n}. At beta = 0 they are known, and those of another temperature become the same multiple of
 * these with corrections in 1/n: their ratio is extrapolated, by a polynomial in 1/(n + 1) through
 * some of the last rows, and what is beyond summed with it. */
#include "tba/isotropic/sums.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/isotropic/noise.h"

enum { SUMS = KZ_ISOTROPIC_SUMS };

/* -- beta = 0 -------------------------------------------------------------------------------- */

/* coth x - 1/x. */
static double langevin(double x)
{
    if (x > 0.1) return 1 / tanh(x) - 1 / x;
    double y = x * x;
    return x / 3 * (1 - y / 15 * (1 - y * 2 / 21 * (1 - y / 10)));
}

/* U(a)/U(b) of the string's neighbours, U(t) = sinh(kappa t)/sinh(kappa). */
static double sinh_ratio(double a, double b, double kappa)
{
    return kappa == 0 ? a / b : sinh(kappa * a) / sinh(kappa * b);
}

/* Densities  rho^t = below/(lambda^2 + n^2/4) - above/(lambda^2 + (n + 2)^2/4). */
typedef struct {
    double near, far; /* n^2/4, (n + 2)^2/4 */
    double below, above;
} hot_density;

static hot_density hot_density_of(double n, double kappa)
{
    double share = 1 / (4 * M_PI * cosh(kappa)); /* 1/2 pi U(2) */
    return (hot_density){.near = 0.25 * n * n,
                         .far = 0.25 * (n + 2) * (n + 2),
                         .below = share * n * sinh_ratio(n + 1, n, kappa),
                         .above = share * (n + 2) * sinh_ratio(n + 1, n + 2, kappa)};
}

/* Integrals over the line of rho^t v^2 (rho^t)^k, k = 0, 1, 2, v rho^t = -1/2 drho^t/dlambda, whose
 * poles lie around i y, by a trapezoid sum in arctan(lambda/y). */
static void integrate_flow(double flow[3], const hot_density *h, double y)
{
    enum { NODES = 14 }; /* on lambda > 0 */
    flow[0] = flow[1] = flow[2] = 0;
    for (int j = 0; j < NODES; j++) {
        double root = tan(M_PI * (2 * j + 1) / (4 * NODES)), square = y * y * root * root;
        double one = 1 / (square + h->near), two = 1 / (square + h->far);
        double rho = h->below * one - h->above * two;
        double current = y * root * (h->below * one * one - h->above * two * two);
        double part = M_PI / NODES * y * (1 + root * root) * current * current;
        flow[0] += part / rho;
        flow[1] += part;
        flow[2] += part * rho;
    }
}

/* The terms of string n at beta = 0; n > 0 need not be whole. */
static void hot_terms(double *term, double n, double mu)
{
    static const double FARTHEST = 300; /* e^{-2 FARTHEST} is nothing */
    double kappa = 0.5 * fabs(mu), flow[3];
    memset(term, 0, SUMS * sizeof *term);
    if (kappa * (n + 2) > FARTHEST) return;
    double inverse = sinh_ratio(1, n + 1, kappa), filling = inverse * inverse;
    double w = filling * (1 - filling);
    double spin =
        0.5 * (n * langevin(kappa * n) + (n + 2) * langevin(kappa * (n + 2))) - langevin(kappa);
    hot_density h = hot_density_of(n, kappa);
    double highest = h.below / h.near - h.above / h.far;
    integrate_flow(flow, &h, 0.5 * (n + 1));
    term[KZ_DRUDE_SPIN] = w * spin * spin * flow[0];
    term[KZ_DRUDE_CROSS] = w * M_PI * spin * flow[1];
    term[KZ_DRUDE_ENERGY] = w * M_PI * M_PI * flow[2];
    /* |v| rho^t is a derivative on either side of 0 */
    term[KZ_NOISE_SPIN] = w * spin * spin * highest;
    term[KZ_NOISE_ENERGY] = w * M_PI * M_PI / 3 * pow(highest, 3);
}

/* -- terms of the rows ----------------------------------------------------------------------- */

static void add_drude(double *term, const kz_isotropic_responses *r, const kz_isotropic *p, int f)
{
    static const double RESOLVED = 1e-18; /* below, the velocity is rounding */
    int K = p->g->half;
    for (int a = 0; a < p->odd.size; a++) {
        int at = f * p->even.size + a + 1;
        double energy = r->x[0][at], spin = r->x[1][at], rho = -energy / M_PI;
        if (!(rho > RESOLVED)) continue;
        double v = r->current[f * p->odd.size + a] / rho;
        double w = 2 * p->g->weight[K + 1 + a] * rho * p->D[at] * (1 - p->D[at]) * v * v;
        term[KZ_DRUDE_SPIN] += w * spin * spin;
        term[KZ_DRUDE_ENERGY] += w * energy * energy;
        term[KZ_DRUDE_CROSS] -= w * energy * spin;
    }
}

static kz_status fill_terms(double *terms, const kz_isotropic_responses *r, const kz_isotropic *p)
{
    kz_noise_pair *noise;
    void *memory;
    KZ_TRY(kz_alloc(&memory, (size_t)p->N, sizeof *noise));
    noise = memory;
    kz_status status = kz_isotropic_noise_terms(noise, r, p);
    for (int f = 0; status == KZ_OK && f < p->N; f++) {
        double *term = terms + f * SUMS;
        add_drude(term, r, p, f);
        term[KZ_NOISE_ENERGY] = noise[f].energy;
        term[KZ_NOISE_SPIN] = noise[f].spin;
    }
    kz_free(noise);
    return status;
}

/* -- strings beyond -------------------------------------------------------------------------- */

/* Ratios through which polynomials go, of one degree less and one more. */
enum { POINTS = 4 };

typedef struct {
    double mu;
    int points;                 /* at most POINTS */
    double inverse[POINTS];     /* 1/(n + 1) */
    double ratio[POINTS][SUMS]; /* terms to those of beta = 0 */
} fit;

/* The last row and some more, down to half the rows. */
static fit fit_rows(const double *terms, int N, double mu)
{
    fit out = {.mu = mu, .points = N < POINTS ? N : POINTS};
    int step = N < 2 * (POINTS - 1) ? 1 : N / (2 * (POINTS - 1));
    for (int i = 0; i < out.points; i++) {
        double hot[SUMS];
        int n = N - i * step;
        hot_terms(hot, n, mu);
        out.inverse[i] = 1 / (n + 1.0);
        for (int q = 0; q < SUMS; q++)
            out.ratio[i][q] = hot[q] > 0 ? terms[(n - 1) * SUMS + q] / hot[q] : 0;
    }
    return out;
}

/* Adds weight times the term of string n, by `points` of them. */
static void add_term(double *sum, const fit *f, int points, double n, double weight)
{
    double hot[SUMS];
    hot_terms(hot, n, f->mu);
    for (int i = 0; i < points; i++) {
        double lagrange = weight;
        for (int j = 0; j < points; j++)
            if (j != i) lagrange *= (1 / (n + 1) - f->inverse[j]) / (f->inverse[i] - f->inverse[j]);
        for (int q = 0; q < SUMS; q++)
            sum[q] += lagrange * f->ratio[i][q] * hot[q];
    }
}

/* Sum over n > N: one after the other, then the midpoint rule's integral from there, by
 * Gauss-Legendre panels that grow with n, and its first correction. */
static void add_beyond(double *sum, const fit *f, int points, int N)
{
    enum { SINGLE = 100, PANELS = 60 };
    static const double GROWTH = 1.4;
    static const double node[] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                  0.9602898564975363};
    static const double weight[] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                    0.1012285362903763};
    int last = N + SINGLE;
    for (int n = N + 1; n <= last; n++)
        add_term(sum, f, points, n, 1);
    add_term(sum, f, points, last + 1, 1.0 / 24);
    add_term(sum, f, points, last, -1.0 / 24);
    double from = last + 0.5;
    for (int k = 0; k < PANELS; k++) {
        double half = 0.5 * (GROWTH - 1) * from;
        for (int i = 0; i < 4; i++)
            for (int side = -1; side <= 1; side += 2)
                add_term(sum, f, points, from + half * (1 + side * node[i]), half * weight[i]);
        from *= GROWTH;
    }
}

/* Errors by polynomials of one degree less.  What |mu| n does to the ratio where the last row is
 * before n = 1/|mu| neither of them sees; a grid with more rows does. */
void kz_isotropic_sum_beyond(double *sum, double *err, const double *terms, int N, double mu)
{
    static const double SAFETY = 4;
    double less[SUMS] = {0}, more[SUMS] = {0};
    *err = 0;
    fit f = fit_rows(terms, N, mu);
    add_beyond(more, &f, f.points, N);
    add_beyond(less, &f, f.points - 1, N);
    for (int q = 0; q < SUMS; q++) {
        sum[q] += more[q];
        *err = fmax(*err, SAFETY * fabs(more[q] - less[q]));
    }
}

kz_status kz_isotropic_sum_strings(double *sum, double *err, const kz_isotropic_responses *r,
                                   const kz_isotropic *p)
{
    double *terms;
    KZ_TRY(kz_alloc_doubles(&terms, (size_t)p->N * SUMS));
    kz_status status = fill_terms(terms, r, p);
    if (status == KZ_OK) {
        memset(sum, 0, SUMS * sizeof *sum);
        for (int f = 0; f < p->N; f++)
            for (int q = 0; q < SUMS; q++)
                sum[q] += terms[f * SUMS + q];
        kz_isotropic_sum_beyond(sum, err, terms, p->N, p->mu);
    }
    kz_free(terms);
    return status;
}
