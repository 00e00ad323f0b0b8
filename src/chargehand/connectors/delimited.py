"""Delimited text as it comes: any encoding, any delimiter, quotes that never close.

No byte is lost and no row is guessed: a record that cannot be split is handed on as it came, and
the reading goes on with the next line.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DELIMITERS: Final = ("\t", ";", "|", ",")
"""The likelier one first: commas stand in texts and in numbers too."""
LINES_PER_RECORD_MAX: Final = 100
"""Longest record with line breaks inside quotes (lines); a longer one is an open quote."""

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BYTE_BY_BYTE: Final = "chargehand-cp1252"
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row as it stands in a file."""

    row: int
    """Number of its first line as an editor shows it (the header is usually 1)."""
    cells: tuple[str, ...] | None
    """None where the row could not be split."""
    raw: str
    because: str = ""
    """Why it could not be split."""


def _as_windows_text(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    try:
        return wrong.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return wrong.decode("latin-1"), error.end


# One wrong byte in a file of UTF-8 must not turn the accents of all its other rows to rubbish.
codecs.register_error(_BYTE_BY_BYTE, _as_windows_text)


def encoding_of(start: bytes) -> str:
    r"""Name the encoding that a file's first bytes declare; UTF-8 where they declare none.

    >>> encoding_of(b"\xff\xfea\x00")
    'utf-16'
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return name
    return "utf-8"


def lines_of(path: Path, encoding: str) -> Iterator[str]:
    """Yield the lines of a file, line ends kept; bytes that are not UTF-8 are read as cp1252."""
    with path.open(encoding=encoding, errors=_BYTE_BY_BYTE, newline="") as file:
        yield from file


def delimiter_of(lines: Iterable[str]) -> str:
    """Name the delimiter of a table from its first lines: the one that splits all of them most.

    >>> delimiter_of(["part;quantity, pieces", "A-1;3,5"])
    ';'
    """
    sample = [line for line in lines if line.strip()]
    if not sample:
        return ","
    if (declared := _SEPARATOR_LINE.match(sample[0])) is not None:
        return declared[1]
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths = [_width(line.rstrip("\r\n"), delimiter) for line in sample]
        even = sum(width == widths[0] for width in widths)
        if widths[0] > 1 and (even, widths[0]) > most:
            best, most = delimiter, (even, widths[0])
    return best


def records(lines: Iterator[str], delimiter: str) -> Iterator[Record]:
    r"""Yield every record that is not blank; the first one fixes how many cells a row has.

    >>> [r.cells for r in records(iter(['a,b\n', '1,"two\n', 'lines"\n']), ",")]
    [('a', 'b'), ('1', 'two\nlines')]
    """
    source = enumerate(lines, 1)
    waiting: deque[tuple[int, str]] = deque()
    width: int | None = None
    while (numbered := waiting.popleft() if waiting else next(source, None)) is not None:
        row, line = numbered
        if row == 1 and _SEPARATOR_LINE.match(line):
            continue
        record, unused = _record(row, line, waiting, source, delimiter, width)
        waiting.extendleft(reversed(unused))
        if record.cells is None or any(cell.strip() for cell in record.cells):
            if width is None and record.cells is not None:
                width = len(record.cells)
            yield record


def _record(
    row: int,
    line: str,
    waiting: deque[tuple[int, str]],
    source: Iterator[tuple[int, str]],
    delimiter: str,
    width: int | None,
) -> tuple[Record, list[tuple[int, str]]]:
    """One record, and the lines that were looked at in vain."""
    raw = line.rstrip("\r\n")
    try:
        cells = _split(raw, delimiter)
    except csv.Error as error:
        return Record(row=row, cells=None, raw=raw, because=_said(error)), []
    if cells is not None:
        return Record(row=row, cells=cells, raw=raw), []
    text = line
    looked_at: list[tuple[int, str]] = []
    while len(looked_at) < LINES_PER_RECORD_MAX:
        following = waiting.popleft() if waiting else next(source, None)
        if following is None:
            break
        looked_at.append(following)
        text += following[1]
        try:
            cells = _split(text.rstrip("\r\n"), delimiter)
        except csv.Error:
            break
        if cells is not None:
            if width is not None and len(cells) != width:
                break
            return Record(row=row, cells=cells, raw=text.rstrip("\r\n")), []
    because = "a quote is opened and never closed"
    return Record(row=row, cells=None, raw=raw, because=because), looked_at


def _width(line: str, delimiter: str) -> int:
    try:
        return len(_split(line, delimiter) or ())
    except csv.Error:
        return 0


def _split(text: str, delimiter: str) -> tuple[str, ...] | None:
    """Split one record; None where a quote is still open. Raises ``csv.Error``."""
    if '"' not in text:
        return tuple(text.rstrip("\r\n").split(delimiter))
    try:
        return tuple(next(csv.reader([text], delimiter=delimiter, strict=True)))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
        raise


def _said(error: csv.Error) -> str:
    if "expected after" in str(error):
        return "there is text after a closing quote"
    return str(error)
