#!/usr/bin/env bash
# kapitza thermo against closed forms.
. "$(dirname "$0")/lib.sh"

version=$("$KAPITZA" --version | sed -n "1s/kapitza //p")
run --version
is 'version' "$(head -n 1 "$work/out")" "kapitza $version"
run --help
exits 0 'overview'
run thermo --help
is 'help on stdout names the columns' "$(grep -c heat_capacity "$work/out")" 1
for name in thermo profile junction figure; do
    run $name --help
    is "$name --help speaks on stdout only" "$code$(wc -c <"$work/err")" 00
    grep -q LIST "$work/out" && grep -q 'Exit code' "$work/out" && ok "$name --help has the grammar"
done

d='cos(pi/4)'
run thermo --chain gamma=pi/4 --beta 0,1 --mu 0,0.7
exits 0 'two betas by two mus'
is 'columns' "$(columns "$work/out")" 'beta mu lnZ free_energy energy magnetization entropy heat_capacity susceptibility drude_spin drude_energy err energy_noise spin_noise'
is 'four rows' "$(rows "$work/out")" 4
is 'beta outermost' "$(grep -v '^#' "$work/out" | cut -f 1,2 | tr '\t\n' ',;')" '0,0;0,0.7;1,0;1,0.7;'
is 'program and version first' "$(head -n 1 "$work/out")" "# kapitza $version thermo"
is 'parameters' "$(grep -c '^# parameters .*chain=P=4 .*beta=0,1 mu=0,0.7' "$work/out")" 1
is 'nothing on stderr' "$(cat "$work/err")" ''

near 'ln 2' "$(value "$work/out" 1 lnZ)" 'log(2)' 1e-10
is 'no free energy at beta = 0' "$(value "$work/out" 1 free_energy)" nan
near 'entropy ln 2' "$(value "$work/out" 1 entropy)" 'log(2)' 1e-10
near 'susceptibility 1/4' "$(value "$work/out" 1 susceptibility)" 0.25 1e-10
near 'spin Drude weight at beta = 0' "$(value "$work/out" 1 drude_spin)" '(1 - 4/(2*pi)*sin(2*pi/4))/8' 1e-9
near 'energy Drude weight at beta = 0' "$(value "$work/out" 1 drude_energy)" "(1 + 2*($d)^2)/32" 1e-9
run thermo --chain xx --beta 0 --mu 0.7
near 'spin noise of free fermions' "$(value "$work/out" 1 spin_noise)" '2/pi*0.25/(0.5*(exp(0.35)+exp(-0.35)))^2' 1e-12
near 'and their energy noise' "$(value "$work/out" 1 energy_noise)" '2/(3*pi)*0.25/(0.5*(exp(0.35)+exp(-0.35)))^2' 1e-12
run thermo --chain Delta=1.5 --beta 0 --diffusion
exits 0 'spin diffusion'
is 'two columns more' "$(columns "$work/out" | sed 's/.*spin_noise //')" 'spin_diffusion spin_onsager'
near 'closed form' "$(value "$work/out" 1 spin_diffusion)" 1.0174942 1e-7
near 'D = L / 2 chi' "$(value "$work/out" 1 spin_onsager)" "$(value "$work/out" 1 spin_diffusion)/2" 1e-10
run thermo --chain P=3 --beta 0 --diffusion
near 'spin diffusion at 1/3' "$(value "$work/out" 1 spin_onsager)" 0.13621 1e-5
run thermo --chain Delta=-1 --beta 0.5 --diffusion
is 'none where spin does not diffuse' "$(value "$work/out" 1 spin_diffusion)" inf
run thermo --chain Delta=1 --beta 0.5 --mu 3 --diffusion --tol 1e-4
exits 0 'spin diffusion at Delta = 1 in a field'
# of chains beside it, Delta = cos(pi/P), P = 8, 9, 10, and cosh 0.15, 0.1 (below)
near 'between its neighbours' "$(value "$work/out" 1 spin_onsager)" 0.00257 2e-2
cp "$work/out" "$work/field"
run thermo --chain Delta=1 --beta 0.5 --mu 3 --tol 1e-4
for column in susceptibility drude_spin spin_noise; do
    near "$column is" "$(value "$work/field" 1 $column)" "$(value "$work/out" 1 $column)" 1e-12
done
run thermo --chain P=200 --beta 1 --diffusion --tol 1e-5
exits 3 'spin diffusion with too many strings'
is 'its err' "$(value "$work/out" 1 err)" inf
run thermo --chain gamma=pi/4 --beta 0,1 --mu 0,0.7
near 'paramagnet m' "$(value "$work/out" 2 magnetization)" '0.5*(exp(0.7)-1)/(exp(0.7)+1)' 1e-10
near 'paramagnet e' "$(value "$work/out" 2 energy)" "$d*(0.5*(exp(0.7)-1)/(exp(0.7)+1))^2" 1e-10
near 'e at beta = 1, mu = 0.7' "$(value "$work/out" 4 energy)" -0.149250518 1e-9
near 'm at beta = 1, mu = 0.7' "$(value "$work/out" 4 magnetization)" 0.109488756 1e-9
near 'ln Z at beta = 1, mu = 0.7' "$(value "$work/out" 4 lnZ)" 0.8160358968 1e-10
near 'entropy = ln Z + beta e - mu m' "$(value "$work/out" 4 entropy)" \
    "$(value "$work/out" 4 lnZ) + $(value "$work/out" 4 energy) - 0.7*$(value "$work/out" 4 magnetization)" 1e-9

# at fixed field: mu = beta h
run thermo --chain gamma=pi/4 --temperature 1,-2,inf --field 0.7,-1
exits 0 'three temperatures by two fields'
is 'mu = beta h' "$(grep -v '^#' "$work/out" | cut -f 1,2 | tr '\t\n' ',;')" '1,0.7;1,-1;-0.5,-0.35;-0.5,0.5;0,0;0,0;'
is 'h is column 13' "$(columns "$work/out" | cut -d ' ' -f 13) $(grep -v '^#' "$work/out" | cut -f 13 | tr '\n' ' ')" 'h 0.7 -1 0.7 -1 0.7 -1 '
near 'e at T = 1, h = 0.7' "$(value "$work/out" 1 energy)" -0.149250518 1e-9
is 'its parameter' "$(grep -c '^# parameters .*temperature=1,-2,inf field=0.7,-1' "$work/out")" 1
run thermo --chain P=4 --beta inf --field 0.8,0
near 'the ground state in a field: m' "$(value "$work/out" 1 magnetization)" 0.1310167481 1e-9
is 'and in none' "$(value "$work/out" 2 magnetization) $(value "$work/out" 2 h)" '0 0'
# heat capacity at fixed h is the derivative along such a curve: e - h m of T = 1 -+ 1e-3
run thermo --chain P=3 --temperature 0.999,1,1.001 --field 0.9
near 'heat capacity along it' "$(value "$work/out" 2 heat_capacity)" \
    "(($(value "$work/out" 3 energy)) - 0.9*($(value "$work/out" 3 magnetization)) - ($(value "$work/out" 1 energy)) + 0.9*($(value "$work/out" 1 magnetization)))/0.002" 1e-6

run thermo --chain P=4 --state beta=-1,mu=0.5
near 'e at beta = -1, mu = 0.5' "$(value "$work/out" 1 energy)" 0.122751734 1e-9
near 'm at beta = -1, mu = 0.5' "$(value "$work/out" 1 magnetization)" 0.152558282 1e-9
near 'ln Z at beta = -1, mu = 0.5' "$(value "$work/out" 1 lnZ)" 0.797396370 1e-9

run thermo --chain P=3 --state ground
near 'ground state at Delta = 1/2 is -3/8' "$(value "$work/out" 1 energy)" -0.375 1e-10
is 'ground state: beta' "$(value "$work/out" 1 beta)" inf
is 'ground state: no ln Z' "$(value "$work/out" 1 lnZ)" nan
run thermo --chain P=3 --beta -inf
near 'ceiling at Delta = 1/2 is 3(sqrt 3 - 1)/8' "$(value "$work/out" 1 energy)" '3*(sqrt(3)-1)/8' 1e-10
run thermo --chain P=4 --state ground,h=0.8
near 'ground state in a field: e' "$(value "$work/out" 1 energy)" -0.3474254952 1e-9
near 'ground state in a field: m' "$(value "$work/out" 1 magnetization)" 0.1310167481 1e-9
near 'free energy is e - h m' "$(value "$work/out" 1 free_energy)" \
    "$(value "$work/out" 1 energy) - 0.8*$(value "$work/out" 1 magnetization)" 1e-9
run thermo --chain Delta=1 --state ground
near 'isotropic ground state: 1/4 - ln 2' "$(value "$work/out" 1 energy)" '1/4-log(2)' 1e-10
run thermo --chain Delta=-1 --state beta=0,mu=1
near 'isotropic ferromagnet at beta = 0: e = -m^2' "$(value "$work/out" 1 energy)" '-((exp(1)-1)/(exp(1)+1)/2)^2' 1e-9
near 'm = tanh(mu/2)/2' "$(value "$work/out" 1 magnetization)" '(exp(1)-1)/(exp(1)+1)/2' 1e-9
run thermo --chain P=5 --state down
near 'down: e = Delta/4' "$(value "$work/out" 1 energy)" 'cos(pi/5)/4' 1e-10
near 'down: m = -1/2' "$(value "$work/out" 1 magnetization)" -0.5 1e-10
run thermo --chain xx --state ground
near 'XX ground state is -1/pi' "$(value "$work/out" 1 energy)" -1/pi 1e-12

run thermo --chain P=4 --temperature 0.5,inf,-2
is 'temperatures become betas' "$(grep -v '^#' "$work/out" | cut -f 1 | tr '\n' ' ')" '2 0 -0.5 '
cp "$work/out" "$work/temperatures"
run thermo --chain P=4 --beta 2,0,-0.5
is 'T and 1/T are one state' "$(grep -v '^#' "$work/out")" "$(grep -v '^#' "$work/temperatures")"
run thermo --chain P=4 --beta 2,0,-0.5 --threads 1
is 'threads change no digit' "$(cat "$work/out" | grep -v '^#')" "$(grep -v '^#' "$work/temperatures")"
run thermo '--chain=Delta=sqrt(2)/2' --beta=2 --quiet
is 'option=value, expressions' "$(grep -v '^#' "$work/out")" "$(grep -v '^#' "$work/temperatures" | head -n 1)"
for column in energy lnZ; do
    run thermo --chain P=2 --beta 1.3
    a=$(value "$work/out" 1 $column)
    run thermo --chain xx --beta 1.3
    near "P = 2 is the XX chain: $column" "$a" "$(value "$work/out" 1 $column)" 1e-11
done

finish
