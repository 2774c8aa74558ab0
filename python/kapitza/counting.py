"""Full counting statistics of the charge that crosses the junction of a bipartition."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _library as _l
from ._library import Progress, Work, c, lib
from .errors import InvalidArgument
from .ghd import _doubles, _missed, _records, _structures
from .states import ChainLike, StateLike, chain as _chain, state as _state

_CHARGES = {"energy": 0, "spin": 1}
_METHODS = {"transport": lib.kz_fluctuations, "flow": lib.kz_fluctuations_flow}
_FLUCTUATION = (("lambda", "lambda"), ("F", "generating"), ("err", "err"), ("current", "current"))


def _charge(name: str) -> int:
    if name not in _CHARGES:
        raise InvalidArgument(f'charge "{str(name)[:40]}" is unknown (accepted: "energy", "spin")')
    return _CHARGES[name]


def _method(name: str) -> Any:
    if name not in _METHODS:
        known = '"transport", "flow"'
        raise InvalidArgument(f'method "{str(name)[:40]}" is unknown (accepted: {known})')
    return _METHODS[name]


def fluctuations(
    chain: ChainLike,
    left_state: StateLike,
    right_state: StateLike,
    charge: str,
    counting: Any,
    *,
    method: str = "transport",
    tol: float = 1e-10,
    progress: Progress = None,
) -> np.recarray:
    """F(lambda) = lim ln<exp(lambda Q)>/t of the charge Q that crosses the junction in the time t.

    charge: "energy" or "spin", positive to the right; counting: the values of lambda.  Columns
    lambda (a keyword: r["lambda"]) F err current, in the shape of counting; current = dF/dlambda.
    method: "transport", or "flow" of biased states (|Delta| < 1), which differs where zeros of the
    velocities move.
    """
    solver = _method(method)
    it, left, right, what = _chain(chain), _state(left_state), _state(right_state), _charge(charge)
    values, pointer = _doubles(counting)
    found = (_l.Fluctuation * max(values.size, 1))()

    def solve(work: Work) -> int:
        status = solver(
            found, None, it, c.byref(left), c.byref(right), what, pointer, values.size,
            c.byref(work.options),
        )  # fmt: skip
        return _missed(status, [p.status for p in found[: values.size]], "point")

    missed = Work(tol, 1, progress).run(solve)
    out = _records([name for name, _ in _FLUCTUATION], values.shape)
    for name, member in _FLUCTUATION:
        out[name] = _structures(found)[member][: values.size].reshape(values.shape)
    _l.warn_of_tolerance(missed, values.size)
    return out


def cumulants(
    chain: ChainLike,
    left_state: StateLike,
    right_state: StateLike,
    charge: str,
    *,
    method: str = "transport",
    tol: float = 1e-10,
    progress: Progress = None,
) -> np.recarray:
    """lim <Q^k>_c/t, k = 1 ... 4, of the same charge: the derivatives of F at 0.

    Four rows, columns order value err; err bounds |error|.  tol is asked of the values of F that
    they are made from.  method: as for fluctuations(); the fourth of "flow" is the mean of both
    sides of lambda = 0, and half their difference part of its err.
    """
    solver = _method(method)
    it, left, right, what = _chain(chain), _state(left_state), _state(right_state), _charge(charge)
    found, no_points = _l.Cumulants(), (_l.Fluctuation * 1)()

    def solve(work: Work) -> None:
        _l.check(
            solver(
                no_points, c.byref(found), it, c.byref(left), c.byref(right), what,
                c.byref(c.c_double()), 0, c.byref(work.options),
            )  # fmt: skip
        )

    Work(tol, 1, progress).run(solve)
    out = _records(("order", "value", "err"), (4,))
    out["order"], out["value"], out["err"] = np.arange(1.0, 5.0), found.value[:], found.err[:]
    return out
