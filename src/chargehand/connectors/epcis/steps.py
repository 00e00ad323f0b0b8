"""What each business step of an ObjectEvent means: how one line of it becomes a signal's body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Literal

from chargehand.connectors.epcis.cbv import BIZ_STEP_URI, word
from chargehand.connectors.epcis.events import ObjectEvent
from chargehand.connectors.epcis.ilmd import lot_of
from chargehand.connectors.epcis.lines import NotOurs, arrived, at, document, left, place
from chargehand.connectors.epcis.movements import Place
from chargehand.connectors.epcis.names import Names, Thing
from chargehand.signals.kinds import Body, GoodsReceived, StockCounted, StockMoved
from chargehand.signals.stock_kinds import HoldPlaced, LegReported, LotDefined, MovementReported
from chargehand.vocabulary.identifier import HandlingUnitId, HoldId
from chargehand.vocabulary.quantity import Quantity

Make = Callable[[Thing, Quantity, HandlingUnitId], Body]
"""Makes the body of one line: what, how much, in which handling unit (empty: in none)."""
_GONE: Final[Mapping[str, Literal["customer", "scrapped", "consumed"]]] = MappingProxyType(
    {"shipping": "customer", "destroying": "scrapped", "dispensing": "consumed"}
)
"""Where things are after each step that takes them out of the plant."""
MOVING: Final = frozenset(
    {"storing", "stocking", "picking", "staging_outbound", "collecting", "removing"}
)


def _received(event: ObjectEvent, names: Names, _: str) -> Make:
    _seen(event, "OBSERVE", "ADD")
    site, location = place(arrived(event) or at(event), names)
    order = document(event, "po", names)
    return lambda thing, quantity, unit: GoodsReceived(
        site=site,
        location=location,
        material=thing.material,
        quantity=quantity,
        lot=thing.lot,
        purchase_order=order,
        serial=thing.serial,
        handling_unit=unit,
    )


def _moved(event: ObjectEvent, names: Names, _: str) -> Make:
    _seen(event, "OBSERVE")
    came_from = place(left(event), names)
    to = within(came_from, place(arrived(event), names))
    return lambda thing, quantity, unit: StockMoved(
        site=came_from[0],
        material=thing.material,
        quantity=quantity,
        from_location=came_from[1],
        to_location=to[1],
        lot=thing.lot,
        serial=thing.serial,
        handling_unit=unit,
    )


def _gone(event: ObjectEvent, names: Names, _: str) -> Make:
    _seen(event, "OBSERVE", "DELETE")
    step = word(event.biz_step, BIZ_STEP_URI)
    site, location = place(left(event), names)

    def make(thing: Thing, quantity: Quantity, unit: HandlingUnitId) -> Body:
        here = LegReported(
            material=thing.material,
            quantity=-quantity,
            location=location,
            lot=thing.lot,
            serial=thing.serial,
            handling_unit=unit,
        )
        there = LegReported(
            material=thing.material,
            quantity=quantity,
            outside=_GONE[step],
            lot=thing.lot,
            serial=thing.serial,
        )
        return MovementReported(
            site=site,
            business_step=step,
            legs=(here, there),
            document=document(event, "desadv", names),
        )

    return make


def _counted(event: ObjectEvent, names: Names, _: str) -> Make:
    _seen(event, "OBSERVE")
    site, location = place(arrived(event) or at(event), names)
    return lambda thing, quantity, unit: StockCounted(
        site=site,
        location=location,
        material=thing.material,
        counted=quantity,
        lot=thing.lot,
        serial=thing.serial,
        handling_unit=unit,
    )


def _held(event: ObjectEvent, names: Names, identity: str) -> Make:
    _seen(event, "OBSERVE")
    site, location = place(arrived(event) or at(event), names)

    def make(thing: Thing, _: Quantity, unit: HandlingUnitId) -> Body:
        key = f"{identity} {thing.material} {thing.lot} {thing.serial}"
        return HoldPlaced(
            hold=HoldId(f"epcis-{sha256(key.encode()).hexdigest()[:24]}"),
            site=site,
            reason=f"EPCIS event {identity}",
            material=thing.material,
            lot=thing.lot or None,
            serial=thing.serial or None,
            handling_unit=unit or None,
            location=location,
        )

    return make


def _begun(event: ObjectEvent, _names: Names, _: str) -> Make:
    _seen(event, "ADD")

    def make(thing: Thing, _: Quantity, __: HandlingUnitId) -> Body:
        if not thing.lot or thing.serial:
            raise NotOurs(
                "it gives single things their identities: stock is told by receiving or production"
            )
        return LotDefined(definition=lot_of(thing, event.rest.get("ilmd")))

    return make


STEPS: Final[Mapping[str, Callable[[ObjectEvent, Names, str], Make]]] = MappingProxyType(
    {
        "receiving": _received,
        "holding": _held,
        "commissioning": _begun,
        "cycle_counting": _counted,
        "stock_taking": _counted,
        **dict.fromkeys(MOVING, _moved),
        **dict.fromkeys(_GONE, _gone),
    }
)
"""What each business step of an ObjectEvent means."""


def within(came_from: Place, to: Place) -> Place:
    """The place where things went, inside one site. Raises ``NotOurs``."""
    if came_from == to:
        raise NotOurs(f"it says only that things are at {'/'.join(to)}, not that they moved")
    if came_from[0] != to[0]:
        raise NotOurs(
            f"things went from site {came_from[0]} to site {to[0]}",
            "capture the shipping event of one site and the receiving event of the other",
        )
    return to


def _seen(event: ObjectEvent, *actions: str) -> None:
    if event.action not in actions:
        raise NotOurs(f"its action is {event.action}, and only {' or '.join(actions)} is read here")
