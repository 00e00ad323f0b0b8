"""One file of one kind as signals: CSV or Parquet, by its columns' names or through a map.

The same file gives the same keys, whenever and wherever it is read; a newer export that overlaps
with an older one repeats the keys of what is the same. What cannot be read becomes an
``Unreadable`` with its row, column and cure, never nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from chargehand.connectors.binder import bind
from chargehand.connectors.binding import WIDE_FIELDS, Binding
from chargehand.connectors.cell import CellFault
from chargehand.connectors.delimited import Record
from chargehand.connectors.keys import Keys
from chargehand.connectors.kinds import Kind
from chargehand.connectors.kinds_history import (
    DELIVERIES,
    FAILURES,
    ISSUES,
    MAINTENANCE_ORDERS,
    STOCK,
)
from chargehand.connectors.kinds_master import (
    ASSETS,
    LOCATIONS,
    MATERIALS,
    SOURCES,
    STOCKING,
    SUPPLIERS,
)
from chargehand.connectors.mapping import Mapping, MappingMistake, read_mapping
from chargehand.connectors.mapping_check import near
from chargehand.connectors.orders import Orders
from chargehand.connectors.snapshot import SNAPSHOT, SnapshotLists
from chargehand.connectors.stock_list import CURE, StockList
from chargehand.connectors.table import Table, TableFault, open_table
from chargehand.signals.kinds import Unreadable
from chargehand.signals.signal import Signal
from chargehand.vocabulary.wire import write

KINDS: Final = {
    kind.name: kind
    for kind in (
        MATERIALS, SUPPLIERS, SOURCES, LOCATIONS, STOCKING, ASSETS, STOCK, ISSUES, DELIVERIES,
        MAINTENANCE_ORDERS, FAILURES, SNAPSHOT,
    )
}  # fmt: skip
"""Every kind of table, by name."""
ALSO_CALLED: Final = {"receipts": "deliveries"}

RAW_MAX: Final = 2_000
"""Longest text of a bad row that is kept (characters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """A signal, and the row of the file that it came from."""

    row: int
    signal: Signal


@dataclass(slots=True, kw_only=True)
class Counts:
    """How far the reading of a file has come."""

    rows: int = 0
    filtered: int = 0
    """Rows that the map's filter, ``since`` or ``until`` left out."""
    empty: int = 0
    """Rows or cells that say that nothing was used."""
    repeated: int = 0
    """Rows, once all are read, that say what an earlier row of the file has said."""


@dataclass(slots=True, kw_only=True)
class TabularFile:
    """One file of one kind: a ``SignalSource``."""

    table: Table
    mapping: Mapping
    binding: Binding
    source: str
    salt: str
    """Part of the keys of what is true only at the moment of this very file."""
    counts: Counts = field(default_factory=Counts)

    def read(self, after: str | None) -> Iterator[Signal]:
        """Yield the signals after a key, in rising order of keys; all of them after None."""
        signals = sorted((read.signal for read in self.stream()), key=lambda signal: signal.key)
        yield from (signal for signal in signals if after is None or signal.key > after)

    def stream(self) -> Iterator[ReadRow]:
        """Yield the signals in the order of the file, without holding the file in memory."""
        self.counts = Counts()
        keys = Keys(self.binding.kind, self.source, self.salt)
        orders = _together(self.binding.kind)
        stock = StockList() if self.binding.kind is STOCK else None
        faulty: list[Record] = []
        for record in self.table.rows():
            self.counts.rows += 1
            try:
                yield from self._row(record, keys, orders, stock)
            except CellFault as fault:
                faulty.append(record)
                yield self._unreadable(record, str(fault), fault.cure, fault.column)
            except ValueError as error:
                faulty.append(record)
                yield self._unreadable(record, str(error), "correct it at its source", "")
        if isinstance(orders, SnapshotLists) and faulty:
            # What stands in those rows would look as if it were not there.
            because = f"the list was not compared: {len(faulty)} of its rows cannot be read"
            yield self._unreadable(faulty[0], because, "mend them, and import it again", "")
        elif orders is not None:
            for row, body in orders.whole():
                yield from self._said(row, keys.signal(row, body, {}))
        if stock is not None:
            yield from self._counted(stock, keys)
        self.counts.repeated = keys.repeated + (stock.repeated if stock else 0)

    def _counted(self, stock: StockList, keys: Keys) -> Iterator[ReadRow]:
        for record, because in stock.contradictions():
            yield self._unreadable(record, because, CURE, "")
        for line in stock.sound():
            row = line.record.row
            yield from self._said(row, keys.signal(row, line.body, line.values))

    def _row(
        self,
        record: Record,
        keys: Keys,
        orders: Orders | SnapshotLists | None,
        stock: StockList | None,
    ) -> Iterator[ReadRow]:
        cells = _squared(record, len(self.table.columns))
        if not self.binding.passes(cells):
            self.counts.filtered += 1
            return
        if self.binding.periods:
            yield from self._periods(record, cells, keys)
            return
        values = self.binding.values(cells)
        if self._left_out(values):
            return
        body = self.binding.kind.build(values)
        if orders is not None:
            orders.add(record.row, body, record.raw)
            return
        if stock is not None:
            stock.add(record, body, values)
            return
        yield from self._said(record.row, keys.signal(record.row, body, values))

    def _said(self, row: int, signal: Signal | None) -> Iterator[ReadRow]:
        if signal is not None:
            yield ReadRow(row=row, signal=signal)

    def _left_out(self, values: dict[str, Any]) -> bool:
        """Whether a row lies outside the map's time, or says that nothing was used; counts it."""
        kind, mapping = self.binding.kind, self.mapping
        if kind.zero_is_nothing and values.get(kind.zero_is_nothing) == 0:
            self.counts.empty += 1
            return True
        when = values.get(kind.when or "due_at")
        if when is None or (mapping.since is None and mapping.until is None):
            return False
        day = when.date() if isinstance(when, datetime) else when
        is_out = (mapping.since is not None and day < mapping.since) or (
            mapping.until is not None and day >= mapping.until
        )
        self.counts.filtered += is_out
        return is_out

    def _periods(self, record: Record, cells: Sequence[str], keys: Keys) -> Iterator[ReadRow]:
        """The signals of one row of a wide table, one for each cell that is not zero."""
        fixed = self.binding.values(cells, but=frozenset(WIDE_FIELDS))
        for at, name, last in self.binding.periods:
            text = cells[at].strip()
            if not text or text == "0" or text in self.mapping.missing:
                self.counts.empty += 1
                continue
            try:
                values = {**fixed, "used_on": last, "quantity": self.binding.amount(text)}
                if self._left_out(values):
                    continue
                body = self.binding.kind.build(values)
                yield from self._said(record.row, keys.signal(record.row, body, values, part=name))
            except CellFault as fault:
                yield self._unreadable(record, str(fault), fault.cure, name)

    def _unreadable(self, record: Record, because: str, cure: str, column: str) -> ReadRow:
        body = Unreadable(
            raw=record.raw[:RAW_MAX],
            because=because,
            cure=cure,
            file=self.table.path.name,
            row=record.row,
            column=column,
        )
        # with file and row in it: the same bad row in another file is another thing to mend
        key = "unreadable-" + sha256(write(body).encode()).hexdigest()[:24]
        return ReadRow(row=record.row, signal=Signal(source=self.source, key=key, body=body))


def _together(kind: Kind) -> Orders | SnapshotLists | None:
    """What puts the rows of a kind together, where one row alone says too little."""
    if kind is MAINTENANCE_ORDERS:
        return Orders()
    return SnapshotLists() if kind is SNAPSHOT else None


def _squared(record: Record, width: int) -> Sequence[str]:
    """The cells of a record, as many as there are columns. Raises ``CellFault``."""
    if record.cells is None:
        raise CellFault(record.because, "correct the quotes of this row")
    cells = record.cells
    if len(cells) > width and not any(c.strip() for c in cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        raise CellFault(
            f"it has {len(cells)} cells, and the header has {width}",
            "look for a delimiter inside a text, or a line break without quotes",
        )
    return cells


def open_tabular(
    kind: str,
    path: Path,
    *,
    mapping: Path | None = None,
    site: str | None = None,
    counted_at: datetime | None = None,
    today: date,
) -> TabularFile | list[MappingMistake]:
    """Open a file of one kind; every mistake in the map, or the file's own, where there are any.

    Parameters
    ----------
    kind
        One of ``KINDS`` (``receipts`` are ``deliveries``).
    path
        The file, CSV or Parquet.
    mapping
        A ``MAP.toml``; without one, columns are taken by their names.
    site
        Site of all rows, where they do not name it.
    counted_at
        When all rows of a stock list were counted, where they do not say it.
    today
        The day of the import: nothing can have happened after it.
    """
    known = KINDS.get(ALSO_CALLED.get(kind, kind))
    if known is None:
        cure = near(kind, (*KINDS, *ALSO_CALLED))
        return [MappingMistake(where=kind, because="there is no such kind of table", cure=cure)]
    found = read_mapping(mapping, known) if mapping is not None else Mapping()
    if isinstance(found, list):
        return found
    try:
        table = open_table(path, encoding=found.encoding, delimiter=found.delimiter)
    except TableFault as fault:
        return [MappingMistake(where=str(path), because=str(fault), cure=fault.cure)]
    binding = bind(known, found, table, site=site, counted_at=counted_at, today=today)
    if isinstance(binding, list):
        return binding
    return TabularFile(
        table=table,
        mapping=found,
        binding=binding,
        source=found.source or f"import:{known.name}",
        salt=sha256(path.read_bytes()).hexdigest() if known is STOCK else "",
    )
