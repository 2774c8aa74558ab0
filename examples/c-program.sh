#!/bin/sh -e
# Compiles invert_profile.c against the installed library and draws what it prints.
flags=${KAPITZA_FLAGS:-$(pkg-config --cflags --libs kapitza)}
${CC:-cc} -o invert_profile "$(dirname "$0")/invert_profile.c" $flags -lm
./invert_profile | head -n ${TOY:-100} >c-program.tsv
gnuplot <<'END'
set terminal pngcairo size 900,600 font ",16" linewidth 2
set output "c-program.png"
set datafile separator tab
set xlabel "energy per site  (units of J)"
set style data linespoints
plot "c-program.tsv" using 1:3 title "β J", "" using 1:4 title "μ = β h"
END
