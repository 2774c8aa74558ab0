/* kapitza quench: real-time evolution of a chain of two halves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/quench_work.h"
#include "cli/replace.h"
#include "core/error.h"

static const cli_option options[] = {
    {"--left", "CHAIN", "xx, gamma=pi/4, P=4, Delta=0.5; any Delta > -1"},
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
    {"--chi", "N", "largest bond dimension (default 500); --resume may enlarge it"},
    {"--cutoff", "WEIGHT", "discarded weight allowed per bond and unit time (default 1e-9)"},
    {"--cutoff-per-gate", "WEIGHT", "the same per gate, to compare with other programs"},
    {"--density-matrices", NULL, "keep all three-site density matrices"},
    {"--resume", NULL,
     "go on from RUN.h5.checkpoint, also after the end; options left out\n"
     "are taken from there"},
    {"--checkpoint", "MINUTES", "between checkpoints (default 30)"},
    {"--wall-time", "HOURS",
     "stop with a checkpoint before this; the file then holds the times\n"
     "measured so far"},
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
    "and time, site, with --density-matrices density_matrix [time, site, 20].  nan where there is\n"
    "no value.  SIGINT, SIGTERM, SIGHUP and SIGXCPU write a checkpoint first.  The result does "
    "not\n"
    "depend on the number of threads.\n"
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

static bool parse_delta(double *out, const char *text, cli_reason *reason)
{
    static const double pi = 3.14159265358979323846;
    double value;
    int P;
    if (strcmp(text, "xx") == 0) {
        *out = 0.0;
    } else if (strncmp(text, "P=", 2) == 0) {
        if (!cli_parse_integer(&P, text + 2, KZ_P_MIN, KZ_P_MAX, reason)) return false;
        *out = kz_chain_delta(kz_chain_xxz(P));
    } else if (strncmp(text, "gamma=", 6) == 0) {
        if (!cli_parse_finite(&value, text + 6, reason)) return false;
        if (!(value > 0.0 && value < pi))
            return cli_refuse(reason, "gamma=%g is not between 0 and pi", value);
        *out = fabs(value - 0.5 * pi) <= 1e-12 ? 0.0 : cos(value);
    } else if (strncmp(text, "Delta=", 6) == 0) {
        if (!cli_parse_finite(out, text + 6, reason)) return false;
        if (!(*out > -1.0)) return cli_refuse(reason, "Delta=%g is not above -1", *out);
    } else {
        return cli_refuse(reason, "unknown chain \"%.40s\" (accepted: " CLI_CHAIN_WORDS ")", text);
    }
    return true;
}

static void read_half(char name[CLI_TEXT_SIZE], double *delta, const cli_args *args,
                      const char *option, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, option);
    if (!text) return;
    (void)snprintf(name, CLI_TEXT_SIZE, "%s", text);
    if (!parse_delta(delta, text, &reason)) cli_fault(faults, option, "%s", reason.text);
}

/* A word out of two; -1 where it is none of them. */
static int read_word(const cli_args *args, const char *option, const char *first,
                     const char *second, int missing, cli_faults *faults)
{
    const char *text = cli_args_value(args, option);
    if (!text) return missing;
    if (strcmp(text, first) == 0) return 0;
    if (strcmp(text, second) == 0) return 1;
    cli_fault(faults, option, "unknown \"%.40s\" (accepted: %s, %s)", text, first, second);
    return missing;
}

static void read_number(double *out, const cli_args *args, const char *option, double above,
                        double most, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, option);
    if (!text) return;
    if (!cli_parse_finite(out, text, &reason))
        cli_fault(faults, option, "%s", reason.text);
    else if (!(*out > above && *out <= most))
        cli_fault(faults, option, "%g is not above %g and at most %g", *out, above, most);
}

static int read_integer(const cli_args *args, const char *option, int missing, int least, int most,
                        cli_faults *faults)
{
    cli_reason reason;
    int value = missing;
    const char *text = cli_args_value(args, option);
    if (text && !cli_parse_integer(&value, text, least, most, &reason))
        cli_fault(faults, option, "%s", reason.text);
    return value;
}

static void read_cutoff(cli_setup *s, const cli_args *args, cli_faults *faults)
{
    const char *per_gate = cli_args_value(args, "--cutoff-per-gate");
    const char *option = per_gate ? "--cutoff-per-gate" : "--cutoff";
    const char *text = cli_args_value(args, option);
    cli_reason reason;
    if (per_gate && cli_args_given(args, "--cutoff"))
        cli_fault(faults, "--cutoff-per-gate", "contradicts --cutoff");
    if (!text) return;
    s->cutoff_per_gate = per_gate != NULL;
    if (!cli_parse_finite(&s->cutoff, text, &reason))
        cli_fault(faults, option, "%s", reason.text);
    else if (!(s->cutoff >= 0.0 && s->cutoff < 1.0))
        cli_fault(faults, option, "%g is not at least 0 and below 1", s->cutoff);
}

static void read_splitting(cli_setup *s, const cli_args *args, cli_faults *faults)
{
    int order = read_integer(args, "--order", 4, 2, 4, faults);
    if (order == 3) cli_fault(faults, "--order", "3 is not accepted (accepted: 2, 4)");
    if (cli_args_given(args, "--order")) s->trotter = order == 2 ? KZ_TROTTER_2 : KZ_TROTTER_4;
    if (!cli_args_given(args, "--paper")) return;
    if (cli_args_given(args, "--order") || cli_args_given(args, "--dt"))
        cli_fault(faults, "--paper", "contradicts --order and --dt");
    s->trotter = KZ_TROTTER_4_FOREST_RUTH;
    s->dt = 0.02;
}

/* Overrides what `s` holds, the defaults or the run to be resumed. */
static void read_setup(cli_setup *s, const cli_args *args, cli_faults *faults)
{
    read_half(s->left, &s->delta_left, args, "--left", faults);
    read_half(s->right, &s->delta_right, args, "--right", faults);
    s->initial = read_word(args, "--initial", "energy", "domain-wall",
                           s->initial == KZ_QUENCH_ENERGY ? 0 : 1, faults) == 0
                     ? KZ_QUENCH_ENERGY
                     : KZ_QUENCH_DOMAIN_WALL;
    s->method = (cli_method)read_word(args, "--method", "tebd", "fermion", (int)s->method, faults);
    int length = read_integer(args, "--length", (int)s->length, KZ_MPS_MIN_LENGTH, 4096, faults);
    if (length % 2) cli_fault(faults, "--length", "%d is odd", length);
    s->length = (size_t)length;
    read_number(&s->dt, args, "--dt", 0.0, 100.0, faults);
    read_splitting(s, args, faults);
    s->chi = (size_t)read_integer(args, "--chi", (int)s->chi, 1, 1000000, faults);
    read_cutoff(s, args, faults);
    if (cli_args_given(args, "--density-matrices")) s->densities = 1;
}

static void check_method(const cli_setup *s, const cli_args *args, cli_faults *faults)
{
    static const char *const of_tebd[] = {"--dt",     "--order",           "--paper",
                                          "--chi",    "--cutoff",          "--cutoff-per-gate",
                                          "--resume", "--density-matrices"};
    if (s->method != CLI_METHOD_FERMION) return;
    if (s->delta_left != 0.0 || s->delta_right != 0.0)
        cli_fault(faults, "--method", "fermion needs xx on both sides");
    for (size_t k = 0; k < sizeof of_tebd / sizeof of_tebd[0]; k++)
        if (cli_args_given(args, of_tebd[k]))
            cli_fault(faults, of_tebd[k], "has no meaning with --method fermion");
}

static void check_times(const cli_list *times, cli_faults *faults)
{
    for (size_t k = 0; k < times->count; k++) {
        double t = times->values[k];
        if (!(t >= 0.0 && isfinite(t))) {
            cli_fault(faults, "--times", "%g is not a time from 0 on", t);
            return;
        }
        if (k > 0 && !(t > times->values[k - 1])) {
            cli_fault(faults, "--times", "%g does not come after %g", t, times->values[k - 1]);
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

static cli_setup default_setup(void)
{
    return (cli_setup){.initial = KZ_QUENCH_ENERGY,
                       .length = 140,
                       .dt = 0.2,
                       .trotter = KZ_TROTTER_4,
                       .chi = 500,
                       .cutoff = 1e-9};
}

static void read_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_quench_job *q = &j->quench;
    double minutes = 30.0, hours = INFINITY;
    cli_read_common(&j->common, args, faults);
    read_output(j, args, faults);
    read_number(&minutes, args, "--checkpoint", 0.0, 1e6, faults);
    read_number(&hours, args, "--wall-time", 0.0, 1e6, faults);
    if (cli_args_given(args, "--tol"))
        cli_fault(faults, "--tol", "has no meaning here (see --cutoff, --chi, --dt)");
    q->checkpoint_seconds = 60.0 * minutes;
    q->wall_seconds = 3600.0 * hours;
    q->threads = j->common.options.threads;
    q->quiet = j->common.quiet;
    q->progress = j->common.progress;
    q->resume = cli_args_given(args, "--resume");
    q->run.setup = default_setup();
    q->run.ground_energy = q->run.ground_variance = NAN;
    cli_read_list(&q->times, args, "--times", faults);
    check_times(&q->times, faults);
    read_setup(&q->run.setup, args, faults);
    if (q->resume) return;
    cli_args_need(args, "--left", CLI_CHAIN_WORDS, faults);
    cli_args_need(args, "--right", CLI_CHAIN_WORDS, faults);
    cli_args_need(args, "--initial", "energy, domain-wall", faults);
    cli_args_need(args, "--times", CLI_LIST_WORDS, faults);
    check_method(&q->run.setup, args, faults);
}

/* -- resuming ------------------------------------------------------------------------------ */

static void check_same(bool same, const char *option, cli_faults *faults)
{
    if (!same) cli_fault(faults, option, "differs from the run to be resumed");
}

/* Only chi may grow; the rest must be as it was. */
static void check_setup(const cli_setup *was, const cli_setup *is, cli_faults *faults)
{
    check_same(was->delta_left == is->delta_left, "--left", faults);
    check_same(was->delta_right == is->delta_right, "--right", faults);
    check_same(was->initial == is->initial, "--initial", faults);
    check_same(was->method == is->method, "--method", faults);
    check_same(was->length == is->length, "--length", faults);
    check_same(was->dt == is->dt, "--dt", faults);
    check_same(was->trotter == is->trotter, "--order", faults);
    check_same(was->cutoff == is->cutoff && was->cutoff_per_gate == is->cutoff_per_gate,
               is->cutoff_per_gate ? "--cutoff-per-gate" : "--cutoff", faults);
    check_same(was->densities == is->densities, "--density-matrices", faults);
    if (is->chi < was->chi)
        cli_fault(faults, "--chi", "%zu is smaller than in the run to be resumed, %zu", is->chi,
                  was->chi);
}

/* The measured times, and the one an evolution in progress goes to, must come first. */
static void check_old_times(const cli_run *run, double target, const cli_list *times,
                            cli_faults *faults)
{
    size_t pending = isnan(target) ? 0U : 1U;
    bool same = times->count >= run->count + pending;
    for (size_t k = 0; k < run->count && same; k++)
        same = times->values[k] == run->time[k];
    if (same && pending) same = times->values[run->count] == target;
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
    read_setup(&setup, args, faults);
    check_setup(&q->run.setup, &setup, faults);
    q->run.setup.chi = setup.chi;
    if (!cli_args_given(args, "--times"))
        cli_fault(faults, "--times", "is missing (accepted: the list of the run, or a longer one)");
    else
        check_old_times(&q->run, j->target, &q->times, faults);
    return KZ_OK;
}

/* -- running ------------------------------------------------------------------------------- */

/* An unwritable place shows before the work starts. */
static kz_status try_output(const char *path)
{
    cli_replacement trial;
    KZ_TRY(cli_replace_begin(&trial, path));
    cli_replace_abandon(&trial);
    return KZ_OK;
}

static int run_job(job *j, const cli_args *args)
{
    cli_quench_end end = CLI_QUENCH_DONE;
    cli_quench_job *q = &j->quench;
    int number = 0;
    kz_status status = try_output(q->output);
    if (status == KZ_OK && q->run.setup.method == CLI_METHOD_FERMION) {
        status = cli_quench_fermion(q);
    } else if (status == KZ_OK) {
        kz_mps *state = j->state;
        j->state = NULL;
        status = cli_quench_evolve(&end, &number, q, j->stored, state);
    }
    if (status != KZ_OK) return cli_report_status(args, status);
    if (end == CLI_QUENCH_DONE) return CLI_DONE;
    if (!q->quiet)
        cli_message(args, "stopped after t = %g, go on with --resume",
                    q->run.count > 0 ? q->run.time[q->run.count - 1] : 0.0);
    return end == CLI_QUENCH_SIGNAL ? 128 + number : CLI_DONE;
}

static int start(job *j, const cli_args *args, cli_faults *faults)
{
    if (faults->count) return cli_report_faults(args, faults);
    if (j->quench.resume) {
        kz_status status = open_stored(j, args, faults);
        if (status != KZ_OK) return cli_report_status(args, status);
    } else if (j->quench.run.setup.method == CLI_METHOD_TEBD &&
               cli_checkpoint_is_unfinished(j->quench.output)) {
        cli_fault(faults, "--output",
                  "%.60s.checkpoint holds an unfinished run: add --resume, or remove it",
                  j->quench.output);
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
    .run = run,
};
