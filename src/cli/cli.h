/* The program kapitza: what its commands share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/kapitza.h>

#include "cli/words/parse.h"
#include "cli/words/words.h"
#include "io/file.h"
#include "io/table.h"

enum {
    CLI_DONE = 0,
    CLI_MISUSE = 2,
    CLI_NUMERICAL = 3,
    CLI_FILE = 4,
    CLI_STOPPED = 75 /* in time, to go on later; EX_TEMPFAIL of sysexits.h */
};

/* -- commands and their options -- */

typedef struct {
    const char *name;  /* "--chain" */
    const char *value; /* what stands for its value in the help; NULL for a flag */
    const char *help;  /* lines separated by \n */
} cli_option;

typedef struct cli_args cli_args;
typedef struct cli_faults cli_faults;

typedef struct {
    const char *name;
    const char *summary;    /* one line */
    const char *synopsis;   /* what follows the name */
    const char *details;    /* columns and meaning, for --help */
    const char *positional; /* name of the one word it needs, or NULL */
    const char *second;     /* name of a second one, or NULL */
    const char *words; /* what the word may be, for completion; NULL: a file, as its name says */
    bool many;         /* any number of words like the first, up to CLI_MAX_WORDS */
    const cli_option *options;
    size_t option_count;
    const char *grammar; /* NULL: CLI_GRAMMAR; else its help is silent on the common --tol */
    bool no_algebra;     /* it never calls OpenBLAS */
    bool divided;        /* over the processes of mpirun; without it the first does all, */
    bool led;            /* or leads the others, which serve it as a team (args->team) */
    int (*run)(const cli_args *args, cli_faults *faults); /* returns the exit code */
} cli_command;

/* What the options of several commands accept. */
#define CLI_CHAIN_WORDS "xx, gamma=2*pi/5, P=5,Q=2, Delta=0.5"
#define CLI_STATE_WORDS "ground[,h=H], ceiling, up, down, beta=B[,mu=M], T=T[,mu=M]"
#define CLI_LIST_WORDS "0,1,2,5 or first:last:step, mixable"

/* The grammar shared by all commands, for every help text. */
#define CLI_GRAMMAR                                                                                \
    "Numbers may be written with pi, + - * / ( ), cos() and sqrt(), such as gamma=pi/4.\n"         \
    "CHAIN is xx, gamma=2*pi/5, P=5,Q=2 (the same) or Delta=0.5: cos(pi Q/P), or |Delta| >= 1.\n"  \
    "STATE is ground[,h=H], ceiling (highest energy), up, down, beta=B[,mu=M] or T=T[,mu=M];\n"    \
    "  mu = beta h multiplies S^z in exp(-beta H + mu S^z), and h=H may stand for mu.\n"           \
    "LIST is 0,1,2,5 or first:last:step or both, 0,1,2:10:2; the end is included.\n"               \
    "Output is TSV after lines that start with #, the last of them the column names.\n"            \
    "Exit code: 0 done, 2 misuse, 3 numerical failure, 4 file trouble, 128+n signal n.\n"

/* The same for commands on chains in real time. */
#define CLI_GRAMMAR_OF_RUNS                                                                        \
    "Numbers may be written with pi, + - * / ( ), cos() and sqrt(), such as gamma=pi/4.\n"         \
    "CHAIN is xx, P=4 for Delta = cos(pi/4), gamma=G for Delta = cos G, or Delta=D, D > -1.\n"     \
    "LIST is 0,1,2,5 or first:last:step or both, 0,1,2:10:2; the end is included.\n"               \
    "Exit code: 0 done, 2 misuse, 3 numerical failure, 4 file trouble, 128+n signal n.\n"

extern const cli_command cli_thermo, cli_profile, cli_junction, cli_figure;
extern const cli_command cli_table, cli_invert, cli_quench, cli_export, cli_compare;
extern const cli_command cli_effective, cli_cone;
extern const cli_command cli_overlay;
extern const cli_command cli_propagate;
extern const cli_command cli_completion, cli_manual;
extern const cli_command cli_relax;
extern const cli_command cli_fluctuations;

enum { CLI_MAX_OPTIONS = 32, CLI_MAX_WORDS = 64 };

struct cli_args {
    const cli_command *command;
    const char *value[CLI_MAX_OPTIONS]; /* by position in command->options, then the common ones */
    bool from_file[CLI_MAX_OPTIONS];    /* given in an @FILE: the command line counts before it */
    bool broken[CLI_MAX_OPTIONS];       /* given without its value: a fault that is already noted */
    const char *positional, *second;
    const char *words[CLI_MAX_WORDS]; /* all of them, where the command takes many */
    size_t word_count;
    bool help;
    kz_team *team; /* of a command that is led, in more than one process; else NULL */
};

/* Everything that is wrong with a command line, in one line. */
struct cli_faults {
    char text[2000];
    size_t length;
    int count;
};

void cli_fault(cli_faults *faults, const char *option, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sorts the words after the command name into args.  An option may be typed as the beginning of its
 * name where no other begins so; -- ends the options. */
void cli_args_read(cli_args *out, const cli_command *command, const cli_words *words,
                   cli_faults *faults);

/* The i-th option of a command, its own before the common ones, each name once; NULL after the
 * last. */
const cli_option *cli_option_at(const cli_command *command, size_t i);

/* The i-th common option, --help the last of them; NULL after it. */
const cli_option *cli_common_at(size_t i);

/* Whether a command has an option of this full name, "--tol". */
bool cli_is_option(const cli_command *command, const char *name);

/* The value of an option, "" for a flag that is given, NULL where it is not. */
const char *cli_args_value(const cli_args *args, const char *option);

/* Whether the option stands in the command line, even without its value. */
bool cli_args_given(const cli_args *args, const char *option);

/* A fault when it does not. */
void cli_args_need(const cli_args *args, const char *option, const char *accepted,
                   cli_faults *faults);

/* Prints the help of a command to stdout. */
void cli_help(const cli_command *command);

/* -- values of options; a missing optional one leaves *out alone -- */

void cli_read_chain(kz_chain *out, const cli_args *args, const char *option, cli_faults *faults);
void cli_read_state(kz_state *out, const cli_args *args, const char *option, cli_faults *faults);
void cli_read_list(cli_list *out, const cli_args *args, const char *option, cli_faults *faults);
/* --law: fourier (also where it is missing), beta, or the table of a FILE, which the law borrows;
 * *typed is what was typed.  KZ_EIO where the file cannot be read, else KZ_OK with the faults
 * noted.
 */
KZ_CHECK_RESULT kz_status cli_read_law(kz_law *out, kz_io_pairs *table, const char **typed,
                                       const cli_args *args, cli_faults *faults);
/* A fault when two lists multiply to more rows than CLI_LIST_MAX. */
void cli_check_product(size_t a, size_t b, const char *option, cli_faults *faults);

/* --tol, --threads, --quiet, --progress, --output. */
typedef struct {
    kz_options options; /* with a progress function where one is wanted */
    const char *output; /* NULL: stdout */
    bool quiet, progress;
} cli_common;

void cli_read_common(cli_common *out, const cli_args *args, cli_faults *faults);

/* -- messages: one line on stderr, "kapitza COMMAND: ...", of the first process -- */

/* Prints the faults; returns CLI_MISUSE. */
int cli_report_faults(const cli_args *args, const cli_faults *faults);
/* Prints why the library refused; returns the exit code that belongs to it. */
int cli_report_status(const cli_args *args, kz_status status);
/* Prints a line of its own. */
void cli_message(const cli_args *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int cli_exit_code(kz_status status);

/* Rows that failed: how many, and the reason of the first. */
typedef struct {
    size_t failed, first, total;
    kz_status status;
    char reason[256];
} cli_failures;

/* Notes the failure of a row; take the lock around it in threads. */
void cli_failures_add(cli_failures *failures, size_t row, kz_status status, const char *reason);
/* Says so on stderr; returns CLI_DONE or CLI_NUMERICAL. */
int cli_failures_report(const cli_failures *failures, const cli_args *args);

/* -- output -- */

/* Whether the output of a command can be written, before the work starts.  Nothing stays of the
 * attempt, so that nothing is left of a run that is killed.  path NULL or "-" means stdout; the
 * first process tries for all.  KZ_EIO. */
KZ_CHECK_RESULT kz_status cli_output_check(const char *path);
/* Writes it: a file under a temporary name, which a signal removes, until it is complete. */
KZ_CHECK_RESULT kz_status cli_output_write(const char *path, const kz_io_table *table);

/* A fault when the output would replace `input`, NULL: none. */
void cli_check_apart(const char *output, const char *input, cli_faults *faults);

/* Starts the table of a command with the parameters every command has; options NULL: no
 * tolerance. */
KZ_CHECK_RESULT kz_status cli_table_create(kz_io_table **out, const cli_args *args, size_t rows,
                                           const kz_options *options);
KZ_CHECK_RESULT kz_status cli_table_set_chain(kz_io_table *table, const char *name, kz_chain chain);
KZ_CHECK_RESULT kz_status cli_table_set_state(kz_io_table *table, const char *name,
                                              const kz_state *state);
/* Chain, Delta and state of both halves. */
KZ_CHECK_RESULT kz_status cli_table_set_halves(kz_io_table *table, kz_chain left, kz_chain right,
                                               const kz_state *left_state,
                                               const kz_state *right_state);
/* Lists typed in fewer characters are quoted as typed. */
enum { CLI_QUOTED_LIST = 400 };
KZ_CHECK_RESULT kz_status cli_table_set_list(kz_io_table *table, const char *name,
                                             const cli_list *list, const char *typed);

/* -- signals: remove temporary files, end a running gnuplot, exit with 128 + number; what is
 * written beyond a limit on the size of files fails with EFBIG -- */

void cli_signals_install(void);
/* Registers a file to be removed; returns a number for cli_cleanup_forget, -1 when full. */
int cli_cleanup_register(const char *path);
void cli_cleanup_forget(int number);
/* Holds signals back while a file is created and registered. */
void cli_signals_hold(void);
void cli_signals_release(void);
/* For handlers that only note a signal: whether it comes half a second or more after the first, so
 * that somebody no longer waits for what the first was to bring about; then: */
bool cli_signals_is_second(int number);
/* Removes temporary files and ends the program at once. */
void cli_signals_end(int number);
/* Process to end with this one; 0: none. */
void cli_signals_set_child(long process);

/* -- progress on stderr -- */

typedef struct {
    const char *label;
    double started, shown; /* moment; seconds after it of the last line */
    double pause;          /* seconds from line to line */
    size_t stage, stages;  /* stage done / total of several equal ones */
    bool wanted, terminal, visible;
} cli_progress;

/* Prepares progress and hooks it into common->options where it is wanted. */
void cli_progress_start(cli_progress *progress, const char *label, cli_common *common);
/* kz_progress_fn; context is the cli_progress.  Never cancels. */
int cli_progress_show(void *context, size_t done, size_t total);
/* Seconds since the start. */
double cli_progress_elapsed(const cli_progress *progress);
/* Whether to print a line now; the next is then due after the pause. */
bool cli_progress_due(cli_progress *progress);
/* Prints "LABEL: ..." in place of the line before. */
void cli_progress_print(cli_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Clears the line. */
void cli_progress_end(cli_progress *progress);

#endif
