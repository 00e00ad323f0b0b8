"""The lines of an event: which things, how much, where, by the names that the plant gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from chargehand.connectors.epcis.canonical import Canon
from chargehand.connectors.epcis.cbv import BTT_URI, SDT_URI, word
from chargehand.connectors.epcis.events import Event
from chargehand.connectors.epcis.movements import Place
from chargehand.connectors.epcis.names import Names, Thing
from chargehand.connectors.epcis.parts import Endpoint, QuantityElement
from chargehand.vocabulary.identifier import HandlingUnitId
from chargehand.vocabulary.quantity import Quantity, Unit, amount

_CANON = Canon({})


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

    def thing(self, names: Names) -> Thing:
        """What the plant calls it. Raises ``NotOurs``."""
        found = names.thing(self.uri)
        if found is None:
            raise NotOurs(
                f"no material of ours is named {self.uri}",
                "give the material its GTIN in the map",
            )
        return found

    def amount(self) -> Quantity:
        """How much it is. Raises ``NotOurs``."""
        if self.quantity is None:
            raise NotOurs(
                f"it does not say how much of {self.uri}", "have the sender give quantities"
            )
        try:
            told = Quantity(self.quantity, Unit(self.uom or Unit.PIECE))
            # 3 and 3.0 are one event, so they have to be one body
            quantity = Quantity(amount(told.scaled()), told.unit)
        except ValueError as error:
            raise NotOurs(
                f"{self.quantity} {self.uom or ''} of {self.uri} is no quantity of ours: {error}"
            ) from error
        if quantity.amount <= 0:
            raise NotOurs(f"its quantity of {self.uri} is {quantity}, and only more than 0 moves")
        return quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """All that one list of an event names, in an order that does not depend on its writing."""

    things: tuple[Line, ...]
    units: tuple[HandlingUnitId, ...]


def lines(
    epcs: tuple[str, ...] | None, quantities: tuple[QuantityElement, ...] | None, names: Names
) -> Lines:
    """The things and handling units of an EPC list and a quantity list."""
    units = {uri: names.unit(uri) for uri in epcs or ()}
    found = [Line(uri=uri, quantity=Decimal(1)) for uri, unit in units.items() if unit is None]
    found += [_line(one) for one in quantities or ()]
    return Lines(
        things=tuple(sorted(found, key=_place_in_order)),
        units=tuple(sorted(unit for unit in units.values() if unit is not None)),
    )


def _line(one: QuantityElement) -> Line:
    return Line(uri=one.epc_class, quantity=one.quantity, uom=one.uom)


def _place_in_order(one: Line) -> tuple[str, Decimal, str]:
    return _CANON.value("epc", one.uri), one.quantity or Decimal(0), one.uom or ""


def at(event: Event) -> str | None:
    """Where it happened."""
    return event.read_point.id if event.read_point else None


def left(event: Event) -> str | None:
    """Where things came from: the source, else where it happened."""
    return _end(event.source_list) or at(event)


def arrived(event: Event) -> str | None:
    """Where things are from then on: the destination, else the business location."""
    later = event.biz_location.id if event.biz_location else None
    return _end(event.destination_list) or later


def place(uri: str | None, names: Names) -> Place:
    """The storage unit that a URI names. Raises ``NotOurs``."""
    if uri is None:
        raise NotOurs("it does not say where", "have the sender give read point and location")
    if (found := names.place(uri)) is None:
        raise NotOurs(f"no place of ours is named {uri}", "give the place its URI in the map")
    return found


def document(event: Event, kind: str, names: Names) -> str | None:
    """Number of the event's business document of a kind: ``po``, ``prodorder``, ``desadv`` ..."""
    found: Iterable[str] = (
        names.document(one.id, kind)
        for one in event.biz_transaction_list or ()
        if word(one.type, BTT_URI) == kind
    )
    return next(iter(sorted(found)), None)


def _end(endpoints: tuple[Endpoint, ...] | None) -> str | None:
    found = (one.id for one in endpoints or () if word(one.type, SDT_URI) == "location")
    return next(found, None)
