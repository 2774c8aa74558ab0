# What `kapitza figure` writes for a panel, read for drawing: names and number of the curves, and
# filters for their rows.  Loaded by profile.gp and history.gp after style.gp.
# Columns of the data:  curve label style t n x_over_t value low high

stats data using 1 nooutput
curves = int(STATS_max)

# The label of each curve ("pi/4" with its Greek letter) and whether it is dashed.
pretty(text) = text[1:2] eq "pi" ? "{/:Italic π}/" . text[4:] : text
array name[curves]
array dashed[curves]
do for [i=1:curves] {
    label = ""
    style = ""
    stats data using ($1 == i ? (label = strcol(2), style = strcol(3), i) : NaN) nooutput
    name[i] = pretty(label)
    dashed[i] = style eq "dashed"
}
solid = 0
do for [i=1:curves] { if (!dashed[i]) { solid = solid + 1 } }

# x of the rows of curve i that its line goes through; of those that mix both halves.
line(i, x) = $1 == i && strcol(3) ne "mixed" && strcol(3) ne "left" ? x : NaN
left(i, x) = $1 == i && strcol(3) eq "left" ? x : NaN
mixed(i, x) = $1 == i && strcol(3) eq "mixed" ? x : NaN
