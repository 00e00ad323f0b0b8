"""An open writing transaction: its connection, and the numbers of the journal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from chargehand.record.journal import Tree
from chargehand.storage.session import Session

CHECKPOINT_EVERY = 1024
"""Entries after which the root is noted, so that an edit can be found between two of them."""


@dataclass(slots=True)
class LaneRows:
    """The rows of a batch of postings; balances in the order of their keys (millionths)."""

    inbox: list[tuple[Any, ...]] = field(default_factory=list)
    journal: list[tuple[Any, ...]] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    takes: list[tuple[Any, ...]] = field(default_factory=list)
    """Taken (negative), brought, entry, key: balances of ours that something is taken from."""
    brings: list[tuple[Any, ...]] = field(default_factory=list)
    """Change, entry, key: balances that are only added to, and those of the world outside."""


class Transaction(ABC):
    """One writing transaction; the engines' own add how the journal is numbered."""

    is_alone = True
    """No other writer is at work beside it."""
    is_fresh = True
    """Nothing is written yet: what fails can be taken back whole, without a savepoint."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.execute: Callable[..., Any] = session.execute
        self.executemany = session.executemany

    @property
    def engine(self) -> str:
        """``sqlite`` or ``postgres``."""
        return self.session.engine

    @property
    def is_open(self) -> bool:
        """Whether it can still be committed; a full disk, say, takes it back by itself."""
        return self.session.in_transaction

    @abstractmethod
    def next_number(self) -> int:
        """The number of the next journal entry."""

    @abstractmethod
    def last_number(self) -> int:
        """The number of the last journal entry of this transaction."""

    @abstractmethod
    def take_numbers(self, count: int) -> int:
        """Use up numbers for entries that are about to be written; the first of them."""

    @abstractmethod
    def sequence(self, leaves: Sequence[bytes], recorded_at: Sequence[str]) -> None:
        """Append the leaves of entries just written to the tree, where the engine does so now."""

    @abstractmethod
    def put_lane(self, rows: LaneRows) -> bool:
        """Write a batch of postings; False where any of it is not in order (then undo it)."""

    @abstractmethod
    def mark(self) -> Any:
        """The state that goes back with a savepoint."""

    @abstractmethod
    def back_to(self, mark: Any) -> None:
        """Take that state back."""

    @abstractmethod
    def restart(self) -> None:
        """Take everything back and begin again."""

    def savepoint(self, name: str) -> Savepoint:
        """Undo what is done inside, where it raises or asks for it."""
        return Savepoint(self, name)

    def trial(self) -> Savepoint | Trial:
        """The same at less cost, where nothing is written yet."""
        return Trial(self) if self.is_fresh else Savepoint(self, "trial")


class Savepoint:
    """A part of a transaction that can be taken back without the rest."""

    def __init__(self, transaction: Transaction, name: str) -> None:
        self._transaction = transaction
        self._name = name
        self._is_void = False

    def undo(self) -> None:
        """Take the part back when the block ends."""
        self._is_void = True

    def __enter__(self) -> Self:
        self._transaction.is_fresh = False
        self._before = self._transaction.mark()
        self._transaction.execute(f"SAVEPOINT {self._name}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_void = self._is_void or kind is not None
        if is_void:
            self._transaction.back_to(self._before)
        if not self._transaction.is_open:
            return  # the engine has taken everything back itself, as SQLite does on a full disk
        if is_void:
            self._transaction.execute(f"ROLLBACK TO SAVEPOINT {self._name}")
        self._transaction.execute(f"RELEASE SAVEPOINT {self._name}")


class Trial:
    """The first part of a transaction: taking it back takes back the transaction.

    SQLite copies every page that a savepoint may have to give back; a rollback needs no copies.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._is_void = False

    def undo(self) -> None:
        """Take the part back when the block ends."""
        self._is_void = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            return  # the whole transaction is given up
        if self._is_void:
            self._transaction.restart()
        else:
            self._transaction.is_fresh = False


def place_of(account: str) -> tuple[str, str]:
    """Site and location of an account; both empty for the world outside."""
    if account[0] == "~":
        return "", ""
    site, _, location = account.partition("/")
    return site, location


def stored_tree(size: int, peaks: bytes) -> Tree:
    """The tree behind its stored size and peaks."""
    return Tree(size, [peaks[start : start + 32] for start in range(0, len(peaks), 32)])
