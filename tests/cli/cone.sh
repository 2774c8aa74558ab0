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
is 'columns' "$(columns c.tsv)" 't n_left err_left n_right err_right run'
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
