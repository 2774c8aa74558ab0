"""The C library: where it is, its structures, and calls that can be interrupted."""

from __future__ import annotations

import ctypes as c
import ctypes.util
import os
import pathlib
import threading
import warnings
from typing import Any, Callable, Optional

from ._build import LIBRARY, VERSION
from .errors import InvalidArgument, Cancelled, IOFailure, KapitzaError, ToleranceWarning

Progress = Optional[Callable[[int, int], Any]]

OK, EINVAL, ETOL, ENOMEM, EIO, ECANCELLED = 0, 1, 7, 8, 9, 10


class Structure(c.Structure):
    """A public struct of the C headers; tests/python compares sizes and offsets with them."""


class Chain(Structure):
    _fields_ = [("kind", c.c_int), ("P", c.c_int), ("Q", c.c_int), ("delta", c.c_double)]


class State(Structure):
    _fields_ = [("kind", c.c_int), ("beta", c.c_double), ("mu", c.c_double), ("h", c.c_double)]


ProgressFunction = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_size_t, c.c_size_t)


class Options(Structure):
    _fields_ = [
        ("tol", c.c_double),
        ("threads", c.c_int),
        ("progress", ProgressFunction),
        ("progress_context", c.c_void_p),
    ]


def _numbers(*names: str) -> list[tuple[str, Any]]:
    return [(name, c.c_double) for name in names]


class Thermo(Structure):
    _fields_ = _numbers(
        "beta", "mu", "ln_z", "free_energy", "energy", "magnetization", "entropy",
        "heat_capacity", "susceptibility", "energy_beta", "magnetization_beta", "drude_spin",
        "drude_energy", "drude_cross", "err", "energy_noise", "spin_noise",
    )  # fmt: skip


class Ray(Structure):
    _fields_ = _numbers(
        "zeta", "energy", "energy_current", "magnetization", "spin_current", "err"
    ) + [("status", c.c_int)]


class Noise(Structure):
    _fields_ = _numbers("energy", "spin", "err")


class Law(Structure):
    _fields_ = [
        ("kind", c.c_int),
        ("temperature", c.POINTER(c.c_double)),
        ("conductivity", c.POINTER(c.c_double)),
        ("count", c.c_size_t),
    ]


class JunctionParams(Structure):
    _fields_ = [
        ("left", Chain),
        ("right", Chain),
        ("left_state", State),
        ("right_state", State),
        ("law", Law),
        ("carry", c.c_int),
        ("cross", c.c_double),
    ]


class JunctionPoint(Structure):
    _fields_ = _numbers(
        "resistance", "t_minus", "t_plus", "beta_minus", "beta_plus", "energy_current",
        "energy_left", "energy_right", "err", "beta_minus_err", "beta_plus_err",
        "left_influence", "right_influence", "spin_resistance", "mu_minus", "mu_plus",
        "mu_minus_err", "mu_plus_err", "spin_current", "magnetization_left",
        "magnetization_right", "entropy_production",
    )  # fmt: skip


class RelaxCurve(Structure):
    _fields_ = [
        ("constant", c.c_double),
        ("temperature", c.POINTER(c.c_double)),
        ("value", c.POINTER(c.c_double)),
        ("count", c.c_size_t),
    ]


class RelaxParams(Structure):
    _fields_ = [
        ("left", Chain),
        ("right", Chain),
        ("left_state", State),
        ("right_state", State),
        ("law", c.c_int),
        ("length", c.c_double),
        ("capacity", RelaxCurve),
        ("conductivity", RelaxCurve),
        ("initial_x", c.POINTER(c.c_double)),
        ("initial_beta", c.POINTER(c.c_double)),
        ("initial_count", c.c_size_t),
    ]


class RelaxPoint(Structure):
    _fields_ = _numbers(
        "t", "t_minus", "t_plus", "beta_minus", "beta_plus", "current_left", "current_right",
        "energy", "heat_left", "heat_right", "balance", "rate", "err",
    ) + [("status", c.c_int)]  # fmt: skip


class SpinDiffusion(Structure):
    _fields_ = _numbers("onsager", "diffusion", "err")


class Fluctuation(Structure):
    _fields_ = _numbers("lambda", "generating", "current", "err") + [("status", c.c_int)]


class Cumulants(Structure):
    _fields_ = [("value", c.c_double * 4), ("err", c.c_double * 4)]


class TablePoint(Structure):
    _fields_ = _numbers(
        "beta", "mu", "energy", "magnetization", "energy_beta", "energy_mu",
        "magnetization_beta", "magnetization_mu", "energy_beta_mu", "magnetization_beta_mu", "err",
    )  # fmt: skip


class Inverse(Structure):
    _fields_ = _numbers("energy", "magnetization", "beta", "mu", "err") + [
        ("place", c.c_int),
        ("status", c.c_int),
    ]


class PropagationPoint(Structure):
    _fields_ = _numbers(
        "x", "t", "energy", "energy_current", "magnetization", "spin_current", "entropy", "err"
    ) + [("status", c.c_int)]


def _load() -> c.CDLL:
    """KAPITZA_LIBRARY, the library this package was installed with, or what the system finds."""
    found = os.environ.get("KAPITZA_LIBRARY")
    if not found and pathlib.Path(LIBRARY).exists():
        found = LIBRARY
    if not found:
        found = ctypes.util.find_library("kapitza")
    if not found:
        raise ImportError(
            f"libkapitza is neither at {LIBRARY} nor where the system looks: "
            "install it, or name the file in KAPITZA_LIBRARY"
        )
    library = c.CDLL(found)
    library.kz_version.restype = c.c_char_p
    version = library.kz_version().decode()
    if version != VERSION:
        raise ImportError(f"{found} is kapitza {version}, this package belongs to {VERSION}")
    return library


_D, _PD, _PP = c.c_double, c.POINTER(c.c_double), c.POINTER(c.c_void_p)
_N, _OPTIONS = c.c_size_t, c.POINTER(Options)
_STATUS = c.c_int

# name: (result, arguments)
_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "kz_status_text": (c.c_char_p, [c.c_int]),
    "kz_error_reason": (c.c_char_p, []),
    "kz_chain_xx": (Chain, []),
    "kz_chain_rational": (Chain, [c.c_int, c.c_int]),
    "kz_chain_check": (_STATUS, [Chain]),
    "kz_chain_delta": (_D, [Chain]),
    "kz_chain_from_delta": (_STATUS, [c.POINTER(Chain), _D]),
    "kz_chain_from_gamma": (_STATUS, [c.POINTER(Chain), _D]),
    "kz_chain_energy_min": (_D, [Chain]),
    "kz_chain_energy_max": (_D, [Chain]),
    "kz_state_thermal": (State, [_D, _D]),
    "kz_state_ground": (State, [_D]),
    "kz_state_ceiling": (State, []),
    "kz_state_up": (State, []),
    "kz_state_down": (State, []),
    "kz_state_check": (_STATUS, [c.POINTER(State)]),
    "kz_state_has_magnetization": (c.c_bool, [c.POINTER(State)]),
    "kz_options_check": (_STATUS, [_OPTIONS]),
    "kz_thermo_compute": (_STATUS, [c.POINTER(Thermo), Chain, c.POINTER(State), _D]),
    "kz_spin_diffusion_compute": (
        _STATUS,
        [c.POINTER(SpinDiffusion), Chain, c.POINTER(State), _D],
    ),
    "kz_bipartition_create": (
        _STATUS,
        [_PP, Chain, c.POINTER(State), c.POINTER(State), _OPTIONS],
    ),
    "kz_bipartition_free": (None, [c.c_void_p]),
    "kz_bipartition_rays": (_STATUS, [c.POINTER(Ray), c.c_void_p, _PD, _N, _OPTIONS]),
    "kz_bipartition_noise": (_STATUS, [c.POINTER(Noise), c.c_void_p, _D]),
    "kz_fluctuations": (
        _STATUS,
        [
            c.POINTER(Fluctuation), c.POINTER(Cumulants), Chain, c.POINTER(State),
            c.POINTER(State), c.c_int, _PD, _N, _OPTIONS,
        ],  # fmt: skip
    ),
    "kz_fluctuations_flow": (
        _STATUS,
        [
            c.POINTER(Fluctuation), c.POINTER(Cumulants), Chain, c.POINTER(State),
            c.POINTER(State), c.c_int, _PD, _N, _OPTIONS,
        ],  # fmt: skip
    ),
    "kz_junction_params_default": (JunctionParams, []),
    "kz_law_fourier": (Law, []),
    "kz_law_beta": (Law, []),
    "kz_law_table": (Law, [_PD, _PD, _N]),
    "kz_junction_create": (_STATUS, [_PP, c.POINTER(JunctionParams), _OPTIONS]),
    "kz_junction_free": (None, [c.c_void_p]),
    "kz_junction_solve": (_STATUS, [c.POINTER(JunctionPoint), c.c_void_p, _D]),
    "kz_junction_solve_pair": (_STATUS, [c.POINTER(JunctionPoint), c.c_void_p, _D, _D]),
    "kz_junction_rays": (
        _STATUS,
        [c.POINTER(Ray), c.c_void_p, c.POINTER(JunctionPoint), c.c_int, _PD, _N],
    ),
    "kz_relax_create": (_STATUS, [_PP, c.POINTER(RelaxParams), _OPTIONS]),
    "kz_relax_free": (None, [c.c_void_p]),
    "kz_relax_steady": (c.POINTER(JunctionPoint), [c.c_void_p]),
    "kz_relax_steady_energy": (_D, [c.c_void_p]),
    "kz_relax_linear_rate": (_D, [c.c_void_p]),
    "kz_relax_run": (_STATUS, [c.POINTER(RelaxPoint), c.c_void_p, _PD, _N, c.c_int]),
    "kz_relax_profile": (_STATUS, [_PD, _PD, c.c_void_p, _N, _PD, _N]),
    "kz_relax_rays": (_STATUS, [c.POINTER(Ray), c.c_void_p, _N, c.c_int, _PD, _N]),
    "kz_table_create": (_STATUS, [_PP, Chain, _PD, _N, _PD, _N, _OPTIONS]),
    "kz_table_create_energy": (_STATUS, [_PP, Chain, _OPTIONS]),
    "kz_table_read": (_STATUS, [_PP, c.c_char_p]),
    "kz_table_write": (_STATUS, [c.c_void_p, c.c_char_p]),
    "kz_table_free": (None, [c.c_void_p]),
    "kz_table_get_kind": (c.c_int, [c.c_void_p]),
    "kz_table_get_chain": (Chain, [c.c_void_p]),
    "kz_table_get_tol": (_D, [c.c_void_p]),
    "kz_table_get_error": (_D, [c.c_void_p]),
    "kz_table_get_energy_min": (_D, [c.c_void_p]),
    "kz_table_get_energy_max": (_D, [c.c_void_p]),
    "kz_table_get_shape": (None, [c.POINTER(_N), c.POINTER(_N), c.c_void_p]),
    "kz_table_get_node": (_STATUS, [c.POINTER(TablePoint), c.c_void_p, _N, _N]),
    "kz_table_evaluate": (_STATUS, [c.POINTER(TablePoint), c.c_void_p, _D, _D]),
    "kz_table_invert": (_STATUS, [c.POINTER(Inverse), c.c_void_p, _PD, _PD, _N, _OPTIONS]),
    "kz_inverter_create": (_STATUS, [_PP, Chain, c.c_void_p, _OPTIONS]),
    "kz_inverter_free": (None, [c.c_void_p]),
    "kz_inverter_solve": (_STATUS, [c.POINTER(Inverse), c.c_void_p, _PD, _PD, _N]),
    "kz_place_text": (c.c_char_p, [c.c_int]),
    "kz_propagation_create": (_STATUS, [_PP, Chain, _PD, _PD, _PD, _N, _OPTIONS]),
    "kz_propagation_free": (None, [c.c_void_p]),
    "kz_propagation_points": (
        _STATUS,
        [c.POINTER(PropagationPoint), c.c_void_p, _PD, _PD, _N, _OPTIONS],
    ),
}

lib = _load()
for _name, (_result, _arguments) in _PROTOTYPES.items():
    _function = getattr(lib, _name)
    _function.restype = _result
    _function.argtypes = _arguments


def status_text(status: int) -> str:
    return lib.kz_status_text(status).decode()


def failure(status: int, reason: str) -> KapitzaError:
    """The exception that belongs to a status code."""
    text = f"{status_text(status)}: {reason}" if reason else status_text(status)
    if status == EINVAL:
        return InvalidArgument(text)
    if status == EIO:
        return IOFailure(text)
    if status == ECANCELLED:
        return Cancelled(text)
    return KapitzaError(text)


def check(status: int, keeps: tuple[int, ...] = ()) -> int:
    """Raises unless the status is OK or one of `keeps`.  Call it in the thread of the failure,
    which holds the reason."""
    if status != OK and status not in keeps:
        raise failure(status, lib.kz_error_reason().decode(errors="replace"))
    return status


def warn_of_tolerance(count: int, total: int) -> None:
    if count:
        warnings.warn(
            f"{count} of {total} results miss the tolerance: err says what was reached",
            ToleranceWarning,
            stacklevel=4,
        )


class Handle:
    """An opaque object of the library, freed with this one."""

    def __init__(self, free: str) -> None:
        self.pointer = c.c_void_p()
        self._free = getattr(lib, free)

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            self._free(self.pointer)
            self.pointer = c.c_void_p()


class Work:
    """A long call: it runs in a thread of its own while this one waits, so that Ctrl-C works.

    Inside, `options` cancels the library's work once the call is interrupted, and `step()` does
    the same between calls.
    """

    def __init__(self, tol: float, threads: int, progress: Progress) -> None:
        self._cancelled = threading.Event()
        self._progress = progress
        self._error: Optional[BaseException] = None
        self._function = ProgressFunction(self._report)
        self.options = Options(tol, threads, self._function, None)
        check(lib.kz_options_check(c.byref(self.options)))

    def _report(self, _context: Any, done: int, total: int) -> int:
        if self._progress and not self._cancelled.is_set():
            try:
                self._progress(done, total)
            except BaseException as error:  # raised again by run()
                self._error = error
                self._cancelled.set()
        return int(self._cancelled.is_set())

    def step(self, done: int, total: int) -> None:
        if self._report(None, done, total):
            raise Cancelled("cancelled by the caller")

    def run(self, function: Callable[["Work"], Any]) -> Any:
        outcome: list[Any] = []
        self._error = None
        self._cancelled.clear()  # an object whose call was interrupted goes on with the next one
        done = threading.Event()  # an interrupted Thread.join() may think the thread has ended

        def call() -> None:
            try:
                outcome.append(function(self))
            except BaseException as error:
                if self._error is None:
                    self._error = error
            finally:
                done.set()

        threading.Thread(target=call, name="kapitza").start()
        try:
            while not done.wait(0.1):
                pass
        except BaseException:
            self._cancelled.set()
            done.wait()
            raise
        if self._error is not None:
            raise self._error
        return outcome[0]
