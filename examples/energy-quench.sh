#!/bin/sh -e
# A hot XX half meets a cold XXZ half: TEBD, the Ohmic junction at three R, and (dashed) either
# half beside its own like.  Longer times need a larger --chi.
${KAPITZA:-kapitza} quench --left xx --right gamma=pi/4 --initial energy \
    --length ${TOY:-64} --chi ${TOY:-150} --times 0:${TOY:-16}:${TOY:-4} -o energy-quench.h5 --overwrite
${KAPITZA:-kapitza} overlay energy-quench.h5 --quantity energy_current --resistance 0,10,100 \
    --homogeneous -o energy-quench
