/* The stationary state of the junction and the slowest decay towards it. */
#include <lapacke.h>
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "relax/internal.h"

enum { ELEMENTS = 8, DEGREE = 12 };

static double steady_u(const kz_relax *relax, kz_side side)
{
    const kz_junction_point *p = &relax->steady;
    if (relax->material.by_beta) return side == KZ_SIDE_LEFT ? p->beta_minus : p->beta_plus;
    return side == KZ_SIDE_LEFT ? p->t_minus : p->t_plus;
}

/* With psi = kappa du, (c/kappa) M dpsi/dt = -(K + h_- e_- + h_+ e_+) psi, h = |dJ/du|/kappa at the
 * edges: symmetric in sqrt(M c/kappa) psi. */
static kz_status slowest(double *rate, const kz_relax_system *s, double *matrix, const double *u)
{
    const kz_elements *e = s->elements;
    size_t n = e->n, row = e->degree + 1;
    double *scale = s->potential, current, slope;
    for (size_t k = 0; k < e->count; k++)
        for (size_t i = 0; i < row; i++)
            for (size_t j = 0; j < row; j++)
                matrix[(k * e->degree + i) * n + k * e->degree + j] +=
                    2 / e->size[k] * e->stiffness[i * row + j];
    for (size_t side = 0; side < 2; side++) {
        size_t at = side ? n - 1 : 0;
        KZ_TRY(kz_relax_edge(&current, &slope, s, (kz_side)side, u[at]));
        matrix[at * n + at] += fabs(slope) / kz_material_value(&s->material->conductivity, u[at]);
    }
    for (size_t i = 0; i < n; i++)
        scale[i] = 1 / sqrt(e->weight[i] * kz_material_value(&s->material->capacity, u[i]) /
                            kz_material_value(&s->material->conductivity, u[i]));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            matrix[i * n + j] *= scale[i] * scale[j];
    lapack_int info = LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'N', 'U', (int)n, matrix, (int)n, scale);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "eigenvalues of the junction: dsyev %d", (int)info);
    *rate = fmax(scale[0], 0);
    return KZ_OK;
}

static kz_status on_elements(kz_relax *relax, const kz_elements *e, double *work)
{
    const kz_material_curve *conductivity = &relax->material.conductivity;
    double *u = work, *potential = work + e->n, *matrix = potential + e->n, energy = 0;
    double minus = steady_u(relax, KZ_SIDE_LEFT), plus = steady_u(relax, KZ_SIDE_RIGHT);
    double left = kz_material_integral(conductivity, minus);
    double right = kz_material_integral(conductivity, plus);
    for (size_t i = 0; i < e->n; i++) {
        double share = 0.5 + e->x[i] / relax->length;
        u[i] = kz_material_inverse(conductivity, left * (1 - share) + right * share);
        energy += e->weight[i] * kz_material_integral(&relax->material.capacity, u[i]);
    }
    relax->steady_energy = relax->material.by_beta ? -energy : energy;
    if (isinf(relax->steady.beta_minus)) return KZ_OK; /* T = 0: J rises with a power of T > 1 */
    u[0] = minus;
    u[e->n - 1] = plus;
    const kz_relax_system system = {e, &relax->material, relax->outflow, potential};
    return slowest(&relax->linear_rate, &system, matrix, u);
}

kz_status kz_relax_linearise(kz_relax *relax)
{
    double breaks[ELEMENTS + 1], *work = NULL;
    kz_elements e;
    relax->steady_energy = INFINITY;
    relax->linear_rate = 0;
    if (isinf(steady_u(relax, KZ_SIDE_LEFT)) || isinf(steady_u(relax, KZ_SIDE_RIGHT))) return KZ_OK;
    for (int i = 0; i <= ELEMENTS; i++)
        breaks[i] = relax->length * ((double)i / ELEMENTS - 0.5);
    KZ_TRY(kz_elements_create(&e, breaks, ELEMENTS, DEGREE));
    kz_status status = kz_alloc_doubles(&work, (2 + e.n) * e.n);
    if (status == KZ_OK) status = on_elements(relax, &e, work);
    kz_free(work);
    kz_elements_free(&e);
    return status;
}
