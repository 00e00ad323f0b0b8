"""Find every kind of decision: the files of this package, and those that other packages bring.

A decision elsewhere is an entry point of the group ``chargehand.decisions``, whose name is the
decision's and whose object is its module, with ``DECISION`` in it.
"""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Final

from chargehand import __version__, decisions
from chargehand.decisions.decision import Decision

GROUP: Final = "chargehand.decisions"
_NOT_DECISIONS: Final = frozenset({"decision", "catalogue"})


class DecisionFault(Exception):
    """A decision cannot be loaded; the message says which, why, and what to do."""


def names() -> tuple[str, ...]:
    """Return the names of all kinds of decision that can be loaded, in order.

    What another package brings and cannot be loaded is left out; `faults` says why.
    """
    return tuple(sorted({*_own_names(), *_plugins()} - set(faults())))


def load(name: str) -> Decision[Any]:
    """Return a kind of decision.

    Raises `DecisionFault` where there is none of that name, or where it cannot be imported.
    """
    decision = getattr(_module(name), "DECISION", None)
    if not isinstance(decision, Decision):
        raise DecisionFault(f"{name} has no DECISION in its module: write one, of type Decision")
    if decision.name != name:
        raise DecisionFault(
            f"{name} calls itself {decision.name}: a decision's name is its file's (or its entry"
            " point's)"
        )
    return decision


def purpose(name: str) -> str:
    """Return what a kind of decision is for: the first line of its module's docstring."""
    return (inspect.getdoc(_module(name)) or "").partition("\n")[0]


def release(name: str) -> str:
    """Return the package that a kind of decision comes from, with its version.

    Empty where that is not known, such as for one that is not installed.
    """
    if name in _own_names():
        return f"chargehand {__version__}"
    point = _plugins().get(name)
    found = None if point is None else point.dist
    return "" if found is None else f"{found.name} {found.version}"


def faults() -> dict[str, str]:
    """Return the decisions that other packages bring and that cannot be loaded, each with why."""
    found = {}
    for name in _plugins():
        try:
            load(name)
        except DecisionFault as fault:
            found[name] = str(fault)
    return found


def loaded() -> tuple[Decision[Any], ...]:
    """Return every kind of decision that can be loaded; `faults` has the others."""
    return tuple(load(name) for name in names())


def _own_names() -> set[str]:
    found = {module.name for module in pkgutil.iter_modules(decisions.__path__)}
    return found - _NOT_DECISIONS


def _plugins() -> dict[str, EntryPoint]:
    own = _own_names()
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in own}


def _module(name: str) -> ModuleType:
    if name in _own_names():
        return import_module(f"{decisions.__name__}.{name}")
    point = _plugins().get(name)
    if point is None:
        raise DecisionFault(f"there is no decision {name}: choose one of {', '.join(names())}")
    try:
        module = point.load()
    except Exception as error:  # noqa: BLE001 - foreign code may fail in any way
        fault = DecisionFault(
            f"{name} ({point.value}) cannot be imported: {error!r}; update or remove the package"
        )
        fault.__cause__ = error
        module = fault
    if isinstance(module, DecisionFault):
        raise module
    if not isinstance(module, ModuleType):
        raise DecisionFault(f"{name} ({point.value}) must name a module, not {type(module)}")
    return module
