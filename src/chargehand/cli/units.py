"""Handling units: where one stands, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, refused, rows_of
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.reading_lots import UnitDetail

app = App(name="unit", help="Show a handling unit with all that is in it.")


@app.command
def show(
    unit: Annotated[str, Parameter(help="SSCC, or the plant's own number.")],
    /,
    *,
    common: Common = PLAIN,
) -> int:
    """Show a handling unit with the units and the stock in it."""
    with closing(open_plant(common.plant)) as plant:
        found = plant.handling_unit(unit)
    if isinstance(found, Refusal):
        return refused(found, json=common.json)
    emit(found, json=common.json, table=lambda: _unit_page(found))
    return OK


def _unit_page(found: UnitDetail) -> RenderableType:
    return rows_of(
        ("Unit", "Kind", "Where", "Material", "Lot", "Quantity#", "On hold#"),
        _unit_rows(found, 0),
    )


def _unit_rows(found: UnitDetail, level: int) -> Iterator[tuple[object, ...]]:
    where = f"{found.site}/{found.location}" if found.state == "present" else found.state
    yield f"{'  ' * level}{found.handling_unit}", found.kind, where, "", "", "", ""
    for one in found.contents:
        amount = f"{one.on_hand} {one.unit}"
        yield "", "", "", one.material, one.lot or one.serial, amount, one.held or ""
    for inner in found.units:
        yield from _unit_rows(inner, level + 1)
