#!/usr/bin/env bash
# kapitza table on several processes gives the file of one.  KAPITZA_MPIRUN names mpirun where the
# program is built with MPI.
. "$(dirname "$0")/lib.sh"

if [ -z "${KAPITZA_MPIRUN-}" ]; then
    skip 'MPI' 'built without it'
    finish
    exit
fi
# Two processes on any machine, also as root in a container; other launchers ignore these.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
spread() {
    local n=$1
    shift
    timeout 300 "$KAPITZA_MPIRUN" -n "$n" "$KAPITZA" "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

# 13 rows: no number of processes below divides them
grid="table --chain P=4 --beta -3:3:0.5 --mu -2:2:0.25"
run $grid -o one.h5
exits 0 'one process, no mpirun'
for n in 1 2 3; do
    spread $n $grid -o many.h5
    exits 0 "$n processes"
    cmp -s one.h5 many.h5 && ok "$n processes: the same file" || not_ok "$n processes: the same file"
    rm -f many.h5
done
spread 3 table --chain xx --beta 1 --mu 0,1 -o few.h5
exits 0 'more processes than rows'
run table --chain P=3 --energy-only --tol 1e-6 -o one.h5
spread 2 table --chain P=3 --energy-only --tol 1e-6 -o many.h5
exits 0 'beta(e) on 2 processes'
cmp -s one.h5 many.h5 && ok 'the same file' || not_ok 'the same file'

rm -f ./*.h5
spread 2 table --chain P=4 --beta 3,1 -o x.h5
exits 2 'misuse'
is 'said once' "$(grep -c 'kapitza table: ' "$work/err")" 1
spread 2 table --chain P=4 -o none/x.h5
exits 4 'no such folder'
is 'said once too' "$(grep -c 'kapitza table: ' "$work/err")" 1
is 'no file' "$(contents)" ''

# killed: no file, complete or not
timeout 300 "$KAPITZA_MPIRUN" -n 2 "$KAPITZA" table --chain P=12 -o killed.h5 >/dev/null 2>&1 </dev/null &
pid=$!
sleep 2
kill -TERM $pid
wait $pid
for _ in $(seq 100); do
    [ -z "$(contents)" ] && break
    sleep 0.05
done
is 'nothing left of a killed run' "$(contents)" ''
finish
