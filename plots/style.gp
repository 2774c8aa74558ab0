# Shared look of all figures: fit for one column of a paper, colour-blind-safe.
# Loaded by the figure scripts; gnuplot 5.2 or later.

set encoding utf8
set datafile separator tab
set border linewidth 0.8 linecolor rgb "#303030"
set tics scale 0.6 nomirror
if (GPVAL_VERSION >= 5.4) set minussign
set style data lines
set key samplen 2 spacing 1.1

# The viridis palette without its pale yellow end: dark to light, so ordered in grey too and for
# every common kind of colour blindness.
array palette[8] = [0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xA5DB36]

png_terminal = "pngcairo enhanced size 1800,1260 font 'DejaVu Sans,14' fontscale 2.2 linewidth 4.2"
pdf_terminal = "pdfcairo enhanced size 12.5cm,8.75cm font 'DejaVu Sans,11' linewidth 2.1"
