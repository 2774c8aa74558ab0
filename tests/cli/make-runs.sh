#!/usr/bin/env bash
# data/make-runs: killed at random moments it goes on; what it packs; it reproduces shipped runs.
. "$(dirname "$0")/lib.sh"
: "${KAPITZA_DATA:=$here/../../data}"
make_runs=$here/../../data/make-runs
export PACK_RUN=${PACK_RUN:-$(dirname "$KAPITZA")/data/pack-run}
if ! command -v flock >/dev/null; then
    skip 'make-runs' 'no flock'
    finish
    exit
fi

# -- the list --------------------------------------------------------------------------------------

is 'runs' "$("$make_runs" list | wc -l)" 35
is 'each of them is shipped, and nothing else' "$("$make_runs" list | awk '{ print $1 ".h5" }' | sort | tr '\n' ' ')" \
    "$(cd "$KAPITZA_DATA" && ls ./*.h5 | sed 's#./##' | sort | tr '\n' ' ')"
"$make_runs" >/dev/null 2>"$work/err"
is 'usage' "$? $(grep -c PROCESSES "$work/err")" '2 1'
NAMES='energy-pi9*' "$make_runs" none 2>"$work/err"
is 'a pattern that picks nothing' "$? $(grep -c "NAMES='energy-pi9\*' picks no run" "$work/err") $(ls)" '2 1 '
"$make_runs" folder x >/dev/null 2>&1
is 'processes are a number' "$?" 2

# -- killed and called again -------------------------------------------------------------------------

export NAMES='wall-pi[34]-chi350' TIMES=0:3:1
"$make_runs" whole 2 >/dev/null
is 'two runs' "$(ls whole | tr '\n' ' ')" 'wall-pi3-chi350.done wall-pi3-chi350.h5 wall-pi3-chi350.lock wall-pi4-chi350.done wall-pi4-chi350.h5 wall-pi4-chi350.lock '
set -m # so that each has a process group of its own
for i in 1 2 3; do
    "$make_runs" cut 2 >/dev/null 2>&1 &
    sleep "0.$((RANDOM % 30 + 10))"
    kill -KILL -- -$! 2>/dev/null
    wait $! 2>/dev/null
done 2>/dev/null
set +m
touch cut/wall-pi3-chi350.h5.checkpoint.kapitza.tmp # as if killed while that was written
"$make_runs" cut 2 >/dev/null
is 'the same numbers' "$(distance whole/wall-pi3-chi350.h5 cut/wall-pi3-chi350.h5) $(distance whole/wall-pi4-chi350.h5 cut/wall-pi4-chi350.h5)" '0 0'
is 'and files' "$(ls cut | tr '\n' ' ')" "$(ls whole | tr '\n' ' ')"
touch cut/wall-pi3-chi350.h5.checkpoint # as if killed between the end and tidying up
"$make_runs" cut 2 >/dev/null
is 'files of a finished run' "$(ls cut | tr '\n' ' ')" "$(ls whole | tr '\n' ' ')"
is 'finished runs are left alone' "$("$make_runs" cut 2)" ''

# -- packing -----------------------------------------------------------------------------------------

rm whole/wall-pi4-chi350.done
"$make_runs" pack whole packed 2>"$work/err"
is 'a run that is not finished' "$? $(grep -c 'wall-pi4-chi350 is not finished' "$work/err")" '1 1'
is 'the other is packed' "$(ls packed)" wall-pi3-chi350.h5
near 'rounded to multiples of 2^-27' "$(distance whole/wall-pi3-chi350.h5 packed/wall-pi3-chi350.h5)" 0 3.73e-9
"$PACK_RUN" whole/wall-pi3-chi350.h5 packed/x.h5 20 1e-6 whole/wall-pi4-chi350.h5 2>"$work/err"
is 'another run to compare with' "$? $(grep -c 'is another run' "$work/err")" '1 1'
"$PACK_RUN" whole/wall-pi3-chi350.h5 packed/x.h5 99 1e-6 2>/dev/null
is 'too many bits' "$? $(ls packed)" '2 wall-pi3-chi350.h5'

# -- shipped runs ------------------------------------------------------------------------------------

for name in wall-pi3-chi350 wall-pi4-chi350; do
    near "$name from scratch is the shipped one" "$(distance "cut/$name.h5" "$KAPITZA_DATA/$name.h5")" 0 1e-8
done

finish
