#!/bin/sh -e
# The current from an XX half at T = 2 into an XXZ half at T = 1, with error bars from three truncations, beside that of Ohmic junctions and of either chain alone.
k=${KAPITZA:-kapitza} states="--left-state T=2 --right-state T=1"
for w in 3e-6 1e-6 1e-7; do
    $k quench --left xx --right gamma=pi/4 --initial thermal $states --cutoff $w --length ${TOY:-60} --times 0:${TOY:-8}:0.5 -o warm-$w.h5 --overwrite --quiet
    $k export warm-$w.h5 | awk '!/^#/ && $2 == 1 { print $1, $11 }' >warm-$w.txt
done # the bar of the finest: how far the others are from it
paste warm-1e-7.txt warm-1e-6.txt warm-3e-6.txt | awk '{ a = ($4 - $2)^2; b = ($6 - $2)^2; print $1, $2, sqrt(a > b ? a : b) }' >warm-junction.txt
lines=$($k junction $states --resistance 0,1,3,10 | awk '!/^#/ { printf ", %s linecolor \"black\" dashtype %d title \"Ohmic, R = %s\"", $6, ++n, $1 }')
for c in xx gamma=pi/4; do lines="$lines$($k profile --chain $c $states --rays 0 | awk -v c=$c '!/^#/ { printf ", %s linecolor \"gray50\" dashtype " (c == "xx" ? 2 : 4) " title \"%s alone\"", $3, c }')"; done
gnuplot <<END
set terminal pngcairo size 900,600 font ",16" linewidth 2; set output "warm-junction.png"; set key maxrows 4; set yrange [0.006:0.030]
set xlabel "time  t J"; set ylabel "energy current at the junction  j_1 / J^2"; plot "warm-junction.txt" with errorbars pointtype 7 pointsize 0.7 title "TEBD" $lines
END
