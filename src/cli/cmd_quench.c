/* kapitza quench: real-time evolution of a chain of two halves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/quench_setup.h"
#include "cli/quench_work.h"
#include "cli/replace.h"
#include "core/error.h"

static const cli_option options[] = {
    {"--left", "CHAIN", CLI_QUENCH_CHAIN_WORDS},
    {"--right", "CHAIN", "the other half, sites n > 0; bond 0 belongs to the left"},
    {"--initial", "STATE",
     "energy: ground state of -H left, +H right, S^z = 0;\n"
     "domain-wall: up for n <= 0, down for n > 0"},
    {"--length", "L", "sites, even, 4 ... 4096 (default 140)"},
    {"--times", "LIST", "increasing times to measure at; with --resume: may go on later"},
    {"--method", "NAME", "tebd (default), or fermion: exact, xx | xx only"},
    {"--dt", "DT", "time step (default 0.2), shortened to divide the measured times"},
    {"--order", "N", "2 or 4 (default) of the splitting; 4 is optimised"},
    {"--paper", NULL, "as the paper: fourth order of Forest and Ruth, dt = 0.02"},
    {"--chi", "N",
     "largest bond dimension (default 500) of the evolution, not of its ground\n"
     "state; --resume may enlarge it for later times"},
    {"--cutoff", "WEIGHT", "discarded weight allowed per bond and unit time (default 1e-9)"},
    {"--cutoff-per-gate", "WEIGHT", "the same per gate, to compare with other programs"},
    {"--density-matrices", NULL, "keep all three-site density matrices"},
    {"--resume", NULL,
     "go on from RUN.h5.checkpoint, also after the end; options left out\n"
     "are taken from there"},
    {"--checkpoint", "MINUTES", "between checkpoints (default 30)"},
    {"--wall-time", "HOURS",
     "stop with a checkpoint before this; if times were measured the file\n"
     "holds them, else it stays as it was"},
    {"--output", "RUN.h5", "HDF5 file (also -o); the checkpoint is RUN.h5.checkpoint"},
};

static const char details[] =
    "Datasets [time, site], hbar = J = 1, site or bond n = -(L/2-1) ... L/2, bond n between n, "
    "n+1:\n"
    "  energy               <h_n>, h_n = Sx Sx + Sy Sy + Delta_n Sz Sz\n"
    "  energy_current       (j_n + j_{n+1})/2, positive to the right\n"
    "  energy_current_link  j_n, from bond n-1 to bond n\n"
    "  magnetization        <S^z_n>\n"
    "  spin_current         from site n to n+1\n"
    "  entropy              entanglement entropy of the cut between n and n+1\n"
    "  bond_dimension       Schmidt values kept there\n"
    "  truncation           weight discarded there since t = 0\n"
    "and time, site, chi_limit [time], with --density-matrices density_matrix [time, site, 20];\n"
    "nan where there is no value.  The attribute times_left counts times not yet measured.\n"
    "The ground state is found to a discarded weight of a tenth of --cutoff, at most 1e-10.\n"
    "SIGINT, SIGTERM, SIGHUP and SIGXCPU write a checkpoint first; in the ground state it holds\n"
    "the parameters only.  The result does not depend on the number of threads.\n"
    "\n"
    "example: kapitza quench --left xx --right gamma=pi/4 --initial energy --times 0:40:1 "
    "-o run.h5\n";

typedef struct {
    cli_common common;
    cli_quench_job quench;
    cli_stored *stored;
    kz_mps *state;
    double target;
} job;

/* -- options ------------------------------------------------------------------------------- */

/* Far more than can be done, far fewer than can be counted. */
static const double MOST_STEPS = 1e12;

/* inf where time is not cut into steps. */
static double step_of(const cli_setup *s)
{
    return s->method == CLI_METHOD_TEBD && s->dt > 0.0 ? s->dt : INFINITY;
}

static void check_times(const cli_list *times, double dt, cli_faults *faults)
{
    for (size_t k = 0; k < times->count; k++) {
        double t = times->values[k];
        if (!(t >= 0.0 && isfinite(t))) {
            cli_fault(faults, "--times", "%g is not a time from 0 on", t);
            return;
        }
        double before = k > 0 ? times->values[k - 1] : 0.0;
        if (k > 0 && !(t > before && !cli_same_number(before, t))) {
            cli_fault(faults, "--times", "%.15g does not come after %.15g", t, before);
            return;
        }
        if (!((t - before) / dt < MOST_STEPS)) {
            cli_fault(faults, "--times", "%g takes more than %g steps of %g from %g", t, MOST_STEPS,
                      dt, before);
            return;
        }
    }
}

static void read_output(job *j, const cli_args *args, cli_faults *faults)
{
    const char *path = j->common.output;
    size_t length = path ? strlen(path) : 0;
    cli_args_need(args, "--output", "a file name ending in .h5", faults);
    if (path && (length < 4 || strcmp(path + length - 3, ".h5") != 0))
        cli_fault(faults, "--output", "\"%.60s\" does not end in .h5", path);
    j->quench.output = path;
}

static void read_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_quench_job *q = &j->quench;
    double minutes = 30.0, hours = INFINITY;
    cli_read_common(&j->common, args, faults);
    read_output(j, args, faults);
    cli_quench_read_number(&minutes, args, "--checkpoint", 0.0, 1e6, faults);
    cli_quench_read_number(&hours, args, "--wall-time", 0.0, 1e6, faults);
    if (cli_args_given(args, "--tol"))
        cli_fault(faults, "--tol", "has no meaning here (see --cutoff, --chi, --dt)");
    q->checkpoint_seconds = 60.0 * minutes;
    q->wall_seconds = 3600.0 * hours;
    q->threads = j->common.options.threads;
    q->quiet = j->common.quiet;
    q->progress = j->common.progress;
    q->resume = cli_args_given(args, "--resume");
    q->run.setup = cli_quench_defaults();
    q->run.ground_energy = q->run.ground_variance = NAN;
    cli_read_list(&q->times, args, "--times", faults);
    cli_quench_read_setup(&q->run.setup, args, faults);
    check_times(&q->times, step_of(&q->run.setup), faults);
    if (q->resume) return;
    cli_args_need(args, "--left", CLI_QUENCH_CHAIN_WORDS, faults);
    cli_args_need(args, "--right", CLI_QUENCH_CHAIN_WORDS, faults);
    cli_args_need(args, "--initial", "energy, domain-wall", faults);
    cli_args_need(args, "--times", CLI_LIST_WORDS, faults);
    cli_quench_check_method(&q->run.setup, args, faults);
}

/* -- resuming ------------------------------------------------------------------------------ */

/* The measured times, and the one an evolution in progress goes to, must come first; where typed
 * in another way they are taken from the run. */
static void check_old_times(const cli_run *run, double target, cli_list *times, cli_faults *faults)
{
    size_t pending = isnan(target) ? 0U : 1U;
    bool same = times->count >= run->count + pending;
    for (size_t k = 0; k < run->count + pending && same; k++) {
        double old = k < run->count ? run->time[k] : target;
        same = cli_same_number(times->values[k], old);
        times->values[k] = old;
    }
    if (!same)
        cli_fault(faults, "--times", "does not begin with the %zu times of the run to be resumed%s",
                  run->count, pending ? " and the one under way" : "");
}

static kz_status open_stored(job *j, const cli_args *args, cli_faults *faults)
{
    cli_quench_job *q = &j->quench;
    cli_checkpoint checkpoint = {.run = &q->run};
    kz_status status = cli_checkpoint_open(&j->stored, &checkpoint, q->output);
    j->state = checkpoint.mps;
    j->target = checkpoint.target;
    KZ_TRY(status);
    cli_setup setup = q->run.setup;
    cli_quench_read_setup(&setup, args, faults);
    cli_quench_check_same(&q->run.setup, &setup, faults);
    if (!cli_args_given(args, "--times"))
        cli_fault(faults, "--times", "is missing (accepted: the list of the run, or a longer one)");
    else
        check_old_times(&q->run, j->target, &q->times, faults);
    check_times(&q->times, step_of(&q->run.setup), faults);
    if (!faults->count && setup.chi > q->run.setup.chi && q->times.count == q->run.count)
        cli_fault(faults, "--chi", "a larger one acts on later times, and --times adds none");
    q->run.setup.chi = setup.chi;
    return KZ_OK;
}

/* -- running ------------------------------------------------------------------------------- */

static kz_status try_place(const char *path)
{
    cli_replacement trial;
    KZ_TRY(cli_replace_begin(&trial, path));
    cli_replace_abandon(&trial);
    return KZ_OK;
}

/* An unwritable place shows before the work starts. */
static kz_status try_output(const cli_quench_job *q)
{
    char name[CLI_CHECKPOINT_NAME];
    KZ_TRY(try_place(q->output));
    if (q->run.setup.method == CLI_METHOD_FERMION) return KZ_OK;
    cli_checkpoint_name(name, q->output);
    return try_place(name);
}

static int run_job(job *j, const cli_args *args)
{
    cli_quench_end end = CLI_QUENCH_DONE;
    cli_quench_job *q = &j->quench;
    int number = 0;
    kz_status status = KZ_OK;
    if (q->run.setup.method == CLI_METHOD_FERMION) {
        cli_progress progress;
        cli_progress_start(&progress, "quench", &j->common);
        status = cli_quench_fermion(q, &j->common.options);
        cli_progress_end(&progress);
    } else {
        kz_mps *state = j->state;
        j->state = NULL;
        status = cli_quench_evolve(&end, &number, q, j->stored, state);
    }
    if (status != KZ_OK) return cli_report_status(args, status);
    if (end == CLI_QUENCH_DONE) return CLI_DONE;
    if (!q->quiet)
        cli_message(args, "stopped before t = %g, go on with --resume",
                    q->times.values[q->run.count]);
    return end == CLI_QUENCH_SIGNAL ? 128 + number : CLI_DONE;
}

/* Checkpoints that something else may still need are not replaced. */
static kz_status check_place(const cli_quench_job *q, cli_faults *faults)
{
    cli_checkpoint_kind kind;
    KZ_TRY(cli_checkpoint_look(&kind, q->output));
    if (kind == CLI_CHECKPOINT_UNFINISHED)
        cli_fault(faults, "--output",
                  "%.60s.checkpoint holds an unfinished run: add --resume, or remove it",
                  q->output);
    else if (kind == CLI_CHECKPOINT_FOREIGN)
        cli_fault(faults, "--output",
                  "%.60s.checkpoint is not of this version of kapitza, or damaged: remove it",
                  q->output);
    else if (kind == CLI_CHECKPOINT_FINISHED && q->run.setup.method == CLI_METHOD_FERMION)
        cli_fault(faults, "--output", "%.60s.checkpoint belongs to a TEBD run: remove it",
                  q->output);
    return KZ_OK;
}

static int start(job *j, const cli_args *args, cli_faults *faults)
{
    if (faults->count) return cli_report_faults(args, faults);
    kz_status status = try_output(&j->quench);
    if (status != KZ_OK) return cli_report_status(args, status);
    if (j->quench.resume) {
        status = open_stored(j, args, faults);
        if (status != KZ_OK) return cli_report_status(args, status);
    } else {
        status = check_place(&j->quench, faults);
        if (status != KZ_OK) return cli_report_status(args, status);
    }
    return faults->count ? cli_report_faults(args, faults) : run_job(j, args);
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.target = NAN};
    read_job(&j, args, faults);
    int code = start(&j, args, faults);
    cli_checkpoint_close(j.stored);
    kz_mps_free(j.state);
    cli_run_free(&j.quench.run);
    cli_list_free(&j.quench.times);
    return code;
}

const cli_command cli_quench = {
    .name = "quench",
    .summary = "real-time evolution of two joined halves (TEBD or free fermions)",
    .synopsis = "--left CHAIN --right CHAIN --initial energy|domain-wall --times LIST -o RUN.h5",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .grammar = CLI_GRAMMAR_OF_RUNS,
    .run = run,
};
