#!/usr/bin/env bash
# kapitza quench: what options do to a run, stops and resumption, files that must survive.
. "$(dirname "$0")/lib.sh"

# column N FILE [AWK-CONDITION]: the largest value of a column of an export.
largest() {
    "$KAPITZA" export "$2" | awk -v c="$1" "!/^#/ && \$c != \"nan\" && (${3:-1}) && \$c > m { m = \$c }
        END { print m + 0 }"
}
# holds NAME AWK-EXPRESSION
holds() { if awk "BEGIN { exit !($2) }"; then ok "$1"; else not_ok "$1" "$2"; fi; }
# start WORDS...: in the background, where SIGINT is not ignored; leaves process.
start() {
    set -m
    "$KAPITZA" "$@" 2>"$work/err" &
    process=$!
    set +m
}
# stop: by SIGINT where that is not ignored; leaves code.
stop() {
    kill -s "$interrupt" $process
    wait $process
    code=$?
}
interrupt=INT interrupted=130
if ignored 2; then interrupt=TERM interrupted=143; fi
parameters() { "$KAPITZA" export "$1" | grep '^# parameters'; }

wall=(quench --left xx --right P=4 --initial domain-wall --length 20 --threads 1)

# Splittings.
run "${wall[@]}" --times 2 --cutoff 1e-14 -o default.h5
run "${wall[@]}" --times 2 --cutoff 1e-14 --dt 0.02 -o fine.h5
run "${wall[@]}" --times 2 --cutoff 1e-14 --order 2 -o second.h5
run "${wall[@]}" --times 2 --cutoff 1e-14 --paper -o paper.h5
matches "the default" "$(parameters default.h5)" 'dt=0.2 splitting=fourth order, optimised'
matches "second order" "$(parameters second.h5)" 'dt=0.2 splitting=second order'
matches "the paper's" "$(parameters paper.h5)" 'dt=0.02 splitting=fourth order, Forest-Ruth'
below "the default step is right to 1e-6" "$(distance default.h5 fine.h5)" 1e-6
holds "second order is not" "$(distance second.h5 fine.h5) > 1e-4"
below "the paper's is right to 1e-7" "$(distance paper.h5 fine.h5)" 1e-7
holds "and another one" "$(distance paper.h5 fine.h5) > 1e-12"
holds "the distance is symmetric" \
    "$(distance second.h5 fine.h5) == $(distance fine.h5 second.h5)"

# Budgets of discarded weight: per unit time, or as much for every gate.
run "${wall[@]}" --times 6 --cutoff 1e-5 -o time.h5
run "${wall[@]}" --times 6 --cutoff-per-gate 1e-5 -o gate.h5
holds "discarded weight within the budget" "$(largest 10 time.h5) <= 6e-5 && $(largest 10 time.h5) > 1e-6"
holds "more is discarded per gate" "$(largest 10 gate.h5) > 2 * $(largest 10 time.h5)"
matches "the budget per gate is told" "$(parameters gate.h5)" 'cutoff_per_gate=1e-05'

# Density matrices are kept on request.
run "${wall[@]}" --times 1 --density-matrices -o dense.h5
is "density matrices" "$(grep -c "sites n, n+1, n+2; basis" dense.h5)" 1
run quench --left xx --right xx --initial energy --length 12 --method fermion --times 1 \
    --density-matrices -o exact.h5
exits 0 "density matrices of free fermions"
is "they are kept too" "$(grep -c "sites n, n+1, n+2; basis" exact.h5)" 1
is "none without" "$(grep -c "sites n, n+1, n+2; basis" time.h5)" 0

# So are two-point functions, and --resume goes on with them.
run "${wall[@]}" --times 0,1 --correlations -o pairs.h5
exits 0 "two-point functions"
matches "their error is told" "$(cat "$work/err")" 'error of correlations [0-9.]+e-[0-9]+, bound'
is "of all pairs" "$(h5dump -H -d correlation_pm_imag pairs.h5 | grep -c '( 2, 20, 20 )')" 1
is "with two scales of sites" "$(h5dump -A -d other_site pairs.h5 | grep -c DIMENSION_SCALE)" 1
run quench --resume --times 0,1,2 -o pairs.h5
is "resumed" "$code $(h5dump -H -d correlation_zz pairs.h5 | grep -c '( 3, 20, 20 )')" '0 1'
run "${wall[@]}" --times 0,1,2 --correlations -o in-one-go.h5
for name in correlation_zz correlation_pm_real correlation_pm_imag correlation_error; do
    is "$name of a resumed run" "$(h5dump -d $name -m %.17g pairs.h5 | tail -n +2)" \
        "$(h5dump -d $name -m %.17g in-one-go.h5 | tail -n +2)"
done
refused 2 '--correlations: differs from the run to be resumed, made without' \
    quench --resume --correlations --times 1,2 -o dense.h5
run quench --left xx --right P=4 --initial energy --length 8 --times 0 --correlations -o even.h5
is "no imaginary part where the spin flip forbids it" \
    "$(h5dump -n even.h5 | grep -c correlation_)" 3

# Export and compare.
is "n/t" "$("$KAPITZA" export time.h5 | awk '!/^#/ && ($3 - $2 / $1) ^ 2 > 1e-20' | wc -l)" 0
is "n/t of the last site" "$("$KAPITZA" export time.h5 | tail -1 | cut -f 3 | cut -c 1-7)" 1.66666
refused 2 'time.h5 has no time in common with dense.h5' compare dense.h5 time.h5
refused 2 '--output: is the input time.h5' export time.h5 -o time.h5
refused 2 '--output: is the input gate.h5' compare time.h5 gate.h5 -o gate.h5
run quench --left xx --right gamma=pi/3 --initial domain-wall --length 12 --times 0:0.7:0.1 -o three.h5
run quench --left xx --right P=3 --initial domain-wall --length 12 --times 0.7 -o alike.h5
run compare three.h5 alike.h5
exits 0 "one chain under two names"
run quench --resume --right Delta=0.5 --times 0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8 -o three.h5
exits 0 "resumed under other names of chain and times"

# A larger chi acts from the next time on.
run "${wall[@]}" --times 0,3,6 --chi 8 -o small.h5
refused 2 '--chi: a larger one acts on later times' quench --resume --times 0,3,6 --chi 64 -o small.h5
is "chi as it was" "$(largest 9 small.h5)" 8
run quench --resume --times 0,3,6,8 --chi 64 -o small.h5
exits 0 "larger chi"
is "old rows stay" "$(largest 9 small.h5 '$1 < 7')" 8
holds "new rows have more" "$(largest 9 small.h5 '$1 > 7') > 20"
refused 2 '--chi: 10 is smaller' quench --resume --times 0,3,6,8,9 --chi 10 -o small.h5

# The ground state can be stopped too.
energy=(quench --left xx --right gamma=pi/4 --initial energy --threads 1)
run "${energy[@]}" --length 40 --times 0,1 -o whole.h5
run "${energy[@]}" --length 40 --times 0,1 --wall-time 1e-7 -o early.h5
exits 75 "wall time in the ground state"
matches "it says so" "$(cat "$work/err")" 'stopped before t = 0'
is "a checkpoint only" "$(ls early*)" early.h5.checkpoint
refused 2 'holds an unfinished run' "${energy[@]}" --length 40 --times 0,1 -o early.h5
run quench --resume --times 0,1 --threads 1 -o early.h5
exits 0 "resumed from the start"
same_rows "the same as in one go" whole.h5 early.h5
start "${energy[@]}" --length 400 --times 0 --progress -o ground.h5
await grep -q 'ground state' "$work/err"
stop
exits $interrupted "a signal in the ground state"
is "it leaves a checkpoint only" "$(ls ground*)" ground.h5.checkpoint

# So can the cooling of a thermal state.
thermal=(quench --left xx --right gamma=pi/4 --initial thermal --left-state T=1 --threads 1)
warm=("${thermal[@]}" --right-state T=2 --length 12 --times 0,1)
run "${warm[@]}" -o whole-warm.h5
run "${warm[@]}" --wall-time 1e-9 -o early-warm.h5
exits 75 "wall time in the cooling"
is "a checkpoint only" "$(ls early-warm*)" early-warm.h5.checkpoint
run quench --resume --times 0,1 --threads 1 -o early-warm.h5
exits 0 "resumed from the start"
same_rows "the same as in one go" whole-warm.h5 early-warm.h5
start "${thermal[@]}" --right-state beta=20 --length 400 --times 0 --progress -o cold.h5
await grep -Eq 'thermal state, [0-9]+ %' "$work/err"
stop
exits $interrupted "a signal in the cooling"
is "it leaves a checkpoint only" "$(ls cold*)" cold.h5.checkpoint

# A run ended by a signal goes on to the same numbers.
long=("${energy[@]}" --length 30 --times 0:8:1)
run "${long[@]}" -o straight.h5
start "${long[@]}" --checkpoint 1e-4 -o cut.h5
await test -f cut.h5.checkpoint
stop
exits $interrupted "a signal in the evolution"
run quench --resume --times 0:8:1 --threads 1 -o cut.h5
exits 0 "resumed after a signal"
same_rows "the same after a signal" straight.h5 cut.h5

# Files that must survive.
echo "precious" >taken.h5.checkpoint
refused 2 'not of this version of kapitza' "${wall[@]}" --times 1 -o taken.h5
is "a foreign checkpoint" "$(cat taken.h5.checkpoint)" precious
ln -s time.h5 link.h5
refused 2 'link.h5 holds a finished run: --resume it' "${wall[@]}" --times 1 -o link.h5
run "${wall[@]}" --times 1 --overwrite -o link.h5
is "links stay, what they lead to is replaced" "$(readlink link.h5) $("$KAPITZA" export time.h5 | tail -1 | cut -f 1)" "time.h5 1"
mkdir elsewhere
ln -s ../small.h5 elsewhere/alias.h5
run quench --resume -o elsewhere/alias.h5
exits 0 "resumed through a link"
refused 2 'holds a finished run' "${wall[@]}" --times 1 -o elsewhere/alias.h5
is "a link has no checkpoint of its own" "$(ls elsewhere)" alias.h5
ln -s nowhere.h5 broken.h5
ln -s nowhere.h5 start.h5.checkpoint
refused 4 'start.h5.checkpoint: is a link to nothing' "${wall[@]}" --times 1 -o start.h5
refused 2 '--times: 1e.25 takes more than' "${wall[@]}" --times 1e25 -o start2.h5
refused 2 '--times: 1 takes more than' "${wall[@]}" --times 1 --dt 1e-300 -o start2.h5
refused 2 '--times: 1[.0e]*-10 is too close to 0 ' "${wall[@]}" --times 0,1e-10 -o start2.h5
refused 4 'broken.h5: is a link to nothing' "${wall[@]}" --times 1 -o broken.h5
refused 4 'broken.h5: is a link to nothing' export time.h5 -o broken.h5
fermion=(quench --left xx --right xx --initial energy --length 20 --method fermion --times 1)
refused 2 'belongs to a TEBD run' "${fermion[@]}" -o small.h5
refused 2 '--wall-time: has no meaning' "${fermion[@]}" --wall-time 1 -o fermion.h5
cp straight.h5.checkpoint keep.h5.checkpoint
(
    ulimit -f 8
    "$KAPITZA" quench --resume --times 0:9:1 --threads 1 --quiet -o keep.h5 >"$work/out" 2>"$work/err"
)
code=$?
exits 4 "a limit on the size of files"
if cmp -s straight.h5.checkpoint keep.h5.checkpoint; then ok "the checkpoint stands"; else
    not_ok "the checkpoint stands" "$(ls -l keep*)"
fi
is "nothing else is left" "$(ls keep*)" keep.h5.checkpoint
finish
