"""A batch of postings on PostgreSQL: two COPYs, and one statement for all balances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import psycopg

from chargehand.storage.transaction import LaneRows, place_of

_key = itemgetter(slice(3, None))
KEYS = ("material", "lot", "account", "serial", "handling_unit", "disposition")
_NAMES = ", ".join(KEYS)
_SAME = " AND ".join(f"b.{name} = l.{name}" for name in KEYS)
_ARRAYS = ", ".join(["%s::bigint[]"] * 3 + ["%s::text[]"] * 6)
CHANGE = f"""
UPDATE balance b SET scaled = b.scaled + l.taken + l.brought,
  entry = CASE WHEN l.entry > b.entry THEN l.entry ELSE b.entry END
FROM unnest({_ARRAYS}) AS l (taken, brought, entry, {_NAMES})
WHERE {_SAME} AND (l.taken = 0 OR b.site = ''
  OR (b.frozen = 0 AND b.scaled + l.taken >= b.reserved))
"""
"""Runs as a nested loop over the arrays (see ``BESIDE``), so rows are locked in their order."""
BESIDE = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
MAKE = f"""
INSERT INTO balance AS b (scaled, entry, {_NAMES}, site, location)
SELECT d.* FROM unnest(%s::bigint[], %s::bigint[], {", ".join(["%s::text[]"] * 8)})
  AS d (scaled, entry, {_NAMES}, site, location)
WHERE NOT EXISTS (SELECT 1 FROM balance l WHERE {_SAME.replace("l.", "d.").replace("b.", "l.")})
ORDER BY {", ".join(f"d.{name}" for name in KEYS)}
ON CONFLICT ({_NAMES}) DO UPDATE SET scaled = b.scaled + excluded.scaled, entry = excluded.entry
"""
FEW = 32
"""Postings up to which one statement for everything is faster than two COPYs."""
AT_ONCE = f"""
WITH claim AS (
  INSERT INTO inbox (source, key, kind, digest, status, entry)
  SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::bigint[])
  RETURNING 1
), write AS (
  INSERT INTO journal (number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf)
  SELECT * FROM unnest(%s::bigint[], {", ".join(["%s::text[]"] * 7)}, %s::bytea[])
), tell AS (
  INSERT INTO outbox (number, topic) SELECT n, 'movement'
  FROM generate_series(%s::bigint, %s::bigint) AS n
)
{CHANGE} AND (SELECT count(*) FROM claim) > 0
"""
"""Keys are claimed before any balance is locked, as by COPY: so two batches cannot deadlock."""
POST_ONE = (
    f"SELECT post_one({', '.join(['%s'] * 12)}, %s::bigint[], %s::bigint[],"
    f" {', '.join(['%s::text[]'] * 6)})"
)
INBOX = "COPY inbox (source, key, kind, digest, status, entry) FROM STDIN"
JOURNAL = (
    "COPY journal (number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf)"
    " FROM STDIN"
)
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def put(connection: psycopg.Connection[Any], rows: LaneRows) -> bool:
    """Write a batch; False where any of it is not in order (then it must be taken back)."""
    every = [*rows.takes, *[(0, *row) for row in rows.brings]]
    every.sort(key=_key)
    with connection.cursor() as cursor:
        if len(rows.journal) == 1:
            missing = len(every) - _put_one(cursor, rows, every)
            return not missing or _make(cursor, rows, missing)
        if len(rows.journal) <= FEW:
            _put_at_once(cursor, rows, every)
            missing = len(every) - cursor.rowcount
            return not missing or _make(cursor, rows, missing)
        with cursor.copy(INBOX) as copy:
            copy.write(_claims(rows.inbox))
        cursor.execute(CHANGE, _arrays(every, 3))
        missing = len(every) - cursor.rowcount
        if missing and not _make(cursor, rows, missing):
            return False
        with cursor.copy(JOURNAL) as copy:
            copy.write(_entries(rows.journal))
        cursor.execute(
            "INSERT INTO outbox (number, topic) SELECT n, 'movement'"
            " FROM generate_series(%s::bigint, %s::bigint) AS n",
            (rows.journal[0][0], rows.journal[-1][0]),
        )
    return True


def _put_one(cursor: psycopg.Cursor[Any], rows: LaneRows, every: Sequence[Sequence[Any]]) -> int:
    """Write a movement that comes alone; how many balances it changed."""
    source, key, kind, digest, _, number = rows.inbox[0]
    _, _, *entry = rows.journal[0]
    columns: list[Any] = list(zip(*every, strict=True))
    arrays = [_numbers(columns[0]), _numbers(columns[1]), *map(_texts, columns[3:])]
    cursor.execute(POST_ONE, [number, source, key, kind, digest, *entry, *arrays])
    found = cursor.fetchone()
    assert found is not None
    return int(found[0])


def _put_at_once(
    cursor: psycopg.Cursor[Any], rows: LaneRows, every: Sequence[Sequence[Any]]
) -> None:
    """Write a small batch by one statement; its count is that of the balances it changed."""
    inbox, journal = zip(*rows.inbox, strict=True), zip(*rows.journal, strict=True)
    claims = [list(column) for column in inbox]
    entries = [list(column) for column in journal]
    numbers = entries[0][0], entries[0][-1]
    cursor.execute(AT_ONCE, [*claims, *entries, *numbers, *_arrays(every, 3)])


def _make(cursor: psycopg.Cursor[Any], rows: LaneRows, missing: int) -> bool:
    """Make the balances that were not there; not where a hold may wait for them."""
    if cursor.execute("SELECT 1 FROM hold WHERE state = 'active' LIMIT 1").fetchone():
        return False
    made = [(*row, *place_of(row[4])) for row in rows.brings]
    if not made:
        return False
    cursor.execute(MAKE, _arrays(made, 2))
    return cursor.rowcount == missing


def _numbers(column: Iterable[int]) -> str:
    """Whole numbers as the text of an array."""
    return "{" + ",".join(map(str, column)) + "}"


def _texts(column: Sequence[str]) -> str:
    """Texts as the text of an array; the driver's own way takes twenty times as long."""
    plain = '","'.join(column)
    if "\\" in plain or plain.count('"') != 2 * (len(column) - 1):
        plain = '","'.join([one.replace("\\", "\\\\").replace('"', '\\"') for one in column])
    return '{"' + plain + '"}'


def _arrays(rows: Sequence[Sequence[Any]], numbers: int) -> list[str]:
    """The columns of rows as arrays: so many of whole numbers first, the others of texts."""
    columns: list[Any] = list(zip(*rows, strict=True))
    return [*map(_numbers, columns[:numbers]), *map(_texts, columns[numbers:])]


def _claims(rows: Sequence[Sequence[Any]]) -> str:
    """Rows of the inbox in the text form of COPY."""
    return "".join(
        [
            f"{_cell(source)}\t{_cell(key)}\t{kind}\t\\\\x{digest.hex()}\t{status}\t{entry}\n"
            for source, key, kind, digest, status, entry in rows
        ]
    )


def _entries(rows: Sequence[Sequence[Any]]) -> str:
    """Rows of the journal in the text form of COPY."""
    return "".join(
        [
            f"{number}\t{kind}\t{_cell(key)}\t{at}\t{occurred or _NULL}\t{_cell(cause)}"
            f"\t{_cell(actor)}\t{_cell(body)}\t\\\\x{leaf.hex()}\n"
            for number, kind, key, at, occurred, cause, actor, body, leaf in rows
        ]
    )


def _cell(value: str | None) -> str:
    if value is None:
        return _NULL
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
