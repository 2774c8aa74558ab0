/* Setting up a junction in time. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "junction/law.h"
#include "relax/internal.h"

kz_relax_curve kz_relax_constant(double value) { return (kz_relax_curve){.constant = value}; }

kz_relax_curve kz_relax_table(const double *temperature, const double *value, size_t count)
{
    return (kz_relax_curve){.temperature = temperature, .value = value, .count = count};
}

static const double ONE = 1;

kz_relax_params kz_relax_params_default(void)
{
    const kz_junction_params paper = kz_junction_params_default();
    return (kz_relax_params){.left = paper.left,
                             .right = paper.right,
                             .left_state = paper.left_state,
                             .right_state = paper.right_state,
                             .law = KZ_LAW_FOURIER,
                             .length = 10,
                             .capacity = kz_relax_constant(1),
                             .conductivity = kz_relax_constant(1),
                             .initial_beta = &ONE,
                             .initial_count = 1};
}

void kz_relax_free(kz_relax *relax)
{
    if (!relax) return;
    for (int i = 0; i < 2; i++)
        kz_outflow_free(relax->outflow[i]);
    for (int i = 0; i < KZ_RELAX_MESHES; i++)
        kz_relax_solution_free(&relax->mesh[i]);
    kz_relax_forget_leads(relax);
    kz_material_free(&relax->material);
    kz_relax_initial_free(&relax->initial);
    kz_free(relax->t);
    kz_free(relax->stop);
    kz_free(relax);
}

static kz_status check_curve(const kz_relax_curve *c, const char *name, kz_law_kind law)
{
    if (c->count == 0) {
        if (c->constant > 0 && isfinite(c->constant)) return KZ_OK;
        return KZ_FAIL(KZ_EINVAL, "%s %.15g: > 0 and finite", name, c->constant);
    }
    if (law == KZ_LAW_BETA)
        return KZ_FAIL(KZ_EINVAL, "%s: the law in beta has a constant, not a table", name);
    return kz_law_check_table(name, c->temperature, c->value, c->count);
}

static kz_status check_initial(const kz_relax_params *p)
{
    if (p->initial_count < 1) return KZ_FAIL(KZ_EINVAL, "no temperature at t = 0");
    for (size_t i = 0; i < p->initial_count; i++) {
        double beta = p->initial_beta[i];
        bool allowed = isfinite(beta) && (p->law == KZ_LAW_BETA || beta * p->initial_beta[0] > 0);
        if (!allowed)
            return KZ_FAIL(KZ_EINVAL,
                           "temperature %.15g of point %zu at t = 0: by Fourier's law finite, not "
                           "0, and of one sign",
                           1 / beta, i + 1);
        if (p->initial_count == 1) return KZ_OK;
        double x = p->initial_x[i];
        if (!isfinite(x) || (i > 0 && !(x > p->initial_x[i - 1])))
            return KZ_FAIL(KZ_EINVAL, "point %zu at t = 0: x = %.15g must ascend", i + 1, x);
    }
    double half = 0.5 * p->length, slack = 1e-9 * p->length;
    double from = p->initial_x[0], to = p->initial_x[p->initial_count - 1];
    if (from <= -half + slack && to >= half - slack) return KZ_OK;
    return KZ_FAIL(
        KZ_EINVAL,
        "points at t = 0 reach from x = %.15g to %.15g, the junction from %.15g to %.15g", from, to,
        -half, half);
}

/* What kz_junction_create() does not check. */
static kz_status check(const kz_relax_params *p, const kz_options *options)
{
    KZ_TRY(kz_options_check(options));
    if (p->law != KZ_LAW_FOURIER && p->law != KZ_LAW_BETA)
        return KZ_FAIL(KZ_EINVAL, "law %d: Fourier's or that in beta", (int)p->law);
    if (!(p->length > 0 && isfinite(p->length)))
        return KZ_FAIL(KZ_EINVAL, "length %.15g: > 0 and finite", p->length);
    KZ_TRY(check_curve(&p->capacity, "capacity", p->law));
    KZ_TRY(check_curve(&p->conductivity, "conductivity", p->law));
    return check_initial(p);
}

static kz_status find_steady(kz_relax *relax, const kz_relax_params *p)
{
    kz_junction_params params = {.left = p->left,
                                 .right = p->right,
                                 .left_state = p->left_state,
                                 .right_state = p->right_state};
    const kz_relax_curve *k = &p->conductivity;
    double resistance = p->length;
    params.law.kind = p->law;
    if (k->count)
        params.law = kz_law_table(k->temperature, k->value, k->count);
    else
        resistance /= k->constant;
    kz_junction *junction;
    KZ_TRY(kz_junction_create(&junction, &params, &relax->options));
    kz_status status = kz_junction_solve(&relax->steady, junction, resistance);
    kz_junction_free(junction);
    if (status != KZ_OK) return status;
    double beta = relax->steady.beta_minus; /* T = 0 has one of either sign */
    bool opposite = !relax->material.by_beta && beta * p->initial_beta[0] < 0;
    if (!opposite) return kz_relax_linearise(relax);
    return KZ_FAIL(KZ_EINVAL,
                   "T = %.15g at t = 0, but %.15g in the stationary state: Fourier's law does not "
                   "lead from one sign to the other",
                   1 / p->initial_beta[0], 1 / beta);
}

/* The spline may leave the temperatures that its points keep to. */
static kz_status check_spline(const kz_relax *relax)
{
    enum { PROBES = 400 };
    for (int i = 0; i <= PROBES && !relax->material.by_beta; i++) {
        double x = relax->length * ((double)i / PROBES - 0.5);
        double u = kz_relax_initial_at(&relax->initial, x);
        if (!(u * relax->initial.u[0] > 0))
            return KZ_FAIL(KZ_EINVAL,
                           "the spline through the points at t = 0 has T = %.15g at "
                           "x = %.15g: give more points",
                           u, x);
    }
    return KZ_OK;
}

/* Errors of currents are divided by their slopes: ask for more. */
static const double CURRENT_SHARE = 1e-3, CURRENT_TOL_MIN = 2e-13;

void kz_relax_watch(kz_relax *relax, kz_progress *progress)
{
    for (int i = 0; i < 2; i++)
        kz_outflow_watch(relax->outflow[i], progress);
}

static kz_status begin(kz_relax *relax, const kz_relax_params *p)
{
    kz_options options = relax->options;
    options.tol = fmax(CURRENT_SHARE * options.tol, CURRENT_TOL_MIN);
    KZ_TRY(kz_material_create(&relax->material, p));
    KZ_TRY(kz_relax_initial_create(&relax->initial, p));
    KZ_TRY(check_spline(relax));
    for (int i = 0; i < 2; i++)
        KZ_TRY(kz_outflow_create(&relax->outflow[i], &relax->half[i], &options));
    kz_progress progress;
    kz_progress_start(&progress, options.progress, options.progress_context);
    kz_relax_watch(relax, &progress);
    kz_status status = find_steady(relax, p);
    kz_relax_watch(relax, NULL);
    kz_progress_end(&progress);
    return status;
}

kz_status kz_relax_create(kz_relax **out, const kz_relax_params *params, const kz_options *options)
{
    void *memory;
    *out = NULL;
    KZ_TRY(check(params, options));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_relax)));
    kz_relax *relax = memory;
    relax->options = *options;
    relax->length = params->length;
    relax->half[0] = (kz_half){params->left, params->left_state, KZ_SIDE_LEFT};
    relax->half[1] = (kz_half){params->right, params->right_state, KZ_SIDE_RIGHT};
    kz_status status = begin(relax, params);
    if (status != KZ_OK) {
        kz_relax_free(relax);
        return status;
    }
    *out = relax;
    return KZ_OK;
}

const kz_junction_point *kz_relax_steady(const kz_relax *relax) { return &relax->steady; }
double kz_relax_linear_rate(const kz_relax *relax) { return relax->linear_rate; }
double kz_relax_steady_energy(const kz_relax *relax) { return relax->steady_energy; }
