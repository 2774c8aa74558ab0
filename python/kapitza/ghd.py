"""Equilibrium, bipartitions, junctions and initial profiles.

Every function takes numbers or arrays and returns a record array with the columns of the command
of the same name: ``r.energy``, ``r["energy"]``, ``r.err``.  ``err`` bounds |error|/max(1, |value|)
over the row.  hbar = k_B = J = 1.
"""

from __future__ import annotations

import math
from typing import Any, Optional, Sequence, Union

import numpy as np

from . import _library as _l
from ._library import Progress, Work, c, lib
from .errors import InvalidArgument
from .states import ChainLike, StateLike, chain as _chain, ground, ceiling, state as _state, thermal

LawLike = Union[str, tuple[Any, Any]]

_FLOAT = np.dtype(float)


def _records(names: Sequence[str], shape: tuple[int, ...]) -> np.recarray:
    return np.recarray(shape, dtype=[(name, _FLOAT) for name in names])


def _doubles(values: Any) -> tuple[np.ndarray, Any]:
    array = np.asarray(values, dtype=float, order="C")  # ascontiguousarray() gives numbers an axis
    return array, array.ctypes.data_as(c.POINTER(c.c_double))


def _structures(buffer: Any) -> np.ndarray:
    """A C array of structures as a structured array, without a copy."""
    return np.frombuffer(buffer, dtype=np.dtype(buffer._type_))


def _missed(status: int, failed: Sequence[int], what: str) -> int:
    """The number of rows that miss the tolerance.  Cancelled or refused as a whole: raises; so does
    the first row that has no numbers."""
    bad = [i for i, s in enumerate(failed) if s not in (_l.OK, _l.ETOL)]
    if status not in (_l.OK, _l.ETOL) and (status == _l.ECANCELLED or not bad):
        _l.check(status)
    if bad:
        reason = lib.kz_error_reason().decode(errors="replace")
        raise _l.failure(int(failed[bad[0]]), f"{what} {bad[0]}: {reason}")
    return sum(1 for s in failed if s == _l.ETOL)


# -- equilibrium -----------------------------------------------------------------------------------

_THERMO = (
    "beta", "mu", "lnZ", "free_energy", "energy", "magnetization", "entropy", "heat_capacity",
    "susceptibility", "drude_spin", "drude_energy", "err", "energy_beta", "magnetization_beta",
    "drude_cross", "energy_noise", "spin_noise",
)  # fmt: skip


def _states_of(
    state: Any, beta: Any, temperature: Any, mu: Any, field: Any
) -> tuple[list[_l.State], tuple[int, ...]]:
    given = [x is not None for x in (state, beta, temperature)]
    if sum(given) != 1:
        raise InvalidArgument("give exactly one of state, beta and temperature")
    if mu is not None and field is not None:
        raise InvalidArgument("give mu or field, not both")
    if state is not None:
        if mu is not None or field is not None:
            raise InvalidArgument("mu and field go with beta or temperature")
        if isinstance(state, (list, tuple)):
            return [_state(s) for s in state], (len(state),)
        return [_state(state)], ()
    if temperature is not None:
        hot = np.asarray(temperature, dtype=float)
        if np.any(hot == 0):
            raise InvalidArgument("temperature 0 is not accepted: take beta=inf or beta=-inf")
        beta = 1.0 / hot

    def make(b: float, m: float) -> _l.State:
        if not math.isinf(b):
            return thermal(b, b * m if field is not None else m)
        if m == 0:
            return ground() if b > 0 else ceiling()
        if field is not None and b > 0:
            return ground(m)
        raise InvalidArgument("beta = inf or -inf takes no mu, -inf no field")

    other = field if field is not None else 0.0 if mu is None else mu
    b, m = np.broadcast_arrays(np.asarray(beta, dtype=float), np.asarray(other, dtype=float))
    return [make(x, y) for x, y in zip(b.flat, m.flat)], b.shape


_DIFFUSION = ("spin_diffusion", "spin_onsager")
_DIFFUSION_TOL = 1e-12  # the least that is accepted


def _add_diffusion(rows: Any, i: int, chain: _l.Chain, state: _l.State, tol: float) -> bool:
    """Whether the numbers of row i miss the tolerance."""
    found = _l.SpinDiffusion()
    status = lib.kz_spin_diffusion_compute(
        c.byref(found), chain, c.byref(state), max(tol, _DIFFUSION_TOL)
    )
    _l.check(status, keeps=(_l.ETOL,))
    rows["spin_diffusion"][i], rows["spin_onsager"][i] = found.diffusion, found.onsager
    rows["err"][i] = max(rows["err"][i], found.err)
    return not found.err <= tol


def thermo(
    chain: ChainLike,
    state: Union[StateLike, Sequence[StateLike], None] = None,
    *,
    beta: Any = None,
    temperature: Any = None,
    mu: Any = None,
    field: Any = None,
    diffusion: bool = False,
    tol: float = 1e-10,
    progress: Progress = None,
) -> np.recarray:
    """Thermodynamics per site of thermal and other stationary states.

    beta or temperature, and mu or field (mu = beta h), broadcast against each other; the result
    has their shape.  Columns as those of ``kapitza thermo``, and energy_beta = de/dbeta at fixed
    mu, magnetization_beta, drude_cross.  diffusion=True adds spin_diffusion and spin_onsager, which
    take far longer than the rest.
    """
    it = _chain(chain)
    states, shape = _states_of(state, beta, temperature, mu, field)
    out = _records(_THERMO + (_DIFFUSION if diffusion else ()), shape)

    def compute(work: Work) -> int:
        one, missed = _l.Thermo(), 0
        rows = out.reshape(-1)
        for i, s in enumerate(states):
            work.step(i, len(states))
            status = lib.kz_thermo_compute(c.byref(one), it, c.byref(s), tol)
            misses = _l.check(status, keeps=(_l.ETOL,)) == _l.ETOL
            for name in _THERMO:
                rows[name][i] = getattr(one, "ln_z" if name == "lnZ" else name)
            if diffusion:
                misses = _add_diffusion(rows, i, it, s, tol) or misses
            missed += misses
        return missed

    _l.warn_of_tolerance(Work(tol, 1, progress).run(compute), len(states))
    return out


# -- bipartitions ----------------------------------------------------------------------------------

_RAY = ("zeta", "energy", "energy_current", "magnetization", "spin_current", "err")


def profile(
    chain: ChainLike,
    left_state: StateLike,
    right_state: StateLike,
    rays: Any,
    *,
    tol: float = 1e-10,
    threads: int = 1,
    progress: Progress = None,
) -> np.recarray:
    """Stationary state on the rays zeta = x/t of two half-infinite states joined at t = 0.

    Columns zeta energy energy_current magnetization spin_current err energy_noise spin_noise, in
    the shape of rays; currents are positive to the right, the noise through the junction is that of
    zeta = 0 and nan elsewhere.
    """
    it, left, right = _chain(chain), _state(left_state), _state(right_state)
    zeta, pointer = _doubles(rays)
    out, noise = _records(_RAY + ("energy_noise", "spin_noise"), zeta.shape), _l.Noise()
    found = (_l.Ray * max(zeta.size, 1))()

    def solve(work: Work) -> int:
        handle = _l.Handle("kz_bipartition_free")
        _l.check(
            lib.kz_bipartition_create(
                c.byref(handle.pointer), it, c.byref(left), c.byref(right), c.byref(work.options)
            )
        )
        status = lib.kz_bipartition_rays(
            found, handle.pointer, pointer, zeta.size, c.byref(work.options)
        )
        missed = _missed(status, [r.status for r in found[: zeta.size]], "ray")
        if np.any(zeta == 0):
            status = lib.kz_bipartition_noise(c.byref(noise), handle.pointer, tol)
            if _l.check(status, keeps=(_l.ETOL,)) == _l.ETOL:
                missed = max(missed, 1)
        return missed

    missed = Work(tol, threads, progress).run(solve)
    rows = _structures(found)[: zeta.size]
    for name in _RAY:
        out[name] = rows[name].reshape(zeta.shape)
    centre = zeta == 0
    out["energy_noise"] = np.where(centre, noise.energy, np.nan)
    out["spin_noise"] = np.where(centre, noise.spin, np.nan)
    out["err"] = np.where(centre, np.maximum(out["err"], noise.err), out["err"])
    _l.warn_of_tolerance(missed, zeta.size)
    return out


# -- junctions -------------------------------------------------------------------------------------

_POINT = (
    ("R", "resistance"), ("T_minus", "t_minus"), ("T_plus", "t_plus"),
    ("beta_minus", "beta_minus"), ("beta_plus", "beta_plus"),
    ("energy_current", "energy_current"), ("energy_left", "energy_left"),
    ("energy_right", "energy_right"), ("err", "err"), ("spin_resistance", "spin_resistance"),
    ("mu_minus", "mu_minus"), ("mu_plus", "mu_plus"), ("spin_current", "spin_current"),
    ("magnetization_left", "magnetization_left"), ("magnetization_right", "magnetization_right"),
    ("entropy_production", "entropy_production"),
)  # fmt: skip


class Junction:
    """Two halves joined by an Ohmic junction; the defaults are the paper's.

    law: "fourier", J = (T- - T+)/R; "beta", J = (beta+ - beta-)/R; or a pair of arrays
    (T, kappa(T)/kappa0).  With spin=True the junction carries spin too and takes any reservoirs;
    cross is the off-diagonal element of its resistance matrix (law "beta").
    """

    def __init__(
        self,
        left: ChainLike = "xx",
        right: ChainLike = "gamma=pi/4",
        left_state: StateLike = "ceiling",
        right_state: StateLike = "ground",
        *,
        law: LawLike = "fourier",
        spin: bool = False,
        cross: float = 0.0,
        tol: float = 1e-10,
        progress: Progress = None,
    ) -> None:
        params = lib.kz_junction_params_default()
        params.left, params.right = _chain(left), _chain(right)
        params.left_state, params.right_state = _state(left_state), _state(right_state)
        params.carry, params.cross = int(spin), cross
        if isinstance(law, str):
            if law not in ("fourier", "beta"):
                raise InvalidArgument(
                    f'law "{law[:40]}" is unknown (accepted: "fourier", "beta", '
                    "or arrays (T, kappa))"
                )
            params.law = lib.kz_law_beta() if law == "beta" else lib.kz_law_fourier()
        else:
            (t, pt), (k, pk) = _doubles(law[0]), _doubles(law[1])
            if t.ndim != 1 or t.shape != k.shape:
                raise InvalidArgument("law: T and kappa are two arrays of one length")
            self._table = t, k  # which the C object may borrow
            params.law = lib.kz_law_table(pt, pk, t.size)
        self.spin = spin
        self._handle = _l.Handle("kz_junction_free")

        def create(work: Work) -> None:
            pointer, options = self._handle.pointer, work.options
            _l.check(lib.kz_junction_create(c.byref(pointer), c.byref(params), c.byref(options)))

        self._work = Work(tol, 1, progress)  # the C object keeps its options
        self._work.run(create)

    def _point(self, r: float, rm: float) -> tuple[_l.JunctionPoint, bool]:
        point = _l.JunctionPoint()
        if self.spin:
            status = lib.kz_junction_solve_pair(c.byref(point), self._handle.pointer, r, rm)
        else:
            status = lib.kz_junction_solve(c.byref(point), self._handle.pointer, r)
        return point, _l.check(status, keeps=(_l.ETOL,)) == _l.ETOL

    def _resistances(self, resistance: Any, spin_resistance: Any) -> tuple[np.ndarray, np.ndarray]:
        if self.spin == (spin_resistance is None):
            raise InvalidArgument("spin_resistance is for, and needed by, a junction with spin=True")
        other = 0.0 if spin_resistance is None else spin_resistance
        r, rm = np.broadcast_arrays(np.asarray(resistance, float), np.asarray(other, float))
        return r, rm

    def solve(self, resistance: Any, spin_resistance: Any = None) -> np.recarray:
        """Temperatures, fields and currents at each R (and R_M, broadcast), inf allowed.

        Columns as those of ``kapitza junction``.
        """
        r, rm = self._resistances(resistance, spin_resistance)
        out = _records([name for name, _ in _POINT], r.shape)

        def compute(work: Work) -> int:
            missed, rows = 0, out.reshape(-1)
            for i, (a, b) in enumerate(zip(r.flat, rm.flat)):
                work.step(i, r.size)
                point, misses = self._point(a, b)
                missed += misses
                for name, member in _POINT:
                    rows[name][i] = getattr(point, member)
            return missed

        _l.warn_of_tolerance(self._work.run(compute), r.size)
        return out

    def profile(self, rays: Any, resistance: float, spin_resistance: Any = None) -> np.recarray:
        """Both halves on the rays zeta = x/t, in ascending order, at one R.

        zeta = 0 gives two rows: first 0- (side 0), then 0+ (side 1).  Columns zeta energy
        energy_current magnetization spin_current err side.
        """
        r, rm = self._resistances(resistance, spin_resistance)
        if r.ndim:
            raise InvalidArgument("profile: one resistance is accepted")
        zeta = np.sort(np.asarray(rays, dtype=float).reshape(-1))
        halves = [zeta[zeta <= 0], zeta[zeta >= 0]]
        out = _records(_RAY + ("side",), (halves[0].size + halves[1].size,))

        def compute(work: Work) -> int:
            point, _ = self._point(float(r), float(rm))
            missed, at = 0, 0
            for side, part in enumerate(halves):
                work.step(side, 2)
                values, pointer = _doubles(part)
                found = (_l.Ray * max(part.size, 1))()
                status = lib.kz_junction_rays(
                    found, self._handle.pointer, c.byref(point), side, pointer, part.size
                )
                missed += _missed(status, [ray.status for ray in found[: part.size]], "ray")
                rows = out[at : at + part.size]
                for name in _RAY:
                    rows[name] = _structures(found)[name][: part.size]
                rows["side"] = side
                at += part.size
            return missed

        missed = self._work.run(compute)
        _l.warn_of_tolerance(missed, out.size)
        return out


def junction(resistance: Any, spin_resistance: Any = None, **settings: Any) -> np.recarray:
    """Junction(**settings).solve(resistance, spin_resistance); spin follows from the latter."""
    return Junction(spin=spin_resistance is not None, **settings).solve(resistance, spin_resistance)


# -- any initial profile ---------------------------------------------------------------------------

_PROPAGATION = (
    "t", "x", "energy", "energy_current", "magnetization", "spin_current", "entropy", "err",
)  # fmt: skip


def propagate(
    chain: ChainLike,
    x: Any,
    beta: Any,
    mu: Any = 0.0,
    *,
    times: Any,
    positions: Any,
    tol: float = 1e-10,
    threads: int = 1,
    progress: Progress = None,
) -> np.recarray:
    """One chain from the thermal initial profile beta(x), mu(x), by generalized hydrodynamics.

    x ascends; an x that stands twice is a jump; smooth between jumps, constant beyond.  times and
    positions broadcast against each other.  Columns t x energy energy_current magnetization
    spin_current entropy err.
    """
    it = _chain(chain)
    profile = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (x, beta, mu)))
    if profile[0].ndim != 1:
        raise InvalidArgument("x, beta and mu are arrays of one dimension")
    (px, ax), (pb, ab), (pm, am) = (_doubles(v) for v in profile)
    t, at = np.broadcast_arrays(np.asarray(times, float), np.asarray(positions, float))
    (tv, tp), (xv, xp) = _doubles(t.reshape(-1)), _doubles(at.reshape(-1))
    out = _records(_PROPAGATION, t.shape)
    found = (_l.PropagationPoint * max(t.size, 1))()

    def compute(work: Work) -> int:
        handle = _l.Handle("kz_propagation_free")
        options = c.byref(work.options)
        _l.check(
            lib.kz_propagation_create(c.byref(handle.pointer), it, ax, ab, am, px.size, options)
        )
        status = lib.kz_propagation_points(found, handle.pointer, xp, tp, t.size, options)
        return _missed(status, [p.status for p in found[: t.size]], "point")

    missed = Work(tol, threads, progress).run(compute)
    for name in _PROPAGATION:
        out[name] = _structures(found)[name][: t.size].reshape(t.shape)
    _l.warn_of_tolerance(missed, t.size)
    return out
