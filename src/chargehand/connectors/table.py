"""One table, from a text file or from Parquet: its columns, and its rows one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from chargehand.connectors import delimited
from chargehand.connectors.delimited import Record

SAMPLE_LINES: Final = 20
PARQUET_ROWS_AT_ONCE: Final = 1_000

_FOREIGN: Final = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"%PDF", "a PDF"),
)


class TableFault(ValueError):
    """A file that is no table; ``cure`` says what to do about it."""

    def __init__(self, because: str, cure: str) -> None:
        super().__init__(because)
        self.cure = cure


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that can be read from the start as often as wanted."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str
    """Empty for Parquet."""
    encoding: str
    rows_about: int | None
    """Rows that it has, more or less; None where that is not known without reading it."""

    def rows(self) -> Iterator[Record]:
        """Yield the rows below the header, blank ones left out."""
        if not self.delimiter:
            yield from _parquet_rows(self.path, self.columns)
            return
        lines = delimited.lines_of(self.path, self.encoding)
        yield from islice(delimited.records(lines, self.delimiter), 1, None)


def open_table(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Look at a file and say what its columns are.

    Raises
    ------
    TableFault
        It is missing, empty, or no table.
    """
    if not path.is_file():
        because = "it is a folder" if path.is_dir() else "there is no such file"
        raise TableFault(because, "check the path")
    try:
        with path.open("rb") as file:
            start = file.read(65_536)
    except OSError as error:
        raise TableFault(f"it cannot be opened: {error.strerror}", "check its rights") from error
    if not start.strip():
        raise TableFault("it is empty", "export it again; a table needs a header line")
    if start.startswith(b"PAR1"):
        return _open_parquet(path)
    encoding = encoding or delimited.encoding_of(start)
    _refuse_foreign(start, encoding)
    try:
        sample = list(islice(delimited.lines_of(path, encoding), SAMPLE_LINES))
        delimiter = delimiter or delimited.delimiter_of(sample)
        header = next(delimited.records(delimited.lines_of(path, encoding), delimiter), None)
        lines = sum(1 for _ in delimited.lines_of(path, encoding))
    except (UnicodeError, LookupError) as error:
        raise TableFault(
            f"it cannot be read as {encoding}: {error}", "name its encoding in the map"
        ) from error
    if header is None or header.cells is None:
        because = header.because if header is not None else "it has no header line"
        raise TableFault(because, "its first line must name the columns")
    return Table(
        path=path,
        columns=tuple(cell.strip() for cell in header.cells),
        delimiter=delimiter,
        encoding=encoding,
        rows_about=max(0, lines - 1),
    )


def _refuse_foreign(start: bytes, encoding: str) -> None:
    for mark, what in _FOREIGN:
        if start.startswith(mark):
            raise TableFault(f"it is {what}", "save it as CSV (UTF-8) and import that")
    if b"\0" in start and not encoding.startswith(("utf-16", "utf-32")):
        raise TableFault("it is not text", "save it as CSV (UTF-8) or Parquet and import that")


def _open_parquet(path: Path) -> Table:
    import duckdb

    try:
        with duckdb.connect() as database:
            described = database.execute(
                "DESCRIBE SELECT * FROM read_parquet($file)", {"file": str(path)}
            ).fetchall()
            counted = database.execute(
                "SELECT count(*) FROM read_parquet($file)", {"file": str(path)}
            ).fetchone()
    except duckdb.Error as error:
        raise TableFault(f"it is broken: {error}", "write the file again") from error
    return Table(
        path=path,
        columns=tuple(str(column[0]) for column in described),
        delimiter="",
        encoding="",
        rows_about=counted[0] if counted else None,
    )


def _parquet_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    import duckdb

    row = 0
    try:
        for values in _parquet_values(path):
            row += 1
            cells = tuple("" if value is None else str(value) for value in values)
            yield Record(row=row, cells=cells, raw=_as_json(columns, cells))
    except duckdb.Error as error:
        raise TableFault(
            f"it is broken after row {row}: {error}", "write the file again"
        ) from error


def _parquet_values(path: Path) -> Iterator[tuple[object, ...]]:
    import duckdb

    with duckdb.connect() as database:
        # as text, because a number's or a date's own text is what a CSV would hold
        answer = database.execute(
            "SELECT COLUMNS(*)::VARCHAR FROM read_parquet($file)", {"file": str(path)}
        )
        while chunk := answer.fetchmany(PARQUET_ROWS_AT_ONCE):
            yield from chunk


def _as_json(columns: tuple[str, ...], cells: tuple[str, ...]) -> str:
    return json.dumps(dict(zip(columns, cells, strict=True)), ensure_ascii=False)
