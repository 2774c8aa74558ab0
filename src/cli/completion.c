/* kapitza completion: scripts by which shells complete its command lines, made from the tables of
 * options. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"

enum { LONGEST = 400 };

/* What may stand for a value, from how the help calls it: its words, "" where it is a file, NULL
 * where it is a number. */
static const char *words_of(char words[LONGEST], const char *value)
{
    if (strcmp(value, "CHAIN") == 0) return "xx gamma= P= Delta=";
    if (strcmp(value, "STATE") == 0) return "ground ceiling up down beta= T=";
    if (strstr(value, ".h5") || strcmp(value, "FILE") == 0 || strcmp(value, "DIR") == 0) return "";
    if (!strchr(value, '|')) return NULL;
    size_t used = 0;
    for (const char *from = value; *from && used + 1 < LONGEST;) {
        size_t length = strcspn(from, "|");
        bool named = from[0] >= 'a' && from[0] <= 'z'; /* not FILE or LIST */
        if (named && used + length + 2 < LONGEST) {
            if (used) words[used++] = ' ';
            memcpy(words + used, from, length);
            used += length;
        }
        from += length + (from[length] == '|');
    }
    words[used] = '\0';
    return words;
}

static bool takes_files(const char *value)
{
    return strstr(value, ".h5") || strstr(value, "FILE") || strcmp(value, "DIR") == 0;
}

/* The words in place of the positional argument: panels for figure, shells for completion. */
static const char *words_of_argument(char words[LONGEST], const cli_command *command)
{
    if (!command->positional) return NULL;
    if (command->words) return command->words;
    return words_of(words, command->positional);
}

/* -- bash ------------------------------------------------------------------------------------- */

static void print_bash_options(const cli_command *command)
{
    const cli_option *option;
    fputs("            options=\"--help", stdout);
    for (size_t i = 0; (option = cli_option_at(command, i)); i++)
        printf(" %s", option->name);
    fputs("\"\n            case $before in\n", stdout);
    for (size_t i = 0; (option = cli_option_at(command, i)); i++) {
        char buffer[LONGEST];
        const char *words = option->value ? words_of(buffer, option->value) : NULL;
        if (!option->value) continue;
        printf("                %s%s) value=1 words=\"%s\" files=%d ;;\n", option->name,
               strcmp(option->name, "--output") == 0 ? "|-o" : "", words ? words : "",
               takes_files(option->value));
    }
    fputs("            esac\n", stdout);
}

static void print_bash(void)
{
    const cli_command *command;
    fputs("# bash completion for kapitza, made by `kapitza completion bash`\n"
          "_kapitza()\n"
          "{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local options= words= files=0 value=\n"
          "    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    [[ $current == = ]] && current=\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        options=\"--help --version help",
          stdout);
    for (size_t i = 0; (command = cli_command_at(i)); i++)
        printf(" %s", command->name);
    fputs("\"\n"
          "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
          "        return\n"
          "    fi\n"
          "    case ${COMP_WORDS[1]} in\n",
          stdout);
    for (size_t i = 0; (command = cli_command_at(i)); i++) {
        char buffer[LONGEST];
        const char *words = words_of_argument(buffer, command);
        printf("        %s)\n            words=\"%s\" files=%d\n", command->name,
               words ? words : "", words && !*words);
        print_bash_options(command);
        fputs("            ;;\n", stdout);
    }
    fputs("    esac\n"
          "    if [[ -z $value && ($current == -* || -z $words$current && $files == 0) ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
          "        return\n"
          "    fi\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
          "    if ((files)); then\n"
          "        compopt -o filenames 2>/dev/null\n"
          "        COMPREPLY+=($(compgen -f -- \"$current\"))\n"
          "    fi\n"
          "    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null\n"
          "    return 0\n"
          "}\n"
          "complete -F _kapitza kapitza\n",
          stdout);
}

/* -- zsh -------------------------------------------------------------------------------------- */

/* The first line of a text inside '...[...]': without what zsh would take for its own. */
static void print_zsh_text(const char *text)
{
    for (const char *c = text; *c && *c != '\n'; c++)
        if (*c == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *c))
            printf("\\%c", *c);
        else
            putchar(*c);
}

static void print_zsh_value(const char *value)
{
    char buffer[LONGEST];
    const char *words = words_of(buffer, value);
    putchar(':');
    print_zsh_text(value);
    putchar(':');
    if (words && *words)
        printf("{compadd -S \"\" -- %s%s}", words, takes_files(value) ? "; _files" : "");
    else if (takes_files(value))
        fputs("_files", stdout);
}

static void print_zsh_command(const cli_command *command)
{
    const cli_option *option;
    char buffer[LONGEST];
    const char *words = words_of_argument(buffer, command);
    printf("        %s)\n            _arguments -S", command->name);
    for (size_t i = 0; (option = cli_option_at(command, i)); i++) {
        printf(" \\\n                '%s[", option->name);
        print_zsh_text(option->help);
        putchar(']');
        if (option->value) print_zsh_value(option->value);
        putchar('\'');
    }
    fputs(" \\\n                '--help[this text]'", stdout);
    if (words && *words)
        printf(" \\\n                '*:word:{compadd -- %s}'", words);
    else if (words)
        fputs(" \\\n                '*:file:_files'", stdout);
    fputs("\n            ;;\n", stdout);
}

static void print_zsh(void)
{
    const cli_command *command;
    fputs("#compdef kapitza\n"
          "# zsh completion for kapitza, made by `kapitza completion zsh`\n"
          "_kapitza_commands()\n"
          "{\n"
          "    local -a commands\n"
          "    commands=(\n",
          stdout);
    for (size_t i = 0; (command = cli_command_at(i)); i++) {
        printf("        '%s:", command->name);
        print_zsh_text(command->summary);
        fputs("'\n", stdout);
    }
    fputs("    )\n"
          "    _describe command commands\n"
          "}\n"
          "_kapitza()\n"
          "{\n"
          "    if ((CURRENT == 2)); then\n"
          "        _kapitza_commands\n"
          "        return\n"
          "    fi\n"
          "    local command=$words[2]\n"
          "    words=(\"kapitza $command\" \"${(@)words[3,-1]}\")\n"
          "    ((CURRENT--))\n"
          "    case $command in\n",
          stdout);
    for (size_t i = 0; (command = cli_command_at(i)); i++)
        print_zsh_command(command);
    fputs("    esac\n"
          "}\n"
          "_kapitza \"$@\"\n",
          stdout);
}

/* -- the command ------------------------------------------------------------------------------ */

static int run(const cli_args *args, cli_faults *faults)
{
    const char *shell = args->positional;
    bool bash = shell && strcmp(shell, "bash") == 0, zsh = shell && strcmp(shell, "zsh") == 0;
    if (shell && !bash && !zsh)
        cli_fault(faults, "SHELL", "\"%.40s\" is not supported (accepted: bash, zsh)", shell);
    if (faults->count) return cli_report_faults(args, faults);
    if (bash) print_bash();
    if (zsh) print_zsh();
    return CLI_DONE;
}

const cli_command cli_completion = {
    .name = "completion",
    .summary = "completion of command lines, for bash or zsh",
    .synopsis = "bash|zsh",
    .details = "Prints a script that shells read; make install puts both where they look for it.\n"
               "For one session of bash: source <(kapitza completion bash)\n",
    .positional = "bash|zsh",
    .no_algebra = true,
    .run = run,
};
