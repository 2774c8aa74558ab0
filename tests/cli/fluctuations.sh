#!/usr/bin/env bash
# kapitza fluctuations against closed forms and the other commands.
. "$(dirname "$0")/lib.sh"

# cumulant FILE NAME: a number of the line of cumulants.
cumulant() { grep '^# cumulants' "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"; }

run fluctuations --chain xx --left-state beta=0 --right-state down --charge spin --lambda 0,1,-2
exits 0 'free fermions at beta = 0 beside an empty side'
is 'columns' "$(columns "$work/out")" 'lambda F err current'
is 'in the order of --lambda' "$(grep -v '^#' "$work/out" | cut -f 1 | tr '\n' ' ')" '0 1 -2 '
near 'F(0) = 0' "$(value "$work/out" 1 F)" 0 1e-14
near 'ln[(1 + e)/2]/pi' "$(value "$work/out" 2 F)" 'log((1+exp(1))/2)/pi' 1e-12
near 'its derivative' "$(value "$work/out" 3 current)" 'exp(-2)/(1+exp(-2))/pi' 1e-12
near 'c1' "$(cumulant "$work/out" c1)" '1/(2*pi)' 1e-12
near 'c2' "$(cumulant "$work/out" c2)" '1/(4*pi)' 1e-12
near 'c3' "$(cumulant "$work/out" c3)" 0 1e-12
near 'c4' "$(cumulant "$work/out" c4)" '-1/(8*pi)' 1e-12

states="--chain P=3 --left-state T=2,mu=0.5 --right-state beta=2,mu=0.5"
run fluctuations $states --charge energy --lambda=0.3,-1.8,0
exits 0 'interacting'
near 'fluctuation symmetry' "$(value "$work/out" 1 F)" "$(value "$work/out" 2 F)" 1e-10
near 'turns the current' "$(value "$work/out" 1 current)" "-($(value "$work/out" 2 current))" 1e-10
c1=$(cumulant "$work/out" c1) c2=$(cumulant "$work/out" c2)
run profile $states --rays 0
near 'c1 is the current of profile' "$(value "$work/out" 1 energy_current)" "$c1" 1e-9
near 'c2 its noise' "$(value "$work/out" 1 energy_noise)" "$c2" 1e-8

run fluctuations --chain P=4 --left-state up --right-state down --charge spin --lambda 2 -o wall.h5
exits 0 'HDF5'
is 'no other file' "$(contents)" 'wall.h5 '
run fluctuations --chain P=4 --left-state up --right-state down --charge spin --lambda 2
near 'the domain wall does not fluctuate' "$(value "$work/out" 1 F)" '2*4/(2*pi)*(1-cos(pi/4))' 1e-9

# with a gap: energy, turned where Delta < -1, against profile; the theorem
run fluctuations --chain Delta=-1.5 --left-state beta=0.5 --right-state beta=2 --charge energy --lambda=0.3,-1.8,0
exits 0 'a gap'
near 'a gap: the theorem' "$(value "$work/out" 1 F)" "$(value "$work/out" 2 F)" 1e-10
cp "$work/out" "$work/gap"
run profile --chain Delta=-1.5 --left-state beta=0.5 --right-state beta=2 --rays 0
near 'a gap: the current' "$(value "$work/gap" 3 current)" "$(value "$work/out" 1 energy_current)" 1e-10

# Delta = -1, between pure states: F = c1 lambda; the ferromagnet's ground state is the ceiling's image
run fluctuations --chain Delta=-1 --left-state ceiling --right-state up --charge energy --lambda=-2,0.5 --tol 1e-6
exits 0 'Delta = -1'
current=$(value "$work/out" 2 current)
near 'Delta = -1: pure states' "$(value "$work/out" 1 F)" "-2*($current)" 1e-9
near 'Delta = -1: c1' "$(cumulant "$work/out" c1)" "$current" 1e-6
run profile --chain Delta=-1 --left-state ceiling --right-state up --rays 0 --tol 1e-6
near 'Delta = -1: the current' "$current" "$(value "$work/out" 1 energy_current)" 1e-6

# the flow of biased states: free fermions as before, the first two cumulants of an interacting chain
run fluctuations --chain P=2 --left-state beta=0 --right-state down --charge spin --lambda 1 --method flow
exits 0 'the flow of free fermions'
near 'the flow: ln[(1 + e)/2]/pi' "$(value "$work/out" 1 F)" 'log((1+exp(1))/2)/pi' 1e-12
run fluctuations $states --charge energy --lambda=0.3 --method flow
exits 0 'the flow'
is 'the method is a parameter' "$(grep -c 'method=flow' "$work/out")" 1
near 'the flow: c1' "$(cumulant "$work/out" c1)" "$c1" 1e-9
near 'the flow: c2' "$(cumulant "$work/out" c2)" "$c2" 1e-8

# the spin with a gap: the theorem joins both branches
run fluctuations --chain Delta=2 --left-state T=1,mu=0.9 --right-state T=1,mu=0.3 --charge spin --lambda=0.3,-0.9,0
exits 0 'a gap: the spin'
near 'a gap: the theorem for the spin' "$(value "$work/out" 1 F)" "$(value "$work/out" 2 F)" 1e-10
cp "$work/out" "$work/gap"
run profile --chain Delta=2 --left-state T=1,mu=0.9 --right-state T=1,mu=0.3 --rays 0
near 'a gap: the spin current' "$(value "$work/gap" 3 current)" "$(value "$work/out" 1 spin_current)" 1e-10

refused 2 '--method: "drift" \(accepted: transport, flow\)' fluctuations $states --charge energy --lambda 1 --method drift
refused 2 '--method: Delta = 1.5: the flow of biased states' fluctuations --chain Delta=1.5 --left-state T=1 --right-state T=2 --charge energy --lambda 1 --method flow
refused 2 '--chain: is missing.*--charge: is missing.*--lambda: is missing' fluctuations
refused 2 '--charge: "heat" \(accepted: energy, spin\)' fluctuations $states --charge heat --lambda 1
refused 2 '--lambda: must be finite' fluctuations $states --charge spin --lambda inf
refused 2 '--method: Delta = 1: the flow of biased states' fluctuations --chain Delta=1 --left-state T=1 --right-state T=2 --charge energy --lambda 1 --method flow

finish
