# Shared look of all figures: fit for one column of a paper, colour-blind-safe.
# Loaded by the figure scripts; gnuplot 5.2 or later.

set encoding utf8
set datafile separator tab
set border linewidth 0.8 linecolor rgb "#303030"
set tics scale 0.6 nomirror
if (GPVAL_VERSION >= 5.4) set minussign
set style data lines
set style fill transparent solid 0.35 noborder
set key samplen 2 spacing 1.1

# The viridis palette without its pale yellow end: dark to light, so ordered in grey too and for
# every common kind of colour blindness.
array palette[8] = [0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xA5DB36]

set palette defined (0 "#440154", 1 "#472D7B", 2 "#3B528B", 3 "#2C728E", 4 "#21918C", 5 "#28AE80", 6 "#5EC962", 7 "#A5DB36")

# Colour of curve i of n, spread over the whole palette.
shade(i, n) = palette[n > 1 ? int(1 + 7.0 * (i - 1) / (n - 1) + 0.5) : 1]

# Width of the PNG in pixels; `kapitza figure --width` gives it as fifth word of a script.
if (!exists("width")) { width = 1800 }
png_terminal = sprintf("pngcairo enhanced size %d,%d font 'DejaVu Sans,14' fontscale %g linewidth %g", width, 0.7 * width, 2.2 * width / 1800.0, 4.2 * width / 1800.0)
pdf_terminal = "pdfcairo enhanced size 12.5cm,8.75cm font 'DejaVu Sans,11' linewidth 2.1"

# Axes that several pictures share.
over_t = "{/:Italic n} / {/:Italic t}   (in units of {/:Italic J})"
time_label = "time  {/:Italic J t}"
