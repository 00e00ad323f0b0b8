"""Double entry for material: every movement's legs cancel out, so nothing is created or lost.

Accounts are places: storage units of a site, and the outside (names with a leading ``~``), which
may go below zero because it is not ours to count. A serial is one thing: no movement leaves it in
two places, or more than one piece of it. ``Ledger`` is the law in its plainest form; the
databases keep the same law under concurrency, and a test compares them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    LocationId,
    LotId,
    MaterialId,
    SerialId,
    SiteId,
)
from chargehand.vocabulary.quantity import SCALE, Unit, amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import LATER

Account = NewType("Account", str)

SUPPLIER = Account("~supplier")
CONSUMED = Account("~consumed")
ADJUSTMENT = Account("~adjustment")
"""The other side of counts: what was found or missed."""
CUSTOMER = Account("~customer")
PRODUCED = Account("~produced")
SCRAPPED = Account("~scrapped")
OUTSIDE = (SUPPLIER, CONSUMED, ADJUSTMENT, CUSTOMER, PRODUCED, SCRAPPED)

BALANCE_MAX = 2**53
"""Largest balance, outside too (millionths): beyond it not every program counts exactly."""


def storage(site: SiteId, location: LocationId) -> Account:
    """The account of one storage unit of a site."""
    return Account(f"{site}/{location}")


def is_outside(account: Account) -> bool:
    """Whether an account stands for the world outside the plant."""
    return account.startswith("~")


@dataclass(frozen=True, slots=True)
class BalanceKey:
    """What one balance is of."""

    account: Account
    material: MaterialId
    lot: LotId = LotId("")
    disposition: str = "available"
    """Stock status, in the words of CBV."""
    serial: SerialId = field(default=SerialId(""), metadata=LATER)
    handling_unit: HandlingUnitId = field(default=HandlingUnitId(""), metadata=LATER)


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a movement: so many millionths of the material's unit, negative is taken away."""

    key: BalanceKey
    scaled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Material that changed place or status, in one step."""

    key: str
    business_step: str
    """In the words of CBV: receiving, storing, picking, cycle_counting ..."""
    unit: Unit
    legs: tuple[Leg, ...]
    corrects: str | None = None
    """Key of an earlier movement that this one takes back, whole or in part."""
    under_hold: str | None = field(default=None, metadata=LATER)
    """Key of the hold that lets this movement take frozen stock (to quarantine, to scrap)."""


def transfer(
    key: str,
    business_step: str,
    *,
    source: BalanceKey,
    target: BalanceKey,
    scaled: int,
    unit: Unit,
) -> Movement:
    """A movement of two legs."""
    return Movement(
        key=key,
        business_step=business_step,
        unit=unit,
        legs=(Leg(source, -scaled), Leg(target, scaled)),
    )


def imbalance(movement: Movement) -> Refusal | None:
    """Say why a movement may not be posted anywhere: its legs do not cancel out per material."""
    sums: dict[MaterialId, int] = defaultdict(int)
    for leg in movement.legs:
        sums[leg.key.material] += leg.scaled
    off = {material: total for material, total in sums.items() if total}
    if off:
        return Refusal(
            code=RefusalCode.UNBALANCED,
            because=f"movement {movement.key} creates or loses {off} (millionths)",
        )
    if len(movement.legs) < 2 or any(leg.scaled == 0 for leg in movement.legs):  # noqa: PLR2004
        return Refusal(
            code=RefusalCode.QUANTITY_INVALID,
            because=f"movement {movement.key} needs two legs or more, none of them zero",
        )
    return None


def short_of(key: BalanceKey, free: int, wanted: int, unit: Unit) -> Refusal:
    """The refusal for stock that is not there, or promised to somebody else."""
    scale = 1_000_000
    return Refusal(
        code=RefusalCode.INSUFFICIENT_STOCK,
        because=f"{key.material} at {key.account}: {free / scale:g} {unit} free,"
        f" {wanted / scale:g} wanted",
        transient=True,
    )


def on_hold(key: BalanceKey, released: int, wanted: int, unit: Unit) -> Refusal:
    """The refusal for stock that a hold keeps where it is."""
    what = f"lot {key.lot} of {key.material}" if key.lot else f"{key.material}"
    let = f"; {released / 1_000_000:g} {unit} of it is released" if released > 0 else ""
    return Refusal(
        code=RefusalCode.ON_HOLD,
        because=f"{what} at {key.account} is on hold{let}, {wanted / 1_000_000:g} wanted:"
        " whoever may release it must do so first",
        transient=True,
    )


def too_much(key: BalanceKey, scaled: int, unit: Unit) -> Refusal:
    """The refusal for a balance that no books could hold exactly."""
    return Refusal(
        code=RefusalCode.QUANTITY_INVALID,
        because=f"{key.material} at {key.account} would stand at {scaled / 1_000_000:g} {unit}:"
        f" a balance is kept up to {BALANCE_MAX / 1_000_000:g}",
    )


def brought(change: Mapping[BalanceKey, int]) -> list[tuple[MaterialId, SerialId]]:
    """The serials that a movement brings somewhere in the plant (``change`` in millionths).

    One that it only takes away is not among them: so what was told wrong can be put right.
    """
    return sorted(
        {
            (key.material, key.serial)
            for key, delta in change.items()
            if key.serial and delta > 0 and not is_outside(key.account)
        }
    )


def doubled(
    one: tuple[MaterialId, SerialId],
    before: Mapping[BalanceKey, int],
    change: Mapping[BalanceKey, int],
    unit: Unit | None,
) -> Refusal | None:
    """Why a serial cannot be brought where a movement brings it (millionths).

    ``before``: all that stands of it in the plant. What is counted in pieces is one piece under
    one key; of anything else (a reel, a drum) there may be any amount, in one place.
    """
    material, serial = one
    after = dict(before)
    for key, delta in change.items():
        if (key.material, key.serial) == one and not is_outside(key.account):
            after[key] = after.get(key, 0) + delta
    after = {key: scaled for key, scaled in after.items() if scaled > 0}
    is_piece = unit is Unit.PIECE
    most = max(after.values(), default=0)
    if is_piece and most > SCALE:
        because = (
            f"serial {serial} of {material} is one piece, and {amount(most)} would stand at"
            f" {next(key.account for key in after if after[key] == most)}: tell each piece once,"
            " under a serial of its own"
        )
    elif len(after if is_piece else {key.account for key in after}) > 1:
        there = next((key for key in after if key in before), next(iter(after)))
        lot = f" (lot {there.lot})" if there.lot else ""
        because = (
            f"serial {serial} of {material} stands at {there.account}{lot} already: report its way"
            " from there, or count that place first"
        )
    else:
        return None
    return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)


@dataclass(slots=True)
class Ledger:
    """Balances in memory, by the law that the databases keep."""

    balances: dict[BalanceKey, int] = field(default_factory=dict)
    reserved: dict[BalanceKey, int] = field(default_factory=dict)
    posted: dict[str, Movement] = field(default_factory=dict)
    units: dict[MaterialId, Unit] = field(default_factory=dict)
    """The units of materials that are known."""

    def post(self, movement: Movement) -> Refusal | None:
        """Post a movement whole or not at all; a key that is posted already changes nothing."""
        if movement.key in self.posted:
            return None
        if (refusal := imbalance(movement)) is not None:
            return refusal
        change: dict[BalanceKey, int] = defaultdict(int)
        for leg in movement.legs:
            change[leg.key] += leg.scaled
        for key, delta in change.items():
            free = self.balances.get(key, 0) - self.reserved.get(key, 0)
            if delta < 0 and not is_outside(key.account) and free + delta < 0:
                return short_of(key, free, -delta, movement.unit)
            if abs(self.balances.get(key, 0) + delta) > BALANCE_MAX:
                return too_much(key, self.balances.get(key, 0) + delta, movement.unit)
        for one in brought(change):
            before = {
                key: scaled
                for key, scaled in self.balances.items()
                if (key.material, key.serial) == one and scaled and not is_outside(key.account)
            }
            if (refusal := doubled(one, before, change, self.units.get(one[0]))) is not None:
                return refusal
        for key, delta in change.items():
            self.balances[key] = self.balances.get(key, 0) + delta
        self.posted[movement.key] = movement
        return None
