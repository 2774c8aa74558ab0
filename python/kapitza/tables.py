"""Thermodynamic tables and their inversion: (beta, mu) from energy and magnetization."""

from __future__ import annotations

import os
from typing import Any, Optional, Union

import numpy as np

from . import _library as _l
from ._library import Progress, Work, c, lib
from .ghd import _doubles, _records, _structures
from .errors import InvalidArgument
from .states import ChainLike, chain as _chain, delta as _delta

_NODE = (
    "beta", "mu", "energy", "magnetization", "energy_beta", "energy_mu", "magnetization_beta",
    "magnetization_mu", "energy_beta_mu", "magnetization_beta_mu", "err",
)  # fmt: skip
_EVALUATED = _NODE[:8] + ("err",)
_INVERSE = ("energy", "magnetization", "beta", "mu", "err")


def _inverse(found: Any, shape: tuple[int, ...], n: int) -> np.recarray:
    kinds = [(name, float) for name in _INVERSE] + [("status", "U8")]
    out = np.recarray(shape, dtype=kinds)
    rows = _structures(found)[:n]
    for name in _INVERSE:
        out[name] = rows[name].reshape(shape)
    texts = [lib.kz_place_text(int(place)).decode() for place in rows["place"]]
    out["status"] = np.array(texts, dtype="U8").reshape(shape)
    return out


def _arguments(energy: Any, magnetization: Any) -> tuple[Any, ...]:
    if magnetization is None:
        e = np.asarray(energy, float)
        flat, pe = _doubles(e.reshape(-1))
        return e.shape, flat.size, flat, pe, None, None
    e, m = np.broadcast_arrays(np.asarray(energy, float), np.asarray(magnetization, float))
    flat, pe = _doubles(e.reshape(-1))
    other, pm = _doubles(m.reshape(-1))
    return e.shape, flat.size, flat, pe, other, pm


class Table:
    """Energy and magnetization on a grid of beta and mu or, energy_only, beta(e) at mu = 0 over
    the whole band."""

    def __init__(
        self,
        chain: ChainLike,
        beta: Any = None,
        mu: Any = None,
        *,
        energy_only: bool = False,
        tol: float = 1e-10,
        threads: int = 1,
        progress: Progress = None,
    ) -> None:
        it = _chain(chain)
        if energy_only and (beta is not None or mu is not None):
            raise InvalidArgument("energy_only takes neither beta nor mu")
        default = np.arange(-50, 51) / 10.0
        (b, pb), (m, pm) = (_doubles(default if v is None else v) for v in (beta, mu))
        if b.ndim != 1 or m.ndim != 1:
            raise InvalidArgument("beta and mu are arrays of one dimension")
        self._handle = _l.Handle("kz_table_free")

        def create(work: Work) -> int:
            out, options = c.byref(self._handle.pointer), c.byref(work.options)
            if energy_only:
                return _l.check(lib.kz_table_create_energy(out, it, options))
            status = lib.kz_table_create(out, it, pb, b.size, pm, m.size, options)
            return _l.check(status, keeps=(_l.ETOL,))

        status = Work(tol, threads, progress).run(create)
        _l.warn_of_tolerance(int(status == _l.ETOL), 1)

    @classmethod
    def read(cls, path: Union[str, os.PathLike[str]]) -> "Table":
        """A table that ``kapitza table`` or write() made."""
        out = cls.__new__(cls)
        out._handle = _l.Handle("kz_table_free")
        _l.check(lib.kz_table_read(c.byref(out._handle.pointer), os.fsencode(path)))
        return out

    def write(self, path: Union[str, os.PathLike[str]]) -> None:
        """HDF5; the file appears whole or not at all."""
        _l.check(lib.kz_table_write(self._handle.pointer, os.fsencode(path)))

    @property
    def energy_only(self) -> bool:
        return bool(lib.kz_table_get_kind(self._handle.pointer) == 1)

    @property
    def delta(self) -> float:
        """Anisotropy of the chain."""
        return _delta(lib.kz_table_get_chain(self._handle.pointer))

    @property
    def tol(self) -> float:
        return float(lib.kz_table_get_tol(self._handle.pointer))

    @property
    def error(self) -> float:
        """The largest error estimate of a node."""
        return float(lib.kz_table_get_error(self._handle.pointer))

    @property
    def energy_band(self) -> tuple[float, float]:
        p = self._handle.pointer
        return lib.kz_table_get_energy_min(p), lib.kz_table_get_energy_max(p)

    @property
    def shape(self) -> tuple[int, int]:
        nb, nm = c.c_size_t(), c.c_size_t()
        lib.kz_table_get_shape(c.byref(nb), c.byref(nm), self._handle.pointer)
        return nb.value, nm.value

    @property
    def nodes(self) -> np.recarray:
        """All nodes as computed, [beta, mu], with first and mixed second derivatives."""
        nb, nm = self.shape
        found = (_l.TablePoint * (nb * nm))()
        for i in range(nb):
            for j in range(nm):
                point = c.byref(found[i * nm + j])
                _l.check(lib.kz_table_get_node(point, self._handle.pointer, i, j))
        out = _records(_NODE, (nb, nm))
        for name in _NODE:
            out[name] = _structures(found)[name].reshape(nb, nm)
        return out

    def evaluate(self, beta: Any, mu: Any = 0.0) -> np.recarray:
        """Interpolated energy, magnetization and first derivatives; err is the interpolation's."""
        b, m = np.broadcast_arrays(np.asarray(beta, float), np.asarray(mu, float))
        out, point = _records(_EVALUATED, b.shape), _l.TablePoint()
        rows = out.reshape(-1)
        for i, (x, y) in enumerate(zip(b.flat, m.flat)):
            _l.check(lib.kz_table_evaluate(c.byref(point), self._handle.pointer, x, y))
            for name in _EVALUATED:
                rows[name][i] = getattr(point, name)
        return out

    def invert(
        self, energy: Any, magnetization: Any = None, *, threads: int = 1, progress: Progress = None
    ) -> np.recarray:
        """beta and mu of each energy and magnetization (None: mu = 0), by interpolation.

        Columns energy magnetization beta mu err status; the status is ok, edge (beyond the table
        or on the boundary of what exists), outside (no such state: nan) or failed.
        """
        shape, n, e, pe, m, pm = _arguments(energy, magnetization)
        found = (_l.Inverse * max(n, 1))()

        def solve(work: Work) -> None:
            options = c.byref(work.options)
            status = lib.kz_table_invert(found, self._handle.pointer, pe, pm, n, options)
            if status in (_l.EINVAL, _l.ENOMEM, _l.ECANCELLED):
                _l.check(status)

        Work(1e-10, threads, progress).run(solve)
        return _inverse(found, shape, n)


def invert(
    chain: ChainLike,
    energy: Any,
    magnetization: Any = None,
    *,
    guess: Optional[Table] = None,
    tol: float = 1e-10,
    threads: int = 1,
    progress: Progress = None,
) -> np.recarray:
    """beta and mu on true states, to tol where rounding allows it; columns as Table.invert()."""
    it = _chain(chain)
    shape, n, e, pe, m, pm = _arguments(energy, magnetization)
    found = (_l.Inverse * max(n, 1))()
    start = guess._handle.pointer if guess is not None else None

    def solve(work: Work) -> None:
        handle = _l.Handle("kz_inverter_free")
        _l.check(
            lib.kz_inverter_create(c.byref(handle.pointer), it, start, c.byref(work.options))
        )
        status = lib.kz_inverter_solve(found, handle.pointer, pe, pm, n)
        if status in (_l.EINVAL, _l.ENOMEM, _l.ECANCELLED):
            _l.check(status)

    Work(tol, threads, progress).run(solve)
    return _inverse(found, shape, n)
