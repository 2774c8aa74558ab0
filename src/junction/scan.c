#include <math.h>
#include <stdio.h>

#include "core/error.h"
#include "junction/internal.h"

/* Monotony needs few digits: differences between neighbours exceed 1e-6 but in the last steps
 * towards T = 0, where they are ~ T^2. */
static const double SCAN_TOL = 1e-9;

static void place(kz_scan *scan)
{
    int middle = KZ_SCAN_POINTS / 2;
    scan->x[middle] = 0;
    for (int i = 1; i < middle; i++) {
        double beta = 0.05 * pow(300 / 0.05, (i - 1) / (middle - 2.0));
        scan->x[middle + i] = kz_half_scale(beta);
        scan->x[middle - i] = -scan->x[middle + i];
    }
    scan->x[0] = -1;
    scan->x[KZ_SCAN_POINTS - 1] = 1;
}

kz_status kz_scan_no_root(const kz_scan *scan, const char *what)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < KZ_SCAN_POINTS; i++) {
            low[side] = fmin(low[side], scan->current[side][i]);
            high[side] = fmax(high[side], scan->current[side][i]);
        }
    }
    return KZ_FAIL(KZ_ENOROOT, "%s; over all beta J_L is in [%.10g, %.10g], J_R in [%.10g, %.10g]",
                   what, low[0], high[0], low[1], high[1]);
}

static kz_status check_monotone(const kz_scan *scan)
{
    for (int side = 0; side < 2; side++) {
        double sign = side == KZ_SIDE_LEFT ? 1 : -1;
        for (int i = 0; i + 1 < KZ_SCAN_POINTS; i++) {
            double step = sign * (scan->current[side][i + 1] - scan->current[side][i]);
            if (step >= -2 * (scan->err[side][i] + scan->err[side][i + 1])) continue;
            char what[160];
            (void)snprintf(
                what, sizeof what,
                "%s current is not monotone in beta near %.15g (step %.3g): a root would "
                "not be unique",
                side == KZ_SIDE_LEFT ? "left" : "right", kz_half_beta(scan->x[i]), sign * step);
            return kz_scan_no_root(scan, what);
        }
    }
    return KZ_OK;
}

kz_status kz_scan_run(kz_scan *scan, const kz_half half[2], const kz_options *options)
{
    double tol = fmax(options->tol, SCAN_TOL);
    kz_status failure = KZ_OK;
    char reason[256] = "";
    place(scan);
#pragma omp parallel for schedule(dynamic) num_threads(options->threads)
    for (int task = 0; task < 2 * KZ_SCAN_POINTS; task++) {
        int side = task / KZ_SCAN_POINTS, i = task % KZ_SCAN_POINTS;
        kz_ray ray;
        kz_status status = kz_half_edge(&ray, &half[side], kz_half_beta(scan->x[i]), tol);
        if (status == KZ_OK) {
            scan->current[side][i] = ray.energy_current;
            scan->err[side][i] = ray.err;
            continue;
        }
#pragma omp critical(kz_scan)
        {
            failure = status;
            snprintf(reason, sizeof reason, "%s", kz_error_reason());
        }
    }
    if (failure != KZ_OK) return KZ_FAIL(failure, "%s", reason);
    return check_monotone(scan);
}
