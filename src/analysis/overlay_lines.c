/* The lines of a quench: which there are, and their rays. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/overlay_internal.h"
#include "core/error.h"
#include "core/memory.h"

static const double pi = 3.14159265358979323846;

kz_overlay_params kz_overlay_params_default(void)
{
    return (kz_overlay_params){.law = kz_law_fourier(), .options = kz_options_default()};
}

void kz_overlay_free(kz_overlay *overlay)
{
    if (!overlay) return;
    kz_bipartition_free(overlay->bipartition[0]);
    kz_bipartition_free(overlay->bipartition[1]);
    kz_junction_free(overlay->junction);
    kz_free(overlay->point);
    kz_free(overlay->line);
    kz_free(overlay);
}

/* -- which lines --------------------------------------------------------------------------- */

static void add(kz_overlay *o, kz_overlay_kind kind, double resistance)
{
    o->line[o->lines++] = (kz_overlay_line){.kind = kind,
                                            .resistance = resistance,
                                            .has = {kind != KZ_LINE_RIGHT, kind != KZ_LINE_LEFT}};
}

static bool is_domain_wall(const kz_overlay *o)
{
    return o->equal && o->state[0].kind == KZ_STATE_UP && o->state[1].kind == KZ_STATE_DOWN;
}

/* With a gap the wall stands still: the bipartition is its closed form. */
static bool is_frozen(const kz_overlay *o)
{
    return is_domain_wall(o) && o->chain[0].kind == KZ_CHAIN_AXIAL;
}

static void add_lines(kz_overlay *o, const kz_overlay_params *params)
{
    if (o->equal) {
        add(o, KZ_LINE_BIPARTITION, NAN);
        if (is_domain_wall(o) && !is_frozen(o)) add(o, KZ_LINE_CLOSED_FORM, NAN);
    }
    for (size_t k = 0; k < params->resistances; k++)
        add(o, KZ_LINE_JUNCTION, params->resistance[k]);
    if (!params->neighbours) return;
    add(o, KZ_LINE_LEFT, NAN);
    add(o, KZ_LINE_RIGHT, NAN);
}

static kz_status make_bipartitions(kz_overlay *o, bool neighbours)
{
    size_t count = o->equal ? 1 : neighbours ? 2 : 0;
    if (is_frozen(o)) count = 0;
    for (size_t k = 0; k < count; k++)
        KZ_TRY(kz_bipartition_create(&o->bipartition[k], o->chain[k], &o->state[0], &o->state[1],
                                     &o->options));
    return KZ_OK;
}

static kz_status make_junction(kz_overlay *o, const kz_law *law)
{
    const kz_junction_params params = {.left = o->chain[0],
                                       .right = o->chain[1],
                                       .left_state = o->state[0],
                                       .right_state = o->state[1],
                                       .law = *law};
    kz_status status = KZ_OK;
    for (size_t k = 0; k < o->lines; k++) {
        kz_overlay_line *line = &o->line[k];
        if (line->kind != KZ_LINE_JUNCTION) continue;
        if (!o->junction) KZ_TRY(kz_junction_create(&o->junction, &params, &o->options));
        status = kz_junction_solve(&o->point[k], o->junction, line->resistance);
        if (status == KZ_EINVAL || status == KZ_ENOMEM || status == KZ_ECANCELLED) return status;
        line->status = status;
    }
    return KZ_OK;
}

static kz_status check(const kz_overlay *o, const kz_overlay_params *params)
{
    KZ_TRY(kz_options_check(&params->options));
    if (params->resistances > 0 && o->equal)
        return KZ_FAIL(KZ_EINVAL, "both halves are one chain, there is no junction with a "
                                  "resistance");
    if (params->resistances > 0 &&
        (kz_state_has_magnetization(&o->state[0]) || kz_state_has_magnetization(&o->state[1])))
        return KZ_FAIL(KZ_EINVAL, "lines of junctions are those of energy alone, and magnetized "
                                  "reservoirs also drive a spin current");
    return KZ_OK;
}

static kz_status fill(kz_overlay *o, const kz_overlay_params *params)
{
    void *points = NULL, *lines = NULL;
    KZ_TRY(check(o, params));
    size_t most = params->resistances + 4;
    kz_status status = kz_alloc(&points, most, sizeof *o->point);
    o->point = points;
    if (status == KZ_OK) status = kz_alloc(&lines, most, sizeof *o->line);
    o->line = lines;
    if (status != KZ_OK) return status;
    add_lines(o, params);
    KZ_TRY(make_bipartitions(o, params->neighbours));
    return make_junction(o, &params->law);
}

/* Couplings of one's own are for the middle: reservoirs are uniform. */
static kz_status check_reservoirs(const kz_run_setup *s)
{
    size_t L = s->length;
    for (size_t i = 0; i < L; i++) {
        const kz_couplings *c = &s->couplings;
        double half = i < L / 2 ? s->delta_left : s->delta_right;
        bool bond = i + 1 < L;
        if ((i >= L / 4 && i < L - L / 4) ||
            ((!c->field || c->field[i] == 0.0) && (!bond || !c->J || c->J[i] == 1.0) &&
             (!bond || !c->delta || kz_run_same_number(c->delta[i], half))))
            continue;
        return KZ_FAIL(KZ_EINVAL,
                       "couplings or fields of its own reach n = %ld, into the outer "
                       "quarters of the chain, where GHD needs uniform reservoirs",
                       (long)i - (long)(L / 2) + 1);
    }
    return KZ_OK;
}

static kz_status begin(kz_overlay *o, const kz_run_setup *setup, const kz_overlay_params *params)
{
    KZ_TRY(kz_chain_from_delta(&o->chain[0], setup->delta_left));
    KZ_TRY(kz_chain_from_delta(&o->chain[1], setup->delta_right));
    KZ_TRY(kz_overlay_states(&o->state[0], &o->state[1], setup));
    KZ_TRY(check_reservoirs(setup));
    o->setup = *setup;
    o->setup.couplings = (kz_couplings){0};
    o->setup.spin_up = NULL;
    o->length = setup->length;
    o->options = params->options;
    o->equal = kz_chain_is_same(o->chain[0], o->chain[1]) && !kz_run_has_couplings(setup);
    for (int side = 0; side < 2; side++)
        o->speed[side] = kz_overlay_speed(o->chain[side], &o->state[side]);
    return KZ_OK;
}

kz_status kz_overlay_create(kz_overlay **out, const kz_run_setup *setup,
                            const kz_overlay_params *params)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_overlay)));
    kz_overlay *o = memory;
    kz_status status = begin(o, setup, params);
    if (status == KZ_OK) status = fill(o, params);
    if (status == KZ_OK)
        *out = o;
    else
        kz_overlay_free(o);
    return status;
}

size_t kz_overlay_count(const kz_overlay *overlay) { return overlay->lines; }

const kz_overlay_line *kz_overlay_get_line(const kz_overlay *overlay, size_t line)
{
    return line < overlay->lines ? &overlay->line[line] : NULL;
}

char *kz_overlay_name(char text[KZ_OVERLAY_NAME], const kz_overlay_line *line)
{
    switch (line->kind) {
    case KZ_LINE_BIPARTITION:
        return strcpy(text, "ghd");
    case KZ_LINE_CLOSED_FORM:
        return strcpy(text, "closed form");
    case KZ_LINE_JUNCTION:
        (void)snprintf(text, KZ_OVERLAY_NAME, "ghd R=%.15g", line->resistance);
        return text;
    case KZ_LINE_LEFT:
        return strcpy(text, "ghd left");
    case KZ_LINE_RIGHT:
        break;
    }
    return strcpy(text, "ghd right");
}

double kz_overlay_cone(const kz_overlay *overlay, kz_side side) { return overlay->speed[side]; }

/* -- rays ---------------------------------------------------------------------------------- */

static void set_failed(kz_ray *rays, const double *zeta, size_t n, kz_status status)
{
    for (size_t i = 0; i < n; i++)
        rays[i] = (kz_ray){zeta[i], NAN, NAN, NAN, NAN, INFINITY, status};
}

/* The middle of the jump on the jump. */
static void frozen(kz_ray *rays, kz_chain chain, const double *zeta, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rays[i] = (kz_ray){.zeta = zeta[i],
                           .energy = 0.25 * chain.delta,
                           .magnetization = zeta[i] == 0 ? 0 : copysign(0.5, -zeta[i])};
}

/* Magnetization -(P/2 pi) arcsin(zeta sin(pi/P)/sin(gamma)) for |zeta| <= sin(gamma) (collura2018);
 * the current follows from zeta dS/dzeta = dJ/dzeta and vanishes at the edges. */
static void closed_form(kz_ray *rays, kz_chain chain, const double *zeta, size_t n)
{
    double P = chain.kind == KZ_CHAIN_XX ? 2.0 : chain.P, edge = sin(kz_chain_gamma(chain));
    double scale = sin(pi / P) / edge;
    for (size_t i = 0; i < n; i++) {
        double z = fmax(-edge, fmin(zeta[i], edge));
        rays[i] = (kz_ray){
            .zeta = zeta[i],
            .energy = NAN,
            .energy_current = NAN,
            .magnetization = -P / (2.0 * pi) * asin(z * scale),
            .spin_current = fabs(z) < edge ? P / (2.0 * pi * scale) *
                                                 (sqrt(1.0 - z * z * scale * scale) - cos(pi / P))
                                           : 0.0,
            .err = 2e-16 * P, /* of each of both terms of the current */
        };
    }
}

static kz_status check_side(kz_side side, const double *zeta, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(side == KZ_SIDE_LEFT ? zeta[i] <= 0.0 : zeta[i] >= 0.0))
            return KZ_FAIL(KZ_EINVAL, "zeta = %g is not on the %s", zeta[i],
                           side == KZ_SIDE_LEFT ? "left" : "right");
    return KZ_OK;
}

kz_status kz_overlay_rays(kz_ray *rays, kz_overlay *overlay, size_t line, kz_side side,
                          const double *zeta, size_t n)
{
    if (line >= overlay->lines) return KZ_FAIL(KZ_EINVAL, "there is no line %zu", line);
    const kz_overlay_line *l = &overlay->line[line];
    KZ_TRY(check_side(side, zeta, n));
    kz_bipartition *bipartition = overlay->bipartition[l->kind == KZ_LINE_RIGHT && !overlay->equal];
    if (!l->has[side]) {
        set_failed(rays, zeta, n, KZ_EDOMAIN);
        return KZ_FAIL(KZ_EDOMAIN, "the line has no such half");
    }
    switch (l->kind) {
    case KZ_LINE_CLOSED_FORM:
        closed_form(rays, overlay->chain[0], zeta, n);
        return KZ_OK;
    case KZ_LINE_JUNCTION:
        if (l->status == KZ_OK || l->status == KZ_ETOL)
            return kz_junction_rays(rays, overlay->junction, &overlay->point[line], side, zeta, n);
        set_failed(rays, zeta, n, l->status);
        return KZ_FAIL(l->status, "the junction has no solution at R = %g", l->resistance);
    case KZ_LINE_BIPARTITION:
    case KZ_LINE_LEFT:
    case KZ_LINE_RIGHT:
        break;
    }
    if (is_frozen(overlay)) {
        frozen(rays, overlay->chain[0], zeta, n);
        return KZ_OK;
    }
    return kz_bipartition_rays(rays, bipartition, zeta, n, &overlay->options);
}

kz_status kz_overlay_sample(kz_ray *rays, kz_overlay *overlay, size_t line,
                            kz_run_quantity quantity, double t)
{
    double *zeta = NULL;
    size_t length = overlay->length, left = 0;
    if (!(t > 0.0)) return KZ_FAIL(KZ_EINVAL, "t = %g has no rays", t);
    if (line >= overlay->lines) return KZ_FAIL(KZ_EINVAL, "there is no line %zu", line);
    KZ_TRY(kz_alloc_doubles(&zeta, length));
    for (size_t i = 0; i < length; i++) {
        long n = (long)i - (long)(length / 2) + 1;
        zeta[i] = kz_overlay_position(&overlay->setup, quantity, n) / t;
        left += zeta[i] < 0.0;
    }
    const size_t from[2] = {0, left}, count[2] = {left, length - left};
    kz_status first = KZ_OK;
    for (int side = 0; side < 2; side++) {
        kz_ray *part = rays + from[side];
        kz_status status = KZ_OK;
        if (overlay->line[line].has[side])
            status =
                kz_overlay_rays(part, overlay, line, (kz_side)side, zeta + from[side], count[side]);
        else
            set_failed(part, zeta + from[side], count[side], KZ_EDOMAIN);
        if (first == KZ_OK) first = status;
        if (status == KZ_ENOMEM || status == KZ_ECANCELLED) break;
    }
    kz_free(zeta);
    return first;
}
