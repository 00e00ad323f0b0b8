"""Proofs and exports of the record, for whoever must not have to trust the plant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chargehand.plant.checkpointing import LOOK, Recorded, Signed, last_signed, sign
from chargehand.plant.fault import PlantFault
from chargehand.plant.naming import proposal_number
from chargehand.record.export import export_line
from chargehand.record.journal import Entry, leaf_hash
from chargehand.record.note import NoteError, encoded
from chargehand.record.tile import TileError, prove, prove_growth
from chargehand.record.tlog_proof import ProofError, TlogProof, proven
from chargehand.runtime.signing import verifier
from chargehand.storage.session import Row, Session
from chargehand.storage.tiles import SqlTiles, sequenced
from chargehand.vocabulary.refusal import Refusal, RefusalCode

FIELDS = tuple(Entry.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProof:
    """One entry of the record, and the proof that it was there when the checkpoint was signed."""

    number: int
    index: int
    """Place in the tree; the same as the number where one process at a time writes."""
    kind: str
    key: str
    line: str
    """The entry, as a line of an export."""
    proof: str
    """Text of the .tlog-proof file."""
    size: int
    """Entries that the checkpoint is about."""
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthProof:
    """Hashes that show that the record at one checkpoint begins with the record at another."""

    first: int
    second: int
    hashes: tuple[str, ...]
    """Base 64, as RFC 9162 orders them."""


def prove_entry(plant: Recorded, what: str) -> EntryProof | Refusal:
    """Prove an entry by its number, a proposal's last ruling (``P-12``), or a task's order.

    Signs a checkpoint first where none is about the entry yet. Raises ``PlantFault`` where the
    record does not hold.
    """
    plant.store.sequence()
    with plant.store.snapshot() as sql:
        row = _row(sql, what)
        signed = None if row is None else last_signed(sql, covering=row["place"])
    if row is None:
        because = f"there is no entry {what}: name its number, a proposal, or a task"
        return Refusal(code=RefusalCode.UNKNOWN_ENTRY, because=because)
    signed = signed or sign(plant)
    entry = Entry(**{name: row[name] for name in FIELDS})
    leaf = leaf_hash(entry.leaf_text())
    try:
        with plant.store.snapshot() as sql:
            hashes = prove(row["place"], signed.size, SqlTiles(sql))
        proof = TlogProof(
            index=row["place"], hashes=tuple(hashes), checkpoint=signed.note, extra=what.encode()
        )
        # What is handed out must hold: an edited entry shows here at the latest.
        proven(proof, leaf, signed.origin, [verifier(signed.key)])
    except (TileError, ProofError, NoteError, ValueError) as error:
        raise PlantFault(f"entry {entry.number} cannot be proven: {error}", LOOK) from error
    return EntryProof(
        number=entry.number, index=row["place"], kind=entry.kind, key=entry.key,
        line=export_line(row["place"], entry) + "\n", proof=proof.text(), size=signed.size,
        public_key=signed.key,
    )  # fmt: skip


def _row(sql: Session, what: str) -> Row | None:
    """The entry that is meant, with its place in the tree."""
    if what.isascii() and what.isdigit():
        number: int | None = int(what)
    elif proposal_number(what) is not None:
        number = _last(sql, f"P-{proposal_number(what)}", ("ruling", "proposal"))
    else:
        number = _last(sql, what, ("order",))
    found: Row | None = sql.execute(
        "SELECT * FROM sequenced WHERE number = ?", (number,)
    ).fetchone()
    return found


def _last(sql: Session, key: str, kinds: tuple[str, ...]) -> int | None:
    for kind in kinds:
        row = sql.execute(
            "SELECT max(number) FROM journal WHERE kind <> 'movement' AND kind = ? AND key = ?",
            (kind, key),
        ).fetchone()
        if row is not None and row[0] is not None:
            return int(row[0])
    return None


def prove_continuation(plant: Recorded, first: int, second: int) -> GrowthProof | Refusal:
    """Prove that the tree at ``second`` entries begins with the tree at ``first`` entries."""
    try:
        with plant.store.snapshot() as sql:
            size = sequenced(sql)
            if second > size:
                because = f"the record has {size} entries, not {second}"
                return Refusal(code=RefusalCode.UNKNOWN_ENTRY, because=because)
            hashes = prove_growth(first, second, SqlTiles(sql))
    except TileError as error:
        raise PlantFault(str(error), LOOK) from error
    except ValueError as error:
        return Refusal(code=RefusalCode.UNKNOWN_ENTRY, because=str(error))
    return GrowthProof(first=first, second=second, hashes=tuple(map(encoded, hashes)))


def export(plant: Recorded, *, since: int = 0, until: int) -> Iterator[str]:
    """Every entry from the place ``since`` up to, not including, ``until``: a line each.

    An entry that was edited goes out as it stands now: the checkpoint tells.
    """
    with plant.store.snapshot() as sql:
        for row in sql.stream(
            "SELECT * FROM sequenced WHERE place >= ? AND place < ? ORDER BY place", (since, until)
        ):
            yield export_line(row["place"], Entry(**{name: row[name] for name in FIELDS})) + "\n"


def signed_at(sql: Session, size: int) -> Signed | None:
    """The signed checkpoint of a size."""
    found = last_signed(sql, covering=size - 1)
    return found if found is not None and found.size == size else None
