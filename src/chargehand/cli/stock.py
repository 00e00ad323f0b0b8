"""Stock and movements by any dimension, now and as of any moment."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import FAILED, OK, PLAIN, Common, emit, open_plant, rows_of, say, told
from chargehand.cli.filters import wrong_place, wrong_window, wrong_zone
from chargehand.cli.moments import read_moment

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.history import Chosen
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading_stock_lists import MovementDetail, MovementRow, StockLine

Limit = Annotated[int, Parameter(help="At most so many.")]
After = Annotated[str | None, Parameter(help="Go on after this mark of an earlier list.")]
AsOf = Annotated[
    str | None,
    Parameter(help="What was true then: a day, or a moment such as 2026-01-05T14:00+01:00."),
]
KnownAt = Annotated[
    str | None, Parameter(help="What the record said then, before later news and corrections.")
]
STOCK_KEYS = 6
"""Parts of a mark of the stock list."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which stock is meant; all that is given must fit."""

    site: Annotated[str | None, Parameter(help="Only this site.")] = None
    zone: Annotated[str | None, Parameter(help="Only this zone.")] = None
    location: Annotated[str | None, Parameter(help="Only this location.")] = None
    material: Annotated[str | None, Parameter(help="Only this material.")] = None
    lot: Annotated[str | None, Parameter(help="Only this lot.")] = None
    serial: Annotated[str | None, Parameter(help="Only this serial number.")] = None
    handling_unit: Annotated[str | None, Parameter(help="Only on this handling unit.")] = None
    disposition: Annotated[str | None, Parameter(help="Only this status, such as available.")] = (
        None
    )

    def chosen(self, *, held: bool | None = None) -> Chosen:
        """Return it in the plant's own terms."""
        from chargehand.plant.history import Chosen as Meant

        return Meant(
            site=self.site, zone=self.zone, location=self.location, material=self.material,
            lot=self.lot, serial=self.serial, handling_unit=self.handling_unit,
            disposition=self.disposition, held=held,
        )  # fmt: skip


ANY = Which()


def moments(
    as_of: str | None, known_at: str | None, common: Common
) -> tuple[datetime | None, datetime | None] | int:
    """The moments of ``--as-of`` and ``--known-at``; else the exit code, with the fault told."""
    read = []
    for text, option in ((as_of, "--as-of"), (known_at, "--known-at")):
        moment = None if text is None else read_moment(text, option, common)
        if isinstance(moment, int):
            return moment
        read.append(moment)
    return read[0], read[1]


def stock(
    *,
    which: Which = ANY,
    held: Annotated[
        bool | None, Parameter(negative="--not-held", help="Only what a hold covers, or the rest.")
    ] = None,
    empty: Annotated[
        bool, Parameter(negative="", help="List places where nothing stands any more too.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = 100,
    after: After = None,
    common: Common = PLAIN,
) -> int:
    """List what stands, or stood, where."""
    if (wrong := wrong_window(limit, after, keys=STOCK_KEYS, json=common.json)) is not None:
        return wrong
    back = moments(as_of, known_at, common)
    if isinstance(back, int):
        return back
    with closing(open_plant(common.plant)) as plant:
        if (wrong := wrong_place(plant, site=which.site, json=common.json)) is not None:
            return wrong
        page = plant.stock_rows(
            which.chosen(held=held), as_of=back[0], known_at=back[1], empty=empty, after=after,
            limit=limit,
        )  # fmt: skip
        if not page.rows and (wrong := _wrong_zone(plant, which, common)) is not None:
            return wrong
    emit(page, json=common.json, table=lambda: _stock_table(page.rows))
    _more(page.next, common)
    return OK


def _wrong_zone(plant: Plant, which: Which, common: Common) -> int | None:
    return wrong_zone(plant, which.zone, json=common.json)


def _stock_table(rows: tuple[StockLine, ...]) -> RenderableType:
    return rows_of(
        (
            "Site!", "Location", "Material", "?Description", "Lot", "?Serial", "?Unit",
            "?Status", "On hand#", "Reserved#", "Held#", "In!",
        ),
        (
            (
                r.site, r.location, r.material, r.description, r.lot, r.serial, r.handling_unit,
                r.disposition, r.on_hand, r.reserved, r.held, r.unit,
            )
            for r in rows
        ),
    )  # fmt: skip


def _more(following: str | None, common: Common) -> None:
    if following and not common.json:
        say(f"More with --after {following}", quiet=common.quiet)


def movements(
    *,
    which: Which = ANY,
    limit: Limit = 100,
    after: After = None,
    common: Common = PLAIN,
) -> int:
    """List movements that touched some stock, the latest first."""
    if (wrong := wrong_window(limit, after, json=common.json)) is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        if (wrong := wrong_place(plant, site=which.site, json=common.json)) is not None:
            return wrong
        page = plant.movements(which.chosen(), after=after, limit=limit)
    emit(page, json=common.json, table=lambda: _movement_table(page.rows))
    _more(page.next, common)
    return OK


def _movement_table(rows: tuple[MovementRow, ...]) -> RenderableType:
    return rows_of(
        (
            "Entry#", "When", "Step", "Account", "Material", "Lot", "Change#", "In!", "?Who",
            "?Cause",
        ),
        (
            (
                row.entry, f"{row.occurred_at or row.recorded_at:%Y-%m-%d %H:%M:%S}",
                row.business_step, leg.account, leg.material, leg.lot, leg.quantity, leg.unit,
                row.actor, row.cause,
            )
            for row in rows
            for leg in row.legs
        ),
    )  # fmt: skip


def movement(
    entry: Annotated[int, Parameter(help="Number of its journal entry.")],
    /,
    *,
    common: Common = PLAIN,
) -> int:
    """Show one movement whole: legs, cause, who, corrections, and its place in the tree."""
    with closing(open_plant(common.plant)) as plant:
        detail = plant.movement(entry)
    if detail is None:
        because = f"entry {entry} of the journal is no movement"
        return told(FAILED, because, "`chargehand movements` lists them.", json=common.json)
    emit(detail, json=common.json, table=lambda: _detail(detail))
    return OK


def _detail(detail: MovementDetail) -> RenderableType:
    from rich.console import Group

    row = detail.row
    cause = row.cause or "-"
    if detail.cause_entry is not None:
        cause += f" (journal #{detail.cause_entry})"
    corrected = ", ".join(f"#{one.entry}" for one in detail.corrected_by)
    facts = rows_of(
        ("", ""),
        (
            ("Key", row.key), ("Happened", row.occurred_at), ("Recorded", row.recorded_at),
            ("Who", row.actor), ("Cause", cause), ("Corrects", row.corrects),
            ("Corrected by", corrected or None), ("Under hold", row.under_hold),
            ("Place in the tree", f"{row.place} of {detail.tree_size}"), ("Leaf", detail.leaf),
        ),
    )  # fmt: skip
    return Group(_movement_table((row,)), facts)
