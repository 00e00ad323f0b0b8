"""The journal of one transaction in SQL: facts are appended, never touched again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chargehand.record.journal import Entry, leaf_hash
from chargehand.storage import personal
from chargehand.storage.transaction import Transaction
from chargehand.vocabulary.instant import written

ENTRY = """INSERT INTO journal
 (number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class JournalBook:
    """Appends to the journal inside an open transaction."""

    def __init__(self, transaction: Transaction, clock: Callable[[], datetime]) -> None:
        self.transaction = transaction
        self.sql = transaction.execute
        self._now = clock()

    def now(self) -> datetime:
        """The moment of recording: one for the whole transaction."""
        return self._now

    def entry(
        self,
        kind: str,
        key: str,
        body: str,
        *,
        actor: str,
        cause: str | None = None,
        occurred_at: datetime | None = None,
    ) -> int:
        """Append a fact to the journal and return its number."""
        fact = Entry(
            number=self.transaction.take_numbers(1),
            kind=kind,
            key=key,
            recorded_at=written(self._now),
            occurred_at=None if occurred_at is None else written(occurred_at),
            cause=cause,
            actor=actor,
            body=body,
        )
        leaf = leaf_hash(fact.leaf_text())
        self.sql(
            ENTRY,
            (
                fact.number, kind, key, fact.recorded_at, fact.occurred_at, cause, actor,
                body, leaf,
            ),
        )  # fmt: skip
        self.transaction.sequence([leaf], [fact.recorded_at])
        return fact.number

    def personal(self, text: str, *, person: str) -> str:
        """Keep a text that a person wrote beside the journal; the token that stands for it there.

        Nothing is kept of an empty text, which stays as it is.
        """
        return personal.keep(self.sql, text, person, written(self._now)) if text else ""

    def next_number(self) -> int:
        """The number of the next journal entry."""
        return self.transaction.next_number()
