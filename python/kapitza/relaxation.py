"""The junction in time: a piece that conducts heat, and the halves beside it."""

from __future__ import annotations

from typing import Any, Callable, Union

import numpy as np

from . import _library as _l
from ._library import Progress, Work, c, lib
from .errors import InvalidArgument
from .ghd import _POINT, _doubles, _missed, _records, _structures
from .states import ChainLike, StateLike, chain as _chain, state as _state

CurveLike = Union[float, tuple[Any, Any]]

_LAWS = {"fourier": 0, "beta": 1}
_PROFILE, _LEADS = 1, 2  # of kz_relax_run()

_TIMES = (
    ("t", "t"), ("T_minus", "t_minus"), ("T_plus", "t_plus"), ("current_left", "current_left"),
    ("current_right", "current_right"), ("energy", "energy"), ("err", "err"),
    ("beta_minus", "beta_minus"), ("beta_plus", "beta_plus"), ("heat_left", "heat_left"),
    ("heat_right", "heat_right"), ("balance", "balance"), ("rate", "rate"),
)  # fmt: skip


def _pair(of: Any, name: str, kept: list[np.ndarray]) -> tuple[Any, Any, int]:
    """Pointers to two arrays, which live as long as `kept`."""
    (x, px), (y, py) = _doubles(of[0]), _doubles(of[1])
    if x.ndim != 1 or x.shape != y.shape or x.size < 2:
        raise InvalidArgument(f"{name}: two arrays of one length, at least 2")
    kept += [x, y]
    return px, py, x.size


def _curve(of: CurveLike, name: str, kept: list[np.ndarray]) -> _l.RelaxCurve:
    if np.ndim(of) == 0:
        return _l.RelaxCurve(float(of), None, None, 0)  # type: ignore[arg-type]
    return _l.RelaxCurve(0.0, *_pair(of, name, kept))


def _inverse(temperature: Any) -> np.ndarray:
    T = np.asarray(temperature, dtype=float)
    if np.any(T == 0):
        raise InvalidArgument("initial: temperature 0 is not accepted")
    return 1.0 / T


class Relaxation:
    """A junction of `length` sites that conducts heat between two halves; these are the paper's.

    conductivity, capacity: numbers, or pairs of arrays (T, value), linear between the points; with
    law="beta" the numbers kappa_beta and C.  initial: the temperature at t = 0, or a pair of arrays
    (x, T) from -length/2 to length/2, smooth between the points.
    """

    def __init__(
        self,
        left: ChainLike = "xx",
        right: ChainLike = "gamma=pi/4",
        left_state: StateLike = "ceiling",
        right_state: StateLike = "ground",
        *,
        length: float,
        conductivity: CurveLike,
        capacity: CurveLike,
        initial: CurveLike,
        law: str = "fourier",
        tol: float = 1e-10,
        progress: Progress = None,
    ) -> None:
        if law not in _LAWS:
            raise InvalidArgument(
                f'law "{str(law)[:40]}" is unknown (accepted: "fourier", "beta"; a table of kappa '
                "is given as conductivity)"
            )
        kept: list[np.ndarray] = []  # until the C object has its copies
        params = _l.RelaxParams(
            _chain(left), _chain(right), _state(left_state), _state(right_state), _LAWS[law],
            length, _curve(capacity, "capacity", kept), _curve(conductivity, "conductivity", kept),
        )  # fmt: skip
        if np.ndim(initial) == 0:
            beta, params.initial_beta = _doubles(_inverse([initial]))
            params.initial_count = 1
            kept.append(beta)
        else:
            x, T = initial  # type: ignore[misc]
            params.initial_x, params.initial_beta, params.initial_count = _pair(
                (x, _inverse(T)), "initial", kept
            )
        self._handle = _l.Handle("kz_relax_free")
        self._by_beta = law == "beta"

        def create(work: Work) -> None:
            pointer, options = self._handle.pointer, work.options
            _l.check(lib.kz_relax_create(c.byref(pointer), c.byref(params), c.byref(options)))

        self._work = Work(tol, 1, progress)  # the C object keeps its options
        self._work.run(create)

    @property
    def steady(self) -> np.recarray:
        """The stationary state, one row with the columns of ``kapitza junction``."""
        point = lib.kz_relax_steady(self._handle.pointer).contents
        out = _records([name for name, _ in _POINT], ())
        for name, member in _POINT:
            out[name] = getattr(point, member)
        return out

    @property
    def steady_energy(self) -> float:
        """Energy that the junction holds in it; inf at infinite temperature."""
        return lib.kz_relax_steady_energy(self._handle.pointer)

    @property
    def linear_rate(self) -> float:
        """Slowest rate of the decay towards it, of the equations linearised there."""
        return lib.kz_relax_linear_rate(self._handle.pointer)

    def _run(self, times: Any, what: int, read: Callable[[Any, np.ndarray], int]) -> None:
        """To the times, none of which may fail; read(points, t) counts what misses `tol`."""
        t, pointer = _doubles(np.asarray(times, float).reshape(-1))
        found = (_l.RelaxPoint * max(t.size, 1))()

        def compute(_: Work) -> int:
            status = lib.kz_relax_run(found, self._handle.pointer, pointer, t.size, what)
            missed = _missed(status, [p.status for p in found[: t.size]], "time")
            return max(missed, read(found, t))

        _l.warn_of_tolerance(self._work.run(compute), t.size)

    def solve(self, times: Any) -> np.recarray:
        """Temperatures of the ends, currents and energy; columns as those of ``kapitza relax``."""
        out = _records([name for name, _ in _TIMES], np.shape(times))

        def read(found: Any, t: np.ndarray) -> int:
            for name, member in _TIMES:
                out[name] = _structures(found)[member][: t.size].reshape(out.shape)
            return 0

        self._run(times, 0, read)
        return out

    def profile(self, times: Any, positions: Any) -> np.recarray:
        """T(x, t) in the junction, in the shape of times, then of positions.

        Columns t x T err; r["T"], for r.T is the transposed array.
        """
        x, px = _doubles(np.asarray(positions, float).reshape(-1))
        out = _records(("t", "x", "T", "err"), np.shape(times) + np.shape(positions))

        def read(_: Any, t: np.ndarray) -> int:
            rows = out.reshape(t.size, x.size)
            for i in range(t.size):
                (beta, pb), (err, pe) = _doubles(np.empty(x.size)), _doubles(np.empty(x.size))
                _l.check(lib.kz_relax_profile(pb, pe, self._handle.pointer, i, px, x.size))
                with np.errstate(divide="ignore", invalid="ignore"):
                    T = 1.0 / np.abs(beta) * np.where(beta < 0, -1.0, 1.0)
                    err = np.where(np.isinf(T), np.inf, err * T**2) if self._by_beta else err
                    rows["T"][i], rows["err"][i] = T, err / np.maximum(1.0, np.abs(T))
                rows["t"][i], rows["x"][i] = t[i], x
            return int(np.count_nonzero(np.any(rows["err"] > self._work.options.tol, axis=1)))

        self._run(times, _PROFILE, read)
        return out

    def rays(self, times: Any, rays: Any) -> np.recarray:
        """Both halves on the rays zeta = d/t, in ascending order; d is the distance from the edge,
        negative on the left half.

        zeta = 0 gives two rows: first the left half (side 0), then the right one (side 1).  Columns
        t zeta energy energy_current err side; the shape of times, then one axis of rays.
        """
        zeta = np.sort(np.asarray(rays, dtype=float).reshape(-1))
        halves = [zeta[zeta <= 0], zeta[zeta >= 0]]
        names = ("zeta", "energy", "energy_current", "err")
        count = halves[0].size + halves[1].size
        out = _records(("t",) + names + ("side",), np.shape(times) + (count,))

        def read(_: Any, t: np.ndarray) -> int:
            rows, missed = out.reshape(t.size, count), 0
            for i in range(t.size):
                self._work.step(i, t.size)
                rows["t"][i] = t[i]
                missed += sum([self._half(rows[i], i, side, halves) for side in (0, 1)]) > 0
            return missed

        self._run(times, _LEADS, read)
        return out

    def _half(self, row: Any, i: int, side: int, halves: list[np.ndarray]) -> int:
        values, pointer = _doubles(halves[side])
        found = (_l.Ray * max(values.size, 1))()
        status = lib.kz_relax_rays(found, self._handle.pointer, i, side, pointer, values.size)
        part = row[halves[0].size :] if side else row[: values.size]
        for name in ("zeta", "energy", "energy_current", "err"):
            part[name] = _structures(found)[name][: values.size]
        part["side"] = side
        return _missed(status, [ray.status for ray in found[: values.size]], "ray")


def relax(times: Any, **settings: Any) -> np.recarray:
    """Relaxation(**settings).solve(times)."""
    return Relaxation(**settings).solve(times)
