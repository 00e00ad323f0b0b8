"""Whole lists as files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, refused, wrong_use
from chargehand.cli.filters import wrong_place, wrong_word
from chargehand.cli.people import acting
from chargehand.cli.stock import ANY, AsOf, KnownAt, Which, moments
from chargehand.vocabulary.refusal import Refusal

WHATS = ("stock", "movements", "journal", "lots")
FORMS = ("csv", "parquet", "arrow")


def export(
    what: Annotated[str, Parameter(help="stock, movements, journal or lots.")],
    /,
    *,
    as_: Annotated[str, Parameter(name="--as", help="csv, parquet or arrow.")] = "csv",
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="File to write; else stdout.")
    ] = None,
    which: Which = ANY,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    by: Annotated[
        str | None,
        Parameter(help="Who takes it: a person of the policy [as with --as elsewhere]."),
    ] = None,
    common: Common = PLAIN,
) -> int:
    """Write stock, movements, journal or lots into a file, now or as of a moment, all rows."""
    wrong = wrong_word("WHAT", what, WHATS, json=common.json)
    wrong = wrong or wrong_word("--as", as_, FORMS, json=common.json)
    wrong = wrong or _misfit(what, which, (as_of, known_at), common)
    if wrong is not None:
        return wrong
    if output is None and as_ != "csv" and sys.stdout.isatty():
        cure = "Name a file with -o, or send it on with a pipe."
        return wrong_use(f"{as_} is not for a terminal", cure, json=common.json)
    back = moments(as_of, known_at, common)
    if isinstance(back, int):
        return back
    with closing(open_plant(common.plant)) as plant:
        if (wrong := wrong_place(plant, site=which.site, json=common.json)) is not None:
            return wrong
        who = acting(plant, by)
        made = (
            who
            if isinstance(who, Refusal)
            else plant.export(what, as_, which.chosen(), by=who, as_of=back[0], known_at=back[1])
        )
        if isinstance(made, Refusal):
            return refused(made, json=common.json)
        if output is None:
            _write(made.chunks, sys.stdout.buffer)
            return OK
        size = _write_file(made.chunks, output)
    answer = {"file": str(output), "bytes": size}
    emit(answer, json=common.json, table=lambda: f"{output}: {size:,} bytes")
    return OK


def _misfit(
    what: str, which: Which, backs: tuple[str | None, str | None], common: Common
) -> int | None:
    """The exit code where an option says nothing about what is exported."""
    as_of, known_at = backs
    if what == "journal" and which != ANY:
        cure = "Leave the filters out; or export movements, which take them."
        return wrong_use("the journal is exported whole", cure, json=common.json)
    if what == "journal" and as_of is not None:
        cure = "Take --known-at: the journal holds what was recorded."
        return wrong_use("--as-of does not fit the journal", cure, json=common.json)
    if what == "lots" and (as_of or known_at):
        cure = "Export stock as of that moment: it names the lot of every line."
        return wrong_use("lots are exported as they are now", cure, json=common.json)
    return None


def _write(chunks: Iterable[bytes], out: BinaryIO) -> int:
    size = 0
    for chunk in chunks:
        out.write(chunk)
        size += len(chunk)
    out.flush()
    return size


def _write_file(chunks: Iterable[bytes], path: Path) -> int:
    """Write a file whole or not at all: it gets its name when it is complete."""
    unfinished = path.with_name(f"{path.name}.part-{os.getpid()}")
    try:
        with unfinished.open("wb") as out:
            size = _write(chunks, out)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return size
