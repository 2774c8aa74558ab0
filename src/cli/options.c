/* Words of the command line, and the options all commands share. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "cli/blas.h"
#include "cli/cli.h"
#include "parallel/farm.h"

static const cli_option common[] = {
    {"--output", "FILE", "write to FILE instead of stdout; HDF5 when it ends in .h5 (also -o)"},
    {"--tol", "TOL", "accuracy asked for the numbers printed, 1e-13 ... 1e-2 (default 1e-10)"},
    {"--threads", "N", "threads to use (default: as many as the machine offers)"},
    {"--quiet", NULL, "no progress on stderr"},
    {"--progress", NULL, "progress on stderr even where it is not a terminal"},
};
static const cli_option help_option = {"--help", NULL, "this text"};
enum { COMMON = sizeof common / sizeof common[0], MOST_THREADS = 1024 };

/* The i-th option of a command, its own ones first; NULL after the last. */
static const cli_option *option_at(const cli_command *command, size_t i)
{
    if (i < command->option_count) return &command->options[i];
    i -= command->option_count;
    return i < COMMON ? &common[i] : NULL;
}

/* A command may describe a common option in its own words: the first one of a name counts. */
static size_t find_option(const cli_command *command, const char *word, size_t length)
{
    const cli_option *option;
    size_t i = 0;
    if (length == 2 && memcmp(word, "-o", 2) == 0) word = "--output", length = 8;
    for (; (option = option_at(command, i)); i++)
        if (strlen(option->name) == length && memcmp(option->name, word, length) == 0) break;
    return i;
}

void cli_fault(cli_faults *faults, const char *option, const char *format, ...)
{
    size_t room = sizeof faults->text - faults->length;
    va_list arguments;
    int written =
        snprintf(faults->text + faults->length, room, "%s%s: ", faults->count ? "; " : "", option);
    faults->count++;
    if (written < 0 || (size_t)written >= room) return;
    faults->length += (size_t)written;
    room -= (size_t)written;
    va_start(arguments, format);
    written = vsnprintf(faults->text + faults->length, room, format, arguments);
    va_end(arguments);
    if (written > 0) faults->length += (size_t)written < room ? (size_t)written : room - 1;
}

static void fault_unknown(cli_faults *faults, const cli_command *command, const char *word)
{
    char names[600] = "--help";
    const cli_option *option;
    for (size_t i = 0; (option = option_at(command, i)); i++) {
        if (find_option(command, option->name, strlen(option->name)) != i) continue;
        size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, " %s", option->name);
    }
    char shown[48];
    (void)snprintf(shown, sizeof shown, "%.40s", word);
    cli_fault(faults, shown, "unknown option (accepted: %s)", names);
}

/* Reads the option at words[i]; returns the number of words used. */
static int read_option(cli_args *out, int count, char **words, int i, cli_faults *faults)
{
    const cli_command *command = out->command;
    const char *word = words[i], *equal = strchr(word, '=');
    size_t length = equal ? (size_t)(equal - word) : strlen(word);
    size_t number = find_option(command, word, length);
    const cli_option *option = option_at(command, number);
    if (!option) {
        /* Its value, if it looks like one, is no fault of its own. */
        bool value = !equal && !command->positional && i + 1 < count && words[i + 1][0] != '-';
        fault_unknown(faults, command, word);
        return value ? 2 : 1;
    }
    if (out->value[number]) cli_fault(faults, option->name, "given twice");
    if (!option->value) {
        out->value[number] = "";
        if (equal) cli_fault(faults, option->name, "takes no value");
        return 1;
    }
    if (equal) {
        out->value[number] = equal + 1;
        return 1;
    }
    if (i + 1 == count || strncmp(words[i + 1], "--", 2) == 0) {
        cli_fault(faults, option->name, "a value is missing (%s)", option->value);
        out->broken[number] = true;
        return 1;
    }
    out->value[number] = words[i + 1];
    return 2;
}

static void add_word(cli_args *out, const char *word, cli_faults *faults)
{
    if (out->word_count < CLI_MAX_WORDS)
        out->words[out->word_count++] = word;
    else if (out->word_count++ == CLI_MAX_WORDS)
        cli_fault(faults, out->command->positional, "at most %d of them", CLI_MAX_WORDS);
}

void cli_args_read(cli_args *out, const cli_command *command, int count, char **words,
                   cli_faults *faults)
{
    *out = (cli_args){.command = command};
    for (int i = 0; i < count;) {
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
            out->help = true;
            i++;
        } else if (words[i][0] == '-' && words[i][1]) {
            i += read_option(out, count, words, i, faults);
        } else {
            if (command->many)
                add_word(out, words[i], faults);
            else if (command->positional && !out->positional)
                out->positional = words[i];
            else if (command->second && !out->second)
                out->second = words[i];
            else
                cli_fault(faults, "command line", "unexpected word \"%.40s\"", words[i]);
            i++;
        }
    }
    if (command->many) out->positional = out->words[0];
    if (command->positional && !out->positional)
        cli_fault(faults, command->positional, "is missing");
    if (command->second && !out->second) cli_fault(faults, command->second, "is missing");
}

const char *cli_args_value(const cli_args *args, const char *option)
{
    size_t number = find_option(args->command, option, strlen(option));
    return option_at(args->command, number) ? args->value[number] : NULL;
}

bool cli_args_given(const cli_args *args, const char *option)
{
    size_t number = find_option(args->command, option, strlen(option));
    return option_at(args->command, number) && (args->value[number] || args->broken[number]);
}

void cli_args_need(const cli_args *args, const char *option, const char *accepted,
                   cli_faults *faults)
{
    if (!cli_args_given(args, option))
        cli_fault(faults, option, "is missing (accepted: %s)", accepted);
}

static void print_option(const cli_option *option)
{
    char head[48];
    (void)snprintf(head, sizeof head, "%s%s%s", option->name, option->value ? " " : "",
                   option->value ? option->value : "");
    printf("  %-26s", head);
    for (const char *line = option->help;;) {
        size_t length = strcspn(line, "\n");
        printf("%.*s\n", (int)length, line);
        if (!line[length]) return;
        line += length + 1;
        printf("  %-26s", "");
    }
}

void cli_help(const cli_command *command)
{
    const cli_option *option;
    printf("kapitza %s: %s\n\nusage: kapitza %s %s\n\n", command->name, command->summary,
           command->name, command->synopsis);
    for (size_t i = 0; (option = option_at(command, i)); i++) {
        bool own = i < command->option_count;
        if (command->grammar && !own && strcmp(option->name, "--tol") == 0) continue;
        if (find_option(command, option->name, strlen(option->name)) == i) print_option(option);
    }
    print_option(&help_option);
    printf("\n%s\n%s", command->details, command->grammar ? command->grammar : CLI_GRAMMAR);
}

static void read_tol(kz_options *options, const cli_args *args, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, "--tol");
    if (!text) return;
    if (!cli_parse_finite(&options->tol, text, &reason))
        cli_fault(faults, "--tol", "%s", reason.text);
    else if (!(options->tol >= 1e-13 && options->tol <= 1e-2))
        cli_fault(faults, "--tol", "%.40s is not between 1e-13 and 1e-2", text);
}

/* Many processes fill the cores already, unless the environment says that each has several. */
static int default_threads(const cli_args *args)
{
#ifdef _OPENMP
    if (args->command->divided && kz_farm_size() > 1 && !getenv("OMP_NUM_THREADS")) return 1;
    int threads = omp_get_max_threads();
    return threads < MOST_THREADS ? threads : MOST_THREADS;
#else
    (void)args;
    return 1;
#endif
}

static void read_threads(kz_options *options, const cli_args *args, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, "--threads");
    if (!text) {
        int fitting = cli_blas_threads(default_threads(args));
        options->threads = fitting > 0 ? fitting : 1;
        return;
    }
    if (!cli_parse_integer(&options->threads, text, 1, MOST_THREADS, &reason))
        cli_fault(faults, "--threads", "%s", reason.text);
    else if (cli_blas_threads(options->threads) < options->threads)
        cli_fault(faults, "--threads",
                  "OpenBLAS needs 128 MiB of address space for each of %d threads, and the limit "
                  "(ulimit -v) leaves less",
                  options->threads);
#ifndef _OPENMP
    else if (options->threads > 1)
        cli_fault(faults, "--threads", "this kapitza is built without OpenMP (accepted: 1)");
#endif
}

void cli_read_common(cli_common *out, const cli_args *args, cli_faults *faults)
{
    *out = (cli_common){.options = kz_options_default()};
    read_tol(&out->options, args, faults);
    read_threads(&out->options, args, faults);
    out->output = cli_args_value(args, "--output");
    if (out->output && !*out->output) cli_fault(faults, "--output", "the file name is empty");
    out->quiet = cli_args_value(args, "--quiet") != NULL;
    bool forced = cli_args_value(args, "--progress") != NULL;
    if (out->quiet && forced) cli_fault(faults, "--progress", "contradicts --quiet");
    out->progress = !out->quiet && (forced || isatty(STDERR_FILENO));
}

void cli_read_chain(kz_chain *out, const cli_args *args, const char *option, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, option);
    if (text && !cli_parse_chain(out, text, &reason)) cli_fault(faults, option, "%s", reason.text);
}

void cli_read_state(kz_state *out, const cli_args *args, const char *option, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, option);
    if (text && !cli_parse_state(out, text, &reason)) cli_fault(faults, option, "%s", reason.text);
}

void cli_read_list(cli_list *out, const cli_args *args, const char *option, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, option);
    if (text && !cli_parse_list(out, text, &reason)) cli_fault(faults, option, "%s", reason.text);
}

void cli_check_product(size_t a, size_t b, const char *option, cli_faults *faults)
{
    if (a == 0 || b <= CLI_LIST_MAX / a) return;
    cli_fault(faults, option, "%zu x %zu rows are too many (at most %d)", a, b, CLI_LIST_MAX);
}
