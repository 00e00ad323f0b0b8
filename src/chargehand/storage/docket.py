"""Proposals, rulings and orders in SQL: every step is a row, a transition and a journal entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from chargehand.record.journal import Entry, leaf_hash
from chargehand.storage.books import SqlBooks
from chargehand.storage.statements import replacing
from chargehand.storage.transaction import Transaction
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.wire import canonical

PROPOSAL_COLUMNS = (
    "number", "version", "decision", "title", "site", "zone", "subject", "label", "headline",
    "state", "priority", "rank", "cost", "inaction", "inaction_rank", "currency", "confidence",
    "basis", "decide_before", "measure_after", "expires_at", "as_of", "created_at", "updated_at",
    "body", "question", "evidence", "action_digest", "verdict", "clause", "ruling_text", "checks",
    "policy_version", "entry", "seen", "owner", "roster", "escalated", "escalate_at", "handed_to",
    "undo_until", "asked", "cents", "paid_in", "permille", "loss",
    "elsewhere",
)  # fmt: skip
SHOWN = (
    "title", "site", "zone", "subject", "label", "as_of", "expires_at", "verdict", "clause",
    "ruling_text", "policy_version", "seen", "owner", "roster", "escalated", "escalate_at",
    "handed_to",
)  # fmt: skip
"""Columns of a proposal that no other fact tells: a ruling's entry keeps them."""
ORDERED = ("key", "proposal", "ruling", "target", "action", "release_at")
"""What of an order must be as the journal tells it before anything comes of it."""
ENDED = frozenset({"confirmed", "declined", "cancelled"})
"""States after which nothing more comes of an order."""
RANKS = {"HIGH": 1, "MEDIUM": 2, "LOW": 3}


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a proposal's row shows beyond what it says itself, as a ruling's entry keeps it."""
    checks = sha256(str(row["checks"]).encode()).hexdigest()
    return {name: row[name] for name in SHOWN} | {"checks_sha256": checks}


class Docket(SqlBooks):
    """The books, and what is proposed, ruled and ordered."""

    def __init__(
        self,
        transaction: Transaction,
        clock: Callable[[], datetime],
        is_halted: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(transaction, clock)
        self.is_halted = is_halted
        """Whether all automation is stopped from outside the database."""

    def proposal(self, number: int) -> dict[str, Any] | None:
        """One proposal's row."""
        row = self.sql("SELECT * FROM proposal WHERE number = ?", (number,)).fetchone()
        return None if row is None else dict(row)

    def open_proposal(self, decision: str, site: str, subject: str) -> dict[str, Any] | None:
        """The proposal of a decision about a subject that waits or is only observed."""
        row = self.sql(
            "SELECT * FROM proposal WHERE decision = ? AND site = ? AND subject = ?"
            " AND state IN ('waiting', 'observed')",
            (decision, site, subject),
        ).fetchone()
        return None if row is None else dict(row)

    def same_deed(
        self, decision: str, site: str, subject: str, digest: str, since: datetime
    ) -> bool:
        """Whether the same deed is under way, or was rejected since a moment."""
        row = self.sql(
            "SELECT 1 FROM proposal WHERE decision = ? AND site = ? AND subject = ?"
            " AND action_digest = ? AND (state IN ('cleared', 'sent')"
            " OR (state = 'rejected' AND updated_at > ?))",
            (decision, site, subject, digest, written(since)),
        ).fetchone()
        return row is not None

    def next_proposal(self) -> int:
        """The next proposal's number."""
        return int(self.sql("SELECT coalesce(max(number), 0) + 1 FROM proposal").fetchone()[0])

    def put_proposal(self, row: dict[str, Any]) -> None:
        """Write a proposal's row as it now stands."""
        marks = ", ".join("?" * len(PROPOSAL_COLUMNS))
        self.sql(
            f"INSERT INTO proposal ({', '.join(PROPOSAL_COLUMNS)}) VALUES ({marks})"
            f" {replacing(', '.join(PROPOSAL_COLUMNS), 'number')}",
            [row[name] for name in PROPOSAL_COLUMNS],
        )

    def transition(
        self,
        number: int,
        event: str,
        state: str,
        *,
        who: str,
        because: str,
        cause: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> int:
        """Note one step in the life of a proposal, and its new state.

        ``more`` is kept in the journal beside it, such as until when the step can be taken back.
        """
        fact = {"proposal": f"P-{number}", "event": event, "state": state, "because": because}
        body = canonical({**fact, **(more or {})})
        entry = self.entry("transition", f"P-{number}", body, actor=who, cause=cause)
        self.sql(
            "INSERT INTO transition (proposal, n, at, event, state, who, because, entry)"
            " SELECT ?, coalesce(max(n), 0) + 1, ?, ?, ?, ?, ?, ? FROM transition"
            " WHERE proposal = ?",
            (number, written(self.now()), event, state, who, because, entry, number),
        )
        self.sql(
            "UPDATE proposal SET state = ?, updated_at = ?,"
            " escalate_at = CASE WHEN ? = 'waiting' THEN escalate_at END WHERE number = ?",
            (state, written(self.now()), state, number),
        )
        if state != "waiting":
            # Who had it open is nobody's business any more, whatever ended it.
            self.sql("DELETE FROM look WHERE proposal = ?", (number,))
        return entry

    def put_ruling(self, ruling: dict[str, Any], *, actor: str) -> int:
        """Append a ruling; its number is what orders must name."""
        number = int(self.sql("SELECT coalesce(max(number), 0) + 1 FROM ruling").fetchone()[0])
        fields = {
            "number": number, "at": written(self.now()), "for_whom": {}, "standing": "",
            **ruling,
        }  # fmt: skip
        row = self.proposal(ruling["proposal"])
        fact = fields if row is None else {**fields, "shown": shown(row)}
        entry = self.entry("ruling", f"P-{ruling['proposal']}", canonical(fact), actor=actor)
        names = (
            "number", "proposal", "version", "verdict", "cleared_by", "clause", "policy_version",
            "justification", "action_digests", "cost", "currency", "at", "for_whom",
            "standing", "entry",
        )  # fmt: skip
        row = fields | {"entry": entry}
        self.sql(
            f"INSERT INTO ruling ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            [_stored(row[name]) for name in names],
        )
        return number

    def ruling(self, number: int) -> dict[str, Any] | None:
        """One ruling."""
        row = self.sql("SELECT * FROM ruling WHERE number = ?", (number,)).fetchone()
        return None if row is None else _ruling(row)

    def ruled_fact(self, entry: int) -> dict[str, Any]:
        """What the journal itself says of a ruling; empty where that entry was edited or is none.

        The table is what lists read; what a person may do is judged by the journal.
        """
        return self.fact(entry, "ruling")

    def fact(self, entry: int, kind: str) -> dict[str, Any]:
        """What a journal entry of a kind says; empty where it was edited, or is none."""
        row = self.sql(
            "SELECT * FROM journal WHERE number = ? AND kind = ?", (entry, kind)
        ).fetchone()
        if row is None:
            return {}
        fact = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
        try:
            is_whole = leaf_hash(fact.leaf_text()) == bytes(row["leaf"])
            return dict(json.loads(fact.body)) if is_whole else {}
        except (TypeError, ValueError):
            return {}

    def last_told(self, kind: str, key: str) -> dict[str, Any]:
        """What the newest journal entry of a kind under a key says; empty where it is not whole."""
        row = self.sql(
            "SELECT number FROM journal WHERE kind <> 'movement' AND kind = ? AND key = ?"
            " ORDER BY number DESC LIMIT 1",
            (kind, key),
        ).fetchone()
        return {} if row is None else self.fact(row["number"], kind)

    def last_ruled(self, number: int, version: int) -> dict[str, Any]:
        """What the journal says of the latest ruling on a version; empty where none is whole."""
        fact = self.last_told("ruling", f"P-{number}")
        return fact if fact.get("version") == version else {}

    def put_order(self, order: dict[str, Any], *, actor: str) -> None:
        """Append an order; the database refuses one without a ruling."""
        entry = self.entry("order", order["key"], canonical(order), actor=actor)
        row = {"reference": "", "release_at": None, **order, "entry": entry}
        names = (
            "key", "proposal", "ruling", "target", "state", "transaction_type", "action", "site",
            "zone", "rank", "reference", "next_at", "release_at", "entry",
        )  # fmt: skip
        self.sql(
            f"INSERT INTO orders ({', '.join(names)}, last_error, created_at)"
            f" VALUES ({', '.join('?' * len(names))}, '', ?)",
            [_stored(row[name]) for name in names] + [written(self.now())],
        )

    def order(self, key: str) -> dict[str, Any] | None:
        """One order's row."""
        row = self.sql("SELECT * FROM orders WHERE key = ?", (key,)).fetchone()
        return None if row is None else dict(row)

    def is_as_ordered(self, row: Mapping[str, Any]) -> bool:
        """Whether an order's row says what the journal says, and it has not come to its end."""
        fact = self.fact(row["entry"], "order")
        is_over = self.last_told("effect", row["key"]).get("state") in ENDED
        return not is_over and all(fact.get(name) == row[name] for name in ORDERED)

    def orders_of(self, number: int) -> list[dict[str, Any]]:
        """A proposal's orders."""
        rows = self.sql("SELECT * FROM orders WHERE proposal = ? ORDER BY key", (number,))
        return [dict(row) for row in rows]

    def move_order(
        self,
        key: str,
        state: str,
        *,
        actor: str,
        because: str = "",
        reference: str | None = None,
        cause: str | None = None,
    ) -> int:
        """Note one step of an order."""
        body = canonical({"order": key, "state": state, "because": because, "reference": reference})
        entry = self.entry("effect", key, body, actor=actor, cause=cause)
        self.sql(
            "UPDATE orders SET state = ?, last_error = ?, reference = coalesce(?, reference),"
            " next_at = NULL WHERE key = ?",
            (state, because, reference, key),
        )
        return entry

    def retry_order(self, key: str, at: datetime, because: str) -> None:
        """Try an order again later."""
        self.sql(
            "UPDATE orders SET next_at = ?, last_error = ? WHERE key = ?",
            (written(at), because, key),
        )

    def put_refusals(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Keep the latest answer for each subject that was refused."""
        columns = "decision, site, subject, label, code, because, at"
        self.transaction.executemany(
            f"INSERT INTO refusal ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)"
            f" {replacing(columns, 'decision', 'site', 'subject')}",
            rows,
        )


def _stored(value: object) -> object:
    return json.dumps(value) if isinstance(value, list | tuple | dict) else value


def _ruling(row: Any) -> dict[str, Any]:
    fields = dict(row)
    fields["cleared_by"] = json.loads(fields["cleared_by"])
    fields["action_digests"] = json.loads(fields["action_digests"])
    return fields
