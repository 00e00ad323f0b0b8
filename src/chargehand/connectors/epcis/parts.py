"""The parts that EPCIS events are made of, each read from JSON and written back as it came.

What a part does not understand stays with it as ``rest``: extensions of users, comments, new
fields. Numbers are read as exact decimals and written as JSON numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Json = Any
"""Whatever JSON can hold: the schema of extensions is their user's business."""


class EventMistake(ValueError):
    """JSON that is not what EPCIS says it is; the message names the field and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityElement:
    """So much of one class of things."""

    epc_class: str
    quantity: Decimal | None = None
    uom: str | None = None
    """UN/ECE Recommendation 20 code; None where things are counted."""
    rest: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A read point or a business location."""

    id: str
    rest: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BizTransaction:
    """A business document that an event belongs to."""

    id: str
    type: str | None = None
    """``po``, ``prodorder``, ``desadv`` ..., or a URI."""
    rest: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One end of a transfer: a source or a destination."""

    id: str
    type: str | None = None
    """``location``, ``owning_party``, ``possessing_party``, or a URI."""
    rest: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDeclaration:
    """An earlier event with the same content was wrong."""

    declared_at: str
    reason: str | None = None
    corrective_event_ids: tuple[str, ...] | None = None
    rest: Mapping[str, Json] = field(default_factory=dict)


def text(value: Json, where: str) -> str:
    """A text. Raises ``EventMistake`` where it is something else."""
    if not isinstance(value, str):
        raise EventMistake(f"{where} is not a text but {value!r}")
    return value


def texts(value: Json, where: str) -> tuple[str, ...]:
    """A list of texts. Raises ``EventMistake`` where it is something else."""
    return tuple(text(item, where) for item in items(value, where))


def items(value: Json, where: str) -> list[Json]:
    """A list. Raises ``EventMistake`` where it is something else."""
    if not isinstance(value, list):
        raise EventMistake(f"{where} is not a list but {value!r}")
    return value


def record(value: Json, where: str) -> dict[str, Json]:
    """An object. Raises ``EventMistake`` where it is something else."""
    if not isinstance(value, dict):
        raise EventMistake(f"{where} is not an object but {value!r}")
    return value


def number(value: Decimal) -> int | float:
    """A decimal as a JSON number.

    Raises ``ValueError`` where no number of JSON's usual 64-bit kind is exactly that decimal.
    """
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    if Decimal(repr(near)) != value:
        raise ValueError(f"{value} has more digits than a JSON number keeps")
    return near


def read_quantity(value: Json, where: str) -> QuantityElement:
    """One line of a quantity list. Raises ``EventMistake``."""
    rest = dict(record(value, where))
    amount = rest.pop("quantity", None)
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int | float)):
        raise EventMistake(f"{where}.quantity is not a number but {amount!r}")
    return QuantityElement(
        epc_class=_required(rest, "epcClass", where),
        quantity=None if amount is None else Decimal(repr(amount)),
        uom=_optional(rest, "uom", where),
        rest=rest,
    )


def write_quantity(part: QuantityElement) -> dict[str, Json]:
    """The inverse of ``read_quantity``."""
    amount = None if part.quantity is None else number(part.quantity)
    return _said({"epcClass": part.epc_class, "quantity": amount, "uom": part.uom}, part.rest)


def read_place(value: Json, where: str) -> Place:
    """A read point or business location. Raises ``EventMistake``."""
    rest = dict(record(value, where))
    return Place(id=_required(rest, "id", where), rest=rest)


def write_place(part: Place) -> dict[str, Json]:
    """The inverse of ``read_place``."""
    return _said({"id": part.id}, part.rest)


def read_transaction(value: Json, where: str) -> BizTransaction:
    """One business document. Raises ``EventMistake``."""
    rest = dict(record(value, where))
    return BizTransaction(
        id=_required(rest, "bizTransaction", where), type=_optional(rest, "type", where), rest=rest
    )


def write_transaction(part: BizTransaction) -> dict[str, Json]:
    """The inverse of ``read_transaction``."""
    return _said({"type": part.type, "bizTransaction": part.id}, part.rest)


def read_source(value: Json, where: str) -> Endpoint:
    """One source. Raises ``EventMistake``."""
    return _read_endpoint(value, "source", where)


def write_source(part: Endpoint) -> dict[str, Json]:
    """The inverse of ``read_source``."""
    return _said({"type": part.type, "source": part.id}, part.rest)


def read_destination(value: Json, where: str) -> Endpoint:
    """One destination. Raises ``EventMistake``."""
    return _read_endpoint(value, "destination", where)


def write_destination(part: Endpoint) -> dict[str, Json]:
    """The inverse of ``read_destination``."""
    return _said({"type": part.type, "destination": part.id}, part.rest)


def read_error(value: Json, where: str) -> ErrorDeclaration:
    """An error declaration. Raises ``EventMistake``."""
    rest = dict(record(value, where))
    declared_at = _required(rest, "declarationTime", where)
    reason = _optional(rest, "reason", where)
    ids = None
    if "correctiveEventIDs" in rest:
        ids = texts(rest.pop("correctiveEventIDs"), f"{where}.correctiveEventIDs")
    return ErrorDeclaration(
        declared_at=declared_at, reason=reason, corrective_event_ids=ids, rest=rest
    )


def write_error(part: ErrorDeclaration) -> dict[str, Json]:
    """The inverse of ``read_error``."""
    ids = None if part.corrective_event_ids is None else list(part.corrective_event_ids)
    known = {
        "declarationTime": part.declared_at,
        "reason": part.reason,
        "correctiveEventIDs": ids,
    }
    return _said(known, part.rest)


def _read_endpoint(value: Json, key: str, where: str) -> Endpoint:
    rest = dict(record(value, where))
    return Endpoint(id=_required(rest, key, where), type=_optional(rest, "type", where), rest=rest)


def _required(rest: dict[str, Json], key: str, where: str) -> str:
    if key not in rest:
        raise EventMistake(f"{where} has no {key}")
    return text(rest.pop(key), f"{where}.{key}")


def _optional(rest: dict[str, Json], key: str, where: str) -> str | None:
    return text(rest.pop(key), f"{where}.{key}") if key in rest else None


def _said(known: Mapping[str, Json], rest: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in known.items() if value is not None} | dict(rest)
