#!/usr/bin/env bash
# Commands on several processes give the files, messages and exit codes of one.
. "$(dirname "$0")/lib-mpi.sh"

# same_file "N N ..." FILE WORDS...: the same file, byte by byte, and no other.
same_file() {
    local counts=$1 file=$2 n
    shift 2
    run "$@" -o "$file"
    exits 0 "one process, no mpirun: $1 $3"
    mv "$file" "$work/one.file"
    for n in $counts; do
        spread "$n" "$@" -o "$file"
        if [ "$code" -eq 0 ] && cmp -s "$work/one.file" "$file" && [ "$(contents)" = "$file " ]; then
            ok "$n processes, the same file: $1 $3"
        else
            not_ok "$n processes, the same file: $1 $3" "exit code $code, files $(contents)" "$(head -c 500 "$work/err")"
        fi
        rm -f ./*
    done
}

# table: 13 rows, which no number of processes divides
same_file '1 2 3' x.h5 table --chain P=4 --beta -3:3:0.5 --mu -2:2:0.25
same_file 3 x.h5 table --chain xx --beta 1 --mu 0,1
same_file 2 x.h5 table --chain P=3 --energy-only --tol 1e-6

# junction: one task per R; 5, then fewer than processes
same_file '1 2 3' x.tsv junction --left xx --resistance 0,1,5,inf,2 --tol 1e-8
same_file 3 x.h5 junction --left xx --resistance 0,1,5 --tol 1e-8
same_file '1 2 3' x.tsv junction --left P=3 --resistance 0,1,5,10,2 --rays -1:1.4:0.1,-0.3 --tol 1e-8
same 4 0 junction --resistance 3 --rays 1,0,0 --tol 1e-6
same 3 0 junction --resistance 3,1e3 --tol 1e-6
# a law that ends too early, a tolerance that some rays miss, no root to the digits asked for
printf '0.2 1\n0.5 2\n1 3\n' >"$work/law.txt"
same '2 3' 3 junction --left-state T=5 --right-state T=4 --resistance 1e6,0,1 --rays -0.5:0.5:0.5 --law "$work/law.txt" --tol 1e-6
same 2 3 junction --right P=12 --resistance 0,1 --rays -0.2:0.3:0.1 --tol 1e-13
same 3 3 junction --left P=3 --left-state T=1e-9 --resistance 0,1,2 --rays -0.1:0.1:0.1

# profile: 61 rays in chunks of 16; equal rays, which only the order of the work tells apart
same_file '1 2 3' x.tsv profile --chain P=4 --left-state T=1 --right-state T=0.5 --rays -1.5:1.5:0.05
same '2 3' 0 profile --chain P=4 --left-state T=1 --right-state T=0.5 \
    --rays 0:0.1:0.01,0:0.1:0.01,0:0.1:0.01,0:0.1:0.005,0.05,0.05,0.05,0.05,0.05,-1:1:0.05,0:0.1:0.01
same 4 0 profile --chain P=3 --left-state ground --right-state ceiling --rays 0.2,-0.5,0.2
same 2 0 profile --chain xx --left-state ground --right-state T=1 --rays -1:1:0.01
# some chunks need finer grids, or most of them
same '2 3' 0 profile --chain P=6 --left-state ground,h=0.4 --right-state T=0.3 --rays -1.5:1.5:0.03 --tol 1e-8
same 3 0 profile --chain P=4 --left-state up --right-state down --rays -1.5:1.5:0.05
same 3 3 profile --chain P=4 --left-state beta=100,mu=20 --right-state beta=-8 --rays -1:1:0.1,0.3,0.3 --tol 1e-13
export OMP_NUM_THREADS=2
same 2 0 profile --chain P=3 --left-state T=1 --right-state beta=-2,mu=1 --rays -1.5:1.5:0.02
unset OMP_NUM_THREADS
same 2 0 junction --resistance 0,4,8 --tol 1e-6
export OMP_NUM_THREADS=1

# propagate: early and late points, a jump; points that miss the tolerance; a file that is missing
printf 'x beta mu\n-2 1 0.2\n0 1.5 0\n0 0.7 -0.4\n1.5 0.6 0\n' >"$work/start.tsv"
same_file '1 2 3' x.tsv propagate --chain P=3 --profile "$work/start.tsv" --times 0,0.3,2 --positions=-2:2:0.4 --tol 1e-4
same_file 3 x.h5 propagate --chain xx --profile "$work/start.tsv" --times 1 --positions=-2:2:0.1
same '4' 0 propagate --chain P=4 --profile "$work/start.tsv" --times 1 --positions 0,1 --tol 1e-4
same '2 3' 3 propagate --chain P=3 --profile "$work/start.tsv" --times 0,0.3 --positions=-0.5:0.5:0.25 --tol 1e-12
same 2 4 propagate --chain P=3 --profile "$work/none.tsv" --times 0 --positions 0
same 3 2 propagate --chain P=3 --profile "$work/start.tsv" --times x --positions 0

# figure: data and words once, also where it cannot draw; mpirun may find another gnuplot
mkdir "$work/empty"
export KAPITZA_PLOTS_KEPT=$KAPITZA_PLOTS KAPITZA_PLOTS=$work/empty
run figure 6 -o one --tol 1e-4
cp "$work/out" "$work/one.out"
for n in 2 3; do
    spread $n figure 6 -o many --tol 1e-4
    is "$n processes: figure without its scripts" "$code $(grep -c '^kapitza figure: ' "$work/err")" '4 1'
    is "$n processes: the same data" "$(diff -r one many && cmp "$work/out" "$work/one.out" && echo same)" same
    rm -r many
done
rm -r one
export KAPITZA_PLOTS=$KAPITZA_PLOTS_KEPT
if command -v gnuplot >/dev/null; then
    spread 2 figure 6 -o many --tol 1e-4
    is 'pictures' "$code $(ls -A many | tr '\n' ' ')" '0 figure6.tsv figure6a.pdf figure6a.png figure6a.tsv figure6b.pdf figure6b.png figure6b.tsv figure6c.pdf figure6c.png junction.tsv '
    rm -r many
else
    skip 'pictures' 'gnuplot is not installed'
fi
echo >file
same 2 4 figure 6 -o file/x
rm file

# commands that are not divided, and words that are not understood
same 3 0 thermo --chain P=4 --beta 0:1:0.25
same 2 3 invert --chain P=4 --energy -0.1,3
same 2 2 nonsense
same 2 0 junction --help
same 2 2 table --chain P=4 --beta 3,1 -o x.h5
same 2 4 table --chain P=4 -o none/x.h5
same 3 2 junction --resistance -1,1
same 2 2 junction --resistance 1 --law "$work/out"
same 2 4 junction --resistance 1 --law ./none.txt
same 2 4 junction --resistance 1 --tol 1e-4 -o none/x.tsv
same 3 2 profile --chain P=4 --left-state T=0 --right-state up --rays 0
same 2 4 profile --chain P=4 --left-state T=1 --right-state up --rays 0 -o none/x.tsv
is 'no file' "$(contents)" ''

# a farm of different commands is no division of one: nothing is lost in silence
printf '#!/bin/sh\nexec "$KAPITZA" thermo --chain xx --beta $$\n' >"$work/each" && chmod +x "$work/each"
launch 2 "$work/each"
code=$?
exits 2 'different command lines'
is 'said once' "$(grep -c '^kapitza: process 1: its command line' "$work/err")" 1

# kill_run SIGNAL launcher|both WORDS...: sends it to mpirun, or to both processes of a long run
# when it has worked for two seconds.
printf '#!/bin/sh\necho $$ >"%s/pid.$$"\nexec "$KAPITZA" "$@"\n' "$work" >"$work/note" && chmod +x "$work/note"
kill_run() {
    local signal=$1 victims=$2 i
    shift 2
    rm -f "$work"/pid.*
    "$KAPITZA_MPIRUN" -n 2 "$work/note" "$@" >/dev/null 2>&1 </dev/null &
    local launcher=$!
    for i in $(seq 100); do
        [ "$(cat "$work"/pid.* 2>/dev/null | wc -l)" -eq 2 ] && break
        sleep 0.1
    done
    sleep 2
    if [ "$victims" = launcher ]; then kill "-$signal" $launcher; else kill "-$signal" $(cat "$work"/pid.*); fi
    for i in $(seq 300); do
        kill -0 $launcher 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL $launcher 2>/dev/null && kill -KILL $(cat "$work"/pid.*)
    wait $launcher
    code=$?
    [ "$i" -lt 300 ] && [ "$code" -ne 0 ] && ok "$signal ends $1" ||
        not_ok "$signal ends $1" "exit code $code after $i/10 s"
}
big_table="table --chain P=12 -o killed.h5"
big_profile="profile --chain P=24 --left-state T=1 --right-state beta=-2,mu=1 --rays -1.5:1.5:0.001 -o killed.tsv"
big_junction="junction --right P=12 --resistance 0:9:0.01 -o killed.tsv"
for command in "$big_table" "$big_profile" "$big_junction"; do
    kill_run TERM launcher $command
    is "nothing left: ${command%% *}" "$(contents)" ''
done
for command in "$big_table" "$big_profile"; do
    kill_run KILL both $command
    is "nothing left where nothing could clean up: ${command%% *}" "$(contents)" ''
done
finish
