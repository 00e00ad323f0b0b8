"""What every command shares: finding the plant, speaking, and the exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from chargehand.plant.plant import Plant
    from chargehand.vocabulary.refusal import Refusal

OK, FAILED, USAGE, FOUND_PROBLEMS, NOT_ALLOWED, CANNOT_REACH, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
SETTINGS_FILE = "chargehand.toml"
WIDTH_OF_FILES = 160
"""Columns of a table that goes into a file or a pipe."""
WIDE = 120
"""Characters from which on a table shows all of its columns."""


class NoPlant(Exception):
    """No plant was found; ``cure`` says what to do."""

    def __init__(self, because: str, cure: str) -> None:
        super().__init__(because)
        self.cure = cure


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """Options that every command on a plant takes."""

    plant: Annotated[
        Path | None,
        Parameter(
            help=f"Folder of the plant [env: CHARGEHAND_PLANT; else where {SETTINGS_FILE} is]."
        ),
    ] = None
    json: Annotated[bool, Parameter(negative="", help="Print one JSON document.")] = False
    quiet: Annotated[
        bool, Parameter(name=["--quiet", "-q"], negative="", help="Results only, no talk.")
    ] = False


PLAIN = Common()
"""No option given."""


def find_plant(folder: Path | None) -> Path:
    """The folder of the plant in question: named, from the environment, or around this one.

    Raises ``NoPlant`` where there is none.
    """
    named = folder or (Path(text) if (text := os.environ.get("CHARGEHAND_PLANT")) else None)
    if named is not None:
        if _is_plant(named):
            return named
        raise NoPlant(
            f"{named} is not the folder of a plant: it has no {SETTINGS_FILE}.",
            f"Make one with `chargehand init {named}`, or name another with --plant.",
        )
    here = Path.cwd()
    for place in (here, *here.parents):
        if _is_plant(place):
            return place
    raise NoPlant(
        f"No plant here: neither {here} nor a folder above it has a {SETTINGS_FILE}.",
        "Name one with --plant FOLDER, make one with `chargehand init FOLDER`,"
        " or try `chargehand demo`.",
    )


def _is_plant(folder: Path) -> bool:
    try:
        return (folder / SETTINGS_FILE).is_file()
    except PermissionError as error:
        raise NoPlant(
            f"{folder} cannot be looked into: this account may not read it.",
            f"Let it read and write {folder}, or run as an account that may.",
        ) from error


def open_plant(folder: Path | None = None) -> Plant:
    """Open the plant in question; close it with ``contextlib.closing``.

    Raises ``NoPlant`` or ``PlantFault``, each with a cure; ``run`` prints them.
    """
    place = find_plant(folder)
    from chargehand.plant.plant import Plant as Opened

    return Opened.open(place)


def say(text: str, *, quiet: bool = False) -> None:
    """Talk to the person, on stderr."""
    if not quiet:
        print(cleaned(text), file=sys.stderr, flush=True)  # noqa: T201 - this is the mouth


def emit(
    value: Any,  # noqa: ANN401 - whatever a command has to show
    *,
    json: bool,
    table: Callable[[], RenderableType] | None = None,
) -> None:
    """Print a result on stdout: as one JSON document, or as ``table()`` where a person reads it."""
    if json or table is None:
        from chargehand.vocabulary.wire import plain

        simple = plain(value) if not isinstance(value, dict | list) else plain(value, Any)
        import json as text

        sys.stdout.write(text.dumps(simple, indent=2, ensure_ascii=False) + "\n")
        sys.stdout.flush()  # a server says where it is and goes on
        return
    shown = table()
    if isinstance(shown, str):
        sys.stdout.write(cleaned(shown) + "\n")
        sys.stdout.flush()
    else:
        console().print(shown)


def console() -> Console:
    """A console on stdout: no markup in foreign texts, no color but on a terminal."""
    from rich.console import Console as Made

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH_OF_FILES
    if os.environ.get("NO_COLOR"):  # no bold either: some readers cannot take any escape
        return Made(markup=False, highlight=False, emoji=False, width=width, color_system=None)
    return Made(markup=False, highlight=False, emoji=False, width=width)


def rows_of(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> Table:
    """A table of texts; headings that end in ``#`` stand to the right.

    Neither those nor headings that end in ``!`` ever break: the room there is goes to the others.
    A ``?`` in front of a heading leaves its column out where there is little room.
    """
    from rich import box
    from rich.table import Table as Made

    table = Made(
        box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False,
        show_edge=False,
    )  # fmt: skip
    is_wide = console().width >= WIDE
    shown = [is_wide or not column.startswith("?") for column in columns]
    for column in (name for name, there in zip(columns, shown, strict=True) if there):
        right = column.endswith("#")
        table.add_column(
            column.lstrip("?").rstrip("#!"),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=right or column.endswith("!"),
        )
    for row in rows:
        cells = (cell for cell, there in zip(row, shown, strict=True) if there)
        table.add_row(*(cleaned(str(cell if cell is not None else "-")) for cell in cells))
    return table


def cleaned(text: str) -> str:
    """A text from outside without what could steer a terminal.

    >>> cleaned("valve" + chr(27) + "[2J")
    'valve?[2J'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)


def told(code: int, because: str, cure: str = "", *, json: bool) -> int:
    """Print what went wrong and what to do, as a JSON document too where asked; return the code."""
    if json:
        emit({"fault": {"because": because, "cure": cure}}, json=True)
    say(f"error: {because}")
    if cure:
        say(f"  {cure}")
    return code


def wrong_use(because: str, cure: str = "", *, json: bool) -> int:
    """Print what is wrong with the words of a command; return the exit code for it."""
    return told(USAGE, because, cure, json=json)


def refused(refusal: Refusal, *, json: bool, cure: str = "") -> int:
    """Print a refusal with what to do about it; return the exit code for it."""
    from chargehand.cli.cures import cure_for, exit_code_for

    cure = cure or cure_for(refusal)
    if json:
        answer = {"code": str(refusal.code), "because": refusal.because, "cure": cure}
        emit({"refused": answer}, json=True)
    say(f"refused ({refusal.code}): {refusal.because}")
    if cure:
        say(f"  {cure}")
    return exit_code_for(refusal)
