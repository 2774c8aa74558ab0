#!/bin/sh -e
# The domain wall of one XXZ chain melts into a profile with a closed form: TEBD against it.
${KAPITZA:-kapitza} quench --left gamma=pi/3 --right gamma=pi/3 --initial domain-wall \
    --length ${TOY:-80} --chi 100 --times 0:${TOY:-30}:${TOY:-10} -o domain-wall.h5 --overwrite
${KAPITZA:-kapitza} overlay domain-wall.h5 --quantity magnetization -o domain-wall
grep '^# deviation quantity=magnetization' domain-wall.tsv # how far they are apart
