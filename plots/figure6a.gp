# Figure 6a: energy against x/t around an Ohmic junction at x = 0, one curve per R.
# The input is made by   kapitza figure 6 -o results   which also runs this script.
# By hand:               gnuplot -c plots/figure6a.gp results/figure6.tsv results/figure6a
# Columns of the input:  R zeta energy energy_current err side

data = ARGC >= 1 ? ARG1 : "results/figure6.tsv"
base = ARGC >= 2 ? ARG2 : "results/figure6a"
load ARG0[1:strlen(ARG0) - strlen("figure6a.gp")] . "style.gp"

array R[8] = [0, 1, 2, 5, 10, 20, 50, 100]

# The rows of one R and one half; the two halves are separate curves, for the energy at x = 0
# belongs to either side.
ray(r, half) = $1 == r && strcol(6) eq half ? $2 : NaN

set xlabel "{/:Italic x} / {/:Italic t}   (in units of {/:Italic J})"
set ylabel "energy  {/:Italic E} / {/:Italic J}"
set xrange [-1.5:1.5]
set xtics 0.5
set yrange [-0.45:0.4]
set ytics 0.2
set format y "%.1f"
set key top right title "{/:Italic R}"
set arrow from 0, graph 0 to 0, graph 1 nohead back linecolor rgb "#b0b0b0" linewidth 0.6

draw = "plot for [i=1:8] data using (ray(R[i], 'left')):3 linecolor rgb palette[i] title sprintf('%g', R[i]), for [i=1:8] data using (ray(R[i], 'right')):3 linecolor rgb palette[i] notitle"

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
