# A quantity against time: Figures 3c, 4d and 5, one curve per gamma or site; convergence, one per bond
# dimension.
# The input is made by   kapitza figure 5a -o results   which also runs this script.
# By hand:               gnuplot -c plots/history.gp results/figure5a.tsv results/figure5a 5a
# Columns of the input:  see curves.gp

data = ARGC >= 1 ? ARG1 : "results/figure5a.tsv"
if (ARGC >= 5) { width = ARG5 + 0 }
base = ARGC >= 2 ? ARG2 : "results/figure5a"
panel = ARGC >= 3 ? ARG3 : "5a"
note = ARGC >= 4 ? ARG4 : ""
here = ARG0[1:strlen(ARG0) - strlen("history.gp")]
load here . "style.gp"
load here . "curves.gp"

set xlabel time_label
set xrange [0:40]
set xtics 10
gammas = "{/:Italic γ}"
set key top right title gammas

if (panel eq "3c") {
    set ylabel "{/:Italic n'_L} ,  {/:Italic n'_R}"
    set yrange [-30:45]
    set key top left
}
if (panel eq "4d") {
    set ylabel "distance  {/:Italic d_n}"
    set yrange [0:1.1]
    set key notitle
}
if (panel eq "5a") {
    set ylabel "energy current  {/:Italic J^E}_0 / {/:Italic J}^{ 2}"
    set yrange [0:0.22]
    set key left bottom at graph 0.05, graph 0.02 # beside the first rise
}
if (panel eq "convergence") {
    set ylabel "energy current  {/:Italic J^E}_0 / {/:Italic J}^{ 2}"
    set xrange [8:25]
    set xtics 5
    set yrange [0.11:0.155]
    set ytics 0.01
    set format y "%.2f"
    set key bottom left title "{/:Italic χ}"
}
if (panel eq "5b") {
    set ylabel "spin current  {/:Italic J^M}_0 / {/:Italic J}"
    set yrange [0:0.42]
    set key bottom left
}
if (panel eq "5c" || panel eq "5d") {
    set ylabel "entropy  {/:Italic S} of the middle cut"
    set logscale x
    set xrange [1:40]
    set xtics (1, 2, 5, 10, 20, 40)
    set key top left
}
if (strlen(note)) { set label note at graph 0.985, graph 0.035 right font ",9" textcolor rgb "#606060" }

color(i) = shade(i, curves)
bands = "data using (line(i, $4)):8:9 with filledcurves linecolor rgb (color(i)) notitle"
lower = "data using (left(i, $4)):8:9 with filledcurves linecolor rgb (color(i)) notitle"
curve = "data using (line(i, $4)):7 with lines linecolor rgb (color(i)) title name[i]"
below = "data using (left(i, $4)):7 with lines linecolor rgb (color(i)) notitle"
draw = "plot for [i=1:curves] " . bands . ", for [i=1:curves] " . lower . ", for [i=1:curves] " . curve . ", for [i=1:curves] " . below

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
