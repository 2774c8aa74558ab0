/* kapitza: the GHD lines that belong to a quench, and how far its data are from them. */
#ifndef KAPITZA_OVERLAY_H
#define KAPITZA_OVERLAY_H

#include <kapitza/junction.h>
#include <kapitza/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- what belongs to a quench -------------------------------------------------------------- */

/** Whether GHD has this quantity: energy, energy_current, magnetization, spin_current. */
bool kz_overlay_has(kz_run_quantity quantity);
/** That quantity of a ray; nan where GHD does not have it. */
double kz_overlay_value(const kz_ray *ray, kz_run_quantity quantity);

/** Position x of the value with index n, from where the two initial states meet, which is the
 *  origin of GHD.  The energy quench and thermal states of different beta change at site 1, where
 *  bonds 0 and 1 meet: bond n is at n - 1/2, site n at n - 1.  A domain wall, and thermal states
 *  that differ in mu only, change in the middle of bond 0: bond n is at n, site n at n - 1/2.  A
 *  link current (from bond n - 1 to bond n) is where site n is.  Any other origin leaves a
 *  difference of (its error)/t times the slope of the profile. */
double kz_overlay_position(const kz_run_setup *setup, kz_run_quantity quantity, long n);

/** Reservoirs of a quench: ceiling | ground, up | down, or the states of a thermal run.  KZ_EINVAL:
 *  a product state that is none of these. */
KZ_CHECK_RESULT kz_status kz_overlay_states(kz_state *left, kz_state *right,
                                            const kz_run_setup *setup);

/** Whether the halves are joined by a junction of energy alone: they are different chains, or
 *  other couplings lie between them, and neither reservoir is magnetized. */
bool kz_overlay_has_junction(const kz_run_setup *setup);

/** Speed of the fastest excitations that enter the reservoir of one half, the edge of its light
 *  cone: (pi/2) sin g/g into a ground state, sin g into up or down (g = pi/P); into a ceiling that
 *  of the fastest bound state, 0.766, 0.844, 0.891 for P = 3, 4, 5, and 1 for XX.  Of thermal
 *  states that of the ground state, beyond which nothing is seen. */
double kz_overlay_speed(kz_chain chain, const kz_state *state);

/* -- lines --------------------------------------------------------------------------------- */

typedef enum {
    KZ_LINE_BIPARTITION, /* both halves are one chain: exact */
    KZ_LINE_CLOSED_FORM, /* the same for the domain wall, magnetization and spin current only
                          * (collura2018); the other numbers of its rays are nan */
    KZ_LINE_JUNCTION,    /* two halves joined by an Ohmic junction, kz_overlay_has_junction() */
    KZ_LINE_LEFT,        /* the bipartition of the left chain, x <= 0 */
    KZ_LINE_RIGHT        /* the bipartition of the right chain, x >= 0 */
} kz_overlay_kind;

typedef struct {
    kz_overlay_kind kind;
    double resistance; /* of a junction, else nan */
    kz_status status;  /* of kz_junction_solve(); a failed line has rays of nan, err = inf */
    bool has[2];       /* whether the line has a left and a right half, by kz_side */
} kz_overlay_line;

typedef struct {
    const double *resistance; /* [resistances] of the junctions, >= 0; copied */
    size_t resistances;
    kz_law law;         /* its arrays are borrowed during kz_overlay_create() only */
    bool neighbours;    /* also KZ_LINE_LEFT and KZ_LINE_RIGHT */
    kz_options options; /* tol, threads, progress */
} kz_overlay_params;

/** No resistances, Fourier's law, no neighbours. */
kz_overlay_params kz_overlay_params_default(void);

/** The lines of a quench (opaque). */
typedef struct kz_overlay kz_overlay;

/** Where the halves are equal: the exact bipartition, for the domain wall the closed form after it.
 *  Where they differ, or other couplings lie between them: one junction for each resistance;
 *  nothing for magnetized reservoirs, whose spin current this junction does not carry.  Then the
 *  neighbours.  Couplings and fields must be those of the halves in the outer quarters of the
 *  chain.
 *  A junction that cannot be solved for one resistance is a line with that status.
 *  Returns KZ_EINVAL (a chain without Bethe ansatz; resistances where there is no junction; bad
 *  law), KZ_ENOROOT, KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM, KZ_ECANCELLED; *out is NULL on failure. */
KZ_CHECK_RESULT kz_status kz_overlay_create(kz_overlay **out, const kz_run_setup *setup,
                                            const kz_overlay_params *params);
void kz_overlay_free(kz_overlay *overlay);

size_t kz_overlay_count(const kz_overlay *overlay);
const kz_overlay_line *kz_overlay_get_line(const kz_overlay *overlay, size_t line);
/** Name such as "ghd", "closed form", "ghd R=10", "ghd left"; text [KZ_OVERLAY_NAME], returned. */
enum { KZ_OVERLAY_NAME = 48 };
char *kz_overlay_name(char text[KZ_OVERLAY_NAME], const kz_overlay_line *line);
/** Of one half's light cone, see kz_overlay_speed(). */
double kz_overlay_cone(const kz_overlay *overlay, kz_side side);

/** Rays of one half of a line; zeta [n] <= 0 on the left, >= 0 on the right (a zero is 0-, 0+).
 *  Each ray has its status, as of kz_bipartition_rays(); rays of a half that the line has not are
 *  nan with KZ_EDOMAIN.
 *  Returns KZ_OK, the status of the first ray that failed, KZ_EINVAL (a zeta of the wrong sign, or
 *  nan), KZ_ENOMEM, KZ_ECANCELLED. */
KZ_CHECK_RESULT kz_status kz_overlay_rays(kz_ray *rays, kz_overlay *overlay, size_t line,
                                          kz_side side, const double *zeta, size_t n);

/** Rays at the places of a run's values at time t > 0: rays [length], index i as in the run.
 *  Returns as kz_overlay_rays(); rays beyond the half of a line do not count as failed. */
KZ_CHECK_RESULT kz_status kz_overlay_sample(kz_ray *rays, kz_overlay *overlay, size_t line,
                                            kz_run_quantity quantity, double t);

/* -- deviations ---------------------------------------------------------------------------- */

typedef struct {
    double largest, mean; /* of |data - line|; nan where count = 0 */
    long n_at_largest;
    size_t count; /* values that were compared */
} kz_overlay_deviation;

/** Data of one time against a line at the same places.  Compared is what lies within `cone` times
 *  the light cone of its half, |x| <= cone * v t, farther than a twentieth of the chain from its
 *  ends, and where nothing that the end has reflected can be, |x| < length - v t.
 *  value  [length], nan where there is none
 *  rays   [length], of kz_overlay_sample() at the same quantity and time
 *  cone   0 < cone <= 1: at 1 with the front itself, where GHD holds to t^(-1/3) only */
kz_overlay_deviation kz_overlay_compare(const kz_overlay *overlay, const double *value,
                                        const kz_ray *rays, kz_run_quantity quantity, double t,
                                        double cone);

#ifdef __cplusplus
}
#endif
#endif
