# Figure 3d: velocity of the right inner maximum against Delta, and the line fitted.
# The input is made by   kapitza figure 3d -o results   which also runs this script.
# By hand:               gnuplot -c plots/velocity.gp results/figure3d.tsv results/figure3d
# Columns of the input:  Delta v_right v_right_err v_right_other_chi v_right_narrow v_right_wide
#                        v_left v_left_err line

data = ARGC >= 1 ? ARG1 : "results/figure3d.tsv"
if (ARGC >= 5) { width = ARG5 + 0 }
base = ARGC >= 2 ? ARG2 : "results/figure3d"
note = ARGC >= 4 ? ARG4 : ""
load ARG0[1:strlen(ARG0) - strlen("velocity.gp")] . "style.gp"

set xlabel "anisotropy  {/:Italic Δ}"
set ylabel "velocity  {/:Italic v'_R} / {/:Italic J}"
set xrange [0:1]
set yrange [0:1.5]
set xtics 0.2
set ytics 0.5
set key top left

paper(x) = 1.33 * x - 0.03
draw = "plot data using 1:9 with lines linecolor rgb palette[5] title 'fit  ' . note, paper(x) dashtype 2 linecolor rgb 'black' title 'Biella et al. (2019)', data using 1:4 with points pointtype 4 pointsize 0.9 linecolor rgb palette[7] title 'smaller {/:Italic χ}', data using 1:2:3 with yerrorbars pointtype 7 pointsize 0.9 linecolor rgb palette[2] title 'maxima, 30 ≤ {/:Italic J t} ≤ 40'"

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
