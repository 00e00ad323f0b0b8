"""Definitions that hold, in SQL: materials, places, suppliers, machines, orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chargehand.storage.journal import JournalBook
from chargehand.storage.transaction import Transaction
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Unit


class MasterBook(JournalBook):
    """The latest definition of everything; earlier ones are in the journal."""

    def __init__(self, transaction: Transaction, clock: Callable[[], datetime]) -> None:
        super().__init__(transaction, clock)
        self._units: dict[str, Unit | None] = {}
        self._places: dict[tuple[str, str], OperationalLocation | None] = {}

    def master(self, kind: str, key: str) -> str | None:
        """The canonical text of the definition that holds."""
        row = self.sql("SELECT body FROM master WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return None if row is None else str(row[0])

    def define(self, kind: str, key: str, site: str, body: str, entry: int) -> None:
        """Let a definition hold from now on."""
        self.sql(
            "INSERT INTO master (kind, key, site, body, entry) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET site = excluded.site, body = excluded.body,"
            " entry = excluded.entry",
            (kind, key, site, body, entry),
        )
        self.forget()

    def forget(self) -> None:
        """Forget what was read: it was changed, or a change was taken back."""
        self._units.clear()
        self._places.clear()

    def unit_of(self, material: MaterialId) -> Unit | None:
        """The unit that a material is stocked in; None where the material is not known."""
        if material not in self._units:
            text = self.master("material", material)
            self._units[material] = (
                None if text is None else wire.read(MaterialDefinition, text).unit
            )
        return self._units[material]

    def is_booked(self, material: MaterialId) -> bool:
        """Whether anything of a material was ever booked: stock, use or supply."""
        row = self.sql(
            "SELECT EXISTS (SELECT 1 FROM balance WHERE material = ?)"
            " OR EXISTS (SELECT 1 FROM usage WHERE material = ?)"
            " OR EXISTS (SELECT 1 FROM supply WHERE material = ?)",
            (material, material, material),
        ).fetchone()
        return bool(row[0])

    def place(self, site: SiteId, location: LocationId) -> OperationalLocation | None:
        """A place of a site; None where it is not known."""
        if (site, location) not in self._places:
            text = self.master("location", f"{site}|{location}")
            known = None if text is None else wire.read(OperationalLocation, text)
            self._places[site, location] = known
        return self._places[site, location]
