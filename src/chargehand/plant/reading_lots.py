"""What the interfaces show of lots, handling units and orders: detail, trace, recall, use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPlace:
    """Stock of a lot at one place of the plant."""

    site: str
    location: str
    serial: str
    handling_unit: str
    outermost_unit: str
    """The unit that is moved with it: a pallet that its carton stands on; empty for loose stock."""
    disposition: str
    on_hand: Decimal
    reserved: Decimal
    held: Decimal
    """How much of it no one may use: it is on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFlow:
    """How a lot came in and went out, in sum; what came in less what went out is on hand."""

    received: Decimal
    """From suppliers, less what went back to them."""
    produced: Decimal
    relabeled: Decimal
    """From other lots of the material (split, merge, rework), less what went to others."""
    counted: Decimal
    """Found by counts, less what they missed."""
    consumed: Decimal
    scrapped: Decimal
    shipped: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LotDetail:
    """One lot: what it is, where it stands, where it came from and went."""

    material: str
    description: str
    lot: str
    unit: str
    is_defined: bool
    """The plant has told more of it than its number."""
    status: str
    parent_lot: str
    supplier: str
    supplier_lot: str
    country: str
    manufactured_on: date | None
    expires_on: date | None
    received_on: date | None
    on_hand: Decimal
    flow: LotFlow
    places: tuple[LotPlace, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceNode:
    """A lot in a trace tree, and how it hangs on the one above it."""

    material: str
    description: str
    lot: str
    serial: str
    unit: str
    level: int
    kinds: tuple[str, ...] = ()
    """production, rework, split, merge, relabel, sublot, supplied; empty at the root."""
    orders: tuple[str, ...] = ()
    used: Decimal | None = None
    """How much of the earlier lot went in, in the earlier one's unit."""
    made: Decimal | None = None
    """How much of the later lot these reports made, in the later one's unit."""
    is_by_order: bool = False
    """That it is in there follows from the order, which told its use and its output apart."""
    is_backflushed: bool = False
    at: datetime | None = None
    is_repeated: bool = False
    """It is shown with all that follows elsewhere in the tree."""
    children: tuple[TraceNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceReport:
    """All that a lot went into (forward), or came from (backward)."""

    direction: str
    lots: int
    """Lots that were reached, without the start."""
    is_cut: bool
    """There is more than was followed."""
    root: TraceNode


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallLine:
    """One part of an affected lot: where it is now, what it went into, or whom it went to."""

    material: str
    description: str
    lot: str
    serial: str
    level: int
    """Steps from the lot that is recalled."""
    state: str
    """``stands``, ``used``, ``consumed``, ``shipped``, ``scrapped``, ``returned`` or
    ``counted_off``."""
    quantity: Decimal
    """Below zero: it came back, and nobody said what it had left by."""
    unit: str
    site: str = ""
    location: str = ""
    handling_unit: str = ""
    outermost_unit: str = ""
    disposition: str = ""
    held: Decimal = Decimal(0)
    """How much of what stands here is on hold already."""
    into_material: str = ""
    into_lot: str = ""
    into_serial: str = ""
    order: str = ""
    """Orders that used it, or that it left by."""
    document: str = ""
    """What it left by, such as a delivery note."""
    movement: str = ""
    """Key of the movement that it left by."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallReport:
    """Every affected unit of a recall."""

    start: str
    """What is recalled, in words."""
    lots: int
    """Affected lots, the recalled ones among them."""
    on_hand: int
    """Affected lots of which something still stands in the plant."""
    on_hold: int
    """Of those, lots of which all that stands is on hold."""
    shipped: int
    """Affected lots of which something has left to a customer."""
    is_cut: bool
    lines: tuple[RecallLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitContent:
    """Stock that stands in a handling unit."""

    handling_unit: str
    material: str
    description: str
    lot: str
    serial: str
    disposition: str
    on_hand: Decimal
    reserved: Decimal
    held: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDetail:
    """One handling unit with all that is in it."""

    handling_unit: str
    kind: str
    state: str
    """``present`` or ``shipped``."""
    site: str
    location: str
    """Where it stands, or stood last."""
    parent: str
    units: tuple[UnitDetail, ...]
    """Units that stand in or on it."""
    contents: tuple[UnitContent, ...]
    """Stock directly in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionLine:
    """One material of an order: what came to the line, against what is said to be used.

    All of it is what happened at the order's places at the line since its first pick or report:
    ``opening + picked + others - reported - backflushed - scrapped - returned - unexplained`` is
    ``standing``.
    """

    material: str
    description: str
    unit: str
    opening: Decimal
    """At the line when the order began."""
    picked: Decimal
    """Brought to the line, for this order or for none by name."""
    reported: Decimal
    """Used, as somebody or something has seen it."""
    backflushed: Decimal
    """Used, as reckoned from the bill of material."""
    scrapped: Decimal
    returned: Decimal
    """Taken from the line again to another place of the plant."""
    others: Decimal
    """What other orders brought, less what they used."""
    standing: Decimal
    """At the line now."""
    counted_at: datetime | None
    """When all of it was counted last; None: not since the order began."""
    unexplained: Decimal
    """What counts have missed: used, lost or scrapped and told by nobody. Below zero: found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedGoodsLine:
    """What an order made of one lot, and how far it is."""

    site: str
    order: str
    material: str
    description: str
    lot: str
    unit: str
    location: str
    """Where it was made."""
    made: Decimal
    in_buffer: Decimal
    """Still where it was made: what came last is taken to stand there still (first in, first
    out)."""
    put_away: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BufferLine:
    """What stands in a WIP buffer, by the order that made it."""

    site: str
    location: str
    material: str
    description: str
    lot: str
    unit: str
    order: str
    """Empty: made by no report that is known, such as what was there before."""
    on_hand: Decimal
    held: Decimal
    """On hold, of all orders' stock of the lot at the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetail:
    """An order at the boundary of MES and WMS: used, made, released."""

    site: str
    order: str
    released_at: datetime | None
    """When its staged material was released to production."""
    consumption: tuple[ConsumptionLine, ...]
    finished: tuple[FinishedGoodsLine, ...]
