"""Amounts in the unit that a material is stocked in: exact, or refused with what is missing."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, Protocol, TypeVar, get_args, get_type_hints

from chargehand.signals.signal import Signal
from chargehand.vocabulary import wire
from chargehand.vocabulary.conversion import convert
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal

T = TypeVar("T")


class Definitions(Protocol):
    """What has to be known of materials; the books know it."""

    def unit_of(self, material: MaterialId) -> Unit | None:
        """The unit that a material is stocked in; None where the material is not known."""
        ...

    def master(self, kind: str, key: str) -> str | None:
        """The canonical text of the definition that holds."""
        ...


def in_stock_unit(quantity: Quantity, definition: MaterialDefinition) -> Quantity | Refusal:
    """The amount in the unit that a material is stocked in, exact, or why there is none.

    Refused with ``UNIT_MISMATCH`` naming the conversion that is missing, ``CONVERSION_INEXACT``
    with the nearest amounts that are exact, or ``CONVERSION_AMBIGUOUS``.
    """
    exact = convert(quantity, definition.unit, definition.conversions)
    if isinstance(exact, Quantity):
        return exact
    because = f"{definition.material} is stocked in {definition.unit}, and {quantity} is not:"
    return replace(exact, because=f"{because} {exact.because}")


def in_stock_units(signal: Signal, known: Definitions) -> Signal | Refusal:
    """The signal with every amount in its material's stock unit, for the checks and effects.

    The journal keeps the signal as it was told. An amount belongs to the material that is named
    beside it, else around it; one of an unknown material, or of none, stays as it is told.
    """
    body = _converted(signal.body, None, known)
    if isinstance(body, Refusal):
        return body
    return signal if body is signal.body else replace(signal, body=body)


def _converted(value: T, material: MaterialId | None, known: Definitions) -> T | Refusal:
    """The same value where nothing needs conversion; a refusal where something has none."""
    if isinstance(value, Quantity):
        return value if material is None else _exact(value, material, known)  # type: ignore[return-value]
    if isinstance(value, tuple):
        parts = tuple(_converted(one, material, known) for one in value)
        refused = next((part for part in parts if isinstance(part, Refusal)), None)
        changed = any(a is not b for a, b in zip(parts, value, strict=True))
        return refused or (parts if changed else value)  # type: ignore[return-value]
    if not is_dataclass(value):
        return value
    kind: Any = type(value)
    changes: dict[str, object] = {}
    material = getattr(value, "material", None) or material
    for name in _amounts(kind):
        told = getattr(value, name)
        part = _converted(told, material, known)
        if isinstance(part, Refusal):
            return part
        if part is not told:
            changes[name] = part
    return replace(value, **changes) if changes else value  # type: ignore[type-var]


def _exact(told: Quantity, material: MaterialId, known: Definitions) -> Quantity | Refusal:
    if known.unit_of(material) is told.unit:
        return told
    text = known.master("material", material)
    return told if text is None else in_stock_unit(told, wire.read(MaterialDefinition, text))


@lru_cache(maxsize=256)
def _amounts(kind: type) -> tuple[str, ...]:
    """The fields of a kind of value that are amounts, or hold some."""
    hints = get_type_hints(kind)
    return tuple(field.name for field in fields(kind) if _holds_amount(hints[field.name]))


def _holds_amount(hint: object) -> bool:
    if hint is Quantity:
        return True
    if isinstance(hint, type) and is_dataclass(hint):
        return bool(_amounts(hint))
    return any(_holds_amount(part) for part in get_args(hint))
