#!/usr/bin/env bash
# Every chain, every command, every state: numbers with a finite err, or a refusal of one line that
# says why.  Then values known from elsewhere.
. "$(dirname "$0")/lib.sh"

# No cell takes longer, in seconds of processor time: exit code 152 if so.
ulimit -St 20

# 2/5 in three ways
fractions=(gamma=2*pi/5 P=5,Q=2 Delta=0.3090169943749475)
chains=("${fractions[@]}" Delta=-0.5 Delta=1.5 Delta=-2 Delta=1 Delta=-1)
states=(T=1 T=-1 T=1,mu=0.5 ground ceiling up down ground,h=0.4)

# Digits that dense systems give in seconds.
accuracy() {
    tolerance=()
    case $1 in Delta=1 | Delta=-1) tolerance=(--tol 1e-5) ;; esac
}

# numbers FILE WORDS: no nan but in these columns, err finite; points of a simulation have none.
numbers() {
    awk -F '\t' -v undefined=" $2 " '
        /^#/ { sub(/^# /, ""); for (i = 1; i <= NF; i++) name[i] = $i; next }
        $1 == "tebd" { next }
        { n++; for (i = 1; i <= NF; i++) {
              if ($i == "nan" && !index(undefined, " " name[i] " ")) bad = bad " " name[i]
              if (name[i] == "err" && $i !~ /^[0-9.e+-]+$/) bad = bad " err=" $i } }
        END { if (!n) bad = "no rows"; print bad }' "$1"
}

# reason: the last run refused or failed with one line that names the command.
reason() { [ "$(wc -l <"$work/err")" -eq 1 ] && grep -Eq '^kapitza [a-z]+: .{20}' "$work/err" && ! grep -Eq 'nan|error [0-9.e+-]*, wanted 0' "$work/err"; }

# cell UNDEFINED WORDS...: one entry of the matrix; code, $work/out and $work/err are left.
cell() {
    local undefined=$1 bad=''
    shift
    run "$@" "${tolerance[@]}"
    local name="$*"
    name=${name//#/?}
    case $code in
    0) bad=$(numbers "$work/out" "$undefined") ;;
    2) reason && [ ! -s "$work/out" ] || bad="code 2: $(head -c 300 "$work/err")" ;;
    3) reason || bad="code 3: $(head -c 300 "$work/err")" ;;
    *) bad="exit code $code" ;;
    esac
    if [ -z "$bad" ]; then ok "$code: $name"; else not_ok "$name" "$bad"; fi
}

cold='lnZ free_energy beta'
for chain in "${chains[@]}"; do
    accuracy "$chain"
    for state in "${states[@]}"; do
        # ln Z has no value at T = 0, the temperature of up and down neither
        undefined=''
        case $state in ground* | ceiling | up | down) undefined=$cold ;; esac
        cell "$undefined" thermo --chain "$chain" --state "$state"
        cell 'energy_noise spin_noise' profile --chain "$chain" --left-state "$state" --right-state T=2 --rays=-0.3,0.1
        case $state in
        T=-1) [ "${#tolerance[@]}" -eq 0 ] || continue ;; # a quarter of a minute
        esac
        cell '' junction --left "$chain" --right xx --left-state "$state" --right-state T=2 --resistance 10
        cell '' junction --left xx --right "$chain" --left-state T=2 --right-state "$state" --resistance 10
    done
    cell '' invert --chain "$chain" --energy 0.1,-0.1,0.05 --magnetization 0,0.1,-0.2
    rm -f t.h5 e.h5
    run table --chain "$chain" --beta=-1:1:0.25 --mu=-0.5:0.5:0.25 "${tolerance[@]}" -o t.h5
    exits 0 "table --chain $chain"
    run table --chain "$chain" --energy-only --tol 1e-5 -o e.h5
    exits 0 "table --chain $chain --energy-only"
    tolerance=()
    cell '' invert --table t.h5 --energy 0.02,-0.03 --magnetization 0.02,0.01
    cell '' invert --table e.h5 --energy 0.1,-0.1,0.2,-0.2
done

# what is undefined says so, or where the next chain is
refused 2 'Delta = 0.3 is not cos.pi Q/P. with P <= 256, .*near it: Delta = 0.29[0-9]* .P=[0-9]*,Q=[0-9]*. and Delta = 0.30[0-9]* .P=[0-9]*,Q=[0-9]*., nearest Delta = 0.3000[0-9]* .P=67,Q=27.$' \
    thermo --chain Delta=0.3 --state T=1
near 'both have P <= 64' "$(sed 's/, nearest.*//' "$work/err" | grep -o 'P=[0-9]*,' | tr -dc '0-9\n' | awk '$1 > m { m = $1 } END { print m }')" 33 31

# -- the same chain in three words, the same bytes
for words in 'thermo --state T=1,mu=0.5' 'profile --left-state T=1 --right-state ceiling --rays=-0.2,0.1' 'invert --energy 0.1'; do
    for chain in "${fractions[@]}"; do
        # shellcheck disable=SC2086
        run $words --chain "$chain"
        grep -v '^#' "$work/out"
    done | sort -u | wc -l >count
    is "2/5 in three ways: $words" "$(($(cat count) == $(grep -vc '^#' "$work/out")))" 1
done

# -- closed forms at beta = 0: m = tanh(mu/2)/2, e = Delta m^2, energy Drude weight (1 + 2 Delta^2)/32
# at mu = 0; all spins up; edges of the band
for case in P=5,Q=2:0.309016994374947424 Delta=-0.5:-0.5 Delta=1.5:1.5 Delta=-2:-2 Delta=1:1 Delta=-1:-1; do
    chain=${case%%:*} delta=${case#*:}
    m='(0.5*(exp(0.5)-1)/(exp(0.5)+1))'
    run thermo --chain "$chain" --state T=inf,mu=0.5 --tol 1e-6
    near "$chain: m at T = inf" "$(value "$work/out" 1 magnetization)" "$m" 1e-6
    near "$chain: e at T = inf" "$(value "$work/out" 1 energy)" "$delta*$m^2" 2e-6
    run thermo --chain "$chain" --state T=inf
    near "$chain: lnZ" "$(value "$work/out" 1 lnZ)" 'log(2)' 1e-10
    near "$chain: Drude weight" "$(value "$work/out" 1 drude_energy)" "(1+2*($delta)^2)/32" 1e-9
    run thermo --chain "$chain" --state up
    near "$chain: e up" "$(value "$work/out" 1 energy)" "$delta/4" 1e-15
done
run thermo --chain Delta=1 --state ground
near 'Hulthen' "$(value "$work/out" 1 energy)" '0.25-log(2)' 1e-14
run thermo --chain Delta=-0.5 --state ceiling
near 'ceiling at Delta = -1/2' "$(value "$work/out" 1 energy)" 0.375 1e-14
run thermo --chain Delta=-2 --state ground
near 'a ferromagnet' "$(value "$work/out" 1 energy)" -0.5 1e-15

# -- Delta -> -Delta: energies and their currents change sign with beta
for pair in P=5,Q=2:P=5,Q=3 Delta=-2:Delta=2 Delta=-1:Delta=1; do
    one=${pair%%:*} other=${pair#*:}
    accuracy "$one"
    run thermo --chain "$one" --state T=1,mu=0.5 "${tolerance[@]}"
    e=$(value "$work/out" 1 energy) m=$(value "$work/out" 1 magnetization)
    run thermo --chain "$other" --state beta=-1,mu=0.5 "${tolerance[@]}"
    near "$pair: energy" "$e" "-($(value "$work/out" 1 energy))" 1e-9
    near "$pair: magnetization" "$m" "$(value "$work/out" 1 magnetization)" 1e-9
    run profile --chain "$one" --left-state T=1 --right-state T=3 --rays 0.1 "${tolerance[@]}"
    j=$(value "$work/out" 1 energy_current)
    run profile --chain "$other" --left-state T=-1 --right-state T=-3 --rays 0.1 "${tolerance[@]}"
    near "$pair: current" "$j" "-($(value "$work/out" 1 energy_current))" 1e-7
done

# -- junctions are their own mirror image
run junction --left Delta=1.5 --right xx --left-state T=1 --right-state T=2 --resistance 10
j=$(value "$work/out" 1 energy_current) t=$(value "$work/out" 1 T_minus)
run junction --left xx --right Delta=1.5 --left-state T=2 --right-state T=1 --resistance 10
near 'mirror: current' "$j" "-($(value "$work/out" 1 energy_current))" 1e-10
near 'mirror: temperature' "$t" "$(value "$work/out" 1 T_plus)" 1e-9

# -- domain wall at 2/5 [collura2018]: m = -(P/2 pi) asin(zeta sin(pi/P)/sin gamma)
run profile --chain P=5,Q=2 --left-state up --right-state down --rays 0.3
s='0.3*sin(pi/5)/sin(2*pi/5)'
near 'domain wall' "$(value "$work/out" 1 magnetization)" "-5/(2*pi)*atan2($s, sqrt(1-($s)^2))" 1e-9

# -- runs: what is laid over them and what temperature they have
for chain in P=5,Q=2 Delta=-0.5 Delta=1.5 Delta=1; do
    rm -f run.h5
    accuracy "$chain"
    run quench --left "$chain" --right "$chain" --initial domain-wall --length 8 --times 0,2 --chi 16 -o run.h5
    exits 0 "quench $chain"
    cell t overlay run.h5 --times 2
    run quench --left "$chain" --right "$chain" --initial thermal --left-state T=1 --right-state T=-1 --length 6 --times 0,1 --chi 16 -o run.h5 --overwrite
    exits 0 "quench $chain, thermal"
    cell 'distance' effective run.h5 --times 1
done
for chain in Delta=-1 Delta=-2; do
    refused 2 '--left: Delta=-[12] is not above -1; a rotation of every other spin' quench --left "$chain" --right "$chain" --initial energy --length 6 --times 1 -o x.h5
done
finish
