#!/usr/bin/env bash
# Golden tests of the program: TAP on stdout.  Source this, call the functions, end with `finish`.
# KAPITZA names the program; every test works in an empty folder of its own.

set -u
export LC_ALL=C OMP_NUM_THREADS=2
here=$(cd "$(dirname "$0")" && pwd)
: "${KAPITZA:=kapitza}"
: "${KAPITZA_PLOTS:=$here/../../plots}"
export KAPITZA KAPITZA_PLOTS
command -v "$KAPITZA" >/dev/null || { echo "Bail out! no program $KAPITZA"; exit 99; }
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/box" && cd "$work/box" || exit 99
tests=0 code=0

ok() { tests=$((tests + 1)); echo "ok $tests - $1"; }
skip() { tests=$((tests + 1)); echo "ok $tests - $1 # SKIP $2"; }
not_ok() {
    tests=$((tests + 1))
    echo "not ok $tests - $1"
    shift
    printf '# %s\n' "$@"
}
finish() { echo "1..$tests"; }

# run WORDS...: the program; leaves code, $work/out, $work/err.
run() {
    "$KAPITZA" "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

# What is in the folder of the test, on one line.
contents() { ls -A | tr '\n' ' '; }

# ignored NUMBER: whether the parent ignores this signal, which a child cannot change.
ignored() {
    local bits
    bits=$((16#$(awk '/^SigIgn/ { print $2 }' /proc/self/status)))
    (((bits >> ($1 - 1)) & 1))
}

# refused CODE PATTERN WORDS...: exactly one line on stderr that matches, nothing on stdout, no
# file made, and this exit code.
refused() {
    local want=$1 pattern=$2 before
    shift 2
    before=$(contents)
    run "$@"
    local name="refused with $want: $*"
    name=${name:0:150}
    name=${name//[^[:print:]]/?}
    name=${name//#/?}
    if [ "$code" -ne "$want" ]; then
        not_ok "$name" "exit code $code" "$(head -c 300 "$work/err")"
    elif [ "$(wc -l <"$work/err")" -ne 1 ]; then
        not_ok "$name" "$(wc -l <"$work/err") lines on stderr" "$(head -c 300 "$work/err")"
    elif ! grep -Eq -- "$pattern" "$work/err"; then
        not_ok "$name" "stderr does not match $pattern:" "$(cat "$work/err")"
    elif [ -s "$work/out" ]; then
        not_ok "$name" "something on stdout"
    elif [ "$(contents)" != "$before" ]; then
        not_ok "$name" "files: $(contents)"
    else
        ok "$name"
    fi
}

# exits CODE NAME: of the last run.
exits() {
    if [ "$code" -eq "$1" ]; then ok "$2"; else not_ok "$2" "exit code $code, not $1" "$(cat "$work/err")"; fi
}

# is NAME ACTUAL EXPECTED: the same text.
is() {
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got      $2" "expected $3"; fi
}

# The column names of a TSV, one blank between; value FILE ROW COLUMN is one entry (ROW from 1).
columns() { grep '^#' "$1" | tail -n 1 | sed 's/^# //' | tr '\t' ' '; }
rows() { grep -vc '^#' "$1"; }
value() {
    awk -F '\t' -v row="$2" -v name="$3" '
        /^#/ { sub(/^# /, ""); for (i = 1; i <= NF; i++) at[$i] = i; next }
        ++n == row { print $(at[name]) }' "$1"
}

# near NAME ACTUAL EXPECTED TOLERANCE: EXPECTED is an awk expression, pi is known; nan never passes.
near() {
    if [[ $2 =~ ^[-+.0-9eE]+$ ]] &&
        awk -v a="$2" -v tol="$4" "BEGIN { pi = atan2(0, -1); d = a - ($3); if (d < 0) d = -d
                                           exit !(d <= tol) }"; then
        ok "$1"
    else
        not_ok "$1" "got      $2" "expected $(awk "BEGIN { pi = atan2(0, -1); printf \"%.17g\", $3 }") +- $4"
    fi
}

# below NAME VALUE BOUND: what is no number never passes.
below() {
    if [[ $2 =~ ^[-+.0-9eE]+$ ]] && awk -v v="$2" -v b="$3" 'BEGIN { exit !(v <= b) }'; then
        ok "$1"
    else
        not_ok "$1" "$2 > $3"
    fi
}

# matches NAME TEXT PATTERN
matches() { if grep -Eq -- "$3" <<<"$2"; then ok "$1"; else not_ok "$1" "$2"; fi; }

# await COMMAND...: until it succeeds, at most half a minute.
await() {
    for _ in $(seq 300); do
        "$@" && return
        sleep 0.1
    done
    return 1
}

# same_rows NAME A.h5 B.h5: two runs have the same numbers, and some.
exported() { "$KAPITZA" export "$1" | grep -v '^# parameters'; }
same_rows() {
    local a
    a=$(exported "$2")
    if [ -n "$a" ] && [ "$a" = "$(exported "$3")" ]; then ok "$1"; else not_ok "$1" "$2 and $3 differ"; fi
}

# worst [QUANTITY]: the largest maxdiff in $work/out, which compare wrote, of one quantity or of
# all; inf where only one run has a value, none where there is no such row.
worst() {
    awk -F '\t' -v q="${1-}" '/^#/ || (q != "" && $2 != q) { next }
        { n++; if ($3 !~ /^[-+.0-9eE]+$/) bad = 1; else if ($3 + 0 > m) m = $3 + 0 }
        END { print !n ? "none" : bad ? "inf" : m + 0 }' "$work/out"
}

# distance A.h5 B.h5: that of two runs, over all quantities and common times.
distance() {
    run compare "$1" "$2"
    worst
}
