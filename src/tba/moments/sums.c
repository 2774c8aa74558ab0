/* Derivatives of ln Z as sums over the strings of a state and its responses. */
#include <math.h>

#include "tba/moments/internal.h"
#include "tba/newton.h"

/* One string at one place: b, u = X_beta, X_mu; second: X_beta_beta, X_beta_mu, X_mu_mu there, at
 * `at`, where order is 2. */
static void add_fluctuation(kz_moments_sums *sum, kz_fluctuation f, double rho, double b, double u,
                            double *const second[3], size_t at, int order)
{
    double q = rho * f.occupied, c = rho * f.skew;
    sum->bb += q * b * b;
    sum->bm += q * b * u;
    sum->mm += q * u * u;
    if (order < 2) return;
    double bb = second[0][at], bu = second[1][at], uu = second[2][at];
    sum->bbm += c * b * b * u + q * (bb * u + 2 * bu * b);
    sum->bmm += c * b * u * u + q * (uu * b + 2 * bu * u);
}

static void add_string(kz_moments_sums *sum, const kz_moments *m, const kz_moments_visit *string,
                       int order)
{
    size_t at = string->at;
    double rho = m->rho[at];
    kz_fluctuation f = kz_fluctuation_at(string->x);
    if (string->sharp) f = (kz_fluctuation){.filling = 1 - m->edge->hole[at % m->even->n]};
    /* holes in the row after the first block, where that is not the last */
    bool holes = m->even->form.blocks > 1 && string->row == kz_form_far_row(&m->even->form);
    sum->rest += m->far[at] * (holes ? 1 - f.filling : f.filling) * rho;
    add_fluctuation(sum, f, rho, m->x_beta[at], m->x_mu[at] + string->shift, m->second, at, order);
}

/* First moments over the spacing, less constants. */
typedef struct {
    double ln_z, energy, magnetization;
    double tail; /* L of the first row at the end of the window */
} first_sums;

static first_sums sum_first(kz_moments *m)
{
    size_t n = m->even->n, last = (size_t)(m->even->rows - 1) * n;
    kz_thermal_weights(m->scratch, NULL, NULL, m->x, &m->even->form, n, m->mu);
    first_sums sum = {.tail = m->scratch[n - 1]};
    if (m->edge) {
        size_t at = (size_t)m->edge->row * n;
        kz_fermi_edge_split(m->scratch + at, NULL, NULL, m->edge, m->x + at);
    }
    for (size_t k = 0; k < n; k++) {
        sum.ln_z += m->even->source[k] * m->scratch[k];
        sum.energy += m->even->source[k] * m->hole[k] * m->rho[k];
        sum.magnetization += m->polarisation[k] * m->rho[last + k];
    }
    return sum;
}

static kz_moments_sums sum_strings(const kz_moments *m, int order)
{
    kz_moments_sums sum = {0};
    for (int row = 0; row < m->even->rows; row++) {
        for (size_t k = 0; k < m->even->n; k++) {
            kz_moments_visit string[2];
            size_t count = kz_moments_strings_at(m, string, row, k);
            for (size_t s = 0; s < count; s++)
                add_string(&sum, m, &string[s], order);
        }
    }
    return sum;
}

/* The string with the Fermi point, which has no fluctuations but on the panels. */
static void add_panels(kz_moments_sums *sum, const kz_moments *m, int order)
{
    const kz_fermi_edge *e = m->edge;
    if (!e) return;
    double factor = kz_moments_edge_energy(m), step = 2 * kz_grid_spacing(&m->even->grid);
    for (size_t i = 0; i < e->count; i++) {
        double rho = m->edge_rho[i] * e->weight[i] / step;
        double b = factor * m->edge_rho[i], u = m->edge_mu[i] + kz_moments_edge_shift(m);
        add_fluctuation(sum, kz_fluctuation_at(e->x[i]), rho, b, u, m->edge_second, i, order);
    }
}

/* Near an edge little is left of e, at |beta| = 1000 its 1e-6th part; both distances are sums of
 * positive terms instead.  With rho = (1 - K D)^-1 s and c = pi sin gamma, |e - near| = c <s, D
 * rho>, and with K^T = sign K sign, for any two sets of hole weights, <s, D'rho'> - <s, D rho> =
 * <rho', sign sign_0 (D' - D) rho>. At the far edge D' = 1 in the first block and 0 in the row
 * after it, or 2 if that is the last one, and rho' is known in closed form: D' - D are fillings
 * there, -(D' - D) holes, the sum of both strings in the last row.  With a gap the far edge is
 * empty, D' = 1 in all rows, and rho' = a_n; strings beyond the rows have their mean left,
 * sum_{n > N} ln(1 + 1/eta_n) = ln U(t + 1)/U(t) - kappa, to first order in e^{-phi N} squared. */
void kz_moments_collect(kz_moments_values *out, kz_moments *m, int order)
{
    const kz_form *form = &m->even->form;
    double step = 2 * kz_grid_spacing(&m->even->grid);
    first_sums first = sum_first(m);
    kz_moments_sums sum = sum_strings(m, order);
    add_panels(&sum, m, order);
    double magnetization = form->closed ? kz_moments_add_closure(&sum, m, order)
                                        : 0.5 * form->spin * step * first.magnetization;
    double scale = M_PI * form->sine * step, near = scale * first.energy, far = scale * sum.rest;
    bool bottom = form->near_sign > 0; /* the near edge is the ground state */
    *out = (kz_moments_values){
        .ln_z = -m->beta * form->near + step * first.ln_z +
                (form->closed
                     ? 0
                     : first.tail * kz_local_kernel_tail(form->width[0], m->even->grid.window)),
        .energy = far < 0.1 * near ? form->far - form->near_sign * far
                                   : form->near + form->near_sign * near,
        .excess = bottom ? near : far,
        .rest = bottom ? far : near,
        .magnetization = magnetization,
        .energy_beta = -step * sum.bb,
        .magnetization_beta = step * sum.bm,
        .magnetization_mu = step * sum.mm,
        .energy_beta_mu = order < 2 ? NAN : -step * sum.bbm,
        .magnetization_beta_mu = order < 2 ? NAN : step * sum.bmm,
    };
}
