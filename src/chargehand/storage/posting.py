"""What the fast lane takes, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from chargehand.record.ledger import Movement
from chargehand.vocabulary.refusal import Refusal, RefusalCode

NOTHING = "\\u0000"
"""The sign NUL as canonical JSON writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A movement to post, once, under its source's own key."""

    source: str
    key: str
    movement: Movement
    actor: str
    recorded_at: str
    """The moment of recording, as the journal writes it."""
    occurred_at: str | None = None
    cause: str | None = None
    """Source transaction that it follows from, such as a task document."""
    kind: str = "movement_reported"


@dataclass(frozen=True, slots=True)
class Posted:
    """It is posted; ``is_repeated``: it was before, by an entry of that number."""

    entry: int
    is_repeated: bool = False


Answer = Posted | Refusal


def unkeepable(posting: Posting, body: str) -> Refusal | None:
    """Why a text of a posting could be kept by no database: half a sign, or a sign of nothing."""
    texts = (body, posting.source, posting.key, posting.kind, posting.actor, posting.cause or "")
    nothing = NOTHING in body or any("\0" in text for text in texts)
    if not nothing and all(is_whole(text) for text in texts):
        return None
    what = "the sign NUL" if nothing else "half of a sign (a lone surrogate)"
    because = (
        f"posting {posting.key!a} of {posting.source!a} holds {what}, which no database keeps:"
        " send it without"
    )
    return Refusal(code=RefusalCode.UNREADABLE, because=because)


def is_whole(text: str) -> bool:
    """Whether a text can be written in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class AloneNeeded(Exception):
    """A batch that cannot be posted beside other writers: it is done again alone."""
