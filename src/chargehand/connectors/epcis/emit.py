"""Our movements as EPCIS 2.0 events, in a JSON-LD document.

What was moved, received, shipped or counted becomes ObjectEvents, one for each way that things
went; packing and unpacking AggregationEvents; production TransformationEvents. Where a movement has
an order, a TransactionEvent beside them ties its things to the order. The id of an event
is its hash, and each carries the key of its movement (``chargehand:movement``): two equal
movements in one millisecond stay two events.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from chargehand.connectors.epcis.cbv import BIZ_STEPS, DISPOSITIONS
from chargehand.connectors.epcis.event_hash import event_hash
from chargehand.connectors.epcis.events import (
    AggregationEvent,
    Event,
    ObjectEvent,
    TransactionEvent,
    TransformationEvent,
    write_event,
)
from chargehand.connectors.epcis.movements import Flow, LegOut, MovementOut, flows
from chargehand.connectors.epcis.names import Names
from chargehand.connectors.epcis.parts import (
    BizTransaction,
    Endpoint,
    ErrorDeclaration,
    Json,
    QuantityElement,
)
from chargehand.connectors.epcis.parts import Place as PlaceOfEvent
from chargehand.vocabulary.quantity import Quantity, Unit

CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PREFIXES: Final[Mapping[str, str]] = {"chargehand": "urn:chargehand:"}
_MAKERS: Final = {"produced", "consumed"}
"""The outside of production: where inputs go and outputs come from."""


def emit_document(
    movements: Iterable[MovementOut],
    *,
    names: Names,
    created_at: datetime,
    following: int | None = None,
) -> dict[str, Json]:
    """Write movements as one EPCIS document.

    Parameters
    ----------
    movements
        In the order in which their events shall stand.
    names
        What EPCIS calls our materials and places.
    created_at
        When the document is made, with its offset from UTC.
    following
        Where the next document of a feed begins (``chargehand:next``).
    """
    events = [write_event(event) for movement in movements for event in events_of(movement, names)]
    return {
        "@context": [CONTEXT, dict(PREFIXES)],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _moment(created_at),
        **({} if following is None else {"chargehand:next": following}),
        "epcisBody": {"eventList": events},
    }


def events_of(movement: MovementOut, names: Names) -> tuple[Event, ...]:
    """The events of one movement; of a correction, first those that it declares wrong."""
    own = tuple(_identified(event) for event in _plain_events(movement, names))
    wrong = movement.corrects
    if wrong is None:
        return own
    is_undone = _is_reverse(wrong, movement)
    declaration = ErrorDeclaration(
        declared_at=_moment(movement.recorded_at),
        reason="did_not_occur" if is_undone else "incorrect_data",
        corrective_event_ids=None if is_undone else tuple(e.event_id or "" for e in own),
    )
    declared = tuple(
        replace(_identified(event), error_declaration=declaration)
        for event in _plain_events(replace(wrong, corrects=None), names)
    )
    return declared if is_undone else declared + own


def _plain_events(movement: MovementOut, names: Names) -> list[Event]:
    paired = flows(movement.legs)
    if _is_transformation(movement, paired):
        return [_transformation(movement, names), *_transaction(movement, paired, names)]
    ways: dict[tuple[object, ...], list[Flow]] = {}
    for flow in paired:
        way = (
            flow.source.place, flow.source.outside, flow.source.disposition,
            flow.target.place, flow.target.outside, flow.target.disposition,
            flow.source.handling_unit, flow.target.handling_unit,
        )  # fmt: skip
        ways.setdefault(way, []).append(flow)
    events = [_moved(movement, together, names) for together in ways.values()]
    return [*events, *_transaction(movement, paired, names)]


def _is_transformation(movement: MovementOut, paired: tuple[Flow, ...]) -> bool:
    """Whether things became other things: production, or one lot that became another."""
    outside = {leg.outside for leg in movement.legs if leg.place is None}
    is_made = outside == _MAKERS or (movement.production_order and outside and outside <= _MAKERS)
    if is_made and any(leg.place is not None for leg in movement.legs):
        return True
    return any(
        flow.source.place is not None
        and flow.target.place is not None
        and flow.source.thing != flow.target.thing
        for flow in paired
    )


def _moved(movement: MovementOut, together: list[Flow], names: Names) -> Event:
    """The event of things that went one way together."""
    source, target = together[0].source, together[0].target
    unit = target.handling_unit or source.handling_unit
    lines = [(flow.carried, flow.quantity) for flow in together]
    epcs, quantities = _lines(lines, names)
    common = _common(movement, source, target, names)
    if movement.business_step in {"packing", "unpacking"} and unit:
        return AggregationEvent(
            **common,
            action="ADD" if movement.business_step == "packing" else "DELETE",
            parent_id=names.unit_uri(unit),
            child_epcs=epcs,
            child_quantity_list=quantities,
        )
    if source.handling_unit and source.handling_unit == target.handling_unit:
        epcs = (names.unit_uri(unit), *(epcs or ()))
    return ObjectEvent(
        **common, action=_action(movement, source, target), epc_list=epcs, quantity_list=quantities
    )


def _transformation(movement: MovementOut, names: Names) -> Event:
    """The event of inputs that became outputs; one side alone is tied by its order, or its key."""
    inside = [leg for leg in movement.legs if leg.place is not None]
    inputs = [(leg, -leg.quantity) for leg in inside if leg.quantity.amount < 0]
    outputs = [(leg, leg.quantity) for leg in inside if leg.quantity.amount > 0]
    used, made = (inputs or outputs)[0][0], (outputs or inputs)[0][0]
    input_epcs, input_quantities = _lines(inputs, names)
    output_epcs, output_quantities = _lines(outputs, names)
    tie = movement.production_order or ("" if inputs and outputs else movement.key)
    return TransformationEvent(
        **_common(movement, used, made, names) | {"source_list": None, "destination_list": None},
        input_epc_list=input_epcs,
        input_quantity_list=input_quantities,
        output_epc_list=output_epcs,
        output_quantity_list=output_quantities,
        transformation_id=names.own("transformation", tie) if tie else None,
    )


def _transaction(movement: MovementOut, paired: tuple[Flow, ...], names: Names) -> list[Event]:
    """The event that ties things to the orders of their movement; none where it has no order.

    Of a transformation it ties the outputs; the inputs where there are none.
    """
    if not paired or _documents(movement, names) is None:
        return []
    source, target = paired[0].source, paired[0].target
    lines = [(flow.carried, flow.quantity) for flow in paired]
    if _is_transformation(movement, paired):
        inside = [leg for leg in movement.legs if leg.place is not None]
        outputs = [leg for leg in inside if leg.quantity.amount > 0]
        lines = [(leg, leg.quantity) for leg in outputs]
        lines = lines or [(leg, -leg.quantity) for leg in inside]
        source, target = inside[0], lines[0][0]
    epcs, quantities = _lines(lines, names)
    return [
        TransactionEvent(
            **_common(movement, source, target, names)
            | {"source_list": None, "destination_list": None},
            action="ADD",
            epc_list=epcs,
            quantity_list=quantities,
        )
    ]


def _common(movement: MovementOut, source: LegOut, target: LegOut, names: Names) -> dict[str, Json]:
    """The fields that events of every kind share."""
    left = None if source.place is None else names.place_uri(*source.place)
    arrived = None if target.place is None else names.place_uri(*target.place)
    at = left or arrived
    step, disposition = movement.business_step, _disposition(movement, source, target)
    return {
        "event_time": _moment(movement.occurred_at),
        "event_time_zone_offset": f"{movement.occurred_at:%z}"[:3]
        + ":"
        + f"{movement.occurred_at:%z}"[3:5],
        "biz_step": step if step in BIZ_STEPS else names.own("bizstep", step),
        "disposition": disposition
        if disposition in DISPOSITIONS
        else names.own("disposition", disposition),
        "read_point": PlaceOfEvent(id=at) if at else None,
        "biz_location": PlaceOfEvent(id=arrived) if arrived else None,
        "biz_transaction_list": _documents(movement, names),
        "source_list": _end(left),
        "destination_list": _end(arrived),
        "rest": {"chargehand:movement": movement.key},
    }


def _lines(
    legs: list[tuple[LegOut, Quantity]], names: Names
) -> tuple[tuple[str, ...] | None, tuple[QuantityElement, ...] | None]:
    """Instances by their URIs, everything else by its class and quantity, each named once."""
    epcs = {names.thing_uri(leg.thing): None for leg, _ in legs if leg.thing.serial}
    amounts: dict[tuple[str, Unit], Decimal] = defaultdict(Decimal)
    for leg, quantity in legs:
        if not leg.thing.serial:
            amounts[names.thing_uri(leg.thing), quantity.unit] += quantity.amount
    quantities = [
        QuantityElement(
            epc_class=uri, quantity=amount, uom=None if unit is Unit.PIECE else unit.value
        )
        for (uri, unit), amount in amounts.items()
    ]
    return tuple(epcs) or None, tuple(quantities) or None


def _documents(movement: MovementOut, names: Names) -> tuple[BizTransaction, ...] | None:
    found = (("po", movement.purchase_order), ("prodorder", movement.production_order))
    listed = tuple(BizTransaction(type=kind, id=names.own(kind, key)) for kind, key in found if key)
    return listed or None


def _end(place: str | None) -> tuple[Endpoint, ...] | None:
    return None if place is None else (Endpoint(type="location", id=place),)


def _action(movement: MovementOut, source: LegOut, target: LegOut) -> str:
    """ADD what begins to be with us, DELETE what ends; everything else was seen."""
    if source.outside in {"produced", "adjustment"}:
        return "ADD"
    if target.outside == "adjustment" or movement.business_step in {
        "destroying",
        "decommissioning",
    }:
        return "DELETE"
    return "OBSERVE"


def _disposition(movement: MovementOut, source: LegOut, target: LegOut) -> str:
    if target.place is not None:
        return target.disposition
    ends = {"shipping": "in_transit", "destroying": "destroyed"}
    return ends.get(movement.business_step, source.disposition)


def _identified(event: Event) -> Event:
    return replace(event, event_id=event_hash(write_event(event), PREFIXES))


def _is_reverse(one: MovementOut, other: MovementOut) -> bool:
    """Whether one movement takes back exactly what the other did."""
    taken_back = (replace(leg, quantity=-leg.quantity) for leg in other.legs)
    return Counter(one.legs) == Counter(taken_back)


def _moment(moment: datetime) -> str:
    """A moment with its offset. Raises ``ValueError`` where it has none."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} does not say its offset from UTC")
    return moment.isoformat(timespec="milliseconds")
