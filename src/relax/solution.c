/* The junction on one mesh.
 *
 * An edge that meets its half at t = 0 heats up over a length sqrt(D t): elements shrink towards
 * both ends, by a factor of 4 each, until the last is well below that at the first time wanted.
 * What is left inaccurate before that time decays like the modes that a mesh cannot see. */
#include <math.h>
#include <stdio.h>

#include "core/error.h"
#include "core/memory.h"
#include "relax/internal.h"

enum { LAYERS_MIN = 2, LAYERS_MAX = 28, INNER_MAX = 32 };

/* Share of the length that the graded elements of one end cover, and their ratio: what diffuses
 * inwards is as steep as a sixth of the way it has gone, which an element must resolve where more
 * than the ends is wanted. */
static const double GRADED = 0.15, RATIO = 0.25, PROFILE_RATIO = 0.5;

/* Innermost element against sqrt(D t). */
static const double LAYER_SHARE = 0.5;

/* Of the first time: earlier temperatures of the edges matter little in the leads. */
static const double LEADS_FIRST = 1e-4;

/* Degrees of the meshes, and what each refinement adds; steps' accuracy against the tolerance. */
static const size_t DEGREE[KZ_RELAX_MESHES] = {9, 12};
static const double STEP_TOL[KZ_RELAX_MESHES] = {0.3, 0.01};
enum { DEGREE_MORE = 4, PROFILE_MORE = 2 };
static const double STEP_TOL_MIN = 1e-13;

static double ratio(const kz_relax *relax)
{
    return relax->what & KZ_RELAX_PROFILE ? PROFILE_RATIO : RATIO;
}

static int count_layers(const kz_relax *relax)
{
    const kz_material *m = &relax->material;
    double first = INFINITY;
    for (size_t i = 0; i < relax->n; i++)
        if (relax->t[relax->stop[i]] > 0) first = fmin(first, relax->t[relax->stop[i]]);
    if (relax->stops > relax->n) first *= LEADS_FIRST;
    double reach = LAYER_SHARE * sqrt(first * kz_material_least(&m->conductivity) /
                                      kz_material_most(&m->capacity));
    int layers = LAYERS_MIN;
    while (layers < LAYERS_MAX && relax->length * GRADED * pow(ratio(relax), layers - 1) > reach)
        layers++;
    return layers;
}

/* Elements inside: four, and more for a table of the initial temperatures. */
static int count_inner(const kz_relax *relax, int refine)
{
    int inner = 4;
    while (inner < INNER_MAX && (size_t)inner * 4 < relax->initial.count)
        inner *= 2;
    return inner << refine;
}

static size_t place_breaks(double *breaks, const kz_relax *relax, int refine)
{
    int layers = count_layers(relax), inner = count_inner(relax, refine);
    double half = 0.5 * relax->length, graded = GRADED * relax->length;
    size_t count = 0;
    breaks[count++] = -half;
    for (int k = layers - 1; k >= 0; k--)
        breaks[count++] = -half + graded * pow(ratio(relax), k);
    for (int i = 1; i < inner; i++)
        breaks[count++] = (half - graded) * (2.0 * i / inner - 1);
    for (int k = 0; k < layers; k++)
        breaks[count++] = half - graded * pow(ratio(relax), k);
    breaks[count++] = half;
    return count - 1;
}

void kz_relax_solution_free(kz_relax_solution *s)
{
    kz_elements_free(&s->elements);
    kz_free(s->system.potential);
    kz_free(s->y);
    *s = (kz_relax_solution){.status = KZ_OK};
}

const double *kz_relax_state(const kz_relax_solution *s, size_t stop)
{
    return s->y + stop * (s->elements.n + 2);
}

double kz_relax_edge_u(const kz_relax_solution *s, size_t stop, kz_side side)
{
    return kz_relax_state(s, stop)[side == KZ_SIDE_LEFT ? 1 : s->elements.n];
}

static kz_status solve(kz_relax_solution *s, const kz_relax *relax, double tol,
                       kz_progress *progress)
{
    double *start;
    size_t n = s->elements.n;
    KZ_TRY(kz_alloc_doubles(&start, n + 2));
    for (size_t i = 0; i < n; i++)
        start[1 + i] = kz_relax_initial_at(&relax->initial, s->elements.x[i]);
    s->start_energy = kz_relax_energy(&s->system, start);
    s->status = kz_relax_integrate(s->y, &s->finished, &s->system, start, relax->t, relax->stops,
                                   fmax(tol, STEP_TOL_MIN), progress);
    kz_free(start);
    if (s->status == KZ_ENOMEM || s->status == KZ_ECANCELLED) return s->status;
    if (s->status != KZ_OK) (void)snprintf(s->reason, sizeof s->reason, "%s", kz_error_reason());
    return KZ_OK;
}

kz_status kz_relax_solution_create(kz_relax_solution *out, const kz_relax *relax, int mesh,
                                   int refine, kz_progress *progress)
{
    double breaks[2 * LAYERS_MAX + (INNER_MAX << 2) + 2];
    size_t count = place_breaks(breaks, relax, refine);
    size_t degree = DEGREE[mesh] + (size_t)refine * DEGREE_MORE;
    if (relax->what & KZ_RELAX_PROFILE) degree += PROFILE_MORE;
    *out = (kz_relax_solution){.status = KZ_OK};
    KZ_TRY(kz_elements_create(&out->elements, breaks, count, degree));
    out->system = (kz_relax_system){&out->elements, &relax->material, relax->outflow, NULL};
    kz_status status = kz_alloc_doubles(&out->system.potential, out->elements.n);
    if (status == KZ_OK) status = kz_alloc_doubles(&out->y, relax->stops * (out->elements.n + 2));
    double tol = STEP_TOL[mesh] * pow(0.1, refine) * relax->options.tol;
    if (status == KZ_OK) status = solve(out, relax, tol, progress);
    if (status != KZ_OK) kz_relax_solution_free(out);
    return status;
}
