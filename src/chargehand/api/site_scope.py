"""At which sites the things stand that a path names: for the guard, before a route runs.

Something of another site is answered with 403 and not 404: numbers of proposals, holds and tasks
run on through the whole plant and give nothing away, and a person who followed a colleague's link
has to learn that they may not, not that it is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from chargehand.api.access import storable
from chargehand.api.permission_table import Found
from chargehand.plant import whereabouts

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant


def of(kind: str, *parameters: str) -> Found:
    """Find the sites of a thing of a kind by the parameters of the path that name it."""

    def find(plant: Plant, path: Mapping[str, str]) -> Collection[str] | None:
        key = [path[name] for name in parameters]
        if not all(map(_is_name, key)):
            return None
        return whereabouts.sites_of(plant.store, kind, *key)

    return find


def _is_name(key: str) -> bool:
    """Whether a database can look for it; what cannot be a name is the route's to refuse."""
    try:
        storable(key)
    except ValueError:
        return False
    return True


of_proposal = of("proposal", "id")
of_task = of("task", "key")
of_hold = of("hold", "key")
of_reservation = of("reservation", "key")
of_lot = of("lot", "material", "lot")
of_unit = of("handling_unit", "unit")
of_difference = of("difference", "difference")
of_movement = of("movement", "entry")
