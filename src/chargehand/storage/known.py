"""What is known of materials, places and sources, read outside of any transaction."""

from __future__ import annotations

from chargehand.storage.session import Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Unit


class Known:
    """Definitions as one snapshot has them; each is read once."""

    def __init__(self, sql: Session) -> None:
        self._sql = sql.execute
        self._texts: dict[tuple[str, str], str | None] = {}
        self._units: dict[str, Unit | None] = {}
        self._places: dict[tuple[str, str], OperationalLocation | None] = {}
        self._booked: dict[tuple[str, str], bool] = {}

    def master(self, kind: str, key: str) -> str | None:
        """The canonical text of the definition that holds."""
        if (kind, key) not in self._texts:
            row = self._sql(
                "SELECT body FROM master WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
            self._texts[kind, key] = None if row is None else str(row[0])
        return self._texts[kind, key]

    def unit_of(self, material: MaterialId) -> Unit | None:
        """The unit that a material is stocked in; None where the material is not known."""
        if material not in self._units:
            text = self.master("material", material)
            known = None if text is None else wire.read(MaterialDefinition, text).unit
            self._units[material] = known
        return self._units[material]

    def place(self, site: SiteId, location: LocationId) -> OperationalLocation | None:
        """A place of a site; None where it is not known."""
        if (site, location) not in self._places:
            text = self.master("location", f"{site}|{location}")
            known = None if text is None else wire.read(OperationalLocation, text)
            self._places[site, location] = known
        return self._places[site, location]

    def is_booked_at(self, site: SiteId, material: MaterialId) -> bool:
        """Whether there ever was stock of a material in a site: its unit cannot change then."""
        if (site, material) not in self._booked:
            row = self._sql(
                "SELECT 1 FROM balance WHERE site = ? AND material = ? LIMIT 1", (site, material)
            ).fetchone()
            self._booked[site, material] = row is not None
        return self._booked[site, material]

    def owner_of(self, source: str) -> str | None:
        """The service account that tells under a source's name; None where there is none yet."""
        row = self._sql("SELECT account FROM sender WHERE source = ?", (source,)).fetchone()
        return None if row is None else str(row[0])
