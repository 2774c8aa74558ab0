/* Thermal states from the full kernel, by dense Newton on panels; library-internal. */
#ifndef KZ_TBA_FULL_H
#define KZ_TBA_FULL_H

#include <stddef.h>

#include <kapitza/tba.h>

/* Largest dense system that is tried: 1.2 GB for its matrix. */
enum { KZ_DENSE_UNKNOWNS_MAX = 12000 };

/* Composite Gauss-Legendre rule. */
typedef struct {
    size_t n;
    double *node, *weight; /* [n] */
} kz_rule;

/* Panels of at most `width` with `order` nodes each on [edge[0], edge[count-1]],
 * broken at every edge; order is one that GSL has all digits of: 1 ... 20, 32. */
KZ_CHECK_RESULT kz_status kz_rule_create(kz_rule *out, const double *edge, size_t count,
                                         double width, size_t order);
void kz_rule_free(kz_rule *rule);

/* int_0^x T_jk. */
double kz_string_scattering_integral(const kz_strings *strings, int j, int k, double x);

typedef struct kz_full_thermal kz_full_thermal;

/* Solves ln eta_j = beta e_j + mu n_j + sum_k sigma_k T_jk * ln(1 + 1/eta_k) on [0, window]
 * (even functions), constants beyond. */
KZ_CHECK_RESULT kz_status kz_full_thermal_create(kz_full_thermal **out, kz_chain chain, double beta,
                                                 double mu, double window, double width,
                                                 size_t order);
void kz_full_thermal_free(kz_full_thermal *thermal);

/* ln eta_j at any lambda, by the equation itself (Nystrom interpolation). */
double kz_full_thermal_log_eta(const kz_full_thermal *thermal, int j, double lambda);
/* ln Z / L = -beta Delta/4 + mu/2 + sum sigma_j int a_j ln(1 + 1/eta_j). */
double kz_full_thermal_ln_z(const kz_full_thermal *thermal);

#endif
