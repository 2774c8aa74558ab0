#!/usr/bin/env bash
# kapitza relax: references, columns, tables, profile, rays, bad input.
. "$(dirname "$0")/lib.sh"

paper="relax --length 10 --conductivity 1 --capacity 1 --initial 1"

# T(t) of a program of its own (tests/relax/t-relax.c); the end is that of junction
run $paper --times 0,1,1e4
exits 0 'the paper, Fourier'
is 'columns' "$(columns "$work/out")" \
    't T_minus T_plus current_left current_right energy err beta_minus beta_plus heat_left heat_right balance rate'
near 't = 1: T_minus' "$(value "$work/out" 2 T_minus)" 1.11614260992 2e-11
near 't = 1: T_plus' "$(value "$work/out" 2 T_plus)" 0.90571719785 2e-11
near 't = 1: current_left' "$(value "$work/out" 2 current_left)" 0.102440695070 1e-11
near 't = 1: current_right' "$(value "$work/out" 2 current_right)" 0.082492659246 1e-11
near 't = 0: energy' "$(value "$work/out" 1 energy)" 10 1e-12
near 'balance' "$(value "$work/out" 3 balance)" 0 1e-10
is 'no rate at the end' "$(value "$work/out" 3 rate)" nan
cp "$work/out" "$work/late"
run junction --resistance 10
for name in T_minus T_plus energy_current; do
    late=${name/energy_current/current_left}
    near "late as junction: $name" "$(value "$work/late" 3 "$late")" "$(value "$work/out" 1 $name)" 1e-9
done
grep -q '^# steady T_minus=2.0426' "$work/late" && ok 'the stationary state stands in the header' ||
    not_ok 'the stationary state stands in the header' "$(grep steady "$work/late")"

# by the law in beta
run relax --length 40 --conductivity 1 --capacity 1 --initial 1 --law beta --times 1000
near 'law beta: beta_minus' "$(value "$work/out" 1 beta_minus)" -0.606557441 1e-9
near 'law beta: beta_plus' "$(value "$work/out" 1 beta_plus)" 1.776087976 1e-9
near 'law beta: T_minus' "$(value "$work/out" 1 T_minus)" '1/-0.606557441' 1e-8

# files that say the same as numbers, in any order
printf '# T kappa\n5 2\n0.1 2\n' >two.tsv
printf 'T,c\n0.1,0.5\n1,0.5\n5,0.5\n' >half.csv
printf -- '-5 1\n0 1\n5 1\n' >start.tsv
free="--right xx --left-state T=2 --right-state T=0.5 --length 10 --times 3"
run relax $free --conductivity 2 --capacity 1/2 --initial 1
cp "$work/out" "$work/numbers"
run relax $free --conductivity two.tsv --capacity half.csv --initial start.tsv
exits 0 'files'
near 'files: T_plus' "$(value "$work/out" 1 T_plus)" "$(value "$work/numbers" 1 T_plus)" 1e-10
is 'files: their names' "$(grep -o 'conductivity=[^ ]* capacity=[^ ]* initial=[^ ]*' "$work/out")" \
    'conductivity=two.tsv capacity=half.csv initial=start.tsv'

# T(x, t)
run relax $free --conductivity 2 --capacity 1/2 --initial 1 --profile
exits 0 'profile'
is 'profile: columns' "$(columns "$work/out")" 't x T err'
is 'profile: rows' "$(rows "$work/out")" 101
near 'profile: its end' "$(value "$work/out" 101 T)" "$(value "$work/numbers" 1 T_plus)" 1e-10
run relax $free --conductivity 2 --capacity 1/2 --initial 1 --profile --positions=-5,0 -o p.h5
exits 0 'profile: positions, HDF5'

# the halves
run relax $free --conductivity 2 --capacity 1/2 --initial 1 --rays=-1.5,-0.5,0,0.5
exits 0 'rays'
is 'rays: columns' "$(columns "$work/out")" 't zeta energy energy_current err side'
is 'rays: both sides at 0' "$(grep -v '^#' "$work/out" | cut -f 2,6 | tr '\n\t' ' :')" \
    '-1.5:left -0.5:left 0:left 0:right 0.5:right '
near 'rays: the edge' "$(value "$work/out" 3 energy_current)" "$(value "$work/numbers" 1 current_left)" 1e-10
near 'rays: outside' "$(value "$work/out" 1 energy_current)" 0 1e-14

# an XXZ half: goes over into its edge and, outside, into the reservoir; energy flows to the cold
run relax --left P=3 --right xx --left-state T=2 --right-state T=0.5 --length 4 --conductivity 1 --capacity 1 --initial 1 \
    --times 2 --rays=-1.9,-0.8,-0.001,0 --tol 1e-3
exits 0 'rays of an XXZ half'
near 'XXZ rays: outside' "$(value "$work/out" 1 energy_current)" 0 1e-8
near 'XXZ rays: the edge' "$(value "$work/out" 3 energy_current)" "$(value "$work/out" 4 energy_current)" 1e-4
ordered=$(awk -v a="$(value "$work/out" 2 energy_current)" -v b="$(value "$work/out" 3 energy_current)" 'BEGIN { print (0 < a && a < b) }')
is 'XXZ rays: the current falls towards the front' "$ordered" 1

# bad input
refused 2 '--length: is missing.*--conductivity: is missing.*--capacity: is missing.*--initial: is missing.*--times: is missing' relax
free2="--right xx --left-state T=2 --right-state T=0.5"
refused 2 '--length: .*> 0' relax $free2 --length 0 --conductivity 1 --capacity 1 --initial 1 --times 1
refused 2 '--length: .*finite' relax $free2 --length inf --conductivity 1 --capacity 1 --initial 1 --times 1
refused 2 '--conductivity: .*> 0' relax $free2 --length 1 --conductivity=-1 --capacity 1 --initial 1 --times 1
refused 2 '--capacity: .*no number and no file' relax $free2 --length 1 --conductivity 1 --capacity abc --initial 1 --times 1
refused 4 'none.tsv' relax $free2 --length 1 --conductivity none.tsv --capacity 1 --initial 1 --times 1
refused 2 '--initial: T = 0' relax $free2 --length 1 --conductivity 1 --capacity 1 --initial 0 --times 1
refused 2 '--initial: infinite temperature .*beta' relax $free2 --length 1 --conductivity 1 --capacity 1 --initial inf --times 1
refused 2 'T = -1 at t = 0' relax $free2 --length 1 --conductivity 1 --capacity 1 --initial=-1 --times 1
refused 2 '--rays: Delta = 1: rays .*[|]Delta[|] < 1 and [|]Delta[|] > 1 only' relax --left xx --right Delta=1 --left-state T=1 --right-state T=0.5 --length 1 --conductivity 1 --capacity 1 --initial 1 --times 1 --rays 0
refused 2 '--times: .*-1 is not allowed' relax $free2 --length 1 --conductivity 1 --capacity 1 --initial 1 --times=-1
refused 2 '--law: .*accepted: fourier, beta' relax $free2 --length 1 --conductivity 1 --capacity 1 --initial 1 --times 1 --law ohm
refused 2 '--rays: contradicts --profile' relax $free2 --length 1 --conductivity 1 --capacity 1 --initial 1 --times 1 --profile --rays 0
refused 2 '--positions: belongs to --profile' relax $free2 --length 1 --conductivity 1 --capacity 1 --initial 1 --times 1 --positions 0
refused 2 '--positions: 1 is not allowed' relax $free2 --length 1 --conductivity 1 --capacity 1 --initial 1 --times 1 --profile --positions 1
refused 2 '--left-state: .*magnetization' relax --left-state up --length 1 --conductivity 1 --capacity 1 --initial 1 --times 1
refused 2 '--conductivity: with --law beta' relax $free2 --length 1 --conductivity two.tsv --capacity 1 --initial 1 --times 1 --law beta
printf '1 1\n1 2\n' >bad.tsv
refused 2 'bad.tsv:2: this temperature stands twice' relax $free2 --length 1 --conductivity bad.tsv --capacity 1 --initial 1 --times 1
printf '0 1\n2 2\n' >bad.tsv
refused 2 'bad.tsv:1: the temperature must be > 0' relax $free2 --length 1 --conductivity bad.tsv --capacity 1 --initial 1 --times 1
printf '1 1\n2 0\n' >bad.tsv
refused 2 'bad.tsv:2: the value must be > 0' relax $free2 --length 1 --conductivity 1 --capacity bad.tsv --initial 1 --times 1
printf -- '-1 1\n0 -1\n1 1\n' >bad.tsv
refused 2 'bad.tsv:2: T changes its sign' relax $free2 --length 2 --conductivity 1 --capacity 1 --initial bad.tsv --times 1
printf -- '-1 1\n1 1\n' >bad.tsv
refused 2 '--initial: bad.tsv .*-1 to 1, not from -2' relax $free2 --length 4 --conductivity 1 --capacity 1 --initial bad.tsv --times 1
refused 2 '--output' relax $free2 --length 2 --conductivity 1 --capacity 1 --initial start.tsv --times 1 -o start.tsv
refused 3 'table, T = 0.1 ... 0.2' relax $free2 --length 1 --conductivity <(printf '0.1 1\n0.2 1\n') --capacity 1 --initial 1 --times 1

# outside its table the junction stops; the rows before stand
printf '0.98 1\n1.02 1\n' >short.tsv
run relax $free2 --length 1 --conductivity 1 --capacity short.tsv --initial 1 --times 1e-5,10
exits 3 'a table that ends'
near 'the row before' "$(value "$work/out" 1 T_minus)" 1 0.05
is 'the row after' "$(value "$work/out" 2 T_minus) $(value "$work/out" 2 err)" 'nan inf'

finish
