"""How the console says stock, lots and movements: pure functions, used as template filters."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from chargehand.web.words import NO_BREAK, amount, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chargehand.plant.reading_stock import HoldRow
    from chargehand.plant.reading_stock_lists import MovementLeg

OUTSIDE = {
    "~supplier": "Supplier",
    "~consumed": "Used up",
    "~adjustment": "Found or missed by counts",
    "~customer": "Customer",
    "~produced": "Made here",
    "~scrapped": "Scrapped",
    "~transformed": "Became another material",
}
"""The accounts of the world outside, as people call them."""
RECALLED = {
    "stands": "Still here",
    "shipped": "Left to customers",
    "used": "Went into other lots",
    "consumed": "Used up",
    "scrapped": "Scrapped",
    "returned": "Went back to the supplier",
    "counted_off": "Missed by counts",
}
"""What became of affected stock, in the order in which somebody has to act."""
CAUSES = {
    "not_booked": "They have not booked it yet",
    "ahead": "They have booked it already",
    "under_way": "A task is under way",
    "other_lot": "They have it as another lot",
    "other_disposition": "They have it with another status",
    "missed": "They may have missed it",
    "doubled": "They may have booked it twice",
    "reversed": "They may have booked it with the other sign",
    "other_unit": "The amounts are as one to a pack",
    "other_place": "As much differs the other way there",
}
USABLE = frozenset({"", "available", "conformant"})
"""Stock statuses that are nothing to notice; any other is marked."""
TRACED = {
    "production": "production",
    "rework": "rework",
    "split": "split",
    "merge": "merge",
    "relabel": "new label",
    "sublot": "sublot",
    "supplied": "supplied",
}
BALANCE_PARTS = 6
SUPPLIED = "~"
"""How the material of a supplier's own lot begins in a trace; the supplier follows."""


def signed(value: Decimal) -> str:
    """Write a change with its sign.

    >>> signed(Decimal("4.0")), signed(Decimal("-3")), signed(Decimal(0))
    ('+4', '−3', '0')
    """
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{amount(abs(value))}"


def outside(account: str) -> str:
    """Say where an account of the world outside is; a place of the plant stays as it is.

    >>> outside("~supplier"), outside("S1/BULK-1")
    ('Supplier', 'S1/BULK-1')
    """
    return OUTSIDE.get(account, account)


def route(legs: Sequence[MovementLeg]) -> str:
    """Say from where to where a movement went: its places in the plant, else the world outside."""
    return f"{_side(legs, -1)} → {_side(legs, 1)}"


def _side(legs: Sequence[MovementLeg], sign: int) -> str:
    side = [leg for leg in legs if leg.quantity * sign > 0]
    places = list(dict.fromkeys(leg.location for leg in side if leg.location))
    names = places or list(dict.fromkeys(outside(leg.account) for leg in side)) or ["-"]
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def carried(legs: Sequence[MovementLeg], material: str = "") -> MovementLeg:
    """The leg that says best what a movement carried: of a material that was asked for, if any."""
    asked = [leg for leg in legs if leg.material == material] or list(legs)
    came = [leg for leg in asked if leg.quantity > 0 and leg.location]
    return (came or [leg for leg in asked if leg.location] or asked)[0]


def froze(key: str) -> str:
    """Say which balance a hold froze, from the key of the record; other keys stay as they are.

    >>> froze("S1/BULK-1|VALVE|L7|||available"), froze("SO-1/2")
    ('VALVE, lot L7, at BULK-1', 'SO-1/2')
    """
    parts = key.split("|")
    if len(parts) != BALANCE_PARTS:
        return key
    account, material, lot, serial, unit, disposition = parts
    told = [
        material,
        f"lot {lot}" if lot else "",
        f"serial {serial}" if serial else "",
        f"in unit {unit}" if unit else "",
        f"at {account.partition('/')[2] or account}",
        "" if is_usable(disposition) else spoken(disposition).lower(),
    ]
    return ", ".join(part for part in told if part)


def is_usable(disposition: str) -> bool:
    """Whether a stock status is nothing to notice."""
    return disposition in USABLE


def recalled(state: str) -> str:
    """Say what became of affected stock."""
    return RECALLED.get(state, spoken(state))


def attributed(cause: str) -> str:
    """Say what a difference comes from."""
    return CAUSES.get(cause, spoken(cause))


def traced(kinds: tuple[str, ...]) -> str:
    """Say how a lot hangs on another.

    >>> traced(("split", "sublot"))
    'split, sublot'
    """
    return ", ".join(TRACED.get(kind, kind) for kind in kinds)


def supplier_of(material: str) -> str:
    """Name the supplier where a node of a trace is a supplier's own lot; else nothing.

    >>> supplier_of("~SUP-EMDEN"), supplier_of("GLUE")
    ('SUP-EMDEN', '')
    """
    return material[1:] if material.startswith(SUPPLIED) else ""


def scope(hold: HoldRow) -> str:
    """Say what a hold is on."""
    parts = [
        f"serial {hold.serial}" if hold.serial else "",
        f"lot {hold.lot}" if hold.lot else "",
        f"{hold.material}" if hold.material else "",
    ]
    what = " of ".join(part for part in parts if part)
    if hold.handling_unit:
        what = f"{what} in unit {hold.handling_unit}" if what else f"unit {hold.handling_unit}"
    if hold.location:
        what = f"{what} at {hold.location}" if what else f"all at {hold.location}"
    return (
        what[:1].upper() + what[1:] if what.startswith(("lot", "serial", "unit", "all")) else what
    )


def field_moment(moment: datetime | None) -> str:
    """Write a moment for a field of date and time, in UTC.

    >>> field_moment(datetime(2026, 1, 5, 14, 3, 9, tzinfo=UTC)), field_moment(None)
    ('2026-01-05T14:03', '')
    """
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}"


def share(fraction: float) -> str:
    r"""Write a share to a tenth of a percent, never rounded up to all.

    >>> share(0.9996), share(1), share(0.956)
    ('99.9\xa0%', '100\xa0%', '95.6\xa0%')
    """
    tenths = int(fraction * 1000)
    return f"{tenths // 10 if tenths % 10 == 0 else tenths / 10}{NO_BREAK}%"
