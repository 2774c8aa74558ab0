#!/bin/sh -e
# Two halves of one XXZ chain, a hot magnetized one and a cold one, joined at t = 0.
${KAPITZA:-kapitza} profile --chain gamma=pi/4 --left-state T=2,mu=1 --right-state T=0.25 \
    --rays -1.5:1.5:${TOY:-0.01} -o bipartition.tsv
gnuplot <<'END'
set terminal pngcairo size 900,600 font ",16" linewidth 2
set output "bipartition.png"
set datafile separator tab
set style data lines
set key bottom left
set xlabel "x / t  (units of J)"
set ylabel "per site, units of J"
plot "bipartition.tsv" using 1:2 title "energy", "" using 1:3 title "energy current", \
    "" using 1:4 title "magnetization", "" using 1:5 title "spin current"
END
