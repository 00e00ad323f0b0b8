"""Signed checkpoints of a plant's record: made every few minutes, and put where one can copy them.

One tree holds everything that a plant's database does, whichever site it is about: the origin names
the enterprise and the plant, and an entry's own text names its site.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from chargehand.plant.fault import PlantFault
from chargehand.record.journal import Tree
from chargehand.record.note import (
    SIGNED_AT,
    Checkpoint,
    NoteError,
    Signer,
    checkpoint_text,
    read_checkpoint,
    read_note,
)
from chargehand.record.tile import TileError, root_at
from chargehand.runtime import clock, signing
from chargehand.settings import Settings
from chargehand.storage.docket import Docket
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.storage.tiles import LEAVES_MAX, SqlTiles, fill
from chargehand.storage.transaction import stored_tree
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.wire import canonical

FOLDER: Final = "checkpoints"
"""Folder of the plant's signed checkpoints, beside its database."""
LATEST: Final = "latest"
KEPT: Final = 1000
"""Numbered checkpoint files that stay; the database keeps the notes of all."""
CHUNKS: Final = 4
"""Chunks of leaves that become tiles in one turn of the background work."""
LOOK = "run 'chargehand audit verify', and compare with checkpoints kept elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One signed checkpoint."""

    origin: str
    size: int
    """Entries that it is about."""
    root: str
    """Root hash (hexadecimal)."""
    at: datetime | None
    """When it was signed, as the signer says."""
    note: str
    """The text to keep elsewhere."""
    key: str
    """The public key to check it with."""


class Recorded(Protocol):
    """A plant, as far as its record is concerned."""

    folder: Path
    settings: Settings
    store: Store


def keep_checkpoints(plant: Recorded) -> int:
    """Bring the tiles forward, and sign a checkpoint where one is due: a turn of background work.

    Nothing comes of it that other work would have to follow, so it says 0.
    """
    plant.store.sequence()
    for _ in range(CHUNKS):
        if fill(plant.store) < LEAVES_MAX:
            break
    if _is_due(plant):
        sign(plant)
    return 0


def _is_due(plant: Recorded) -> bool:
    with plant.store.snapshot() as sql:
        last, size = last_signed(sql), _head(sql).size
    if last is None:
        return size > 0
    pause = timedelta(minutes=plant.settings.run.checkpoint_minutes)
    is_old = last.at is None or clock.now() - last.at >= pause
    return (is_old and size > last.size) or not (plant.folder / FOLDER / LATEST).is_file()


def sign(plant: Recorded, *, new_key: bool = False) -> Signed:
    """Sign the record as it stands, unless the last checkpoint says it all; put it into the folder.

    ``new_key``: go on with another key than before, where the old one is lost.

    Raises ``PlantFault`` where there is no key, or where the record is not what was signed before.
    """
    try:
        signed = _sign(plant, new_key=new_key)
    except (signing.SigningKeyFault, NoteError) as error:
        raise PlantFault(
            str(error), "bring the key's file back, or 'chargehand audit checkpoint --new-key'"
        ) from error
    except TileError as error:
        raise PlantFault(str(error), LOOK) from error
    _put_files(plant.folder / FOLDER, signed)
    return signed


def _sign(plant: Recorded, *, new_key: bool) -> Signed:
    signer = _signer(plant, new_key=new_key)
    plant.store.sequence()
    while fill(plant.store):
        continue
    with plant.store.snapshot() as sql:
        tree, last = _head(sql), last_signed(sql)
        tiles = SqlTiles(sql)
        if root_at(tree.size, tiles) != tree.root():
            raise PlantFault(f"the tiles of {tree.size} entries do not lead to their root", LOOK)
        if last is not None and (
            last.size > tree.size or root_at(last.size, tiles).hex() != last.root
        ):
            raise PlantFault(f"the record is not what was signed at {last.size} entries", LOOK)
        if last is not None and last.size == tree.size and last.key == signer.key.text():
            return last
        recorded_at = sql.execute(
            "SELECT recorded_at FROM sequenced WHERE place = ?", (tree.size - 1,)
        ).fetchone()[0]
    note = checkpoint_text(signer.key.name, tree, signer, clock.now())

    def put(docket: Docket) -> None:
        docket.sql(
            "INSERT INTO checkpoint (size, root, recorded_at, note) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (size) DO UPDATE SET note = excluded.note",
            (tree.size, tree.root(), recorded_at, note),
        )

    plant.store.write(put)
    return signed_of(note, signer.key.text())


def _signer(plant: Recorded, *, new_key: bool) -> Signer:
    """The plant's key, under the name that the journal gives it; the first need makes both."""
    with plant.store.snapshot() as sql:
        known = keys_of(sql)
    name = known[-1]["origin"] if known else _origin(plant)
    if not known or new_key:
        signing.make_key(plant.folder)
    signer = signing.load_signer(plant.folder, name)
    key = signer.key.text()
    if known and known[-1]["key"] == key:
        return signer
    if known and not new_key:
        raise signing.SigningKeyFault(
            f"{plant.folder / signing.KEY_FILE} is not the key that this record is signed with"
        )
    body = canonical({"key": key, "origin": name})
    plant.store.write(
        lambda docket: docket.entry(
            "signing_key", signer.key.key_id.hex(), body, actor="chargehand"
        )
    )
    return signer


def _origin(plant: Recorded) -> str:
    return f"chargehand/{_plain(plant.settings.plant.enterprise)}/{_plain(plant.folder.name)}"


def _plain(name: str) -> str:
    """A name without blanks and signs, to stand in the name of a log.

    >>> _plain("Werk Nord + Süd")
    'werk-nord-süd'
    """
    return re.sub(r"[^\w.-]+", "-", name.lower()).strip("-") or "plant"


def keys_of(sql: Session) -> list[dict[str, Any]]:
    """The keys that the record names as its own (``key``, ``origin``), the oldest first."""
    rows = sql.execute(
        "SELECT body FROM journal WHERE kind <> 'movement' AND kind = 'signing_key' ORDER BY number"
    )
    return [dict(json.loads(row["body"])) for row in rows.fetchall()]


def last_signed(sql: Session, *, covering: int | None = None) -> Signed | None:
    """The newest signed checkpoint; ``covering``: the first one that is about this place too."""
    order, least = ("DESC", -1) if covering is None else ("ASC", covering)
    row = sql.execute(
        f"SELECT note FROM checkpoint WHERE note IS NOT NULL AND size > ? ORDER BY size {order}"
        " LIMIT 1",
        (least,),
    ).fetchone()
    if row is None:
        return None
    try:
        ids = {line.key_id.hex() for line in read_note(row["note"]).signatures}
        keys = [str(one["key"]) for one in keys_of(sql)]
        return signed_of(row["note"], next((k for k in keys if k.split("+")[1] in ids), ""))
    except (NoteError, ValueError, IndexError) as error:
        raise PlantFault(f"a signed checkpoint cannot be read: {error}", LOOK) from error


def signed_of(note: str, key: str) -> Signed:
    """A checkpoint from its note, which nobody checks here; ``NoteError`` where it is none."""
    checkpoint = read_checkpoint(read_note(note).body)
    return Signed(
        origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root.hex(),
        at=_signed_at(checkpoint), note=note, key=key,
    )  # fmt: skip


def _signed_at(checkpoint: Checkpoint) -> datetime | None:
    for line in checkpoint.extensions:
        if line.startswith(SIGNED_AT):
            return instant(line.removeprefix(SIGNED_AT))
    return None


def _head(sql: Session) -> Tree:
    row = sql.execute("SELECT size, peaks FROM head").fetchone()
    return Tree() if row is None else stored_tree(row["size"], row["peaks"])


def _put_files(folder: Path, signed: Signed) -> None:
    """Write the checkpoint under its number and as the latest; the oldest files make room."""
    try:
        folder.mkdir(exist_ok=True)
        for name in (f"{signed.size:012}", LATEST):
            write_whole(folder / name, signed.note)
        numbered = sorted(file for file in folder.iterdir() if file.name.isdecimal())
        for file in numbered[:-KEPT]:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise PlantFault(
            f"the checkpoint cannot be written to {folder}: {error.strerror or error}",
            f"let this account write to {folder}",
        ) from error


def write_whole(file: Path, text: str) -> None:
    """Write a file whole or not at all: who copies it meanwhile gets the old or the new one."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
    finally:
        Path(draft).unlink(missing_ok=True)
