#!/usr/bin/env bash
# kapitza profile against closed forms.
. "$(dirname "$0")/lib.sh"

run profile --chain xx --left-state up --right-state down --rays -1.5,-0.5,0,0.5,1.5
exits 0 'XX domain wall'
is 'columns' "$(columns "$work/out")" 'zeta energy energy_current magnetization spin_current err energy_noise spin_noise'
is 'rays in order' "$(grep -v '^#' "$work/out" | cut -f 1 | tr '\n' ' ')" '-1.5 -0.5 0 0.5 1.5 '
near 'left of the cone: up' "$(value "$work/out" 1 magnetization)" 0.5 1e-12
near 'S(zeta) = -arcsin(zeta)/pi' "$(value "$work/out" 4 magnetization)" -1/6 1e-12
near 'spin current 1/pi at the centre' "$(value "$work/out" 3 spin_current)" 1/pi 1e-12
near 'right of the cone: down' "$(value "$work/out" 5 magnetization)" -0.5 1e-12

run profile --chain P=4 --left-state up --right-state down --rays 0,0.3,2
near 'domain wall, P = 4: spin current' "$(value "$work/out" 1 spin_current)" '4/(2*pi)*(1-cos(pi/4))' 1e-9
near 'domain wall, P = 4: S' "$(value "$work/out" 2 magnetization)" \
    '-4/(2*pi)*atan2(0.3,sqrt(1-0.3^2))' 1e-9
near 'outside the cone' "$(value "$work/out" 3 magnetization)" -0.5 1e-10

run profile --chain xx --left-state ceiling --right-state ground --rays 0
near 'pure reservoirs make no noise' "$(value "$work/out" 1 energy_noise)" 0 1e-14
near 'XX energy quench: 1/(2 pi)' "$(value "$work/out" 1 energy_current)" '1/(2*pi)' 1e-12

run profile --chain P=4 --left-state beta=0.5 --right-state beta=2 --rays=-1.1,9
near 'two crossings, P = 4: e' "$(value "$work/out" 1 energy)" -0.0909152 5e-8
near 'two crossings, P = 4: j' "$(value "$work/out" 1 energy_current)" 0.0074902 5e-8
near 'no current outside the cone' "$(value "$work/out" 2 energy_current)" 0 1e-10

run profile --chain P=3 --left-state T=0.7,mu=0.3 --right-state T=0.7,mu=0.3 --rays -0.4,0.2
near 'no energy current in equilibrium' "$(value "$work/out" 1 energy_current)" 0 1e-9
near 'no spin current in equilibrium' "$(value "$work/out" 2 spin_current)" 0 1e-9

# noise at zeta = 0 only: free fermions at beta = 0 beside an empty side; P = 3 in equilibrium
for chain in xx P=2; do
    run profile --chain $chain --left-state beta=0 --right-state down --rays 0,0.5
    exits 0 "noise of $chain"
    near 'spin noise 1/(4 pi)' "$(value "$work/out" 1 spin_noise)" '1/(4*pi)' 1e-10
    near 'energy noise 1/(12 pi)' "$(value "$work/out" 1 energy_noise)" '1/(12*pi)' 1e-10
    is 'none beside it' "$(value "$work/out" 2 spin_noise) $(value "$work/out" 2 energy_noise)" 'nan nan'
done
run thermo --chain P=3 --state beta=1,mu=0.5
spin=$(value "$work/out" 1 spin_noise) energy=$(value "$work/out" 1 energy_noise)
run profile --chain P=3 --left-state beta=1,mu=0.5 --right-state beta=1,mu=0.5 --rays 0
near 'equilibrium: spin noise as thermo' "$(value "$work/out" 1 spin_noise)" "$spin" 1e-9
near 'and energy noise' "$(value "$work/out" 1 energy_noise)" "$energy" 1e-9

# with a gap: the domain wall stands, its jump is a row that misses; Delta < -1 is turned
run profile --chain Delta=1.5 --left-state up --right-state down --rays=-0.3,0.3
exits 0 'Delta = 1.5'
near 'frozen: left' "$(value "$work/out" 1 magnetization)" 0.5 1e-12
near 'frozen: right' "$(value "$work/out" 2 magnetization)" -0.5 1e-12
run profile --chain Delta=1.5 --left-state up --right-state down --rays 0
exits 3 'on the jump'
near 'its mean' "$(value "$work/out" 1 magnetization)" 0 1e-12
near 'half of it' "$(value "$work/out" 1 err)" 0.5 1e-9
run profile --chain Delta=1 --left-state up --right-state down --rays=-0.3,0.3
exits 0 'Delta = 1'
near 'frozen too' "$(value "$work/out" 1 magnetization)" 0.5 1e-10
run profile --chain Delta=-1 --left-state ground,h=0.1 --right-state T=2 --rays=-0.3
exits 0 'Delta = -1'
cp "$work/out" "$work/saturated"
run profile --chain Delta=-1 --left-state up --right-state T=2 --rays=-0.3
for column in energy magnetization spin_current; do
    near "saturated in any field: $column" "$(value "$work/saturated" 1 $column)" "$(value "$work/out" 1 $column)" 1e-12
done
run profile --chain Delta=1 --left-state ground,h=0.7 --right-state ground,h=0.7 --rays 0.3
exits 0 'Delta = 1, field'
e=$(value "$work/out" 1 energy) m=$(value "$work/out" 1 magnetization)
run thermo --chain Delta=1 --state ground,h=0.7
near 'energy of the ground state' "$e" "$(value "$work/out" 1 energy)" 1e-10
near 'its magnetization' "$m" "$(value "$work/out" 1 magnetization)" 1e-10
run profile --chain Delta=1.5 --left-state T=1 --right-state ground --rays 0.2
e=$(value "$work/out" 1 energy) j=$(value "$work/out" 1 energy_current)
run profile --chain Delta=-1.5 --left-state T=-1 --right-state ceiling --rays 0.2
near 'Delta = -1.5 is turned: energy' "$(value "$work/out" 1 energy)" "-($e)" 1e-12
near 'and current' "$(value "$work/out" 1 energy_current)" "-($j)" 1e-12

run profile --chain xx --left-state beta=inf --right-state T=inf --rays -2,2
near 'beta = inf is the ground state' "$(value "$work/out" 1 energy)" -1/pi 1e-12
near 'T = inf is beta = 0' "$(value "$work/out" 2 energy)" 0 1e-12

finish
