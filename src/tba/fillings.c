#include "tba/fillings.h"

#include <math.h>

#include "core/error.h"
#include "core/memory.h"

void kz_fillings_free(kz_fillings *fillings)
{
    if (!fillings) return;
    kz_free(fillings->hole);
    kz_free(fillings->polarisation);
    kz_free(fillings->x);
    kz_free(fillings->edge);
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

/* Up or down: no particles, or theta_{P-1} = theta_P = 1; the same hole weights. */
static void fill_polarised(kz_fillings *s, double sign)
{
    for (int f = 0; f < s->rows; f++)
        set_row(s, f, 1);
    set_polarisation(s, sign);
}

static kz_status fill_ground(kz_fillings *s, double h, double tol)
{
    fill_polarised(s, h < 0 ? -1 : 1);
    if (fabs(h) >= kz_saturation_field(s->rows + 1)) return KZ_OK;
    if (h == 0) {
        set_row(s, 0, 0);
        if (s->rows == 1) set_polarisation(s, 0);
        return KZ_OK;
    }
    kz_ground_field ground;
    KZ_TRY(kz_ground_field_solve(&ground, s->rows + 1, fabs(h), tol));
    s->fermi_point = ground.fermi_point;
    if (s->rows == 1) s->polarised_jump = h < 0 ? -1 : 1;
    return KZ_OK;
}

/* Highest state: theta_P = 1, all others 0. */
static void fill_ceiling(kz_fillings *s)
{
    fill_polarised(s, 0);
    set_row(s, s->rows - 1, 2);
}

static kz_status fill_thermal(kz_fillings *s, const kz_state *state, const kz_convolution *c,
                              kz_local *local, double tol, kz_fillings_guess *guess)
{
    double *z = guess ? guess->z : NULL;
    kz_newton_report report;
    if (!guess) KZ_TRY(kz_alloc_doubles(&z, (size_t)s->rows * s->n));
    kz_status status = kz_thermal_newton(z, s->x, s->hole, s->polarisation, local, c,
                                         (kz_ensemble){state->beta, state->mu},
                                         guess && guess->warm, tol, &report);
    if (!guess)
        kz_free(z);
    else
        guess->warm = status == KZ_OK;
    double asymptote[KZ_P_MAX];
    kz_thermal_asymptote(asymptote, s->rows + 1, state->mu);
    kz_thermal_weights(NULL, s->edge, NULL, asymptote, s->rows, 1, state->mu);
    return status;
}

static kz_status fill(kz_fillings *s, const kz_state *state, const kz_convolution *c,
                      kz_local *local, double tol, kz_fillings_guess *guess)
{
    KZ_TRY(kz_alloc_doubles(&s->hole, (size_t)s->rows * s->n));
    KZ_TRY(kz_alloc_doubles(&s->polarisation, s->n));
    KZ_TRY(kz_alloc_doubles(&s->x, (size_t)s->rows * s->n));
    KZ_TRY(kz_alloc_doubles(&s->edge, (size_t)s->rows));
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        return fill_thermal(s, state, c, local, tol, guess);
    case KZ_STATE_GROUND:
        return fill_ground(s, state->h, tol);
    case KZ_STATE_CEILING:
        fill_ceiling(s);
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

kz_status kz_fillings_create(kz_fillings **out, const kz_state *state,
                             const kz_convolution *convolution, kz_local *local, double tol,
                             kz_fillings_guess *guess)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_fillings)));
    kz_fillings *s = memory;
    s->n = convolution->n;
    s->rows = convolution->rows;
    kz_status status = fill(s, state, convolution, local, tol, guess);
    if (status != KZ_OK) {
        kz_fillings_free(s);
        return status;
    }
    *out = s;
    return KZ_OK;
}
