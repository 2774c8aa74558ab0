#!/bin/sh -e
# A long run in pieces: what is stopped, here by an interrupt, goes on from its checkpoint.
kapitza=${KAPITZA:-kapitza} last=${TOY:-20} step=${TOY:-5}
set -- --left xx --right gamma=pi/4 --initial domain-wall --length 60 --chi 64 -o resume.h5
timeout --signal=INT ${TOY:-4} $kapitza quench "$@" --times 0:$last:$step --overwrite || echo "stopped"
$kapitza quench "$@" --times 0:$last:$step --resume
$kapitza quench "$@" --times 0:$((last + step)):$step --resume # and later times
$kapitza overlay resume.h5 --homogeneous -o resume
