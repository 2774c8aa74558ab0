# Figure 6c: two integrable chains joined by a chaotic one of l sites, a sketch.
# The picture is made by   kapitza figure 6c -o results
# By hand:                 gnuplot -c plots/cartoon-junction.gp "" results/figure6c

if (ARGC >= 5) { width = ARG5 + 0 }
base = ARGC >= 2 ? ARG2 : "results/figure6c"
load ARG0[1:strlen(ARG0) - strlen("cartoon-junction.gp")] . "style.gp"

set xrange [-10.6:10.6]
set yrange [-5.2:3.6]
unset xtics
unset ytics
unset border
unset key
set object 1 rectangle from -3, -1.1 to 3, 1.1 fillcolor rgb "#E4E0EA" fillstyle solid 1.0 border linecolor rgb "#303030"
set arrow from -3, -1.9 to 3, -1.9 heads filled linewidth 0.8
set label "{/:Italic ℓ}" at 0, -2.6 center
set label "{/:Italic T}_–" at -3, 1.8 center
set label "{/:Italic T}_+" at 3, 1.8 center
set label "{/:Italic H}_{chaos}" at 0, 2.6 center
set label "XX" at -6.5, 1.8 center textcolor rgb palette[3]
set label "XXZ" at 6.7, 1.8 center textcolor rgb palette[5]
set arrow from -10.4, 0 to -3, 0 nohead linewidth 1.2 linecolor rgb palette[3] back
set arrow from 3, 0 to 10.4, 0 nohead linewidth 1.2 linecolor rgb palette[5] back
set arrow from -1.6, -3.7 to 1.6, -3.7 filled linewidth 1.2
set label "{/:Italic J^E} = ( {/:Italic T}_– – {/:Italic T}_+ ) / {/:Italic R},   {/:Italic R} = {/:Italic ℓ} / {/:Italic κ}_0" at 0, -4.5 center
set samples 400

# A disordered chain between two regular ones, dots for sites.
wiggle(x) = abs(x) < 3 ? 0.55 * sin(5.1 * x) * cos(2.3 * x + 1) : NaN
draw = "plot wiggle(x) linecolor rgb palette[1] linewidth 0.8, for [k=0:6] '+' using (-3.6 - 1.05 * k):(0) every ::0::0 with points pointtype 7 pointsize 1.4 linecolor rgb palette[3], for [k=0:6] '+' using (3.6 + 1.05 * k):(0) every ::0::0 with points pointtype 7 pointsize 1.4 linecolor rgb palette[5]"

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
