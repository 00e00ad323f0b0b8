"""What stands beside the journal's leaves, and what they say of refusals and of sources' owners."""

from __future__ import annotations

from collections.abc import Iterator

from chargehand.plant.audit_rows import Fact, differences
from chargehand.record.journal import Entry
from chargehand.signals.signal import Status
from chargehand.storage.personal import is_proven, tokens_in
from chargehand.storage.session import Session

ERASURE = "erasure"
WORDED = frozenset(
    {
        "ruling", "transition", "effect", "breaker", "policy", "change_request", "signature",
        "request_ended", "delegation", "demotion", "notice", "task_declined", "hold_placed",
        "hold_released", "hold", "hold_review", "reservation_voided", "conflict",
        "unreadable", "account_locked", "sign_in_stranger", "review", "review_answer",
        "breaker_note", "demotion_note", "credential",
    }
)  # fmt: skip
"""Kinds of entries that may hold tokens of what people wrote."""


class Personal:
    """Every token's text is kept as it was written, or an entry says that it was erased."""

    kinds = WORDED | {ERASURE}

    def __init__(self, sql: Session) -> None:
        self._sql = sql
        self._named: dict[str, int] = {}
        self._erased: set[str] = set()
        self.erased = 0
        """Texts that were erased."""

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == ERASURE:
            self._erased.update(fact["tokens"])
            self.erased = len(self._erased)
        else:
            for token in tokens_in(entry.body):
                self._named.setdefault(token, entry.number)
        yield from ()

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.stream("SELECT token, salt, text FROM personal"):
            token = str(row["token"])
            entry = self._named.pop(token, None)
            if token in self._erased:
                yield f"the text {token} was said to be erased, and is there"
            elif entry is None:
                yield f"the text {token} belongs to no entry"
            elif not is_proven(row):
                yield f"the text {token} of entry {entry} was edited"
        for token, entry in self._named.items():
            if token not in self._erased:
                yield f"the text {token} of entry {entry} is gone, and nobody erased it"


class SourceOwners:
    """Each source belongs to the account that took it last."""

    kinds = frozenset({"source_owner"})

    def __init__(self, sql: Session) -> None:
        self._sql = sql
        self._last: dict[str, tuple[int, str]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        self._last[entry.key] = (entry.number, fact["account"])
        yield from ()

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute("SELECT source, account, entry FROM sender"):
            entry, account = self._last.pop(row["source"], (row["entry"], row["account"]))
            said = {"account": account, "entry": entry}
            yield from differences(f"the owner of source {row['source']}", row, said, entry)
        for source, (entry, _) in self._last.items():
            yield f"the owner of source {source} (entry {entry}) is not in the table"


class Refused:
    """Each refused signal is answered as the entry after it says."""

    kinds = frozenset({"signal_refused"})

    def __init__(self, sql: Session) -> None:
        self._sql = sql
        self._first: int | None = None
        self._said: dict[str, tuple[int, Fact]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if self._first is None:
            self._first = entry.number
        self._said[entry.key] = (entry.number, fact)
        yield from ()

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        if self._first is None:
            return
        for row in self._sql.execute(
            "SELECT i.source, i.key, i.kind, i.code, i.because, i.status, i.entry, j.kind AS told"
            " FROM inbox i JOIN journal j ON j.number = i.entry WHERE i.status <> 'accepted'"
        ):
            name = f"{row['source']}/{row['key']}"
            entry, fact = self._said.get(name, (-1, {}))
            if entry > row["entry"]:
                said = {"code": fact["code"], "because": fact["because"]}
                yield from differences(f"the answer to signal {name}", row, said, entry)
            elif (row["status"], row["told"] == "refused") == (Status.REFUSED, False) and (
                row["entry"] > self._first
            ):
                at = row["entry"]
                yield f"signal {name} (entry {at}) is kept as refused, and no entry says so"
