"""Probes, reviews and their answers against their journal entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chargehand.plant.audit_rows import Check, Fact, Mirror, Rows, differences
from chargehand.plant.probe_tickets import KIND, commitment_of, is_sealed_by, seal_of
from chargehand.plant.review_book import COMPLETED, OPENED, OVERDUE
from chargehand.record.journal import Entry
from chargehand.storage.session import Session


def checks(sql: Session) -> tuple[Check, ...]:
    """Everything that is checked here."""
    return tickets(sql), Probes(sql), Reviews(sql), answers(sql)


def answers(sql: Session) -> Mirror:
    """Each answer to a case of a review, as it was given."""
    names = ("n", "subject", "verdict", "text")

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        row = {"review": _number(entry), "person": entry.actor, "at": entry.recorded_at}
        return (row | {name: fact[name] for name in names},)

    return Mirror(
        frozenset({"review_answer"}),
        Rows(sql, "review_answer", f"review, person, at, {', '.join(names)}"),
        said,
        lambda entry: f"an answer to review {entry.key}",
    )


def tickets(sql: Session) -> Mirror:
    """Each commitment of a batch that probes may be made from."""
    return Mirror(
        frozenset({KIND}),
        Rows(sql, "probe_ticket", "commitment"),
        lambda _, fact: [{"commitment": one} for one in fact["commitments"]],
        lambda entry: f"the probe tickets of {entry.key}",
    )


class Probes:
    """Each probe is what was sealed when it was planted, and ended as was told."""

    kinds = frozenset({"proposal", "probe_ended"})

    def __init__(self, sql: Session) -> None:
        self._rows = Rows(sql, "probe")
        self._salts = {
            row["commitment"]: row["salt"]
            for row in sql.execute("SELECT commitment, salt FROM probe_ticket").fetchall()
        }
        used = {row["salt"] for row in sql.execute("SELECT salt FROM probe").fetchall()}
        self._unused = sorted(set(self._salts.values()) - used)
        self._open: dict[str, tuple[int, Any]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == "probe_ended":
            yield from self._ended(entry, fact)
            return
        found = self._rows.of(entry.number)
        number, carried = int(entry.key.removeprefix("P-")), str(fact.get("seal", ""))
        what = f"the probe of entry {entry.number}"
        if not found and any(is_sealed_by(carried, number, salt) for salt in self._unused):
            yield f"{what} has no row"
        for row in found:
            said = {"proposal": number, "planted_at": entry.recorded_at}
            yield from differences(what, row, said, entry.number)
            if self._salts.get(row["commitment"]) != row["salt"]:
                yield f"{what} is of no ticket"
            if seal_of(number, row["salt"], row["wrong"]) != carried:
                yield f"{what} is another one than was sealed"
            self._open[row["commitment"]] = (entry.number, row)

    def _ended(self, entry: Entry, fact: Fact) -> Iterator[str]:
        _, row = self._open.pop(fact["commitment"], (0, None))
        what = f"the probe {entry.key}"
        if row is None:
            yield f"{what} (entry {entry.number}) ended, and was never planted"
            return
        said = {name: fact[name] for name in ("state", "salt", "wrong")}
        said |= {"proposal": int(entry.key.removeprefix("P-")), "ended_at": entry.recorded_at}
        yield from differences(what, row, said, entry.number)

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for commitment, salt in self._salts.items():
            if commitment_of(salt) != commitment:
                yield f"the probe ticket {commitment} has another salt than was committed to"
        for number, row in self._open.values():
            said = {"state": "waiting", "ended_at": None}
            yield from differences(f"the probe of entry {number}", row, said, number)
        yield from self._rows.end("probe")


class Reviews:
    """Each review as it was opened; completed, or overdue, as was told last."""

    kinds = frozenset({"review"})

    def __init__(self, sql: Session) -> None:
        self._rows = Rows(sql, "review")
        self._known: dict[str, tuple[int, Any, dict[str, object]]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        what = f"review {entry.key}"
        if fact["event"] != OPENED:
            if entry.key not in self._known:
                yield f"{what} (entry {entry.number}) was never opened"
                return
            self._known[entry.key][2].update(_after(entry, fact))
            return
        found = self._rows.of(entry.number)
        if len(found) != 1:
            yield f"{what} of entry {entry.number} has {len(found)} rows"
            return
        names = ("site", "period_from", "period_to", "pack", "due_at")
        said: dict[str, object] = {name: fact[name] for name in names}
        yield from differences(what, found[0], said | {"number": _number(entry)}, entry.number)
        still: dict[str, object] = {"state": "open", "completed_by": None, "completed_at": None}
        self._known[entry.key] = (entry.number, found[0], still)

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for key, (number, row, stands) in self._known.items():
            yield from differences(f"review {key}", row, stands, number)
        yield from self._rows.end("review")


def _after(entry: Entry, fact: Fact) -> dict[str, object]:
    if fact["event"] == COMPLETED:
        return {
            "state": "completed", "completed_by": entry.actor, "completed_at": entry.recorded_at
        }  # fmt: skip
    return {"state": "overdue"} if fact["event"] == OVERDUE else {}


def _number(entry: Entry) -> int:
    return int(entry.key.removeprefix("R-"))
