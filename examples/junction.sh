#!/bin/sh -e
# Temperatures on both sides of an Ohmic junction, and the current through it, against R.
${KAPITZA:-kapitza} junction --left xx --right gamma=pi/4 --left-state ceiling --right-state ground \
    --resistance 0:100:${TOY:-1} -o junction.tsv
gnuplot <<'END'
set terminal pngcairo size 900,600 font ",16" linewidth 2
set output "junction.png"
set datafile separator tab
set style data lines
set key center right spacing 1.5
set xlabel "resistance R"
set ylabel "temperature, energy current × 10  (units of J)"
plot "junction.tsv" using 1:2 title "T_-", "" using 1:3 title "T_+", "" using 1:(10 * $6) title "10 J^E"
END
