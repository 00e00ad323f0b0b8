"""Nightly stock lists of the second store's own warehouse system, which does not agree on all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from chargehand.signals.kinds import StockCounted, StockMoved
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import SnapshotLine, SnapshotReported
from chargehand.twin.calendar import at
from chargehand.twin.machines import SECOND
from chargehand.vocabulary.identifier import LocationId, MaterialId
from chargehand.vocabulary.quantity import Quantity, Unit

SYSTEM = "hall5-wms"
CMMS = "cmms"
NIGHTS = (-5, -4, -3, -2, -1)
"""Days from today on which a list is taken, in the evening."""
HOUR = 22
ISSUED_HOUR = 20
DRIFT_SINCE = -4
PLENTY = 6
"""Amount from which on a place can lend itself to the story."""


def stock_lists(counts: Sequence[Signal], *, today: date) -> Iterator[Signal]:
    """Lists of five evenings: one place drifts, one use is booked twice, one comes late.

    ``counts`` are the counts that the record got its stock of the second store from.
    """
    here = [one for one in counts if _is_here(one)]
    able = sorted(
        (one.body for one in here if isinstance(one.body, StockCounted) and _suits(one.body)),
        key=lambda body: (body.location, body.material),
    )
    drifts, twice, late = able[0], able[len(able) // 2], able[-1]
    for name, counted, days, amount in (("twice", twice, -2, 3), ("late", late, -1, 2)):
        moment = at(today + timedelta(days=days), hour=ISSUED_HOUR)
        used = StockMoved(
            site=SECOND, material=counted.material, quantity=Quantity(Decimal(amount), Unit.PIECE),
            from_location=counted.location,
        )  # fmt: skip
        yield Signal(source=CMMS, key=f"issue/{SYSTEM}/{name}", body=used, occurred_at=moment)
    for days in NIGHTS:
        moment = at(today + timedelta(days=days), hour=HOUR)
        off = {
            (drifts.location, drifts.material): 4 if days >= DRIFT_SINCE else 0,
            (twice.location, twice.material): -6 if days >= -2 else 0,  # noqa: PLR2004 - nights ago
        }
        body = SnapshotReported(
            site=SECOND, system=SYSTEM, taken_at=moment, lines=tuple(_lines(here, moment, off))
        )
        yield Signal(source=SYSTEM, key=f"list/{moment:%Y-%m-%d}", body=body, occurred_at=moment)


def _is_here(signal: Signal) -> bool:
    return isinstance(signal.body, StockCounted) and signal.body.site == SECOND


def _suits(body: StockCounted) -> bool:
    return body.counted.unit == Unit.PIECE and body.counted.amount >= PLENTY


def _lines(
    counts: Sequence[Signal], moment: datetime, off: Mapping[tuple[LocationId, MaterialId], int]
) -> Iterator[SnapshotLine]:
    """What that system says is there: what had been counted by then, and its own mistakes."""
    for one in counts:
        body = one.body
        assert isinstance(body, StockCounted)
        if one.occurred_at is None or one.occurred_at > moment:
            continue
        amount = body.counted.amount + off.get((body.location, body.material), 0)
        yield SnapshotLine(
            location=body.location, material=body.material,
            quantity=Quantity(amount, body.counted.unit),
        )  # fmt: skip
