#!/usr/bin/env bash
# kapitza effective: temperatures of runs against kapitza invert, distances, statuses, bad files.
. "$(dirname "$0")/lib.sh"

# at FILE T N COLUMN: one entry.
at() {
    awk -F '\t' -v t="$2" -v n="$3" -v name="$4" '
        /^#/ { sub(/^# /, ""); for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["t"] == t && $column["n"] == n { print $column[name] }' "$1"
}
# inverse CHAIN COLUMN ENERGY [MAGNETIZATION]
inverse() {
    "$KAPITZA" invert --chain "$1" --energy "$3" ${4:+--magnetization "$4"} >"$work/inverse" 2>/dev/null
    value "$work/inverse" 1 "$2"
}

run effective --help
exits 0 'help'
refused 2 'RUN.h5: is missing' effective
refused 4 'none.h5' effective none.h5

quench=(quench --length 16 --times 0,2,3 --chi 64 --threads 1)
run "${quench[@]}" --left xx --right P=4 --initial energy -o energy.h5
exits 0 'energy quench'
run "${quench[@]}" --left xx --right P=4 --initial domain-wall --density-matrices -o wall.h5
exits 0 'domain wall'
run quench --method fermion --left xx --right xx --initial energy --times 0,20,40 --density-matrices -o free.h5
exits 0 'free fermions'
run quench --left xx --right Delta=0.2 --initial domain-wall --length 8 --times 0,1 -o none.h5
exits 0 'a chain without Bethe ansatz'

# Energy quench: mean of two bonds, the chain of the site.
run effective energy.h5 -o t.tsv
exits 0 'temperatures'
is 'columns' "$(columns t.tsv)" 't n x_over_t beta mu distance err status mixed energy magnetization'
is 'rows' "$(rows t.tsv)" 42
"$KAPITZA" export energy.h5 >e.tsv
for n in -4 -1 1 3; do
    mean=$(awk "BEGIN { printf \"%.17g\", ($(at e.tsv 2 $n energy) + $(at e.tsv 2 $((n + 1)) energy)) / 2 }")
    if [ "$n" -gt 0 ]; then chain=P=4; else chain=xx; fi
    near "beta at n = $n" "$(at t.tsv 2 $n beta)" "$(inverse $chain beta "$mean")" 1e-8
    is "mu at n = $n" "$(at t.tsv 2 $n mu)" 0
    is "status at n = $n" "$(at t.tsv 2 $n status)" ok
done
is 'x/t' "$(at t.tsv 2 3 x_over_t)" 1.5
is 'x/t at t = 0' "$(at t.tsv 0 3 x_over_t)" nan
is 'no distance' "$(at t.tsv 2 3 distance)" nan
is 'one mixed row a time' "$(awk -F '\t' '!/^#/ && $9 == 1 { printf "%s ", $2 }' t.tsv)" '0 0 0 '
# a chain of 16 sites lies below the band of the infinite one at some bonds
is 'beyond the band' "$(awk -F '\t' '!/^#/ && $8 == "outside" && ($4 == "inf" || $4 == "-inf") && $7 == 0' t.tsv | wc -l)" \
    "$(grep -c outside t.tsv)"
near 'there are such rows' "$(grep -c outside t.tsv)" 21 20

# Domain wall: energy of the bond and magnetization of the site.
run effective wall.h5 --times 2,0 -o w.tsv
exits 0 'domain wall'
is 'the times asked for' "$(grep -v '^#' w.tsv | cut -f 1 | uniq | tr '\n' ' ')" '2 0 '
"$KAPITZA" export wall.h5 >e.tsv
for n in -3 0 2; do
    if [ "$n" -gt 0 ]; then chain=P=4; else chain=xx; fi
    point=("$(at e.tsv 2 $n energy)" "$(at e.tsv 2 $n magnetization)")
    near "beta of the wall at n = $n" "$(at w.tsv 2 $n beta)" "$(inverse $chain beta "${point[@]}")" 1e-8
    near "mu of the wall at n = $n" "$(at w.tsv 2 $n mu)" "$(inverse $chain mu "${point[@]}")" 1e-8
done
is 'polarised' "$(at w.tsv 0 -5 status) $(at w.tsv 0 -5 mu) $(at w.tsv 0 5 mu)" 'edge inf -inf'

# Its distances: exact on the left, states of their own on the right.
run effective wall.h5 --times 2 --distance --threads 2 -o x.tsv
exits 0 'distances of the wall'
is 'the same temperatures' "$(grep -v '^#' x.tsv | cut -f 4,5)" "$(grep -v '^#' w.tsv | head -n 14 | cut -f 4,5)"
near 'not in equilibrium' "$(at x.tsv 2 1 distance)" 1 0.7
near 'nearly polarised' "$(at x.tsv 2 5 distance)" 0.002 0.002
near 'their errors' "$(at x.tsv 2 2 err)" 0 1e-7

# Distances.  Independent numbers: 0.0135 next to the middle of 140 sites at t = 0, which is the finite
# size; 0.83 ... 0.85 near the junction later.  The
# initial state is that of a homogeneous chain but for signs: row n is the mirror image of row -1 - n.
run effective free.h5 --distance -o d.tsv
exits 0 'distances'
near 'finite size' "$(at d.tsv 0 1 distance)" 0.0135 5e-5
near 'mirror symmetry' "$(at d.tsv 0 35 distance)" "$(at d.tsv 0 -36 distance)" 1e-11
near 'opposite temperatures' "$(at d.tsv 0 35 beta)" "-($(at d.tsv 0 -36 beta))" 1e-6
for n in -3 -1 2; do near "no equilibrium at n = $n" "$(at d.tsv 40 $n distance)" 0.84 0.015; done
near 'outside the cone nothing happens' "$(at d.tsv 20 50 distance)" "$(at d.tsv 0 50 distance)" 1e-6
is 'never more than 2' "$(awk -F '\t' '!/^#/ && !($6 >= 0 && $6 <= 2)' d.tsv)" ''
is 'equal halves mix nothing' "$(awk -F '\t' '!/^#/ && $9 != 0' d.tsv)" ''
run effective free.h5 --distance --threads 2 -o d2.tsv
is 'threads do not matter' "$(cat d2.tsv)" "$(cat d.tsv)"
run effective free.h5 --distance -o d.h5
exits 0 'HDF5'

# Vanishing truncation (chi = 20, 28, 40: weights 2e-3 ... 2e-5) against chi = 200, weight 4e-8.
# Errors are estimates, and which of two equal Schmidt values is kept is a matter of rounding: one
# value in six may miss by more than its error, none by twice that.
for chi in 20 28 40 200; do
    run quench --left xx --right xx --initial energy --length 20 --chi $chi --dt 0.5 --times 0,6 \
        --density-matrices --quiet -o chi$chi.h5
done
run effective chi20.h5 chi28.h5 chi40.h5 --extrapolate --distance --times 6 -o limit.tsv
exits 0 'vanishing truncation'
is 'its columns' "$(columns limit.tsv)" 't n x_over_t beta mu distance err status mixed energy magnetization err_energy err_magnetization err_beta err_mu err_distance'
run effective chi200.h5 --distance --times 6 -o best.tsv
for n in -4 0 3; do
    for q in energy beta distance; do
        near "error of $q at n = $n" "$(at limit.tsv 6 $n err_$q)" 0 0.01
    done
    is "status of n = $n" "$(at limit.tsv 6 $n status)" ok
done
is 'all sites' "$(awk -F '\t' '
    /^# t\t/ { sub(/^# /, ""); delete column; for (i = 1; i <= NF; i++) column[$i] = i }
    /^#/ { next }
    { n = $column["n"] }
    FNR == NR { for (q in column) best[n, q] = $column[q]; next }
    {
        for (q in column) {
            err = $column["err_" q]
            if (!(("err_" q) in column && err > 0)) continue
            d = $column[q] - best[n, q]; d = d < 0 ? -d : d
            all++; missed += d > err; far += d > 2 * err }
    }
    END { print (all >= 48), (missed <= all / 6), far + 0 }' best.tsv limit.tsv)" '1 1 0'
run effective chi20.h5 chi28.h5 chi40.h5 --extrapolate -o limit.tsv
is 'common times' "$(grep -v '^#' limit.tsv | cut -f 1 | uniq | tr '\n' ' ')" '0 6 '
for chi in 8 9 10; do
    run quench --left xx --right xx --initial energy --length 20 --chi $chi --dt 0.5 --times 0,6 \
        --quiet -o chi$chi.h5
done
run effective chi8.h5 chi9.h5 chi10.h5 --extrapolate --times 6 -o far.tsv
is 'too large weights' "$(at far.tsv 6 2 beta) $(at far.tsv 6 2 err) $(at far.tsv 6 2 energy) $(at far.tsv 6 2 status)" \
    'nan inf nan unconverged'
refused 2 '--extrapolate: 2 runs given \(needed: 3' effective chi20.h5 chi28.h5 --extrapolate
refused 2 '--extrapolate: .*chains' effective chi20.h5 chi28.h5 energy.h5 --extrapolate
refused 2 '--distance: chi10.h5 has no density matrices' effective chi20.h5 chi28.h5 chi10.h5 --extrapolate --distance
refused 2 '--times: 3 is in 0 of the runs \(needed: 3\)' effective chi20.h5 chi28.h5 chi40.h5 --extrapolate --times 3
refused 4 'none2.h5' effective chi20.h5 chi28.h5 none2.h5 --extrapolate

# Refusals.
refused 2 '--distance: energy.h5 has no density matrices' effective energy.h5 --distance
refused 2 '--times: 7 is not in energy.h5' effective energy.h5 --times 2,7
refused 2 'none.h5: .*Delta = 0.2.*cos\(pi Q/P\).*near it: Delta' effective none.h5
refused 2 '--output: is the input' effective energy.h5 -o energy.h5
refused 2 '--tol' effective energy.h5 --tol 1
refused 2 'unexpected word' effective energy.h5 wall.h5
head -c 5000 energy.h5 >short.h5
refused 4 'short.h5' effective short.h5
echo text >foreign.h5
refused 4 'foreign.h5' effective foreign.h5
run table --chain xx --energy-only -o table.h5
refused 4 'table.h5' effective table.h5
refused 4 'nowhere' effective energy.h5 -o nowhere/t.tsv
finish
