"""Signals from a file: one JSON document a line, posted as any system would post them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FAILED,
    FOUND_PROBLEMS,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    rows_of,
    say,
    told,
)
from chargehand.cli.filters import wrong_window
from chargehand.cli.mishaps import of_file

if TYPE_CHECKING:
    from chargehand.signals.signal import Receipt, Signal

BATCH = 1000
"""Signals in one commit."""
SHOWN_MAX = 20
"""Refused lines that a person is shown; --json lists all."""

app = App(name="signals", help="Post signals.")


@app.command
def post(
    file: Annotated[
        Path,
        Parameter(help="A file of JSON lines; - reads standard input.", allow_leading_hyphen=True),
    ],
    /,
    *,
    source: Annotated[str, Parameter(help="Source of lines that cannot be read.")] = "cli",
    dry_run: Annotated[bool, Parameter(negative="", help="Read and check only.")] = False,
    common: Common = PLAIN,
) -> int:
    """Post signals from a file of JSON lines.

    The same key with the same content counts once, however often it is posted. A line that cannot
    be read is kept with its fault; exit code 3 says that there were some, or refusals.
    """
    try:
        with _opened(file) as lines:
            signals = read_lines(lines, name=file.name, source=source)
            if dry_run:
                receipts = [_checked(signal) for signal in signals]
            else:
                with closing(open_plant(common.plant)) as plant:
                    receipts = []
                    while batch := list(islice(signals, BATCH)):
                        receipts += plant.take(batch)
                        say(f"{len(receipts)} signals", quiet=common.quiet or len(batch) < BATCH)
    except OSError as error:
        if error.filename is None:
            raise
        return told(FAILED, *of_file(error, file), json=common.json)
    return _report(receipts, common)


def _opened(file: Path) -> TextIO:
    """The lines; a byte that is no UTF-8 is kept, so that its line alone cannot be read."""
    if str(file) != "-":
        return file.open(encoding="utf-8-sig", errors="surrogateescape")
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    return sys.stdin


def read_lines(lines: Iterable[str], *, name: str, source: str) -> Iterator[Signal]:
    """Signals of JSON lines, in order; any other line becomes ``Unreadable`` with its place."""
    from chargehand.signals.kinds import Unreadable
    from chargehand.signals.signal import Signal as Kind
    from chargehand.vocabulary.wire import WireError, read

    for number, line in enumerate(lines, start=1):
        if not (text := line.strip()):
            continue
        raw = text.encode(errors="surrogateescape")
        shown = raw.decode(errors="replace")
        try:
            yield read(Kind, _utf8(text, shown))
        except WireError as error:
            yield Kind(
                source=source,
                key=f"{name}:{number}:{sha256(raw).hexdigest()[:12]}",
                body=Unreadable(
                    raw=shown[:2000],
                    because=str(error)[:500],
                    cure="Mend this line and post the file again: lines that are known count once.",
                    file=name,
                    row=number,
                ),
            )


def _utf8(text: str, shown: str) -> str:
    """The text of a line; ``WireError`` where it cannot be shown as it came."""
    from chargehand.vocabulary.wire import WireError

    if shown != text:
        raise WireError("a byte of it is no UTF-8")
    return text


def faults(
    *,
    source: Annotated[str | None, Parameter(help="Only from this source.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[
        str | None, Parameter(help="Go on after this mark of an earlier list.")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """List what arrived and could not be used, with the cure."""
    if (wrong := wrong_window(limit, after, json=common.json)) is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        page = plant.faults(source=source, after=after, limit=limit)
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Source", "Where", "What is wrong", "What to do", "?As it came"),
            (
                (
                    row.source,
                    f"{row.file}:{row.row} {row.column}" if row.file else row.key,
                    row.because,
                    row.cure,
                    row.raw[:80],
                )
                for row in page.rows
            ),
        ),
    )
    if page.next and not common.json:
        say(f"More with --after {page.next}", quiet=common.quiet)
    return OK


def _checked(signal: Signal) -> Receipt:
    from chargehand.signals.signal import Receipt as Answer
    from chargehand.signals.signal import Status

    bad = signal.body.kind == "unreadable"
    status = Status.UNREADABLE if bad else Status.ACCEPTED
    return Answer(source=signal.source, key=signal.key, status=status)


def _report(receipts: list[Receipt], common: Common) -> int:
    counts = Counter(str(receipt.status) for receipt in receipts)
    bad = [receipt for receipt in receipts if receipt.status in {"refused", "unreadable"}]
    answer: dict[str, Any] = {"signals": len(receipts), **counts, "faults": bad}
    text = ", ".join(f"{n} {status}" for status, n in sorted(counts.items())) or "nothing"
    emit(answer, json=common.json, table=lambda: f"{len(receipts)} signals: {text}")
    for receipt in bad[: SHOWN_MAX if not common.json else 0]:
        refusal = receipt.refusal
        because = f"{refusal.code}: {refusal.because}" if refusal else "cannot be read"
        say(f"  {receipt.source}/{receipt.key}: {because}", quiet=common.quiet)
    return FOUND_PROBLEMS if bad else OK
