"""What a reservation is, and the port through which the books keep it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chargehand.record.books import Books, Passed
from chargehand.record.eligibility import Candidate
from chargehand.record.ledger import BalanceKey
from chargehand.vocabulary.identifier import LocationId, MaterialId, OrderId, SiteId
from chargehand.vocabulary.refusal import Refusal

TASK, ORDER = "task", "order"
"""Kinds of reservation: of a task in flight, which its order ends, and of an order of the plant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """Stock set aside for an order of the plant's, balance by balance (millionths)."""

    key: str
    legs: tuple[tuple[BalanceKey, int], ...]
    site: SiteId
    location: LocationId
    """Where it stands; of the first leg, where it stands at several places."""
    to_site: str
    """Empty: it will be consumed."""
    to_location: str
    for_order: OrderId | None = None
    kind: str = ORDER
    selection: str = ""
    """By which policy its lots were taken."""
    passed_over: tuple[Passed, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLeg:
    """What a reservation keeps of one balance (millionths)."""

    n: int
    key: BalanceKey
    scaled: int
    posted: int

    @property
    def left(self) -> int:
        """What is still to be picked."""
        return self.scaled - self.posted


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReservation:
    """A reservation as it now stands."""

    key: str
    kind: str
    state: str
    """``open``, ``posted``, ``voided`` or ``expired``."""
    legs: tuple[OpenLeg, ...]
    site: SiteId
    location: LocationId
    to_site: SiteId
    to_location: LocationId
    for_order: OrderId | None
    expires_at: datetime | None = None
    """Picked by then, or never; None: it does not expire."""

    @property
    def material(self) -> MaterialId:
        """What is set aside."""
        return self.legs[0].key.material

    @property
    def left(self) -> int:
        """What is still to be picked (millionths)."""
        return sum(leg.left for leg in self.legs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step in the life of a reservation, as the journal keeps it."""

    reservation: str
    event: str
    """``pick``, ``void``, ``expire`` or ``count``."""
    state: str
    """The state after it."""
    material: MaterialId
    because: str = ""
    picked: tuple[tuple[int, int], ...] = ()
    """Number of the leg, and millionths that were taken."""


class ReservationBooks(Books, Protocol):
    """The books, with reservations."""

    def reservation(self, key: str) -> OpenReservation | None:
        """A reservation as it now stands, also one that has ended."""
        ...

    def reserve(self, reserved: Reserved, *, actor: str, cause: str) -> Refusal | None:
        """Set stock aside; refused where it is not free."""
        ...

    def step_reservation(self, step: Step, *, actor: str, cause: str | None) -> int:
        """Write one step of a reservation; the number of its journal entry."""
        ...

    def expired_reservations(self) -> list[str]:
        """Keys of open reservations whose time is over."""
        ...

    def candidates(self, site: SiteId, material: MaterialId) -> dict[Candidate, BalanceKey]:
        """Stock of a material in a site, as lot selection sees it."""
        ...
