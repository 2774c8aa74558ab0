#!/bin/sh -e
# TEBD beside GHD at Delta = -0.29936, 0.90097 and 1.2: a domain wall, which stands still beyond Delta = 1, and the energy quench of one chain.
k=${KAPITZA:-kapitza} chains='P=62,Q=37 P=7 Delta=1.2'; [ -z "$TOY" ] || chains=Delta=1.2
for chain in $chains; do for quench in domain-wall:${TOY:-40} energy:${TOY:-20}; do
    t=${quench#*:} name=every-${quench%:*}-$chain
    $k quench --left $chain --right $chain --initial ${quench%:*} --length $((5 * t)) --chi 200 --times 0,$((t / 2)),$t -o $name.h5 --overwrite --quiet
    $k overlay $name.h5 --times $((t / 2)),$t --tol 1e-6 --quiet -o $name
    sed -n "s/^# \(deviation.*line=\"ghd\" t=$t cone=0.8\)/$chain, ${quench%:*}: \1/p" $name.tsv # how far they are apart
done; done
gnuplot -e "chains = '$chains'" - <<'END'
set terminal pngcairo size 1500,900 font ",15" linewidth 2; set output "every-delta.png"; set multiplot layout 2,words(chains); set datafile separator tab; set xlabel "x / t"; set key samplen 1; set xtics 1; set offsets 0, 0, 0.05, 0.05
do for [q in "domain-wall energy"] { do for [c in chains] { f = "every-".q."-".c.".tsv"; stats f using 2 nooutput; set title "".c.", ".q; set ylabel (q eq "energy" ? "energy  e / J" : "magnetization"); \
    plot [-2:2] for [n=1:2] f using (strcol(1) eq "tebd" && $2 == STATS_max*n/2 ? $6 : NaN):4 pointtype 5 + n pointsize 0.7 title sprintf("t J = %g", STATS_max*n/2), "" using (strcol(1) eq "ghd" ? $6 : NaN):4 with lines linecolor "black" title "GHD" } }
END
