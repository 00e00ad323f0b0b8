"""EPCIS 2.0 documents: events of partners in, our own movements out."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import FAILED, FOUND_PROBLEMS, OK, PLAIN, Common, emit, open_plant, told
from chargehand.cli.mishaps import of_file
from chargehand.cli.moments import read_moment

app = App(name="epcis", help="Exchange EPCIS 2.0 events with partners.")


@app.command
def capture(
    file: Annotated[Path, Parameter(help="An EPCIS 2.0 document (JSON-LD).")],
    /,
    *,
    source: Annotated[str, Parameter(help="Name of the partner or system.")] = "epcis",
    common: Common = PLAIN,
) -> int:
    """Take the events of a document in; each counts once, however often it is captured.

    Events that say nothing we can post are kept with the reason: see 'chargehand faults'. Exit
    code 3 says that there were some, or refusals.
    """
    from chargehand.plant import epcis

    try:
        text = file.read_text(encoding="utf-8")
        with closing(open_plant(common.plant)) as plant:
            receipts = epcis.capture(plant, text, source=source)
    except OSError as error:
        return told(FAILED, *of_file(error, file), json=common.json)
    counts = Counter(str(one.status) for one in receipts)
    lines = [", ".join(f"{n} {status}" for status, n in sorted(counts.items()))]
    lines += [f"  {one.key}: {one.refusal.because}" for one in receipts if one.refusal is not None]
    emit({"file": str(file), **counts}, json=common.json, table=lambda: "\n".join(lines))
    return FOUND_PROBLEMS if counts.keys() - {"accepted", "repeated"} else OK


@app.command(name="emit")
def emit_events(
    *,
    since: Annotated[
        str | None, Parameter(help="Begin with movements recorded from this day or moment on.")
    ] = None,
    start: Annotated[
        int, Parameter(help="Go on where a document ended: its 'chargehand:next'.")
    ] = 0,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="A new file.")] = None,
    common: Common = PLAIN,
) -> int:
    """Write movements as EPCIS 2.0 events that validate against the official schema.

    Up to 10,000 movements; 'chargehand:next' in the document says where the next one starts.
    """
    from chargehand.plant import epcis

    moment = None if since is None else read_moment(since, "--since", common)
    if isinstance(moment, int):
        return moment
    with closing(open_plant(common.plant)) as plant:
        document = epcis.emit(plant, since=moment, start=max(start, 0))
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
    return OK
