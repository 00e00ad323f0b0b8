"""An order: one cleared action with its idempotency key, and the port through which it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from chargehand.vocabulary.work import Action


class OrderState(StrEnum):
    """Life of an order."""

    HELD = "held"
    """Within the time in which its approval can be taken back: not sent, not shown, not begun."""
    PENDING = "pending"
    """In the outbox, to be sent."""
    SENT = "sent"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    """The floor or the system said that it cannot be done."""
    NEEDS_PERSON = "needs_person"
    """It could not be sent, or its fate is unknown: a person has to look."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One action of a cleared proposal."""

    key: str
    """Idempotency key: the same for every attempt, such as ``P-12.1/0``."""
    proposal: str
    ruling: int
    """Number of the ruling that cleared it; nothing is sent without one."""
    target: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The target has the order; ``reference`` is the target's own name for it."""

    reference: str
    repeated: bool = False
    """True where the target had it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided:
    """The target has taken an order back: it has no effect, and will have none."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLate:
    """The target cannot take an order back any more, and why."""

    because: str


class Unavailable(Exception):
    """The target cannot be reached or is overloaded: try again later with the same key."""


class NotAuthorized(Exception):
    """The target refuses our credentials: a person has to mend them."""


class Misconfigured(Exception):
    """The target does not understand us, or its settings are wrong: a person has to mend them."""


class OrderTarget(Protocol):
    """A system that carries out orders. It maps and sends; retries and storage are not its work."""

    name: str

    def accepts(self, action: Action) -> bool:
        """Whether this target carries out such an action."""
        ...

    def send(self, order: Order) -> Sent:
        """Send an order under its key; sending it again has no second effect.

        Raises ``Unavailable``, ``NotAuthorized`` or ``Misconfigured``.
        """
        ...

    def find(self, key: str) -> Sent | None:
        """Read back whether the target has an order of that key (used after a lost reply)."""
        ...


@runtime_checkable
class VoidingTarget(OrderTarget, Protocol):
    """A target that can take an order back as long as nobody has begun it."""

    def void(self, key: str) -> Voided | TooLate:
        """Take an order back; doing so again has no second effect.

        An order that the target never had counts as taken back. Raises ``Unavailable``,
        ``NotAuthorized`` or ``Misconfigured``.
        """
        ...
