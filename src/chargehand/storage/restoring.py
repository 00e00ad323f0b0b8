"""A backup made into a database again, on either engine: whole, or not at all."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from chargehand.record.journal import Tree
from chargehand.storage import catalog, engines, migrate
from chargehand.storage.backup import FILES, FORMAT, MANIFEST, Manifest, Part, Progress
from chargehand.storage.session import Session
from chargehand.storage.transaction import CHECKPOINT_EVERY

ROWS_AT_ONCE = 2_000


class BackupFault(Exception):
    """A backup that cannot be used, or a place that it cannot go to; ``cure`` says what to do."""

    def __init__(self, because: str, cure: str) -> None:
        super().__init__(because)
        self.cure = cure


def read_manifest(path: Path) -> Manifest:
    """What is in a backup. Raises ``BackupFault`` where it is none that this release can read."""
    cure = "take another copy of it"
    try:
        with ZipFile(path) as archive:
            told = json.loads(archive.read(MANIFEST))
        if told["format"] != FORMAT or told["revision"] > migrate.HEAD:
            because = f"{path} was made by a newer release ({told['release']})"
            raise BackupFault(because, "install that release, and restore it there")
        parts = tuple(
            Part(**{**one, "columns": tuple(one["columns"]), "binary": tuple(one["binary"])})
            for one in told.pop("tables")
        )
        return Manifest(**{**told, "files": tuple(told["files"])}, tables=parts)
    except (BadZipFile, KeyError, TypeError, ValueError) as error:
        because = f"{path} is no backup of Chargehand, or a torn one ({error})"
        raise BackupFault(because, cure) from error


def read_files(path: Path) -> dict[str, str]:
    """The texts of the plant's folder that came with a backup, by name."""
    with ZipFile(path) as archive:
        inside = [name for name in archive.namelist() if name.startswith(FILES)]
        texts = {name.removeprefix(FILES): archive.read(name).decode() for name in inside}
    return {name: text for name, text in texts.items() if Path(name).name == name}


def restore(path: Path, place: Path | str, progress: Progress | None = None) -> Manifest:
    """Make the database of a backup at an empty place; ``BackupFault``, and nothing, where not.

    The place is a file that is not there yet, or an empty database of PostgreSQL.
    """
    made = read_manifest(path)
    if engines.is_address(place):
        _into_postgres(path, made, str(place), progress)
    else:
        _into_file(path, made, Path(place), progress)
    engines.engine(place).migrate()
    return made


def _into_file(path: Path, made: Manifest, place: Path, progress: Progress | None) -> None:
    from chargehand.storage.sqlite_session import SqliteSession

    if place.exists():
        raise BackupFault(f"{place} is there already", "restore into a new folder")
    half = place.with_name(place.name + ".restoring")
    half.unlink(missing_ok=True)
    half.touch()
    is_done = False
    try:
        session = SqliteSession(half)
        try:
            session.execute("BEGIN IMMEDIATE")
            _load(path, made, session, progress)
            session.execute("COMMIT")
            session.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            session.execute("PRAGMA optimize")
        finally:
            session.close()
        half.rename(place)
        is_done = True
    finally:
        if not is_done:
            for rest in ("", "-wal", "-shm"):
                half.with_name(half.name + rest).unlink(missing_ok=True)


def _into_postgres(path: Path, made: Manifest, address: str, progress: Progress | None) -> None:
    from chargehand.storage.postgres_session import PostgresSession

    session = PostgresSession(address)
    try:
        if there := catalog.names(session):
            because = f"the database is not empty: it has {', '.join(there[:3])}"
            raise BackupFault(because, "make a new database, and name that one")
        session.execute("BEGIN")
        _load(path, made, session, progress)
        session.execute("COMMIT")
        session.execute("ANALYZE")
    finally:
        session.close()


def _load(path: Path, made: Manifest, session: Session, progress: Progress | None) -> None:
    session.script(migrate.steps(session.engine, None, made.revision))
    known = set(catalog.names(session))
    with ZipFile(path) as archive:
        for part in made.tables:
            columns = catalog.table(session, part.name).columns if part.name in known else ()
            if part.columns != columns:
                because = f"{path} has a table {part.name} that shape {made.revision} has not"
                raise BackupFault(because, "restore it with the release that made it")
            with archive.open(f"tables/{part.name}.jsonl") as lines:
                _fill(session, part, lines, made, progress)


def _fill(
    session: Session, part: Part, lines: IO[bytes], made: Manifest, progress: Progress | None
) -> None:
    digest, rows = sha256(), 0
    edge = _Edge(session, part, made) if part.name == "journal" else None
    for batch in _batches(lines):
        for text in batch:
            digest.update(text)
        values = [_row(text, part) for text in batch]
        _put(session, part.name, part.columns, values)
        if edge is not None:
            edge.grow(values)
        rows += len(values)
        if progress is not None:
            progress(part.name, rows, part.rows)
    if (rows, digest.hexdigest()) != (part.rows, part.sha256):
        because = f"table {part.name} is not as its backup's manifest says: the file was edited"
        raise BackupFault(because, "take another copy of it")
    if edge is not None:
        edge.close()


def _put(
    session: Session, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Write rows by the quickest way of the engine."""
    names = ", ".join(columns)
    if session.engine == "postgres":
        from chargehand.storage.postgres_session import PostgresSession

        assert isinstance(session, PostgresSession)
        session.copy_in(f"COPY {table} ({names}) FROM STDIN", rows)
        return
    marks = ", ".join("?" * len(columns))
    session.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def _batches(lines: IO[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for text in lines:
        batch.append(text)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(text: bytes, part: Part) -> list[Any]:
    values: list[Any] = json.loads(text)
    for at, name in enumerate(part.columns):
        if name in part.binary and values[at] is not None:
            values[at] = b64decode(values[at])
    return values


class _Edge:
    """Makes the tree again from the journal's leaves: its edge, and each entry's place."""

    def __init__(self, session: Session, part: Part, made: Manifest) -> None:
        self._session, self._made = session, made
        self._leaf, self._number = part.columns.index("leaf"), part.columns.index("number")
        self._at = part.columns.index("recorded_at")
        self._tree = Tree()
        self._last = -1
        self._noted = False
        self._roots: list[tuple[int, bytes, str]] = []

    def grow(self, rows: list[list[Any]]) -> None:
        """Append some entries, in the order of the tree."""
        first = self._tree.size
        numbers = [row[self._number] for row in rows]
        for row in rows:
            self._tree.append(row[self._leaf])
            if self._tree.size % CHECKPOINT_EVERY == 0:
                self._roots.append((self._tree.size, self._tree.root(), row[self._at]))
        self._last = max(self._last, *numbers)
        places = list(enumerate(numbers, start=first))
        if self._session.engine == "sqlite" and not self._noted:
            if all(place == number for place, number in places):
                return
            self._note_places(first)
        _put(self._session, "leaf", ("place", "number"), places)

    def _note_places(self, before: int) -> None:
        """Keep places beside the numbers, where another engine has numbered otherwise."""
        self._noted = True
        self._session.script(
            "CREATE TABLE leaf (place INTEGER PRIMARY KEY, number BIGINT NOT NULL UNIQUE);"
            f" INSERT INTO leaf SELECT number, number FROM journal WHERE number < {before}"
        )

    def close(self) -> None:
        """Write the edge. Raises ``BackupFault`` where the root is not the manifest's."""
        tree, session = self._tree, self._session
        if (tree.size, tree.root().hex()) != (self._made.entries, self._made.root):
            because = "the journal's root is not the one that the backup's manifest names"
            raise BackupFault(because, "take another copy of it")
        edge = (tree.size, b"".join(tree.peaks))
        if session.engine == "postgres":
            session.execute(
                "INSERT INTO head (id, size, peaks, floor) VALUES (1, ?, ?, ?)",
                (*edge, self._last + 1),
            )
            session.execute("SELECT setval('journal_number', ?, false)", (self._last + 1,))
        else:
            session.execute("INSERT INTO head (id, size, peaks) VALUES (1, ?, ?)", edge)
            if self._noted:
                self._say_places()
        session.executemany(
            "INSERT INTO checkpoint (size, root, recorded_at) SELECT ?, ?, ?"
            " WHERE NOT EXISTS (SELECT 1 FROM checkpoint WHERE size = ?)",
            [(*one, one[0]) for one in self._roots],
        )

    def _say_places(self) -> None:
        """Let the view of the sequence tell places, of entries to come too."""
        columns = catalog.table(self._session, "journal").columns
        shown = ", ".join(f"j.{name}" for name in columns)
        following = self._last + 1
        self._session.script(
            "DROP VIEW sequenced; CREATE VIEW sequenced AS"
            f" SELECT l.place AS place, {shown} FROM leaf l JOIN journal j ON j.number = l.number"
            f" UNION ALL SELECT j.number - {following - self._tree.size} AS place, {shown}"
            f" FROM journal j WHERE j.number >= {following}"
        )
