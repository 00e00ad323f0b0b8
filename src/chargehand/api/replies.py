"""The answers that acts have had, so that an act asked for again is answered again, not done again.

They are kept in a file of the API's own beside the plant. Where the server stopped between act and
answer, the act finds out from the record what became of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Protocol

from chargehand.api.problems import ApiProblem
from chargehand.vocabulary.instant import instant, written

KEPT_FOR = timedelta(days=7)
FILE = "api-replies.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS reply (
    person TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, begun_at TEXT NOT NULL,
    status INTEGER, body TEXT, etag TEXT, PRIMARY KEY (person, key)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer as it was sent."""

    status: int
    body: str
    """JSON text."""
    etag: str = ""
    replayed: bool = False


class Act(Protocol):
    """Does what is asked for, once."""

    def __call__(self, *, cut_off: datetime | None) -> Reply:
        """Do it; `cut_off` is when an earlier attempt began whose answer was never kept."""
        ...


class Replies:
    """The kept answers of one plant, by person and idempotency key."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._lock = Lock()
        self._running: set[tuple[str, str]] = set()
        with self._open() as book:
            book.execute("PRAGMA journal_mode = WAL")
            book.execute(_TABLE)

    def once(self, person: str, key: str, request: str, act: Act) -> Reply:
        """Act and keep the answer, or answer as before.

        Parameters
        ----------
        person, key
            Who asks, and under which idempotency key.
        request
            What is asked for, whole: another request under the same key is a mistake.
        act
            Does it.
        """
        name = (person, key)
        with self._lock:
            if name in self._running:
                raise ApiProblem("still_running", f"{key} is being carried out.", transient=True)
            self._running.add(name)
        try:
            kept, cut_off = self._begin(name, request)
            if kept is not None:
                return kept
            reply = act(cut_off=cut_off)
            self._finish(name, reply)
            return reply
        finally:
            with self._lock:
                self._running.discard(name)

    def _begin(self, name: tuple[str, str], request: str) -> tuple[Reply | None, datetime | None]:
        now = datetime.now(UTC)
        with self._open() as book:
            book.execute("DELETE FROM reply WHERE begun_at < ?", (written(now - KEPT_FOR),))
            row = book.execute(
                "SELECT request, status, body, etag, begun_at FROM reply"
                " WHERE person = ? AND key = ?",
                name,
            ).fetchone()
            if row is None:
                book.execute(
                    "INSERT INTO reply (person, key, request, begun_at) VALUES (?, ?, ?, ?)",
                    (*name, request, written(now)),
                )
                return None, None
        if row[0] != request:
            raise ApiProblem("idempotency_key_reused", f"{name[1]} was sent with another request.")
        if row[1] is None:
            return None, instant(row[4])
        return Reply(status=row[1], body=row[2], etag=row[3], replayed=True), None

    def _finish(self, name: tuple[str, str], reply: Reply) -> None:
        with self._open() as book:
            book.execute(
                "UPDATE reply SET status = ?, body = ?, etag = ? WHERE person = ? AND key = ?",
                (reply.status, reply.body, reply.etag, *name),
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=30)) as book, book:
            yield book
