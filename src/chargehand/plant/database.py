"""Looking after a plant's database: upgrade, backup, restore, compact, verify."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chargehand.plant import auditing
from chargehand.plant.fault import RESTORE, PlantFault
from chargehand.plant.policy_files import POLICY, TESTS, policy_file
from chargehand.runtime import clock
from chargehand.settings import FILE as SETTINGS
from chargehand.settings import SettingsFault, load
from chargehand.storage import backup as backups
from chargehand.storage import catalog, checkup, engines, migrate, restoring
from chargehand.storage.segment import history_faults
from chargehand.storage.session import DatabaseBroken, Session, StorageFault
from chargehand.storage.store import FILE, Store

Progress = Callable[[str, int, int], None]
BACKUPS = "backups"
KEPT = {SETTINGS: Path(SETTINGS), "policy.toml": POLICY, "policy-tests.toml": TESTS}
"""Texts of the folder that go with a backup, by their names in it. Keys never do."""
SUFFIX = ".chargehand.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A backup."""

    file: str
    entries: int
    root: str
    rows: dict[str, int]
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What an upgrade did."""

    engine: str
    before: str
    now: str
    backup: str | None
    """The file it could be taken back with; None where none was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A record that was made from a backup."""

    place: str
    """The folder of the plant."""
    engine: str
    entries: int
    root: str
    made: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """Room before and after (bytes)."""

    engine: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Whether a database is sound, whole."""

    holds: bool
    engine: str
    entries: int
    root: str
    faults: tuple[str, ...]


def place_of(folder: Path) -> Path | str:
    """Where a plant's record is: a file, or the address of a database.

    Raises ``PlantFault`` where the settings do not say it in a way that can be used.
    """
    try:
        return load(folder).database.address() or folder / FILE
    except SettingsFault as error:
        raise PlantFault(str(error), f"mend {folder / SETTINGS}") from error


@contextmanager
def _session(place: Path | str) -> Iterator[Session]:
    """A session of its own, outside any transaction, on a database that is there."""
    if not engines.is_address(place) and not Path(place).is_file():
        raise PlantFault(f"{place} is not there", "restore it: `chargehand db restore`")
    session: Session
    try:
        if engines.is_address(place):
            from chargehand.storage.postgres_session import PostgresSession

            session = PostgresSession(str(place))
        else:
            from chargehand.storage.sqlite_session import SqliteSession

            session = SqliteSession(Path(place))
    except StorageFault as fault:
        cure = RESTORE if isinstance(fault, DatabaseBroken) else "is it running?"
        raise PlantFault(f"the database cannot be opened: {fault}", cure) from fault
    try:
        yield session
    finally:
        session.close()


def tables_at(place: Path | str) -> int:
    """How many tables a database has. Raises ``PlantFault`` where it cannot be reached."""
    with _session(place) as session:
        return len(catalog.names(session))


def _revision(place: Path | str) -> tuple[str, str]:
    """The engine and the shape of a database. Raises ``PlantFault`` where it is none of ours."""
    with _session(place) as session:
        found = migrate.revision(session)
        if found is None:
            raise PlantFault("the database is empty", RESTORE)
        if found > migrate.HEAD:
            raise PlantFault(
                f"the database has shape {found}, of a newer release", "install that release"
            )
        return session.engine, found


def upgrade(folder: Path, *, backup: bool = True, progress: Progress | None = None) -> Upgraded:
    """Bring the database to the shape of this release; safe to run twice.

    A backup is made first unless it is told not to.
    """
    place = place_of(folder)
    engine, before = _revision(place)
    saved = None
    if before != migrate.HEAD:
        if backup:
            saved = save(folder, progress=progress).file
        engines.engine(place).migrate()
    return Upgraded(engine=engine, before=before, now=migrate.HEAD, backup=saved)


def save(folder: Path, file: Path | None = None, progress: Progress | None = None) -> Saved:
    """Write a consistent backup while others go on writing; refuses a file that is there.

    Raises ``PlantFault``, with the cure.
    """
    place = place_of(folder)
    _, revision = _revision(place)
    now = clock.now()
    path = file or folder / BACKUPS / f"{now:%Y%m%dT%H%M%S}-{revision}{SUFFIX}"
    if path.exists():
        raise PlantFault(f"{path} is there already", "name another file")
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: folder / at for name, at in KEPT.items()} | {"policy.toml": policy_file(folder)}
    texts = {name: one.read_text("utf-8") for name, one in kept.items() if one.is_file()}
    half = path.with_name(path.name + ".part")
    half.unlink(missing_ok=True)
    is_done = False
    try:
        sequencer = engines.engine(place).sequencer()
        sequencer.sequence()  # what is committed has its place then
        sequencer.close()
        readers = engines.engine(place).readers()
        with readers.snapshot(settled=True) as session:
            made = backups.backup(session, half, now=now, files=texts, progress=progress)
        readers.close()
        half.rename(path)
        is_done = True
    finally:
        if not is_done:
            half.unlink(missing_ok=True)
    return Saved(
        file=str(path), entries=made.entries, root=made.root,
        rows={part.name: part.rows for part in made.tables}, bytes=path.stat().st_size,
    )  # fmt: skip


def restore(
    file: Path, folder: Path, *, database: str = "", progress: Progress | None = None
) -> Restored:
    """Make the plant of a backup in a new folder, its record in a file there or in ``database``.

    Refuses a place that is not empty. Raises ``PlantFault``.
    """
    settings = folder / SETTINGS
    if settings.exists() or (folder / FILE).exists():
        raise PlantFault(f"{folder} is a plant already", "restore into a new folder")
    try:
        read = restoring.read_manifest(file)
        texts = restoring.read_files(file)
    except (restoring.BackupFault, FileNotFoundError) as fault:
        raise PlantFault(str(fault), getattr(fault, "cure", "check the path")) from fault
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / KEPT.get(name, name) for name in texts]
    is_done = False
    try:
        for (name, text), one in zip(texts.items(), written, strict=True):
            kept = with_database(text, database) if name == SETTINGS else text
            one.parent.mkdir(exist_ok=True)
            one.write_text(kept, encoding="utf-8")
        place = place_of(folder) if settings.is_file() else folder / FILE
        restoring.restore(file, place, progress)
        is_done = True
    except restoring.BackupFault as fault:
        raise PlantFault(str(fault), fault.cure) from fault
    except StorageFault as fault:
        raise PlantFault(f"it cannot be restored there: {fault}", "mend that, and again") from fault
    finally:
        if not is_done:
            for one in written:
                one.unlink(missing_ok=True)
            for inner in {one.parent for one in written} - {folder}:
                inner.rmdir()
    return Restored(
        place=str(folder), engine=engines.engine(place).name, entries=read.entries,
        root=read.root, made=(*(str(one) for one in written), _shown(place)),
    )  # fmt: skip


def _shown(place: Path | str) -> str:
    return "a PostgreSQL database" if engines.is_address(place) else str(place)


def with_database(text: str, url: str) -> str:
    r"""The text of settings with another database; none where ``url`` is empty.

    >>> with_database("[plant]\n\n[database]\nurl = 'env:OLD'\n", "")
    '[plant]\n\n'
    """
    bare = re.sub(r"(?ms)^\[database\][^\[]*", "", text)
    return f'{bare.rstrip()}\n\n[database]\nurl = "{url}"\n' if url else bare


def compact(folder: Path) -> Compacted:
    """Give back room that is not used, and make indexes anew; no row is dropped."""
    place = place_of(folder)
    engine, _ = _revision(place)
    with _session(place) as session:
        before = checkup.size_bytes(session)
        try:
            checkup.compact(session)
        except StorageFault as fault:
            raise PlantFault(
                f"it cannot be compacted now: {fault}", "make room, or try when nobody writes"
            ) from fault
        return Compacted(engine=engine, before=before, after=checkup.size_bytes(session))


def verify(folder: Path, progress: Progress | None = None) -> Verified:
    """Look at all of it; every fault is named.

    The engine's own check, then the journal, its tree and tiles, every table that follows from it
    (balances summed anew; see ``auditing.verify``), and the history that is made from it.
    """
    place = place_of(folder)
    engine, _ = _revision(place)
    faults: list[str] = []
    with _session(place) as session:
        session.execute("BEGIN")
        if progress is not None:
            progress("engine", 0, 0)
        faults += checkup.engine_faults(session)
        if engine == "postgres":
            faults += checkup.read_faults(session)
    if any(fault.startswith(("SQLite:", "table")) for fault in faults):
        return Verified(holds=False, engine=engine, entries=0, root="", faults=tuple(faults))
    store = Store(place, clock.now)
    try:
        report = auditing.verify(store, progress, folder=folder)
        faults += report.faults
        if progress is not None:
            progress("history", 0, 0)
        with store.snapshot(settled=True) as sql:
            faults += history_faults(sql)
    finally:
        store.close()
    return Verified(
        holds=not faults, engine=engine, entries=report.entries, root=report.root,
        faults=tuple(faults),
    )  # fmt: skip
