#!/usr/bin/env bash
# kapitza quench on several processes: the run, the checkpoint, the messages and the exit codes of
# one process; stops, signals and failures.
. "$(dirname "$0")/lib-mpi.sh"

# same_run NAME A B: run and checkpoint, byte by byte.
same_run() {
    if cmp -s "$2" "$3" && cmp -s "$2.checkpoint" "$3.checkpoint"; then ok "$1"; else
        not_ok "$1" "$2 and $3 differ, or one is missing: $(contents)"
    fi
}
# said: the lines of the program on stderr.
said() { grep '^kapitza' "$work/err"; }

energy="quench --left xx --right gamma=pi/4 --initial energy --length 24 --chi 40 --density-matrices"
wall="quench --left xx --right Delta=0.6 --initial domain-wall --length 30 --cutoff 1e-8"
run $energy --times 0:3:1 -o energy.h5
exits 0 'an energy quench of one process'
said >"$work/energy.err"
for n in 1 2 3; do
    spread $n $energy --times 0:3:1 -o many.h5
    is "$n processes: exit code, and nothing on stdout" "$code $(wc -c <"$work/out")" '0 0'
    same_run "$n processes: the same run, with density matrices" energy.h5 many.h5
    is "$n processes: the accuracy is told once" "$(said)" "$(cat "$work/energy.err")"
    rm -f many.h5*
done
run $wall --times 0:4:2 -o wall.h5
spread 2 $wall --times 0:4:2 --threads 2 -o many.h5
same_run 'two threads each' wall.h5 many.h5
rm -f many.h5*
# more processes than pairs of sites
short="quench --left xx --right P=3 --initial domain-wall --length 4 --times 0,1"
run $short -o short.h5
spread 3 $short -o many.h5
same_run 'processes without a site' short.h5 many.h5
rm -f many.h5* short.h5*

# a thermal state, cooled by the first process, which is stopped at that
warm="quench --left xx --right P=4 --initial thermal --left-state T=1 --right-state T=2 --length 12 --times 0,1"
run $warm -o warm.h5
spread 2 $warm --wall-time 1e-9 -o many.h5
is 'stopped in the cooling' "$code $(contents | grep -o 'many[^ ]*')" '75 many.h5.checkpoint'
spread 3 $warm --resume -o many.h5
same_run 'and begun again by three' warm.h5 many.h5
rm -f many.h5* warm.h5*

# stopped, and gone on with by another number of processes, and by one
spread 3 $wall --times 0:2:1 -o many.h5
is 'an earlier end' "$code" 0
spread 2 $wall --times 0:2:1,4 --resume --max-truncation 6e-9 -o many.h5
is 'stopped by the discarded weight' "$code $(said | tail -n 1 | grep -o 'max-truncation is reached')" '75 max-truncation is reached'
spread 3 $wall --times 0:2:1,4 --resume -o many.h5
is 'gone on with to the end' "$code" 0
run $wall --times 0:2:1 -o one.h5
run $wall --times 0:2:1,4 --resume -o one.h5
same_rows 'the same rows' many.h5 one.h5
spread 2 $wall --times 0:2:1 -o half.h5
run $wall --times 0:2:1,4 --resume -o half.h5
same_rows 'one process goes on with what two began' half.h5 one.h5
rm -f many.h5* one.* half.h5*

# Signals: to one process of two, or to both as batch systems send them, write a checkpoint.
printf '#!/bin/sh\necho $$ >"%s/pid.${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-$PMIX_RANK}}"\nexec "$KAPITZA" "$@"\n' "$work" >"$work/note" && chmod +x "$work/note"
long="quench --left xx --right P=4 --initial domain-wall --length 40 --times 0:400:1 --chi 16 --cutoff 1e-6 -o long.h5"
# signalled SIGNAL RANK...: leaves code
signalled() {
    local signal=$1 rank
    shift
    rm -f "$work"/pid.* long.h5*
    "$KAPITZA_MPIRUN" -n 2 "$work/note" $long >"$work/out" 2>"$work/err" </dev/null &
    local launcher=$!
    # by then it evolves; an empty file would do for a run that is resumed, too
    await [ -s "$work/pid.0" ] && await [ -s "$work/pid.1" ]
    sleep 1
    for rank in "$@"; do kill -s "$signal" "$(cat "$work/pid.$rank")"; done
    wait $launcher
    code=$?
}
signalled USR1 0 1
is 'USR1 to both: stopped in time' "$code $([ -s long.h5.checkpoint ] && echo checkpoint)" '75 checkpoint'
signalled TERM 1
is 'TERM to the second: all stop' "$code $([ -s long.h5.checkpoint ] && echo checkpoint)" '143 checkpoint'
is 'said once' "$(said | grep -c 'go on with --resume')" 1
rm -f long.h5*

# failures: of one process, of the first, of none
is 'the long run is gone' "$(contents)" 'energy.h5 energy.h5.checkpoint wall.h5 wall.h5.checkpoint '
rm -f energy.h5* wall.h5*
one="quench --left xx --right P=4 --initial energy --length 12 --times 0,1 --chi 1 -o x.h5"
run $one
said | sed 's/sites .* would/sites would/' >"$work/one.err"
spread 2 $one
is 'too small a bond dimension' "$code $(said | wc -l)" '3 1'
is 'for the same reason' "$(said | sed 's/process 1: //; s/sites .* would/sites would/')" "$(cat "$work/one.err")"
rm -f x.h5*
spread 2 quench --left xx --right P=4 --initial energy --times 0,1 --length 8 --correlations -o x.h5
is 'two-point functions are refused' "$code $(said | grep -c -- '--correlations: is for one process')" '2 1'
same 2 2 quench --left xx --right P=4 --initial energy --times 0,1 --length 7 -o x.h5
same 3 4 quench --left xx --right P=4 --initial energy --times 0,1 -o none/x.h5
same 2 2 quench
same 2 0 quench --help
same 3 0 quench --left xx --right xx --initial energy --length 12 --times 0,1 --method fermion -o fermion.h5 --overwrite
is 'nothing else is left' "$(contents)" 'fermion.h5 '
finish
