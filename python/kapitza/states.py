"""Chains and states, as words of the program or as numbers."""

from __future__ import annotations

import ast
import math
import operator
from typing import Callable, Union

from . import _library as _l
from ._library import Chain, State
from .errors import InvalidArgument

ChainLike = Union[str, float, Chain]
StateLike = Union[str, State]

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_NAMES = {"pi": math.pi, "inf": math.inf}
_FUNCTIONS = {"cos": math.cos, "sqrt": math.sqrt}


def _value(node: ast.AST) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return _NAMES[node.id]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _FUNCTIONS
        and len(node.args) == 1
        and not node.keywords
    ):
        return _FUNCTIONS[node.func.id](_value(node.args[0]))
    raise ValueError


def number(text: str) -> float:
    """A number as the program reads it: pi, + - * / ( ), cos(), sqrt(), inf."""
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError):
        raise InvalidArgument(
            f'"{text[:40]}" is not a number (accepted: 0.5, pi/4, cos(pi/5), sqrt(2), inf)'
        ) from None


def _fraction(text: str) -> Chain:
    """"5" or "5,Q=2"."""
    first, _, second = text.partition(",Q=")
    P, Q = number(first), number(second) if second else 1.0
    if not P >= 2 or P != int(min(P, 1e9)):
        raise InvalidArgument(f"P={text[:20]} is not a whole number from 2")
    if not 1 <= Q < P or Q != int(Q):
        raise InvalidArgument(f"P={text[:20]}: Q is not a whole number from 1 to P - 1")
    it = _l.lib.kz_chain_rational(int(P), int(Q))
    _l.check(_l.lib.kz_chain_check(it))
    return it


def _nearest(find: Callable[..., int], value: float) -> Chain:
    out = Chain()
    _l.check(find(_l.c.byref(out), value))
    return out


def _parsed(text: str) -> Chain:
    name, _, value = text.partition("=")
    if text == "xx":
        return _l.lib.kz_chain_xx()
    if name == "gamma" and value:
        return _nearest(_l.lib.kz_chain_from_gamma, number(value))
    if name == "Delta" and value:
        return _nearest(_l.lib.kz_chain_from_delta, number(value))
    if name == "P" and value:
        return _fraction(value)
    raise InvalidArgument(
        f'unknown chain "{text[:40]}" (accepted: "xx", "gamma=2*pi/5", "P=5,Q=2", "Delta=0.5", '
        "or Delta as a number)"
    )


def chain(of: ChainLike) -> Chain:
    """"xx", "gamma=2*pi/5", "P=5,Q=2", "Delta=0.5", or Delta as a number."""
    if isinstance(of, Chain):
        _l.check(_l.lib.kz_chain_check(of))
        return of
    it = _parsed(of) if isinstance(of, str) else _nearest(_l.lib.kz_chain_from_delta, float(of))
    return _l.lib.kz_chain_xx() if it.P == 2 else it


def delta(of: ChainLike) -> float:
    """Anisotropy of a chain."""
    return _l.lib.kz_chain_delta(chain(of))


def energy_band(of: ChainLike) -> tuple[float, float]:
    """Lowest and highest energy per bond at zero field."""
    it = chain(of)
    return _l.lib.kz_chain_energy_min(it), _l.lib.kz_chain_energy_max(it)


def thermal(beta: float, mu: float = 0.0) -> State:
    """exp(-beta H + mu S^z)/Z, beta of either sign; +-inf are ground state and ceiling."""
    if math.isinf(beta) and mu == 0:
        return ground() if beta > 0 else ceiling()
    return _checked(_l.lib.kz_state_thermal(beta, mu))


def ground(h: float = 0.0) -> State:
    """Ground state of H - h S^z."""
    return _checked(_l.lib.kz_state_ground(h))


def ceiling() -> State:
    """Highest state of H, beta to -infinity."""
    return _l.lib.kz_state_ceiling()


def up() -> State:
    """Every spin up."""
    return _l.lib.kz_state_up()


def down() -> State:
    """Every spin down."""
    return _l.lib.kz_state_down()


def _checked(it: State) -> State:
    _l.check(_l.lib.kz_state_check(_l.c.byref(it)))
    return it


_STATES = '"ground", "ground,h=0.3", "ceiling", "up", "down", "beta=1,mu=0.2", "T=0.5"'


def state(of: StateLike) -> State:
    """A state from the program's words, or one that thermal(), ground() ... made."""
    if isinstance(of, State):
        return _checked(of)
    if not isinstance(of, str):
        raise InvalidArgument(f"a state is one of {_STATES}, or made by thermal(), ground() ...")
    kind, *rest = of.split(",")
    given = {}
    for part in ([kind] if "=" in kind else []) + rest:
        name, _, text = part.partition("=")
        if name in given or name not in ("beta", "T", "mu", "h") or not text:
            raise InvalidArgument(f'"{of[:60]}" is not understood (accepted: {_STATES})')
        given[name] = number(text)
    if kind in ("ceiling", "up", "down") and not given:
        return {"ceiling": ceiling, "up": up, "down": down}[kind]()
    if kind == "ground" and set(given) <= {"h"}:
        return ground(given.get("h", 0.0))
    beta = given.pop("beta", None)
    if "T" in given and beta is None:
        temperature = given.pop("T")
        if temperature == 0:
            raise InvalidArgument("T = 0 is not accepted: take ground or ceiling")
        beta = 1 / temperature
    if "=" not in kind or beta is None or not set(given) < {"mu", "h"}:
        raise InvalidArgument(f'"{of[:60]}" is not understood (accepted: {_STATES})')
    if math.isinf(beta) and given:
        raise InvalidArgument("ground state and ceiling take no mu: give ground,h=H")
    return thermal(beta, given.get("mu", beta * given["h"] if "h" in given else 0.0))
