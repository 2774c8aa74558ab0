# Figure 1a: regions of space and time after the quench, a sketch.
# The picture is made by   kapitza figure 1a -o results
# By hand:                 gnuplot -c plots/cartoon-cone.gp "" results/figure1a

if (ARGC >= 5) { width = ARG5 + 0 }
base = ARGC >= 2 ? ARG2 : "results/figure1a"
load ARG0[1:strlen(ARG0) - strlen("cartoon-cone.gp")] . "style.gp"

# The outer cone has straight edges (velocities v_L and v_R); the inner one begins as a cone
# (v'_L, v'_R) and ends as a strip of constant width.
v_left = -1.0
v_right = 1.25
inner_left(t) = -0.55 * (1 - exp(-0.75 * t)) / 0.75
inner_right(t) = 0.72 * (1 - exp(-0.75 * t)) / 0.75
top = 4.0

set xrange [-5:6]
set yrange [-0.75:4.4]
unset xtics
unset ytics
unset border
unset key
set parametric
set trange [0:top]
set samples 200
set style fill solid 1.0 noborder
set arrow from -5, 0 to 6, 0 filled linewidth 0.8 front
set arrow from 0, 0 to 0, 4.35 filled linewidth 0.8 front
set label "{/:Italic n}" at 5.85, -0.25 center front
set label "{/:Italic t}" at -0.25, 4.25 center front
set label "XX" at -2.6, -0.4 center front textcolor rgb palette[3]
set label "XXZ" at 2.9, -0.4 center front textcolor rgb palette[5]
set arrow from -5, -0.12 to 0, -0.12 nohead linewidth 5 linecolor rgb palette[3]
set arrow from 0, -0.12 to 5.6, -0.12 nohead linewidth 5 linecolor rgb palette[5]
set label "1L" at -3.9, 1.5 center front
set label "1R" at 4.6, 1.5 center front
set label "2L" at -2.0, 2.9 center front
set label "2R" at 2.6, 2.9 center front
set label "3L" at -0.36, 3.3 center front
set label "3R" at 0.48, 3.3 center front
set label "{/:Italic v_L}" at -3.4, 3.0 center front
set label "{/:Italic v_R}" at 4.2, 3.0 center front
set label "{/:Italic v'_L}" at -1.0, 1.75 center front
set label "{/:Italic v'_R}" at 1.22, 1.75 center front

draw = "plot v_left * t, t with filledcurves x1=0 linecolor rgb 0xDCE6F0, v_right * t, t with filledcurves x1=0 linecolor rgb 0xDDF1EA, inner_left(t), t with filledcurves x1=0 linecolor rgb 0xB3B9D6, inner_right(t), t with filledcurves x1=0 linecolor rgb 0xA6DBCB, v_left * t, t linecolor rgb 'black' linewidth 1.6, v_right * t, t linecolor rgb 'black' linewidth 1.6, inner_left(t), t linecolor rgb 'black' dashtype 2, inner_right(t), t linecolor rgb 'black' dashtype 2"

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
