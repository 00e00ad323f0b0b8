"""One movement at a time: every case, with the reason where it is refused."""

from __future__ import annotations

from chargehand.record.content import content_digest
from chargehand.storage.lane_text import movement_text
from chargehand.storage.lineage import LineageBook
from chargehand.storage.posting import Answer, Posted, Posting, unkeepable
from chargehand.storage.transaction import Transaction
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import canonical


def post_one(posting: Posting, transaction: Transaction) -> Answer:
    """Post one movement; a refusal is kept in the journal and the inbox, with its reason."""
    body = movement_text(posting.movement)
    if (odd := unkeepable(posting, body)) is not None:
        return odd
    books = LineageBook(transaction, lambda: instant(posting.recorded_at))
    digest = content_digest(posting.kind, posting.occurred_at, posting.cause, body)
    known = transaction.execute(
        "SELECT digest, status, entry FROM inbox WHERE source = ? AND key = ?",
        (posting.source, posting.key),
    ).fetchone()
    if known is not None and known["status"] == "accepted":
        if known["digest"] == digest:
            return Posted(known["entry"], is_repeated=True)
        because = (
            f"{posting.source} used the key {posting.key} before, for something else"
            f" (journal #{known['entry']}): send a correction under a key of its own"
        )
        return Refusal(code=RefusalCode.KEY_REUSED, because=because)
    occurred = None if posting.occurred_at is None else instant(posting.occurred_at)
    posted = books.post(
        posting.movement, actor=posting.actor, cause=posting.cause, occurred_at=occurred
    )
    refusal = posted if isinstance(posted, Refusal) else None
    if isinstance(posted, Refusal):
        entry = books.entry(
            "refused",
            f"{posting.source}/{posting.key}",
            canonical({"because": posted.because, "code": posted.code, "movement": body}),
            actor=posting.actor,
            cause=posting.cause,
            occurred_at=occurred,
        )
    else:
        entry = posted
    books.note_inbox(
        posting.source, posting.key, posting.kind, digest, entry,
        "accepted" if refusal is None else "refused", refusal,
    )  # fmt: skip
    return Posted(entry) if refusal is None else refusal
