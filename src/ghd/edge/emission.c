/* A polarised state is empty: every string at the edge beside it comes from the thermal state, and
 * the currents are sums over these strings with their bare charges, J_a = sum_j int theta_j d_j
 * q_j,   d = v rho^t,   q = (e_j, -n_j), for `down` (e_j, n_j). However few they are, the sums keep
 * their digits, where those over all that differs from `up` (ray/finish.c) have an error that is
 * bounded against 1. */
#include "ghd/edge/emission.h"

#include <math.h>

#include "ghd/ray/work.h"

enum { ENERGY, SPIN, CHARGES };

static const double SAFETY = 10, /* of the residual of d, for what (1 - K D)^-1 makes of it */
    WINDOW = 5,                  /* of what stands at its ends, for what lies beyond */
    ROUNDING = 1e-15,            /* of ln eta, by its parts */
    SUMS = 4e-15;                /* of sums */

int kz_state_spin(const kz_state *state, kz_chain chain)
{
    bool saturated = state->kind == KZ_STATE_GROUND && fabs(state->h) >= kz_saturation_field(chain);
    if (state->kind == KZ_STATE_UP || (saturated && state->h > 0)) return 1;
    if (state->kind == KZ_STATE_DOWN || saturated) return -1;
    return 0;
}

typedef struct {
    double current[CHARGES], size[CHARGES]; /* terms, and their absolute values */
    double residual[CHARGES], window[CHARGES];
} sums;

/* One string of row f, whose fillings these are. */
static void add_string(sums *sum, const kz_ray_work *w, bool fine, int f, int j,
                       const double *filling, const double *inside)
{
    const kz_mesh *mesh = fine ? &w->level->fine : &w->level->coarse;
    const kz_form *form = &mesh->full->form;
    size_t n = mesh->full->n, row = (size_t)f * n;
    const double *d = (fine ? w->fine_d : w->d) + row, *u = (fine ? w->fine_u : w->u) + row;
    double h = kz_grid_spacing(&mesh->full->grid);
    for (size_t k = 0; k < n; k++) {
        double charge[CHARGES] = {kz_string_energy(&form->strings, j, mesh->full->lambda[k]),
                                  form->strings.length[j - 1]};
        double ends = k == 0 || k + 1 == n ? fmax(fabs(d[k]), form->speed * fabs(u[k])) : 0;
        for (int a = 0; a < CHARGES; a++) {
            double term = h * filling[k] * charge[a];
            sum->current[a] += inside[k] * d[k] * term;
            sum->size[a] += fabs(inside[k] * d[k] * term);
            if (fine) sum->residual[a] += fabs(term) * w->fine_error[row + k];
            sum->window[a] += ends * filling[k] * fabs(charge[a]);
        }
    }
}

/* Weights of the nodes at which the thermal state fills row f. */
static void fill_inside(double *inside, const kz_ray_work *w, const kz_mesh *mesh, int thermal,
                        int f)
{
    kz_level_indicator(inside, mesh, &w->region[f]);
    for (size_t k = 0; thermal == KZ_RIGHT && k < mesh->full->n; k++)
        inside[k] = 1 - inside[k];
}

/* spin < 0: a hole of string N-1 is string N of the state with all spins turned, and so on. */
static sums sum_up(const kz_ray_work *w, bool fine, int thermal, int spin)
{
    const kz_level *level = w->level;
    const kz_mesh *mesh = fine ? &level->fine : &level->coarse;
    size_t n = mesh->full->n;
    double *inside = fine ? w->fine_row : w->row;
    const double *filling = mesh->side[thermal].filling;
    sums sum = {.current = {0}};
    for (int f = 0; f < level->rows; f++, filling += n) {
        fill_inside(inside, w, mesh, thermal, f);
        bool last = f + 1 == level->rows, turned = last && spin < 0;
        add_string(&sum, w, fine, f, turned ? f + 2 : f + 1, filling, inside);
        if (last) add_string(&sum, w, fine, f, turned ? f + 1 : f + 2, filling + n, inside);
    }
    return sum;
}

static double largest_filling(const kz_level *level, int thermal)
{
    const kz_convolution *c = level->coarse.full;
    const double *filling = level->coarse.side[thermal].filling;
    double result = 0;
    for (size_t i = 0; i < ((size_t)level->rows + 1) * c->n; i++)
        result = fmax(result, c->form.strings.length[i / c->n] * filling[i]);
    return result;
}

void kz_ray_emission(kz_emission *out, const kz_ray_work *w, int thermal)
{
    const kz_level *level = w->level;
    const kz_state *state = &level->state[thermal];
    double P = level->coarse.full->form.spin;
    int spin = kz_state_spin(&level->state[1 - thermal], level->coarse.full->grid.chain);
    sums coarse = sum_up(w, false, thermal, spin), fine = sum_up(w, true, thermal, spin);
    double rounding = ROUNDING * (P + P * fabs(state->mu) + fabs(state->beta));
    for (int a = 0; a < CHARGES; a++) {
        double size = fine.size[a], change = (fine.current[a] - coarse.current[a]) / size;
        out->current[a] = a == SPIN ? -spin * fine.current[a] : fine.current[a];
        out->err[a] = SAFETY * fine.residual[a] + WINDOW * fine.window[a] + rounding * size;
        if (size > 0) out->err[a] += kz_ray_sum_error(w, change) * size;
    }
    out->largest = largest_filling(level, thermal);
}

/* -- beside the far edge of the band ----------------------------------------------------------
 *
 * With rho^t = (1 - K D)^-1 s, K^T = sign K sign and sign = 1 in the first row, <s, D d> =
 * <D' rho', sign b> + <rho', sign (D - D') d> for the source b of d and any state rho' with the
 * hole weights D'.  At zeta = 0 b is odd, and with the far edge for rho', known in closed form, D -
 * D' are excitations of the thermal state. */

typedef struct {
    double current, size, residual, window;
} far_sums;

static void add_far_row(far_sums *sum, const kz_ray_work *w, bool fine, int thermal, int f,
                        const double *inside)
{
    const kz_mesh *mesh = fine ? &w->level->fine : &w->level->coarse;
    const kz_form *form = &mesh->full->form;
    size_t n = mesh->full->n, row = (size_t)f * n;
    const double *d = (fine ? w->fine_d : w->d) + row, *hole = mesh->side[thermal].hole + row;
    double full = f + 1 == form->rows && form->blocks == 1 ? 2 : f >= form->end[0] ? 0 : 1;
    for (size_t k = 0; k < n; k++) {
        double rho = kz_form_far_density(form, f, mesh->full->lambda[k]);
        double term = rho * form->sign[0] * form->sign[f] * (hole[k] - full);
        sum->current += inside[k] * term * d[k];
        sum->size += fabs(inside[k] * term * d[k]);
        if (fine) sum->residual += fabs(term) * w->fine_error[row + k];
        if (k == 0 || k + 1 == n) sum->window += fabs(term * d[k]);
    }
}

static far_sums far_sum_up(const kz_ray_work *w, bool fine, int thermal)
{
    const kz_level *level = w->level;
    const kz_mesh *mesh = fine ? &level->fine : &level->coarse;
    double scale = M_PI * mesh->full->form.sine, h = kz_grid_spacing(&mesh->full->grid);
    double *inside = fine ? w->fine_row : w->row;
    far_sums sum = {.current = 0};
    for (int f = 0; f < level->rows; f++) {
        fill_inside(inside, w, mesh, thermal, f);
        add_far_row(&sum, w, fine, thermal, f, inside);
    }
    return (far_sums){scale * h * sum.current, scale * h * sum.size, scale * h * sum.residual,
                      scale * sum.window};
}

void kz_ray_far_emission(double *current, double *err, const kz_ray_work *w, int thermal)
{
    far_sums coarse = far_sum_up(w, false, thermal), fine = far_sum_up(w, true, thermal);
    double size = fine.size, change = (fine.current - coarse.current) / size;
    *current = w->level->coarse.full->form.near_sign * fine.current;
    *err = SAFETY * fine.residual + WINDOW * fine.window + SUMS * size;
    if (size > 0) *err += kz_ray_sum_error(w, change) * size;
}
