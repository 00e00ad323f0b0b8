"""Breakers, demotions and notices against their journal entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chargehand.plant.audit_rows import Check, Fact, Rows, differences
from chargehand.plant.breaker_book import STOP, scope_of
from chargehand.plant.said_after import NOTES
from chargehand.record.journal import Entry
from chargehand.storage.session import Session


def checks(sql: Session) -> tuple[Check, ...]:
    """Everything that is checked here."""
    return Breakers(sql), Demotions(sql), Notices(sql)


class _Lasting:
    """Rows that one entry begins and a later one under the same key ends."""

    kind: str
    table: str

    def __init__(self, sql: Session) -> None:
        self.kinds = frozenset({self.kind, NOTES.get(self.kind, self.kind)})
        self._rows = Rows(sql, self.table)
        self._open: dict[str, list[tuple[Entry, Any, dict[str, object]]]] = {}

    def _begin(self, entry: Entry, key: str, said: dict[str, object]) -> Iterator[str]:
        """Hold a new row against its entry; the rest of it is known once it has ended."""
        found = self._rows.of(entry.number)
        if len(found) != 1:
            yield f"the {self.kind} {entry.key} of entry {entry.number} has {len(found)} rows"
            return
        self._open.setdefault(key, []).append((entry, found[0], said))

    def _note(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Why, as somebody said it after."""
        for begun, _, said in self._open.get(entry.key, ()):
            if begun.number == fact["of"]:
                said["because"] = fact["because"]
                return
        yield f"entry {entry.number} says why for no {self.kind} that is in force"

    def _finish(self, key: str, **ended: object) -> Iterator[str]:
        for entry, row, said in self._open.pop(key, ()):
            name = "*|*|*" if entry.key == STOP else entry.key
            what = f"the {self.kind} {name}"
            yield from differences(what, row, said | ended, entry.number)

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for key in list(self._open):
            yield from self._finish(key)
        yield from self._rows.end(self.kind)


class Breakers(_Lasting):
    """Each stop and breaker as it opened; closed only by those who have said why."""

    kind = table = "breaker"

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == NOTES[self.kind]:
            yield from self._note(entry, fact)
        elif "closed" not in fact:
            scope = ("*", "*", "*") if entry.key == STOP else scope_of(entry.key)
            said: dict[str, object] = {
                "id": entry.number, "opened_at": entry.recorded_at, "closed_at": None,
                "state": "open", "half_open_at": None, "trials": 0,
                **dict(zip(("decision", "site", "zone"), scope, strict=True)), **fact,
            }  # fmt: skip
            yield from self._begin(entry, entry.key, said)
        elif "trials" in fact:
            for _, _, said in self._open.get(entry.key, ()):
                said |= {"state": "half_open", "half_open_at": entry.recorded_at}
                said["trials"] = fact["trials"]
        else:
            yield from self._finish(entry.key, closed_at=entry.recorded_at, state="closed")


class Demotions(_Lasting):
    """Each demotion as it was made; ended only by an entry of its own."""

    kind = table = "demotion"

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == NOTES[self.kind]:
            yield from self._note(entry, fact)
            return
        ended = {"ended_at": entry.recorded_at, "ended_by": entry.actor}
        yield from self._finish(entry.key, **ended)
        if "ended" not in fact:
            said = {"number": entry.number, "who": entry.actor, "at": entry.recorded_at, **fact}
            said |= {"ended_at": None, "ended_by": None}
            yield from self._begin(entry, entry.key, said)


class Notices(_Lasting):
    """Each notice as it was told; seen once somebody has said so."""

    kind = table = "notice"

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if "seen" in fact:
            yield from self._finish(str(fact["seen"]), seen_at=entry.recorded_at)
            return
        said = {"number": entry.number, "at": entry.recorded_at, "seen_at": None, **fact}
        yield from self._begin(entry, str(entry.number), said)
