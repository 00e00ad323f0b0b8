"""Reading a database that somebody may have edited: text that is no text is shown all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chargehand.storage.session import Row, Session, row_class


class Forgiving:
    """A session whose rows may hold text that is no UTF-8; what cannot be decoded is escaped."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.engine = session.engine

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._session.in_transaction

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> ForgivingResult:
        """Run one statement that only reads."""
        return ForgivingResult(self._session, statement, parameters)

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run a statement for every row; how many rows changed in all."""
        return self._session.executemany(statement, rows)

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Rows of a long list as they are asked for."""
        if self.engine == "sqlite":  # the other engine lets no such text in
            return iter(self.execute(statement, parameters))
        return self._session.stream(statement, parameters)

    def script(self, text: str) -> None:
        """Run several statements."""
        self._session.script(text)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


class ForgivingResult:
    """The rows of a statement; one that cannot be decoded is read once more, as bytes."""

    def __init__(self, session: Session, statement: str, parameters: Sequence[Any]) -> None:
        self._session = session
        self._asked = (statement, parameters)
        self._result = session.execute(statement, parameters)
        self._passed = 0

    @property
    def rowcount(self) -> int:
        """Rows that the statement changed."""
        return int(self._result.rowcount)

    def fetchone(self) -> Row | None:
        """The next row; None after the last."""
        row: Row | None
        try:
            row = self._result.fetchone()
        except UnicodeDecodeError:
            row = self._escaped(self._passed)
        self._passed += 1
        return row

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        return list(self)

    def __iter__(self) -> Iterator[Row]:
        while (row := self.fetchone()) is not None:
            yield row

    def _escaped(self, place: int) -> Row:
        statement, parameters = self._asked
        names = self._result.names
        values = ", ".join(
            f'typeof("{name}"), CASE typeof("{name}") WHEN \'text\' THEN CAST("{name}" AS BLOB)'
            f' ELSE "{name}" END'
            for name in names
        )
        found = self._session.execute(
            f"SELECT {values} FROM ({statement}) LIMIT 1 OFFSET ?", (*parameters, place)
        ).fetchone()
        kinds, raw = found[::2], found[1::2]
        return row_class(tuple(names))(
            value.decode(errors="backslashreplace") if kind == "text" else value
            for kind, value in zip(kinds, raw, strict=True)
        )
