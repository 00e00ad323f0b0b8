"""What may be done with frozen stock under the hold that keeps it: quarantine, scrap, sent back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chargehand.record.hold import Hold, fits
from chargehand.record.ledger import SCRAPPED, SUPPLIER, BalanceKey, Movement, is_outside
from chargehand.record.lineage import LotKey, relotted
from chargehand.storage.movements import MovementBook
from chargehand.storage.session import Row
from chargehand.storage.sublots import lots_above
from chargehand.vocabulary.identifier import HoldId
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.refusal import Refusal, RefusalCode

LEAVES = (SCRAPPED, SUPPLIER)
"""Where frozen stock may leave the plant for: the scrap, and back to who sent it."""


class UnderHoldBook(MovementBook):
    """Says why a movement may not take frozen stock under the hold that it names."""

    def hold(self, key: str) -> Hold | None:
        """A hold, also one that has ended."""
        row = self.sql("SELECT * FROM hold WHERE key = ?", (key,)).fetchone()
        return None if row is None else hold_of(row)

    def _let(self, movement: Movement) -> Refusal | None:
        """Why a movement may not take frozen stock under the hold that it names."""
        name = movement.under_hold
        if name is None:
            return None
        hold = self.hold(name)
        if hold is None or hold.state != "active":
            because = f"there is no active hold {name} that would let it take frozen stock"
            return Refusal(code=RefusalCode.UNKNOWN_HOLD, because=because)
        targets = [leg.key for leg in movement.legs if leg.scaled > 0]
        taken, put = relotted(movement)
        for leg in movement.legs:
            key = leg.key
            if leg.scaled > 0 or is_outside(key.account):
                continue
            lots = lots_above(self.sql, key.material, key.lot)
            if not fits(hold, key, self.units_above(key.handling_unit), lots):
                because = f"hold {name} ({hold.scope}) does not cover {key.material}"
                because += f" at {key.account}: it lets nothing be taken there"
                return Refusal(code=RefusalCode.ON_HOLD, because=because)
            over = [hold_of(row) for row in self.holds_of(key)]
            others = [one for one in over if one.key != name]
            for target in targets:
                if target.material == key.material:
                    is_other = lot_of(key) in taken and lot_of(target) in put
                    refusal = self._stays(hold, others, key, target, is_other=is_other)
                    if refusal is not None:
                        return refusal
        return None

    def _stays(
        self,
        hold: Hold,
        others: Sequence[Hold],
        key: BalanceKey,
        target: BalanceKey,
        *,
        is_other: bool,
    ) -> Refusal | None:
        """Why stock would get out from under its holds: nothing covers it where it goes.

        ``is_other``: it goes under another lot or serial, which the very same hold must cover.
        """
        if target.account in LEAVES:
            if not others:
                return None
            because = f"hold {others[0].key} is on {key.material} at {key.account} too"
        elif is_outside(target.account):
            because = f"{key.material} on hold leaves only as scrap or back to its supplier"
        else:
            on_target = {row["key"] for row in self.holds_of(target)}
            bare = [one.key for one in others if one.key not in on_target]
            if on_target and not bare and (hold.key in on_target or not is_other):
                return None
            bare = bare or [hold.key]
            because = f"{key.material} would not be on hold {bare[0]} any more at {target.account}"
        return Refusal(code=RefusalCode.ON_HOLD, because=because)


def lot_of(key: BalanceKey) -> LotKey:
    """The lot that a balance is of, as genealogy knows it."""
    return LotKey(key.material, key.lot, key.serial)


def hold_of(row: Row) -> Hold:
    """A hold from its row."""
    review: datetime | None = None if row["review_by"] is None else instant(row["review_by"])
    return Hold(
        key=HoldId(row["key"]), site=row["site"], material=row["material"], lot=row["lot"],
        serial=row["serial"], handling_unit=row["handling_unit"], location=row["location"],
        reason=row["reason"], state=row["state"], review_by=review, placed_by=row["placed_by"],
    )  # fmt: skip
