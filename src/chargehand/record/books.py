"""The port through which the record is written: one transaction's worth of books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from chargehand.record.ledger import BalanceKey, Movement
from chargehand.vocabulary.identifier import LocationId, MaterialId, OrderId, SiteId
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.wire import LATER


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Material on its way from outside: a requisition or a purchase order (millionths)."""

    key: str
    """Key of the requisition's order, or ``supply_key`` of a line of a purchase order."""
    site: SiteId
    material: MaterialId
    state: str
    """``requested``, ``ordered``, ``received`` or ``cancelled``."""
    scaled: int
    received: int = 0
    supplier: str | None = None
    promised_on: date | None = None
    order_key: str | None = None
    for_order: OrderId | None = None
    decision: str | None = None


def supply_key(purchase_order: str, site: SiteId, material: MaterialId) -> str:
    """The key of what a purchase order brings of one material to one site."""
    return f"{purchase_order}|{site}|{material}"


def supply_name(key: str) -> str:
    """What people call a supply: the number of its purchase order, or the requisition's key.

    >>> supply_name(supply_key("4500001", SiteId("KENT"), MaterialId("SEAL")))
    '4500001'
    >>> supply_name("P-1.1/0")
    'P-1.1/0'
    """
    return key.rsplit("|", 2)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Stock with an earlier claim that a reservation left where it stands, and why."""

    location: LocationId
    lot: str
    scaled: int
    code: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Stock set aside for a task in flight, lot by lot (a pending movement)."""

    key: str
    """Key of the order that it is for."""
    legs: tuple[tuple[BalanceKey, int], ...]
    """Where it stands, and how many millionths."""
    site: SiteId
    location: LocationId
    to_site: SiteId
    to_location: LocationId
    for_order: OrderId | None = None
    passed_over: tuple[Passed, ...] = field(default=(), metadata=LATER)


class Books(Protocol):
    """What one transaction may read and write of the record."""

    def now(self) -> datetime:
        """The moment of recording."""
        ...

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
        ...

    def master(self, kind: str, key: str) -> str | None:
        """The canonical text of the definition that holds."""
        ...

    def define(self, kind: str, key: str, site: str, body: str, entry: int) -> None:
        """Let a definition hold from now on."""
        ...

    def unit_of(self, material: MaterialId) -> Unit | None:
        """The unit that a material is stocked in; None where the material is not known."""
        ...

    def is_booked(self, material: MaterialId) -> bool:
        """Whether anything of a material was ever booked: stock, use or supply."""
        ...

    def place(self, site: SiteId, location: LocationId) -> OperationalLocation | None:
        """A place of a site; None where it is not known."""
        ...

    def balance(self, key: BalanceKey) -> tuple[int, int]:
        """On hand and reserved (millionths)."""
        ...

    def post(
        self,
        movement: Movement,
        *,
        actor: str,
        cause: str | None,
        occurred_at: datetime | None,
        is_count: bool = False,
    ) -> Refusal | int:
        """Post a movement whole or not at all; the number of its journal entry.

        ``is_count``: a count told it, which says what is there, held or not.
        """
        ...

    def counted(self, key: BalanceKey, at: datetime) -> None:
        """Note when a balance was last counted."""
        ...

    def use(
        self,
        entry: int,
        site: SiteId,
        material: MaterialId,
        on: date,
        scaled: int,
        *,
        asset: str | None,
        order: str | None,
    ) -> None:
        """Add to the demand history."""
        ...

    def promise(self, promise: Promise, *, actor: str) -> Refusal | None:
        """Set stock aside; refused where it is not free."""
        ...

    def promised(self, key: str) -> Promise | None:
        """What is still set aside for an order."""
        ...

    def promises_on(self, key: BalanceKey) -> list[str]:
        """Keys of the orders that part of a balance is set aside for, the newest first."""
        ...

    def release(self, key: str, state: str, entry: int) -> None:
        """End a promise: ``posted`` or ``voided``."""
        ...

    def supply(self, key: str) -> Supply | None:
        """One requisition, or one line of a purchase order."""
        ...

    def put_supply(self, supply: Supply, entry: int) -> None:
        """Write a requisition, or a line of a purchase order, as it now stands."""
        ...

    def trigger(self, site: SiteId, subject: str, at: datetime | None = None) -> None:
        """Ask for a hearing about a material or order of a site, now or at a later moment."""
        ...
