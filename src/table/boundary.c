/* Ground states at given magnetization by Nystrom's method.
 *
 * String 1 fills |lambda| < B.  With a_n = sin(n gamma)/pi / (cosh 2 lambda - cos n gamma) the
 * linear systems (1 + a_2) rho = a_1 and (1 + a_2) u = 1 on [-B, B] give m = 1/2 - int rho,   e =
 * Delta/4 - pi sin(gamma) int rho a_1,   h = pi sin(gamma) rho(B)/u(B), the last because the
 * dressed energy h u - pi sin(gamma) rho vanishes at B.  All this holds for every gamma in (0, pi),
 * so that the ceiling needs no equations of its own; for Delta = cosh phi > 1 with i phi for gamma
 * and lambda in place of i lambda, on a period of which B takes pi/2 at most: there m = 0, and h is
 * the gap; for Delta = 1 with the limit in lambda/phi.  Chains with Delta <= -1 are ferromagnets,
 * e = Delta/4 at every m.  Even functions: the half line with the kernel a_2(x - y) + a_2(x + y).
 * Panels are no longer than twice the distance of the nearest pole (20-point Gauss-Legendre:
 * 2.4^-40). */
#include "table/boundary.h"

#include <lapacke.h>
#include <math.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/root.h"
#include "tba/full.h"

typedef struct {
    kz_chain chain;
    bool gap, isotropic;
    double width;  /* gamma, phi, 1 */
    double scale;  /* pi times sin gamma, sinh phi, 1 */
    double wanted; /* magnetization */
    double magnetization, energy, field;
} sea;

static sea sea_of(kz_chain chain)
{
    if (kz_chain_is_isotropic(chain))
        return (sea){.chain = chain, .isotropic = true, .width = 1, .scale = M_PI};
    bool gap = chain.kind == KZ_CHAIN_AXIAL;
    double width = gap ? acosh(chain.delta) : kz_chain_gamma(chain);
    return (sea){.chain = chain,
                 .gap = gap,
                 .width = width,
                 .scale = M_PI * (gap ? sinh(width) : sin(width))};
}

static bool is_ferromagnet(kz_chain chain) { return kz_chain_is_turned(chain); }

static double kernel(const sea *s, int n, double lambda)
{
    double w = s->width;
    if (s->isotropic) return 0.5 * n / (M_PI * (lambda * lambda + 0.25 * n * n));
    if (s->gap) {
        double sine = sin(lambda), half = sinh(0.5 * n * w);
        return 0.5 * sinh(n * w) / (M_PI * (sine * sine + half * half));
    }
    double sine = sinh(lambda), half = sin(0.5 * n * w);
    return 0.5 * sin(n * w) / (M_PI * (sine * sine + half * half));
}

/* Solves both systems at the nodes of `rule`; solution [2*n], row-major (rho, u). */
static kz_status solve_systems(double *solution, const kz_rule *rule, const sea *s)
{
    size_t n = rule->n;
    double *matrix = NULL;
    void *pivot = NULL;
    kz_status status = kz_alloc_doubles(&matrix, n * n);
    if (status == KZ_OK) status = kz_alloc(&pivot, n, sizeof(lapack_int));
    for (size_t i = 0; status == KZ_OK && i < n; i++) {
        double x = rule->node[i];
        for (size_t j = 0; j < n; j++) {
            double y = rule->node[j];
            matrix[i * n + j] =
                (double)(i == j) + rule->weight[j] * (kernel(s, 2, x - y) + kernel(s, 2, x + y));
        }
        solution[2 * i] = kernel(s, 1, x);
        solution[2 * i + 1] = 1;
    }
    if (status == KZ_OK && LAPACKE_dgesv(LAPACK_ROW_MAJOR, (lapack_int)n, 2, matrix, (lapack_int)n,
                                         pivot, solution, 2) != 0)
        status = KZ_FAIL(KZ_ESING, "ground state at Delta = %.15g is singular",
                         kz_chain_delta(s->chain));
    kz_free(pivot);
    kz_free(matrix);
    return status;
}

static void collect(sea *s, const kz_rule *rule, const double *solution, double B)
{
    double density = 0, energy = 0;
    double rho = kernel(s, 1, B), u = 1; /* at B, by Nystrom's interpolation */
    for (size_t j = 0; j < rule->n; j++) {
        double w = rule->weight[j], x = rule->node[j];
        double a2 = w * (kernel(s, 2, B - x) + kernel(s, 2, B + x));
        density += 2 * w * solution[2 * j];
        energy -= 2 * w * solution[2 * j] * s->scale * kernel(s, 1, x);
        rho -= a2 * solution[2 * j];
        u -= a2 * solution[2 * j + 1];
    }
    s->magnetization = 0.5 - density;
    s->energy = 0.25 * kz_chain_delta(s->chain) + energy;
    s->field = s->scale * rho / u;
}

static kz_status solve_at(sea *s, double B)
{
    double longest = s->gap || s->isotropic ? s->width : fmin(s->width, 2 * (M_PI - s->width));
    const double edge[2] = {0, B};
    kz_rule rule = {0};
    double *solution = NULL;
    KZ_TRY(kz_rule_create(&rule, edge, 2, longest, 20));
    kz_status status = kz_alloc_doubles(&solution, 2 * rule.n);
    if (status == KZ_OK) status = solve_systems(solution, &rule, s);
    if (status == KZ_OK) collect(s, &rule, solution, B);
    kz_free(solution);
    kz_rule_free(&rule);
    return status;
}

static kz_status excess(double *value, double B, void *context)
{
    sea *s = context;
    KZ_TRY(solve_at(s, B));
    *value = s->magnetization - s->wanted;
    return KZ_OK;
}

/* The root of m(B), B at the end of the period included. */
static kz_status find_sea(sea *s)
{
    double low = 1e-9, high = 0.5 * s->width, most = s->gap ? 0.5 * M_PI : 60, value, B;
    high = fmin(high, most);
    for (;;) {
        KZ_TRY(excess(&value, high, s));
        if (value < 0) break;
        low = high;
        high *= 1.5;
        if (high > most && low < most) high = most;
        if (high > most) return KZ_FAIL(KZ_ENOCONV, "no Fermi point at m = %.15g", s->wanted);
    }
    kz_status status = kz_root_find(&B, excess, s, low, high);
    if (status == KZ_ENOROOT) return KZ_FAIL(KZ_ENOCONV, "no Fermi point at m = %.15g", s->wanted);
    KZ_TRY(status);
    return solve_at(s, B);
}

/* Just below saturation and at m -> 0 the energy and the field are what the limits are. */
kz_status kz_ground_at_magnetization(double *energy, double *field, kz_chain chain,
                                     double magnetization)
{
    static const double SMALL = 1e-7; /* m^2/(2 chi) is below 1e-13 */
    double delta = kz_chain_delta(chain);
    sea s = sea_of(chain);
    s.wanted = magnetization;
    if (is_ferromagnet(chain)) {
        *field = 0;
        *energy = 0.25 * delta;
        return KZ_OK;
    }
    if (!(magnetization < 0.5 - 1e-9)) { /* one magnon per 1e9 sites: linear */
        *field = 1 + delta;
        *energy = 0.25 * delta - (0.5 - magnetization) * *field;
        return KZ_OK;
    }
    if (magnetization <= SMALL) {
        if (s.gap) KZ_TRY(solve_at(&s, 0.5 * M_PI));
        *field = s.field;
        *energy = kz_chain_energy_min(chain) + s.field * magnetization;
        return KZ_OK;
    }
    KZ_TRY(find_sea(&s));
    /* de/dm = h takes out what is left of the root */
    *energy = s.energy + s.field * (magnetization - s.magnetization);
    *field = s.field;
    return KZ_OK;
}

/* -- tabulated curves -- */

enum { NODES = 48 };

/* Ground-state energy against m, falling curvature towards m = 1/2; de/dm = h is exact. */
typedef struct {
    kz_chain chain;
    double m[NODES], e[NODES], h[NODES]; /* m rising from 0 to 1/2 */
} curve;

struct kz_boundary {
    curve lower, upper; /* upper: of the chain with -Delta */
};

/* Nodes at given B need no root: m falls about like e^{-pi B/2 gamma}, so that this B makes the
 * nodes dense at both ends of m, where the curve is least smooth. */
static double fermi_point(const sea *s, int i)
{
    double place = 0.5 * (1 - cos(M_PI * i / (NODES - 1)));
    return s->gap ? 0.5 * M_PI * (1 - place) : -2 * s->width / M_PI * log(place);
}

static kz_status tabulate(curve *c, kz_chain chain)
{
    sea s = sea_of(chain);
    c->chain = chain;
    KZ_TRY(kz_ground_at_magnetization(&c->e[0], &c->h[0], chain, 0));
    for (int i = 0; i < NODES; i++)
        c->m[i] = 0.5 * i / (NODES - 1);
    for (int i = 1; i + 1 < NODES; i++) {
        c->e[i] = c->e[0];
        if (is_ferromagnet(chain)) continue;
        KZ_TRY(solve_at(&s, fermi_point(&s, i)));
        c->m[i] = s.magnetization;
        c->e[i] = s.energy;
        c->h[i] = s.field;
    }
    return kz_ground_at_magnetization(&c->e[NODES - 1], &c->h[NODES - 1], chain, 0.5);
}

/* Turning every second spin makes its ceiling the ground state. */
static kz_chain opposite(kz_chain chain)
{
    if (chain.kind == KZ_CHAIN_AXIAL) return kz_chain_turn(chain);
    if (kz_chain_is_free(chain)) return chain;
    return kz_chain_rational(chain.P, chain.P - kz_chain_numerator(chain));
}

kz_status kz_boundary_create(kz_boundary **out, kz_chain chain)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_boundary)));
    kz_boundary *boundary = memory;
    kz_status status = tabulate(&boundary->lower, chain);
    if (status == KZ_OK) status = tabulate(&boundary->upper, opposite(chain));
    if (status != KZ_OK) {
        kz_boundary_free(boundary);
        return status;
    }
    *out = boundary;
    return KZ_OK;
}

void kz_boundary_free(kz_boundary *boundary) { kz_free(boundary); }

/* Cubic Hermite interpolation of the curve; its slope is good enough as a first guess. */
static double evaluate(double *field, const curve *c, double m)
{
    int i = 0;
    while (i < NODES - 2 && m >= c->m[i + 1])
        i++;
    double step = c->m[i + 1] - c->m[i], t = (m - c->m[i]) / step;
    *field = (1 - t) * c->h[i] + t * c->h[i + 1];
    return c->e[i] * (1 + 2 * t) * (1 - t) * (1 - t) + step * c->h[i] * t * (1 - t) * (1 - t) +
           c->e[i + 1] * t * t * (3 - 2 * t) + step * c->h[i + 1] * t * t * (t - 1);
}

/* Height of `energy` above the curve, solved exactly where the table cannot tell. */
static kz_status height_above(double *height, double *field, const curve *c, double energy,
                              double m)
{
    static const double TABULATED = 1e-5;
    *height = energy - evaluate(field, c, m);
    if (fabs(*height) > TABULATED) return KZ_OK;
    double exact = 0;
    KZ_TRY(kz_ground_at_magnetization(&exact, field, c->chain, m));
    *height = energy - exact;
    return KZ_OK;
}

kz_status kz_boundary_place(kz_region_place *out, double *gap, double *field, const kz_boundary *b,
                            double energy, double magnetization, double tol)
{
    double m = fabs(magnetization), above = 0, below = 0, slope_low, slope_high;
    double inside = fmin(m, 0.5);
    KZ_TRY(height_above(&above, &slope_low, &b->lower, energy, inside));
    KZ_TRY(height_above(&below, &slope_high, &b->upper, -energy, inside));
    bool low = above <= below;
    double nearest = low ? above : below;
    if (gap) *gap = nearest;
    if (field) *field = copysign(low ? slope_low : -slope_high, magnetization) * (m > 0);
    if (!(m <= 0.5 + tol) || !(nearest >= -tol))
        *out = KZ_REGION_OUTSIDE;
    else if (nearest > tol)
        *out = KZ_REGION_INSIDE;
    else
        *out = low ? KZ_REGION_GROUND : KZ_REGION_CEILING;
    return KZ_OK;
}
