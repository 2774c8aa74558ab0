/* The program kapitza: from words to a command. */
#include <cblas.h>
#include <stdio.h>
#include <string.h>

#include "cli/blas.h"
#include "cli/cli.h"
#include "cli/command/quench_watch.h"
#include "cli/commands.h"
#include "cli/words/nearest.h"
#include "core/error.h"
#include "parallel/farm.h"
#include "parallel/team.h"

static void print_overview(void)
{
    puts("kapitza " KZ_VERSION ": heat across an Ohmic junction of two integrable spin chains\n\n"
         "usage: kapitza COMMAND [options]\n");
    const cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)); i++)
        printf("  %-12s %s\n", command->name, command->summary);
    puts("\nkapitza COMMAND --help describes a command, kapitza --version names the version.\n"
         "Options may be shortened as long as they stay unique.  @FILE stands for the options in "
         "FILE, one\na line, or in the head of an output; the command line counts before it.\n");
    fputs(CLI_GRAMMAR, stdout);
}

/* Standard output that could not be written is file trouble, found only at the end. */
static int finish(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    if (code == CLI_DONE) fprintf(stderr, "kapitza: writing to standard output failed\n");
    return code == CLI_DONE ? CLI_FILE : code;
}

static int misuse(const char *problem, const char *word)
{
    cli_nearest nearest = cli_nearest_start(word);
    const cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)); i++)
        cli_nearest_try(&nearest, command->name);
    fprintf(stderr, "kapitza: %s%.40s (", problem, word);
    if (nearest.word) fprintf(stderr, "did you mean %s? ", nearest.word);
    fputs("accepted:", stderr);
    for (size_t i = 0; (command = cli_command_at(i)); i++)
        fprintf(stderr, " %s", command->name);
    fputs(", --help, --version)\n", stderr);
    return CLI_MISUSE;
}

static kz_status check_blas(void)
{
    if (cli_blas_threads(1) >= 1) return KZ_OK;
    return KZ_FAIL(KZ_ENOMEM, "OpenBLAS needs 128 MiB of address space (ulimit -v)");
}

static kz_status check_memory(const cli_command *command)
{
    kz_status status = check_blas();
    return command->divided ? kz_farm_agree(status) : status;
}

static int run_command(const cli_command *command, const cli_words *words, kz_team *team)
{
    cli_args args;
    cli_faults faults = {.count = 0};
    cli_args_read(&args, command, words, &faults);
    args.team = team;
    if (args.help) {
        if (kz_farm_is_first()) cli_help(command);
        return CLI_DONE;
    }
    kz_status status = command->no_algebra ? KZ_OK : check_memory(command);
    if (status != KZ_OK) return cli_report_status(&args, status);
    return command->run(&args, &faults);
}

static int dispatch(const cli_words *words, kz_team *team)
{
    if (words->count < 2) return misuse("a command is missing", "");
    const char *word = words->word[1];
    if (strcmp(word, "--version") == 0) {
        printf("kapitza %s\n", kz_version());
        cli_blas_print();
        return CLI_DONE;
    }
    bool help = strcmp(word, "help") == 0;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || (help && words->count == 2)) {
        print_overview();
        return CLI_DONE;
    }
    const cli_command *command = cli_command_find(help ? words->word[2] : word);
    if (!command) return misuse("unknown command ", help ? words->word[2] : word);
    if (help) {
        cli_help(command);
        return CLI_DONE;
    }
    return run_command(command, words, team);
}

/* Says why nothing could begin; the exit code. */
static int give_up(kz_status status)
{
    if (kz_farm_is_first()) fprintf(stderr, "kapitza: %s\n", kz_error_reason());
    return cli_exit_code(status);
}

/* A command that the first process leads: the others hold what it gives them. */
static int lead(const cli_words *words)
{
    kz_team *team = NULL;
    int code = CLI_DONE;
    kz_status status = kz_farm_agree(check_blas());
    if (status == KZ_OK) status = kz_parallel_team(&team, cli_quench_received());
    if (status != KZ_OK) return give_up(status);
    if (kz_farm_is_first()) {
        code = dispatch(words, team);
        kz_team_dismiss(team);
    } else {
        cli_quench_serve(team);
    }
    kz_parallel_team_free(team);
    return code;
}

/* The processes of an MPI run: all of them divide the commands that can be divided, or serve the
 * first in those that it leads; of the others, and of everything that is printed or written, the
 * first takes care alone. */
static int share(const cli_words *words)
{
    const cli_command *command = words->count < 2 ? NULL : cli_command_find(words->word[1]);
    if (command && command->led && kz_farm_size() > 1) return lead(words);
    if (kz_farm_is_first()) return dispatch(words, NULL);
    return command && command->divided ? run_command(command, words, NULL) : CLI_DONE;
}

static bool is_option(const char *command, const char *name)
{
    const cli_command *found = cli_command_find(command);
    return found && cli_is_option(found, name);
}

/* What all processes must agree on before they begin, a file of options included. */
static int start(int count, char **typed)
{
    cli_words words = {.count = 0};
    kz_status status = kz_farm_begin();
    if (status == KZ_OK) status = kz_farm_agree(cli_words_read(&words, count, typed, is_option));
    if (status == KZ_OK) status = kz_farm_check_words(words.count - 1, words.word + 1);
    int code = status == KZ_OK ? share(&words) : give_up(status);
    cli_words_free(&words);
    return code;
}

/* No setlocale(): numbers are read and written with a point whatever the environment says.
 * Threads work on rows and rays; inside one, a second pool in OpenBLAS only gets in the way. */
int main(int count, char **words)
{
    cli_blas_restart(words);
    openblas_set_num_threads(1);
    cli_signals_install();
    int code = finish(start(count, words));
    kz_farm_end();
    return code;
}
