#!/usr/bin/env bash
# Where output goes: whole files or none, signals, locales.
. "$(dirname "$0")/lib.sh"

run thermo --chain xx --beta 0:2:0.5
cp "$work/out" "$work/expected"
run thermo --chain xx --beta 0:2:0.5 -o x.tsv
exits 0 'to a file'
is 'same bytes as on stdout' "$(cmp x.tsv "$work/expected" && echo same)" same
is 'stdout is silent' "$(cat "$work/out")" ''
is 'no other file' "$(contents)" 'x.tsv '
(umask 027 && "$KAPITZA" thermo --chain xx --beta 1 -o mode.tsv)
is 'mode follows the umask' "$(stat -c %a mode.tsv)" 640
run thermo --chain xx --beta 0:2:0.5 --output=./mode.tsv
is 'an old file is replaced' "$(cmp mode.tsv "$work/expected" && echo same)" same
ln -s x.tsv link.tsv && echo old >x.tsv
run thermo --chain xx --beta 0:2:0.5 -o link.tsv
is 'a link stays a link' "$(test -L link.tsv && cmp x.tsv "$work/expected" && echo same)" same
run thermo --chain xx --beta 0:2:0.5 -o -
is '- is stdout' "$(cmp "$work/out" "$work/expected" && echo same)" same
run thermo --chain xx --beta 1 -o x.h5
is 'HDF5' "$code$(head -c 4 x.h5 | tail -c 3)" 0HDF
sleep 1.1 # HDF5 counts seconds
cp x.h5 "$work/before.h5"
run thermo --chain xx --beta 1 -o x.h5
is 'HDF5 files do not hold the time' "$(cmp "$work/before.h5" x.h5 && echo same)" same
rm -f ./*

run thermo --chain xx --beta 1 -o /dev/null
is 'a device stays a device' "$code$(test -c /dev/null && echo yes)" 0yes
if [ -c /dev/full ]; then
    refused 4 'No space left' thermo --chain xx --beta 1 -o /dev/full
    "$KAPITZA" thermo --chain xx --beta 1 >/dev/full 2>"$work/err"
    code=$?
    exits 4 'full stdout'
    is 'says so in one line' "$(wc -l <"$work/err")" 1
else
    skip 'full disk' 'no /dev/full'
fi
# limited WORDS...: more than a kilobyte of output under a limit of one; the code, then what is left
limited() {
    (ulimit -f 1; env --default-signal=XFSZ "$KAPITZA" "$@" 2>"$work/err" <"$work/points"; echo $? >"$work/code")
    echo "$(cat "$work/code") $(wc -l <"$work/err") $(grep -c 'File too large' "$work/err") $(contents)"
}
seq -f %.6f -0.2 0.001 0.2 >"$work/points"
is 'a limit on files leaves no partial one' "$(limited thermo --chain xx --beta 0:1:0.001 -o x.tsv)" '4 1 1 '
is 'nor of HDF5' "$(limited thermo --chain xx --beta 0:1:0.001 -o x.h5)" '4 1 1 '
is 'nor of a profile' "$(limited profile --chain xx --left-state up --right-state down --rays -2:2:0.01 -o x.tsv)" '4 1 1 '
is 'nor of a junction' "$(limited junction --right xx --resistance 0:20:1 --tol 1e-4 -o x.tsv)" '4 1 1 '
is 'nor of a table' "$(limited table --chain xx --beta 0:1:0.1 --mu 0:1:0.1 -o x.h5)" '4 1 1 '
is 'nor of a stream' "$(limited invert --chain xx -o x.tsv)" '4 1 1 '
is 'nor of a quench' "$(limited quench --left xx --right xx --initial domain-wall --method fermion --times 0 -o x.h5)" '4 1 1 '
limited thermo --chain xx --beta 0:1:0.001 >"$work/out"
is 'stdout' "$(cat "$work/code") $(grep -c 'File too large' "$work/err")" '4 1'
limited invert --chain xx >"$work/out"
is 'a stream on stdout' "$(cat "$work/code") $(grep -c 'File too large' "$work/err")" '4 1'
rm -f ./*

# stop SIGNAL EXPECTED: a run that writes its file is ended by a signal.
stop() {
    env "--default-signal=$1" "$KAPITZA" profile --chain xx --left-state ground --right-state ceiling \
        --rays 0:2:2e-6 --threads 2 -o x.tsv 2>/dev/null &
    local process=$! i=0 during='' before=none
    # the same file twice: at the start one is made for a moment, to see that it can be
    while { [ -z "$during" ] || [ "$during" != "$before" ]; } && [ $i -lt 10000 ]; do
        sleep 0.01
        before=$during during=$(contents) i=$((i + 1))
    done
    kill "-$1" $process
    wait $process
    is "$1 exits with $2" $? "$2"
    is "$1 leaves no file" "$(contents)" ''
    [[ $during == x.tsv.*tmp* ]] && ok "$1 came while the temporary file was there" ||
        not_ok "$1 came while the temporary file was there" "$during"
}
if env --default-signal=INT true 2>/dev/null; then
    stop TERM 143
    stop INT 130
    stop HUP 129
else
    skip 'signals' 'env cannot reset signals here'
fi
# no handler sees this one: before it writes, a run has no file to leave behind
"$KAPITZA" thermo --chain P=4 --beta 0:9:1e-5 --threads 2 -o x.tsv 2>/dev/null &
sleep 1
kill -KILL $!
wait $! 2>/dev/null
is 'KILL exits with 137' $? 137
is 'KILL leaves no file' "$(contents)" ''
env OMP_NUM_THREADS=1 "$KAPITZA" thermo --chain xx --beta 0:40:0.01 2>/dev/null | head -n 1 >/dev/null
is 'a closed pipe ends it' "${PIPESTATUS[0]}" 141

# progress
run thermo --chain xx --beta 0:1:0.1 --progress
is 'progress is on stderr' "$code$(cmp <(grep -v '^#' "$work/out") <("$KAPITZA" thermo --chain xx --beta 0:1:0.1 | grep -v '^#') && echo same)" 0same
run thermo --chain xx --beta 0:1:0.1
is 'no progress without a terminal' "$(cat "$work/err")" ''

# a locale with a decimal comma
"$KAPITZA" thermo --chain xx --beta 0.5,1.5 >"$work/expected"
if localedef -i de_DE -f UTF-8 "$work/de_DE.UTF-8" 2>/dev/null || [ -d "$work/de_DE.UTF-8" ]; then
    export LOCPATH=$work
fi
comma=$(LC_ALL=de_DE.UTF-8 locale decimal_point 2>/dev/null)
LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 run thermo --chain xx --beta 0.5,1.5
if [ "$comma" = , ]; then
    is 'decimal comma in the locale changes nothing' "$(cmp "$work/out" "$work/expected" && echo same)" same
    printf '0.5 1.5\n9.5 1.5\n' >"$work/law.txt"
    LC_ALL=de_DE.UTF-8 run junction --right xx --resistance 0.5 --law "$work/law.txt"
    if grep -q 'not understood' "$work/err"; then not_ok 'nor for a law from a file'; else ok 'nor for a law from a file'; fi
else
    skip 'decimal comma in the locale changes nothing' 'no locale with a comma and no localedef'
fi

finish
