/* A polarised state is empty: every string at the edge beside it comes from the thermal state, and
 * the currents are sums over these strings with their bare charges, J_a = sum_j int theta_j d_j
 * q_j,   d = v rho^t,   q = (e_j, -n_j), for `down` (e_j, n_j). However few they are, the sums keep
 * their digits, where those over all that differs from `up` (ray_finish.c) have an error that is
 * bounded against 1. */
#include "ghd/emission.h"

#include <math.h>

#include "ghd/ray_work.h"

enum { ENERGY, SPIN, CHARGES };

static const double SAFETY = 10, /* of the residual of d, for what (1 - K D)^-1 makes of it */
    SQUARED = 10,     /* twice the nodes square the relative error of a sum that converges so */
    WINDOW = 5,       /* of what stands at its ends, for what lies beyond */
    ROUNDING = 1e-15; /* of ln eta, by its parts */

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
        kz_level_indicator(inside, mesh, &w->region[f]);
        for (size_t k = 0; thermal == KZ_RIGHT && k < n; k++)
            inside[k] = 1 - inside[k];
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

void kz_ray_emission(kz_emission *out, kz_ray_work *w, int thermal)
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
        if (size > 0) out->err[a] += SQUARED * change * change * size;
    }
    out->largest = largest_filling(level, thermal);
}
