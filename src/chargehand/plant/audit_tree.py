"""The journal's tree against what is kept of it: tiles, and signed checkpoints from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chargehand.plant.checkpointing import FOLDER, keys_of
from chargehand.record.journal import Tree
from chargehand.record.note import NoteError, read_checkpoint, trusted
from chargehand.record.proof import HASH_BYTES
from chargehand.record.tile import TILE_WIDTH, grown
from chargehand.runtime.signing import KeyVerifier, verifier
from chargehand.storage.session import Session
from chargehand.storage.tiles import LEAVES_MAX, SqlTiles, tiled

FULL = TILE_WIDTH * HASH_BYTES
"""Length of a full tile (bytes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A checkpoint that was kept elsewhere."""

    name: str
    """What to call it in a fault, such as its file."""
    note: str
    key: str = ""
    """Public key that must have signed it; empty: one that the record itself names."""


class Tiles:
    """Makes the tiles anew while the leaves pass, and compares."""

    def __init__(self, sql: Session) -> None:
        self._kept = SqlTiles(sql)
        self._sql = sql
        self._tiled = tiled(sql)
        self._first = 0
        self._leaves: list[bytes] = []
        self._edge: dict[int, tuple[int, bytes]] = {}
        self._met = 0

    def read_tile(self, level: int, index: int) -> bytes | None:
        """The unfilled tile at the edge of a level, as far as it has come."""
        at, hashes = self._edge.get(level, (-1, b""))
        return hashes if at == index and len(hashes) < FULL else None

    def read_leaves(self, begin: int, end: int) -> Sequence[bytes]:
        """Nothing: leaves come in whole tiles."""
        raise AssertionError(f"leaves {begin} to {end} are in no whole tile")

    def add(self, leaf: bytes) -> Iterator[str]:
        """Let a leaf pass; faults of tiles that are full by now."""
        self._leaves.append(leaf if len(leaf) == HASH_BYTES else bytes(HASH_BYTES))
        if len(self._leaves) == LEAVES_MAX:
            yield from self._compare()

    def end(self) -> Iterator[str]:
        """Faults that show once every leaf has passed."""
        del self._leaves[len(self._leaves) // TILE_WIDTH * TILE_WIDTH :]
        yield from self._compare()
        for level, (index, hashes) in self._edge.items():
            kept = self._kept.read_tile(level, index)
            if level and len(hashes) < FULL and kept is not None:
                self._met += 1
                if not hashes.startswith(kept) or not kept:
                    yield _differs(level, index)
        there = self._sql.execute("SELECT count(*) FROM tile").fetchone()[0]
        if there > self._met:
            yield f"{there - self._met} tiles belong to no part of the tree"

    def _compare(self) -> Iterator[str]:
        for (level, index), hashes in sorted(grown(self._first, self._leaves, self).items()):
            self._edge[level] = (index, hashes)
            if len(hashes) < FULL or (index + 1) * TILE_WIDTH ** (level + 1) > self._tiled:
                continue
            kept = self._kept.read_tile(level, index)
            if kept is None:
                yield f"tile {index} of level {level} is missing"
                continue
            self._met += 1
            if kept != hashes:
                yield _differs(level, index)
        self._first += len(self._leaves)
        self._leaves.clear()


def _differs(level: int, index: int) -> str:
    span: int = TILE_WIDTH ** (level + 1)
    return (
        f"tile {index} of level {level} does not match: it, or one of the entries"
        f" {index * span} to {(index + 1) * span - 1}, was edited"
    )


class Checkpoints:
    """Signed checkpoints of the database, of the plant's folder and from elsewhere."""

    def __init__(self, sql: Session, folder: Path | None, outside: Sequence[Outside] = ()) -> None:
        self._expected: dict[int, list[tuple[str, bytes]]] = {}
        self._wrong: list[str] = []
        self._is_rewritten = False
        self.met = 0
        """Sizes at which the record leads to what was signed."""
        keys = keys_of(sql)
        self._keys = [verifier(str(one["key"])) for one in keys]
        self._origins = {str(one["origin"]) for one in keys}
        for row in sql.execute("SELECT size, note FROM checkpoint WHERE note IS NOT NULL"):
            self._expect("the signed checkpoint", row["note"], self._keys, size=row["size"])
        if folder is not None and (folder / FOLDER).is_dir():
            for file in sorted((folder / FOLDER).iterdir()):
                if not file.name.startswith("."):
                    note = file.read_text("utf-8", errors="replace")
                    self._expect(f"the checkpoint file {FOLDER}/{file.name}", note, self._keys)
        for one in outside:
            own = [verifier(one.key)] if one.key else self._keys
            self._expect(f"the checkpoint {one.name}", one.note, own)

    def _expect(
        self, what: str, note: str, keys: Sequence[KeyVerifier], *, size: int | None = None
    ) -> None:
        try:
            checkpoint = read_checkpoint(trusted(note, keys).body)
        except NoteError as error:
            at = "" if size is None else f" at {size} entries"
            self._wrong.append(f"{what}{at} cannot be trusted: {error}")
            return
        if checkpoint.origin not in self._origins or size not in {None, checkpoint.size}:
            self._wrong.append(
                f"{what} is of {checkpoint.size} entries of {checkpoint.origin}: another record"
            )
            return
        self._expected.setdefault(checkpoint.size, []).append((what, checkpoint.root))

    def at(self, tree: Tree) -> Iterator[str]:
        """Compare what was signed of the tree as it stands."""
        found = self._expected.pop(tree.size, ())
        self.met += any(root == tree.root() for _, root in found)
        for what, root in found:
            if root == tree.root():
                continue
            if what.startswith("the checkpoint ") or not self._is_rewritten:
                self._is_rewritten = True
                yield (
                    f"{what} of {tree.size} entries was signed over another root: entries before"
                    f" {tree.size} were rewritten since"
                )

    def end(self, size: int) -> Iterator[str]:
        """Faults that show once every leaf has passed."""
        yield from self._wrong
        for beyond, found in sorted(self._expected.items()):
            for what, _ in found:
                yield f"{what} is of {beyond} entries, and the record has only {size}"
