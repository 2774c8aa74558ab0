#!/usr/bin/env bash
# Golden tests on several processes; source this in place of lib.sh.  KAPITZA_MPIRUN names mpirun
# where the program is built with MPI; elsewhere the test is skipped.
. "$(dirname "$0")/lib.sh"

if [ -z "${KAPITZA_MPIRUN-}" ]; then
    skip 'MPI' 'built without it'
    finish
    exit
fi
# Several processes on any machine, also as root in a container; other launchers ignore these.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMP_NUM_THREADS=1
launch() { timeout 300 "$KAPITZA_MPIRUN" -n "$@" >"$work/out" 2>"$work/err" </dev/null; }
spread() {
    local n=$1
    shift
    launch "$n" "$KAPITZA" "$@"
    code=$?
}

# same "N N ..." CODE WORDS...: on stdout N processes say once what one says, also on stderr, where
# mpirun may add words of its own, and exit with the same CODE.
same() {
    local counts=$1 want=$2 n name
    shift 2
    name=$(printf '%.100s' "$*" | tr '#\n' '??')
    run "$@"
    exits "$want" "one process: $name"
    cp "$work/out" "$work/one.out"
    grep '^kapitza' "$work/err" >"$work/one.err"
    for n in $counts; do
        spread "$n" "$@"
        grep '^kapitza' "$work/err" >"$work/many.err"
        if [ "$code" -ne "$want" ]; then
            not_ok "$n processes: $name" "exit code $code, not $want" "$(head -c 500 "$work/err")"
        elif ! cmp -s "$work/one.out" "$work/out"; then
            not_ok "$n processes: $name" "$(diff "$work/one.out" "$work/out" | head -n 6)"
        elif ! cmp -s "$work/one.err" "$work/many.err"; then
            not_ok "$n processes: $name" "$(diff "$work/one.err" "$work/many.err" | head -n 6)"
        else
            ok "$n processes: $name"
        fi
    done
}
