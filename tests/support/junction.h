/* Shared by the tests of the Ohmic junction. */
#ifndef KZ_TESTS_JUNCTION_H
#define KZ_TESTS_JUNCTION_H

#include <stdbool.h>

#include <kapitza/junction.h>

#include "support/check.h"

/* XX ceiling | ground XXZ(4), the halves of the paper. */
static inline kz_junction_params junction_paper(kz_law law)
{
    kz_junction_params params = kz_junction_params_default();
    params.law = law;
    return params;
}

static inline kz_junction *junction_create(const kz_junction_params *params, double tol)
{
    kz_options options = kz_options_default();
    kz_junction *junction;
    options.tol = tol;
    KZ_CHECK_OK(kz_junction_create(&junction, params, &options));
    return junction;
}

static inline double junction_temperature(double beta)
{
    return isinf(beta) ? 0 : beta == 0 ? (double)INFINITY : 1 / beta;
}

/* What holds at every solved point: temperatures are inverses, heat flows from hot to cold, and
 * Fourier's law or the one in beta closes.  `law` = NULL for other laws. */
static inline void junction_check_point(const kz_junction_point *p, const kz_law *law, double R,
                                        double tol)
{
    assert_true(p->resistance == R);
    assert_true(p->err >= 0 && p->err <= tol);
    assert_true(p->t_minus == junction_temperature(p->beta_minus) &&
                p->t_plus == junction_temperature(p->beta_plus));
    if (isinf(p->beta_plus - p->beta_minus))
        KZ_CHECK_CLOSE(p->energy_current, 0, p->err);
    else
        assert_true(p->energy_current * (p->beta_plus - p->beta_minus) >= -p->err);
    bool by_beta = law && law->kind == KZ_LAW_BETA;
    if (!by_beta) assert_true(p->beta_minus * p->beta_plus >= 0); /* one sign */
    if (!law || isinf(R)) return;
    if (by_beta)
        KZ_CHECK_CLOSE(p->beta_plus - p->beta_minus, R * p->energy_current,
                       p->err * (R + fabs(p->beta_plus) + fabs(p->beta_minus) + 2));
    else if (isfinite(p->t_minus) && isfinite(p->t_plus))
        KZ_CHECK_CLOSE(p->t_minus - p->t_plus, R * p->energy_current,
                       p->err * (R + fabs(p->t_minus) + fabs(p->t_plus) + 2));
}

static inline kz_junction_point junction_solve(kz_junction *junction, const kz_law *law, double R,
                                               double tol)
{
    kz_junction_point point = {0};
    KZ_CHECK_OK(kz_junction_solve(&point, junction, R));
    junction_check_point(&point, law, R, tol);
    return point;
}

/* Energy alone, Fourier's law. */
static inline kz_junction_params junction_energy(kz_chain left, kz_chain right, kz_state left_state,
                                                 kz_state right_state)
{
    return (kz_junction_params){.left = left,
                                .right = right,
                                .left_state = left_state,
                                .right_state = right_state,
                                .law = kz_law_fourier()};
}

/* Two charges. */
static inline kz_junction_params junction_pair(kz_chain left, kz_chain right, kz_state left_state,
                                               kz_state right_state, kz_law law, double cross)
{
    return (kz_junction_params){.left = left,
                                .right = right,
                                .left_state = left_state,
                                .right_state = right_state,
                                .law = law,
                                .carry = KZ_CARRY_BOTH,
                                .cross = cross};
}

static inline kz_junction_point junction_solve_pair(const kz_junction_params *params, double R,
                                                    double spin_R, double tol)
{
    kz_junction *junction = junction_create(params, tol);
    kz_junction_point p = {0};
    KZ_CHECK_OK(kz_junction_solve_pair(&p, junction, R, spin_R));
    kz_junction_free(junction);
    assert_true(p.resistance == R && p.spin_resistance == spin_R);
    assert_true(p.err >= 0 && p.err <= tol);
    assert_true(p.entropy_production >= -p.err);
    return p;
}

/* Current at zeta = 0 of left | right, without the junction code. */
static inline kz_ray edge_ray(kz_chain chain, kz_state left, kz_state right, double tol)
{
    kz_options options = kz_options_default();
    kz_bipartition *bipartition;
    kz_ray ray;
    const double zeta = 0;
    options.tol = tol;
    KZ_CHECK_OK(kz_bipartition_create(&bipartition, chain, &left, &right, &options));
    KZ_CHECK_OK(kz_bipartition_rays(&ray, bipartition, &zeta, 1, &options));
    kz_bipartition_free(bipartition);
    return ray;
}

#endif
