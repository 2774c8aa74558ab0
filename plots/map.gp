# Figure 1b: the energy current over space and time.
# The input is made by   kapitza figure 1b -o results   which also runs this script.
# By hand:               gnuplot -c plots/map.gp results/figure1b.tsv results/figure1b
# Columns of the input:  see curves.gp

data = ARGC >= 1 ? ARG1 : "results/figure1b.tsv"
if (ARGC >= 5) { width = ARG5 + 0 }
base = ARGC >= 2 ? ARG2 : "results/figure1b"
load ARG0[1:strlen(ARG0) - strlen("map.gp")] . "style.gp"

set xlabel "site  {/:Italic n}"
set ylabel time_label
set cblabel "energy current  {/:Italic J^E_n} / {/:Italic J}^{ 2}" offset 1.5
set xrange [-60.5:60.5]
set yrange [-0.5:40.5]
set xtics 20
set ytics 10
set cbrange [0:0.2]
set cbtics 0.05
set format cb "%.2f"
set style fill solid 1.0
set rmargin at screen 0.8
unset key

draw = "plot data using 5:4:7 with image"

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
