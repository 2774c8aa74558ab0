#include "junction/law.h"

#include <math.h>
#include <string.h>

#include "core/error.h"

kz_law kz_law_fourier(void) { return (kz_law){.kind = KZ_LAW_FOURIER}; }
kz_law kz_law_beta(void) { return (kz_law){.kind = KZ_LAW_BETA}; }

kz_law kz_law_table(const double *temperature, const double *conductivity, size_t count)
{
    return (kz_law){KZ_LAW_TABLE, temperature, conductivity, count};
}

kz_status kz_law_check_table(const char *name, const double *temperature, const double *value,
                             size_t count)
{
    if (count < 2) return KZ_FAIL(KZ_EINVAL, "%s table needs at least two rows", name);
    for (size_t i = 0; i < count; i++) {
        double T = temperature[i];
        bool rising = i == 0 || T > temperature[i - 1];
        if (!(T > 0 && isfinite(T) && value[i] > 0 && isfinite(value[i]) && rising))
            return KZ_FAIL(KZ_EINVAL,
                           "%s table, row %zu: T = %.15g, value %.15g; T must rise, both > 0", name,
                           i + 1, T, value[i]);
    }
    return KZ_OK;
}

kz_status kz_law_check(const kz_law *law)
{
    if (law->kind == KZ_LAW_FOURIER || law->kind == KZ_LAW_BETA) return KZ_OK;
    if (law->kind != KZ_LAW_TABLE) return KZ_FAIL(KZ_EINVAL, "unknown law %d", (int)law->kind);
    return kz_law_check_table("conductivity", law->temperature, law->conductivity, law->count);
}

void kz_law_range(double *beta_low, double *beta_high, const kz_law *law)
{
    bool table = law->kind == KZ_LAW_TABLE;
    *beta_low = table ? 1 / law->temperature[law->count - 1] : -INFINITY;
    *beta_high = table ? 1 / law->temperature[0] : INFINITY;
}

/* Fourier: T_- - T_+ = R J in its regular form, beta_other = beta/(1 +- R J beta). */
static double fourier_other(kz_side known, double beta, double current, double resistance)
{
    double drop = resistance * current;
    if (drop == 0 || current == 0 || beta == 0) return beta;
    if (isinf(resistance)) return 0;
    if (isinf(beta)) return known == KZ_SIDE_RIGHT ? 1 / drop : -1 / drop;
    return known == KZ_SIDE_RIGHT ? beta / (1 + drop * beta) : beta / (1 - drop * beta);
}

/* Heat flows from hot to cold, so that the unknown side is the hotter one: integrate the piecewise
 * linear conductivity upwards from the known temperature until R |J| is used up. */
static double table_other(bool *clipped, const kz_law *law, double beta, double current,
                          double resistance)
{
    double T = 1 / beta, left = resistance * fabs(current);
    const double *grid = law->temperature, *kappa = law->conductivity;
    if (current == 0) return beta;
    for (size_t i = 0; i + 1 < law->count && left > 0; i++) {
        if (grid[i + 1] <= T) continue;
        double slope = (kappa[i + 1] - kappa[i]) / (grid[i + 1] - grid[i]);
        double here = kappa[i] + slope * (T - grid[i]), width = grid[i + 1] - T;
        double area = width * (here + 0.5 * slope * width);
        if (area >= left) {
            /* here w + slope w^2/2 = left, in the form without cancellation */
            return 1 / (T + 2 * left / (here + sqrt(here * here + 2 * slope * left)));
        }
        left -= area;
        T = grid[i + 1];
    }
    *clipped = left > 0;
    return 1 / T;
}

double kz_law_other_beta(bool *clipped, const kz_law *law, kz_side known, double beta,
                         double current, double resistance)
{
    *clipped = false;
    switch (law->kind) {
    case KZ_LAW_FOURIER:
        return fourier_other(known, beta, current, resistance);
    case KZ_LAW_BETA:
        if (current == 0 || resistance == 0) return beta;
        return known == KZ_SIDE_RIGHT ? beta - resistance * current : beta + resistance * current;
    case KZ_LAW_TABLE:
        return table_other(clipped, law, beta, current, resistance);
    }
    return NAN;
}

static double table_conductivity(const kz_law *law, double T)
{
    const double *grid = law->temperature, *kappa = law->conductivity;
    size_t last = law->count - 1, i = 0;
    if (T <= grid[0]) return kappa[0];
    if (T >= grid[last]) return kappa[last];
    while (T > grid[i + 1])
        i++;
    return kappa[i] + (kappa[i + 1] - kappa[i]) * (T - grid[i]) / (grid[i + 1] - grid[i]);
}

double kz_law_gradient(const kz_law *law, double beta)
{
    if (law->kind == KZ_LAW_BETA) return 1;
    double kappa = law->kind == KZ_LAW_TABLE ? table_conductivity(law, 1 / beta) : 1;
    return kappa / (beta * beta);
}

/* With g the gradient of the potential: g_+ dbeta_+ - g_- dbeta_- = R dJ. */
void kz_law_other_slopes(double *by_beta, double *by_current, const kz_law *law, kz_side known,
                         double beta, double other, double resistance)
{
    double ratio = 1, inverse = 1, sign = known == KZ_SIDE_RIGHT ? -1 : 1;
    *by_beta = *by_current = 0;
    if (isinf(resistance)) return;
    if (law->kind == KZ_LAW_FOURIER) { /* g = 1/beta^2, which may be 1/0 */
        ratio = beta == 0 ? 1 : other / beta * (other / beta);
        inverse = other * other;
    } else if (law->kind == KZ_LAW_TABLE) {
        inverse = 1 / kz_law_gradient(law, other);
        ratio = kz_law_gradient(law, beta) * inverse;
    }
    *by_beta = ratio;
    *by_current = sign * resistance * inverse;
}

/* (X_+ - X_- - R J)/(1 + R) for one charge on its own. */
static void plain_row(kz_law_rows *rows, int row, double resistance, double x[2][2],
                      const double current[2])
{
    double scale = 1 / (1 + resistance), weight = isinf(resistance) ? 1 : resistance * scale;
    rows->value[row] = scale * (x[1][row] - x[0][row]) - weight * current[row];
    rows->by_x[row][0][row] = -scale;
    rows->by_x[row][1][row] = scale;
    rows->by_current[row][row] = -weight;
}

/* Both charges, R = [[R_E, c sqrt(R_E R_M)], [c sqrt(R_E R_M), R_M]].  The row of the smaller
 * resistance (s) has the other's (b) subtracted, c sqrt(R_s/R_b) times, so that none holds the
 * product of a large resistance and a small current:
 *     X_s - c sqrt(R_s/R_b) X_b - R_s (1 - c^2) J_s = 0,   X meaning X_+ - X_-. */
static void cross_rows(kz_law_rows *rows, const double resistance[2], double c, double x[2][2],
                       const double current[2])
{
    int b = resistance[0] >= resistance[1] ? 0 : 1, s = 1 - b;
    double large = resistance[b], small = resistance[s];
    if (isinf(large) || small == 0) return; /* c drops out */
    double by_b = 1 / (1 + large), by_s = 1 / (1 + small);
    double mixed = c * sqrt(large) * sqrt(small) * by_b, slope = c * sqrt(small / large) * by_s;
    rows->value[b] -= mixed * current[s];
    rows->by_current[b][s] = -mixed;
    double back = c * c * small * by_s;
    rows->value[s] += back * current[s] - slope * (x[1][b] - x[0][b]);
    rows->by_current[s][s] += back;
    rows->by_x[s][0][b] = slope;
    rows->by_x[s][1][b] = -slope;
}

/* beta_+ - beta_- = R beta_- beta_+ J, divided by the size of its derivatives. */
static void fourier_row(kz_law_rows *rows, double resistance, double minus, double plus,
                        double current)
{
    double left = resistance * minus * current, right = resistance * plus * current;
    double by_current = resistance * minus * plus;
    double scale = 1 / (1 + fabs(left) + fabs(right) + fabs(by_current));
    rows->value[0] = scale * (plus - minus - left * plus);
    rows->by_x[0][0][0] = -scale * (1 + right);
    rows->by_x[0][1][0] = scale * (1 - left);
    rows->by_current[0][0] = -scale * by_current;
}

static void table_row(kz_law_rows *rows, const kz_law *law, double resistance, double minus,
                      double plus)
{
    double left = kz_law_gradient(law, minus), right = kz_law_gradient(law, plus);
    double scale = 1 / (resistance + left + right);
    rows->value[0] = 0;
    rows->by_x[0][0][0] = -scale * left;
    rows->by_x[0][1][0] = scale * right;
    rows->by_current[0][0] = -scale * resistance;
}

void kz_law_residual(kz_law_rows *out, const kz_law *law, int charges, const double resistance[2],
                     double cross, double x[2][2], const double current[2])
{
    memset(out, 0, sizeof *out);
    for (int row = 0; row < charges; row++)
        plain_row(out, row, resistance[row], x, current);
    if (resistance[0] == 0 || law->kind == KZ_LAW_BETA) {
        if (charges == 2 && law->kind == KZ_LAW_BETA)
            cross_rows(out, resistance, cross, x, current);
    } else if (law->kind == KZ_LAW_FOURIER && isinf(resistance[0])) {
        return; /* no current, or the caller holds an edge at beta = 0 */
    } else if (law->kind == KZ_LAW_FOURIER) {
        fourier_row(out, resistance[0], x[0][0], x[1][0], current[0]);
    } else {
        table_row(out, law, resistance[0], x[0][0], x[1][0]);
    }
}
