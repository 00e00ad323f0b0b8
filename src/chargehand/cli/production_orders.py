"""Production orders: use of material reconciled with the line, and what was made."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, refused, rows_of
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.reading_lots import OrderDetail

app = App(name="order", help="Show what a production order used and made.")


@app.command
def show(
    order: Annotated[str, Parameter(help="Number of the order.")],
    /,
    *,
    site: Annotated[str, Parameter(help="Where it is carried out.")],
    common: Common = PLAIN,
) -> int:
    """Reconcile what an order was brought with what it used; follow what it made."""
    with closing(open_plant(common.plant)) as plant:
        found = plant.order(site, order)
    if isinstance(found, Refusal):
        return refused(found, json=common.json)
    emit(found, json=common.json, table=lambda: _order_page(found))
    return OK


def _order_page(found: OrderDetail) -> RenderableType:
    from rich.console import Group

    used = rows_of(
        (
            "Material", "?Before#", "Picked#", "Reported#", "Backflushed#", "Scrapped#",
            "Returned#", "?Others#", "At line#", "Unexplained#",
        ),
        (
            (
                row.material, row.opening, row.picked, row.reported, row.backflushed,
                row.scrapped, row.returned, row.others, row.standing, row.unexplained,
            )
            for row in found.consumption
        ),
    )  # fmt: skip
    made = rows_of(
        ("Made", "Lot", "At", "Quantity#", "Still there#", "Put away#"),
        (
            (row.material, row.lot, row.location, row.made, row.in_buffer, row.put_away)
            for row in found.finished
        ),
    )
    return Group(used, made)
