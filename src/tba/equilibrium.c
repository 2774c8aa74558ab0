/* Observables in the local form.  With rho^t_f the total densities, g_f = v_f rho^t_f and
 * n_f = d x_f / d mu the dressed magnetization (dressing commutes with differentiation):
 *   ln Z = -beta e_0 + int s L_1             e = e_0 + pi sin(gamma) int s D_1 rho^t_1
 *   m    = (P/2) int M rho^t_{P-1}           e^dr_j = -pi sin(gamma) sigma_j rho^t_j
 * and, with w_j = rho^t_j theta_j (1 - theta_j), the second moments
 *   dm/dmu = sum int w n^2, -de/dbeta = sum int w (e^dr)^2, ...  docs/numerics.md derives them. */
#include "tba/equilibrium.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/fillings.h"
#include "tba/strings.h"
#include "tba/thermal.h"

typedef struct {
    kz_convolution *even, *odd;
    kz_local *local_even, *local_odd;
    kz_fillings *state;
    double *rho, *current, *charge; /* [rows*n] rho^t, v rho^t, n^dr (y part in the last row) */
    double *t, *source, *L;         /* scratch [rows*n], [n], [rows*n] */
} problem;

static void problem_free(problem *p)
{
    kz_fillings_free(p->state);
    kz_local_free(p->local_even);
    kz_local_free(p->local_odd);
    kz_convolution_free(p->even);
    kz_convolution_free(p->odd);
    kz_free(p->rho);
    kz_free(p->current);
    kz_free(p->charge);
    kz_free(p->t);
    kz_free(p->source);
    kz_free(p->L);
}

static kz_status problem_create(problem *p, kz_grid grid, const kz_state *state, double tol)
{
    size_t size = (size_t)(grid.P - 1) * grid.half;
    *p = (problem){0};
    KZ_TRY(kz_convolution_create(&p->even, grid, KZ_EVEN));
    KZ_TRY(kz_convolution_create(&p->odd, grid, KZ_ODD));
    KZ_TRY(kz_local_create(&p->local_even, p->even));
    KZ_TRY(kz_local_create(&p->local_odd, p->odd));
    KZ_TRY(kz_alloc_doubles(&p->rho, size));
    KZ_TRY(kz_alloc_doubles(&p->current, size));
    KZ_TRY(kz_alloc_doubles(&p->charge, size));
    KZ_TRY(kz_alloc_doubles(&p->t, size));
    KZ_TRY(kz_alloc_doubles(&p->source, grid.half));
    KZ_TRY(kz_alloc_doubles(&p->L, size));
    return kz_fillings_create(&p->state, state, p->even, p->local_even, tol);
}

/* n_f: K applied to D n plus the source (P/2) M in the last row. */
static kz_status dress_charge(problem *p, double tol)
{
    int rows = p->even->rows;
    size_t n = p->even->n, size = (size_t)rows * n;
    memset(p->L, 0, size * sizeof *p->L);
    for (size_t k = 0; k < n; k++)
        p->L[size - n + k] = 0.5 * (rows + 1) * p->state->polarisation[k];
    kz_local_convolve(p->charge, p->local_even, p->L);
    memset(p->t, 0, size * sizeof *p->t);
    KZ_TRY(kz_local_solve(p->t, p->local_even, p->state->hole, p->charge, tol, NULL));
    memcpy(p->charge, p->t, size * sizeof *p->charge);
    kz_convolution_backward(p->even, p->charge);
    return KZ_OK;
}

static kz_status dress(problem *p, double tol)
{
    size_t n = p->even->n, size = (size_t)p->even->rows * n;
    double limit = kz_bare_velocity_limit(p->even->grid.P);
    kz_local_set_background(p->local_even, p->state->edge);
    kz_local_set_background(p->local_odd, p->state->edge);
    memset(p->t, 0, size * sizeof *p->t);
    KZ_TRY(kz_local_dress(p->rho, p->t, p->local_even, p->state->hole, p->even->source, tol, NULL));
    for (size_t k = 0; k < n; k++)
        p->source[k] = p->odd->source[k] * limit * tanh(p->even->grid.P * p->odd->lambda[k]);
    memset(p->t, 0, size * sizeof *p->t);
    KZ_TRY(kz_local_dress(p->current, p->t, p->local_odd, p->state->hole, p->source, tol, NULL));
    return dress_charge(p, tol);
}

typedef struct {
    double entropy, charge2, energy2, mixed, capacity, drude_spin, drude_energy, drude_cross;
} moments;

typedef struct {
    double log_eta, rho, current, charge, energy; /* charge, energy: dressed */
} string_node;

/* Entropy of one mode and theta (1 - theta), from ln eta. */
static void add_moments(moments *sum, const string_node *s, double beta, double mu, double floor)
{
    double x = fabs(s->log_eta), e = exp(-x), inverse = 1 / (1 + e);
    double w = s->rho * e * inverse * inverse;
    double work = beta * s->energy + mu * s->charge;
    sum->entropy += s->rho * (log1p(e) + x * e * inverse);
    sum->charge2 += w * s->charge * s->charge;
    sum->energy2 += w * s->energy * s->energy;
    sum->mixed += w * s->charge * s->energy;
    sum->capacity += w * work * work;
    if (s->rho <= floor) return; /* below rounding: the velocity is not defined there */
    double v = s->current / s->rho;
    sum->drude_spin += w * v * v * s->charge * s->charge;
    sum->drude_energy += w * v * v * s->energy * s->energy;
    sum->drude_cross -= w * v * v * s->charge * s->energy;
}

static moments sum_moments(const problem *p, double beta, double mu)
{
    moments sum = {0};
    int rows = p->even->rows;
    size_t n = p->even->n;
    double a = 0.5 * (rows + 1) * mu, bare = 0.5 * (rows + 1);
    double energy_factor = -M_PI * sin(M_PI / (rows + 1));
    for (int f = 0; f < rows; f++) {
        for (size_t k = 0; k < n; k++) {
            size_t i = (size_t)f * n + k;
            double x = p->state->x[i], energy = energy_factor * p->rho[i];
            string_node node = {x, p->rho[i], p->current[i], p->charge[i], energy};
            if (f + 1 == rows) {
                node.log_eta = a + x;
                node.charge = bare + p->charge[i];
            }
            add_moments(&sum, &node, beta, mu, 1e-18);
            if (f + 1 < rows) continue;
            string_node last = {a - x, p->rho[i], p->current[i], bare - p->charge[i], -energy};
            add_moments(&sum, &last, beta, mu, 1e-18);
        }
    }
    return sum;
}

static void assemble(kz_thermo *out, problem *p, double beta, double mu)
{
    int rows = p->even->rows;
    size_t n = p->even->n;
    double ground = kz_chain_energy_min(kz_chain_xxz(rows + 1));
    double step = 2 * kz_grid_spacing(&p->even->grid);
    const double *last_rho = p->rho + (size_t)(rows - 1) * n;
    double ln_z = 0, energy = 0, magnetization = 0;
    kz_thermal_weights(p->L, NULL, NULL, p->state->x, rows, n, mu);
    for (size_t k = 0; k < n; k++) {
        ln_z += p->even->source[k] * p->L[k];
        energy += p->even->source[k] * p->state->hole[k] * p->rho[k];
        magnetization += p->state->polarisation[k] * last_rho[k];
    }
    moments sum = sum_moments(p, beta, mu);
    out->beta = beta;
    out->mu = mu;
    out->ln_z = -beta * ground + step * ln_z;
    out->free_energy = beta == 0 ? NAN : -out->ln_z / beta;
    out->energy = ground + M_PI * sin(M_PI / (rows + 1)) * step * energy;
    out->magnetization = 0.5 * (rows + 1) * step * magnetization;
    out->entropy = step * sum.entropy;
    out->heat_capacity = step * sum.capacity;
    out->susceptibility = step * sum.charge2;
    out->energy_beta = -step * sum.energy2;
    out->magnetization_beta = step * sum.mixed;
    out->drude_spin = step * sum.drude_spin;
    out->drude_energy = step * sum.drude_energy;
    out->drude_cross = step * sum.drude_cross;
}

kz_status kz_equilibrium_on_grid(kz_thermo *out, kz_grid grid, double beta, double mu, double tol)
{
    problem p;
    kz_state state = kz_state_thermal(beta, mu);
    kz_status status = problem_create(&p, grid, &state, 0.01 * tol);
    if (status == KZ_OK) status = dress(&p, 0.01 * tol);
    if (status == KZ_OK) assemble(out, &p, beta, mu);
    problem_free(&p);
    return status;
}

/* Largest |a - b| / max(1, |b|) over the columns. */
static double difference(const kz_thermo *a, const kz_thermo *b)
{
    const double first[] = {a->ln_z,
                            a->beta == 0 ? 0 : a->free_energy,
                            a->energy,
                            a->magnetization,
                            a->entropy,
                            a->heat_capacity,
                            a->susceptibility,
                            a->energy_beta,
                            a->magnetization_beta,
                            a->drude_spin,
                            a->drude_energy,
                            a->drude_cross};
    const double second[] = {b->ln_z,
                             b->beta == 0 ? 0 : b->free_energy,
                             b->energy,
                             b->magnetization,
                             b->entropy,
                             b->heat_capacity,
                             b->susceptibility,
                             b->energy_beta,
                             b->magnetization_beta,
                             b->drude_spin,
                             b->drude_energy,
                             b->drude_cross};
    double largest = 0;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        double d = fabs(first[i] - second[i]) / fmax(1, fabs(second[i]));
        largest = d <= largest ? largest : d; /* a NaN wins */
    }
    return largest;
}

enum { HALF_MAX = 1 << 20 };

kz_status kz_equilibrium(kz_thermo *out, int P, double beta, double mu, double tol)
{
    kz_grid grid = kz_thermal_grid(P, beta, 0.1 * tol);
    kz_thermo coarse, fine;
    double rounding = 1e-16 * P * (1 + fabs(beta) + fabs(mu));
    KZ_TRY(kz_equilibrium_on_grid(&coarse, grid, beta, mu, tol));
    fine = coarse;
    fine.err = INFINITY;
    size_t half = kz_grid_fast_size(grid.half + grid.half / 3);
    while (half < HALF_MAX) {
        grid.half = half;
        grid = kz_grid_widen(grid, 1.5);
        KZ_TRY(kz_equilibrium_on_grid(&fine, grid, beta, mu, tol));
        double change = difference(&coarse, &fine);
        fine.err = change + rounding + 0.1 * tol;
        if (fine.err <= tol || rounding > 0.9 * tol) break; /* done, or no grid helps */
        coarse = fine;
        half = kz_grid_finer(grid.half, change, 0.1 * tol);
    }
    *out = fine;
    if (fine.err <= tol) return KZ_OK;
    return KZ_FAIL(KZ_ETOL, "thermodynamics at P = %d, beta = %g, mu = %g: error %.3g, wanted %.3g",
                   P, beta, mu, fine.err, tol);
}
