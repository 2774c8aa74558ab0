#!/usr/bin/env bash
# Words of the command line: @FILE, short forms of options, suggestions.
. "$(dirname "$0")/lib.sh"

# same NAME WORDS...: the same output as `plain`.
plain() { "$KAPITZA" "$@" >"$work/plain"; }
same() {
    local name=$1
    shift
    run "$@"
    if [ "$code" -eq 0 ] && cmp -s "$work/out" "$work/plain"; then
        ok "$name"
    else
        not_ok "$name" "exit code $code" "$(head -3 "$work/err" "$work/out")"
    fi
}

j="junction --left xx --right P=3 --resistance 0,2"
plain $j
same "unique beginnings of options" junction --left xx --right P=3 --resi 0,2 --thr 1
same "an exact name counts before longer ones" junction --left xx --right=P=3 --resistance=0,2
run junction --left xx --right P=3 --resistance 0,2 -ox.tsv
is "-oFILE" "$(cat x.tsv)" "$(cat "$work/plain")"
rm x.tsv
refused 2 '^kapitza junction: --le: is short for several options .--left, --left-state.; --resistance: is missing' junction --le xx
refused 2 '--resistence: unknown option .did you mean --resistance. accepted: ' $j --resistence 1
refused 2 '--zzz: unknown option .accepted: ' $j --zzz 1
refused 2 'unknown command juntcion .did you mean junction. accepted: thermo' juntcion
refused 2 'unknown command zzz .accepted: thermo' zzz
refused 2 'unexpected word "--resistance"' junction -- --resistance

# files of options
printf '\xef\xbb\xbf# a junction\n--left xx\n\n  right = P=3   # half\r\nresistance 0,2\nquiet\n' >options
same "one option a line, with and without dashes" junction @options
printf -- '--resistance 5\n--left P=4\n' >others
same "the command line counts before a file" junction @others --left xx --right P=3 --resistance 0,2
refused 2 '--resistance: given twice; --left: given twice' junction @options @others
refused 2 '--beta: unknown option' junction @options --beta 1
{
    echo '--fit never'
    seq 100
} >words
refused 2 '^kapitza cone: RUN.h5: at most 64 of them;.*--fit: "never" is no range' cone @words
rm words
refused 4 'nothing-here: No such file' junction @nothing-here
refused 4 'Is a directory' junction @.
refused 2 '^kapitza: @: the name of a file is missing' junction @
head -c 70000 /dev/zero | tr '\0' a >long
refused 2 '@long: line 1 is longer than 65535 bytes' junction @long
printf 'resistance 1\0\n' >zero
refused 2 '@zero: line 1 is a zero byte' junction @zero
printf -- '--resistance\n--quiet\n' >without
refused 2 '--resistance: a value is missing' junction @without
printf -- '--resistance\n' >without
refused 2 '--resistance: a value is missing' junction @without 1

# outputs of the program
"$KAPITZA" $j --tol 1e-8 --law beta >out.tsv
plain $j --tol 1e-8 --law beta
same "an output in place of the options that made it" junction @out.tsv
plain $j --tol 1e-8 --law beta --rays=-1:1:0.5
same "with more options" junction @out.tsv --rays=-1:1:0.5
refused 2 '@out.tsv is an output of junction, not of thermo' thermo @out.tsv
"$KAPITZA" thermo --chain P=3 --temperature 0.5,1 --field 0,0.5 >thermo.tsv
plain thermo --chain P=3 --temperature 0.5,1 --field 0,0.5
same "of thermo at fixed field" thermo @thermo.tsv
"$KAPITZA" profile --chain P=3 --left-state T=1,mu=0.25 --right-state ground,h=0.5 --rays 0,0.3 >p.tsv
plain profile --chain P=3 --left-state T=1,mu=0.25 --right-state ground,h=0.5 --rays 0,0.3
same "of profile" profile @p.tsv
"$KAPITZA" thermo --chain xx --beta "$(seq -s, 200)" >many.tsv
refused 2 '@many.tsv does not hold the list of --beta in full' thermo @many.tsv
printf '# kapitza 0 thermo\n1 2\n' >cut.tsv
refused 2 '@cut.tsv has no line of parameters' thermo @cut.tsv
finish
