"""A whole record as one file that either engine can restore.

The file is a zip: ``manifest.json`` (shape, tables with their numbers of rows and SHA-256, the
journal's root) and ``tables/NAME.jsonl``, a JSON array for each row in the order of the table's
key, the journal in the order of its tree. It is read from one snapshot while others go on writing,
and nothing of it is held in memory. The same record gives the same hashes on both engines.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from chargehand import __version__
from chargehand.record.journal import Tree
from chargehand.storage import catalog, migrate
from chargehand.storage.catalog import Table
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import written

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "plant/"
COMPRESSION = 3
TOLD_EVERY = 20_000
"""Rows after which progress is told."""
BEFORE_SEQUENCE = "0001"
"""The shape in which the journal's numbers were its order, on the one engine there was."""
UNPLACED = (
    " FROM journal WHERE NOT EXISTS (SELECT 1 FROM leaf l WHERE l.number = journal.number)"
    " ORDER BY number"
)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table in a backup."""

    name: str
    columns: tuple[str, ...]
    binary: tuple[str, ...]
    """Columns of bytes, which are written in base 64."""
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in a backup."""

    format: int
    release: str
    engine: str
    revision: str
    made_at: str
    entries: int
    root: str
    """Root hash over all entries (hexadecimal)."""
    tables: tuple[Part, ...]
    files: tuple[str, ...] = field(default=())


def backup(
    session: Session,
    path: Path,
    *,
    now: datetime,
    files: Mapping[str, str],
    progress: Progress | None = None,
) -> Manifest:
    """Write a backup of the snapshot that a session sees into a new file.

    ``files`` are texts of the plant's folder that go with it, by name. Raises ``FileExistsError``
    where the file is there already.
    """
    revision = migrate.revision(session)
    assert revision is not None, "an empty database has no backup"
    with path.open("xb") as file, ZipFile(
        file, "w", ZIP_DEFLATED, compresslevel=COMPRESSION
    ) as archive:  # fmt: skip
        made = _manifest(session, revision, now, archive, progress, tuple(sorted(files)))
        for name, text in files.items():
            archive.writestr(FILES + name, text)
        archive.writestr(MANIFEST, json.dumps(_plain(made), indent=1))
    return made


def contents(session: Session, *, now: datetime) -> Manifest:
    """What a backup of the snapshot would hold; two records are the same where this is."""
    return _manifest(session, migrate.revision(session) or "", now, None, None, ())


def _plain(made: Manifest) -> dict[str, Any]:
    simple = {name: getattr(made, name) for name in made.__dataclass_fields__}
    simple["tables"] = [
        {name: getattr(part, name) for name in part.__dataclass_fields__} for part in made.tables
    ]
    return simple


def _manifest(
    session: Session,
    revision: str,
    now: datetime,
    archive: ZipFile | None,
    progress: Progress | None,
    files: tuple[str, ...],
) -> Manifest:
    tree = Tree()
    parts = []
    for one in catalog.tables(session):
        sink = nullcontext() if archive is None else archive.open(
            f"tables/{one.name}.jsonl", "w", force_zip64=True
        )  # fmt: skip
        with sink as out:
            parts.append(_part(session, one, revision, out, tree, progress))
    return Manifest(
        format=FORMAT, release=__version__, engine=session.engine, revision=revision,
        made_at=written(now), entries=tree.size, root=tree.root().hex(), tables=tuple(parts),
        files=files,
    )  # fmt: skip


def _part(
    session: Session,
    one: Table,
    revision: str,
    out: IO[bytes] | None,
    tree: Tree,
    progress: Progress | None,
) -> Part:
    digest, rows = sha256(), 0
    binary = [at for at, name in enumerate(one.columns) if name in one.binary]
    leaf = one.columns.index("leaf") if one.name == "journal" else None
    for row in _rows(session, one, revision):
        values: list[Any] = list(row)
        if leaf is not None:
            tree.append(bytes(values[leaf]))
        for at in binary:
            if values[at] is not None:
                values[at] = b64encode(values[at]).decode()
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(text)
        if out is not None:
            out.write(text)
        rows += 1
        if progress is not None and rows % TOLD_EVERY == 0:
            progress(one.name, rows, 0)
    return Part(
        name=one.name, columns=one.columns, binary=tuple(sorted(one.binary)), rows=rows,
        sha256=digest.hexdigest(),
    )  # fmt: skip


def _rows(session: Session, one: Table, revision: str) -> Iterator[Any]:
    columns = ", ".join(one.columns)
    if one.name != "journal" or revision == BEFORE_SEQUENCE:
        yield from session.stream(f"SELECT {columns} FROM {one.name} ORDER BY {_order(one)}")
        return
    yield from session.stream(f"SELECT {columns} FROM sequenced ORDER BY place")
    if session.engine == "postgres":
        yield from session.stream(f"SELECT {columns}{UNPLACED}")


def _order(one: Table) -> str:
    return ", ".join(one.key or one.columns)
