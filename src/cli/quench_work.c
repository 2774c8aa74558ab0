/* The evolution behind `kapitza quench`. */
#include "cli/quench_work.h"

#include <cblas.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"

/* -- signals that end the evolution after a checkpoint -------------------------------------- */

static volatile sig_atomic_t received;

static void receive(int number) { received = number; }

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU};
enum { STOPPING = sizeof stopping / sizeof stopping[0] };

/* What the parent ignores stays ignored. */
static void catch_signals(struct sigaction old[STOPPING])
{
    struct sigaction action = {0};
    action.sa_handler = receive;
    (void)sigfillset(&action.sa_mask);
    received = 0;
    for (int i = 0; i < STOPPING; i++) {
        (void)sigaction(stopping[i], NULL, &old[i]);
        if (old[i].sa_handler != SIG_IGN) (void)sigaction(stopping[i], &action, NULL);
    }
}

static void restore_signals(const struct sigaction old[STOPPING])
{
    for (int i = 0; i < STOPPING; i++)
        (void)sigaction(stopping[i], &old[i], NULL);
}

/* A limit on the size of files then shows as an error of the write. */
static void ignore_file_limit(void)
{
    struct sigaction action = {0};
    action.sa_handler = SIG_IGN;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGXFSZ, &action, NULL);
}

/* -- clocks and progress ------------------------------------------------------------------- */

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

typedef struct {
    cli_quench_job *quench;
    kz_mps *mps;
    kz_tebd *tebd;
    double first;    /* time at which this process began */
    double from, to; /* times of the segment at hand */
    double started, shown, saved, previous;
    double layer, saving; /* seconds of the slowest layer of late, of a checkpoint */
    bool terminal, visible;
} evolution;

/* The last times cost most: the estimate is a lower bound. */
static void show(evolution *e, double t, double moment)
{
    const cli_list *times = &e->quench->times;
    size_t middle = e->quench->run.setup.length / 2 - 1;
    double last = times->values[times->count - 1], elapsed = moment - e->started;
    double left = t > e->first ? elapsed * (last - t) / (t - e->first) : INFINITY;
    fprintf(stderr,
            "%squench: t = %.2f of %g, chi %zu, middle: chi %zu, entropy %.3f, discarded %.1e, "
            "> %.0f s left",
            e->terminal ? "\r" : "", t, last, kz_mps_max_bond_dimension(e->mps),
            kz_mps_bond_dimension(e->mps, middle), kz_mps_entropy(e->mps, middle),
            kz_tebd_truncation_total(e->tebd), isfinite(left) ? left : 0.0);
    fputs(e->terminal ? "\033[K" : "\n", stderr);
    (void)fflush(stderr);
    e->visible = true;
}

/* Notes that a layer, or a pair of the ground state, is done; whether to show progress. */
static bool take_time(evolution *e)
{
    double moment = now(), pause = e->terminal ? 0.5 : 10.0;
    e->layer = fmax(0.9 * e->layer, moment - e->previous);
    e->previous = moment;
    bool visible = e->quench->progress && moment - e->shown >= pause && moment - e->started >= 0.5;
    if (visible) e->shown = moment;
    return visible;
}

/* Why the work is to stop now, if it is. */
static cli_quench_end reason_to_stop(const evolution *e)
{
    double late = e->previous - e->started + 2.0 * e->layer + 2.0 * e->saving;
    if (received) return CLI_QUENCH_SIGNAL;
    return late > e->quench->wall_seconds ? CLI_QUENCH_WALL_TIME : CLI_QUENCH_DONE;
}

/* kz_progress_fn: stops for a signal, the wall time or a checkpoint. */
static int after_layer(void *context, size_t done, size_t total)
{
    evolution *e = context;
    if (take_time(e))
        show(e, e->from + (e->to - e->from) * (double)done / (double)total, e->previous);
    return reason_to_stop(e) != CLI_QUENCH_DONE ||
           e->previous - e->saved >= e->quench->checkpoint_seconds;
}

/* kz_progress_fn of the ground state: stops for a signal or the wall time. */
static int after_pair(void *context, size_t done, size_t total)
{
    evolution *e = context;
    size_t sweep = 2 * (e->quench->run.setup.length - 1);
    (void)total;
    if (take_time(e)) {
        fprintf(stderr, "%squench: ground state, sweep %zu%s", e->terminal ? "\r" : "",
                done / sweep + 1, e->terminal ? "\033[K" : "\n");
        (void)fflush(stderr);
        e->visible = true;
    }
    return reason_to_stop(e) != CLI_QUENCH_DONE;
}

/* -- steps --------------------------------------------------------------------------------- */

static kz_status save(evolution *e, double target, bool finished)
{
    cli_checkpoint checkpoint = {&e->quench->run, e->mps, e->tebd, target, finished};
    double begin = now();
    KZ_TRY(cli_checkpoint_write(&checkpoint, e->quench->output));
    e->saved = e->previous = now();
    e->saving = e->saved - begin;
    return KZ_OK;
}

/* What the two methods measure, from place `row` of the run's arrays on. */
static kz_lattice_profile view_row(const cli_run *run, size_t row)
{
    return (kz_lattice_profile){run->value[CLI_ENERGY] + row,
                                run->value[CLI_ENERGY_CURRENT] + row,
                                run->value[CLI_ENERGY_CURRENT_LINK] + row,
                                run->value[CLI_MAGNETIZATION] + row,
                                run->value[CLI_SPIN_CURRENT] + row,
                                run->value[CLI_ENTROPY] + row};
}

/* Measures at `time` into the next row. */
static kz_status measure(evolution *e, const double *delta, double time)
{
    cli_run *run = &e->quench->run;
    size_t L = run->setup.length, row = run->count * L;
    kz_lattice_profile view = view_row(run, row);
    KZ_TRY(kz_mps_measure(&view, e->mps, delta, e->quench->threads));
    if (run->density)
        KZ_TRY(kz_mps_density_matrices(run->density + run->count * (L - 2) * KZ_DENSITY_SIZE,
                                       e->mps, e->quench->threads));
    for (size_t i = 0; i < L; i++) {
        bool last = i == L - 1;
        run->value[CLI_BOND_DIMENSION][row + i] =
            last ? NAN : (double)kz_mps_bond_dimension(e->mps, i);
        run->value[CLI_TRUNCATION][row + i] = last ? NAN : kz_tebd_truncation(e->tebd, i);
    }
    run->chi_limit[run->count] = (double)run->setup.chi;
    run->time[run->count++] = time;
    return KZ_OK;
}

/* To the next measured time, stopping for checkpoints; *end is set when it is to stop for good. */
static kz_status segment(cli_quench_end *end, evolution *e, double target)
{
    const cli_setup *setup = &e->quench->run.setup;
    double gap = target - e->from;
    size_t steps = (size_t)ceil(gap / setup->dt * (1.0 - 1e-12));
    kz_status status = KZ_OK;
    e->to = target;
    e->previous = now();
    if (kz_tebd_in_progress(e->tebd))
        status = kz_tebd_continue(e->tebd, after_layer, e);
    else if (steps > 0)
        status = kz_tebd_advance(e->tebd, gap / (double)steps, steps, after_layer, e);
    while (status == KZ_ECANCELLED) {
        KZ_TRY(save(e, target, false));
        *end = reason_to_stop(e);
        if (*end != CLI_QUENCH_DONE) return KZ_OK;
        status = kz_tebd_continue(e->tebd, after_layer, e);
    }
    return status;
}

static kz_status evolve(cli_quench_end *end, evolution *e, const double *delta)
{
    cli_run *run = &e->quench->run;
    const cli_list *times = &e->quench->times;
    e->first = run->count > 0 ? run->time[run->count - 1] : 0.0;
    while (run->count < times->count) {
        double target = times->values[run->count];
        e->from = run->count > 0 ? run->time[run->count - 1] : 0.0;
        KZ_TRY(segment(end, e, target));
        if (*end != CLI_QUENCH_DONE) return KZ_OK;
        KZ_TRY(measure(e, delta, target));
    }
    return save(e, NAN, true);
}

/* -- the state to start from --------------------------------------------------------------- */

/* The truncation of the evolution must be the larger error.  A variance beyond what is asked by
 * default is tried for only: rounding may stand before it. */
static kz_dmrg_params ground_params(evolution *e)
{
    const cli_setup *setup = &e->quench->run.setup;
    kz_dmrg_params params = kz_dmrg_params_default();
    if (!setup->cutoff_per_gate) params.cutoff = fmin(params.cutoff, 0.1 * setup->cutoff);
    params.cutoff = fmax(params.cutoff, 1e-18);
    params.variance_tolerance = fmin(params.variance_tolerance, 1e3 * params.cutoff);
    params.variance_tolerance = fmax(params.variance_tolerance, 1e-12);
    params.energy_tolerance = fmin(params.energy_tolerance, 10.0 * params.cutoff);
    params.energy_tolerance = fmax(params.energy_tolerance, 1e-12);
    params.progress = after_pair;
    params.progress_context = e;
    return params;
}

static kz_status initial_state(evolution *e, const double *delta)
{
    cli_run *run = &e->quench->run;
    size_t L = run->setup.length;
    kz_dmrg_params params = ground_params(e);
    kz_dmrg_report report;
    double *lambda;
    if (run->setup.initial == KZ_QUENCH_DOMAIN_WALL) return kz_mps_create_domain_wall(&e->mps, L);
    KZ_TRY(kz_alloc_doubles(&lambda, L));
    for (size_t i = 0; i + 1 < L; i++)
        lambda[i] = i < L / 2 ? -1.0 : 1.0;
    kz_status status =
        kz_dmrg_ground_state(&e->mps, &report, lambda, delta, L, (int)(L / 2), &params);
    kz_free(lambda);
    if (status == KZ_ETOL && report.variance <= kz_dmrg_params_default().variance_tolerance)
        status = KZ_OK;
    if (status != KZ_OK) {
        kz_mps_free(e->mps);
        e->mps = NULL;
        return status;
    }
    run->ground_energy = report.energy;
    run->ground_variance = report.variance;
    return KZ_OK;
}

static kz_status make_evolution(evolution *e, const double *delta, cli_stored *stored,
                                kz_mps *state)
{
    const cli_setup *setup = &e->quench->run.setup;
    kz_tebd_params params = {.trotter = setup->trotter,
                             .chi = setup->chi,
                             .cutoff = setup->cutoff,
                             .cutoff_per_gate = setup->cutoff_per_gate != 0,
                             .threads = e->quench->threads};
    e->mps = state;
    if (!state) KZ_TRY(initial_state(e, delta));
    KZ_TRY(kz_tebd_create(&e->tebd, e->mps, delta, &params));
    return state && stored ? cli_checkpoint_evolution(stored, e->tebd) : KZ_OK;
}

static kz_status run_evolution(cli_quench_end *end, evolution *e, cli_stored *stored, kz_mps *state)
{
    double *delta;
    struct sigaction old[STOPPING];
    cli_run *run = &e->quench->run;
    KZ_TRY(kz_alloc_doubles(&delta, run->setup.length));
    cli_run_couplings(delta, run);
    kz_status status = cli_run_reserve(run, e->quench->times.count);
    *end = CLI_QUENCH_DONE;
    catch_signals(old);
    e->saved = e->previous = now();
    if (status == KZ_OK)
        status = make_evolution(e, delta, stored, state);
    else
        kz_mps_free(state);
    if (status == KZ_OK) {
        status = evolve(end, e, delta);
    } else if (status == KZ_ECANCELLED) {
        *end = reason_to_stop(e);
        status = save(e, NAN, false);
    }
    restore_signals(old);
    kz_free(delta);
    return status;
}

kz_status cli_quench_evolve(cli_quench_end *end, int *number, cli_quench_job *quench,
                            cli_stored *stored, kz_mps *state)
{
    evolution e = {.quench = quench, .started = now(), .terminal = isatty(STDERR_FILENO) != 0};
    int blas = openblas_get_num_threads();
    ignore_file_limit();
    openblas_set_num_threads(1); /* the gates of a layer run in parallel, not their matrices */
    kz_status status = run_evolution(end, &e, stored, state);
    openblas_set_num_threads(blas);
    if (e.visible && e.terminal) fputs("\r\033[K", stderr);
    *number = received;
    if (e.tebd) quench->run.audit_excess = kz_tebd_worst_excess(e.tebd);
    kz_tebd_free(e.tebd);
    kz_mps_free(e.mps);
    quench->run.times_left = quench->times.count - quench->run.count;
    bool all = status == KZ_EIO && quench->run.times_left == 0; /* but for the last checkpoint */
    if ((status != KZ_OK && !all) || *end == CLI_QUENCH_SIGNAL || quench->run.count == 0)
        return status;
    kz_status written = cli_run_write(&quench->run, quench->output);
    return status == KZ_OK ? written : status;
}

kz_status cli_quench_fermion(cli_quench_job *quench, const kz_options *options)
{
    cli_run *run = &quench->run;
    size_t L = run->setup.length;
    kz_fermion_lattice *lattice;
    KZ_TRY(cli_run_reserve(run, quench->times.count));
    KZ_TRY(kz_fermion_lattice_create(&lattice, L, run->setup.initial));
    kz_status status = KZ_OK;
    for (size_t k = 0; k < quench->times.count && status == KZ_OK; k++) {
        size_t row = k * L;
        kz_lattice_profile view = view_row(run, row);
        status = kz_fermion_lattice_measure(&view, lattice, quench->times.values[k]);
        for (size_t i = 0; i < L; i++)
            run->value[CLI_BOND_DIMENSION][row + i] = run->value[CLI_TRUNCATION][row + i] = NAN;
        run->time[k] = quench->times.values[k];
        run->count = k + 1;
        if (options->progress)
            (void)options->progress(options->progress_context, k + 1, quench->times.count);
    }
    kz_fermion_lattice_free(lattice);
    return status == KZ_OK ? cli_run_write(run, quench->output) : status;
}
