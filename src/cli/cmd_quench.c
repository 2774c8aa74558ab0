/* kapitza quench: real-time evolution of a chain of two halves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/quench_setup.h"
#include "cli/quench_watch.h"
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
    {"--wall-time", "HOURS", "stop with a checkpoint before this"},
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
    "RUN.h5 is rewritten with the rows measured so far at each checkpoint; before the first row "
    "it\n"
    "stays as it was.  export and compare read it while the run goes on.\n"
    "SIGINT, SIGTERM, SIGHUP and SIGXCPU write a checkpoint first; in the ground state it holds\n"
    "the parameters only.  A second signal, half a second later, ends the run at once.  The result "
    "does not depend on the number of threads.\n"
    "\n"
    "example: kapitza quench --left xx --right gamma=pi/4 --initial energy --times 0:40:1 "
    "-o run.h5\n";

typedef struct {
    cli_common common;
    kz_run_setup setup;
    kz_run_params params;
    cli_list times;
    kz_run_stored *stored;
    bool resume;
} job;

/* -- options ------------------------------------------------------------------------------- */

static void check_times(const job *j, const kz_run_setup *setup, cli_faults *faults)
{
    if (j->times.count == 0) return; /* missing or broken, which is a fault already */
    if (kz_run_times_check(j->times.values, j->times.count, setup) != KZ_OK)
        cli_fault(faults, "--times", "%s", kz_error_reason());
}

static void read_output(job *j, const cli_args *args, cli_faults *faults)
{
    const char *path = j->common.output;
    size_t length = path ? strlen(path) : 0;
    cli_args_need(args, "--output", "a file name ending in .h5", faults);
    if (path && (length < 4 || strcmp(path + length - 3, ".h5") != 0))
        cli_fault(faults, "--output", "\"%.60s\" does not end in .h5", path);
    j->params.path = path;
}

static void read_params(job *j, const cli_args *args, cli_faults *faults)
{
    kz_run_params *p = &j->params;
    double minutes = p->checkpoint_seconds / 60.0, hours = INFINITY;
    cli_quench_read_number(&minutes, args, "--checkpoint", 0.0, 1e6, faults);
    cli_quench_read_number(&hours, args, "--wall-time", 0.0, 1e6, faults);
    p->checkpoint_seconds = 60.0 * minutes;
    p->wall_seconds = 3600.0 * hours;
    p->threads = j->common.options.threads;
    cli_read_list(&j->times, args, "--times", faults);
    p->times = j->times.values;
    p->count = j->times.count;
}

static void read_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&j->common, args, faults);
    read_output(j, args, faults);
    read_params(j, args, faults);
    if (cli_args_given(args, "--tol"))
        cli_fault(faults, "--tol", "has no meaning here (see --cutoff, --chi, --dt)");
    j->resume = cli_args_given(args, "--resume");
    cli_quench_read_setup(&j->setup, args, faults);
    check_times(j, &j->setup, faults);
    if (j->resume) return;
    cli_args_need(args, "--left", CLI_QUENCH_CHAIN_WORDS, faults);
    cli_args_need(args, "--right", CLI_QUENCH_CHAIN_WORDS, faults);
    cli_args_need(args, "--initial", "energy, domain-wall", faults);
    cli_args_need(args, "--times", CLI_LIST_WORDS, faults);
    cli_quench_check_method(&j->setup, args, faults);
}

/* -- resuming ------------------------------------------------------------------------------ */

static kz_status open_stored(job *j, const cli_args *args, cli_faults *faults)
{
    KZ_TRY(kz_run_stored_open(&j->stored, j->params.path));
    const kz_run *run = kz_run_stored_run(j->stored);
    const kz_run_setup *was = kz_run_get_setup(run);
    j->setup = *was;
    cli_quench_read_setup(&j->setup, args, faults);
    cli_quench_check_same(was, &j->setup, faults);
    if (!cli_args_given(args, "--times"))
        cli_fault(faults, "--times", "is missing (accepted: the list of the run, or a longer one)");
    else if (!kz_run_stored_fits(j->stored, j->times.values, j->times.count))
        cli_fault(faults, "--times",
                  "does not begin with the %zu times of the run to be resumed and the one under "
                  "way, if any",
                  kz_run_count(run));
    check_times(j, was, faults);
    if (!faults->count && j->setup.chi > was->chi && j->times.count == kz_run_count(run))
        cli_fault(faults, "--chi", "a larger one acts on later times, and --times adds none");
    return KZ_OK;
}

/* -- running ------------------------------------------------------------------------------- */

/* Checkpoints that something else may still need are not replaced. */
static kz_status check_place(const job *j, cli_faults *faults)
{
    kz_checkpoint_kind kind;
    const char *path = j->params.path;
    KZ_TRY(kz_run_checkpoint_look(&kind, path));
    if (kind == KZ_CHECKPOINT_UNFINISHED)
        cli_fault(faults, "--output",
                  "%.60s.checkpoint holds an unfinished run: add --resume, or remove it", path);
    else if (kind == KZ_CHECKPOINT_FOREIGN)
        cli_fault(faults, "--output",
                  "%.60s.checkpoint is not of this version of kapitza, or damaged: remove it",
                  path);
    else if (kind == KZ_CHECKPOINT_FINISHED && j->setup.method == KZ_METHOD_FERMION)
        cli_fault(faults, "--output", "%.60s.checkpoint belongs to a TEBD run: remove it", path);
    return KZ_OK;
}

static int run_job(job *j, const cli_args *args)
{
    cli_quench_watch watch;
    kz_run *run = NULL;
    kz_run_end end = KZ_RUN_DONE;
    cli_quench_watch_start(&watch, &j->params, &j->common, j->setup.method);
    kz_status status = j->stored ? kz_run_resume(&run, &end, j->stored, j->setup.chi, &j->params)
                                 : kz_run_make(&run, &end, &j->setup, &j->params);
    int number = cli_quench_watch_end(&watch);
    size_t done = status == KZ_OK ? kz_run_count(run) : 0;
    kz_run_free(run);
    if (status != KZ_OK) return cli_report_status(args, status);
    if (end == KZ_RUN_DONE) return CLI_DONE;
    char text[KZ_IO_NUMBER_SIZE];
    if (!j->common.quiet)
        cli_message(args, "stopped before t = %s, go on with --resume",
                    kz_io_format_exact(text, j->times.values[done]));
    return end == KZ_RUN_STOPPED ? 128 + number : CLI_DONE;
}

static int start(job *j, const cli_args *args, cli_faults *faults)
{
    if (faults->count) return cli_report_faults(args, faults);
    kz_status status = kz_run_place_check(j->params.path, j->setup.method);
    if (status == KZ_OK) status = j->resume ? open_stored(j, args, faults) : check_place(j, faults);
    if (status != KZ_OK) return cli_report_status(args, status);
    return faults->count ? cli_report_faults(args, faults) : run_job(j, args);
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.setup = kz_run_setup_default(), .params = kz_run_params_default()};
    read_job(&j, args, faults);
    int code = start(&j, args, faults);
    kz_run_stored_close(j.stored);
    cli_list_free(&j.times);
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
