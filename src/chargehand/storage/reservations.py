"""Reservations of one transaction in SQL: placed, picked in parts, voided, expired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chargehand.record.books import Promise
from chargehand.record.eligibility import Candidate
from chargehand.record.ledger import BalanceKey, short_of
from chargehand.record.reservation import TASK, OpenLeg, OpenReservation, Reserved, Step
from chargehand.storage.stock import AT, Standing, StockBook, at, key_of, standing_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import HoldId, MaterialId, SiteId, ZoneId
from chargehand.vocabulary.instant import instant, start_of, written
from chargehand.vocabulary.lot import Disposition, MaterialLot
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal


class ReservationBook(StockBook):
    """What is set aside, for tasks and for orders; never more than is on hand."""

    def promise(self, promise: Promise, *, actor: str) -> Refusal | None:
        """Set stock aside for a task; refused where it is not free."""
        refusal = self._not_free(promise.legs)
        if refusal is None:
            number = self.entry("reservation", promise.key, wire.write(promise), actor=actor)
            self._set_aside(promise, number, kind=TASK, expires_at=None)
        return refusal

    def reserve(self, reserved: Reserved, *, actor: str, cause: str) -> Refusal | None:
        """Set stock aside for an order of the plant's; refused where it is not free."""
        refusal = self._not_free(reserved.legs)
        if refusal is None:
            text = wire.write(reserved)
            number = self.entry("reservation", reserved.key, text, actor=actor, cause=cause)
            self._set_aside(reserved, number, kind=reserved.kind, expires_at=reserved.expires_at)
        return refusal

    def _not_free(self, legs: Iterable[tuple[BalanceKey, int]]) -> Refusal | None:
        for key, scaled in legs:
            standing = self.standing(key)
            if standing.free < scaled:
                return self._why_not_free(key, standing, scaled)
        return None

    def _why_not_free(self, key: BalanceKey, standing: Standing, scaled: int) -> Refusal:
        unit = self.unit_of(key.material) or Unit.PIECE
        if standing.frozen:
            return self.held(key, standing, scaled, unit)
        return short_of(key, standing.free, scaled, unit)

    def _set_aside(
        self, aside: Promise | Reserved, number: int, *, kind: str, expires_at: datetime | None
    ) -> None:
        for n, (key, scaled) in enumerate(aside.legs):
            self._hold_back(key, scaled, number)
            self.sql(
                "INSERT INTO reservation (key, n, account, material, lot, serial, handling_unit,"
                " disposition, site, location, to_site, to_location, scaled, state, for_order,"
                " entry, kind, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?)",
                (
                    aside.key, n, *at(key), aside.site, aside.location, aside.to_site,
                    aside.to_location, scaled, aside.for_order, number, kind,
                    None if expires_at is None else written(expires_at),
                ),
            )  # fmt: skip

    def _hold_back(self, key: BalanceKey, scaled: int, entry: int) -> None:
        self.sql(
            f"UPDATE balance SET reserved = reserved + ?, entry = ? WHERE {AT}",
            (scaled, entry, *at(key)),
        )

    def promised(self, key: str) -> Promise | None:
        """What is still set aside for a task."""
        found = self.reservation(key)
        if found is None or found.state != "open":
            return None
        return Promise(
            key=key,
            legs=tuple((leg.key, leg.left) for leg in found.legs if leg.left),
            site=found.site,
            location=found.location,
            to_site=found.to_site,
            to_location=found.to_location,
            for_order=found.for_order,
        )

    def reservation(self, key: str) -> OpenReservation | None:
        """A reservation as it now stands, also one that has ended."""
        rows = self.sql("SELECT * FROM reservation WHERE key = ? ORDER BY n", (key,)).fetchall()
        if not rows:
            return None
        first = rows[0]
        return OpenReservation(
            key=key,
            kind=first["kind"],
            state=first["state"],
            legs=tuple(
                OpenLeg(n=row["n"], key=key_of(row), scaled=row["scaled"], posted=row["posted"])
                for row in rows
            ),
            site=first["site"],
            location=first["location"],
            to_site=first["to_site"],
            to_location=first["to_location"],
            for_order=first["for_order"],
            expires_at=first["expires_at"] and instant(first["expires_at"]),
        )

    def promises_on(self, key: BalanceKey) -> list[str]:
        """Keys of the orders that part of a balance is set aside for, the newest first."""
        rows = self.sql(
            f"SELECT key, max(entry) AS entry FROM reservation WHERE state = 'open' AND {AT}"
            " GROUP BY key ORDER BY entry DESC",
            at(key),
        )
        return [str(row["key"]) for row in rows]

    def release(self, key: str, state: str, entry: int) -> None:
        """End a task's promise: ``posted`` or ``voided``."""
        found = self.reservation(key)
        if found is None or found.state != "open":
            return
        for leg in found.legs:
            self._hold_back(leg.key, -leg.left, entry)
            if state == "posted":
                self._due[leg.key] = self._due.get(leg.key, 0) + leg.left
        self._end(key, state, entry)

    def _end(self, key: str, state: str, entry: int) -> None:
        self.sql(
            "UPDATE reservation SET state = ?, entry = ? WHERE key = ? AND state = 'open'",
            (state, entry, key),
        )

    def step_reservation(self, step: Step, *, actor: str, cause: str | None) -> int:
        """Write one step of an order's reservation; what was picked or freed holds nothing back."""
        text = wire.write(step)
        entry = self.entry("reservation_step", step.reservation, text, actor=actor, cause=cause)
        found = self.reservation(step.reservation)
        assert found is not None
        picked = dict(step.picked)
        for leg in found.legs:
            taken = picked.get(leg.n, 0)
            self._due[leg.key] = self._due.get(leg.key, 0) + taken
            self._hold_back(leg.key, -(taken if step.state == "open" else leg.left), entry)
            self.sql(
                "UPDATE reservation SET posted = posted + ?, entry = ? WHERE key = ? AND n = ?",
                (taken, entry, step.reservation, leg.n),
            )
        if step.state != "open":
            self._end(step.reservation, step.state, entry)
        return entry

    def expired_reservations(self) -> list[str]:
        """Keys of open reservations whose time is over."""
        rows = self.sql(
            "SELECT DISTINCT key FROM reservation WHERE state = 'open' AND expires_at <= ?"
            " ORDER BY key",
            (written(self._now),),
        )
        return [str(row["key"]) for row in rows]

    def candidates(self, site: SiteId, material: MaterialId) -> dict[Candidate, BalanceKey]:
        """Stock of a material in a site, as lot selection sees it."""
        rows = self.sql(
            "SELECT * FROM balance WHERE site = ? AND material = ? AND scaled > 0", (site, material)
        ).fetchall()
        text = self.master("material", material)
        shelf_life = None
        if text is not None:
            shelf_life = wire.read(MaterialDefinition, text).shelf_life_days
        return {self._candidate(row, site, shelf_life): key_of(row) for row in rows}

    def _candidate(self, row: Mapping[str, Any], site: SiteId, shelf_life: int | None) -> Candidate:
        standing = standing_of(row)
        key, hold = key_of(row), None
        if standing.frozen and not standing.free:
            hold = HoldId(next(iter(self.holds_of(key)), {"key": "?"})["key"])
        text = self.master("lot", f"{row['material']}|{row['lot']}") if row["lot"] else None
        lot = None if text is None else wire.read(MaterialLot, text)
        place = self.place(site, row["location"])
        return Candidate(
            location=row["location"],
            zone=ZoneId("") if place is None else place.zone,
            on_hand=standing.scaled,
            reserved=standing.reserved if hold else standing.scaled - standing.free,
            lot=row["lot"],
            serial=row["serial"],
            handling_unit=row["handling_unit"],
            disposition=row["disposition"],
            lot_status=Disposition.AVAILABLE if lot is None else lot.status,
            hold=hold,
            expires_on=None if lot is None else lot.expiry(shelf_life),
            received_at=start_of(lot.received_on) if lot and lot.received_on else None,
        )
