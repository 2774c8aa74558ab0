/* kapitza: everything in one header. */
#ifndef KAPITZA_KAPITZA_H
#define KAPITZA_KAPITZA_H

#include <kapitza/cone.h>
#include <kapitza/dressing.h>
#include <kapitza/effective.h>
#include <kapitza/extrapolate.h>
#include <kapitza/fermion.h>
#include <kapitza/fluctuations.h>
#include <kapitza/ghd.h>
#include <kapitza/junction.h>
#include <kapitza/overlay.h>
#include <kapitza/propagate.h>
#include <kapitza/relax.h>
#include <kapitza/run.h>
#include <kapitza/state.h>
#include <kapitza/status.h>
#include <kapitza/table.h>
#include <kapitza/tba.h>
#include <kapitza/team.h>
#include <kapitza/tebd.h>
#include <kapitza/thermal.h>
#include <kapitza/thermo.h>
#include <kapitza/version.h>

#endif
