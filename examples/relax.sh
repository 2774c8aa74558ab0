#!/bin/sh -e
# The junction in time, for three lengths, and (black) the TEBD run of Figure 5a, which has none.
kapitza=${KAPITZA:-kapitza} data=${KAPITZA_DATA:-$(dirname "$0")/../data} times=0:40:${TOY:-0.25}
for l in 1 5 20; do
    "$kapitza" relax --length $l --conductivity 1 --capacity 1 --initial 1 --times "$times" -o relax-$l.tsv
done
"$kapitza" export "$data/energy-pi4-chi500.h5" | awk '!/^#/ && $2 == 0 { print $1, $5 }' >relax-tebd.txt
gnuplot -e "set terminal pngcairo size 1000,900 font ',15' linewidth 2; set output 'relax.png'" - <<'END'
set multiplot layout 2,1; set xrange [0:40]; set xlabel "t J"; set key opaque
f(l) = "relax-" . l . ".tsv"; c(l) = l eq "1" ? 0x0072b2 : l eq "5" ? 0xd55e00 : 0x009e73; t(l) = "l = " . l
set ylabel "J_{left} (solid), J_{right} (dashed) / J^2"; set yrange [0:0.21]
plot for [l in "1 5 20"] f(l) u 1:4 w l lc rgb c(l) t t(l), for [l in "1 5 20"] f(l) u 1:5 w l dt 2 lc rgb c(l) notitle, "relax-tebd.txt" w l lc rgb "black" t "TEBD"
set ylabel "T_- (solid), T_+ (dashed) / J"; set yrange [0.4:1.8]; set key top left
plot for [l in "1 5 20"] f(l) u 1:2 w l lc rgb c(l) t t(l), for [l in "1 5 20"] f(l) u 1:3 w l dt 2 lc rgb c(l) notitle
END
