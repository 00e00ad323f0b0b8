"""Bring one table into the plant: in batches, each durable, so that a broken run is run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final, Protocol

from chargehand.connectors.mapping import MappingMistake
from chargehand.connectors.table import TableFault
from chargehand.connectors.tabular import KINDS, ReadRow, TabularFile, open_tabular
from chargehand.plant.reading import Page, StockRow
from chargehand.runtime import clock
from chargehand.signals.kinds import StockCounted, Unreadable
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.vocabulary.refusal import Refusal, RefusalCode

__all__ = ["ImportFault", "ImportReport", "MappingMistake", "import_file", "kinds_of_tables"]

BATCH: Final = 1_000
"""Signals that become durable together."""
FAULTS_SHOWN: Final = 20
PAGE: Final = 1_000
"""Balances that are read at a time."""
AVAILABLE: Final = "available"
"""The disposition that a count is of."""

CURES: Final = {
    RefusalCode.UNKNOWN_MATERIAL: "import its definition first (kind materials)",
    RefusalCode.UNKNOWN_LOCATION: "import the place first (kind locations)",
    RefusalCode.UNKNOWN_SUPPLIER: "import the supplier first (kind suppliers)",
    RefusalCode.UNKNOWN_ASSET: "import the machine first (kind assets)",
    RefusalCode.UNIT_MISMATCH: "write the material's own unit, or convert it by [units] in a map",
    RefusalCode.CONVERSION_INEXACT: "write an amount that comes out even in the stock unit",
    RefusalCode.CONVERSION_AMBIGUOUS: "define one way between the units in the item master",
    RefusalCode.ON_HOLD: "release the hold first, or leave the stock where it is",
    RefusalCode.KEY_REUSED: "its id was imported before with other content: correct the id, or"
    " import the correction under an id of its own",
    RefusalCode.QUANTITY_INVALID: "correct the quantity at its source",
}


class TakesSignals(Protocol):
    """What an import needs of a plant."""

    def take(self, signals: Sequence[Signal]) -> list[Receipt]:
        """Take signals durably; one answer for each."""
        ...

    def stock(
        self, *, site: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[StockRow]:
        """What stands where, to compare with counts that came before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFault:
    """One row that did not go in, and what to do about it."""

    file: str
    row: int
    column: str
    status: Status
    because: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDifference:
    """One row of a stock list that came before, and what the record says by now."""

    row: int
    site: str
    location: str
    material: str
    lot: str
    said: Decimal
    recorded: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a file. Every fault is kept by the plant; the first few are named here."""

    kind: str
    file: str
    source: str
    rows: int
    accepted: int
    unchanged: int
    """Signals that the plant had already, and rows that say what an earlier row said."""
    refused: int
    unreadable: int
    filtered: int
    """Rows that the map leaves out."""
    empty: int
    """Rows or cells that say that nothing was used."""
    refused_by_code: dict[str, int]
    differing: int
    """Rows that equal an earlier count without a time, where the record says otherwise by now."""
    differences: tuple[ImportDifference, ...]
    faults: tuple[ImportFault, ...]
    seconds: float
    dry_run: bool = False

    @property
    def faulty(self) -> int:
        """Rows that did not go in although they should."""
        return self.refused + self.unreadable


@dataclass(slots=True)
class _Tally:
    by_status: Counter[Status] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    faults: list[ImportFault] = field(default_factory=list)
    counted_before: list[tuple[int, StockCounted]] = field(default_factory=list)
    """Rows of a stock list without a time that came before."""

    def note(self, file: str, read: ReadRow, status: Status, refusal: Refusal | None) -> None:
        """Count what became of one row."""
        body = read.signal.body
        if isinstance(body, Unreadable):  # told again in every run, until it is mended
            status = Status.UNREADABLE
        self.by_status[status] += 1
        is_undated = read.signal.occurred_at is None  # a dated row is an old count, and says so
        if status is Status.REPEATED and isinstance(body, StockCounted) and is_undated:
            self.counted_before.append((read.row, body))
        if refusal is not None:
            self.by_code[refusal.code] += 1
        if isinstance(body, Unreadable):
            self._fault(file, read, Status.UNREADABLE, body.because, body.cure, body.column)
        elif status is Status.REFUSED and refusal is not None:
            cure = CURES.get(refusal.code, "correct it at its source, and import the file again")
            self._fault(file, read, status, refusal.because, cure, "")

    def _fault(
        self, file: str, read: ReadRow, status: Status, because: str, cure: str, column: str
    ) -> None:
        if len(self.faults) < FAULTS_SHOWN:
            self.faults.append(
                ImportFault(file=file, row=read.row, column=column, status=status,
                            because=because, cure=cure)
            )  # fmt: skip


def kinds_of_tables() -> dict[str, str]:
    """What each kind of table says in a row, by the kind's name."""
    return {kind.name: kind.title for kind in KINDS.values()}


def import_file(  # noqa: PLR0913 - what a person can say about a file, each by name
    plant: TakesSignals,
    kind: str,
    path: Path,
    *,
    mapping: Path | None = None,
    site: str | None = None,
    counted_at: datetime | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    dry_run: bool = False,
    today: date | None = None,
) -> ImportReport | list[MappingMistake]:
    """Import one file; the mistakes in the map, or the file as a whole, where there are any.

    Each batch is durable when it is done, and a row's key does not depend on the run: an import
    that was interrupted is run again, and what had gone in is counted as unchanged.

    Parameters
    ----------
    plant
        Where the signals go.
    kind
        One of ``kinds_of_tables``.
    path, mapping
        The file, and the map for it where its columns have other names.
    site
        Site of all rows, where they do not name it.
    counted_at
        When all rows of a stock list were counted, where they do not say it.
    progress
        Is told the rows read so far, and how many there are about (None where that is not known).
    dry_run
        Read and check every row, and give nothing to the plant.
    today
        The day of the import, for the check that nothing happened after it.
    """
    began, today = perf_counter(), today or clock.now().date()
    file = open_tabular(kind, path, mapping=mapping, site=site, counted_at=counted_at, today=today)
    if isinstance(file, list):
        return file
    tally = _Tally()
    try:
        for batch in _batches(file.stream()):
            _take(None if dry_run else plant, batch, path.name, tally)
            if progress is not None:
                progress(file.counts.rows, file.table.rows_about)
    except TableFault as fault:
        return [MappingMistake(where=str(path), because=str(fault), cure=fault.cure)]
    differing = _differences(plant, tally.counted_before)
    return _report(file, tally, differing, seconds=perf_counter() - began, dry_run=dry_run)


def _take(plant: TakesSignals | None, batch: list[ReadRow], file: str, tally: _Tally) -> None:
    if plant is None:
        for read in batch:
            tally.note(file, read, Status.ACCEPTED, None)
        return
    receipts = plant.take([read.signal for read in batch])
    for read, receipt in zip(batch, receipts, strict=True):
        tally.note(file, read, receipt.status, receipt.refusal)


def _batches(rows: Iterator[ReadRow]) -> Iterator[list[ReadRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _differences(
    plant: TakesSignals, counted: list[tuple[int, StockCounted]]
) -> list[ImportDifference]:
    """Where counts that came before are not what the record says by now."""
    balances: dict[tuple[str, str, str, str], Decimal] = {}
    for site in {body.site for _, body in counted}:
        after: str | None = None
        while True:
            page = plant.stock(site=site, after=after, limit=PAGE)
            for at in page.rows:
                if at.disposition == AVAILABLE:
                    balances[at.site, at.location, at.material, at.lot] = at.on_hand
            if (after := page.next) is None:
                break
    found = []
    for row, body in counted:
        place = (body.site, body.location, body.material, body.lot)
        recorded = balances.get(place, Decimal())
        if recorded != body.counted.amount:
            found.append(
                ImportDifference(row=row, site=body.site, location=body.location,
                                 material=body.material, lot=body.lot,
                                 said=body.counted.amount, recorded=recorded)
            )  # fmt: skip
    return found


def _report(
    file: TabularFile,
    tally: _Tally,
    differences: list[ImportDifference],
    *,
    seconds: float,
    dry_run: bool,
) -> ImportReport:
    counts, by_status = file.counts, tally.by_status
    return ImportReport(
        kind=file.binding.kind.name,
        file=str(file.table.path),
        source=file.source,
        rows=counts.rows,
        accepted=by_status[Status.ACCEPTED],
        unchanged=by_status[Status.REPEATED] + counts.repeated,
        refused=by_status[Status.REFUSED],
        unreadable=by_status[Status.UNREADABLE],
        filtered=counts.filtered,
        empty=counts.empty,
        refused_by_code=dict(tally.by_code),
        differing=len(differences),
        differences=tuple(differences[:FAULTS_SHOWN]),
        faults=tuple(tally.faults),
        seconds=seconds,
        dry_run=dry_run,
    )
