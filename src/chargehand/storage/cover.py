"""Which holds cover a balance: those on its place, material, lot, serial and unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chargehand.record.ledger import BalanceKey
from chargehand.storage.master import MasterBook
from chargehand.storage.session import Row
from chargehand.storage.sublots import lots_above
from chargehand.storage.transaction import Transaction


class CoverBook(MasterBook):
    """Knows the holds on stock, be there anything of it or not."""

    def __init__(self, transaction: Transaction, clock: Callable[[], datetime]) -> None:
        super().__init__(transaction, clock)
        self._are_holds: bool | None = None
        """Whether anything is on hold; None where that was not read yet."""

    def forget(self) -> None:
        """Forget what was read: it was changed, or a change was taken back."""
        super().forget()
        self._are_holds = None

    def holds_on(self, key: BalanceKey) -> int:
        """How many active holds cover a balance, whether there is anything in it or not."""
        return len(self.holds_of(key)) if self.are_holds() else 0

    def are_holds(self) -> bool:
        """Whether anything is on hold."""
        if self._are_holds is None:
            row = self.sql("SELECT 1 FROM hold WHERE state = 'active' LIMIT 1").fetchone()
            self._are_holds = row is not None
        return self._are_holds

    def holds_of(self, key: BalanceKey) -> list[Row]:
        """The active holds that cover a balance, the oldest first.

        Those on what its unit stands in, and on what its lot is part of, are among them.
        """
        site, _, location = key.account.partition("/")
        units = self.units_above(key.handling_unit)
        lots = lots_above(self.sql, key.material, key.lot)
        rows: list[Row] = self.sql(
            "SELECT * FROM hold WHERE state = 'active' AND site = ?"
            f" AND material IN ('', ?) AND lot IN (''{', ?' * len(lots)}) AND serial IN ('', ?)"
            f" AND handling_unit IN (''{', ?' * len(units)}) AND location IN ('', ?)"
            " ORDER BY placed_at, key",
            (site, key.material, *lots, key.serial, *units, location),
        ).fetchall()
        return rows

    def units_above(self, unit: str) -> list[str]:
        """A handling unit, and those that it stands in or on."""
        found: list[str] = []
        while unit and unit not in found:
            found.append(unit)
            row = self.sql("SELECT parent FROM handling_unit WHERE unit = ?", (unit,)).fetchone()
            unit = "" if row is None else row["parent"] or ""
        return found

    def units_below(self, unit: str) -> list[str]:
        """A handling unit, and those that stand in or on it."""
        found = [unit]
        for outer in found:
            rows = self.sql("SELECT unit FROM handling_unit WHERE parent = ?", (outer,)).fetchall()
            found += [row["unit"] for row in rows if row["unit"] not in found]
        return found
