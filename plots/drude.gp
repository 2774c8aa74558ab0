# Spin Drude weight and spin diffusion constant against Delta at beta = mu = 0.
# The input is made by   kapitza figure drude -o results   which also runs this script.
# By hand:               gnuplot -c plots/drude.gp results/figuredrude.tsv results/figuredrude
# Columns of the input:  P Q Delta drude_spin spin_diffusion spin_onsager err

data = ARGC >= 1 ? ARG1 : "results/figuredrude.tsv"
if (ARGC >= 5) { width = ARG5 + 0 }
base = ARGC >= 2 ? ARG2 : "results/figuredrude"
load ARG0[1:strlen(ARG0) - strlen("drude.gp")] . "style.gp"

set xrange [0:2]
set xtics 0.5
set key top right

# Rows with a gap have no P; these come last.
other = "($1 > 0 && $2 > 1 ? $3 : 1/0)"
simple = "($2 == 1 ? $3 : 1/0)"
gap = "($3 > 1 ? $3 : 1/0)"

top = "plot data using @other:4 with points pointtype 7 pointsize 0.45 linecolor rgb palette[6] title 'cos(π{/:Italic Q}/{/:Italic P}), {/:Italic P} ≤ 20', '' using @simple:4 with points pointtype 7 pointsize 0.8 linecolor rgb palette[2] title 'cos(π/{/:Italic P})', '' using @gap:4 with lines linecolor rgb palette[4] notitle"
bottom = "plot data using @other:5 with points pointtype 7 pointsize 0.45 linecolor rgb palette[6] notitle, '' using @simple:5 with points pointtype 7 pointsize 0.8 linecolor rgb palette[2] notitle, '' using @gap:5 with lines linecolor rgb palette[4] title '{/:Italic Δ} > 1'"

do for [kind in "png pdf"] {
    if (kind eq "png") { set terminal @png_terminal } else { set terminal @pdf_terminal }
    set output base . "." . kind
    set multiplot
    set lmargin at screen 0.15
    set rmargin at screen 0.96
    set tmargin at screen 0.96
    set bmargin at screen 0.57
    set format x ""
    unset xlabel
    unset logscale y
    set yrange [0:0.13]
    set ytics 0.05
    set ylabel "spin Drude weight  {/:Italic J}^2"
    @top
    set tmargin at screen 0.54
    set bmargin at screen 0.16
    set format x "%g"
    set xlabel "anisotropy  {/:Italic Δ}"
    set yrange [0.2:20]
    set logscale y
    set ytics (0.2, 0.5, 1, 2, 5, 10, 20)
    set ylabel "diffusion  {/:Italic D / J}"
    @bottom
    unset multiplot
    unset output
}
