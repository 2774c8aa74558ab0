#!/bin/sh -e
# Temperatures of a measured profile: measured.csv has a heading, remarks, gaps and bad points.
: "${TOY:=1000}" # lines to read
awk -F '[,; \t]+' -v n="$TOY" 'NR <= n && $1 ~ /^-?[0-9.]+$/ && NF >= 3 { print $1, $2, $3 }' \
    "$(dirname "$0")/measured.csv" >points.txt
cut -d ' ' -f 2,3 points.txt | ${KAPITZA:-kapitza} invert --chain gamma=pi/4 >inverted.tsv || [ $? -le 3 ]
grep -v '^#' inverted.tsv | paste points.txt - | awk '{ print $1, $6, $7, $9 }' >temperatures.txt
gnuplot <<'END'
set terminal pngcairo size 900,600 font ",16" linewidth 2
set output "temperatures.png"
set key top left
set xlabel "site"
ok(y) = strcol(4) eq "ok" ? y : NaN # a point that no state has is left out
plot "temperatures.txt" using 1:(ok($2)) pt 7 title "β J", "" using 1:(ok($3)) pt 6 title "μ = β h"
END
