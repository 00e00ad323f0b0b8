"""Lots: where they are, what went into what, and the recall list."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
    wrong_use,
)
from chargehand.cli.filters import wrong_word
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.reading_lots import (
        LotDetail,
        RecallReport,
        TraceNode,
        TraceReport,
    )

Material = Annotated[str, Parameter(help="Number of the material.")]
Lot = Annotated[
    str,
    Parameter(
        help="Number of the lot; '-' where there are serials only.", allow_leading_hyphen=True
    ),
]
Serial = Annotated[str, Parameter(help="Only this single thing of the lot.")]

app = App(name="lot", help="Show a lot, trace it, list whom a recall concerns.")


@app.command
def show(material: Material, lot: Lot, /, *, common: Common = PLAIN) -> int:
    """Show one lot: what it is, where it stands, how it came in and went out."""
    with closing(open_plant(common.plant)) as plant:
        found = plant.lot(material, lot)
    if isinstance(found, Refusal):
        return refused(found, json=common.json)
    emit(found, json=common.json, table=lambda: _lot_page(found))
    return OK


@app.command
def trace(
    material: Material,
    lot: Lot,
    /,
    *,
    direction: Annotated[
        str, Parameter(help="forward: what it went into; backward: what it came from.")
    ] = "forward",
    serial: Serial = "",
    levels: Annotated[int, Parameter(help="Steps at most.")] = 32,
    common: Common = PLAIN,
) -> int:
    """Follow a lot through production, splits, merges and rework."""
    wrong = wrong_word("--direction", direction, ("forward", "backward"), json=common.json)
    if wrong is not None:
        return wrong
    if not 1 <= levels <= 32:  # noqa: PLR2004 - as `levels` says itself
        return wrong_use("--levels is 1 to 32", "Give a number of steps.", json=common.json)
    with closing(open_plant(common.plant)) as plant:
        found = plant.trace(
            material, _number(lot), serial=serial, forward=direction == "forward", levels=levels
        )
    if isinstance(found, Refusal):
        return refused(found, json=common.json)
    emit(found, json=common.json, table=lambda: _tree(found))
    if found.is_cut:
        say("There is more than is shown: raise --levels, or trace on from a lot shown.")
    return OK


@app.command
def recall(
    material: Annotated[str, Parameter(help="Number of the material.")] = "",
    lot: Lot = "",
    /,
    *,
    serial: Serial = "",
    supplier_lot: Annotated[str, Parameter(help="A supplier's own lot number instead.")] = "",
    supplier: Annotated[str | None, Parameter(help="Whose number it is.")] = None,
    csv: Annotated[bool, Parameter(negative="", help="Print the lines as CSV.")] = False,
    common: Common = PLAIN,
) -> int:
    """List every affected unit: where it stands, what it went into, to whom it has gone."""
    if bool(supplier_lot) == bool(material and lot):
        cure = "Name MATERIAL and LOT, or --supplier-lot."
        return wrong_use("which lot is recalled is not clear", cure, json=common.json)
    with closing(open_plant(common.plant)) as plant:
        found = (
            plant.recall_supplier_lot(supplier_lot, supplier=supplier) if supplier_lot
            else plant.recall(material, _number(lot), serial=serial)
        )  # fmt: skip
    if isinstance(found, Refusal):
        return refused(found, json=common.json)
    if csv:
        from chargehand.plant.recalling import recall_csv

        sys.stdout.write(recall_csv(found).decode())
        return OK
    emit(found, json=common.json, table=lambda: _recall_page(found))
    if found.is_cut:
        say("There are more lots than a trace follows: recall the ones shown in turn.")
    return OK


def _number(lot: str) -> str:
    return "" if lot == "-" else lot


def _lot_page(lot: LotDetail) -> RenderableType:
    from rich.console import Group

    flow = lot.flow
    came = f"{flow.received} received, {flow.produced} made, {flow.relabeled} from other lots"
    went = f"{flow.consumed} used, {flow.shipped} shipped, {flow.scrapped} scrapped"
    facts = rows_of(
        ("", ""),
        (
            ("Lot", f"{lot.lot} of {lot.material} {lot.description}".strip()),
            ("Status", lot.status if lot.is_defined else "known by its number only"),
            ("Supplier's lot", f"{lot.supplier} {lot.supplier_lot}".strip() or "-"),
            ("Made, expires", f"{lot.manufactured_on or '-'}, {lot.expires_on or '-'}"),
            ("On hand", f"{lot.on_hand} {lot.unit}"),
            ("Came in", f"{came}, {flow.counted} by counts"),
            ("Went out", went),
        ),
    )
    places = rows_of(
        ("Site!", "Location", "Unit", "?Serial", "Status", "On hand#", "Reserved#", "On hold#"),
        (
            (
                p.site, p.location, p.outermost_unit, p.serial, p.disposition, p.on_hand,
                p.reserved, p.held,
            )
            for p in lot.places
        ),
    )  # fmt: skip
    return Group(facts, places)


def _tree(found: TraceReport) -> RenderableType:
    return rows_of(
        ("Lot", "?What", "Used#", "Made#", "How", "Order"),
        (
            (
                f"{'  ' * node.level}{node.lot or node.serial or '(no lot)'} {node.material}"
                + (" (see above or below)" if node.is_repeated else ""),
                node.description, node.used, node.made, _how(node), ", ".join(node.orders),
            )
            for node in _nodes(found.root)
        ),
    )  # fmt: skip


def _nodes(node: TraceNode) -> Iterator[TraceNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _how(node: TraceNode) -> str:
    told = ", ".join(node.kinds)
    told += ", by its order" if node.is_by_order else ""
    return told + (", backflushed" if node.is_backflushed else "")


def _recall_page(found: RecallReport) -> RenderableType:
    from rich.console import Group

    head = (
        f"Recall of {found.start}: {found.lots} lots affected, {found.on_hand} still here"
        f" ({found.on_hold} on hold), {found.shipped} shipped"
    )
    lines = rows_of(
        ("Lot!", "Material", "State!", "Quantity#", "Where, into, by", "?Unit", "On hold#"),
        (
            (
                line.lot or line.serial, line.material, line.state,
                f"{line.quantity} {line.unit}",
                f"{line.site}/{line.location}" if line.site
                else f"{line.into_lot} {line.into_material}".strip() or line.document or "-",
                line.outermost_unit or line.handling_unit, line.held or "",
            )
            for line in found.lines
        ),
    )  # fmt: skip
    return Group(rows_of(("",), ((head,),)), lines)
