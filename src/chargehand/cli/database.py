"""Look after the database: bring it forward, copy it, bring it back, tidy it, check it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FOUND_PROBLEMS,
    OK,
    PLAIN,
    Common,
    emit,
    find_plant,
    rows_of,
    say,
)

app = App(name="db", help="Upgrade, back up, restore, compact or verify the database.")
MEBIBYTE = 1024**2


@app.command
def upgrade(
    *,
    backup: Annotated[bool, Parameter(help="Make a backup first.")] = True,
    common: Common = PLAIN,
) -> int:
    """Bring the database to the shape of this release; running it again changes nothing."""
    from chargehand.plant import database

    with _progress(quiet=common.quiet) as progress:
        done = database.upgrade(find_plant(common.plant), backup=backup, progress=progress)
    told = f"{done.engine}: at {done.now} already; nothing was done"
    if done.before != done.now:
        told = f"{done.engine}: from {done.before} to {done.now}"
        told += f"; the way back is {done.backup}" if done.backup else "; no backup was made"
    emit(done, json=common.json, table=lambda: told)
    return OK


@app.command
def backup(
    *,
    output: Annotated[
        Path | None,
        Parameter(name=["--output", "-o"], help="File to make [else one in PLANT/backups]."),
    ] = None,
    common: Common = PLAIN,
) -> int:
    """Write the whole record into one file, while the plant goes on working.

    The file can be restored on SQLite and on PostgreSQL. It holds settings and policy, and no keys.
    """
    from chargehand.plant import database

    with _progress(quiet=common.quiet) as progress:
        saved = database.save(find_plant(common.plant), output, progress)
    emit(
        saved,
        json=common.json,
        table=lambda: (
            f"{saved.file}: {saved.entries:,} entries, root {saved.root},"
            f" {saved.bytes / MEBIBYTE:.1f} MiB"
        ),
    )
    say("Keep it on another machine, and the signing key apart from it.", quiet=common.quiet)
    return OK


@app.command
def restore(
    file: Annotated[Path, Parameter(help="A backup.")],
    folder: Annotated[Path, Parameter(help="Folder of the plant to make; a new one.")],
    /,
    *,
    database: Annotated[
        str,
        Parameter(
            help="An empty PostgreSQL database: env:NAME or file:PATH of its address, or the"
            " address where it has no password [else a file in the folder]."
        ),
    ] = "",
    json: Annotated[bool, Parameter(negative="", help="Print one JSON document.")] = False,
    quiet: Annotated[
        bool, Parameter(name=["--quiet", "-q"], negative="", help="Results only, no talk.")
    ] = False,
) -> int:
    """Make the plant of a backup in a new folder; a place that is not empty is refused."""
    from chargehand.plant import database as keeping

    with _progress(quiet=quiet) as progress:
        done = keeping.restore(file, folder.resolve(), database=database, progress=progress)
    emit(
        done,
        json=json,
        table=lambda: f"{done.place} ({done.engine}): {done.entries:,} entries, root {done.root}",
    )
    say(f"Next: chargehand db verify --plant {done.place}", quiet=quiet)
    return OK


@app.command
def compact(*, common: Common = PLAIN) -> int:
    """Give back room that is not used, and make indexes anew; nothing is dropped."""
    from chargehand.plant import database

    done = database.compact(find_plant(common.plant))
    emit(
        done,
        json=common.json,
        table=lambda: (
            f"{done.engine}: {done.before / MEBIBYTE:.1f} MiB before,"
            f" {done.after / MEBIBYTE:.1f} MiB now"
        ),
    )
    return OK


@app.command
def verify(*, common: Common = PLAIN) -> int:
    """Check file, journal, tree, balances and history; exit code 3 where anything is wrong."""
    from chargehand.plant import database

    with _progress(quiet=common.quiet) as progress:
        found = database.verify(find_plant(common.plant), progress)
    verdict = "The database is sound" if found.holds else "THE DATABASE IS NOT SOUND"
    emit(
        found,
        json=common.json,
        table=lambda: f"{verdict} ({found.engine}): {found.entries:,} entries, root {found.root}",
    )
    if not found.holds and not common.json:
        emit(None, json=False, table=lambda: rows_of(("fault",), [(one,) for one in found.faults]))
        say("  Stop, keep the folder as it is, and compare with the last backup.")
    return OK if found.holds else FOUND_PROBLEMS


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar on stderr where a person looks at it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("working", total=None)

        def told(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield told
