#!/usr/bin/env bash
# kapitza quench and its files: two processes at one run, runs that are not overwritten, jobs that
# stop in time and start again, what a run says of its accuracy.
. "$(dirname "$0")/lib.sh"


wall=(quench --left xx --right P=4 --initial domain-wall --length 20 --threads 1)

# Runs that exist.
run "${wall[@]}" --times 0:4:1 -o whole.h5
exits 0 "a run"
matches "it says how good it is" "$(cat "$work/err")" \
    '^kapitza quench: accuracy: dt = 0.2, discarded weight .*, drift of the energy .*, of S\^z .*, error of the step .*, bound of the truncation error '
refused 2 'whole.h5 holds a finished run: --resume it to later times, or --overwrite it' \
    "${wall[@]}" --times 0:4:1 -o whole.h5
run quench --resume --quiet -o whole.h5
exits 0 "a finished run has nothing left to do"
is "nor to say" "$(cat "$work/err")" ''
echo letter >letter.h5
refused 2 'letter.h5 exists: --overwrite it' "${wall[@]}" --times 0:4:1 -o letter.h5
is "it is as it was" "$(cat letter.h5)" letter
run "${wall[@]}" --times 0:4:1 --overwrite --quiet -o letter.h5
same_rows "overwritten" whole.h5 letter.h5

# No other command replaces a run or its checkpoint.
sum=$(cat whole.h5 whole.h5.checkpoint | cksum)
ln -s whole.h5 link.h5
for name in whole.h5 ./whole.h5 link.h5; do
    refused 4 "$name: holds a run: remove it first" thermo --chain xx --beta 1 -o $name
done
refused 4 'whole.h5.checkpoint: holds the checkpoint of a run: remove it first' \
    profile --chain xx --left-state up --right-state down --rays 0 -o whole.h5.checkpoint
refused 4 'whole.h5: holds a run' table --chain xx --beta 0:1:1 --mu 0:1:1 -o whole.h5
refused 4 'whole.h5: holds a run' cone letter.h5 -o whole.h5
is "they are as they were" "$(cat whole.h5 whole.h5.checkpoint | cksum)" "$sum"

# Stopped in time, and on with the file alone.
run "${wall[@]}" --times 0:4:1 --resume --wall-time 1e-7 -o part.h5
exits 75 "--resume begins where there is nothing"
refused 2 'part.h5.checkpoint holds an unfinished run: go on with --resume, or --overwrite it' \
    "${wall[@]}" --times 0:4:1 -o part.h5
run quench --resume -o part.h5 --threads 1
exits 0 "--resume goes on with the list of the checkpoint"
same_rows "to the same numbers" whole.h5 part.h5
run "${wall[@]}" --times 0:4:1 --wall-time 1e-7 --overwrite -o part.h5
exits 75 "a new run in its place"
run "${wall[@]}" --times 0:4:1 --overwrite --quiet -o part.h5
exits 0 "an unfinished one is overwritten too"
same_rows "with the same numbers" whole.h5 part.h5

# The discarded weight.
run "${wall[@]}" --times 0:8:1 --chi 4 --quiet -o crude.h5
exits 0 "a crude run"
matches "is warned of, although quiet" "$(cat "$work/err")" 'warning: more than 0.001: discarded weight'
run "${wall[@]}" --times 0:8:1 --chi 4 --max-truncation 1e-3 -o limit.h5
exits 75 "--max-truncation stops"
matches "and says so" "$(cat "$work/err")" 'stopped before t = [1-7], --max-truncation is reached, go on'
refused 2 '--max-truncation: a weight of .* is discarded already' quench --resume --max-truncation 1e-3 -o limit.h5
run quench --resume --quiet --threads 1 -o limit.h5
exits 0 "it goes on without"
same_rows "to the numbers of the crude one" crude.h5 limit.h5

# Two processes.
"$KAPITZA" quench --left xx --right P=4 --initial energy --length 400 --times 0 --progress -o two.h5 2>"$work/err" &
process=$!
await test -s two.h5.lock
is "the lock tells whose it is" "$(cat two.h5.lock)" "$process $(uname -n)"
refused 4 "two.h5: process $process on $(uname -n) is working on it" "${wall[@]}" --times 0 -o two.h5
refused 4 "process $process on" "${wall[@]}" --times 0 --resume -o two.h5
kill -KILL $process
wait $process 2>/dev/null
is "what a killed run leaves" "$(ls two*)" two.h5.lock
echo rubbish >two.h5.kapitza.tmp
echo rubbish >two.h5.checkpoint.kapitza.tmp
run "${wall[@]}" --times 0 -o two.h5
exits 0 "the lock of the dead does not count"
is "nothing of it is left" "$(ls two* | tr '\n' ' ')" 'two.h5 two.h5.checkpoint '

# A job that submits itself again: scontrol counts, until the run is done.
job=${KAPITZA_PLOTS%/plots}/docs/slurm/kapitza-quench.sbatch
mkdir bin
ln -s "$KAPITZA" bin/kapitza
printf '#!/bin/sh\necho "$@" >>requeued\n' >bin/scontrol
chmod +x bin/scontrol
submit() {
    PATH=$PWD/bin:$PATH SLURM_JOB_ID=17 SLURM_CPUS_PER_TASK=1 INITIAL=domain-wall LENGTH=20 TIMES=0:4:1 \
        OPTIONS=$1 OUT=job.h5 bash "$job" >"$work/out" 2>"$work/err"
    code=$?
}
if [ -f "$job" ]; then
    for _ in 1 2 3; do submit '--wall-time 1e-7'; done
    is "each job asks for the next" "$(cat requeued)" "$(printf 'requeue 17\n%.0s' 1 2 3)"
    submit ''
    exits 0 "the last one"
    is "asks for none" "$(wc -l <requeued)" 3
    same_rows "and has the numbers of a single run" whole.h5 job.h5
    submit '--length 30'
    exits 2 "a mistake is not repeated"
else
    not_ok "a job that submits itself again" "no $job"
fi
finish
