"""Master data of instances or lots (``ilmd``) that comes with an event: the dates of a lot."""

from __future__ import annotations

from datetime import date

from chargehand.connectors.epcis.lines import NotOurs
from chargehand.connectors.epcis.names import Thing
from chargehand.connectors.epcis.parts import Json
from chargehand.vocabulary.lot import MaterialLot

_EXPIRES = ("cbvmda:itemExpirationDate", "gs1:expirationDate", "cbvmda:bestBeforeDate")
_MADE = ("gs1:productionDate",)


def lot_of(thing: Thing, ilmd: Json) -> MaterialLot:
    """The lot that a commissioning event defines (CBV 2.0 section 9.4). Raises ``NotOurs``."""
    found = ilmd if isinstance(ilmd, dict) else {}
    return MaterialLot(
        material=thing.material,
        lot=thing.lot,
        manufactured_on=_day(found, _MADE),
        expires_on=_day(found, _EXPIRES),
    )


def _day(ilmd: dict[str, Json], keys: tuple[str, ...]) -> date | None:
    for key in keys:
        if key in ilmd:
            try:
                return date.fromisoformat(str(ilmd[key])[:10])
            except ValueError as error:
                raise NotOurs(
                    f"{key} is {ilmd[key]!r}, which is no date", "have the sender correct it"
                ) from error
    return None
