/* Free-fermion states cut into panels on which every integrand is smooth; module-internal. */
#ifndef KZ_FERMION_INTERNAL_H
#define KZ_FERMION_INTERNAL_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include <kapitza/fermion.h>

static const double kz_pi = 3.14159265358979323846;

/* Bound on the error of every number of kz_thermo and kz_ray, relative to max(1, |value|).  The
 * worst found against quadruple precision is 1e-15, over |beta| <= 1e12 with Fermi points anywhere.
 */
static const double kz_fermion_err = 5e-15;

/* The band is folded to four equal pieces: k and -k have the same occupation, and each half of
 * [0, pi] is measured from its own edge, q = k below and q = pi - k above, 0 <= q <= pi/2.
 * Then v = sin q on both, energy = -sign cos q, and
 *     x = beta energy - mu = slope 2 sin^2(q/2) - offset
 * loses no digits where the Fermi point comes close to an edge of the band. */
typedef struct {
    double sign;               /* +1 lower half of the band, -1 upper */
    bool thermal;              /* else a step at q = step */
    double slope, offset;      /* thermal: x above */
    double pole_re, pole_im;   /* thermal: nearest pole of the occupation in the q plane */
    double step, inner, outer; /* T = 0: polarization at q < step and q > step */
} kz_half_band;

enum { KZ_HALF_LOWER = 0, KZ_HALF_UPPER = 1, KZ_HALVES = 2 };

/* state has passed kz_state_check. */
void kz_half_band_init(kz_half_band *band, const kz_state *state, int half);

/* x at q. */
double kz_half_band_argument(const kz_half_band *band, double q);

/* Occupation 1/(1 + e^x), to a relative accuracy. */
double kz_fermi_filled(double x);

/* Occupation seen from the middle, n - 1/2 = -tanh(x/2)/2. */
double kz_fermi_polarization(double x);

/* Piece of a half band.  Frozen: polarization is constant to rounding, integrals are closed. */
typedef struct {
    double from, to;
    bool frozen;
    double polarization; /* frozen only */
} kz_panel;

enum { KZ_PANELS_MAX = 320 };

/* Cuts [from, to] into panels; returns their number. */
size_t kz_half_band_panels(kz_panel panels[KZ_PANELS_MAX], const kz_half_band *band, double from,
                           double to);

/* Gauss-Legendre rule for the live panels: nodes centre +- half * kz_gauss_node. */
enum { KZ_GAUSS_PAIRS = 10 };
extern const double kz_gauss_node[KZ_GAUSS_PAIRS];
extern const double kz_gauss_weight[KZ_GAUSS_PAIRS];

/* Integrals over q of polarization times 1, v, energy, v energy. */
typedef struct {
    double number, velocity, energy, energy_velocity;
} kz_moments;

/* Adds those over [from, to] of both halves of the band. */
void kz_moments_add(kz_moments *moments, const kz_state *state, double from, double to);

/* The same for one panel. */
void kz_moments_add_panel(kz_moments *moments, const kz_half_band *band, const kz_panel *panel);

/* Density matrix of three adjacent sites of a Gaussian state, in the layout of
 * kz_mps_density_matrices(); occupied is up.
 * C  correlation matrix C_ij = <c+_i c_j> of the three sites, row-major, Hermitian with
 *    eigenvalues in [0, 1] to rounding
 * Accurate to about 1e-15.  KZ_EDOMAIN (not finite), KZ_ENOCONV: `packed` is untouched. */
KZ_CHECK_RESULT kz_status kz_fermion_three_site_density(double packed[KZ_DENSITY_SIZE],
                                                        const double complex C[9]);

#endif
