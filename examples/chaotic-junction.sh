#!/bin/sh -e
# l bonds with disordered interactions between two XX halves at T = 2 and 1: their resistance R = (T- - T+)/J from temperatures and currents beside them.
k=${KAPITZA:-kapitza} L=72 t=24; [ -z "$TOY" ] || L=12 t=3
for l in ${TOY:-2 4 8 12}; do
    awk -v l=$l 'BEGIN { for (n = 1 - l/2; n <= l/2; n++) print n, 1, (1 + cos(2.6*n*n + n))/2, 0 }' >couplings.txt
    $k quench --left xx --right xx --couplings couplings.txt --initial thermal --left-state T=2 --right-state T=1 \
        --length $L --times 0:$t:0.5 --cutoff 1e-5 -o chaotic-$l.h5 --overwrite --quiet 2>warnings.txt
    $k effective chaotic-$l.h5 >effective.txt # three rows beside the region; currents into and out of it
    $k export chaotic-$l.h5 | awk -v l=$l '/^#/ { next } NR == FNR { T[$1, $2] = 1/$4; next } $2 == 1 - l/2 { J = $11 }
        $2 == 1 + l/2 && $1 >= 2 { for (m = s = 0; m < 3; m++) s += T[$1, -l/2 - 2 - m] - T[$1, 2 + l/2 + m]; print $1, s/3/(J + $11)*2, s/3, J, $11 }' effective.txt - >resistance-$l.txt
done
gnuplot -e "set terminal pngcairo size 900,600 font ',16' linewidth 2; set output 'chaotic-junction.png'; set xlabel 'time  t J'; set ylabel 'R = (T_- - T_+)/J'; \
    set logscale y; set yrange [50:1000]; plot for [l in '${TOY:-2 4 8 12}'] 'resistance-'.l.'.txt' with linespoints title l.' bonds'"
