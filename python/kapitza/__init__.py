"""kapitza: ballistic spin chains and the junctions between them, from Python.

    >>> import kapitza
    >>> kapitza.thermo("gamma=pi/4", temperature=[0.5, 1.0]).energy
    >>> kapitza.junction([0, 10, 100]).energy_current

numpy only; the work is done by the C library, with its error bounds.  hbar = k_B = J = 1.
"""

from ._build import VERSION as __version__
from .counting import cumulants, fluctuations
from .errors import Cancelled, InvalidArgument, IOFailure, KapitzaError, ToleranceWarning
from .ghd import Junction, junction, profile, propagate, thermo
from .relaxation import Relaxation, relax
from .runs import Run
from .states import ceiling, chain, delta, down, energy_band, ground, state, thermal, up
from .tables import Table, invert

__all__ = [
    "Cancelled",
    "IOFailure",
    "InvalidArgument",
    "Junction",
    "KapitzaError",
    "Relaxation",
    "Run",
    "Table",
    "ToleranceWarning",
    "ceiling",
    "chain",
    "cumulants",
    "delta",
    "down",
    "energy_band",
    "fluctuations",
    "ground",
    "invert",
    "junction",
    "profile",
    "propagate",
    "relax",
    "state",
    "thermal",
    "thermo",
    "up",
]
