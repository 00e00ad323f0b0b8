"""What the database of a race holds afterwards, read by plain SQL that is not the product's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _race_acts import read_log

Key = tuple[str, str, str]
"""Account, material, lot."""
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The tables that the checks look at."""

    journal: list[tuple[int, str, str, str | None, str]]
    """Number, kind, key, cause and body, in order."""
    inbox: list[tuple[str, str, str, int]]
    """Source, key, status and entry of each source transaction."""
    balances: dict[Key, tuple[int, int]]
    """On hand and reserved (millionths)."""
    set_aside: dict[Key, int]
    """What open reservations keep of each balance (millionths)."""
    is_ordered: bool
    """Whether batches of movements were posted one after the other, so that any two entries of
    the journal are in the order of their effects. On PostgreSQL they stand beside each other, and
    only what works alone (reservations, holds, counts) is in order with all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One act that a writer was answered."""

    source: str
    key: str
    body: dict[str, Any]
    status: str
    code: str | None


@dataclass(slots=True)
class Logs:
    """All that writers were answered."""

    told: list[Told] = field(default_factory=list)
    again: list[Told] = field(default_factory=list)
    """What was told a second time on purpose."""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """How long answers took, by way."""

    @property
    def taken(self) -> list[Told]:
        """The acts that were accepted."""
        return [one for one in self.told if one.status in {"accepted", "repeated"}]

    def by_kind(self) -> str:
        """How many of each kind were accepted and refused."""
        count: Counter[str] = Counter(one.body["kind"] for one in self.told)
        taken: Counter[str] = Counter(one.body["kind"] for one in self.taken)
        return ", ".join(f"{kind} {taken[kind]} of {count[kind]}" for kind in sorted(count))


def read_logs(folder: Path) -> Logs:
    """Read every writer's log."""
    logs = Logs()
    for file in sorted(folder.glob("*.jsonl")):
        for line in read_log(file):
            signal = line["signal"]
            told = Told(
                source=signal["source"], key=signal["key"], body=signal["body"],
                status=line["status"], code=line["code"],
            )  # fmt: skip
            (logs.again if line["is_again"] else logs.told).append(told)
            logs.seconds.setdefault(line["way"], []).append(line["seconds"])
    return logs


def read_record(place: Path | str) -> Record:
    """Read the tables of a file of SQLite or of a PostgreSQL database."""
    journal = _rows(place, "SELECT number, kind, key, cause, body FROM journal ORDER BY number")
    inbox = _rows(place, "SELECT source, key, status, entry FROM inbox")
    stock = _rows(
        place,
        "SELECT account, material, lot, sum(scaled), sum(reserved) FROM balance"
        " GROUP BY account, material, lot",
    )
    kept = _rows(
        place,
        "SELECT account, material, lot, sum(scaled - posted) FROM reservation"
        " WHERE state = 'open' GROUP BY account, material, lot",
    )
    return Record(
        journal=[(int(n), k, key, cause, body) for n, k, key, cause, body in journal],
        inbox=[(source, key, status, int(entry)) for source, key, status, entry in inbox],
        balances={(a, m, lot): (int(scaled), int(kept)) for a, m, lot, scaled, kept in stock},
        set_aside={(a, m, lot): int(scaled) for a, m, lot, scaled in kept},
        is_ordered=isinstance(place, Path),
    )


def _rows(place: Path | str, statement: str) -> list[Row]:
    if isinstance(place, Path):
        import apsw

        file = apsw.Connection(str(place), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            return list(file.execute(statement))
        finally:
            file.close()
    import psycopg

    with psycopg.connect(place) as connection:
        return connection.execute(statement).fetchall()
