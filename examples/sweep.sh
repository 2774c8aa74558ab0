#!/bin/sh -e
# The current against R for four chains: with MPIRUN (a build --with-mpi) two processes share every
# sweep; else xargs keeps two of them at work.
sweep='${KAPITZA:-kapitza} junction --right P={} --resistance 0:100:${TOY:-2} -o sweep-{}.tsv'
if [ -n "$MPIRUN" ]; then jobs=1 two="$MPIRUN -n 2"; else jobs=2 two=; fi
printf '%s\n' 3 4 5 6 | OMP_NUM_THREADS=1 xargs -P $jobs -I {} sh -c "$two $sweep"
gnuplot <<'END'
set terminal pngcairo size 900,600 font ",16" linewidth 2
set output "sweep.png"
set datafile separator tab
set xlabel "resistance R"
set ylabel "energy current  (units of J^2)"
plot for [P=3:6] sprintf("sweep-%d.tsv", P) using 1:6 with lines title sprintf("γ = π/%d", P)
END
