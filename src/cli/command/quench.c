/* kapitza quench: real-time evolution of a chain of two halves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/command/quench_report.h"
#include "cli/command/quench_setup.h"
#include "cli/command/quench_watch.h"
#include "core/error.h"

static const cli_option options[] = {
    {"--left", "CHAIN", CLI_QUENCH_CHAIN_WORDS},
    {"--right", "CHAIN", "the other half, sites n > 0; bond 0 belongs to the left"},
    {"--initial", "energy|domain-wall|thermal|neel|FILE",
     "energy: ground state of -H left, +H right, S^z = 0;\n"
     "domain-wall: up for n <= 0, down for n > 0; neel: up for even n;\n"
     "thermal: the states of the next two options; or a FILE of L lines, up or down"},
    {"--left-state", "STATE",
     "of bonds and sites n <= 0: beta=B[,mu=M], T=T[,mu=M] (or h= for mu);\n"
     "ground or ceiling, or up or down, where both are"},
    {"--right-state", "STATE", "the same for n > 0"},
    {"--couplings", "FILE",
     "columns n J Delta h of bonds and site fields; bonds and sites that are not\n"
     "there are those of --left, --right, without field"},
    {"--length", "L", "sites, even, 4 ... 4096 (default 140)"},
    {"--times", "LIST", "increasing times to measure at; with --resume: may go on later"},
    {"--method", "tebd|fermion",
     "tebd (default), or fermion: exact, where Delta = 0 everywhere, to t = 1e9"},
    {"--dt", "DT", "time step (default 0.2), shortened to divide the measured times"},
    {"--order", "2|4", "2 or 4 (default) of the splitting; 4 is optimised"},
    {"--paper", NULL, "as the paper: fourth order of Forest and Ruth, dt = 0.02"},
    {"--chi", "N",
     "largest bond dimension (default 500) of the evolution, not of its ground\n"
     "state; --resume may enlarge it for later times"},
    {"--cutoff", "WEIGHT", "discarded weight allowed per bond and unit time (default 1e-9)"},
    {"--cutoff-per-gate", "WEIGHT", "the same per gate, to compare with other programs"},
    {"--density-matrices", NULL, "keep all three-site density matrices"},
    {"--correlations", NULL, "keep two-point functions of all pairs of sites; not under mpirun"},
    {"--resume", NULL,
     "go on from RUN.h5.checkpoint, also after the end; options left out, --times\n"
     "too, are taken from there; where there is nothing yet, begin"},
    {"--overwrite", NULL, "begin anew where RUN.h5 or its checkpoint holds another run"},
    {"--checkpoint", "MINUTES", "between checkpoints (default 30)"},
    {"--wall-time", "HOURS", "stop with a checkpoint before this, exit status 75"},
    {"--max-truncation", "W",
     "stop likewise when a bond has discarded more than the weight W; --resume\n"
     "without it, or with a larger --chi for later times, goes on"},
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
    "--correlations adds [time, site, other_site]: correlation_zz, <S^z_m S^z_n> - "
    "<S^z_m><S^z_n>,\n"
    "correlation_pm_real and correlation_pm_imag, <S+_m S-_n>; the latter is 0, and not there, "
    "where\n"
    "the spin flip makes <S^z> = 0.  correlation_error [time], of tebd, estimates the error that "
    "comes\n"
    "from environments cut short, beside that of the state (docs/tebd.md).\n"
    "A thermal state is rho = exp(-sum beta_n h_n + sum mu_n S^z_n)/Z, bond 0 with the left beta;\n"
    "|beta| <= 20, |mu| <= 30, and of tebd |beta J_n| <= 20.  It evolves with ancillas that go\n"
    "backward in time, and the file has purification_entropy, the operator entanglement of\n"
    "sqrt(rho), in place of entropy.  ceiling | ground is --initial energy.\n"
    "overlay and effective need P <= 256, or |Delta| >= 1 (overlay at 1: equal halves).\n"
    "Couplings: H = sum J_n (Sx Sx + Sy Sy + Delta_n Sz Sz) - sum h_n S^z_n.  The energy <h_n> of "
    "bond "
    "n\n"
    "includes half of the field of each of its sites, at the ends of the chain all of it; currents "
    "are\n"
    "those of these energies.  n is a bond and its left site; -L/2+1 <= n <= L/2, the last without "
    "a "
    "bond.\n"
    "The ground state is found to a discarded weight of a tenth of --cutoff, at most 1e-10.\n"
    "RUN.h5 is rewritten with the rows measured so far at each checkpoint; before the first row "
    "it\n"
    "stays as it was.  export and compare read it while the run goes on.  RUN.h5.lock keeps other\n"
    "processes out meanwhile.\n"
    "\n"
    "At its end a run says how good it is, on stderr and as attributes: largest_truncation "
    "(weight\n"
    "discarded at one bond), truncation_bound (of what that does to the state), energy_drift and "
    "magnetization_drift (of the whole chain), step (the\n"
    "largest made) and step_error (estimated on pieces of 8 sites with half the step),\n"
    "flip_error (largest |<S^z_n>| of an energy quench, where it is 0; more than rounding ends "
    "the\n"
    "run with exit status 3).  What exceeds 1e-3 is warned of, also with --quiet.\n"
    "\n"
    "Exit status 75: stopped in time, with a checkpoint, by --wall-time, --max-truncation, "
    "SIGUSR1\n"
    "or SIGUSR2 (Slurm: --signal=USR1@300); --resume goes on.  SIGINT, SIGTERM, SIGHUP and "
    "SIGXCPU\n"
    "write a checkpoint too; the status is then 128 + the number of the signal.  Before the "
    "evolution,\n"
    "in the search for a ground state or the cooling of a thermal one, a checkpoint holds the "
    "parameters\n"
    "only.  A second signal, half a second later, ends the run at once.\n"
    "The result does not depend on the number of threads, nor on that of the processes that "
    "mpirun\n"
    "divides the chain over (a build --with-mpi, docs/mpi.md); --resume goes on with any other "
    "number.\n"
    "A job that submits itself again: docs/slurm/kapitza-quench.sbatch.\n"
    "\n"
    "example: kapitza quench --left xx --right gamma=pi/4 --initial energy --times 0:40:1 "
    "-o run.h5\n";

typedef struct {
    cli_common common;
    kz_run_setup setup;
    cli_quench_files files; /* what the setup points to */
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
        cli_fault(faults, "--output", "\"%.60s\" does not end in .h5, behind a name", path);
    j->params.path = path;
}

static void read_params(job *j, const cli_args *args, cli_faults *faults)
{
    kz_run_params *p = &j->params;
    double minutes = p->checkpoint_seconds / 60.0, hours = INFINITY;
    p->overwrite = cli_args_given(args, "--overwrite");
    cli_quench_read_number(&p->max_truncation, args, "--max-truncation", 0.0, 1e6, faults);
    cli_quench_read_number(&minutes, args, "--checkpoint", 0.0, 1e6, faults);
    cli_quench_read_number(&hours, args, "--wall-time", 0.0, 1e6, faults);
    p->checkpoint_seconds = 60.0 * minutes;
    p->wall_seconds = 3600.0 * hours;
    p->threads = j->common.options.threads;
    cli_read_list(&j->times, args, "--times", faults);
    p->times = j->times.values;
    p->count = j->times.count;
}

/* What a run that begins must be told. */
static void check_complete(const cli_args *args, cli_faults *faults)
{
    cli_args_need(args, "--left", CLI_QUENCH_CHAIN_WORDS, faults);
    cli_args_need(args, "--right", CLI_QUENCH_CHAIN_WORDS, faults);
    cli_args_need(args, "--initial", CLI_QUENCH_INITIAL_WORDS, faults);
    cli_args_need(args, "--times", CLI_LIST_WORDS, faults);
}

static void check_team(const job *j, cli_faults *faults)
{
    if (j->params.team && j->setup.correlations && j->setup.method == KZ_METHOD_TEBD)
        cli_fault(faults, "--correlations", "is for one process: run it without mpirun");
}

/* Files and what goes together, of a run that begins. */
static kz_status read_chain(job *j, const cli_args *args, cli_faults *faults)
{
    KZ_TRY(cli_quench_read_files(&j->files, &j->setup, args, faults));
    cli_quench_check_chain(&j->setup, args, faults);
    if (!faults->count)
        check_times(j, &j->setup, faults); /* the last may depend on the couplings */
    check_team(j, faults);
    return KZ_OK;
}

static kz_status read_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&j->common, args, faults);
    read_output(j, args, faults);
    read_params(j, args, faults);
    if (cli_args_given(args, "--tol"))
        cli_fault(faults, "--tol", "has no meaning here (see --cutoff, --chi, --dt)");
    j->resume = cli_args_given(args, "--resume");
    if (j->resume && j->params.overwrite) cli_fault(faults, "--overwrite", "contradicts --resume");
    cli_quench_read_setup(&j->setup, args, faults);
    check_times(j, &j->setup, faults);
    if (j->resume) return KZ_OK;
    check_complete(args, faults);
    cli_quench_check_method(&j->setup, args, faults);
    return read_chain(j, args, faults);
}

/* -- resuming ------------------------------------------------------------------------------ */

/* The list of the checkpoint, unless there is one on the command line. */
static void choose_times(job *j, const cli_args *args, cli_faults *faults)
{
    const double *times;
    size_t count = kz_run_stored_times(&times, j->stored);
    if (!cli_args_given(args, "--times")) {
        j->params.times = times;
        j->params.count = count;
        if (count == 0)
            cli_fault(faults, "--times",
                      "is missing, and the checkpoint is of an older version that does not tell "
                      "(accepted: the list of the run, or a longer one)");
    } else if (!kz_run_stored_fits(j->stored, j->times.values, j->times.count)) {
        cli_fault(faults, "--times",
                  "does not begin with the %zu times of the run to be resumed and the one under "
                  "way, if any",
                  kz_run_count(kz_run_stored_run(j->stored)));
    }
}

static kz_status open_stored(job *j, const cli_args *args, cli_faults *faults)
{
    KZ_TRY(kz_run_stored_open(&j->stored, j->params.path));
    const kz_run *run = kz_run_stored_run(j->stored);
    const kz_run_setup *was = kz_run_get_setup(run);
    j->setup = *was;
    cli_quench_read_setup(&j->setup, args, faults);
    KZ_TRY(cli_quench_read_files(&j->files, &j->setup, args, faults));
    cli_quench_check_states(&j->setup, args, faults);
    if (!faults->count) cli_quench_check_same(was, &j->setup, faults);
    check_team(j, faults);
    choose_times(j, args, faults);
    check_times(j, was, faults);
    if (!faults->count && j->setup.chi > was->chi && j->params.count == kz_run_count(run))
        cli_fault(faults, "--chi", "a larger one acts on later times, and --times adds none");
    return KZ_OK;
}

/* -- running ------------------------------------------------------------------------------- */

static void check_checkpoint(const job *j, kz_checkpoint_kind kind, cli_faults *faults)
{
    const char *path = j->params.path;
    bool overwrite = j->params.overwrite;
    if (kind == KZ_CHECKPOINT_FOREIGN)
        cli_fault(faults, "--output",
                  "%.60s.checkpoint is not of this version of kapitza, or damaged: remove it",
                  path);
    else if (kind == KZ_CHECKPOINT_UNFINISHED && !overwrite)
        cli_fault(
            faults, "--output",
            "%.60s.checkpoint holds an unfinished run: go on with --resume, or --overwrite it",
            path);
    else if (kind == KZ_CHECKPOINT_FINISHED && j->setup.method == KZ_METHOD_FERMION && !overwrite)
        cli_fault(faults, "--output", "%.60s.checkpoint belongs to a TEBD run: --overwrite it",
                  path);
}

/* What something else may still need is not replaced. */
static kz_status check_place(const job *j, kz_checkpoint_kind checkpoint, cli_faults *faults)
{
    kz_checkpoint_kind kind;
    check_checkpoint(j, checkpoint, faults);
    if (j->params.overwrite || faults->count) return KZ_OK;
    KZ_TRY(kz_run_file_look(&kind, j->params.path));
    if (kind == KZ_CHECKPOINT_FINISHED && checkpoint == KZ_CHECKPOINT_FINISHED)
        cli_fault(faults, "--output",
                  "%.60s holds a finished run: --resume it to later times, or --overwrite it",
                  j->params.path);
    else if (kind != KZ_CHECKPOINT_NONE)
        cli_fault(faults, "--output", "%.60s %s: --overwrite it", j->params.path,
                  kind == KZ_CHECKPOINT_FINISHED     ? "holds a finished run"
                  : kind == KZ_CHECKPOINT_UNFINISHED ? "holds a part of a run, without a checkpoint"
                                                     : "exists");
    return KZ_OK;
}

/* Where the run stopped and how to go on; the exit status. */
static int report_stop(const job *j, const cli_args *args, kz_run_end end, int number, size_t done)
{
    char time[KZ_IO_NUMBER_SIZE];
    bool in_time = end != KZ_RUN_STOPPED || number == SIGUSR1 || number == SIGUSR2;
    if (!j->common.quiet)
        cli_message(args, "stopped before t = %s%s, go on with --resume",
                    kz_io_format_exact(time, j->params.times[done]),
                    end == KZ_RUN_TRUNCATED ? ", --max-truncation is reached" : "");
    return in_time ? CLI_STOPPED : 128 + number;
}

/* All arguments were checked before, but for what the state tells when it is read. */
static int report_failure(const job *j, const cli_args *args, kz_status status, cli_faults *faults)
{
    if (status != KZ_EINVAL || !j->stored || !isfinite(j->params.max_truncation))
        return cli_report_status(args, status);
    cli_fault(faults, "--max-truncation", "%s", kz_error_reason());
    return cli_report_faults(args, faults);
}

static int run_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_quench_watch watch;
    kz_run *run = NULL;
    kz_run_end end = KZ_RUN_DONE;
    cli_quench_watch_start(&watch, &j->params, &j->common, j->setup.method);
    kz_status status = j->stored ? kz_run_resume(&run, &end, j->stored, j->setup.chi, &j->params)
                                 : kz_run_make(&run, &end, &j->setup, &j->params);
    int number = cli_quench_watch_end(&watch);
    if (status != KZ_OK) return report_failure(j, args, status, faults);
    size_t done = kz_run_count(run);
    cli_quench_report(run, args, j->common.quiet);
    kz_run_free(run);
    return end == KZ_RUN_DONE ? CLI_DONE : report_stop(j, args, end, number, done);
}

/* A run that --resume begins, because there is nothing to go on from. */
static kz_status check_beginning(job *j, const cli_args *args, cli_faults *faults)
{
    check_complete(args, faults);
    if (faults->count)
        cli_fault(faults, "--resume", "there is no %.60s.checkpoint to go on from", j->params.path);
    cli_quench_check_method(&j->setup, args, faults);
    return read_chain(j, args, faults);
}

static int start(job *j, const cli_args *args, cli_faults *faults)
{
    kz_checkpoint_kind kind = KZ_CHECKPOINT_NONE;
    if (faults->count) return cli_report_faults(args, faults);
    kz_status status = kz_run_checkpoint_look(&kind, j->params.path);
    if (status != KZ_OK) return cli_report_status(args, status);
    if (j->resume && kind != KZ_CHECKPOINT_NONE) {
        status = open_stored(j, args, faults);
    } else {
        if (j->resume) status = check_beginning(j, args, faults);
        if (status == KZ_OK && !faults->count) status = check_place(j, kind, faults);
    }
    if (status != KZ_OK) return cli_report_status(args, status);
    return faults->count ? cli_report_faults(args, faults) : run_job(j, args, faults);
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.setup = kz_run_setup_default(), .params = kz_run_params_default()};
    j.params.team = args->team;
    kz_status status = read_job(&j, args, faults);
    int code = status == KZ_OK ? start(&j, args, faults) : cli_report_status(args, status);
    kz_run_stored_close(j.stored);
    cli_quench_files_free(&j.files);
    cli_list_free(&j.times);
    return code;
}

const cli_command cli_quench = {
    .name = "quench",
    .summary = "real-time evolution of two joined halves (TEBD or free fermions)",
    .synopsis = "--left CHAIN --right CHAIN --initial energy|domain-wall|thermal|neel|FILE\n"
                "       --times LIST -o RUN.h5 [options]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .grammar = CLI_GRAMMAR_OF_RUNS,
    .led = true,
    .run = run,
};
