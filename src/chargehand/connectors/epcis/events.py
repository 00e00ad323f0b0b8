"""The five kinds of EPCIS 2.0 events, read from JSON-LD and written back without loss.

Fields of the standard are typed; certification, sensor elements, master data of instances or lots
(``ilmd``) and extensions stay verbatim. Bare words (``receiving``) and URIs stay as they came, and
so do times: ``recordTime`` in another zone is written in that zone again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from chargehand.connectors.epcis.parts import (
    BizTransaction,
    Endpoint,
    ErrorDeclaration,
    EventMistake,
    Json,
    Place,
    QuantityElement,
    items,
    read_destination,
    read_error,
    read_place,
    read_quantity,
    read_source,
    read_transaction,
    record,
    text,
    texts,
    write_destination,
    write_error,
    write_place,
    write_quantity,
    write_source,
    write_transaction,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says: when, where, why."""

    type: ClassVar[str] = ""

    event_time: str
    """When it happened, as written, with its offset."""
    event_time_zone_offset: str
    """Offset of the place's clock, such as ``+01:00``."""
    record_time: str | None = None
    event_id: str | None = None
    error_declaration: ErrorDeclaration | None = None
    biz_step: str | None = None
    """Word of CBV, or a URI."""
    disposition: str | None = None
    read_point: Place | None = None
    """Where it happened."""
    biz_location: Place | None = None
    """Where things are from then on."""
    biz_transaction_list: tuple[BizTransaction, ...] | None = None
    source_list: tuple[Endpoint, ...] | None = None
    destination_list: tuple[Endpoint, ...] | None = None
    rest: Mapping[str, Json] = field(default_factory=dict)
    """Everything else, verbatim."""

    @property
    def occurred_at(self) -> datetime:
        """When it happened, in UTC. Raises ``EventMistake`` where the text is no such moment."""
        try:
            moment = datetime.fromisoformat(self.event_time)
        except ValueError as error:
            raise EventMistake(f"eventTime {self.event_time!r} is not a moment") from error
        if moment.tzinfo is None:
            raise EventMistake(f"eventTime {self.event_time!r} does not say its offset from UTC")
        return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectEvent(Event):
    """Something happened to things."""

    type: ClassVar[str] = "ObjectEvent"

    action: str
    epc_list: tuple[str, ...] | None = None
    quantity_list: tuple[QuantityElement, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationEvent(Event):
    """Things were put into, taken from, or seen in something."""

    type: ClassVar[str] = "AggregationEvent"

    action: str
    parent_id: str | None = None
    child_epcs: tuple[str, ...] | None = None
    child_quantity_list: tuple[QuantityElement, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationEvent(AggregationEvent):
    """Things were tied to something that stays, such as a sensor to a tote."""

    type: ClassVar[str] = "AssociationEvent"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionEvent(Event):
    """Things were tied to business documents."""

    type: ClassVar[str] = "TransactionEvent"

    action: str
    parent_id: str | None = None
    epc_list: tuple[str, ...] | None = None
    quantity_list: tuple[QuantityElement, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformationEvent(Event):
    """Inputs became outputs."""

    type: ClassVar[str] = "TransformationEvent"

    input_epc_list: tuple[str, ...] | None = None
    input_quantity_list: tuple[QuantityElement, ...] | None = None
    output_epc_list: tuple[str, ...] | None = None
    output_quantity_list: tuple[QuantityElement, ...] | None = None
    transformation_id: str | None = None


KINDS: Final[Mapping[str, type[Event]]] = {
    kind.type: kind
    for kind in (
        ObjectEvent,
        AggregationEvent,
        TransactionEvent,
        TransformationEvent,
        AssociationEvent,
    )
}
"""Kinds of events, by the word that stands in ``type``."""

_Read = Callable[[Json, str], Any]
_Write = Callable[[Any], Json]


def _many(read: _Read, write: _Write) -> tuple[_Read, _Write]:
    def read_all(value: Json, where: str) -> tuple[Any, ...]:
        return tuple(read(item, f"{where}[{at}]") for at, item in enumerate(items(value, where)))

    return read_all, lambda parts: [write(part) for part in parts]


def _same(value: str) -> Json:
    return value


_TEXT: Final = (text, _same)
_TEXTS: Final = (texts, list)
_PLACE: Final = (read_place, write_place)
_QUANTITIES: Final = _many(read_quantity, write_quantity)
_FIELDS: Final[Mapping[str, tuple[str, tuple[_Read, _Write]]]] = {
    "event_time": ("eventTime", _TEXT),
    "event_time_zone_offset": ("eventTimeZoneOffset", _TEXT),
    "record_time": ("recordTime", _TEXT),
    "event_id": ("eventID", _TEXT),
    "error_declaration": ("errorDeclaration", (read_error, write_error)),
    "parent_id": ("parentID", _TEXT),
    "epc_list": ("epcList", _TEXTS),
    "quantity_list": ("quantityList", _QUANTITIES),
    "child_epcs": ("childEPCs", _TEXTS),
    "child_quantity_list": ("childQuantityList", _QUANTITIES),
    "input_epc_list": ("inputEPCList", _TEXTS),
    "input_quantity_list": ("inputQuantityList", _QUANTITIES),
    "output_epc_list": ("outputEPCList", _TEXTS),
    "output_quantity_list": ("outputQuantityList", _QUANTITIES),
    "transformation_id": ("transformationID", _TEXT),
    "action": ("action", _TEXT),
    "biz_step": ("bizStep", _TEXT),
    "disposition": ("disposition", _TEXT),
    "read_point": ("readPoint", _PLACE),
    "biz_location": ("bizLocation", _PLACE),
    "biz_transaction_list": ("bizTransactionList", _many(read_transaction, write_transaction)),
    "source_list": ("sourceList", _many(read_source, write_source)),
    "destination_list": ("destinationList", _many(read_destination, write_destination)),
}
_REQUIRED: Final = ("event_time", "event_time_zone_offset", "action")


def read_event(value: Json, where: str = "event") -> Event:
    """Read one event.

    Raises
    ------
    EventMistake
        It is of no kind of EPCIS 2.0, a required field is missing, or one is of another form.
    """
    rest = dict(record(value, where))
    name = rest.pop("type", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise EventMistake(f"{where}.type is {name!r}, which is none of {', '.join(KINDS)}")
    found: dict[str, Any] = {}
    for one in fields(kind):
        if one.name not in _FIELDS:
            continue
        key, (read, _) = _FIELDS[one.name]
        if key in rest:
            found[one.name] = read(rest.pop(key), f"{where}.{key}")
        elif one.name in _REQUIRED:
            raise EventMistake(f"{where} has no {key}")
    return kind(**found, rest=rest)


def write_event(event: Event) -> dict[str, Json]:
    """Write an event as JSON: the inverse of ``read_event``."""
    said: dict[str, Json] = {"type": event.type}
    for name, (key, (_, write)) in _FIELDS.items():
        value = getattr(event, name, None)
        if value is not None:
            said[key] = write(value)
    return said | dict(event.rest)
