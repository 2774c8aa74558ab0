# Figures 6a and 6b: energy or energy current against x/t around an Ohmic junction at x = 0, one
# curve per R, and the TEBD run at its last time in black.
# The input is made by   kapitza figure 6 -o results   which also runs this script.
# By hand:               gnuplot -c plots/junction.gp results/figure6a.tsv results/figure6a 6a
# Columns of the input:  see curves.gp; of figure6.tsv beside it:
#                        R zeta energy energy_current err side

data = ARGC >= 1 ? ARG1 : "results/figure6a.tsv"
if (ARGC >= 5) { width = ARG5 + 0 }
base = ARGC >= 2 ? ARG2 : "results/figure6a"
panel = ARGC >= 3 ? ARG3 : "6a"
note = ARGC >= 4 ? ARG4 : ""
load ARG0[1:strlen(ARG0) - strlen("junction.gp")] . "style.gp"
model = data[1:strlen(data) - strlen("figure6a.tsv")] . "figure6.tsv"

array R[8] = [0, 1, 2, 5, 10, 20, 50, 100]

# The rows of one R and one half; the two halves are separate curves, for the energy at x = 0
# belongs to either side.
ray(r, half) = $1 == r && strcol(6) eq half ? $2 : NaN

set xlabel "{/:Italic x} / {/:Italic t}   (in units of {/:Italic J})"
set xrange [-1.5:1.5]
set xtics 0.5
set key top right title "{/:Italic R}"
set arrow from 0, graph 0 to 0, graph 1 nohead back linecolor rgb "#b0b0b0" linewidth 0.6
column = 3
label(R) = sprintf("%g", R)
note_at = 0.035
if (panel eq "6a") {
    set ylabel "energy  {/:Italic E} / {/:Italic J}"
    set yrange [-0.45:0.4]
    set ytics 0.2
    set format y "%.1f"
}
if (panel eq "6b") {
    column = 4
    set ylabel "energy current  {/:Italic J^E} / {/:Italic J}^{ 2}"
    set yrange [-0.004:0.2]
    set key maxrows 3 spacing 1 notitle width -3
    label(R) = sprintf("{/:Italic R} = %g", R)
    set ytics 0.05
    set format y "%.2f"
    note_at = 0.96
}
if (strlen(note)) { set label note at graph 0.015, graph note_at left font ",9" textcolor rgb "#606060" }

draw = "plot data using 6:8:9 with filledcurves linecolor rgb 'black' notitle, for [i=1:8] model using (ray(R[i], 'left')):column linecolor rgb palette[i] title label(R[i]), for [i=1:8] model using (ray(R[i], 'right')):column linecolor rgb palette[i] notitle, data using 6:7 linecolor rgb 'black' linewidth 1.2 title 'TEBD, {/:Italic J t} = 40'"

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
