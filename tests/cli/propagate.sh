#!/usr/bin/env bash
# kapitza propagate: its file, its columns, free fermions, a step against profile.
. "$(dirname "$0")/lib.sh"

# a table of beta = 1 + 0.8 exp(-x^2), mu = 0.3, with step 0.05: the spline errs by 1e-10
awk 'BEGIN { print "x beta mu"
             for (i = -120; i <= 120; i++) printf "%.17g %.17g 0.3\n", i / 20, 1 + 0.8 * exp(-i * i / 400) }' >bump.tsv
run propagate --chain P=3 --profile bump.tsv --times 0,1 --positions 0.3,0 --tol 1e-8
exits 0 'a bump at P = 3'
is 'columns' "$(columns "$work/out")" \
    't x energy energy_current magnetization spin_current entropy err'
is 'positions inside times' "$(grep -v '^#' "$work/out" | cut -f 1,2 | tr '\n\t' ' :')" '0:0.3 0:0 1:0.3 1:0 '
near 'energy' "$(value "$work/out" 3 energy)" -0.214113624799 2e-9
near 'energy current' "$(value "$work/out" 3 energy_current)" -0.010774339106 2e-9
near 'magnetization' "$(value "$work/out" 3 magnetization)" 0.041481023219 2e-9
near 'spin current' "$(value "$work/out" 3 spin_current)" -0.002179926333 2e-9
near 'err within tol' "$(value "$work/out" 3 err)" 0 1e-8

# one jump is a bipartition
printf '0 2 1\n0 0.5 -0.4\n' >step.tsv
run propagate --chain P=4 --profile step.tsv --times 2 --positions=-1.2,0.6
cp "$work/out" "$work/step"
run profile --chain P=4 --left-state beta=2,mu=1 --right-state beta=0.5,mu=-0.4 --rays=-0.6,0.3
for name in energy energy_current magnetization spin_current; do
    near "a step: $name" "$(value "$work/step" 1 $name)" "$(value "$work/out" 1 $name)" 2e-10
    near "a step, right: $name" "$(value "$work/step" 2 $name)" "$(value "$work/out" 2 $name)" 2e-10
done

# with a gap, energies and beta turned where Delta < -1
run propagate --chain Delta=-1.5 --profile step.tsv --times 2 --positions=-1.2,0.6
cp "$work/out" "$work/gap"
run profile --chain Delta=-1.5 --left-state beta=2,mu=1 --right-state beta=0.5,mu=-0.4 --rays=-0.6,0.3
for name in energy energy_current magnetization spin_current; do
    near "a gap: $name" "$(value "$work/gap" 1 $name)" "$(value "$work/out" 1 $name)" 2e-10
    near "a gap, right: $name" "$(value "$work/gap" 2 $name)" "$(value "$work/out" 2 $name)" 2e-10
done

# so do those of Delta = -1
run propagate --chain Delta=-1 --profile step.tsv --times 2 --positions=-1.2,0.6 --tol 1e-4
cp "$work/out" "$work/isotropic"
run profile --chain Delta=-1 --left-state beta=2,mu=1 --right-state beta=0.5,mu=-0.4 --rays=-0.6,0.3 --tol 1e-4
for name in energy energy_current magnetization spin_current; do
    near "Delta = -1: $name" "$(value "$work/isotropic" 1 $name)" "$(value "$work/out" 1 $name)" 2e-4
    near "Delta = -1, right: $name" "$(value "$work/isotropic" 2 $name)" "$(value "$work/out" 2 $name)" 2e-4
done

# columns by name in any order, temperatures; at beta = 0 magnetization is tanh(mu/2)/2
printf 'note,mu,T,x\n1,0.8,inf,0\n2,0.8,inf,1\n' >hot.csv
run propagate --chain xx --profile hot.csv --times 3 --positions 0.5
near 'infinite temperature: magnetization' "$(value "$work/out" 1 magnetization)" \
    '(exp(0.8)-1)/(exp(0.8)+1)/2' 1e-10
near 'infinite temperature: energy' "$(value "$work/out" 1 energy)" 0 1e-10

# names without mu: it is 0
printf 'x T mu\n0 0.5 0\n0 2 0\n' >with.tsv
printf 'x T\n0 0.5\n0 2\n' >without.tsv
run propagate --chain P=3 --profile with.tsv --times 2 --positions=-0.6,0.6
cp "$work/out" "$work/with"
run propagate --chain P=3 --profile without.tsv --times 2 --positions=-0.6,0.6
exits 0 'no column mu'
is 'no column mu: as with mu = 0' "$(grep -v '^#' "$work/out")" "$(grep -v '^#' "$work/with")"

# rows with a missing value are passed over, the last of them within a jump
printf '0 2 1\n-3 nan 0\nNA 1 0\n0 1 --\n0 0.5 -0.4\n' >gaps.tsv
run propagate --chain P=4 --profile gaps.tsv --times 2 --positions=-1.2,0.6
exits 0 'missing values'
is 'missing values: as without these rows' "$(grep -v '^#' "$work/out")" "$(grep -v '^#' "$work/step")"
printf 'x T mu\n0 0.5 1\n0 nan 0\n0 2 -0.4\n' >gaps.tsv
run propagate --chain P=4 --profile gaps.tsv --times 2 --positions=-1.2,0.6
exits 0 'a missing temperature'

# XX against profile, which has closed forms
run propagate --chain xx --profile step.tsv --times 2 --positions=-1.2
cp "$work/out" "$work/step"
run profile --chain xx --left-state beta=2,mu=1 --right-state beta=0.5,mu=-0.4 --rays=-0.6
near 'XX: energy' "$(value "$work/step" 1 energy)" "$(value "$work/out" 1 energy)" 1e-10
near 'XX: spin current' "$(value "$work/step" 1 spin_current)" "$(value "$work/out" 1 spin_current)" 1e-10

# bad input
p="propagate --chain xx --profile step.tsv --times 1 --positions 0"
refused 2 '--chain: is missing.*--profile: is missing.*--times: is missing.*--positions: is missing' propagate
refused 4 'none.tsv' propagate --chain xx --profile none.tsv --times 1 --positions 0 -o x.tsv
refused 2 '--times' propagate --chain xx --profile step.tsv --times inf --positions 0
refused 2 '--positions' propagate --chain xx --profile step.tsv --times 1 --positions abc
refused 2 '--output' $p -o step.tsv
bad() {
    printf "$1" >bad.tsv
    refused 2 "$2" propagate --chain P=3 --profile bad.tsv --times 1 --positions 0 -o x.tsv
}
bad '' 'bad.tsv has no point'
bad '0 1\n' 'bad.tsv has 2 columns without names'
bad '0\n' 'bad.tsv:1: 1 columns'
bad 'x T\n0 1\n1\n' 'bad.tsv:3: 1 columns'
bad '0 1 0\n1 x 0\n' 'bad.tsv:2'
bad '0 nan 0\n1 1 --\n' 'bad.tsv has no point'
bad '0 1 0\n1 inf 0\n' 'bad.tsv:2: .*finite'
bad '1 1 0\n0 1 0\n' 'bad.tsv:2: x must ascend'
bad '0 1 0\n0 1 0\n0 2 0\n' 'bad.tsv:3: .*three times'
bad 'x beta h\n0 1 0\n' 'no column mu'
bad 'x T mu\n0 1\n' 'no column mu'
bad 'x T beta mu\n0 1 1 0\n' 'beta and T'
bad 'x T mu\n0 0 0\n' 'bad.tsv:2: T = 0'

finish
