#!/usr/bin/env bash
# Every command of README.md, as it stands there and in its order, but for those that are long or
# need mpirun; and the numbers printed beside the first one.
. "$(dirname "$0")/lib.sh"
readme=$here/../../README.md

mkdir build && ln -s "$(command -v "$KAPITZA")" build/kapitza
# the indented lines of one section up to "From C", with their continuations joined
awk '/^## Five/ { f = 1 } /^## From C/ { f = 0 } f && /^    / { print substr($0, 5) }' "$readme" |
    sed -e ':a' -e '/\\$/ { N; s/\\\n *//; ta' -e '}' |
    grep -E '^(build|awk|printf|gnuplot)' | grep -v 'figure all' |
    sed 's/^gnuplot -p/gnuplot -e "set terminal dumb"/' >commands
is 'commands of the README' "$(($(wc -l <commands) > 20))" 1
while read -r -u 3 line; do
    case $line in gnuplot*) command -v gnuplot >/dev/null || continue ;; esac
    eval "$line" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    exits 0 "${line//#/?}"
done 3<commands

run junction --resistance 0,10,100
sed -n 's/^    \([0-9]\+ .*e-[0-9]*\)$/\1/p' "$readme" >numbers
is 'numbers of the README' "$(wc -l <numbers)" 3
for i in 1 2 3; do
    read -r -a words < <(sed -n "${i}p" numbers)
    near "row $i: R" "$(value "$work/out" $i R)" "${words[0]}" 0
    near "row $i: T_minus" "$(value "$work/out" $i T_minus)" "${words[1]}" 1e-10
    near "row $i: T_plus" "$(value "$work/out" $i T_plus)" "${words[2]}" 1e-10
    near "row $i: current" "$(value "$work/out" $i energy_current)" "${words[3]}" 1e-10
done

finish
