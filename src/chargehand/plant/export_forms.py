"""Tables as files that are made while their rows are read: CSV, Parquet, Arrow.

Memory holds some thousand rows, however long the table is. Amounts are exact in every form.

CSV (RFC 4180, UTF-8, one line of headings) is opened by spreadsheets, which take a cell that begins
with ``=``, ``+``, ``-``, ``@``, a tabulator or a line's end for a formula. Such a *text* gets an
apostrophe in front (OWASP, *CSV Injection*); amounts and numbers do not, as nobody writes those
but us. Whoever needs texts byte for byte takes Parquet or Arrow.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from types import MappingProxyType
from typing import Any

from chargehand.vocabulary.instant import written

LINES_AT_ONCE = 1000
"""Rows of CSV that are handed on together."""
ROWS_AT_ONCE = 20_000
"""Rows of one Parquet row group, or Arrow batch."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    AMOUNT = "amount"
    """Exact, with up to six decimals."""
    MOMENT = "moment"
    """In UTC, with microseconds."""
    DAY = "day"
    NUMBER = "number"
    """Whole."""


Columns = Mapping[str, Kind]
Rows = Iterable[tuple[Any, ...]]


def csv_chunks(columns: Columns, rows: Rows) -> Iterator[bytes]:
    """A table as CSV."""
    rest = iter(rows)
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow(columns)
    while True:
        lines = [[cell(value) for value in row] for row in islice(rest, LINES_AT_ONCE)]
        writer.writerows(lines)
        yield page.getvalue().encode()
        if len(lines) < LINES_AT_ONCE:
            return
        page.seek(0)
        page.truncate()


def cell(value: object) -> str:
    """The text of a CSV cell.

    >>> cell("=1+1"), cell(Decimal("-0.000001")), cell(None)
    ("'=1+1", '-0.000001', '')
    """
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return written(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


class _Outlet(io.RawIOBase):
    """A file that keeps what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, data: Any, /) -> int:
        """Keep some bytes."""
        part = bytes(data)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def tell(self) -> int:
        """How many bytes were written in all."""
        return self._at

    def take(self) -> bytes:
        """What was written since it was last taken."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def parquet_chunks(columns: Columns, rows: Rows) -> Iterator[bytes]:
    """A table as Parquet (zstd)."""
    from pyarrow import parquet  # type: ignore[import-untyped]

    def writer(outlet: _Outlet, schema: Any) -> Any:
        return parquet.ParquetWriter(outlet, schema, compression="zstd")

    yield from _batches(columns, rows, writer)


def arrow_chunks(columns: Columns, rows: Rows) -> Iterator[bytes]:
    """A table as an Arrow file (IPC)."""
    import pyarrow as pa

    yield from _batches(columns, rows, pa.ipc.new_file)


def _batches(columns: Columns, rows: Rows, make: Callable[[_Outlet, Any], Any]) -> Iterator[bytes]:
    import pyarrow as pa

    types = {
        Kind.TEXT: pa.string(), Kind.AMOUNT: pa.decimal128(22, 6), Kind.DAY: pa.date32(),
        Kind.MOMENT: pa.timestamp("us", tz="UTC"), Kind.NUMBER: pa.int64(),
    }  # fmt: skip
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    outlet, rest = _Outlet(), iter(rows)
    with make(outlet, schema) as writer:
        while batch := list(islice(rest, ROWS_AT_ONCE)):
            cells = zip(*batch, strict=True)
            arrays = [pa.array(one, part.type) for one, part in zip(cells, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            yield outlet.take()
    yield outlet.take()


WRITERS: Mapping[str, Callable[[Columns, Rows], Iterator[bytes]]] = MappingProxyType(
    {"csv": csv_chunks, "parquet": parquet_chunks, "arrow": arrow_chunks}
)
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "csv": "text/csv; charset=utf-8; header=present",
        "parquet": "application/vnd.apache.parquet",
        "arrow": "application/vnd.apache.arrow.file",
    }
)
