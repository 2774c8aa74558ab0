#!/usr/bin/env bash
# kapitza cone: positions, fits and their lines, several runs, bad input.
. "$(dirname "$0")/lib.sh"

# number LINE NAME FILE: NAME=value on the line "# LINE ...".
number() { sed -n "s/^# $1 .*\\b$2=\\([^ ]*\\).*/\\1/p" "$3"; }

run cone --help
exits 0 'help'
refused 2 'RUN.h5: is missing' cone
refused 4 'none.h5' cone none.h5

# Free fermions: no inner cone, whatever the quench.
run quench --left xx --right xx --method fermion --initial energy --length 80 --times 0:30:1 -o free.h5
exits 0 'free fermions'
run quench --left xx --right xx --method fermion --initial domain-wall --length 80 --times 0:30:1 -o wall.h5
exits 0 'free domain wall'
run cone free.h5 wall.h5 --fit 20:30 -o c.tsv
exits 0 'two runs'
is 'columns' "$(columns c.tsv)" 't n_left err_left n_right err_right run height_left err_height_left height_right err_height_right status_left status_right'
is 'rows' "$(rows c.tsv)" 62
is 'no maxima' "$(awk -F '\t' '!/^#/ && ($2 != 0 || $4 != 0)' c.tsv)" ''
is 'currents' "$(number run_1 current c.tsv) $(number run_2 current c.tsv)" 'energy spin'
is 'no velocity' "$(number fit_1 v_right c.tsv) $(number fit_1 points_right c.tsv)" 'nan 0'
is 'times of the fit' "$(number fit_2 times c.tsv)" 11
is 'no line' "$(number line_right A c.tsv)" nan

# An XXZ half has one, on the right side first; the chain is a sixth of what a figure needs.
run quench --left xx --right P=4 --initial energy --length 24 --times 5:8:1 --chi 24 -o a.h5
run quench --left xx --right P=6 --initial energy --length 24 --times 5:8:1 --chi 24 -o b.h5
exits 0 'energy quenches'
run cone a.h5 b.h5 --fit 5:8 -o c.tsv
exits 0 'their cones'
if grep -q 'a.h5: from t = 8 on the front reflected at the right end' "$work/err"; then ok 'reflected front'
else not_ok 'reflected front' "$(cat "$work/err")"; fi
near 'n_right at t = 5' "$(value c.tsv 1 n_right)" 2 0.5
near 'moves to the right' "$(number fit_1 v_right c.tsv)" 0.5 0.45
near 'faster at larger Delta' "$(awk "BEGIN { print ($(number fit_2 v_right c.tsv) > $(number fit_1 v_right c.tsv)) }")" 1 0
is 'points' "$(number fit_1 points_right c.tsv)" 4
# the slope of four equidistant points: (3 (y4 - y1) + y3 - y2)/10
y() { value c.tsv "$1" n_right; }
near 'least squares' "$(number fit_1 v_right c.tsv)" "(3 * ($(y 4) - $(y 1)) + $(y 3) - $(y 2)) / 10" 1e-12
near 'line through two runs' "$(number line_right A c.tsv)" \
    "($(number fit_2 v_right c.tsv) - $(number fit_1 v_right c.tsv)) / (cos(pi/6) - cos(pi/4))" 1e-9
is 'no error of two' "$(number line_right A_err c.tsv)" nan
run cone a.h5 --current spin
exits 0 'the other current'
is 'none without magnetization' "$(awk -F '\t' '!/^#/ && ($2 != 0 || $4 != 0)' "$work/out")" ''
run cone a.h5 b.h5 --fit 5:8 -o c.h5
exits 0 'HDF5'
if grep -aq fit_1_v_right c.h5 && grep -aq line_right_A c.h5; then ok 'attributes'; else not_ok 'attributes'; fi
run cone a.h5 --times 3
exits 2 'no such option'

# Vanishing truncation: rows of run 0 and the velocity through them.  Of the three best runs (chi =
# 20, 28, 40: weights 2e-3 ... 2e-5) chi = 200, weight 4e-8, is foretold within the error.
for chi in 20 28 40 200; do
    run quench --left xx --right gamma=pi/4 --initial energy --length 20 --chi $chi --dt 0.5 \
        --times 0,4,5,6 --quiet -o chi$chi.h5
done
run cone chi20.h5 chi28.h5 chi40.h5 --extrapolate --fit 4:6 -o limit.tsv
exits 0 'vanishing truncation'
is 'rows of all' "$(rows limit.tsv)" 16
run cone chi200.h5 --quiet -o best.tsv
for t in 5 6; do
    row=$((10 + t))
    is "run 0 at t = $t" "$(value limit.tsv $row run) $(value limit.tsv $row status_right)" '0 ok'
    near "n_right at t = $t" "$(value limit.tsv $row n_right)" "$(value best.tsv $((t - 2)) n_right)" \
        "$(value limit.tsv $row err_right)"
    near "height at t = $t" "$(value limit.tsv $row height_right)" "$(value best.tsv $((t - 2)) height_right)" \
        "$(value limit.tsv $row err_height_right)"
    near "error of n_right at t = $t" "$(value limit.tsv $row err_right)" 0 0.05
done
near 'their velocity' "$(number fit_extrapolated v_right limit.tsv)" \
    "$(value limit.tsv 16 n_right) - ($(value limit.tsv 15 n_right))" 1e-12
is 'no line against Delta' "$(number line_right A limit.tsv)" ''
run quench --left xx --right gamma=pi/4 --initial energy --length 20 --chi 24 --dt 0.25 --times 0,4 --quiet -o step.h5
refused 2 '--extrapolate: 2 runs given \(needed: 3' cone chi20.h5 chi28.h5 --extrapolate
refused 2 '--extrapolate: runs 1 and 3 have the same chi = 20 and cutoff' cone chi20.h5 chi28.h5 chi20.h5 --extrapolate
refused 2 '--extrapolate: .*time steps' cone chi20.h5 chi28.h5 step.h5 --extrapolate
refused 2 '--extrapolate: .*chains' cone chi20.h5 chi28.h5 b.h5 --extrapolate
refused 2 '--extrapolate: .*free fermions' cone free.h5 free.h5 free.h5 --extrapolate
for chi in 8 9 10; do
    run quench --left xx --right gamma=pi/4 --initial energy --length 20 --chi $chi --dt 0.5 \
        --times 0,6 --quiet -o chi$chi.h5
done
run cone chi8.h5 chi9.h5 chi10.h5 --extrapolate -o far.tsv
is 'too large weights' "$(value far.tsv 8 n_right) $(value far.tsv 8 err_right) $(value far.tsv 8 status_right)" \
    'nan inf unconverged'

run cone a.h5 --quiet
is 'quiet' "$(cat "$work/err")" ''
refused 2 '--fit: "7" is no range' cone a.h5 --fit 7
refused 2 '--fit: "1:2:3" is no range' cone a.h5 --fit 1:2:3
refused 2 '--fit: 9:8 is empty' cone a.h5 --fit 9:8
refused 2 '--fit: a.h5 has 2 times in 7:9 \(needed: 3\)' cone a.h5 --fit 7:9
refused 2 '--current: "heat" \(accepted: energy, spin\)' cone a.h5 --current heat
refused 2 '--output: is the input b.h5' cone a.h5 b.h5 -o b.h5
head -c 3000 a.h5 >torn.h5
refused 4 'torn.h5' cone a.h5 torn.h5
refused 2 'at most 64' cone $(printf 'a.h5 %.0s' $(seq 65))
finish
