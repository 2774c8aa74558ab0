#!/usr/bin/env bash
# The scripts of examples/, at toy size: each runs and makes its picture.
. "$(dirname "$0")/lib.sh"
: "${KAPITZA_EXAMPLES:=$here/../../examples}"
unset MPIRUN

# Without gnuplot the scripts are tried as far as they need none.
gnuplot=$(command -v gnuplot)
if [ -z "$gnuplot" ]; then
    mkdir "$work/bin"
    printf '#!/bin/sh\nexit 0\n' >"$work/bin/gnuplot" && chmod +x "$work/bin/gnuplot"
    PATH=$work/bin:$PATH
fi

# example NAME TOY FILE...: at that size; the files it must make.
example() {
    local name=$1 missing=
    export TOY=$2
    shift 2
    "$KAPITZA_EXAMPLES/$name.sh" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    exits 0 "$name.sh"
    for file; do [ -s "$file" ] || missing="$missing $file"; done
    is "files of $name.sh" "$missing" ''
    if [ -z "$gnuplot" ]; then
        skip "picture of $name.sh" 'no gnuplot'
    else
        is "picture of $name.sh" "$(head -c 4 "$name.png" 2>/dev/null | tail -c 3)" PNG
    fi
}

example bipartition 0.5 bipartition.tsv
example junction 50 junction.tsv
example temperatures 14 temperatures.txt
near 'beta of the first point of measured.csv' "$(head -n 1 temperatures.txt | cut -d ' ' -f 2)" 0.1706 5e-5
example domain-wall 8 domain-wall.h5 domain-wall.tsv
example energy-quench 8 energy-quench.h5 energy-quench.tsv
example every-delta 2 every-domain-wall-Delta=1.2.tsv every-energy-Delta=1.2.tsv
is 'deviations that every-delta.sh prints' "$(grep -c 'deviation quantity=.* mean=' "$work/out")" 6
is 'the wall stands still in GHD' "$(awk -F '\t' '$1 == "ghd" && $6 * $6 > 1e-4 { print ($6 < 0 ? -$4 : $4) }' every-domain-wall-Delta=1.2.tsv | sort -u)" -0.5
example relax 20 relax-1.tsv relax-20.tsv relax-tebd.txt
example two-temperatures 8 two-temperatures.h5 two-temperatures.tsv
example chaotic-junction 2 chaotic-2.h5 resistance-2.txt
example warm-junction 4 warm-1e-7.h5 warm-1e-7.txt
example resume 2 resume.h5
is 'resumed, and to later times' "$("$KAPITZA" export resume.h5 | awk '!/^#/ { print $1 }' | uniq | tr '\n' ' ')" '0 2 4 '
example sweep 50 sweep-3.tsv sweep-4.tsv sweep-5.tsv sweep-6.tsv
if [ -n "${KAPITZA_FLAGS:-}" ]; then
    export KAPITZA_FLAGS
    example c-program 4 c-program.tsv
else
    skip c-program.sh 'KAPITZA_FLAGS does not say how to link'
fi

# Short enough to be copied, and shown.
long=$(for script in "$KAPITZA_EXAMPLES"/*.sh; do [ "$(wc -l <"$script")" -le 15 ] || echo "$script"; done)
is 'no more than 15 lines' "$long" ''
index=$KAPITZA_EXAMPLES/../docs/examples.md
if [ -r "$index" ]; then
    hidden=$(for script in "$KAPITZA_EXAMPLES"/*.sh; do
        name=$(basename "$script" .sh)
        grep -q "examples/$name.sh" "$index" && [ -s "$KAPITZA_EXAMPLES/../docs/examples/$name.png" ] || echo "$name"
    done)
    is 'all are in docs/examples.md with a picture' "$hidden" ''
else
    skip 'all are in docs/examples.md with a picture' 'no docs'
fi
finish
