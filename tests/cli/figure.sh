#!/usr/bin/env bash
# kapitza figure: data, pictures, and what happens without gnuplot.
. "$(dirname "$0")/lib.sh"
real_path=$PATH

# A stand-in for gnuplot that is called as the real one is.
mkdir "$work/bin"
fake() { printf '#!/bin/sh\n%s\n' "$1" >"$work/bin/gnuplot" && chmod +x "$work/bin/gnuplot"; }
export PATH=$work/bin:$PATH

fake 'echo png >"$5.png"; echo pdf >"$5.pdf"'
run figure 6 -o a/b --tol 1e-6
exits 0 'figure 6'
is 'its files' "$(ls -A a/b | tr '\n' ' ')" 'figure6.tsv figure6a.pdf figure6a.png figure6a.tsv figure6b.pdf figure6b.png figure6b.tsv figure6c.pdf figure6c.png junction.tsv '
is 'table on stdout' "$(head -n 1 "$work/out" | tr -s ' ')" '# R T_minus T_plus energy_current err'
is 'which R is nearest to TEBD' "$(grep -c '^# energy.* R = [0-9]* comes nearest to TEBD' "$work/out")" 2
is 'the values of R' "$(awk '!/^#/ { printf "%s ", $1 }' "$work/out")" '0 1 2 5 10 20 50 100 '
near 'T_minus at R = 10' "$(awk '$1 == "10" { print $2 }' "$work/out")" 2.0426062322 1e-5
is 'columns' "$(columns a/b/figure6.tsv)" 'R zeta energy energy_current err side'
is '8 x 2 x 201 rows' "$(rows a/b/figure6.tsv)" 3216
is 'columns of the points' "$(columns a/b/junction.tsv)" 'R T_minus T_plus beta_minus beta_plus energy_current energy_left energy_right err'
rm -r a

fake 'echo png >"$5.png"; echo pdf >"$5.pdf"
      env >environment; grep ^SigIgn /proc/self/status >signals'
GNUTERM=x11 GNUPLOT_DRIVER_DIR=/nowhere HOME=/nowhere XDG_CONFIG_HOME=/nowhere FONTCONFIG_FILE=/nowhere \
    TMPDIR=/nowhere LC_NUMERIC=de_DE run figure 6a -o a --tol 1e-4
exits 0 'a strange environment'
is 'gnuplot sees none of it' "$(grep -vE '^(PATH|LD_LIBRARY_PATH|PWD|OLDPWD|SHLVL|_)=' environment | sort | tr '\n' ' ')" \
    'HOME=/nonexistent LC_ALL=C.UTF-8 '
is 'a limit on files ends it' "$((16#$(cut -f 2 signals) >> 24 & 1))" 0
rm -r a environment signals

fake 'echo "line 3: undefined variable" >&2; exit 1'
run figure 6a -o c --tol 1e-4
exits 4 'gnuplot fails'
is 'its word is passed on' "$(grep -c 'undefined variable' "$work/err")" 1
is 'the data stay' "$(ls -A c | tr '\n' ' ')" 'figure6.tsv figure6a.tsv junction.tsv '
fake 'echo png >"$5.png"; exit 1'
run figure 6b -o c --tol 1e-4
is 'half a picture is removed' "$code $(ls -A c | tr '\n' ' ')" '4 figure6.tsv figure6a.tsv figure6b.tsv junction.tsv '

mkdir "$work/empty"
PATH=$work/empty run figure 6a -o c --tol 1e-4
exits 4 'gnuplot is missing'
is 'the package is named' "$(grep -c 'gnuplot-nox' "$work/err")" 1
KAPITZA_PLOTS=$work/empty run figure 6a -o c --tol 1e-4
exits 4 'no script'
echo >file
run figure 6 -o file/x
is 'a folder that cannot be made' "$code$(wc -l <"$work/err")" 41
run figure 6 -o file
is 'a file in place of the folder' "$code$(wc -l <"$work/err")" 41
rm -rf c file

PATH=$real_path
if command -v gnuplot >/dev/null; then
    run figure 6 -o 'with space' --tol 1e-6
    exits 0 'the real gnuplot'
    is 'PNG' "$(head -c 4 'with space/figure6a.png' | tail -c 3)" PNG
    is 'PDF' "$(head -c 4 'with space/figure6b.pdf')" %PDF
    is 'no temporary file' "$(ls -A 'with space' | grep -c tmp)" 0
    (export GNUTERM=x11 HOME=/nowhere XDG_CONFIG_HOME=/dev/null XDG_CACHE_HOME=/dev/null \
        XDG_DATA_HOME=/dev/null LC_ALL=de_DE.UTF-8 LANG=tr_TR TMPDIR=/nowhere FONTCONFIG_FILE=/nowhere \
        FONTCONFIG_PATH=/nowhere GNUPLOT_DRIVER_DIR=/nowhere GNUPLOT_LIB=/nowhere \
        GNUPLOT_FONTPATH=/nowhere GDFONTPATH=/nowhere DISPLAY=:99 COLUMNS=3
     run figure 6a -o strange --tol 1e-6; exit "$code")
    is 'nothing of the environment matters' \
        "$? $(cmp -s 'with space/figure6a.png' strange/figure6a.png && echo the same picture)" '0 the same picture'
else
    skip 'the real gnuplot' 'not installed'
fi

finish
