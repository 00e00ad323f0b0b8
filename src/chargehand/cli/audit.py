"""The record's chain: verify it, and read it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FOUND_PROBLEMS,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    rows_of,
    say,
    wrong_use,
)
from chargehand.cli.filters import wrong_window
from chargehand.cli.moments import read_moment

if TYPE_CHECKING:
    from rich.table import Table

    from chargehand.plant.audit_tree import Outside
    from chargehand.plant.reading import JournalRow

TOLD_EVERY = 200_000
"""Entries after which one is told how far it is."""

app = App(name="audit", help="Check the record's chain, read it, sign it, prove and export it.")


for _name, _purpose in (
    ("checkpoint", "Sign the record as it stands."),
    ("prove", "Prove one entry, for whoever checks offline."),
    ("export", "Write the record for whoever checks offline."),
    ("erase", "Erase what a person wrote; the chain goes on to hold."),
):
    app.command(f"chargehand.cli.evidence:{_name}", name=_name, help=_purpose)


@app.command
def verify(
    *,
    against: Annotated[
        list[Path] | None,
        Parameter(negative="", help="Signed checkpoint that was kept elsewhere; may be repeated."),
    ] = None,
    key: Annotated[
        str, Parameter(help="Public key that must have signed it, from someone you trust.")
    ] = "",
    common: Common = PLAIN,
) -> int:
    """Check every entry, the tree, what was signed, and all tables; exit code 3 where one is off.

    Who can write the database can rewrite all of it: only --against a checkpoint from elsewhere
    shows that.
    """
    outside = _outside(against or [], key, json=common.json)
    if isinstance(outside, int):
        return outside
    with closing(open_plant(common.plant)) as plant:
        report = plant.verify(partial(_tell, quiet=common.quiet), outside=outside)
    verdict = "The chain holds" if report.holds else "THE CHAIN IS BROKEN"
    said = f"{verdict}: {report.entries} entries, {report.checkpoints} signed checkpoints"
    erased = f", {report.erased} texts erased" if report.erased else ""
    emit(report, json=common.json, table=lambda: f"{said}{erased}, root {report.root}")
    for fault in report.faults:
        say(f"  {fault}")
    if not report.holds:
        say("  Stop, keep the folder as it is, and compare with the last backup.")
    return OK if report.holds else FOUND_PROBLEMS


def _outside(files: list[Path], key: str, *, json: bool) -> list[Outside] | int:
    """The checkpoints of files, or the exit code where one cannot be read."""
    from chargehand.plant.audit_tree import Outside
    from chargehand.record.note import NoteError, read_key

    try:
        if key:
            read_key(key)
        return [Outside(name=str(file), note=file.read_text("utf-8"), key=key) for file in files]
    except NoteError as error:
        return wrong_use(str(error), "Copy the whole word: name+id+key.", json=json)
    except UnicodeDecodeError:
        return wrong_use("a checkpoint is a text in UTF-8; this file is none", json=json)
    except OSError as error:
        return wrong_use(f"{error.filename} cannot be read: {error.strerror}", json=json)


def _tell(what: str, passed: int, size: int, *, quiet: bool) -> None:
    if passed % TOLD_EVERY == 0:
        say(f"{what}: {passed:,} of {size:,}", quiet=quiet)


@app.command
def search(
    what: Annotated[str, Parameter(help="Key of an object, id of a person, or any text.")],
    /,
    *,
    kind: Annotated[str | None, Parameter(help="Only entries of this kind.")] = None,
    since: Annotated[str, Parameter(help="Not before this day or moment.")] = "",
    until: Annotated[str, Parameter(help="Before this day or moment.")] = "",
    mentions: Annotated[
        bool, Parameter(negative="", help="Also what only speaks of it, where it is a key.")
    ] = False,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[str | None, Parameter(help="Go on after this mark.")] = None,
    common: Common = PLAIN,
) -> int:
    """Find what the journal says of an object, a person, a decision, a lot or an order."""
    if (wrong := wrong_window(limit, after, json=common.json)) is not None:
        return wrong
    span = [
        read_moment(text, option, common, ahead=None) if text else None
        for option, text in (("--since", since), ("--until", until))
    ]
    begun, ended = span
    if isinstance(begun, int) or isinstance(ended, int):
        return begun if isinstance(begun, int) else ended  # type: ignore[return-value]
    from chargehand.plant.explorer import Asked

    asked = Asked(text=what, kind=kind or "", since=begun, until=ended, mentions=mentions)
    with closing(open_plant(common.plant)) as plant:
        trail = plant.search_journal(asked, after=after, limit=limit)
    emit(trail, json=common.json, table=lambda: _entries(trail.rows))
    if trail.back_to is not None:
        so_far = f"{trail.looked:,} entries looked through, back to {trail.back_to:%Y-%m-%d %H:%M}."
        say(so_far, quiet=common.quiet)
    if trail.next and not common.json:
        say(f"More with --after {trail.next}", quiet=common.quiet)
    return OK


def _entries(rows: Iterable[JournalRow]) -> Table:
    return rows_of(
        ("Entry#", "Recorded!", "Kind", "Key", "By", "?Because of", "?Leaf!"),
        (
            (
                row.number,
                f"{row.recorded_at:%Y-%m-%d %H:%M:%S}",
                row.kind,
                row.key,
                row.actor,
                row.cause,
                row.leaf[:12],
            )
            for row in rows
        ),
    )


@app.command
def log(
    *,
    kind: Annotated[
        str | None, Parameter(help="Such as stock_moved, proposal, ruling, order.")
    ] = None,
    key: Annotated[str | None, Parameter(help="Only entries of this key.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[str | None, Parameter(help="Go on after this mark.")] = None,
    common: Common = PLAIN,
) -> int:
    """Read the journal."""
    if (wrong := wrong_window(limit, after, json=common.json)) is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        page = plant.journal(kind=kind, key=key, after=after, limit=limit)
    emit(page, json=common.json, table=lambda: _entries(page.rows))
    if page.next and not common.json:
        say(f"More with --after {page.next}", quiet=common.quiet)
    return OK
