"""What an EPCIS event means for our record: bodies of signals, or why it means nothing to it.

| event, business step | signal |
|---|---|
| ObjectEvent receiving | GoodsReceived at the business location |
| ObjectEvent storing, stocking, picking, staging_outbound, collecting, removing | StockMoved |
| ObjectEvent shipping, destroying, dispensing | StockMoved out of the plant |
| ObjectEvent cycle_counting, stock_taking, seen (OBSERVE) | StockCounted |
| anything else, and every error declaration | kept with its reason |

Where things came from is the source of type ``location``, else the read point; where they are
afterwards the destination of type ``location``, else the business location (EPCIS 2.0 section
7.3.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from chargehand.connectors.epcis.canonical import Canon
from chargehand.connectors.epcis.cbv import BIZ_STEP_URI, BTT_URI, SDT_URI, word
from chargehand.connectors.epcis.events import Event, ObjectEvent
from chargehand.connectors.epcis.movements import Place
from chargehand.connectors.epcis.names import Names, Thing
from chargehand.connectors.epcis.parts import Endpoint, QuantityElement
from chargehand.signals.kinds import EventBody, GoodsReceived, StockCounted, StockMoved
from chargehand.vocabulary.quantity import Quantity, Unit


class NotOurs(ValueError):
    """Why an event, or a line of it, is no signal; ``cure`` says what would make it one."""

    def __init__(self, because: str, cure: str = "nothing, unless it should be stock here") -> None:
        super().__init__(because)
        self.cure = cure


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing of an event with its quantity, as the event names them."""

    uri: str
    quantity: Decimal | None
    uom: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one line of an event means."""

    line: int
    """Its number in the canonical order of the event's lines, from 1."""
    body: EventBody | NotOurs


def interpret(event: Event, names: Names) -> tuple[Said, ...]:
    """What an event means, line by line.

    Raises
    ------
    NotOurs
        The event as a whole is no signal.
    """
    step = word(event.biz_step, BIZ_STEP_URI)
    if event.error_declaration is not None:
        raise NotOurs(
            f"it declares event {event.event_id or 'without an id'} wrong:"
            f" {event.error_declaration.reason or 'no reason given'}",
            "look what the wrong event had moved, and correct the stock or count it",
        )
    reader = _STEPS.get(step) if isinstance(event, ObjectEvent) else None
    if reader is None or not isinstance(event, ObjectEvent):
        raise NotOurs(f"{event.type} with business step {step or 'none'} moves no stock of ours")
    lines = _lines(event)
    if not lines:
        raise NotOurs("it names no things, neither by instance nor by quantity")
    make = reader(event, names)
    return tuple(_said(number, line, make, names) for number, line in enumerate(lines, 1))


_Make = Callable[[Thing, Quantity], EventBody]


def _said(number: int, line: Line, make: _Make, names: Names) -> Said:
    try:
        return Said(line=number, body=make(_thing(line, names), _quantity(line)))
    except NotOurs as reason:
        return Said(line=number, body=reason)


def _lines(event: ObjectEvent) -> list[Line]:
    """The lines of an event in an order that does not depend on how it was written."""
    found = [Line(uri=uri, quantity=Decimal(1)) for uri in event.epc_list or ()]
    found += [_line(one) for one in event.quantity_list or ()]
    canon = Canon({})
    return sorted(
        found,
        key=lambda one: (canon.value("epc", one.uri), one.quantity or Decimal(0), one.uom or ""),
    )


def _line(one: QuantityElement) -> Line:
    return Line(uri=one.epc_class, quantity=one.quantity, uom=one.uom)


def _thing(line: Line, names: Names) -> Thing:
    found = names.thing(line.uri)
    if found is None:
        raise NotOurs(
            f"no material of ours is named {line.uri}", "give the material its GTIN in the map"
        )
    return found


def _quantity(line: Line) -> Quantity:
    if line.quantity is None:
        raise NotOurs(f"it does not say how much of {line.uri}", "have the sender give quantities")
    try:
        unit = Unit.PIECE if line.uom is None else Unit(line.uom)
        quantity = Quantity(line.quantity, unit)
        quantity.scaled()
    except ValueError as error:
        raise NotOurs(
            f"{line.quantity} {line.uom or ''} of {line.uri} is no quantity of ours: {error}"
        ) from error
    return quantity


def _received(event: ObjectEvent, names: Names) -> _Make:
    _seen(event, "OBSERVE", "ADD")
    site, location = _place(_arrived(event) or _at(event), names)
    order = _document(event, "po", names)

    def make(thing: Thing, quantity: Quantity) -> EventBody:
        return GoodsReceived(
            site=site,
            location=location,
            material=thing.material,
            quantity=quantity,
            lot=thing.lot,
            purchase_order=order,
        )

    return make


def _moved(event: ObjectEvent, names: Names) -> _Make:
    _seen(event, "OBSERVE")
    left = _place(_left(event), names)
    arrived = _place(_arrived(event), names)
    if left == arrived:
        raise NotOurs(f"it says only that things are at {'/'.join(left)}, not that they moved")
    if left[0] != arrived[0]:
        raise NotOurs(
            f"things went from site {left[0]} to site {arrived[0]}",
            "capture the shipping event of one site and the receiving event of the other",
        )
    return _move(left, arrived)


def _gone(event: ObjectEvent, names: Names) -> _Make:
    _seen(event, "OBSERVE", "DELETE")
    return _move(_place(_left(event), names), None)


def _move(left: Place, arrived: Place | None) -> _Make:
    def make(thing: Thing, quantity: Quantity) -> EventBody:
        return StockMoved(
            site=left[0],
            material=thing.material,
            quantity=quantity,
            from_location=left[1],
            to_location=None if arrived is None else arrived[1],
            lot=thing.lot,
        )

    return make


def _counted(event: ObjectEvent, names: Names) -> _Make:
    _seen(event, "OBSERVE")
    site, location = _place(_arrived(event) or _at(event), names)

    def make(thing: Thing, quantity: Quantity) -> EventBody:
        if thing.serial:
            raise NotOurs(
                f"instance {thing.serial} was seen, and a count tells how many there are",
                "have the sender give the count as a quantity",
            )
        return StockCounted(
            site=site,
            location=location,
            material=thing.material,
            counted=quantity,
            lot=thing.lot,
        )

    return make


_STEPS: Final[Mapping[str, Callable[[ObjectEvent, Names], _Make]]] = MappingProxyType(
    {
        "receiving": _received,
        **dict.fromkeys(
            ("storing", "stocking", "picking", "staging_outbound", "collecting", "removing"), _moved
        ),
        **dict.fromkeys(("shipping", "destroying", "dispensing"), _gone),
        **dict.fromkeys(("cycle_counting", "stock_taking"), _counted),
    }
)
"""What each business step of an ObjectEvent means."""


def _seen(event: ObjectEvent, *actions: str) -> None:
    if event.action not in actions:
        raise NotOurs(f"its action is {event.action}, and only {' or '.join(actions)} is read here")


def _at(event: Event) -> str | None:
    return event.read_point.id if event.read_point else None


def _left(event: Event) -> str | None:
    return _end(event.source_list) or _at(event)


def _arrived(event: Event) -> str | None:
    later = event.biz_location.id if event.biz_location else None
    return _end(event.destination_list) or later


def _end(endpoints: tuple[Endpoint, ...] | None) -> str | None:
    found = (one.id for one in endpoints or () if word(one.type, SDT_URI) == "location")
    return next(found, None)


def _place(uri: str | None, names: Names) -> Place:
    if uri is None:
        raise NotOurs("it does not say where", "have the sender give read point and location")
    if (found := names.place(uri)) is None:
        raise NotOurs(f"no place of ours is named {uri}", "give the place its URI in the map")
    return found


def _document(event: Event, kind: str, names: Names) -> str | None:
    found: Iterator[str] = (
        names.document(one.id, kind)
        for one in event.biz_transaction_list or ()
        if word(one.type, BTT_URI) == kind
    )
    return next(found, None)
