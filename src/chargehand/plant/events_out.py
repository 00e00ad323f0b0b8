"""Movements of the journal as what EPCIS events are written from, and found again by their keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from chargehand.connectors.epcis.movements import LegOut, MovementOut
from chargehand.connectors.epcis.names import Thing
from chargehand.record.ledger import Leg, Movement
from chargehand.storage.known import Known
from chargehand.storage.lot_movements import order_of_reservation, posted_as, told_as
from chargehand.storage.session import Row, Session
from chargehand.storage.transaction import place_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, SiteId
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.quantity import Quantity, Unit, amount


class MovementsOut:
    """Reads movements on one connection; each material's unit is looked up once."""

    def __init__(self, sql: Session) -> None:
        self._sql = sql
        self._known = Known(sql)

    def of(self, rows: Iterable[Row]) -> Iterator[MovementOut]:
        """The movements of some rows of the journal, each with the one that it corrects."""
        for row in rows:
            movement = wire.read(Movement, row["body"])
            earlier = None if movement.corrects is None else self.named(movement.corrects)
            yield self._out(movement, row, earlier)

    def named(self, key: str) -> MovementOut | None:
        """A movement by its key, or by that of the signal that caused it."""
        row = posted_as(self._sql, key)
        return None if row is None else self._out(wire.read(Movement, row["body"]), row)

    def _out(
        self, movement: Movement, row: Row, corrects: MovementOut | None = None
    ) -> MovementOut:
        legs = tuple(self._leg(leg, movement.unit) for leg in movement.legs)
        bought, made = self._orders(movement.key, {leg.place[0] for leg in legs if leg.place})
        return MovementOut(
            key=movement.key,
            business_step=movement.business_step,
            occurred_at=instant(row["occurred_at"] or row["recorded_at"]),
            recorded_at=instant(row["recorded_at"]),
            legs=legs,
            purchase_order=bought,
            production_order=made,
            corrects=corrects,
        )

    def _leg(self, leg: Leg, told: Unit) -> LegOut:
        key = leg.key
        site, location = place_of(key.account)
        # a movement of several materials names the unit of one of them
        unit = self._known.unit_of(key.material) or told
        return LegOut(
            thing=Thing(material=key.material, lot=key.lot, serial=key.serial),
            quantity=Quantity(amount(leg.scaled), unit),
            place=(SiteId(site), LocationId(location)) if site else None,
            outside="" if site else key.account.removeprefix("~"),
            disposition=key.disposition,
            handling_unit=key.handling_unit,
        )

    def _orders(self, key: str, sites: Iterable[SiteId]) -> tuple[str | None, str | None]:
        """The purchase order and the production order that a movement's signal names."""
        body = told_as(self._sql, key)
        if body is None:
            return None, None
        told = json.loads(body)
        order = told.get("order") or order_of_reservation(self._sql, told.get("reservation") or "")
        if order and any(self._known.master("maintenance_order", f"{at}|{order}") for at in sites):
            order = None
        return told.get("purchase_order"), order or None
