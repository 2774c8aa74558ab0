#!/usr/bin/env bash
# One process against several for one quench, in turns: seconds from start to end and processor
# seconds of each, and whether the files are the same.  Wants as many idle processors as processes.
#
#     KAPITZA=build/kapitza bench/mpi-quench.sh [PROCESSES [TURNS [LAST_TIME [CHI]]]]
set -eu
processes=${1:-2} turns=${2:-3} last=${3:-14} chi=${4:-300}
kapitza=$(readlink -f "${KAPITZA:-kapitza}")
mpirun=${KAPITZA_MPIRUN:-mpirun}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
quench="quench --left xx --right gamma=pi/4 --initial energy --times 0:$last:2 --chi $chi --quiet --overwrite"
TIMEFORMAT='%R %U %S'
echo "# energy quench, xx | gamma=pi/4, 140 sites, chi <= $chi, t = $last"
echo '# processes	wall_s	processor_s	same_files	load'
line() { # PROCESSES FILE COMMAND...
    local n=$1 file=$2 wall user sys same=-
    shift 2
    read -r wall user sys < <({ time "$@" -o "$file" >/dev/null; } 2>&1 | tail -n 1)
    if [ "$n" -gt 1 ]; then cmp -s one.h5 "$file" && cmp -s one.h5.checkpoint "$file.checkpoint" && same=yes || same=NO; fi
    printf '%s\t%s\t%s\t%s\t%s\n' "$n" "$wall" "$(awk "BEGIN { print $user + $sys }")" "$same" "$(cut -d ' ' -f 1 /proc/loadavg)"
}
for _ in $(seq "$turns"); do
    # shellcheck disable=SC2086
    line 1 one.h5 "$kapitza" $quench
    # shellcheck disable=SC2086
    line "$processes" many.h5 "$mpirun" -n "$processes" "$kapitza" $quench
done
