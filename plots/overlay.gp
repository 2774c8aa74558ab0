# Data of quenches as points and the GHD lines that belong to them, against x/t.
# The input is made by   kapitza overlay RUN.h5 -o NAME   which also runs this script.
# By hand:   gnuplot -c plots/overlay.gp NAME.tsv NAME QUANTITY "'10' '20'" "'tebd'" "'ghd R=0' 'ghd R=10'" TITLE EDGE
# Columns of the input:   series t x_over_t value err zeta side

data = ARG1
base = ARG2
times = ARG4
series = ARG5
lines = ARG6
edge = ARG8 + 0.0
load ARG0[1:strlen(ARG0) - strlen("overlay.gp")] . "style.gp"

label(q) = q eq "energy" ? "energy  {/:Italic E} / {/:Italic J}" : \
    q eq "energy_current" ? "energy current  {/:Italic J^E} / {/:Italic J}^{ 2}" : \
    q eq "magnetization" ? "magnetization  ⟨{/:Italic S^z}⟩" : \
    "spin current  {/:Italic J^M} / {/:Italic J}"

# One series at one time, and one half of one line.
point(s, t) = strcol(1) eq s && $2 == t ? $6 : NaN
ray(s, half) = strcol(1) eq s && strcol(7) eq half ? $6 : NaN

# Lines: what is exact is black; one colour for each R, light to dark; either half's own chain grey
# and dashed.
orange(i, n) = i < 0 ? 0 : hot[1 + (n > 1 ? int(i * 5 / (n - 1)) : 3)]
array hot[6] = [0xFDAE6B, 0xFD8D3C, 0xF16913, 0xD94801, 0xA63603, 0x7F2704]
name(i) = word(lines, i)
resistive(i) = strstrt(name(i), "R=") > 0
own(i) = name(i) eq "ghd left" || name(i) eq "ghd right"
resistors = 0
do for [i = 1:words(lines)] { resistors = resistors + (resistive(i) ? 1 : 0) }
first = 0
do for [i = words(lines):1:-1] { if (resistive(i)) { first = i } }
colour(i) = resistive(i) ? orange(i - first, resistors) : own(i) ? 0x707070 : name(i) eq "closed form" ? 0xE69F00 : 0x000000
dash(i) = own(i) ? 2 : name(i) eq "closed form" ? 4 : 1
shown(i) = name(i) eq "ghd" ? "GHD" : resistive(i) ? "GHD, {/:Italic R} = " . name(i)[7:*] : own(i) ? "GHD, " . name(i)[5:*] . " alone" : name(i)

# Points: one colour for each time, dark to light; one shape for each time or, of several series, for
# each of these.
array shape[6] = [6, 4, 8, 12, 10, 14]
instant(k) = palette[words(times) == 1 ? 3 : 1 + int((k - 1) * 6 / (words(times) - 1))]
mark(j, k) = word(series, j) eq "extrapolated" ? 7 : shape[1 + ((words(series) > 1 ? j : k) - 1) % 6]
plain(name) = name[1:9] eq "tebd chi=" ? "χ = " . name[10:*] : name
points_name(j, k) = (words(series) > 1 ? plain(word(series, j)) . ", " : "") . "{/:Italic t} = " . word(times, k)

set title ARG7 noenhanced font ",11"
set xlabel "{/:Italic x} / {/:Italic t}   (in units of {/:Italic J})"
set ylabel label(ARG3)
set xrange [-1.25 * edge:1.25 * edge]
set key outside right top Left reverse samplen 1.5
set arrow from 0, graph 0 to 0, graph 1 nohead back linecolor rgb "#b0b0b0" linewidth 0.6
set style data points

# The range of the values: errors may reach far beyond.
stats data using (abs($6) <= 1.25 * edge ? $4 : NaN) name "V" nooutput
margin = V_max - V_min > 1e-9 ? 0.06 * (V_max - V_min) : 0.1
set yrange [V_min - margin:V_max + margin]

draw = "plot for [k=1:words(times)] for [j=1:words(series)] data using (point(word(series, j), word(times, k) + 0.0)):4 pointtype mark(j, k) pointsize 1.7 linewidth 0.35 linecolor rgb instant(k) title points_name(j, k), for [k=1:words(times)] data using (point('extrapolated', word(times, k) + 0.0)):4:5 with yerrorbars pointtype 7 pointsize 0 linewidth 0.35 linecolor rgb instant(k) notitle, for [i=1:words(lines)] data using (ray(name(i), 'left')):4 with lines linewidth 0.9 dashtype dash(i) linecolor rgb colour(i) title shown(i), for [i=1:words(lines)] data using (ray(name(i), 'right')):4 with lines linewidth 0.9 dashtype dash(i) linecolor rgb colour(i) notitle"

set terminal @png_terminal
set output base . ".png"
@draw

set terminal @pdf_terminal
set output base . ".pdf"
@draw
unset output
