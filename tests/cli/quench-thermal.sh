#!/usr/bin/env bash
# kapitza quench from thermal and product states, on chains with couplings from a file.
. "$(dirname "$0")/lib.sh"

xx=(--left xx --right xx --length 12 --times 0,1)
mixed=(--left xx --right gamma=pi/4 --length 12 --times 0,1)
thermal=(--initial thermal --left-state T=1 --right-state T=0.5)

# done_with NAME WORDS...
done_with() {
    local name=$1
    shift
    run "$@"
    if [ "$code" -eq 0 ]; then ok "$name"; else not_ok "$name" "exit $code" "$(cat "$work/err")"; fi
}

# -- what is refused ---------------------------------------------------------------------------

refused 2 '--left-state: is missing.*--right-state: is missing' quench "${mixed[@]}" --initial thermal -o a.h5
refused 2 '--left-state: goes with --initial thermal only' quench "${mixed[@]}" --initial energy --left-state T=1 -o a.h5
refused 2 'beta = 25 is not between -20 and 20: take ground or ceiling' quench "${mixed[@]}" --initial thermal --left-state T=1 --right-state beta=25 -o a.h5
refused 2 'mu = 40 is not between -30 and 30: take up or down' quench "${mixed[@]}" --initial thermal --left-state T=1 --right-state beta=1,mu=40 -o a.h5
refused 2 'both halves must be thermal, or ground or ceiling, or up or down' quench "${mixed[@]}" --initial thermal --left-state up --right-state beta=1 -o a.h5
refused 2 'a ground state in a field' quench "${mixed[@]}" --initial thermal --left-state ground,h=0.3 --right-state ground -o a.h5
refused 2 '--left-state: T = 0 does not say' quench "${mixed[@]}" --initial thermal --left-state T=0 --right-state T=1 -o a.h5
refused 2 '--initial: unknown "cold", and no such file \(accepted: energy, domain-wall, thermal, neel' quench "${mixed[@]}" --initial cold -o a.h5
refused 4 'nowhere.tsv: No such file' quench "${mixed[@]}" "${thermal[@]}" --couplings nowhere.tsv -o a.h5

# couplings LINES...: the file c.tsv.
couplings() { printf '%s\n' "$@" >c.tsv; }
bad_couplings() { # PATTERN LINES...
    local pattern=$1
    shift
    couplings "$@"
    refused 2 "--couplings: $pattern" quench "${mixed[@]}" "${thermal[@]}" --couplings c.tsv -o a.h5
}
tab=$'\t'
bad_couplings 'c.tsv:2: h has no number' "0${tab}1${tab}0${tab}0" "1${tab}1${tab}0${tab}"
bad_couplings 'c.tsv:1: J has no number' "0${tab}nan${tab}0${tab}0"
bad_couplings 'c.tsv:1: Delta = inf is not between -1000 and 1000' "0${tab}1${tab}inf${tab}0"
bad_couplings 'c.tsv:1: h = 2000 is not between' "0${tab}1${tab}0${tab}2000"
bad_couplings 'c.tsv:3: n = 2 is there twice' "2${tab}1${tab}0${tab}0" "3${tab}1${tab}0${tab}0" "2${tab}1${tab}0${tab}0"
bad_couplings 'c.tsv:1: n = 7 is not a site of the chain, -5 ... 6' "7${tab}1${tab}0${tab}0"
bad_couplings 'c.tsv:1: n = 0.5 is not a site' "0.5${tab}1${tab}0${tab}0"
bad_couplings 'c.tsv:1: site n = 6 is the last and has no bond' "6${tab}1${tab}0${tab}0.5"
bad_couplings 'c.tsv:1: .*accepted: rows n J Delta h' "0${tab}1${tab}0"
bad_couplings 'c.tsv' "# nothing"

couplings "0${tab}1${tab}0${tab}0.5"
refused 2 'ground and ceiling are prepared without fields' quench "${mixed[@]}" --initial energy --couplings c.tsv -o a.h5
couplings "0${tab}0${tab}0${tab}0"
refused 2 'J = 0 leaves ground and ceiling undetermined' quench "${mixed[@]}" --initial energy --couplings c.tsv -o a.h5
couplings "0${tab}1${tab}0.3${tab}0"
refused 2 '--couplings: free fermions need Delta = 0, not 0.3 at bond n = 0' quench "${xx[@]}" --initial neel --couplings c.tsv --method fermion -o a.h5
refused 2 '--couplings: free fermions need Delta = 0, not 0.3 at bond n = 0' quench "${xx[@]}" "${thermal[@]}" --couplings c.tsv --method fermion -o a.h5
couplings "0${tab}1${tab}0${tab}0.5"
pure=(--initial thermal --left-state ceiling --right-state ground)
refused 2 '--couplings: ground and ceiling are prepared without fields' quench "${mixed[@]}" "${pure[@]}" --couplings c.tsv -o a.h5
printf 'up\ndown\nsideways\n' >spins
refused 2 '--initial: spins:3: is not up or down' quench "${mixed[@]}" --initial spins -o a.h5
printf 'up\ndown\n' >spins
refused 2 '--initial: spins: has 2 spins for 12 sites' quench "${mixed[@]}" --initial spins -o a.h5

# -- both methods ------------------------------------------------------------------------------

couplings '# n J Delta h' "-2${tab}0.7${tab}0${tab}0.3" "1${tab}1.2${tab}0${tab}-0.4" "6${tab}0${tab}0${tab}0.2"
for m in tebd fermion; do
    done_with "thermal, couplings, $m" quench "${xx[@]}" "${thermal[@]}" --couplings c.tsv --method $m -o t-$m.h5
    done_with "neel, couplings, $m" quench "${xx[@]}" --initial neel --couplings c.tsv --method $m -o n-$m.h5
done
for k in t n; do
    run compare $k-tebd.h5 $k-fermion.h5
    below "the methods agree, $k" "$(worst energy)" 1e-5
    below "the methods agree, $k, spins" "$(worst magnetization)" 1e-5
done
run compare t-tebd.h5 t-fermion.h5
below 'entropies of the purification agree' "$(worst purification_entropy)" 1e-5
[ "$(grep -c purification_entropy "$work/out")" -eq 2 ] && ok 'and have their name' || not_ok 'and have their name' "$(cat "$work/out")"
run export t-tebd.h5 --times 1
awk '/^# t\t/ { if ($NF != "purification_entropy") exit 1 } !/^#/ { if ($8 != "nan" || (NR < 9 && !($12 > 0))) exit 1 }' "$work/out" &&
    ok 'export has it last, and no entropy' || not_ok 'export has it last, and no entropy' "$(tail -3 "$work/out")"
run export n-tebd.h5
! grep -q purification "$work/out" && ok 'pure runs have none' || not_ok 'pure runs have none'
run compare t-tebd.h5 n-tebd.h5
[ "$code" -eq 2 ] && ok 'other states are not compared' || not_ok 'other states are not compared'

# Neel by name and by file.
for n in -5 -4 -3 -2 -1 0 1 2 3 4 5 6; do [ $((n % 2)) -eq 0 ] && echo up || echo down; done >spins
done_with 'spins from a file' quench "${xx[@]}" --initial spins --couplings c.tsv -o s.h5
"$KAPITZA" export s.h5 | grep -v '^# parameters' >"$work/a"
"$KAPITZA" export n-tebd.h5 | grep -v '^# parameters' >"$work/b"
cmp -s "$work/a" "$work/b" && ok 'neel by file' || not_ok 'neel by file'

# -- stopped and resumed ------------------------------------------------------------------------

whole=(--left xx --right gamma=pi/4 --length 12 "${thermal[@]}" --couplings c.tsv --threads 1 --quiet)
done_with 'a run' quench "${whole[@]}" --times 0,1,2 -o whole.h5
done_with 'its beginning' quench "${whole[@]}" --times 0,1 -o part.h5
refused 2 '--left-state, --right-state: differs' quench --resume --right-state T=0.6 --times 0,1,2 -o part.h5
couplings "0${tab}1.1${tab}0${tab}0"
refused 2 '--couplings: differs' quench --resume --couplings c.tsv --times 0,1,2 -o part.h5
done_with 'its end' quench --resume --times 0,1,2 --quiet --threads 1 -o part.h5
"$KAPITZA" export whole.h5 | grep -v '^# parameters' >"$work/a"
"$KAPITZA" export part.h5 | grep -v '^# parameters' >"$work/b"
cmp -s "$work/a" "$work/b" && ok 'the same, bit by bit' || not_ok 'the same, bit by bit'

# -- a domain wall through one weak bond --------------------------------------------------------

# Current of the infinite chain: (1/2 pi) (2 - ((c^2 - 1)/c) ln((c + 1)/(c - 1))), c = (1/J' + J')/2, as t grows
wall=(--left xx --right xx --initial domain-wall --couplings c.tsv)
for case in 0.5:0.1609452675 0.25:0.0493011331; do
    couplings "0${tab}${case%:*}${tab}0${tab}0"
    done_with "J' = ${case%:*}" quench "${wall[@]}" --length 240 --times 0,90 --method fermion --overwrite -o w.h5
    current=$("$KAPITZA" export w.h5 --times 90 | awk '!/^#/ && $2 == 0 { print $7 }')
    below "its current at t = 90" "$(awk -v a="$current" -v b="${case#*:}" 'BEGIN { d = a - b; print d < 0 ? -d : d }')" 2e-5
done
for m in tebd fermion; do
    done_with "the same, $m" quench "${wall[@]}" --length 40 --times 0,4,8 --method $m -o w-$m.h5 --quiet
done
run compare w-tebd.h5 w-fermion.h5
below 'the methods agree behind the bond' "$(worst spin_current)" 2e-5

# -- the line of a thermal run ------------------------------------------------------------------

done_with 'a long thermal run' quench --left xx --right xx --length 200 --times 0,40 "${thermal[@]}" --method fermion -o l.h5
run overlay l.h5 --times 40
off=$(sed -n 's/.*quantity=energy .*cone=0.8 largest=\([^ ]*\).*/\1/p' "$work/out")
below 'GHD and the lattice agree' "${off:-nan}" 5e-4
grep -q 'left_state=beta=1,mu=0' "$work/out" && ok 'its states stand in the table' || not_ok 'its states stand in the table' "$(head -4 "$work/out")"
run effective l.h5 --times 0
near 'effective state on the left' "$(awk -F '\t' '$2 == -50 { print $4 }' "$work/out")" 1 1e-9
near 'effective state on the right' "$(awk -F '\t' '$2 == 50 { print $4 }' "$work/out")" 2 1e-9
refused 2 'no GHD line begins with a product state' overlay n-tebd.h5
refused 2 'outer quarters of the chain' overlay t-tebd.h5

finish
