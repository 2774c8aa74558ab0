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
#include "cli/words/nearest.h"
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

/* The same for what the user types: also the beginning of one name alone.  Where it begins
 * several, *ambiguous. */
static size_t match_option(bool *ambiguous, const cli_command *command, const char *word,
                           size_t length)
{
    const cli_option *option;
    size_t exact = find_option(command, word, length), found = exact, candidates = 0;
    *ambiguous = false;
    if (option_at(command, exact) || length < 3) return exact;
    for (size_t i = 0; (option = option_at(command, i)); i++) {
        if (strncmp(option->name, word, length) != 0) continue;
        if (find_option(command, option->name, strlen(option->name)) != i) continue;
        found = i;
        candidates++;
    }
    *ambiguous = candidates > 1;
    return candidates == 1 ? found : exact;
}

const cli_option *cli_option_at(const cli_command *command, size_t i)
{
    const cli_option *option;
    for (size_t k = 0; (option = option_at(command, k)); k++) {
        bool silent = command->grammar && k >= command->option_count && /* see cli_command */
                      strcmp(option->name, "--tol") == 0;
        if (!silent && find_option(command, option->name, strlen(option->name)) == k && i-- == 0)
            return option;
    }
    return NULL;
}

const cli_option *cli_common_at(size_t i)
{
    return i < COMMON ? &common[i] : i == COMMON ? &help_option : NULL;
}

bool cli_is_option(const cli_command *command, const char *name)
{
    return option_at(command, find_option(command, name, strlen(name))) != NULL;
}

static void fault_ambiguous(cli_faults *faults, const cli_command *command, const char *word,
                            size_t length)
{
    char names[600] = "", shown[48];
    const cli_option *option;
    for (size_t i = 0; (option = option_at(command, i)); i++) {
        size_t used = strlen(names);
        if (strncmp(option->name, word, length) == 0)
            (void)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                           option->name);
    }
    (void)snprintf(shown, sizeof shown, "%.*s", length < 40 ? (int)length : 40, word);
    cli_fault(faults, shown, "is short for several options (%s)", names);
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
    cli_nearest nearest = cli_nearest_start(word);
    for (size_t i = 0; (option = option_at(command, i)); i++)
        cli_nearest_try(&nearest, option->name);
    (void)snprintf(shown, sizeof shown, "%.40s", word);
    cli_fault(faults, shown, "unknown option (%s%s%saccepted: %s)",
              nearest.word ? "did you mean " : "", nearest.word ? nearest.word : "",
              nearest.word ? "? " : "", names);
}

/* Notes the value of an option, "" for a flag; the command line counts before a file. */
static void set_value(cli_args *out, size_t number, const char *value, bool from_file,
                      cli_faults *faults)
{
    bool before = out->value[number] != NULL;
    if (before && out->from_file[number] == from_file)
        cli_fault(faults, option_at(out->command, number)->name, "given twice");
    if (before && from_file && !out->from_file[number]) return;
    out->value[number] = value;
    out->from_file[number] = from_file;
}

/* Whether a word is the value of the option before it: no option, and from the same place. */
static bool is_value(const cli_words *words, int i)
{
    return i < words->count && words->from_file[i] == words->from_file[i - 1] &&
           strncmp(words->word[i], "--", 2) != 0;
}

/* The word without a value: where it ends, and where the value of -oFILE or --name=VALUE begins. */
static size_t split_option(const char **value, const char *word)
{
    const char *equal = strchr(word, '=');
    bool output = word[1] == 'o' && word[2] && word[2] != '=';
    *value = output ? word + 2 : equal ? equal + 1 : NULL;
    return output ? 2 : equal ? (size_t)(equal - word) : strlen(word);
}

/* Reads the option at words[i]; returns the number of words used. */
static int read_option(cli_args *out, const cli_words *words, int i, cli_faults *faults)
{
    const cli_command *command = out->command;
    const char *word = words->word[i], *value;
    bool ambiguous, from_file = words->from_file[i];
    size_t length = split_option(&value, word);
    size_t number = match_option(&ambiguous, command, word, length);
    const cli_option *option = option_at(command, number);
    if (!option) {
        if (ambiguous)
            fault_ambiguous(faults, command, word, length);
        else
            fault_unknown(faults, command, word);
        /* Its value, if it looks like one, is no fault of its own. */
        return !value && !command->positional && i + 1 < words->count &&
                       words->word[i + 1][0] != '-'
                   ? 2
                   : 1;
    }
    if (!option->value) {
        set_value(out, number, "", from_file, faults);
        if (value) cli_fault(faults, option->name, "takes no value");
        return 1;
    }
    if (value) {
        set_value(out, number, value, from_file, faults);
        return 1;
    }
    if (!is_value(words, i + 1)) {
        cli_fault(faults, option->name, "a value is missing (%s)", option->value);
        out->broken[number] = true;
        return 1;
    }
    set_value(out, number, words->word[i + 1], from_file, faults);
    return 2;
}

static void add_word(cli_args *out, const char *word, cli_faults *faults)
{
    if (out->word_count < CLI_MAX_WORDS)
        out->words[out->word_count++] = word;
    else if (out->word_count++ == CLI_MAX_WORDS)
        cli_fault(faults, out->command->positional, "at most %d of them", CLI_MAX_WORDS);
}

/* Notes a word that is no option. */
static void place_word(cli_args *out, const char *word, cli_faults *faults)
{
    const cli_command *command = out->command;
    if (command->many)
        add_word(out, word, faults);
    else if (command->positional && !out->positional)
        out->positional = word;
    else if (command->second && !out->second)
        out->second = word;
    else
        cli_fault(faults, "command line", "unexpected word \"%.40s\"", word);
}

void cli_args_read(cli_args *out, const cli_command *command, const cli_words *words,
                   cli_faults *faults)
{
    *out = (cli_args){.command = command};
    bool plain = false; /* behind --, which ends the options */
    for (int i = 2; i < words->count;) {
        const char *word = words->word[i];
        if (plain || word[0] != '-' || !word[1]) {
            place_word(out, word, faults);
            i++;
        } else if (strcmp(word, "--") == 0) {
            plain = true;
            i++;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            out->help = true;
            i++;
        } else {
            i += read_option(out, words, i, faults);
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
    char head[80];
    (void)snprintf(head, sizeof head, "%s%s%s", option->name, option->value ? " " : "",
                   option->value ? option->value : "");
    printf(strlen(head) < 26 ? "  %-26s" : "  %s\n                            ", head);
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
    for (size_t i = 0; (option = cli_option_at(command, i)); i++)
        print_option(option);
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
    bool together = args->command->divided || args->command->led;
    if (together && kz_farm_size() > 1 && !getenv("OMP_NUM_THREADS")) return 1;
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
