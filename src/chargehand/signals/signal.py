"""The envelope of everything the plant tells us, and the port through which it comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chargehand.signals.kinds import Body
from chargehand.vocabulary.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something the plant told us, named by its source's own transaction key."""

    source: str
    key: str
    """The source's own id of this transaction: the same key is the same event."""
    body: Body
    occurred_at: datetime | None = None
    """When it happened by the source's clock, in UTC; None where the source does not say."""
    cause: str | None = None
    """Key of what made it happen (``source/key`` of a signal, or an order key)."""


class Status(StrEnum):
    """What became of a signal."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The durable answer to one signal."""

    source: str
    key: str
    status: Status
    entry: int | None = None
    """Number of its journal entry."""
    refusal: Refusal | None = None


class SignalSource(Protocol):
    """Where signals come from: a connector, a folder, a queue."""

    def read(self, after: str | None) -> Iterator[Signal]:
        """Yield the signals after a key, in rising order of keys; all of them after None."""
        ...
