"""Change requests and signatures against their journal entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chargehand.plant.audit_rows import Fact, Mirror, Rows, differences
from chargehand.plant.policy_request_facts import ENDED, REQUEST, SIGNATURE
from chargehand.record.journal import Entry
from chargehand.storage.session import Row, Session
from chargehand.vocabulary.wire import canonical


def signatures(sql: Session) -> Mirror:
    """Each signature as it was given."""

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        names = ("n", "role", "verdict", "because")
        row = {"request": _number(entry), "person": entry.actor, "at": entry.recorded_at}
        return (row | {name: fact[name] for name in names},)

    columns = "request, n, person, role, verdict, because, at"
    return Mirror(
        frozenset({SIGNATURE}),
        Rows(sql, "signature", columns),
        said,
        lambda entry: f"signature of {entry.key}",
    )


class Requests:
    """Each change request as it was proposed, and ended as somebody or something ended it."""

    kinds = frozenset({REQUEST, ENDED})

    def __init__(self, sql: Session) -> None:
        self._rows = Rows(sql, "change_request")
        self._open: dict[str, tuple[int, Row]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        found = self._rows.of(entry.number)
        if entry.kind == ENDED:
            _, row = self._open.pop(entry.key, (0, None))
            if row is None:
                yield f"{entry.key} was ended by entry {entry.number}, and was not open"
                return
            said = {"state": fact["state"], "ended_because": fact["because"]}
            said["ended_at"] = entry.recorded_at
            yield from differences(f"request {entry.key}", row, said, entry.number)
            return
        if len(found) != 1:
            yield f"request {entry.key} of entry {entry.number} has {len(found)} rows"
            return
        names = ("kind", "base_version", "new_version", "text", "because", "expires_at")
        told: Fact = {name: fact[name] for name in names}
        told |= {"number": _number(entry), "digest": fact["sha256"], "proposed_by": entry.actor}
        told |= {"proposed_at": entry.recorded_at, "evidence": canonical(fact["evidence"])}
        yield from differences(f"request {entry.key}", found[0], told, entry.number)
        self._open[entry.key] = (entry.number, found[0])

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for key, (number, row) in self._open.items():
            said: Fact = {"state": "waiting", "ended_at": None, "ended_because": ""}
            yield from differences(f"request {key}", row, said, number)
        yield from self._rows.end("change_request")


def _number(entry: Entry) -> int:
    return int(entry.key.removeprefix("C-"))
