"""Bring the plant's own tables in, and say what they allow to be decided."""

from __future__ import annotations

from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import (
    FAILED,
    FOUND_PROBLEMS,
    OK,
    PLAIN,
    USAGE,
    Common,
    emit,
    open_plant,
    rows_of,
    say,
)
from chargehand.cli.moments import read_moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from rich.console import RenderableType

    from chargehand.plant.importing import ImportReport, MappingMistake


KINDS = (
    "What a row says: materials, suppliers, sources, locations, stocking, assets, stock, issues,"
    " deliveries (or receipts), maintenance_orders, failures; or snapshot: another system's"
    " whole stock list, which is compared and not booked."
)


def import_(
    kind: Annotated[str, Parameter(help=KINDS)],
    file: Annotated[Path, Parameter(help="The table: CSV or Parquet.")],
    *,
    map: Annotated[Path | None, Parameter(help="MAP.toml, where columns have other names.")] = None,  # noqa: A002 - the option's name
    site: Annotated[str | None, Parameter(help="Site of all rows.")] = None,
    counted_at: Annotated[
        str | None,
        Parameter(help="When all rows of a stock list were counted: 2026-11-20T06:00+01:00."),
    ] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Read and check only.")] = False,
    common: Common = PLAIN,
) -> int:
    """Read a table of the plant (CSV or Parquet) into the record.

    Rows that cannot be read or are refused are named with what to do about them, and kept; all
    others go in. Running it again changes nothing that is in already.
    """
    from chargehand.plant.importing import import_file

    counted = None if counted_at is None else read_moment(counted_at, "--counted-at", common)
    if isinstance(counted, int):
        return counted
    with closing(open_plant(common.plant)) as plant, _progress(quiet=common.quiet) as progress:
        report = import_file(
            plant, kind, file, mapping=map, site=site, counted_at=counted, progress=progress,
            dry_run=dry_run,
        )  # fmt: skip
    if isinstance(report, list):
        return _mistaken(report, json=common.json)
    emit(report, json=common.json, table=lambda: _told(report))
    if report.differing:
        _warn(report)
    if not report.faulty:
        return FOUND_PROBLEMS if report.differing else OK
    more = report.faulty - len(report.faults)
    if not common.json:
        emit(None, json=False, table=lambda: _faults(report))
    if more > 0:
        say(f"... and {more:,} more: `chargehand faults` lists all of them.", quiet=common.quiet)
    return FAILED if report.faulty == report.rows else FOUND_PROBLEMS


def _warn(report: ImportReport) -> None:
    """Say where rows equal an earlier count, and the record does not."""
    from datetime import UTC, datetime

    rows = [
        f"  row {d.row}: {d.material} at {d.location}{f', lot {d.lot}' if d.lot else ''}:"
        f" file {d.said}, record {d.recorded}"
        for d in report.differences
    ]
    if more := report.differing - len(rows):
        rows.append(f"  ... and {more:,} more")
    one = report.differing == 1
    say(
        f"warning: {report.differing:,} {'row equals' if one else 'rows equal'} an earlier count,"
        " and the record says otherwise by now; nothing was changed:\n" + "\n".join(rows)
    )
    say(
        "  If it is a new count, give its time: --counted-at"
        f" {datetime.now(UTC):%Y-%m-%dT%H:%M}+00:00, or map counted_at."
    )


def _mistaken(mistakes: list[MappingMistake], *, json: bool) -> int:
    if json:
        emit({"mistakes": [_as_dict(mistake) for mistake in mistakes]}, json=True)
    for mistake in mistakes:
        line = f", line {mistake.line}" if mistake.line else ""
        say(f"error: {mistake.where}{line}: {mistake.because}\n  {mistake.cure}")
    return USAGE


def _as_dict(mistake: MappingMistake) -> dict[str, object]:
    return {
        "where": mistake.where,
        "line": mistake.line,
        "because": mistake.because,
        "cure": mistake.cure,
    }


def _told(report: ImportReport) -> str:
    begun = "would go in" if report.dry_run else "new or changed"
    parts = [f"{report.accepted:,} {begun}"]
    for count, what in (
        (report.unchanged, "unchanged"),
        (report.filtered, "left out by the map"),
        (report.empty, "empty"),
        (report.refused, "refused"),
        (report.unreadable, "unreadable"),
    ):
        if count:
            parts.append(f"{count:,} {what}")
    return f"{report.kind}: {report.rows:,} rows; {', '.join(parts)}"


def _faults(report: ImportReport) -> RenderableType:
    return rows_of(
        ("row#", "column", "what is wrong", "what to do"),
        [(fault.row, fault.column, fault.because, fault.cure) for fault in report.faults],
    )


def _progress(*, quiet: bool) -> AbstractContextManager[Callable[[int, int | None], None] | None]:
    import sys

    if quiet or not sys.stderr.isatty():
        return nullcontext(None)
    return _drawn()


def _drawn() -> AbstractContextManager[Callable[[int, int | None], None]]:
    from collections.abc import Iterator
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import Progress

    @contextmanager
    def drawn() -> Iterator[Callable[[int, int | None], None]]:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("reading", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    return drawn()


def readiness(
    *,
    site: Annotated[str | None, Parameter(help="Only this site.")] = None,
    as_of: Annotated[
        str | None, Parameter(help="Judge as of this day, such as 2016-01-01 [else now].")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """Say what the records allow to be decided so far.

    What came, what is missing, impossible or doubled, which decisions that blocks, how the plant
    stands before anything is switched on, and where to begin.
    """
    from chargehand.cli.readiness_text import sections
    from chargehand.plant.readiness import assess

    moment = None if as_of is None else read_moment(as_of, "--as-of", common, ahead=None)
    if isinstance(moment, int):
        return moment
    with closing(open_plant(common.plant)) as plant:
        if site is not None and site not in plant.sites():
            say(f"error: there is no site {site!r}\n  There are {', '.join(plant.sites())}.")
            return USAGE
        report = assess(plant, site=site, as_of=moment)
    if common.json:
        emit(report, json=True)
        return OK
    for section in sections(report):
        emit(None, json=False, table=partial(_itself, section))
    return OK


def _itself(section: RenderableType) -> RenderableType:
    return section
