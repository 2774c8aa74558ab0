#!/bin/sh -e
# One XXZ chain, hot on the left and cold on the right: TEBD of its purification, with the GHD line.
${KAPITZA:-kapitza} quench --left gamma=pi/4 --right gamma=pi/4 --initial thermal \
    --left-state T=1 --right-state T=0.5 --length ${TOY:-48} --cutoff 1e-7 \
    --times 0,${TOY:-4,7} -o two-temperatures.h5 --overwrite
${KAPITZA:-kapitza} overlay two-temperatures.h5 --quantity energy_current -o two-temperatures
