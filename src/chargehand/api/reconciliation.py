"""Read how other systems' stock lists agree with the record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from chargehand.api.access import Act, Filter, TheCaller, ThePlant, Where, needs
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import ApiProblem
from chargehand.api.record import ENTRY_MAX
from chargehand.api.site_scope import of_difference
from chargehand.plant.reading import Page
from chargehand.plant.reading_reconciliation import (
    DifferenceDetail,
    DifferenceRow,
    ListRow,
    SystemRow,
)
from chargehand.vocabulary.refusal import Refusal

router = APIRouter(tags=["reconciliation"])


class ListWindow(Window):
    """Which lists are asked for."""

    system: Filter = None
    site: Filter = None


class DifferenceWindow(ListWindow):
    """Which differences are asked for."""

    material: Filter = None
    state: Filter = Field(
        default="open",
        description="open, tolerated, explained, closed, superseded, outdated, theirs, or all",
    )
    list: int | None = Field(default=None, ge=0, le=ENTRY_MAX, description="of this list only")


@router.get("/reconciliation")
@needs(Act.READ, site=Where.HANDLED)
def systems(plant: ThePlant, caller: TheCaller) -> tuple[SystemRow, ...]:
    """Say how each system's stock agrees with the record, by its newest list."""
    return tuple(row for row in plant.reconciliation() if caller.may_at(row.site))


@router.get("/reconciliation/lists")
@needs(Act.READ)
def lists(
    plant: ThePlant, request: Request, window: Annotated[ListWindow, Query()]
) -> Listing[ListRow]:
    """List the stock lists that were compared, the last told first: the history of accuracy."""
    return listing(
        request,
        window,
        lambda place, rows: plant.compared_lists(
            system=window.system, site=window.site, after=place, limit=rows
        ),
    )


@router.get("/reconciliation/differences")
@needs(Act.READ)
def differences(
    plant: ThePlant, request: Request, window: Annotated[DifferenceWindow, Query()]
) -> Listing[DifferenceRow]:
    """List where lists differ from the record, and what that comes from."""

    def read(place: str | None, rows: int) -> Page[DifferenceRow]:
        found = plant.differences(
            state=None if window.state == "all" else window.state,
            system=window.system, site=window.site, material=window.material,
            snapshot=window.list, after=place, limit=rows,
        )  # fmt: skip
        if isinstance(found, Refusal):
            raise ApiProblem("invalid", found.because)
        return found

    return listing(request, window, read)


@router.get("/reconciliation/differences/{difference}", responses={404: {}})
@needs(Act.READ, site=of_difference)
def difference(
    plant: ThePlant,
    difference: Annotated[str, Path(max_length=40, description="such as D-120.3")],
) -> DifferenceDetail:
    """Show one difference: what it comes from, where to look, and what became of it."""
    found = plant.difference(difference)
    if found is None:
        raise ApiProblem("not_found", f"There is no difference {difference}.")
    return found
