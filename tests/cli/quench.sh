#!/usr/bin/env bash
# kapitza quench, export, compare.
. "$(dirname "$0")/lib.sh"

chain=(--left xx --right gamma=pi/4)

refused 2 '--left: is missing.*--times: is missing' quench --initial energy -o a.h5
refused 2 'end in .h5' quench "${chain[@]}" --initial energy --times 1 -o a.dat
refused 2 '--times: 2000000000 is beyond 1e.09' quench --left xx --right xx --initial neel --method fermion --times 2e9 -o a.h5
refused 2 '--times: 1 does not come after 2' quench "${chain[@]}" --initial energy --times 2,1 -o a.h5
refused 2 '--times: 1.0000000001 is too close to 1 ' quench "${chain[@]}" --initial energy --times 0,1,1.0000000001 -o a.h5
refused 2 '--dt: 100.00000012 is not above 0' quench "${chain[@]}" --initial energy --times 1 --dt 100.00000012 -o a.h5
refused 2 '--times: -1 is not a time' quench "${chain[@]}" --initial energy --times=-1,1 -o a.h5
refused 2 '--initial: unknown "cold"' quench "${chain[@]}" --initial cold --times 1 -o a.h5
refused 2 'Delta=-1 is not above -1; .*H.-Delta. = -H.Delta.: .*energy currents change theirs; .*exchange the halves' quench --left xx --right Delta=-1 --initial energy --times 1 -o a.h5
refused 2 '--length: 7 is odd .accepted: even numbers from 4 to 4096' quench "${chain[@]}" --initial energy --length 7 --times 1 -o a.h5
refused 2 'fermion needs xx' quench "${chain[@]}" --initial energy --method fermion --times 1 -o a.h5
refused 2 '--paper: contradicts' quench "${chain[@]}" --initial energy --paper --dt 0.1 --times 1 -o a.h5
refused 2 '--cutoff-per-gate: contradicts' quench "${chain[@]}" --initial energy --cutoff 1e-8 \
    --cutoff-per-gate 1e-9 --times 1 -o a.h5
refused 4 'nowhere/a.h5: No such file' quench "${chain[@]}" --initial energy --times 1 -o nowhere/a.h5
refused 2 '--left: is missing.*--resume: there is no a.h5.checkpoint' quench --resume --times 1 -o a.h5
refused 2 '--overwrite: contradicts --resume' quench --resume --overwrite -o a.h5
refused 2 '--max-truncation: 0 is not above 0' quench "${chain[@]}" --initial energy --times 1 \
    --max-truncation 0 -o a.h5
refused 2 'B.h5: is missing' compare a.h5
refused 4 'a.h5: No such file' export a.h5

# The time evolution against the exact one at Delta = 0.
for initial in energy domain-wall; do
    common=(quench --left xx --right xx --initial $initial --length 24 --times 0:4:2)
    run "${common[@]}" --cutoff 1e-11 -o tebd.h5
    exits 0 "tebd, $initial"
    run "${common[@]}" --method fermion -o fermion.h5
    exits 0 "fermion, $initial"
    run compare tebd.h5 fermion.h5
    exits 0 "compare, $initial"
    for quantity in energy energy_current energy_current_link magnetization spin_current; do
        below "$initial, $quantity" "$(worst $quantity)" 1e-5
    done
    below "$initial, entropy" "$(worst entropy)" 1e-4
    rm -f tebd.h5* fermion.h5
done

# What the refusal of Delta <= -1 says of the other sign, where both signs can be run.
# turned RUN SIGN: n, SIGN energy, SIGN energy current, magnetization, spin current.
turned() {
    "$KAPITZA" export "$1" --times 1 |
        awk -F'\t' -v s="$2" '!/^#/ && $2 >= -3 && $2 <= 3 { print $2, s * $4, s * $5, $6, $7 }'
}
# apart: the largest difference of the rows in $work/a and $work/b.
apart() {
    paste -d' ' "$work/a" "$work/b" | awk '
        { for (i = 1; i <= 5; i++) { d = $i - $(i + 5); if (d < 0) d = -d; if (d > m) m = d } }
        END { print NR == 7 ? m + 0 : 1 }'
}
common=(quench --length 12 --times 1)
run "${common[@]}" --left Delta=0.4 --right Delta=0.4 --initial domain-wall -o plus.h5
run "${common[@]}" --left Delta=-0.4 --right Delta=-0.4 --initial domain-wall -o minus.h5
turned plus.h5 1 >"$work/a"
turned minus.h5 -1 >"$work/b"
below "domain wall, the other sign of Delta" "$(apart)" 1e-9
rm -f plus.h5* minus.h5*

# A run cut in two, and one that is extended, give the same numbers bit by bit.
common=(quench "${chain[@]}" --initial energy --length 30 --cutoff 1e-8 --threads 1)
run "${common[@]}" --times 0:4:1 -o whole.h5
exits 0 "whole run"
run "${common[@]}" --times 0:2:1 -o part.h5
run quench --resume --times 0:4:1 --threads 2 -o part.h5
exits 0 "extended run"
same_rows "extended run" whole.h5 part.h5
wall=(quench "${chain[@]}" --initial domain-wall --length 30 --cutoff 1e-12 --threads 1)
run "${wall[@]}" --times 0:6:1 -o goal.h5
run "${wall[@]}" --times 0:6:1 --wall-time 1e-9 -o wall.h5
exits 75 "stopped by the wall time"
refused 2 'holds an unfinished run' "${wall[@]}" --times 0:6:1 -o wall.h5
refused 2 '--dt: differs' "${wall[@]}" --times 0:6:1 --dt 0.1 --resume -o wall.h5
refused 2 '--times: does not begin' "${wall[@]}" --times 1:6:1 --resume -o wall.h5
run quench --resume --times 0:6:1 --checkpoint 0.0001 -o wall.h5
exits 0 "resumed run"
same_rows "resumed run" goal.h5 wall.h5

# Signals write a checkpoint and the rows measured so far.
for signal in TERM:143 HUP:129 XCPU:152 USR1:75 USR2:75; do
    name=SIG${signal%:*} file=${signal%:*}.h5
    env "--default-signal=${signal%:*}" "$KAPITZA" "${common[@]}" --times 0:12:1 --checkpoint 1e-4 -o "$file" 2>"$work/err" &
    process=$!
    await [ -f "$file" ]
    kill -s "${signal%:*}" $process
    wait $process
    code=$?
    exits "${signal#*:}" "$name"
    is "$name leaves the file and a checkpoint" "$(ls "$file"* | tr '\n' ' ')" "$file $file.checkpoint "
    is "the file of $name begins with the whole run" "$("$KAPITZA" export "$file" --times 0 | grep -v '^#')" \
        "$("$KAPITZA" export whole.h5 --times 0 | grep -v '^#')"
done

# Damaged and foreign checkpoints.
cp whole.h5.checkpoint bad.h5.checkpoint
printf 'X' | dd of=bad.h5.checkpoint bs=1 seek=30000 conv=notrunc 2>/dev/null
refused 4 'is damaged' quench --resume --times 0:5:1 -o bad.h5
head -c 20000 whole.h5.checkpoint >bad.h5.checkpoint
refused 4 'is damaged' quench --resume --times 0:5:1 -o bad.h5
echo "something else altogether" >bad.h5.checkpoint
refused 4 'not a checkpoint' quench --resume --times 0:5:1 -o bad.h5

# Export.
run export whole.h5 --times 2,4
exits 0 "export"
is "rows of an export" "$(grep -vc '^#' "$work/out")" 60
is "columns" "$(grep '^# t' "$work/out" | cut -f 1-10 | tr '\t' ' ')" \
    "# t n x_over_t energy energy_current magnetization spin_current entropy bond_dimension truncation"
refused 2 '--times: 7 is not in whole.h5' export whole.h5 --times 7
run quench --left xx --right xx --initial energy --length 30 --method fermion --times 1 -o other.h5
refused 2 'another chain' compare whole.h5 other.h5
finish
