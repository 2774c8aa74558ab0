#!/usr/bin/env bash
# Bad input: one line, the right exit code, no file.
. "$(dirname "$0")/lib.sh"

t="thermo --chain gamma=pi/4"
j="junction --resistance"
p="profile --chain P=3 --left-state T=1 --right-state T=2"

refused 2 'command is missing.*thermo profile fluctuations propagate junction'
refused 2 'unknown command frob' frob
refused 2 'unknown command frob' help frob

# chains
refused 2 '--chain: unknown chain "foo" .accepted: xx, gamma=2.pi/5, P=5,Q=2' thermo --chain foo --beta 1
refused 2 'Delta=0.6: Delta = 0.6 is not cos.pi Q/P. with P <= 256, .*near it: Delta = 0.59[0-9]* .P=[0-9]*,Q=[0-9]*. and Delta = 0.60[0-9]* .P=[0-9]*,Q=[0-9]*., nearest Delta = 0.60003[0-9]* .P=227,Q=67.$' \
    thermo --chain Delta=0.6 --beta 1 -o x.tsv
refused 2 'Delta=0.6.*near it' junction --right Delta=0.6 --resistance 1
refused 2 'Delta = 1.0001: this tolerance takes more than the 256 strings accepted' table --chain Delta=1.0001 --energy-only -o x.h5
refused 2 'two halves of .Delta. >= 1' junction --left Delta=1 --right Delta=-1 --left-state beta=1 --right-state beta=2 --resistance 1 --spin-resistance 1
refused 2 'two halves of .Delta. >= 1: a junction of energy and spin takes one' junction --left Delta=2 --right Delta=1.5 --left-state beta=1 --right-state beta=2 --resistance 1 --spin-resistance 1
refused 2 'Delta = 0.99999 is not.*P=256' thermo --chain Delta=0.99999 --beta 1
refused 2 'gamma=4: gamma = 4: accepted 0 < gamma < pi' thermo --chain gamma=4 --beta 1
refused 2 ',Q=1 ... 4' thermo --chain P=5,q=2 --beta 1
refused 2 'from 1 to 4' thermo --chain P=5,Q=5 --beta 1
refused 2 'P=2|from 2 to 256' thermo --chain P=1 --beta 1
refused 2 '--chain: "nan"' thermo --chain Delta=nan --beta 1
refused 2 '--chain: is missing .accepted: xx' thermo --beta 1
refused 2 '--chain: a value is missing' thermo --beta 1 --chain
refused 2 '--chain: given twice' thermo --chain xx --chain P=3 --beta 1

# numbers
for bad in nan NaN inf-inf 1,5x 0x10 1e999 '1 ' '' 2pi '1/0' 'sqrt(-1)' '(1' 1e; do
    refused 2 '--beta: ' $t --beta "$bad" -o x.tsv
done
refused 2 '--state: "nan"' $t --state beta=nan
refused 2 '--tol: "nan"' $t --beta 1 --tol nan
refused 2 '--tol: 1e-20 is not between' $t --beta 1 --tol 1e-20
refused 2 '--tol: 0.5 is not between' $t --beta 1 --tol 0.5
refused 2 '--tol: .*finite' $t --beta 1 --tol inf
refused 2 '--threads: "0" is not a whole number' $t --beta 1 --threads 0
refused 2 '--threads: "2.5" is not' $t --beta 1 --threads 2.5
refused 2 '--mu: must be finite' $t --beta 1 --mu inf

# states
refused 2 '--state: T = 0 .*ground or ceiling' $t --state T=0
refused 2 '--temperature: T = 0 .*ground or ceiling' $t --temperature 1,0
refused 2 '--state: the ground state takes no mu' $t --state ground,mu=0.5
refused 2 '--state: the ground state takes no mu' $t --state beta=inf,mu=0.5
refused 2 '--state: the ceiling state takes neither' $t --state beta=-inf,mu=0.5
refused 2 '--beta: the ground and ceiling' $t --beta 1,inf --mu 0.5
refused 2 '--state: "hot" is not understood' $t --state hot
refused 2 '--state: mu must be finite' $t --state beta=1,mu=inf
refused 2 'exactly one' $t
refused 2 'exactly one' $t --beta 1 --temperature 1
refused 2 '--mu: goes with' $t --state ground --mu 1

refused 2 '--mu, --field: give one' $t --beta 1 --mu 1 --field 1
refused 2 '--field: goes with' $t --state ground --field 1
refused 2 '--field: must be finite' $t --beta 1 --field inf
refused 2 '--field: mu = beta h is too large' $t --beta 1,1e200 --field 0,-1e200
refused 2 '--beta: the ceiling state' $t --beta 1,-inf --field 0.5
refused 2 '--field: .* rows are too many' $t --beta 0:1:1e-5 --field 0:1:1e-5

# lists
refused 2 '--beta: the list is empty' $t --beta ''
refused 2 '--resistance: the list is empty' $j ''
refused 2 '--rays: a value is missing in the list' $p --rays ,
refused 2 '--rays: 0:1:-0.1 is empty' $p --rays 0:1:-0.1
refused 2 '--rays: the step is 0' $p --rays 0:1:0
refused 2 '--rays: too many ":"' $p --rays 0:1:1:1
refused 2 '--rays: a range needs a step' $p --rays 0:1
refused 2 '--rays: first:last:step must be finite' $p --rays 0:inf:1
refused 2 '--rays: a list of 1e.09 values is too long .at most 10000000' $p --rays 0:1:1e-9 -o x.tsv
refused 2 '--beta: a list of .* is too long' $t --beta 0:1e300:1e-300
refused 2 '--mu: 100001 x 100001 rows are too many' $t --beta 0:1:1e-5 --mu 0:1:1e-5
refused 2 '--rays: .* rows are too many' $j 0:1e4:1 --rays 0:1e4:1

refused 2 '--resistance: -1.00000012 is negative' $j 0,-1.00000012
refused 2 '--tol: 0.0100000001 is not between' $t --beta 1 --tol 0.0100000001
refused 2 '--rays: 0:1.00000012:-0.1 is empty' $p --rays 0:1.00000012:-0.1
refused 2 '--beta: must increase, 1 follows 1.0000000001' table --chain xx --beta 1.0000000001,1 -o x.h5

# junction
refused 2 '--resistance: -1 is negative .accepted: numbers >= 0' $j 0,-1 -o x.h5
refused 2 '--resistance: "nan"' $j nan
refused 2 '--resistance: is missing' junction
refused 2 '--left-state: .*magnetization.*--spin-resistance' $j 1 --left-state up
refused 2 '--right-state: .*magnetization' $j 1 --right-state beta=1,mu=0.1
refused 2 '--right-state: .*magnetization' $j 1 --right-state ground,h=0.1
refused 2 '--law: "ohm" is no law and no file .accepted: fourier, beta, FILE' $j 1 --law ohm

printf '# T kappa\n1 1\n2 x\n' >"$work/bad-number.txt"
printf '1 1\n\n3 1\n1 2\n' >"$work/twice.txt"
printf '1 1\n2 -1\n' >"$work/negative.txt"
printf '0 1\n2 1\n' >"$work/zero.txt"
printf '1 1\n' >"$work/short.txt"
printf '1\n2\n' >"$work/one.txt"
printf '1 1\n2 1\000\n' >"$work/zero-byte.txt"
refused 2 'bad-number.txt:3: "x" is not understood' $j 1 --law "$work/bad-number.txt"
refused 2 'twice.txt:4: this temperature stands twice' $j 1 --law "$work/twice.txt"
refused 2 'negative.txt:2: the conductivity must be > 0' $j 1 --law "$work/negative.txt"
refused 2 'zero.txt:1: the temperature must be > 0' $j 1 --law "$work/zero.txt"
refused 2 'short.txt has 1 points' $j 1 --law "$work/short.txt"
refused 2 'one.txt:1: 1 columns, 2 are needed' $j 1 --law "$work/one.txt"
refused 2 'zero-byte.txt:2: a zero byte' $j 1 --law "$work/zero-byte.txt"
refused 2 '/dev/zero: no end of line in 16777216 bytes' $j 1 --law /dev/zero
refused 4 'absent.txt: No such file' $j 1 --law "$work/absent.txt"
refused 4 'Is a directory|is a directory' $j 1 --law "$work/box"

# profile and figure
refused 2 '--left-state: is missing.*--right-state: is missing.*--rays: is missing' profile --chain xx
refused 2 'NAME: is missing' figure
refused 2 'unknown figure "9z" .accepted: 1a 1b 2a-2d .* all' figure 9z
refused 2 'unknown figure "al"' figure al
refused 2 'unknown figure "2e"' figure 2e
refused 2 'unknown figure ""' figure ''
refused 2 'unknown figure "01"' figure 01
refused 2 'unexpected word "6b"' figure 6a 6b
refused 2 'chi: only with --recompute; shipped runs have chi = 500' figure 2a --chi 100
refused 2 'chi: .*1' figure 2a --recompute --chi 1
refused 2 'width: .*300' figure 2a --width 10

# words
refused 2 '--bogus: unknown option .accepted: .*--chain' $t --beta 1 --bogus 3
refused 2 'unexpected word "extra"' $t --beta 1 extra
refused 2 '--quiet: takes no value' $t --beta 1 --quiet=yes
refused 2 '--progress: contradicts' $t --beta 1 --quiet --progress
refused 2 '--output: the file name is empty' $t --beta 1 -o ''
refused 2 '--chain: .*; --beta: .*|--beta: .*; --chain: .*' thermo --chain foo --beta nan
refused 2 'unknown chain "a.b"' thermo --chain $'a\nb' --beta 1

# files
refused 4 'No such file or directory' $t --beta 1 -o absent/x.tsv
refused 4 'No such file or directory' $t --beta 1 -o absent/x.h5
refused 4 'Not a directory' $t --beta 1 -o /dev/null/x.tsv
refused 4 'is a directory' $t --beta 1 -o "$work"
refused 4 'HDF5 needs an ordinary file' $t --beta 1 -o "$(ln -s /dev/null "$work/null.h5" && echo "$work/null.h5")"
# root may write anywhere, until it gives up its capabilities
if [ "$(id -u)" -eq 0 ]; then
    printf '#!/bin/sh\nexec setpriv --bounding-set=-all --inh-caps=-all "%s" "$@"\n' "$KAPITZA" >"$work/bare"
else
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$KAPITZA" >"$work/bare"
fi
chmod +x "$work/bare"
mkdir "$work/closed" && chmod 555 "$work/closed"
KAPITZA=$work/bare refused 4 'Permission denied' $t --beta 1 -o "$work/closed/x.tsv"
printf '1 1\n2 1\n' >"$work/secret.txt" && chmod 0 "$work/secret.txt"
KAPITZA=$work/bare refused 4 'secret.txt: Permission denied' $j 1 --law "$work/secret.txt"

finish
