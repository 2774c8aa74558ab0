#!/usr/bin/env bash
# Completion of command lines: bash in earnest, zsh as far as bash can read it.
. "$(dirname "$0")/lib.sh"

run completion bash
exits 0 "a script for bash"
cp "$work/out" bash-completion
# shellcheck disable=SC1091
. ./bash-completion

# complete_line WORD...: what is offered for the last word, sorted, blanks between.
complete_line() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _kapitza
    printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr '\n' ' '
}

is "commands" "$(complete_line kapitza pro)" "profile propagate "
is "options" "$(complete_line kapitza junction --left)" "--left --left-state "
is "chains" "$(complete_line kapitza thermo --chain '')" "Delta= P= gamma= xx "
is "states behind =" "$(complete_line kapitza profile --left-state = b)" "beta= "
touch law-of-mine
is "not the states of halves" "$(complete_line kapitza quench --initial '')" "bash-completion domain-wall energy law-of-mine neel thermal "
is "words and files" "$(complete_line kapitza junction --law '')" "bash-completion beta fourier law-of-mine "
is "files" "$(complete_line kapitza effective law)" "law-of-mine "
is "figures" "$(complete_line kapitza figure 7)" "7 7a 7b "
is "no word for a number" "$(complete_line kapitza thermo --beta '')" " "

# every option of every help text is offered, and no other
missing=
for command in $("$KAPITZA" --help | awk '/^usage/ { on = 1 } /^kapitza COMMAND/ { on = 0 } on && /^  [a-z]/ { print $1 }'); do
    helped=$("$KAPITZA" "$command" --help | awk '/^  --/ { print $1 }' | LC_ALL=C sort | tr '\n' ' ')
    [ "$(complete_line kapitza "$command" --)" = "$helped" ] || missing="$missing $command"
done
is "the options of the help texts" "$missing" ""

run completion zsh
exits 0 "a script for zsh"
is "zsh knows what to do with it" "$(head -n 1 "$work/out")" "#compdef kapitza"
is "an entry for each command" "$(grep -c '_arguments -S' "$work/out")" \
    "$("$KAPITZA" --help | awk '/^usage/ { on = 1 } /^kapitza COMMAND/ { on = 0 } on && /^  [a-z]/ { n++ } END { print n }')"
if command -v zsh >/dev/null; then
    zsh -fn "$work/out" && ok "zsh reads it" || not_ok "zsh reads it"
fi
refused 2 'SHELL: "fish" is not supported .accepted: bash, zsh' completion fish
refused 2 'bash.zsh: is missing' completion

# the manual page
run manual commands
is "a section of the manual for each command" "$(grep '^\.SS' "$work/out" | sed 's/^.SS "//; s/ .*//' | tr '\n' ' ')" \
    "$("$KAPITZA" --help | awk '/^usage/ { on = 1 } /^kapitza COMMAND/ { on = 0 } on && /^  [a-z]/ { printf "%s ", $1 }')"
run manual options
is "common options in the manual" "$(grep -c '^\.BI "\\-\\-' "$work/out")" 6
refused 2 'PART: "all" is unknown .accepted: commands, options' manual all
finish
