/* The error of the time step, which nothing else that a run measures shows: a splitting evolves
 * exactly by a Hamiltonian that is off by a power of dt, and keeps an energy of its own.
 *
 * Pieces of the chain, of so few sites that nothing is ever truncated, are evolved with steps of dt
 * and with twice as many of dt/2.  Most of the error is a rotation of the observables, which is
 * there after t = 1 and stays; the rest grows.  On L = 12, dt = 0.2, with Delta from 0 to 4, both
 * kinds of quench and both orders, the error at t = 16 is 0.1 ... 3 times the largest up to t = 4,
 * so that linear growth from t = 4 on is on the safe side.  On chains of random J, Delta and
 * fields, which differ from piece to piece, the true error was up to 1.25 times what this gives;
 * hence a margin. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "run/driver.h"

/* Long enough for the error to reach all sites. */
enum { SITES = 8, FULL_CHI = 1 << SITES / 2 };
static const double SPAN = 4.0, MARGIN = 1.5;

double kz_run_step_growth(double time) { return time > 0.0 ? fmax(1.0, time / SPAN) : 0.0; }

/* -- one piece ------------------------------------------------------------------------------- */

/* Sites of the chain, and what they begin with. */
typedef struct {
    size_t sites; /* even, SITES at most */
    double J[SITES], delta[SITES], field[SITES];
    double lambda[SITES]; /* of the ground state of sum lambda_n h_n */
    bool up[SITES];       /* of the product state */
} piece;

typedef enum { PRODUCT, GROUND } state_kind;

static kz_status create_state(kz_mps **out, const piece *p, state_kind kind)
{
    const kz_dmrg_params params = kz_dmrg_params_default();
    kz_dmrg_report report;
    double weight[SITES];
    if (kind == PRODUCT) return kz_mps_create_product(out, p->sites, p->up);
    for (size_t i = 0; i < p->sites; i++)
        weight[i] = p->lambda[i] * p->J[i];
    kz_status status = kz_dmrg_ground_state(out, &report, weight, p->delta, p->sites,
                                            (int)(p->sites / 2), &params);
    if (status == KZ_OK) return KZ_OK;
    kz_mps_free(*out);
    *out = NULL;
    return status;
}

/* What is measured of a piece. */
typedef struct {
    double value[KZ_RUN_QUANTITIES][SITES];
} snapshot;

/* A state on its way. */
typedef struct {
    kz_mps *mps;
    kz_tebd *tebd;
    snapshot now;
} path;

static void path_free(path *way)
{
    kz_tebd_free(way->tebd);
    kz_mps_free(way->mps);
}

static kz_status path_begin(path *way, const kz_mps *mps, const kz_couplings *chain,
                            kz_trotter trotter)
{
    const kz_tebd_params params = {
        .trotter = trotter, .chi = FULL_CHI, .cutoff_per_gate = true, .threads = 1};
    *way = (path){NULL};
    kz_status status = kz_mps_copy(&way->mps, mps);
    if (status == KZ_OK) status = kz_tebd_create_coupled(&way->tebd, way->mps, chain, &params);
    if (status != KZ_OK) path_free(way);
    return status;
}

static kz_status path_go(path *way, const kz_couplings *chain, double dt, size_t steps)
{
    snapshot *s = &way->now;
    const kz_lattice_profile view = {s->value[0], s->value[1], s->value[2],
                                     s->value[3], s->value[4], s->value[5]};
    KZ_TRY(kz_tebd_advance(way->tebd, dt, steps, NULL, NULL));
    return kz_mps_measure_coupled(&view, way->mps, chain, 1);
}

/* Entropies, the last of six, are worse than local observables near product states. */
static double distance(const snapshot *a, const snapshot *b, size_t sites)
{
    enum { LOCAL = 5 };
    double most = 0.0;
    for (int q = 0; q < LOCAL; q++)
        for (size_t i = 0; i < sites; i++)
            most = fmax(most, fabs(a->value[q][i] - b->value[q][i])); /* nan: both are */
    return most;
}

/* Two ways to the same times, one of steps dt and one of dt/2, whose largest distance is 1 - 2^-p
 * of the error.  They are compared after each step: local errors swing, and at a few times they may
 * happen to be a third of what they are between. */
static kz_status compare(double *error, const kz_run_setup *s, const kz_mps *mps,
                         const kz_couplings *chain)
{
    enum { MOST_STEPS = 40 };
    double power = s->trotter == KZ_TROTTER_2 ? 4.0 : 16.0, worst = 0.0;
    double steps = fmax(2.0, fmin(MOST_STEPS, ceil(SPAN / s->dt * (1.0 - 1e-12))));
    double dt = fmax(s->dt, SPAN / steps), scale = pow(s->dt / dt, log2(power));
    path coarse, fine;
    KZ_TRY(path_begin(&coarse, mps, chain, s->trotter));
    kz_status status = path_begin(&fine, mps, chain, s->trotter);
    if (status != KZ_OK) {
        path_free(&coarse);
        return status;
    }
    for (size_t k = 0; status == KZ_OK && k < (size_t)steps; k++) {
        status = path_go(&coarse, chain, dt, 1);
        if (status == KZ_OK) status = path_go(&fine, chain, 0.5 * dt, 2);
        worst = fmax(worst, distance(&coarse.now, &fine.now, kz_mps_length(mps)));
    }
    path_free(&coarse);
    path_free(&fine);
    if (status == KZ_OK) *error = MARGIN * worst * scale / (1.0 - 1.0 / power);
    return status;
}

/* Raises *worst to the error of this piece. */
static kz_status add_error(double *worst, const kz_run_setup *s, const piece *p, state_kind kind)
{
    const kz_couplings chain = {p->J, p->delta, p->field};
    double error;
    kz_mps *mps;
    KZ_TRY(create_state(&mps, p, kind));
    kz_status status = compare(&error, s, mps, &chain);
    kz_mps_free(mps);
    if (status == KZ_OK) *worst = fmax(*worst, error);
    return status;
}

/* Whether H' of the piece has a ground state that can be prepared. */
static bool has_ground_state(const piece *p)
{
    bool has = true;
    for (size_t i = 0; i < p->sites; i++)
        has = has && p->field[i] == 0.0 && (i + 1 == p->sites || p->J[i] != 0.0);
    return has;
}

/* Purified states of so few sites would cost more than a run of many: the worst of three pure ones,
 * of low and of high energies, stands for them. */
static kz_status add_error_purified(double *worst, const kz_run_setup *s, const piece *of_chain)
{
    piece p = *of_chain;
    for (size_t i = 0; i < p.sites; i++)
        p.up[i] = i % 2 == 1;
    KZ_TRY(add_error(worst, s, &p, PRODUCT));
    for (size_t i = 0; i < p.sites; i++) {
        p.up[i] = i < p.sites / 2;
        p.lambda[i] = p.up[i] ? -1.0 : 1.0;
    }
    KZ_TRY(add_error(worst, s, &p, PRODUCT));
    return has_ground_state(&p) ? add_error(worst, s, &p, GROUND) : KZ_OK;
}

/* -- pieces of a chain ----------------------------------------------------------------------- */

/* Energy of the strongest bond with its fields: what errors grow by a high power of. */
static double strength(const piece *p)
{
    const kz_couplings chain = {p->J, p->delta, p->field};
    double most = 0.0;
    for (size_t i = 0; i + 1 < p->sites; i++) {
        kz_bond b = kz_couplings_bond(&chain, p->sites, i);
        most = fmax(most, fabs(b.J) * (0.5 + 0.25 * fabs(b.delta)) + fabs(b.left - b.right));
    }
    return most;
}

static bool is_polarised(const piece *p)
{
    bool is = true;
    for (size_t i = 1; i < p->sites; i++)
        is = is && p->up[i] == p->up[0];
    return is;
}

/* All of the chain, as long as the run. */
typedef struct {
    const kz_run *run;
    double *lambda;
    bool *up;
} whole;

/* Sites first ... of the chain.  Spins that are all alike do nothing by themselves: what comes to
 * them in the course of time is a domain wall. */
static void cut(piece *p, const whole *c, size_t first)
{
    const kz_run *run = c->run;
    size_t L = run->setup.length;
    *p = (piece){.sites = L < SITES ? L : SITES};
    for (size_t k = 0; k < p->sites; k++) {
        size_t i = first + k;
        bool bond = k + 1 < p->sites;
        p->J[k] = !bond ? 0.0 : run->J ? run->J[i] : 1.0;
        p->delta[k] = bond ? run->delta[i] : 0.0;
        p->lambda[k] = bond ? c->lambda[i] : 0.0;
        p->field[k] = run->field ? run->field[i] : 0.0;
        p->up[k] = c->up[i];
    }
    for (size_t k = 0; is_polarised(p) && k < p->sites / 2; k++)
        p->up[k] = !p->up[k];
}

static bool are_equal(const piece *a, const piece *b)
{
    size_t bytes = a->sites * sizeof(double);
    return memcmp(a->J, b->J, bytes) == 0 && memcmp(a->delta, b->delta, bytes) == 0 &&
           memcmp(a->field, b->field, bytes) == 0 && memcmp(a->lambda, b->lambda, bytes) == 0 &&
           memcmp(a->up, b->up, a->sites * sizeof *a->up) == 0;
}

/* The first piece stays; of others the strongest do. */
enum { PIECES = 4 };
typedef struct {
    piece piece[PIECES];
    size_t count;
} selection;

static void offer(selection *s, const piece *p)
{
    size_t weakest = 1;
    for (size_t k = 0; k < s->count; k++) {
        if (are_equal(&s->piece[k], p)) return;
        if (k > 1 && strength(&s->piece[k]) < strength(&s->piece[weakest])) weakest = k;
    }
    if (s->count < PIECES)
        s->piece[s->count++] = *p;
    else if (strength(p) > strength(&s->piece[weakest]))
        s->piece[weakest] = *p;
}

/* The middle; where the chain or its state is more than two halves that meet there, pieces that
 * overlap by half, too. */
static void select_pieces(selection *s, const whole *c)
{
    const kz_run_setup *setup = &c->run->setup;
    size_t L = setup->length, last = L < SITES ? 0 : L - SITES, half = SITES / 2;
    bool halves = !kz_run_has_couplings(setup) && setup->initial != KZ_QUENCH_PRODUCT;
    piece p;
    s->count = 0;
    cut(&p, c, last / 2);
    offer(s, &p);
    if (halves) return;
    for (size_t first = last / 2 % half; first < last + half; first += half) {
        cut(&p, c, first < last ? first : last);
        offer(s, &p);
    }
    cut(&p, c, 0);
    offer(s, &p);
}

/* What kz_mps_create_thermal() promises of its steps: the state is no better in steps of time that
 * are shorter. */
static double cooling_error(const kz_run_setup *s) { return 5e-5 * pow(kz_run_cooling_step(s), 4); }

static kz_status estimate(double *error, const kz_run_setup *s, const whole *c)
{
    const kz_run_setup *of_chain = &c->run->setup;
    state_kind kind = kz_run_needs_ground_state(of_chain) ? GROUND : PRODUCT;
    bool purified = kz_run_is_purified(of_chain);
    selection chosen;
    double worst = 0.0;
    select_pieces(&chosen, c);
    for (size_t k = 0; k < chosen.count; k++) {
        const piece *p = &chosen.piece[k];
        KZ_TRY(purified ? add_error_purified(&worst, s, p) : add_error(&worst, s, p, kind));
    }
    *error = worst + (purified ? cooling_error(of_chain) : 0.0);
    return KZ_OK;
}

kz_status kz_run_estimate_step_error(double *error, const kz_run *run, double step)
{
    whole c = {.run = run};
    kz_run_setup setup = run->setup;
    setup.dt = step;
    KZ_TRY(kz_alloc_doubles(&c.lambda, setup.length));
    kz_status status = kz_run_product_spins(&c.up, &setup);
    kz_run_ground_weights(c.lambda, &setup);
    if (status == KZ_OK) status = estimate(error, &setup, &c);
    kz_free(c.lambda);
    kz_free(c.up);
    return status;
}
