"""Quench runs, read with h5py."""

from __future__ import annotations

import os
from typing import Any, Union

import numpy as np

from .errors import InvalidArgument, IOFailure


class Run:
    """A RUN.h5 of ``kapitza quench``, also while it grows.

    ``run["energy"]`` is an array [time, site]; ``run.time``, ``run.site``; ``run.attributes`` holds
    the parameters and how good the run is.
    """

    def __init__(self, path: Union[str, os.PathLike[str]]) -> None:
        try:
            import h5py
        except ImportError as error:
            raise ImportError("runs are read with h5py (Debian: python3-h5py)") from error
        try:
            with h5py.File(path, "r") as file:
                self.attributes: dict[str, Any] = dict(file.attrs)
                self._data = {name: item[()] for name, item in file.items() if hasattr(item, "shape")}
        except OSError as error:
            raise IOFailure(f"{os.fspath(path)}: {error}") from error
        if self.attributes.get("format") not in ("kapitza quench", b"kapitza quench") or "time" not in self._data:
            raise InvalidArgument(f"{os.fspath(path)} is no run of kapitza quench")

    @property
    def time(self) -> np.ndarray:
        return self._data["time"]

    @property
    def site(self) -> np.ndarray:
        return self._data["site"]

    def keys(self) -> list[str]:
        return sorted(self._data)

    def __getitem__(self, name: str) -> np.ndarray:
        return self._data[name]

    def at(self, time: float) -> dict[str, np.ndarray]:
        """Everything that was measured at one of the times."""
        close = np.flatnonzero(np.isclose(self.time, time, rtol=0, atol=1e-9))
        if close.size == 0:
            raise InvalidArgument(f"t = {time} was not measured (there are {self.time})")
        i, n = int(close[0]), self.time.size
        return {k: v[i] for k, v in self._data.items() if v.ndim > 1 and v.shape[0] == n}

    def __repr__(self) -> str:
        a = self.attributes
        return (
            f"<Run {a.get('left')} | {a.get('right')}, {a.get('initial')}, "
            f"{self.site.size} sites, t = {self.time[0]:g} ... {self.time[-1]:g}>"
        )
