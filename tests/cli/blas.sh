#!/usr/bin/env bash
# OpenBLAS: the kernels it uses and the memory it needs.
. "$(dirname "$0")/lib.sh"
unset OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS KAPITZA_RESTARTED

run --version
exits 0 'version'
is 'its lines' "$(wc -l <"$work/out") $(grep -cE '^kapitza [0-9.]+$' "$work/out")" '2 1'
is 'the second' "$(sed -n 2p "$work/out" | grep -cE '^OpenBLAS [0-9.]+[^ ]*, kernels [A-Za-z0-9_]+')" 1
own=$(sed -n 's/.*kernels //p' "$work/out")
OPENBLAS_CORETYPE=$own run --version
is 'a setting of the user' "$(sed -n 's/.*kernels //p' "$work/out")" "${own%% *} by OPENBLAS_CORETYPE"

# an OpenBLAS that does not know the processor; `always` does not listen either
stand_in() {
    printf '#include <stdlib.h>
char *openblas_get_corename(void);
char *openblas_get_config(void);
char *openblas_get_corename(void) { return %s ? "Haswell" : "Prescott"; }
char *openblas_get_config(void) { return "OpenBLAS 9.9.9 DYNAMIC_ARCH Prescott"; }\n' "$2" >"$work/$1.c"
    "${CC:-cc}" -shared -fPIC -o "$work/$1.so" "$work/$1.c" || echo "Bail out! no compiler"
}
# unknown NAME WORDS...: the program with that OpenBLAS
unknown() {
    local name=$1
    shift
    LD_PRELOAD=$work/$name.so ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS} \
        "$KAPITZA" "$@" >"$work/out" 2>"$work/err"
    code=$?
}
stand_in once 'getenv("OPENBLAS_CORETYPE")'
stand_in always 0
if grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo; then
    better='Haswell in place of Prescott'
else
    better=Prescott
fi
unknown once --version
is 'generic kernels are replaced' "$code $(sed -n 2p "$work/out")" "0 OpenBLAS 9.9.9, kernels $better"
unknown always --version
is 'one restart and no more' "$code $(sed -n 2p "$work/out")" '0 OpenBLAS 9.9.9, kernels Prescott'
OPENBLAS_CORETYPE=Prescott unknown always --version
is 'never against the user' "$code $(sed -n 2p "$work/out")" \
    '0 OpenBLAS 9.9.9, kernels Prescott by OPENBLAS_CORETYPE'
"$KAPITZA" invert --chain xx <<<'0, 0.25' >"$work/expected"
unknown once invert --chain xx <<<'0, 0.25'
is 'words and input are handed on' "$code $(tail -n 1 "$work/out" | cut -f 6)" '0 ok'
near 'mu = ln 3' "$(value "$work/out" 1 mu)" 'log(3)' 1e-9
unknown once thermo --chain xx --beta 'a b'
is 'so is the exit code' "$code $(wc -l <"$work/err")" '2 1'

# limits on memory; the sanitizers reserve more than any of them
if ! ldd "$KAPITZA" | grep -q libasan; then
    # limited KILOBYTES WORDS...
    limited() {
        (ulimit -v "$1" && shift && exec timeout 20 "$KAPITZA" "$@" >"$work/out" 2>"$work/err" </dev/null)
        code=$?
    }
    for words in 'thermo --chain P=4 --beta 1' 'invert --chain P=4' \
        'quench --left xx --right P=4 --initial energy --length 8 --times 0 -o x.h5'; do
        limited 200000 $words
        is "too little memory: ${words%% *}" "$code $(grep -c 'out of memory: OpenBLAS' "$work/err") $(contents)" '3 1 '
    done
    limited 200000 --version
    exits 0 'what needs none works'
    limited 300000 thermo --chain P=4 --beta 1
    is 'enough for one thread' "$code $(rows "$work/out")" '0 1'
    limited 300000 thermo --chain P=4 --beta 1 --threads 2
    is 'not for two' "$code $(grep -c -- '--threads: OpenBLAS needs 128 MiB' "$work/err")" '2 1'
    (ulimit -d 100000 && exec timeout 20 "$KAPITZA" thermo --chain P=4 --beta 1 2>"$work/err")
    is 'a limit on data' "$? $(wc -l <"$work/err")" '3 1'
fi

finish
