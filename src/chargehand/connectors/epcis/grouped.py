"""Events of several things at once: handling units packed and unpacked, inputs and outputs."""

from __future__ import annotations

from hashlib import sha256

from chargehand.connectors.epcis.cbv import DISP_URI, word
from chargehand.connectors.epcis.events import AggregationEvent, TransformationEvent
from chargehand.connectors.epcis.lines import Lines, NotOurs, arrived, at, document, lines, place
from chargehand.connectors.epcis.names import Names
from chargehand.signals.stock_kinds import (
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    LegReported,
    Made,
    ProductionReported,
    Used,
)
from chargehand.vocabulary.identifier import OrderId
from chargehand.vocabulary.lot import Disposition


def packed(event: AggregationEvent, names: Names) -> HandlingUnitPacked | HandlingUnitUnpacked:
    """A handling unit that was packed or unpacked, as a whole. Raises ``NotOurs``."""
    unit = names.unit(event.parent_id or "")
    if unit is None:
        raise NotOurs(
            f"{event.parent_id or 'nothing'} is no handling unit",
            "have the sender name it by its SSCC",
        )
    inside = lines(event.child_epcs, event.child_quantity_list, names)
    contents = tuple(
        LegReported(
            material=thing.material, quantity=line.amount(), lot=thing.lot, serial=thing.serial
        )
        for line in inside.things
        for thing in [line.thing(names)]
    )
    if event.action == "DELETE":
        return HandlingUnitUnpacked(handling_unit=unit, contents=contents, units=inside.units)
    if event.action != "ADD":
        raise NotOurs(f"handling unit {unit} was only seen ({event.action})")
    site, location = place(arrived(event) or at(event), names)
    return HandlingUnitPacked(
        site=site, location=location, handling_unit=unit, contents=contents, units=inside.units
    )


def produced(event: TransformationEvent, names: Names, identity: str) -> ProductionReported:
    """Production of an order: inputs at the read point, outputs at the business location.

    Without a production order the transformation's own id stands for one, else the event's hash.
    Raises ``NotOurs``.
    """
    inputs = lines(event.input_epc_list, event.input_quantity_list, names)
    outputs = lines(event.output_epc_list, event.output_quantity_list, names)
    _without_units(inputs, outputs)
    site, used_at = place(at(event) or arrived(event), names)
    other, made_at = place(arrived(event) or at(event), names)
    if site != other:
        raise NotOurs(f"inputs are of site {site}, outputs of site {other}")
    state = Disposition.AVAILABLE
    if (told := word(event.disposition, DISP_URI)) in set(Disposition):
        state = Disposition(told)
    return ProductionReported(
        site=site,
        order=_order(event, names, identity),
        used=tuple(
            Used(
                material=thing.material,
                quantity=line.amount(),
                location=used_at,
                lot=thing.lot,
                serial=thing.serial,
            )
            for line in inputs.things
            for thing in [line.thing(names)]
        ),
        made=tuple(
            Made(
                material=thing.material,
                quantity=line.amount(),
                location=made_at,
                lot=thing.lot,
                serial=thing.serial,
                disposition=state,
            )
            for line in outputs.things
            for thing in [line.thing(names)]
        ),
    )


def _order(event: TransformationEvent, names: Names, identity: str) -> OrderId:
    if (order := document(event, "prodorder", names)) is not None:
        return OrderId(order)
    if event.transformation_id is not None:
        return OrderId(names.document(event.transformation_id, "transformation"))
    return OrderId(f"epcis-{sha256(identity.encode()).hexdigest()[:24]}")


def _without_units(*sides: Lines) -> None:
    for side in sides:
        if side.units:
            raise NotOurs(
                f"handling units ({', '.join(side.units)}) cannot be transformed",
                "have the sender name the things in them",
            )
