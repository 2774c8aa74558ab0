#!/usr/bin/env bash
# Two shipped runs from scratch, to t = 12: within what their files say about themselves.
. "$(dirname "$0")/lib.sh"
: "${KAPITZA_DATA:=$here/../../data}"

export NAMES='*-pi4-chi350' TIMES=0:12:4
"$here/../../data/make-runs" made 2 >/dev/null
for name in energy-pi4-chi350 wall-pi4-chi350; do
    # same program, step and bond dimension: what is left is rounding, and that a truncation of
    # almost equal weights may fall out differently on another processor
    near "$name" "$("$KAPITZA" compare "made/$name.h5" "$KAPITZA_DATA/$name.h5" |
        awk -F '\t' '!/^#/ { n++; if ($3 == "nan") bad = 1; if ($3 + 0 > m) m = $3 + 0 } END { print n && !bad ? m + 0 : "nothing" }')" 0 1e-5
done
finish
