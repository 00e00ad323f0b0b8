"""Handling units against the journal: told once more, they must stand where they are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chargehand.plant.audit_record import Inbox
from chargehand.plant.audit_rows import Fact, differences
from chargehand.record import handling
from chargehand.record.handling_unit import UnitState, left_with, settle
from chargehand.record.journal import Entry
from chargehand.record.ledger import BalanceKey, Movement, is_outside
from chargehand.record.told import Told
from chargehand.signals.kinds import Body
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import HandlingUnitPacked, HandlingUnitUnpacked
from chargehand.storage.session import Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal


class Retold:
    """Books in memory that only keep where units stand, and what stands in them."""

    def __init__(self) -> None:
        self.units: dict[str, tuple[UnitState, int]] = {}
        self.stock: dict[str, dict[BalanceKey, int]] = {}
        self._below: dict[str, set[str]] = {}

    def unit(self, unit: str) -> UnitState | None:
        """Where a unit stands."""
        found = self.units.get(unit)
        return None if found is None else found[0]

    def inside(self, unit: str) -> list[UnitState]:
        """All units in a unit, and in those."""
        found: dict[str, UnitState] = {}
        above = [unit]
        while above:
            above = [
                name for one in above for name in sorted(self._below.get(one, ()))
                if name not in found
            ]  # fmt: skip
            found |= {name: self.units[name][0] for name in above}
        return list(found.values())

    def contents(self, units: Sequence[str]) -> list[tuple[BalanceKey, int]]:
        """The stock that stands directly in any of the units (millionths)."""
        return [pair for unit in units for pair in self.stock.get(unit, {}).items()]

    def put_unit(self, state: UnitState, entry: int) -> None:
        """Let a unit stand somewhere."""
        before = self.unit(state.unit)
        if before is not None and before.parent is not None:
            self._below[before.parent].discard(state.unit)
        if state.parent is not None:
            self._below.setdefault(state.parent, set()).add(state.unit)
        self.units[state.unit] = (state, entry)

    def move(self, legs: Sequence[dict[str, Any]], entry: int) -> None:
        """Move stock of units, and let them stand where their stock then is."""
        named = set()
        for leg in legs:
            key = BalanceKey(**leg["key"])
            if key.handling_unit and not is_outside(key.account):
                named.add(key.handling_unit)
                stock = self.stock.setdefault(key.handling_unit, {})
                stock[key] = stock.get(key, 0) + leg["scaled"]
                if not stock[key]:
                    del stock[key]
        for name in sorted(named):
            accounts = sorted({key.account for key in self.stock[name]})
            after = settle(name, self.unit(name), accounts, is_nested=bool(self.inside(name)))
            if isinstance(after, UnitState):
                for one in (*left_with(name, self), after):
                    self.put_unit(one, entry)

    # what the effects ask for besides, none of which changes where a unit stands

    def now(self) -> datetime:
        """No moment in particular."""
        return datetime(1970, 1, 1, tzinfo=UTC)

    def place(self, site: object, location: object) -> object:
        """Every place is known: it was when the signal was taken."""
        return site, location

    def unit_of(self, material: object) -> None:
        """No unit in particular."""

    def refreeze(self, unit: str) -> None:
        """Holds are another check's business."""

    def shortage(self, key: BalanceKey, scaled: int) -> None:
        """It was there when the signal was taken."""

    kept = shortage

    def post(self, movement: Movement, **_: object) -> int:
        """The movement has an entry of its own."""
        return len(movement.legs)

    def trigger(self, site: str, subject: str) -> None:
        """Nobody is asked to hear anything."""


class Units:
    """Each handling unit stands where the journal, told once more, lets it stand."""

    kinds = frozenset(
        {"handling_unit_packed", "handling_unit_unpacked", "handling_unit_moved", "movement"}
    )

    def __init__(self, sql: Session, inbox: Inbox) -> None:
        self._sql = sql
        self._inbox = inbox
        self._retold = Retold()

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == "movement":
            if any("handling_unit" in leg["key"] for leg in fact["legs"]):
                self._retold.move(fact["legs"], entry.number)
        elif self._inbox.status == Status.ACCEPTED:
            yield from self._told(entry)

    def _told(self, entry: Entry) -> Iterator[str]:
        body = wire.read(Body, entry.body)
        if isinstance(body, HandlingUnitUnpacked) and body.contents:
            if not body.units:
                return  # only stock was taken out
            body = replace(body, contents=())
        if isinstance(body, HandlingUnitPacked):
            body = replace(body, contents=())
        signal = Signal(source="audit", key=entry.key, body=body)
        refusal = handling.EFFECTS[type(body)](
            Told(signal, entry.actor, entry.number), body, self._retold
        )
        if isinstance(refusal, Refusal):
            yield f"{entry.kind} {entry.key} (entry {entry.number}) was accepted: {refusal.because}"

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        said = dict(self._retold.units)
        for row in self._sql.execute("SELECT * FROM handling_unit ORDER BY unit"):
            known = said.pop(row["unit"], None)
            if known is None:
                yield f"handling unit {row['unit']} has no entry in the journal"
                continue
            state, entry = known
            columns = {
                "kind": str(state.kind), "parent": state.parent, "site": state.site,
                "location": state.location, "state": state.state, "entry": entry,
            }  # fmt: skip
            yield from differences(f"handling unit {row['unit']}", row, columns, entry)
        for unit, (_, entry) in said.items():
            yield f"handling unit {unit} (entry {entry}) is not in the table"
