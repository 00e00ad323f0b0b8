"""What the fast lane takes, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from chargehand.record.ledger import Movement
from chargehand.vocabulary.refusal import Refusal


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


class AloneNeeded(Exception):
    """A batch that cannot be posted beside other writers: it is done again alone."""
