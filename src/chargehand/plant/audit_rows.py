"""Holding the rows of a table against the journal entries that they follow from, as they pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from chargehand.record.journal import Entry
from chargehand.storage.session import Row, Session
from chargehand.vocabulary.quantity import SCALE

UNREADABLE = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
"""What reading edited text may raise: it becomes a fault that is told, and the check goes on."""
FAULTS_MAX = 50

Fact = dict[str, Any]
"""The body of a journal entry."""


class Check(Protocol):
    """Something that must agree with the journal, checked while the journal is read once."""

    kinds: frozenset[str]
    """Kinds of entries that it looks at."""

    def see(self, entry: Entry, fact: Fact) -> Iterable[str]:
        """Faults that an entry shows."""
        ...

    def end(self) -> Iterable[str]:
        """Faults that show once every entry has passed."""
        ...


def guarded(what: str, find: Callable[[], Iterable[str]]) -> list[str]:
    """The faults found; text that cannot be read is a fault itself, named by what it is of."""
    found: list[str] = []
    try:
        found.extend(find())
    except UNREADABLE as error:
        found.append(unreadable(what, error))
    return found


def unreadable(what: str, error: Exception) -> str:
    """The fault of something that reading raised an error about."""
    return f"{what} cannot be read: {type(error).__name__}: {error}"[:300]


class Rows:
    """The rows of a table by their entries, taken in step with the journal."""

    def __init__(self, sql: Session, table: str, columns: str = "*") -> None:
        self.table = table
        self._rows = sql.stream(f"SELECT {columns}, entry FROM {table} ORDER BY entry")
        self._next = next(self._rows, None)
        self.strays: list[object] = []
        """Entries that rows name and that were not asked for, the first few."""

    def of(self, number: int) -> list[Row]:
        """The rows that name an entry; entries are asked for in rising order."""
        found: list[Row] = []
        while self._next is not None and self._reached(number):
            if self._next["entry"] == number:
                found.append(self._next)
            elif len(self.strays) < FAULTS_MAX:
                self.strays.append(self._next["entry"])
            self._next = next(self._rows, None)
        return found

    def _reached(self, number: int) -> bool:
        """Whether the next row's entry has come; what is no number sorts last, or first if none."""
        assert self._next is not None
        entry = self._next["entry"]
        return entry is None or (isinstance(entry, int) and entry <= number)

    def end(self, kind: str) -> Iterator[str]:
        """Name the rows that no entry stands behind."""
        while self._next is not None and len(self.strays) < FAULTS_MAX:
            self.strays.append(self._next["entry"])
            self._next = next(self._rows, None)
        for entry in self.strays:
            yield f"the {self.table} row of entry {entry} has no {kind} in the journal"


def differences(what: str, row: Any, said: Mapping[str, object], entry: int) -> Iterator[str]:
    """Name the columns of a row that say something else than its journal entry."""
    for name, value in said.items():
        if row[name] != value:
            yield (
                f"{what} differs from its journal entry {entry}: its {name} is"
                f" {_short(row[name])}, and was recorded as {_short(value)}"
            )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - fits a line


@dataclass(slots=True)
class Mirror:
    """A table of which every row is written by one entry and never changed."""

    kinds: frozenset[str]
    rows: Rows
    said: Callable[[Entry, Fact], Sequence[Mapping[str, object]]]
    """The rows that an entry must have, column by column."""
    what: Callable[[Entry], str]
    """How the row of an entry is named in a fault."""

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        found = self.rows.of(entry.number)
        said = self.said(entry, fact)
        what = self.what(entry)
        if len(found) != len(said):
            yield (
                f"{what} has {len(found)} rows in the table {self.rows.table},"
                f" and its journal entry {entry.number} makes {len(said)}"
            )
            return
        for row, one in zip(found, said, strict=True):
            yield from differences(what, row, one, entry.number)

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        yield from self.rows.end(" or ".join(sorted(self.kinds)))


def scaled(quantity: Mapping[str, str]) -> int:
    """Millionths of a recorded quantity."""
    return int(Decimal(quantity["amount"]) * SCALE)


def number_of(name: str) -> int:
    """The number in the recorded name of a proposal, such as 12 of ``P-12``."""
    return int(name.removeprefix("P-"))
