"""Lots, handling units and genealogy of one transaction in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chargehand.record.handling_unit import UnitState, left_with, settle
from chargehand.record.ledger import BalanceKey, Movement, is_outside, short_of, storage
from chargehand.record.lineage import Link, LotKey, relotted
from chargehand.record.material_release import Staged, is_usable
from chargehand.record.production import Report
from chargehand.storage.holds import HoldBook
from chargehand.storage.production_reports import reports_of
from chargehand.storage.statements import replacing
from chargehand.storage.stock import key_of
from chargehand.storage.units import inside, unit_contents, unit_state
from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId, OrderId, SiteId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

LINK = (
    "INSERT INTO genealogy (entry, n, site, order_key, kind, used_material, used_lot, used_serial,"
    " used_scaled, made_material, made_lot, made_serial, made_scaled, backflushed, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
RELABEL = "relabel"
"""A movement put stock under another lot without a report of production."""
PRODUCTION = "production_reported"
UNIT_COLUMNS = "unit, kind, parent, site, location, state, entry"


class LineageBook(HoldBook):
    """Keeps lots, handling units and genealogy in step with the movements."""

    def post(
        self,
        movement: Movement,
        *,
        actor: str,
        cause: str | None,
        occurred_at: datetime | None,
        is_count: bool = False,
    ) -> Refusal | int:
        """Post a movement; what it puts under another lot, or elsewhere in its unit, is noted."""
        if movement.corrects is not None and self._is_production(movement.corrects):
            because = (
                f"{movement.corrects} reported production: take it back by a production report that"
                " corrects it, so that what went into what stays right"
            )
            return Refusal(code=RefusalCode.UNKNOWN_MOVEMENT, because=because)
        links = relabeled(movement, written(occurred_at or self._now))
        return self.transform(
            movement, actor=actor, cause=cause, occurred_at=occurred_at, links=links,
            is_count=is_count,
        )  # fmt: skip

    def _is_production(self, key: str) -> bool:
        """Whether what was accepted under a key is a report of production."""
        return any(
            self.sql(
                "SELECT 1 FROM journal WHERE number = ? AND kind = ?", (number, PRODUCTION)
            ).fetchone()
            for number in self._told_at(key)
        )

    def transform(
        self,
        movement: Movement,
        *,
        actor: str,
        cause: str | None,
        occurred_at: datetime | None,
        links: Sequence[Link],
        is_count: bool = False,
    ) -> Refusal | int:
        """Post a movement and, under its number, its genealogy and where its units now stand."""
        units = self._settled(movement)
        if isinstance(units, Refusal):
            return units
        posted = super().post(
            movement, actor=actor, cause=cause, occurred_at=occurred_at, is_count=is_count
        )
        if isinstance(posted, Refusal):
            return posted
        self._link(links, posted)
        for state in units:
            alone = left_with(state.unit, self)
            for one in (*alone, state):
                self.put_unit(one, posted)
            for one in (*alone, state):
                self.refreeze(one.unit)
        return posted

    # lots

    def is_lot(self, material: MaterialId, lot: LotId) -> bool:
        """Whether a lot was ever defined, received or made."""
        if self.master("lot", f"{material}|{lot}") is not None:
            return True
        row = self.sql(
            "SELECT 1 FROM balance WHERE lot = ? AND lot <> '' AND material = ? LIMIT 1",
            (lot, material),
        ).fetchone()
        return row is not None

    def shortage(self, key: BalanceKey, scaled: int) -> Refusal | None:
        """Why so much cannot be taken from a balance; None where it can."""
        standing = self.standing(key)
        if standing.free >= scaled:
            return None
        if (refusal := self.kept(key, scaled)) is not None:
            return refusal
        return short_of(key, standing.free, scaled, self.unit_of(key.material) or Unit.PIECE)

    def kept(self, key: BalanceKey, scaled: int) -> Refusal | None:
        """Which hold keeps so much of a balance where it is; None where none does."""
        standing = self.standing(key)
        if not standing.frozen or standing.loose >= scaled:
            return None
        return self.held(key, standing, scaled, self.unit_of(key.material) or Unit.PIECE)

    def relink(self, links: Sequence[Link], entry: int, *, instead_of: int | None) -> None:
        """Write genealogy that an entry tells, in place of what an earlier one told."""
        parts = {(one.made.material, one.made.lot) for one in links if one.made is not None}
        if instead_of is not None:
            rows = self.sql("SELECT * FROM genealogy WHERE entry = ?", (instead_of,)).fetchall()
            parts |= {(row["made_material"], row["made_lot"]) for row in rows}
            self.sql("DELETE FROM genealogy WHERE entry = ?", (instead_of,))
        self._link(links, entry)
        for material, lot in sorted(parts):  # holds on what it is part of are on it from now on
            self.refreeze_lot(material, lot)

    def _link(self, links: Sequence[Link], entry: int) -> None:
        rows = [
            (
                entry, n, one.site, one.order, one.kind, *_lot(one.used), one.used_scaled,
                *_lot(one.made), one.made_scaled, int(one.is_backflushed), one.at,
            )
            for n, one in enumerate(links)
        ]  # fmt: skip
        if rows:
            self.transaction.executemany(LINK, rows)

    def defined_by(self, kind: str, key: str) -> int | None:
        """The entry of the definition that holds."""
        row = self.sql(
            "SELECT entry FROM master WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        return None if row is None else int(row[0])

    def reports(self, site: SiteId, order: OrderId) -> list[Report]:
        """All reports of an order that were accepted, in the order of their telling."""
        return reports_of(self.sql, site, order)

    # handling units

    def unit(self, unit: str) -> UnitState | None:
        """Where a unit stands."""
        return unit_state(self.sql, unit)

    def inside(self, unit: str) -> list[UnitState]:
        """All units in a unit, and in those, the outer ones first."""
        return inside(self.sql, unit)

    def contents(self, units: Sequence[str]) -> list[tuple[BalanceKey, int]]:
        """The stock of the plant that stands directly in any of the units (millionths)."""
        return unit_contents(self.sql, units)

    def put_unit(self, state: UnitState, entry: int) -> None:
        """Let a unit stand somewhere."""
        self.sql(
            f"INSERT INTO handling_unit ({UNIT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
            f" {replacing(UNIT_COLUMNS, 'unit')}",
            (
                state.unit, state.kind, state.parent, state.site, state.location, state.state,
                entry,
            ),
        )  # fmt: skip

    def _settled(self, movement: Movement) -> list[UnitState] | Refusal:
        """Where the units that a movement names stand after it, if not where they did before.

        Each is kept in one place, whoever tells of the movement.
        """
        after: dict[str, dict[BalanceKey, int]] = {}
        for leg in movement.legs:
            unit = leg.key.handling_unit
            if unit and not is_outside(leg.key.account):
                if unit not in after:
                    after[unit] = dict(self.contents([unit]))
                after[unit][leg.key] = after[unit].get(leg.key, 0) + leg.scaled
        found = []
        for name, stock in sorted(after.items()):
            accounts = sorted({key.account for key, scaled in stock.items() if scaled > 0})
            state = self.unit(name)
            is_nested = state is not None and bool(self.inside(name))
            settled = settle(name, state, accounts, is_nested=is_nested)
            if isinstance(settled, Refusal):
                return settled
            if settled is not None:
                found.append(settled)
        return found

    # staging

    def staged_at(self, site: SiteId, location: LocationId) -> list[Staged]:
        """All stock at a place."""
        rows = self.sql(
            "SELECT * FROM balance WHERE account = ? AND scaled > 0"
            " ORDER BY material, lot, serial, handling_unit, disposition",
            (storage(site, location),),
        )
        found = []
        for row in rows:
            standing = self.standing(key_of(row))
            usable = standing.loose if standing.frozen else standing.scaled
            fit = usable if is_usable(row["disposition"]) else 0
            found.append(Staged(key=key_of(row), scaled=row["scaled"], usable=fit))
        return found

    def awaited(self, site: SiteId, location: LocationId, order: OrderId) -> dict[MaterialId, int]:
        """What is set aside for an order and not yet brought to a place (millionths)."""
        rows = self.sql(
            "SELECT material, sum(scaled - posted) AS scaled FROM reservation WHERE state = 'open'"
            " AND to_site = ? AND to_location = ? AND for_order = ? GROUP BY material"
            " ORDER BY material",
            (site, location, order),
        )
        return {MaterialId(row["material"]): int(row["scaled"]) for row in rows}

    def is_told(self, kind: str, key: str) -> bool:
        """Whether the journal has an entry of a kind under a key."""
        row = self.sql(
            "SELECT 1 FROM journal WHERE kind = ? AND kind <> 'movement' AND key = ? LIMIT 1",
            (kind, key),
        ).fetchone()
        return row is not None

    def publish(self, entry: int, topic: str) -> None:
        """Let those who follow a topic have an entry."""
        self.sql("INSERT INTO outbox (number, topic) VALUES (?, ?)", (entry, topic))


def relabeled(movement: Movement, at: str) -> list[Link]:
    """Genealogy of a movement that put stock under other lots, told by nobody as production.

    A correction goes the other way, and takes back what the movement told.
    """
    taken, put = relotted(movement)
    sign = 1
    if movement.corrects is not None:
        taken, put, sign = put, taken, -1
    return [
        Link(
            entry=0, site="", order="", kind=RELABEL, used=one, used_scaled=sign * scaled,
            made=other, made_scaled=sign * amount, is_backflushed=False, at=at,
        )
        for one, scaled in sorted(taken.items())
        for other, amount in sorted(put.items())
        if one.material == other.material
    ]  # fmt: skip


def _lot(key: LotKey | None) -> tuple[str, str, str]:
    return ("", "", "") if key is None else (key.material, key.lot, key.serial)
