#!/usr/bin/env bash
# kapitza overlay: lines that belong to a run, deviations, extrapolation, pictures.
. "$(dirname "$0")/lib.sh"

# deviation FILE QUANTITY LINE CONE KEY: that key (largest, n, mean) at every time, one a line,
# after the time.
deviation() {
    sed -n "s/^# deviation quantity=$2 series=\"tebd\" line=\"$3\" t=\([^ ]*\) cone=$4 .*$5=\([^ ]*\).*/\1 \2/p" "$1"
}

# Slope of ln y against ln x of the lines "x y" on stdin.
power() {
    awk '{ x = log($1); y = log($2); n++; a += x; b += y; c += x * x; d += x * y }
         END { if (n > 2) printf "%.4f", (n * d - a * b) / (n * c - a * a) }'
}

# points FILE SERIES T: "n value" of a series at one time.
points() {
    awk -F '\t' -v s="$2" -v t="$3" '/^#/ { next }
        $1 == s && $2 == t { printf "%.0f %s\n", $3 * t, $4 }' "$1"
}

fermions() { run quench --method fermion --left xx --right xx "$@"; }

# Exact fermions approach GHD as 1/t inside the light cone.
fermions --initial energy --length 140 --times 0:60:10 -o energy.h5
run overlay energy.h5 --times 20:60:10 -o energy
exits 0 'energy quench of free fermions'
is 'columns' "$(columns energy.tsv)" 'series t x_over_t value err zeta side'
is 'series' "$(grep -v '^#' energy.tsv | cut -f 1 | uniq | tr '\n' ' ')" 'tebd ghd '
near 'power of the energy' "$(deviation energy.tsv energy ghd 0.8 largest | power)" -1 0.25
run export energy.h5 --times 40 -o export.tsv
is 'all points' "$(points energy.tsv tebd 40 | wc -l)" 140
is 'the points are those of export' "$(points energy.tsv tebd 40)" \
    "$(awk -F '\t' '!/^#/ { print $2, $4 }' export.tsv)"
is 'n at the largest' "$(deviation energy.tsv energy ghd 1 n | tail -n 1 | wc -w)" 2
near 'GHD in the middle: J = 1/(2 pi)' "$("$KAPITZA" overlay energy.h5 --times 10 --quantity energy_current |
    awk -F '\t' '$1 == "ghd" && $6 == 0 { print $4; exit }')" '1 / (2 * pi)' 1e-10
near 'E = -zeta/pi of the line' "$(awk -F '\t' '$1 == "ghd" && $6 > 0.5 { print $4 + $6 / atan2(0, -1); exit }' energy.tsv)" 0 1e-10

fermions --initial domain-wall --length 140 --times 0:60:10 -o wall.h5
run overlay wall.h5 --times 20:60:10
exits 0 'domain wall of free fermions'
cp "$work/out" wall.tsv
near 'power of the magnetization' "$(deviation wall.tsv magnetization ghd 0.8 mean | power)" -1 0.15
near 'power of the spin current' "$(deviation wall.tsv spin_current 'closed form' 0.8 mean | power)" -1 0.15

# The domain wall of one XXZ chain approaches its closed form.
run quench --left gamma=pi/3 --right gamma=pi/3 --initial domain-wall --length 48 --chi 32 \
    --dt 0.5 --times 0:20:2 --quiet -o third.h5
run overlay third.h5 --times 8:20:2 --tol 1e-7
exits 0 'domain wall at gamma = pi/3'
cp "$work/out" third.tsv
for q in magnetization spin_current; do
    p=$(deviation third.tsv $q 'closed form' 0.8 mean | power)
    echo "# $q at gamma = pi/3: mean deviation ~ t^$p"
    near "power of $q, gamma = pi/3" "$p" -1 0.25
done
is 'the line is the closed form' "$(awk -F '\t' '
    $1 == "ghd" && $6 == $6 + 0 { ghd[$6 $7] = $4 }
    $1 == "closed form" { d = ghd[$6 $7] - $4; if (d < 0) d = -d; if (!(d < 2e-7)) bad++; n++ }
    END { print n, bad + 0 }' third.tsv)" '402 0'

# Two chains: junctions and neighbours.
for chi in 20 28 40 200; do
    run quench --left xx --right gamma=pi/4 --initial energy --length 20 --chi $chi --dt 0.5 \
        --times 0,4,6 --quiet -o chi$chi.h5
done
run overlay chi40.h5 --quantity energy_current --resistance 10,100 --homogeneous --tol 1e-6 -o junction.png
exits 0 'an Ohmic junction'
is 'series of a junction' "$(grep -v '^#' junction.tsv | cut -f 1 | uniq | tr '\n' ',')" \
    'tebd,ghd R=10,ghd R=100,ghd left,ghd right,'
at_zero() { awk -F '\t' -v s="$2" -v side="$3" '$1 == s && $6 == 0 && $7 == side { print $4 }' "$1"; }
near 'its current' "$(at_zero junction.tsv 'ghd R=10' left)" 0.0924107236 2e-6
near 'continuous' "$(at_zero junction.tsv 'ghd R=10' right)" 0.0924107236 2e-6
is 'neighbours on their halves' "$(awk -F '\t' '
    $1 == "ghd left" && $6 > 0 || $1 == "ghd right" && $6 < 0 { n++ } END { print n + 0 }' junction.tsv)" 0
if command -v gnuplot >/dev/null; then
    is 'PNG' "$(head -c 4 junction.png | tail -c 3)" PNG
    is 'PDF' "$(head -c 4 junction.pdf)" %PDF
else
    skip 'PNG' 'no gnuplot'
    skip 'PDF' 'no gnuplot'
fi
run overlay chi40.h5 --times 4 --law beta --resistance 3 --tol 1e-6 -o beta.tsv
run junction --law beta --resistance 3 --tol 1e-6 -o point.tsv
near 'the law is obeyed, left' "$(at_zero beta.tsv 'ghd R=3' left)" "$(value point.tsv 1 energy_left)" 4e-6
near 'the law is obeyed, right' "$(at_zero beta.tsv 'ghd R=3' right)" "$(value point.tsv 1 energy_right)" 4e-6

# Extrapolation: the line of the two best runs; nearer to the truth (chi = 200: weight 4e-8) than the
# best run, and within its error, which is at most a hundredth of the largest current.
weight() { "$KAPITZA" export "$1" --times 6 | awk -F '\t' '!/^#/ && $10 != "nan" { s += $10 } END { printf "%.17g", s }'; }
at() { points three.tsv "$1" 6 | awk -v n="$2" '$1 == n { print $2 }'; }
run export chi200.h5 --times 6 -o best.tsv
for q in energy energy_current; do
    run overlay chi20.h5 chi28.h5 chi40.h5 --extrapolate --times 6 --resistance 0 --tol 1e-6 \
        --quantity $q -o three
    exits 0 "$q of three bond dimensions"
    near "$q on the line" "$(at extrapolated 0)" \
        "$(at 'tebd chi=40' 0) - $(weight chi40.h5) * ($(at 'tebd chi=28' 0) - $(at 'tebd chi=40' 0)) / ($(weight chi28.h5) - $(weight chi40.h5))" 1e-12
    is "$q within its error" "$(awk -F '\t' -v q=$q '
        FNR == NR { if (!/^#/) best[$2] = q == "energy" ? $4 : $5; next }
        /^#/ || $4 == "nan" { next }
        { n = sprintf("%.0f", $3 * 6); d = $4 - best[n] }
        $1 == "tebd chi=40" { plain += d ^ 2 }
        $1 == "extrapolated" {
            sum += d ^ 2; points++; err = $5 ~ /^[-+.0-9eE]+$/ ? $5 + 0 : 1
            if (d < 0) d = -d
            if (d > err || err > 1e-3) bad++ }
        END { print (sum < plain / 2), (points >= 17), bad + 0 }' best.tsv three.tsv)" '1 1 0'
done
is 'weights are told' "$(sed -n 's/^# truncation series="tebd chi=\([0-9]*\)" t=6 weight=.*/\1/p' three.tsv | tr '\n' ' ')" '20 28 40 '
is 'series of three runs' "$(grep -v '^#' three.tsv | cut -f 1 | uniq | tr '\n' ',')" \
    'tebd chi=20,tebd chi=28,tebd chi=40,extrapolated,ghd R=0,'

# A domain wall across two chains has no line of its own.
run quench --left xx --right gamma=pi/3 --initial domain-wall --length 12 --chi 16 --dt 0.5 --times 0,2 -o two.h5
run overlay two.h5
exits 0 'a domain wall across two chains'
is 'its line is missed' "$(grep -c 'no GHD line of the whole: .*energy alone' "$work/err")" 1
is 'no line' "$(grep -v '^#' "$work/out" | cut -f 1 | uniq)" tebd
run overlay two.h5 --homogeneous --quiet
is 'its neighbours' "$(grep -v '^#' "$work/out" | cut -f 1 | uniq | tr '\n' ',')" 'tebd,ghd left,ghd right,'

# Bad input.
head -c 3000 energy.h5 >cut.h5
echo nothing >foreign.h5
run table --chain P=3 --energy-only --tol 1e-6 -o table.h5
run quench --left xx --right Delta=0.2 --initial energy --length 8 --chi 8 --dt 0.5 --times 0,1 -o fifth.h5
refused 2 'RUN.h5: is missing' overlay
refused 4 'missing.h5' overlay missing.h5 -o x
refused 4 'cut.h5' overlay cut.h5 -o x
refused 4 'foreign.h5' overlay foreign.h5 -o x
refused 4 'table.h5' overlay table.h5 -o x
refused 2 'Delta = 0.2 is not.*P=[0-9]*,Q=.*P=[0-9]*,Q=' overlay fifth.h5 -o x
refused 2 '"entropy" has no GHD line \(accepted: energy,' overlay energy.h5 --quantity entropy -o x
refused 2 '--times: 7 is not in' overlay energy.h5 --times 7 -o x
refused 2 '--times: 0 has no rays' overlay energy.h5 --times 0,10 -o x
refused 2 '--resistance: .*one chain' overlay energy.h5 --resistance 10 -o x
refused 2 '--resistance: .*energy alone' overlay two.h5 --resistance 10 -o x
refused 2 '--resistance: -1 is negative' overlay chi40.h5 --resistance=-1 -o x
refused 2 'no law and no file' overlay chi40.h5 --law ohm -o x
refused 2 'another chain' overlay energy.h5 wall.h5 -o x
refused 2 '--extrapolate: 1 runs given' overlay chi40.h5 --extrapolate -o x
refused 2 '--extrapolate: .*free fermions' overlay energy.h5 energy.h5 --extrapolate -o x
refused 2 'no HDF5' overlay energy.h5 -o x.h5
run quench --left xx --right gamma=pi/4 --initial energy --length 20 --chi 16 --dt 0.25 --times 0,4 --quiet -o step.h5
refused 2 '--extrapolate: .*time steps' overlay chi40.h5 step.h5 --extrapolate -o x
run quench --left xx --right gamma=pi/4 --initial energy --length 20 --chi 24 --dt 0.5 --times 0,4 --quiet -o short.h5
refused 2 'in one run only' overlay chi40.h5 short.h5 --extrapolate --times 6 -o x
refused 4 'no/folder' overlay energy.h5 -o no/folder/x
mkdir "$work/empty"
PATH=$work/empty KAPITZA=$(command -v "$KAPITZA") run overlay energy.h5 --times 10 -o x
exits 4 'gnuplot is missing'
is 'the data stay' "$(echo x.*)" x.tsv

finish
