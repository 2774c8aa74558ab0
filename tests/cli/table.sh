#!/usr/bin/env bash
# kapitza table: the file, its attributes, misuse, signals.
. "$(dirname "$0")/lib.sh"

# attribute FILE NAME; dataset FILE NAME [INDEX,COUNT]: numbers, one a line, not those of its
# attributes (h5dump is optional).
attribute() { h5dump -a "$2" "$1" 2>/dev/null | sed -n 's/^ *(0): *//p' | tr -d '"'; }
dataset() { h5dump -d "$2" -m %.17g -y -w 1 "$1" 2>/dev/null | awk '/DATA [{]/ { inside = 1 } inside; inside && /}/ { exit }' | grep -Eo '^ *[-0-9nia].*' | tr -d ' ,'; }

run table --help
exits 0 'help'
is 'help on stdout only' "$(wc -c <"$work/err")" 0
grep -q 'energy_beta_mu' "$work/out" && ok 'help names the datasets' || not_ok 'help names the datasets'

refused 2 '--chain: is missing.*--output: is missing' table
refused 2 '--output: x.tsv does not end in .h5' table --chain xx -o x.tsv
refused 2 '--output: - does not end' table --chain xx -o -
refused 2 '--beta: must increase, 0 follows 1' table --chain xx --beta 1,0 -o x.h5
refused 2 '--mu: must be finite' table --chain xx --mu 0,inf -o x.h5
refused 2 '--mu: .* rows are too many' table --chain xx --beta 0:4000:1 --mu 0:4000:1 -o x.h5
refused 2 '--energy-only: covers the whole band' table --chain xx --energy-only --beta 0,1 -o x.h5
refused 2 'Delta=0.6.*near it' table --chain Delta=0.6 -o x.h5
refused 4 'none/x.h5: No such file' table --chain xx -o none/x.h5

run table --chain gamma=pi/3 --beta -1:1:0.5 --mu -1,0,1 -o t.h5
exits 0 'a small grid'
is 'nothing printed' "$(cat "$work/out" "$work/err")" ''
is 'one file' "$(contents)" 't.h5 '
run table --chain xx --energy-only --tol 1e-6 -o e.h5
exits 0 'beta(e)'
if command -v h5dump >/dev/null; then
    is 'format' "$(attribute t.h5 format)" kapitza-table
    is 'format_version' "$(attribute t.h5 format_version)" 2
    is 'kind' "$(attribute t.h5 kind) $(attribute e.h5 kind)" 'grid energy'
    is 'chain' "$(attribute t.h5 chain) $(attribute e.h5 chain)" 'P=3 xx'
    near 'energy_min' "$(attribute t.h5 energy_min)" -0.375 1e-5
    near 'energy_max' "$(attribute e.h5 energy_max)" '1/pi' 1e-5
    is 'beta[5]' "$(dataset t.h5 beta | wc -l)" 5
    is 'energy[5,3]' "$(dataset t.h5 energy | wc -l)" 15
    # (beta, mu) = (0, 1) is node (2, 2): m = tanh(1/2)/2, e = m^2/2, dm/dmu = 1/4 - m^2
    m='(0.5*(exp(1)-1)/(exp(1)+1))'
    near 'm of a paramagnet' "$(dataset t.h5 magnetization | sed -n 9p)" "$m" 1e-10
    near 'e of a paramagnet' "$(dataset t.h5 energy | sed -n 9p)" "0.5*$m^2" 1e-10
    near 'dm/dmu of a paramagnet' "$(dataset t.h5 magnetization_mu | sed -n 9p)" "0.25-$m^2" 1e-10
    near 'de/dbeta at beta = mu = 0' "$(dataset t.h5 energy_beta | sed -n 8p)" '-2.25/16' 1e-10
    near 'beta(e) ends at the ground state' "$(dataset e.h5 energy | head -n 1)" '-1/pi' 1e-15
    is 'where beta is inf' "$(dataset e.h5 beta | sed -n '1p;$p' | tr '\n' ' ')" 'inf -inf '
else
    skip 'contents of the files' 'no h5dump'
fi

# bit by bit the same on any number of threads
run table --chain P=4 --beta -2:2:0.5 --mu -2:2:0.5 --threads 1 -o one.h5
run table --chain P=4 --beta -2:2:0.5 --mu -2:2:0.5 --threads 2 -o two.h5
cmp -s one.h5 two.h5 && ok 'the same on 1 and 2 threads' || not_ok 'the same on 1 and 2 threads'

# a killed one leaves no file, or the old one
rm -f ./*.h5
for signal in INT TERM; do
    "$KAPITZA" table --chain P=12 -o killed.h5 >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    for _ in $(seq 100); do
        [ -n "$(contents)" ] && break
        sleep 0.02
    done
    # a shell without job control starts background jobs with SIGINT ignored
    [ $signal = INT ] && signal=HUP
    [ $signal = HUP ] && ignored 1 && signal=TERM
    kill -$signal $pid
    wait $pid
    code=$?
    is "killed by $signal" "$code" "$((128 + $(kill -l $signal)))"
    is "nothing left after $signal" "$(contents)" ''
done
echo old >killed.h5
"$KAPITZA" table --chain P=12 -o killed.h5 >"$work/out" 2>"$work/err" </dev/null &
pid=$!
sleep 0.3
kill -KILL $pid
wait $pid 2>/dev/null
is 'a killed program leaves the old file' "$(cat killed.h5)" old
finish
