#!/usr/bin/env bash
# Signals while something hangs: a second one ends the program in any case.
. "$(dirname "$0")/lib.sh"

# A file system that hangs: fsync() never returns, or open() for writing.
cat >"$work/hang.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int fsync(int descriptor);
static void hang(const char *place)
{
    const char *wanted = getenv("HANG");
    if (!wanted || strcmp(wanted, place) != 0) return;
    (void)!write(9, "h", 1);
    for (;;) (void)pause();
}
int fsync(int descriptor)
{
    hang("fsync");
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(descriptor);
}
int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
    va_end(arguments);
    int descriptor = ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
    if (flags & O_CREAT && strstr(path, ".tmp")) hang("open");
    return descriptor;
}
END
"${CC:-cc}" -shared -fPIC -o "$work/hang.so" "$work/hang.c" -ldl || echo "Bail out! no compiler"
mkfifo "$work/hangs" && exec 9<>"$work/hangs"

# hung PLACE WORDS...: starts the program and waits until it hangs
hung() {
    local place=$1
    shift
    env --default-signal=TERM,INT HANG="$place" LD_PRELOAD="$work/hang.so" \
        ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS} \
        "$KAPITZA" "$@" >"$work/out" 2>"$work/err" </dev/null &
    process=$!
    read -r -n 1 -t 60 <&9
}
# ends CODE NAME: the process is gone within five seconds, with this code
ends() {
    for _ in $(seq 50); do
        kill -0 $process 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL $process 2>/dev/null
    wait $process 2>/dev/null
    is "$2" "$?" "$1"
}
lives() {
    sleep 0.7
    kill -0 $process 2>/dev/null && ok "$1" || not_ok "$1"
}

hung fsync thermo --chain xx --beta 1 -o x.tsv
kill -TERM $process
ends 143 'one is enough where nothing must be kept'
is 'and leaves no file' "$(contents)" ''

hung open thermo --chain xx --beta 1 -o x.tsv
kill -TERM $process
lives 'a file that is being made holds it back'
kill -INT $process
ends 130 'not a second one'
rm -f ./*

run quench --left xx --right xx --initial domain-wall --length 8 --times 0:2:1 -o run.h5
exits 0 'a run'
hung fsync quench --resume --times 0:9:1 -o run.h5
kill -TERM $process
kill -TERM $process
lives 'two at once are one: the run waits for its checkpoint'
kill -TERM $process
ends 143 'later a second one ends it'
is 'without a temporary file' "$(contents)" 'run.h5 run.h5.checkpoint '
run quench --resume --times 0:9:1 -o run.h5
exits 0 'and the run goes on'

finish
