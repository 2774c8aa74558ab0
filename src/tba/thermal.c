/* Thermal states on a grid chosen from the tolerance, with an a-posteriori error estimate.
 *
 * Error budget.  x - drive = K L(x) is one convolution smoother than L, so that its coefficients
 * fall like e^{-gamma omega} when those of L fall like e^{-gamma omega/2}: the solution on a grid
 * of spacing h, interpolated spectrally to h/2, leaves a residual r of the size of the
 * discretisation error.  To first order it moves ln Z by sum_f int rho^h_f r_f, and
 * sum_f int rho^h_f <= N - 1 at Q = 1 for every state (D <= 1, 2 in the last row, is largest for
 * the ceiling, where the integrals are 1, ..., 1).  The sum for ln Z is taken on the finer grid,
 * its change counts as well.  The window adds what x - x(inf) leaves beyond it.  All is measured.
 */
#include <kapitza/tba.h>

#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "tba/isotropic/isotropic.h"
#include "tba/newton.h"
#include "tba/thermal.h"

struct kz_thermal {
    kz_chain chain;
    int strings;
    kz_grid grid;
    kz_ensemble ensemble;
    kz_convolution *coarse, *fine;
    kz_local *local, *local_fine;
    double *z, *x, *D, *M;            /* on the coarse grid */
    double *fine_z, *fine_x, *fine_L; /* scratch on the fine grid */
    double ln_z, error;
};

enum { HALF_MAX = 1 << 20 };

/* N; 0 for an invalid chain, which the making of the grid refuses. */
static int count_strings(kz_chain chain)
{
    kz_strings strings;
    return kz_strings_fill(&strings, chain) == KZ_OK ? strings.count : 0;
}

/* The closure of the strings beyond `order` leaves e^{-2.5 phi order}, trapezoid sums e^{-2 phi
 * half}.
 */
static kz_grid gapped_grid(kz_chain chain, double tol)
{
    double phi = acosh(fabs(chain.delta)), digits = log(100 / tol);
    return (kz_grid){.chain = chain,
                     .half = kz_grid_fast_size((size_t)ceil(digits / (2 * phi))),
                     .window = 0.5 * M_PI,
                     .order = 2 + (int)ceil(fmin(KZ_P_MAX, digits / (2.5 * phi)))};
}

kz_grid kz_thermal_grid(kz_chain chain, double beta, double tol)
{
    double gamma = kz_chain_gamma(chain), width = fmin(gamma, M_PI - gamma);
    if (kz_chain_is_isotropic(chain)) return kz_isotropic_rows_grid(chain, beta, tol);
    if (chain.kind == KZ_CHAIN_AXIAL) return gapped_grid(chain, tol);
    double digits = log(25.0 * fmax(1, count_strings(chain)) / tol);
    double window = 0.5 * digits + log1p(fabs(beta)) * width / M_PI;
    double spacing = M_PI * width / digits;
    return (kz_grid){.chain = chain,
                     .half = kz_grid_fast_size((size_t)ceil(window / spacing)),
                     .window = window};
}

/* Drude weights showed errors of twelve times it at P <= 8, third derivatives of twenty, and of
 * more the larger the dressed charges, up to P/2 and squared, are. */
double kz_thermal_solve_tol(kz_chain chain, double tol)
{
    static const double SAFE = 8;
    double part = kz_chain_is_free(chain) ? 1 : fmin(1, SAFE / chain.P);
    part *= part;
    return fmax(0.002 * tol * part, 1e-15);
}

/* Rounding of x, of the size of its drive, is that of all sums in hot states; dressed charges
 * magnify that of each string.  In cold ones it moves Fermi points and what is thermal there only,
 * as a change of beta and mu would: by the second derivatives of ln Z, which are of the order of T.
 */
double kz_thermal_rounding(const kz_form *form, double spin, double beta, double mu,
                           double response)
{
    static const double COLD = 40;
    double sums = 1e-16 * form->strings.count * fmax(1, 0.25 * spin);
    double size = 1 + fabs(beta) + fabs(mu);
    if (!(size >= COLD)) return sums * size;
    return fmin(sums * size, 10 * sums + 4e-16 * sqrt(form->rows) * size * response);
}

/* The grid of the formula, or the present one where it is finer but not wastefully so: plans and
 * arrays are then kept from state to state. */
static kz_grid first_grid(const kz_thermal *t, double beta, double tol)
{
    kz_grid grid = kz_thermal_grid(t->chain, beta, tol);
    bool wide = t->grid.half > 0 && t->grid.window >= grid.window;
    bool fine = wide && kz_grid_spacing(&t->grid) <= kz_grid_spacing(&grid);
    return fine && t->grid.half <= 2 * grid.half ? t->grid : grid;
}

static void release_grid(kz_thermal *thermal)
{
    kz_local_free(thermal->local);
    kz_local_free(thermal->local_fine);
    kz_convolution_free(thermal->coarse);
    kz_convolution_free(thermal->fine);
    double **arrays[] = {&thermal->z,      &thermal->x,      &thermal->D,     &thermal->M,
                         &thermal->fine_z, &thermal->fine_x, &thermal->fine_L};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        kz_free(*arrays[i]);
        *arrays[i] = NULL;
    }
    thermal->local = thermal->local_fine = NULL;
    thermal->coarse = thermal->fine = NULL;
    thermal->grid = (kz_grid){0};
}

void kz_thermal_free(kz_thermal *thermal)
{
    if (!thermal) return;
    release_grid(thermal);
    kz_free(thermal);
}

static kz_status allocate_arrays(kz_thermal *t)
{
    size_t size = (size_t)t->coarse->rows * t->coarse->n;
    KZ_TRY(kz_alloc_doubles(&t->z, size));
    KZ_TRY(kz_alloc_doubles(&t->x, size));
    KZ_TRY(kz_alloc_doubles(&t->D, size));
    KZ_TRY(kz_alloc_doubles(&t->M, t->coarse->n));
    KZ_TRY(kz_alloc_doubles(&t->fine_z, 2 * size));
    KZ_TRY(kz_alloc_doubles(&t->fine_x, 2 * size));
    return kz_alloc_doubles(&t->fine_L, 2 * size);
}

static bool same_grid(const kz_grid *a, const kz_grid *b)
{
    return kz_chain_is_same(a->chain, b->chain) && a->half == b->half && a->window == b->window;
}

/* Plans and arrays for `grid`; kept when it is the one in use. */
static kz_status use_grid(kz_thermal *t, kz_grid grid)
{
    if (same_grid(&t->grid, &grid)) return KZ_OK;
    release_grid(t);
    kz_grid fine = grid;
    fine.half *= 2;
    kz_status status = kz_convolution_create(&t->coarse, grid, KZ_EVEN);
    if (status == KZ_OK) status = kz_convolution_create(&t->fine, fine, KZ_EVEN);
    if (status == KZ_OK) status = kz_local_create(&t->local, t->coarse);
    if (status == KZ_OK) status = kz_local_create(&t->local_fine, t->fine);
    if (status == KZ_OK) status = allocate_arrays(t);
    if (status == KZ_OK)
        t->grid = grid;
    else
        release_grid(t);
    return status;
}

/* ln Z / L from L_1 at the nodes of a grid; beyond the window L_1 is constant. */
static double sum_ln_z(const kz_thermal *t, const kz_convolution *c, const double *L)
{
    double sum = 0;
    for (size_t k = 0; k < c->n; k++)
        sum += c->source[k] * L[k];
    return -t->ensemble.beta * c->form.near + 2 * kz_grid_spacing(&c->grid) * sum +
           kz_local_kernel_tail(c->form.width[0], c->grid.window) * L[c->n - 1];
}

/* Largest residual of the TBA equations at the nodes of the twice finer grid, and ln Z there. */
static double fine_residual(double *ln_z, kz_thermal *t)
{
    const kz_convolution *c = t->fine;
    size_t size = (size_t)c->rows * c->n;
    double *residual = t->fine_z, *drive = t->fine_L;
    kz_convolution_refine(t->fine_z, c, t->z, t->coarse);
    memcpy(t->fine_x, t->fine_z, size * sizeof *t->fine_x);
    kz_convolution_backward(c, t->fine_x);
    kz_thermal_drive(drive, c, t->ensemble.beta);
    for (size_t k = 0; k < c->n; k++)
        t->fine_x[k] += drive[k];
    kz_form_turn(t->fine_x, &c->form, c->n);
    kz_thermal_weights(t->fine_L, NULL, NULL, t->fine_x, &c->form, c->n, t->ensemble.mu);
    *ln_z = sum_ln_z(t, c, t->fine_L);
    kz_form_turn(t->fine_L, &c->form, c->n);
    kz_local_convolve(t->fine_x, t->local_fine, t->fine_L);
    for (size_t i = 0; i < size; i++)
        residual[i] = t->fine_x[i] - t->fine_z[i];
    kz_convolution_backward(c, residual);
    double largest = 0;
    for (size_t i = 0; i < size; i++)
        largest = fmax(largest, fabs(residual[i]));
    return largest;
}

/* Distance of x from its value at infinite rapidity, at the edge of the window. */
static double edge_deviation(const kz_thermal *t)
{
    int rows = t->coarse->rows;
    size_t n = t->coarse->n;
    double *asymptote = t->fine_x, largest = 0;
    kz_thermal_asymptote(asymptote, &t->coarse->form, t->ensemble.mu);
    for (int f = 0; f < rows; f++)
        largest = fmax(largest, fabs(t->x[(size_t)f * n + n - 1] - asymptote[f]));
    return largest;
}

/* What one unit of rounding in x is worth in ln Z. */
static double rounding_scale(const kz_thermal *t)
{
    return t->strings * (1 + fabs(t->ensemble.beta) + 0.5 * fabs(t->ensemble.mu));
}

/* One solve on the grid in use; fills the error estimate and its two parts. */
static kz_status solve_once(kz_thermal *t, double tol, double *discretisation, double *edge)
{
    kz_newton_report report;
    KZ_TRY(kz_thermal_newton(t->z, t->x, t->D, t->M, t->local, NULL, t->coarse, t->ensemble, false,
                             0.003 * tol, &report));
    kz_thermal_weights(t->fine_L, NULL, NULL, t->x, &t->coarse->form, t->coarse->n, t->ensemble.mu);
    double coarse = sum_ln_z(t, t->coarse, t->fine_L);
    double residual = fine_residual(&t->ln_z, t), size = fmax(1, fabs(t->ln_z));
    *discretisation = (t->strings * residual + fabs(coarse - t->ln_z)) / size;
    *edge = 4 * t->strings * edge_deviation(t) * exp(-2 * t->grid.window) / size;
    t->error = *discretisation + *edge + 1e-16 * rounding_scale(t) / size;
    return KZ_OK;
}

kz_status kz_thermal_solve(kz_thermal *t, double beta, double mu, double tol)
{
    if (!isfinite(beta) || !isfinite(mu) || !(tol >= 1e-13 && tol <= 1e-2))
        return KZ_FAIL(KZ_EINVAL,
                       "beta = %.15g, mu = %.15g, tol = %.15g: finite, 1e-13 <= tol <= 1e-2", beta,
                       mu, tol);
    kz_grid grid = first_grid(t, beta, tol);
    t->ensemble = (kz_ensemble){beta, mu};
    t->error = INFINITY;
    double previous = INFINITY;
    while (grid.half <= HALF_MAX) {
        double discretisation, edge;
        KZ_TRY(use_grid(t, grid));
        KZ_TRY(solve_once(t, tol, &discretisation, &edge));
        if (t->error <= tol) return KZ_OK;
        bool coarse = discretisation > 0.5 * tol, narrow = edge > 0.4 * tol;
        double noise = 3e-14 * rounding_scale(t) / fmax(1, fabs(t->ln_z));
        bool stalled = coarse && discretisation > 0.5 * previous && discretisation < noise;
        if (stalled || (!coarse && !narrow)) break; /* rounding: no grid helps */
        previous = discretisation;
        if (coarse) grid.half = kz_grid_finer(grid.half, discretisation, 0.2 * tol);
        if (narrow) grid = kz_grid_widen(grid, 2);
    }
    return KZ_FAIL(KZ_ETOL,
                   "TBA at Delta = %.10g, beta = %.15g, mu = %.15g: error %.3g, wanted %.3g",
                   kz_chain_delta(t->chain), beta, mu, t->error, tol);
}

kz_status kz_thermal_create(kz_thermal **out, kz_chain chain, double beta, double mu, double tol)
{
    *out = NULL;
    kz_strings strings;
    KZ_TRY(kz_strings_fill(&strings, chain));
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_thermal)));
    kz_thermal *thermal = memory;
    thermal->chain = chain;
    thermal->strings = strings.count;
    kz_status status = kz_thermal_solve(thermal, beta, mu, tol);
    if (status != KZ_OK) {
        kz_thermal_free(thermal);
        return status;
    }
    *out = thermal;
    return KZ_OK;
}

double kz_thermal_ln_z(const kz_thermal *thermal) { return thermal->ln_z; }
double kz_thermal_error(const kz_thermal *thermal) { return thermal->error; }
size_t kz_thermal_nodes(const kz_thermal *thermal) { return thermal->grid.half; }
double kz_thermal_window(const kz_thermal *thermal) { return thermal->grid.window; }

double kz_thermal_log_eta(const kz_thermal *t, int j, size_t k)
{
    int N = t->strings;
    if (j < 1 || j > N || k >= t->grid.half) return NAN;
    size_t n = t->grid.half;
    double a = 0.5 * t->coarse->form.spin * t->ensemble.mu, y = t->x[(size_t)(N - 2) * n + k];
    if (j == N) return a - y;
    return j == N - 1 ? a + y : t->x[(size_t)(j - 1) * n + k];
}
