#include "tba/fillings.h"

#include <math.h>

#include "core/error.h"
#include "core/memory.h"

/* From here on the Fermi point of a state is taken apart.  Finer grids cost rays more than they
 * cost thermodynamics (kz_fermi_edge_pays). */
static const double SPLIT_BETA = 10, SPLIT_MU = 4;

void kz_fillings_free(kz_fillings *fillings)
{
    if (!fillings) return;
    kz_free(fillings->hole);
    kz_free(fillings->polarisation);
    kz_free(fillings->x);
    kz_free(fillings->edge);
    kz_fermi_edge_free(fillings->panels);
    kz_free(fillings);
}

static void set_row(kz_fillings *s, int row, double value)
{
    for (size_t k = 0; k < s->n; k++)
        s->hole[(size_t)row * s->n + k] = value;
    s->edge[row] = value;
}

static void set_polarisation(kz_fillings *s, double value)
{
    for (size_t k = 0; k < s->n; k++)
        s->polarisation[k] = value;
}

/* Up or down: no particles, or theta_{N-1} = theta_N = 1; the same hole weights. */
static void fill_polarised(kz_fillings *s, double sign)
{
    for (int f = 0; f < s->rows; f++)
        set_row(s, f, 1);
    set_polarisation(s, sign);
    s->tail = (kz_tail){.closure = kz_closure_empty(s->rows), .sign = sign};
}

bool kz_fillings_is_near_edge(const kz_state *state, const kz_form *form)
{
    if (form->near_sign < 0) return state->kind == KZ_STATE_CEILING;
    return state->kind == KZ_STATE_GROUND && state->h == 0;
}

bool kz_fillings_is_far_edge(const kz_state *state, const kz_form *form)
{
    if (form->near_sign > 0) return state->kind == KZ_STATE_CEILING;
    return state->kind == KZ_STATE_GROUND && state->h == 0;
}

/* Near edge: no holes in the first row; nothing else carries density. */
static void fill_near(kz_fillings *s)
{
    fill_polarised(s, 1);
    set_row(s, 0, 0);
    s->tail.sign = 0;
    if (s->rows == 1) set_polarisation(s, 0);
}

/* Far edge: no particles in the first block; no holes in the row after it or, where that is the
 * last one, string N filled and N-1 empty.  With a gap it is the ferromagnet of no direction. */
static void fill_far(kz_fillings *s, const kz_form *form)
{
    fill_polarised(s, 0);
    if (form->closed) return;
    set_row(s, kz_form_far_row(form), form->blocks > 1 ? 0 : 2);
}

/* The sea of length 1 and parity +1: in the first row, or where that is the ceiling's in the row
 * after the first block.  `down` is `up` with all spins turned, which leaves D and turns M. */
static void place_sea(kz_fillings *s, const kz_form *form, double sign)
{
    bool near = form->near_sign > 0;
    s->sea_row = near ? 0 : kz_form_far_row(form);
    bool last = s->sea_row + 1 == s->rows;
    s->sea_hole = last && !near ? 1 : -1;
    s->sea_polarisation = last ? -sign * s->sea_hole : 0;
}

static kz_status find_sea(double *B, kz_chain chain, double h, double tol, kz_known_sea *known)
{
    if (!known || known->h != h || known->tol > tol) {
        kz_ground_field ground;
        KZ_TRY(kz_ground_field_solve(&ground, chain, h, tol));
        if (known) *known = (kz_known_sea){h, tol, ground.fermi_point};
        *B = ground.fermi_point;
        return KZ_OK;
    }
    *B = known->B;
    return KZ_OK;
}

static kz_status fill_ground(kz_fillings *s, const kz_form *form, double h, double tol,
                             kz_known_sea *known)
{
    double sign = h < 0 ? -1 : 1;
    fill_polarised(s, sign);
    if (fabs(h) >= kz_saturation_field(form->chain)) return KZ_OK;
    if (h == 0) {
        if (form->near_sign > 0)
            fill_near(s);
        else
            fill_far(s, form);
        return KZ_OK;
    }
    KZ_TRY(find_sea(&s->fermi_point, form->chain, fabs(h), tol, known));
    if (form->closed && s->fermi_point >= 0.5 * M_PI) { /* below the gap */
        s->fermi_point = 0;
        fill_near(s);
        return KZ_OK;
    }
    place_sea(s, form, sign);
    return KZ_OK;
}

static void fill_ceiling(kz_fillings *s, const kz_form *form)
{
    if (form->near_sign > 0)
        fill_far(s, form);
    else
        fill_near(s);
}

/* What the closure one row earlier makes of L_N, and L_N itself: that of L_{N+1} is smaller. */
static kz_status measure_defect(kz_fillings *s, const kz_convolution *c, double mu)
{
    double *L;
    size_t n = s->n, last = (size_t)(s->rows - 1) * n;
    KZ_TRY(kz_alloc_doubles(&L, (size_t)s->rows * n));
    kz_thermal_weights(L, NULL, NULL, s->x, &c->form, n, mu);
    kz_convolution_forward(c, L);
    double *here = L + last, *before = here - n, sum = 0;
    kz_closure closure = kz_closure_at(before[0] / c->norm, mu);
    for (size_t k = 1; k < n; k++) {
        double ratio = exp(-0.5 * c->form.width[0] * c->frequency[k]);
        sum += 2 * fabs(here[k] - kz_closure_ratio(&closure, ratio) * before[k]) / c->norm;
    }
    s->tail.defect = fabs(here[0] / c->norm - kz_closure_next(&closure)) + sum;
    kz_free(L);
    return KZ_OK;
}

double kz_tail_polarisation(const kz_tail *tail)
{
    return tail->sign * tanh(tail->closure.kappa * tail->closure.t);
}

/* The strings beyond the rows of a thermal state, and what follows for M. */
static kz_status close_thermal(kz_fillings *s, const kz_convolution *c, kz_closure closure,
                               double mu)
{
    size_t n = s->n, last = (size_t)(s->rows - 1) * n;
    double sign = mu > 0 ? 1 : mu < 0 ? -1 : 0;
    s->tail = (kz_tail){.closure = closure, .sign = sign};
    double factor = kz_tail_polarisation(&s->tail);
    for (size_t k = 0; k < n; k++)
        s->polarisation[k] = factor * s->hole[last + k];
    for (int f = 0; f < s->rows; f++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += s->hole[(size_t)f * n + k];
        s->edge[f] = sum / (double)n;
    }
    return measure_defect(s, c, mu);
}

/* The string with the Fermi point stands apart from the others of its row. */
static void set_apart(kz_fillings *s, kz_fermi_edge *edge)
{
    size_t at = (size_t)edge->row * s->n;
    double outside = edge->rising ? 1 : 0;
    s->panels = edge;
    s->sea_row = edge->row;
    s->fermi_point = edge->point;
    s->sea_hole = edge->rising ? -1 : 1;
    s->sea_polarisation = edge->polarisation;
    for (size_t k = 0; k < s->n; k++) {
        double other = kz_fermi_edge_other(edge, s->x[at + k]);
        s->hole[at + k] = outside + other;
        if (edge->polarisation != 0) s->polarisation[k] = edge->polarisation * (outside - other);
    }
}

static void stand_together(kz_fillings *s)
{
    kz_fermi_edge_free(s->panels);
    s->panels = NULL;
    s->sea_row = -1;
}

/* KZ_ENOCONV where a cold state has more than one Fermi point. */
static kz_status solve_thermal(kz_fillings *s, const kz_state *state, const kz_convolution *c,
                               kz_local *local, double tol, kz_fillings_guess *guess, bool split)
{
    kz_newton_report report;
    kz_fermi_edge *edge = NULL;
    if (split) KZ_TRY(kz_fermi_edge_create(&edge, c, state->beta, state->mu));
    kz_status status =
        kz_thermal_newton(guess->z, s->x, s->hole, s->polarisation, local, edge, c,
                          (kz_ensemble){state->beta, state->mu}, guess->warm, tol, &report);
    guess->warm = status == KZ_OK;
    if (edge && status == KZ_OK)
        set_apart(s, edge);
    else
        kz_fermi_edge_free(edge);
    if (status != KZ_OK) return status;
    double a = kz_thermal_shift(&c->form, state->mu);
    s->hidden = !s->panels && !kz_thermal_is_resolved(s->x, (size_t)s->rows, s->n, a);
    if (c->form.closed) return close_thermal(s, c, report.closure, state->mu);
    return KZ_OK;
}

static void set_edge(kz_fillings *s, const kz_form *form, double mu)
{
    double asymptote[KZ_P_MAX];
    kz_thermal_asymptote(asymptote, form, mu);
    kz_thermal_weights(NULL, s->edge, NULL, asymptote, form, 1, mu);
}

static kz_status fill_thermal(kz_fillings *s, const kz_state *state, const kz_convolution *c,
                              kz_local *local, double tol, kz_fillings_guess *guess)
{
    kz_fillings_guess own = {.z = NULL};
    if (!guess) {
        KZ_TRY(kz_alloc_doubles(&own.z, (size_t)s->rows * s->n));
        guess = &own;
    }
    bool split = !guess->whole && kz_fermi_edge_applies(c->grid.chain) &&
                 fabs(state->beta) >= SPLIT_BETA && fabs(state->mu) >= SPLIT_MU;
    kz_status status = solve_thermal(s, state, c, local, tol, guess, split);
    bool wanted_whole = guess->dilute_whole && s->panels && s->fermi_point == 0;
    if (split && (status == KZ_ENOCONV || (status == KZ_OK && wanted_whole))) {
        stand_together(s);
        status = solve_thermal(s, state, c, local, tol, guess, false);
    }
    kz_free(own.z);
    if (!c->form.closed) set_edge(s, &c->form, state->mu);
    return status;
}

static kz_status fill(kz_fillings *s, const kz_state *state, const kz_convolution *c,
                      kz_local *local, double tol, kz_fillings_guess *guess)
{
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        return fill_thermal(s, state, c, local, tol, guess);
    case KZ_STATE_GROUND:
        return fill_ground(s, &c->form, state->h, tol, guess ? &guess->sea : NULL);
    case KZ_STATE_CEILING:
        fill_ceiling(s, &c->form);
        return KZ_OK;
    case KZ_STATE_UP:
        fill_polarised(s, 1);
        return KZ_OK;
    case KZ_STATE_DOWN:
        fill_polarised(s, -1);
        return KZ_OK;
    }
    return KZ_FAIL(KZ_EINVAL, "unknown state kind %d", (int)state->kind);
}

static kz_status allocate(kz_fillings *s, const kz_convolution *c)
{
    s->n = c->n;
    s->rows = c->rows;
    s->sea_row = -1;
    KZ_TRY(kz_alloc_doubles(&s->hole, (size_t)s->rows * s->n));
    KZ_TRY(kz_alloc_doubles(&s->polarisation, s->n));
    KZ_TRY(kz_alloc_doubles(&s->x, (size_t)s->rows * s->n));
    return kz_alloc_doubles(&s->edge, (size_t)s->rows);
}

static kz_status create(kz_fillings **out, const kz_convolution *c)
{
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_fillings)));
    kz_status status = allocate(memory, c);
    if (status == KZ_OK)
        *out = memory;
    else
        kz_fillings_free(memory);
    return status;
}

kz_status kz_fillings_create(kz_fillings **out, const kz_state *state,
                             const kz_convolution *convolution, kz_local *local, double tol,
                             kz_fillings_guess *guess)
{
    kz_fillings *s;
    *out = NULL;
    KZ_TRY(create(&s, convolution));
    kz_status status = fill(s, state, convolution, local, tol, guess);
    if (status != KZ_OK) {
        kz_fillings_free(s);
        return status;
    }
    *out = s;
    return KZ_OK;
}

kz_status kz_fillings_interpolate(kz_fillings **out, const kz_state *state, const kz_convolution *c,
                                  const double *z, const kz_convolution *from)
{
    kz_fillings *s;
    *out = NULL;
    KZ_TRY(create(&s, c));
    kz_thermal_drive(s->polarisation, c, state->beta); /* overwritten below */
    kz_convolution_refine(s->x, c, z, from);
    kz_convolution_backward(c, s->x);
    for (size_t k = 0; k < c->n; k++)
        s->x[k] += s->polarisation[k];
    kz_form_turn(s->x, &c->form, c->n);
    kz_thermal_weights(NULL, s->hole, s->polarisation, s->x, &c->form, c->n, state->mu);
    set_edge(s, &c->form, state->mu);
    *out = s;
    return KZ_OK;
}
