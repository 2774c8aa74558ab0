#!/usr/bin/env bash
# kapitza figure: panels from shipped runs, runs that are missing or foreign, runs made anew.
. "$(dirname "$0")/lib.sh"
: "${KAPITZA_DATA:=$here/../../data}"
export KAPITZA_DATA
shipped=$KAPITZA_DATA
have_gnuplot=
command -v gnuplot >/dev/null && have_gnuplot=1

# picture NAME: both files begin as they should.
picture() {
    if [ -z "$have_gnuplot" ]; then
        skip "figure$1" 'no gnuplot'
    else
        is "figure$1" "$(head -c 4 "out/figure$1.png" | tail -c 3) $(head -c 4 "out/figure$1.pdf")" 'PNG %PDF'
    fi
}

# -- panels ---------------------------------------------------------------------------------------

if [ "$have_gnuplot" ]; then
    KAPITZA_DATA=$work/nothing run figure 1a -o out
    exits 0 'a cartoon needs no runs'
    picture 1a
    KAPITZA_DATA=$work/nothing run figure 6c -o out
    exits 0 'the other cartoon'
    picture 6c
    is 'cartoons have no data' "$(find out -name '*.tsv' | wc -l)" 0

    GNUTERM=x11 run figure 2a -o out
    exits 0 'GNUTERM is nothing to it'
    picture 2a
    env -u HOME -u TERM -u LANG "$KAPITZA" figure 1b -o out --width 600 >"$work/out" 2>"$work/err"
    is 'nor HOME' "$?" 0
    picture 1b
    is 'width of the PNG' "$(od -An -tu1 -j16 -N4 out/figure1b.png | tr -s ' ')" ' 0 0 2 88'
    is 'no temporary file' "$(ls -A out | grep -c tmp)" 0
    is 'columns' "$(columns out/figure2a.tsv)" 'curve label style t n x_over_t value low high'
    is 'four times, 139 bonds' "$(rows out/figure2a.tsv)" $((4 * 139))
    is '41 times, 137 bonds with a current' "$(rows out/figure1b.tsv)" $((41 * 137))
    is 'what is shown' "$(grep -c '^# parameters value=energy band=shaded' out/figure2a.tsv)" 1
    # beyond the light cone, t = 10: the left half has not moved from the highest state, -1/pi
    near 'energy far left' "$(awk -F '\t' '$4 == 10 && $5 >= -40 && $5 < -20 { s += $7; n++ } END { print s / n }' out/figure2a.tsv)" '1 / pi' 1e-3
    # energy is conserved but for truncation, whose discarded weight by t = 20 is 0.002
    near 'total energy' "$(awk -F '\t' '!/^#/ { s[$4] += $7 } END { print s[20] - s[10] }' out/figure2a.tsv)" 0 2e-3
    run figure convergence -o out
    exits 0 'growing bond dimension'
    picture convergence
    is 'one curve for each, and their limit' "$(grep -v '^#' out/figureconvergence.tsv | cut -f 2 | uniq | tr '\n' ' ')" \
        '350 500 700 1000 1400 2000 ∞ '
    is 'the current on bond 0' "$(awk -F '\t' '$2 == 2000 && $4 == 24 { print $7 }' out/figureconvergence.tsv)" \
        "$("$KAPITZA" export "$shipped/energy-pi4-L64-chi2000.h5" --times 24 | awk -F '\t' '$2 == 0 { print $5 }')"
    is 'their limit is above them by more than its error' \
        "$(awk -F '\t' '$4 == 24 { at[$2] = $7; low[$2] = $8 } END { print (at["∞"] > low["∞"] && low["∞"] > at[2000]) }' out/figureconvergence.tsv)" 1
else
    skip 'panels' 'no gnuplot'
fi

# -- trouble --------------------------------------------------------------------------------------

mkdir empty
for name in 1b 2a 3a 5a 6a; do
    KAPITZA_DATA=$work/box/empty run figure $name -o out2 --tol 1e-4
    is "no runs for $name" "$code $(wc -l <"$work/err") $(grep -c 'KAPITZA_DATA.*recompute' "$work/err")" '4 1 1'
done
is 'no picture was begun' "$(find out2 -name '*.p??' | wc -l)" 0
cp "$shipped/wall-pi4-chi500.h5" empty/energy-pi4-chi500.h5
KAPITZA_DATA=$work/box/empty run figure 2a -o out2
is 'another run' "$code $(grep -c 'another run than its name says' "$work/err")" '4 1'
head -c 20000 "$shipped/energy-pi4-chi500.h5" >empty/energy-pi4-chi500.h5
KAPITZA_DATA=$work/box/empty run figure 2a -o out2
is 'a truncated run' "$code $(wc -l <"$work/err")" '4 1'
echo text >empty/energy-pi4-chi500.h5
KAPITZA_DATA=$work/box/empty run figure 2a -o out2
is 'not a run' "$code $(wc -l <"$work/err")" '4 1'
rm -rf empty out2

# -- runs made anew -------------------------------------------------------------------------------

if [ "$have_gnuplot" ]; then
    "$KAPITZA" figure 2c -o new --recompute --chi 10 >"$work/out" 2>"$work/err" &
    process=$!
    sleep 0.4
    kill -TERM $process
    wait $process
    code=$?
    is 'stopped, or already done' "$code" "$([ $code -eq 0 ] && echo 0 || echo 143)"
    run figure 2c -o new --recompute --chi 10
    exits 0 'goes on'
    is 'its runs' "$(ls new/runs | grep -v checkpoint | tr '\n' ' ')" 'wall-pi4-chi10.h5 wall-pi4-chi7.h5 '
    run figure 2c -o new --recompute --chi 10
    is 'nothing is made twice' "$code $(grep -c making "$work/err")" '0 0'
    is 'times' "$(awk -F '\t' '!/^#/ { print $4 }' new/figure2c.tsv | sort -nu | tr '\n' ' ')" '10 20 30 40 '
    is 'says what is shaded' "$(grep -c 'χ = 7 to 10' new/figure2c.tsv)" 1
    run figure 2c -o new --recompute --chi 10 --extrapolate
    is 'says what is extrapolated' "$code $(grep -c 'extrapolated from χ = 7 and 10' new/figure2c.tsv)" '0 1'
    near 'an error around the value' "$(awk -F '\t' '!/^#/ { d = ($8 + $9) / 2 - $7; if (d * d > m) m = d * d } END { print m }' new/figure2c.tsv)" 0 1e-20
    echo damaged >new/runs/wall-pi4-chi7.h5.checkpoint
    rm new/runs/wall-pi4-chi7.h5
    run figure 2c -o new --recompute --chi 10
    is 'a foreign checkpoint' "$code $(grep -c 'checkpoint is not of this version' "$work/err")" '4 1'
else
    skip 'runs made anew' 'no gnuplot'
fi

finish
