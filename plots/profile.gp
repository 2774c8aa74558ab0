# A quantity against n/t: Figures 2, 3a, 3b, 4a - 4c, 7 and 8, one curve per time or per gamma, and
# what it is at the smaller bond dimension as the far edge of a band.
# The input is made by   kapitza figure 2a -o results   which also runs this script.
# By hand:               gnuplot -c plots/profile.gp results/figure2a.tsv results/figure2a 2a
# Columns of the input:  see curves.gp

data = ARGC >= 1 ? ARG1 : "results/figure2a.tsv"
if (ARGC >= 5) { width = ARG5 + 0 }
base = ARGC >= 2 ? ARG2 : "results/figure2a"
panel = ARGC >= 3 ? ARG3 : "2a"
note = ARGC >= 4 ? ARG4 : ""
here = ARG0[1:strlen(ARG0) - strlen("profile.gp")]
load here . "style.gp"
load here . "curves.gp"

set xlabel over_t
set xrange [-1.5:1.5]
set xtics 0.5
times = "{/:Italic J t}"
gammas = "{/:Italic γ}"
set key top right title times

note_at = 0.035
if (panel eq "2a" || panel eq "2b") {
    set ylabel "energy  {/:Italic E_n} / {/:Italic J}"
    set yrange [-0.45:0.45]
    set ytics 0.2
}
if (panel eq "2c" || panel eq "2d") {
    set ylabel "magnetization  {/:Italic S^z_n}"
    set yrange [-0.55:0.55]
}
if (panel eq "3a") {
    set ylabel "energy current  {/:Italic J^E_n} / {/:Italic J}^{ 2}"
    set yrange [-0.01:0.27]
    note_at = 0.96
}
if (panel eq "3b") {
    set ylabel "spin current  {/:Italic J^M_n} / {/:Italic J}"
    set yrange [-0.02:0.36]
    note_at = 0.96
}
if (panel eq "4a" || panel eq "4b") {
    set ylabel "{/:Italic β}@^{eff}_{/:Italic n}  {/:Italic J}"
    set yrange [-6:6]
    note_at = 0.96
    set key bottom right
}
if (panel eq "4c" || panel eq "8") {
    set ylabel "distance  {/:Italic d_n}"
    set yrange [0:1.1]
    note_at = 0.96
}
if (panel eq "7a" || panel eq "7b") {
    set ylabel "{/:Italic μ}@^{eff}_{/:Italic n}"
    set yrange [-5:5]
}
if (panel[2:2] eq "b" && panel ne "3b" || panel[2:2] eq "d") {
    set key title gammas
}
set arrow from 0, graph 0 to 0, graph 1 nohead back linecolor rgb "#b0b0b0" linewidth 0.6
if (strlen(note)) { set label note at graph 0.015, graph note_at left font ",9" textcolor rgb "#606060" }

inside(value) = value > -1e30 && value < 1e30 ? value : NaN
bands = "data using (line(i, $6)):(inside($8)):(inside($9)) with filledcurves linecolor rgb (dashed[i] ? 0xB0B0B0 : shade(i, solid)) notitle"
curve = "data using (line(i, $6)):(inside($7)) with lines linecolor rgb (shade(i, solid)) title name[i]"
marks = "data using (mixed(i, $6)):(inside($7)) with points pointtype 6 pointsize 0.8 linecolor rgb (shade(i, solid)) notitle"
homogeneous = "data using (line(i, $6)):(inside($7)) with lines dashtype (9,5) linecolor rgb 'black' title (i > solid + 1 ? '' : name[i])"
draw = "plot for [i=1:curves] " . bands . ", for [i=1:solid] " . curve . ", for [i=1:solid] " . marks
if (curves > solid) { draw = draw . ", for [i=solid+1:curves] " . homogeneous }

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
