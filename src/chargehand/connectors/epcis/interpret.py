"""What an EPCIS event means for our record: bodies of signals, or why it means nothing to it.

| event, business step | signal |
|---|---|
| ObjectEvent receiving | GoodsReceived at the business location |
| ObjectEvent storing, stocking, picking, staging_outbound, collecting, removing | StockMoved; HandlingUnitMoved where units are named alone |
| ObjectEvent shipping | MovementReported to the customer; HandlingUnitMoved out |
| ObjectEvent destroying, dispensing | MovementReported: scrapped, consumed |
| ObjectEvent cycle_counting, stock_taking | StockCounted |
| ObjectEvent holding | HoldPlaced |
| ObjectEvent commissioning of lots | LotDefined with its dates |
| AggregationEvent ADD, DELETE | HandlingUnitPacked, HandlingUnitUnpacked |
| TransformationEvent | ProductionReported |
| anything else, and every error declaration | kept with its reason |

Where things came from is the source of type ``location``, else the read point; where they are
afterwards the destination of type ``location``, else the business location (EPCIS 2.0 section
7.3.5).
"""  # noqa: E501 - a row of a table is one line

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chargehand.connectors.epcis.cbv import BIZ_STEP_URI, word
from chargehand.connectors.epcis.events import (
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    TransformationEvent,
)
from chargehand.connectors.epcis.grouped import packed, produced
from chargehand.connectors.epcis.lines import Line, NotOurs, arrived, document, left, lines, place
from chargehand.connectors.epcis.names import Names
from chargehand.connectors.epcis.steps import MOVING, STEPS, Make, within
from chargehand.signals.kinds import Body
from chargehand.signals.stock_kinds import HandlingUnitMoved
from chargehand.vocabulary.identifier import HandlingUnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one line of an event means."""

    line: int
    """Its number in the canonical order of the event's lines, from 1."""
    body: Body | NotOurs


def interpret(event: Event, names: Names, identity: str) -> tuple[Said, ...]:
    """What an event means, line by line.

    Parameters
    ----------
    event
        The event.
    names
        What EPCIS calls our materials and places.
    identity
        The event's hash: part of what needs a name of its own, such as a hold.

    Raises
    ------
    NotOurs
        The event as a whole is no signal.
    """
    if event.error_declaration is not None:
        raise NotOurs(
            f"it declares event {event.event_id or 'without an id'} wrong:"
            f" {event.error_declaration.reason or 'no reason given'}",
            "look what the wrong event had moved, and correct the stock or count it",
        )
    try:
        if isinstance(event, ObjectEvent):
            return tuple(_object(event, names, identity))
        if isinstance(event, AggregationEvent) and not isinstance(event, AssociationEvent):
            return (Said(line=1, body=packed(event, names)),)
        if isinstance(event, TransformationEvent):
            return (Said(line=1, body=produced(event, names, identity)),)
    except NotOurs:
        raise
    except ValueError as error:
        raise NotOurs(str(error)) from error
    raise NotOurs(f"an event of kind {event.type} moves no stock of ours")


def _object(event: ObjectEvent, names: Names, identity: str) -> Iterator[Said]:
    step = word(event.biz_step, BIZ_STEP_URI)
    reader = STEPS.get(step)
    if reader is None:
        raise NotOurs(f"an ObjectEvent with business step {step or 'none'} moves no stock of ours")
    named = lines(event.epc_list, event.quantity_list, names)
    if not named.things:
        yield from _units_alone(event, step, named.units, names)
        return
    if len(named.units) > 1:
        raise NotOurs(
            f"its things may be in any of {', '.join(named.units)}",
            "have the sender give an event for each handling unit",
        )
    make = reader(event, names, identity)
    unit = named.units[0] if named.units else HandlingUnitId("")
    for number, line in enumerate(named.things, 1):
        try:
            yield Said(line=number, body=_body(line, make, unit, names))
        except NotOurs as reason:
            yield Said(line=number, body=reason)


def _body(line: Line, make: Make, unit: HandlingUnitId, names: Names) -> Body:
    thing, amount = line.thing(names), line.amount()
    try:
        return make(thing, amount, unit)
    except NotOurs:
        raise
    except ValueError as error:
        raise NotOurs(str(error)) from error


def _units_alone(
    event: ObjectEvent, step: str, units: tuple[HandlingUnitId, ...], names: Names
) -> Iterator[Said]:
    """Handling units that move with all that is in them."""
    if not units:
        raise NotOurs("it names no things, neither by instance nor by quantity")
    if step not in MOVING and step != "shipping":
        raise NotOurs(
            f"it names only handling units ({', '.join(units)}), not what is in them",
            "have the sender give the contents as instances or quantities",
        )
    to = None
    if step != "shipping":
        came_from = place(left(event), names)
        to = within(came_from, place(arrived(event), names))[1]
    for number, unit in enumerate(units, 1):
        body = HandlingUnitMoved(
            handling_unit=unit, to_location=to, document=document(event, "desadv", names)
        )
        yield Said(line=number, body=body)
