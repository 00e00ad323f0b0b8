"""New plants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from chargehand.cli.context import FAILED, OK, emit, refused, say, told
from chargehand.cli.mishaps import of_file
from chargehand.vocabulary.refusal import Refusal


def init(
    folder: Annotated[Path, Parameter(help="Folder to make; it may exist if it is no plant yet.")],
    /,
    *,
    enterprise: Annotated[str, Parameter(help="Name of the plant [else the folder's].")] = "",
    database: Annotated[
        str,
        Parameter(
            help="Keep the record in PostgreSQL: env:NAME or file:PATH of its address, or the"
            " address where it has no password [else a file in the folder]."
        ),
    ] = "",
    json: Annotated[bool, Parameter(negative="", help="Print one JSON document.")] = False,
    quiet: Annotated[
        bool, Parameter(name=["--quiet", "-q"], negative="", help="Results only, no talk.")
    ] = False,
) -> int:
    """Make a new plant in a folder: settings, a policy to edit, and an empty record.

    You become its first person, by your login on this computer.
    """
    from chargehand.plant.folder import create_plant

    place = folder.resolve()
    try:
        made = create_plant(place, enterprise=enterprise or place.name, database=database)
    except OSError as error:
        because, cure = of_file(error, error.filename or place)
        return told(FAILED, f"no plant can be made there: {because}", cure, json=json)
    if isinstance(made, Refusal):
        return refused(made, json=json)
    emit({"plant": str(place), "made": made}, json=json, table=lambda: "\n".join(made))
    say(
        f"Next: edit {place / 'policy' / 'policy.toml'}, then\n"
        f"  chargehand import KIND FILE --plant {place}\n"
        f"  chargehand decide --plant {place}\n"
        f"  chargehand up --plant {place}",
        quiet=quiet,
    )
    return OK
