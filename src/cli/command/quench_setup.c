/* What defines a quench, from the command line. */
#include "cli/command/quench_setup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"

static bool parse_delta(double *out, const char *text, cli_reason *reason)
{
    static const double pi = 3.14159265358979323846;
    double value;
    kz_chain chain;
    if (strcmp(text, "xx") == 0) {
        *out = 0.0;
    } else if (strncmp(text, "P=", 2) == 0) {
        if (!cli_parse_chain(&chain, text, reason)) return false;
        *out = kz_chain_delta(chain);
    } else if (strncmp(text, "gamma=", 6) == 0) {
        if (!cli_parse_finite(&value, text + 6, reason)) return false;
        if (!(value > 0.0 && value < pi))
            return cli_refuse(reason, "%.40s is not between 0 and pi", text);
        *out = fabs(value - 0.5 * pi) <= 1e-12 ? 0.0 : cos(value);
    } else if (strncmp(text, "Delta=", 6) == 0) {
        if (!cli_parse_finite(out, text + 6, reason)) return false;
        if (*out <= -1.0)
            return cli_refuse(
                reason,
                "%.40s is not above -1; a rotation of every other spin by pi "
                "about z makes H(-Delta) = -H(Delta): take the other sign of Delta on both halves, "
                "where energies and energy currents change theirs; with --initial energy exchange "
                "the halves too (bond 0 then changes sides)",
                text);
        if (!(*out <= KZ_RUN_DELTA_MAX))
            return cli_refuse(reason, "%.40s is not above -1 and at most %g", text,
                              KZ_RUN_DELTA_MAX);
    } else {
        return cli_refuse(reason, "unknown chain \"%.40s\" (accepted: " CLI_QUENCH_CHAIN_WORDS ")",
                          text);
    }
    return true;
}

static void read_half(char name[KZ_RUN_TEXT_SIZE], double *delta, const cli_args *args,
                      const char *option, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, option);
    if (!text) return;
    (void)snprintf(name, KZ_RUN_TEXT_SIZE, "%s", text);
    if (!parse_delta(delta, text, &reason)) cli_fault(faults, option, "%s", reason.text);
}

/* Which of two words; `missing` where the option is not there, or a fault. */
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

/* A word, or a file that is there. */
static void read_initial(kz_run_setup *s, const cli_args *args, cli_faults *faults)
{
    const char *text = cli_args_value(args, "--initial");
    if (!text) return;
    for (int k = KZ_QUENCH_ENERGY; k < KZ_QUENCH_PRODUCT; k++) {
        s->initial = (kz_quench_kind)k;
        if (strcmp(text, kz_run_initial_name(s->initial)) == 0) return;
    }
    s->initial = KZ_QUENCH_PRODUCT;
    if (access(text, F_OK) != 0)
        cli_fault(faults, "--initial", "unknown \"%.40s\", and no such file (accepted: %s)", text,
                  CLI_QUENCH_INITIAL_WORDS);
}

static void read_states(kz_run_setup *s, const cli_args *args, cli_faults *faults)
{
    static const char *const options[2] = {"--left-state", "--right-state"};
    kz_state *states[2] = {&s->left_state, &s->right_state};
    for (int side = 0; side < 2; side++)
        cli_read_state(states[side], args, options[side], faults);
}

void cli_quench_check_states(const kz_run_setup *s, const cli_args *args, cli_faults *faults)
{
    static const char *const options[2] = {"--left-state", "--right-state"};
    for (int side = 0; side < 2 && s->initial != KZ_QUENCH_THERMAL; side++)
        if (cli_args_given(args, options[side]))
            cli_fault(faults, options[side], "goes with --initial thermal only");
}

void cli_quench_read_number(double *out, const cli_args *args, const char *option, double above,
                            double most, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, option);
    if (!text) return;
    if (!cli_parse_finite(out, text, &reason))
        cli_fault(faults, option, "%s", reason.text);
    else if (!(*out > above && *out <= most))
        cli_fault(faults, option, "%.40s is not above %.15g and at most %.15g", text, above, most);
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

static void read_cutoff(kz_run_setup *s, const cli_args *args, cli_faults *faults)
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
        cli_fault(faults, option, "%.40s is not at least 0 and below 1", text);
}

static void read_splitting(kz_run_setup *s, const cli_args *args, cli_faults *faults)
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

void cli_quench_read_setup(kz_run_setup *s, const cli_args *args, cli_faults *faults)
{
    read_half(s->left, &s->delta_left, args, "--left", faults);
    read_half(s->right, &s->delta_right, args, "--right", faults);
    read_initial(s, args, faults);
    read_states(s, args, faults);
    s->method = (kz_method)read_word(args, "--method", "tebd", "fermion", (int)s->method, faults);
    int length = read_integer(args, "--length", (int)s->length, KZ_MPS_MIN_LENGTH,
                              KZ_MPS_MAX_LENGTH, faults);
    if (length % 2)
        cli_fault(faults, "--length", "%d is odd (accepted: even numbers from %d to %d)", length,
                  KZ_MPS_MIN_LENGTH, KZ_MPS_MAX_LENGTH);
    s->length = (size_t)length;
    cli_quench_read_number(&s->dt, args, "--dt", 0.0, 100.0, faults);
    read_splitting(s, args, faults);
    s->chi = (size_t)read_integer(args, "--chi", (int)s->chi, 1, 1000000, faults);
    read_cutoff(s, args, faults);
    if (cli_args_given(args, "--density-matrices")) s->densities = true;
    if (cli_args_given(args, "--correlations")) s->correlations = true;
}

kz_status cli_quench_read_files(cli_quench_files *files, kz_run_setup *s, const cli_args *args,
                                cli_faults *faults)
{
    const char *couplings = cli_args_value(args, "--couplings");
    const char *spins = cli_args_value(args, "--initial");
    if (faults->count) return KZ_OK; /* the length may be wrong */
    if (couplings) KZ_TRY(cli_quench_read_couplings(files, s, couplings, faults));
    if (spins && s->initial == KZ_QUENCH_PRODUCT)
        KZ_TRY(cli_quench_read_spins(files, s, spins, faults));
    return KZ_OK;
}

/* Faults of the state have the option of that half, others that of the file they come from. */
void cli_quench_check_chain(const kz_run_setup *s, const cli_args *args, cli_faults *faults)
{
    static const char *const options[2] = {"--left-state", "--right-state"};
    bool thermal = s->initial == KZ_QUENCH_THERMAL;
    for (int side = 0; side < 2 && thermal; side++)
        cli_args_need(args, options[side], CLI_STATE_WORDS, faults);
    cli_quench_check_states(s, args, faults);
    kz_run_setup alone = *s; /* the states on a chain that takes any */
    alone.couplings = (kz_couplings){0};
    alone.method = KZ_METHOD_TEBD;
    bool states = thermal && kz_run_setup_check(&alone) != KZ_OK;
    if (faults->count || kz_run_setup_check(s) == KZ_OK) return;
    cli_fault(faults, states ? "--left-state, --right-state" : "--couplings", "%s",
              kz_error_reason());
}

void cli_quench_check_method(const kz_run_setup *s, const cli_args *args, cli_faults *faults)
{
    static const char *const of_tebd[] = {
        "--dt",        "--order",           "--paper",  "--chi",
        "--cutoff",    "--cutoff-per-gate", "--resume", "--checkpoint",
        "--wall-time", "--max-truncation"};
    if (s->method != KZ_METHOD_FERMION) return;
    if (!kz_run_has_couplings(s) && (s->delta_left != 0.0 || s->delta_right != 0.0))
        cli_fault(faults, "--method", "fermion needs xx on both sides");
    for (size_t k = 0; k < sizeof of_tebd / sizeof of_tebd[0]; k++)
        if (cli_args_given(args, of_tebd[k]))
            cli_fault(faults, of_tebd[k], "has no meaning with --method fermion");
}

/* was  what the run has, NULL where that is no word. */
static void check_same(bool same, const char *option, const char *was, cli_faults *faults)
{
    if (!same)
        cli_fault(faults, option, "differs from the run to be resumed%s%.40s", was ? ", " : "",
                  was ? was : "");
}

static void check_same_number(bool same, const char *option, double was, cli_faults *faults)
{
    char text[KZ_IO_NUMBER_SIZE];
    check_same(same, option, kz_io_format_exact(text, was), faults);
}

/* Chain and initial state, some of which may come from files. */
static void check_same_chain(const kz_run_setup *was, const kz_run_setup *is, cli_faults *faults)
{
    bool left = kz_run_same_number(was->delta_left, is->delta_left);
    bool right = kz_run_same_number(was->delta_right, is->delta_right);
    bool product = is->initial == KZ_QUENCH_PRODUCT;
    check_same(left, "--left", was->left, faults);
    check_same(right, "--right", was->right, faults);
    check_same(was->initial == is->initial, "--initial", kz_run_initial_name(was->initial), faults);
    if (was->initial == is->initial && was->length == is->length)
        check_same(kz_run_same_initial(was, is),
                   product ? "--initial" : "--left-state, --right-state", NULL, faults);
    if (left && right && was->length == is->length)
        check_same(kz_run_same_chain(was, is), "--couplings", NULL, faults);
}

void cli_quench_check_same(const kz_run_setup *was, const kz_run_setup *is, cli_faults *faults)
{
    bool cutoff = was->cutoff == is->cutoff && was->cutoff_per_gate == is->cutoff_per_gate;
    check_same_chain(was, is, faults);
    check_same(was->method == is->method, "--method", kz_run_method_name(was->method), faults);
    check_same_number(was->length == is->length, "--length", (double)was->length, faults);
    check_same_number(kz_run_same_number(was->dt, is->dt), "--dt", was->dt, faults);
    check_same(was->trotter == is->trotter, "--order", kz_run_trotter_name(was->trotter), faults);
    if (was->cutoff_per_gate == is->cutoff_per_gate)
        check_same_number(cutoff, is->cutoff_per_gate ? "--cutoff-per-gate" : "--cutoff",
                          was->cutoff, faults);
    else
        check_same(cutoff, is->cutoff_per_gate ? "--cutoff-per-gate" : "--cutoff",
                   was->cutoff_per_gate ? "made with --cutoff-per-gate" : "made with --cutoff",
                   faults);
    check_same(was->densities == is->densities, "--density-matrices", "made without", faults);
    check_same(was->correlations == is->correlations, "--correlations", "made without", faults);
    if (is->chi < was->chi)
        cli_fault(faults, "--chi", "%zu is smaller than in the run to be resumed, %zu", is->chi,
                  was->chi);
}
