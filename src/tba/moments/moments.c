#include "tba/moments/internal.h"

#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "tba/newton.h"

void kz_moments_free(kz_moments *m)
{
    if (!m) return;
    double *arrays[] = {m->x,     m->hole,      m->rho,       m->polarisation, m->x_beta,
                        m->x_mu,  m->second[0], m->second[1], m->second[2],    m->z,
                        m->t_rho, m->t_mu,      m->scratch,   m->far};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_isotropic_moments_free(m->isotropic);
    kz_free(m->edge_rho);
    kz_fermi_edge_free(m->kept_edge);
    kz_local_free(m->local);
    kz_convolution_free(m->even);
    kz_free(m);
}

static kz_status allocate(kz_moments *m, kz_grid grid)
{
    KZ_TRY(kz_convolution_create(&m->even, grid, KZ_EVEN));
    size_t size = (size_t)m->even->rows * grid.half;
    double **arrays[] = {&m->x,         &m->hole,      &m->rho,       &m->x_beta, &m->x_mu,
                         &m->second[0], &m->second[1], &m->second[2], &m->z,      &m->t_rho,
                         &m->t_mu,      &m->scratch,   &m->far};
    KZ_TRY(kz_local_create(&m->local, m->even));
    KZ_TRY(kz_alloc_doubles(&m->polarisation, grid.half));
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        KZ_TRY(kz_alloc_doubles(arrays[i], size));
    return KZ_OK;
}

static void fill_far(kz_moments *m)
{
    size_t n = m->even->n;
    for (int f = 0; f < m->even->rows; f++)
        for (size_t k = 0; k < n; k++)
            m->far[(size_t)f * n + k] = kz_form_far_density(&m->even->form, f, m->even->lambda[k]);
}

kz_status kz_moments_create(kz_moments **out, kz_grid grid)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_moments)));
    kz_moments *m = memory;
    m->turned = kz_chain_is_turned(grid.chain);
    if (m->turned) grid.chain = kz_chain_turn(grid.chain);
    m->grid = grid;
    bool isotropic = kz_chain_is_isotropic(grid.chain);
    kz_status status =
        isotropic ? kz_isotropic_moments_create(&m->isotropic, grid) : allocate(m, grid);
    if (status != KZ_OK) {
        kz_moments_free(m);
        return status;
    }
    if (!isotropic) fill_far(m);
    *out = m;
    return KZ_OK;
}

kz_fluctuation kz_fluctuation_at(double x)
{
    double e = exp(-fabs(x)), inverse = 1 / (1 + e), q = e * inverse * inverse;
    return (kz_fluctuation){x > 0 ? e * inverse : inverse, q, -copysign(q * (1 - e) * inverse, x)};
}

/* sign x = r + K D (sign x): x in: the coefficients of r, out: nodal; coefficients of sign x in t
 * (first guess in). */
static kz_status respond_to(double *x, double *t, kz_moments *m, double tol)
{
    size_t size = (size_t)m->even->rows * m->even->n;
    KZ_TRY(kz_local_solve(t, m->local, m->hole, x, tol, NULL));
    memcpy(x, t, size * sizeof *x);
    kz_convolution_backward(m->even, x);
    kz_form_turn(x, &m->even->form, m->even->n);
    return KZ_OK;
}

/* The same with r = K (sign source), a source in every row. */
static kz_status respond(double *x, double *t, kz_moments *m, double *source, double tol)
{
    kz_form_turn(source, &m->even->form, m->even->n);
    kz_local_convolve(x, m->local, source);
    return respond_to(x, t, m, tol);
}

double kz_moments_edge_shift(const kz_moments *m)
{
    return 0.5 * m->even->form.spin * m->edge->polarisation;
}

double kz_moments_edge_energy(const kz_moments *m)
{
    return -M_PI * m->even->form.sine * m->even->form.sign[m->edge->row];
}

/* A response with the coefficients t of sign x, at the nodes of the panels. */
static void respond_on_panels(double *out, const kz_moments *m, const double *t)
{
    kz_fermi_edge *e = m->edge;
    kz_fermi_edge_values(out, e, KZ_EVEN, t + (size_t)e->row * m->even->n);
    for (size_t q = 0; m->even->form.sign[e->row] < 0 && q < e->count; q++)
        out[q] = -out[q];
}

size_t kz_moments_strings_at(const kz_moments *m, kz_moments_visit out[2], int row, size_t k)
{
    size_t at = (size_t)row * m->even->n + k;
    int rows = m->even->rows;
    double shift = 0.5 * m->even->form.spin, a = shift * m->mu;
    bool sharp = m->edge && m->edge->row == row;
    if (row + 1 < rows || m->even->form.closed) {
        out[0] = (kz_moments_visit){at, m->x[at], 0, row, sharp};
        return 1;
    }
    bool first = sharp && kz_moments_edge_shift(m) > 0;
    out[0] = (kz_moments_visit){at, m->x[at] + a, shift, row, first};
    out[1] = (kz_moments_visit){at, m->x[at] - a, -shift, row, sharp && !first};
    return 2;
}

/* All arrays are one, which edge_rho begins. */
static kz_status reserve_panels(kz_moments *m)
{
    if (!m->edge || m->edge->count <= m->edge_room) return KZ_OK;
    size_t count = m->edge->count;
    kz_free(m->edge_rho);
    m->edge_room = 0;
    KZ_TRY(kz_alloc_doubles(&m->edge_rho, 5 * count));
    m->edge_mu = m->edge_rho + count;
    for (size_t i = 0; i < 3; i++)
        m->edge_second[i] = m->edge_mu + (i + 1) * count;
    m->edge_room = count;
    return KZ_OK;
}

static void fill_panels(kz_moments *m)
{
    kz_fermi_edge *e = m->edge;
    size_t at = (size_t)e->row * m->even->n;
    kz_fermi_edge_values(m->edge_rho, e, KZ_EVEN, m->t_rho + at);
    respond_on_panels(m->edge_mu, m, m->t_mu);
    for (size_t q = 0; q < e->count; q++)
        m->edge_rho[q] += e->source[0][q];
}

static kz_status first_responses(kz_moments *m, bool warm, double tol)
{
    int rows = m->even->rows;
    size_t n = m->even->n, size = (size_t)rows * n;
    double factor = -M_PI * m->even->form.sine;
    if (!warm) {
        memset(m->t_rho, 0, size * sizeof *m->t_rho);
        memset(m->t_mu, 0, size * sizeof *m->t_mu);
    }
    KZ_TRY(kz_local_dress(m->rho, m->t_rho, m->local, m->hole, m->even->source, tol, NULL));
    for (size_t i = 0; i < size; i++)
        m->x_beta[i] = factor * m->rho[i];
    kz_form_turn(m->x_beta, &m->even->form, n);
    if (m->even->form.closed) {
        memset(m->x_mu, 0, size * sizeof *m->x_mu);
        m->x_mu[size - n] = 0.5 * copysign(kz_closure_differentiate(&m->closure).mu, m->mu);
        return respond_to(m->x_mu, m->t_mu, m, tol);
    }
    memset(m->scratch, 0, size * sizeof *m->scratch);
    for (size_t k = 0; k < n; k++)
        m->scratch[size - n + k] = 0.5 * m->even->form.spin * m->polarisation[k];
    return respond(m->x_mu, m->t_mu, m, m->scratch, tol);
}

/* q X_a X_b of the strings that stand on the grid, in their rows. */
static void fill_source(kz_moments *m, int pair)
{
    size_t n = m->even->n, rows = (size_t)m->even->rows;
    memset(m->scratch, 0, rows * n * sizeof *m->scratch);
    for (int row = 0; row < m->even->rows; row++) {
        for (size_t k = 0; k < n; k++) {
            kz_moments_visit string[2];
            size_t count = kz_moments_strings_at(m, string, row, k);
            for (size_t s = 0; s < count; s++) {
                if (string[s].sharp) continue;
                size_t at = string[s].at;
                double q = kz_fluctuation_at(string[s].x).occupied;
                double by_beta = m->x_beta[at], by_mu = m->x_mu[at] + string[s].shift;
                m->scratch[at] += q * (pair < 2 ? by_beta : by_mu) * (pair < 1 ? by_beta : by_mu);
            }
        }
    }
}

/* The same of the string with the Fermi point, projected on the grid; `projected` is scratch [n].
 */
static void add_source_on_panels(kz_moments *m, int pair, double *projected)
{
    kz_fermi_edge *e = m->edge;
    if (!e) return;
    double factor = kz_moments_edge_energy(m), shift = kz_moments_edge_shift(m);
    for (size_t i = 0; i < e->count; i++) {
        double by_beta = factor * m->edge_rho[i], by_mu = m->edge_mu[i] + shift;
        e->delta[i] = kz_fluctuation_at(e->x[i]).occupied * (pair < 2 ? by_beta : by_mu) *
                      (pair < 1 ? by_beta : by_mu);
    }
    kz_fermi_edge_project(projected, e, e->delta);
    double *row = m->scratch + (size_t)e->row * m->even->n;
    for (size_t k = 0; k < m->even->n; k++)
        row[k] += projected[k];
}

/* Second responses, pairs beta beta, beta mu, mu mu; the first guess is nil. */
static kz_status respond_second(kz_moments *m, double *t, int pair, double tol)
{
    double *x = m->second[pair];
    kz_form_turn(m->scratch, &m->even->form, m->even->n);
    kz_local_convolve(x, m->local, m->scratch);
    if (m->even->form.closed) /* s * constant */
        x[(size_t)(m->even->rows - 1) * m->even->n] +=
            0.5 * kz_moments_bend_closure(m, pair > 1, pair > 0);
    return respond_to(x, t, m, tol);
}

static kz_status second_responses(kz_moments *m, double tol)
{
    size_t n = m->even->n, size = (size_t)m->even->rows * n;
    double *t;
    KZ_TRY(kz_alloc_doubles(&t, size));
    kz_status status = KZ_OK;
    for (int pair = 0; status == KZ_OK && pair < 3; pair++) {
        fill_source(m, pair);
        add_source_on_panels(m, pair, t);
        memset(t, 0, size * sizeof *t);
        status = respond_second(m, t, pair, tol);
        if (m->edge) respond_on_panels(m->edge_second[pair], m, t);
    }
    kz_free(t);
    return status;
}

/* The memory stays for the states to come. */
static kz_status set_edge(kz_moments *m)
{
    m->edge = NULL;
    if (!m->even->grid.split) return KZ_OK;
    if (!m->kept_edge) KZ_TRY(kz_fermi_edge_create(&m->kept_edge, m->even, m->beta, m->mu));
    kz_fermi_edge_set_state(m->kept_edge, m->beta, m->mu);
    m->edge = m->kept_edge;
    return KZ_OK;
}

bool kz_moments_is_resolved(const kz_moments *m)
{
    if (m->isotropic) return kz_isotropic_moments_is_resolved(m->isotropic);
    const kz_convolution *c = m->even;
    double a = kz_thermal_shift(&c->form, m->mu);
    return m->edge || kz_thermal_is_resolved(m->x, (size_t)c->rows, c->n, a);
}

/* From -Delta at -beta. */
static void turn(kz_moments_values *v)
{
    double excess = v->excess;
    v->energy = -v->energy;
    v->excess = v->rest;
    v->rest = excess;
    v->magnetization_beta = -v->magnetization_beta;
    v->magnetization_beta_mu = -v->magnetization_beta_mu;
}

static kz_status solve_rows(kz_moments_values *out, kz_moments *m, int order, bool warm, double tol)
{
    kz_newton_report report;
    KZ_TRY(set_edge(m));
    KZ_TRY(kz_thermal_newton(m->z, m->x, m->hole, m->polarisation, m->local, m->edge, m->even,
                             (kz_ensemble){m->beta, m->mu}, warm, tol, &report));
    m->closure = report.closure;
    KZ_TRY(reserve_panels(m));
    KZ_TRY(first_responses(m, warm, tol));
    if (m->edge) fill_panels(m);
    if (order >= 2) KZ_TRY(second_responses(m, tol));
    kz_moments_collect(out, m, order);
    return KZ_OK;
}

kz_status kz_moments_solve(kz_moments_values *out, kz_moments *m, double beta, double mu, int order,
                           bool warm, double tol)
{
    m->beta = m->turned ? -beta : beta;
    m->mu = mu;
    if (m->isotropic)
        KZ_TRY(kz_isotropic_moments_solve(out, m->isotropic, m->beta, mu, order, warm));
    else
        KZ_TRY(solve_rows(out, m, order, warm, tol));
    if (m->turned) turn(out);
    return KZ_OK;
}
