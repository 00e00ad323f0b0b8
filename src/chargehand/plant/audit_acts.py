"""What people's acts left in the tables, against the journal: stand-ins, what was handed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from chargehand.plant.audit_rows import Check, Fact, Rows, differences
from chargehand.plant.delegating import ENDED, MADE
from chargehand.record.journal import Entry
from chargehand.storage.session import Row, Session


def checks(sql: Session) -> tuple[Check, ...]:
    """The checks that read the journal in step with these tables."""
    return (Delegations(sql),)


class Delegations:
    """Each delegation as it was made; ended only by those who have said so."""

    kinds = frozenset({MADE, ENDED})

    def __init__(self, sql: Session) -> None:
        self._rows = Rows(sql, "delegation")
        self._open: dict[str, tuple[int, Row]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == ENDED:
            number, row = self._open.pop(entry.key, (0, None))
            if row is not None:
                ended = {"ended_at": entry.recorded_at}
                yield from differences(f"delegation {entry.key}", row, ended, number)
            return
        found = self._rows.of(entry.number)
        if len(found) != 1:
            yield f"delegation {entry.key} (entry {entry.number}) has {len(found)} rows"
            return
        yield from differences(f"delegation {entry.key}", found[0], fact, entry.number)
        self._open[entry.key] = entry.number, found[0]

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for key, (number, row) in self._open.items():
            yield from differences(f"delegation {key}", row, {"ended_at": None}, number)
        yield from self._rows.end(MADE)


def moved_on(said: Fact, steps: Iterable[tuple[Any, Fact]], since: int) -> Fact:
    """What a proposal shows of its queue: as ruled by entry ``since``, and handed on later."""
    if "escalate_at" not in said:  # recorded before there were queues
        return said
    waits = True
    for entry, fact in steps:
        waits = fact["state"] == "waiting"
        if entry["number"] > since and "escalate_at" in fact:
            said |= {name: fact[name] for name in ("escalated", "escalate_at", "handed_to")}
    return said if waits else said | {"escalate_at": None}


def undo_until(steps: Iterable[tuple[Any, Fact]]) -> str | None:
    """Until when the last approval could be taken back, by the steps of a proposal."""
    until = None
    for _, fact in steps:
        if fact["event"] in {"clear", "undo"}:
            until = fact.get("undo_until")
    return until
